"""What is on its way to a customer: the facts of an outbound number, the carrier's terms, what arrived and what did not.

Source: GSP 2023 arts. 95–98, 106.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from activities.context import ActivityContext, BusinessError, Call
from activities.stock_departures import cold_range, file_of
from activities.stock_lines import Change, lines_of, move_of, text, whole
from activities.stock_posting import number, place_at, posted, refuse
from domain import stock_rules, transport_rules
from domain.canonical import normalize
from domain.clock import from_text, to_text
from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import Evidence, Move, MoveKind, PlaceKind, Status
from domain.transport_rules import Reading
from records import departures, facts, ledger, stock_facts
from records.departures import Outbound
from records.products import Product
from records.stock import Lot, Serial, virtual_place

DOCUMENT = "delivery"


def facts_of(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`shipments.facts`: consignee and goods of an outbound number, and the range that its cold goods allow."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        found = _outbound(session, call)
        rows = [_row(session, move, f"D{at}") for at, move in enumerate(found.moves, 1)]
        day = ledger.business_day(session, call.site, found.posting.business_at)
        lines: Any = rows
        values: JsonObject = {
            **_consignee(found),
            "purchaser_code": found.partner.code if found.partner is not None else "",
            "original_outbound_no": found.shipment.number if found.shipment is not None else "",
            "ship_date": day,
            "is_sold": found.is_sold,
            "delivery_lines": lines,
            **cold_range(rows),
        }
        return values


def terms(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`shipments.terms`: name and transit limit of a carrier as its agreement in force says (RULE-33); nothing for an
    own vehicle."""
    call = Call.from_json(envelope)
    code = text(call.input, "carrier_code")
    if text(call.input, "conveyance") != "carrier":
        return {}
    with ctx.database.read() as session:
        day = facts.today_at(session, call.site, call.at)
        refuse(departures.carrier_violations(session, code, day, call.company))
        row = departures.carrier(session, code, call.company)
        hours = departures.transit_hours(session, code, day, call.company)
        assert row is not None, "the rule refuses a carrier without a file"
        values: JsonObject = {"carrier_name": row.name}
        if hours is not None:
            latest = from_text(text(call.input, "departure_time")) + timedelta(hours=hours)
            values |= {"transit_limit_hours": hours, "deliver_by": to_text(latest)}
        return values


