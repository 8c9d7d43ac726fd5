"""Registering: the ballots' keys come to the roll, from no one in particular, in no order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from voting.core import blindrsa, messages, signing
from voting.core.encoding import Json, fields, jcs, parse_jcs, sha256, unb64
from voting.core.errors import Malformed, Refused
from voting.core.phases import Phase
from voting.models.box import RollLine
from voting.models.office import Poll
from voting.steps import log, polls
from voting.steps.services import Services


def register(session: Session, services: Services, body: Json) -> bytes:
    """Put `{key, seals}` on the roll; the promise, 64 bytes, for the line that stands there.

    Every seal is checked before anything stored is looked at. Once by key; again changes nothing.
    """
    key_text, seals = fields(body, {"key": str, "seals": list})
    key = unb64(key_text, 65)
    poll = session.scalars(select(Poll).where(Poll.phase == Phase.REGISTERING)).first()
    if poll is None or poll.hash is None:
        raise Refused("not_registering", "现在不是统一登记的时间。")
    _check_seals(polls.issuing_keys(session, poll), messages.ballot_key(poll.hash, key), seals)
    place = (poll.hash, sha256(key))
    row = {"poll": place[0], "key_hash": place[1], "line": jcs(body)}
    session.execute(insert(RollLine).values(row).on_conflict_do_nothing())
    stored = session.get_one(RollLine, place)
    return services.log_key.sign(messages.registered(poll.hash, stored.line))


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


@dataclass(frozen=True, slots=True)
class Roll:
    """The frozen roll as it was logged: its root, 32 bytes, and how many ballots are on it."""

    root: bytes
    size: int


def frozen_roll(session: Session, poll: Poll) -> Roll | None:
    """The frozen roll, or None before the freeze."""
    hash_, _ = polls.defined(poll)
    entry = log.latest(session, hash_, "roll_frozen")
    return _roll(entry.entry) if entry else None


@lru_cache(maxsize=64)
def _roll(entry: bytes) -> Roll:
    event = parse_jcs(entry)
    return Roll(unb64(event["root"], 32), event["registered"])
