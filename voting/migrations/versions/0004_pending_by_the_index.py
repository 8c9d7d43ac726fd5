"""What is pending is counted at every cast: the index alone has to tell it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """The index has `batch` in it; SQLite otherwise counts by the whole table."""
    pending = sa.text("batch IS NULL")
    op.drop_index("ix_ballot_pending", "ballot")
    op.create_index(
        "ix_ballot_pending",
        "ballot",
        ["poll", "batch", "key_hash"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