def cooled(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`shipments.cooled`: boxes, vehicle and packing room were at temperature, signed by the designated person
    (RULE-30); answers the marks of the checklist (GSP 95)."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        signed = [one for one in stock_facts.signed_in(session, call.case_id) if one.meaning == "performed"]
    goods = facts.range_of(call.input.get("temp_min"), call.input.get("temp_max"))
    rows = lines_of(call, "cool_readings")
    found = [
        Reading(Text(f"设备 {no} ", no), Decimal(str(row["cool_temp"])), "cool_readings")
        for row in rows
        for no in [text(row, "equipment_no")]
    ]
    found.append(Reading(_ROOM, Decimal(str(call.input["packing_env_temp"])), "packing_env_temp"))
    role = signed[-1].role if signed else ""
    refuse(transport_rules.cold_post_acts(role) + transport_rules.cooled_first(found if rows else [], goods))
    kinds = {text(row, "cool_kind") for row in rows}
    marks: JsonObject = {"box_precool_ok": "box" in kinds, "packing_env_ok": True}
    return marks | ({"vehicle_precool_ok": True} if "vehicle" in kinds else {})


def receipt(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`shipments.receipt`: what was delivered, is short, damaged or refused adds up line by line; answers what comes back
    as a sales return asks for it."""
    call = Call.from_json(envelope)
    rows, faults = lines_of(call, "delivery_lines"), list[Text]()
    back: list[JsonObject] = []
    for row in rows:
        taken, short, damaged, refused = (whole(row, f"{name}_quantity") for name in _PARTS)
        sent, line_no = whole(row, "quantity"), text(row, "line_no")
        if taken + short + damaged + refused != sent:
            faults.append(_wrong(line_no, sent, taken + short + damaged + refused))
        if damaged + refused:
            back.append(_coming_back(call, row, damaged + refused))
    if faults:
        zh, en = "".join(one.zh for one in faults), " ".join(one.en for one in faults)
        raise BusinessError("wrong_receipt", Text(zh, en))
    late = _is_late(call)
    lines: Any = back if call.input.get("is_sold") is True else []
    short_total = sum(whole(row, "short_quantity") for row in rows)
    return {
        "back_lines": lines,
        "missing_quantity": short_total,
        "has_difference": bool(short_total or back),
        "is_late": late,
    }


def write_off(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`shipments.write_off`: what never reached the customer comes off the sale and leaves the books, as signed."""
    call = Call.from_json(envelope)
    lines = [line for line in lines_of(call, "delivery_lines") if whole(line, "short_quantity")]

    def draft(session: Session) -> ledger.Draft:
        found = _outbound(session, call)
        signed = stock_facts.signed_in(session, call.case_id, call.path)
        refuse(stock_rules.adjustment_is_signed(signed))
        place = departures.returns_place(session, found.posting.warehouse_id)
        if place is None:
            raise BusinessError("stock_refused", Text("仓库没有退货区货位。", "The warehouse has no returns zone."))
        moves: list[Move] = []
        for line in lines:
            quantity = whole(line, "short_quantity")
            back = _back(session, call, found, {**line, "location_code": place.code}, quantity)
            outside = virtual_place(session, PlaceKind.ADJUST, call.company).place()
            gone = replace(
                back, kind=MoveKind.ADJUST, source=back.target, target=outside, from_status=Status.RETURN_PENDING,
                partner_id=None,
            )  # fmt: skip
            moves += [back, gone]
        total = sum(whole(line, "short_quantity") for line in lines)
        approvals = tuple(one.act_sha for one in stock_rules.approvals_of(signed))
        result: JsonObject = {"posting": number(call, "A"), "missing_quantity": total}
        return ledger.Draft(moves, result, Evidence(approvals=approvals))

    return posted(ctx, call, "delivery_lost", draft, document=(DOCUMENT, text(call.input, "outbound_order_no")))


def close(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`shipments.close`: a cold journey closes with a log in order or the ruling of the quality director (RULE-34)."""
    call = Call.from_json(envelope)
    if call.input.get("has_cold") is True:
        with ctx.database.read() as session:
            signed = stock_facts.signed_in(session, call.case_id)
        refuse(transport_rules.journey_is_cold(call.input.get("transit_temp_ok") is True, signed))
    return {"is_settled": True}


# ------------------------------------------------------------------ what is read and made

_PARTS = ("delivered", "short", "damaged", "refused")
_ROOM = Text("包装环境", "The packing room")


def _outbound(session: Session, call: Call) -> Outbound:
    no = text(call.input, "outbound_order_no")
    found = departures.outbound(session, no, call.site, call.mode, call.company)
    if found is None:
        zh = f"本场所没有出库单 {no}，或已冲销。请核对出库单号（凭证号）。"
        raise BusinessError("unknown_outbound", Text(zh, f"Nothing left this site under {no}, or it was reversed."))
    return found


def _consignee(found: Outbound) -> JsonObject:
    sent = found.shipment
    if sent is not None and sent.consignee_name:
        return {
            "consignee_name": sent.consignee_name,
            "delivery_address": sent.delivery_address,
            "consignee_contact": sent.consignee_contact,
        }
    if found.warehouse is not None:
        house = found.warehouse
        return {"consignee_name": house.name, "delivery_address": house.address or house.name, "consignee_contact": ""}
    partner = found.partner
    assert partner is not None, "goods leave the house for somebody"
    contact = " ".join(filter(None, (partner.contact, partner.phone)))
    return {"consignee_name": partner.name, "delivery_address": partner.address, "consignee_contact": contact}


def _row(session: Session, move: Move, line_no: str) -> JsonObject:
    lot, product = session.get(Lot, move.lot_id), session.get(Product, move.product_id)
    assert lot is not None and product is not None
    unit = session.get(Serial, move.serial_ids[0]) if len(move.serial_ids) == 1 else None
    values: dict[str, Any] = {
        "line_no": line_no,
        "product_code": product.code,
        "product_name": product.name,
        "model": product.model,
        "specification": product.specification,
        "registration_no": product.registration_no,
        "unit": product.unit,
        "lot_no": lot.lot_no,
        "serial_no": unit.serial_no if unit else "",
        "expiry_date": lot.expiry,
        "quantity": move.qty,
        "stock_owner": move.owner,
    }
    return {name: normalize(value) for name, value in values.items() if value not in ("", None)} | file_of(product)


def _back(session: Session, call: Call, found: Outbound, line: JsonObject, quantity: int) -> Move:
    customer = virtual_place(session, PlaceKind.CUSTOMER, call.company).place()
    partner_id = found.partner.id if found.partner is not None else None
    change = Change(MoveKind.RETURN, Status.QUALIFIED, Status.RETURN_PENDING, source=customer, partner_id=partner_id)
    place_at(session, call, text(line, "location_code"))
    return move_of(session, call, {**line, "quantity": quantity}, change)


def _wrong(line_no: str, sent: int, said: int) -> Text:
    return Text(
        f"第 {line_no} 行发出 {sent}，签收、短少、破损、拒收合计 {said}，不相符。请核对后改正。",
        f"Line {line_no}: {sent} were sent; delivered, short, damaged and refused make {said}. Correct it.",
    )


def _coming_back(call: Call, row: JsonObject, quantity: int) -> JsonObject:
    """A line of a sales return: found again by its shipment, lot or serial number."""
    values: JsonObject = {
        "line_no": row["line_no"],
        "product_code": row["product_code"],
        "original_outbound_no": text(call.input, "original_outbound_no"),
        "lot_no": text(row, "lot_no"),
        "serial_no": text(row, "serial_no"),
        "return_quantity": quantity,
    }
    return {name: value for name, value in values.items() if value != ""}


def _is_late(call: Call) -> bool:
    limit, came = text(call.input, "deliver_by"), text(call.input, "arrival_time")
    return bool(limit and came) and from_text(came) > from_text(limit)
