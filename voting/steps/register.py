"""Registering: the ballots' keys come to the roll, from no one in particular, in no order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from voting.core import blindrsa, merkle, messages, signing
from voting.core.encoding import Json, fields, jcs, parse_jcs, sha256, unb64
from voting.core.errors import Malformed, Refused
from voting.core.phases import Phase
from voting.core.poll import Definition
from voting.db import looking, reading
from voting.models.box import RollLine
from voting.models.office import Poll
from voting.statements import Plain, Statement
from voting.steps import log, polls, relay
from voting.steps.services import Services

_REGISTERING = Statement(select(Poll.hash, Poll.epoch).where(Poll.phase == Phase.REGISTERING))
_SITUATION = Statement(
    select(Poll.phase, RollLine.line)
    .outerjoin(RollLine, (RollLine.poll == Poll.hash) & (RollLine.key_hash == bindparam("hash")))
    .where(Poll.hash == bindparam("poll"))
)
_INSERT = Statement(insert(RollLine))


@dataclass(frozen=True, slots=True)
class Line:
    """A ballot's line of roll.jsonl, for the poll of that hash; `key`: the ballot's, 65 bytes."""

    poll: bytes
    key: bytes
    line: bytes


def checked(body: Json, relayed: bool = False) -> Line:
    """The line `{key, seals}`, every seal checked before anything stored is looked at."""
    key_text, seals = fields(body, {"key": str, "seals": list})
    key = unb64(key_text, 65)
    with looking() as plain:
        now = plain.first(_REGISTERING)
    if now is None or now.hash is None:
        raise _not_registering()
    relay.check_way(now.hash, relayed)
    poll, keys = now.hash, polls.keys_of(now.hash, now.epoch)
    _check_seals(keys, messages.ballot_key(poll, key), seals)
    return Line(poll, key, jcs(body))


def register(plain: Plain, line: Line) -> Line:
    """Put a line on the roll, once by key; the line that stands there."""
    key_hash = sha256(line.key)
    now = plain.first(_SITUATION, poll=line.poll, hash=key_hash)
    if now.phase != Phase.REGISTERING:
        raise _not_registering()
    if now.line is not None:
        return replace(line, line=now.line)
    plain.do(_INSERT, poll=line.poll, key_hash=key_hash, line=line.line)
    return line


def promise(services: Services, line: Line) -> bytes:
    """The log key's word, 64 bytes, that a line which is stored will be on the roll."""
    return services.log_key.sign(messages.registered(line.poll, line.line))


def _not_registering() -> Refused:
    return Refused("not_registering", "现在不是统一登记的时间。")


@lru_cache(maxsize=64)
def _public_key(spki: bytes) -> rsa.RSAPublicKey:
    key = load_der_public_key(spki)
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def _check_seals(spkis: tuple[bytes, ...], message: bytes, seals: list[Json]) -> None:
    if not signing.is_p256_point(message[-65:]) or len(seals) != len(spkis):
        raise Malformed("bad_seal", "表决票的签发印记有误。")
    for spki, seal in zip(spkis, seals, strict=True):
        prefix, sig = fields(seal, {"prefix": str, "sig": str})
        prefixed = unb64(prefix, blindrsa.PREFIX) + message
        if not blindrsa.verifies(_public_key(spki), prefixed, unb64(sig, blindrsa.SIZE)):
            raise Malformed("bad_seal", "表决票的签发印记未通过核验。")


def roll_lines(session: Session, poll: bytes) -> list[bytes]:
    """The lines of roll.jsonl, in the order of `H(key bytes)`."""
    rows = select(RollLine.line).where(RollLine.poll == poll).order_by(RollLine.key_hash)
    return list(session.scalars(rows))


_leaves: dict[bytes, bytes] = {}  # by poll_hash


def leaf_hashes(poll: bytes) -> bytes:
    """All leaf hashes of the frozen roll, 32 bytes each, made once a process."""
    if poll not in _leaves:
        with reading() as session:
            if frozen_roll(session, polls.by_hash(session, poll)) is None:
                raise Refused("not_frozen", "票册还没有冻结。")
            lines = roll_lines(session, poll)
        _leaves[poll] = b"".join(merkle.leaf_hash(line) for line in lines)
    return _leaves[poll]


@dataclass(frozen=True, slots=True)
class Roll:
    """The frozen roll of a poll as it was logged: its root, 32 bytes, and how many are on it."""

    root: bytes
    size: int
    definition: Definition


_frozen: dict[bytes, Roll] = {}  # by poll_hash: what never changes any more


def frozen(poll: bytes) -> Roll:
    """The frozen roll, read once a process; `Refused` before the freeze, `Unknown` for no poll."""
    if poll not in _frozen:
        with reading() as session:
            roll = frozen_roll(session, polls.by_hash(session, poll))
        if roll is None:
            raise Refused("not_open", "表决还没有开始。")
        _frozen[poll] = roll
    return _frozen[poll]


def frozen_roll(session: Session, poll: Poll) -> Roll | None:
    """The frozen roll, or None before the freeze."""
    hash_, definition = polls.defined(poll)
    entry = log.latest(session, hash_, "roll_frozen")
    if entry is None:
        return None
    event = parse_jcs(entry.entry)
    return Roll(unb64(event["root"], 32), event["registered"], definition)
