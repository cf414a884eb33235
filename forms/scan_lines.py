"""The lines of a task that is worked by scanning: what stands in them, what is counted, what there should be. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from domain.json_types import JsonObject
from forms.scan_hint import ScanHint

Row = dict[str, Any]


def rows_of(hint: ScanHint, values: JsonObject) -> list[Row]:
    """The lines: the rows of the grid, or the form itself."""
    if hint.lines is None:
        return [values]
    rows = values.get(hint.lines)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def get(hint: ScanHint, row: Mapping[str, Any], what: str) -> Any:
    """What stands in a line; ``None`` where nothing stands or the form has no place for it."""
    name = hint.row.get(what) if hint.lines else hint.form.get(what)
    value = row.get(name) if name else None
    return value if value != "" else None


def key_of(hint: ScanHint, row: Mapping[str, Any]) -> str:
    """What tells a line from the others: its number, else what it is about."""
    if hint.lines is None:
        return "form"
    if hint.row_key and row.get(hint.row_key):
        return str(row[hint.row_key])
    return "~".join(str(get(hint, row, what) or "") for what in ("product", "lot", "serial", "location"))


def count_of(hint: ScanHint, row: Mapping[str, Any]) -> int:
    """How many are counted in a line; what is no number counts as none."""
    value = row.get(hint.count) if hint.count else None
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def expected_of(hint: ScanHint, values: JsonObject, row: Mapping[str, Any]) -> int | None:
    """How many there should be, ``None`` where nobody is told (a count without the books in sight)."""
    if hint.source is not None:
        from_source = source_of(hint, values, row)
        return _whole(from_source.get(hint.expected_in_source or "")) if from_source else None
    found = _whole(get(hint, row, "expected"))
    if found is None and get(hint, row, "serial") is not None:
        return 1  # a unit with a number of its own is there once
    return found


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def source_of(hint: ScanHint, values: JsonObject, row: Mapping[str, Any]) -> Row | None:
    """The row of what may come that a line belongs to."""
    rows = values.get(hint.source or "")
    if not isinstance(rows, list) or not hint.linked:
        return None
    same = (
        one for one in rows if isinstance(one, dict) and all(one.get(name) == row.get(name) for name in hint.linked)
    )
    return next(same, None)


def counted_with(hint: ScanHint, values: JsonObject, row: Mapping[str, Any]) -> int:
    """What is counted against the same expectation: of one line, or of all lots of one line of the order."""
    if hint.source is None:
        return count_of(hint, row)
    linked = [one for one in rows_of(hint, values) if all(one.get(n) == row.get(n) for n in hint.linked)]
    return sum(count_of(hint, one) for one in linked)


def live(entries: Iterable[Any]) -> list[Any]:
    """The scans that count: neither refused nor taken back."""
    return [one for one in entries if one["ok"] and not one["undone"]]


def place_of(entries: Iterable[Any]) -> str | None:
    """The place that was scanned last: what is scanned next lies there."""
    return next((one["place"] for one in reversed(live(entries)) if one.get("place")), None)


def line_of(entries: Iterable[Any]) -> str | None:
    """The line that was worked on last."""
    return next((one["line"] for one in reversed(live(entries)) if one["kind"] != "undo" and one["line"]), None)


def room_of(hint: ScanHint, values: JsonObject, row: Mapping[str, Any]) -> int | None:
    """How many more may be counted in a line; ``None`` where nobody is told."""
    expected = expected_of(hint, values, row)
    return None if expected is None else expected - counted_with(hint, values, row)


def row_at(hint: ScanHint, values: JsonObject, key: str | None) -> tuple[str | None, Row | None]:
    """The grid and the row of a key, among the lines and what the list lacks."""
    for grid in (hint.lines, hint.extra):
        rows = values.get(grid) if grid else None
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and key_of(hint, row) == key:
                return grid, row
    return None, None


def grid_of(values: JsonObject, name: str | None) -> list[Any]:
    """The rows of a grid themselves, to be changed; made where there are none."""
    held = values.setdefault(name or "", [])
    assert isinstance(held, list)
    return held
