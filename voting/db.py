"""The database: durable at every commit, one writer at a time, SQLite or PostgreSQL alike.

`writing()` is one step: it takes the write lock before it reads, so that what a step was decided
on stays true until it commits, and all of it happens or nothing. `reading()` is one snapshot.
What a whole hall does at once has the same two without objects: `together()` and `looking()`
(`voting.statements`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Generic, TypeVar

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from voting import stores
from voting.config import NotSetUp
from voting.rounds import Rounds
from voting.statements import Plain, told

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
    stores.of(engine.dialect).prepare(engine)


_thread = threading.Lock()  # whoever holds it writes


def turn() -> AbstractContextManager[None]:
    """This process's turn to write."""
    return stores.of(db.engine.dialect).turn(db.engine)  # type: ignore[no-any-return]


@contextmanager
def writing() -> Iterator[Session]:
    """One step's transaction; commits at the end, rolls back on any exception."""
    with _thread, turn(), Session(db.engine) as session:
        session.connection(execution_options=_IMMEDIATE)
        plain = Plain.of(session)
        yield session
        session.commit()
        stores.of(plain.dialect).confirm(plain.driver)


def attempt(plain: Plain, name: str, work: Callable[[], None]) -> Exception | None:
    """Do the work within a transaction; the error that it raised, having left nothing behind.

    `name` is that of the savepoint, which no other around it may have.

    A full disk or a lost connection may end the whole transaction, with what was written before:
    then it raises, because all of that has to hear of it.
    """
    plain.run(f"SAVEPOINT {name}")
    failure = None
    try:
        work()
    except Exception as error:
        if not stores.of(plain.dialect).goes_on(plain.driver):
            raise
        plain.run(f"ROLLBACK TO SAVEPOINT {name}")
        failure = error
    plain.run(f"RELEASE SAVEPOINT {name}")
    return failure


class _Step(Generic[T]):
    """Work that waits for a transaction, and what came of it."""

    def __init__(self, work: Callable[[Plain], T]) -> None:
        self._work = work
        self._value: T | None = None
        self.error: BaseException | None = RuntimeError("this step was not taken")

    def take(self, plain: Plain) -> None:
        """Do the work."""
        self.error = attempt(plain, "step", lambda: self._do(plain))

    def _do(self, plain: Plain) -> None:
        self._value = self._work(plain)

    def result(self) -> T:
        """What the work returned, or raised."""
        if self.error:
            raise self.error
        return self._value  # type: ignore[return-value]


def together(work: Callable[[Plain], T]) -> T:
    """One step whose commit is shared with the steps that wait beside it, all or nothing each.

    Returns (or raises) what the work did, after it is durable. A disk that syncs 300 times a second
    takes 300 ballots a second one by one, and thousands this way.
    """
    mine = _Step(work)
    _rounds.join(mine)
    return mine.result()


def _commit_all(take: Callable[[], list[_Step[Any]]]) -> None:
    steps: list[_Step[Any]] = []
    try:
        with _thread, _plain() as plain, turn():
            stores.of(plain.dialect).begin(plain)
            steps = take()
            for step in steps:
                step.take(plain)
            plain.commit()
            stores.of(plain.dialect).confirm(plain.driver)
    except BaseException as error:
        for step in steps:
            step.error = error  # committed together, or not at all
        raise


_rounds = Rounds(_commit_all)


@contextmanager
def _plain() -> Iterator[Plain]:
    """A connection of the pool; what was not committed at the end is rolled back.

    Without SQLAlchemy's own around it, which would cost as much as the statements.
    """
    engine = db.engine
    try:
        pooled = engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        raise told(engine.dialect, error) from None
    try:
        yield Plain(pooled.dbapi_connection, engine.dialect)
    except DBAPIError as error:
        if error.connection_invalidated:  # the others of the pool lead nowhere either
            pooled.invalidate(error)
            engine.dispose()
        raise
    finally:
        pooled.close()


@contextmanager
def reading() -> Iterator[Session]:
    """One consistent snapshot; nothing is written."""
    with Session(db.engine.execution_options(**stores.of(db.engine.dialect).READS)) as session:
        yield session


@contextmanager
def looking() -> Iterator[Plain]:
    """A snapshot a statement, at a quarter of the cost."""
    with _plain() as plain:
        yield plain


def sweep() -> bool:
    """Rewrite what the database keeps so that nothing in it tells an order of arrival.

    Run after the freeze and after closing, and again at every start: a step that was cut between
    its commit and its sweep is swept then. False where somebody was in the way for longer than a
    moment.
    """
    return stores.of(db.engine.dialect).sweep(db.engine)  # type: ignore[no-any-return]


def surely(done: Callable[[], bool]) -> None:
    """Do it now or, where it does not come about, once a second in the background until it does."""
    if not _tried(done):
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        threading.Thread(target=_keep_trying, args=(app, done), daemon=True).start()


def _tried(done: Callable[[], bool]) -> bool:
    try:
        return done()
    except (DBAPIError, NotSetUp):  # one that is away comes back, or another in its place
        return False


def _keep_trying(app: Flask, done: Callable[[], bool]) -> None:
    with app.app_context():
        while not _tried(done):
            time.sleep(1)
