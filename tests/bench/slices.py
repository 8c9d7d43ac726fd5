"""What one core makes for a slice of a large record's deputies: it needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import os
import random
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from gmpy2 import mpz, next_prime, powmod

from tests.records.builder import b64, jcs, sha, tag

CONGRESS, MEETING = "c1", "m1"
ITEMS, SEATS = 13, 10
AT = "2026-01-20T01:00:00Z"
_CURVE = ec.SECP256R1()


class ManyPrimes:
    """An issuing key whose modulus has sixteen primes: nobody sees it, and it signs ten times
    as fast. (It is also easier to factor: never use one.)"""

    def __init__(self) -> None:
        n, primes = mpz(1), []
        while len(primes) < 16:
            prime = next_prime(2**192 - random.SystemRandom().randrange(2**187))
            if prime not in primes and (prime - 1) % 65537:
                primes.append(prime)
                n *= prime
        parts = [(p, n // p) for p in primes]
        self.n = int(n)
        self.parts = [
            (p, powmod(65537, -1, p - 1), rest * powmod(rest, -1, p)) for p, rest in parts
        ]

    def spki(self) -> bytes:
        return (
            rsa.RSAPublicNumbers(65537, self.n)
            .public_key()
            .public_bytes(ser.Encoding.DER, ser.PublicFormat.SubjectPublicKeyInfo)
        )

    def sign(self, value: int) -> bytes:
        whole = sum(powmod(value % p, d, p) * unit for p, d, unit in self.parts)
        return int(whole % self.n).to_bytes(384, "big")

    def seal(self, message: bytes) -> bytes:
        """RSASSA-PSS (RFC 8017 section 9.1.1), SHA-384, salt of 48 bytes."""
        salt = os.urandom(48)
        hashed = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
        rounds = (hashlib.sha384(hashed + struct.pack(">I", k)).digest() for k in range(7))
        mask = int.from_bytes(b"".join(rounds)[:335], "big")
        block = int.from_bytes(b"\1" + salt, "big") ^ mask
        masked = (block & (1 << 335 * 8 - 1) - 1).to_bytes(335, "big")
        return self.sign(int.from_bytes(masked + hashed + b"\xbc", "big"))


def new_key() -> tuple[bytes, bytes]:
    """A P-256 key: private 32 bytes, public 65 bytes."""
    key = ec.generate_private_key(_CURVE)
    public = key.public_key().public_bytes(ser.Encoding.X962, ser.PublicFormat.UncompressedPoint)
    return key.private_numbers().private_value.to_bytes(32, "big"), public


def sign(private: bytes, message: bytes) -> bytes:
    key = ec.derive_private_key(int.from_bytes(private, "big"), _CURVE)
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass(frozen=True)
class Poll:
    """What issuing, registering and casting have in common."""

    hash: bytes
    key: ManyPrimes
    first: int = 0  # seq of the first ballot_issued
    root: bytes = b""  # of the roll


def cards(log_key: bytes, numbers: range) -> list[tuple[bytes, bytes, bytes, bytes]]:
    """Of each deputy: private key, card_id, roster line, check-in entry."""
    message = tag("checkin") + sha(CONGRESS.encode()) + sha(MEETING.encode()) + log_key
    made = []
    for number in numbers:
        (private, public), card_id = new_key(), os.urandom(16)
        line = {
            "card_id": b64(card_id),
            "card_key": b64(public),
            "delegation": f"第{number % 40 + 1}代表团",
            "name": f"代表{number:07d}",
            "number": f"{number:07d}",
            "seat": f"{number // 40}-{number % 40 + 1}",
        }
        entry = {
            "at": AT,
            "deputy": b64(card_id),
            "event": "checked_in",
            "meeting": MEETING,
            "seq": number,
            "sig": b64(sign(private, message)),
        }
        made.append((private, card_id, jcs(line), jcs(entry)))
    return made


def issuances(poll: Poll, deputies: list[tuple[int, bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Of each deputy (index, private key, card_id): issuance line, log entry."""
    keys = sha(tag("keys"), poll.key.spki())
    front = tag("issue") + poll.hash + (1).to_bytes(4, "big") + keys
    made = []
    for index, private, card_id in deputies:
        answer = random.randrange(poll.key.n)
        blinded = int(powmod(answer, 65537, poll.key.n)).to_bytes(384, "big")
        request = {
            "auth": b64(sign(private, front + blinded)),
            "blinded": [b64(blinded)],
            "deputy": b64(card_id),
            "epoch": 1,
        }
        entry = {
            "at": AT,
            "deputy": request["deputy"],
            "epoch": 1,
            "event": "ballot_issued",
            "poll": b64(poll.hash),
            "request": b64(sha(tag("request"), jcs(request))),
            "seq": poll.first + index,
        }
        made.append(
            (jcs({**request, "blind_sigs": [b64(answer.to_bytes(384, "big"))]}), jcs(entry))
        )
    return made


def registrations(poll: Poll, numbers: range) -> list[tuple[bytes, bytes, bytes]]:
    """Of each ballot: H(key), private key, roll line."""
    made = []
    for _ in numbers:
        (private, public), prefix = new_key(), os.urandom(32)
        seal = poll.key.seal(prefix + tag("ballot-key") + poll.hash + public)
        line = {"key": b64(public), "seals": [{"prefix": b64(prefix), "sig": b64(seal)}]}
        made.append((sha(public), private, jcs(line)))
    return made


def ballots(
    poll: Poll, voters: list[tuple[bytes, bytes, int]]
) -> list[tuple[int, list[int | None], bytes, bytes]]:
    """Of each voter (private, public key, batch): batch, marks, ballot line, base32 tracker."""
    made = []
    for private, public, batch in voters:
        chosen = set(random.sample(range(ITEMS), random.randint(5, SEATS)))
        marks = [0 if item in chosen else None for item in range(ITEMS)]
        signature = sign(private, tag("cast") + poll.hash + poll.root + jcs(marks))
        line = {"batch": batch, "key": b64(public), "marks": marks, "sig": b64(signature)}
        tracker = sha(tag("tracker"), poll.hash, public, signature, jcs(marks))
        made.append((batch, marks, jcs(line), base64.b32encode(tracker).rstrip(b"=")))
    return made
