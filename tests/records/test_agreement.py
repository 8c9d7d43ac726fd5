"""The rules of the server and of the two verifiers were written apart: any vote ends alike."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records.second import Second
from voting.core import forms, rules
from voting.core.poll import Congress, Definition, Issuer, Item, Meeting, RosterHead
from voting.verify import rules as verified
from voting.verify.definition import parse

BASES = list(forms.Base)


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int]:
    """A share num/den of 1 or less, with small numbers so that exact halves happen."""
    den = draw(st.integers(1, 6))
    return draw(st.integers(1, den)), den


@st.composite
def polls(draw: st.DrawFn) -> Definition:
    """A poll of any form, with any rule that a definition may state."""
    form = draw(st.sampled_from(forms.Form))
    items = draw(st.integers(1, 5))
    marks = 1 if form is forms.Form.CHOOSE else draw(st.integers(2, 4))
    seated = form in (forms.Form.CHOOSE, forms.Form.RANK)
    ranked = form is forms.Form.RANK
    decision = forms.Decision(
        form=form,
        base=draw(st.sampled_from(BASES)),
        mark=None
        if form in (forms.Form.GRADE, forms.Form.RANK)
        else draw(st.integers(0, marks - 1)),
        passing=forms.Threshold(*draw(shares()), draw(st.booleans())),
        quorum=forms.Quorum(*draw(shares())),
        seats=draw(st.integers(1, items)) if seated else None,
        points=tuple(draw(st.integers(-3, 3)) for _ in range(marks)) if ranked else None,
    )
    scale = forms.Scale(tuple(forms.Mark(f"m{i}", f"第{i}档") for i in range(marks)))
    return Definition(
        Congress("c", "县人大", "第十八届"),
        Meeting("m", "第三次会议", "2026-11-22"),
        "p",
        "票决",
        1,
        None,
        tuple(Item(f"i{i}", f"项目{i}") for i in range(items)),
        scale,
        decision,
        10,
        (Issuer("s", "发票", b"\x01" * 32),),
        RosterHead(9, b"\x02" * 32),
        b"\x03" * 32,
    )


@st.composite
def votes(draw: st.DrawFn) -> tuple[Definition, rules.Turnout, list[list[int | None]]]:
    """A poll, who came, and what they marked."""
    poll = draw(polls())
    figures = sorted(draw(st.lists(st.integers(0, 9), min_size=4, max_size=4)), reverse=True)
    mark = st.one_of(st.none(), st.integers(0, len(poll.scale.marks) - 1))
    ballot = st.lists(mark, min_size=len(poll.items), max_size=len(poll.items))
    ballots = draw(st.lists(ballot, min_size=figures[3], max_size=figures[3]))
    return poll, rules.Turnout(9, *figures), ballots


@settings(max_examples=500)  # exact halves are rare
@given(votes())
def test_server_and_verifiers_decide_alike(
    browser: Second | None,
    vote: tuple[Definition, rules.Turnout, list[list[Any]]],
) -> None:
    poll, turnout, ballots = vote
    tally = rules.empty_tally(len(poll.items), len(poll.scale.marks))
    for ballot in ballots:
        rules.add(tally, ballot)
    blank = sum(rules.is_blank(ballot) for ballot in ballots)
    ours = rules.result_bytes(rules.decide(poll, turnout, tally, blank))
    figures = verified.Turnout(
        turnout.roster, turnout.checked_in, turnout.issued, turnout.registered, turnout.returned
    )
    theirs = verified.result_json(parse(poll.to_bytes()), figures, tally, blank)
    assert ours == theirs
    if browser:
        definition = json.loads(poll.to_bytes())
        counts = dataclasses.asdict(figures)
        name = json.loads(ours)["poll"]
        assert browser.decide(definition, name, counts, tally, blank) == ours
