"""What a vote leaves open, told as rounds in a hall: no place is lost, and none is taken twice."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_rules import poll, votes_for
from voting.core.again import Open, Round, check_again, chosen_in_all, still_open
from voting.core.encoding import Json
from voting.core.errors import Refused
from voting.core.forms import form_choose, form_each, form_rank
from voting.core.poll import Definition, Item
from voting.core.rules import Turnout, decide

NINE = Turnout(roster=9, checked_in=9, issued=9, registered=9, returned=9)
NAMES = "abcdefgh"


def vote(definition: Definition, *votes: int) -> Json:
    return decide(definition, NINE, votes_for(*votes, of=9), 0)


def test_a_tie_at_the_last_place_is_voted_on_again_among_the_tied_alone() -> None:
    result = vote(poll(form_choose(2), "a", "b", "c", "d"), 6, 8, 6, 5)
    assert result["chosen"] == ["b"]
    assert still_open(2, result) == Open(1, ("a", "c"), tied=True)


def test_where_too_few_pass_the_rest_stand_in_the_order_of_their_votes() -> None:
    result = vote(poll(form_choose(3), "a", "b", "c", "d"), 2, 8, 4, 2)
    assert still_open(3, result) == Open(2, ("c", "a", "d"), tied=False)


def test_without_a_quorum_all_stand_for_all_places() -> None:
    few = dataclasses.replace(NINE, checked_in=5, issued=5, registered=5, returned=5)
    result = decide(poll(form_choose(1), "a", "b"), few, votes_for(1, 5, of=5), 0)
    assert still_open(1, result) == Open(1, ("b", "a"), tied=False)


def test_a_full_list_and_a_vote_on_each_item_leave_nothing_open() -> None:
    assert still_open(2, vote(poll(form_choose(2), "a", "b", "c"), 6, 7, 5)) is None
    each = decide(poll(form_each(), "a"), NINE, [[1, 8, 0, 0]], 0)
    assert still_open(None, each) is None


@pytest.mark.parametrize(
    ("open_", "named", "code"),
    [
        (Open(1, ("a", "b"), tied=True), ["a"], "tied_left_out"),
        (Open(2, ("a", "b", "c"), tied=False), ["a"], "too_few"),
        (Open(2, ("a", "b", "c"), tied=False), ["a", "x"], "not_open"),
        (Open(1, ("a", "b"), tied=False), [], "too_few"),
    ],
)
def test_what_the_presidium_cannot_decide(open_: Open, named: list[str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_again(open_, named)
    assert refused.value.code == code
    check_again(open_, list(open_.items))


@given(st.data())
def test_whatever_the_votes_what_is_open_is_who_was_not_chosen(data: st.DataObject) -> None:
    votes = data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=8))
    seats = data.draw(st.integers(1, len(votes)))
    form = data.draw(st.sampled_from([form_choose(seats), form_rank(seats, (1, 1, 1))]))
    definition = poll(form, *NAMES[: len(votes)])
    marks = len(form[0].marks)
    tally = [[count, *[0] * (marks - 1), 9 - count] for count in votes]
    result = decide(definition, NINE, tally, 0)
    chosen, open_ = set(result["chosen"]), still_open(seats, result)
    if open_ is None:
        assert len(chosen) == seats
        return
    by_name = dict(zip(NAMES, votes, strict=False))
    assert len(chosen) + open_.seats == seats
    assert len(open_.items) >= open_.seats  # there is always somebody for a place
    assert not chosen & set(open_.items)
    passed = {name for name, count in by_name.items() if count >= 5}
    if open_.tied:
        (equal,) = {by_name[name] for name in open_.items}
        assert len(open_.items) > open_.seats
        assert {name for name in passed if by_name[name] > equal} == chosen
        assert {name for name in passed if by_name[name] == equal} == set(open_.items)
    else:
        assert chosen == passed
        assert set(open_.items) == by_name.keys() - chosen
        counts = [by_name[name] for name in open_.items]
        assert counts == sorted(counts, reverse=True)


@given(st.data())
def test_round_after_round_no_more_are_chosen_than_there_are_places(data: st.DataObject) -> None:
    standing, places = list(NAMES), data.draw(st.integers(1, 8))
    seats, rounds, expected = places, [], []
    for number in range(1, 5):
        votes = data.draw(st.lists(st.integers(0, 9), min_size=8, max_size=8))
        definition = poll(form_choose(seats), *standing)
        result = vote(definition, *votes[: len(standing)])
        rounds.append(Round(number, definition.items, tuple(result["chosen"])))
        expected += [(number, name) for name in result["chosen"]]
        open_ = still_open(seats, result)
        if open_ is None:
            break
        standing, seats = [name for name in NAMES if name in open_.items], open_.seats
    together = [(number, item.id) for number, item in chosen_in_all(rounds)]
    assert together == expected
    assert len({name for _, name in together}) == len(together) <= places


def test_an_item_that_stands_again_is_decided_by_its_last_round() -> None:
    a, b = Item("1", "甲"), Item("2", "乙")
    numbered_anew = Item("1", "丙")
    first = Round(1, (a, b), ("1", "2"))
    assert chosen_in_all([first, Round(2, (a,), ())]) == [(1, b)]
    assert chosen_in_all([first, Round(2, (a,), ("1",))]) == [(1, b), (2, a)]
    assert chosen_in_all([first, Round(2, (numbered_anew,), ("1",))]) == [
        (1, a),
        (1, b),
        (2, numbered_anew),
    ]
