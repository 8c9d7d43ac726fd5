"""Casting: a signed ballot is stored durably, with no time and no order, and then receipted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from voting.core import messages, signing
from voting.core.encoding import Json, fields, jcs, parse_jcs, sha256, unb64
from voting.core.errors import Malformed, Refused
from voting.core.forms import check_marks
from voting.core.messages import Marks
from voting.core.phases import Phase
from voting.models.box import Ballot, RollLine
from voting.models.office import Poll
from voting.steps import polls, register
from voting.steps.services import Services


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the voter holds: the ballot's tracker, 32 bytes, and the log key's promise, 64."""

    tracker: bytes
    promise: bytes


def cast(session: Session, services: Services, body: Json) -> Receipt:
    """Store the ballot `{key, marks, poll, sig}` and promise it.

    The signature is verified before any answer that depends on what is stored. Same key and marks:
    the receipt of the ballot that is stored, also after closing; other marks: `already_cast`.
    """
    shape = {
        "key": str,
        "marks": list,
        "poll": str,
        "sig": str,
    }
    key_text, marks, poll_text, sig_text = fields(body, shape)
    key, sig = unb64(key_text, 65), unb64(sig_text, 64)
    poll = polls.by_hash(session, unb64(poll_text, 32))
    _check_signature(session, poll, key, sig, marks)
    stored = _stored(session, poll, key, marks)
    if stored is None:
        _check_allowed(session, poll, key, marks)
        stored = Ballot(poll=poll.hash, key_hash=sha256(key), key=key, marks=jcs(marks), sig=sig)
        session.add(stored)
    return _receipt(services, stored)


def _check_signature(session: Session, poll: Poll, key: bytes, sig: bytes, marks: Marks) -> None:
    roll = register.frozen_roll(session, poll)
    if roll is None:
        raise Refused("not_open", "表决还没有开始。")
    message = messages.cast(poll.hash or b"", roll.root, marks)
    if not signing.p256_verify(key, sig, message):
        raise Malformed("bad_signature", "表决票的签名未通过核验。")


def _stored(session: Session, poll: Poll, key: bytes, marks: Marks) -> Ballot | None:
    ballot = session.get(Ballot, (poll.hash, sha256(key)))
    if ballot and ballot.marks != jcs(marks):
        raise Refused("already_cast", "这张表决票已经投出，不能更改。")
    return ballot


def _check_allowed(session: Session, poll: Poll, key: bytes, marks: Marks) -> None:
    if session.get(RollLine, (poll.hash, sha256(key))) is None:
        raise Refused("not_on_roll", "票册中没有这张表决票。")
    if poll.phase != Phase.OPEN:
        raise Refused("not_open", "现在不是表决的时间。")
    _, definition = polls.defined(poll)
    check_marks(definition.scale, len(definition.items), marks)


def _receipt(services: Services, ballot: Ballot) -> Receipt:
    tracker = tracker_of(ballot)
    return Receipt(tracker, services.log_key.sign(messages.receipt(ballot.poll, tracker)))


def tracker_of(ballot: Ballot) -> bytes:
    """The tracker of a stored ballot, 32 bytes."""
    return messages.tracker(ballot.poll, ballot.key, ballot.sig, parse_jcs(ballot.marks))
