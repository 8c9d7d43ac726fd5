"""Parsers accept exactly what their printers print."""

import base64
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records.builder import merkle
from voting.verify import strict
from voting.verify.tree import Tree, subtrees

NAMES = st.text(st.characters(max_codepoint=127))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS
VALUES = st.recursive(LEAVES, lambda v: st.lists(v) | st.dictionaries(NAMES, v), max_leaves=20)


@given(VALUES)
def test_what_is_printed_is_parsed(value):
    assert strict.loads(strict.dumps(value)) == value


@given(VALUES, st.data())
def test_one_spelling_only(value, data):
    """Whatever is parsed after a change of one byte prints as those very bytes."""
    printed = strict.dumps(value)
    place = data.draw(st.integers(0, len(printed) - 1))
    changed = printed[:place] + data.draw(st.binary(max_size=2)) + printed[place + 1 :]
    try:
        parsed = strict.loads(changed)
    except strict.Malformed:
        return
    assert strict.dumps(parsed) == changed


@given(VALUES)
def test_other_layouts_are_refused(value):
    printed = strict.dumps(value)
    for other in (json.dumps(value), json.dumps(value, indent=1), " " + printed.decode()):
        if other.encode() != printed:
            with pytest.raises(strict.Malformed):
                strict.loads(other.encode())


REFUSED = [
    b"",
    b"NaN",
    b"Infinity",
    b"-0",
    b"1.0",
    b"1e3",
    b"9007199254740992",
    b"-9007199254740992",
    b"1" * 5000,
    b'{"a":1,"a":1}',
    b'{"b":1,"a":1}',
    '{"项":1}'.encode(),
    b'"\\ud800"',
    b'"\\ud83d\\ude00"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"\\u000a"',
    b'"\\/"',
    b"\xef\xbb\xbf1",
    b"1\n",
    "１".encode(),
    b"[" * 65 + b"]" * 65,
    b"[" * 100_000,
    b"[1,]",
    b"'a'",
]


@pytest.mark.parametrize("data", REFUSED, ids=lambda data: ascii(data[:20]))
def test_refused(data):
    with pytest.raises(strict.Malformed):
        strict.loads(data)


def test_accepted_at_the_edges():
    for data in (
        b"9007199254740991",
        b"-9007199254740991",
        b"[" * 64 + b"]" * 64,
        b'"\\u001f\x7f"',
    ):
        assert strict.dumps(strict.loads(data)) == data


def test_controls_as_rfc_8785_spells_them():
    assert strict.dumps('\b\t\n\f\r"\\\x00\u2028😀') == (
        b'"\\b\\t\\n\\f\\r\\"\\\\\\u0000' + "\u2028😀".encode() + b'"'
    )


@given(st.sampled_from([16, 32, 64, 65, 384, 422]), st.data())
def test_base64_has_one_text_a_value(size, data):
    value = data.draw(st.binary(min_size=size, max_size=size))
    matches = re.compile(strict.b64_pattern(size)).fullmatch
    text = strict.b64(value)
    assert matches(text)
    assert strict.unb64(text) == value
    other = text[:-1] + data.draw(st.sampled_from("ABCDgw_-048=\n"))
    if matches(other):
        assert base64.urlsafe_b64encode(strict.unb64(other)).rstrip(b"=").decode() == other


@given(st.binary(min_size=32, max_size=32))
def test_a_tracker_is_read_back_from_its_base32(value):
    assert base64.b32encode(value).rstrip(b"=") == strict.base32(value)
    assert strict.unbase32(strict.base32(value)) == value


@given(st.lists(st.lists(st.binary(max_size=5), max_size=20), max_size=6))
def test_the_tree_is_that_of_the_definition_however_its_leaves_are_cut(stretches):
    tree = Tree()
    for leaves in stretches:
        tree.extend(subtrees(leaves, tree.size))
    assert tree.root() == merkle([leaf for leaves in stretches for leaf in leaves])
