"""Steps that share one commit: each all or nothing, none harmed by another, all durable or none."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, event, insert, select
from sqlalchemy.exc import OperationalError

from voting import cli, db
from voting.app import create_app
from voting.config import Config
from voting.core.errors import Refused
from voting.models.office import LogEntry

PEOPLE = 12
FIRST = 100


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """A server on a new instance."""
    config = Config(tmp_path)
    cli.make_instance(config)
    cli.fill_instance(config, ("qingshi-18", "青石县人民代表大会", "第十八届"), "root")
    made = create_app(config)
    with made.app_context():
        yield made
        db.db.engine.dispose()


def write(number: int) -> Callable[[Connection], int]:
    """A step that writes a row of the log, and then, if its number is odd, refuses."""

    def step(connection: Connection) -> int:
        at = datetime.now(UTC).isoformat()[:20]
        row = {"seq": FIRST + number, "at": at, "event": "x", "poll": None, "entry": b"x"}
        connection.execute(insert(LogEntry), row)
        if number % 2:
            raise Refused("odd", "单数不行。")
        return number

    return step


def all_at_once(app: Flask, numbers: range) -> list[int | str]:
    """Everybody waits for everybody, then all take their step."""
    gate = threading.Barrier(len(numbers))

    def act(number: int) -> int | str:
        with app.app_context():
            gate.wait()
            try:
                return db.together(write(number))
            except Refused as refused:
                return refused.code
            except sqlite3.OperationalError as error:
                return str(error)

    with ThreadPoolExecutor(len(numbers)) as pool:
        return list(pool.map(act, numbers))


def test_what_one_step_refuses_leaves_nothing_and_harms_nobody(app: Flask) -> None:
    answers = all_at_once(app, range(PEOPLE))
    assert answers == [n if n % 2 == 0 else "odd" for n in range(PEOPLE)]
    with db.reading() as session:
        rows = select(LogEntry.seq).where(LogEntry.seq >= FIRST).order_by(LogEntry.seq)
        stored = list(session.scalars(rows))
    assert stored == list(range(FIRST, FIRST + PEOPLE, 2))


def test_nothing_is_acknowledged_whose_commit_failed(app: Flask) -> None:
    commits = []

    @event.listens_for(db.db.engine, "commit")
    def fail(_connection: object) -> None:
        commits.append(1)
        if len(commits) == 1:
            raise sqlite3.OperationalError("disk is full")

    answers = all_at_once(app, range(0, 2 * PEOPLE, 2))
    with db.reading() as session:
        rows = select(LogEntry.seq).where(LogEntry.seq >= FIRST)
        stored = {seq - FIRST for seq in session.scalars(rows)}
    assert "disk is full" in answers
    assert {answer for answer in answers if answer != "disk is full"} == stored
    assert len(commits) < PEOPLE  # they did share


def fill_the_disk(connection: Connection) -> int:
    """A step on which the disk is full: SQLite then gives up the whole transaction by itself."""
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    row = {"seq": FIRST + 2, "at": "x", "event": "x", "poll": None, "entry": bytes(10**6)}
    try:
        connection.execute(insert(LogEntry), row)
    finally:
        connection.exec_driver_sql("PRAGMA max_page_count=4294967294")
    return 2


def one_after_the_other(app: Flask, steps: list[Callable[[Connection], int]]) -> list[object]:
    """What each was answered that came in this order, while somebody else was writing."""

    def act(step: Callable[[Connection], int]) -> object:
        with app.app_context():
            try:
                return db.together(step)
            except OperationalError as error:
                return str(error.orig)

    with ThreadPoolExecutor(len(steps)) as pool:
        with db._thread:
            answers = []
            for place, step in enumerate(steps, 1):
                answers.append(pool.submit(act, step))
                while len(db._waiting) < place:
                    time.sleep(0.001)
        return [answer.result() for answer in answers]


def test_nothing_is_acknowledged_that_went_with_a_full_disk(app: Flask) -> None:
    answers = one_after_the_other(app, [write(0), fill_the_disk, write(4)])
    assert all(isinstance(answer, str) for answer in answers)
    assert one_after_the_other(app, [write(0), write(4)]) == [0, 4]
    with db.reading() as session:
        rows = select(LogEntry.seq).where(LogEntry.seq >= FIRST).order_by(LogEntry.seq)
        assert list(session.scalars(rows)) == [FIRST, FIRST + 4]
