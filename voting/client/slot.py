"""What a tablet keeps of one ballot, and what its deputy takes home: plain data.

A `Slot` is stored before anything made from it is sent, so that after a reload the same bytes are
sent again. It is frozen: a test may keep an older one and go on from it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from voting.core import signing
from voting.core.encoding import Json, b64, jcs


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the box answered to a ballot: its tracker, 32 bytes, and the log key's promise, 64."""

    tracker: bytes
    promise: bytes

    def text(self) -> str:
        """The tracker as the board lists it: 52 base32 characters (RFC 4648, no padding)."""
        return base64.b32encode(self.tracker).decode("ascii").rstrip("=")

    def code(self) -> str:
        """The first 20 characters of the tracker, in fours."""
        text = self.text()
        return "-".join(text[i : i + 4] for i in range(0, 20, 4))

    def qr(self) -> str:
        """The text of the receipt's QR code."""
        return jcs({"promise": b64(self.promise), "tracker": b64(self.tracker)}).decode()


@dataclass(frozen=True, slots=True)
class Slot:
    """One ballot on its tablet, from the request for it to its receipt.

    `name` is 16 bytes (protocol section 3), `poll` the poll_hash, `scalar` the ballot's private
    key. One prefix (32 bytes), blinding inverse and seal (384 bytes) an issuer, in the definition's
    order. `request` is what is posted to issue: it names the deputy, and is forgotten when the
    seals are there. `promise` is the log key's for the registered line, `roll_root` the root of the
    roll on which the line was found, `ballot` what is posted to cast.
    """

    name: bytes
    poll: bytes
    epoch: int
    scalar: int = field(repr=False)
    prefixes: tuple[bytes, ...] = field(repr=False)
    inverses: tuple[int, ...] = field(repr=False)
    request: bytes | None = field(repr=False)
    seals: tuple[bytes, ...] = field(default=(), repr=False)
    promise: bytes | None = field(default=None, repr=False)
    roll_root: bytes | None = None
    ballot: bytes | None = field(default=None, repr=False)
    receipt: Receipt | None = field(default=None, repr=False)

    @property
    def key(self) -> bytes:
        """The ballot's public key, 65 bytes."""
        return signing.p256_public(signing.p256_private(self.scalar))

    def line(self) -> bytes:
        """The roll's line of this ballot: what is posted to register."""
        pairs = zip(self.prefixes, self.seals, strict=True)
        seals: Json = [{"prefix": b64(prefix), "sig": b64(seal)} for prefix, seal in pairs]
        return jcs({"key": b64(self.key), "seals": seals})
