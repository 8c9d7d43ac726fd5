"""Prints tests/vectors.json: what the Python and the JavaScript half of the protocol must agree on.

    python -m tests.make_vectors > tests/vectors.json

Everything comes from fixed seeds, so the file changes only where the protocol does. Bytes and big
numbers are hexadecimal.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import gmpy2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from tests.keys import secret_key
from voting.core import (
    blindrsa,
    card,
    checkpoint,
    events,
    forms,
    merkle,
    messages,
    poll,
    relay,
    signing,
)
from voting.core.encoding import b64, jcs, sha256

Vectors = dict[str, Any]
CONGRESS, MEETING, EPOCH = "county-18-3", "plenary-1", 2
MARKS = [0, None, 2, 1]


def seeded(name: str, length: int) -> bytes:
    """Bytes that look random and are the same for ever."""
    return hashlib.shake_256(b"piaojue test vectors/" + name.encode()).digest(length)


def primes(name: str) -> list[int]:
    """The primes of a 3072-bit key, their two highest bits set."""
    high = 3 << (blindrsa.BITS // 2 - 2)
    return [
        int(gmpy2.next_prime(high | int.from_bytes(seeded(f"{name} {part}", 192), "big") >> 2))
        for part in "pq"
    ]


LOG = Ed25519PrivateKey.from_private_bytes(seeded("log key", 32))
ISSUERS = [Ed25519PrivateKey.from_private_bytes(seeded(f"issuer {i}", 32)) for i in range(2)]
LOG_KEY = signing.ed25519_public(LOG)
BALLOT = signing.p256_private(1 + int.from_bytes(seeded("ballot key", 32), "big") % 2**255)
BALLOT_KEY = signing.p256_public(BALLOT)
DIGITS = card.with_check_digits(str(int.from_bytes(seeded("card", 16), "big"))[:38])
CARD = card.derive(DIGITS, CONGRESS)
PRIMES = [primes(f"issuing key {i}") for i in range(2)]
KEYS = [secret_key(p, q) for p, q in PRIMES]
SPKIS = [blindrsa.spki(key.public) for key in KEYS]
ROLL_ROOT = seeded("roll root", 32)
RELAY, SENDER = (
    signing.p256_private(1 + int.from_bytes(seeded(name, 32), "big") % 2**255)
    for name in ("relay key", "sender")
)


def p256_sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """ECDSA with RFC 6979's nonce; the product's own are random."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def encoding_vectors() -> Vectors:
    values: list[Any] = [
        {"b": [1, None, True, False], "a": {"z": "", "A": -5}, "10": 0, "9": 2**53 - 1},
        '票决 😀 é\u2028\u2029\u0085\u007f\ufeff\u0001\b\t\n\f\r"\\/',
        [[], {}, -(2**53 - 1), ""],
    ]
    refused = [
        *('{"a":1,"a":1}', '{"b":1,"a":1}', '{ "a":1}', "[1] ", "[1]\n", "\ufeff1", ""),
        *("1.0", "-0", "01", "1e2", "9007199254740992", "NaN", '"\\u0041"', '"\\/"', '"\\ud800"'),
        *('{"票":1}', '"\\u2028"', "[1,]", "'a'", "[" * 34 + "]" * 34),
    ]
    return {
        "b64": [{"bytes": seeded("b64", n).hex(), "text": b64(seeded("b64", n))} for n in range(5)],
        "b64_refused": ["_w=", "_w==", "_x", "/w", "_w\n", " _w", "_", "票", "_-8A="],
        "jcs": [{"value": value, "text": jcs(value).decode()} for value in values],
        "jcs_refused": refused,
    }


