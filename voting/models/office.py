"""The office's tables: people, roster, projects, polls, check-in, issuances, the log.

Nothing here names a ballot. Texts of the log and of definitions are kept as the exact bytes that
were hashed or signed.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from voting.core.phases import Phase
from voting.db import Base

NO_ROWID: Final = {"sqlite_with_rowid": False}


class Person(Base):
    """An official with an account; `role` is one of `voting.web.audience.ROLES`."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str] = mapped_column(String(256))  # Argon2id, never the password itself
    failures: Mapped[int] = mapped_column(default=0)  # in a row, from devices that are new to it
    locked_until: Mapped[int] = mapped_column(default=0)  # Unix seconds
    known_failures: Mapped[int] = mapped_column(default=0)  # the same from devices it came from
    known_until: Mapped[int] = mapped_column(default=0)
    since: Mapped[int] = mapped_column(default=0)  # the log's length when the password was made


class Congress(Base):
    """The congress that this instance serves: one row."""

    __tablename__ = "congress"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    session: Mapped[str] = mapped_column(String(128))
    log_key: Mapped[bytes] = mapped_column(LargeBinary(32))


class Meeting(Base):
    """A sitting at which deputies check in once; the newest is the current one."""

    __tablename__ = "meeting"
    place: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(128))
    date: Mapped[str] = mapped_column(String(10))


class Deputy(Base):
    """A deputy of the roster with the public side of the card; `place` is the import's order."""

    __tablename__ = "deputy"
    number: Mapped[str] = mapped_column(String(64), primary_key=True)
    place: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(64))
    delegation: Mapped[str] = mapped_column(String(128))
    seat: Mapped[str] = mapped_column(String(64))
    card_id: Mapped[bytes | None] = mapped_column(LargeBinary(16), unique=True)
    card_key: Mapped[bytes | None] = mapped_column(LargeBinary(65))


class Poll(Base):
    """A poll: a draft until 定稿, then the exact bytes of its definition and where it stands.

    `rule` is `voting.core.plan.Rule` as JSON; an empty one is that of the form.
    """

    __tablename__ = "poll"
    id: Mapped[int] = mapped_column(primary_key=True)
    meeting: Mapped[str] = mapped_column(ForeignKey("meeting.id"))
    title: Mapped[str] = mapped_column(String(128))
    round: Mapped[int] = mapped_column(default=1)
    follows: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    form: Mapped[str] = mapped_column(String(8))
    seats: Mapped[int | None] = mapped_column()
    reserve: Mapped[int] = mapped_column(default=20)
    rule: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    phase: Mapped[Phase] = mapped_column(String(16), default=Phase.DRAFT)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    definition: Mapped[bytes | None] = mapped_column(LargeBinary)
    roster: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # large, seldom read
    defined_seq: Mapped[int | None] = mapped_column()  # its `poll_defined` in the log
    epoch: Mapped[int] = mapped_column(default=0)
    window_opened: Mapped[int | None] = mapped_column()  # Unix seconds, when issuing closed
    checked_in: Mapped[int | None] = mapped_column()  # the count when issuing closed
    result: Mapped[bytes | None] = mapped_column(LargeBinary)


class Project(Base):
    """A candidate project of a poll; `details` holds the fields of `rules.md` by their names."""

    __tablename__ = "project"
    poll: Mapped[int] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(256))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class CheckIn(Base):
    """Who has checked in at a meeting, with which card, and that card's signature.

    A new card checks in again before it gets a ballot. The deputy counts as present all the while
    in polls in which the card was replaced (`ReplacedCard`), as the record's verifier counts.
    """

    __tablename__ = "check_in"
    __table_args__ = (Index("ix_check_in_card", "meeting", "card_id"), NO_ROWID)
    meeting: Mapped[str] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(64), primary_key=True)  # the deputy's
    card_id: Mapped[bytes] = mapped_column(LargeBinary(16))
    sig: Mapped[bytes] = mapped_column(LargeBinary(64))


