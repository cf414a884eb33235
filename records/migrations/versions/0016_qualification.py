"""Qualification: what was written into files, warnings of papers that end, the kind of a purchaser"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.triggers import append_only

revision = "0016_qualification"
down_revision = "0015_tracing"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("partner", sa.Column("purchaser_type", sa.String(), nullable=True))
    op.create_table(
        "file_effect",
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("effect_key", "company", "kind", "request_sha", "case_id", "at")
        ),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("effect_key"),
    )
    op.create_index("ix_file_effect_case", "file_effect", ["case_id"])
    op.create_table(
        "paper_warning",
        sa.Column("paper", sa.String(), nullable=False),
        sa.Column("valid_until", sa.String(), nullable=False),
        sa.Column("step", BIG, nullable=False),
        sa.Column("effect_key", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("paper", "valid_until", "step"),
    )
    for table in ("file_effect", "paper_warning"):
        append_only(op.get_bind(), table)
