"""The databases that can hold an instance: SQLite, a file of its own, or PostgreSQL, a server.

Each module gives `voting.db` the same: `prepare(engine)` sets up its connections, `READS` are the
options of a snapshot, `turn(engine)` waits outside of any transaction until this process may write,
`begin(plain)` begins a step, `goes_on(connection)` tells whether a transaction outlived an error,
`confirm(connection)` raises where a commit is less durable than was asked for, and
`sweep(engine)` rewrites what would tell an order of arrival.
"""

from __future__ import annotations

from types import ModuleType

from sqlalchemy import Dialect

from voting.stores import postgres, sqlite


def of(dialect: Dialect) -> ModuleType:
    """The module of the database that speaks so."""
    return sqlite if dialect.name == "sqlite" else postgres
