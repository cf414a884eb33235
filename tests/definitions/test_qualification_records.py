"""The forms of qualification hold every field that the law lists for R-01, R-02, R-03 and R-46."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from app.published_lock import DEFINITIONS
from domain.canonical import loads

RECORDS = {
    "R-01": ("supplier_qualification", ("apply", "supplier_file", "audit")),
    "R-02": ("product_qualification", ("apply", "product_file")),
    "R-03": ("purchaser_qualification", ("apply", "purchaser_file")),
    "R-46": ("salesperson_authorization", ("apply", "letter_draft", "sealed_letter")),
}
BY_THE_SYSTEM = {
    "qualification_conclusion": "conclude",
    "qualification_valid_until": "check",
    "salesperson_name": "known",
}
"""What no form asks for, and the step that writes it."""


@pytest.mark.parametrize("record", sorted(RECORDS))
def test_every_field_of_the_record_is_asked_or_written_by_the_system(record: str, data_file: Any) -> None:
    process, names = RECORDS[record]
    folder = DEFINITIONS / process / "1.0.0"
    forms = [loads((folder / "forms" / f"{name}.v1.json").read_text("utf-8"))["schema"] for name in names]
    asked = {key for form in forms for key, node in form["properties"].items() if not node.get("readOnly")}
    fields = next(one["fields"] for one in data_file("records.yaml")["records"] if one["id"] == record)
    missing = {one["key"] for one in fields} - asked
    steps = {step["id"] for step in YAML(typ="safe").load((folder / "process.yaml").read_text("utf-8"))["steps"]}
    assert missing <= set(BY_THE_SYSTEM) and {BY_THE_SYSTEM[key] for key in missing} <= steps
    required = {key for form in forms for key in form["required"]}
    assert {one["key"] for one in fields if one["need"] == "required"} - required - missing == set()
