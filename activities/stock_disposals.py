"""What becomes of nonconforming goods: they go back to their supplier or are destroyed, and nothing else.

Source: GSP 2023 arts. 19(6), 69, 76, 106.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from activities.context import ActivityContext, BusinessError, Call
from activities.stock_lines import Change, lines_of, move_of, text, whole
from activities.stock_posting import number, posted, refuse
from domain import stock_rules
from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import MoveKind, PlaceKind, Status
from records import facts, ledger, parties, stock_facts
from records.parties import Partner
from records.stock import StockMove, virtual_place


def destroy(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.destroy`: rejected lines leave the books, on three signatures of the case (RULE-24)."""
    call = Call.from_json(envelope)
    lines = lines_of(call, "positions")

    def draft(session: Session) -> ledger.Draft:
        refuse(stock_rules.destruction_is_signed(stock_facts.signed_in(session, call.case_id, call.path)))
        place = virtual_place(session, PlaceKind.DESTROYED, call.company).place()
        change = Change(MoveKind.DESTROY, Status.REJECTED, Status.REJECTED, place)
        moves = [move_of(session, call, line, change) for line in lines]
        evidence = facts.signed(session, call.case_id, call.path).evidence()
        return ledger.Draft(moves, {"posting": number(call, "D"), "quantity": _total(lines)}, evidence)

    return posted(ctx, call, "destroy", draft)


def return_supplier(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.return_supplier`: rejected lines go back to the supplier from whom the lot was bought."""
    call = Call.from_json(envelope)
    lines = lines_of(call, "positions")

    def draft(session: Session) -> ledger.Draft:
        partner = parties.by_code(session, text(call.input, "supplier_code"), call.company)
        place = virtual_place(session, PlaceKind.SUPPLIER, call.company).place()
        partner_id = partner.id if partner is not None else None
        change = Change(MoveKind.RETURN_SUPPLIER, Status.REJECTED, Status.REJECTED, place, partner_id=partner_id)
        moves = [move_of(session, call, line, change) for line in lines]
        for lot_id in {move.lot_id for move in moves}:
            bought_from(session, lot_id, partner, text(call.input, "supplier_code"))
        return ledger.Draft(moves, {"posting": number(call, "B"), "quantity": _total(lines)})

    return posted(ctx, call, "return_supplier", draft)


def _total(lines: list[JsonObject]) -> int:
    return sum(whole(line, "quantity") for line in lines)


def bought_from(session: Session, lot_id: int, partner: Partner | None, code: str) -> None:
    """Raise unless the lot came from this supplier; a lot that was never received (opening balance) may go to any."""
    came = select(StockMove.partner_id).where(
        StockMove.lot_id == lot_id, StockMove.kind == MoveKind.RECEIVE.value, col(StockMove.partner_id).is_not(None)
    )
    suppliers = set(session.exec(came.distinct()))
    if partner is not None and (not suppliers or partner.id in suppliers):
        return
    names = [row.code for found in suppliers if found is not None and (row := session.get(Partner, found))]
    raise BusinessError(
        "other_supplier",
        Text(
            f"这批商品不是从供货者 {code} 购进的。请填写购进该批的供货者：{'、'.join(sorted(names)) or '无记录'}。",
            f"This lot was not bought from supplier {code}. Name the one it came from: {', '.join(sorted(names)) or 'none'}.",
        ),
        {"supplier_code": code},
    )
