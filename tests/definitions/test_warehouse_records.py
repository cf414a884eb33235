"""The forms of the warehouse SOPs hold every field that the law lists for R-10, R-12 and R-19."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from app.published_lock import DEFINITIONS
from domain.canonical import loads
from tests.definitions.test_legal_records import nodes

FORMS = {
    "R-10": ("stock_inspection", ("conditions", "goods")),
    "R-12": ("stocktake", ("count", "recount", "cause")),
    "R-19": ("nonconforming_handling", ("report", "confirmation", "disposal", "destruction")),
}
BY_THE_SYSTEM = {"checker", "checked_at", "nc_confirmed_by", "destruction_witness"}
"""Signatures of the steps: `check` and `conditions`, `count` and `recount`, `confirm`, `witness`."""
SIGNED = {
    "stock_inspection": {"conditions": "performed", "check": "performed", "review": "review"},
    "stocktake": {"count": "performed", "recount": "performed", "explain": "investigated", "sign_off": "approve"},
    "nonconforming_handling": {
        "confirm": "quality_rule", "approve_destruction": "approve", "destroy": "performed", "witness": "verified",
    },
    "suspect_hold": {"isolate": "performed", "examine": "inspected", "ruling": "quality_rule", "confirm": "quality_rule"},
    "expiry_control": {"plan_near": "submitted", "confirm": "quality_rule", "move_red": "performed"},
}  # fmt: skip
"""What the platform's own signature says at each step where the law asks for a person."""


def form_of(process: str, name: str) -> Any:
    return loads((DEFINITIONS / process / "1.0.0" / "forms" / f"{name}.v1.json").read_text("utf-8"))["schema"]


def steps_of(process: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def walk(steps: list[Any]) -> None:
        for step in steps:
            found[step["id"]] = step
            walk(step.get("do") or [])
            for branch in step.get("parallel") or []:
                walk(branch["do"])

    walk(YAML(typ="safe").load((DEFINITIONS / process / "1.0.0" / "process.yaml").read_text("utf-8"))["steps"])
    return found


@pytest.mark.parametrize("record", sorted(FORMS))
def test_every_field_of_the_record_is_on_a_form_or_a_signature(record: str, data_file: Any) -> None:
    process, names = FORMS[record]
    asked = {key for name in names for node in nodes(form_of(process, name)) for key in node.get("properties", {})}
    wanted = next(one["fields"] for one in data_file("records.yaml")["records"] if one["id"] == record)
    assert {field["key"] for field in wanted} - asked - BY_THE_SYSTEM == set()
    assert not asked & BY_THE_SYSTEM


@pytest.mark.parametrize("process", sorted(SIGNED))
def test_every_act_of_the_law_is_a_signature(process: str) -> None:
    steps = steps_of(process)
    assert {name: steps[name]["sign"]["meaning"] for name in SIGNED[process]} == SIGNED[process]


def test_the_counters_see_neither_the_books_nor_each_other(data_file: Any) -> None:
    count = {key for node in nodes(form_of("stocktake", "count")) for key in node.get("properties", {})}
    assert not count & {"book_quantity", "variance", "quantity"}
    recount = steps_of("stocktake")["recount"]
    assert recount["fields"] == {"count_lines": "hide", "differences": "hide"} and recount["not_same_as"] == ["count"]
    assert steps_of("stocktake")["sign_off"]["not_same_as"] == ["count", "recount", "explain"]


@pytest.mark.parametrize(
    ("process", "step"),
    [
        ("suspect_hold", "stop"),
        ("suspect_hold", "release"),
        ("expiry_control", "scan"),
        ("nonconforming_handling", "list"),
        ("nonconforming_handling", "write_off"),
    ],
)
def test_no_return_and_no_cancellation_lets_goods_go_or_brings_destroyed_ones_back(process: str, step: str) -> None:
    assert "undo" not in steps_of(process)[step]


@pytest.mark.parametrize("process", sorted(SIGNED))
def test_the_steps_name_every_clause_that_the_catalogue_gives_to_the_process(process: str, data_file: Any) -> None:
    catalogue = data_file("clauses/catalogue.yaml")
    parts = ("articles", "inspection_items")
    given = {one["id"] for part in parts for one in catalogue[part] if process in one["processes"]}
    text = (DEFINITIONS / process / "1.0.0" / "process.yaml").read_text("utf-8")
    assert set(YAML(typ="safe").load(text)["basis"]) == given
