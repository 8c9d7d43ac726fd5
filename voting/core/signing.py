"""The two plain signatures: ECDSA P-256 (cards, ballots) and Ed25519 (log, issuers).

A P-256 public key travels as its 65-byte uncompressed point, a signature as raw r‖s, 64 bytes
(FIPS 186-5 section 6.4, as WebCrypto makes them); an Ed25519 key as 32 bytes, a signature as 64
(RFC 8032). Verification answers True or False and raises nothing.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

P256 = ec.SECP256R1()
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ECDSA = ec.ECDSA(SHA256())
_P25519 = 2**255 - 19
_SMALL_ORDER = {  # y of the points whose order divides 8: anybody can sign under them
    *(0, 1, _P25519 - 1),
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
}


def p256_private(scalar: int) -> ec.EllipticCurvePrivateKey:
    """The private key of a scalar in [1, n-1]; else `ValueError`."""
    return ec.derive_private_key(scalar, P256)


def p256_public(private: ec.EllipticCurvePrivateKey) -> bytes:
    """The public key of `private`, 65 bytes."""
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def p256_sign(private: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """ECDSA with SHA-256 over `message`, 64 bytes."""
    r, s = decode_dss_signature(private.sign(message, _ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def p256_verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is `public`'s over `message`; False also for what is no key."""
    if len(public) != 65 or len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(P256, public)
        key.verify(encode_dss_signature(r, s), message, _ECDSA)
    except (ValueError, InvalidSignature):
        return False
    return True


def is_p256_point(public: bytes) -> bool:
    """Whether `public` is an uncompressed point of the curve, 65 bytes."""
    if len(public) != 65:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(P256, public)
    except ValueError:
        return False
    return True


def ed25519_public(private: Ed25519PrivateKey) -> bytes:
    """The public key of `private`, 32 bytes."""
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def is_ed25519_key(public: bytes) -> bool:
    """Whether `public` is 32 bytes that a record may name as an Ed25519 key."""
    y = int.from_bytes(public, "little") % 2**255
    return len(public) == 32 and y < _P25519 and y not in _SMALL_ORDER


def ed25519_verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is `public`'s over `message`; False also for what is no key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (ValueError, InvalidSignature):
        return False
    return True
