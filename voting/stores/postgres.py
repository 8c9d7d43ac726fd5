"""PostgreSQL: for a standby that lost nothing, or several web machines on one database.

Steps are decided as on SQLite, one writer at a time: a writer holds an advisory lock from before
it reads until it has committed, and group commits (`voting.db.together`) share it.

A table's heap, the transaction numbers in its rows (`xmin`) and the write-ahead log are all in the
order of casting. The sweep rewrites the box's tables in the order of their keys within one
transaction, and then ends and removes the log's segments. What would keep an order beyond its
reach, the server's settings must not do: every connection looks, and refuses a server that does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from psycopg import Connection as Raw
from psycopg import pq
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from voting.config import NotSetUp

READS: Final[Mapping[str, Any]] = {"isolation_level": "REPEATABLE READ"}
_LOCK = 0x7069616F6A7565  # 'piaojue'; one database serves one congress
_BOX = ("roll_line", "ballot")
_STANDS = (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)

_SETTINGS = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply"),  # durable, here and at a synchronous standby
    "track_commit_timestamp": ("off",),  # would tell when each ballot came
    "archive_mode": ("off",),  # an archived log is the order of casting
    "wal_recycle": ("off",),  # segments are removed, not kept with their old bytes
    "log_statement": ("none",),  # messages hold no statement and no value
    "log_min_duration_statement": ("-1",),
    "log_min_error_statement": ("panic",),
    "log_error_verbosity": ("terse",),
}


def prepare(engine: Engine) -> None:
    """Look at the server of every new connection; take the lock where a step begins to write."""
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: Raw[Any], _record: Any) -> None:
    names = list(_SETTINGS)
    query = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
    found = dict(connection.execute(query, (names,)).fetchall())
    connection.rollback()
    wrong = [name for name in names if found.get(name) not in _SETTINGS[name]]
    if wrong:
        wanted = ", ".join(f"{name} = {_SETTINGS[name][0]}" for name in wrong)
        raise NotSetUp(f"PostgreSQL must be set to {wanted} (docs/postgresql.md)")


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("immediate"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    elif options.get("isolation_level") == READS["isolation_level"]:
        # Before the snapshot is taken: a sweep must not empty the tables for one that is older.
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(_BOX)} IN ACCESS SHARE MODE")


def goes_on(connection: Raw[Any]) -> bool:
    """Whether its transaction can go back to a savepoint: not where the connection is gone."""
    return connection.info.transaction_status in _STANDS


@contextmanager
def turn(_engine: Engine) -> Iterator[None]:
    """Nothing to wait for: the lock is part of the transaction."""
    yield


def sweep(engine: Engine) -> bool:
    """Rewrite the box's tables in key order, as one transaction, and remove the log up to here.

    False where somebody was in the way. A standby removes its own log at its next restart point.
    """
    try:
        with engine.connect().execution_options(immediate=True) as connection, connection.begin():
            connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            for table in _BOX:
                _rewrite(connection, table)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SELECT pg_switch_wal()")
            connection.exec_driver_sql("CHECKPOINT")
    except OperationalError:
        return False
    return True


def _rewrite(connection: Connection, table: str) -> None:
    for statement in (
        f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
        f"CREATE TEMPORARY TABLE swept ON COMMIT DROP AS SELECT * FROM {table}",
        f"TRUNCATE {table}",
        f"INSERT INTO {table} SELECT * FROM swept ORDER BY poll, key_hash",
        "DROP TABLE swept",
    ):
        connection.exec_driver_sql(statement)
