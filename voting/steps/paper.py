"""The vote given up for paper: decided by two people, counted twice, announced by two people.

Only a void poll can go to paper, so nobody votes both ways. The vote on paper has the void poll's
definition and nothing else of it: no step here touches the log, the roll or the ballot box, and no
page gives its result a 核验码. Nothing is ever removed: all entries stay, the latest pair counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from voting import db
from voting.core import paper, rules
from voting.core.encoding import Json, b64, jcs, sha256
from voting.core.errors import Forbidden, Malformed, Refused, Unknown
from voting.core.paper import Count
from voting.core.phases import LIVE, Phase
from voting.core.poll import parse_roster
from voting.core.text import Text, text
from voting.models.office import Approval, Deputy, Person, Poll
from voting.models.paper import PaperEntry, PaperVote
from voting.steps import officials, polls
from voting.steps.services import Services

GO, ANNOUNCE, END = "paper", "paper_announce", "paper_void"  # each is taken by two people
LABELS = {
    GO: text("改用纸质票"),
    ANNOUNCE: text("公布纸质票计票结果"),
    END: text("作废纸质票表决"),
}
COUNTERS = ("secretariat", "scrutineer")  # 计票人 and 监票人: one of each enters the count
ANNOUNCED, VOID = "announced", "void"
TOO_MANY = text("收回的表决票多于发出的，本次表决无效。")


@dataclass(frozen=True, slots=True)
class Option:
    """A decision that two people of two roles can take, and who has approved it on these facts."""

    step: str
    label: Text
    digest: str
    blockers: list[Text]
    approved_by: list[Person]
    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One official asking for one decision, on the facts that the page showed (`digest`)."""

    poll_id: int
    step: str
    person_id: int
    digest: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One count as it was entered, by role; two entries make a pair."""

    number: int
    counts: dict[str, Count]

    @property
    def complete(self) -> bool:
        """Whether both have entered."""
        return len(self.counts) == len(COUNTERS)

    @property
    def differing(self) -> list[str]:
        """The cells in which a pair differs."""
        return paper.differing(*self.counts.values()) if self.complete else []


class BadCount(Malformed):
    """A count that cannot be true; `reasons` says everything that is wrong with it."""

    def __init__(self, reasons: list[Text]) -> None:
        super().__init__("bad_count", text("录入的数字有误，没有保存，请核对后改正。"))
        self.reasons = reasons


def votes(session: Session, poll: Poll) -> list[PaperVote]:
    """The poll's votes on paper, the newest first; only the newest can be other than void."""
    rows = select(PaperVote).where(PaperVote.poll == poll.id).order_by(PaperVote.id.desc())
    return list(session.scalars(rows))


def standing(session: Session, poll: Poll) -> PaperVote | None:
    """The poll's vote on paper that is not void."""
    return next((vote for vote in votes(session, poll) if vote.ended != VOID), None)


def announced(session: Session) -> list[tuple[PaperVote, Poll]]:
    """The votes on paper whose result stands, with the polls in whose place, the newest first."""
    rows = select(PaperVote, Poll).join(Poll, PaperVote.poll == Poll.id)
    found = session.execute(rows.where(PaperVote.ended == ANNOUNCED).order_by(PaperVote.id.desc()))
    return [(vote, poll) for vote, poll in found]


def by_id(session: Session, vote_id: int) -> tuple[PaperVote, Poll]:
    """The vote on paper with that number, and the poll whose place it takes."""
    vote = session.get(PaperVote, vote_id)
    if vote is None:
        raise Unknown("unknown_paper", "没有这次纸质票表决。")
    return vote, polls.by_id(session, vote.poll)


