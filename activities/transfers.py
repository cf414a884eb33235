"""Goods from one warehouse of ours to another: asked for, sent, announced, taken in there, settled.

Between the two they stand on the road, a place of the warehouse that sent them. Source: GSP 2023 arts. 52, 63, 88, 96.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlmodel import Session, col, select

from activities.context import ActivityContext, BusinessError, Call, CaseStart
from activities.stock_departures import cold_range, file_of, on_shelf, refuse_faults
from activities.stock_lines import Change, lines_of, move_of, text, whole
from activities.stock_posting import number, posted, refuse
from domain import stock_rules
from domain.canonical import normalize
from domain.errors import RefusedError, Text
from domain.json_types import JsonObject
from domain.stock import Evidence, Move, MoveKind, Place, PlaceKind, Status
from records import cases as case_rows
from records import facts, ledger, organisation, stock_facts, stock_places
from records.master import Because
from records.products import Product
from records.stock import Location, Lot, MoveSerial, PostingRow, Serial, StockMove, Warehouse, virtual_place

DOCUMENT = "transfer"
RECEIPT = "transfer_receipt"
UNDO = "/undo"


def quote(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`transfers.quote`: the goods asked for as they stand, and where they are to go."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        source, target = _houses(session, call)
        found = on_shelf(session, call, lines_of(call, "transfer_lines"), source.code)
        refuse_faults("wrong_lines", found.faults)
        refuse(list(found.violations))
        zone = organisation.site(session, target.site)
        rows: Any = found.rows
        return {
            "transfer_lines": rows,
            "to_site": target.site,
            "consignee_name": target.name,
            "delivery_address": target.address or (zone.address if zone else "") or target.name,
            **cold_range(found.rows),
        }


def send(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`transfers.send`: the lines leave their shelves and stand on the road to the other warehouse."""
    call = Call.from_json(envelope)
    transfer_no = number(call, "T")

    def draft(session: Session) -> ledger.Draft:
        source, target = _houses(session, call)
        found = on_shelf(session, call, lines_of(call, "transfer_lines"), source.code)
        refuse_faults("wrong_lines", found.faults)
        refuse(list(found.violations))
        because = Because("system", call.at, f"transfer {transfer_no}", call.case_id, call.effect_key)
        road = stock_places.open_road(session, source, target, because).place()
        change = Change(MoveKind.TRANSFER_OUT, Status.QUALIFIED, Status.QUALIFIED, road)
        day = facts.today_at(session, call.site, call.at).isoformat()
        moves = [move_of(session, call, row, change) for row in found.rows]
        return ledger.Draft(moves, {"transfer_no": transfer_no, "outbound_date": day, "ship_date": day})

    return posted(ctx, call, "transfer_out", draft, document=(DOCUMENT, transfer_no))


