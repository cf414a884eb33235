"""Outbound: the pick list of an order, and the posting that lets reviewed goods go.

The list names the goods that expire first, of those promised to the order; what was promised and may not leave any more is
replaced. Goods leave only reviewed by somebody who did not pick them, as they were scanned, with a complete note under the
seal. Source: GSP 2023 arts. 80–84, 87, 88, 91, 92.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from activities.context import ActivityContext, BusinessError, Call
from activities.sales import reserve, where_of
from activities.stock_lines import Change, lines_of, move_of, text, whole
from activities.stock_posting import number as posting_number
from activities.stock_posting import posting, refuse, translated
from domain import sale_rules
from domain.errors import Text
from domain.json_types import JsonObject
from domain.rule_facts import Violation
from domain.stock import Move, MoveKind, PlaceKind, Status
from records import (
    facts,
    ledger,
    organisation,
    outbound_facts,
    products,
    reservations,
    sale_stock,
    sales,
    selling,
    shipments,
    shipping,
)
from records.outbound_facts import Document
from records.parties import Partner
from records.sales import SalesAllocation, SalesOrder, SalesOrderLine
from records.shipping import Gone
from records.stock import Location, Lot, Reservation, virtual_place
from records.stock_facts import signed_in

UNDO = "/undo"
CHECKS = (*sale_rules.STOP_CHECKS, "mixed_case_flag", "outbound_review_result", "outbound_stop_reason", "remark")


def pick_list(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`outbound.pick_list`: what is promised to the order, lot by lot; promises that fail are replaced or refused."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        order = _open_order(session, call, text(call.input, "sales_order_no"))
        _renew(session, call, order)
        partner = session.get(Partner, order.purchaser_id)
        assert partner is not None and order.id is not None
        promised = selling.promised(session, order.id)
        rows = [row for allocation, kept in promised for row in _rows(session, allocation, kept)]
        listed: Any = [{"line_no": f"P{number}", **row} for number, row in enumerate(rows, 1)]
        head: JsonObject = {
            "sales_order_no": order.number,
            "purchaser_code": partner.code,
            "consignee_name": partner.name,
            "delivery_address": order.delivery_address,
            "consignee_contact": order.purchaser_contact,
            "purchaser_license_no": order.purchaser_license_no,
            "delivery_way": order.delivery_way,
            "is_urgent": order.is_urgent,
            "is_cold_chain": any(row.get("is_cold_chain") is True for row in rows),
            "pick_lines": listed,
        }
        return {name: value for name, value in head.items() if value != ""}


def ship(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`outbound.ship`: the reviewed goods leave the books for their purchaser, with a shipment beside the posting."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        order = _order(session, call, text(call.input, "sales_order_no"))
        lines = [line for line in lines_of(call, "pick_lines") if whole(line, "reviewed_quantity")]
        known = ledger.posting_of(session, call.effect_key) is not None

        def draft() -> ledger.Draft:
            _require_open(order)
            refuse(_ship_violations(session, call, order, lines))
            moves = _moves(session, call, lines, order.purchaser_id)
            year = facts.today_at(session, call.site, call.at).year
            result: JsonObject = {
                "posting": posting_number(call, "K"),
                "outbound_order_no": shipping.draw_number(session, call.company, year, call.mode),
                "ship_date": facts.today_at(session, call.site, call.at).isoformat(),
                "shipped_quantity": sum(move.qty for move in moves),
            }
            return ledger.Draft(moves, result, consumes=outbound_facts.promise_keys(session, order.number))

        told = posting(call, "ship", ("sales_order", order.number))
        result = translated(lambda: ledger.post(session, told, draft))
        if not known:
            _note(session, call, order, lines, result)
        return result


def unship(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`outbound.unship`, the undo of shipping: the goods stand on their shelf again, the shipment has its mirror."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        result = translated(lambda: ledger.reverse(session, posting(call, "reverse")))
        shipping.mirror(session, call.effect_key.removesuffix(UNDO), call.effect_key, call.company)
    return {key: value for key, value in result.items() if key in ("undone", "tombstone") and value is not None}


def release(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`outbound.release`: nothing leaves for the order now; what was promised to it is free again."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        number = text(call.input, "sales_order_no")
        freed = 0
        for key in outbound_facts.promise_keys(session, number):
            freed += reservations.release(session, key, call.at)
        return {"open_quantity": freed}


# ------------------------------------------------------------------ the list


def _open_order(session: Session, call: Call, number: str) -> SalesOrder:
    order = _order(session, call, number)
    _require_open(order)
    return order


def _order(session: Session, call: Call, number: str) -> SalesOrder:
    order = sales.by_number(session, number, call.company, lock=True)
    if order is None or order.site != call.site or order.mode != call.mode:
        zh, en = f"本场所没有销售订单 {number}。", f"There is no sales order {number} at this site."
        raise BusinessError("unknown_order", Text(zh, en))
    return order


def _require_open(order: SalesOrder) -> None:
    if order.state != "open":
        zh = f"销售订单 {order.number} 已结案或已撤销，不能再出库。"
        raise BusinessError("unknown_order", Text(zh, f"Sales order {order.number} is closed; nothing leaves for it."))


def _renew(session: Session, call: Call, order: SalesOrder) -> None:
    """Free the promises that cannot be kept, and promise other goods for what each line still lacks."""
    assert order.id is not None
    where = where_of(session, call)
    reservations.free_expired(session, call.at)
    kept: dict[int, int] = {}
    for allocation, row in selling.promised(session, order.id):
        if _cannot_leave(session, row, where):
            reservations.release(session, row.effect_key, call.at)
        else:
            kept[allocation.line_no] = kept.get(allocation.line_no, 0) + reservations.left_of(row)
    gone = shipments.shipped(session, order.id)
    lacking = {
        line.line_no: line.quantity - gone.get(line.line_no, 0) - kept.get(line.line_no, 0)
        for line in sales.lines(session, order.id)
    }
    if any(count > 0 for count in lacking.values()):
        reserve(session, call, order, lacking)
    if not selling.promised(session, order.id):
        zh, en = f"销售订单 {order.number} 已全部出库。", f"All of sales order {order.number} has left."
        raise BusinessError("unknown_order", Text(zh, en))


def _cannot_leave(session: Session, row: Reservation, where: sale_stock.Where) -> bool:
    lot = session.get(Lot, row.lot_id)
    expired = lot is not None and lot.expiry != "" and lot.expiry < where.day.isoformat()
    return expired or bool(outbound_facts.marks(session, [row.lot_id], where.site, where.mode))


def _rows(session: Session, allocation: SalesAllocation, kept: Reservation) -> list[JsonObject]:
    """The lines of one promise; numbered units have a line each."""
    lot, place = session.get(Lot, kept.lot_id), session.get(Location, kept.location_id)
    assert lot is not None and place is not None
    product = session.get(products.Product, lot.product_id)
    assert product is not None
    count = reservations.left_of(kept)
    row: JsonObject = {
        **shipping.told(product, lot),
        "order_line_no": allocation.line_no,
        "location_code": place.code,
        "stock_status": kept.status,
        "quantity": count,
        "is_serial": "SERIAL" in product.tracking,
    }
    row.pop("production_date", None)
    return [{**row, "quantity": 1} for _ in range(count)] if row["is_serial"] else [row]


# ------------------------------------------------------------------ leaving


def _ship_violations(session: Session, call: Call, order: SalesOrder, lines: Sequence[JsonObject]) -> list[Violation]:
    """Everything again, in the posting's own transaction: papers, review, four eyes, note."""
    where, partner = where_of(session, call), session.get(Partner, order.purchaser_id)
    assert partner is not None
    codes = [text(line, "product_code") for line in lines]
    found = facts.sale_violations(
        session, purchaser_code=partner.code, product_codes=codes, site=call.site, at=call.at, company=call.company
    )
    document = Document(order.number)
    found += outbound_facts.review_violations(session, lines, call.input, document, where)
    found += reviewed_by_others(session, call)
    return found + note_violations(session, call, _head(session, call, order, partner), lines)


