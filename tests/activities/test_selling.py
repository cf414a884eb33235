"""Selling, outbound and returns against the books: promised once, first-expiring first, reviewed by another, back as it left."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlmodel import select

from activities import outbound, purchase_returns, sales, sales_returns, stock_rulings
from activities.context import BusinessError
from domain.json_types import JsonObject
from domain.sale_rules import STOP_CHECKS
from records import sales as sales_rows
from records import selling, shipments
from records.agreements import PriceAgreement
from records.ledger_verify import verify_ledger
from records.parties import Credential, CredentialScope, Partner, Qualification
from records.products import Product
from records.sales import CreditTerm
from records.sales_returns import SalesReturnLine
from records.shipments import ShipmentLine
from records.stock import Location
from tests.activities.test_stock_activities import receive, refused_by, release, stood, stow
from tests.stock.conftest import NOON, Case, House, line
from tests.stock.conftest import house as _furnished  # noqa: F401

TOMORROW = "2026-11-23T04:00:00.000Z"
CHECKS: JsonObject = {**dict.fromkeys(STOP_CHECKS, "pass"), "outbound_sealed": True}


@pytest.fixture(scope="module")
def shop(house: House) -> Iterator[House]:
    """The distributor with purchasers, our salesperson's letter, a returns zone, and product files that are whole."""
    with house.database.write() as session:
        for code, kind, until in (
            ("C01", "medical_institution", None),
            ("C-END", "medical_institution", "2026-11-01"),
            ("C-DEAL", "dealer", None),
        ):
            row = Partner(
                code=code,
                kind="CUSTOMER",
                name=f"购货者{code}",
                purchaser_type=kind,
                address="解放路1号",
                contact="0571",
            )
            session.add(row)
            session.flush()
            assert row.id is not None
            house.ids[code] = row.id
            kept = "operation_license" if kind == "dealer" else "practice_license"
            paper = Credential(owner_id=row.id, kind=kept, number=f"N-{code}", valid_until=until)
            session.add_all([paper, Qualification(subject_id=row.id, state="approved", decided_at=NOON)])
            session.flush()
            if kind == "dealer":
                session.add(CredentialScope(credential_id=paper.id or 0, kind="class_code", value="II:22"))
        letter = Credential(owner_type="company", owner_id=0, kind="authorization_letter", valid_until="2027-01-01")
        place = Location(warehouse_id=house.ids["HZ"], code="HZ-T-01", zone="returns", temp_min=2, temp_max=8)
        session.add_all([letter, place])
        session.flush()
        session.add(CredentialScope(credential_id=letter.id or 0, kind="person", value="sales"))
        for product in session.exec(select(Product)):
            product.registrant_name, product.registration_no, product.model = "注册人", "国械注准20213140001", "M"
            product.storage_condition, product.device_class, product.unit = "常温", "III", "支"
            session.add(product)
    yield house


def shelf(shop: House, quantity: int, lot: str, expiry: str = "2028-10-01", **more: Any) -> JsonObject:
    case, goods = shop.case(), line(quantity=quantity, lot=lot, expiry_date=expiry, **more)
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    release(case, goods, quantity)
    stow(case, goods, quantity, "HZ-A-01")
    return goods


def wish(code: str = "P-LOT", quantity: int = 5, **more: Any) -> JsonObject:
    return {"line_no": "L1", "product_code": code, "quantity": quantity, "unit_price": "3.2", **more}


def order(*lines: JsonObject, purchaser: str = "C01", **more: Any) -> JsonObject:
    return {"purchaser_code": purchaser, "order_kind": "sale", "order_lines": list(lines or (wish(),)), **more}


def place(shop: House, given: JsonObject | None = None, case: Case | None = None) -> str:
    case = case or submitted(shop)
    made = sales.place(shop.ctx, case.envelope("place#1", "sales.place", given or order()))
    return str(made["sales_order_no"])


def submitted(shop: House, by: str = "sales") -> Case:
    case = shop.case()
    case.sign_at("draft#1", "draft", "submitted", "submitted", by)
    return case


