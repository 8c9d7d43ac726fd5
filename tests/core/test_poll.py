"""The definition and the roster: exact bytes, one spelling each, and nothing invalid in them."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.core import signing
from voting.core.encoding import b64, jcs, join_lines
from voting.core.errors import Malformed, Refused
from voting.core.forms import (
    Base,
    Decision,
    Form,
    Mark,
    Quorum,
    Scale,
    Threshold,
    check_marks,
    form_choose,
    form_each,
    form_grade,
    form_rank,
)
from voting.core.poll import (
    Congress,
    Definition,
    Issuer,
    Item,
    Meeting,
    Relay,
    RosterHead,
    RosterLine,
    Witness,
    parse_roster,
    roster_head,
    verification_code,
)

SCALE, DECISION = form_choose(1)
POLL = Definition(
    congress=Congress("zhenhai-18", "镇海区人民代表大会", "第十八届"),
    meeting=Meeting("zhenhai-18-5", "第五次会议", "2026-01-31"),
    poll_id="minsheng",
    title="民生实事项目票决",
    round=1,
    follows=None,
    items=(
        Item("01", "老旧小区改造", {"category": "城建", "amount_yuan": 12_500_000}),
        Item("02", "社区食堂"),
    ),
    scale=SCALE,
    decision=DECISION,
    reserve=20,
    issuers=(Issuer("court", "监票组", bytes([1]) * 32),),
    roster=RosterHead(301, bytes([2]) * 32),
    log_key=bytes([3]) * 32,
)
PINNED = (
    '{"congress":{"id":"zhenhai-18","name":"镇海区人民代表大会","session":"第十八届"},'
    '"decision":{"base":"roster","form":"choose","mark":0,"pass":{"den":2,"num":1,"over":true},'
    '"points":null,"quorum":{"den":3,"num":2},"seats":1},'
    '"issuers":[{"id":"court","key":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",'
    '"name":"监票组"}],'
    '"items":[{"amount_yuan":12500000,"category":"城建","id":"01","title":"老旧小区改造"},'
    '{"id":"02","title":"社区食堂"}],'
    '"log_key":"AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM",'
    '"meeting":{"date":"2026-01-31","id":"zhenhai-18-5","title":"第五次会议"},'
    '"poll":{"follows":null,"id":"minsheng","round":1,"title":"民生实事项目票决"},'
    '"release":{"reserve":20},'
    '"roster":{"count":301,"root":"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"},'
    '"scale":{"limits":{"0":1},"marks":[{"id":"for","label":"同意"}]},"v":1}'
).encode()
LINE = RosterLine(bytes(16), bytes([4]) * 65, "城关代表团", "王玉兰", "001", "")

# Definitions of every form.

texts = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1).filter(
    str.strip
)
ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True)
hashes = st.binary(min_size=32, max_size=32)
signers = hashes.filter(signing.is_ed25519_key)
names = st.text(string.ascii_lowercase, min_size=3).filter(lambda name: name != "title")
leaves = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5)
extras = st.dictionaries(names, st.recursive(leaves, st.lists, max_leaves=4), max_size=3)


@st.composite
def decisions(draw: st.DrawFn, items: int, marks: int) -> Decision:
    form = draw(st.sampled_from(Form))
    low, high = sorted(draw(st.lists(st.integers(1, 1000), min_size=2, max_size=2)))
    points = draw(st.lists(st.integers(-1000, 1000), min_size=marks, max_size=marks))
    return Decision(
        form,
        draw(st.sampled_from(Base)),
        draw(st.integers(0, marks - 1)) if form in (Form.CHOOSE, Form.EACH) else None,
        Threshold(low, high, draw(st.booleans())),
        Quorum(low, high),
        draw(st.integers(1, items)) if form in (Form.CHOOSE, Form.RANK) else None,
        tuple(points) if form == Form.RANK else None,
    )


@st.composite
def polls(draw: st.DrawFn) -> Definition:
    items = draw(st.lists(st.builds(Item, texts, texts, extras), min_size=1, max_size=4))
    items = list({item.id: item for item in items}.values())
    labels = draw(st.dictionaries(texts, texts, min_size=1, max_size=4))
    mark = st.integers(0, len(labels) - 1)
    limits = draw(st.dictionaries(mark, st.integers(1, 50)))
    keys = draw(st.lists(signers, min_size=2, max_size=3, unique=True))
    seen_by = draw(st.dictionaries(ids, signers.filter(lambda key: key not in keys), max_size=3))
    if len(set(seen_by.values())) != len(seen_by):
        seen_by = {}
    issuer_ids = draw(st.lists(ids, min_size=len(keys) - 1, max_size=len(keys) - 1, unique=True))
    return Definition(
        draw(st.builds(Congress, ids, texts, texts)),
        Meeting(draw(ids), draw(texts), draw(st.dates().map(str))),
        draw(texts),
        draw(texts),
        draw(st.integers(1, 9)),
        draw(st.none() | hashes),
        tuple(items),
        Scale(tuple(Mark(*pair) for pair in labels.items()), limits),
        draw(decisions(len(items), len(labels))),
        draw(st.integers(10, 100)),
        tuple(Issuer(i, draw(texts), key) for i, key in zip(issuer_ids, keys[1:], strict=True)),
        RosterHead(draw(st.integers(1, 3000)), draw(hashes)),
        keys[0],
        tuple(Witness(i, draw(texts), key) for i, key in seen_by.items()),
    )


def test_the_bytes_and_the_name_of_a_definition_are_pinned() -> None:
    assert POLL.to_bytes() == PINNED
    assert b64(POLL.poll_hash) == "3NSqsoMFl3Jhqv7HaBlvRK3WlCtQgXfNz3Enza9Nz2U"
    assert verification_code(POLL.poll_hash) == "22583909"


WITNESS = Witness("w1", "监票人甲的电脑", bytes([5]) * 32)
WITNESSED = (
    b'"v":1,"witnesses":[{"id":"w1","key":"BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU",'
    + '"name":"监票人甲的电脑"}]}'.encode()
)


def test_a_definition_speaks_of_witnesses_only_where_it_has_some() -> None:
    named = replace(POLL, witnesses=(WITNESS,))
    assert named.to_bytes() == PINNED.replace(b'"v":1}', WITNESSED)
    assert Definition.parse(named.to_bytes()) == named
    assert [who.name for who in named.cosigners] == ["piaojue/zhenhai-18/w1"]
    for none in (b"[]", b"null", b"{}"):
        with pytest.raises(Malformed):
            Definition.parse(PINNED.replace(b'"v":1}', b'"v":1,"witnesses":%s}' % none))


def test_a_definition_speaks_of_a_relay_only_where_it_has_one() -> None:
    named = replace(POLL, relay=Relay("监票组", "https://relay.hall:8443"))
    field = ',"relay":{"name":"监票组","origin":"https://relay.hall:8443"},"release"'.encode()
    assert named.to_bytes() == PINNED.replace(b',"release"', field)
    assert Definition.parse(named.to_bytes()) == named
    for none in (b"null", b"{}", b'{"name":"x","origin":"http://relay.hall"}'):
        with pytest.raises(Malformed):
            Definition.parse(PINNED.replace(b',"release"', b',"relay":%s,"release"' % none))


@pytest.mark.parametrize(
    "origin",
    [
        *("http://relay.hall", "https://relay.hall/", "https://relay.hall:443", "https://a:0"),
        *("https://relay.hall\n", "https://relay.hall;script-src *", "https://RELAY.hall"),
    ],
)
def test_an_origin_has_one_spelling_and_nothing_else_in_it(origin: str) -> None:
    with pytest.raises(Malformed, match="bad_relay"):
        Relay("监票组", origin)


@given(polls())
def test_what_is_printed_is_parsed_as_the_same_poll(poll: Definition) -> None:
    assert Definition.parse(poll.to_bytes()) == poll


@given(st.integers(0, len(PINNED) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_names_another_poll(place: int, flip: int) -> None:
    changed = bytearray(PINNED)
    changed[place] ^= flip
    try:
        poll = Definition.parse(bytes(changed))
    except Malformed:
        return
    assert poll.to_bytes() == changed
    assert poll != POLL
    assert poll.poll_hash != POLL.poll_hash


@pytest.mark.parametrize("data", [b"", b"null", b"[]", PINNED + b"\n", b"\xef\xbb\xbf" + PINNED])
def test_what_is_no_definition_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        Definition.parse(data)


Path = tuple[str | int, ...]


def objects(value: Any, path: Path = ()) -> list[tuple[Path, list[str]]]:
    """Every object inside a JSON value: where it is, and its names."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = [(path, list(value))] if isinstance(value, dict) else []
    for name, part in inner:
        if isinstance(part, dict | list):
            found += objects(part, (*path, name))
    return found


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


