"""How Alembic meets the database: one transaction for the whole way, or nothing of it.

SQLite changes a table by making another and dropping the first, so foreign keys are looked at once
all is done and not meanwhile.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection

from voting.db import db


def bring_up(connection: Connection) -> None:
    """Run what lies between the database's version and the one that is asked for."""
    raw: Any = connection.connection.driver_connection
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        raw.execute("PRAGMA foreign_keys=OFF")  # says nothing once a transaction has begun
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        transactional_ddl=True,
        render_as_batch=True,
        user_module_prefix="sa.",
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
            if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise RuntimeError("a migration left rows that point nowhere; nothing was changed")
    finally:
        if sqlite:
            raw.execute("PRAGMA foreign_keys=ON")


with db.engine.connect().execution_options(immediate=True) as engine_connection:
    bring_up(engine_connection)
