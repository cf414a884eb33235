"""Event hash ids: the published goldens, and what must and must not change an id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from domain.epcis.digital_link import canonical, gtin14, of_lot, of_serial, of_sscc
from domain.epcis.event_hash import hash_id, pre_hash
from tests.examples import examples

GOLDENS = Path(__file__).parent / "goldens"
EXPECTED: dict[str, dict[str, list[str]]] = json.loads((GOLDENS / "expected.json").read_text("utf-8"))
CASES = [(version, name) for version, names in EXPECTED.items() for name in names]


def document(name: str) -> tuple[list[dict[str, Any]], Any]:
    """The events of a golden document and its context."""
    whole = json.loads((GOLDENS / f"{name}.jsonld").read_text("utf-8"))
    body = whole["epcisBody"]
    return body.get("eventList") or body["queryResults"]["resultsBody"]["eventList"], whole["@context"]


@pytest.mark.parametrize(("version", "name"), CASES)
def test_every_event_has_the_published_id(version: str, name: str) -> None:
    events, context = document(name)
    found = [hash_id(event, context, version) for event in events]
    assert found == [f"ni:///sha-256;{digest}?ver=CBV{version}" for digest in EXPECTED[version][name]]


def test_the_goldens_are_all_there() -> None:
    assert sum(len(digests) for names in EXPECTED.values() for digests in names.values()) == 57
    assert len({name for names in EXPECTED.values() for name in names}) == 21


@settings(max_examples=examples(25))
@given(some.randoms(use_true_random=False), some.sampled_from(sorted(EXPECTED["2.0"])))
def test_order_means_nothing(chance: Any, name: str) -> None:
    events, context = document(name)

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            chance.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        if isinstance(value, list):
            mixed = [shuffled(one) for one in value]
            chance.shuffle(mixed)
            return mixed
        return value

    for event in events:
        assert hash_id(shuffled(event), context) == hash_id(event, context)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("eventTime", "2020-03-04T11:00:31+01:00"),
        ("eventTimeZoneOffset", "+02:00"),
        ("epcList", ["urn:epc:id:sgtin:0614141.011111.988"]),
        ("action", "ADD"),
        ("bizStep", "arriving"),
        ("disposition", "active"),
        ("readPoint", {"id": "urn:epc:id:sgln:4012345.00011.1"}),
        ("bizTransactionList", []),
        ("example:userExt", "CD-35"),
    ],
)
def test_whatever_is_said_changes_the_id(field: str, value: Any) -> None:
    events, context = document("ReferenceEventHashAlgorithm3")
    assert hash_id({**events[0], field: value}, context) != hash_id(events[0], context)


def test_one_event_spelled_differently_has_one_id() -> None:
    said = {
        "type": "ObjectEvent", "eventTime": "2020-03-04T11:00:30+01:00", "eventTimeZoneOffset": "+01:00",
        "epcList": ["urn:epc:id:sgtin:0614141.011111.987"], "action": "OBSERVE", "bizStep": "departing",
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 2}],
    }  # fmt: skip
    otherwise = {
        **said, "eventTime": "2020-03-04T10:00:30.000Z", "recordTime": "2021-01-01T00:00:00Z",
        "epcList": ["https://example.com/some/01/00614141111114/21/987?17=201231"],
        "bizStep": "https://ref.gs1.org/cbv/BizStep-departing", "eventID": "urn:uuid:1",
        "quantityList": [{"epcClass": "https://id.gs1.org/01/4012345123456/10/998877", "quantity": 2.0}],
        "errorDeclaration": {"declarationTime": "2021-01-01T00:00:00Z"},
    }  # fmt: skip
    assert pre_hash(otherwise) == pre_hash(said)


@given(some.from_regex(r"urn:epc:(id|class|idpat):[a-z]{3,5}:\d{6,12}\.\d{0,9}(\.[A-Za-z0-9%*]{0,9})?", fullmatch=True))
@settings(max_examples=examples(60))
def test_the_canonical_form_is_final(uri: str) -> None:
    assert canonical(canonical(uri)) == canonical(uri)


@given(some.text(max_size=60))
@settings(max_examples=examples(60))
def test_text_of_any_kind_is_no_trouble(text: str) -> None:
    for value in (text, f"https://{text}", f"urn:epc:id:sgtin:{text}"):
        canonical(value)
        hash_id({"type": value, "eventTime": value, "epcList": [value], value: {value: [value, {}]}}, [{value: value}])


def test_our_own_numbers_become_gs1_keys_only_where_they_are_some() -> None:
    assert of_lot("6901234567892", "A/1 2") is None  # a space is no character of GS1
    assert of_lot("06901234567892", "A/1+2") == "https://id.gs1.org/01/06901234567892/10/A%2F1%2B2"
    assert of_serial("6901234567892", "S-1") == "https://id.gs1.org/01/06901234567892/21/S-1"
    assert of_lot("6901234567893", "A1") is None and gtin14("MA.156.M0.100221") is None
    assert of_lot("6901234567892", "批号1") is None and of_lot("6901234567892", "A" * 21) is None
    assert of_sscc("340123451111111111") == "https://id.gs1.org/00/340123451111111111"
    assert of_sscc("340123451111111112") is None