def listed(shop: House, number: str, at: str = NOON) -> Any:
    given: JsonObject = {"sales_order_no": number}
    return outbound.pick_list(shop.ctx, shop.case().envelope("list#1", "outbound.pick_list", given, at=at))[
        "pick_lines"
    ]


def reviewed(rows: Any, **more: Any) -> list[Any]:
    return [
        {
            **row,
            "picked_quantity": row["quantity"],
            "reviewed_quantity": row["quantity"],
            "scanned_lot_no": row["lot_no"],
        }
        | more
        for row in rows
    ]


def review(shop: House, reviewer: str = "outbound_reviewer") -> Case:
    case = shop.case()
    case.sign_at("pick#1", "pick", "performed", "picked", "warehouse_keeper")
    case.sign_at("review#1", "review", "verified", "passed", reviewer)
    return case


def ship(shop: House, number: str, rows: Any, case: Case | None = None, at: str = NOON, **more: Any) -> Any:
    case = case or review(shop)
    given: JsonObject = {"sales_order_no": number, "pick_lines": rows, **CHECKS, **more}
    return outbound.ship(shop.ctx, case.envelope("ship#1", "outbound.ship", given, at=at))


def test_an_order_is_promised_first_expiring_first_and_leaves_once_with_its_papers(shop: House) -> None:
    shelf(shop, 4, "OLD-1", "2027-03-01")
    shelf(shop, 20, "NEW-1", "2028-03-01")
    number = place(shop, order(wish(quantity=6)))
    rows = listed(shop, number)
    assert [(row["lot_no"], row["quantity"]) for row in rows] == [("OLD-1", 4), ("NEW-1", 2)]
    case, done = review(shop), reviewed(rows)
    first, again = ship(shop, number, done, case), ship(shop, number, done, case)
    assert first == again and first["shipped_quantity"] == 6 and first["outbound_order_no"].startswith("CK-2026-")
    assert stood(shop, {"lot_no": "OLD-1"}).get(("HZ-A-01", "QUALIFIED"), 0) == 0
    with shop.database.read() as session:
        row = shipments.by_number(session, first["outbound_order_no"])
        assert row is not None and (row.picker, row.reviewer, row.outbound_seal) == (
            "warehouse_keeper",
            "outbound_reviewer",
            True,
        )
        lines = shipments.lines_of(session, row.posting_id)
        kept = [(one.quantity, one.amount_fen, one.told["lot_no"], one.told["registrant_name"]) for one in lines]
        assert kept == [(4, 1280, "OLD-1", "注册人"), (2, 640, "NEW-1", "注册人")]
        assert row.purchaser_license_no == "N-C01" and verify_ledger(session) == []
    closed = sales.close(shop.ctx, shop.case().envelope("close#1", "sales.close", {"sales_order_no": number}))
    assert (closed["shipped_quantity"], closed["open_quantity"], str(closed["open_amount"])) == (6, 0, "19.20")


def test_rules_of_purchaser_scope_and_salesperson_refuse_an_order(shop: House) -> None:
    shelf(shop, 50, "RULES")
    for given, rule in (
        (order(purchaser="C-END"), "RULE-11"),
        (order(purchaser="NOBODY"), "RULE-11"),
        (order(purchaser="C-DEAL"), "RULE-04"),
        (order(wish("P-DRAFT")), "RULE-03"),
    ):
        case = submitted(shop)
        for ask in (sales.quote, sales.place):
            assert rule in refused_by(partial(ask, shop.ctx, case.envelope("ask#1", "sales.ask", given)))
    stranger = submitted(shop, "receiver")
    assert refused_by(lambda: place(shop, case=stranger)) == ["RULE-02"]


