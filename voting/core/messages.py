"""Every byte string that is signed or hashed, each with one home (docs/record-format.md).

Each begins with its own tag; what follows has fixed length or is last, so that no message can be
read as another. Lengths in bytes: `poll_hash`, `roll_root`, every other hash 32; `card_id` 16;
`card_key` and `ballot_key` 65 (uncompressed P-256 points); `log_key` 32 (Ed25519); blinded values
and blind signatures 384; an epoch is 4 bytes, big endian.

>>> signed = cast(bytes(32), bytes(32), marks([0, None]))
>>> signed[:16], signed[-8:]
(b'piaojue/v1/cast\\n', b'[0,null]')
"""

from __future__ import annotations

from collections.abc import Sequence

from voting.core.encoding import Json, b64, jcs, sha256, tag

Marks = Sequence[int | None]


def epoch_bytes(epoch: int) -> bytes:
    """An epoch as 4 bytes, big endian."""
    return epoch.to_bytes(4, "big")


def poll_hash(definition: bytes) -> bytes:
    """What names a poll everywhere: the hash of its definition's exact bytes."""
    return sha256(tag("definition") + definition)


def checkin(congress_id: str, meeting_id: str, log_key: bytes) -> bytes:
    """What the card signs to check in; the log key keeps a rehearsal's out of the real log."""
    congress, meeting = sha256(congress_id.encode()), sha256(meeting_id.encode())
    return tag("checkin") + congress + meeting + log_key


def issuing_key(poll: bytes, epoch: int, spki: bytes) -> bytes:
    """What an issuer key signs over its issuing key (SubjectPublicKeyInfo DER)."""
    return tag("issuing-key") + poll + epoch_bytes(epoch) + spki


def ballot_key(poll: bytes, key: bytes) -> bytes:
    """What a seal seals, after its 32-byte prefix (RFC 9474 section 4.1): the ballot's own key."""
    return tag("ballot-key") + poll + key


def issue(poll: bytes, epoch: int, spkis: Sequence[bytes], blinded: Sequence[bytes]) -> bytes:
    """What the card signs to ask for a ballot, over the keys that it asks under."""
    keys = sha256(tag("keys") + b"".join(spkis))
    return tag("issue") + poll + epoch_bytes(epoch) + keys + b"".join(blinded)


def request_hash(auth: bytes, blinded: Sequence[bytes], card_id: bytes, epoch: int) -> bytes:
    """What `ballot_issued` logs of a request, so that the log binds every byte of it."""
    request = {
        "auth": b64(auth),
        "blinded": [b64(value) for value in blinded],
        "deputy": b64(card_id),
        "epoch": epoch,
    }
    return sha256(tag("request") + jcs(request))


def card_replaced(poll: bytes, number: str, card_id: bytes, card_key: bytes) -> bytes:
    """What every issuer signs when a deputy's lost card is replaced after 定稿."""
    return tag("card-replaced") + poll + sha256(number.encode()) + card_id + card_key


def registered(poll: bytes, line: bytes) -> bytes:
    """What the log key promises of a registered ballot; `line` is the roll's line."""
    return tag("registered") + poll + sha256(line)


def marks(of: Marks) -> bytes:
    """Marks as they are signed, hashed and stored: canonical JSON."""
    return jcs(list(of))


def cast(poll: bytes, roll_root: bytes, marked: bytes) -> bytes:
    """What the ballot key signs: the `marks`, and the roll that they are cast on."""
    return tag("cast") + poll + roll_root + marked


def tracker(poll: bytes, key: bytes, signature: bytes, marked: bytes) -> bytes:
    """What the board lists of a ballot, 32 bytes; the signature in it keeps it from guessing."""
    return sha256(tag("tracker") + poll + key + signature + marked)


def receipt(poll: bytes, tracker_hash: bytes) -> bytes:
    """What the log key promises of a ballot that was stored."""
    return tag("receipt") + poll + tracker_hash


def result_hash(result: Json) -> bytes:
    """What `result_published` logs of result.json."""
    return sha256(tag("result") + jcs(result))
