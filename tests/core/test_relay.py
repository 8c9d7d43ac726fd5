"""What is sealed for a server: its form is pinned, its length one, and nothing changed opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from voting.core import relay, signing
from voting.core.encoding import b64, jcs, tag
from voting.core.errors import Malformed, Refused
from voting.core.poll import MAX_ITEMS
from voting.core.relay import Request, open_answer, open_request, seal_answer, seal_request

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors.json").read_text("utf-8")
)
PINNED = VECTORS["relay"]
KEY = signing.p256_private(int(PINNED["key"], 16))
PUBLIC = bytes.fromhex(PINNED["public"])
LOG_KEY = bytes.fromhex(VECTORS["ballot"]["log_key"])
ANSWER_KEY = bytes.fromhex(PINNED["answer_key"])


def test_the_form_is_pinned() -> None:
    sealed = bytes.fromhex(PINNED["sealed"])
    assert open_request(KEY, LOG_KEY, sealed) == Request("cast", PINNED["body"], ANSWER_KEY)
    assert len(sealed) == relay.SEALED
    answer = bytes.fromhex(PINNED["sealed_answer"])
    assert open_answer(ANSWER_KEY, answer) == (200, PINNED["answer"])


@pytest.mark.parametrize("at", [0, 1, 64, 65, 800, -1])
def test_what_was_changed_or_sealed_for_another_does_not_open(at: int) -> None:
    sealed = bytearray(bytes.fromhex(PINNED["sealed"]))
    with pytest.raises(Refused, match="not_opened"):
        open_request(KEY, bytes(32), bytes(sealed))
    with pytest.raises(Refused, match="not_opened"):
        open_request(signing.p256_private(2), LOG_KEY, bytes(sealed))
    text = {"answer": b64(ANSWER_KEY), "body": {}, "path": "cast"}
    public = ec.EllipticCurvePublicKey.from_encoded_point(signing.P256, PUBLIC)
    suite = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
    short = suite.encrypt(jcs(text), public, tag("relay") + LOG_KEY)
    with pytest.raises(Refused, match="not_opened"):
        open_request(KEY, LOG_KEY, short)
    sealed[at] ^= 1
    for wrong in (bytes(sealed), bytes(sealed[:at]), b""):
        with pytest.raises(Refused, match="not_opened"):
            open_request(KEY, LOG_KEY, wrong)
    answer = bytearray(bytes.fromhex(PINNED["sealed_answer"]))
    answer[at] ^= 1
    with pytest.raises(Malformed, match="bad_answer"):
        open_answer(ANSWER_KEY, bytes(answer))


def test_the_longest_registration_and_ballot_are_sealed_at_the_same_length() -> None:
    seal = {"prefix": b64(bytes(32)), "sig": b64(bytes(384))}
    longest = {
        "register": {"key": b64(PUBLIC), "seals": [seal, seal]},
        "cast": {
            "key": b64(PUBLIC),
            "marks": [None] * MAX_ITEMS,
            "poll": b64(bytes(32)),
            "sig": b64(bytes(64)),
        },
    }
    for path, body in longest.items():
        sealed = seal_request(PUBLIC, LOG_KEY, Request(path, body, ANSWER_KEY))
        assert len(sealed) == relay.SEALED
    with pytest.raises(ValueError, match="longer"):
        seal_request(PUBLIC, LOG_KEY, Request("cast", {"marks": [None] * 400}, ANSWER_KEY))
    refusal = {"detail": "票" * 250, "code": "c" * 32, "title": "c" * 32, "status": 409}
    answers = [seal_answer(ANSWER_KEY, bytes(12), 409, body) for body in (refusal, {})]
    assert len(set(map(len, answers))) == 1
