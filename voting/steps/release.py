"""Release: pending ballots enter the tally in batches, chosen at random, never fewer than reserve.

So the presidium's screen never moves by one ballot that somebody saw being cast.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from random import SystemRandom
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from voting.core import merkle, rules
from voting.core.encoding import b64, jcs, parse_jcs, parse_json
from voting.core.events import BallotsReleased
from voting.core.poll import Definition
from voting.db import attempt
from voting.models.box import Ballot
from voting.models.office import Poll
from voting.statements import Plain, Statement
from voting.steps import log, polls
from voting.steps.services import Services

_faults = logging.getLogger(__name__)
_random = SystemRandom()
_PENDING = Statement(
    select(Ballot.key_hash, Ballot.key, Ballot.marks, Ballot.sig)
    .where(Ballot.poll == bindparam("of"), Ballot.batch.is_(None))
    .order_by(Ballot.key_hash)
)
_RELEASE = Statement(
    update(Ballot)
    .where(Ballot.poll == bindparam("of"), Ballot.key_hash == bindparam("hash"))
    .values(batch=bindparam("number"))
)


def some(plain: Plain, services: Services, poll: bytes, definition: Definition, count: int) -> None:
    """Release so many of what is pending.

    Whoever's ballot made it due has that ballot stored: a fault here must not deny its receipt, and
    the next ballot tries again.
    """

    def release() -> None:
        pending = plain.rows(_PENDING, of=poll)
        _batch(plain, services, poll, definition, _random.sample(pending, count))

    failure = attempt(plain, "release", release)
    if failure:
        _faults.error("a release is put off to the next ballot", exc_info=failure)


def rest(session: Session, services: Services, poll: Poll) -> None:
    """Release everything that is pending, as the last batch."""
    hash_, definition = polls.defined(poll)
    plain = Plain.of(session)
    pending = plain.rows(_PENDING, of=hash_)
    if pending:
        _batch(plain, services, hash_, definition, pending)


def _batch(
    plain: Plain, services: Services, poll: bytes, definition: Definition, ballots: Sequence[Any]
) -> None:
    last, tally = last_release(plain, poll, definition)
    number, lines, ordered = last + 1, [], sorted(ballots)
    for ballot in ordered:
        rules.add(tally, parse_json(ballot.marks))
        lines.append(ballot_line(number, ballot.key, ballot.marks, ballot.sig))
    named = [{"of": poll, "hash": ballot.key_hash, "number": number} for ballot in ordered]
    plain.do_all(_RELEASE, named)
    event = BallotsReleased(
        poll=b64(poll),
        batch=number,
        count=len(lines),
        root=b64(merkle.root(lines)),
        tally=tally,
    )
    log.append(plain, services, event)


def ballot_line(batch: int | None, key: bytes, marked: bytes, sig: bytes) -> bytes:
    """A released ballot's line of ballots.jsonl; `marked`: the marks as they are signed.

    >>> ballot_line(1, b"key", b"[0,null]", b"sig")
    b'{"batch":1,"key":"a2V5","marks":[0,null],"sig":"c2ln"}'
    """
    values = jcs(batch), b64(key).encode(), marked, b64(sig).encode()
    return b'{"batch":%s,"key":"%s","marks":%s,"sig":"%s"}' % values


def last_release(
    opened: Session | Plain, poll: bytes, definition: Definition
) -> tuple[int, rules.Tally]:
    """The last batch's number and the running tally; 0 and zeros before the first."""
    entry = log.newest(opened, poll, "ballots_released")
    if entry is None:
        return 0, rules.empty_tally(len(definition.items), len(definition.scale.marks))
    event = parse_jcs(entry)
    return event["batch"], event["tally"]
