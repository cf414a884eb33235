"""The SOPs of goods on their way hold every field that the law lists for R-09, R-14, R-16, R-17 and R-44."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from app.published_lock import DEFINITIONS
from domain.canonical import loads
from tests.definitions.test_legal_records import nodes
from tests.definitions.test_warehouse_records import steps_of

RECORDS = {
    ("R-14", "multi_warehouse_transfer"): "transfer_data",
    ("R-17", "multi_warehouse_transfer"): "transfer_data",
    ("R-09", "transfer_receipt"): "receipt_data",
    ("R-14", "hospital_selection"): "selection_data",
    ("R-44", "hospital_selection"): "selection_data",
    ("R-16", "cold_chain_shipping"): "shipping_data",
    ("R-17", "transport_delivery"): "delivery_data",
}
BY_THE_SYSTEM = {
    "outbound_reviewer", "signer_id", "inbound_date", "warehouse", "zone", "location",
    "purchaser_name", "consignee_contact", "kit_no", "outbound_date",
}  # fmt: skip
"""Signatures, the moment and place of a posting, what the start form or the files of both sites say."""
SIGNED = {
    "multi_warehouse_transfer": {"review": "verified", "hand_over": "handed_over", "loss": "approve"},
    "transfer_receipt": {"receive": "received", "inspect": "inspected", "put_away": "performed"},
    "hospital_selection": {
        "review": "verified",
        "quality_check": "review",
        "confirm": "submitted",
        "restock": "release",
    },
    "cold_chain_shipping": {"precool": "performed", "pack": "performed", "load": "handed_over"},
    "transport_delivery": {"dispatch": "handed_over", "receipt": "handed_over", "differences": "approve"},
}


@pytest.mark.parametrize(("record", "process"), sorted(RECORDS))
def test_every_required_field_of_the_record_is_kept_by_the_case(record: str, process: str, data_file: Any) -> None:
    path = DEFINITIONS / process / "1.0.0" / "forms" / f"{RECORDS[record, process]}.v1.json"
    kept = {key for node in nodes(loads(path.read_text("utf-8"))["schema"]) for key in node.get("properties", {})}
    fields = next(one["fields"] for one in data_file("records.yaml")["records"] if one["id"] == record)
    required = {field["key"] for field in fields if field["need"] in ("required", "one_of")}
    quantities = {"quantity": {"sent_quantity", "quantity"}}
    missing = {key for key in required - BY_THE_SYSTEM if not quantities.get(key, {key}) & kept}
    assert missing == set()


@pytest.mark.parametrize("process", sorted(SIGNED))
def test_every_act_of_the_law_is_a_signature(process: str) -> None:
    steps = steps_of(process)
    assert {name: steps[name]["sign"]["meaning"] for name in SIGNED[process]} == SIGNED[process]


@pytest.mark.parametrize("process", sorted(SIGNED))
def test_every_clause_that_the_catalogue_gives_to_the_process_is_named(process: str, data_file: Any) -> None:
    catalogue = data_file("clauses/catalogue.yaml")
    parts = ("articles", "inspection_items")
    given = {one["id"] for part in parts for one in catalogue[part] if process in one["processes"]}
    text = (DEFINITIONS / process / "1.0.0" / "process.yaml").read_text("utf-8")
    assert set(YAML(typ="safe").load(text)["basis"]) == given
