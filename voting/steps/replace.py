"""Replacing one lost card after 定稿: two people of two roles, then every issuer's signature.

The first person asks for a deputy, the second confirms, and only then the new card is made; its
digits go to the printed page and nowhere else. The issuers sign before anything is logged: where
that goes wrong they take neither the old card nor, there being no log entry, the box the new one,
and the officials do it again. All polls that stand between 定稿 and publication know the new card,
each by its own entry in the log, because check-ins of the meeting are judged by each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from voting import db
from voting.core import card
from voting.core.card import Card
from voting.core.encoding import b64, jcs, sha256
from voting.core.errors import Refused, Unknown
from voting.core.events import Approved, CardReplaced
from voting.core.phases import SETTLED, Phase
from voting.core.poll import RosterLine
from voting.core.text import Text, text
from voting.models.office import Approval, Deputy, Issuance, Person, Poll, ReplacedCard
from voting.steps import checkin, log, polls
from voting.steps.services import Services

STEP = "replace"
OPEN_FOR_CARDS = (Phase.DEFINED, Phase.ISSUING)


@dataclass(frozen=True, slots=True)
class Asked:
    """A replacement that was asked for: the deputy, what a confirmation binds, who asked."""

    deputy: Deputy
    digest: str
    people: list[Person]


def blockers(session: Session, poll: Poll) -> list[Text]:
    """Why no card can be replaced now, in Chinese sentences."""
    others = [other for other in _standing(session) if other.id != poll.id]
    late = any(other.phase not in OPEN_FOR_CARDS for other in others)
    over = text("只有在定稿以后、停止发票以前，才能更换代表证。")
    waits = text("另有一项表决已经停止发票而尚未公布，公布以后才能更换代表证。")
    return ([over] if poll.phase not in OPEN_FOR_CARDS else []) + ([waits] if late else [])


def asked(session: Session, poll: Poll) -> list[Asked]:
    """The replacements that wait for a second person, the first one first."""
    rows = select(Approval, Person).join(Person, Approval.person == Person.id)
    mine = (Approval.poll == poll.id) & (Approval.step == STEP)
    found: dict[str, Asked] = {}
    for approval, person in session.execute(rows.where(mine).order_by(Approval.id)):
        deputy = session.get(Deputy, approval.reason)
        if deputy and approval.digest == _digest(poll, deputy):
            entry = found.setdefault(approval.digest, Asked(deputy, approval.digest, []))
            entry.people.append(person)
    return list(found.values())


def ask(services: Services, poll_id: int, number: str, person_id: int) -> None:
    """Ask for a new card for the deputy of that number; a person's earlier wish ends."""
    with db.writing() as session:
        poll, deputy = _replaceable(session, poll_id, number)
        mine = (Approval.poll == poll.id) & (Approval.step == STEP)
        session.execute(delete(Approval).where(mine, Approval.person == person_id))
        place = {"poll": poll.id, "step": STEP, "person": person_id}
        session.add(Approval(**place, digest=_digest(poll, deputy), reason=deputy.number))
        _log_approval(session, services, poll, session.get_one(Person, person_id))


def confirm(
    services: Services, poll_id: int, digest: str, person_id: int, digits: str
) -> RosterLine:
    """Confirm what another person of another role asked for; the deputy's line with the new card.

    `digits` are a fresh card's.
    """
    number = _confirm(services, poll_id, digest, person_id)
    with db.reading() as session:
        order = _order(session, poll_id, number, digits)
    sigs = {poll.id: _signatures(services, poll, order) for poll in order.polls}
    with db.writing() as session:
        return _record(session, services, order, sigs)


def _confirm(services: Services, poll_id: int, digest: str, person_id: int) -> str:
    """Take the approvals, which are good for one card only; the deputy's number."""
    with db.writing() as session:
        poll = polls.by_id(session, poll_id)
        person = session.get_one(Person, person_id)
        wish = next((each for each in asked(session, poll) if each.digest == digest), None)
        if wish is None:
            raise Refused("not_asked", "没有这项更换申请，或者它已经失效，请重新申请。")
        if all(other.role == person.role for other in wish.people):
            raise Refused("same_role", "须由另一位不同职责的人员确认。")
        _replaceable(session, poll_id, wish.deputy.number)
        taken = (Approval.poll == poll.id) & (Approval.step == STEP) & (Approval.digest == digest)
        session.execute(delete(Approval).where(taken))
        _log_approval(session, services, poll, person)
        return wish.deputy.number