def reviewed_by_others(session: Session, call: Call) -> list[Violation]:
    """RULE-12: whoever reviewed did not pick."""
    signed = signed_in(session, call.case_id)
    pickers = [one.person for one in signed if one.step == "pick"]
    return sale_rules.reviewer_did_not_pick([one.person for one in signed if one.step == "review"], pickers)


def note_violations(session: Session, call: Call, head: JsonObject, lines: Sequence[JsonObject]) -> list[Violation]:
    """RULE-13 on the delivery note that these goods will have."""
    company = organisation.company(session, call.company)
    note: JsonObject = {
        **head,
        "shipper_name": company.name if company is not None else "",
        "ship_date": facts.today_at(session, call.site, call.at).isoformat(),
    }
    rows: list[JsonObject] = [{**line, "quantity": whole(line, "reviewed_quantity")} for line in lines]
    return sale_rules.note_is_complete(note, rows, sealed=call.input.get("outbound_sealed") is True)


def _head(session: Session, call: Call, order: SalesOrder, partner: Partner) -> JsonObject:
    del session, call
    return {
        "consignee_name": partner.name,
        "delivery_address": order.delivery_address,
        "consignee_contact": order.purchaser_contact,
        "purchaser_license_no": order.purchaser_license_no,
        "delivery_way": order.delivery_way,
        "online_order_no": order.online_order_no,
    }


