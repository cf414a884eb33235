"""Tasks that a person put off, and when somebody last urged a task"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_talk"
down_revision = "0010_deputies"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "snooze",
        *(_text(name) for name in ("account", "task_id", "company", "until", "set_at")),
        sa.ForeignKeyConstraint(["account"], ["account.username"]),
        sa.PrimaryKeyConstraint("account", "task_id"),
    )
    op.create_index("ix_snooze_until", "snooze", ["account", "until"])
    op.create_table(
        "urge",
        *(_text(name) for name in ("task_id", "by", "company", "at")),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["account.username"]),
        sa.PrimaryKeyConstraint("task_id", "by"),
    )
