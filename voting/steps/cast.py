"""Casting: a signed ballot is stored durably, with no time and no order, and then receipted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import bindparam, func, insert, select

from voting.core import messages, rules, signing
from voting.core.encoding import Json, fields, sha256, unb64
from voting.core.errors import Malformed, Refused
from voting.core.forms import check_marks
from voting.core.messages import Marks
from voting.core.phases import Phase
from voting.models.box import Ballot, RollLine
from voting.models.office import Poll
from voting.statements import Plain, Statement
from voting.steps import register, relay, release
from voting.steps.services import Services

# Everything that a ballot is decided on, in one statement: a hall casts at once.
_PENDING = (
    select(func.count())
    .where(Ballot.poll == bindparam("poll"), Ballot.batch.is_(None))
    .scalar_subquery()
)
_SITUATION = Statement(
    select(
        Poll.phase,
        RollLine.key_hash.label("registered"),
        Ballot.marks,
        Ballot.sig,
        _PENDING.label("pending"),
    )
    .outerjoin(RollLine, (RollLine.poll == Poll.hash) & (RollLine.key_hash == bindparam("hash")))
    .outerjoin(Ballot, (Ballot.poll == Poll.hash) & (Ballot.key_hash == bindparam("hash")))
    .where(Poll.hash == bindparam("poll"))
)
_INSERT = Statement(insert(Ballot))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the voter holds: the ballot's tracker, 32 bytes, and the log key's promise, 64."""

    tracker: bytes
    promise: bytes


@dataclass(frozen=True, slots=True)
class Cast:
    """A ballot whose signature, 64 bytes, is its key's; `marked`: the marks as they are signed."""

    poll: bytes
    key: bytes
    marks: Marks
    marked: bytes
    sig: bytes

    @property
    def tracker(self) -> bytes:
        """32 bytes, which the board will list."""
        return messages.tracker(self.poll, self.key, self.sig, self.marked)


def signed(body: Json, relayed: bool = False) -> Cast:
    """The ballot `{key, marks, poll, sig}`, its signature verified before all else.

    Needs no transaction: what a ballot is signed over never changes once it is frozen.
    """
    shape = {
        "key": str,
        "marks": list,
        "poll": str,
        "sig": str,
    }
    key_text, marks, poll_text, sig_text = fields(body, shape)
    key, sig, poll = unb64(key_text, 65), unb64(sig_text, 64), unb64(poll_text, 32)
    frozen = register.frozen(poll)
    relay.check_way(poll, relayed)
    marked = messages.marks(marks)
    if not signing.p256_verify(key, sig, messages.cast(poll, frozen.root, marked)):
        raise Malformed("bad_signature", "表决票的签名未通过核验。")
    return Cast(poll, key, marks, marked, sig)


def store(plain: Plain, services: Services, cast: Cast) -> Cast:
    """Store a ballot once, and release what is due with it; the ballot that is stored.

    Same key and marks: the ballot that is stored, also after closing; other marks: `already_cast`.
    """
    key_hash = sha256(cast.key)
    now = plain.first(_SITUATION, poll=cast.poll, hash=key_hash)
    if now.marks is not None:
        if now.marks != cast.marked:
            raise Refused("already_cast", "这张表决票已经投出，不能更改。")
        return replace(cast, sig=now.sig)
    if now.registered is None:
        raise Refused("not_on_roll", "票册中没有这张表决票。")
    if now.phase != Phase.OPEN:
        raise Refused("not_open", "现在不是表决的时间。")
    roll = register.frozen(cast.poll)
    definition = roll.definition
    check_marks(definition.scale, len(definition.items), cast.marks)
    values = {"poll": cast.poll, "key_hash": key_hash, "key": cast.key, "batch": None}
    plain.do(_INSERT, **values, marks=cast.marked, sig=cast.sig)
    count = rules.release_size(now.pending + 1, definition.reserve, roll.size)
    if count:
        release.some(plain, services, cast.poll, definition, count)
    return cast


def receipt(services: Services, cast: Cast) -> Receipt:
    """The promise for a ballot that is stored."""
    tracker = cast.tracker
    return Receipt(tracker, services.log_key.sign(messages.receipt(cast.poll, tracker)))


def tracker_of(ballot: Ballot) -> bytes:
    """The tracker of a stored ballot, 32 bytes."""
    return messages.tracker(ballot.poll, ballot.key, ballot.sig, ballot.marks)
