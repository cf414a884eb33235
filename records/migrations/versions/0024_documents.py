"""Prints counted for each document, the company's seals, signatures by what they mean and when"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.triggers import append_only

revision = "0024_documents"
down_revision = "0021_udid"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("voucher_print", sa.Column("document", sa.String(), nullable=False, server_default=""))
    op.add_column("voucher_print", sa.Column("record", sa.Text(), nullable=True))
    op.create_index("ix_signature_meaning", "signature", ["meaning", "at"])
    op.create_table(
        "company_seal",
        sa.Column("id", KEY, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("company", "kind", "file_sha256", "since", "set_by")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_company_seal_since", "company_seal", ["company", "kind", "since"])
    append_only(op.get_bind(), "company_seal")
