"""Rounds through a warehouse: the route of an inspection, and the daily look at expiry dates.

What has expired is on hold from the moment it is found; no step and no cancellation lets it go again.
Source: GSP 2023 arts. 51(6), 73, 74, 76.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlmodel import Session

from activities.context import ActivityContext, BusinessError, Call
from activities.stock_lines import Change, day_of, move_of, rows_of, status_of, text, whole
from activities.stock_posting import number, posting, translated
from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import TRANSITIONS, MoveKind, Status
from records import facts, ledger
from records.stock_standing import Wanted, standing

LINES_MAX = 400
"""How many lines one case takes."""
HOLDABLE = tuple(before for before, after in TRANSITIONS if after is Status.HOLD)
_SEEN = (
    "line_no", "product_code", "product_name", "specification", "lot_no", "serial_no", "expiry_date", "stock_status",
    "quantity", "unit",
)  # fmt: skip


def route(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.route`: what stands where in a warehouse, location by location."""
    call = Call.from_json(envelope)
    wanted = _in_warehouse(call, is_cold_only=call.input.get("is_cold_only") is True)
    areas: list[Any] = []
    with ctx.database.read() as session:
        for location, found in groupby(standing(session, wanted), key=lambda here: here.location.code):
            here = list(found)
            rows = rows_of(session, here, by_unit=True, letter="R")
            lines = [{name: row[name] for name in _SEEN if name in row} for row in rows]
            where = {"location": location, "warehouse": here[0].warehouse.code, "zone": here[0].location.zone or ""}
            areas.append({**where, "route_lines": lines})
    count = sum(len(area["route_lines"]) for area in areas)
    if count == 0:
        zh, en = "所选库房没有在库商品。", "No goods stand in this warehouse."
        raise BusinessError("nothing_there", Text(zh, en))
    _few_enough(count)
    return {"warehouse": text(call.input, "warehouse"), "areas": areas, "line_count": count}


def _in_warehouse(call: Call, **more: Any) -> Wanted:
    warehouse = text(call.input, "warehouse")
    return Wanted(site=call.site, mode=call.mode, company=call.company, warehouse=warehouse, **more)


def _few_enough(count: int) -> None:
    if count > LINES_MAX:
        zh = f"共 {count} 行，一次最多 {LINES_MAX} 行。"
        en = f"There are {count} lines; one case takes {LINES_MAX} at most."
        raise BusinessError("too_many", Text(zh, en))


def expiry_scan(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.expiry_scan`: what has expired is locked and listed, with what is near its expiry."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        return _scanned(session, call)


def _scanned(session: Session, call: Call) -> JsonObject:
    """The oldest expired lines are locked first; what is more than one case takes is found by the next one."""
    today = facts.today_at(session, call.site, call.at)
    known = ledger.posting_of(session, call.effect_key)
    if known is not None:
        return known.result
    rows = rows_of(session, standing(session, _in_warehouse(call, statuses=HOLDABLE), lock=True))
    dated = [{**row, "days_left": (end - today).days} for row in rows if (end := day_of(row, "expiry_date"))]
    dated.sort(key=lambda row: row["days_left"])
    expired = [row for row in dated if row["days_left"] < 0][:LINES_MAX]
    until = today + timedelta(days=whole(call.input, "near_expiry_days"))
    near: list[Any] = [row for row in dated if _is_near(row, today, until)]
    locked: list[Any] = [_locked(row) for row in expired]
    answer: JsonObject = {
        "warehouse": text(call.input, "warehouse"),
        "near_lines": near[: LINES_MAX - len(expired)],
        "expired_lines": locked,
        "near_count": len(near),
        "expired_count": len(locked),
        "posting": "",
    }
    if not expired:
        return answer

    def draft() -> ledger.Draft:
        moves = [move_of(session, call, row, Change(MoveKind.HOLD, status_of(row), Status.HOLD)) for row in expired]
        return ledger.Draft(moves, {**answer, "posting": number(call, "E")})

    return translated(lambda: ledger.post(session, posting(call, "expiry_lock"), draft))


def _is_near(row: JsonObject, today: date, until: date) -> bool:
    end = day_of(row, "expiry_date")
    return until > today and end is not None and today <= end <= until


def _locked(row: JsonObject) -> JsonObject:
    return {**row, "stock_status": Status.HOLD.value, "status_before": row["stock_status"]}
