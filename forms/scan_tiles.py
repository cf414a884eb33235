"""What a page of scanning shows in big figures: what there should be, what is counted, what is still missing. Pure."""

from __future__ import annotations

from typing import Any

from domain.json_types import Json, JsonObject
from forms.scan_hint import ScanHint
from forms.scan_lines import Row, count_of, expected_of, get, key_of, rows_of

_ABOUT = ("model", "specification")


def tiles(hint: ScanHint, values: JsonObject) -> list[JsonObject]:
    """One for each line; where goods come by an order, one for each line of the order with the lots that came.

    ``{key, name, about, unit, place, expected, counted, extra, parts: [{key, lot, serial, expiry, counted}]}``;
    ``expected`` is ``null`` where nobody is told, ``counted`` where nothing is counted yet.
    """
    if hint.source is not None:
        return _of_sources(hint, values)
    found = [_of_row(hint, values, row) for row in rows_of(hint, values)]
    rows = values.get(hint.extra or "")
    more = [_of_row(hint, values, row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [*found, *({**one, "extra": True, "expected": None} for one in more)]


def _of_row(hint: ScanHint, values: JsonObject, row: Row) -> JsonObject:
    counted: Json = count_of(hint, row) if hint.count and row.get(hint.count) is not None else None
    return {
        **_head(hint, row),
        "expected": expected_of(hint, values, row),
        "counted": counted,
        "parts": [_part(hint, row)],
    }


def _head(hint: ScanHint, row: Row) -> JsonObject:
    product = get(hint, row, "product")
    about = [str(row[name]) for name in _ABOUT if row.get(name)]
    name: Any = get(hint, row, "name")
    return {
        "key": key_of(hint, row),
        "product": product,
        "name": str(name if name not in (None, "—") else product or ""),
        "about": " · ".join([*([str(product)] if product and name not in (None, "—") else []), *about]),
        "unit": get(hint, row, "unit") or "",
        "place": get(hint, row, "location"),
        "extra": False,
    }


def _part(hint: ScanHint, row: Row) -> JsonObject:
    told: JsonObject = {what: get(hint, row, what) for what in ("lot", "serial", "expiry", "udi")}
    return {"key": key_of(hint, row), **told, "place": get(hint, row, "location"), "counted": count_of(hint, row)}


def _of_sources(hint: ScanHint, values: JsonObject) -> list[JsonObject]:
    rows, sources = rows_of(hint, values), values.get(hint.source or "")
    found: list[JsonObject] = []
    for number, source in enumerate(sources if isinstance(sources, list) else []):
        if not isinstance(source, dict):
            continue
        mine = [row for row in rows if all(row.get(name) == source.get(name) for name in hint.linked)]
        parts: list[Json] = [_part(hint, row) for row in mine]
        head = {**_head(hint, source), "key": f"~{number}", "place": None}
        counted: Json = sum(count_of(hint, row) for row in mine) if mine else None
        expected: Json = source.get(hint.expected_in_source or "")
        found.append({**head, "expected": expected, "counted": counted, "parts": parts})
    return found
