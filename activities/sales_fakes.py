"""Fakes of the activities of selling, outbound and returns: believable answers from the input alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from domain.canonical import dumps, normalize
from domain.json_types import JsonObject

_FILE = ("model", "specification", "registrant_name", "registration_no", "unit")


def _number(letters: str, input_: JsonObject) -> str:
    return f"{letters}-{hashlib.sha256(dumps(input_).encode()).hexdigest()[:6].upper()}"


def _said(input_: JsonObject, key: str) -> str:
    return str(input_.get(key) or "—")


def _lines(input_: JsonObject, key: str) -> list[Any]:
    found = input_.get(key)
    return [line for line in found if isinstance(line, dict)] if isinstance(found, list) else []


def _quoted(input_: JsonObject) -> JsonObject:
    lines = [_quoted_line(line) for line in _lines(input_, "order_lines")]
    total = sum((Decimal(str(line["amount"])) for line in lines), Decimal(0))
    listed: Any = lines
    return {
        "purchaser_name": _said(input_, "purchaser_code"),
        "purchaser_license_no": "—",
        "order_lines": listed,
        "total_amount": normalize(total),
        "off_price": False,
        "over_credit": False,
        "credit_hold": False,
        "owed_amount": 0,
    }


def _quoted_line(line: Any) -> JsonObject:
    wished: JsonObject = {name: line[name] for name in ("line_no", "product_code", "quantity", "unit_price")}
    amount = (Decimal(str(line["unit_price"])) * int(line["quantity"])).quantize(Decimal("0.01"))
    file: JsonObject = dict.fromkeys(_FILE, "—")
    return {**wished, **file, "product_name": line["product_code"], "amount": normalize(amount)}


def _row(line_no: str, **more: Any) -> JsonObject:
    file: JsonObject = dict.fromkeys((*_FILE, "storage_condition"), "—")
    known: JsonObject = {"product_code": "P-1", "product_name": "P-1", "lot_no": "L1", "is_serial": False}
    return {"line_no": line_no, **known, **file, **more}


def _pick_row() -> JsonObject:
    where: JsonObject = {"location_code": "A-01", "stock_status": "QUALIFIED", "quantity": 10, "order_line_no": 1}
    return _row("P1", **where)


def _picked(input_: JsonObject) -> JsonObject:
    lines: Any = [_pick_row()]
    return {
        "sales_order_no": _said(input_, "sales_order_no"),
        "purchaser_code": "CUS-1",
        "consignee_name": "CUS-1",
        "delivery_way": "delivery",
        "is_urgent": False,
        "is_cold_chain": False,
        "pick_lines": lines,
    }


def _shipped(input_: JsonObject) -> JsonObject:
    count = sum(int(line.get("reviewed_quantity") or 0) for line in _lines(input_, "pick_lines"))
    number = _number("CK", input_)
    return {
        "posting": _number("K", input_),
        "outbound_order_no": number,
        "ship_date": "2026-01-01",
        "shipped_quantity": count,
    }


def _matched(input_: JsonObject) -> JsonObject:
    lines: Any = [
        _row(
            f"R{place}", return_quantity=line.get("return_quantity"), original_outbound_no="CK-1", outbound_line_no="P1"
        )
        for place, line in enumerate(_lines(input_, "return_lines"), 1)
    ]
    return {"returner_name": _said(input_, "purchaser_code"), "without_papers": False, "return_lines": lines}


def _taken_back(input_: JsonObject) -> JsonObject:
    lines: Any = [
        {
            **line,
            "stock_status": "RETURN_PENDING",
            "quantity": line.get("return_quantity"),
            "received_quantity": line.get("return_quantity"),
            "quarantine_location": line.get("location_code") or "R-01",
        }
        for line in _lines(input_, "return_lines")
    ]
    number = _number("TH", input_)
    return {"posting": _number("T", input_), "sales_return_no": number, "return_date": "2026-01-01", "lines": lines}


def _sendable(input_: JsonObject) -> JsonObject:
    goods: JsonObject = {
        "product_code": _said(input_, "product_code"),
        "lot_no": _said(input_, "lot_no"),
        "quantity": 10,
    }
    rows: Any = [{"line_no": "S1", **goods, "location_code": "A-01", "stock_status": "QUALIFIED"}]
    name = _said(input_, "supplier_code")
    head: JsonObject = {
        "supplier_name": name,
        "consignee_name": name,
        "delivery_address": "—",
        "consignee_contact": "—",
    }
    return {**head, "product_name": _said(input_, "product_code"), "positions": rows}


def _promised(input_: JsonObject) -> JsonObject:
    lines: Any = [_pick_row()]
    return {"purchase_return_no": _number("TC", input_), "pick_lines": lines}


FAKES: dict[str, Callable[[JsonObject], JsonObject]] = {
    "sales.quote": _quoted,
    "sales.place": lambda input_: {"sales_order_no": _number("SO", input_), "sale_date": "2026-01-01"},
    "sales.cancel": lambda input_: {},
    "sales.close": lambda input_: {"shipped_quantity": 10, "open_quantity": 0, "open_amount": 0},
    "sales.pay": lambda input_: {"open_amount": 0},
    "outbound.pick_list": _picked,
    "outbound.ship": _shipped,
    "outbound.unship": lambda input_: {},
    "outbound.release": lambda input_: {"open_quantity": 10},
    "returns.match": _matched,
    "returns.receive": _taken_back,
    "returns.reverse": lambda input_: {},
    "returns.restock": lambda input_: {"posting": _number("S", input_), "stock_status": "QUALIFIED"},
    "returns.reject": lambda input_: {"posting": _number("S", input_), "stock_status": "REJECTED"},
    "returns.unjudge": lambda input_: {},
    "purchase_returns.list": _sendable,
    "purchase_returns.reserve": _promised,
    "purchase_returns.release": lambda input_: {},
    "purchase_returns.ship": _shipped,
}
