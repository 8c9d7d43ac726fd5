"""Counting and deciding, told as votes in a hall; every rule against an independent computation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.core.errors import Refused
from voting.core.forms import (
    Base,
    Decision,
    Form,
    Quorum,
    Scale,
    Threshold,
    form_choose,
    form_each,
    form_grade,
    form_rank,
)
from voting.core.poll import Congress, Definition, Issuer, Item, Meeting, RosterHead
from voting.core.rules import (
    Tally,
    Turnout,
    add,
    decide,
    empty_tally,
    grade,
    is_blank,
    quorum_need,
    reaches,
    release_size,
    result_bytes,
    take_seats,
)

HALL = Turnout(roster=9, checked_in=8, issued=8, registered=8, returned=7)


def poll(form: tuple[Scale, Decision], *items: str) -> Definition:
    """A poll of that form on items with those ids."""
    return Definition(
        congress=Congress("zhenhai-18", "镇海区人民代表大会", "第十八届"),
        meeting=Meeting("zhenhai-18-5", "第五次会议", "2026-01-31"),
        poll_id="minsheng",
        title="民生实事项目票决",
        round=1,
        follows=None,
        items=tuple(Item(item, f"项目{item}") for item in items),
        scale=form[0],
        decision=form[1],
        reserve=10,
        issuers=(Issuer("court", "监票组", bytes([1]) * 32),),
        roster=RosterHead(9, bytes([2]) * 32),
        log_key=bytes([3]) * 32,
    )


def chosen_and_tied(result: Any) -> tuple[list[str], list[str]]:
    return result["chosen"], result["tied"]


def votes_for(*votes: int, of: int = 7) -> Tally:
    """A tally with one mark: so many ballots of `of` marked each item."""
    return [[count, of - count] for count in votes]


def count(ballots: Sequence[Sequence[int | None]], items: int, marks: int) -> tuple[Tally, int]:
    """The tally of the ballots, and how many are blank."""
    tally = empty_tally(items, marks)
    for ballot in ballots:
        add(tally, ballot)
    return tally, sum(map(is_blank, ballots))


N = None  # an item left unmarked
ONE_TABLET_BROKE = Turnout(roster=9, checked_in=9, issued=9, registered=9, returned=8)
EXAMPLES: dict[str, tuple[tuple[Scale, Decision], Sequence[Sequence[int | None]]]] = {
    "choose": (form_choose(2), [[0, 0, N]] * 3 + [[0, N, 0]] * 3 + [[N, 0, 0]] * 2),
    "each": (form_each(), [[0, 0, 1]] * 4 + [[0, 1, 2]] * 2 + [[0, 0, N], [1, N, N]]),
    "grade": (form_grade(), [[0, 1, 2]] * 4 + [[0, 0, 2]] + [[1, 2, N]] * 2 + [[N, 2, 2]]),
    "rank": (form_rank(2), [[2, 0, N]] * 3 + [[1, 0, 2]] * 2 + [[0, N, 0]] * 2 + [[N, N, N]]),
}
PINNED = {
    "choose": (
        '{"blank":0,"chosen":["01"],"items":['
        '{"chosen":true,"grade":null,"id":"01","not_voted":null,'
        '"passed":true,"points":null,"rank":1,"unmarked":2,"votes":[6]},'
        '{"chosen":false,"grade":null,"id":"02","not_voted":null,'
        '"passed":true,"points":null,"rank":2,"unmarked":3,"votes":[5]},'
        '{"chosen":false,"grade":null,"id":"03","not_voted":null,'
        '"passed":true,"points":null,"rank":2,"unmarked":3,"votes":[5]}],'
        '"poll":"YTbMFftwyDcmvY3yzSvg6FLrB04D7aETQmj2cTg9TME","quorum":{"need":6,"reached":true},'
        '"tied":["02","03"],'
        '"turnout":{"checked_in":9,"issued":9,"registered":9,"returned":8,"roster":9},"v":1}'
    ),
    "each": (
        '{"blank":0,"chosen":["01","02"],"items":['
        '{"chosen":true,"grade":null,"id":"01","not_voted":1,'
        '"passed":true,"points":null,"rank":1,"unmarked":0,"votes":[7,1,0]},'
        '{"chosen":true,"grade":null,"id":"02","not_voted":2,'
        '"passed":true,"points":null,"rank":2,"unmarked":1,"votes":[5,2,0]},'
        '{"chosen":false,"grade":null,"id":"03","not_voted":3,'
        '"passed":false,"points":null,"rank":3,"unmarked":2,"votes":[0,4,2]}],'
        '"poll":"MQ0UAIJqvY3Q4xvtN-6bcrnBhUjSstX77BaS7Wmu3lo","quorum":{"need":6,"reached":true},'
        '"tied":[],'
        '"turnout":{"checked_in":9,"issued":9,"registered":9,"returned":8,"roster":9},"v":1}'
    ),
    "grade": (
        '{"blank":0,"chosen":[],"items":['
        '{"chosen":null,"grade":0,"id":"01","not_voted":2,'
        '"passed":null,"points":null,"rank":null,"unmarked":1,"votes":[5,2,0]},'
        '{"chosen":null,"grade":1,"id":"02","not_voted":1,'
        '"passed":null,"points":null,"rank":null,"unmarked":0,"votes":[1,4,3]},'
        '{"chosen":null,"grade":2,"id":"03","not_voted":3,'
        '"passed":null,"points":null,"rank":null,"unmarked":2,"votes":[0,0,6]}],'
        '"poll":"Gkz0Zqxh-gh9B-nnV5mkUOUjKPqiAvxRIgloHAGcxYw","quorum":{"need":6,"reached":true},'
        '"tied":[],'
        '"turnout":{"checked_in":9,"issued":9,"registered":9,"returned":8,"roster":9},"v":1}'
    ),
    "rank": (
        '{"blank":1,"chosen":["02","01"],"items":['
        '{"chosen":true,"grade":null,"id":"01","not_voted":null,'
        '"passed":true,"points":13,"rank":2,"unmarked":1,"votes":[2,2,3]},'
        '{"chosen":true,"grade":null,"id":"02","not_voted":null,'
        '"passed":true,"points":15,"rank":1,"unmarked":3,"votes":[5,0,0]},'
        '{"chosen":false,"grade":null,"id":"03","not_voted":null,'
        '"passed":false,"points":8,"rank":3,"unmarked":4,"votes":[2,0,2]}],'
        '"poll":"i83GnI4Q9CWqjDCje-E4jcZKUoDkVVKmei6MSxka_ps","quorum":{"need":6,"reached":true},'
        '"tied":[],'
        '"turnout":{"checked_in":9,"issued":9,"registered":9,"returned":8,"roster":9},"v":1}'
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_bytes_of_a_result_are_pinned(name: str) -> None:
    form, ballots = EXAMPLES[name]
    tally, blank = count(ballots, 3, len(form[0].marks))
    result = decide(poll(form, "01", "02", "03"), ONE_TABLET_BROKE, tally, blank)
    assert result_bytes(result).decode() == PINNED[name]


# 差额圈选.


def test_a_tie_at_the_last_place_chooses_neither() -> None:
    result = decide(poll(form_choose(2), "a", "b", "c"), HALL, votes_for(5, 7, 5), 0)
    assert chosen_and_tied(result) == (["b"], ["a", "c"])
    assert [item["chosen"] for item in result["items"]] == [False, True, False]
    assert [item["rank"] for item in result["items"]] == [2, 1, 2]


def test_a_tie_above_the_last_place_does_no_harm() -> None:
    result = decide(poll(form_choose(2), "a", "b", "c"), HALL, votes_for(5, 7, 7), 0)
    assert chosen_and_tied(result) == (["b", "c"], [])


def test_equal_votes_that_all_find_a_seat_are_no_tie() -> None:
    result = decide(poll(form_choose(2), "a", "b", "c"), HALL, votes_for(5, 5, 4), 0)
    assert chosen_and_tied(result) == (["a", "b"], [])


def test_half_of_all_deputies_is_not_more_than_half() -> None:
    turnout = Turnout(roster=8, checked_in=8, issued=8, registered=8, returned=7)
    result = decide(poll(form_choose(2), "a", "b", "c"), turnout, votes_for(5, 4, 3), 0)
    assert chosen_and_tied(result) == (["a"], [])  # one seat stays empty


def test_without_quorum_nothing_passes_and_nothing_is_graded() -> None:
    turnout = Turnout(roster=9, checked_in=5, issued=5, registered=5, returned=5)
    result = decide(poll(form_choose(1), "a"), turnout, [[5, 0]], 0)
    assert result["quorum"] == {"need": 6, "reached": False}
    assert chosen_and_tied(result) == ([], [])
    assert result["items"][0]["passed"] is False
    graded = decide(poll(form_grade(), "a"), turnout, [[5, 0, 0, 0]], 0)
    assert graded["items"][0]["grade"] is None


def test_exactly_two_thirds_of_all_deputies_are_a_quorum() -> None:
    turnout = Turnout(roster=9, checked_in=6, issued=6, registered=6, returned=5)
    result = decide(poll(form_choose(1), "a"), turnout, [[5, 0]], 0)
    assert result["quorum"] == {"need": 6, "reached": True}
    assert result["chosen"] == ["a"]


def test_an_empty_ballot_box_passes_nothing() -> None:
    scale, decision = form_choose(1)
    turnout = Turnout(roster=9, checked_in=9, issued=9, registered=9, returned=0)
    lenient = replace(decision, base=Base.RETURNED, passing=Threshold(1, 2, over=False))
    result = decide(poll((scale, lenient), "a"), turnout, [[0, 0]], 0)
    assert result["items"][0]["passed"] is False


def test_the_base_decides_whether_five_votes_are_enough() -> None:
    scale, decision = form_choose(1)
    turnout = Turnout(roster=12, checked_in=10, issued=10, registered=10, returned=9)
    passed = {}
    for base in Base:
        polled = poll((scale, replace(decision, base=base)), "a")
        passed[base] = decide(polled, turnout, [[5, 4]], 0)["items"][0]["passed"]
    assert passed == {Base.ROSTER: False, Base.CHECKED_IN: False, Base.RETURNED: True}


def test_more_ballots_back_than_issued_void_the_vote() -> None:
    turnout = Turnout(roster=9, checked_in=8, issued=6, registered=6, returned=7)
    with pytest.raises(Refused) as refusal:
        decide(poll(form_choose(1), "a"), turnout, votes_for(5), 0)
    assert refusal.value.code == "void"


def test_a_tally_of_other_ballots_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="valid ballots"):
        decide(poll(form_choose(1), "a"), HALL, votes_for(5, of=6), 0)


# 逐项表决, 测评, 排序.


def test_a_ballot_that_never_came_back_did_not_vote_on_any_item() -> None:
    result = decide(poll(form_each(), "a", "b"), HALL, [[7, 0, 0, 0], [4, 1, 0, 2]], 0)
    assert [item["not_voted"] for item in result["items"]] == [1, 3]
    assert chosen_and_tied(result) == (["a"], [])


def test_item_by_item_more_can_be_chosen_than_by_seats_and_none_is_tied() -> None:
    result = decide(poll(form_each(), "a", "b", "c"), HALL, [[5, 2, 0, 0]] * 3, 0)
    assert chosen_and_tied(result) == (["a", "b", "c"], [])


@pytest.mark.parametrize(
    ("votes", "label"),
    [((4, 0, 4), "满意"), ((3, 1, 4), "基本满意"), ((0, 4, 4), "基本满意"), ((3, 0, 5), "不满意")],
)
def test_exactly_half_of_all_reaches_a_grade(votes: Sequence[int], label: str) -> None:
    scale, decision = form_grade()
    assert scale.marks[grade(votes, 8, decision.passing)].label == label


def test_nobody_is_satisfied_where_nobody_is_counted() -> None:
    assert grade([0, 0, 0], 0, Threshold(1, 2, over=False)) == 2


def test_the_more_urgent_goes_before_the_more_often_marked() -> None:
    tally = [[5, 0, 0, 2], [0, 0, 7, 0], [4, 0, 0, 3]]
    result = decide(poll(form_rank(1), "a", "b", "c"), HALL, tally, 0)
    assert [item["points"] for item in result["items"]] == [15, 7, 12]
    assert [item["passed"] for item in result["items"]] == [True, True, False]
    assert [item["rank"] for item in result["items"]] == [1, 3, 2]
    assert chosen_and_tied(result) == (["a"], [])


# Release.


@pytest.mark.parametrize(
    ("pending", "roster", "size"), [(39, 80, 0), (40, 80, 20), (55, 80, 35), (79, 79, 0)]
)
def test_a_release_takes_and_leaves_at_least_the_reserve(
    pending: int, roster: int, size: int
) -> None:
    assert release_size(pending, 20, roster) == size


# Every rule again, against another way to compute it.

counts = st.integers(0, 3000)


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int]:
    den = draw(st.integers(1, 1000))
    return draw(st.integers(1, den)), den


@given(counts, counts, shares(), st.booleans())
def test_a_threshold_is_the_fraction_it_says(
    votes: int, base: int, share: tuple[int, int], over: bool
) -> None:
    expected = False
    if base:
        reached, wanted = Fraction(votes, base), Fraction(*share)
        expected = reached > wanted or (not over and reached == wanted)
    assert reaches(votes, base, Threshold(*share, over)) == expected


@given(counts, shares())
def test_a_quorum_is_rounded_up(roster: int, share: tuple[int, int]) -> None:
    assert quorum_need(roster, Quorum(*share)) == math.ceil(roster * Fraction(*share))


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), max_size=9), st.integers(1, 9))
def test_seats_go_to_the_items_that_few_enough_others_match(
    field: list[tuple[int, bool]], seats: int
) -> None:
    numbers, passed = [number for number, _ in field], [through for _, through in field]
    rivals = [number for number, through in field if through]
    chosen, tied = set(), []
    for index, (number, through) in enumerate(field):
        no_fewer = sum(rival >= number for rival in rivals)
        if through and no_fewer <= seats:
            chosen.add(index)
        elif through and sum(rival > number for rival in rivals) < seats:
            tied.append(index)
    taken, left = take_seats(numbers, passed, seats)
    assert (set(taken), left) == (chosen, tied)
    assert taken == sorted(taken, key=lambda index: (-numbers[index], index))


@st.composite
def votes(draw: st.DrawFn) -> tuple[Definition, Turnout, list[list[int | None]]]:
    """A poll of any form, and what happened in the hall."""
    items = draw(st.integers(1, 5))
    seats = draw(st.integers(1, items))
    forms = [form_choose(seats), form_each(), form_grade(), form_rank(seats)]
    scale, decision = draw(st.sampled_from(forms))
    decision = replace(decision, base=draw(st.sampled_from(Base)))
    mark = st.none() | st.integers(0, len(scale.marks) - 1)
    ballots = draw(st.lists(st.lists(mark, min_size=items, max_size=items), max_size=9))
    lost, absent = draw(st.integers(0, 2)), draw(st.integers(0, 4))
    issued = len(ballots) + lost
    turnout = Turnout(issued + absent, issued, issued, issued, len(ballots))
    return poll((scale, decision), *(str(n) for n in range(items))), turnout, ballots


@given(votes())
def test_the_figures_of_any_vote_add_up(
    vote: tuple[Definition, Turnout, list[list[int | None]]],
) -> None:
    polled, turnout, ballots = vote
    tally, blank = count(ballots, len(polled.items), len(polled.scale.marks))
    result = decide(polled, turnout, tally, blank)
    assert blank <= min(item["unmarked"] for item in result["items"])
    for item in result["items"]:
        assert sum(item["votes"]) + item["unmarked"] == turnout.returned
        if item["not_voted"] is not None:
            assert sum(item["votes"]) + item["not_voted"] == turnout.issued
    passed = {item["id"] for item in result["items"] if item["passed"]}
    chosen, tied = chosen_and_tied(result)
    assert set(chosen) | set(tied) <= passed
    assert not set(chosen) & set(tied)
    assert len(chosen) <= (polled.decision.seats or len(polled.items))
    assert {item["id"] for item in result["items"] if item["chosen"]} == set(chosen)
    if polled.decision.form == Form.EACH:
        assert set(chosen) == passed


@given(votes())
def test_one_more_vote_never_unseats_the_item_it_is_for(
    vote: tuple[Definition, Turnout, list[list[int | None]]],
) -> None:
    polled, turnout, ballots = vote
    tally, blank = count(ballots, len(polled.items), len(polled.scale.marks))
    before = decide(polled, turnout, tally, blank)
    for index, (*votes, unmarked) in enumerate(tally):
        item = polled.items[index].id
        if unmarked and item in before["chosen"]:
            more = [*tally]
            more[index] = [votes[0] + 1, *votes[1:], unmarked - 1]
            assert item in decide(polled, turnout, more, 0)["chosen"]
