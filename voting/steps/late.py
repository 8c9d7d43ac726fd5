"""Deputies who came when issuing had closed: checked in, and without a ballot in this poll."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from voting.core.encoding import parse_jcs, unb64
from voting.models.office import Deputy, LogEntry, Poll
from voting.steps import log


def arrived(session: Session, poll: Poll) -> list[Deputy]:
    """Who checked in at the poll's meeting after its issuing had closed, in that order."""
    closed = log.latest(session, poll.hash or b"", "issuing_closed")
    if closed is None:
        return []
    entries = [parse_jcs(entry) for entry in session.scalars(_since(closed.seq))]
    cards = [unb64(entry["deputy"], 16) for entry in entries if entry["meeting"] == poll.meeting]
    found = {deputy.card_id: deputy for deputy in session.scalars(select(Deputy))}
    return [found[card] for card in cards if card in found]


def anybody(session: Session, poll: Poll) -> bool:
    """Whether there may be such a deputy: live figures ask each second, and mostly none came."""
    closed = log.latest(session, poll.hash or b"", "issuing_closed")
    return closed is not None and session.scalar(_since(closed.seq).limit(1)) is not None


def _since(seq: int) -> Select[bytes]:
    checked_in = LogEntry.poll.is_(None) & (LogEntry.event == "checked_in")
    return select(LogEntry.entry).where(checked_in, LogEntry.seq > seq).order_by(LogEntry.seq)
