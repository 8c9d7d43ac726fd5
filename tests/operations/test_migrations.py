"""An instance of any earlier version comes up to this one, with all that it holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select

from voting import cli, db, schema
from voting.app import create_app
from voting.config import Config, NotSetUp
from voting.models.box import Ballot
from voting.models.office import Congress, Deputy

FIRST = Path(__file__).with_name("first-version.sql")  # the database of such an instance

Make = Callable[[Config], None]


def new(config: Config) -> None:
    """An instance as `init` makes it."""
    cli.fill_instance(config, ("qingshi-18", "青石县人民代表大会", "第十八届"), "admin")


def old(config: Config) -> None:
    """An instance of the first version, upgraded."""
    database = sqlite3.connect(config.database)
    database.executescript(FIRST.read_text("utf-8"))
    database.close()
    with create_app(config).app_context():
        with pytest.raises(NotSetUp, match="cli upgrade"):
            schema.check()  # the server does not start before somebody has brought it up
        schema.upgrade()


def rowids(path: Path) -> dict[str, bool]:
    """Which tables have a rowid, that is, an order of arrival."""
    database = sqlite3.connect(path)
    rows = database.execute("SELECT name, wr FROM pragma_table_list WHERE schema='main'").fetchall()
    database.close()
    return {name: not without for name, without in rows}


@pytest.mark.parametrize("made", [new, old])
def test_migrations_lead_to_what_the_models_say(tmp_path: Path, made: Make) -> None:
    config = Config(tmp_path)
    cli.make_instance(config)
    made(config)
    with create_app(config).app_context():
        schema.check()
        with db.db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, db.db.metadata) == []
        db.db.engine.dispose()
    bare = {
        name
        for name, table in db.db.metadata.tables.items()
        if table.dialect_options["sqlite"].get("with_rowid") is False
    }
    assert {"ballot", "roll_line", "check_in", "issuance"} <= bare
    tables = rowids(config.database)
    assert {name for name in db.db.metadata.tables if not tables[name]} == bare


def test_an_instance_of_the_first_version_keeps_what_it_holds(tmp_path: Path) -> None:
    config = Config(tmp_path)
    cli.make_instance(config)
    old(config)
    with create_app(config).app_context():
        schema.upgrade()  # once more changes nothing
        with db.reading() as session:
            congress = session.scalars(select(Congress)).one()
            assert session.get_one(Deputy, "001").name == "王建国"
            assert session.scalars(select(Ballot.marks)).all() == [b"[0]"]
            assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        db.db.engine.dispose()
    assert congress.name == "青石县人民代表大会"