def announce(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`transfers.announce`: the case of the receipt begins at the site of the other warehouse."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        target = stock_places.house(session, text(call.input, "to_warehouse"), call.company)
    assert target is not None, "the goods were sent there"
    names = (
        "transfer_no", "from_warehouse", "to_warehouse", "transport_mode", "carrier_name", "waybill_no",
        "vehicle_plate_no", "transport_staff", "departure_time", "departure_temp",
    )  # fmt: skip
    values: JsonObject = {name: call.input[name] for name in names if call.input.get(name) not in (None, "")}
    parent: JsonObject = {"case": call.case_id, "path": call.path, "detached": True}
    wish = CaseStart(RECEIPT, "^1", target.site, call.mode, values, parent, call.effect_key)
    try:
        return {"receipt_case": ctx.start_case(wish)["id"]}
    except RefusedError as error:
        raise BusinessError(error.code, error.text) from error


def withdraw(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`transfers.withdraw`, the undo of announcing: the receipt's case is cancelled with what it posted."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        target = stock_places.house(session, text(call.input, "to_warehouse"), call.company)
        key = text(call.input, "transfer_no")
        running = case_rows.key_holder(session, RECEIPT, target.site, key, call.mode) if target else None
    if running is None:
        return {}
    try:
        ctx.cancel_case(running, call.effect_key)
    except RefusedError as error:
        raise BusinessError(error.code, error.text) from error
    return {}


def arrival(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`transfers.arrival`: what of a transfer is still on the road to this site, line by line."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        moves = _sent(session, call)
        left = _left(session, call)
        rows: Any = [_sent_row(session, move, left[move.line_no]) for move in moves if left.get(move.line_no, 0) > 0]
        return {"arrival_lines": rows, "has_cold": any(row.get("is_cold_chain") is True for row in rows)}


def stow(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`transfers.stow`: a line arrives: the accepted part on its shelf, the rest in the rejected zone, as inspected."""
    call = Call.from_json(envelope)
    given: Any = call.input.get("line")
    line: JsonObject = given if isinstance(given, dict) else {}
    good, bad = whole(call.input, "accepted_quantity"), whole(call.input, "rejected_quantity")
    document = (DOCUMENT, text(call.input, "transfer_no"))
    if good + bad == 0:
        return {"posting": ""}

    def draft(session: Session) -> ledger.Draft:
        road = _road(session, call)
        _require_still_there(session, call, line, good + bad)
        signed = facts.signed(session, call.case_id, call.path)
        moves: list[Move] = []
        if good:
            moves += _taken_in(session, call, line, good, Status.QUALIFIED, road)
        if bad:
            moves += _taken_in(session, call, line, bad, Status.REJECTED, road)
        return ledger.Draft(moves, {"posting": number(call, "I")}, signed.evidence())

    return posted(ctx, call, "transfer_in", draft, document=document)


def close(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`transfers.close`: refused while anything of the transfer is still on the road."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        left = {line_no: qty for line_no, qty in _left(session, call).items() if qty > 0}
    if left:
        transfer_no, listed = text(call.input, "transfer_no"), ", ".join(f"{no}: {qty}" for no, qty in left.items())
        raise BusinessError(
            "still_on_the_road",
            Text(
                f"调拨 {transfer_no} 尚有在途（行号: 数量 {listed}）。请等待收货，或选“有短缺”报质量管理人员处理。",
                f"Transfer {transfer_no} is still on the road (line: quantity {listed}). Wait for the receipt, or report "
                "what is missing.",
            ),
        )
    return {"missing_quantity": 0}


def write_off(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`transfers.write_off`: what was lost on the road leaves the books, on the signature of finance or quality."""
    call = Call.from_json(envelope)
    document = (DOCUMENT, text(call.input, "transfer_no"))

    def draft(session: Session) -> ledger.Draft:
        signed = stock_facts.signed_in(session, call.case_id, call.path)
        refuse(stock_rules.adjustment_is_signed(signed))
        approvals = tuple(one.act_sha for one in stock_rules.approvals_of(signed))
        outside = virtual_place(session, PlaceKind.ADJUST, call.company).place()
        moves = _lost(session, call, outside)
        result: JsonObject = {"posting": number(call, "A"), "missing_quantity": sum(move.qty for move in moves)}
        return ledger.Draft(moves, result, Evidence(approvals=approvals))

    with ctx.database.read() as session:
        if (
            not any(qty > 0 for qty in _left(session, call).values())
            and ledger.posting_of(session, call.effect_key) is None
        ):
            return {"posting": "", "missing_quantity": 0}
    return posted(ctx, call, "transfer_lost", draft, document=document)


# ------------------------------------------------------------------ what is read and made


def _houses(session: Session, call: Call) -> tuple[Warehouse, Warehouse]:
    codes = text(call.input, "from_warehouse"), text(call.input, "to_warehouse")
    source, target = (stock_places.house(session, code, call.company) for code in codes)
    faults: list[Text] = []
    if source is None or source.site != call.site:
        zh = f"仓库 {codes[0]} 不存在或不属于本场所（{call.site}）。请在调出仓库所在场所发起。"
        faults.append(Text(zh, f"Warehouse {codes[0]} is not at this site ({call.site}). Begin where the goods stand."))
    if target is None:
        faults.append(Text(f"没有仓库 {codes[1]}。", f"There is no warehouse {codes[1]}."))
    if codes[0] == codes[1]:
        faults.append(Text("调出与调入仓库相同，请走移库。", "Both warehouses are the same; move the goods instead."))
    refuse_faults("wrong_lines", faults)
    assert source is not None and target is not None
    return source, target


def _left(session: Session, call: Call) -> dict[str, int]:
    return stock_places.still_away(session, (DOCUMENT, text(call.input, "transfer_no")), call.mode, call.company)


def _posting(session: Session, call: Call) -> PostingRow | None:
    query = select(PostingRow).where(
        PostingRow.document_type == DOCUMENT,
        PostingRow.document_id == text(call.input, "transfer_no"),
        PostingRow.kind == "transfer_out",
        PostingRow.mode == call.mode,
        PostingRow.company == call.company,
    )
    return session.exec(query).first()


def _sent(session: Session, call: Call) -> list[StockMove]:
    """The moves that sent a transfer to this site; raises `unknown_transfer` where there is none."""
    posting = _posting(session, call)
    moves: list[StockMove] = []
    if posting is not None:
        query = select(StockMove).where(StockMove.posting_id == posting.id).order_by(col(StockMove.id))
        moves = list(session.exec(query))
    bound = _bound_for(session, moves[0].to_location_id) if moves else None
    if bound is None or bound.site != call.site:
        transfer_no = text(call.input, "transfer_no")
        zh = f"没有发往本场所的调拨单 {transfer_no}。请核对单号。"
        raise BusinessError("unknown_transfer", Text(zh, f"No transfer {transfer_no} is bound for this site."))
    return moves


def _bound_for(session: Session, location_id: int) -> Warehouse | None:
    road = session.get(Location, location_id)
    return session.get(Warehouse, road.bound_for_id) if road is not None and road.bound_for_id else None


def _road(session: Session, call: Call) -> Place:
    road = session.get(Location, _sent(session, call)[0].to_location_id)
    assert road is not None
    return road.place()


def _sent_row(session: Session, move: StockMove, left: int) -> JsonObject:
    lot, product = session.get(Lot, move.lot_id), session.get(Product, move.product_id)
    assert lot is not None and product is not None
    values: dict[str, Any] = {
        "line_no": move.line_no,
        "product_code": product.code,
        "product_name": product.name,
        "model": product.model,
        "specification": product.specification,
        "registration_no": product.registration_no,
        "unit": product.unit,
        "lot_no": lot.lot_no,
        "serial_no": _serial_of(session, move),
        "expiry_date": lot.expiry,
        "stock_owner": move.owner,
        "sent_quantity": left,
    }
    return {name: normalize(value) for name, value in values.items() if value not in ("", None)} | file_of(product)


def _serial_of(session: Session, move: StockMove) -> str:
    unit = session.exec(select(MoveSerial.serial_id).where(MoveSerial.move_id == move.id)).first()
    serial = session.get(Serial, unit) if unit is not None else None
    return serial.serial_no if serial is not None else ""


def _require_still_there(session: Session, call: Call, line: JsonObject, taken: int) -> None:
    left = _left(session, call).get(text(line, "line_no"), 0)
    if taken > left:
        line_no = text(line, "line_no")
        zh = f"第 {line_no} 行在途数量为 {left}，不能收 {taken}。请核对实物。"
        en = f"Line {line_no}: {left} are on the road, {taken} cannot arrive. Compare with the goods."
        raise BusinessError("wrong_quantity", Text(zh, en))


def _taken_in(session: Session, call: Call, line: JsonObject, quantity: int, status: Status, road: Place) -> list[Move]:
    """The units from the road to their location; rejected ones change their status on the road first, so that they never
    stand among good ones."""
    code = text(call.input, "location_code" if status is Status.QUALIFIED else "rejected_location")
    refuse(
        facts.put_away_violations(
            session,
            location_code=code,
            product_code=text(line, "product_code"),
            line_no=text(line, "line_no"),
            status=status,
            company=call.company,
        )
    )
    there: JsonObject = {**line, "location_code": code, "quantity": quantity}
    arrives = move_of(session, call, there, Change(MoveKind.TRANSFER_IN, status, status, source=road))
    if status is Status.QUALIFIED:
        return [arrives]
    turns = replace(arrives, kind=MoveKind.STATUS, target=road, from_status=Status.QUALIFIED)
    return [turns, arrives]


def _lost(session: Session, call: Call, outside: Place) -> list[Move]:
    left, lost = _left(session, call), list[Move]()
    posting = _posting(session, call)
    assert posting is not None and posting.id is not None
    for _, sent in ledger.moves_of(session, posting.id):
        missing = left.get(sent.line_no, 0)
        if missing > 0:
            lost.append(
                replace(sent, kind=MoveKind.ADJUST, source=sent.target, target=outside, qty=missing, partner_id=None)
            )
    return lost
