"""Signatures and keys, each accepted in one form only.

P-256 keys are 65-byte uncompressed points, ECDSA signatures are raw r‖s of 64 bytes (s may be
high: browsers make both), Ed25519 is RFC 8032, seals are RSASSA-PSS (RFC 8017 section 8.1) with
SHA-384 and a salt of 48 bytes, which is what RSABSSA-SHA384-PSS-Randomized (RFC 9474) makes.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from .strict import Malformed, b64_of, unb64


def _modular_power() -> Callable[[int, int, int], int]:
    try:
        from gmpy2 import powmod  # noqa: PLC0415 - optional: seven times as fast as pow
    except ImportError:
        return pow
    return cast("Callable[[int, int, int], int]", powmod)  # its numbers compare with ours


_power = _modular_power()


def tag(name: str) -> bytes:
    """The bytes that begin a signed or hashed message (protocol section 0)."""
    return b"piaojue/v1/" + name.encode("ascii") + b"\n"


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


# --- P-256

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_CURVE = ec.SECP256R1()
_ECDSA = ec.ECDSA(SHA256())
_point = ec.EllipticCurvePublicKey.from_encoded_point


def on_p256(point: bytes) -> bool:
    """Whether 65 bytes are an uncompressed point of P-256 (SEC 1 section 2.3.4)."""
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    return point[0] == 4 and x < _P and y < _P and (y * y - (x * x - 3) * x - _B) % _P == 0


def p256_point(value: Any) -> None:
    """Check of a parsed value: base64url of a point on the curve."""
    _b64_65(value)
    if not on_p256(unb64(value)):
        raise Malformed("not a point of P-256")


_b64_65 = b64_of(65)


def p256_valid(key: bytes, message: bytes, signature: bytes) -> bool:
    """ECDSA with SHA-256 (FIPS 186-5): key 65 bytes and on the curve, signature 64 bytes r‖s."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        _point(_CURVE, key).verify(encode_dss_signature(r, s), message, _ECDSA)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- Ed25519

_P25519 = 2**255 - 19
# y of the points whose order divides 8: a signature under them can be made without a secret.
_SMALL_ORDER = {
    0,
    1,
    _P25519 - 1,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
}
_b64_32 = b64_of(32)


def ed25519_key(value: Any) -> None:
    """Check of a parsed value: a key with a reduced y (RFC 8032 section 5.1.3), order above 8."""
    _b64_32(value)
    y = int.from_bytes(unb64(value), "little") % 2**255
    if y >= _P25519 or y in _SMALL_ORDER:
        raise Malformed("not an Ed25519 key")


def ed25519_valid(key: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 (RFC 8032): key 32 bytes, signature 64 bytes."""
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- RSA

SPKI_BYTES = 422
# SubjectPublicKeyInfo of a 3072-bit rsaEncryption key with NULL parameters has one form: these
# bytes, the modulus of 384 bytes, and the exponent 65537 (RFC 8017 appendix A.1).
_SPKI_HEAD = bytes.fromhex("308201a2300d06092a864886f70d01010105000382018f003082018a0282018100")
_SPKI_TAIL = bytes.fromhex("0203010001")
_SMALL_PRIMES = math.prod(
    p for p in range(2, 2000) if all(p % q for q in range(2, math.isqrt(p) + 1))
)
_b64_spki = b64_of(SPKI_BYTES)
_PSS = padding.PSS(padding.MGF1(SHA384()), 48)
_SHA384 = SHA384()


def issuing_spki(value: Any) -> None:
    """Check of a parsed value: the SPKI of a 3072-bit RSA key with e = 65537."""
    _b64_spki(value)
    der = unb64(value)
    if not (der.startswith(_SPKI_HEAD) and der.endswith(_SPKI_TAIL) and der[33] >= 0x80):
        raise Malformed("not the SPKI of an RSA key of 3072 bits with e = 65537")


@dataclass(frozen=True)
class IssuingKey:
    """One issuer's RSA key of one epoch, parsed once."""

    spki: bytes
    n: int
    public: rsa.RSAPublicKey

    def __reduce__(self) -> tuple[Callable[[bytes], "IssuingKey"], tuple[bytes]]:
        """Parsed keys cannot be sent to another process; their bytes can."""
        return IssuingKey.parse, (self.spki,)

    @staticmethod
    def parse(spki: bytes) -> "IssuingKey":
        """From an SPKI that passed `issuing_spki`; Malformed if n has a factor below 2000."""
        n = int.from_bytes(spki[33:417], "big")
        if math.gcd(n, _SMALL_PRIMES) != 1:
            raise Malformed("the RSA modulus has a factor below 2000")
        return IssuingKey(spki, n, rsa.RSAPublicNumbers(65537, n).public_key())

    def seal_valid(self, message: bytes, signature: bytes) -> bool:
        """RSASSA-PSS; 384 bytes, and less than n so that each seal has one spelling."""
        if int.from_bytes(signature, "big") >= self.n:
            return False
        try:
            self.public.verify(signature, message, _PSS, _SHA384)
        except InvalidSignature:
            return False
        return True

    def opens(self, signature: bytes, blinded: bytes) -> bool:
        """Whether signature^e = blinded (mod n), the signature less than n; both 384 bytes."""
        s = int.from_bytes(signature, "big")
        return s < self.n and _power(s, 65537, self.n) == int.from_bytes(blinded, "big")
