"""The stock board: one warehouse at a time, as tiles, map, expiry ladder and table; what leaves it as a sheet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

from sqlmodel import Session

from domain.clock import date_in_zone
from domain.errors import Fault, GspError, Refusal, Text
from domain.json_types import JsonObject
from domain.stock import Status, Zone
from records import organisation, products, stock_board
from records.stock import Warehouse, warehouses
from records.stock_board import BUCKETS, VIEWS, BoardFilter
from services import people, udi
from services.actor import Actor
from services.office import Office
from services.refusals import no_business, not_found, refuse
from services.stock import position_of, text_of
from services.views import Page

LIMIT = 50
EXPORT_MOST = 20_000
"""So many rows at most leave in one sheet."""
_PAGE = 500


async def places(office: Office, actor: Actor, site: str | None = None) -> list[JsonObject]:
    """The warehouses that the actor may look at, of one site if given."""
    await _need(office, actor, "warehouses")
    rows = await office.db.reading(warehouses, site, office.company)
    return [
        {"code": row.code, "site": row.site, "name": {"zh": row.name, "en": row.name_en or row.name}}
        for row in rows
        if row.site in actor.works_at()
    ]


async def summary(office: Office, actor: Actor, code: str, mode: str = "live") -> JsonObject:
    """Lots by zone, status and expiry of one warehouse, in stock against on the way, and holds that are open."""
    warehouse, today = await _warehouse(office, actor, code, "summary")
    return await office.db.reading(stock_board.summary, warehouse, today, mode)


async def cells(office: Office, actor: Actor, code: str, mode: str = "live") -> list[JsonObject]:
    """Every location of a warehouse and what it holds."""
    warehouse, today = await _warehouse(office, actor, code, "map")
    assert warehouse.id is not None
    return await office.db.reading(stock_board.cells, warehouse.id, today, mode)


async def rows(office: Office, actor: Actor, code: str, view: str, filters: dict[str, Any]) -> Page:
    """A page of the table by `view` (lot, serial, location, zone, temperature, expiry) and filters.

    Raises `ValueError` for a cursor that we did not make.
    """
    warehouse, today = await _warehouse(office, actor, code, "board")
    await _known(office, actor, view, filters)
    after = position_of(filters.get("cursor"), len(stock_board.ORDER_KINDS[view]))
    wanted = await _wanted(office, warehouse, today, filters)
    found, beyond = await office.db.reading(
        stock_board.rows, wanted, view, after, min(int(filters.get("limit") or LIMIT), _PAGE)
    )
    return {"items": found, "next": text_of(beyond)}


async def count(office: Office, actor: Actor, code: str, filters: dict[str, Any]) -> int:
    """How many lots the filters leave."""
    warehouse, today = await _warehouse(office, actor, code, "board")
    return await office.db.reading(stock_board.count, await _wanted(office, warehouse, today, filters))


async def all_rows(
    office: Office, actor: Actor, code: str, view: str, filters: dict[str, Any]
) -> AsyncIterator[JsonObject]:
    """The whole table for a sheet, `EXPORT_MOST` rows at most; each export is on record."""
    asked: JsonObject = {name: str(value) for name, value in filters.items() if value}
    await people.note_reading(office, actor, f"stock/export/{code}", asked)
    cursor, left = None, EXPORT_MOST
    while left > 0:
        page = await rows(office, actor, code, view, {**filters, "cursor": cursor, "limit": min(_PAGE, left)})
        for row in page["items"]:
            yield row
        cursor, left = page["next"], left - len(page["items"])
        if cursor is None:
            return


# ------------------------------------------------------------------ what is asked


async def _need(office: Office, actor: Actor, what: str) -> None:
    if not actor.works_at():
        await refuse(office, actor, no_business(), {"action": "read_stock", "subject": what})


async def _warehouse(office: Office, actor: Actor, code: str, what: str) -> tuple[Warehouse, date]:
    """The warehouse and the day it is there; 404 for one of a site where the actor has no business."""
    await _need(office, actor, what)
    found = await office.db.reading(_found, office, code)
    if found is None or found[0].site not in actor.works_at():
        why = not_found("没有这个仓库，或您无权查看。", "There is no such warehouse, or not for you.")
        await refuse(office, actor, why, {"action": "read_stock", "subject": f"{what} {code}"[:120]})
    await people.note_reading(office, actor, f"stock/{what}", {"warehouse": code})
    return found


def _found(session: Session, office: Office, code: str) -> tuple[Warehouse, date] | None:
    row = next((one for one in warehouses(session, None, office.company) if one.code == code), None)
    if row is None:
        return None
    site = organisation.site(session, row.site)
    session.expunge(row)
    return row, date_in_zone(office.now(), site.zone if site else "Asia/Shanghai")


_CHOICES: dict[str, tuple[str, ...]] = {
    "zone": ("", *(zone.value for zone in Zone)),
    "status": tuple(status.value for status in Status),
    "bucket": BUCKETS,
}


async def _known(office: Office, actor: Actor, view: str, filters: dict[str, Any]) -> None:
    """Refuse a view or a filter that there is not, with every fault."""
    faults = [] if view in VIEWS else [_unknown("view", view, VIEWS)]
    for name, choices in _CHOICES.items():
        if filters.get(name) is not None and filters[name] not in choices:
            faults.append(_unknown(name, str(filters[name]), choices))
    if faults:
        why = Refusal(422, faults[0].code, faults[0].message, faults=tuple(faults))
        await refuse(office, actor, why, {"action": "read_stock", "subject": "board"})


def _unknown(name: str, said: str, choices: tuple[str, ...]) -> Fault:
    listed = ", ".join(one for one in choices if one)
    text = Text(f"“{said}”不可选；可用：{listed}。", f"'{said}' is no choice; there are: {listed}.")
    return Fault(f"/query/{name}", "unknown_choice", text)


async def _wanted(office: Office, warehouse: Warehouse, today: date, filters: dict[str, Any]) -> BoardFilter:
    assert warehouse.id is not None
    wanted = BoardFilter(
        warehouse_id=warehouse.id,
        today=today,
        zone=filters.get("zone"),
        status=filters.get("status") or None,
        bucket=filters.get("bucket") or None,
        location=filters.get("location") or None,
        product=filters.get("product") or None,
        lot=filters.get("lot") or None,
        serial=filters.get("serial") or None,
        cold=filters.get("cold"),
        transit=filters.get("transit"),
        text=(filters.get("q") or "").strip() or None,
        mode=filters.get("mode") or "live",
        company=office.company,
    )
    return await _read_code(office, wanted, today)


async def _read_code(office: Office, wanted: BoardFilter, today: date) -> BoardFilter:
    """A scanned code means its product, lot and serial number; anything else is a word to look for."""
    if wanted.text is None:
        return wanted
    try:
        code = udi.parse(wanted.text, today)
    except GspError:
        return wanted
    product = await office.db.reading(products.by_di, str(code["di"])) if code.get("di") else None
    if product is None:
        return wanted
    lot, serial = code.get("lot"), code.get("serial")
    return replace(
        wanted,
        text=None,
        product=product.code,
        lot=str(lot) if lot else wanted.lot,
        serial=str(serial) if serial else wanted.serial,
    )


def cursor_kinds(view: str) -> tuple[type, ...]:
    """What the cursor of a view holds; of a view that there is not, nothing."""
    return stock_board.ORDER_KINDS.get(view, ())
