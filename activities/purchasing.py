"""Purchase orders: what they would say, placing them once under a gap-free number, closing and cancelling them.

An order is placed only with a supplier and for products whose files hold on that day (GSP 53–54); it names what GSP 55
asks for, and its record holds the fields of GSP 58. The rules are asked when it is drafted and again when it is placed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlmodel import Session

from activities.context import ActivityContext, BusinessError, Call, rule_refused
from activities.order_lines import line_faults
from domain.canonical import normalize
from domain.errors import Text
from domain.json_types import JsonObject
from records import agreements, facts, orders, parties, products, purchasing
from records.agreements import Contract
from records.parties import Partner
from records.products import Product

FEN = Decimal("0.01")
UNDO = "/undo"


@dataclass(frozen=True)
class Quote:
    """An order worked out: each line with its file and sums; `faults` are words for whoever drafts it."""

    partner: Partner
    lines: list[JsonObject]
    total: Decimal
    over_price: bool
    over_ceiling: bool
    contract: Contract | None
    faults: tuple[Text, ...]


def quote(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`orders.quote`: the draft with what the files say, sums in yuan, and whether it is dearer than agreed."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        made = _quote(session, call)
    values: Any = {
        "supplier_name": made.partner.name,
        "order_lines": made.lines,
        "total_amount": made.total,
        "over_price": made.over_price,
        "over_ceiling": made.over_ceiling,
    }
    return {name: normalize(value) for name, value in values.items()}


def place(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`orders.place`: the order under its number; asked again it answers the same number."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        purchasing.stand_in_line(session, call.company)
        known = purchasing.order_of(session, call.effect_key)
        if known is None:
            purchasing.require_not_undone(session, call.effect_key)
            made, day = _quote(session, call), facts.today_at(session, call.site, call.at)
            about = purchasing.Placing(
                effect_key=call.effect_key,
                case_id=call.case_id,
                company=call.company,
                site=call.site,
                mode=call.mode,
                kind=_text(call.input, "order_kind"),
                contract_no=_text(call.input, "contract_no"),
                expected_on=_text(call.input, "expected_delivery_date"),
            )
            known = purchasing.write(session, about, made.partner, day, made.lines)
        return {"purchase_order_no": known.number, "purchase_date": known.ordered_on}


def cancel(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`orders.cancel`, the undo of placing: the order takes no goods any more. Refused once goods have come."""
    call = Call.from_json(envelope)
    key = call.effect_key.removesuffix(UNDO)
    with ctx.database.write() as session:
        purchasing.stand_in_line(session, call.company)
        order = purchasing.order_of(session, key)
        if order is None:
            purchasing.bury(session, key, call.effect_key, call.site, call.mode, call.company, ctx.clock())
            return {}
        if order.state != "cancelled":
            _require_nothing_came(session, order)
            purchasing.end(session, order, "cancelled", facts.today_at(session, call.site, call.at).isoformat(), "")
        return {}


