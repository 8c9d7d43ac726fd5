"""Release: pending ballots enter the tally in batches, chosen at random, never fewer than reserve.

So the presidium's screen never moves by one ballot that somebody saw being cast.
"""

from __future__ import annotations

from random import SystemRandom

from sqlalchemy import func, select
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


def _pending(session: Session, poll: Poll) -> list[Ballot]:
    rows = select(Ballot).where(Ballot.poll == poll.hash, Ballot.batch.is_(None))
    return list(session.scalars(rows.order_by(Ballot.key_hash)))


def _batch(session: Session, services: Services, poll: Poll, ballots: list[Ballot]) -> None:
    hash_, definition = polls.defined(poll)
    number, tally = last_release(session, hash_, definition)
    number += 1
    for ballot in ballots:
        ballot.batch = number
        rules.add(tally, parse_jcs(ballot.marks))
    ordered = sorted(ballots, key=lambda ballot: ballot.key_hash)
    event = BallotsReleased(
        poll=b64(hash_),
        batch=number,
        count=len(ballots),
        root=b64(merkle.root(ballot_line(ballot) for ballot in ordered)),
        tally=tally,
    )
    log.append(session, services, event)


def ballot_line(ballot: Ballot) -> bytes:
    """A released ballot's line of ballots.jsonl."""
    line = {
        "batch": ballot.batch,
        "key": b64(ballot.key),
        "marks": parse_jcs(ballot.marks),
        "sig": b64(ballot.sig),
    }
    return jcs(line)


def last_release(session: Session, poll: bytes, definition: Definition) -> tuple[int, rules.Tally]:
    """The last batch's number and the running tally; 0 and zeros before the first."""
    entry = log.latest(session, poll, "ballots_released")
    if entry is None:
        return 0, rules.empty_tally(len(definition.items), len(definition.scale.marks))
    event = parse_jcs(entry.entry)
    return event["batch"], event["tally"]
