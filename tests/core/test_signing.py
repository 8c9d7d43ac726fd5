"""The two plain signatures: what is none is answered by False, and by nothing louder."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from voting.core import signing

CARD = signing.p256_private(2)
POINT = signing.p256_public(CARD)
SIGNATURE = signing.p256_sign(CARD, b"message")
LOG = Ed25519PrivateKey.from_private_bytes(bytes(32))
OFF_CURVE = POINT[:-1] + bytes([POINT[-1] ^ 1])
INFINITY = bytes(65)
COMPRESSED = bytes([2 + POINT[64] % 2]) + POINT[1:33]
PAST_THE_FIELD = b"\x04" + b"\xff" * 32 + POINT[33:]


def test_the_point_of_two_is_the_one_that_the_standard_gives() -> None:
    x = "7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978"
    y = "07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1"
    assert POINT.hex() == "04" + x + y


def test_a_signature_is_64_bytes_and_verifies_its_message_only() -> None:
    assert len(SIGNATURE) == 64
    assert signing.p256_verify(POINT, SIGNATURE, b"message")
    assert not signing.p256_verify(POINT, SIGNATURE, b"another")
    assert not signing.p256_verify(
        signing.p256_public(signing.p256_private(3)), SIGNATURE, b"message"
    )


@pytest.mark.parametrize("key", [OFF_CURVE, INFINITY, COMPRESSED, PAST_THE_FIELD, POINT[1:], b""])
def test_what_is_no_point_is_no_key(key: bytes) -> None:
    assert not signing.is_p256_point(key)
    assert not signing.p256_verify(key, SIGNATURE, b"message")
    assert signing.is_p256_point(POINT)


@given(st.binary(min_size=63, max_size=65) | st.just(bytes(64)) | st.just(b"\xff" * 64))
def test_noise_is_no_signature(noise: bytes) -> None:
    assert not signing.p256_verify(POINT, noise, b"message")
    assert not signing.ed25519_verify(signing.ed25519_public(LOG), noise, b"message")


def test_scalars_outside_the_group_make_no_key() -> None:
    for scalar in (0, signing.P256_ORDER, -1):
        with pytest.raises(ValueError, match=r".+"):
            signing.p256_private(scalar)
    assert signing.p256_public(signing.p256_private(signing.P256_ORDER - 2))[:33] == POINT[:33]


def test_the_log_signs_as_rfc_8032_says() -> None:
    # section 7.1, test 2
    seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    expected = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    public, signature = signing.ed25519_public(key), key.sign(b"\x72")
    assert signature.hex() == expected
    assert signing.ed25519_verify(public, signature, b"\x72")
    assert not signing.ed25519_verify(public, signature, b"\x73")
    for wrong in (public[1:], b"\xff" * 32, b""):
        assert not signing.ed25519_verify(wrong, signature, b"\x72")
