"""The decision rules, against the builder's second hand and against cases worked out by hand."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records.builder import CHOOSE, Json, b64, jcs, result
from voting.verify import definition, rules
from voting.verify.strict import Malformed

LOG_KEY = b64(b"\x03" + bytes(31))
ISSUER = b64(b"\x04" + bytes(31))


def defined(decision: Json, items: int, marks: int) -> Json:
    return {
        "v": 1,
        "congress": {"id": "c1", "name": "", "session": ""},
        "meeting": {"id": "m1", "title": "", "date": ""},
        "poll": {"id": "p1", "title": "", "round": 1, "follows": None},
        "items": [{"id": f"i{n}", "title": ""} for n in range(items)],
        "scale": {"marks": [{"id": f"m{n}", "label": ""} for n in range(marks)], "limits": {}},
        "decision": {**CHOOSE, **decision},
        "release": {"reserve": 10},
        "issuers": [{"id": "s", "name": "", "key": ISSUER}],
        "roster": {"count": 0, "root": b64(bytes(32))},
        "log_key": LOG_KEY,
    }


def both(decision: Json, turnout: list[int], tally: list[list[int]]) -> tuple[bytes, bytes]:
    value = defined(decision, len(tally), len(tally[0]) - 1)
    poll = definition.parse(jcs(value))
    mine = rules.result_json(poll, rules.Turnout(*turnout), tally, 0)
    names = ["roster", "checked_in", "issued", "registered", "returned"]
    figures = dict(zip(names, turnout, strict=True))
    return mine, jcs(result(value, b64(poll.poll_hash), figures, tally, 0))


@st.composite
def polls(draw: st.DrawFn) -> tuple[Json, list[int], list[list[int]]]:
    marks = draw(st.integers(1, 3))
    turnout = sorted(draw(st.lists(st.integers(0, 9), min_size=5, max_size=5)), reverse=True)
    row = st.lists(st.integers(0, 9), min_size=marks + 1, max_size=marks + 1)
    form = draw(st.sampled_from(["choose", "each", "grade", "rank"]))
    den = draw(st.integers(1, 4))
    points = st.lists(st.integers(-2, 3), min_size=marks, max_size=marks)
    decision = {
        "form": form,
        "base": draw(st.sampled_from(["roster", "checked_in", "returned"])),
        "mark": draw(st.integers(0, marks - 1)) if form in ("choose", "each") else None,
        "pass": {"num": draw(st.integers(1, den)), "den": den, "over": draw(st.booleans())},
        "quorum": {"num": 1, "den": draw(st.integers(1, 3))},
        "seats": draw(st.integers(1, 3)) if form in ("choose", "rank") else None,
        "points": draw(points) if form == "rank" else None,
    }
    return decision, turnout, draw(st.lists(row, min_size=1, max_size=5))


@given(polls())
def test_two_hands_agree(poll):
    mine, other = both(*poll)
    assert mine == other


def outcome(decision: Json, turnout: list[int], votes: list[int]) -> tuple[bytes, bytes]:
    mine, _ = both(decision, turnout, [[n, 0] for n in votes])
    start = mine.index(b'"chosen":[')
    tied = mine.index(b'"tied":[')
    return mine[start + 10 : mine.index(b"]", start)], mine[tied + 8 : mine.index(b"]", tied)]


FULL = [10, 10, 10, 10, 10]


def test_a_tie_at_the_last_place_chooses_none_of_the_tied():
    assert outcome({"seats": 2}, FULL, [7, 9, 7, 8]) == (b'"i1","i3"', b"")
    assert outcome({"seats": 3}, FULL, [7, 9, 7, 8]) == (b'"i1","i3"', b'"i0","i2"')
    assert outcome({"seats": 1}, FULL, [7, 7, 7]) == (b"", b'"i0","i1","i2"')
    assert outcome({"seats": 4}, FULL, [7, 9, 7, 8]) == (b'"i1","i3","i0","i2"', b"")


def test_half_is_not_more_than_half():
    assert outcome({"seats": 9}, FULL, [5, 6]) == (b'"i1"', b"")
    reached = {"seats": 9, "pass": {"num": 1, "den": 2, "over": False}}
    assert outcome(reached, FULL, [5, 6]) == (b'"i1","i0"', b"")


def test_without_quorum_or_base_nothing_passes():
    assert outcome({}, [10, 6, 6, 6, 6], [6, 0]) == (b"", b"")
    empty = {"base": "returned", "pass": {"num": 1, "den": 2, "over": False}}
    assert outcome(empty, [10, 10, 0, 0, 0], [0, 0]) == (b"", b"")


def test_the_grade_is_the_first_mark_that_reaches_together_with_the_better():
    decision = {
        "form": "grade",
        "base": "returned",
        "mark": None,
        "seats": None,
        "pass": {"num": 1, "den": 2, "over": False},
    }
    mine, _ = both(decision, FULL, [[5, 3, 2, 0], [4, 1, 5, 0], [4, 0, 6, 0]])
    assert [int(part[:1]) for part in mine.split(b'"grade":')[1:]] == [0, 1, 2]


GRADE: Json = {"form": "grade", "mark": None, "seats": None}


def test_items_and_marks_have_a_largest_number():
    assert len(definition.parse(jcs(defined({}, 200, 20))).items) == 200
    for items, marks in ((201, 1), (1, 21)):
        with pytest.raises(Malformed, match=r"^(items|scale: marks): "):
            definition.parse(jcs(defined({}, items, marks)))


@pytest.mark.parametrize(
    ("decision", "items", "marks", "base"),
    [({"seats": 4000}, 8000, 1, 1), (GRADE, 2, 20_000, 10**6)],
    ids=["items", "marks"],
)
def test_the_time_does_not_grow_with_the_square(decision, items, marks, base):
    """More than a definition may have: four times as much takes about four times as long."""
    poll = definition.parse(jcs(defined(decision, 1, 1)))

    def seconds(items, marks):
        many = replace(poll, items=tuple(map(str, range(items))), marks=marks)
        tally = [[1 + index, *[0] * marks] for index in range(items)]
        begun = time.process_time()
        rules.result_json(many, rules.Turnout(*[base] * 5), tally, 0)
        return time.process_time() - begun

    whole = min(seconds(items, marks) for _ in range(3))
    fewer = [count // 4 if count > 2 else count for count in (items, marks)]
    assert whole < 9 * min(seconds(*fewer) for _ in range(3))
