"""Stock postings that steps call. Each is one transaction; the hard rules are decided again inside it.

Declared error: `rule_refused` (a hard rule, or a line that cannot be posted as it was entered). What no
person at a form
can put right, such as goods that are no longer where they were, is no outcome but an incident
(`stock_refused`).
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from activities.context import ActivityContext, BusinessError, Call, rule_refused
from activities.stock_posting import number as _number
from activities.stock_posting import place_at as _place
from activities.stock_posting import posted as _posted
from activities.stock_posting import posting as _posting
from activities.stock_posting import refuse as _refuse
from activities.stock_posting import translated as _translated
from activities.stock_posting import whereabouts as _whereabouts
from domain import hard_rules as rules
from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import Move, MoveKind, Place, PlaceKind, Status
from records import facts, ledger, lots, orders, parties, products
from records.base import table_of
from records.lots import LotKey, LotOrigin
from records.products import Product
from records.stock import Location, Lot, StockBalance, Warehouse, virtual_place


def stock_receive(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.receive`: every received line becomes PENDING stock of its lot in its pending location."""
    call = Call.from_json(envelope)

    def draft(session: Session) -> ledger.Draft:
        found = facts.receipt_violations(
            session,
            supplier_code=str(call.input["supplier_code"]),
            lines=_lines(call),
            site=call.site,
            at=call.at,
            mode=call.mode,
            company=call.company,
            lock=True,
        )
        _refuse(rules.blocking_at_receipt(found))
        return _receipt(session, call)

    return _posted(ctx, call, "receive", draft, document=("delivery_note", str(call.input["delivery_note_no"])))


