"""Sales returns: what comes back is matched to what left, stands in the returns zone, and is restocked only when it passes.

Source: GSP 2023 arts. 67 (cold goods), 90, 106, 107; inspection items ※6.67.2, ※9.106.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel import Session

from activities.context import ActivityContext, Call, rule_refused
from activities.stock_lines import Change, lines_of, move_of, text, whole
from activities.stock_posting import number as posting_number
from activities.stock_posting import posting, refuse, translated
from domain import hard_rules as rules
from domain.errors import Text
from domain.json_types import JsonObject
from domain.paths import parent_of
from domain.rule_facts import Violation
from domain.stock import MoveKind, PlaceKind, Status
from records import facts, ledger, parties, products, return_facts, sales_returns, shipments
from records.lots import LotKey, find
from records.numbering import next_number, stand_in_line
from records.parties import Partner
from records.return_facts import Claims, Match
from records.sales_returns import SalesReturn, SalesReturnLine
from records.stock import virtual_place

UNDO = "/undo"


def match(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`returns.match`: the shipped lines behind what a purchaser wants to bring back; RULE-26 where there are none."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        partner = _purchaser(session, call)
        found, broken = return_facts.matched(session, _claims(call, partner), lines_of(call, "return_lines"))
        if broken:
            raise rule_refused(broken)
        lines: Any = [_matched_line(session, one, f"R{number}") for number, one in enumerate(found, 1)]
    return {
        "returner_name": partner.name,
        "without_papers": not all(text(one.claim, "original_outbound_no") for one in found),
        "return_lines": lines,
    }


def receive(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`returns.receive`: the counted units are RETURN_PENDING stock in the returns zone, under a return number."""
    call = Call.from_json(envelope)
    lines = [line for line in lines_of(call, "return_lines") if whole(line, "return_quantity") > 0]
    with ctx.database.write() as session:
        stand_in_line(session, f"returns/{call.company}")
        partner, known = _purchaser(session, call), ledger.posting_of(session, call.effect_key) is not None

        def draft() -> ledger.Draft:
            refuse(receipt_violations(session, call, partner, lines))
            outside = virtual_place(session, PlaceKind.CUSTOMER, call.company).place()
            change = Change(
                MoveKind.RETURN, Status.QUALIFIED, Status.RETURN_PENDING, source=outside, partner_id=partner.id
            )
            moves = [move_of(session, call, {**line, "quantity": line["return_quantity"]}, change) for line in lines]
            return ledger.Draft(moves, _received(session, call, lines))

        told = posting(call, "return", ("sales_return", text(call.input, "original_outbound_no")))
        result = translated(lambda: ledger.post(session, told, draft))
        if not known:
            _write(session, call, partner, lines, result)
        return result