def close(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`orders.close`: all has come, or the rest is given up (`short`); a closed order takes no goods any more."""
    call = Call.from_json(envelope)
    short = bool(call.input.get("short"))
    with ctx.database.write() as session:
        number = _text(call.input, "purchase_order_no")
        order = orders.by_numbers(session, [number], call.company, lock=True).get(number)
        if order is None:
            raise BusinessError("unknown_order", Text(f"没有订单 {number}。", f"There is no order {number}."))
        ordered, left = purchasing.progress(session, order)
        if order.state == "open":
            if left and not short:
                raise _still_open(session, number, left)
            day = facts.today_at(session, call.site, call.at).isoformat()
            purchasing.end(session, order, "closed", day, _text(call.input, "close_reason"))
        return {"received_quantity": ordered - sum(left.values()), "open_quantity": sum(left.values())}


def _require_nothing_came(session: Session, order: orders.PurchaseOrder) -> None:
    ordered, left = purchasing.progress(session, order)
    if sum(left.values()) < ordered:
        raise BusinessError(
            "goods_have_come",
            Text(
                f"订单 {order.number} 已有到货，不能撤销。请改为短交结案。",
                f"Goods of order {order.number} have come; it cannot be cancelled. Close it short instead.",
            ),
        )


def _still_open(session: Session, number: str, left: dict[int, int]) -> BusinessError:
    rows = {code: session.get(Product, code) for code in left}
    listed = [f"{row.code} {left[code]}{row.unit}" for code, row in rows.items() if row is not None]
    return BusinessError(
        "still_open",
        Text(
            f"订单 {number} 尚有未到货：{'、'.join(listed)}。请等待到货，或选“短交结案”并写明原因。",
            f"Order {number} still lacks {', '.join(listed)}. Wait for it, or close it short and say why.",
        ),
    )


# ------------------------------------------------------------------ working it out


def _quote(session: Session, call: Call) -> Quote:
    code = _text(call.input, "supplier_code")
    lines = [line for line in _listed(call.input.get("order_lines")) if isinstance(line, dict)]
    broken = facts.order_violations(session, code, lines, call.site, call.at, call.company)
    if broken:
        raise rule_refused(broken)
    partner = parties.by_code(session, code, call.company)
    assert partner is not None and partner.id is not None, "the rules refuse a supplier without a file"
    made = _worked_out(session, call, partner, lines)
    if made.faults:
        zh, en = (" ".join(getattr(one, lang) for one in made.faults) for lang in ("zh", "en"))
        raise BusinessError("wrong_order", Text(zh, en))
    return made


def _worked_out(session: Session, call: Call, partner: Partner, lines: list[JsonObject]) -> Quote:
    assert partner.id is not None
    files = products.by_codes(session, (_text(line, "product_code") for line in lines), call.company)
    day, faults, dear, done = facts.today_at(session, call.site, call.at).isoformat(), list[Text](), False, list[Any]()
    kind, numbers = _text(call.input, "order_kind"), set[str]()
    for line in lines:
        product = files[_text(line, "product_code")]
        assert product.id is not None
        price, quantity = _price(line), int(str(line["quantity"]))
        faults += line_faults(_text(line, "line_no"), kind, price, numbers)
        numbers.add(_text(line, "line_no"))
        agreed = agreements.price_on(session, partner.id, product.id, "BUY", day, quantity)
        agreed_price = None if agreed is None else Decimal(str(agreed.unit_price))
        dear = dear or (agreed_price is not None and price > agreed_price)
        done.append(_line(line, product, price, quantity, agreed_price))
    total = sum((Decimal(str(line["amount"])) for line in done), Decimal(0))
    contract, wrong = _contract(session, call, partner, day)
    above = contract is not None and _is_above(session, contract, total)
    return Quote(partner, done, total, dear, above, contract, (*faults, *wrong))


def _line(line: JsonObject, product: Product, price: Decimal, quantity: int, agreed: Decimal | None) -> JsonObject:
    values: Any = {
        "line_no": line["line_no"],
        "product_code": product.code,
        "product_name": product.name,
        "model": product.model,
        "specification": product.specification,
        "registrant_name": product.registrant_name,
        "registration_no": product.registration_no,
        "unit": product.unit,
        "quantity": quantity,
        "unit_price": price,
        "amount": (price * quantity).quantize(FEN, ROUND_HALF_UP),
        "agreed_price": agreed,
    }
    return {name: normalize(value) for name, value in values.items() if value is not None}


def _contract(session: Session, call: Call, partner: Partner, day: str) -> tuple[Contract | None, list[Text]]:
    number = _text(call.input, "contract_no")
    if not number:
        return None, []
    found = agreements.contract(session, number, call.company)
    if found is None or found.partner_id != partner.id:
        zh = f"没有与“{partner.name}”的合同 {number}。请核对合同编号。"
        return None, [Text(zh, f"There is no contract {number} with “{partner.name}”. Check its number.")]
    if found.state != "valid" or found.valid_from > day or (found.valid_until or "9999") < day:
        zh = f"合同 {number} 在 {day} 不在有效期内。"
        return None, [Text(zh, f"Contract {number} is not in force on {day}.")]
    return found, []


def _is_above(session: Session, contract: Contract, total: Decimal) -> bool:
    """Whether this order brings all orders under the contract above its ceiling."""
    if contract.ceiling_fen is None:
        return False
    return purchasing.spent_under(session, contract.number, contract.company) + total > contract.ceiling_fen * FEN


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _price(line: JsonObject) -> Decimal:
    return Decimal(str(line.get("unit_price") or 0))


def _text(values: JsonObject, name: str) -> str:
    return str(values.get(name) or "").strip()
