"""Changes of running cases to another version: runs and their cases"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_migrations"
down_revision = "0011_talk"
branch_labels = None
depends_on = None


def _text(name: str, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=null)


def _json(name: str, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=null)


def upgrade() -> None:
    op.create_table(
        "migration_run",
        *map(_text, "id company process version definition_sha".split()),
        _json("plan"),
        _text("reason"),
        _number("canary"),
        *map(_text, "state proposed_by proposed_at".split()),
        *(_text(name, null=True) for name in "signed_by signed_at".split()),
        _json("act", null=True),
        _json("stopped", null=True),
        _text("finished_at", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_migration_run_process", "migration_run", ["process", "proposed_at"])
    op.create_table(
        "migration_case",
        *map(_text, "company site mode run case_id".split()),
        _number("place"),
        *map(_text, "from_version from_sha state".split()),
        _json("verdict"),
        _json("surprise", null=True),
        _number("seq", null=True),
        _number("last_seq", null=True),
        _number("tries"),
        _text("at", null=True),
        sa.PrimaryKeyConstraint("run", "case_id"),
    )
    op.create_index("ix_migration_case_next", "migration_case", ["run", "state", "place"])
    op.create_index("ix_migration_case_case", "migration_case", ["case_id"])

