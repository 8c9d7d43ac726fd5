"""The tables as the first version had them: what stands here never changes again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them in an empty database."""
    op.create_table(
        "ballot",
        sa.Column("poll", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(length=65), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.Column("sig", sa.LargeBinary(length=64), nullable=False),
        sa.Column("batch", sa.Integer()),
        sa.PrimaryKeyConstraint("poll", "key_hash", name="pk_ballot"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ballot_count", "ballot", ["poll", "key_hash"])
    op.create_index(
        "ix_ballot_pending",
        "ballot",
        ["poll", "key_hash"],
        sqlite_where=sa.text("batch IS NULL"),
        postgresql_where=sa.text("batch IS NULL"),
    )

    op.create_table(
        "congress",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("session", sa.String(length=128), nullable=False),
        sa.Column("log_key", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_congress"),
    )
    op.create_table(
        "deputy",
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("delegation", sa.String(length=128), nullable=False),
        sa.Column("seat", sa.String(length=64), nullable=False),
        sa.Column("card_id", sa.LargeBinary(length=16)),
        sa.Column("card_key", sa.LargeBinary(length=65)),
        sa.PrimaryKeyConstraint("number", name="pk_deputy"),
        sa.UniqueConstraint("card_id", name="uq_deputy_card_id"),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_checkpoint"),
    )
    op.create_table(
        "log_entry",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("poll", sa.String(length=43)),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_log_entry"),
    )
    op.create_index("ix_log_entry_poll_event", "log_entry", ["poll", "event", "seq"])

    op.create_table(
        "meeting",
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_meeting"),
        sa.UniqueConstraint("id", name="uq_meeting_id"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.Integer(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("login", name="uq_person_login"),
    )
    op.create_table(
        "roll_line",
        sa.Column("poll", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("poll", "key_hash", name="pk_roll_line"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_roll_line_count", "roll_line", ["poll", "key_hash"])

    op.create_table(
        "witness",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_witness"),
        sa.UniqueConstraint("key", name="uq_witness_key"),
    )
    op.create_table(
        "check_in",
        sa.Column("meeting", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("card_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sig", sa.LargeBinary(length=64), nullable=False),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.id"], name="fk_check_in_meeting_meeting"),
        sa.PrimaryKeyConstraint("meeting", "number", name="pk_check_in"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_check_in_card", "check_in", ["meeting", "card_id"])

    op.create_table(
        "cosignature",
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("witness", sa.String(length=64), nullable=False),
        sa.Column("line", sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(
            ["size"], ["log_checkpoint.size"], name="fk_cosignature_size_log_checkpoint"
        ),
        sa.ForeignKeyConstraint(["witness"], ["witness.id"], name="fk_cosignature_witness_witness"),
        sa.PrimaryKeyConstraint("size", "witness", name="pk_cosignature"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fleet_count",
        sa.Column("meeting", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("failed", sa.String(length=256), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.id"], name="fk_fleet_count_meeting_meeting"),
        sa.PrimaryKeyConstraint("meeting", "version", "failed", name="pk_fleet_count"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "poll",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("follows", sa.LargeBinary(length=32)),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("seats", sa.Integer()),
        sa.Column("reserve", sa.Integer(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32)),
        sa.Column("definition", sa.LargeBinary()),
        sa.Column("roster", sa.LargeBinary()),
        sa.Column("defined_seq", sa.Integer()),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("window_opened", sa.Integer()),
        sa.Column("checked_in", sa.Integer()),
        sa.Column("result", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["meeting"], ["meeting.id"], name="fk_poll_meeting_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_poll"),
        sa.UniqueConstraint("hash", name="uq_poll_hash"),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("poll", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_approval_person_person"),
        sa.ForeignKeyConstraint(["poll"], ["poll.id"], name="fk_approval_poll_poll"),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        sa.UniqueConstraint("poll", "step", "person", name="uq_approval_poll"),
    )
    op.create_table(
        "hall_screen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("poll", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["poll"], ["poll.id"], name="fk_hall_screen_poll_poll"),
        sa.PrimaryKeyConstraint("id", name="pk_hall_screen"),
    )
    op.create_table(
        "hand_over",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("poll", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=128), nullable=False),
        sa.Column("medium", sa.String(length=128), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["poll"], ["poll.id"], name="fk_hand_over_poll_poll"),
        sa.PrimaryKeyConstraint("id", name="pk_hand_over"),
    )
    op.create_table(
        "issuance",
        sa.Column("poll", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["poll"], ["poll.id"], name="fk_issuance_poll_poll"),
        sa.ForeignKeyConstraint(["seq"], ["log_entry.seq"], name="fk_issuance_seq_log_entry"),
        sa.PrimaryKeyConstraint("poll", "epoch", "number", name="pk_issuance"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_issuance_epoch", "issuance", ["poll", "epoch"])

    op.create_table(
        "paper_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("poll", sa.Integer(), nullable=False),
        sa.Column("checked_in", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.String(length=20), nullable=False),
        sa.Column("opened_by", sa.JSON(), nullable=False),
        sa.Column("ended", sa.String(length=16), nullable=False),
        sa.Column("ended_at", sa.String(length=20), nullable=False),
        sa.Column("ended_by", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["poll"], ["poll.id"], name="fk_paper_vote_poll_poll"),
        sa.PrimaryKeyConstraint("id", name="pk_paper_vote"),
    )
    op.create_table(
        "project",
        sa.Column("poll", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["poll"], ["poll.id"], name="fk_project_poll_poll"),
        sa.PrimaryKeyConstraint("poll", "place", name="pk_project"),
    )
    op.create_table(
        "replaced_card",
        sa.Column("poll", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["poll"], ["poll.id"], name="fk_replaced_card_poll_poll"),
        sa.PrimaryKeyConstraint("poll", "card_id", name="pk_replaced_card"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "paper_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vote", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_paper_entry_person_person"),
        sa.ForeignKeyConstraint(["vote"], ["paper_vote.id"], name="fk_paper_entry_vote_paper_vote"),
        sa.PrimaryKeyConstraint("id", name="pk_paper_entry"),
        sa.UniqueConstraint("vote", "attempt", "role", name="uq_paper_entry_vote"),
    )
