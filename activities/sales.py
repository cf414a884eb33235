"""Sales orders: what they would say, entering them with their goods promised, ending them.

An order is entered only for a purchaser and products whose files hold on that day, by a salesperson with a letter of ours
(GSP 78, 80–82), and only for goods that are qualified, in date and promised to nobody else. The rules are asked when it is
drafted, when it is entered and when its goods leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlmodel import Session

from activities.context import ActivityContext, BusinessError, Call, rule_refused
from activities.order_lines import FREE_KINDS, line_faults
from activities.stock_posting import translated
from domain.canonical import normalize
from domain.clock import from_text, to_text
from domain.errors import Text
from domain.json_types import JsonObject
from records import agreements, facts, parties, products, purchasing, sale_facts, sale_stock, sales, selling, shipments
from records.agreements import Contract
from records.parties import Partner
from records.products import Product
from records.sale_stock import Where

FEN = Decimal("0.01")
UNDO = "/undo"
PROMISED_FOR = timedelta(hours=72)
"""How long goods wait for a customer's order before anybody else may have them; listing them again renews it."""


@dataclass(frozen=True)
class Quote:
    """An order worked out; `faults` are words for whoever drafts it."""

    partner: Partner
    lines: list[JsonObject]
    total: Decimal
    off_price: bool
    faults: tuple[Text, ...]


