"""The steps that goods took and who answers for them: of a lot, a unit, a paper; and finding where to begin."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from typing import Any, cast

from sqlmodel import Session

from domain import document_codes
from domain.canonical import CanonicalError, dumps, loads
from domain.errors import GspError
from domain.json_types import Json, JsonObject
from records import trace as rows
from records import trace_search as search_rows
from records import trace_steps as step_rows
from records.trace_search import Words
from records.trace_steps import StepFilter
from services import people, udi
from services.actor import Actor
from services.office import Office
from services.refusals import no_business, not_found, refuse
from services.trace import bounds

LIMIT = 50
_CODE = re.compile(r"[\]\x1d(+=&]|01\d{14}|https?://", re.IGNORECASE)
"""How scanned codes begin: symbology, separator, brackets, HIBC, ICCBBA, an AI with its number, a Digital Link."""
_SPACES = re.compile(r"[\s,，;；/]+")


async def lot_steps(
    office: Office, actor: Actor, lot_id: int, cursor: str | None = None, limit: int = LIMIT, partner: int | None = None
) -> JsonObject:
    """The moves of a lot at the caller's sites, newest first, each with its papers and the person who answers for it.

    `partner` narrows it to one partner. Raises ``ValueError`` for a cursor that we did not make.
    """
    about: JsonObject = {"action": "read_trace", "subject": f"lot/{lot_id}/steps"}
    await _may_read(office, actor, about)
    wanted = StepFilter(lot=lot_id, partner=partner)
    found = await office.db.reading(_steps, wanted, frozenset(actor.works_at()), office.company, _place(cursor), limit)
    await people.note_reading(office, actor, f"trace/lots/{lot_id}/steps", {})
    return found


async def serial(office: Office, actor: Actor, serial_id: int) -> JsonObject:
    """The life of a unit: where it is, in which status, and every step with who answers for it, oldest first.

    ``unseen`` counts steps at other sites than the caller's.
    """
    about: JsonObject = {"action": "read_trace", "subject": f"serial/{serial_id}"}
    await _may_read(office, actor, about)
    found = await office.db.reading(unit, serial_id, frozenset(actor.works_at()), office.company)
    if found is None:
        zh = f"没有序列号记录 {serial_id}，或您所在机构未经手过它。请用序列号或 UDI 查找。"
        en = f"There is no unit {serial_id}, or your sites never had it. Find it by its serial number or UDI."
        await refuse(office, actor, not_found(zh, en), about)
    await people.note_reading(office, actor, f"trace/serials/{serial_id}", {})
    return found


async def document(office: Office, actor: Actor, number: str, mode: str = "live") -> JsonObject:
    """Everything that a paper did to the stock: postings of a delivery note, an order or a case, and of the same cases.

    ``{number, kinds, cases, orders, lots, steps}``; a paper that nobody posted anything by is refused as not found.
    """
    about: JsonObject = {"action": "read_trace", "subject": f"document/{number[:100]}"}
    await _may_read(office, actor, about)
    found = await office.db.reading(_document, number, mode, frozenset(actor.works_at()), office.company)
    if not found["steps"]:
        zh = f"单据“{number}”没有引起任何库存变动，或不在您所在机构。请核对单号。"
        en = f"The document “{number}” moved no goods, or not at your sites. Check its number."
        await refuse(office, actor, not_found(zh, en), about)
    await people.note_reading(office, actor, "trace/documents", {"number": number})
    return found


async def search(office: Office, actor: Actor, text: str, product: str = "", mode: str = "live") -> JsonObject:
    """Lots, units and papers by what is on them: a scanned UDI, a lot or serial number, a number of a paper or its code.

    ``product lot`` finds a lot of that product. ``read`` is what a code said, ``None`` where it was none.
    """
    about: JsonObject = {"action": "search_trace", "subject": text[:100]}
    await _may_read(office, actor, about)
    typed = text.strip()
    found = await office.db.reading(_search, typed, product, mode, frozenset(actor.works_at()), office.company)
    await people.note_reading(office, actor, "trace/search", {"q": typed[:200]})
    return found


async def _may_read(office: Office, actor: Actor, about: JsonObject) -> None:
    if not actor.works_at():
        await refuse(office, actor, no_business(), about)


# ------------------------------------------------------------------ reading


def _steps(
    session: Session, wanted: StepFilter, mine: frozenset[str], company: str, after: Any, limit: int
) -> JsonObject:
    bounded = replace(wanted, sites=bounds(session, mine, company))
    items, beyond = step_rows.steps(session, bounded, after, limit)
    return {"items": _with_orders(session, items), "next": _cursor(beyond)}


def _with_orders(session: Session, items: list[JsonObject]) -> list[Json]:
    orders = search_rows.orders_of(session, {cast(int, one["posting_id"]) for one in items})
    return [{**one, "orders": cast("list[Json]", orders.get(cast(int, one["posting_id"]), []))} for one in items]


def unit(session: Session, serial_id: int, mine: frozenset[str], company: str) -> JsonObject | None:
    """The life of a unit in one reading, for a caller who works at `mine`; `None` where there is nothing to tell."""
    found = search_rows.serial(session, serial_id, company)
    if found is None:
        return None
    among = bounds(session, mine, company)
    items, _ = step_rows.steps(session, StepFilter(serial=serial_id, sites=among), None, step_rows.PAGE_MAX)
    if among is not None and not items:
        return None
    unseen = search_rows.hidden_moves(session, serial_id, among) if among is not None else 0
    if among is not None and found["site"] not in (None, *among):
        found |= {"location": None, "warehouse": None}
    links = _became(session, items, str(found["mode"]), int(found["lot_id"]))
    return {**found, "steps": list(reversed(_with_orders(session, items))), "unseen": unseen, "became": links}


def _became(session: Session, items: list[JsonObject], mode: str, lot_id: int) -> list[Json]:
    """The lots that a unit went into, where its last step was a repacking."""
    newest: Any = items[0] if items else None
    if newest is None or newest["to"]["kind"] != "REPACK":
        return []
    links = [one for one in rows.links(session, [lot_id], "down", mode) if one.parent == lot_id]
    known = rows.lots(session, [one.child for one in links])
    return [{"lot_id": one.child, "lot": known[one.child].lot_no} for one in links if one.child in known]


def _document(session: Session, number: str, mode: str, mine: frozenset[str], company: str) -> JsonObject:
    by_kind = search_rows.postings_of_document(session, number, mode, company)
    named = sorted({posting for ids in by_kind.values() for posting in ids})
    ids = search_rows.of_the_same_cases(session, named, mode, company)
    if not ids:
        return {"number": number, "kinds": [], "cases": [], "orders": [], "lots": [], "steps": [], "more": False}
    wanted = StepFilter(postings=ids, sites=bounds(session, mine, company))
    items, beyond = step_rows.steps(session, wanted, None, step_rows.PAGE_MAX)
    steps: list[Any] = list(reversed(_with_orders(session, items)))
    lots = {one["lot_id"]: {"lot_id": one["lot_id"], "lot": one["lot"], "product": one["product"]} for one in steps}
    return {
        "number": number,
        "kinds": list(by_kind),
        "cases": sorted({one["case"] for one in steps if one["case"]}),
        "orders": sorted({order["number"] for one in steps for order in one["orders"]}),
        "lots": list(lots.values()),
        "steps": steps,
        "more": beyond is not None,
    }


def _search(session: Session, typed: str, product: str, mode: str, mine: frozenset[str], company: str) -> JsonObject:
    words, read = _words(session, typed, product, mode, company)
    among = bounds(session, mine, company)
    lots = search_rows.lots(session, words)
    if among is not None:
        lots = [one for one in lots if rows.was_at(session, cast(int, one["lot_id"]), among)]
    serials = search_rows.serials(session, words)
    if among is not None:
        serials = [one for one in serials if rows.was_at(session, cast(int, one["lot_id"]), among)]
    numbers, fault = ([], None) if read else _numbers(session, typed, mode, company)
    if not (lots or serials or numbers):
        fault = fault or _why_unread(typed, read)
    return {
        "q": typed,
        "read": read,
        "fault": fault,
        "lots": cast("list[Json]", lots),
        "serials": cast("list[Json]", serials),
        "documents": cast("list[Json]", numbers),
    }


def _words(session: Session, typed: str, product: str, mode: str, company: str) -> tuple[Words, JsonObject | None]:
    """What to look for: the parts of a code that could be read, else the words as they were typed."""
    plain = Words(typed=typed, product=product, mode=mode, company=company)
    try:
        read = udi.parse(typed) if typed else None
    except GspError:
        read = None
    if read is not None and read["di"] and (read["lot"] or read["serial"]):
        code = replace(
            plain, typed="", di=str(read["di"]), lot=str(read["lot"] or ""), serial=str(read["serial"] or "")
        )
        return code, read
    parts = [part for part in _SPACES.split(typed) if part]
    if len(parts) == 2 and not product and search_rows.is_product(session, parts[0], company):
        return replace(plain, typed=parts[1], product=parts[0]), None
    return plain, None


def _why_unread(typed: str, read: JsonObject | None) -> JsonObject | None:
    """What is wrong with a text that looks like a scanned code, in both languages."""
    if read is not None or not _CODE.match(typed):
        return None
    try:
        udi.parse(typed)
    except GspError as fault:
        return fault.text.as_json()
    return None


def _numbers(session: Session, typed: str, mode: str, company: str) -> tuple[list[JsonObject], JsonObject | None]:
    """The papers with this number, or the case that a printed code stands for; what is wrong with such a code."""
    try:
        number = _case_of_code(session, typed, mode, company) or typed
    except document_codes.DocumentCodeFault as fault:
        return [], fault.text.as_json()
    found = search_rows.postings_of_document(session, number, mode, company) if number else {}
    return [{"number": number, "kind": kind, "postings": len(ids)} for kind, ids in found.items()], None


def _case_of_code(session: Session, typed: str, mode: str, company: str) -> str | None:
    if not document_codes.looks_like_one(typed):
        return None
    code = document_codes.read(typed)
    return (
        search_rows.case_between(session, document_codes.bounds(code), mode, company) if code.kind == "case" else None
    )


def _cursor(position: tuple[str, int] | None) -> str | None:
    return base64.urlsafe_b64encode(dumps(list(position)).encode()).decode("ascii") if position else None


def _place(cursor: str | None) -> tuple[str, int] | None:
    if not cursor:
        return None
    try:
        at, move = cast("list[Any]", loads(base64.urlsafe_b64decode(cursor.encode("ascii"))))
    except (ValueError, TypeError, binascii.Error, CanonicalError) as error:
        raise ValueError("bad cursor") from error
    if not isinstance(at, str) or not isinstance(move, int):
        raise ValueError("bad cursor")
    return at, move