def card_vectors() -> Vectors:
    place = seeded("poll", 32)
    return {
        "congress": CONGRESS,
        "digits": DIGITS,
        "card_id": CARD.card_id.hex(),
        "d": f"{CARD.private.private_numbers().private_value:064x}",
        "card_key": CARD.card_key.hex(),
        "slot": {
            "poll": place.hex(),
            "epoch": EPOCH,
            "name": card.slot_name(DIGITS, place, EPOCH).hex(),
        },
        "refused": [DIGITS[:-1], DIGITS + "0", DIGITS[:-1] + chr(0xFF10 + int(DIGITS[-1]))],
    }


def definition() -> poll.Definition:
    scale, decision = forms.form_each()
    return poll.Definition(
        congress=poll.Congress(CONGRESS, "××县第十八届人民代表大会", "第三次会议"),
        meeting=poll.Meeting(MEETING, "第一次全体会议", "2026-01-20"),
        poll_id="1",
        title="民生实事项目票决",
        round=1,
        follows=None,
        items=tuple(poll.Item(f"p{i}", f"项目{i}", {"amount_yuan": i}) for i in range(4)),
        scale=scale,
        decision=decision,
        reserve=20,
        issuers=tuple(
            poll.Issuer(f"issuer-{i}", f"发票方{i}", signing.ed25519_public(key))
            for i, key in enumerate(ISSUERS)
        ),
        roster=poll.roster_head([roster_line()]),
        log_key=LOG_KEY,
    )


def roster_line() -> poll.RosterLine:
    return poll.RosterLine(CARD.card_id, CARD.card_key, "城关镇代表团", "王建国", "001", "3排12座")


POLL = definition().poll_hash
SALTS = [seeded(f"salt {i}", 48) for i in range(2)]
PREFIXES = [seeded(f"prefix {i}", 32) for i in range(2)]
BLINDING = [
    int.from_bytes(seeded(f"r {i}", 400), "big") % key.public.n for i, key in enumerate(KEYS)
]
SEALED = messages.ballot_key(POLL, BALLOT_KEY)
BLINDED = [
    blindrsa.blind(key.public, prefix + SEALED, salt, r)
    for key, prefix, salt, r in zip(KEYS, PREFIXES, SALTS, BLINDING, strict=True)
]
BLIND_SIGS = [key.blind_sign(blinded) for key, (blinded, _) in zip(KEYS, BLINDED, strict=True)]
SEALS = [
    blindrsa.finalize(key.public, prefix + SEALED, blind_sig, inverse)
    for key, prefix, blind_sig, (_, inverse) in zip(
        KEYS, PREFIXES, BLIND_SIGS, BLINDED, strict=True
    )
]
LINE = {
    "key": b64(BALLOT_KEY),
    "seals": [
        {"prefix": b64(prefix), "sig": b64(seal)}
        for prefix, seal in zip(PREFIXES, SEALS, strict=True)
    ],
}


def blindrsa_vectors() -> list[Vectors]:
    return [
        {
            "p": f"{PRIMES[i][0]:x}",
            "q": f"{PRIMES[i][1]:x}",
            "spki": SPKIS[i].hex(),
            "prefix": PREFIXES[i].hex(),
            "message": SEALED.hex(),
            "salt": SALTS[i].hex(),
            "r": f"{BLINDING[i]:x}",
            "blinded": BLINDED[i][0].hex(),
            "inverse": BLINDED[i][1].to_bytes(384, "big").hex(),
            "blind_sig": BLIND_SIGS[i].hex(),
            "seal": SEALS[i].hex(),
        }
        for i in range(2)
    ]


def message_vectors() -> Vectors:
    blinded = [value for value, _ in BLINDED]
    return {
        "definition": definition().to_bytes().decode(),
        "poll": POLL.hex(),
        "code": poll.verification_code(POLL),
        "meeting": MEETING,
        "checkin": messages.checkin(CONGRESS, MEETING, LOG_KEY).hex(),
        "issuing_key": messages.issuing_key(POLL, EPOCH, SPKIS[0]).hex(),
        "ballot_key": SEALED.hex(),
        "issue": messages.issue(POLL, EPOCH, SPKIS, blinded).hex(),
        "registered": messages.registered(POLL, jcs(LINE)).hex(),
        "roll_root": ROLL_ROOT.hex(),
        "marks": MARKS,
        "cast": messages.cast(POLL, ROLL_ROOT, messages.marks(MARKS)).hex(),
        "receipt": messages.receipt(POLL, seeded("tracker", 32)).hex(),
        "tracker": seeded("tracker", 32).hex(),
    }


