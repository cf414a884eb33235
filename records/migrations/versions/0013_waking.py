"""Cases called back after their end"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013_waking"
down_revision = "0012_migrations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waking",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("lease", sa.String(), nullable=False),
        sa.Column("until", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
