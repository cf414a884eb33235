"""Sheets and JSON of any length, written row by row into a file of their own and sent from there in pieces.

A register may have a hundred thousand rows: none of them is kept once it is written. The file is gone when it is sent.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Protocol

from xlsxwriter import Workbook

from domain.canonical import dumps
from domain.json_types import JsonObject

Form = Literal["xlsx", "json"]
MEDIA: dict[Form, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
ROWS_MOST = 1_048_000
"""Excel takes 1,048,576 rows."""
_PIECE = 256 * 1024
_TEXT_MOST = 32_767
"""Excel takes so many characters in a cell."""
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}


@dataclass(frozen=True)
class Column:
    """A column: the key of its value in a row, its words, its width in characters."""

    key: str
    words: str
    width: int = 16


@dataclass(frozen=True)
class Spooled:
    """A file that waits to be sent: how many rows it has, its hash and size."""

    path: Path
    name: str
    form: Form
    rows: int
    sha256: str
    size: int

    async def pieces(self) -> AsyncIterator[bytes]:
        """The file piece by piece; it is removed at the end, or when nobody takes the rest."""
        try:
            with self.path.open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece
        finally:
            self.path.unlink(missing_ok=True)


class Writer(Protocol):
    """What takes rows."""

    def add(self, row: Mapping[str, Any]) -> None:
        """One more row."""
        ...


def spool(
    name: str,
    form: Form,
    about: JsonObject,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    made_at: datetime,
) -> Spooled:
    """Write all `rows`; `about` is said in a JSON file around them, its `title` names the sheet."""
    return spool_with(name, form, about, columns, made_at, lambda writer: _all(writer, rows))


def spool_with(
    name: str,
    form: Form,
    about: JsonObject,
    columns: Sequence[Column],
    made_at: datetime,
    fill: Callable[[Writer], None],
) -> Spooled:
    """The same where `fill` gives the rows to the writer. Nothing is left of a file that could not be finished."""
    descriptor, path = tempfile.mkstemp(prefix="gspflow-", suffix=f".{form}")
    os.close(descriptor)
    target = Path(path)
    try:
        writer = (
            _SheetWriter(target, about, columns, made_at) if form == "xlsx" else _JsonWriter(target, about, columns)
        )
        with writer:
            fill(writer)
        digest = hashlib.sha256()
        with target.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
        return Spooled(target, name, form, writer.rows, digest.hexdigest(), target.stat().st_size)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _all(writer: Writer, rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        writer.add(row)


class _SheetWriter:
    """An Excel sheet with a head, written in constant memory. Words stay words: no cell is ever a formula."""

    def __init__(self, path: Path, about: JsonObject, columns: Sequence[Column], made_at: datetime) -> None:
        self.columns, self.rows = columns, 0
        self.book = Workbook(str(path), _SAFE)
        self.book.set_properties({"title": str(about.get("title") or ""), "created": made_at.replace(tzinfo=None)})
        self.sheet = self.book.add_worksheet(_sheet_name(str(about.get("title") or "")))
        head = self.book.add_format({"bold": True, "bottom": 1, "bg_color": "#eef2f6", "text_wrap": True})
        self.money = self.book.add_format({"num_format": "#,##0.00"})
        for position, column in enumerate(columns):
            self.sheet.set_column(position, position, column.width)
            self.sheet.write_string(0, position, column.words, head)
        self.sheet.freeze_panes(1, 0)

    def __enter__(self) -> _SheetWriter:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self.rows:
            self.sheet.autofilter(0, 0, self.rows, max(0, len(self.columns) - 1))
        self.book.close()

    def add(self, row: Mapping[str, Any]) -> None:
        """One more row."""
        self.rows += 1
        for position, column in enumerate(self.columns):
            value = row.get(column.key)
            if isinstance(value, Decimal):
                self.sheet.write_number(self.rows, position, float(value), self.money)
            elif isinstance(value, int) and not isinstance(value, bool):
                self.sheet.write_number(self.rows, position, value)
            elif value not in (None, ""):
                self.sheet.write_string(self.rows, position, str(value)[:_TEXT_MOST])


class _JsonWriter:
    """``{…about, "columns": […], "items": [rows]}``, one row on a line, exact numbers."""

    def __init__(self, path: Path, about: JsonObject, columns: Sequence[Column]) -> None:
        self.columns, self.rows = columns, 0
        self.file = path.open("w", encoding="utf-8", newline="\n")
        shown: Any = [{"key": column.key, "title": column.words} for column in columns]
        self.file.write(dumps({**about, "columns": shown})[:-1] + ',"items":[')

    def __enter__(self) -> _JsonWriter:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.file.write("\n]}\n")
        self.file.close()

    def add(self, row: Mapping[str, Any]) -> None:
        """One more row, with the columns' keys alone."""
        self.file.write(("\n" if not self.rows else ",\n") + dumps({one.key: row.get(one.key) for one in self.columns}))
        self.rows += 1


def _sheet_name(title: str) -> str:
    """A name that Excel takes."""
    return "".join(one for one in title if one not in "[]:*?/\\'（）")[:31] or "sheet"
