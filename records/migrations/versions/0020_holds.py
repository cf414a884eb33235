"""Goods on hold: who stopped what, the ruling that ended it, the case in which it was ruled about"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.triggers import append_only

revision = "0020_holds"
down_revision = "0019_purchasing"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, *, empty: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=empty)


def _placed() -> tuple[sa.Column, ...]:
    return tuple(_text(name) for name in ("company", "site", "mode"))


def upgrade() -> None:
    op.create_table(
        "stock_hold",
        *_placed(),
        *(_text(name) for name in ("id", "effect_key", "request_sha")),
        sa.Column("lot_id", KEY, nullable=False),
        sa.Column("product_id", KEY, nullable=False),
        sa.Column("location_id", KEY, nullable=True),
        *(_text(name) for name in ("serial_no", "reason", "held_by", "held_at")),
        sa.Column("qty", KEY, nullable=False),
        sa.Column("postings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"]),
        sa.UniqueConstraint("effect_key", name="uq_stock_hold_effect_key"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_stock_hold_lot", "stock_hold", ["lot_id", "site"])
    op.create_index("ix_stock_hold_site", "stock_hold", ["site", "id"])
    op.create_table(
        "stock_hold_release",
        *_placed(),
        *(_text(name) for name in ("hold_id", "released_by", "role", "released_at", "to_status", "reason")),
        sa.Column("qty", KEY, nullable=False),
        _text("case_id"),
        sa.Column("act", sa.Text(), nullable=True),
        _text("act_sha"),
        sa.ForeignKeyConstraint(["hold_id"], ["stock_hold.id"]),
        sa.PrimaryKeyConstraint("hold_id"),
    )
    op.create_table(
        "stock_hold_case",
        *_placed(),
        *(_text(name) for name in ("hold_id", "case_id", "begun_at")),
        sa.ForeignKeyConstraint(["hold_id"], ["stock_hold.id"]),
        sa.PrimaryKeyConstraint("hold_id"),
    )
    op.create_index("ix_stock_hold_case_case", "stock_hold_case", ["case_id"])
    for table in ("stock_hold", "stock_hold_release", "stock_hold_case"):
        append_only(op.get_bind(), table)
