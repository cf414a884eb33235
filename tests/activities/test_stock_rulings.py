"""Doubtful goods: stopped once, set apart, let go or rejected only as quality has ruled, whoever asks."""

from __future__ import annotations

from typing import Any

import pytest

from activities import stock, stock_rulings
from activities.context import BusinessError
from domain.json_types import JsonObject
from records.ledger_verify import verify_ledger
from tests.activities.test_stock_activities import LINE, receive, refused_by, release, stood, stow
from tests.stock.conftest import Case, House, line

LATE = "2029-01-01T04:00:00.000Z"


def on_shelf(house: House, quantity: int = 10, **more: Any) -> JsonObject:
    """Accepted goods on a shelf; their line."""
    case, goods = house.case(), line(quantity=quantity, **more)
    receive(case, goods)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    release(case, goods, quantity)
    stow(case, goods, quantity, "HZ-A-01")
    return goods


def ask(case: Case, name: str, given: JsonObject, step: str = "step", **changed: Any) -> Any:
    run = {"suspect": stock_rulings.suspect, "nonconforming": stock_rulings.nonconforming}
    run |= {"relocate": stock_rulings.relocate, "release": stock_rulings.release_hold, "reject": stock_rulings.reject}
    return run[name](case.house.ctx, case.envelope(f"{LINE}/{step}#1", f"stock.{name}", given, **changed))


def named(goods: JsonObject, **more: Any) -> JsonObject:
    return {"product_code": goods["product_code"], "lot_no": goods["lot_no"], **more}


def apart(case: Case, stopped: Any, place: str = "HZ-Q-01") -> Any:
    given = {"positions": stopped["positions"], "stock_status": "HOLD", "to_location": place}
    return ask(case, "relocate", given, "apart")


def test_stopping_takes_all_of_the_lot_once_and_says_where_it_stands(house: House) -> None:
    goods = on_shelf(house)
    case = house.case()
    first, again = ask(case, "suspect", named(goods)), ask(case, "suspect", named(goods))
    assert first == again and first["quantity"] == 10 and first["stock_status"] == "HOLD"
    assert [(row["location_code"], row["status_before"]) for row in first["positions"]] == [("HZ-A-01", "QUALIFIED")]
    assert stood(house, goods) == {("HZ-A-01", "HOLD"): 10}
    other = ask(house.case(), "suspect", named(goods))
    assert other["posting"] == "" and other["positions"][0]["status_before"] == "QUALIFIED"


def test_goods_that_are_not_there_are_said_so(house: House) -> None:
    nobody: list[JsonObject] = [{"product_code": "NOBODY"}, {"product_code": "P-LOT", "lot_no": "NONE"}]
    for given in nobody:
        with pytest.raises(BusinessError) as caught:
            ask(house.case(), "suspect", given)
        assert caught.value.code == "nothing_there"


def test_held_goods_go_only_when_quality_has_ruled_and_come_back_as_what_they_were(house: House) -> None:
    goods = on_shelf(house)
    case = house.case()
    moved = apart(case, ask(case, "suspect", named(goods)))
    assert stood(house, goods) == {("HZ-Q-01", "HOLD"): 10}
    given: JsonObject = {"positions": moved["positions"]}
    assert refused_by(lambda: ask(case, "release", given, "free")) == ["RULE-21"]
    case.sign("L1", "examine", "inspected", "pass", "inspector")
    case.sign("L1", "ruling", "quality_rule", "approved", "warehouse_keeper")
    assert refused_by(lambda: ask(case, "release", given, "free")) == ["RULE-21"]
    case.sign("L1", "ruling", "quality_rule", "rejected", "quality_staff")
    assert refused_by(lambda: ask(case, "release", given, "free")) == ["RULE-21"]
    case.sign("L1", "ruling", "quality_rule", "approved", "quality_staff")
    freed = ask(case, "release", given, "free")
    assert freed == ask(case, "release", given, "free") and freed["released_quantity"] == 10
    back = {"positions": freed["positions"], "stock_status": "QUALIFIED", "to_location": "HZ-A-01"}
    assert ask(case, "relocate", back, "back") == ask(case, "relocate", back, "back")
    assert stood(house, goods) == {("HZ-A-01", "QUALIFIED"): 10}
    with house.database.read() as session:
        assert verify_ledger(session) == []