def stock_change_status(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.change_status`: `quantity` units of a line turn from `from` (PENDING) into `to`, where they
    stand."""
    call = Call.from_json(envelope)
    before, after = Status(_optional(call, "from") or Status.PENDING), Status(str(call.input["to"]))

    def draft(session: Session) -> ledger.Draft:
        line = _line(call)
        signed = facts.signed(session, call.case_id, call.path)
        if after is Status.QUALIFIED:
            _refuse(_release_violations(session, call, line, signed))
        place = _place(session, call, _optional(call, "location") or _text(line, "quarantine_location"))
        move = _line_move(session, call, line, MoveKind.STATUS, place, place, before, after)
        return ledger.Draft([move], {"posting": _number(call, "S")}, signed.evidence())

    return _posted(ctx, call, "change_status", draft)


def stock_move(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.move`: `quantity` qualified units of a line go from the pending location to `to_location`."""
    call = Call.from_json(envelope)

    def draft(session: Session) -> ledger.Draft:
        line, code = _line(call), str(call.input["to_location"])
        _refuse(
            facts.put_away_violations(
                session,
                location_code=code,
                product_code=_text(line, "product_code"),
                line_no=_text(line, "line_no"),
                company=call.company,
            )
        )
        source = _place(session, call, _optional(call, "from_location") or _text(line, "quarantine_location"))
        target = _place(session, call, code)
        move = _line_move(session, call, line, MoveKind.MOVE, source, target, Status.QUALIFIED, Status.QUALIFIED)
        return ledger.Draft([move], {"posting": _number(call, "M"), **_whereabouts(session, code, call.company)})

    return _posted(ctx, call, "move", draft)


def stock_hold(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.hold`: all stock of the lines' lots at the site that is not rejected yet is put on hold."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        moves = _holding(session, call) if ledger.posting_of(session, call.effect_key) is None else []
        if not moves and ledger.posting_of(session, call.effect_key) is None:
            return {"held": 0}
        held = sum(move.qty for move in moves)
        result: JsonObject = {"posting": _number(call, "H"), "held": held}
        return _translated(lambda: ledger.post(session, _posting(call, "hold"), lambda: ledger.Draft(moves, result)))


def stock_reverse(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.reverse`: undo the posting whose key is this call's without `/undo`; a tombstone where there
    is none."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        result = _translated(lambda: ledger.reverse(session, _posting(call, "reverse")))
    return {key: value for key, value in result.items() if key in ("undone", "tombstone") and value is not None}


# ------------------------------------------------------------------ drafts


def _receipt(session: Session, call: Call) -> ledger.Draft:
    taken = [line for line in _lines(call) if _quantity(line, "received_quantity") > 0]
    files = products.by_codes(session, {_text(line, "product_code") for line in taken}, call.company)
    partner = parties.by_code(session, str(call.input["supplier_code"]), call.company)
    outside = virtual_place(session, PlaceKind.SUPPLIER, call.company).place()
    _refuse_repeated(taken)
    _refuse([v for line in taken for v in facts.pending_place_violations(session, line, call.site, call.company)])
    wanted = {
        _lot_key(files[_text(line, "product_code")], line): LotOrigin(
            call.effect_key, _text(line, "production_date") or None
        )
        for line in taken
    }
    ids = lots.open_lots(session, wanted, call.mode, call.company)
    moves, receipts = [], []
    order_ids = orders.by_numbers(session, {_text(line, "purchase_order_no") for line in taken}, call.company)
    for line in taken:
        product = files[_text(line, "product_code")]
        lot_id = ids[_lot_key(product, line)]
        moves.append(_receive_move(session, call, line, product, lot_id, outside, partner.id if partner else None))
        order = order_ids[_text(line, "purchase_order_no")]
        assert order.id is not None and product.id is not None
        receipts.append(ledger.ReceiptEntry(_text(line, "line_no"), order.id, product.id, moves[-1].qty))
    return ledger.Draft(moves, {"posting": _number(call, "R")}, receipts=receipts)


def _receive_move(
    session: Session,
    call: Call,
    line: JsonObject,
    product: Product,
    lot_id: int,
    outside: Place,
    partner_id: int | None,
) -> Move:
    quantity = _quantity(line, "received_quantity")
    serials: tuple[int, ...] = ()
    if "SERIAL" in product.tracking:
        lot = session.get(Lot, lot_id)
        assert lot is not None
        numbers = _serial_numbers(line, quantity)
        udi = _text(line, "udi") or None
        serials = tuple(lots.open_serials(session, lot, numbers, outside.id, udi, Status.PENDING))
    assert product.id is not None
    return Move(
        kind=MoveKind.RECEIVE,
        product_id=product.id,
        lot_id=lot_id,
        source=outside,
        target=_place(session, call, _text(line, "quarantine_location")),
        from_status=Status.PENDING,
        to_status=Status.PENDING,
        qty=quantity,
        line_no=_text(line, "line_no"),
        partner_id=partner_id,
        serial_ids=serials,
    )


def _refuse_repeated(lines: list[JsonObject]) -> None:
    """A line's number names it for ever: two lines with the same one are no receipt."""
    seen: set[str] = set()
    for line in lines:
        line_no = _text(line, "line_no")
        if line_no in seen:
            zh = f"行号“{line_no}”出现了两次。请为每一行填写不同的行号。"
            en = f"The line number '{line_no}' stands there twice. Give every line its own."
            raise _unfit(line, zh, en)
        seen.add(line_no)


def _release_violations(
    session: Session, call: Call, line: JsonObject, signed: facts.SignedLine
) -> list[rules.Violation]:
    found = facts.release_violations(
        session, call.case_id, call.path, line, call.at, call.site, call.company
    ) + rules.release_is_ruled(_text(line, "line_no"), signed.rulings)
    inspected = [ruling.role for ruling in signed.rulings if ruling.meaning == "inspected" and ruling.role]
    return found + (rules.inspector_has_post(inspected[-1:], _text(line, "line_no")) if inspected else [])


def _line_move(
    session: Session,
    call: Call,
    line: JsonObject,
    kind: MoveKind,
    source: Place,
    target: Place,
    was: Status,
    is_: Status,
) -> Move:
    product, lot = _lot_of(session, call, line)
    quantity = _quantity(call.input, "quantity")
    serials: tuple[int, ...] = ()
    if "SERIAL" in product.tracking:
        serials = tuple(lots.serial_ids(session, lot, _serial_numbers(line, quantity)))
    assert product.id is not None and lot.id is not None
    return Move(
        kind=kind,
        product_id=product.id,
        lot_id=lot.id,
        source=source,
        target=target,
        from_status=was,
        to_status=is_,
        qty=quantity,
        line_no=_text(line, "line_no"),
        serial_ids=serials,
    )


_HELD = (Status.PENDING, Status.QUALIFIED, Status.RETURN_PENDING)


def _holding(session: Session, call: Call) -> list[Move]:
    lot_ids: set[int] = set()
    for line in _lines(call):
        product = products.by_code(session, _text(line, "product_code"), call.company)
        if product is not None and product.id is not None:
            found = lots.of_number(session, product.id, _text(line, "lot_no"), call.mode)
            lot_ids |= {lot.id for lot in found if lot.id is not None}
    query = (
        select(StockBalance, Location)
        .join(Location, col(Location.id) == col(StockBalance.location_id))
        .join(Warehouse, col(Warehouse.id) == col(Location.warehouse_id))
        .where(col(StockBalance.lot_id).in_(lot_ids), StockBalance.qty > 0, Warehouse.site == call.site)
        .where(col(StockBalance.status).in_([status.value for status in _HELD]))
        .order_by(col(StockBalance.lot_id), col(StockBalance.location_id), col(StockBalance.status))
        .with_for_update(of=table_of(StockBalance))  # what is held is what is there when it is held
    )
    return [_hold_move(session, balance, location) for balance, location in session.exec(query)]


def _hold_move(session: Session, balance: StockBalance, location: Location) -> Move:
    return Move(
        kind=MoveKind.HOLD,
        product_id=balance.product_id,
        lot_id=balance.lot_id,
        source=location.place(),
        target=location.place(),
        from_status=Status(balance.status),
        to_status=Status.HOLD,
        qty=balance.qty,
        owner=balance.owner,
        serial_ids=tuple(lots.serials_at(session, balance.lot_id, balance.location_id, balance.status)),
    )


# ------------------------------------------------------------------ reading the input


def _lines(call: Call) -> list[JsonObject]:
    lines = call.input.get("lines")
    return [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def _line(call: Call) -> JsonObject:
    line = call.input.get("line")
    return line if isinstance(line, dict) else {}


def _text(value: JsonObject, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _optional(call: Call, key: str) -> str | None:
    return _text(call.input, key) or None


def _quantity(value: JsonObject, key: str) -> int:
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def _serial_numbers(line: JsonObject, quantity: int) -> list[str]:
    listed: Any = line.get("serial_nos")
    numbers = [str(number) for number in listed] if isinstance(listed, list) else []
    numbers = numbers or [number for number in [_text(line, "serial_no")] if number]
    if len(set(numbers)) != quantity:
        line_no = _text(line, "line_no")
        raise _unfit(
            line,
            f"第 {line_no} 行按序列号管理：数量 {quantity} 须有 {quantity} 个不同的序列号，现有 "
            f"{len(set(numbers))} 个。请补录或分行。",
            f"Line {line_no} is tracked by serial number: quantity {quantity} needs {quantity} different "
            f"numbers, "
            f"{len(set(numbers))} were given. Enter them, or one line for each unit.",
        )
    return numbers


def _lot_key(product: Product, line: JsonObject) -> LotKey:
    assert product.id is not None
    lot_no, line_no = _text(line, "lot_no"), _text(line, "line_no")
    if "LOT" in product.tracking and not lot_no:
        raise _unfit(
            line,
            f"第 {line_no} 行“{product.name}”按批号管理，但没有批号。请填写批号。",
            f"Line {line_no}, “{product.name}”, is tracked by lot, but has no lot number. Enter it.",
        )
    return LotKey(product.id, lot_no, _text(line, "expiry_date"))


def _lot_of(session: Session, call: Call, line: JsonObject) -> tuple[Product, Lot]:
    product = products.by_code(session, _text(line, "product_code"), call.company)
    lot = None
    if product is not None:
        lot = lots.find(session, _lot_key(product, line), call.mode, call.company)
    if product is None or lot is None:
        name = f"{_text(line, 'product_code')} {_text(line, 'lot_no')}".strip()
        raise BusinessError(
            "stock_refused",
            Text(
                f"库存中没有产品批号 {name}。请核对是否已收货。",
                f"There is no stock of {name}. Check whether it was received.",
            ),
        )
    return product, lot


def _unfit(line: JsonObject, zh: str, en: str) -> BusinessError:
    """A line that the receiver must put right: goes back to the form like a rule's refusal."""
    violation = rules.Violation("RULE-05", (), Text(zh, en), ("receiver",), line_no=_text(line, "line_no"))
    return rule_refused([violation])
