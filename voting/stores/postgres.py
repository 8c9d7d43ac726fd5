"""PostgreSQL: for a standby that lost nothing, or several web machines on one database.

Steps are decided as on SQLite, one writer at a time: a writer holds an advisory lock from before
it reads until it has committed, and group commits (`voting.db.together`) share it.

A table's heap, the transaction numbers in its rows (`xmin`) and the write-ahead log are all in the
order of casting. The sweep rewrites the box's tables in the order of their keys within one
transaction, and then ends and removes the log's segments. What would keep an order beyond its
reach, the server's settings must not do: every connection looks, and refuses a server that does.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final
from weakref import WeakSet, ref

from psycopg import Connection as Raw
from psycopg import pq
from psycopg.errors import Diagnostic
from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.exc import OperationalError

from voting.config import NotSetUp
from voting.statements import Plain, hide_values

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
    "wal_keep_size": ("0",),  # and not kept for a standby that may come
    "log_statement": ("none",),  # messages hold no statement and no value
    "log_min_duration_statement": ("-1",),
    "log_min_duration_sample": ("-1",),
    "log_transaction_sample_rate": ("0",),
    "log_min_error_statement": ("panic",),
    "log_error_verbosity": ("terse",),
}

# A machine without power says no goodbye. Here is heard of it within ten seconds, so that the hall
# goes on at the standby; there, within as long, so that a writer that is gone holds no lock.
_ALIVE = {
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_PATIENCE = "10s"  # between two statements of a writer

# The message goes into the log, so that the commit waits for the standby even where a step changes
# nothing: a ballot that is sent again may be one that only this machine has.
_BEGIN = """
    SELECT pg_advisory_xact_lock(%s),
        set_config('idle_in_transaction_session_timeout', %s, true),
        pg_logical_emit_message(true, 'piaojue', '')
"""


def prepare(engine: Engine) -> None:
    """Look at the server of every new connection; take the lock where a step begins to write."""
    event.listen(engine, "do_connect", _before_connect)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    event.listen(engine, "handle_error", _on_error)


def _before_connect(_dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
    options.update(_ALIVE)


_warned: WeakSet[Raw[Any]] = WeakSet()  # connections on whose last statement there was a warning


def _on_connect(connection: Raw[Any], _record: Any) -> None:
    connection.add_notice_handler(partial(_on_notice, ref(connection)))
    if not (_is_beside(connection.info.host) or connection.pgconn.ssl_in_use):
        raise NotSetUp("PostgreSQL on another machine must be spoken to over TLS")
    names = list(_SETTINGS)
    query = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
    found = dict(connection.execute(query, (names,)).fetchall())
    connection.rollback()
    wrong = [name for name in names if found.get(name) not in _SETTINGS[name]]
    if wrong:
        wanted = ", ".join(f"{name} = {_SETTINGS[name][0]}" for name in wrong)
        raise NotSetUp(f"PostgreSQL must be set to {wanted} (docs/postgresql.md)")


def _on_notice(connection: ref[Raw[Any]], notice: Diagnostic) -> None:
    warned = connection()
    if warned is not None and notice.severity_nonlocalized == "WARNING":
        _warned.add(warned)


def _on_error(context: ExceptionContext) -> None:
    """Logs get the whole chain of errors: none of them may quote a row."""
    hide_values(context.original_exception)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = context.original_exception.args


def _is_beside(host: str) -> bool:
    """Whether what is said to that host (or socket) is heard by nobody but this machine."""
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, which may be anybody's
        return False


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("immediate"):
        connection.exec_driver_sql(_BEGIN, (_LOCK, _PATIENCE))
    elif options.get("isolation_level") == READS["isolation_level"]:
        # Before the snapshot is taken: a sweep must not empty the tables for one that is older.
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(_BOX)} IN ACCESS SHARE MODE")


def begin(plain: Plain) -> None:
    """Begin a step: nobody else writes until it has ended."""
    plain.run(_BEGIN, (_LOCK, _PATIENCE))


def goes_on(connection: Raw[Any]) -> bool:
    """Whether its transaction can go back to a savepoint: not where the connection is gone."""
    return connection.info.transaction_status in _STANDS


def confirm(connection: Raw[Any]) -> None:
    """Raise where the server warned of a commit: the standby was not waited for."""
    if connection in _warned:
        _warned.discard(connection)
        raise OperationalError(None, None, Warning("the commit may be on this machine only"))


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
