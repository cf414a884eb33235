"""Statements of the projection, compiled once an engine: SQLAlchemy's work for each call cost more than the database's.

What runs here passes by the engine's `before_execute` event, so a table that `records.witness` watches must not be
written this way; the constructor refuses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.sql.dml import Insert
from sqlmodel import SQLModel

from records.base import Upsert, table_of
from records.witness import WATCHED

Row = dict[str, Any]


class Ready:
    """One statement with named parameters, run with complete rows."""

    def __init__(self, table: Table, statement: Any) -> None:
        """`statement`: one for all engines, or by the name of the engine."""
        if table.name in WATCHED:
            raise ValueError(f"{table.name} is watched: its writes must pass the engine's events")
        self._statement = statement
        self._compiled: dict[str, tuple[str, list[tuple[str, Any]], bool]] = {}

    @staticmethod
    def insert(model: type[SQLModel]) -> Ready:
        """Insert rows into a table."""
        return Ready(table_of(model), insert(table_of(model)))

    @staticmethod
    def upsert(model: type[SQLModel], *, keep: bool = False) -> Ready:
        """Insert rows or replace those with the same key; `keep=True` leaves these untouched."""
        return Ready(table_of(model), Upsert(model, keep=keep).statements)

    def run(self, connection: Connection, *rows: Row) -> None:
        """Run it once for each of `rows`, whose names are all the same. Raises the driver's own errors."""
        if rows:
            self._run(connection, rows).close()

    def first(self, connection: Connection, row: Row) -> tuple[Any, ...] | None:
        """The first row that it finds, as the columns were selected. Raises the driver's own errors."""
        cursor = self._run(connection, (row,))
        found = cursor.fetchone()
        cursor.close()
        return found

    def _run(self, connection: Connection, rows: Sequence[Row]) -> Any:
        text, names, positional = self._compiled.get(connection.dialect.name) or self._compile(connection, rows[0])
        if positional:
            given: Any = [tuple([row[n] if p is None else p(row[n]) for n, p in names]) for row in rows]
        else:
            given = [{n: row[n] if p is None else p(row[n]) for n, p in names} for row in rows]
        cursor = connection.connection.cursor()
        cursor.execute(text, given[0]) if len(given) == 1 else cursor.executemany(text, given)
        return cursor

    def _compile(self, connection: Connection, row: Row) -> tuple[str, list[tuple[str, Any]], bool]:
        dialect, chosen = connection.dialect, self._statement
        statement = chosen[dialect.name] if isinstance(chosen, dict) else chosen
        columns = list(row) if isinstance(statement, Insert) else None
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
        kinds = {name: parameter.type for parameter, name in compiled.bind_names.items()}
        order = compiled.positiontup if compiled.positional else list(kinds)
        names = [(name, kinds[name].dialect_impl(dialect).bind_processor(dialect)) for name in order]
        found = self._compiled[dialect.name] = str(compiled), names, bool(compiled.positional)
        return found
