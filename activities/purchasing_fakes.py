"""Fakes of the purchasing activities: believable answers from the input alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from domain.canonical import dumps, normalize
from domain.json_types import JsonObject


def _quoted(input_: JsonObject) -> JsonObject:
    given: Any = input_.get("order_lines") or []
    lines = [_line(line) for line in given]
    total = sum((Decimal(str(line["amount"])) for line in lines), Decimal(0))
    listed: Any = lines
    return {
        "supplier_name": input_.get("supplier_code"),
        "order_lines": listed,
        "total_amount": normalize(total),
        "over_price": False,
        "over_ceiling": False,
    }


def _line(line: Any) -> JsonObject:
    file: JsonObject = dict.fromkeys(("model", "specification", "registrant_name", "registration_no", "unit"), "—")
    amount = (Decimal(str(line["unit_price"])) * int(line["quantity"])).quantize(Decimal("0.01"))
    wished: JsonObject = {name: line[name] for name in ("line_no", "product_code", "quantity", "unit_price")}
    return {**wished, **file, "product_name": line["product_code"], "amount": normalize(amount)}


def _placed(input_: JsonObject) -> JsonObject:
    number = hashlib.sha256(dumps(input_).encode()).hexdigest()[:6].upper()
    return {"purchase_order_no": f"PO-{number}", "purchase_date": "2026-01-01"}


FAKES: dict[str, Callable[[JsonObject], JsonObject]] = {
    "orders.quote": _quoted,
    "orders.place": _placed,
    "orders.cancel": lambda input_: {},
    "orders.close": lambda input_: {"received_quantity": 10, "open_quantity": 0},
}
