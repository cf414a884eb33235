"""The events of the ledger: every kind of movement has one, valid by our validator and by GS1's schema."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from domain.epcis.event_hash import hash_id
from domain.epcis.events import CONTEXTS, MEANINGS, REVERSAL, document, events_of
from domain.epcis.identifiers import Goods
from domain.epcis.movements import Company, Measured, Movement, Spot
from domain.epcis.validation import faults_of
from domain.stock import MoveKind, Status

OWNER = Company("91330100MA27XXXX0A")
GS1, OWN = Goods("P-1", "L-1", "06901234567892", "2028-10-01"), Goods("P-2", "批1", "", "2028-10-01")
OUTSIDE, PENDING, SHELF = Spot("~SUPPLIER"), Spot("HZ-Q-01", "HZ", "pending"), Spot("HZ-A-01", "HZ", "qualified")
NOON = "2026-11-22T04:00:00.000Z"
SCHEMA = jsonschema_rs.validator_for(
    json.loads((Path(__file__).parent / "schema" / "epcis-2.0.json").read_text("utf-8")), validate_formats=True
)


def movement(kind: str, **changed: Any) -> Movement:
    """A movement of this kind into a pending place."""
    plain = Movement(
        id=7, kind=kind, goods=GS1, quantity=10, source=OUTSIDE, target=PENDING, from_status=Status.PENDING,
        to_status=Status.PENDING, business_at=NOON, recorded_at="2026-11-22T04:00:01.000Z", partner="91310000X",
        document=("delivery_note", "CK 1"), case="01C",
    )  # fmt: skip
    return replace(plain, **changed)


def told(*movements: Movement) -> list[dict[str, Any]]:
    """The events of a posting, proved valid and rightly named."""
    events: list[Any] = list(events_of(movements, OWNER))
    whole: Any = json.loads(json.dumps(document(events, NOON), default=float))
    assert faults_of(whole) == []
    assert [error.message for error in SCHEMA.iter_errors(whole)] == []
    assert all(event["eventID"] == hash_id(event, CONTEXTS) for event in events)
    return events


@pytest.mark.parametrize("kind", [kind.value for kind in MoveKind])
@pytest.mark.parametrize("goods", [GS1, OWN], ids=["gs1", "private"])
@pytest.mark.parametrize("serials", [(), ("S1", "S2")], ids=["lot", "serials"])
def test_every_kind_of_movement_is_told(kind: str, goods: Goods, serials: tuple[str, ...]) -> None:
    for source, target in ((OUTSIDE, PENDING), (SHELF, Spot("~CUSTOMER")), (PENDING, SHELF)):
        one = movement(kind, goods=goods, serials=serials, source=source, target=target)
        if kind == REVERSAL:
            one = replace(one, undoes=5, original=movement("RECEIVE", id=5, goods=goods, serials=serials))
        assert len(told(one)) == 1


def test_the_mapping_is_total() -> None:
    assert {kind.value for kind in MoveKind} - {REVERSAL} <= set(MEANINGS)


def test_a_receipt_names_goods_places_parties_and_papers() -> None:
    (event,) = told(movement("RECEIVE"))
    assert (event["type"], event["action"], event["bizStep"], event["disposition"]) == (
        "ObjectEvent", "OBSERVE", "receiving", "in_progress",
    )  # fmt: skip
    assert event["eventTime"] == "2026-11-22T12:00:00.000+08:00" and event["eventTimeZoneOffset"] == "+08:00"
    assert event["quantityList"] == [{"epcClass": "https://id.gs1.org/01/06901234567892/10/L-1", "quantity": 10}]
    ours = f"urn:x-gspflow:{OWNER.code}"
    assert event["readPoint"] == event["bizLocation"] == {"id": f"{ours}:location:HZ:HZ-Q-01"}
    assert event["sourceList"] == [{"type": "possessing_party", "source": f"{ours}:partner:91310000X"}]
    assert event["destinationList"] == [{"type": "possessing_party", "destination": f"{ours}:party"}]
    assert event["bizTransactionList"][0] == {
        "type": "desadv", "bizTransaction": f"{ours}:document:delivery_note:CK%201",
    }  # fmt: skip
    assert "gspflow:identifiers" not in event


def test_goods_without_a_gs1_number_get_a_private_name_and_say_so() -> None:
    (event,) = told(movement("RECEIVE", goods=OWN))
    assert event["quantityList"][0]["epcClass"] == f"urn:x-gspflow:{OWNER.code}:class:P-2:%E6%89%B91"
    assert event["gspflow:identifiers"] == "private"
    assert event["gspflow:goods"] == [{"gspflow:product": "P-2", "gspflow:lot": "批1", "gspflow:expiry": "2028-10-01"}]


def test_units_are_named_one_by_one() -> None:
    (event,) = told(movement("ISSUE", serials=("S1", "S2"), source=SHELF, target=Spot("~CUSTOMER")))
    assert event["epcList"] == [f"https://id.gs1.org/01/06901234567892/21/S{n}" for n in (1, 2)]
    assert "quantityList" not in event and "bizLocation" not in event
    assert event["readPoint"]["id"].endswith(":HZ:HZ-A-01") and event["bizStep"] == "shipping"


@pytest.mark.parametrize(
    ("status", "step", "disposition"),
    [
        (Status.QUALIFIED, "inspecting", "conformant"),
        (Status.REJECTED, "inspecting", "non_conformant"),
        (Status.HOLD, "holding", "non_sellable_other"),
        (Status.RECALLED, "holding", "recalled"),
    ],
)
def test_a_verdict_is_told(status: Status, step: str, disposition: str) -> None:
    (event,) = told(movement("STATUS", source=PENDING, to_status=status))
    assert (event["bizStep"], event["disposition"]) == (step, disposition)
    assert "sourceList" not in event


def test_a_reversal_declares_the_event_it_undoes_an_error() -> None:
    original = movement("RECEIVE")
    (before,) = told(original)
    reversal = movement(REVERSAL, id=9, undoes=7, original=original, recorded_at="2026-11-23T04:00:00.000Z")
    (after,) = told(reversal)
    assert after.pop("errorDeclaration") == {
        "declarationTime": "2026-11-23T12:00:00.000+08:00", "reason": "did_not_occur",
    }  # fmt: skip
    assert after.pop("recordTime") == "2026-11-23T04:00:00.000Z"
    assert after == {key: value for key, value in before.items() if key != "recordTime"}


def test_repacking_is_one_transformation_and_its_reversal_the_same_event() -> None:
    taken = movement("REPACK", id=1, source=SHELF, target=Spot("~REPACK"), quantity=2)
    made = movement("REPACK", id=2, source=Spot("~REPACK"), target=SHELF, goods=replace(GS1, lot="L-2"), quantity=20)
    (event,) = told(taken, made)
    assert event["type"] == "TransformationEvent" and event["bizStep"] == "repackaging"
    assert [one["quantity"] for one in event["inputQuantityList"]] == [2]
    assert event["outputQuantityList"][0]["epcClass"].endswith("/10/L-2")
    undone = [movement(REVERSAL, id=one.id + 2, undoes=one.id, original=one) for one in (taken, made)]
    (declared,) = told(*undone)
    assert declared["eventID"] == event["eventID"] and declared["errorDeclaration"]["reason"] == "did_not_occur"


def test_packing_and_unpacking_are_aggregations() -> None:
    sscc = "340123451111111111"
    (packed,) = told(movement("PACK", source=SHELF, target=SHELF, package_to=sscc))
    assert (packed["type"], packed["action"], packed["parentID"]) == (
        "AggregationEvent", "ADD", f"https://id.gs1.org/00/{sscc}",
    )  # fmt: skip
    assert packed["childQuantityList"][0]["quantity"] == 10
    (unpacked,) = told(movement("PACK", source=SHELF, target=SHELF, package_from="BOX-1", serials=("S1",)))
    assert unpacked["action"] == "DELETE" and unpacked["childEPCs"] and "private" not in unpacked["childEPCs"][0]
    assert unpacked["parentID"] == f"urn:x-gspflow:{OWNER.code}:package:BOX-1"


def test_counted_losses_end_and_gains_begin() -> None:
    (lost,) = told(movement("ADJUST", source=SHELF, target=Spot("~ADJUST")))
    (found,) = told(movement("ADJUST", source=Spot("~ADJUST"), target=SHELF))
    assert (lost["action"], found["action"]) == ("DELETE", "ADD")
    assert lost["bizStep"] == found["bizStep"] == "cycle_counting"


def test_a_warm_arrival_is_an_alarm() -> None:
    warm = Measured(Decimal("9.5"), NOON, Decimal(2), Decimal(8))
    (event,) = told(movement("RECEIVE", measured=warm))
    (report,) = event["sensorElementList"][0]["sensorReport"]
    assert report == {"type": "Temperature", "value": Decimal("9.5"), "uom": "CEL", "exception": "ALARM_CONDITION"}
    (event,) = told(movement("RECEIVE", measured=replace(warm, celsius=Decimal(5))))
    assert "exception" not in event["sensorElementList"][0]["sensorReport"][0]


def test_two_equal_movements_are_two_events() -> None:
    one, other = told(
        movement("MOVE", source=PENDING, target=SHELF), movement("MOVE", id=8, source=PENDING, target=SHELF)
    )
    assert one["eventID"] != other["eventID"]
