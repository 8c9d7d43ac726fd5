"""Finding polls, and the facts that their next step is decided on."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from voting.core import plan, rules
from voting.core.encoding import parse_jcs, unb64
from voting.core.errors import Refused, Unavailable, Unknown
from voting.core.events import BallotsReleased, IssuingClosed, RollFrozen
from voting.core.forms import Decision, Form, Scale
from voting.core.phases import LIVE, SETTLED, Facts, Phase
from voting.core.poll import Definition
from voting.db import reading
from voting.models.box import Ballot, RollLine
from voting.models.office import (
    CheckIn,
    Congress,
    Deputy,
    Issuance,
    Meeting,
    Poll,
    Project,
    ReplacedCard,
)
from voting.models.paper import PaperVote
from voting.steps import log, witnesses
from voting.steps.services import Services


def by_id(session: Session, poll_id: int) -> Poll:
    """The poll with that number; `Unknown` where there is none."""
    poll = session.get(Poll, poll_id)
    if poll is None:
        raise Unknown("unknown_poll", "没有这项表决。")
    return poll


def by_hash(session: Session, value: bytes) -> Poll:
    """The defined poll with that poll_hash; `Unknown` where there is none."""
    poll = session.scalars(select(Poll).where(Poll.hash == value)).first()
    if poll is None:
        raise unknown()
    return poll


def unknown() -> Unknown:
    """The refusal of a poll_hash that is no poll's here."""
    return Unknown("unknown_poll", "没有这项表决，请核对核验码。")


def current(session: Session) -> Poll | None:
    """The poll that tablets serve: the live one, else the latest that was defined."""
    defined = select(Poll).where(Poll.phase != Phase.DRAFT)
    defined = defined.order_by(Poll.defined_seq.desc()).limit(1)
    live = session.scalars(defined.where(Poll.phase.in_(LIVE))).first()
    return live or session.scalars(defined).first()


def the_congress(session: Session) -> Congress:
    """The congress that this instance serves."""
    return session.scalars(select(Congress)).one()


def current_meeting(session: Session) -> Meeting | None:
    """The meeting at which deputies check in: the newest."""
    return session.scalars(select(Meeting).order_by(Meeting.place.desc()).limit(1)).first()


@lru_cache(maxsize=64)
def definition_of(data: bytes) -> Definition:
    """A definition parsed once a process: casting reads it thousands of times."""
    return Definition.parse(data)


def defined(poll: Poll) -> tuple[bytes, Definition]:
    """A poll's hash and definition; `Unknown` for a draft."""
    if poll.hash is None or poll.definition is None:
        raise Unknown("unknown_poll", "这项表决还没有定稿。")
    return poll.hash, definition_of(poll.definition)


def form_of(poll: Poll) -> tuple[Scale, Decision]:
    """How a poll is voted on and decided: as it was defined, or as its draft says now."""
    if poll.definition is not None:
        definition = definition_of(poll.definition)
        return definition.scale, definition.decision
    return plan.made(Form(poll.form), poll.seats, plan.Rule.of(poll.rule))


def quorum_need(session: Session, poll: Poll) -> int:
    """How many deputies must have checked in for a poll, by its own rule and roster."""
    _, decision = form_of(poll)
    fixed = definition_of(poll.definition).roster.count if poll.definition else None
    return rules.quorum_need(roster_count(session) if fixed is None else fixed, decision.quorum)


def roster_count(session: Session) -> int:
    """How many deputies the roster has."""
    return _count(session, select(func.count()).select_from(Deputy))


def checked_in(session: Session, meeting: str, poll_id: int | None) -> int:
    """How many deputies of the roster have checked in at a meeting."""
    return _count(session, select(func.count()).select_from(_here(meeting, poll_id).subquery()))


def _here(meeting: str, poll_id: int | None) -> Select[str]:
    """The numbers of the deputies of the roster who have checked in at a meeting.

    With the card that they have or, where a poll is given, one that was replaced in that poll: its
    record counts every card that a deputy has held since 定稿.
    """
    before = select(ReplacedCard.card_id).where(ReplacedCard.poll == poll_id)
    held = (CheckIn.card_id == Deputy.card_id) | CheckIn.card_id.in_(before)
    present = (CheckIn.number == Deputy.number) & held
    rows = select(Deputy.number).select_from(CheckIn).join(Deputy, present)
    return rows.where(CheckIn.meeting == meeting)


def here(session: Session, meeting: Meeting) -> set[str]:
    """Who has checked in at a meeting by number, as the poll that stands there counts them."""
    poll = current(session)
    stands = poll.id if poll and poll.phase in SETTLED else None
    return set(session.scalars(_here(meeting.id, stands)))


def present_at(session: Session, meeting: Meeting) -> int:
    """How many have checked in at a meeting, as the poll that stands there counts them."""
    return len(here(session, meeting))


def issued(session: Session, poll: Poll) -> int:
    """How many ballots the last epoch has issued: as logged, once that is over."""
    closed = log.newest(session, poll.hash or b"", IssuingClosed.event)
    if closed:
        return int(parse_jcs(closed)["issued"])
    mine = (Issuance.poll == poll.id) & (Issuance.epoch == poll.epoch)
    return _count(session, select(func.count()).where(mine))


def registered(session: Session, poll: Poll) -> int:
    """How many ballots stand on the roll: as logged, once it is frozen."""
    frozen = log.newest(session, poll.hash or b"", RollFrozen.event)
    if frozen:
        return int(parse_jcs(frozen)["registered"])
    return _count(session, select(func.count()).where(RollLine.poll == poll.hash))


