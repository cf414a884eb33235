"""Purchase orders: placed once under the next number, only where the papers hold; closed when all came or it is given up."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlmodel import select

from activities import purchasing
from activities.context import BusinessError
from domain.errors import GspError
from domain.json_types import JsonObject
from records.agreements import Contract, PriceAgreement
from records.orders import PurchaseOrder
from tests.activities.test_stock_activities import receive, refused_by
from tests.stock.conftest import Case, House, line

WISH: JsonObject = {"line_no": "L1", "product_code": "P-LOT", "quantity": 10, "unit_price": "2.345678"}


def order(*lines: JsonObject, supplier: str = "S01", **more: Any) -> JsonObject:
    return {"supplier_code": supplier, "order_kind": "purchase", "order_lines": list(lines or (WISH,)), **more}


def quote(case: Case, given: JsonObject) -> Any:
    return purchasing.quote(case.house.ctx, case.envelope("quote#1", "orders.quote", given))


def place(case: Case, given: JsonObject | None = None) -> Any:
    return purchasing.place(case.house.ctx, case.envelope("place#1", "orders.place", given or order()))


def cancel(case: Case) -> Any:
    envelope = case.envelope("place#1", "orders.place", {})
    return purchasing.cancel(case.house.ctx, {**envelope, "effect_key": f"{envelope['effect_key']}/undo"})


def close(case: Case, number: str, **more: Any) -> Any:
    given: JsonObject = {"purchase_order_no": number, "short": False, **more}
    return purchasing.close(case.house.ctx, case.envelope("close#1", "orders.close", given))


def refused(act: Any, code: str) -> str:
    with pytest.raises(BusinessError) as caught:
        act()
    assert caught.value.code == code and caught.value.message.zh
    return caught.value.message.en


def test_a_quote_says_what_the_files_say_and_counts_in_fen(house: House) -> None:
    told = quote(house.case(), order())
    (row,) = told["order_lines"]
    assert (row["product_name"], str(row["amount"]), str(told["total_amount"])) == ("P-LOT", "23.46", "23.46")
    assert (told["over_price"], told["over_ceiling"], told["supplier_name"]) == (False, False, "供货者S01")


def test_an_order_is_placed_once_under_the_next_number(house: House) -> None:
    case = house.case()
    first, again, second = place(case), place(case), place(house.case())
    assert first == again and first["purchase_date"] == "2026-11-22"
    numbers = [int(one["purchase_order_no"].rpartition("-")[2]) for one in (first, second)]
    assert numbers[1] == numbers[0] + 1
    with house.database.read() as session:
        rows = list(session.exec(select(PurchaseOrder).where(PurchaseOrder.case_id == case.id)))
    assert [row.number for row in rows] == [first["purchase_order_no"]]


def test_rule_01_and_03_nothing_is_ordered_where_the_papers_do_not_hold(house: House) -> None:
    house._add_supplier("S-ENDED", until="2026-11-01")
    case = house.case()
    for ask in (quote, place):
        assert set(refused_by(partial(ask, case, order(supplier="S-ENDED")))) == {"RULE-01"}
        assert refused_by(partial(ask, case, order(supplier="NOBODY"))) == ["RULE-01"]
        for code in ("P-OLD", "P-DRAFT", "P-NONE"):
            assert refused_by(partial(ask, case, order({**WISH, "product_code": code}))) == ["RULE-03"], code
    with house.database.read() as session:
        assert session.exec(select(PurchaseOrder).where(PurchaseOrder.case_id == case.id)).first() is None


def test_everything_wrong_with_an_order_is_said_at_once(house: House) -> None:
    bad = order(WISH, {**WISH, "unit_price": 0}, contract_no="HT-NONE")
    said = refused(lambda: quote(house.case(), bad), "wrong_order")
    assert "L1 has no price" in said and "there twice" in said and "HT-NONE" in said
    gift = order(WISH, order_kind="gift")
    assert "cost 0" in refused(lambda: quote(house.case(), gift), "wrong_order")
    assert quote(house.case(), order({**WISH, "unit_price": 0}, order_kind="sample"))["total_amount"] == 0


def test_dearer_than_agreed_and_above_the_ceiling_is_noticed(house: House) -> None:
    contract = Contract(
        number=f"HT-{house.case().id}", partner_id=house.ids["S01"], valid_from="2026-01-01", valid_until="2026-12-31",
        ceiling_fen=2500,
    )  # fmt: skip
    agreed = PriceAgreement(
        partner_id=house.ids["S01"], product_id=house.ids["P-COLD"], unit_price="2.3", valid_from="2026-01-01"
    )
    with house.database.write() as session:
        session.add_all([contract, agreed])
        number = contract.number
    cold = order({**WISH, "product_code": "P-COLD"}, contract_no=number)
    told = quote(house.case(), cold)
    assert (told["over_price"], told["over_ceiling"], str(told["order_lines"][0]["agreed_price"])) == (
        True,
        False,
        "2.3",
    )
    place(house.case(), cold)
    assert quote(house.case(), cold)["over_ceiling"] is True, "both orders together are above it"


def test_an_order_is_closed_when_all_has_come_or_short_and_takes_no_goods_afterwards(house: House) -> None:
    number = place(house.case())["purchase_order_no"]
    assert "still lacks P-LOT 10" in refused(lambda: close(house.case(), number), "still_open")
    receive(house.case(), line(quantity=4, purchase_order_no=number))
    assert "P-LOT 6" in refused(lambda: close(house.case(), number), "still_open")
    ended = close(house.case(), number, short=True, close_reason="the maker stopped")
    assert ended == close(house.case(), number) == {"received_quantity": 4, "open_quantity": 6}
    late = line(quantity=1, purchase_order_no=number)
    assert refused_by(lambda: receive(house.case(), late)) == ["RULE-05"]
    refused(lambda: close(house.case(), "PO-NONE"), "unknown_order")


def test_more_than_ordered_needs_an_order_of_its_own(house: House) -> None:
    number = place(house.case())["purchase_order_no"]
    assert refused_by(lambda: receive(house.case(), line(quantity=11, purchase_order_no=number))) == ["RULE-05"]
    receive(house.case(), line(quantity=10, purchase_order_no=number))
    assert close(house.case(), number)["open_quantity"] == 0


def test_an_order_is_cancelled_until_goods_have_come_and_a_late_placing_is_refused(house: House) -> None:
    case = house.case()
    number = place(case)["purchase_order_no"]
    assert cancel(case) == cancel(case) == {}
    assert refused_by(lambda: receive(house.case(), line(quantity=1, purchase_order_no=number))) == ["RULE-05"]
    other = house.case()
    receive(house.case(), line(quantity=1, purchase_order_no=place(other)["purchase_order_no"]))
    refused(lambda: cancel(other), "goods_have_come")
    never = house.case()
    cancel(never)
    with pytest.raises(GspError):
        place(never)
