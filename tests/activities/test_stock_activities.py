"""The stock activities: each effect once, each hard rule allowed and refused in the posting's own
transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from activities import stock
from activities.context import BusinessError
from domain.json_types import JsonObject
from records.ledger_verify import verify_ledger
from records.stock import PostingRow
from records.stock_pages import StockFilter, balances, moves
from tests.stock.conftest import Case, House, delivery, line

LINE = "lines#1/[L1]#1"


def receive(case: Case, *lines: JsonObject, **changed: Any) -> JsonObject:
    envelope = case.envelope("post_pending#1", "stock.receive", delivery(*lines), **changed)
    return stock.stock_receive(case.house.ctx, envelope)


def release(case: Case, goods: JsonObject, quantity: int, to: str = "QUALIFIED", step: str = "release") -> JsonObject:
    given: JsonObject = {"line": goods, "quantity": quantity, "to": to}
    path = f"{LINE}/{step}#1"
    return stock.stock_change_status(case.house.ctx, case.envelope(path, "stock.change_status", given))


def stow(case: Case, goods: JsonObject, quantity: int, place: str) -> JsonObject:
    given: JsonObject = {"line": goods, "quantity": quantity, "to_location": place}
    return stock.stock_move(case.house.ctx, case.envelope(f"{LINE}/stow#1", "stock.move", given))


def undo(case: Case, path: str, posting: str) -> JsonObject:
    key = f"{case.id}/{path}/{posting}/undo"
    return stock.stock_reverse(case.house.ctx, case.envelope(path, posting, {}, effect_key=key))


def stood(house: House, goods: JsonObject) -> dict[tuple[str, str], int]:
    with house.database.read() as session:
        rows, _ = balances(session, StockFilter(lot=str(goods["lot_no"])))
        return {(str(row["location"]), str(row["status"])): int(str(row["quantity"])) for row in rows}


def refused_by(act: Callable[[], Any]) -> list[str]:
    with pytest.raises(BusinessError) as caught:
        act()
    assert caught.value.code == "rule_refused"
    found: Any = caught.value.details["violations"]
    assert all(v["zh"] and v["en"] for v in found)
    return [v["rule"] for v in found]


def test_a_line_goes_from_pending_through_qualified_to_its_shelf(house: House) -> None:
    case, goods = house.case(), line(quantity=10)
    receive(case, goods)
    assert stood(house, goods) == {("HZ-Q-01", "PENDING"): 10}
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    release(case, goods, 8)
    release(case, goods, 2, "REJECTED", "reject_part")
    answer = stow(case, goods, 8, "HZ-A-01")
    assert (answer["warehouse"], answer["zone"], answer["location"]) == ("HZ", "qualified", "HZ-A-01")
    assert stood(house, goods) == {("HZ-A-01", "QUALIFIED"): 8, ("HZ-Q-01", "REJECTED"): 2}
    with house.database.read() as session:
        assert verify_ledger(session) == []


def test_each_activity_called_twice_posts_once(house: House) -> None:
    case, goods = house.case(), line(quantity=6)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    calls: list[Callable[[], JsonObject]] = [
        lambda: receive(case, goods),
        lambda: release(case, goods, 6),
        lambda: stow(case, goods, 6, "HZ-A-01"),
        lambda: undo(case, f"{LINE}/stow#1", "stock.move"),
        lambda: stock.stock_hold(house.ctx, case.envelope("hold#1", "stock.hold", {"lines": [goods]})),
    ]
    for call in calls:
        assert call() == call()
    assert stood(house, goods) == {("HZ-Q-01", "HOLD"): 6}
    with house.database.read() as session:
        assert len(session.exec(select(PostingRow).where(PostingRow.case_id == case.id)).all()) == len(calls)
        rows, _ = moves(session, StockFilter(case_id=case.id))
        assert len(rows) == len(calls)


def test_the_same_key_for_another_request_is_refused_and_changes_nothing(house: House) -> None:
    case, goods = house.case(), line(quantity=3)
    receive(case, goods)
    with pytest.raises(BusinessError) as caught:
        receive(case, goods | {"received_quantity": 4})
    assert caught.value.code == "effect_key_reused"
    assert stood(house, goods) == {("HZ-Q-01", "PENDING"): 3}


def test_undo_in_reverse_order_leaves_no_stock_and_reopens_the_order(house: House) -> None:
    house.order(f"PO-undo-{house.database.is_sqlite}", "S01", "2026-11-10", {"P-LOT": 5})
    case = house.case()
    goods = line(quantity=5, purchase_order_no=f"PO-undo-{house.database.is_sqlite}")
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    receive(case, goods)
    release(case, goods, 5)
    stow(case, goods, 5, "HZ-A-01")
    undo(case, f"{LINE}/stow#1", "stock.move")
    undo(case, f"{LINE}/release#1", "stock.change_status")
    undo(case, "post_pending#1", "stock.receive")
    assert stood(house, goods) == {}
    again = house.case()
    receive(again, goods)
    assert stood(house, goods) == {("HZ-Q-01", "PENDING"): 5}


def test_an_undo_out_of_order_is_refused_because_the_goods_are_elsewhere(house: House) -> None:
    case, goods = house.case(), line(quantity=5)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    receive(case, goods)
    release(case, goods, 5)
    with pytest.raises(BusinessError) as caught:
        undo(case, "post_pending#1", "stock.receive")
    assert caught.value.code == "stock_refused"
    assert stood(house, goods) == {("HZ-Q-01", "QUALIFIED"): 5}


def test_an_effect_undone_before_it_ran_is_refused_when_it_arrives_late(house: House) -> None:
    case, goods = house.case(), line(quantity=5)
    assert undo(case, "post_pending#1", "stock.receive")["tombstone"] == f"{case.id}/post_pending#1/stock.receive"
    assert undo(case, "post_pending#1", "stock.receive") == undo(case, "post_pending#1", "stock.receive")
    with pytest.raises(BusinessError) as caught:
        receive(case, goods)
    assert caught.value.code == "undone_before"
    assert stood(house, goods) == {}


def test_refused_and_excess_goods_are_not_posted(house: House) -> None:
    case = house.case()
    taken, refused = line(quantity=7, refused_quantity=2, excess_quantity=1), line(quantity=0, line_no="L2")
    receive(case, taken, refused)
    assert stood(house, taken) == {("HZ-Q-01", "PENDING"): 7} and stood(house, refused) == {}


def test_a_drill_has_stock_of_its_own(house: House) -> None:
    case, goods = house.case(), line(quantity=7)
    receive(case, goods, mode="drill")
    assert stood(house, goods) == {}
    with house.database.read() as session:
        rows, _ = balances(session, StockFilter(lot=str(goods["lot_no"]), mode="drill"))
    assert [row["quantity"] for row in rows] == [7]


def test_serial_numbers_follow_every_move_and_a_unit_cannot_be_received_twice(house: House) -> None:
    case, goods = house.case(), line("P-SER", 1, serial_no=f"SN-{house.database.is_sqlite}")
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    release(case, goods, 1)
    stow(case, goods, 1, "HZ-A-01")
    with pytest.raises(BusinessError) as caught:
        receive(house.case(), goods)
    assert caught.value.code == "stock_refused"
    assert refused_by(lambda: receive(house.case(), line("P-SER", 2, serial_no="SN-9")))
    with house.database.read() as session:
        assert verify_ledger(session) == []


def test_hold_stops_all_stock_of_the_lot_and_release_of_it_is_refused(house: House) -> None:
    case, goods = house.case(), line(quantity=9)
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    answer = stock.stock_hold(house.ctx, case.envelope("hold#1", "stock.hold", {"lines": [goods]}))
    assert answer["held"] == 9 and stood(house, goods) == {("HZ-Q-01", "HOLD"): 9}
    with pytest.raises(BusinessError) as caught:
        release(case, goods, 9)
    assert caught.value.code == "stock_refused"


# ------------------------------------------------------------------ hard rules in the transaction


def test_rule_01_an_unknown_or_expired_supplier_is_refused(house: House) -> None:
    name = f"S-EXP-{house.database.is_sqlite}"
    house._add_supplier(name, until="2026-11-15")
    house.order(f"PO-{name}", name, "2026-11-10", {"P-LOT": 50})
    given = delivery(line(purchase_order_no=f"PO-{name}"), supplier=name)
    case = house.case()
    envelope = case.envelope("post_pending#1", "stock.receive", given)
    assert set(refused_by(lambda: stock.stock_receive(house.ctx, envelope))) == {"RULE-01"}
    given = delivery(line(), supplier="S-NOBODY")
    envelope = case.envelope("post_pending#1", "stock.receive", given)
    assert "RULE-01" in refused_by(lambda: stock.stock_receive(house.ctx, envelope))


def test_rule_03_draft_products_and_late_production_are_refused_in_time_production_is_taken(house: House) -> None:
    assert "RULE-03" in refused_by(lambda: receive(house.case(), line("P-DRAFT")))
    assert refused_by(lambda: receive(house.case(), line("P-OLD", production_date="2026-02-01"))) == ["RULE-03"]
    goods = line("P-OLD", production_date="2026-01-31")
    receive(house.case(), goods)
    assert stood(house, goods) == {("HZ-Q-01", "PENDING"): 10}


def test_rule_03_undated_goods_of_a_lapsed_registration_wait_for_the_quality_director(house: House) -> None:
    case, goods = house.case(), line("P-OLD", production_date=None)
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    assert refused_by(lambda: release(case, goods, 10)) == ["RULE-03"]
    case.sign("L1", "undated_ruling", "quality_rule", "approved", "quality_staff")
    assert refused_by(lambda: release(case, goods, 10)) == ["RULE-03"]
    case.sign("L1", "undated_ruling", "quality_rule", "approved", "quality_director")
    release(case, goods, 10)


def test_rule_05_goods_without_order_or_above_it_are_refused(house: House) -> None:
    number = f"PO-few-{house.database.is_sqlite}"
    house.order(number, "S01", "2026-11-10", {"P-LOT": 10})
    assert refused_by(lambda: receive(house.case(), line(purchase_order_no="PO-NONE"))) == ["RULE-05"]
    assert refused_by(lambda: receive(house.case(), line(quantity=11, purchase_order_no=number))) == ["RULE-05"]
    two = [line(quantity=6, purchase_order_no=number), line(quantity=5, purchase_order_no=number, line_no="L2")]
    assert refused_by(lambda: receive(house.case(), *two)) == ["RULE-05"]
    receive(house.case(), line(quantity=6, purchase_order_no=number))
    assert refused_by(lambda: receive(house.case(), line(quantity=5, purchase_order_no=number))) == ["RULE-05"]
    receive(house.case(), line(quantity=4, purchase_order_no=number))


LOG: JsonObject = {
    "transit_temp_log": {"sha256": "c" * 64}, "log_points": 38, "log_lowest": 3, "log_highest": 7,
    "log_max_gap_min": 5, "log_covers_transit": True,
}  # fmt: skip


@pytest.mark.parametrize(
    "log",
    [{}, LOG | {"log_max_gap_min": 6}, LOG | {"log_highest": 9}, LOG | {"log_covers_transit": False}],
    ids=["no log", "gap", "too warm", "not covering"],
)
def test_rule_06_cold_goods_without_a_whole_log_pass_only_by_the_directors_ruling(
    house: House, log: JsonObject
) -> None:
    case, goods = house.case(), line("P-COLD") | log
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    assert refused_by(lambda: release(case, goods, 10)) == ["RULE-06"]
    case.sign("L1", "cold_ruling", "quality_rule", "approved", "quality_director")
    release(case, goods, 10)


def test_rule_06_a_whole_log_passes_and_the_limit_is_that_of_the_case(house: House) -> None:
    case, goods = house.case(), line("P-COLD") | LOG
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    release(case, goods, 10)
    stricter, goods = house.case(gap=4), line("P-COLD") | LOG
    receive(stricter, goods)
    stricter.sign("L1", "inspect", "inspected", "pass", "inspector")
    assert refused_by(lambda: release(stricter, goods, 10)) == ["RULE-06"]


def test_rule_07_an_inspection_signed_without_the_post_releases_nothing(house: House) -> None:
    case, goods = house.case(), line()
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "pass", "receiver")
    assert refused_by(lambda: release(case, goods, 10)) == ["RULE-07"]


def test_nothing_becomes_qualified_without_a_signed_inspection_of_this_line(house: House) -> None:
    case, goods = house.case(), line()
    receive(case, goods)
    with pytest.raises(BusinessError) as caught:
        release(case, goods, 10)
    assert caught.value.details == {"law": "status_needs_signature"}
    case.sign("L2", "inspect", "inspected", "pass", "inspector")
    with pytest.raises(BusinessError):
        release(case, goods, 10)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    case.supersede("L1", "inspect")
    with pytest.raises(BusinessError):
        release(case, goods, 10)


def test_rule_08_and_09_the_scanned_location_must_fit(house: House) -> None:
    case, goods = house.case(), line("P-COLD") | LOG
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    release(case, goods, 10)
    assert refused_by(lambda: stow(case, goods, 10, "HZ-A-01")) == ["RULE-09"]
    assert "RULE-08" in refused_by(lambda: stow(case, goods, 10, "HZ-R-01"))
    assert refused_by(lambda: stow(case, goods, 10, "NOWHERE")) == ["RULE-08"]
    stow(case, goods, 10, "HZ-C-01")
    assert "RULE-08" in refused_by(lambda: receive(house.case(), line(quarantine_location="HZ-A-01")))
    assert refused_by(lambda: receive(house.case(), line("P-COLD", quarantine_location="HZ-Q-01"))) == ["RULE-09"]


def test_a_location_of_another_site_is_refused(house: House) -> None:
    case, goods = house.case(), line()
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    release(case, goods, 10)
    assert refused_by(lambda: stow(case, goods, 10, "NB-A-01")) == ["RULE-08"]


def test_rule_16_a_line_that_failed_is_released_only_by_the_quality_director(house: House) -> None:
    case, goods = house.case(), line()
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "fail", "inspector")
    assert refused_by(lambda: release(case, goods, 10)) == ["RULE-16"]
    case.sign("L1", "ruling", "quality_rule", "approved", "quality_staff")
    assert refused_by(lambda: release(case, goods, 10)) == ["RULE-16"]
    case.sign("L1", "ruling", "quality_rule", "approved", "quality_director")
    release(case, goods, 10)


def test_a_signed_ruling_alone_rejects_and_rejected_goods_stay_rejected(house: House) -> None:
    case, goods = house.case(), line()
    receive(case, goods)
    case.sign("L1", "cold_ruling", "quality_rule", "rejected", "quality_staff")
    release(case, goods, 10, "REJECTED")
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    with pytest.raises(BusinessError):
        release(case, goods, 10, step="release")
    assert stood(house, goods) == {("HZ-Q-01", "REJECTED"): 10}
