"""Hospital selections: kits lent for an operation (跟台) and goods kept in a hospital's store (寄售).

What goes out is reviewed twice, what was used is sold once the hospital confirms it, what was not comes back as a
return, and the three records agree line by line. Source: GSP 2023 arts. 84, 87–90, 106–107.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlmodel import Session, col, select

from activities.context import ActivityContext, Call, rule_refused
from activities.stock_departures import Found, on_shelf, refuse_faults
from activities.stock_lines import Change, at_place, lines_of, move_of, text, whole
from activities.stock_posting import number, posted, refuse
from domain import stock_rules, transport_rules
from domain.canonical import normalize
from domain.dealing_rules import PURCHASER_PAPERS
from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import Evidence, Move, MoveKind, PlaceKind, Status
from domain.transport_rules import Parted
from records import facts, ledger, parties, stock_facts, stock_places
from records.master import Because
from records.parties import Partner
from records.stock import PostingRow, location_by_code, virtual_place

DOCUMENT = "selection"
COMING_BACK = ("quantity", "return_quantity", "received_quantity")
"""How many units of a line come back, under every name that its forms and postings read."""
FEN = Decimal("0.01")
KINDS = {
    "kit": (PlaceKind.KIT_OUT, MoveKind.KIT_OUT, MoveKind.KIT_USED, MoveKind.KIT_BACK),
    "consignment": (PlaceKind.CONSIGNMENT, MoveKind.CONSIGN, MoveKind.CONSIGN_USED, MoveKind.CONSIGN_BACK),
}
"""By kind of selection: its place at the hospital, and the moves that go out, are used and come back."""


def quote(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`kits.quote`: the selection with what the files say; rules of sale are asked before anybody packs (GSP 80–82)."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        partner, found = _chosen(session, call)
        rows: Any = found.rows
        return {**_hospital(session, call, partner), "selection_lines": rows}


def dispatch(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`kits.dispatch`: the reviewed lines leave for the hospital's place (RULE-31); they stay ours until used."""
    call = Call.from_json(envelope)
    outbound_no = number(call, "K")

    def draft(session: Session) -> ledger.Draft:
        refuse(transport_rules.selection_is_reviewed(stock_facts.signed_in(session, call.case_id, call.path)))
        partner, found = _chosen(session, call)
        place_kind, goes_out, _, _ = KINDS[text(call.input, "selection_kind")]
        source = stock_places.house(session, text(call.input, "warehouse"), call.company)
        assert source is not None, "the lines stand there"
        because = Because("system", call.at, f"selection {outbound_no}", call.case_id, call.effect_key)
        place = stock_places.open_at_hospital(session, place_kind, source, partner, because)
        change = Change(goes_out, Status.QUALIFIED, Status.QUALIFIED, place.place(), partner_id=partner.id)
        moves = [move_of(session, call, row, change) for row in found.rows]
        lines: Any = at_place(found.rows, [text(row, "line_no") for row in found.rows], place.code)
        day = facts.today_at(session, call.site, call.at).isoformat()
        result: JsonObject = {"outbound_order_no": outbound_no, "outbound_date": day, "selection_lines": lines}
        return ledger.Draft(moves, result)

    return posted(ctx, call, "kit_out", draft, document=(DOCUMENT, outbound_no))


