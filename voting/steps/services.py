"""What the steps work with beside the database: the log key, the issuers, the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.core import signing
from voting.core.encoding import Json
from voting.core.errors import Unavailable
from voting.core.poll import Definition, Issuer, Relay


class IssuerPort(Protocol):
    """An issuer as the box's side sees it (`voting.issuer.client`); raises `Refused`."""

    @property
    def issuer(self) -> Issuer:
        """Its id, name and public key."""

    def open(self, definition: bytes, roster: bytes, epoch: int) -> tuple[bytes, bytes]:
        """Make (or give again) this epoch's issuing key: its SPKI and the issuer's signature."""

    def confirm(self, poll: bytes, epoch: int, keys: list[Json]) -> None:
        """Tell it all issuers' keys of the epoch; it signs ballots from then on."""

    def replace(
        self, definition: bytes, roster: bytes, number: str, card_id: bytes, card_key: bytes
    ) -> bytes:
        """Its signature, 64 bytes, for the deputy's new card, the only one it takes from now on."""

    def issue(self, request: Json) -> bytes:
        """The blind signature, 384 bytes, for a request that it checks itself."""

    def alive(self, poll: bytes, epoch: int, spki: bytes) -> bool:
        """Whether it still holds that issuing key of that epoch."""

    def answers(self) -> bool:
        """Whether it answers at all, asked in passing."""

    def close(self, poll: bytes) -> None:
        """Destroy the issuing keys of a poll for good; returns when they are gone."""


@dataclass(frozen=True, slots=True)
class Services:
    """The keys and neighbours that steps are given by `create_app`."""

    log_key: Ed25519PrivateKey
    issuers: tuple[IssuerPort, ...]
    clock: Callable[[], datetime]  # aware, UTC
    window_seconds: int
    relay: Relay | None = None  # whom new definitions name: this server has told its key, ...
    named: Callable[[], Relay | None] = lambda: None  # ... and who has been named since
    log_public: bytes = field(init=False)  # the log key's public side, 32 bytes

    def __post_init__(self) -> None:
        """Once: every check-in is signed over it."""
        object.__setattr__(self, "log_public", signing.ed25519_public(self.log_key))

    def issuers_of(self, definition: Definition) -> tuple[IssuerPort, ...]:
        """The issuers that a poll names, in its order; `Unavailable` where one is unknown here."""
        known = {port.issuer: port for port in self.issuers}
        try:
            return tuple(known[issuer] for issuer in definition.issuers)
        except KeyError as error:
            raise Unavailable("issuer_away", "定稿指定的发票方没有接入这台服务器。") from error

    def seconds(self) -> int:
        """Now, in Unix seconds."""
        return int(self.clock().timestamp())
