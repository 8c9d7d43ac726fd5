"""Wrong passwords from devices where the official has logged in before are counted apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Everybody begins with none."""
    for name in ("known_failures", "known_until"):
        op.add_column("person", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
