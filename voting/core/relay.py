"""Sealed messages: how a tablet registers and casts by a relay (docs/api.md, docs/decisions/0027).

The relay sees who sends and nothing of what; the server sees what and not who. A request is sealed
for the server's relay key with HPKE (RFC 9180 base mode, one message: DHKEM(P-256, HKDF-SHA256),
HKDF-SHA256, AES-128-GCM), an answer under a key that only its request holds. All requests have one
length and so have all answers, so that the relay cannot tell registering from casting either.

>>> private, log_key, answer = signing.p256_private(7), bytes(32), bytes(16)
>>> sealed = seal_request(signing.p256_public(private), log_key, Request("cast", {}, answer))
>>> len(sealed), open_request(private, log_key, sealed).path
(1617, 'cast')
>>> open_answer(answer, seal_answer(answer, bytes(12), 200, {"promise": "x"}))
(200, {'promise': 'x'})
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from voting.core import signing
from voting.core.encoding import Json, b64, fields, jcs, parse_json, tag, unb64
from voting.core.errors import Malformed, Refused

REQUEST, ANSWER = 1536, 1024  # bytes of text: two seals or 200 marks; a refusal's sentence
ANSWER_KEY, NONCE = 16, 12
SEALED = 65 + REQUEST + 16  # with HPKE's own point in front and AES-GCM's tag behind
_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


@dataclass(frozen=True, slots=True)
class Request:
    """What is posted to `/api/` and `path`, and the key, 16 bytes, that seals its answer."""

    path: str
    body: Json = field(repr=False)
    answer_key: bytes = field(repr=False)


def seal_request(relay_key: bytes, log_key: bytes, request: Request) -> bytes:
    """The request, `SEALED` bytes, for the server of this relay key, 65 bytes."""
    value = {"answer": b64(request.answer_key), "body": request.body, "path": request.path}
    key = ec.EllipticCurvePublicKey.from_encoded_point(signing.P256, relay_key)
    return _SUITE.encrypt(_padded(value, REQUEST), key, _info(log_key))


def open_request(private: ec.EllipticCurvePrivateKey, log_key: bytes, sealed: bytes) -> Request:
    """The request in it; `not_opened` where it was sealed for another key, or changed since."""
    try:
        if len(sealed) != SEALED:
            raise ValueError("of another length than all sealed messages are")
        text = _SUITE.decrypt(sealed, private, _info(log_key))
    except (InvalidTag, ValueError) as error:
        raise Refused("not_opened", "这份密文不是用现在的转送密钥封的，请再试一次。") from error
    path, body, answer = fields(parse_json(text), {"path": str, "body": dict, "answer": str})
    return Request(path, body, unb64(answer, ANSWER_KEY))


def seal_answer(answer_key: bytes, nonce: bytes, status: int, body: Json) -> bytes:
    """The answer under its request's key; `nonce`, 12 bytes, is new for each.

    A request that is sent again has the same key.
    """
    text = _padded({"body": body, "status": status}, ANSWER)
    return nonce + AESGCM(answer_key).encrypt(nonce, text, None)


def open_answer(answer_key: bytes, sealed: bytes) -> tuple[int, Json]:
    """The HTTP status and JSON body that the server answered; `Malformed` where it is not its."""
    try:
        text = AESGCM(answer_key).decrypt(sealed[:NONCE], sealed[NONCE:], None)
    except (InvalidTag, ValueError) as error:
        raise Malformed("bad_answer", "转送回来的应答不是服务器封的。") from error
    status, body = fields(parse_json(text), {"status": int, "body": dict})
    return status, body


def _info(log_key: bytes) -> bytes:
    return tag("relay") + log_key


def _padded(value: Json, length: int) -> bytes:
    """The value's JSON with spaces behind it: a length would tell what it is."""
    text = jcs(value)
    if len(text) > length:
        raise ValueError("longer than all sealed messages are")
    return text.ljust(length)
