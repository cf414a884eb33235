"""Sheets and JSON of any length, written row by row into a file of their own and sent from there in pieces.

A register may have a hundred thousand rows: none of them is kept once it is written. The file is gone when it is sent.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from xlsxwriter import Workbook

from domain.canonical import dumps
from domain.json_types import JsonObject

Form = Literal["xlsx", "json"]
MEDIA: dict[Form, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
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


class Sheet:
    """A file that is being written: rows are added, then it is finished, or dropped where that went wrong."""

    def __init__(self, name: str, form: Form, writer: _SheetWriter | _JsonWriter, path: Path) -> None:
        self.form: Form = form
        self.name, self.writer, self.path = name, writer, path

    def add_all(self, rows: Iterable[Mapping[str, Any]]) -> int:
        """Write `rows`; answers how many there are by now."""
        for row in rows:
            self.writer.add(row)
        return self.writer.rows

    def finished(self) -> Spooled:
        """The whole file."""
        self.writer.close()
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
        size = self.path.stat().st_size
        return Spooled(self.path, self.name, self.form, self.writer.rows, digest.hexdigest(), size)

    def dropped(self) -> None:
        """Nothing is left of it."""
        self.path.unlink(missing_ok=True)


def opened(name: str, form: Form, about: JsonObject, columns: Sequence[Column], made_at: datetime) -> Sheet:
    """A file to write to; `about` is said in a JSON file around its rows, its `title` names the sheet."""
    descriptor, path = tempfile.mkstemp(prefix="gspflow-", suffix=f".{form}")
    os.close(descriptor)
    target = Path(path)
    writer = _SheetWriter(target, about, columns, made_at) if form == "xlsx" else _JsonWriter(target, about, columns)
    return Sheet(name, form, writer, target)


def spool(
    name: str,
    form: Form,
    about: JsonObject,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    made_at: datetime,
) -> Spooled:
    """Write all `rows` and finish; nothing is left of a file that could not be finished."""
    sheet = opened(name, form, about, columns, made_at)
    try:
        sheet.add_all(rows)
        return sheet.finished()
    except BaseException:
        sheet.dropped()
        raise


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

    def close(self) -> None:
        """Write what is still to be written."""
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

    def close(self) -> None:
        """Write what is still to be written."""
        self.file.write("\n]}\n")
        self.file.close()

    def add(self, row: Mapping[str, Any]) -> None:
        """One more row, with the columns' keys alone."""
        self.file.write(("\n" if not self.rows else ",\n") + dumps({one.key: row.get(one.key) for one in self.columns}))
        self.rows += 1


def _sheet_name(title: str) -> str:
    """A name that Excel takes."""
    return "".join(one for one in title if one not in "[]:*?/\\'（）")[:31] or "sheet"
