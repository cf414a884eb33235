"""The sheet of opening stock: its empty template, and a check before it is handed in to `opening_balances`.

Nothing is booked here: the books are opened by the SOP, on two signatures.
"""

from __future__ import annotations

from sqlmodel import Session

from domain.clock import date_in_zone
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from domain.master_data.opening import SHEET
from records import opening_stock, organisation, sheet_rows
from records.opening_stock import Place
from records.stock import warehouses
from services import attachments, sheets
from services.actor import Actor
from services.admin_laws import need
from services.first_loading import ALREADY, LOADED, REFUSED, Result, answer
from services.office import Office
from services.refusals import not_found, refuse

OPENERS = ("warehouse_keeper", "finance", "department_manager", "quality_staff", "quality_director")


async def template(office: Office, actor: Actor) -> bytes:
    """The empty sheet."""
    await need(office, actor, OPENERS, {"action": "read_template", "subject": SHEET.key})
    return await office.db.run(sheets.write, SHEET)


async def check(office: Office, actor: Actor, warehouse: str, sha256: str) -> JsonObject:
    """Every row of an uploaded sheet judged as `opening_balances` will judge it; `loaded` counts what could be booked."""
    about: JsonObject = {"action": "check_opening", "subject": warehouse[:40], "sha256": sha256[:64]}
    await need(office, actor, OPENERS, about)
    place = await office.db.reading(_place, office.now(), warehouse, office.company)
    if place is None:
        why = not_found(f"没有库房“{warehouse[:40]}”。", f"There is no warehouse '{warehouse[:40]}'.")
        await refuse(office, actor, why, about)
    path, _ = await attachments.find(office, actor, sha256)
    try:
        sheet = await office.db.run(sheet_rows.read, SHEET, path.read_bytes())
    except sheet_rows.SheetError as error:
        await refuse(office, actor, Refusal(422, "bad_sheet", Text(error.zh, error.en)), about)
    results = await office.db.reading(_judged, place, sheet)
    return await answer(office, actor, SHEET, sheet, results)


def _place(session: Session, now: str, warehouse: str, company: str) -> Place | None:
    found = next((row for row in warehouses(session, company=company) if row.code == warehouse), None)
    site = organisation.site(session, found.site) if found else None
    return Place(warehouse, date_in_zone(now, site.zone).isoformat(), company=company) if site else None


def _judged(session: Session, place: Place, sheet: sheet_rows.Sheet) -> list[Result]:
    before = opening_stock.opened(session, place)
    rows = [opening_stock.beside(one, before) for one in opening_stock.judge(session, place, sheet.rows)]
    return [
        (one, ALREADY, ()) if before.holds(one.values) else (one, REFUSED if one.faults else LOADED, one.faults)
        for one in rows
    ]
