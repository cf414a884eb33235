"""The SOPs of selling and returning hold every field that the law lists for R-13, R-14, R-15 and R-18, typed by nobody who
could get it wrong where the system knows it."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from app.published_lock import DEFINITIONS
from records.shipments import Shipment, ShipmentLine
from tests.definitions.test_legal_records import nodes
from tests.definitions.test_warehouse_records import form_of, steps_of

FORMS = {
    "R-13": ("sales_order", ("draft", "approval")),
    "R-14": ("outbound_review", ("pick", "review", "stop_ruling")),
    "R-15": ("outbound_review", ("pick", "review")),
    "R-18": ("sales_return", ("request", "receipt", "inspection")),
}
BY_THE_SYSTEM = {
    "R-13": {"sale_date", "expiry_date", "service_life", "serial_no"},
    "R-14": {"purchaser_name", "outbound_date", "outbound_review_result", "outbound_reviewer"},
    "R-15": {
        *("shipper_name", "storage_transport_provider", "ship_date", "outbound_seal", "online_order_no"),
        *("direct_ship_flag", "direct_ship_company", "direct_ship_reason"),
    },
    "R-18": {"return_date", "inspector", "return_quality_status"},
}
"""Order date and the lot that left, the consignee as purchaser, signature and outcome of the review, the head of the
shipment (direct shipments are P-23), date of receipt, signature and outcome of the inspection."""
SIGNED = {
    "sales_order": {"draft": "submitted", "approve_order": "approve", "release_credit": "approve"},
    "outbound_review": {"pick": "performed", "review": "verified", "stop_ruling": "quality_rule"},
    "sales_return": {"receive": "received", "inspect": "inspected", "approve_restock": "quality_rule"},
    "purchase_return": {"quality_review": "review", "review": "verified"},
}


@pytest.mark.parametrize("record", sorted(FORMS))
def test_every_field_of_the_record_is_on_a_form_or_written_by_the_system(record: str, data_file: Any) -> None:
    process, names = FORMS[record]
    asked = {key for name in names for node in nodes(form_of(process, name)) for key in node.get("properties", {})}
    wanted = next(one["fields"] for one in data_file("records.yaml")["records"] if one["id"] == record)
    missing = {field["key"] for field in wanted} - asked
    assert missing <= BY_THE_SYSTEM[record], missing - BY_THE_SYSTEM[record]


def test_the_shipment_keeps_what_the_law_asks_of_its_papers() -> None:
    kept = {*Shipment.model_fields, *ShipmentLine.model_fields}
    assert {"consignee_name", "delivery_address", "consignee_contact", "shipped_on", "outbound_seal"} <= kept
    assert {
        "storage_transport_provider",
        "online_order_no",
        "reviewer",
        "serial_nos",
        "udi",
        "quantity",
        "told",
    } <= kept


@pytest.mark.parametrize("process", sorted(SIGNED))
def test_every_act_of_the_law_is_a_signature(process: str) -> None:
    steps = steps_of(process)
    assert {name: steps[name]["sign"]["meaning"] for name in SIGNED[process]} == SIGNED[process]


def test_who_reviews_did_not_pick_and_who_inspects_did_not_receive() -> None:
    for process in ("outbound_review", "purchase_return"):
        assert steps_of(process)["review"]["not_same_as"] == ["pick"]
    assert steps_of("sales_return")["inspect"]["not_same_as"] == ["receive"]


@pytest.mark.parametrize("process", sorted(SIGNED))
def test_the_steps_name_every_clause_that_the_catalogue_gives_to_the_process(process: str, data_file: Any) -> None:
    catalogue = data_file("clauses/catalogue.yaml")
    parts = ("articles", "inspection_items")
    given = {one["id"] for part in parts for one in catalogue[part] if process in one["processes"]}
    text = (DEFINITIONS / process / "1.0.0" / "process.yaml").read_text("utf-8")
    assert set(YAML(typ="safe").load(text)["basis"]) == given
