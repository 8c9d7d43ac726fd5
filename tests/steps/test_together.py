"""Steps that share one commit: each all or nothing, none harmed by another, all durable or none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError

from voting import db
from voting.core.errors import Refused
from voting.models.office import LogEntry
from voting.statements import Plain, Statement

PEOPLE = 12
FIRST = 100
INSERT = Statement(insert(LogEntry))


def row(number: int, entry: bytes = b"x") -> dict[str, object]:
    """An entry of the log."""
    return {"seq": FIRST + number, "at": "x", "event": "x", "poll": None, "entry": entry}


def write(number: int) -> Callable[[Plain], int]:
    """A step that writes a row of the log, and then, if its number is odd, refuses."""

    def step(plain: Plain) -> int:
        plain.do(INSERT, **row(number))
        if number % 2:
            raise Refused("odd", "单数不行。")
        return number

    return step


def stored() -> list[int]:
    """The rows that are there."""
    with db.reading() as session:
        rows = select(LogEntry.seq).where(LogEntry.seq >= FIRST).order_by(LogEntry.seq)
        return list(session.scalars(rows))


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

    with ThreadPoolExecutor(len(numbers)) as pool:
        return list(pool.map(act, numbers))


def test_what_one_step_refuses_leaves_nothing_and_harms_nobody(app: Flask) -> None:
    answers = all_at_once(app, range(PEOPLE))
    assert answers == [n if n % 2 == 0 else "odd" for n in range(PEOPLE)]
    assert stored() == list(range(FIRST, FIRST + PEOPLE, 2))


def break_the_commit(plain: Plain) -> int:
    """A step that SQLite finds out to be wrong when it commits."""
    plain.run("PRAGMA defer_foreign_keys=ON")
    plain.run("INSERT INTO check_in VALUES ('no such meeting', '1', x'00', x'00')")
    return 2


def test_nothing_is_acknowledged_whose_commit_failed(app: Flask) -> None:
    answers = one_after_the_other(app, [write(0), break_the_commit, write(4)])
    assert answers == ["FOREIGN KEY constraint failed"] * 3  # they did share
    assert one_after_the_other(app, [write(0), write(4)]) == [0, 4]
    assert stored() == [FIRST, FIRST + 4]


def fill_the_disk(plain: Plain) -> int:
    """A step on which the disk is full: SQLite then gives up the whole transaction by itself."""
    (pages,) = plain.run("PRAGMA page_count").fetchone()
    plain.run(f"PRAGMA max_page_count={pages}")
    try:
        plain.do(INSERT, **row(2, bytes(10**6)))
    finally:
        plain.run("PRAGMA max_page_count=4294967294")
    return 2


def one_after_the_other(app: Flask, steps: list[Callable[[Plain], int]]) -> list[object]:
    """What each was answered that came in this order, while somebody else was writing."""

    def act(step: Callable[[Plain], int]) -> object:
        with app.app_context():
            try:
                return db.together(step)
            except DBAPIError as error:
                return str(error.orig)

    with ThreadPoolExecutor(len(steps)) as pool:
        with db._thread:
            answers = []
            for place, step in enumerate(steps, 1):
                answers.append(pool.submit(act, step))
                while len(db._rounds._waiting) < place:
                    time.sleep(0.001)
        return [answer.result() for answer in answers]


def test_nothing_is_acknowledged_that_went_with_a_full_disk(app: Flask) -> None:
    answers = one_after_the_other(app, [write(0), fill_the_disk, write(4)])
    assert answers == ["database or disk is full"] * 3
    assert one_after_the_other(app, [write(0), write(4)]) == [0, 4]
    assert stored() == [FIRST, FIRST + 4]


def test_a_fault_while_rows_are_fetched_is_told_as_any_other(app: Flask) -> None:
    least = -(2**63)  # which has no absolute value, and comes last
    with db.writing() as session:
        session.execute(insert(LogEntry), [row(0), {**row(0), "seq": least}])
    absolute = Statement(select(func.abs(LogEntry.seq)).order_by(LogEntry.seq.desc()))
    with db.looking() as plain, pytest.raises(DBAPIError, match="integer overflow"):
        plain.rows(absolute)
