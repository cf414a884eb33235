"""Counting: what to count without the books in sight, what differs, and the adjustment that finance or quality signs.

The books are read as they were at the moment of counting, so goods that moved afterwards make no difference. What the
books say leaves this module only after the counts are in. Source: GSP 2023 art. 77.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from sqlmodel import Session

from activities.context import ActivityContext, BusinessError, Call
from activities.stock_lines import Change, lines_of, move_of, rows_of, status_of, text, whole
from activities.stock_posting import number, posted, refuse
from domain import stock_rules
from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import Evidence, MoveKind, PlaceKind, Status
from records import ledger, lots, products, stock_facts
from records.stock import location_by_code, virtual_place
from records.stock_standing import Wanted, standing

LINES_MAX = 400
"""How many lines one case counts; more are counted zone by zone."""
_SHOWN = (
    "line_no", "product_code", "product_name", "model", "specification", "lot_no", "serial_no", "expiry_date",
    "stock_status", "unit", "stock_owner",
)  # fmt: skip


def count_list(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.count_list`: what stands where, location by location, without quantities."""
    call = Call.from_json(envelope)
    wanted = Wanted(
        site=call.site,
        mode=call.mode,
        company=call.company,
        warehouse=text(call.input, "warehouse"),
        zone=text(call.input, "zone"),
        location=text(call.input, "location"),
    )
    with ctx.database.read() as session:
        areas: list[Any] = []
        for location, found in groupby(standing(session, wanted), key=lambda here: here.location.code):
            here = list(found)
            where = {"location": location, "warehouse": here[0].warehouse.code, "zone": here[0].location.zone or ""}
            areas.append(
                {**where, "count_lines": [_blind(row) for row in rows_of(session, here, by_unit=True, letter="C")]}
            )
    return {"areas": areas, "line_count": _countable(areas)}


def _countable(areas: list[Any]) -> int:
    count = sum(len(area["count_lines"]) for area in areas)
    if count == 0:
        zh, en = "所选范围没有在库商品。", "No goods stand in what was chosen."
        raise BusinessError("nothing_there", Text(zh, en))
    if count > LINES_MAX:
        zh = f"所选范围有 {count} 行，一次最多 {LINES_MAX} 行。请按库区或货位分次盘点。"
        en = f"What was chosen has {count} lines, {LINES_MAX} at most are counted at once. Count zone by zone."
        raise BusinessError("too_many", Text(zh, en))
    return count


def _blind(row: JsonObject) -> JsonObject:
    return {name: row[name] for name in _SHOWN if name in row}


