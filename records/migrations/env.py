"""Run by Alembic inside the transaction that `records.migrate` opened."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from records.base import JsonText
from records.schema import METADATA


def _plain_types(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Revisions must not import our column types: those may change later."""
    if kind == "type" and isinstance(value, JsonText):
        return "sa.Text()"
    if kind == "type" and type(value).__name__ == "AutoString":
        return "sa.String()"
    return False


connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=METADATA, render_as_batch=True, compare_type=True, render_item=_plain_types
)
with context.begin_transaction():
    context.run_migrations()