def returned(session: Session, poll: Poll) -> int:
    """How many ballots have been cast: those in the tally, and the few that are pending.

    Screens ask each second, so nothing here grows with the ballots; `stored` counts them.
    """
    released = log.newest(session, poll.hash or b"", BallotsReleased.event)
    pending = select(func.count()).where(Ballot.poll == poll.hash, Ballot.batch.is_(None))
    return sum(parse_jcs(released)["tally"][0] if released else ()) + _count(session, pending)


def stored(session: Session, poll: Poll) -> int:
    """How many ballots the box holds, counted one by one: what is announced."""
    return _count(session, select(func.count()).where(Ballot.poll == poll.hash))


def facts(session: Session, services: Services, poll: Poll, alive: bool | None = None) -> Facts:
    """What the poll's next step is decided on.

    `alive` is what `key_alive` said, for callers that hold the write lock: an issuer that does not
    answer must not keep everybody waiting.
    """
    phase = Phase(poll.phase)
    roster, cards = _deputies(session, poll)
    live = Poll.phase.in_(LIVE) & (Poll.id != poll.id)
    counted = poll.hash is not None
    return Facts(
        phase=phase,
        items=_count(session, select(func.count()).where(Project.poll == poll.id)),
        roster=roster,
        cards=cards,
        checked_in=present(session, poll),
        quorum=quorum_need(session, poll),
        epoch=poll.epoch,
        issued=issued(session, poll),
        registered=registered(session, poll) if counted else 0,
        returned=returned(session, poll) if counted else 0,
        key_alive=key_alive(session, services, poll) if alive is None else alive,
        window_over=window_left(services, poll.window_opened) == 0,
        other_live=_count(session, select(func.count()).where(live)) > 0 or on_paper(session),
        restored=counted and _restored(session, poll),
        unwitnessed=witnesses.missing(session, poll, defined(poll)[1]) if counted else 0,
    )


def _deputies(session: Session, poll: Poll) -> tuple[int, int]:
    """How many the roster has, and how many of them have a card: as defined, once it is defined."""
    if poll.definition is not None:
        fixed = definition_of(poll.definition).roster.count
        return fixed, fixed
    held = select(func.count()).where(Deputy.card_id.is_not(None))
    return roster_count(session), _count(session, held)


def _restored(session: Session, poll: Poll) -> bool:
    """Whether the server was restored from a copy after issuing for this poll had closed."""
    closed = log.latest(session, poll.hash or b"", "issuing_closed")
    return closed is not None and any(entry.seq > closed.seq for entry in log.restored(session))


def on_paper(session: Session) -> bool:
    """Whether a vote on paper is being taken or counted: it is live as a poll is."""
    return _count(session, select(func.count()).where(PaperVote.ended == "")) > 0


def present(session: Session, poll: Poll) -> int:
    """实到: the count when issuing closed, before that the count now."""
    settled = poll.checked_in
    return checked_in(session, poll.meeting, poll.id) if settled is None else settled


def key_alive(session: Session, services: Services, poll: Poll) -> bool:
    """Whether every issuer still holds the key of the epoch that is open."""
    if poll.phase != Phase.ISSUING:
        return False
    hash_, definition = defined(poll)
    try:
        issuers = services.issuers_of(definition)
    except Unavailable:
        return False
    keys = zip(issuers, issuing_keys(session, poll), strict=True)
    return all(issuer.alive(hash_, poll.epoch, spki) for issuer, spki in keys)


def issuing_keys(session: Session, poll: Poll) -> tuple[bytes, ...]:
    """The last epoch's issuing keys (SPKI) in the issuers' order; `Refused` before the first."""
    entry = log.latest(session, poll.hash or b"", "issuing_opened")
    if entry is None:
        raise Refused("not_issuing", "这项表决还没有开始发票。")
    return tuple(unb64(key["spki"]) for key in parse_jcs(entry.entry)["keys"])


_keys: dict[tuple[bytes, int], tuple[bytes, ...]] = {}  # what never changes, read once a process


def keys_of(poll: bytes, epoch: int) -> tuple[bytes, ...]:
    """The same by poll_hash, for an epoch that is the last.

    Read apart from the caller's transaction, which may come to nothing.
    """
    if (poll, epoch) not in _keys:
        with reading() as session:
            now = by_hash(session, poll)
            check_epoch(now.epoch, epoch)
            _keys[poll, epoch] = issuing_keys(session, now)
    return _keys[poll, epoch]


def check_epoch(now: int, asked: int) -> None:
    """`Refused` where issuing has begun again since."""
    if now != asked:
        raise Refused("wrong_epoch", "发票已重新开始，正在重新领取。")


def window_is_open(services: Services, phase: str, opened: int | None) -> bool:
    """Whether tablets are registering now in the common window that opened then."""
    return phase == Phase.REGISTERING and window_left(services, opened) > 0


def window_left(services: Services, opened: int | None) -> int:
    """Seconds of the common window that are left; 0 also where there is none.

    It is over as well where the clock has been set back by more than its length: nobody can wait
    until the clock comes to where it was.
    """
    length = services.window_seconds
    gone = length if opened is None else services.seconds() - opened
    return length - max(gone, 0) if abs(gone) < length else 0


def _count(session: Session, statement: object) -> int:
    return session.scalar(statement) or 0  # type: ignore[call-overload]
