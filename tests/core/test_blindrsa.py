"""Blind signatures against RFC 9474, the pinned vectors, openssl, and keys and values of malice."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.keys import numbers, secret_key
from voting.core import blindrsa
from voting.core.blindrsa import EXPONENT, PublicKey
from voting.core.errors import Malformed
from voting.issuer.private import SecretKey

REPOSITORY = Path(__file__).parents[2]
RFC = REPOSITORY.parent / "shared" / "data" / "rfc9474-vectors.json"
VECTORS: list[dict[str, str]] = json.loads((REPOSITORY / "tests/vectors.json").read_text())[
    "blindrsa"
]
PRIMES = int(VECTORS[0]["p"], 16), int(VECTORS[0]["q"], 16)
KEY = secret_key(*PRIMES)
SPKI = blindrsa.spki(KEY.public)


def check(key: SecretKey, message: bytes, salt: bytes, r: int, expected: dict[str, bytes]) -> None:
    blinded, inverse = blindrsa.blind(key.public, message, salt, r)
    blind_sig = key.blind_sign(blinded)
    seal = blindrsa.finalize(key.public, message, blind_sig, inverse)
    assert {"blinded": blinded, "blind_sig": blind_sig, "seal": seal} == expected
    assert blindrsa.blind_sig_fits(key.public, blinded, blind_sig)


@pytest.mark.skipif(not RFC.exists(), reason="the RFC's vectors are not part of the repository")
def test_the_vector_of_rfc_9474() -> None:
    vector: dict[str, Any] = json.loads(RFC.read_text())[0]
    assert vector["name"] == "RSABSSA-SHA384-PSS-Randomized"
    p, q, e, n, inverse = (int(vector[name], 16) for name in ("p", "q", "e", "n", "inv"))
    data = {
        name: bytes.fromhex(vector[name].removeprefix("0x"))
        for name in ("input_msg", "salt", "blinded_msg", "blind_sig", "sig")
    }
    key = secret_key(p, q, e)
    assert key.public.n == n
    expected = {"blinded": data["blinded_msg"], "blind_sig": data["blind_sig"], "seal": data["sig"]}
    r = pow(inverse, -1, n)
    check(key, data["input_msg"], data["salt"], r, expected)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_pinned_vectors_and_openssl_agree(vector: dict[str, str], tmp_path: Path) -> None:
    key = secret_key(int(vector["p"], 16), int(vector["q"], 16))
    names = ("spki", "prefix", "message", "salt", "blinded", "blind_sig", "seal")
    data = {name: bytes.fromhex(vector[name]) for name in names}
    assert blindrsa.parse_spki(data["spki"]) == key.public
    message = data["prefix"] + data["message"]
    expected = {name: data[name] for name in ("blinded", "blind_sig", "seal")}
    check(key, message, data["salt"], int(vector["r"], 16), expected)
    assert openssl_verifies(tmp_path, data["spki"], message, data["seal"])
    assert not openssl_verifies(tmp_path, data["spki"], message + b"x", data["seal"])


def openssl_verifies(folder: Path, spki: bytes, message: bytes, seal: bytes) -> bool:
    for name, content in {"key": spki, "message": message, "seal": seal}.items():
        (folder / name).write_bytes(content)
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:48"]
    files = ["-verify", "key", "-keyform", "DER", "-signature", "seal", "message"]
    command = ["openssl", "dgst", "-sha384", *pss, *files]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("half", ["dmp1", "dmq1", "iqmp"])
def test_a_faulty_half_never_leaves_the_issuer(half: str) -> None:
    blinded = bytes.fromhex(VECTORS[0]["blinded"])
    assert faulty(half).blind_sign(blinded) == KEY.blind_sign(blinded)  # OpenSSL makes it good
    with pytest.raises(ArithmeticError):
        faulty(half, "d").blind_sign(blinded)


def faulty(*names: str) -> SecretKey:
    parts = {name: getattr(numbers(*PRIMES), name) for name in ("d", "dmp1", "dmq1", "iqmp")}
    wrong = {name: value ^ 4 if name in names else value for name, value in parts.items()}
    public = rsa.RSAPublicNumbers(EXPONENT, KEY.public.n)
    made = rsa.RSAPrivateNumbers(*PRIMES, **wrong, public_numbers=public)
    return SecretKey(made.private_key(unsafe_skip_rsa_key_validation=True))


def test_the_issuer_signs_only_what_is_below_the_modulus() -> None:
    n, size = KEY.public.n, KEY.public.size
    values = [n.to_bytes(size, "big"), (n + 1).to_bytes(size, "big"), bytes(size), b"\xff" * size]
    for blinded in (*values, b"\x01", bytes(size) + b"\x02"):
        with pytest.raises(Malformed, match="bad_blinded"):
            KEY.blind_sign(blinded)


def test_a_blind_signature_has_one_spelling() -> None:
    blinded, blind_sig = (bytes.fromhex(VECTORS[0][name]) for name in ("blinded", "blind_sig"))
    assert blindrsa.blind_sig_fits(KEY.public, blinded, blind_sig)
    small = pow(2, EXPONENT, KEY.public.n).to_bytes(384, "big")
    again = (2 + KEY.public.n).to_bytes(384, "big")
    assert blindrsa.blind_sig_fits(KEY.public, small, (2).to_bytes(384, "big"))
    assert not blindrsa.blind_sig_fits(KEY.public, small, again)
    message = bytes.fromhex(VECTORS[0]["prefix"] + VECTORS[0]["message"])
    inverse = int(VECTORS[0]["inverse"], 16)
    for wrong in (b"\x00" + blind_sig, blind_sig[1:], again, bytes(384), b""):
        assert not blindrsa.blind_sig_fits(KEY.public, blinded, wrong)
        with pytest.raises(Malformed, match="bad_blind_sig"):
            blindrsa.finalize(KEY.public, message, wrong, inverse)


def test_a_seal_of_another_length_or_message_is_none() -> None:
    message = bytes.fromhex(VECTORS[0]["prefix"] + VECTORS[0]["message"])
    seal = bytes.fromhex(VECTORS[0]["seal"])
    assert blindrsa.verify(KEY.public, message, seal)
    second = (int.from_bytes(seal, "big") + KEY.public.n).to_bytes(385, "big")
    for wrong in (b"\x00" + seal, seal[:-1], second, b"", bytes(384)):
        assert not blindrsa.verify(KEY.public, message, wrong)
    assert not blindrsa.verify(KEY.public, message[1:], seal)


def test_blinding_refuses_what_shares_a_factor_with_the_modulus() -> None:
    with pytest.raises((ValueError, ZeroDivisionError)):
        blindrsa.blind(KEY.public, b"message", bytes(48), PRIMES[0])


def der(n: int, e: int) -> bytes:
    return (
        rsa.RSAPublicNumbers(e, n)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


def wrong_keys() -> dict[str, bytes]:
    n = KEY.public.n
    small_factor = n - n % (2 * 1999) + 1999  # an odd multiple of 1999
    pss = SPKI.replace(bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01010a"))
    without_null = bytes.fromhex("308201a0300b06092a864886f70d010101") + SPKI[19:]
    not_a_key = bytes.fromhex("302a300506032b6570032100") + bytes(32)
    return {
        "other exponent": der(n, 3),
        "2048 bits": der(n >> 1024 | 1, EXPONENT),
        "3071 bits": der(n >> 1 | 1, EXPONENT),
        "4096 bits": der(n << 1024 | 1, EXPONENT),
        "small factor": der(small_factor, EXPONENT),
        "PSS OID": pss,
        "no NULL": without_null,
        "trailing byte": SPKI + b"\x00",
        "cut": SPKI[:-1],
        "Ed25519": not_a_key,
        "nothing": b"",
    }


@pytest.mark.parametrize("fault", wrong_keys())
def test_only_one_form_of_issuing_key_is_taken(fault: str) -> None:
    assert blindrsa.parse_spki(SPKI) == PublicKey(KEY.public.n, EXPONENT)
    with pytest.raises(Malformed, match="bad_issuing_key"):
        blindrsa.parse_spki(wrong_keys()[fault])


def test_a_secret_key_is_never_shown() -> None:
    assert repr(KEY) == f"{KEY}" == "SecretKey(…)"