OBJECTS = objects(json.loads(PINNED))
FREE = {("amount_yuan",), ("category",), ("0",)}  # an item's other fields, and a limit
NAMES = [(path, name) for path, names in OBJECTS for name in names if (name,) not in FREE]


@pytest.mark.parametrize(("path", "name"), NAMES)
def test_a_missing_field_is_refused(path: Path, name: str) -> None:
    value = json.loads(PINNED)
    del at(value, path)[name]
    with pytest.raises(Malformed):
        Definition.parse(jcs(value))


@pytest.mark.parametrize("path", [path for path, _ in OBJECTS if path[:1] != ("items",)])
def test_an_unknown_field_is_refused_outside_items(path: Path) -> None:
    value = json.loads(PINNED)
    at(value, path)["zzz"] = 1
    with pytest.raises(Malformed):
        Definition.parse(jcs(value))


RANKED = json.loads(PINNED)["decision"] | {"form": "rank", "mark": None}


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("v",), 2),
        (("v",), True),
        (("poll", "round"), True),
        (("poll", "follows"), b64(bytes(31))),
        (("log_key",), b64(bytes(33))),
        (("items", 0), "01"),
        (("items", 0, "title"), 7),
        (("scale", "limits"), {"00": 1}),
        (("scale", "limits"), {"1": 1}),
        (("scale", "limits"), {" 0": 1}),
        (("scale", "limits", "0"), "1"),
        (("decision", "form"), "Choose"),
        (("decision", "base"), []),
        (("decision", "mark"), False),
        (("decision",), RANKED | {"points": [True]}),
        (("decision", "pass", "over"), 1),
    ],
)
def test_a_wrong_type_or_a_second_spelling_is_refused(path: Path, wrong: Any) -> None:
    value = json.loads(PINNED)
    at(value, path[:-1])[path[-1]] = wrong
    with pytest.raises(Malformed):
        Definition.parse(jcs(value))


