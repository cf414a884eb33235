"""RULE-08, 10, 12, 13, 14, 25, 26: each refusal with its article and words, and what is just allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain import sale_rules as rules
from domain.json_types import JsonObject
from domain.rule_facts import ProductFact, Violation
from domain.sale_rules import Claimed, Offer, Picked

GOOD = Picked("P1", "留置针", "LH1", "A-01", reserved=5, picked=5, reviewed=5, scanned_lot="LH1")
NOTE: JsonObject = {
    "shipper_name": "本企业", "consignee_name": "医院", "delivery_address": "解放路", "consignee_contact": "0571",
    "ship_date": "2026-11-22",
}  # fmt: skip
LINE: JsonObject = {
    "line_no": "P1", "registrant_name": "注册人", "product_name": "留置针", "model": "Y", "registration_no": "国械注准1",
    "lot_no": "LH1", "expiry_date": "2028-01-01", "quantity": 5, "storage_condition": "常温",
}  # fmt: skip


def told(found: list[Violation]) -> list[tuple[str, tuple[str, ...]]]:
    assert all(one.zh and one.en and one.who_can for one in found)
    return [(one.rule, one.articles) for one in found]


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        (Offer("L1", "P-1", "x", 5, 5), []),
        (Offer("L1", "P-1", "x", 6, 5, promised=1), [("RULE-25", ())]),
        (Offer("L1", "P-1", "x", 6, 5, pending=9), [("RULE-08", ("GSP-40", "GSP-69"))]),
        (Offer("L1", "P-1", "x", 6, 5, promised=1, pending=9), [("RULE-25", ())]),
        (Offer("L1", "P-1", "x", 6, 0, stopped=9), [("RULE-10", ("GSP-74", "GSP-80"))]),
        (Offer("L1", "P-1", "x", 6, 0, expired=9), [("RULE-10", ("GSP-76", "GSP-80"))]),
        (Offer("L1", "P-1", "x", 6, 0, short=9), [("RULE-25", ())]),
        (Offer("L1", "P-1", "x", 6, 0), [("RULE-25", ())]),
    ],
)
def test_goods_are_sold_only_qualified_in_date_and_once(offer: Offer, expected: Any) -> None:
    assert told(rules.goods_are_free([offer])) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"scanned_lot": "LH2"}, ["RULE-12"]),
        ({"scanned_lot": ""}, ["RULE-12"]),
        ({"fits": False}, ["RULE-12"]),
        ({"reviewed": 4}, ["RULE-12"]),
        ({"reviewed": 6}, ["RULE-25"]),
        ({"expired_on": "2026-11-21"}, ["RULE-10"]),
        ({"stopped": "停售"}, ["RULE-10"]),
        ({"is_numbered": True, "serial_no": "S1", "scanned_serial": "S1"}, []),
        ({"is_numbered": True, "serial_no": "S1", "scanned_serial": "S2"}, ["RULE-12"]),
        ({"has_lot": False, "lot_no": "", "scanned_lot": ""}, []),
        ({"picked": 0, "reviewed": 0}, ["RULE-12"]),
    ],
)
def test_a_review_agrees_with_pick_promise_and_scan(changed: Any, expected: list[str]) -> None:
    assert [rule for rule, _ in told(rules.review_agrees([replace(GOOD, **changed)]))] == expected


def test_a_pick_takes_no_more_than_promised_and_units_that_are_there() -> None:
    assert rules.pick_is_lawful([GOOD, replace(GOOD, picked=0, expired_on="2020-01-01")]) == []
    assert told(rules.pick_is_lawful([replace(GOOD, picked=6)])) == [("RULE-25", ())]
    unit = replace(GOOD, is_numbered=True, serial_no="S1", unit_is_there=False)
    assert told(rules.pick_is_lawful([unit])) == [("RULE-12", ("GSP-87",))]


def test_none_of_the_four_stop_cases_and_another_pair_of_eyes() -> None:
    clear: JsonObject = dict.fromkeys(rules.STOP_CHECKS, "pass")
    assert rules.stop_cases_are_clear(clear) == []
    for key in rules.STOP_CHECKS:
        assert told(rules.stop_cases_are_clear({**clear, key: "fail"})) == [("RULE-12", ("GSP-87",))]
    assert rules.reviewer_did_not_pick(["a"], ["b"]) == []
    assert told(rules.reviewer_did_not_pick(["a"], ["a", "b"])) == [("RULE-12", ("GSP-87",))]


@pytest.mark.parametrize("name", [*NOTE, "registrant_name", "registration_no", "lot_no", "expiry_date", "model"])
def test_a_note_that_lacks_anything_keeps_the_goods_back(name: str) -> None:
    assert rules.note_is_complete(NOTE, [LINE], sealed=True) == []
    note, line = ({key: value for key, value in one.items() if key != name} for one in (NOTE, LINE))
    assert told(rules.note_is_complete(note, [line], sealed=True)) == [("RULE-13", ("GSP-92",))]


def test_a_note_without_the_seal_keeps_the_goods_back() -> None:
    assert told(rules.note_is_complete(NOTE, [LINE], sealed=False)) == [("RULE-13", ("GSP-91",))]


def test_only_what_was_sold_comes_back_and_once() -> None:
    claim = Claimed("L1", "留置针", "CK-1", quantity=5, sold=8, back=3)
    assert rules.return_is_ours([claim]) == []
    for changed in (replace(claim, back=4), replace(claim, sold=0, back=0)):
        assert told(rules.return_is_ours([changed])) == [("RULE-26", ("GSP-107",))]


def test_cold_goods_come_back_only_with_their_record() -> None:
    cold = ProductFact("P-1", "试剂", True, True, is_cold_chain=True)
    assert rules.returned_cold_goods_have_a_log("L1", replace(cold, is_cold_chain=False), False) == []
    assert rules.returned_cold_goods_have_a_log("L1", cold, True) == []
    (one,) = rules.returned_cold_goods_have_a_log("L1", cold, False)
    assert (one.rule, one.articles, one.remedy) == ("RULE-14", ("GSP-67",), "none")
