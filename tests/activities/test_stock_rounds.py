"""Rounds and disposal: what has expired is locked once, rejected goods leave only as the law says."""

from __future__ import annotations

from typing import Any

import pytest

from activities import stock_disposals, stock_rounds
from activities.context import BusinessError
from domain.json_types import JsonObject
from records.ledger_verify import verify_ledger
from tests.activities.test_stock_activities import LINE, refused_by, stood
from tests.activities.test_stock_rulings import ask, named, on_shelf
from tests.stock.conftest import Case, House

LATE = "2028-10-02T04:00:00.000Z"


def scan(case: Case, days: int, **changed: Any) -> Any:
    given: JsonObject = {"warehouse": "HZ", "near_expiry_days": days}
    return stock_rounds.expiry_scan(case.house.ctx, case.envelope("scan#1", "stock.expiry_scan", given, **changed))


def rejected(house: House, case: Case) -> tuple[JsonObject, Any]:
    """Goods that the case has rejected, and their lines."""
    goods = on_shelf(house, 6)
    stopped = ask(case, "suspect", named(goods))
    case.sign("L1", "confirm", "quality_rule", "confirmed", "quality_staff")
    return goods, ask(case, "reject", {"positions": stopped["positions"]}, "bad")["positions"]


def test_the_route_lists_each_location_and_says_when_nothing_stands_there(house: House) -> None:
    goods, case = on_shelf(house), house.case()
    given: JsonObject = {"warehouse": "HZ", "is_cold_only": False}
    areas: Any = stock_rounds.route(house.ctx, case.envelope("route#1", "stock.route", given))["areas"]
    assert goods["lot_no"] in {line["lot_no"] for area in areas for line in area["route_lines"]}
    with pytest.raises(BusinessError) as caught:
        stock_rounds.route(house.ctx, case.envelope("route#1", "stock.route", {"warehouse": "NONE"}))
    assert caught.value.code == "nothing_there"


def test_rejected_goods_are_destroyed_only_approved_and_watched_and_once(house: House) -> None:
    case = house.case()
    goods, lines = rejected(house, case)

    def destroy() -> JsonObject:
        envelope = case.envelope(f"{LINE}/gone#1", "stock.destroy", {"positions": lines})
        return stock_disposals.destroy(house.ctx, envelope)

    assert refused_by(destroy) == ["RULE-24", "RULE-24"]
    case.sign("L1", "approve_destruction", "approve", "approved", "quality_director")
    case.sign("L1", "destroy", "performed", "done", "warehouse_keeper")
    assert refused_by(destroy) == ["RULE-24"]
    case.sign("L1", "witness", "verified", "seen", "quality_staff")
    assert destroy() == destroy() and stood(house, goods) == {}


def test_rejected_goods_go_back_to_the_supplier_of_their_lot_alone(house: House) -> None:
    case = house.case()
    goods, lines = rejected(house, case)

    def back(supplier: str) -> JsonObject:
        given: JsonObject = {"positions": lines, "supplier_code": supplier}
        envelope = case.envelope(f"{LINE}/back#1", "stock.return_supplier", given)
        return stock_disposals.return_supplier(house.ctx, envelope)

    with pytest.raises(BusinessError) as caught:
        back("S-NOBODY")
    assert caught.value.code in ("other_supplier", "stock_refused")
    assert back("S01") == back("S01") and stood(house, goods) == {}


def test_what_has_expired_is_locked_once_and_what_is_near_it_listed(house: House) -> None:
    goods, case = on_shelf(house), house.case()
    near = scan(case, 800)
    assert goods["lot_no"] in {row["lot_no"] for row in near["near_lines"]} and near["expired_count"] == 0
    locking = house.case()
    locked = scan(locking, 0, at=LATE)
    assert locked == scan(locking, 0, at=LATE) and locked["near_lines"] == []
    (row,) = [row for row in locked["expired_lines"] if row["lot_no"] == goods["lot_no"]]
    assert (row["stock_status"], row["status_before"], row["days_left"]) == ("HOLD", "QUALIFIED", -1)
    assert stood(house, goods) == {("HZ-A-01", "HOLD"): 10}
    assert scan(house.case(), 0, at=LATE)["expired_count"] == 0
    with house.database.read() as session:
        assert verify_ledger(session) == []
