"""The events of the stock ledger: every kind of movement becomes what EPCIS 2.0 has a word for.

| kind of movement | event | business step | disposition |
|---|---|---|---|
| receipt, return, goods coming in | ObjectEvent OBSERVE | receiving | in_progress, returned |
| inspection, hold, recall | ObjectEvent OBSERVE | inspecting, holding | conformant, non_conformant, … |
| put-away, pick | ObjectEvent OBSERVE | storing, picking | by quality status |
| count | ObjectEvent ADD or DELETE | cycle_counting | by quality status, unknown |
| goods going out | ObjectEvent OBSERVE | shipping, consigning | in_transit, returned |
| use at a hospital | ObjectEvent OBSERVE | dispensing | dispensed |
| packing | AggregationEvent ADD or DELETE | packing, unpacking | by quality status |
| repacking | TransformationEvent | repackaging | by quality status |
| destruction | ObjectEvent DELETE | destroying | destroyed |
| reversal | the event it undoes, with an errorDeclaration | | |

Source: GS1 CBV 2.0, sections 7.1 and 7.2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain.clock import from_text
from domain.epcis.event_hash import hash_id
from domain.epcis.identifiers import class_of, instance_of, is_private, package_of, private
from domain.epcis.movements import Company, Measured, Movement, Spot
from domain.epcis.vocabulary import CONTEXT
from domain.json_types import JsonObject
from domain.stock import Status, Zone

NAMESPACE = "gspflow"
CONTEXTS: list[Any] = [CONTEXT, {NAMESPACE: "urn:x-gspflow:epcis:"}]
"""The ``@context`` of every document of ours."""
REVERSAL = "REVERSE"
TRANSFORMATION = "REPACK"
_IN, _OUT = "in", "out"

BY_STATUS: dict[Status, str] = {
    Status.PENDING: "in_progress",
    Status.QUALIFIED: "sellable_accessible",
    Status.REJECTED: "non_conformant",
    Status.HOLD: "non_sellable_other",
    Status.RECALLED: "recalled",
    Status.RETURN_PENDING: "returned",
}
"""The disposition of goods that stand in a quality status."""
_JUDGED: dict[Status, tuple[str, str]] = {
    Status.PENDING: ("inspecting", "in_progress"),
    Status.QUALIFIED: ("inspecting", "conformant"),
    Status.REJECTED: ("inspecting", "non_conformant"),
    Status.HOLD: ("holding", "non_sellable_other"),
    Status.RECALLED: ("holding", "recalled"),
    Status.RETURN_PENDING: ("holding", "returned"),
}
"""What a change to a quality status says."""


@dataclass(frozen=True)
class Meaning:
    """What a movement is in EPCIS: ``way`` says whether goods cross the border of the company."""

    step: str
    disposition: str
    action: str = "OBSERVE"
    way: str = ""
    type: str = "ObjectEvent"


def _always(step: str, disposition: str, action: str = "OBSERVE", way: str = "") -> Callable[[Movement], Meaning]:
    return lambda movement: Meaning(step, disposition, action, way)


def _judged(movement: Movement) -> Meaning:
    return Meaning(*_JUDGED[movement.to_status])


def _moved(movement: Movement) -> Meaning:
    step = "picking" if movement.target.zone == Zone.DISPATCH else "storing"
    return Meaning(step, BY_STATUS[movement.to_status])


def _counted(movement: Movement) -> Meaning:
    """Found goods begin to be observed, lost ones end."""
    if movement.target.is_ours:
        return Meaning("cycle_counting", BY_STATUS[movement.to_status], "ADD")
    return Meaning("cycle_counting", "unknown", "DELETE")


def _opened(movement: Movement) -> Meaning:
    return Meaning("stock_taking", BY_STATUS[movement.to_status])


def _packed(movement: Movement) -> Meaning:
    """Into a package, out of one, or from one into another: then the new one is told."""
    disposition = BY_STATUS[movement.to_status]
    if movement.package_to:
        return Meaning("packing", disposition, "ADD", type="AggregationEvent")
    if movement.package_from:
        return Meaning("unpacking", disposition, "DELETE", type="AggregationEvent")
    return Meaning("packing", disposition)


def _turned(movement: Movement) -> Meaning:
    return Meaning("repackaging", BY_STATUS[movement.to_status], type="TransformationEvent")


MEANINGS: dict[str, Callable[[Movement], Meaning]] = {
    "RECEIVE": _always("receiving", "in_progress", way=_IN),
    "STATUS": _judged,
    "HOLD": _judged,
    "MOVE": _moved,
    "ADJUST": _counted,
    "OPENING": _opened,
    "ISSUE": _always("shipping", "in_transit", way=_OUT),
    "RETURN": _always("receiving", "returned", way=_IN),
    "RETURN_SUPPLIER": _always("shipping", "returned", way=_OUT),
    "DESTROY": _always("destroying", "destroyed", "DELETE"),
    "TRANSFER_OUT": _always("shipping", "in_transit"),
    "TRANSFER_IN": _always("receiving", "in_progress"),
    TRANSFORMATION: _turned,
    "PACK": _packed,
    "KIT_OUT": _always("shipping", "in_transit", way=_OUT),
    "KIT_BACK": _always("receiving", "returned", way=_IN),
    "KIT_USED": _always("dispensing", "dispensed", way=_OUT),
    "CONSIGN": _always("consigning", "in_transit", way=_OUT),
    "CONSIGN_BACK": _always("receiving", "returned", way=_IN),
    "CONSIGN_USED": _always("dispensing", "dispensed", way=_OUT),
}
"""Of every kind of movement what it means; a reversal means what it undoes."""
_DOCUMENTS = {
    "purchase_order": "po",
    "sales_order": "po",
    "delivery_note": "desadv",
    "dispatch_note": "desadv",
    "receipt": "recadv",
    "invoice": "inv",
    "return_request": "rma",
    "certificate": "cert",
    "inspection": "testres",
}
"""The documents for which the vocabulary has a type."""


def events_of(posting: Sequence[Movement], company: Company) -> Iterator[JsonObject]:
    """The events of the movements of one posting, each with its hash id; repacked lots become one event."""
    repacked: dict[str, list[Movement]] = defaultdict(list)
    for movement in posting:
        if _what(movement).kind == TRANSFORMATION:
            repacked[movement.kind].append(movement)
        else:
            yield _finished(_event(_what(movement), company), movement)
    for movements in repacked.values():
        yield _finished(_transformation([_what(movement) for movement in movements], company), movements[0])


def document(events: list[JsonObject], created_at: str) -> JsonObject:
    """An `EPCISDocument` around events."""
    return {**envelope(created_at), "epcisBody": {"eventList": list(events)}}


def envelope(created_at: str) -> JsonObject:
    """What stands before the events in a document."""
    return {"@context": CONTEXTS, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": created_at}


def _what(movement: Movement) -> Movement:
    """What a movement tells of: a reversal tells of what it undoes."""
    return movement.original if movement.kind == REVERSAL and movement.original is not None else movement


def _finished(event: JsonObject, movement: Movement) -> JsonObject:
    """The event with its id; a declaration that it was wrong does not change the id (CBV 2.0, 8.9.2)."""
    event = {"eventID": hash_id(event, CONTEXTS), **event}
    if movement.kind == REVERSAL:
        event["errorDeclaration"] = {
            "declarationTime": _local(movement.recorded_at, movement.zone),
            "reason": "did_not_occur",
        }
    return {**event, "recordTime": movement.recorded_at}


def _event(movement: Movement, company: Company) -> JsonObject:
    meaning = MEANINGS[movement.kind](movement)
    things = _things(movement, company)
    event: JsonObject = {"type": meaning.type, **_when(movement), "action": meaning.action}
    if meaning.type == "AggregationEvent":
        number = movement.package_to or movement.package_from
        names = {"epcList": "childEPCs", "quantityList": "childQuantityList"}
        event["parentID"] = package_of(company.code, number)
        things = {names[name]: listed for name, listed in things.items()}
    event |= things
    event |= _how(movement, meaning, company)
    return event | _parties(movement, meaning, company) | _sensors(movement.measured) | _told([movement], event)


def _transformation(movements: list[Movement], company: Company) -> JsonObject:
    """Units taken from lots of ours became units of other lots."""
    first = movements[0]
    taken = [movement for movement in movements if movement.source.is_ours]
    made = [movement for movement in movements if not movement.source.is_ours]
    event: JsonObject = {"type": "TransformationEvent", **_when(first)}
    event |= {**_listed(taken, company, "input"), **_listed(made, company, "output")}
    if not taken or not made:  # one half alone is told too: the id says what belongs together
        event["transformationID"] = private(company.code, "repacking", first.case, str(first.id))
    told = (made or taken)[0]
    return event | _how(told, _turned(told), company) | _told(movements, event)


def _when(movement: Movement) -> JsonObject:
    local = _local(movement.business_at, movement.zone)
    return {"eventTime": local, "eventTimeZoneOffset": local[-6:]}


def _local(text: str, zone: str) -> str:
    """A moment on the clock of the site, with its offset to the minute."""
    moment: datetime = from_text(text).astimezone(ZoneInfo(zone))
    return moment.isoformat(timespec="milliseconds")[:29]


def _things(movement: Movement, company: Company) -> JsonObject:
    """Units by their serial numbers, or so many of a lot."""
    if movement.serials:
        return {"epcList": [instance_of(company.code, movement.goods, serial) for serial in movement.serials]}
    return {"quantityList": [{"epcClass": class_of(company.code, movement.goods), "quantity": movement.quantity}]}


def _listed(movements: list[Movement], company: Company, side: str) -> JsonObject:
    instances: list[Any] = []
    quantities: list[Any] = []
    for movement in movements:
        things: Any = _things(movement, company)
        instances += things.get("epcList", [])
        quantities += things.get("quantityList", [])
    found: dict[str, Any] = {f"{side}EPCList": instances, f"{side}QuantityList": quantities}
    return {name: listed for name, listed in found.items() if listed}


def _how(movement: Movement, meaning: Meaning, company: Company) -> JsonObject:
    """Why, and where: what leaves is read where it was, what comes where it is; only ours is a business location."""
    read = movement.target if movement.target.is_ours and meaning.way != _OUT else movement.source
    event: JsonObject = {"bizStep": meaning.step, "disposition": meaning.disposition}
    if not read.is_ours:
        read = movement.target
    event["readPoint"] = {"id": private(company.code, "location", *_address(read))}
    if movement.target.is_ours and meaning.action != "DELETE" and meaning.step != "shipping":
        event["bizLocation"] = {"id": private(company.code, "location", *_address(movement.target))}
    kind, number = movement.document
    papers: list[Any] = []
    if number:
        known = {"type": _DOCUMENTS[kind]} if kind in _DOCUMENTS else {}
        papers.append({**known, "bizTransaction": private(company.code, "document", kind, number)})
    if movement.case:
        papers.append({"bizTransaction": private(company.code, "case", movement.case)})
    if papers:
        event["bizTransactionList"] = papers
    return event


def _address(spot: Spot) -> tuple[str, ...]:
    return (spot.warehouse, spot.code) if spot.warehouse else (spot.code,)


def _parties(movement: Movement, meaning: Meaning, company: Company) -> JsonObject:
    """From whom to whom, where goods change hands; from where to where within the company."""
    if meaning.way and movement.partner:
        ours, theirs = private(company.code, "party"), private(company.code, "partner", movement.partner)
        source, target = (theirs, ours) if meaning.way == _IN else (ours, theirs)
        kind = "possessing_party"
    elif movement.source.is_ours and movement.target.is_ours and movement.source != movement.target:
        source, target = (
            private(company.code, "location", *_address(one)) for one in (movement.source, movement.target)
        )
        kind = "location"
    else:
        return {}
    return {
        "sourceList": [{"type": kind, "source": source}],
        "destinationList": [{"type": kind, "destination": target}],
    }


def _sensors(measured: Measured | None) -> JsonObject:
    """The temperature at which goods arrived; outside its range it is an alarm."""
    if measured is None:
        return {}
    value = measured.celsius
    report: dict[str, Any] = {
        "type": "Temperature",
        "value": int(value) if value == int(value) else value,
        "uom": "CEL",
    }
    if measured.is_outside:
        report["exception"] = "ALARM_CONDITION"
    return {"sensorElementList": [{"sensorMetadata": {"time": measured.at}, "sensorReport": [report]}]}


def _told(movements: list[Movement], event: JsonObject) -> JsonObject:
    """What people want to read beside the names, and whether the names of the goods are private."""
    goods = {movement.goods: None for movement in movements}
    described: list[Any] = [
        {
            f"{NAMESPACE}:{name}": value
            for name, value in (("product", one.product), ("lot", one.lot), ("expiry", one.expiry))
            if value
        }
        for one in goods
    ]
    found: JsonObject = {
        f"{NAMESPACE}:move": [str(movement.id) for movement in movements],
        f"{NAMESPACE}:goods": described,
    }
    return {**found, f"{NAMESPACE}:identifiers": "private"} if _is_private(event) else found


def _is_private(event: JsonObject) -> bool:
    for name, listed in event.items():
        if isinstance(listed, list) and name.lower().endswith(("epclist", "epcs", "quantitylist")):
            names = [one["epcClass"] if isinstance(one, dict) else one for one in listed]
            if any(is_private(str(one)) for one in names):
                return True
    return False


def as_number(value: Any) -> Decimal | None:
    """A temperature of a form, however it was stored; ``None`` for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)