def _moves(session: Session, call: Call, lines: Sequence[JsonObject], partner_id: int) -> list[Move]:
    place = virtual_place(session, PlaceKind.CUSTOMER, call.company).place()
    change = Change(MoveKind.ISSUE, Status.QUALIFIED, Status.QUALIFIED, place, partner_id=partner_id)
    return [move_of(session, call, {**line, "quantity": line["reviewed_quantity"]}, change) for line in lines]


def _note(session: Session, call: Call, order: SalesOrder, lines: Sequence[JsonObject], result: JsonObject) -> None:
    assert order.id is not None
    partner = session.get(Partner, order.purchaser_id)
    assert partner is not None
    priced = {line.line_no: line for line in sales.lines(session, order.id)}
    gone = [_gone(session, call, line, priced.get(whole(line, "order_line_no"))) for line in lines]
    more = signed_columns(session, call) | _head(session, call, order, partner)
    more["shipped_on"] = str(result["ship_date"])
    note = shipping.Note("sale", int(str(result["ship_date"])[:4]), partner.id, order.id, more)
    shipping.write(session, call.effect_key, str(result["outbound_order_no"]), note, gone)


def signed_columns(session: Session, call: Call) -> dict[str, Any]:
    """Who picked and reviewed, what the review answered, whether the note is sealed."""
    signed = signed_in(session, call.case_id)
    by_step = {one.step: one.person for one in signed}
    return {
        "picker": by_step.get("pick", ""),
        "reviewer": by_step.get("review", ""),
        "outbound_seal": call.input.get("outbound_sealed") is True,
        "review": {name: call.input[name] for name in CHECKS if name in call.input},
    }


def _gone(session: Session, call: Call, line: JsonObject, ordered: SalesOrderLine | None) -> Gone:
    count = whole(line, "reviewed_quantity")
    gone = gone_of(session, call, line, count)
    if ordered is None:
        return gone
    return Gone(
        **{
            **vars(gone),
            "order_line_no": ordered.line_no,
            "unit_price": ordered.unit_price,
            "amount_fen": selling.fen(ordered.unit_price, count),
        }
    )


def gone_of(session: Session, call: Call, line: JsonObject, count: int) -> Gone:
    """A line that left, from what the pick list says of it."""
    product = products.by_code(session, text(line, "product_code"), call.company)
    assert product is not None and product.id is not None
    key = shipping.lot_key(product, text(line, "lot_no"), text(line, "expiry_date"))
    lot = shipping.lot_of(session, key, call.mode, call.company)
    place = shipping.place_of(session, text(line, "location_code"), call.company)
    serial = text(line, "serial_no")
    return Gone(text(line, "line_no"), product, lot, place, count, (serial,) if serial else (), text(line, "udi"))
