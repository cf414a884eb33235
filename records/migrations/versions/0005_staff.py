"""Records of persons for their posts, and training plans"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_staff"
down_revision = "0004_outbox"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "training_plan",
        sa.Column("id", BIG, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("planned_on", sa.String(), nullable=False),
        sa.Column("posts", sa.Text(), nullable=False),
        sa.Column("trainer", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("held_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["site.key"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_training_plan_site", "training_plan", ["site"])
    op.create_table(
        "staff_record",
        sa.Column("id", BIG, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("score", sa.String(), nullable=False),
        sa.Column("on_date", sa.String(), nullable=False),
        sa.Column("valid_until", sa.String(), nullable=True),
        sa.Column("site", sa.String(), nullable=True),
        sa.Column("plan", BIG, nullable=True),
        sa.Column("file_sha256", sa.String(), nullable=True),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.String(), nullable=False),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_at", sa.String(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.username"]),
        sa.ForeignKeyConstraint(["site"], ["site.key"]),
        sa.ForeignKeyConstraint(["plan"], ["training_plan.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_staff_record_account", "staff_record", ["account", "on_date"])
    op.create_index("ix_staff_record_until", "staff_record", ["valid_until"])
