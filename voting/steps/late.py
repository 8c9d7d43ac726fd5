"""Deputies who came when issuing had closed: checked in, and without a ballot in this poll."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from voting.core.encoding import parse_jcs, unb64
from voting.models.office import Deputy, LogEntry, Poll
from voting.steps import log


def arrived(session: Session, poll: Poll) -> list[Deputy]:
    """Who checked in at the poll's meeting after its issuing had closed, in that order."""
    closed = log.latest(session, poll.hash or b"", "issuing_closed")
    if closed is None:
        return []
    rows = select(LogEntry.entry).where(LogEntry.event == "checked_in", LogEntry.seq > closed.seq)
    entries = [parse_jcs(entry) for entry in session.scalars(rows.order_by(LogEntry.seq))]
    cards = [unb64(entry["deputy"], 16) for entry in entries if entry["meeting"] == poll.meeting]
    found = {deputy.card_id: deputy for deputy in session.scalars(select(Deputy))}
    return [found[card] for card in cards if card in found]
