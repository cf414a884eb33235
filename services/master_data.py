"""Master data as people read it: lists by cursor, one view of a product and of a partner, the wish to change a row.

Changes go through the SOP `access_and_master_data` alone; nothing here writes a row.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session

from domain.clock import date_in_zone
from domain.json_types import Json, JsonObject
from domain.master_data import changes
from domain.master_data.entities import ENTITIES
from records import agreements, master, master_pages, master_rows, parties, products
from records.master_pages import MasterFilter
from records.parties import Credential, Partner
from records.products import Product
from records.stock import Location, Warehouse
from services import drafts, people
from services.actor import Actor
from services.master_words import credential_view, price_view, qualification_view, version_view
from services.office import Office
from services.refusals import no_business, not_found, refuse
from services.views import Page

LIMIT = 50
PROCESS = "access_and_master_data"
PRICE_READERS = frozenset(
    "purchaser sales finance company_head quality_director quality_staff department_manager auditor guest_auditor".split()
)
"""Who sees what was agreed with a partner; for a warehouse keeper prices are nobody's business."""


async def product_list(office: Office, actor: Actor, filters: dict[str, Any]) -> Page:
    """Products by code; `q` finds Chinese, pinyin, initials, codes and scanned UDI-DIs."""
    await _need(office, actor, "products")
    return await _listed(office, actor, "products", filters, _products)


async def partner_list(office: Office, actor: Actor, filters: dict[str, Any]) -> Page:
    """Partners by code, each with the paper that ends first."""
    await _need(office, actor, "partners")
    return await _listed(office, actor, "partners", filters, _partners)


async def location_list(office: Office, actor: Actor, filters: dict[str, Any]) -> Page:
    """Places of the caller's sites by code."""
    await _need(office, actor, "locations")
    return await _listed(office, actor, "locations", {**filters, "sites": actor.works_at()}, _locations)


async def product(office: Office, actor: Actor, code: str) -> JsonObject:
    """One product: file, registration, packs, units, papers (its own and of its lots), prices, stock, history."""
    await _need(office, actor, f"products/{code}")
    found = await office.db.reading(_product_view, office, actor, code)
    if found is None:
        about: JsonObject = {"action": "read_product", "subject": code}
        await refuse(office, actor, not_found(f"没有产品 {code}。", f"There is no product {code}."), about)
    await people.note_reading(office, actor, f"products/{code}", {})
    return found


async def partner(office: Office, actor: Actor, code: str) -> JsonObject:
    """One partner: file, papers with days left and scope, contracts, prices, decisions, performance, history."""
    await _need(office, actor, f"partners/{code}")
    found = await office.db.reading(_partner_view, office, actor, code)
    if found is None:
        about: JsonObject = {"action": "read_partner", "subject": code}
        await refuse(office, actor, not_found(f"没有单位 {code}。", f"There is no partner {code}."), about)
    await people.note_reading(office, actor, f"partners/{code}", {})
    return found


async def prepare_change(office: Office, actor: Actor, entity: str, name: str) -> str:
    """Keep a draft of the change request with everything that stands in the row now; the path where it goes on."""
    await _need(office, actor, f"{entity}/{name}")
    request = await office.db.reading(_request, entity, name)
    await drafts.save(office, actor, "start", PROCESS, request)
    return f"/start/{PROCESS}"


async def _need(office: Office, actor: Actor, what: str) -> None:
    if not actor.works_at():
        await refuse(office, actor, no_business(), {"action": "read_master_data", "subject": what})


async def _listed(office: Office, actor: Actor, what: str, filters: dict[str, Any], read: Any) -> Page:
    wanted = MasterFilter(
        **{key: filters[key] for key in filters.keys() & set(MasterFilter.__dataclass_fields__)}, company=office.company
    )
    limit = max(1, min(int(filters.get("limit") or LIMIT), master_pages.LIMIT_MAX))
    rows, beyond = await office.db.reading(read, wanted, filters.get("cursor"), limit, _today(office), actor.works_at())
    asked: JsonObject = {key: str(value) for key, value in filters.items() if value and key != "sites"}
    await people.note_reading(office, actor, what, asked)
    return {"items": rows, "next": beyond}


def _today(office: Office) -> date:
    return date_in_zone(office.now(), "Asia/Shanghai")


def _days(until: str | None, today: date) -> int | None:
    return None if not until else (date.fromisoformat(until) - today).days


def _request(session: Session, entity: str, name: str) -> dict[str, Any]:
    row = master_rows.named(session, ENTITIES[entity], name)
    values = master_rows.values_of(session, entity, row) if row is not None else {}
    lines = [line for line in changes.rows_of(ENTITIES[entity], values) if row is not None or line["field_name"]]
    return {
        "request_kind": "master_data",
        "subject_kind": entity,
        "subject_code": name,
        "change_action": "change" if row is not None else "create",
        "changes": [{key: value for key, value in line.items() if value} for line in lines],
    }


# ------------------------------------------------------------------ lists


def _products(
    session: Session, wanted: MasterFilter, after: str | None, limit: int, today: date, sites: tuple[str, ...]
) -> tuple[list[JsonObject], str | None]:
    rows, beyond = master_pages.products(session, wanted, after, limit)
    stock = master_pages.stock_of(session, [row.id or 0 for row in rows], sites)
    return [_product_row(row, stock.get(row.id or 0, {}), today) for row in rows], beyond


