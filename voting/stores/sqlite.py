"""SQLite in WAL mode: durable at every commit, one writer at a time."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

from voting.statements import Plain

_PRAGMAS = (
    "busy_timeout=15000",
    "journal_mode=WAL",
    "synchronous=FULL",  # what was acknowledged is durable
    "secure_delete=ON",  # what was removed leaves no bytes in freed pages
    "foreign_keys=ON",
    "temp_store=MEMORY",  # no order in temporary files
)

READS: Final[Mapping[str, Any]] = {}  # every transaction is a snapshot


def prepare(engine: Engine) -> None:
    """Set up every connection of `engine`, and let SQLAlchemy say when a transaction begins."""
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def begin(plain: Plain) -> None:
    """Begin a step: nobody else writes until it has ended."""
    plain.run("BEGIN IMMEDIATE")


def goes_on(connection: sqlite3.Connection) -> bool:
    """Whether its transaction still stands: on a full or broken disk SQLite gives it up."""
    return connection.in_transaction


def confirm(_connection: sqlite3.Connection) -> None:
    """A commit that returned is on the disk."""


@contextmanager
def turn(engine: Engine) -> Iterator[None]:
    """This process's turn to write; whoever waits is woken when it comes.

    SQLite would let them look again after pauses of up to 100 ms: a hall that votes at once would
    mostly sleep.
    """
    file = os.open(f"{engine.url.database}.turn", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def sweep(engine: Engine) -> bool:
    """Rewrite the file in key order and empty the WAL; False where somebody was in the way.

    The WAL is emptied first as well, because the first frame of an empty one clears the page
    numbers that its index (`-shm`) still lists in order.
    """
    connection = sqlite3.connect(str(engine.url.database), isolation_level=None)
    try:
        for pragma in (*_PRAGMAS, "busy_timeout=2000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("VACUUM")
        (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
