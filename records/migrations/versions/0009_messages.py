"""Messages to cases: who waits, what was said, what is still to be told"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_messages"
down_revision = "0008_verbs"
branch_labels = None
depends_on = None


def _text(name: str, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=null)


def upgrade() -> None:
    op.create_table(
        "listen",
        *map(_text, "company site mode case_id path name key".split()),
        sa.Column("keep", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "path", "name", "key"),
    )
    op.create_index("ix_listen_key", "listen", ["name", "key", "mode"])
    op.create_table(
        "message",
        *map(_text, "company site mode id name".split()),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        *map(_text, "body_sha posted_by posted_at keep_until state".split()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_message_state", "message", ["state", "keep_until"])
    op.create_table(
        "message_key",
        *map(_text, "name key message_id".split()),
        sa.PrimaryKeyConstraint("name", "key", "message_id"),
    )
    op.create_table(
        "telling",
        *map(_text, "company site mode id kind case_id path".split()),
        _text("message_id", null=True),
        sa.Column("payload", sa.Text(), nullable=False),
        _text("state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _text("next_at"),
        _text("last_error", null=True),
        _text("at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_telling_due", "telling", ["state", "next_at"])
    op.create_index("ix_telling_message", "telling", ["message_id"])
