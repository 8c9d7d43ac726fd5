"""The deputy's card: 40 decimal digits that only the printed sheet and the tablet ever hold.

38 random digits (126 bits) and 2 check digits (ISO 7064 MOD 97-10). From them come the card's
name (`card_id`, 16 bytes), its P-256 key and the name of the tablet's slot, each by HKDF-SHA256
(RFC 5869) as in protocol section 1. The server keeps card_id and the public key only.

>>> with_check_digits("0" * 38)
'0000000000000000000000000000000000000098'
>>> parse("00000 00000 00000 00000 00000 00000 00000 00098") == "0" * 38 + "98"
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from voting.core import signing
from voting.core.encoding import tag
from voting.core.errors import Malformed
from voting.core.messages import epoch_bytes

RANDOM_DIGITS = 38
_DIGITS = re.compile(r"[0-9]{40}\Z")  # ASCII only: `\d` would take full-width digits


@dataclass(frozen=True, slots=True)
class Card:
    """A card as its holder has it: the name, 16 bytes, and the private key."""

    card_id: bytes
    private: ec.EllipticCurvePrivateKey

    @property
    def card_key(self) -> bytes:
        """The card's public key, 65 bytes."""
        return signing.p256_public(self.private)


def with_check_digits(random_digits: str) -> str:
    """The 40 digits of a card from its 38 random ones (ISO 7064 MOD 97-10)."""
    return f"{random_digits}{98 - int(random_digits) * 100 % 97:02d}"


def parse(text: str) -> str:
    """The 40 digits in `text`, in which spaces and hyphens may stand; else `Malformed`."""
    digits = text.replace(" ", "").replace("-", "")
    if not _DIGITS.match(digits):
        raise Malformed("card_length", "代表证号应为40位数字，请重新输入或扫描。")
    if with_check_digits(digits[:RANDOM_DIGITS]) != digits:
        raise Malformed("card_check", "代表证号有误，请核对后重新输入。")
    return digits


def derive(digits: str, congress_id: str) -> Card:
    """The card of 40 checked digits in one congress."""
    card_id = _hkdf(digits, congress_id.encode() + b"/id", 16)
    seed = int.from_bytes(_hkdf(digits, congress_id.encode() + b"/key", 48), "big")
    scalar = 1 + seed % (signing.P256_ORDER - 1)
    return Card(card_id, signing.p256_private(scalar))


def slot_name(digits: str, poll: bytes, epoch: int) -> bytes:
    """The name of this card's slot on a tablet, 16 bytes; it names the deputy to nobody."""
    return _hkdf(digits, poll + epoch_bytes(epoch) + b"/slot", 16)


def _hkdf(digits: str, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, tag("card"), info).derive(digits.encode("ascii"))
