"""The strict validator: what public collections call invalid is refused with the place, what they call valid passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from domain.epcis.validation import faults_of
from tests.examples import examples

HERE = Path(__file__).parent
REFUSED = {
    "Combination_of_events_with_missing_mandatory_fields": ["missing", "missing", "nothing_identified", "missing"],
    "Combination_of_multiple_invalid_fields": [
        "not_in_vocabulary", "not_in_vocabulary", "not_in_vocabulary", "no_namespace", "bad_time", "bad_action",
    ],
    "Combination_of_non_standard_bizStep_and_disposition": ["not_in_vocabulary", "not_in_vocabulary"],
    "EPCISDocument_without_context": ["context_missing"],
    "ObjectEvent_with_ilmd_field_without_namespace": ["no_namespace"],
    "ObjectEvent_with_invalid_action": ["bad_action"],
    "ObjectEvent_with_invalid_certificationInfo": ["not_a_uri"],
    "ObjectEvent_with_invalid_eventTime_format": ["bad_time"],
    "ObjectEvent_with_non_standard_bizStep": ["not_in_vocabulary"],
    "ObjectEvent_with_non_standard_bizStep_in_second_event": ["not_in_vocabulary"],
    "ObjectEvent_with_non_standard_disposition": ["not_in_vocabulary"],
    "ObjectEvent_with_quantity_as_text": ["not_a_number"],
    "ObjectEvent_with_unknown_field_in_quantityList": ["no_namespace"],
    "ObjectEvent_without_action_and_eventTime": ["missing", "missing", "missing"],
    "ObjectEvent_without_identifier_list": ["nothing_identified"],
}  # fmt: skip
VALID = sorted([*(HERE / "accepted").glob("*.json"), *(HERE / "goldens").glob("*.jsonld")])


def read(path: Path) -> Any:
    """A document."""
    return json.loads(path.read_text("utf-8"))


def test_every_invalid_document_has_its_fault_listed() -> None:
    assert {path.stem for path in (HERE / "refused").glob("*.json")} == set(REFUSED) and len(REFUSED) == 15


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_invalid_documents_are_refused_for_their_fault(name: str) -> None:
    faults = faults_of(read(HERE / "refused" / f"{name}.json"))
    assert [fault.code for fault in faults] == REFUSED[name]
    assert all(fault.message.zh and fault.message.en for fault in faults)


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_documents_pass(path: Path) -> None:
    assert faults_of(read(path)) == []


GOOD = read(HERE / "accepted" / "ObjectEvent_with_custom_bizStep_uri.json")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"eventTime": "2026-02-30T00:00:00Z"}, "/eventTime"),
        ({"eventTime": "2026-07-22T06:45:00"}, "/eventTime"),
        ({"eventTimeZoneOffset": "+15:00"}, "/eventTimeZoneOffset"),
        ({"epcList": ["urn:epc:id:sgtin:0614141.01111.987"]}, "/epcList/0"),
        ({"epcList": ["no uri"]}, "/epcList/0"),
        ({"epcList": ["https://a.example/1", "https://a.example/1"]}, "/epcList"),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, "/bizStep"),
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-transforming"}, "/bizStep"),
        ({"readPoint": {}}, "/readPoint/id"),
        ({"ours": 1}, "/ours"),
        ({"unknown:ours": 1}, "/unknown:ours"),
        ({"sourceList": [{"source": "urn:x:1"}]}, "/sourceList/0/type"),
        ({"persistentDisposition": {}}, "/persistentDisposition"),
        ({"sensorElementList": [{"sensorReport": [{"type": "Warmth"}]}]}, "/sensorElementList/0/sensorReport/0/type"),
        ({"errorDeclaration": {"reason": "oops"}}, "/errorDeclaration/declarationTime"),
        ({"quantityList": [{"epcClass": "urn:x:1", "quantity": True}]}, "/quantityList/0/quantity"),
    ],
)
def test_the_place_of_a_fault_is_named(change: dict[str, Any], pointer: str) -> None:
    event = {**GOOD["epcisBody"]["eventList"][0], **change}
    faults = faults_of({**GOOD, "epcisBody": {"eventList": [event]}})
    assert f"/epcisBody/eventList/0{pointer}" in [fault.pointer for fault in faults]


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "@context type eventTime epcList quantityList action readPoint sourceList sensorElementList ilmd epcisBody".split()
)


@given(some.dictionaries(some.sampled_from(FIELDS), JSON), JSON)
@settings(max_examples=examples(80))
def test_nothing_that_is_sent_ends_in_an_exception(event: dict[str, Any], anything: Any) -> None:
    faults_of(anything)
    for kind in ("ObjectEvent", "AggregationEvent", "EPCISQueryDocument"):
        faults_of({**event, "type": kind})
    faults_of({**GOOD, "epcisBody": {"eventList": [event, anything]}})
