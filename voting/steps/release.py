"""Release: pending ballots enter the tally in batches, chosen at random, never fewer than reserve.

So the presidium's screen never moves by one ballot that somebody saw being cast.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import SystemRandom

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.orm import Session

from voting.core import merkle, rules
from voting.core.encoding import b64, jcs, parse_jcs
from voting.core.events import BallotsReleased
from voting.core.phases import Phase
from voting.core.poll import Definition
from voting.models.box import Ballot
from voting.models.office import Poll
from voting.steps import log, polls, register
from voting.steps.services import Services

_random = SystemRandom()


def due(session: Session, poll: Poll) -> int:
    """How many ballots a release would take now; 0 where none is due."""
    hash_, definition = polls.defined(poll)
    roll = register.frozen_roll(session, poll)
    if poll.phase != Phase.OPEN or roll is None:
        return 0
    pending = select(func.count()).where(Ballot.poll == hash_, Ballot.batch.is_(None))
    count = session.scalar(pending) or 0
    return rules.release_size(count, definition.reserve, roll.size)


def release(session: Session, services: Services, poll: Poll) -> None:
    """Release what is due, if anything still is."""
    count = due(session, poll)
    if count:
        _batch(session, services, poll, _random.sample(_pending(session, poll), count))


def release_rest(session: Session, services: Services, poll: Poll) -> None:
    """Release everything that is pending, as the last batch."""
    pending = _pending(session, poll)
    if pending:
        _batch(session, services, poll, pending)


Stored = Row[bytes, bytes, bytes, bytes]
_STORED = select(Ballot.key_hash, Ballot.key, Ballot.marks, Ballot.sig)
_RELEASE = (
    update(Ballot)
    .where(Ballot.poll == bindparam("of"), Ballot.key_hash == bindparam("hash"))
    .values(batch=bindparam("number"))
)


def _pending(session: Session, poll: Poll) -> Sequence[Stored]:
    rows = _STORED.where(Ballot.poll == poll.hash, Ballot.batch.is_(None))
    return session.execute(rows.order_by(Ballot.key_hash)).all()


def _batch(session: Session, services: Services, poll: Poll, ballots: Sequence[Stored]) -> None:
    hash_, definition = polls.defined(poll)
    number, tally = last_release(session, hash_, definition)
    number += 1
    ordered = sorted(ballots, key=lambda ballot: ballot.key_hash)
    for ballot in ordered:
        rules.add(tally, parse_jcs(ballot.marks))
    released = [{"of": hash_, "hash": ballot.key_hash, "number": number} for ballot in ordered]
    session.connection().execute(_RELEASE, released)
    lines = (ballot_line(number, ballot.key, ballot.marks, ballot.sig) for ballot in ordered)
    event = BallotsReleased(
        poll=b64(hash_),
        batch=number,
        count=len(ordered),
        root=b64(merkle.root(lines)),
        tally=tally,
    )
    log.append(session, services, event)


def ballot_line(batch: int | None, key: bytes, marks: bytes, sig: bytes) -> bytes:
    """A released ballot's line of ballots.jsonl."""
    line = {"batch": batch, "key": b64(key), "marks": parse_jcs(marks), "sig": b64(sig)}
    return jcs(line)


def last_release(session: Session, poll: bytes, definition: Definition) -> tuple[int, rules.Tally]:
    """The last batch's number and the running tally; 0 and zeros before the first."""
    entry = log.latest(session, poll, "ballots_released")
    if entry is None:
        return 0, rules.empty_tally(len(definition.items), len(definition.scale.marks))
    event = parse_jcs(entry.entry)
    return event["batch"], event["tally"]