def quote(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`sales.quote`: the draft with what the files say, sums in yuan, whether price and credit are as agreed."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        made = _quote(session, call)
        values: Any = {
            "purchaser_name": made.partner.name,
            "purchaser_license_no": sale_facts.licence_of(
                session, made.partner, facts.today_at(session, call.site, call.at)
            ),
            "order_lines": made.lines,
            "total_amount": made.total,
            "off_price": made.off_price,
            **_credit(session, call, made),
        }
    return {name: normalize(value) for name, value in values.items()}


def place(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`sales.place`: the order under its number with its goods promised; asked again it answers the same number."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        known = selling.order_of(session, call.effect_key)
        if known is None:
            purchasing.require_not_undone(session, call.effect_key)
            known = _entered(session, call)
        return {"sales_order_no": known.number, "sale_date": known.ordered_on}


def cancel(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`sales.cancel`, the undo of placing: the promise of its goods ends. Refused once goods have left."""
    call = Call.from_json(envelope)
    key = call.effect_key.removesuffix(UNDO)
    with ctx.database.write() as session:
        order = selling.order_of(session, key)
        if order is None or order.id is None:
            purchasing.bury(session, key, call.effect_key, call.site, call.mode, call.company, ctx.clock())
            return {}
        if sum(shipments.shipped(session, order.id).values()):
            raise BusinessError(
                "goods_have_left",
                Text(
                    f"订单 {order.number} 已有出库，不能撤销。退货请走销后退回。",
                    f"Goods of order {order.number} have left; it cannot be cancelled. What comes back is a return.",
                ),
            )
        selling.let_go(session, order.id, call.at)
        selling.end(session, order, facts.today_at(session, call.site, call.at), "")
        return {}


def _named(session: Session, call: Call) -> sales.SalesOrder:
    """The order of the call, locked until the transaction ends."""
    number = _text(call.input, "sales_order_no")
    order = sales.by_number(session, number, call.company, lock=True)
    if order is None:
        raise BusinessError("unknown_order", Text(f"没有订单 {number}。", f"There is no order {number}."))
    return order


def close(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`sales.close`: the order ends; what was promised and has not left is free again."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        order = _named(session, call)
        assert order.id is not None, "it is in the database"
        selling.let_go(session, order.id, call.at)
        day, reason = facts.today_at(session, call.site, call.at), _text(call.input, "close_reason")
        gone, left = selling.end(session, order, day, reason)
        due = selling.open_amount(session, order)
        return {"shipped_quantity": gone, "open_quantity": left, "open_amount": normalize(due * FEN)}


def pay(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`sales.pay`: money that came for an order is on its account, once for each call."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        order = _named(session, call)
        amount = int((Decimal(str(call.input["paid_amount"])) / FEN).quantize(Decimal(1), ROUND_HALF_UP))
        sale_facts.note_payment(
            session, order, call.effect_key, amount, _text(call.input, "paid_on"), call.case_id, call.at
        )
        return {"open_amount": normalize(selling.open_amount(session, order) * FEN)}


# ------------------------------------------------------------------ entering


def _entered(session: Session, call: Call) -> sales.SalesOrder:
    made, where = _quote(session, call, lock=True), where_of(session, call)
    given = call.input
    more: dict[str, Any] = {
        "kind": _text(given, "order_kind") or "sale",
        "contract_no": _text(given, "contract_no"),
        "online_order_no": _text(given, "online_order_no"),
        "delivery_way": _text(given, "delivery_way") or "delivery",
        "delivery_address": _text(given, "delivery_address") or made.partner.address,
        "purchaser_contact": _text(given, "purchaser_contact") or made.partner.contact,
        "purchaser_license_no": sale_facts.licence_of(session, made.partner, where.day),
        "requested_on": _text(given, "requested_date") or None,
        "is_urgent": given.get("is_urgent") is True,
        "urgent_reason": _text(given, "urgent_reason"),
        "salesperson": sale_facts.salesperson(session, call.case_id, call.path),
    }
    about = selling.Entering(call.effect_key, call.case_id, call.company, call.site, call.mode, more)
    order = selling.write(session, about, made.partner, where.day, made.lines)
    assert order.id is not None
    reserve(session, call, order, {line.line_no: line.quantity for line in sales.lines(session, order.id)})
    return order


def reserve(session: Session, call: Call, order: sales.SalesOrder, wanted: dict[int, int]) -> None:
    """Promise so many units to each line of the order, first-expiring first; refused where they are not free."""
    assert order.id is not None
    wishes = [
        sale_stock.Wish(str(line.line_no), _product(session, line.product_id), wanted[line.line_no], line.lot_no)
        for line in sales.lines(session, order.id)
        if wanted.get(line.line_no, 0) > 0
    ]
    offers, shares = sale_stock.plan(session, wishes, where_of(session, call), lock=True)
    broken = sale_facts.goods_are_free(offers)
    if broken:
        raise rule_refused(broken)
    until = to_text(from_text(call.at) + PROMISED_FOR)
    translated(lambda: selling.promise(session, order, shares, call.effect_key, call.at, until) or {})


def where_of(session: Session, call: Call) -> Where:
    """Whose stock a call is about."""
    return Where(call.site, call.at, facts.today_at(session, call.site, call.at), call.mode, call.company)


def _product(session: Session, product_id: int) -> Product:
    found = session.get(Product, product_id)
    assert found is not None
    return found


# ------------------------------------------------------------------ working it out


def _quote(session: Session, call: Call, *, lock: bool = False) -> Quote:
    code = _text(call.input, "purchaser_code")
    lines = [line for line in _listed(call.input.get("order_lines")) if isinstance(line, dict)]
    person = sale_facts.salesperson(session, call.case_id, call.path)
    asked = sale_facts.Asked(code, lines, person)
    broken = sale_facts.order_violations(session, asked, where_of(session, call), lock=lock)
    if broken:
        raise rule_refused(broken)
    partner = parties.by_code(session, code, call.company)
    assert partner is not None, "the rules refuse a purchaser without a file"
    made = _worked_out(session, call, partner, lines)
    if made.faults:
        zh, en = (" ".join(getattr(one, lang) for one in made.faults) for lang in ("zh", "en"))
        raise BusinessError("wrong_order", Text(zh, en))
    return made


def _worked_out(session: Session, call: Call, partner: Partner, lines: Sequence[JsonObject]) -> Quote:
    assert partner.id is not None
    files = products.by_codes(session, (_text(line, "product_code") for line in lines), call.company)
    day, kind = facts.today_at(session, call.site, call.at).isoformat(), _text(call.input, "order_kind")
    faults, off, done, numbers = list[Text](), False, list[JsonObject](), set[str]()
    for line in lines:
        product = files[_text(line, "product_code")]
        assert product.id is not None
        price, quantity = Decimal(str(line.get("unit_price") or 0)), int(str(line["quantity"]))
        faults += line_faults(_text(line, "line_no"), kind, price, numbers)
        numbers.add(_text(line, "line_no"))
        agreed = agreements.price_on(session, partner.id, product.id, "SELL", day, quantity)
        off = off or _is_off(agreed, price, kind)
        done.append(_line(line, product, price, quantity, agreed))
    total = sum((Decimal(str(line["amount"])) for line in done), Decimal(0))
    return Quote(partner, done, total, off, (*faults, *_contract_faults(session, call, partner, day, total)))


def _is_off(agreed: agreements.PriceAgreement | None, price: Decimal, kind: str) -> bool:
    """Whether a price is under what was agreed, or above what the purchaser may pay (挂网价)."""
    if agreed is None or kind in FREE_KINDS:
        return False
    ceiling = agreed.ceiling_price
    return price < Decimal(str(agreed.unit_price)) or (ceiling is not None and price > Decimal(str(ceiling)))


def _line(
    line: JsonObject, product: Product, price: Decimal, quantity: int, agreed: agreements.PriceAgreement | None
) -> JsonObject:
    values: Any = {
        "line_no": line["line_no"],
        "product_code": product.code,
        "product_name": product.name,
        "model": product.model,
        "specification": product.specification,
        "registrant_name": product.registrant_name,
        "contract_manufacturer_name": product.contract_manufacturer_name or None,
        "production_license_no": product.production_license_no or None,
        "registration_no": product.registration_no,
        "unit": product.unit,
        "lot_no": _text(line, "lot_no") or None,
        "quantity": quantity,
        "unit_price": price,
        "amount": (price * quantity).quantize(FEN, ROUND_HALF_UP),
        "agreed_price": None if agreed is None else Decimal(str(agreed.unit_price)),
    }
    return {name: normalize(value) for name, value in values.items() if value is not None}


def _contract_faults(session: Session, call: Call, partner: Partner, day: str, total: Decimal) -> list[Text]:
    number = _text(call.input, "contract_no")
    if not number:
        return []
    found = agreements.contract(session, number, call.company)
    if found is None or found.partner_id != partner.id or found.kind not in ("SALE", "FRAMEWORK"):
        zh = f"没有与“{partner.name}”的销售合同 {number}。请核对合同编号。"
        return [Text(zh, f"There is no sales contract {number} with “{partner.name}”. Check its number.")]
    if found.state != "valid" or found.valid_from > day or (found.valid_until or "9999") < day:
        zh = f"合同 {number} 在 {day} 不在有效期内。"
        return [Text(zh, f"Contract {number} is not in force on {day}.")]
    return _above(session, found, total)


def _above(session: Session, found: Contract, total: Decimal) -> list[Text]:
    if found.ceiling_fen is None:
        return []
    spent = sale_facts.sold_under(session, found.number, found.company)
    if spent + int(total / FEN) <= found.ceiling_fen:
        return []
    left = (found.ceiling_fen - spent) * FEN
    zh = f"合同 {found.number} 只余 {left} 元，本单 {total} 元超出。请改用其他合同或减少数量。"
    return [
        Text(zh, f"Contract {found.number} has {left} yuan left; this order is {total}. Use another one or order less.")
    ]


def _credit(session: Session, call: Call, made: Quote) -> JsonObject:
    assert made.partner.id is not None
    term = selling.credit_term(session, made.partner.id)
    owed = selling.owed(session, made.partner.id, call.company)
    limit = term.limit_fen if term is not None else None
    over = term is not None and (term.on_hold or (limit is not None and owed + int(made.total / FEN) > limit))
    values: Any = {
        "over_credit": over,
        "credit_hold": term is not None and term.on_hold,
        "owed_amount": owed * FEN,
        "credit_limit": None if limit is None else limit * FEN,
    }
    return {name: normalize(value) for name, value in values.items() if value is not None}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(values: JsonObject, name: str) -> str:
    return str(values.get(name) or "").strip()
