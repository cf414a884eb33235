"""Counting: the books stay out of sight until the counts are in, and follow them only as signed."""

from __future__ import annotations

from typing import Any

from activities import stock_counts
from domain.canonical import dumps
from domain.json_types import JsonObject
from records.ledger_verify import verify_ledger
from tests.activities.test_stock_activities import LINE, refused_by, stood
from tests.activities.test_stock_rulings import ask, named, on_shelf
from tests.stock.conftest import NOON, Case, House

BEFORE, AFTER = "2026-11-22T04:00:00.000Z", "2026-11-22T05:00:00.000Z"
RUNS = {
    "count_list": stock_counts.count_list,
    "count_check": stock_counts.count_check,
    "count_differences": stock_counts.count_differences,
    "adjust": stock_counts.adjust,
}


def asked(case: Case, name: str, step: str = "step", **given: Any) -> Any:
    return RUNS[name](case.house.ctx, case.envelope(f"{LINE}/{step}#1", f"stock.{name}", given))


def area_of(case: Case, goods: JsonObject) -> Any:
    """The count list of the shelf, cut down to one lot."""
    listed = asked(case, "count_list", warehouse="HZ", zone="", location="HZ-A-01")
    (area,) = listed["areas"]
    return [line for line in area["count_lines"] if line["lot_no"] == goods["lot_no"]]


def counted(lines: Any, number: int) -> Any:
    return [{**line, "counted_quantity": number} for line in lines]


def test_the_list_and_the_comparison_never_say_what_the_books_say(house: House) -> None:
    goods, case = on_shelf(house, 7357), house.case()
    lines = area_of(case, goods)
    told = asked(
        case, "count_check", location="HZ-A-01", count_lines=counted(lines, 1), found_lines=[], counted_at=NOON
    )
    assert told["agrees"] is False and len(told["recount_lines"]) == 1
    assert "7357" not in dumps([lines, told]) and "quantity" not in dumps([lines, told["recount_lines"]])
    same = asked(
        case, "count_check", location="HZ-A-01", count_lines=counted(lines, 7357), found_lines=[], counted_at=NOON
    )
    assert same == {"agrees": True, "recount_lines": []}


def test_the_second_count_decides_and_goods_that_moved_later_make_no_difference(house: House) -> None:
    goods, case = on_shelf(house, 10), house.case()
    lines = area_of(case, goods)
    given: Any = {"location": "HZ-A-01", "found_lines": [], "counted_at": NOON, "recounted_at": NOON}
    first = counted(lines, 9)
    short = asked(case, "count_differences", count_lines=first, recount_lines=counted(lines, 8), **given)
    (row,) = short["differences"]
    assert (row["book_quantity"], row["counted_quantity"], row["variance"]) == (10, 8, -2)
    even = asked(case, "count_differences", count_lines=first, recount_lines=counted(lines, 10), **given)
    assert (even["variance_count"], even["count_lines"][0]["book_quantity"]) == (0, 10)
    ask(house.case(), "suspect", named(goods), at=AFTER)
    assert stood(house, goods) == {("HZ-A-01", "HOLD"): 10}
    again = asked(case, "count_differences", count_lines=counted(lines, 10), recount_lines=[], **given)
    assert again["variance_count"] == 0


def test_found_goods_come_in_on_hold_where_the_books_know_the_lot(house: House) -> None:
    goods, case = on_shelf(house, 5), house.case()
    stow_elsewhere = {"line_no": "L1", "product_code": "P-LOT", "lot_no": goods["lot_no"], "expiry_date": "2028-10-01"}
    found: Any = [
        {**stow_elsewhere, "counted_quantity": 2},
        {"line_no": "L2", "product_code": "X-1", "counted_quantity": 1},
    ]
    given: Any = {
        "location": "HZ-C-01",
        "count_lines": [],
        "found_lines": found,
        "counted_at": NOON,
        "recounted_at": NOON,
    }
    told = asked(case, "count_check", **{key: given[key] for key in given if key != "recounted_at"})
    again = [{**row, "counted_quantity": 2} for row in told["recount_lines"]]
    settled = asked(case, "count_differences", recount_lines=again, **given)
    assert (settled["variance_count"], settled["unbooked_count"]) == (1, 1)
    assert (settled["differences"][0]["stock_status"], settled["differences"][0]["variance"]) == ("HOLD", 2)


def test_rule_23_the_books_follow_the_count_once_explained_and_signed_by_somebody_who_did_not_count(
    house: House,
) -> None:
    goods, case = on_shelf(house, 10), house.case()
    row: JsonObject = {**area_of(case, goods)[0], "book_quantity": 10, "counted_quantity": 8, "variance": -2}
    explained: Any = {"location": "HZ-A-01", "differences": [{**row, "variance_reason": "发货漏扫"}]}
    assert refused_by(lambda: asked(case, "adjust", "adjust", location="HZ-A-01", differences=[row])) == ["RULE-23"] * 2
    case.sign("L1", "count", "performed", "done", "warehouse_keeper")
    assert refused_by(lambda: asked(case, "adjust", "adjust", **explained)) == ["RULE-23"]
    case.sign("L1", "sign_off", "approve", "approved", "sales")
    assert refused_by(lambda: asked(case, "adjust", "adjust", **explained)) == ["RULE-23"]
    case.sign("L1", "sign_off", "approve", "approved", "finance")
    assert asked(case, "adjust", "adjust", **explained) == asked(case, "adjust", "adjust", **explained)
    assert stood(house, goods) == {("HZ-A-01", "QUALIFIED"): 8}
    more: Any = {"location": "HZ-A-01", "differences": [{**row, "variance": 1, "variance_reason": "漏盘"}]}
    asked(case, "adjust", "more", **more)
    assert stood(house, goods) == {("HZ-A-01", "QUALIFIED"): 9}
    with house.database.read() as session:
        assert verify_ledger(session) == []


def test_rule_23_whoever_counted_does_not_approve(house: House) -> None:
    goods, case = on_shelf(house, 3), house.case()
    row: JsonObject = {**area_of(case, goods)[0], "variance": -1, "variance_reason": "破损丢弃"}
    case.sign("L1", "count", "performed", "done", "finance")
    case.sign("L1", "sign_off", "approve", "approved", "finance")
    assert refused_by(lambda: asked(case, "adjust", location="HZ-A-01", differences=[row])) == ["RULE-23"]
