"""The officials' side of a poll: what may be done next, who has approved it, and doing it.

A step of one person runs when it is asked for. A step of two runs on the second approval, by
another person of another role, on the same figures; an approval on figures that have changed
since has lapsed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from voting import db
from voting.core import phases
from voting.core.encoding import Json, b64
from voting.core.errors import Refused, Unavailable, Unknown
from voting.core.events import Approved
from voting.core.phases import Facts, Phase, Step
from voting.models.office import Approval, Person, Poll
from voting.steps import close, freeze, issue, log, polls, prepare, publish
from voting.steps.services import Services

MAX_REASON = 400  # characters
SWEPT = (phases.FREEZE, phases.ACCEPT_GAP, phases.CLOSE, phases.VOID)


@dataclass(frozen=True, slots=True)
class Ask:
    """One official asking for one step, on the figures that the page showed (`digest`)."""

    poll_id: int
    step: Step
    person_id: int
    digest: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A step that the poll's phase allows: what blocks it and who has approved it so far.

    `bound` are the counts that an approval binds.
    """

    step: Step
    digest: str
    bound: dict[str, int]
    blockers: list[str]
    approved_by: list[Person]
    reason: str  # what the first approval of a void gave, for the second to agree to


def options(session: Session, facts: Facts, poll: Poll) -> list[Option]:
    """The steps that leave the poll's phase, each with its blockers and valid approvals."""
    return [
        Option(
            step,
            facts.digest(step),
            facts.bound(step),
            phases.blockers(step, facts),
            *_approvals(session, poll.id, step, facts.digest(step)),
        )
        for step in phases.STEPS.values()
        if facts.phase in step.leaves
    ]


def ask(services: Services, request: Ask) -> bool:
    """Approve a step and, where that was all it needed, take it; True if it was taken."""
    with db.reading() as session:
        alive = polls.key_alive(session, services, polls.by_id(session, request.poll_id))
    if request.step.two_people and not _approve(services, request, alive):
        return False
    keys = _call_issuers(services, request, alive)
    try:
        with db.writing() as session:
            poll = _checked(session, services, request, alive)
            ends_issuing = request.step is phases.VOID and poll.phase == Phase.ISSUING
            _run(session, services, poll, request, keys)
    except DBAPIError:  # it may be done all the same, and only the word of it be lost
        sweep_at_rest()
        raise
    if request.step in SWEPT:
        db.surely(db.sweep)
    if ends_issuing:
        _end_issuing(services, request.poll_id)
    return True


def sweep_at_rest() -> None:
    """Sweep what may have been left, by a step whose end nobody heard of or a worker that died."""
    db.surely(_swept_at_rest)


def _swept_at_rest() -> bool:
    """While ballots are registered or cast nothing is due: the step that ends this sweeps, too."""
    arriving = select(Poll.id).where(Poll.phase.in_((Phase.REGISTERING, Phase.OPEN)))
    with db.reading() as session:
        at_rest = session.scalars(arriving.limit(1)).first() is None
    return not at_rest or db.sweep()


def _end_issuing(services: Services, poll_id: int) -> None:
    """A poll that was voided while ballots were issued leaves no key behind.

    Only afterwards: whoever had to confirm again, on new figures, still has a poll that goes on.
    """
    with db.reading() as session:
        poll = polls.by_id(session, poll_id)
        session.expunge(poll)
    with suppress(Unavailable):  # an issuer that is away holds no key that the box would take
        issue.destroy_keys(services, poll)


def _approve(services: Services, request: Ask, alive: bool) -> bool:
    """Record the approval; True when two people of two roles have now approved the figures."""
    with db.writing() as session:
        poll = _checked(session, services, request, alive)
        person = session.get_one(Person, request.person_id)
        check_standing(person, poll)
        _withdraw(session, poll, person, request)
        before, reason = _approvals(session, poll.id, request.step, request.digest)
        if before and request.reason.strip() != reason:
            raise Refused(
                "other_reason",
                "另一位已按此原因确认：%(reason)s。两人须确认同一原因。",
                reason=reason,
            )
        _record_approval(session, services, poll, person, request)
        return any(other.role != person.role for other in before)