def attempts(session: Session, vote: PaperVote) -> list[Attempt]:
    """All that was entered, the first count first."""
    _, definition = polls.defined(polls.by_id(session, vote.poll))
    rows = select(PaperEntry).where(PaperEntry.vote == vote.id)
    found: dict[int, dict[str, Count]] = {}
    for entry in session.scalars(rows.order_by(PaperEntry.attempt, PaperEntry.role)):
        count = paper.from_cells(definition, entry.cells)
        found.setdefault(entry.attempt, {})[entry.role] = count
    return [Attempt(number, counts) for number, counts in found.items()]


def agreed(session: Session, vote: PaperVote) -> Count | None:
    """The count: the latest pair, where both entered the same."""
    entered = attempts(session, vote)
    if not entered or not entered[-1].complete or entered[-1].differing:
        return None
    return next(iter(entered[-1].counts.values()))


def result(session: Session, vote: PaperVote) -> Json:
    """The outcome of the agreed count, by the poll's rule; `Refused` where there is none."""
    count = agreed(session, vote)
    if count is None:
        raise Refused("not_counted", "两人录入的计票结果还没有一致。")
    _, definition = polls.defined(polls.by_id(session, vote.poll))
    return paper.decided(definition, vote.checked_in, count)


def next_attempt(session: Session, vote: PaperVote, role: str) -> int | None:
    """The number of the count that this role is to enter now; None while it waits or may not."""
    if vote.ended or role not in COUNTERS:
        return None
    entered = attempts(session, vote)
    if not entered or entered[-1].complete:
        return len(entered) + 1
    return None if role in entered[-1].counts else entered[-1].number


def enter(
    services: Services, vote_id: int, person_id: int, attempt: int, cells: Mapping[str, int]
) -> None:
    """Keep one person's count; the other's is not looked at."""
    with db.writing() as session:
        vote, poll = by_id(session, vote_id)
        person = session.get_one(Person, person_id)
        officials.check_standing(person, poll)
        if person.role not in COUNTERS:
            raise Forbidden("not_counting", "计票结果由秘书处的计票人和监票人各录入一遍。")
        if next_attempt(session, vote, person.role) != attempt:
            raise Refused("entered", "这一遍已经录入或者已经结束，请看当前的计票情况。")
        _, definition = polls.defined(poll)
        count = paper.from_cells(definition, cells)
        reasons = paper.faults(definition, vote.checked_in, count)
        if reasons:
            raise BadCount(reasons)
        row = {"vote": vote.id, "attempt": attempt, "role": person.role, "person": person.id}
        session.add(PaperEntry(**row, at=_now(services), cells=count.cells()))


def options(session: Session, poll: Poll) -> dict[str, Option]:
    """The decisions that can be taken where the poll stands."""
    vote = standing(session, poll)
    if vote is None:
        return {
            GO: _option(session, poll, GO, _go_facts(session, poll), go_blockers(session, poll))
        }
    options = {END: _option(session, poll, END, {"vote": vote.id}, [])}
    if not vote.ended:
        count = agreed(session, vote)
        facts = {"vote": vote.id, "cells": count.cells() if count else None}
        missing = [] if count else [text("两人录入的计票结果还没有一致。")]
        options[ANNOUNCE] = _option(session, poll, ANNOUNCE, facts, missing)
    return options


def go_blockers(session: Session, poll: Poll) -> list[Text]:
    """Why the poll cannot go to paper now."""
    _, definition = polls.defined(poll)
    live = select(Poll.id).where(Poll.phase.in_(LIVE), Poll.id != poll.id)
    again = select(Poll.id).where(
        Poll.follows == poll.hash, Poll.phase.not_in((Phase.DRAFT, Phase.VOID))
    )
    present = polls.checked_in(session, poll.meeting, poll.id)
    need = rules.quorum_need(definition.roster.count, definition.decision.quorum)
    busy = session.scalars(live).first() is not None or polls.on_paper(session)
    checks = [
        (poll.phase != Phase.VOID, text("电子表决没有作废：先由两人作废，才能改用纸质票。")),
        (busy, text("另有一项表决正在进行。")),
        (session.scalars(again).first() is not None, text("这些项目已经另建电子表决。")),
        (_numbers(session) != _defined_numbers(poll), text("定稿以后名册改动过，请重新定稿。")),
        (
            present < need,
            text("签到 %(present)s 人，未达到法定人数 %(need)s 人。", present=present, need=need),
        ),
    ]
    return [reason for wrong, reason in checks if wrong]


