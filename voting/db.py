"""The database: durable at every commit, one writer at a time, SQLite or PostgreSQL alike.

`writing()` is one step: it takes the write lock before it reads, so that what a step was decided
on stays true until it commits, and all of it happens or nothing. `reading()` is one snapshot.
What a whole hall does at once has the same two without objects: `together()` and `looking()`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType
from typing import Any, Generic, TypeVar

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData
from sqlalchemy.orm import DeclarativeBase, Session

from voting.stores import postgres, sqlite

T = TypeVar("T")


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

_IMMEDIATE = {"immediate": True}  # the stores take the write lock when such a transaction begins


def prepare(engine: Engine) -> None:
    """Set up every connection of `engine`, once."""
    _store(engine).prepare(engine)


def _store(engine: Engine) -> ModuleType:
    return sqlite if engine.dialect.name == "sqlite" else postgres


_thread = threading.Lock()  # whoever holds it writes, or lets waiting steps be written


def turn() -> AbstractContextManager[None]:
    """This process's turn to write."""
    return _store(db.engine).turn(db.engine)  # type: ignore[no-any-return]


@contextmanager
def writing() -> Iterator[Session]:
    """One step's transaction; commits at the end, rolls back on any exception."""
    with _thread, turn(), Session(db.engine) as session:
        session.connection(execution_options=_IMMEDIATE)
        yield session
        session.commit()


def _goes_on(connection: Connection) -> bool:
    return _store(db.engine).goes_on(connection.connection.dbapi_connection)  # type: ignore[no-any-return]


class _Step(Generic[T]):
    """Work that waits for a transaction, and what came of it."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work = work
        self._value: T | None = None
        self._error: BaseException | None = None
        self.over = False

    def take(self, connection: Connection) -> None:
        """Do the work within a savepoint: what it refuses leaves nothing behind.

        A full disk or a lost connection may end the whole transaction, with what the steps before
        wrote: then all of them have to hear of it.
        """
        connection.exec_driver_sql("SAVEPOINT step")
        try:
            self._value = self._work(connection)
        except Exception as error:
            if connection.invalidated or not _goes_on(connection):
                raise
            self._error = error
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT step")
        connection.exec_driver_sql("RELEASE SAVEPOINT step")

    def end(self, error: BaseException | None = None) -> None:
        """The transaction is committed, or came to nothing."""
        self._error = error or self._error
        self.over = True

    def result(self) -> T:
        """What the work returned, or raised."""
        if self._error:
            raise self._error
        return self._value  # type: ignore[return-value]


_waiting: list[_Step[Any]] = []


def together(work: Callable[[Connection], T]) -> T:
    """One step whose commit is shared with the steps that wait beside it, all or nothing each.

    Returns (or raises) what the work did, after it is durable. A disk that syncs 300 times a second
    takes 300 ballots a second one by one, and thousands this way.
    """
    mine = _Step(work)
    _waiting.append(mine)
    with _thread:
        if not mine.over:
            with turn():
                _commit_all()
    return mine.result()


def _commit_all() -> None:
    steps = [_waiting.pop(0) for _ in range(len(_waiting))]
    error: BaseException | None = None
    try:
        with db.engine.connect().execution_options(**_IMMEDIATE) as connection, connection.begin():
            for step in steps:
                step.take(connection)
    except BaseException as raised:
        error = raised
        raise
    finally:
        for step in steps:
            step.end(error)


@contextmanager
def reading() -> Iterator[Session]:
    """One consistent snapshot; nothing is written."""
    with Session(db.engine.execution_options(**_store(db.engine).READS)) as session:
        yield session


@contextmanager
def looking() -> Iterator[Connection]:
    """The same for plain statements, which cost a third of what objects do."""
    with db.engine.connect() as connection:
        yield connection


def sweep() -> bool:
    """Rewrite what the database keeps so that nothing in it tells an order of arrival.

    Run after the freeze and after closing, and again at every start: a step that was cut between
    its commit and its sweep is swept then. False where somebody was in the way for longer than a
    moment.
    """
    return _store(db.engine).sweep(db.engine)  # type: ignore[no-any-return]


def sweep_surely() -> None:
    """Sweep now or, where somebody is in the way, in the background until it has been done."""
    if not sweep():
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        threading.Thread(target=_keep_sweeping, args=(app,), daemon=True).start()


def _keep_sweeping(app: Flask) -> None:
    with app.app_context():
        while not sweep():
            time.sleep(1)