def check_standing(person: Person, poll: Poll) -> None:
    """Only who had this account and password at 定稿 decides: the administrator sees new ones."""
    if poll.defined_seq is None or person.since > poll.defined_seq:
        raise Refused("account_too_new", "这个帐号或密码是定稿以后设立的，不能确认这项表决。")


def _withdraw(session: Session, poll: Poll, person: Person, request: Ask) -> None:
    """A person's new approval takes the place of an earlier one, lapsed or with another reason."""
    session.execute(
        delete(Approval).where(
            Approval.poll == poll.id,
            Approval.step == request.step.name,
            Approval.person == person.id,
        )
    )


def _record_approval(
    session: Session, services: Services, poll: Poll, person: Person, request: Ask
) -> None:
    session.add(
        Approval(
            poll=poll.id,
            step=request.step.name,
            person=person.id,
            digest=request.digest,
            reason=request.reason.strip(),
        )
    )
    hash_, _ = polls.defined(poll)
    event = Approved(poll=b64(hash_), step=request.step.name, by=person.login, role=person.role)
    log.append(session, services, event)


def _checked(session: Session, services: Services, request: Ask, alive: bool) -> Poll:
    """The poll, if the step is not blocked and the figures are still those that were shown."""
    poll = polls.by_id(session, request.poll_id)
    facts = polls.facts(session, services, poll, alive)
    reasons = phases.blockers(request.step, facts)
    if reasons:
        raise Refused("blocked", "".join(reasons))
    if facts.digest(request.step) != request.digest:
        raise Refused("figures_changed", "数字已经变化，请核对新的数字后重新确认。")
    if request.step is phases.VOID:
        check_reason(request.reason)
    return poll


def check_reason(reason: str) -> None:
    """Why something is void stands in the log for ever, in a line that verifiers read."""
    if not reason.strip():
        raise Refused("no_reason", "请写明作废的原因。")
    if len(reason) > MAX_REASON:
        raise Refused("long_reason", "作废的原因最多写 %(most)s 个字。", most=MAX_REASON)


def _approvals(session: Session, poll_id: int, step: Step, digest: str) -> tuple[list[Person], str]:
    """Who has approved the step on these figures, the first one first, and the reason given."""
    rows = (
        select(Person, Approval.reason)
        .join(Approval, Approval.person == Person.id)
        .where(Approval.poll == poll_id, Approval.step == step.name, Approval.digest == digest)
        .order_by(Approval.id)
    )
    found = session.execute(rows).all()
    return [person for person, _ in found], found[0][1] if found else ""


def _call_issuers(services: Services, request: Ask, alive: bool) -> list[Json]:
    """What the issuers must do before the step's transaction: make keys, or destroy them."""
    with db.reading() as session:
        poll = _checked(session, services, request, alive)
        session.refresh(poll, ["roster"])  # issuers are given it, after this transaction
        session.expunge(poll)
    if request.step is phases.ISSUE:
        return issue.make_keys(services, poll, poll.epoch + 1)
    if request.step is phases.REGISTER:
        issue.destroy_keys(services, poll)
    return []


def _names(session: Session, poll: Poll, request: Ask) -> list[str]:
    """The log-ins of two approvers of two roles; nobody for a step of one person."""
    people, _ = _approvals(session, poll.id, request.step, request.digest)
    by_role = {person.role: person.login for person in reversed(people)}
    return sorted(by_role.values())[:2]


def _run(
    session: Session,
    services: Services,
    poll: Poll,
    request: Ask,
    keys: list[Json],
) -> None:
    match request.step.name:
        case "define":
            prepare.define(session, services, poll)
        case "issue":
            issue.open_issuing(session, services, poll, keys)
        case "register":
            issue.close_issuing(session, services, poll)
        case "freeze" | "accept_gap":
            freeze.freeze(session, services, poll, _names(session, poll, request))
        case "open":
            freeze.open_voting(session, services, poll)
        case "close":
            close.close_voting(session, services, poll)
        case "publish":
            publish.publish(session, services, poll)
        case "void":
            close.void(session, services, poll, request.reason.strip())


def step_named(name: str) -> Step:
    """The step with that name; `Unknown` where there is none."""
    if name not in phases.STEPS:
        raise Unknown("unknown_step", "没有这个步骤。")
    return phases.STEPS[name]
