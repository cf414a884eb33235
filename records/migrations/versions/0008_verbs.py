"""What only some steps and tasks have, notices to people, the parent of a case, and who opened a task"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_verbs"
down_revision = "0007_schedules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, name in (
        ("case_step", "more"),
        ("task", "more"),
        ("notice", "people"),
        ("case_row", "parent"),
    ):
        op.add_column(table, sa.Column(name, sa.Text(), nullable=True))
    op.add_column("notice", sa.Column("kind", sa.String(), nullable=True))
    op.create_table(
        "task_seen",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("task_id", "account", "company", "at")),
        sa.PrimaryKeyConstraint("task_id", "account"),
    )
