"""A small distributor on both databases: one warehouse with every zone, one supplier in order, products, an
order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from activities.context import ActivityContext
from domain.canonical import digest
from domain.ids import effect_key
from domain.json_types import JsonObject
from records.case_tables import CaseRow, CaseScope, CaseStep, PinnedSet, Signature
from records.database import Database
from records.orders import PurchaseOrder, PurchaseOrderLine
from records.organisation import Company, Site
from records.parties import Credential, Partner, Qualification
from records.products import Product
from records.stock import Location, Warehouse
from tests.migrated import put_tables

NOON = "2026-11-22T04:00:00.000Z"
"""Noon in Shanghai."""
_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A furnished distributor on each engine in turn."""
    folder = tmp_path_factory.mktemp("house")
    url = f"sqlite:///{folder / 'gspflow.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    put_tables(url, tmp_path_factory)
    opened = House(Database(url), folder / "attachments")
    opened.furnish()
    yield opened
    opened.database.close()


@dataclass
class House:
    """The distributor and short ways to act in it."""

    database: Database
    attachments: Path
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def ctx(self) -> ActivityContext:
        """What activities are given."""
        return ActivityContext(self.database, self.attachments, lambda: NOON)

    def furnish(self) -> None:
        """Company, two sites, places, papers, products, one order."""
        self.attachments.mkdir()
        self._add("company", Company(key="main", name="测试公司"))
        self._add("HQ", Site(key="HQ", name="总部"))
        self._add("B2", Site(key="B2", name="分部"))
        for code, site in (("HZ", "HQ"), ("NB", "B2")):
            self._add(code, Warehouse(site=site, code=code, name=code))
        for code, warehouse, zone, low, high in (
            ("HZ-Q-01", "HZ", "pending", 10, 30),
            ("HZ-QC-01", "HZ", "pending", 2, 8),
            ("HZ-A-01", "HZ", "qualified", 10, 30),
            ("HZ-C-01", "HZ", "qualified", 2, 8),
            ("HZ-R-01", "HZ", "rejected", 10, 30),
            ("NB-A-01", "NB", "qualified", 10, 30),
        ):
            place = Location(warehouse_id=self.ids[warehouse], code=code, zone=zone, temp_min=low, temp_max=high)
            self._add(code, place)
        self._add_supplier("S01")
        self._add_product("P-LOT", "LOT", 10, 30, registration_valid_until="2030-01-01")
        self._add_product("P-COLD", "LOT", 2, 8, is_cold_chain=True, registration_valid_until="2030-01-01")
        self._add_product("P-SER", "LOT_SERIAL", 10, 30, registration_valid_until="2030-01-01")
        self._add_product("P-OLD", "LOT", 10, 30, registration_valid_until="2026-01-31")
        self._add_product("P-DRAFT", "LOT", 10, 30, status="DRAFT")
        self.order("PO-1", "S01", "2026-11-10", dict.fromkeys(("P-LOT", "P-COLD", "P-SER", "P-OLD"), 1000000))

    def _add(self, name: str, row: Any) -> None:
        with self.database.write() as session:
            session.add(row)
            session.flush()
            self.ids[name] = getattr(row, "id", None) or 0

    def _add_supplier(self, code: str, until: str = "2027-12-31") -> None:
        self._add(code, Partner(code=code, name=f"供货者{code}", address="上海", contact="021"))
        owner = self.ids[code]
        for kind in ("business_license", "operation_license", "authorization_letter"):
            self._add("paper", Credential(owner_id=owner, kind=kind, valid_from="2020-01-01", valid_until=until))
        decided = Qualification(
            subject_id=owner, state="approved", valid_from="2020-01-01", valid_until=until, decided_at=NOON
        )
        self._add("approval", decided)

    def _add_product(
        self, code: str, tracking: str, low: int, high: int, status: str = "APPROVED", **more: Any
    ) -> None:
        row = Product(code=code, name=code, tracking=tracking, temp_min=low, temp_max=high, status=status, **more)
        self._add(code, row)

    def order(self, number: str, supplier: str, day: str, quantities: dict[str, int]) -> None:
        """An open order."""
        self._add(number, PurchaseOrder(site="HQ", number=number, supplier_id=self.ids[supplier], ordered_on=day))
        for line_no, (code, quantity) in enumerate(quantities.items(), 1):
            line = PurchaseOrderLine(
                order_id=self.ids[number], line_no=line_no, product_id=self.ids[code], quantity=quantity
            )
            self._add("line", line)

    def case(self, mode: str = "vehicle", gap: int = 5) -> Case:
        """A new case of ours, as the projection would show it."""
        case = Case(self, f"C{next(_numbers):05d}")
        body: JsonObject = {"parameters": {"transport_log_gap_min": {"vehicle": gap}}}
        sha = digest("pinned", body)
        with self.database.write() as session:
            if session.get(PinnedSet, sha) is None:
                session.add(PinnedSet(sha256=sha, body=body))
            row = CaseRow(
                site="HQ", id=case.id, process="receiving_inspection", version="1.0.0", pinned_sha=sha,
                definition_sha="d", state="running", started_at=NOON, started_by="receiver", seq=1, head="h", wave=1,
                engine_rev=1,
            )  # fmt: skip
            session.add(row)
            session.add(CaseScope(case_id=case.id, scope="start", body={"transport_mode": mode}))
        return case