def decided(**changes: Any) -> dict[str, Any]:
    return {"decision": replace(DECISION, **changes)}


def scaled(*marks: Mark, limits: dict[int, int]) -> dict[str, Any]:
    return {"scale": Scale(marks, limits)}


ISSUER = POLL.issuers[0]
OTHER = Issuer("party", "秘书处", bytes([9]) * 32)
MARK = SCALE.marks[0]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("bad_id", {"congress": Congress("Zhenhai", "镇海", "第十八届")}),
        ("bad_id", {"meeting": Meeting("a" * 65, "第五次会议", "2026-01-31")}),
        ("bad_id", {"issuers": (replace(ISSUER, id="监票"),)}),
        ("bad_text", {"title": " "}),
        ("bad_text", {"title": "甲\n乙"}),
        ("bad_text", {"poll_id": "\ud800"}),
        ("bad_text", {"congress": Congress("c", "", "第十八届")}),
        ("bad_date", {"meeting": Meeting("m", "第五次会议", "2026-02-29")}),
        ("bad_date", {"meeting": Meeting("m", "第五次会议", "20260131")}),
        ("bad_round", {"round": 0}),
        ("bad_keys", {"follows": bytes(31)}),
        ("bad_items", {"items": ()}),
        ("bad_items", {"items": tuple(Item(str(n), "路") for n in range(201))}),
        ("bad_items", {"items": (Item("1", "路"), Item("1", "桥"))}),
        ("bad_items", {"items": (Item("", "路"),)}),
        ("bad_items", {"items": (Item("1", "路", {"title": "桥"}),)}),
        ("bad_items", {"items": (Item("1", "路", {"amount_yuan": 1.5}),)}),
        ("bad_items", {"items": (Item("1", "路", {"类别": "城建"}),)}),
        ("bad_items", {"items": (Item("1", "路", {"content": "字" * 1_400_000}),)}),
        ("bad_scale", scaled(limits={})),
        ("bad_scale", scaled(*(Mark(str(n), "档") for n in range(21)), limits={})),
        ("bad_scale", scaled(MARK, MARK, limits={})),
        ("bad_scale", scaled(Mark("for", ""), limits={})),
        ("bad_scale", scaled(MARK, limits={1: 1})),
        ("bad_scale", scaled(MARK, limits={0: 0})),
        ("bad_share", decided(passing=Threshold(0, 2, True))),
        ("bad_share", decided(passing=Threshold(3, 2, False))),
        ("bad_share", decided(quorum=Quorum(1, 1001))),
        ("bad_decision", decided(mark=None)),
        ("bad_decision", decided(mark=1)),
        ("bad_decision", decided(seats=None)),
        ("bad_decision", decided(seats=3)),
        ("bad_decision", decided(seats=0)),
        ("bad_decision", decided(points=(1,))),
        ("bad_decision", decided(form=Form.EACH)),
        ("bad_decision", decided(form=Form.GRADE, seats=None)),
        ("bad_decision", decided(form=Form.RANK, mark=None)),
        ("bad_decision", decided(form=Form.RANK, mark=None, points=(1, 2))),
        ("bad_decision", decided(form=Form.RANK, mark=None, points=(1001,))),
        ("bad_reserve", {"reserve": 9}),
        ("bad_reserve", {"reserve": 2**53}),
        ("bad_issuers", {"issuers": ()}),
        ("bad_issuers", {"issuers": (ISSUER, OTHER, replace(OTHER, id="third"))}),
        ("bad_issuers", {"issuers": (ISSUER, replace(OTHER, id=ISSUER.id))}),
        ("bad_keys", {"issuers": (ISSUER, replace(OTHER, key=ISSUER.key))}),
        ("bad_keys", {"issuers": (replace(ISSUER, key=POLL.log_key),)}),
        ("bad_keys", {"witnesses": (replace(WITNESS, key=ISSUER.key),)}),
        ("bad_keys", {"witnesses": (replace(WITNESS, key=POLL.log_key),)}),
        ("bad_keys", {"witnesses": (WITNESS, replace(WITNESS, id="w2"))}),
        ("bad_keys", {"witnesses": (replace(WITNESS, key=bytes(31)),)}),
        ("bad_witnesses", {"witnesses": (WITNESS, replace(WITNESS, key=bytes([6]) * 32))}),
        (
            "bad_witnesses",
            {"witnesses": tuple(Witness(f"w{n}", "甲", bytes([n + 10]) * 32) for n in range(9))},
        ),
        ("bad_id", {"witnesses": (replace(WITNESS, id="甲"),)}),
        ("bad_text", {"witnesses": (replace(WITNESS, name=" "),)}),
        ("bad_keys", {"log_key": bytes(31)}),
        ("bad_keys", {"issuers": (replace(ISSUER, key=bytes([1]) + bytes(31)),)}),  # small order
        ("bad_roster", {"roster": RosterHead(0, bytes(32))}),
        ("bad_keys", {"roster": RosterHead(1, bytes(33))}),
    ],
)
def test_no_poll_breaks_the_rules_of_a_definition(code: str, changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(POLL, **changes)
    assert refusal.value.code == code


def test_a_first_round_may_follow_a_void_poll_and_have_two_issuers() -> None:
    poll = replace(POLL, follows=POLL.poll_hash, issuers=(ISSUER, OTHER))
    assert Definition.parse(poll.to_bytes()) == poll


@pytest.mark.parametrize("form", [form_choose(2), form_each(), form_grade(), form_rank(1)])
def test_every_ready_form_makes_a_poll(form: tuple[Scale, Decision]) -> None:
    scale, decision = form
    poll = replace(POLL, scale=scale, decision=decision)
    assert Definition.parse(poll.to_bytes()).decision == decision


def test_a_deputy_who_marks_too_many_is_told_how_many() -> None:
    scale, _ = form_choose(10)
    check_marks(scale, 12, [0] * 10 + [None] * 2)
    with pytest.raises(Refused, match=r"最多可选10项.*您选了11项") as refusal:
        check_marks(scale, 12, [0] * 11 + [None])
    assert refusal.value.code == "over_marked"
    assert not isinstance(refusal.value, Malformed)


def test_a_blank_ballot_may_be_cast() -> None:
    check_marks(SCALE, 3, [None, None, None])


@pytest.mark.parametrize(
    "marks", [None, {}, "00", [], [0], [0] * 3, [1, 0], [-1, 0], [False, 0], ["0", 0], [[0], 0]]
)
def test_marks_of_another_shape_are_malformed(marks: Any) -> None:
    with pytest.raises(Malformed) as refusal:
        check_marks(SCALE, 2, marks)
    assert refusal.value.code == "bad_marks"


def test_the_bytes_of_a_roster_line_are_pinned() -> None:
    key = b64(bytes([4]) * 65)
    assert LINE.to_bytes().decode() == (
        f'{{"card_id":"AAAAAAAAAAAAAAAAAAAAAA","card_key":"{key}",'
        '"delegation":"城关代表团","name":"王玉兰","number":"001","seat":""}'
    )


@given(texts, texts, texts | st.just(""), st.binary(min_size=16, max_size=16))
def test_a_roster_line_is_parsed_as_printed(name: str, number: str, seat: str, card: bytes) -> None:
    line = replace(LINE, card_id=card, name=name, number=number, seat=seat)
    assert RosterLine.parse(line.to_bytes()) == line


@pytest.mark.parametrize(
    "changes",
    [
        {"card_id": bytes(15)},
        {"card_key": bytes(64)},
        {"name": ""},
        {"number": " "},
        {"name": "王\t兰"},
        {"seat": "3\x00"},
        {"delegation": "城关\u2028"},
    ],
)
def test_no_deputy_lacks_a_name_or_carries_control_characters(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(LINE, **changes)


OTHER_LINE = replace(LINE, card_id=bytes([1]) * 16, card_key=bytes([5]) * 65, number="002")


def test_a_roster_is_parsed_in_its_order_and_another_order_is_another_roster() -> None:
    lines = [OTHER_LINE, LINE]
    assert parse_roster(join_lines([line.to_bytes() for line in lines])) == lines
    assert roster_head(lines).count == 2
    assert roster_head(lines) != roster_head([LINE, OTHER_LINE])


@pytest.mark.parametrize("end", [b"", b"\n\n", b"\r\n"])
def test_a_roster_whose_lines_end_otherwise_is_refused(end: bytes) -> None:
    with pytest.raises(Malformed):
        parse_roster(LINE.to_bytes() + end)


@pytest.mark.parametrize(
    "changes", [{"number": "001"}, {"card_id": LINE.card_id}, {"card_key": LINE.card_key}]
)
def test_no_number_and_no_card_stands_twice_in_a_roster(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        roster_head([LINE, replace(OTHER_LINE, **changes)])
