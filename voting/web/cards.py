"""Printed cards: their order on the sheets, and their QR codes as SVG paths.

The digits pass through here from the step that made them to the answer that prints them, and are
kept nowhere.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from sqlalchemy.orm import Session

from voting.core import card
from voting.core.encoding import b64, sha256
from voting.core.poll import RosterLine
from voting.models.office import Deputy
from voting.steps import checkin, prepare
from voting.web import words

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


def print_cards(session: Session, deputies: Sequence[Deputy]) -> list[list[PrintedCard]]:
    """Make new cards for these deputies, whose old ones end; by delegation and then seat."""
    cards = prepare.make_cards(session, {deputy.number: fresh_digits() for deputy in deputies})
    made = [print_card(checkin.roster_line(deputy), digits) for deputy, digits in cards]
    first = {entry.delegation: place for place, entry in reversed(list(enumerate(made)))}
    made.sort(key=lambda entry: (first[entry.delegation], _seat_order(entry.seat)))
    return [made[i : i + A_SHEET] for i in range(0, len(made), A_SHEET)]


def fresh_digits() -> str:
    """The 40 digits of a card that nobody has."""
    return card.with_check_digits(f"{secrets.randbelow(10**38):038d}")


def fingerprint(deputies: Sequence[Deputy]) -> str:
    """What stands for the cards there are: a form sent twice must not end cards just printed."""
    return b64(sha256(b"".join((deputy.card_id or bytes(16)) for deputy in deputies))[:12])


def print_card(deputy: RosterLine, digits: str) -> PrintedCard:
    """One deputy's card, to be put on a sheet."""
    path, size = qr_path(digits)
    return PrintedCard(
        name=deputy.name,
        number=deputy.number,
        delegation=deputy.delegation,
        seat=deputy.seat,
        digits=words.grouped(digits, 5).split(" "),
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
