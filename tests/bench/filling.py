"""Rows of deputies who are not there, so that a few can be measured in a very large congress.

The product takes rosters of 5,000 at most. The rows have the sizes of real ones and random bytes:
nothing here can be exported or verified.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from voting.core.encoding import b64

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
_ROWS = (
    "INSERT INTO deputy (number, place, name, delegation, seat, card_id, card_key) "
    "SELECT 'f' || i, 100000 + i, '代表' || i, '', '', randomblob(16), randomblob(65) FROM n",
    "INSERT INTO check_in (meeting, number, card_id, sig) "
    "SELECT :meeting, number, card_id, randomblob(64) FROM deputy WHERE place > 100000",
    "INSERT INTO log_entry (seq, at, event, poll, entry) "
    "SELECT :seq + i, :at, 'checked_in', NULL, randomblob(250) FROM n",
    "INSERT INTO log_entry (seq, at, event, poll, entry) "
    "SELECT :seq + :count + i, :at, 'ballot_issued', :name, randomblob(250) FROM n",
    "INSERT INTO issuance (poll, epoch, number, seq, line) "
    "SELECT :poll, 1, 'f' || i, :seq + :count + i, randomblob(1250) FROM n",
    "INSERT INTO roll_line (poll, key_hash, line) "
    "SELECT :hash, randomblob(32), randomblob(700) FROM n",
    "INSERT INTO ballot (poll, key_hash, key, marks, sig, batch) "
    "SELECT :hash, randomblob(32), randomblob(65), '[0]', randomblob(64), 1 FROM n",
)


def fill(instance: Path, poll: int, count: int) -> None:
    """So many more deputies who came, were issued a ballot of this poll, registered and cast it."""
    database = sqlite3.connect(instance / "piaojue.db")
    with database:
        (hash_, meeting) = database.execute(
            "SELECT hash, meeting FROM poll WHERE id = ?", (poll,)
        ).fetchone()
        seq, at = database.execute("SELECT max(seq), max(at) FROM log_entry").fetchone()
        values = {"count": count, "meeting": meeting, "seq": seq, "at": at}
        values |= {"poll": poll, "hash": hash_, "name": b64(hash_)}
        for statement in _ROWS:
            database.execute(_NUMBERS + statement, values)
    database.close()
