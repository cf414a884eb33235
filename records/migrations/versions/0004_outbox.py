"""The outbox: what has to be told, its deliveries, people's addresses and settings"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.triggers import append_only

revision = "0004_outbox"
down_revision = "0003_witnessed_rows"
branch_labels = None
depends_on = None


def _text(name: str, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=null)


def _json(name: str, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=null)


def upgrade() -> None:
    op.create_table(
        "outgoing",
        *map(_text, "company site mode id kind at".split()),
        _json("title"),
        _json("said", null=True),
        *map(_text, "case_id path".split()),
        *(_text(name, null=True) for name in "step task_id business_key".split()),
        _text("link"),
        _text("due", null=True),
        _json("roles"),
        _text("account", null=True),
        sa.Column("bell", sa.Boolean(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        *(_text(name, null=True) for name in "first instead_of caused_by spread_at closed_at closed_why".split()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_outgoing_spread", "outgoing", ["spread_at", "at"])
    op.create_index("ix_outgoing_closed", "outgoing", ["closed_at", "at"])
    op.create_index("ix_outgoing_account", "outgoing", ["account", "bell", "at"])
    op.create_index("ix_outgoing_case", "outgoing", ["case_id"])
    op.create_index("ix_outgoing_first", "outgoing", ["first"])
    op.create_table(
        "delivery",
        *map(_text, "company site mode id outgoing_id account channel address".split()),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("legal", sa.Boolean(), nullable=False),
        _text("state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *map(_text, "created_at next_at".split()),
        _json("last_error", null=True),
        *(_text(name, null=True) for name in "sent_at bundle lease leased_until".split()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_delivery_next", "delivery", ["state", "next_at"])
    op.create_index("ix_delivery_outgoing", "delivery", ["outgoing_id"])
    op.create_index("ix_delivery_account", "delivery", ["account", "channel", "sent_at"])
    op.create_index("ix_delivery_channel", "delivery", ["channel", "sent_at"])
    op.create_index("ix_delivery_created", "delivery", ["created_at", "id"])
    op.create_index("ix_delivery_bundle", "delivery", ["bundle"])
    op.create_table(
        "dispatch",
        *map(_text, "id company bundle channel".split()),
        _json("addresses"),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        _text("at"),
        sa.Column("ok", sa.Boolean(), nullable=False),
        _json("error", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_dispatch_bundle", "dispatch", ["bundle"])
    append_only(op.get_bind(), "dispatch")
    op.create_table(
        "contact",
        *map(_text, "account channel company address verified_at".split()),
        sa.ForeignKeyConstraint(["account"], ["account.username"]),
        sa.PrimaryKeyConstraint("account", "channel"),
    )
    op.create_table(
        "contact_code",
        *map(_text, "account channel company address code_hash sent_at expires_at".split()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_today", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.username"]),
        sa.PrimaryKeyConstraint("account", "channel"),
    )
    op.create_table(
        "notice_setting",
        *map(_text, "account company".split()),
        _json("kinds"),
        _json("quiet", null=True),
        *map(_text, "digest changed_at".split()),
        sa.ForeignKeyConstraint(["account"], ["account.username"]),
        sa.PrimaryKeyConstraint("account"),
    )
