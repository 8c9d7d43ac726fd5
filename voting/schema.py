"""The tables' versions: `voting/migrations` leads from any of them to the one that this code knows.

There is no way back: nothing that was kept is ever removed. Whoever must go back restores a backup.
"""

from __future__ import annotations

from pathlib import Path

import flask_migrate
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate
from sqlalchemy import inspect

from voting import db
from voting.config import NotSetUp

FOLDER = Path(__file__).with_name("migrations")
FIRST = "0001"  # what instances have that were made before versions were written down


def install(app: Flask) -> None:
    """Let `flask db` and the functions below find the migrations."""
    Migrate(app, db.db, directory=str(FOLDER))


def upgrade() -> None:
    """Bring the database, which may be empty, to this version; all of it happens or nothing."""
    tables = inspect(db.db.engine).get_table_names()
    if tables and "alembic_version" not in tables:
        flask_migrate.stamp(revision=FIRST)
    flask_migrate.upgrade()


def check() -> None:
    """`NotSetUp` where the database is of another version than this code."""
    with db.db.engine.connect() as connection:
        version = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory(str(FOLDER)).get_current_head()
    if version != newest:
        raise NotSetUp(
            f"the database is of version {version or FIRST}, the program of {newest}: make a "
            "backup, then run `python -m voting.cli upgrade` (docs/operations.md)"
        )
