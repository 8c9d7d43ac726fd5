"""RSABSSA-SHA384-PSS-Randomized (RFC 9474): the issuer signs what it cannot see.

The tablet blinds `prefix ‖ message` (section 4.2), the issuer signs the blinded value
(section 4.3), the tablet takes the blinding off and has a plain RSA-PSS signature with SHA-384 and
a 48-byte salt (section 4.4). A modulus of n bits makes values of n/8 bytes: 384 at 3072 bits.

The issuer's operation is `voting.issuer.private`. Randomness is passed in by the caller.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import gmpy2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from voting.core.errors import Malformed

BITS = 3072
EXPONENT = 65537
SIZE = BITS // 8
SALT = 48
PREFIX = 32
_HASH = 48
_PSS = padding.PSS(padding.MGF1(SHA384()), SALT)
_SMALL_PRIMES = math.prod(p for p in range(3, 2000, 2) if all(p % q for q in range(3, p, 2)))


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An issuing key as the world sees it."""

    n: int
    e: int

    @property
    def size(self) -> int:
        """Bytes of a signature and of a blinded value."""
        return (self.n.bit_length() + 7) // 8


def spki(public: PublicKey) -> bytes:
    """SubjectPublicKeyInfo DER with the rsaEncryption OID (browsers refuse the PSS OID)."""
    key = rsa.RSAPublicNumbers(public.e, public.n).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def parse_spki(der: bytes) -> PublicKey:
    """The issuing key in `der`: 3072 bits, e = 65537, no factor below 2000; else `Malformed`."""
    bad = Malformed("bad_issuing_key", "签发公钥不符合规定。")
    try:
        key = load_der_public_key(der)
    except (ValueError, TypeError) as error:
        raise bad from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size != BITS:
        raise bad
    numbers = key.public_numbers()
    public = PublicKey(numbers.n, numbers.e)
    if public.e != EXPONENT or public.n % 2 == 0 or math.gcd(public.n, _SMALL_PRIMES) != 1:
        raise bad
    if spki(public) != der:
        raise bad
    return public


def blind(key: PublicKey, message: bytes, salt: bytes, r: int) -> tuple[bytes, int]:
    """`message` (with its prefix) encoded and blinded by `r`; returns it with r's inverse.

    `salt` is 48 fresh bytes, `r` uniform in [1, n). Raises `ValueError` where the encoded message
    or `r` shares a factor with n (RFC 9474 section 4.2, steps 4 and 6): draw again.
    """
    encoded = int.from_bytes(_encode(message, salt, key.n.bit_length() - 1), "big")
    if math.gcd(encoded, key.n) != 1:
        raise ValueError("the encoded message is not coprime to n")
    if not 0 < r < key.n or math.gcd(r, key.n) != 1:
        raise ValueError("r is not invertible mod n")
    inverse = int(gmpy2.invert(r, key.n))
    blinded = encoded * int(gmpy2.powmod(r, key.e, key.n)) % key.n
    return blinded.to_bytes(key.size, "big"), inverse


def finalize(key: PublicKey, message: bytes, blind_sig: bytes, inverse: int) -> bytes:
    """The seal of `message` (with its prefix); `Malformed` where it does not verify."""
    value = int.from_bytes(blind_sig, "big")
    if len(blind_sig) == key.size and value < key.n:
        seal = (value * inverse % key.n).to_bytes(key.size, "big")
        if verify(key, message, seal):
            return seal
    raise Malformed("bad_blind_sig", "签发的表决票未通过核验。")


def verify(key: PublicKey, message: bytes, seal: bytes) -> bool:
    """Whether `seal` is a plain RSA-PSS signature by `key` over `message` with its prefix."""
    return verifies(rsa.RSAPublicNumbers(key.e, key.n).public_key(), message, seal)


def verifies(key: rsa.RSAPublicKey, message: bytes, seal: bytes) -> bool:
    """`verify` under a key that was parsed before: the box checks thousands under one."""
    try:
        key.verify(seal, message, _PSS, SHA384())
    except InvalidSignature:
        return False
    return True


def blind_sig_fits(key: PublicKey, blinded: bytes, blind_sig: bytes) -> bool:
    """Whether s^e = m, with s below n so that it has one spelling."""
    s = int.from_bytes(blind_sig, "big")
    if len(blind_sig) != key.size or s >= key.n:
        return False
    return bool(gmpy2.powmod(s, key.e, key.n) == int.from_bytes(blinded, "big"))


def _encode(message: bytes, salt: bytes, bits: int) -> bytes:
    """EMSA-PSS-ENCODE with SHA-384 (RFC 8017 section 9.1.1)."""
    length = (bits + 7) // 8
    digest = hashlib.sha384(message).digest()
    h = hashlib.sha384(bytes(8) + digest + salt).digest()
    block = bytes(length - len(salt) - _HASH - 2) + b"\x01" + salt
    mask = _mgf1(h, length - _HASH - 1)
    masked = bytearray(a ^ b for a, b in zip(block, mask, strict=True))
    masked[0] &= 0xFF >> (8 * length - bits)
    return bytes(masked) + h + b"\xbc"


def _mgf1(seed: bytes, length: int) -> bytes:
    """MGF1 with SHA-384 (RFC 8017 appendix B.2.1)."""
    blocks = range(-(-length // _HASH))
    mask = b"".join(hashlib.sha384(seed + i.to_bytes(4, "big")).digest() for i in blocks)
    return mask[:length]
