"""What all tables share: exact JSON columns, big keys, and upserts that read the same on both engines.

Times are canonical text (`domain.clock`: UTC, milliseconds, `Z`), dates `YYYY-MM-DD`: they sort as they are written, on
SQLite and PostgreSQL alike, and go into hashes unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, Table, Text, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import declared_attr
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

from domain import canonical

COMPANY = "main"
"""Key of the company that an installation serves; the column is in every table so that one day it can be several."""
FOREVER = "9999-12-31T00:00:00.000Z"
"""Sorts after every real moment: what has no due time comes last."""
MODES = ("live", "drill", "sandbox")

BigKey = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that counts by itself on both engines."""


class Stored(SQLModel):
    """Base of the tables: `CaseRow` is stored in `case_row`."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # type: ignore[override]
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()


class JsonText(TypeDecorator[Any]):
    """A JSON value stored as its canonical text, read back with exact decimals. SQL `NULL` is `None`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """The canonical text; raises `CanonicalError` for floats and other values without one."""
        return None if value is None else canonical.dumps(value)

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        """The value with `Decimal` where the text has a point."""
        return None if value is None else canonical.loads(value)


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements that skip the ORM."""
    table = inspect(model).local_table
    assert isinstance(table, Table)
    return table


def connection_of(session: Session | Connection) -> Connection:
    """The connection of the session's transaction, or the one that is at hand."""
    return session if isinstance(session, Connection) else session.connection()


class Upsert:
    """`INSERT … ON CONFLICT` of whole rows into one table, compiled once per engine and run over many rows."""

    def __init__(self, model: type[SQLModel], *, keep: bool = False) -> None:
        """`keep=True` leaves a row that is already there untouched; otherwise every column but the key is replaced."""
        table = table_of(model)
        keys = [column.name for column in table.primary_key]
        self.statements: dict[str, Any] = {
            "sqlite": _on_conflict(sqlite.insert(table), table, keys, keep),
            "postgresql": _on_conflict(postgresql.insert(table), table, keys, keep),
        }

    def run(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Write `rows`; each must have every column of the table."""
        if rows:
            connection.execute(self.statements[connection.dialect.name], rows)


def _on_conflict(statement: Any, table: Table, keys: list[str], keep: bool) -> Any:
    replaced = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    if keep or not replaced:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=replaced)


def as_dict(row: SQLModel) -> dict[str, Any]:
    """The columns of a row as plain values."""
    return {column.name: getattr(row, column.name) for column in table_of(type(row)).columns}
