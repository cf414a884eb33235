"""Where received goods may wait: a pending location of the site, cold for cold goods (RULE-08, RULE-09)."""

from __future__ import annotations

from typing import Any

import pytest

from records import facts
from tests.stock.conftest import House, line


@pytest.mark.parametrize(
    ("product", "place", "site", "rules"),
    [
        ("P-LOT", "HZ-Q-01", "HQ", []),
        ("P-COLD", "HZ-QC-01", "HQ", []),
        ("P-COLD", "HZ-Q-01", "HQ", ["RULE-09"]),
        ("P-LOT", "HZ-A-01", "HQ", ["RULE-08"]),
        ("P-LOT", "HZ-Q-99", "HQ", ["RULE-08"]),
        ("P-LOT", "HZ-Q-01", "B2", ["RULE-08"]),
        ("P-COLD", "HZ-C-01", "HQ", ["RULE-08"]),
    ],
)
def test_received_goods_wait_where_they_may(house: House, product: str, place: str, site: str, rules: Any) -> None:
    with house.database.read() as session:
        found = facts.pending_place_violations(session, line(product, quarantine_location=place), site)
    assert [one.rule for one in found] == rules
    assert all(one.line_no == "L1" and one.zh and one.en for one in found)


def test_line_of_which_nothing_is_received_waits_nowhere(house: House) -> None:
    with house.database.read() as session:
        nothing = line(quantity=0, quarantine_location="HZ-Q-99")
        assert facts.pending_place_violations(session, nothing, "HQ") == []


def test_goods_from_no_supplier_break_no_rule_about_suppliers_or_orders(house: House) -> None:
    lines = [line("P-LOT", purchase_order_no="PO-none"), line("P-DRAFT", line_no="L2")]
    with house.database.read() as session:
        asked: Any = {"lines": lines, "site": "HQ", "at": "2026-11-22T04:00:00.000Z"}
        returned = facts.receipt_violations(session, supplier_code=None, ordered=False, **asked)
        bought = facts.receipt_violations(session, supplier_code="", **asked)
    assert [one.rule for one in returned] == ["RULE-03"]
    assert {one.rule for one in bought} == {"RULE-01", "RULE-03", "RULE-05"}
