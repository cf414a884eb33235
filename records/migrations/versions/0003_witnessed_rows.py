"""Accounts, posts and master data are witnessed by the admin stream; answers to repeated requests are kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel import Session

from records import witness

revision = "0003_witnessed_rows"
down_revision = "0002_stock"
branch_labels = None
depends_on = None

WATCHED = (
    "company site department account role_grant api_token device partner credential credential_scope qualification "
    "product product_di purchase_order purchase_order_line warehouse location definition_version".split()
)


def upgrade() -> None:
    op.create_table(
        "request_repeat",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("body_sha", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_request_repeat_at", "request_repeat", ["at"])
    # What stands here before anybody watched is taken as it is, once.
    kept = sa.MetaData()
    connection = op.get_bind()
    kept.reflect(connection, only=WATCHED)
    with Session(connection) as session:
        witness.baseline(session, [kept.tables[name] for name in WATCHED])
        session.flush()
