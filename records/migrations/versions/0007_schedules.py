"""Periodic SOPs and what became of each period"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_schedules"
down_revision = "0006_calendars"
branch_labels = None
depends_on = None


def _text(name: str, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=null)


def _json(name: str, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=null)


def upgrade() -> None:
    op.create_table(
        "schedule",
        *map(_text, "company site mode key".split()),
        _json("title"),
        *map(_text, "process versions".split()),
        _json("rhythm"),
        _json("start"),
        *map(_text, "overlap owner".split()),
        sa.Column("catch_up_days", sa.Integer(), nullable=False),
        *map(_text, "state why watched_from".split()),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("mirrored_rev", sa.Integer(), nullable=False),
        _text("mirrored_until", null=True),
        *map(_text, "changed_by changed_at".split()),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "schedule_run",
        *map(_text, "company site mode schedule period begins outcome".split()),
        _text("case_id", null=True),
        _json("said", null=True),
        *map(_text, "done_by at".split()),
        sa.PrimaryKeyConstraint("schedule", "period"),
    )
    op.create_index("ix_schedule_run_begins", "schedule_run", ["schedule", "begins"])