def count_check(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.count_check`: whether a count agrees with the books of its moment; never what they say."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        compared = _compared(session, call, lines_of(call, "count_lines"), text(call.input, "counted_at"))
        found = _on_the_books(session, call, lines_of(call, "found_lines"))
    again: list[Any] = [_blind(row) for row in [*compared, *found] if row.get("variance") != 0]
    return {"agrees": not again, "recount_lines": again}


def count_differences(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.count_differences`: every line with what the books said when it was counted last, and those that differ."""
    call = Call.from_json(envelope)
    first, second = (
        lines_of(call, "count_lines"),
        {text(row, "line_no"): row for row in lines_of(call, "recount_lines")},
    )
    found = lines_of(call, "found_lines")
    with ctx.database.read() as session:
        booked = _on_the_books(session, call, found)
        once = [row for row in first if text(row, "line_no") not in second]
        twice = [_recounted(row, second) for row in [*first, *booked] if text(row, "line_no") in second]
        compared = _compared(session, call, once, text(call.input, "counted_at"))
        compared += _compared(session, call, twice, text(call.input, "recounted_at"))
    order = {text(row, "line_no"): index for index, row in enumerate([*first, *booked])}
    compared.sort(key=lambda row: order[text(row, "line_no")])
    listed = {text(row, "line_no") for row in first}
    differences: list[Any] = [row for row in compared if row["variance"] != 0]
    counted: list[Any] = [row for row in compared if text(row, "line_no") in listed]
    return {
        "count_lines": counted,
        "differences": differences,
        "variance_count": len(differences),
        "unbooked_count": len(found) - len(booked),
    }


def _recounted(row: JsonObject, second: dict[str, JsonObject]) -> JsonObject:
    return {**row, "counted_quantity": whole(second[text(row, "line_no")], "counted_quantity")}


def _compared(session: Session, call: Call, rows: list[JsonObject], at: str) -> list[JsonObject]:
    """Lines with what the books said at a moment."""
    compared: list[JsonObject] = []
    for row in rows:
        book = _books(session, call, row, at)
        numbers: JsonObject = {"counted_quantity": whole(row, "counted_quantity"), "book_quantity": book}
        compared.append({**_blind(row), **numbers, "variance": whole(row, "counted_quantity") - book})
    return compared


def _books(session: Session, call: Call, row: JsonObject, at: str) -> int:
    product = products.by_code(session, text(row, "product_code"), call.company)
    place = location_by_code(session, text(call.input, "location"), call.company)
    if product is None or product.id is None or place is None or place.id is None:
        return 0
    lot = lots.find(session, _key(product.id, row), call.mode, call.company)
    if lot is None or lot.id is None:
        return 0
    if text(row, "serial_no"):
        return stock_facts.unit_at(session, lot, text(row, "serial_no"), place.id, text(row, "stock_status"), at)
    owner, status = text(row, "stock_owner"), text(row, "stock_status")
    return stock_facts.books_at(session, (lot.id, place.id, status, owner), at)


def _key(product_id: int, row: JsonObject) -> lots.LotKey:
    return lots.LotKey(product_id, text(row, "lot_no"), text(row, "expiry_date"))


def _on_the_books(session: Session, call: Call, found: list[JsonObject]) -> list[JsonObject]:
    """Goods that the list lacks and whose lot the books know: they come in on hold, for quality to look at."""
    booked: list[JsonObject] = []
    for index, row in enumerate(found, 1):
        product = products.by_code(session, text(row, "product_code"), call.company)
        if product is None or product.id is None:
            continue
        if lots.find(session, _key(product.id, row), call.mode, call.company) is None:
            continue
        file: JsonObject = {"product_name": product.name, "model": product.model, "unit": product.unit}
        file |= {"specification": product.specification, "stock_status": Status.HOLD.value}
        booked.append({**row, **file, "line_no": f"F{index}"})
    return booked


def adjust(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.adjust`: the books follow the count, where every cause is given and the signature stands (RULE-23)."""
    call = Call.from_json(envelope)
    rows = [row for row in lines_of(call, "differences") if whole(row, "variance")]

    def draft(session: Session) -> ledger.Draft:
        signed = stock_facts.signed_in(session, call.case_id, call.path)
        causes = [(text(row, "line_no"), whole(row, "variance"), text(row, "variance_reason")) for row in rows]
        refuse(stock_rules.adjustment_is_explained(causes) + stock_rules.adjustment_is_signed(signed))
        approvals = tuple(one.act_sha for one in stock_rules.approvals_of(signed))
        outside = virtual_place(session, PlaceKind.ADJUST, call.company).place()
        moves = [_adjusting(session, call, row, outside) for row in rows]
        return ledger.Draft(moves, {"posting": number(call, "A")}, Evidence(approvals=approvals))

    return posted(ctx, call, "adjust", draft)


def _adjusting(session: Session, call: Call, row: JsonObject, outside: Any) -> Any:
    """Units that are missing leave the books, those that are too many come in, in the status that they have."""
    variance, status = whole(row, "variance"), status_of(row)
    line: JsonObject = {**row, "location_code": text(call.input, "location"), "quantity": abs(variance)}
    came = {"source": outside} if variance > 0 else {"target": outside}
    return move_of(session, call, line, Change(MoveKind.ADJUST, status, status, **came))