def ballot_vectors() -> Vectors:
    """One ballot from its line on the roll to its receipt."""
    sig = p256_sign(BALLOT, messages.cast(POLL, ROLL_ROOT, messages.marks(MARKS)))
    tracker = messages.tracker(POLL, BALLOT_KEY, sig, messages.marks(MARKS))
    ballot = {"key": b64(BALLOT_KEY), "marks": MARKS, "poll": b64(POLL), "sig": b64(sig)}
    return {
        "log_key": LOG_KEY.hex(),
        "line": jcs(LINE).decode(),
        "registered": b64(LOG.sign(messages.registered(POLL, jcs(LINE)))),
        "ballot": jcs(ballot).decode(),
        "receipt": {
            "promise": b64(LOG.sign(messages.receipt(POLL, tracker))),
            "tracker": b64(tracker),
        },
    }


def merkle_vectors() -> Vectors:
    leaves = [seeded(f"leaf {i}", i) for i in range(9)]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    return {
        "leaves": [leaf.hex() for leaf in leaves],
        "roots": [merkle.root(leaves[:n]).hex() for n in range(10)],
        "inclusion": [
            {
                "size": size,
                "index": index,
                "proof": [node.hex() for node in merkle.inclusion_proof(hashes[:size], index)],
            }
            for size in (1, 2, 7, 9)
            for index in range(size)
        ],
    }


def log_vectors() -> Vectors:
    """A log, with what a tablet is shown of its entries."""
    keys = [
        {"sig": b64(key.sign(messages.issuing_key(POLL, EPOCH, spki))), "spki": b64(spki)}
        for key, spki in zip(ISSUERS, SPKIS, strict=True)
    ]
    roll = [sha256(b"another"), merkle.leaf_hash(jcs(LINE))]
    root = b64(merkle.root_of_hashes(roll))
    story = [
        events.CongressOpened(congress=CONGRESS, log_key=b64(LOG_KEY)),
        events.PollDefined(poll=b64(POLL)),
        events.IssuingOpened(poll=b64(POLL), epoch=EPOCH, keys=keys),
        events.RollFrozen(poll=b64(POLL), issued=2, registered=2, root=root),
        events.RelayKey(public=b64(signing.p256_public(SENDER))),
        events.RelayKey(public=b64(signing.p256_public(RELAY))),
    ]
    entries = [events.entry_bytes(i, "2026-01-20T06:00:00Z", e) for i, e in enumerate(story)]
    return {
        "origin": checkpoint.origin(CONGRESS),
        "roll": b"".join(roll).hex(),
        "issuing_opened": proof(entries[:3]),
        "roll_frozen": proof(entries[:4]),
        "relay_key_before": proof(entries[:5]),
        "relay_key": proof(entries),
    }


def witness_vectors() -> Vectors:
    """The head of that log as two witnesses cosigned it, and how a definition names them."""
    keys = [Ed25519PrivateKey.from_private_bytes(seeded(f"witness {i}", 32)) for i in range(2)]
    named = [
        poll.Witness(f"w{i}", f"见证人{i}", signing.ed25519_public(key))
        for i, key in enumerate(keys)
    ]
    definition_ = replace(definition(), witnesses=tuple(named))
    head = checkpoint.Checkpoint(checkpoint.origin(CONGRESS), 7, seeded("log root", 32))
    lines = [
        checkpoint.cosign(head, who.name, key, 1795400000 + i)
        for i, (who, key) in enumerate(zip(definition_.cosigners, keys, strict=True))
    ]
    return {
        "definition": definition_.to_bytes().decode(),
        "poll": definition_.poll_hash.hex(),
        "names": [who.name for who in definition_.cosigners],
        "checkpoint": checkpoint.sign(head, LOG) + "".join(lines),
    }


