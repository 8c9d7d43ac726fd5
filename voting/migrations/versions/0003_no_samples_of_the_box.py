"""PostgreSQL samples tables at moments of its own: which ballots had come by then is an order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """No statistics of the box's columns, neither by the server itself nor when a person asks."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    for table in ("ballot", "roll_line"):
        op.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        for column in sa.inspect(bind).get_columns(table):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column['name']} SET STATISTICS 0")
