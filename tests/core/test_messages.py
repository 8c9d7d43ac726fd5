"""What is signed and hashed, byte by byte; and that no message can be read as another."""

from __future__ import annotations

import hashlib
from itertools import permutations

from voting.core import messages

POLL, KEY, CARD, LOG_KEY = b"P" * 32, b"K" * 65, b"C" * 16, b"L" * 32
SPKIS, BLINDED = [b"S1", b"S2"], [b"B" * 384, b"b" * 384]


def h(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


V = b"piaojue/v1/"
SIGNED = {
    "checkin": (
        messages.checkin("demo", "plenary", LOG_KEY),
        V + b"checkin\n" + h(b"demo") + h(b"plenary") + LOG_KEY,
        19 + 96,
    ),
    "issuing_key": (
        messages.issuing_key(POLL, 258, b"SPKI"),
        V + b"issuing-key\n" + POLL + b"\x00\x00\x01\x02" + b"SPKI",
        63,
    ),
    "ballot_key": (messages.ballot_key(POLL, KEY), V + b"ballot-key\n" + POLL + KEY, 119),
    "issue": (
        messages.issue(POLL, 1, SPKIS, BLINDED),
        V
        + b"issue\n"
        + POLL
        + b"\x00\x00\x00\x01"
        + h(V + b"keys\n", *SPKIS)
        + BLINDED[0]
        + BLINDED[1],
        853,
    ),
    "card_replaced": (
        messages.card_replaced(POLL, "001", CARD, KEY),
        V + b"card-replaced\n" + POLL + h(b"001") + CARD + KEY,
        170,
    ),
    "registered": (
        messages.registered(POLL, b"line"),
        V + b"registered\n" + POLL + h(b"line"),
        86,
    ),
    "cast": (
        messages.cast(POLL, KEY[:32], messages.marks((0, None, 12))),
        V + b"cast\n" + POLL + KEY[:32] + b"[0,null,12]",
        91,
    ),
    "receipt": (messages.receipt(POLL, KEY[:32]), V + b"receipt\n" + POLL + KEY[:32], 83),
}


def test_what_is_signed_is_pinned() -> None:
    for name, (made, expected, length) in SIGNED.items():
        assert made == expected, name
        assert len(made) == length, name


def test_what_is_hashed_is_pinned() -> None:
    assert messages.poll_hash(b"{}") == h(V + b"definition\n", b"{}")
    assert messages.tracker(POLL, KEY, b"s" * 64, messages.marks([None])) == h(
        V + b"tracker\n", POLL, KEY, b"s" * 64, b"[null]"
    )
    assert messages.result_hash({"v": 1}) == h(V + b"result\n", b'{"v":1}')
    request = b'{"auth":"QQ","blinded":["Qg"],"deputy":"Qw","epoch":7}'
    assert messages.request_hash(b"A", [b"B"], b"C", 7) == h(V + b"request\n", request)


def test_no_message_can_be_read_as_another() -> None:
    tags = [made[: made.index(b"\n") + 1] for made, _, _ in SIGNED.values()]
    tags += [V + name + b"\n" for name in (b"definition", b"tracker", b"result", b"request")]
    tags += [V + b"keys\n", V + b"card\n"]
    assert not any(one.startswith(two) for one, two in permutations(tags, 2))


def test_another_keys_order_is_another_request() -> None:
    assert messages.issue(POLL, 1, SPKIS, BLINDED) != messages.issue(POLL, 1, SPKIS[::-1], BLINDED)
