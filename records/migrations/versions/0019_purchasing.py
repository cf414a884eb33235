"""What places a purchase order, and how it ends"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019_purchasing"
down_revision = "0018_vouchers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("effect_key", "case_id", "expected_on", "ended_on"):
        op.add_column("purchase_order", sa.Column(name, sa.String(), nullable=True))
    for name, value in (("kind", "purchase"), ("contract_no", ""), ("end_reason", "")):
        op.add_column("purchase_order", sa.Column(name, sa.String(), nullable=False, server_default=value))
    op.create_index("uq_purchase_order_effect_key", "purchase_order", ["effect_key"], unique=True)
    op.create_index("ix_purchase_order_contract", "purchase_order", ["contract_no"])