def test_only_qualified_goods_in_date_that_nobody_was_promised_are_sold(shop: House) -> None:
    case, goods = shop.case(), line("P-OLD", quantity=9, lot="WAITS", production_date="2025-12-01")
    receive(case, goods)
    assert refused_by(lambda: place(shop, order(wish("P-OLD", 5)))) == ["RULE-08"]
    doubted = shelf(shop, 30, "DOUBT", "2026-12-30")
    stop: JsonObject = {"product_code": "P-LOT", "lot_no": "DOUBT"}
    stock_rulings.suspect(shop.ctx, shop.case().envelope("stop#1", "stock.suspect", stop))
    assert stood(shop, doubted) == {("HZ-A-01", "HOLD"): 30}
    assert refused_by(lambda: place(shop, order(wish(quantity=5, lot_no="DOUBT")))) == ["RULE-10"]
    shelf(shop, 30, "TONIGHT", "2026-11-22")
    late = submitted(shop)
    given = order(wish(quantity=5, lot_no="TONIGHT"))
    assert refused_by(lambda: sales.place(shop.ctx, late.envelope("place#1", "sales.place", given, at=TOMORROW))) == [
        "RULE-10"
    ]


def test_two_orders_never_get_the_same_goods_and_a_cancelled_one_gives_them_back(shop: House) -> None:
    shelf(shop, 10, "TWICE", "2027-05-01")
    first = submitted(shop)
    place(shop, order(wish(quantity=8, lot_no="TWICE")), first)
    assert refused_by(lambda: place(shop, order(wish(quantity=3, lot_no="TWICE")))) == ["RULE-25"]
    envelope = first.envelope("place#1", "sales.place", {})
    sales.cancel(shop.ctx, {**envelope, "effect_key": f"{envelope['effect_key']}/undo"})
    number = place(shop, order(wish(quantity=10, lot_no="TWICE")))
    rows = reviewed(listed(shop, number))
    ship(shop, number, rows)
    with pytest.raises(BusinessError, match="goods_have_left"):
        case = submitted(shop)
        other = place(shop, order(wish(quantity=1)), case)
        ship(shop, other, reviewed(listed(shop, other)))
        key = case.envelope("place#1", "sales.place", {})
        sales.cancel(shop.ctx, {**key, "effect_key": f"{key['effect_key']}/undo"})


def test_of_two_who_sell_the_last_goods_at_once_one_gets_them(shop: House) -> None:
    shelf(shop, 6, "RACE", "2027-06-01")
    cases = [submitted(shop) for _ in range(4)]
    given = order(wish(quantity=4, lot_no="RACE"))

    def attempt(case: Case) -> str:
        try:
            return place(shop, given, case)
        except BusinessError as error:
            return str(error.details["violations"][0]["rule"])  # type: ignore[index,call-overload]

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(attempt, cases))
    assert told[:3] == ["RULE-25"] * 3 and told[3].startswith("SO-")


def test_a_lot_that_expires_overnight_is_refused_at_the_posting_and_replaced_on_the_next_list(shop: House) -> None:
    shelf(shop, 3, "NIGHT", "2026-11-22")
    number = place(shop, order(wish(quantity=2, lot_no="")))
    rows = listed(shop, number)
    assert [row["lot_no"] for row in rows] == ["TONIGHT"] or rows[0]["lot_no"] in ("NIGHT", "TONIGHT")
    assert "RULE-10" in refused_by(lambda: ship(shop, number, reviewed(rows), at=TOMORROW))
    again = listed(shop, number, TOMORROW)
    assert (
        all(row["lot_no"] not in ("NIGHT", "TONIGHT") for row in again) and sum(row["quantity"] for row in again) == 2
    )
    ship(shop, number, reviewed(again), at=TOMORROW)