@dataclass(frozen=True, slots=True)
class _Order:
    """What the issuers are asked to sign, for each of the polls that stand."""

    poll_id: int
    number: str
    old: bytes
    made: Card
    polls: list[Poll]


def _order(session: Session, poll_id: int, number: str, digits: str) -> _Order:
    _, deputy = _replaceable(session, poll_id, number)
    old = checkin.roster_line(deputy).card_id
    made = card.derive(digits, polls.the_congress(session).id)
    standing = _standing(session)
    for poll in standing:
        session.refresh(poll, ["roster"])  # issuers are given it, after this transaction
    return _Order(poll_id, number, old, made, standing)


def _signatures(services: Services, poll: Poll, order: _Order) -> list[bytes]:
    """Every issuer's, outside a transaction: an issuer that is away must keep nobody waiting."""
    new = order.number, order.made.card_id, order.made.card_key
    definition, roster = poll.definition or b"", poll.roster or b""
    issuers = services.issuers_of(polls.defined(poll)[1])
    return [issuer.replace(definition, roster, *new) for issuer in issuers]


def _record(
    session: Session, services: Services, order: _Order, sigs: dict[int, list[bytes]]
) -> RosterLine:
    _, deputy = _replaceable(session, order.poll_id, order.number)
    standing = _standing(session)
    if deputy.card_id != order.old or {poll.id for poll in standing} != sigs.keys():
        raise Refused("figures_changed", "情况已经变化，代表证没有更换，请重新申请。")
    for poll in standing:
        hash_, _ = polls.defined(poll)
        event = CardReplaced(
            poll=b64(hash_),
            number=order.number,
            old=b64(order.old),
            card_id=b64(order.made.card_id),
            card_key=b64(order.made.card_key),
            sigs=[b64(sig) for sig in sigs[poll.id]],
        )
        log.append(session, services, event)
        session.add(ReplacedCard(poll=poll.id, card_id=order.old, number=order.number))
    deputy.card_id, deputy.card_key = order.made.card_id, order.made.card_key
    return checkin.roster_line(deputy)


def _replaceable(session: Session, poll_id: int, number: str) -> tuple[Poll, Deputy]:
    """The poll and the deputy, if that deputy's card can be replaced now."""
    poll, deputy = polls.by_id(session, poll_id), session.get(Deputy, number)
    reasons = blockers(session, poll)
    if reasons:
        raise Refused("blocked", reasons[0])
    if deputy is None:
        raise Unknown("unknown_deputy", "名册中没有编号为「%(number)s」的代表。", number=number)
    standing = [other.id for other in _standing(session)]
    ballots = select(Issuance.poll).where(Issuance.poll.in_(standing), Issuance.number == number)
    if session.scalars(ballots.limit(1)).first() is not None:
        raise Refused("has_ballot", "%(name)s已经领取表决票，代表证不能更换。", name=deputy.name)
    return poll, deputy


def _standing(session: Session) -> list[Poll]:
    """The polls between 定稿 and publication, in the order of their 定稿."""
    rows = select(Poll).where(Poll.phase.in_(SETTLED)).order_by(Poll.defined_seq)
    return list(session.scalars(rows))


def _digest(poll: Poll, deputy: Deputy) -> str:
    """What an approval binds: the poll, the deputy's number and the card that is to end."""
    hash_, _ = polls.defined(poll)
    ends = b64(deputy.card_id or b"")
    bound = {"step": STEP, "poll": b64(hash_), "number": deputy.number, "card": ends}
    return b64(sha256(jcs(bound)))


def _log_approval(session: Session, services: Services, poll: Poll, person: Person) -> None:
    hash_, _ = polls.defined(poll)
    event = Approved(poll=b64(hash_), step=STEP, by=person.login, role=person.role)
    log.append(session, services, event)
