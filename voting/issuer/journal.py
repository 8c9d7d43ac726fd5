"""The issuer's own memory on disk: which ballots it signed, written before it answers.

One SQLite file beside the issuer's key. It never holds an issuing key, only what was asked and
answered: enough to give the same answer again, and never another one to the same deputy.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from voting.core.errors import Refused

_TABLES = """
CREATE TABLE IF NOT EXISTS closed (poll BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signed (
    poll BLOB, epoch INTEGER, number TEXT, blinded BLOB NOT NULL, blind_sig BLOB NOT NULL,
    PRIMARY KEY (poll, epoch, number)
) WITHOUT ROWID;
"""


class Journal:
    """The journal file; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it."""
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_TABLES)

    def answered(self, poll: bytes, epoch: int, number: str, blinded: bytes) -> bytes | None:
        """What this deputy was answered in this epoch, or None.

        `blinded` is all issuers' values, one after the other. Another request of a deputy who was
        answered is `Refused` as already_issued.
        """
        with self._lock:
            row = self._db.execute(
                "SELECT blinded, blind_sig FROM signed WHERE poll=? AND epoch=? AND number=?",
                (poll, epoch, number),
            ).fetchone()
        if row is None:
            return None
        if row[0] != blinded:
            raise Refused("already_issued", "您的表决票已经领取过了，请回到领取时的平板。")
        return bytes(row[1])

    def write(self, poll: bytes, epoch: int, number: str, answer: Sequence[bytes]) -> bytes:
        """Write (blinded, blind_sig) durably; returns what stands, which may be an earlier one."""
        with self._lock:
            self._db.execute(
                "INSERT INTO signed VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING",
                (poll, epoch, number, *answer),
            )
        stored = self.answered(poll, epoch, number, answer[0])
        assert stored is not None  # it was written above, or had been before
        return stored

    def last_epoch(self, poll: bytes) -> int:
        """The last epoch in which something was signed for this poll; 0 where nothing was."""
        with self._lock:
            row = self._db.execute("SELECT max(epoch) FROM signed WHERE poll=?", (poll,))
            return row.fetchone()[0] or 0

    def close_poll(self, poll: bytes) -> None:
        """Remember that issuing for this poll is over for good."""
        with self._lock:
            self._db.execute("INSERT INTO closed VALUES (?) ON CONFLICT DO NOTHING", (poll,))

    def is_closed(self, poll: bytes) -> bool:
        """Whether issuing for this poll is over for good."""
        with self._lock:
            row = self._db.execute("SELECT 1 FROM closed WHERE poll=?", (poll,)).fetchone()
        return row is not None
