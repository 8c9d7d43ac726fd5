"""The database: SQLite in WAL mode, durable at every commit, one writer at a time.

`writing()` is one step: it takes the write lock before it reads, so that what a step was decided
on stays true until it commits, and all of it happens or nothing. `reading()` is one snapshot.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.orm import DeclarativeBase, Session


class Base(DeclarativeBase):
    """The tables' base; constraints are named so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # what was acknowledged is durable
    "secure_delete=ON",  # what was removed leaves no bytes in freed pages
    "foreign_keys=ON",
    "temp_store=MEMORY",  # no order in temporary files
    "busy_timeout=15000",
)


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


@contextmanager
def writing() -> Iterator[Session]:
    """One step's transaction; commits at the end, rolls back on any exception."""
    with Session(db.engine) as session:
        session.connection(execution_options={"immediate": True})
        yield session
        session.commit()


@contextmanager
def reading() -> Iterator[Session]:
    """One consistent snapshot; nothing is written."""
    with Session(db.engine) as session:
        yield session


def sweep() -> None:
    """Rewrite the file in key order and empty the WAL, so that neither tells an order of arrival.

    Run after the freeze and after closing, and again at every start: a step that was cut between
    its commit and its sweep is swept then. The WAL is emptied first as well, because the first
    frame of an empty one clears the page numbers that its index (`-shm`) still lists in order.
    """
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("VACUUM")
        (busy, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:  # a reader stayed longer than the busy timeout: the next sweep does it
            logging.getLogger(__name__).warning("the write-ahead log could not be emptied")
    finally:
        connection.close()
