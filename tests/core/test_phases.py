"""The steps of a poll: what officials are told, what two people must approve, what cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.core import phases
from voting.core.phases import STEPS, Facts, Phase, Step, blockers, step_after

READY = Facts(
    phase=Phase.DRAFT,
    items=12,
    roster=314,
    cards=314,
    checked_in=306,
    quorum=210,
    epoch=1,
    issued=306,
    registered=306,
    returned=0,
    window_over=True,
)
COUNTS = ("items", "roster", "cards", "checked_in", "quorum", "issued", "registered", "returned")
ORDER = [
    *(Phase.DRAFT, Phase.DEFINED, Phase.ISSUING, Phase.REGISTERING),
    *(Phase.FROZEN, Phase.OPEN, Phase.CLOSED, Phase.PUBLISHED),
]
facts = st.builds(
    Facts,
    phase=st.sampled_from(Phase),
    **{name: st.integers(0, 3) for name in COUNTS},
    **{name: st.booleans() for name in ("key_alive", "window_over", "other_live")},
)
steps = st.sampled_from(list(STEPS.values()))


def told(step: Step, phase: Phase, **changes: object) -> str:
    return " ".join(blockers(step, replace(READY, phase=phase, **changes)))  # type: ignore[arg-type]


def test_a_witness_that_is_away_keeps_nobody_from_another_epoch_or_from_voiding() -> None:
    away = replace(READY, phase=Phase.ISSUING, unwitnessed=1)
    assert blockers(phases.ISSUE, away) == blockers(phases.VOID, away) == []
    assert blockers(phases.PUBLISH, replace(away, phase=Phase.CLOSED)) == []


def test_a_vote_goes_from_draft_to_publication() -> None:
    phase = Phase.DRAFT
    story = [phase]
    while step := step_after(phase):
        assert blockers(step, replace(READY, phase=phase)) == []
        phase = step.enters
        story.append(phase)
    assert story == ORDER


@pytest.mark.parametrize(
    ("step", "phase", "changes", "sentence"),
    [
        *(
            (step, phase, {"unwitnessed": 2}, "还有 2 位见证人没有见证")
            for step, phase in (
                (phases.ISSUE, Phase.DEFINED),
                (phases.REGISTER, Phase.ISSUING),
                (phases.FREEZE, Phase.REGISTERING),
                (phases.ACCEPT_GAP, Phase.REGISTERING),
                (phases.OPEN, Phase.FROZEN),
                (phases.CLOSE, Phase.OPEN),
            )
        ),
        (phases.DEFINE, Phase.DRAFT, {"items": 0}, "还没有候选项目"),
        (phases.DEFINE, Phase.DRAFT, {"roster": 0, "cards": 0}, "还没有代表名册"),
        (phases.DEFINE, Phase.DRAFT, {"cards": 312}, "还有 2 位代表没有代表证"),
        (phases.DEFINE, Phase.DRAFT, {"other_live": True}, "另有一项表决正在进行"),
        (phases.ISSUE, Phase.DEFINED, {"checked_in": 209}, "签到 209 人，未达到法定人数 210 人"),
        (phases.ISSUE, Phase.DEFINED, {"other_live": True}, "另有一项表决正在进行"),
        (phases.ISSUE, Phase.ISSUING, {"key_alive": True}, "不需要重新开始"),
        (phases.REGISTER, Phase.ISSUING, {"issued": 0}, "还没有发出任何表决票"),
        (phases.REGISTER, Phase.ISSUING, {"checked_in": 0}, "未达到法定人数"),
        (phases.FREEZE, Phase.REGISTERING, {"window_over": False}, "时段尚未结束"),
        (phases.FREEZE, Phase.REGISTERING, {"registered": 303}, "还有 3 张表决票没有登记"),
        (phases.FREEZE, Phase.REGISTERING, {"registered": 307}, "有人伪造表决票"),
        (phases.ACCEPT_GAP, Phase.REGISTERING, {}, "没有差额"),
        (phases.ACCEPT_GAP, Phase.REGISTERING, {"registered": 307}, "有人伪造表决票"),
        (phases.ACCEPT_GAP, Phase.REGISTERING, {"window_over": False}, "时段尚未结束"),
        (phases.OPEN, Phase.FROZEN, {"registered": 307}, "有人伪造表决票"),
        (phases.OPEN, Phase.DRAFT, {}, "当前阶段不能进行「开始表决」"),
    ],
)
def test_the_officials_are_told_what_stands_in_the_way(
    step: Step, phase: Phase, changes: dict[str, object], sentence: str
) -> None:
    assert sentence in told(step, phase, **changes)


def test_a_lost_key_is_replaced_by_a_new_epoch() -> None:
    assert told(phases.ISSUE, Phase.ISSUING, key_alive=False) == ""


def test_a_gap_can_be_accepted_by_two_people_only() -> None:
    assert told(phases.ACCEPT_GAP, Phase.REGISTERING, registered=303) == ""
    assert phases.ACCEPT_GAP.two_people
    two = {step.name for step in STEPS.values() if step.two_people}
    assert two == {"issue", "accept_gap", "open", "close", "publish", "void"}


@given(facts, steps)
def test_no_path_skips_a_phase(now: Facts, step: Step) -> None:
    if blockers(step, now):
        return
    assert now.phase in step.leaves
    if step is phases.VOID:
        return
    went = ORDER.index(step.enters) - ORDER.index(now.phase)
    assert went == 1 or (step is phases.ISSUE and now.phase is Phase.ISSUING)


@given(facts, steps)
def test_void_is_for_ever_and_can_be_reached_from_all_but_draft(now: Facts, step: Step) -> None:
    assert blockers(step, replace(now, phase=Phase.VOID))
    can_void = not blockers(phases.VOID, now)
    assert can_void == (now.phase not in (Phase.DRAFT, Phase.VOID))
    assert step_after(Phase.VOID) is None


@given(facts)
def test_no_roll_with_more_ballots_than_were_issued_is_frozen_or_opened(now: Facts) -> None:
    if now.registered > now.issued:
        for step in (phases.FREEZE, phases.ACCEPT_GAP, phases.OPEN):
            assert blockers(step, now)


@pytest.mark.parametrize(
    ("step", "moves", "binds"),
    [
        (phases.OPEN, "returned", "registered"),
        (phases.CLOSE, "items", "returned"),
        (phases.PUBLISH, "items", "returned"),
        (phases.ACCEPT_GAP, "checked_in", "registered"),
        (phases.ISSUE, "returned", "checked_in"),
    ],
)
def test_an_approval_binds_the_figures_that_it_was_shown(
    step: Step, moves: str, binds: str
) -> None:
    def later(name: str) -> str:
        return replace(READY, **{name: getattr(READY, name) + 1}).digest(step)

    assert later(moves) == READY.digest(step) != later(binds)
    assert len({READY.digest(other) for other in STEPS.values()}) == len(STEPS)
    assert replace(READY, phase=Phase.OPEN).digest(step) != READY.digest(step)
