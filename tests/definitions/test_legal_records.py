"""The forms of receiving, inspection and put-away hold every field that the law lists for R-06 to R-09."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

FORMS = {
    "R-06": ("arrival", "receipt"),
    "R-07": ("arrival", "receipt", "inspection"),
    "R-08": ("inspection",),
    "R-09": ("put_away",),
}
BY_THE_SYSTEM = {
    "deliverer_signature": ("receive", "external_signature"),
    "receiver_signature": ("receive", "sign"),
    "inspector": ("inspect", "sign"),
    "inspection_date": ("inspect", "sign"),
    "inspection_conclusion": ("inspect", "outcomes"),
    "inbound_date": ("put_away", "sign"),
    "warehouse": ("stow", "into"),
    "zone": ("stow", "into"),
    "location": ("stow", "into"),
}
"""What the platform writes, and the word of which step makes it so; no form may ask for it."""
COLD_ONLY = {"transit_temp_log", "transit_temp_ok"}
"""Asked of cold lines alone; without them the line goes to a ruling (see ``cases.yaml``)."""


def nodes(schema: Any) -> Iterator[Any]:
    """A schema and every schema below it, conditional parts too."""
    yield schema
    below = [*schema.get("properties", {}).values(), *schema.get("allOf", [])]
    below += [schema[word] for word in ("items", "then", "else") if word in schema]
    for node in below:
        yield from nodes(node)


@pytest.fixture(scope="session")
def fields(receiving: Any) -> Any:
    """Names and required names of the forms of a record."""

    def collect(record: str) -> tuple[set[str], set[str]]:
        schemas = [node for name in FORMS[record] for node in nodes(receiving.forms[f"forms/{name}.v1.json"]["schema"])]
        names = {key for node in schemas for key in node.get("properties", {})}
        return names, {key for node in schemas for key in node.get("required", [])}

    return collect


@pytest.mark.parametrize("record", sorted(FORMS))
def test_every_field_of_the_record_is_asked_or_written_by_the_system(record: str, data_file: Any, fields: Any) -> None:
    names, required = fields(record)
    wanted = _record(data_file, record)
    missing = {field["key"] for field in wanted if field["key"] not in names | set(BY_THE_SYSTEM)}
    assert missing == set()
    optional = {
        field["key"]
        for field in wanted
        if field["need"] == "required" and field["key"] not in required | set(BY_THE_SYSTEM) | COLD_ONLY
    }
    assert optional == set()


def test_a_lot_or_a_serial_number_and_an_expiry_or_a_service_life_are_required(receiving: Any) -> None:
    row = receiving.forms["forms/receipt.v1.json"]["schema"]["properties"]["lines"]["items"]
    pairs = {(rule["if"]["required"][0], *rule["else"]["required"]) for rule in row["allOf"] if "else" in rule}
    assert pairs == {("lot_no", "serial_no"), ("expiry_date", "service_life")}


def test_what_the_system_writes_is_asked_by_no_form(receiving: Any) -> None:
    for name, form in receiving.forms.items():
        if name.endswith("receiving_data.v1.json"):
            continue
        asked = {key for node in nodes(form["schema"]) for key in node.get("properties", {})}
        assert not asked & set(BY_THE_SYSTEM), name


def test_what_the_system_writes_is_written(receiving: Any) -> None:
    steps = receiving.steps()
    for field, (step, word) in BY_THE_SYSTEM.items():
        assert steps[step].get(word), field
    assert steps["receive"]["external_signature"] == "deliverer"
    assert steps["inspect"]["sign"] == {"meaning": "inspected", "reauth": True}


def test_the_steps_name_every_clause_that_the_catalogue_gives_to_the_process(receiving: Any, data_file: Any) -> None:
    other = {"GSP-66", "INSP-6.66.1", "INSP-6.66.2", "INSP-6.67.2"}
    """Direct shipments and goods sold and returned are other SOPs."""
    catalogue = data_file("clauses/catalogue.yaml")
    given = {
        clause["id"]
        for part in ("articles", "inspection_items")
        for clause in catalogue[part]
        if "receiving_inspection" in clause["processes"]
    }
    assert set(receiving.process["basis"]) == given - other


def _record(data_file: Any, record: str) -> list[Any]:
    return next(one["fields"] for one in data_file("records.yaml")["records"] if one["id"] == record)
