"""Working-time calendars: weeks, days, confirmed years, and what running cases were told"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_calendars"
down_revision = "0005_staff"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False)


def _json(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "calendar_week",
        *map(_text, "company site".split()),
        _json("week"),
        *map(_text, "reason set_by set_at".split()),
        sa.PrimaryKeyConstraint("company", "site"),
    )
    op.create_table(
        "calendar_day",
        *map(_text, "company site day".split()),
        _json("hours"),
        *map(_text, "reason set_by set_at".split()),
        sa.PrimaryKeyConstraint("company", "site", "day"),
    )
    op.create_table(
        "calendar_year",
        _text("company"),
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        *map(_text, "source confirmed_by confirmed_at".split()),
        sa.PrimaryKeyConstraint("company", "year"),
    )
    op.create_table(
        "calendar_told",
        *map(_text, "company site sha256 at".split()),
        sa.PrimaryKeyConstraint("company", "site"),
    )
