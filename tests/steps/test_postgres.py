"""Steps on PostgreSQL when a machine or a connection is lost, and what the server samples."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine, insert
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.postgres import Cluster
from tests.world import wait_until
from voting import cli, db, schema
from voting.app import create_app
from voting.config import Config, NotSetUp
from voting.models.box import RollLine
from voting.statements import Plain
from voting.stores import postgres as store

NAME = "steps"


@pytest.fixture(scope="module")
def app(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A server on a new database."""
    config = Config(tmp_path_factory.mktemp(NAME), postgres=postgres.make_database(NAME))
    cli.make_instance(config)
    made = create_app(config)
    with made.app_context():
        schema.upgrade()
        yield made
        db.db.engine.dispose()


def lose_the_connection(plain: Plain) -> None:
    """A step in which the database goes away."""
    plain.run("SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_connection_lost_within_a_step_is_a_database_that_is_away(app: Flask) -> None:
    with pytest.raises(OperationalError):  # answered 503, which tablets repeat
        db.together(lose_the_connection)
    assert db.together(lambda plain: plain.run("SELECT 1").fetchone()) == (1,)


def test_a_writer_that_is_gone_does_not_keep_the_turn(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.db.engine.connect().execution_options(immediate=True) as gone:
        monkeypatch.setattr(store, "_PATIENCE", "100ms")
        gone.begin()
        assert db.together(lambda _plain: "went on") == "went on"
        gone.invalidate()


def test_a_ballot_that_is_sent_again_waits_for_the_standby_too(
    app: Flask, postgres: Cluster
) -> None:
    """It may be one that only this machine has: nothing is written, and still it is a promise.

    Where somebody ends the wait, PostgreSQL warns and calls the commit done; we do not.
    """

    def set_standbys(names: str) -> None:
        postgres.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        postgres.ask("SELECT pg_reload_conf()")
        wait_until(lambda: postgres.ask("SHOW synchronous_standby_names") == [(names,)])

    seen = threading.Event()
    refused = []

    def again() -> None:
        with app.app_context():
            while not seen.is_set():  # the server takes a moment to wait for its standbys
                try:
                    db.together(lambda plain: plain.run("SELECT 1").fetchone())
                except OperationalError as error:
                    refused.append(error)

    set_standbys("away")
    asking = threading.Thread(target=again)
    asking.start()
    try:
        waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        wait_until(lambda: bool(postgres.ask(f"SELECT 1 {waiting}")))
        postgres.ask(f"SELECT pg_cancel_backend(pid) {waiting}")
        wait_until(lambda: bool(refused))
    finally:
        seen.set()
        set_standbys("")
        asking.join(15)
    assert not asking.is_alive()


SECRET = b"nobody may read this in a log"


def twice(plain: Plain) -> None:
    """A step that a fault of ours has store a ballot twice."""
    for _ in range(2):
        plain.run("INSERT INTO roll_line VALUES (%s, %s, %s)", (SECRET, SECRET, SECRET))


def twice_by_objects() -> None:
    """The same in a step of officials."""
    with db.writing() as session:
        for _ in range(2):
            session.execute(insert(RollLine).values(poll=SECRET, key_hash=SECRET, line=SECRET))


@pytest.mark.parametrize("step", [lambda: db.together(twice), twice_by_objects])
def test_no_error_quotes_the_row_that_was_refused(app: Flask, step: Callable[[], None]) -> None:
    with pytest.raises(IntegrityError) as caught:
        step()
    told = "".join(traceback.format_exception(caught.value))
    assert "duplicate key" in told
    assert SECRET.hex() not in told


def test_ballots_do_not_cross_a_network_in_the_clear(app: Flask, postgres: Cluster) -> None:
    url = db.db.engine.url.set(host=None, query={"host": "elsewhere", "hostaddr": "127.0.0.1"})
    engine = create_engine(url)
    db.prepare(engine)
    with pytest.raises(NotSetUp, match="over TLS"):
        engine.connect()


def test_the_server_samples_nothing_of_the_box(app: Flask, postgres: Cluster) -> None:
    rows = (
        "SELECT sha256(n::text::bytea), sha256(n::text::bytea), '' FROM generate_series(1, 300) n"
    )
    postgres.ask(f"INSERT INTO roll_line {rows}", NAME)
    postgres.ask("ANALYZE roll_line, ballot", NAME)
    sampled = "SELECT count(*) FROM pg_stats WHERE tablename IN ('roll_line', 'ballot')"
    assert postgres.ask(sampled, NAME) == [(0,)]
    (by_itself,) = {
        row[0]
        for row in postgres.ask(
            "SELECT reloptions::text FROM pg_class WHERE relname IN ('roll_line', 'ballot')", NAME
        )
    }
    assert by_itself == "{autovacuum_enabled=off}"
