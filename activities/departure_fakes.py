"""Fakes of the activities that send goods to another warehouse or to a hospital: answers from the input alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from domain.canonical import dumps
from domain.json_types import JsonObject

_KEPT = ("line_no", "product_code", "lot_no", "serial_no", "location_code", "quantity", "unit_price", "expiry_date")


def _number(letter: str, input_: JsonObject) -> str:
    return f"{letter}-{hashlib.sha256(dumps(input_).encode()).hexdigest()[:10].upper()}"


def _rows(input_: JsonObject, key: str) -> list[Any]:
    given: Any = input_.get(key) or []
    return [
        {
            **{name: line[name] for name in _KEPT if name in line},
            "product_name": line["product_code"],
            "is_cold_chain": False,
        }
        for line in given
    ]


def _quoted(input_: JsonObject) -> JsonObject:
    where: JsonObject = {"to_site": "—", "consignee_name": input_.get("to_warehouse") or "—", "delivery_address": "—"}
    return {"transfer_lines": _rows(input_, "transfer_lines"), **where, "has_cold": False}


def _sent(input_: JsonObject) -> JsonObject:
    return {"transfer_no": _number("T", input_), "outbound_date": "2026-01-01", "ship_date": "2026-01-01"}


def _chosen(input_: JsonObject) -> JsonObject:
    names = ("delivery_address", "purchaser_contact", "purchaser_license_no")
    lines = _rows(input_, "selection_lines")
    return {
        "purchaser_name": input_.get("purchaser_code") or "—",
        **dict.fromkeys(names, "—"),
        "selection_lines": lines,
    }


def _out(input_: JsonObject) -> JsonObject:
    lines = _rows(input_, "selection_lines")
    return {"outbound_order_no": _number("K", input_), "outbound_date": "2026-01-01", "selection_lines": lines}


def _settled(input_: JsonObject) -> JsonObject:
    nothing: JsonObject = {"sale_lines": [], "back_lines": [], "total_amount": 0}
    return {"sales_no": _number("V", input_), **nothing}


_AS_SENT: JsonObject = {"missing_quantity": 0, "has_difference": False, "is_late": False}


def _shipped(input_: JsonObject) -> JsonObject:
    line: JsonObject = {"line_no": "D1", "product_code": "P-1", "product_name": "P-1", "quantity": 10}
    lines: Any = [line]
    names = ("consignee_name", "delivery_address", "consignee_contact", "purchaser_code", "original_outbound_no")
    who: JsonObject = dict.fromkeys(names, "—")
    return {**who, "ship_date": "2026-01-01", "is_sold": True, "delivery_lines": lines, "has_cold": False}


FAKES: dict[str, Callable[[JsonObject], JsonObject]] = {
    "transfers.quote": _quoted,
    "transfers.send": _sent,
    "transfers.announce": lambda input_: {"receipt_case": _number("C", input_)},
    "transfers.withdraw": lambda input_: {},
    "transfers.arrival": lambda input_: {"arrival_lines": [], "has_cold": False},
    "transfers.stow": lambda input_: {"posting": _number("I", input_)},
    "transfers.close": lambda input_: {"missing_quantity": 0},
    "transfers.write_off": lambda input_: {"posting": _number("A", input_), "missing_quantity": 1},
    "kits.quote": _chosen,
    "kits.dispatch": _out,
    "kits.settle": _settled,
    "kits.take_back": lambda input_: {"posting": _number("B", input_)},
    "kits.close": lambda input_: {"is_settled": True},
    "shipments.facts": _shipped,
    "shipments.terms": lambda input_: {"carrier_name": input_["carrier_code"]} if input_.get("carrier_code") else {},
    "shipments.cooled": lambda input_: {"box_precool_ok": True, "packing_env_ok": True},
    "shipments.receipt": lambda input_: {**_AS_SENT, "back_lines": []},
    "shipments.write_off": lambda input_: {"posting": _number("A", input_), "missing_quantity": 1},
    "shipments.close": lambda input_: {"is_settled": True},
}