def _numbers(session: Session) -> set[str]:
    return set(session.scalars(select(Deputy.number)))


def _defined_numbers(poll: Poll) -> set[str]:
    return {line.number for line in parse_roster(poll.roster or b"")}


def _go_facts(session: Session, poll: Poll) -> dict[str, Json]:
    earlier = session.scalar(select(func.count()).where(PaperVote.poll == poll.id)) or 0
    present = polls.checked_in(session, poll.meeting, poll.id)
    return {"phase": poll.phase, "earlier": earlier, "checked_in": present}


def _option(
    session: Session, poll: Poll, step: str, facts: dict[str, Json], blockers: list[Text]
) -> Option:
    bound: Json = {"step": step, "poll": b64(poll.hash or b""), **facts}
    digest = b64(sha256(jcs(bound)))
    rows = select(Person, Approval.reason).join(Approval, Approval.person == Person.id)
    mine = (Approval.poll == poll.id) & (Approval.step == step) & (Approval.digest == digest)
    found = session.execute(rows.where(mine).order_by(Approval.id)).all()
    people, reason = [person for person, _ in found], found[0][1] if found else ""
    return Option(step, LABELS[step], digest, blockers, people, reason)


def ask(services: Services, request: Ask) -> bool:
    """Approve a decision and, on the second approval by another role, take it; True if taken."""
    with db.writing() as session:
        poll = polls.by_id(session, request.poll_id)
        person = session.get_one(Person, request.person_id)
        option = _checked(session, poll, request)
        officials.check_standing(person, poll)
        mine = (Approval.poll == poll.id) & (Approval.step == request.step)
        session.execute(delete(Approval).where(mine, Approval.person == person.id))
        others = [other for other in option.approved_by if other.role != person.role]
        if not others:
            approval = {"poll": poll.id, "step": request.step, "person": person.id}
            reason = request.reason.strip()
            session.add(Approval(**approval, digest=request.digest, reason=reason))
            return False
        session.execute(delete(Approval).where(mine))
        _take(session, services, poll, request, [others[0].name, person.name])
        return True


def _checked(session: Session, poll: Poll, request: Ask) -> Option:
    option = options(session, poll).get(request.step)
    if option is None:
        raise Refused("not_now", "现在不能进行这一步，请看当前的情况。")
    if option.blockers:
        raise Refused("blocked", option.blockers[0])
    if option.digest != request.digest:
        raise Refused("figures_changed", "数字已经变化，请核对新的数字后重新确认。")
    if request.step == END:
        officials.check_reason(request.reason)
    if option.approved_by and request.reason.strip() != option.reason:
        raise Refused("other_reason", "两人须确认同一原因：%(reason)s", reason=option.reason)
    return option


def _take(session: Session, services: Services, poll: Poll, request: Ask, who: list[str]) -> None:
    now = _now(services)
    if request.step == GO:
        present = polls.checked_in(session, poll.meeting, poll.id)
        session.add(PaperVote(poll=poll.id, checked_in=present, opened_at=now, opened_by=who))
        return
    vote = standing(session, poll)
    assert vote is not None  # `options` offers the rest only for one that stands
    count = agreed(session, vote)
    lost = request.step == ANNOUNCE and count is not None and paper.is_void(count)
    vote.ended = VOID if lost or request.step == END else ANNOUNCED
    vote.reason = str(TOO_MANY) if lost else request.reason.strip()
    vote.ended_at, vote.ended_by = now, who


def _now(services: Services) -> str:
    return services.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
