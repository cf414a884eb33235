"""The case in which quality rules about a hold: begun when goods are stopped, closed when they were let go without it.

A hold stands with or without a case: where the SOP is not in force, or its case cannot begin, quality still has the
notice, and rules at the hold itself.
"""

from __future__ import annotations

import logging

from sqlmodel import Session

from domain.canonical import digest
from domain.errors import RefusedError
from domain.json_types import JsonObject
from records import cases as case_rows
from records import definitions, hold_rows
from records import holds as rows
from records.hold_rows import StockHold
from records.products import Product
from records.stock import Location, Lot
from services import cases
from services.acting import Intent, send
from services.actor import Actor
from services.gateway import EngineUnreachable
from services.office import Office
from services.own_starts import SYSTEM, act_id_of

PROCESS = "suspect_hold"
UNSAID = "一键停售，未写明原因。Stopped with one tap, no reason given."
log = logging.getLogger(__name__)


async def begin(office: Office, actor: Actor, held: StockHold) -> None:
    """Begin the case of a hold, once; a case that rules about the same goods already takes the hold in.

    The system begins it on behalf of whoever stopped the goods, so that it can close it when the ruling is given at the
    hold itself. A lot of which nothing is here has nothing to isolate or examine: its mark alone waits for the ruling.
    """
    if not held.qty:
        return
    values = await office.db.reading(_values, office, held)
    if values is None:
        return
    wish = cases.Begin(
        PROCESS, values, site=held.site, mode=held.mode, origin={"hold": {"id": held.id, "by": actor.id}}
    )
    try:
        started = await cases.start(office, SYSTEM, wish, act_id_of(f"hold/{held.id}"))
        case_id = str(started["id"])
    except RefusedError as error:
        case_id = str(error.refusal.facts.get("case") or "")
    except EngineUnreachable:
        case_id = ""
    if not case_id:
        log.warning("hold %s has no case: quality rules at the hold itself", held.id)
        return
    await office.db.writing(rows.begun, held, case_id, office.now())


def _values(session: Session, office: Office, held: StockHold) -> JsonObject | None:
    """The start form of the SOP in force; `None` where there is none, or where the case is begun already."""
    if definitions.effective(session, PROCESS, office.now()) is None or hold_rows.case_of(session, held.id):
        return None
    lot, product = session.get(Lot, held.lot_id), session.get(Product, held.product_id)
    location = session.get(Location, held.location_id) if held.location_id is not None else None
    assert lot is not None and product is not None
    values: JsonObject = {
        "product_code": product.code,
        "lot_no": lot.lot_no or None,
        "serial_no": held.serial_no or None,
        "expiry_date": lot.expiry or None,
        "location_code": location.code if location else None,
        "hold_no": held.id,
        "lock_reason": f"{held.reason or UNSAID} ({held.held_by})"[:500],
    }
    return {name: value for name, value in values.items() if value is not None}


async def close(office: Office, hold_id: str, by: str) -> None:
    """Cancel the running case of a hold whose ruling is signed at the hold itself: nothing is left to rule about."""
    case_id = await office.db.reading(hold_rows.case_of, hold_id)
    case = await office.db.reading(case_rows.case, case_id) if case_id else None
    if case is None or case.state != "running":
        return
    about: JsonObject = {"action": "cancel", "case": case_id, "site": case.site, "mode": case.mode}
    intent = Intent(
        case_id=case_id,
        site=case.site,
        mode=case.mode,
        path="",
        seat="",
        action="cancel",
        pinned_sha=case.pinned_sha,
        body_sha=digest("own_cancel", hold_id),
        reason=f"停售 {hold_id} 已由 {by} 裁决解除 / {by} ruled at the hold itself and let the goods go",
        about=about,
    )
    try:
        await send(office, SYSTEM, f"cancel-{digest('own_cancel', hold_id)[:48]}", intent)
    except RefusedError as error:  # on record; a signed ruling is not held up by the case that asked for it
        log.warning("case %s of hold %s was not cancelled: %s", case_id, hold_id, error.refusal.code)