def test_the_review_lets_nothing_go_that_was_not_picked_promised_and_scanned(shop: House) -> None:
    shelf(shop, 12, "SCAN", "2027-08-01")
    number = place(shop, order(wish(quantity=5, lot_no="SCAN")))
    rows = listed(shop, number)
    for changed, more, rule in (
        ({"scanned_lot_no": "OTHER"}, {}, "RULE-12"),
        ({"reviewed_quantity": 4}, {}, "RULE-12"),
        ({"picked_quantity": 6, "reviewed_quantity": 6, "quantity": 6}, {}, "RULE-25"),
        ({}, {"outbound_label_check": "fail"}, "RULE-12"),
        ({}, {"outbound_sealed": False}, "RULE-13"),
        ({"registrant_name": ""}, {}, "RULE-13"),
    ):
        assert rule in refused_by(partial(ship, shop, number, reviewed(rows, **changed), **more)), (changed, more)
    own = review(shop, "warehouse_keeper")
    assert refused_by(lambda: ship(shop, number, reviewed(rows), own)) == ["RULE-12"]
    stop: JsonObject = {"product_code": "P-LOT", "lot_no": "SCAN"}
    stock_rulings.suspect(shop.ctx, shop.case().envelope("stop#1", "stock.suspect", stop))
    assert "RULE-10" in refused_by(lambda: ship(shop, number, reviewed(rows)))
    assert stood(shop, {"lot_no": "SCAN"}) == {("HZ-A-01", "HOLD"): 12}


def test_units_with_numbers_leave_by_number(shop: House) -> None:
    case, goods = shop.case(), line("P-SER", quantity=2, lot="SER", serial_nos=["S-1", "S-2"])
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    release(case, goods, 2)
    stow(case, goods, 2, "HZ-A-01")
    number = place(shop, order(wish("P-SER", 1)))
    (row,) = listed(shop, number)
    assert row["is_serial"] and row["quantity"] == 1
    wrong = reviewed([row], serial_no="S-1", scanned_serial_no="S-9")
    assert "RULE-12" in refused_by(lambda: ship(shop, number, wrong))
    sent = ship(shop, number, reviewed([row], serial_no="S-1", scanned_serial_no="S-1"))
    taken = claim(shop, {"line_no": "L1", "product_code": "P-SER", "serial_no": "S-1", "return_quantity": 1})
    assert taken["without_papers"] and taken["return_lines"][0]["original_outbound_no"] == sent["outbound_order_no"]
    stranger = {"line_no": "L1", "product_code": "P-SER", "serial_no": "S-2", "return_quantity": 1}
    assert refused_by(lambda: claim(shop, stranger)) == ["RULE-26"]


def claim(shop: House, *lines: JsonObject, purchaser: str = "C01") -> Any:
    given: JsonObject = {"purchaser_code": purchaser, "return_lines": list(lines)}
    return sales_returns.match(shop.ctx, shop.case().envelope("match#1", "returns.match", given))


def take_back(shop: House, case: Case, rows: Any, **more: Any) -> Any:
    lines: Any = [{**row, "location_code": "HZ-T-01", **more} for row in rows]
    given: JsonObject = {
        "purchaser_code": "C01", "return_reason": "规格不符", "without_papers": False, "return_lines": lines,
    }  # fmt: skip
    return sales_returns.receive(shop.ctx, case.envelope("post#1", "returns.receive", given))


def judge(shop: House, case: Case, taken: Any, quantity: int, how: str, **more: Any) -> Any:
    given: JsonObject = {
        "sales_return_no": taken["sales_return_no"], "line": {**taken["lines"][0], **more}, "quantity": quantity,
    }  # fmt: skip
    run = {"restock": sales_returns.restock, "reject": sales_returns.reject}[how]
    return run(shop.ctx, case.envelope(f"lines#1/[R1]#1/{how}#1", f"returns.{how}", given))


