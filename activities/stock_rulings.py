"""Doubtful and nonconforming goods: stopped at once, set apart, let go or rejected as quality has ruled.

Stopping never waits for a signature and is never undone by going back over a step; letting go always rests on a ruling
that quality signed in the same case. Source: GSP 2023 arts. 57, 69, 74; inspection item ※7.74.2.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from activities.context import ActivityContext, BusinessError, Call
from activities.stock_lines import Change, at_place, day_of, lines_of, move_of, rows_of, status_of, text, whole
from activities.stock_posting import number, place_at, posted, posting, refuse, translated, whereabouts
from domain import hard_rules as rules
from domain import stock_rules
from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import TRANSITIONS, Evidence, MoveKind, Status
from records import facts, ledger, products, stock_facts
from records.products import Product
from records.stock_standing import Standing, Wanted, lots_named, standing

HOLDABLE = tuple(before for before, after in TRANSITIONS if after is Status.HOLD)


def suspect(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.suspect`: everything of the named goods at the site is on hold from now on; answers where it stands."""
    return _stopped(Call.from_json(envelope), ctx, (*HOLDABLE, Status.HOLD))


def nonconforming(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.nonconforming`: the rejected units of the named goods; where there are none, all of them are stopped."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        product, rejected = _found(session, call, (Status.REJECTED,))
        if rejected and ledger.posting_of(session, call.effect_key) is None:
            found = _listed(call, product, rows_of(session, rejected), Status.REJECTED)
            return {**found, "nc_no": number(call, "NC")}
    return {**_stopped(call, ctx, (*HOLDABLE, Status.HOLD)), "nc_no": number(call, "NC")}


def _stopped(call: Call, ctx: ActivityContext, statuses: tuple[Status, ...]) -> JsonObject:
    with ctx.database.write() as session:
        known = ledger.posting_of(session, call.effect_key)
        product, found = _found(session, call, statuses)
        if known is None and not found:
            raise _nothing_there(call)
        rows = _rows_on_hold(session, found, text(call.input, "serial_no"))
        moving = [row for row in rows if text(row, "stock_status") != Status.HOLD.value]
        answer = _listed(call, product, [{**row, "stock_status": Status.HOLD.value} for row in rows], Status.HOLD)
        if known is None and not moving:
            return answer

        def draft() -> ledger.Draft:
            moves = [move_of(session, call, row, Change(MoveKind.HOLD, status_of(row), Status.HOLD)) for row in moving]
            return ledger.Draft(moves, {**answer, "posting": number(call, "H")})

        return translated(lambda: ledger.post(session, posting(call, "suspect"), draft))


def _found(session: Session, call: Call, statuses: tuple[Status, ...]) -> tuple[Product | None, list[Standing]]:
    given = call.input
    product = products.by_code(session, text(given, "product_code"), call.company)
    if product is None or product.id is None:
        return None, []
    names = text(given, "lot_no"), text(given, "serial_no"), text(given, "expiry_date")
    wanted = Wanted(
        site=call.site,
        mode=call.mode,
        company=call.company,
        lot_ids=lots_named(session, product.id, *names, call.mode),
        location=text(given, "location_code"),
        statuses=statuses,
    )
    found = standing(session, wanted, lock=True)
    if names[1]:
        found = [here for here in found if _holds_unit(session, here, names[1])]
    return product, found


def _holds_unit(session: Session, here: Standing, serial_no: str) -> bool:
    return any(row.get("serial_no") == serial_no for row in rows_of(session, [here], by_unit=True))


def _rows_on_hold(session: Session, found: list[Standing], serial_no: str) -> list[JsonObject]:
    """The lines with the status that each had before it was stopped."""
    rows: list[JsonObject] = []
    for here in found:
        assert here.lot.id is not None and here.location.id is not None
        before = here.balance.status
        if before == Status.HOLD.value:
            owner, qty = here.balance.owner, here.balance.qty
            before = stock_facts.status_before_hold(session, here.lot.id, here.location.id, owner, qty).value
        more: Any = {"serial_no": serial_no, "quantity": 1} if serial_no else {}
        rows.append(here.row(f"P{len(rows) + 1}", status_before=before, **more))
    return rows


def _listed(call: Call, product: Product | None, rows: list[JsonObject], status: Status) -> JsonObject:
    """The goods as the forms of a case show them; what is not the same everywhere is left out."""
    assert product is not None
    ends = {text(row, "expiry_date") for row in rows}
    numbers = {text(row, "lot_no") for row in rows}
    positions: Any = rows
    values: JsonObject = {
        "product_name": product.name,
        "model": product.model,
        "specification": product.specification,
        "registration_no": product.registration_no,
        "unit": product.unit,
        "storage_condition": product.storage_condition,
        "lot_no": numbers.pop() if len(numbers) == 1 else text(call.input, "lot_no"),
        "serial_no": text(call.input, "serial_no"),
        "quantity": sum(whole(row, "quantity") for row in rows),
        "stock_status": status.value,
        "positions": positions,
        "posting": "",
    }
    return values | ({"expiry_date": end} if len(ends) == 1 and (end := ends.pop()) else {})


def _nothing_there(call: Call) -> BusinessError:
    name = " ".join(filter(None, (text(call.input, key) for key in ("product_code", "lot_no", "serial_no"))))
    return BusinessError(
        "nothing_there",
        Text(
            f"本场所没有 {name} 的在库商品。请核对编号、批号和货位。",
            f"There is no stock of {name} at this site. Check code, lot and location.",
        ),
    )


# ------------------------------------------------------------------ set apart, let go, reject


def relocate(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.relocate`: the lines of one status go to a location that may hold them (RULE-08, RULE-09)."""
    call = Call.from_json(envelope)
    status, code = Status(text(call.input, "stock_status")), text(call.input, "to_location")
    lines = lines_of(call, "positions")
    chosen = [line for line in lines if status_of(line) is status and text(line, "location_code") != code]
    moved = at_place(lines, [text(line, "line_no") for line in chosen], code)

    def draft(session: Session) -> ledger.Draft:
        refuse(_place_violations(session, call, code, chosen or lines[:1], status))
        change = Change(MoveKind.MOVE, status, status, place_at(session, call, code))
        moves = [move_of(session, call, line, change) for line in chosen]
        where = whereabouts(session, code, call.company)
        return ledger.Draft(moves, {"posting": number(call, "M"), "positions": moved, **where})

    if chosen:
        return posted(ctx, call, "relocate", draft)
    with ctx.database.read() as session:
        refuse(_place_violations(session, call, code, lines[:1], status))
        place_at(session, call, code)
        return {"posting": "", "positions": moved, **whereabouts(session, code, call.company)}


def _place_violations(
    session: Session, call: Call, code: str, lines: list[JsonObject], status: Status
) -> list[rules.Violation]:
    found: list[rules.Violation] = []
    for product_code in dict.fromkeys(text(line, "product_code") for line in lines):
        found += facts.put_away_violations(
            session, location_code=code, product_code=product_code, status=status, company=call.company
        )
    return found


def release_hold(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.release_hold`: held lines become again what they were, on a signed ruling (RULE-10, RULE-16, RULE-21).

    What had not been accepted before, or may not have been, waits for its acceptance again.
    """
    call = Call.from_json(envelope)
    lines = lines_of(call, "positions")

    def draft(session: Session) -> ledger.Draft:
        signed = facts.signed(session, call.case_id, call.path)
        refuse(_release_violations(session, call, lines, signed))
        after = [(line, _released_to(line)) for line in lines]
        moves = [move_of(session, call, line, Change(MoveKind.STATUS, Status.HOLD, status)) for line, status in after]
        return ledger.Draft(moves, _let_go(call, after), signed.evidence())

    return posted(ctx, call, "release_hold", draft)


def _released_to(line: JsonObject) -> Status:
    return Status.QUALIFIED if text(line, "status_before") == Status.QUALIFIED.value else Status.PENDING


def _release_violations(
    session: Session, call: Call, lines: list[JsonObject], signed: facts.SignedLine
) -> list[rules.Violation]:
    today = facts.today_at(session, call.site, call.at)
    found = stock_rules.hold_is_ruled(stock_facts.signed_in(session, call.case_id, call.path))
    found += rules.release_is_ruled(text(lines[0], "line_no") if lines else "", signed.rulings)
    for line in lines:
        if _released_to(line) is Status.QUALIFIED:
            found += rules.not_expired(text(line, "line_no"), day_of(line, "expiry_date"), today)
    return found


def _let_go(call: Call, after: list[tuple[JsonObject, Status]]) -> JsonObject:
    free, waits = (_counted(after, status) for status in (Status.QUALIFIED, Status.PENDING))
    positions: Any = [{**line, "stock_status": status.value} for line, status in after]
    return {
        "posting": number(call, "S"),
        "positions": positions,
        "released_quantity": free,
        "pending_quantity": waits,
        "stock_status": (Status.QUALIFIED if free else Status.PENDING).value,
    }


def _counted(after: list[tuple[JsonObject, Status]], wanted: Status) -> int:
    return sum(whole(line, "quantity") for line, status in after if status is wanted)


def reject(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.reject`: lines become nonconforming on a signed ruling; those that are already stay so."""
    call = Call.from_json(envelope)
    lines = lines_of(call, "positions")
    chosen = [line for line in lines if status_of(line) is not Status.REJECTED]
    positions: Any = [{**line, "stock_status": Status.REJECTED.value} for line in lines]
    answer: JsonObject = {"posting": "", "positions": positions, "stock_status": Status.REJECTED.value}
    if not chosen:
        return answer

    def draft(session: Session) -> ledger.Draft:
        evidence: Evidence = facts.signed(session, call.case_id, call.path).evidence()
        changes = [(line, Change(MoveKind.STATUS, status_of(line), Status.REJECTED)) for line in chosen]
        moves = [move_of(session, call, line, change) for line, change in changes]
        return ledger.Draft(moves, {**answer, "posting": number(call, "N")}, evidence)

    return posted(ctx, call, "reject", draft)
