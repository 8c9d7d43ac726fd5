"""The box's tables: the roll and the ballots, each keyed by the hash of the ballot's own key.

No time, no order, no address, no deputy; no rowid either, so that a table's order is that of the
hashes and nothing else (the narrow indexes, in the same order, make counting cheap). What the
file's pages and the WAL tell beside it is swept (`db.sweep`).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Index, LargeBinary
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from voting.db import Base

NO_ROWID: Final = {"sqlite_with_rowid": False}


class RollLine(Base):
    """A registered ballot: the exact line of roll.jsonl, in the order of `H(key bytes)`."""

    __tablename__ = "roll_line"
    __table_args__ = (Index("ix_roll_line_count", "poll", "key_hash"), NO_ROWID)
    poll: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # poll_hash
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    line: Mapped[bytes] = mapped_column(LargeBinary)


class Ballot(Base):
    """A ballot that was cast; `batch` is null until it is released."""

    __tablename__ = "ballot"
    __table_args__ = (
        Index("ix_ballot_count", "poll", "key_hash"),
        Index(  # with its `batch`, or SQLite looks every pending ballot up for each one cast
            "ix_ballot_pending",
            "poll",
            "batch",
            "key_hash",
            sqlite_where=sql("batch IS NULL"),
            postgresql_where=sql("batch IS NULL"),
        ),
        NO_ROWID,
    )
    poll: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(65))
    marks: Mapped[bytes] = mapped_column(LargeBinary)  # canonical JSON
    sig: Mapped[bytes] = mapped_column(LargeBinary(64))
    batch: Mapped[int | None] = mapped_column()