def test_what_comes_back_is_what_left_and_is_sold_again_only_inspected(shop: House) -> None:
    shelf(shop, 20, "BACK", "2027-09-01")
    number = place(shop, order(wish(quantity=12, lot_no="BACK")))
    sent = ship(shop, number, reviewed(listed(shop, number)))
    by_lot: JsonObject = {"line_no": "L1", "product_code": "P-LOT", "lot_no": "BACK", "return_quantity": 5}
    rows = claim(shop, by_lot)["return_lines"]
    assert [(row["original_outbound_no"], row["returnable_quantity"]) for row in rows] == [
        (sent["outbound_order_no"], 12)
    ]
    assert refused_by(lambda: claim(shop, {**by_lot, "return_quantity": 13})) == ["RULE-26"]
    assert refused_by(lambda: claim(shop, {**by_lot, "lot_no": "NEVER"})) == ["RULE-26"]
    assert refused_by(lambda: claim(shop, by_lot, purchaser="C-DEAL")) == ["RULE-26"]
    case = shop.case()
    assert refused_by(lambda: take_back(shop, case, rows, location_code="HZ-A-01")) == ["RULE-08"]
    taken = take_back(shop, case, rows)
    assert taken == take_back(shop, case, rows)
    assert stood(shop, {"lot_no": "BACK"}) == {("HZ-A-01", "QUALIFIED"): 8, ("HZ-T-01", "RETURN_PENDING"): 5}
    with pytest.raises(BusinessError):
        judge(shop, case, taken, 3, "restock")
    case.seq += 1
    case.sign_at("lines#1/[R1]#1/inspect#1", "inspect", "inspected", "pass", "inspector")
    judge(shop, case, taken, 3, "restock")
    judge(shop, case, taken, 2, "reject", nonconformity_description="压扁")
    assert stood(shop, {"lot_no": "BACK"})[("HZ-T-01", "REJECTED")] == 2
    assert claim(shop, by_lot)["return_lines"][0]["returnable_quantity"] == 7
    with shop.database.read() as session:
        kept = session.exec(select(SalesReturnLine).order_by(SalesReturnLine.return_id)).all()[-1]  # type: ignore[arg-type]
        assert (kept.quality_status, kept.accepted, kept.rejected, kept.inspector) == ("fail", 3, 2, "inspector")
        assert kept.told["registration_no"] and verify_ledger(session) == []


def test_rule_14_returned_cold_goods_pass_only_with_the_record_of_the_sold_period(shop: House) -> None:
    case, goods = shop.case(), line("P-COLD", quantity=4, lot="ICE")
    receive(case, goods)
    case.sign("L1", "cold_ruling", "quality_rule", "approved", "quality_director")
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    release(case, goods, 4)
    stow(case, goods, 4, "HZ-C-01")
    number = place(shop, order(wish("P-COLD", 4)))
    ship(shop, number, reviewed(listed(shop, number)))
    rows = claim(shop, {"line_no": "L1", "product_code": "P-COLD", "lot_no": "ICE", "return_quantity": 4})[
        "return_lines"
    ]
    back = shop.case()
    taken = take_back(shop, back, rows)
    back.sign_at("lines#1/[R1]#1/inspect#1", "inspect", "inspected", "pass", "inspector")
    back.sign_at("lines#1/[R1]#1/ruling#1", "ruling", "quality_rule", "approved", "quality_director")
    assert refused_by(lambda: judge(shop, back, taken, 4, "restock")) == ["RULE-14"]
    assert refused_by(lambda: judge(shop, back, taken, 4, "restock", transit_temp_ok=False)) == ["RULE-14"]
    judge(shop, back, taken, 4, "restock", transit_temp_ok=True)


def test_a_reversed_shipment_leaves_its_mirror_and_the_goods_on_their_shelf(shop: House) -> None:
    shelf(shop, 5, "MIRROR", "2027-10-01")
    number = place(shop, order(wish(quantity=5, lot_no="MIRROR")))
    case = review(shop)
    ship(shop, number, reviewed(listed(shop, number)), case)
    envelope = case.envelope("ship#1", "outbound.ship", {})
    undo = {**envelope, "effect_key": f"{envelope['effect_key']}/undo"}
    assert outbound.unship(shop.ctx, undo) == outbound.unship(shop.ctx, undo)
    assert stood(shop, {"lot_no": "MIRROR"}) == {("HZ-A-01", "QUALIFIED"): 5}
    with shop.database.read() as session:
        row = sales_rows.by_number(session, number)
        assert row is not None and row.id is not None
        assert sum(shipments.shipped(session, row.id).values()) == 0 and selling.open_amount(session, row) == 0
        mine = select(ShipmentLine).where(ShipmentLine.lot_id == _lot(session, "MIRROR"))
        assert [one.quantity for one in session.exec(mine)] == [5, -5]
    by_lot: JsonObject = {"line_no": "L1", "product_code": "P-LOT", "lot_no": "MIRROR", "return_quantity": 1}
    assert refused_by(lambda: claim(shop, by_lot)) == ["RULE-26"]
    assert sum(row["quantity"] for row in listed(shop, number)) == 5, "it can be shipped again"


