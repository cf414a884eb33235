"""Fakes of the warehouse activities: believable answers from the input alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from domain.canonical import dumps
from domain.json_types import JsonObject


def _number(letter: str, input_: JsonObject) -> str:
    return f"{letter}-{hashlib.sha256(dumps(input_).encode()).hexdigest()[:10].upper()}"


def _row(input_: JsonObject, status: str) -> JsonObject:
    values: JsonObject = {
        "line_no": "P1",
        "product_code": input_.get("product_code"),
        "product_name": input_.get("product_code"),
        "lot_no": input_.get("lot_no") or "L1",
        "location_code": input_.get("location_code") or "A-01",
        "stock_status": status,
        "status_before": "QUALIFIED",
        "quantity": 10,
    }
    return values


def _listed(status: str) -> Callable[[JsonObject], JsonObject]:
    def answer(input_: JsonObject) -> JsonObject:
        row = _row(input_, status)
        file: JsonObject = dict.fromkeys(
            ("model", "specification", "registration_no", "unit", "storage_condition"), "—"
        )
        positions: Any = [row]
        return {
            **file,
            "product_name": row["product_name"],
            "lot_no": row["lot_no"],
            "serial_no": input_.get("serial_no") or "",
            "quantity": 10,
            "stock_status": status,
            "positions": positions,
            "posting": _number("H", input_),
        }

    return answer


def _lines(input_: JsonObject, key: str = "positions") -> list[Any]:
    found = input_.get(key)
    return [line for line in found if isinstance(line, dict)] if isinstance(found, list) else []


def _moved(input_: JsonObject) -> JsonObject:
    code = input_.get("to_location")
    positions: Any = [{**line, "location_code": code} for line in _lines(input_)]
    where: JsonObject = {"warehouse": "", "zone": "", "location": code}
    return {"posting": _number("M", input_), "positions": positions, **where}


def _let_go(input_: JsonObject) -> JsonObject:
    positions: Any = [{**line, "stock_status": "QUALIFIED"} for line in _lines(input_)]
    count = sum(int(line["quantity"]) for line in positions)
    return {
        "posting": _number("S", input_),
        "positions": positions,
        "released_quantity": count,
        "pending_quantity": 0,
        "stock_status": "QUALIFIED",
    }


def _rejected(input_: JsonObject) -> JsonObject:
    positions: Any = [{**line, "stock_status": "REJECTED"} for line in _lines(input_)]
    return {"posting": _number("N", input_), "positions": positions, "stock_status": "REJECTED"}


def _count_list(input_: JsonObject) -> JsonObject:
    line: JsonObject = {"line_no": "C1", "product_code": "P-1", "product_name": "P-1", "lot_no": "L1", "unit": "—"}
    lines: Any = [{**line, "stock_status": "QUALIFIED"}]
    where: JsonObject = {
        "location": input_.get("location") or "A-01",
        "warehouse": input_.get("warehouse") or "",
        "zone": "",
    }
    return {"areas": [{**where, "count_lines": lines}], "line_count": 1}


def _differences(input_: JsonObject) -> JsonObject:
    same: Any = [
        {**line, "book_quantity": line.get("counted_quantity", 0), "variance": 0}
        for line in _lines(input_, "count_lines")
    ]
    return {"count_lines": same, "differences": [], "variance_count": 0, "unbooked_count": 0}


def _route(input_: JsonObject) -> JsonObject:
    line: JsonObject = {"line_no": "R1", "product_code": "P-1", "product_name": "P-1", "lot_no": "L1", "unit": "—"}
    lines: Any = [{**line, "stock_status": "QUALIFIED", "quantity": 10}]
    where: JsonObject = {"location": "A-01", "warehouse": input_.get("warehouse") or "", "zone": "qualified"}
    return {"warehouse": input_.get("warehouse") or "", "areas": [{**where, "route_lines": lines}], "line_count": 1}


def _scan(input_: JsonObject) -> JsonObject:
    nothing: JsonObject = {"near_lines": [], "expired_lines": [], "near_count": 0, "expired_count": 0}
    return {"warehouse": input_.get("warehouse") or "", "posting": "", **nothing}


def _gone(letter: str) -> Callable[[JsonObject], JsonObject]:
    def answer(input_: JsonObject) -> JsonObject:
        count = sum(int(line.get("quantity") or 0) for line in _lines(input_))
        return {"posting": _number(letter, input_), "quantity": count}

    return answer


FAKES: dict[str, Callable[[JsonObject], JsonObject]] = {
    "stock.suspect": _listed("HOLD"),
    "stock.nonconforming": lambda input_: {**_listed("REJECTED")(input_), "nc_no": _number("NC", input_)},
    "stock.route": _route,
    "stock.expiry_scan": _scan,
    "stock.destroy": _gone("D"),
    "stock.return_supplier": _gone("B"),
    "stock.relocate": _moved,
    "stock.release_hold": _let_go,
    "stock.reject": _rejected,
    "stock.count_list": _count_list,
    "stock.count_check": lambda input_: {"agrees": True, "recount_lines": []},
    "stock.count_differences": _differences,
    "stock.adjust": lambda input_: {"posting": _number("A", input_)},
}
