"""Who stands in for whom, and the duty roster"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_deputies"
down_revision = "0009_messages"
branch_labels = None
depends_on = None


def _text(name: str, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=null)


def upgrade() -> None:
    op.create_table(
        "deputy_rule",
        *(_text(name) for name in ("id", "company", "principal", "deputy")),
        _text("site", True),
        sa.Column("roles", sa.Text(), nullable=True),
        _text("definition", True),
        *(_text(name) for name in ("begins", "ends", "reason", "source", "set_by", "set_at")),
        *(_text(name, True) for name in ("ended_by", "ended_at")),
        sa.ForeignKeyConstraint(["principal"], ["account.username"]),
        sa.ForeignKeyConstraint(["deputy"], ["account.username"]),
        sa.ForeignKeyConstraint(["site"], ["site.key"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_deputy_rule_deputy", "deputy_rule", ["deputy", "ends"])
    op.create_index("ix_deputy_rule_principal", "deputy_rule", ["principal", "ends"])
    op.create_table(
        "roster_shift",
        *(_text(name) for name in ("id", "company", "site", "role", "account", "begins", "ends", "set_by", "set_at")),
        *(_text(name, True) for name in ("removed_by", "removed_at")),
        sa.ForeignKeyConstraint(["site"], ["site.key"]),
        sa.ForeignKeyConstraint(["account"], ["account.username"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_roster_shift_account", "roster_shift", ["account", "ends"])
    op.create_index("ix_roster_shift_role", "roster_shift", ["role", "site", "ends"])