def _lot(session: Any, number: str) -> int:
    from records.stock import Lot

    return session.exec(select(Lot.id).where(Lot.lot_no == number)).one()


def test_credit_and_price_are_told_and_a_payment_frees_the_credit(shop: House) -> None:
    shelf(shop, 40, "MONEY", "2027-11-01")
    with shop.database.write() as session:
        session.add(CreditTerm(partner_id=shop.ids["C01"], limit_fen=selling.owed(session, shop.ids["C01"]) + 5000))
        product = shop.ids["P-LOT"]
        row = PriceAgreement(
            partner_id=shop.ids["C01"], product_id=product, direction="SELL", unit_price="3.5", ceiling_price="4",
            valid_from="2026-01-01",
        )  # fmt: skip
        session.add(row)

    def ask(**line_: Any) -> Any:
        return sales.quote(
            shop.ctx, submitted(shop).envelope("quote#1", "sales.quote", order(wish(lot_no="MONEY", **line_)))
        )

    assert (ask()["over_credit"], ask()["off_price"]) == (False, True), "cheaper than agreed"
    assert ask(unit_price="4.5")["off_price"] and not ask(unit_price="3.6")["off_price"]
    assert ask(quantity=20)["over_credit"]
    number = place(shop, order(wish(quantity=15, lot_no="MONEY", unit_price="3.5")))
    assert ask(unit_price="3.6")["over_credit"], "both together are above it"
    ship(shop, number, reviewed(listed(shop, number)))
    paid: JsonObject = {"sales_order_no": number, "paid_amount": "52.5", "paid_on": "2026-11-22"}
    case = shop.case()
    for _ in range(2):
        told = sales.pay(shop.ctx, case.envelope("book#1", "sales.pay", paid))
        assert str(told["open_amount"]) == "0"
    assert not ask(unit_price="3.6")["over_credit"]


def test_goods_go_back_to_the_supplier_they_came_from_with_a_shipment(shop: House) -> None:
    shelf(shop, 9, "SENDBACK", "2027-12-01")
    case = review(shop)
    given: JsonObject = {"supplier_code": "S01", "product_code": "P-LOT", "lot_no": "SENDBACK"}
    told: Any = purchase_returns.listed(shop.ctx, case.envelope("list#1", "purchase_returns.list", given))
    (position,) = told["positions"]
    chosen: JsonObject = {"positions": [{**position, "return_quantity": 6}]}
    kept: Any = purchase_returns.reserve(shop.ctx, case.envelope("reserve#1", "purchase_returns.reserve", chosen))
    assert refused_by(lambda: place(shop, order(wish(quantity=4, lot_no="SENDBACK", unit_price="3.5")))) == ["RULE-25"]
    out: JsonObject = {
        **CHECKS, "purchase_return_no": kept["purchase_return_no"], "supplier_code": "S01",
        "pick_lines": reviewed(kept["pick_lines"]), "outbound_package_check": "fail",
    }  # fmt: skip
    sent: Any = purchase_returns.ship(shop.ctx, case.envelope("ship#1", "purchase_returns.ship", out))
    assert sent["shipped_quantity"] == 6 and stood(shop, {"lot_no": "SENDBACK"}) == {("HZ-A-01", "QUALIFIED"): 3}
    with shop.database.read() as session:
        row = shipments.by_number(session, sent["outbound_order_no"])
        assert row is not None and row.kind == "purchase_return" and row.partner_id == shop.ids["S01"]
        assert verify_ledger(session) == []
    house_other = {**given, "supplier_code": "C01"}
    with pytest.raises(BusinessError, match="other_supplier"):
        purchase_returns.listed(shop.ctx, case.envelope("list#2", "purchase_returns.list", house_other))
