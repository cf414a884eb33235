"""The books as people read them: postings with their vouchers, what is promised, what an owner's goods did."""

from __future__ import annotations

from typing import Any

from domain.json_types import JsonObject
from records import ledger_pages, owners
from records.ledger_pages import LedgerFilter
from services import people
from services.actor import Actor
from services.office import Office
from services.refusals import no_business, refuse
from services.views import Page

LIMIT = 50
OURSELVES = "-"
"""How the owner of our own goods is asked for."""
_FOREVER = "9999-12-31T00:00:00.000Z"


async def postings(office: Office, actor: Actor, filters: dict[str, Any]) -> Page:
    """Postings by `warehouse`, `voucher`, `case` and `kind`, the last first; `cursor` is the id of the last one seen."""
    return await _page(office, actor, "stock/postings", filters, ledger_pages.postings)


async def reservations(office: Office, actor: Actor, filters: dict[str, Any]) -> Page:
    """What is or was promised by `task`, `lot` and `state`, the last first; what is late is promised no more."""
    page = await _page(office, actor, "stock/reservations", filters, ledger_pages.reservations)
    now = office.now()
    for row in page["items"]:
        if row["state"] == "open" and str(row["expires_at"]) <= now:
            row["state"] = "expired"
    return page


async def owner_statement(
    office: Office, actor: Actor, owner: str, begin: str | None, end: str | None, mode: str
) -> JsonObject:
    """Opening, in, out and closing per lot of an owner's goods; `-` is ourselves."""
    await _need(office, actor, "owners")
    asked: JsonObject = {"owner": owner, "from": begin, "to": end}
    named = "" if owner == OURSELVES else owner
    lots = await office.db.reading(
        owners.statement, named, begin or "", end or _FOREVER, actor.works_at(), mode, office.company
    )
    await people.note_reading(
        office, actor, "stock/owners", {name: str(value) for name, value in asked.items() if value}
    )
    return {**asked, "items": list(lots)}


async def _page(office: Office, actor: Actor, what: str, filters: dict[str, Any], read: Any) -> Page:
    await _need(office, actor, what)
    wanted = LedgerFilter(
        sites=actor.works_at(),
        warehouse=filters.get("warehouse"),
        voucher=filters.get("voucher"),
        case_id=filters.get("case"),
        kind=filters.get("kind"),
        task=filters.get("task"),
        lot=filters.get("lot"),
        state=filters.get("state"),
        mode=filters.get("mode") or "live",
        company=office.company,
    )
    after = filters.get("cursor")
    rows, beyond = await office.db.reading(read, wanted, after, int(filters.get("limit") or LIMIT))
    await people.note_reading(office, actor, what, {name: str(value) for name, value in filters.items() if value})
    return {"items": rows, "next": None if beyond is None else str(beyond)}


async def _need(office: Office, actor: Actor, what: str) -> None:
    """Refuse, on record, whoever only keeps the system running."""
    if not actor.works_at():
        await refuse(office, actor, no_business(), {"action": "read_stock", "subject": what})
