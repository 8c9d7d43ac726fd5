"""The server's side of a relay: the key that tablets seal for, and what has come sealed.

The key lives in memory only: made before the workers are forked, the same for all of them, gone
with the server. Each start tells the log its new one, and tablets believe no other.
"""

from __future__ import annotations

import secrets
from functools import cache, lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.orm import Session

from voting.config import NotSetUp
from voting.core import relay, signing
from voting.core.encoding import Json, b64
from voting.core.errors import Refused
from voting.core.events import RelayKey
from voting.core.phases import SETTLED
from voting.core.poll import Relay
from voting.core.relay import Request
from voting.db import reading
from voting.models.office import Poll
from voting.steps import log, polls
from voting.steps.services import Services


@cache
def key() -> ec.EllipticCurvePrivateKey:
    """This server's relay key, made when it is first asked for."""
    return ec.generate_private_key(signing.P256)


def tell(session: Session, services: Services) -> None:
    """Log the key of a server that has just started, where it names a relay.

    `NotSetUp` where a poll stands whose ballots come by another.
    """
    for poll in session.scalars(select(Poll).where(Poll.phase.in_(SETTLED))):
        if polls.defined(poll)[1].relay != services.relay:
            raise NotSetUp(
                "relay/relay.json does not name the relay of a poll that stands: restore it"
            )
    if services.relay:
        log.append(session, services, RelayKey(public=b64(signing.p256_public(key()))))


def opened(services: Services, sealed: bytes) -> Request:
    """What came by the relay; `not_opened` where it was sealed for no key of this server."""
    return relay.open_request(key(), services.log_public, sealed)


def answer(request: Request, status: int, body: Json) -> bytes:
    """The answer for the tablet whose request it was."""
    nonce = secrets.token_bytes(relay.NONCE)
    return relay.seal_answer(request.answer_key, nonce, status, body)


def check_way(poll: bytes, relayed: bool) -> None:
    """Refuse what came past the relay that its poll names: its sender could be told by it."""
    if not relayed and _named_by(poll):
        raise Refused("relay_only", "这次表决只收经转送机送来的票，请重新打开平板页面。")


@lru_cache(maxsize=64)
def _named_by(poll: bytes) -> Relay | None:
    """The relay in the definition of that poll_hash, read once a process."""
    with reading() as session:
        return polls.defined(polls.by_hash(session, poll))[1].relay