def _product_row(row: Product, stock: dict[str, int], today: date) -> JsonObject:
    same = (
        "code", "name", "name_en", "model", "specification", "device_class", "registration_no", "registrant_name",
        "registration_valid_until", "unit", "tracking", "is_cold_chain", "is_implant", "is_ivd", "is_sterile",
        "storage_condition", "temp_min", "temp_max", "status",
    )  # fmt: skip
    units: dict[str, Json] = {**stock}
    return {
        **{key: getattr(row, key) for key in same},
        "registration_days_left": _days(row.registration_valid_until, today),
        "stock": units,
    }


def _partners(
    session: Session, wanted: MasterFilter, after: str | None, limit: int, today: date, _sites: tuple[str, ...]
) -> tuple[list[JsonObject], str | None]:
    rows, beyond = master_pages.partners(session, wanted, after, limit)
    papers = master_pages.papers_of(session, "partner", [row.id or 0 for row in rows])
    return [_partner_row(session, row, papers.get(row.id or 0, []), today) for row in rows], beyond


def _partner_row(session: Session, row: Partner, papers: list[Credential], today: date) -> JsonObject:
    same = ("code", "kind", "name", "name_en", "uscc", "supplier_type", "address", "contact", "phone", "retired_at")
    first = papers[0] if papers else None
    decided = parties.qualifications(session, "partner", row.id or 0)
    return {
        **{key: getattr(row, key) for key in same},
        "papers": len(papers),
        "first_paper": first.kind if first else None,
        "first_paper_until": first.valid_until if first else None,
        "first_paper_days_left": _days(first.valid_until, today) if first else None,
        "qualification": decided[-1].state if decided else None,
    }


def _locations(
    session: Session, wanted: MasterFilter, after: str | None, limit: int, _today: date, _sites: tuple[str, ...]
) -> tuple[list[JsonObject], str | None]:
    rows, beyond = master_pages.locations(session, wanted, after, limit)
    return [_location_row(*row) for row in rows], beyond


def _location_row(row: Location, house: Warehouse) -> JsonObject:
    same = ("code", "name", "name_en", "kind", "zone", "temp_min", "temp_max", "capacity", "retired_at")
    return {**{key: getattr(row, key) for key in same}, "warehouse": house.code, "site": house.site}


# ------------------------------------------------------------------ one view


def _product_view(session: Session, office: Office, actor: Actor, code: str) -> JsonObject | None:
    row = products.by_code(session, code, office.company)
    if row is None or row.id is None:
        return None
    today = _today(office)
    stock = master_pages.stock_of(session, [row.id], actor.works_at()).get(row.id, {})
    lots = {lot.id or 0: lot for lot in master_pages.lots_of(session, row.id)}
    papers = master_pages.papers_of(session, "product", [row.id]).get(row.id, [])
    of_lots = master_pages.papers_of(session, "lot", list(lots)) if lots else {}
    lot_papers: list[Json] = [
        {"lot": lots[lot].lot_no, **credential_view(session, paper, today)}
        for lot, own in of_lots.items()
        for paper in own
    ]
    file: dict[str, Json] = master_rows.values_of(session, "product", row)
    dis: list[Json] = [master_rows.values_of(session, "product_di", one) for one in products.dis_of(session, row.id)]
    units: list[Json] = [
        {"unit": one.unit, "base_qty": one.base_qty, "base_unit": row.unit}
        for one in products.units_of(session, row.id)
    ]
    decided: list[Json] = [qualification_view(one) for one in parties.qualifications(session, "product", row.id)]
    return {
        **_product_row(row, stock, today),
        "file": file,
        "dis": dis,
        "units": units,
        "papers": [credential_view(session, paper, today) for paper in papers],
        "lot_papers": lot_papers,
        "prices": _prices(session, actor, today, product_id=row.id),
        "qualification": decided,
        "history": [version_view(one) for one in master.versions(session, f"product/{code}")],
    }


def _partner_view(session: Session, office: Office, actor: Actor, code: str) -> JsonObject | None:
    row = parties.by_code(session, code, office.company)
    if row is None or row.id is None:
        return None
    today = _today(office)
    papers = master_pages.papers_of(session, "partner", [row.id]).get(row.id, [])
    contracts: list[Json] = [
        {**master_rows.values_of(session, "contract", one), "days_left": _days(one.valid_until, today)}
        for one in agreements.contracts_of(session, row.id)
    ]
    decided: list[Json] = [qualification_view(one) for one in parties.qualifications(session, "partner", row.id)]
    file: dict[str, Json] = master_rows.values_of(session, "partner", row)
    return {
        **_partner_row(session, row, papers, today),
        "file": file,
        "papers": [credential_view(session, paper, today) for paper in papers],
        "contracts": contracts if _sees_prices(actor) else None,
        "prices": _prices(session, actor, today, partner_id=row.id),
        "qualification": decided,
        "performance": master_pages.performance_of(session, row.id),
        "history": [version_view(one) for one in master.versions(session, f"partner/{code}")],
    }


def _sees_prices(actor: Actor) -> bool:
    return bool(PRICE_READERS & set(actor.roles))


def _prices(session: Session, actor: Actor, today: date, **whose: int) -> Json:
    """`None` for whoever sees no prices."""
    if not _sees_prices(actor):
        return None
    rows: list[Json] = [price_view(session, row, today) for row in agreements.prices_of(session, **whose)]
    return rows
