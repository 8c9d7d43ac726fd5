"""Printed cards: their order on the sheets, and their QR codes as SVG paths.

The digits pass through here from what made them to the page that prints them, and are kept nowhere.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from voting.core import card
from voting.core.poll import RosterLine

A_SHEET = 10
_NUMBERS = re.compile("([0-9]+)")


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """What stands on one card; `qr` is an SVG path in modules of a square `size` wide."""

    name: str
    number: str
    delegation: str
    seat: str
    digits: list[str]
    qr: str
    size: int


def fresh_digits() -> str:
    """The 40 digits of a card that nobody has."""
    return card.with_check_digits(f"{secrets.randbelow(10**38):038d}")


def sheets(cards: Iterable[tuple[RosterLine, str]]) -> list[list[PrintedCard]]:
    """The sheets of deputies' cards and their digits: by delegation and then seat."""
    made = [print_card(line, digits) for line, digits in cards]
    first = {entry.delegation: place for place, entry in reversed(list(enumerate(made)))}
    made.sort(key=lambda entry: (first[entry.delegation], _seat_order(entry.seat)))
    return [made[i : i + A_SHEET] for i in range(0, len(made), A_SHEET)]


def print_card(deputy: RosterLine, digits: str) -> PrintedCard:
    """One deputy's card, to be put on a sheet."""
    path, size = qr_path(digits)
    return PrintedCard(
        name=deputy.name,
        number=deputy.number,
        delegation=deputy.delegation,
        seat=deputy.seat,
        digits=[digits[i : i + 5] for i in range(0, len(digits), 5)],
        qr=path,
        size=size,
    )


def _seat_order(seat: str) -> list[tuple[int, str]]:
    """Seats as people count them: 2排 before 10排."""
    parts = _NUMBERS.split(seat)
    return [(int(part), "") if _NUMBERS.fullmatch(part) else (0, part) for part in parts]


def qr_path(text: str) -> tuple[str, int]:
    """The QR code of a text: one path of horizontal runs, and the square's width."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make()
    rows = code.get_matrix()
    return "".join(_runs(y, row) for y, row in enumerate(rows)), len(rows)


def _runs(y: int, row: Sequence[bool | None]) -> str:
    line = "".join("1" if dark else "0" for dark in row)
    found = re.finditer("1+", line)
    return "".join(f"M{m.start()} {y}h{m.end() - m.start()}v1H{m.start()}z" for m in found)
