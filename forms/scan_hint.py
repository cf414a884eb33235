"""Which part of a form is worked by scanning (``ui.scan``): the grid, what is counted, where product, lot and place stand.

With ``lines`` each row of that grid is a line to scan; without, the form itself is the one line (put-away).
A name stands for a column of ``lines`` or, where the grid has none, for a field of the form. ``docs/how-to/scan-with-a-tablet.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import Fault, Text
from forms.model import Field, Form
from forms.pointers import pointer_of

JOBS = ("receive", "put_away", "pick", "review", "count", "return")
"""Kinds of work, in the order in which goods meet them; the words are in ``ui/catalog/scan.yaml``."""
USUAL: Mapping[str, str] = {
    "product": "product_code",
    "lot": "lot_no",
    "serial": "serial_no",
    "udi": "udi",
    "made": "production_date",
    "expiry": "expiry_date",
    "location": "location_code",
    "name": "product_name",
    "unit": "unit",
    "scanned_lot": "scanned_lot_no",
    "scanned_serial": "scanned_serial_no",
}
"""What stands where, unless the hint says otherwise: the names of the glossary."""
_GRIDS = ("lines", "source", "extra")
_NAMES = (*USUAL, "count", "expected")


@dataclass(frozen=True, slots=True)
class ScanHint:
    """A hint, resolved against its form.

    ``row`` and ``form``: what stands in which column of a line, in which field of the form. ``written``: what people
    enter there. ``linked``: columns that a new line takes over from the ``source`` row that it belongs to. ``serials``: units are
    told apart one by one.
    """

    job: str
    lines: str | None
    count: str | None
    source: str | None
    extra: str | None
    row: Mapping[str, str]
    form: Mapping[str, str]
    written: frozenset[str]
    linked: tuple[str, ...]
    row_key: str | None
    expected_in_source: str | None
    most: int


def scan_hint(form: Form) -> ScanHint | None:
    """The hint of a form; ``None`` where it has none, or where the step hides what it names."""
    given: Any = form.ui.get("scan")
    if not isinstance(given, dict):
        return None
    top = {one.name: one for one in form.fields}
    grid = top.get(given["lines"]) if given.get("lines") else None
    if given.get("lines") and grid is None:
        return None
    columns = {one.name: one for one in grid.items} if grid else {}
    row, outside = _places(given, columns, top)
    source, extra = top.get(given.get("source", "")), top.get(given.get("extra", ""))
    written = frozenset(
        [what for what, name in row.items() if not columns[name].read_only]
        + [what for what, name in outside.items() if not top[name].read_only]
    )
    return ScanHint(
        job=given["job"],
        lines=grid.name if grid else None,
        count=given.get("count") if grid else None,
        source=source.name if source else None,
        extra=extra.name if extra else None,
        row=row,
        form=outside,
        written=written,
        linked=_linked(source, columns, row),
        row_key=grid.row_key if grid else None,
        expected_in_source=given.get("expected") if source else None,
        most=_most(columns.get(given.get("count", ""))),
    )


def _places(
    given: Any, columns: Mapping[str, Field], top: Mapping[str, Field]
) -> tuple[dict[str, str], dict[str, str]]:
    row: dict[str, str] = {}
    outside: dict[str, str] = {}
    for what in (*USUAL, "expected"):
        name = given.get(what, USUAL.get(what))
        if name in columns:
            row[what] = name
        elif name in top and not top[name].items:
            outside[what] = name
    return row, outside


def _linked(source: Field | None, columns: Mapping[str, Field], row: Mapping[str, str]) -> tuple[str, ...]:
    names = {one.name for one in source.items} if source else set()
    return tuple(name for name, one in columns.items() if name in names and not one.read_only)


def _most(count: Field | None) -> int:
    return int(count.maximum) if count is not None and count.maximum is not None else 1_000_000


# ------------------------------------------------------------------ what may be wrong with one


def scan_faults(schema: Any, ui: Any) -> Iterator[Fault]:
    """Everything wrong with the hint of a form whose ``ui.scan`` the meta-schema accepts."""
    given = ui.get("scan")
    if not isinstance(given, dict) or given.get("job") not in JOBS:
        return
    top: Any = schema.get("properties") or {}
    for key in _GRIDS:
        if key in given and not _columns(top, given[key]):
            yield _fault(
                key, "scan_no_grid", f"“{given[key]}”不是本表单的表格。", f"“{given[key]}” is no grid of this form."
            )
    columns = _columns(top, given.get("lines"))
    yield from _unknown(given, columns, top)
    yield from _lines(given, columns, top, ui) if "lines" in given else _alone(given, top, ui)


def _unknown(given: Any, columns: Any, top: Any) -> Iterator[Fault]:
    source = _columns(top, given.get("source"))
    for key in _NAMES:
        name = given.get(key)
        known = source if key == "expected" and "source" in given else {**top, **columns}
        if name is not None and name not in known:
            yield _fault(
                key,
                "unknown_property",
                f"表单没有字段“{name}”。",
                f"The form has no field “{name}”.",
            )


def _lines(given: Any, columns: Any, top: Any, ui: Any) -> Iterator[Fault]:
    count = columns.get(given.get("count"))
    base = f"/{given['lines']}"
    if top.get(given["lines"], {}).get("readOnly"):
        yield _fault(
            "lines", "scan_read_only", "扫码的表格不能是只读的。", "The grid that is scanned cannot be read-only."
        )
    if (
        not isinstance(count, dict)
        or count.get("type") != "integer"
        or _is_given(count, ui, f"{base}/{given['count']}")
    ):
        yield _fault(
            "count",
            "scan_count",
            "count 要写明表格里由人填写的整数列：扫一次加一次。",
            "count names the whole-number column of the grid that people fill in: each scan adds to it.",
        )
    known = {given.get(what, USUAL[what]) for what in ("product", "lot", "serial", "udi")} & set(columns)
    if columns and not known:
        yield _fault(
            "lines",
            "scan_nothing_to_find",
            "表格没有产品编号、批号、序列号或 UDI 列，扫到的码找不到行。",
            "The grid has no column for product, lot, serial number or UDI: a scan cannot find its line.",
        )
    for key in ("source", "extra"):
        missing = {given.get("product", USUAL["product"])} - set(_columns(top, given.get(key)))
        if key in given and missing:
            name = missing.pop()
            yield _fault(key, "unknown_property", f"表格没有列“{name}”。", f"The grid has no column “{name}”.")
    if "extra" in given and given.get("count") not in _columns(top, given["extra"]):
        yield _fault(
            "extra",
            "scan_count",
            "extra 的表格也要有 count 列。",
            "The grid of extra needs the column of count as well.",
        )


def _alone(given: Any, top: Any, ui: Any) -> Iterator[Fault]:
    """Without lines there is one thing to do: say where the goods are put."""
    name = given.get("location", USUAL["location"])
    place = top.get(name)
    if not isinstance(place, dict) or place.get("type") != "string" or _is_given(place, ui, f"/{name}"):
        yield _fault(
            "location",
            "scan_location",
            "没有 lines 时，location 要写明由人填写的货位字段。",
            "Without lines, location names the field for the shelf that people fill in.",
        )
    for key in ("count", "source", "extra"):
        if key in given:
            yield _fault(key, "scan_needs_lines", f"{key} 要和 lines 一起写。", f"{key} goes with lines.")


def _is_given(node: Any, ui: Any, pointer: str) -> bool:
    """Whether the system fills a field in."""
    hint = (ui.get("fields") or {}).get(pointer) or {}
    return bool(node.get("readOnly")) or "computed" in hint


def _columns(top: Any, name: Any) -> dict[str, Any]:
    node = top.get(name) if isinstance(name, str) else None
    inner = node.get("items") if isinstance(node, dict) and node.get("type") == "array" else None
    found = inner.get("properties") if isinstance(inner, dict) else None
    return found if isinstance(found, dict) else {}


def _fault(key: str, code: str, zh: str, en: str) -> Fault:
    return Fault(pointer_of(("ui", "scan", key)), code, Text(zh, en))
