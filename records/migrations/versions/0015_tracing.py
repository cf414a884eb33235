"""Indexes that tracing reads alone: what went over the border of our places, places by kind, postings by document"""

from __future__ import annotations

from alembic import op

revision = "0015_tracing"
down_revision = "0014_master"
branch_labels = None
depends_on = None

FLOW = ["lot_id", "partner_id", "from_location_id", "to_location_id", "reverses_move_id", "qty", "business_at"]


def upgrade() -> None:
    op.drop_index("ix_stock_move_partner", "stock_move")
    op.create_index("ix_stock_move_flow", "stock_move", FLOW)
    op.create_index("ix_location_kind", "location", ["kind"])
    op.create_index("ix_posting_document", "posting", ["document_id"])
