"""Returns to the supplier (购进退出): goods of a lot that was bought from it, promised, picked, reviewed and sent back.

They leave as they are: pending, qualified, rejected or recalled. Source: GSP 2023 arts. 69, 106; R-14, R-15.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from activities.context import ActivityContext, BusinessError, Call
from activities.outbound import gone_of, note_violations, reviewed_by_others, signed_columns
from activities.sales import where_of
from activities.stock_disposals import bought_from
from activities.stock_lines import Change, lines_of, move_of, status_of, text, whole
from activities.stock_posting import number as posting_number
from activities.stock_posting import posting, refuse, translated
from domain.clock import from_text, to_text
from domain.errors import Text
from domain.json_types import JsonObject
from domain.rule_facts import Violation
from domain.stock import Move, MoveKind, PlaceKind, Status
from records import facts, ledger, outbound_facts, parties, products, purchasing, reservations, shipping
from records.lots import LotKey, find
from records.outbound_facts import Document
from records.parties import Partner
from records.stock import location_by_code, virtual_place
from records.stock_standing import Standing, Wanted, lots_named, standing

SENDABLE = (Status.PENDING, Status.QUALIFIED, Status.REJECTED, Status.RECALLED)
PROMISED_FOR = timedelta(days=30)
UNDO = "/undo"


def listed(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`purchase_returns.list`: what stands here of the named lot and may go back to the supplier it came from."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        partner = _supplier(session, call)
        found = _standing(session, call)
        if not found:
            name = f"{text(call.input, 'product_code')} {text(call.input, 'lot_no')}".strip()
            zh, en = f"本场所没有可退的 {name}。", f"There is nothing of {name} here that could go back."
            raise BusinessError("nothing_there", Text(zh, en))
        for lot_id in {here.balance.lot_id for here in found}:
            bought_from(session, lot_id, partner, text(call.input, "supplier_code"))
        rows: Any = [_position(here, number) for number, here in enumerate(found, 1)]
        return {
            "supplier_name": partner.name,
            "consignee_name": partner.name,
            "delivery_address": partner.address,
            "consignee_contact": partner.contact,
            "product_name": found[0].product.name,
            "positions": rows,
        }


def reserve(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`purchase_returns.reserve`: the chosen units are promised to this return, and nobody else may have them."""
    call = Call.from_json(envelope)
    number = posting_number(call, "TC")
    chosen = [line for line in lines_of(call, "positions") if whole(line, "return_quantity") > 0]
    with ctx.database.write() as session:
        purchasing.require_not_undone(session, call.effect_key)
        until = to_text(from_text(call.at) + PROMISED_FOR)
        for line in chosen:
            translated(lambda line=line: _promise(session, call, number, line, until))
        rows = [row for line in chosen for row in _pick_rows(session, call, line)]
        lines: Any = [{**row, "line_no": f"P{place}"} for place, row in enumerate(rows, 1)]
    return {"purchase_return_no": number, "pick_lines": lines}


