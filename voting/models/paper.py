"""The tables of a vote on paper: who decided on it, what two people counted. No ballot is here.

They stand beside the electronic record and never touch it: no log, no box, no roll.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from voting.db import Base


class PaperVote(Base):
    """A vote on paper that takes the place of a void poll, by that poll's own definition.

    `ended` is '' while it is counted, then 'announced' or 'void'; both stay for ever.
    """

    __tablename__ = "paper_vote"
    id: Mapped[int] = mapped_column(primary_key=True)
    poll: Mapped[int] = mapped_column(ForeignKey("poll.id"))
    checked_in: Mapped[int] = mapped_column()  # 实到 when two people went to paper
    opened_at: Mapped[str] = mapped_column(String(20))
    opened_by: Mapped[list[str]] = mapped_column(JSON)
    ended: Mapped[str] = mapped_column(String(16), default="")
    ended_at: Mapped[str] = mapped_column(String(20), default="")
    ended_by: Mapped[list[str]] = mapped_column(JSON, default=list)
    reason: Mapped[str] = mapped_column(String(400), default="")  # why it is void


class PaperEntry(Base):
    """What one person entered of one count; all are kept, and the latest pair is the count."""

    __tablename__ = "paper_entry"
    __table_args__ = (UniqueConstraint("vote", "attempt", "role"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    vote: Mapped[int] = mapped_column(ForeignKey("paper_vote.id"))
    attempt: Mapped[int] = mapped_column()  # from 1
    role: Mapped[str] = mapped_column(String(16))
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[str] = mapped_column(String(20))
    cells: Mapped[dict[str, Any]] = mapped_column(JSON)
