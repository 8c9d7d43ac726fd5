"""Making cards at the server: the digits go into the answer that prints them, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from voting.cards import sheet
from voting.cards.sheet import PrintedCard
from voting.core.encoding import b64, sha256
from voting.models.office import Deputy
from voting.steps import checkin, prepare


def print_cards(session: Session, deputies: Sequence[Deputy]) -> list[list[PrintedCard]]:
    """Make new cards for these deputies, whose old ones end; by delegation and then seat."""
    digits = {deputy.number: sheet.fresh_digits() for deputy in deputies}
    cards = prepare.make_cards(session, digits)
    return sheet.sheets((checkin.roster_line(deputy), number) for deputy, number in cards)


def fingerprint(deputies: Sequence[Deputy]) -> str:
    """What stands for the cards there are: a form sent twice must not end cards just printed."""
    return b64(sha256(b"".join((deputy.card_id or bytes(16)) for deputy in deputies))[:12])
