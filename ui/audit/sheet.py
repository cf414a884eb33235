"""Data as it stands, read only: single values in pairs, lists as small tables, in the words of the pinned forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ui.audit.tell import Teller
from ui.elements import Text, attrs, box, link
from ui.trace.links import trace_of

COLUMNS_MAX = 9
#: What people look for first in a list of goods; other columns follow in their own order.
FIRST = ("line_no", "product_name", "lot_no", "serial_no", "product_code", "received_quantity", "receiving_result")


def sheet(teller: Teller, data: Mapping[str, Any]) -> None:
    """Draw an object: pairs first, then each list of objects under its own heading."""
    single = {name: value for name, value in data.items() if not _is_grid(value)}
    if single:
        with box("kv datasheet"):
            for name, value in single.items():
                attrs(Text("span", teller.field(name)), title=name)
                _value(teller, name, value, single)
    for name, value in data.items():
        if _is_grid(value):
            _grid(teller, name, value)


def _is_grid(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, Mapping) for one in value)
        and "sha256" not in value[0]
    )


def _value(teller: Teller, name: str, value: Any, beside: Mapping[str, Any]) -> None:
    files = value if isinstance(value, list) else [value]
    if files and all(isinstance(one, Mapping) and one.get("sha256") for one in files):
        with box("fx wrap", "span"):
            for one in files:
                link(
                    str(one.get("name") or one["sha256"][:12]),
                    f"/api/v1/attachments/{one['sha256']}",
                    "tap",
                    icon_of="attach",
                )
        return
    way = trace_of(name, value, beside)
    if way is not None:
        link(teller.value(value, name), way, "tap")
        return
    Text("span", teller.value(value, name))


def _grid(teller: Teller, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = _columns(rows)
    Text("h3", teller.field(name), "gridname")
    with attrs(box("tbox tight"), tabindex="0", role="region", aria_label=teller.field(name)), box("t tcards", "table"):
        with box(tag="thead"), box(tag="tr"):
            for column in columns:
                attrs(Text("th", teller.field(column)), scope="col")
        with box(tag="tbody"):
            for row in rows:
                with box(tag="tr"):
                    for column in columns:
                        with attrs(box("", "td"), data_label=teller.field(column)):
                            _value(teller, column, row.get(column), row)


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns worth a place: the usual ones first, then those that some row fills."""
    present = dict.fromkeys(name for row in rows for name, value in row.items() if value not in (None, "", []))
    first = [name for name in FIRST if name in present]
    return (first + [name for name in present if name not in first])[:COLUMNS_MAX]