class ReplacedCard(Base):
    """A card that was on a poll's roster, or replaced another in it, until it was replaced."""

    __tablename__ = "replaced_card"
    __table_args__ = NO_ROWID
    poll: Mapped[int] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    card_id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    number: Mapped[str] = mapped_column(String(64))  # the deputy's


class FleetCount(Base):
    """How many tablets reported this outcome before a meeting: no tablet, no address, no time.

    `version` is that of the files which the tablet runs, '' for another than the server's; `failed`
    are the names of the checks that failed, in their order, '' where all passed.
    """

    __tablename__ = "fleet_count"
    __table_args__ = (NO_ROWID,)
    meeting: Mapped[str] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    failed: Mapped[str] = mapped_column(String(256), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class Issuance(Base):
    """What a deputy asked the issuers for, blinded, and what they answered."""

    __tablename__ = "issuance"
    __table_args__ = (Index("ix_issuance_epoch", "poll", "epoch"), NO_ROWID)
    poll: Mapped[int] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(64), primary_key=True)  # the deputy's
    seq: Mapped[int] = mapped_column(ForeignKey("log_entry.seq"))  # its `ballot_issued`
    line: Mapped[bytes] = mapped_column(LargeBinary)  # of issuances.jsonl


class HandOver(Base):
    """That a poll's record was handed to somebody: rows are added, and never changed or removed."""

    __tablename__ = "hand_over"
    id: Mapped[int] = mapped_column(primary_key=True)
    poll: Mapped[int] = mapped_column(ForeignKey("poll.id"))
    sha256: Mapped[str] = mapped_column(String(64))  # of the record's file
    size: Mapped[int] = mapped_column()  # its bytes
    name: Mapped[str] = mapped_column(String(64))  # who took it
    unit: Mapped[str] = mapped_column(String(128))
    medium: Mapped[str] = mapped_column(String(128))
    by: Mapped[str] = mapped_column(String(64))  # who handed it over, by name
    at: Mapped[str] = mapped_column(String(20))


class Approval(Base):
    """That one person approves one step on the figures that `digest` stands for."""

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("poll", "step", "person"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    poll: Mapped[int] = mapped_column(ForeignKey("poll.id"))
    step: Mapped[str] = mapped_column(String(16))
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    digest: Mapped[str] = mapped_column(String(43))
    reason: Mapped[str] = mapped_column(String(400))  # of a void; both must give the same


class HallScreen(Base):
    """What the presidium has chosen for the hall's screen: one row."""

    __tablename__ = "hall_screen"
    id: Mapped[int] = mapped_column(primary_key=True)
    poll: Mapped[int] = mapped_column(ForeignKey("poll.id"))
    what: Mapped[str] = mapped_column(String(16))  # of `voting.steps.hall.What`


class LogEntry(Base):
    """An entry of the congress's log, its bytes as they are hashed."""

    __tablename__ = "log_entry"
    __table_args__ = (Index("ix_log_entry_poll_event", "poll", "event", "seq"),)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(20))
    event: Mapped[str] = mapped_column(String(32))
    poll: Mapped[str | None] = mapped_column(String(43))  # poll_hash in b64
    entry: Mapped[bytes] = mapped_column(LargeBinary)


class LogCheckpoint(Base):
    """A signed head of the log, with what the next one needs: the tree's frontier."""

    __tablename__ = "log_checkpoint"
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(String)
    frontier: Mapped[bytes] = mapped_column(LargeBinary)  # its roots, 32 bytes each


class Witness(Base):
    """A machine that cosigns the log; a definition names those that are active when it is made."""

    __tablename__ = "witness"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    key: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    active: Mapped[bool] = mapped_column(default=True)


class Cosignature(Base):
    """That a witness has seen a checkpoint: its signature line, the first that came."""

    __tablename__ = "cosignature"
    __table_args__ = NO_ROWID
    size: Mapped[int] = mapped_column(ForeignKey("log_checkpoint.size"), primary_key=True)
    witness: Mapped[str] = mapped_column(ForeignKey("witness.id"), primary_key=True)
    line: Mapped[str] = mapped_column(String(256))