def settle(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`kits.settle`: what the hospital confirmed as used is sold, what is missing leaves the books, the rest is named as
    coming back (RULE-32)."""
    call = Call.from_json(envelope)
    lines = lines_of(call, "selection_lines")
    document = (DOCUMENT, text(call.input, "outbound_order_no"))
    refuse(transport_rules.selection_adds_up([parted(line) for line in lines]))
    if not any(whole(line, "used_quantity") or whole(line, "missing_quantity") for line in lines):
        with ctx.database.read() as session:
            return _told(session, call, lines, "")

    def draft(session: Session) -> ledger.Draft:
        partner = _partner(session, call)
        _, _, is_used, _ = KINDS[text(call.input, "selection_kind")]
        customer = virtual_place(session, PlaceKind.CUSTOMER, call.company).place()
        sold = Change(is_used, Status.QUALIFIED, Status.QUALIFIED, customer, partner_id=partner.id)
        moves = _moves(session, call, lines, "used_quantity", sold)
        evidence = Evidence()
        if any(whole(line, "missing_quantity") for line in lines):
            gone, evidence = _missing(session, call, lines)
            moves += gone
        return ledger.Draft(moves, _told(session, call, lines, number(call, "V")), evidence)

    return posted(ctx, call, "kit_used", draft, document=document)


def take_back(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`kits.take_back`: unused units of a line come back to the returns zone and wait for inspection (GSP 90, 106)."""
    call = Call.from_json(envelope)
    given: Any = call.input.get("line")
    line: JsonObject = given if isinstance(given, dict) else {}
    code = text(call.input, "to_location")

    def draft(session: Session) -> ledger.Draft:
        refuse(returns_place(session, call, line, code))
        partner = _partner(session, call)
        _, _, _, comes_back = KINDS[text(call.input, "selection_kind")]
        place = location_by_code(session, text(line, "location_code"), call.company)
        assert place is not None, "the goods went there"
        change = Change(
            comes_back, Status.QUALIFIED, Status.RETURN_PENDING, source=place.place(), partner_id=partner.id
        )
        here: JsonObject = {**line, "location_code": code}
        return ledger.Draft([move_of(session, call, here, change)], {"posting": number(call, "B")})

    return posted(ctx, call, "kit_back", draft, document=(DOCUMENT, text(call.input, "outbound_order_no")))


def close(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`kits.close`: by the books nothing of the selection is at the hospital any more (RULE-32)."""
    call = Call.from_json(envelope)
    document = (DOCUMENT, text(call.input, "outbound_order_no"))
    with ctx.database.read() as session:
        left = stock_places.still_away(session, document, call.mode, call.company)
        out = _sent(session, call, document)
    wrong = [Parted(no, out.get(no, 0), out.get(no, 0) - qty, 0, 0) for no, qty in sorted(left.items()) if qty]
    if wrong:
        raise rule_refused(transport_rules.selection_adds_up(wrong))
    return {"is_settled": True}


def parted(line: JsonObject) -> Parted:
    """A line of the clinical confirmation as RULE-32 reads it."""
    used, back, gone = (whole(line, name) for name in ("used_quantity", "return_quantity", "missing_quantity"))
    return Parted(text(line, "line_no"), whole(line, "quantity"), used, back, gone)


def returns_place(session: Session, call: Call, line: JsonObject, code: str) -> list[Any]:
    """RULE-08 and RULE-09 on the place to which goods come back."""
    return facts.put_away_violations(
        session,
        location_code=code,
        product_code=text(line, "product_code"),
        line_no=text(line, "line_no"),
        status=Status.RETURN_PENDING,
        company=call.company,
    )


# ------------------------------------------------------------------ what is read and made


def _chosen(session: Session, call: Call) -> tuple[Partner, Found]:
    """The hospital and the goods; raises for every rule and fault of the selection."""
    code, wished = text(call.input, "purchaser_code"), lines_of(call, "selection_lines")
    codes = [text(line, "product_code") for line in wished]
    refuse(
        facts.sale_violations(
            session, purchaser_code=code, product_codes=codes, site=call.site, at=call.at, company=call.company
        )
    )
    partner = _partner(session, call)
    found = on_shelf(session, call, wished, text(call.input, "warehouse"))
    faults = list(found.faults)
    if partner.purchaser_type not in (None, "medical_institution"):
        zh = f"“{partner.name}”不是医疗机构，选配只面向医疗机构。请走销售订单。"
        faults.append(Text(zh, f"“{partner.name}” is no hospital; selections are for hospitals. Use a sales order."))
    refuse_faults("wrong_lines", faults)
    refuse(list(found.violations))
    return partner, found


def _partner(session: Session, call: Call) -> Partner:
    partner = parties.by_code(session, text(call.input, "purchaser_code"), call.company)
    assert partner is not None, "the rules of sale refuse a purchaser without a file"
    return partner


def _hospital(session: Session, call: Call, partner: Partner) -> JsonObject:
    assert partner.id is not None
    today = facts.today_at(session, call.site, call.at).isoformat()
    papers = [row for row in parties.credentials(session, "partner", partner.id) if row.kind in PURCHASER_PAPERS]
    valid = [row.number for row in papers if (row.valid_until or "9999") >= today and row.number]
    return {
        "purchaser_name": partner.name,
        "delivery_address": partner.address,
        "purchaser_contact": partner.contact,
        "purchaser_license_no": valid[0] if valid else "",
    }


def _moves(session: Session, call: Call, lines: Sequence[JsonObject], key: str, change: Change) -> list[Move]:
    taken = [{**line, "quantity": whole(line, key)} for line in lines if whole(line, key)]
    return [move_of(session, call, line, change) for line in taken]


def _missing(session: Session, call: Call, lines: Sequence[JsonObject]) -> tuple[list[Move], Evidence]:
    """What was lost leaves the books as an adjustment does: signed by finance or quality, not by who confirmed it."""
    signed = stock_facts.signed_in(session, call.case_id, call.path)
    refuse(stock_rules.adjustment_is_signed(signed))
    outside = virtual_place(session, PlaceKind.ADJUST, call.company).place()
    change = Change(MoveKind.ADJUST, Status.QUALIFIED, Status.QUALIFIED, outside)
    moves = _moves(session, call, lines, "missing_quantity", change)
    return moves, Evidence(approvals=tuple(one.act_sha for one in stock_rules.approvals_of(signed)))


def _told(session: Session, call: Call, lines: Sequence[JsonObject], sales_no: str) -> JsonObject:
    """The record of sale (GSP 84) of what was used, and the lines that come back."""
    sold, back = list[JsonObject](), list[JsonObject]()
    for line in lines:
        price = Decimal(str(line.get("unit_price") or 0))
        kept = {name: value for name, value in line.items() if not name.endswith("_quantity")}
        if used := whole(line, "used_quantity"):
            amount = normalize((price * used).quantize(FEN, ROUND_HALF_UP))
            sold.append({**kept, "quantity": used, "amount": amount})
        if returned := whole(line, "return_quantity"):
            back.append({**kept, **dict.fromkeys(COMING_BACK, returned)})
    total = sum((Decimal(str(line["amount"])) for line in sold), Decimal(0))
    listed, returning = list[Any](sold), list[Any](back)
    values: JsonObject = {
        "sales_no": sales_no,
        "sale_lines": listed,
        "back_lines": returning,
        "total_amount": normalize(total),
    }
    day = facts.today_at(session, call.site, call.at).isoformat()
    return values | ({"sale_date": day} if sold else {})


def _sent(session: Session, call: Call, document: tuple[str, str]) -> dict[str, int]:
    query = select(PostingRow).where(
        PostingRow.document_type == document[0], PostingRow.document_id == document[1], PostingRow.kind == "kit_out",
        PostingRow.mode == call.mode, PostingRow.company == call.company,
    )  # fmt: skip
    posting = session.exec(query.order_by(col(PostingRow.id))).first()
    if posting is None or posting.id is None:
        return {}
    return {move.line_no: move.qty for _, move in ledger.moves_of(session, posting.id)}
