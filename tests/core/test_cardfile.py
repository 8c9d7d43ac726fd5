"""The file of cards that were made offline: its bytes, and everything that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.cards.sheet import fresh_digits
from voting.core import card
from voting.core.cardfile import CardFile
from voting.core.errors import Malformed
from voting.core.poll import RosterLine


def line(number: str, digits: str) -> RosterLine:
    keys = card.derive(digits, "xian-19")
    return RosterLine(keys.card_id, keys.card_key, "第一代表团", f"代表{number}", number, "1-1")


LINES = tuple(line(f"{n:03d}", card.with_check_digits(f"{n:038d}")) for n in range(3))
FILE = CardFile("xian-19", LINES)


def test_the_bytes_and_the_fingerprint_are_these() -> None:
    data = FILE.to_bytes()
    assert data.startswith(b'{"cards":3,"congress":"xian-19","v":1}\n{"card_id":"')
    assert CardFile.parse(data) == FILE
    assert FILE.fingerprint == PINNED


PINNED = "YACO-SFRO-5VNU-ZO3T-NKHL"


@pytest.mark.parametrize(
    "lines",
    [
        (LINES[0], LINES[0]),
        (LINES[0], line("000", fresh_digits())),
        (LINES[0], line("009", card.with_check_digits("0" * 38))),
        (RosterLine(bytes(16), b"\4" + bytes(64), "", "甲", "1", ""),),
    ],
    ids=["a line twice", "a deputy twice", "a card twice", "no point of the curve"],
)
def test_a_card_or_a_deputy_twice_is_no_file(lines: tuple[RosterLine, ...]) -> None:
    with pytest.raises(Malformed):
        CardFile.parse(CardFile("xian-19", lines).to_bytes())


@given(st.integers(0, len(FILE.to_bytes()) - 1), st.binary(max_size=3))
def test_any_other_bytes_are_another_file_or_none(place: int, put: bytes) -> None:
    data = FILE.to_bytes()
    changed = data[:place] + put + data[place + 1 :]
    try:
        parsed = CardFile.parse(changed)
    except Malformed:
        return
    assert parsed.to_bytes() == changed
    assert (parsed.fingerprint == FILE.fingerprint) == (changed == data)
