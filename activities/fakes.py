"""Pure fakes of the catalogue for simulation: believable answers without a database, the same for the same
input."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from activities import master_fakes, opening_contracts
from activities.departure_fakes import FAKES as _DEPARTURES
from activities.purchasing_fakes import FAKES as _PURCHASING
from activities.sales_fakes import FAKES as _SELLING
from activities.warehouse_fakes import FAKES as _WAREHOUSE
from domain.canonical import dumps
from domain.json_types import JsonObject


def fake(name: str, input_: JsonObject) -> JsonObject:
    """What the activity `name` would answer when all is well; raises `KeyError` for a name without a fake."""
    return FAKES[name](input_)


def _number(letter: str, input_: JsonObject) -> str:
    return f"{letter}-{hashlib.sha256(dumps(input_).encode()).hexdigest()[:10].upper()}"


def _expected(input_: JsonObject) -> JsonObject:
    supplier = input_.get("supplier_code")
    return {"supplier_name": supplier, "supplier_address": "—", "supplier_contact": "—", "expected_lines": []}


def _facts(input_: JsonObject) -> JsonObject:
    return {
        "product_id": input_.get("product_code"),
        "device_class": "II",
        "registrant_name": f"{input_.get('product_code')} / 注册人",
        "registration_valid_until": "2099-12-31",
        "purchase_date": "2026-01-01",
        "supplier_name": input_.get("supplier_code"),
        "supplier_address": "—",
        "supplier_contact": "—",
        "is_cold_chain": False,
        "is_implant": False,
        "is_ivd": False,
        "is_sterile": False,
    }


def _log(input_: JsonObject) -> JsonObject:
    return {
        "log_points": 2,
        "log_first_at": input_.get("departure"),
        "log_last_at": input_.get("arrival"),
        "log_max_gap_min": 5,
        "log_covers_transit": True,
        "transit_temp_ok": True,
    }


def _moved(input_: JsonObject) -> JsonObject:
    where = input_.get("to_location")
    return {"posting": _number("M", input_), "warehouse": "", "zone": "qualified", "location": where}


def _started(input_: JsonObject) -> JsonObject:
    number = hashlib.sha256(dumps(input_).encode()).hexdigest()
    return {"id": number[:26].upper(), "version": "1.0.0", "sha256": number}


def _holders(input_: JsonObject) -> JsonObject:
    roles: Any = input_.get("roles") or []
    return {"holders": {role: [{"id": role, "name": role, "name_en": role}] for role in roles}}


FAKES: dict[str, Callable[[JsonObject], JsonObject]] = {
    "cases.cancel": lambda input_: {},
    "people.everyone": _holders,
    "orders.expected_lines": _expected,
    "orders.line_facts": _facts,
    "stock.receive": lambda input_: {"posting": _number("R", input_)},
    "stock.change_status": lambda input_: {"posting": _number("S", input_)},
    "stock.move": _moved,
    "stock.hold": lambda input_: {"posting": _number("H", input_), "held": 0},
    "stock.reverse": lambda input_: {},
    "cold_chain.read_log": _log,
    "cases.start": _started,
    **_PURCHASING,
    **_WAREHOUSE,
    **_SELLING,
    **_DEPARTURES,
    **opening_contracts.FAKES,
    **{f"{who}.facts": lambda input_: {"on_file": "new"} for who in ("suppliers", "purchasers", "products")},
    **{
        f"{who}.check": lambda input_: {"check_findings": []}
        for who in ("suppliers", "purchasers", "products", "papers")
    },
    **{f"{who}.qualify": lambda input_: {"qualification": _number("Q", input_)} for who in ("suppliers", "purchasers")},
    "products.qualify": lambda input_: {"qualification": _number("Q", input_)},
    "qualification.reject": lambda input_: {"qualification": _number("Q", input_)},
    "qualification.undo": lambda input_: {},
    "papers.due": lambda input_: {"due_papers": []},
    "papers.renew": lambda input_: {"paper_id": _number("P", input_)},
    "partners.suspend": lambda input_: {"suspended": True},
    "letters.facts": lambda input_: {"salesperson_name": input_.get("sales_account") or "—", "is_trained": True},
    "letters.issue": lambda input_: {"paper_id": _number("P", input_)},
    "letters.withdraw": lambda input_: {"withdrawn": 1},
    **master_fakes.FAKES,
}