def release(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`purchase_returns.release`: what was promised to the return is free again; also the undo of promising."""
    call = Call.from_json(envelope)
    number, key = text(call.input, "purchase_return_no"), call.effect_key.removesuffix(UNDO)
    with ctx.database.write() as session:
        if key != call.effect_key:
            number = posting_number(replace(call, effect_key=key), "TC")
            purchasing.bury(session, key, call.effect_key, call.site, call.mode, call.company, ctx.clock())
        for promise in outbound_facts.promise_keys(session, number):
            reservations.release(session, promise, call.at)
    return {}


def ship(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`purchase_returns.ship`: the reviewed goods go back to the supplier, with a shipment beside the posting."""
    call = Call.from_json(envelope)
    number = text(call.input, "purchase_return_no")
    lines = [line for line in lines_of(call, "pick_lines") if whole(line, "reviewed_quantity")]
    with ctx.database.write() as session:
        partner, known = _supplier(session, call), ledger.posting_of(session, call.effect_key) is not None

        def draft() -> ledger.Draft:
            refuse(_violations(session, call, number, partner, lines))
            day = facts.today_at(session, call.site, call.at)
            moves = _moves(session, call, lines, partner)
            for lot_id in {move.lot_id for move in moves}:
                bought_from(session, lot_id, partner, partner.code)
            result: JsonObject = {
                "posting": posting_number(call, "B"),
                "outbound_order_no": shipping.draw_number(session, call.company, day.year, call.mode),
                "ship_date": day.isoformat(),
                "shipped_quantity": sum(move.qty for move in moves),
            }
            return ledger.Draft(moves, result, consumes=outbound_facts.promise_keys(session, number))

        told = posting(call, "purchase_return", ("purchase_return", number))
        result = translated(lambda: ledger.post(session, told, draft))
        if not known:
            _note(session, call, partner, lines, result)
        return result


# ------------------------------------------------------------------ inside


def _supplier(session: Session, call: Call) -> Partner:
    code = text(call.input, "supplier_code")
    partner = parties.by_code(session, code, call.company)
    if partner is None or partner.kind not in ("SUPPLIER", "MAKER"):
        zh, en = f"供货者 {code} 没有档案。", f"Supplier {code} is not on file."
        raise BusinessError("other_supplier", Text(zh, en))
    return partner


def _standing(session: Session, call: Call) -> list[Standing]:
    product = products.by_code(session, text(call.input, "product_code"), call.company)
    if product is None or product.id is None:
        return []
    ids = lots_named(session, product.id, text(call.input, "lot_no"), "", "", call.mode)
    found = standing(session, Wanted(call.site, call.mode, call.company, ids, statuses=SENDABLE))
    return [here for here in found if here.balance.owner == "" and here.balance.qty > here.balance.reserved]


def _position(here: Standing, number: int) -> JsonObject:
    free = here.balance.qty - here.balance.reserved
    return here.row(f"S{number}", quantity=free)


def _promise(session: Session, call: Call, number: str, line: JsonObject, until: str) -> JsonObject:
    product = products.by_code(session, text(line, "product_code"), call.company)
    place = location_by_code(session, text(line, "location_code"), call.company)
    assert product is not None and product.id is not None and place is not None and place.id is not None
    lot = find(session, LotKey(product.id, text(line, "lot_no"), text(line, "expiry_date")), call.mode, call.company)
    assert lot is not None and lot.id is not None
    wanted = reservations.Wanted(
        effect_key=f"{call.effect_key}/promise/{text(line, 'line_no')}",
        task_id=number,
        key=(lot.id, place.id, status_of(line).value, ""),
        qty=whole(line, "return_quantity"),
        expires_at=until,
        site=call.site,
        mode=call.mode,
        company=call.company,
    )
    reservations.reserve(session, wanted, call.at)
    return {}


def _pick_rows(session: Session, call: Call, line: JsonObject) -> list[JsonObject]:
    product = products.by_code(session, text(line, "product_code"), call.company)
    assert product is not None and product.id is not None
    lot = find(session, LotKey(product.id, text(line, "lot_no"), text(line, "expiry_date")), call.mode, call.company)
    assert lot is not None
    row: JsonObject = {
        **shipping.told(product, lot),
        "location_code": line["location_code"],
        "stock_status": line["stock_status"],
        "quantity": line["return_quantity"],
        "is_serial": "SERIAL" in product.tracking,
    }
    row.pop("production_date", None)
    return [{**row, "quantity": 1} for _ in range(whole(line, "return_quantity"))] if row["is_serial"] else [row]


def _violations(
    session: Session, call: Call, number: str, partner: Partner, lines: Sequence[JsonObject]
) -> list[Violation]:
    document = Document(number, is_sale=False)
    found = outbound_facts.review_violations(session, lines, call.input, document, where_of(session, call))
    return found + reviewed_by_others(session, call) + note_violations(session, call, _head(partner), lines)


def _head(partner: Partner) -> JsonObject:
    return {
        "consignee_name": partner.name,
        "delivery_address": partner.address,
        "consignee_contact": partner.contact,
    }


def _moves(session: Session, call: Call, lines: Sequence[JsonObject], partner: Partner) -> list[Move]:
    place = virtual_place(session, PlaceKind.SUPPLIER, call.company).place()
    return [
        move_of(
            session,
            call,
            {**line, "quantity": line["reviewed_quantity"]},
            Change(MoveKind.RETURN_SUPPLIER, status_of(line), status_of(line), place, partner_id=partner.id),
        )
        for line in lines
    ]


def _note(session: Session, call: Call, partner: Partner, lines: Sequence[JsonObject], result: JsonObject) -> None:
    more = signed_columns(session, call) | _head(partner) | {"shipped_on": str(result["ship_date"])}
    note = shipping.Note("purchase_return", int(str(result["ship_date"])[:4]), partner.id, None, more)
    gone = [gone_of(session, call, line, whole(line, "reviewed_quantity")) for line in lines]
    shipping.write(session, call.effect_key, str(result["outbound_order_no"]), note, gone)
