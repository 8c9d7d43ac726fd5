"""One spelling a value: what is printed is read, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.core import encoding
from voting.core.encoding import MAX_INTEGER, b64, fields, jcs, parse_jcs, parse_json, unb64
from voting.core.errors import Malformed

VECTORS = json.loads((Path(__file__).parents[1] / "vectors.json").read_text())["encoding"]
names = st.text(st.characters(max_codepoint=127))
leaves = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text()
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=20
)


@given(st.binary())
def test_base64url_reads_what_it_prints(data: bytes) -> None:
    assert unb64(b64(data), len(data)) == data
    with pytest.raises(Malformed):
        unb64(b64(data), len(data) + 1)


@given(st.text("AQgw-_9=+/ \n０", max_size=8))
def test_base64url_has_no_second_spelling(text: str) -> None:
    try:
        data = unb64(text)
    except Malformed:
        return
    assert b64(data) == text


def test_pinned_base64url() -> None:
    for vector in VECTORS["b64"]:
        assert b64(bytes.fromhex(vector["bytes"])) == vector["text"]
    for text in VECTORS["b64_refused"]:
        with pytest.raises(Malformed):
            unb64(text)


@given(values)
def test_canonical_json_reads_what_it_prints(value: Any) -> None:
    data = jcs(value)
    assert parse_jcs(data) == value
    assert jcs(parse_json(json.dumps(value, indent=1).encode())) == data


def test_pinned_canonical_json() -> None:
    for vector in VECTORS["jcs"]:
        assert jcs(vector["value"]) == vector["text"].encode()
    for text in VECTORS["jcs_refused"]:
        with pytest.raises(Malformed):
            parse_jcs(text.encode())


def test_rfc_8785_where_the_protocol_uses_it() -> None:
    literals = {"literals": [None, True, False], "numbers": [333333333, 4, 2]}
    assert jcs(literals) == b'{"literals":[null,true,false],"numbers":[333333333,4,2]}'
    text = '\u20ac$\u000f\nA\'B"\\\\"/'  # section 3.2.2
    assert jcs(text) == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()
    order = {"\r": 1, "1": 2, "\x7f": 3, "": 4, "<": 5}
    assert jcs(order) == b'{"":4,"\\r":1,"1":2,"<":5,"\x7f":3}'


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":1,"a":1}', '{"a":{"b":1,"b":2}}', "1.0", "1e2", "-1.5", "NaN", "Infinity"),
        *("9007199254740992", "-9007199254740992", "9" * 5000, '"\\ud800"', '"\\udc00x"'),
        *("[" * 34 + "]" * 34, "[" * 10**5, "{", "", "１", '{"票":1}', "\ufeff1"),
    ],
)
def test_a_request_that_means_two_things_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="bad_json"):
        parse_json(text.encode())


def test_depth_and_bytes_at_the_limit() -> None:
    for levels in (1, 33):
        assert jcs(parse_json(b"[" * levels + b"]" * levels)) == b"[" * levels + b"]" * levels
    for data in (b"\xff", b'"\xed\xa0\x80"', b"\xef\xbb\xbf1", "1".encode("utf-16")):
        with pytest.raises(Malformed):
            parse_json(data)


def test_our_own_values_are_checked_too() -> None:
    wrong: list[Any] = [1.0, 2**53, {"票": 1}, {1: 2}, b"", "\ud800", {"a": [{1, 2}]}]
    for value in wrong:
        with pytest.raises(ValueError, match=r".+"):
            jcs(value)


def test_minus_zero_and_escapes_have_one_spelling() -> None:
    for text in ("-0", '"\\u0041"', '"\\/"', '"\\u2028"', '{"b":1,"a":1}', "[1, 2]", "1\n"):
        parse_json(text.encode())
        with pytest.raises(Malformed, match="bad_json"):
            parse_jcs(text.encode())


@given(st.lists(st.text().map(str.encode).filter(lambda line: b"\n" not in line)))
def test_lines_end_in_one_lf_and_nowhere_else(lines: list[bytes]) -> None:
    assert encoding.text_lines(encoding.join_lines(lines)) == lines


def test_separators_of_other_alphabets_end_no_line() -> None:
    line = "a\u2028b\u0085c\u000bd\r".encode()
    assert encoding.text_lines(line + b"\n") == [line]
    assert parse_jcs(jcs(line.decode())) == line.decode()
    with pytest.raises(Malformed, match="bad_lines"):
        encoding.text_lines(line)


def test_fields_are_exactly_those_named_and_of_their_types() -> None:
    assert fields({"b": 1, "a": "x"}, {"a": str, "b": int}) == ["x", 1]
    assert fields({"a": None}, {"a": (str, type(None))}) == [None]
    wrong: list[Any] = [{"a": "x"}, {"a": "x", "b": True}, {"a": 1, "b": 1}, [], None, "ab"]
    for value in wrong:
        with pytest.raises(Malformed, match="bad_fields"):
            fields(value, {"a": str, "b": int})
    with pytest.raises(Malformed, match="bad_fields"):
        fields({"a": "x", "b": 1, "c": 1}, {"a": str, "b": int})


@pytest.mark.parametrize("text", ["", "-a", "A", "a_b", "a\n", "a" * 65, "县", "a１"])
def test_ids_that_are_none(text: str) -> None:
    assert not encoding.is_id(text)
    assert encoding.is_id("county-18-3")
    assert encoding.is_id("a" * 64)
