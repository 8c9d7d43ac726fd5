"""The card: what it derives, and the slips of a hand that its check digits catch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.core import card, signing
from voting.core.errors import Malformed

VECTOR = json.loads((Path(__file__).parents[1] / "vectors.json").read_text())["card"]
cards = st.text("0123456789", min_size=38, max_size=38).map(card.with_check_digits)
places = st.integers(0, 39)


def test_what_a_card_derives_is_pinned() -> None:
    derived = card.derive(VECTOR["digits"], VECTOR["congress"])
    assert derived.card_id.hex() == VECTOR["card_id"]
    assert derived.private.private_numbers().private_value == int(VECTOR["d"], 16)
    assert derived.card_key.hex() == VECTOR["card_key"]
    slot = VECTOR["slot"]
    name = card.slot_name(VECTOR["digits"], bytes.fromhex(slot["poll"]), slot["epoch"])
    assert name.hex() == slot["name"]


def test_another_congress_knows_another_card() -> None:
    one, two = (card.derive(VECTOR["digits"], congress) for congress in ("a", "b"))
    assert one.card_id != two.card_id
    assert one.card_key != two.card_key
    assert signing.is_p256_point(one.card_key)


@given(cards)
def test_a_card_is_read_in_groups_too(digits: str) -> None:
    assert int(digits) % 97 == 1
    grouped = " ".join(digits[i : i + 5] for i in range(0, 40, 5))
    assert card.parse(digits) == card.parse(grouped) == card.parse(grouped.replace(" ", "-"))


@given(cards, places, st.integers(1, 9))
def test_any_wrong_digit_is_caught(digits: str, place: int, by: int) -> None:
    wrong = str((int(digits[place]) + by) % 10)
    with pytest.raises(Malformed, match="card_check"):
        card.parse(digits[:place] + wrong + digits[place + 1 :])


@given(cards, st.integers(0, 38))
def test_two_neighbours_exchanged_are_caught(digits: str, place: int) -> None:
    one, two = digits[place], digits[place + 1]
    swapped = digits[:place] + two + one + digits[place + 2 :]
    if one == two:
        assert card.parse(swapped) == digits
    else:
        with pytest.raises(Malformed, match="card_check"):
            card.parse(swapped)


@given(cards, places)
def test_full_width_digits_are_no_digits(digits: str, place: int) -> None:
    wide = chr(0xFF10 + int(digits[place]))
    for text in (digits[:place] + wide + digits[place + 1 :], digits + "\n", digits[:-1], ""):
        with pytest.raises(Malformed, match="card_length"):
            card.parse(text)