def relay_vectors() -> Vectors:
    """A ballot sealed for a relay, its answer, and RFC 9180's own vector (appendix A.3.1)."""
    answer_key, nonce = seeded("answer key", 16), seeded("nonce", 12)
    body = json.loads(ballot_vectors()["ballot"])
    value = {"answer": b64(answer_key), "body": body, "path": "cast"}
    info = b"piaojue/v1/relay\n" + LOG_KEY
    sealed = hpke_seal(signing.p256_public(RELAY), info, jcs(value).ljust(1536), SENDER)
    answer = {"promise": "P", "tracker": "T"}
    return {
        "key": f"{RELAY.private_numbers().private_value:064x}",
        "public": signing.p256_public(RELAY).hex(),
        "sender": {
            "d": b64(SENDER.private_numbers().private_value.to_bytes(32, "big")),
            "public": signing.p256_public(SENDER).hex(),
        },
        "answer_key": answer_key.hex(),
        "body": body,
        "sealed": sealed.hex(),
        "answer": answer,
        "sealed_answer": relay.seal_answer(answer_key, nonce, 200, answer).hex(),
        "rfc": {
            "info": b"Ode on a Grecian Urn".hex(),
            "text": b"Beauty is truth, truth beauty".hex(),
            "aad": b"Count-0".hex(),
            "key": "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
            "public": "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
            "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0",
            "sender": {
                "d": b64(
                    bytes.fromhex(
                        "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb"
                    )
                ),
                "public": "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
                "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4",
            },
            "ciphertext": "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f"
            "9076ac232e3ab2523f39513434",
        },
    }


def hpke_seal(public: bytes, info: bytes, text: bytes, sender: ec.EllipticCurvePrivateKey) -> bytes:
    """HPKE as RFC 9180 has it, with a sender's key that is not new: the library makes its own."""
    receiver = ec.EllipticCurvePublicKey.from_encoded_point(signing.P256, public)
    enc, kem, suite = signing.p256_public(sender), b"KEM\0\x10", b"HPKE\0\x10\0\1\0\1"
    eae = _extract(kem, b"", b"eae_prk", sender.exchange(ec.ECDH(), receiver))
    shared = _expand(kem, eae, b"shared_secret", enc + public, 32)
    psk, about = _extract(suite, b"", b"psk_id_hash", b""), _extract(suite, b"", b"info_hash", info)
    secret, context = _extract(suite, shared, b"secret", b""), b"\0" + psk + about
    key = _expand(suite, secret, b"key", context, 16)
    nonce = _expand(suite, secret, b"base_nonce", context, 12)
    return enc + AESGCM(key).encrypt(nonce, text, None)


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labelled + b"\1", "sha256")[:length]


def proof(entries: list[bytes]) -> Vectors:
    """What the API answers about the last of these entries."""
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    last = len(entries) - 1
    root = merkle.root_of_hashes(hashes)
    head = checkpoint.Checkpoint(checkpoint.origin(CONGRESS), len(entries), root)
    return {
        "entry": entries[last].decode(),
        "index": last,
        "proof": [b64(node) for node in merkle.inclusion_proof(hashes, last)],
        "checkpoint": checkpoint.sign(head, LOG),
    }


def vectors() -> Vectors:
    """All of them."""
    return {
        "encoding": encoding_vectors(),
        "card": card_vectors(),
        "blindrsa": blindrsa_vectors(),
        "messages": message_vectors(),
        "ballot": ballot_vectors(),
        "merkle": merkle_vectors(),
        "log": log_vectors(),
        "witnesses": witness_vectors(),
        "relay": relay_vectors(),
    }


if __name__ == "__main__":
    print(json.dumps(vectors(), ensure_ascii=True, indent=1, sort_keys=True))