def test_what_was_never_accepted_waits_for_its_acceptance_again(house: House) -> None:
    receiving, goods = house.case(), line(quantity=4)
    receive(receiving, goods)
    case = house.case()
    stopped = ask(case, "suspect", named(goods))
    case.sign("L1", "ruling", "quality_rule", "approved", "quality_staff")
    freed = ask(case, "release", {"positions": stopped["positions"]}, "free")
    assert (freed["released_quantity"], freed["pending_quantity"]) == (0, 4)
    assert stood(house, goods) == {("HZ-Q-01", "PENDING"): 4}


def test_rule_10_and_16_expired_goods_and_findings_are_not_let_go(house: House) -> None:
    goods = on_shelf(house)
    case = house.case()
    stopped = ask(case, "suspect", named(goods))
    case.sign("L1", "examine", "inspected", "fail", "inspector")
    case.sign("L1", "ruling", "quality_rule", "approved", "quality_staff")
    given: JsonObject = {"positions": stopped["positions"]}
    assert refused_by(lambda: ask(case, "release", given, "free")) == ["RULE-16"]
    case.sign("L1", "confirm", "quality_rule", "approved", "quality_director")
    assert refused_by(lambda: ask(case, "release", given, "free", at=LATE)) == ["RULE-10"]
    ask(case, "release", given, "free")
    assert stood(house, goods) == {("HZ-A-01", "QUALIFIED"): 10}


def test_rule_08_and_09_goods_on_hold_are_set_apart_where_they_may_stand(house: House) -> None:
    goods = on_shelf(house)
    case = house.case()
    stopped = ask(case, "suspect", named(goods))
    assert refused_by(lambda: apart(case, stopped, "HZ-QC-01")) == ["RULE-09"]
    assert refused_by(lambda: apart(case, stopped, "NOWHERE")) == ["RULE-08"]
    assert "RULE-08" in refused_by(lambda: apart(case, stopped, "NB-A-01"))
    apart(case, stopped, "HZ-R-01")
    assert stood(house, goods) == {("HZ-R-01", "HOLD"): 10}


def test_rejected_goods_stay_rejected(house: House) -> None:
    goods = on_shelf(house)
    case = house.case()
    stopped = ask(case, "suspect", named(goods))
    given: JsonObject = {"positions": stopped["positions"]}
    with pytest.raises(BusinessError) as caught:
        ask(case, "reject", given, "bad")
    assert caught.value.details == {"law": "status_needs_signature"}
    case.sign("L1", "ruling", "quality_rule", "rejected", "quality_staff")
    bad = ask(case, "reject", given, "bad")
    assert bad == ask(case, "reject", given, "bad") and stood(house, goods) == {("HZ-A-01", "REJECTED"): 10}
    assert ask(case, "reject", {"positions": bad["positions"]}, "again")["posting"] == ""
    case.sign("L1", "confirm", "quality_rule", "approved", "quality_director")
    with pytest.raises(BusinessError) as caught:
        ask(case, "release", {"positions": bad["positions"]}, "free")
    assert caught.value.code in ("stock_refused", "rule_refused")
    listed = ask(house.case(), "nonconforming", named(goods))
    assert (listed["stock_status"], listed["quantity"], listed["posting"]) == ("REJECTED", 10, "")


def test_one_unit_is_stopped_by_its_serial_number_alone(house: House) -> None:
    number = f"U-{house.database.is_sqlite}"
    goods = on_shelf(house, 1, product="P-SER", serial_no=number)
    on_shelf(house, 1, product="P-SER", serial_no=f"{number}-2", lot=str(goods["lot_no"]))
    case = house.case()
    stopped = ask(case, "suspect", {"product_code": "P-SER", "serial_no": number})
    assert stopped["positions"][0]["serial_no"] == number
    assert stood(house, goods) == {("HZ-A-01", "HOLD"): 1, ("HZ-A-01", "QUALIFIED"): 1}


def test_going_back_over_a_move_brings_the_goods_back_and_a_hold_stays(house: House) -> None:
    goods = on_shelf(house)
    case = house.case()
    apart(case, ask(case, "suspect", named(goods)))
    key = f"{case.id}/{LINE}/apart#1/stock.relocate/undo"
    undone = case.envelope(f"{LINE}/apart#1", "stock.relocate", {}, effect_key=key)
    assert stock.stock_reverse(house.ctx, undone) == stock.stock_reverse(house.ctx, undone)
    assert stood(house, goods) == {("HZ-A-01", "HOLD"): 10}