@dataclass
class Case:
    """One case: envelopes for its calls, signatures for its lines."""

    house: House
    id: str
    seq: int = 0

    def envelope(self, path: str, posting: str, given: JsonObject, **changed: Any) -> JsonObject:
        """What the shell hands to an activity."""
        return {
            "effect_key": effect_key(self.id, path, posting), "case_id": self.id, "path": path, "site": "HQ",
            "mode": "live", "company": "main", "input": given, "at": NOON,
        } | changed  # fmt: skip

    def sign(self, line: str, step: str, meaning: str, outcome: str, role: str) -> None:
        """A signature on a step of a line, as the wave would have written it."""
        self.sign_at(f"lines#1/[{line}]#1/{step}#1", step, meaning, outcome, role)

    def sign_at(self, path: str, step: str, meaning: str, outcome: str, role: str) -> None:
        """A signature on any step."""
        self.seq += 1
        row = Signature(
            case_id=self.id, seq=self.seq, site="HQ", path=path, step=step, signer=role, signer_name=role, role=role,
            meaning=meaning, outcome=outcome, at=NOON, act_id=f"a{self.seq}",
            act_sha=digest("act", [self.id, self.seq]), values_sha="v", key_id="k", seal="s",
        )  # fmt: skip
        with self.house.database.write() as session:
            session.add(row)

    def supersede(self, line: str, step: str) -> None:
        """The step's work no longer counts."""
        with self.house.database.write() as session:
            path = f"lines#1/[{line}]#1/{step}#1"
            session.add(
                CaseStep(case_id=self.id, site="HQ", path=path, step=step, kind="task", round=1, state="superseded")
            )


def line(product: str = "P-LOT", quantity: int = 10, lot: str | None = None, **more: Any) -> JsonObject:
    """One received line."""
    number = lot if lot is not None else f"L{next(_numbers)}"
    place = "HZ-QC-01" if product == "P-COLD" else "HZ-Q-01"
    return {
        "line_no": "L1", "purchase_order_no": "PO-1", "product_code": product, "lot_no": number,
        "production_date": "2026-10-01", "expiry_date": "2028-10-01", "received_quantity": quantity,
        "quarantine_location": place,
    } | more  # fmt: skip


def delivery(*lines: JsonObject, supplier: str = "S01") -> JsonObject:
    """The input of `stock.receive`."""
    return {"supplier_code": supplier, "delivery_note_no": "CK-1", "lines": list(lines)}