def reverse(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`returns.reverse`, the undo of receiving: the goods are the purchaser's again, the return is cancelled."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        result = translated(lambda: ledger.reverse(session, posting(call, "reverse")))
        row = sales_returns.of_effect(session, call.effect_key.removesuffix(UNDO))
        if row is not None:
            row.state = "cancelled"
            session.add(row)
    return {key: value for key, value in result.items() if key in ("undone", "tombstone") and value is not None}


def restock(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`returns.restock`: units that passed become qualified where they stand (RULE-07, 10, 14, 16)."""
    call = Call.from_json(envelope)

    def allowed(session: Session, line: JsonObject) -> list[Violation]:
        number = text(line, "line_no")
        found = facts.release_violations(session, call.case_id, call.path, line, call.at, call.site, call.company)
        signed = facts.signed(session, call.case_id, call.path)
        found += rules.release_is_ruled(number, signed.rulings)
        inspected = [one.role for one in signed.rulings if one.meaning == "inspected" and one.role]
        return found + (rules.inspector_has_post(inspected[-1:], number) if inspected else [])

    return _judged(ctx, call, Status.QUALIFIED, allowed)


def reject(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`returns.reject`: units that failed become rejected where they stand (GSP 106)."""
    return _judged(ctx, Call.from_json(envelope), Status.REJECTED, lambda session, line: [])


def unjudge(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`returns.unjudge`, the undo of both: the units wait for their verdict again."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        first = ledger.posting_of(session, call.effect_key.removesuffix(UNDO))
        result = translated(lambda: ledger.reverse(session, posting(call, "reverse")))
        kept = (
            None if first is None else _kept(session, call, text(call.input, "sales_return_no"), call.input.get("line"))
        )
        if kept is not None:
            kept.quality_status, kept.disposition, kept.inspector, kept.inspected_at = "", "", "", ""
            kept.accepted, kept.rejected = 0, 0
            session.add(kept)
    return {key: value for key, value in result.items() if key in ("undone", "tombstone") and value is not None}


def _judged(
    ctx: ActivityContext, call: Call, becomes: Status, allowed: Callable[[Session, JsonObject], list[Violation]]
) -> JsonObject:
    given = call.input.get("line")
    line: JsonObject = given if isinstance(given, dict) else {}
    count = whole(call.input, "quantity")
    with ctx.database.write() as session:
        known = ledger.posting_of(session, call.effect_key) is not None

        def draft() -> ledger.Draft:
            refuse(allowed(session, line))
            change = Change(MoveKind.STATUS, Status.RETURN_PENDING, becomes)
            move = move_of(session, call, {**line, "quantity": count}, change)
            evidence = facts.signed(session, call.case_id, call.path).evidence()
            answer: JsonObject = {"posting": posting_number(call, "S"), "stock_status": becomes.value}
            return ledger.Draft([move], answer, evidence)

        result = translated(lambda: ledger.post(session, posting(call, "change_status"), draft))
        if not known:
            _note_verdict(session, call, line, becomes, count)
        return result


def _note_verdict(session: Session, call: Call, line: JsonObject, becomes: Status, count: int) -> None:
    """What the inspector found stands in the return record (R-18)."""
    kept = _kept(session, call, text(call.input, "sales_return_no"), line)
    assert kept is not None, "the line was received under this return"
    if becomes is Status.QUALIFIED:
        kept.accepted = count
    else:
        kept.rejected = count
    kept.quality_status = "fail" if kept.rejected else "pass"
    kept.disposition = "restock" if kept.accepted else "nonconforming"
    kept.nonconformity_description = text(line, "nonconformity_description")
    kept.udi = text(line, "udi") or kept.udi
    around = facts.effective_signatures(session, call.case_id, parent_of(call.path))
    inspected = [one for one in around if one.meaning == "inspected"]
    if inspected:
        kept.inspector, kept.inspected_at = inspected[-1].signer, inspected[-1].at
    session.add(kept)
    session.flush()


def _kept(session: Session, call: Call, number: str, line: Any) -> SalesReturnLine | None:
    row = sales_returns.by_number(session, number, call.company)
    line_no = text(line, "line_no") if isinstance(line, dict) else ""
    return None if row is None else session.get(SalesReturnLine, (row.id, line_no))


# ------------------------------------------------------------------ matching and receiving


def _purchaser(session: Session, call: Call) -> Partner:
    code = text(call.input, "purchaser_code")
    partner = parties.by_code(session, code, call.company)
    if partner is None or partner.kind != "CUSTOMER":
        zh, en = (
            f"没有购货者 {code} 的档案，不能收退。",
            f"There is no purchaser {code} on file; nothing is taken back.",
        )
        raise rule_refused([Violation("RULE-26", ("GSP-107",), Text(zh, en), ("sales", "quality_staff"))])
    return partner


def _claims(call: Call, partner: Partner) -> Claims:
    return Claims(partner, call.mode, call.company)


def _matched_line(session: Session, one: Match, line_no: str) -> JsonObject:
    product = session.get(products.Product, one.line.product_id)
    assert product is not None
    values: JsonObject = {
        **one.line.told,
        "line_no": line_no,
        "original_outbound_no": one.shipment.number,
        "outbound_line_no": one.line.line_no,
        "serial_no": text(one.claim, "serial_no"),
        "shipped_quantity": one.line.quantity,
        "returnable_quantity": one.open_quantity,
        "return_quantity": one.quantity,
        "sold_from": one.shipped_at,
        "temp_min": product.temp_min,
        "temp_max": product.temp_max,
        "is_serial": "SERIAL" in product.tracking,
    }
    return {name: value for name, value in values.items() if value not in ("", None)}


def receipt_violations(session: Session, call: Call, partner: Partner, lines: Sequence[JsonObject]) -> list[Violation]:
    """RULE-26 on what is counted, RULE-08 and 09 on where it is put."""
    broken = return_facts.matched(session, _claims(call, partner), lines)[1]
    for line in lines:
        place = facts.location(session, text(line, "location_code"), call.company)
        fact = facts.product(products.by_code(session, text(line, "product_code"), call.company))
        broken += rules.zone_admits(place, Status.RETURN_PENDING, text(line, "line_no"))
        broken += rules.climate_suits(place, fact, text(line, "line_no")) if fact.is_cold_chain else []
    return broken


def _received(session: Session, call: Call, lines: Sequence[JsonObject]) -> JsonObject:
    day = facts.today_at(session, call.site, call.at)
    kept: Any = [
        {
            **line,
            "stock_status": Status.RETURN_PENDING.value,
            "quarantine_location": line["location_code"],
            "quantity": line["return_quantity"],
            "received_quantity": line["return_quantity"],
            "returned_at": call.at,
        }
        for line in lines
    ]
    return {
        "posting": posting_number(call, "T"),
        "sales_return_no": next_number(session, SalesReturn, call.company, "TH", day.year, call.mode),
        "return_date": day.isoformat(),
        "lines": kept,
    }


def _write(session: Session, call: Call, partner: Partner, lines: Sequence[JsonObject], result: JsonObject) -> None:
    booked = ledger.posting_of(session, call.effect_key)
    assert booked is not None and partner.id is not None
    row = SalesReturn(
        company=call.company,
        site=call.site,
        mode=call.mode,
        number=str(result["sales_return_no"]),
        partner_id=partner.id,
        effect_key=call.effect_key,
        case_id=call.case_id,
        posting_id=booked.id,
        returned_on=str(result["return_date"]),
        return_reason=text(call.input, "return_reason"),
        without_papers=call.input.get("without_papers") is True,
    )
    session.add(row)
    session.flush()
    session.add_all(_return_line(session, call, row, line) for line in lines)
    session.flush()


def _return_line(session: Session, call: Call, row: SalesReturn, line: JsonObject) -> SalesReturnLine:
    shipment = shipments.by_number(session, text(line, "original_outbound_no"), call.company)
    product = products.by_code(session, text(line, "product_code"), call.company)
    assert shipment is not None and product is not None and product.id is not None and row.id is not None
    lot = find(session, LotKey(product.id, text(line, "lot_no"), text(line, "expiry_date")), call.mode, call.company)
    shipped = next(
        one for one in shipments.lines_of(session, shipment.posting_id) if one.line_no == line["outbound_line_no"]
    )
    serial, log = text(line, "serial_no"), line.get("sold_period_temp_log")
    assert lot is not None and lot.id is not None
    return SalesReturnLine(
        return_id=row.id,
        line_no=text(line, "line_no"),
        shipment_posting_id=shipment.posting_id,
        shipment_line_no=shipped.line_no,
        original_outbound_no=shipment.number,
        product_id=product.id,
        lot_id=lot.id,
        quantity=whole(line, "return_quantity"),
        serial_nos=[serial] if serial else [],
        udi=text(line, "udi"),
        unit_price=shipped.unit_price,
        told=shipped.told,
        sold_log=log if isinstance(log, dict) else None,
    )
