"""EPCIS events of the real ledger, on both databases: whole, in order, bounded by what is asked and who asks."""

from __future__ import annotations

from typing import Any

from activities import stock
from domain.epcis.events import events_of
from domain.epcis.validation import faults_of
from domain.json_types import JsonObject
from records.epcis_rows import EventFilter, owner, page
from records.organisation import Company
from records.products import ProductDi
from tests.stock.conftest import NOON, House, delivery, line


def told(house: House, wanted: EventFilter, limit: int = 50) -> list[dict[str, Any]]:
    """All events of a filter, page by page; the document around them is valid."""
    found: list[Any] = []
    after: int | None = 0
    while after is not None:
        with house.database.read() as session:
            company = owner(session)
            read = page(session, wanted, after, limit)
        found += [event for posting in read.postings for event in events_of(posting, company)]
        after = read.beyond
    whole: JsonObject = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"gspflow": "urn:x:"}],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": NOON, "epcisBody": {"eventList": found},
    }  # fmt: skip
    assert faults_of(whole) == []
    return found


def test_a_lot_is_told_from_receipt_to_put_away(house: House) -> None:
    with house.database.write() as session:
        session.merge(ProductDi(di="06901234567892", product_id=house.ids["P-COLD"]))
        session.merge(ProductDi(di="16901234567899", product_id=house.ids["P-COLD"], level=2))
        company = session.get(Company, "main")
        assert company is not None
        company.uscc = "91330100MA27XXXX0A"
        session.add(company)
    case, goods = house.case(), line("P-COLD", 3, lot="C-7", arrival_temp=9)
    received = case.envelope("post_pending#1", "stock.receive", delivery(goods, line("P-LOT", 1, line_no="L2")))
    stock.stock_receive(house.ctx, received)
    stock.stock_hold(house.ctx, case.envelope("hold#1", "stock.hold", {"lines": [goods]}))
    first, held = told(house, EventFilter(lot="C-7"), limit=1)
    assert first["quantityList"] == [{"epcClass": "https://id.gs1.org/01/06901234567892/10/C-7", "quantity": 3}]
    assert first["sensorElementList"][0]["sensorReport"][0]["exception"] == "ALARM_CONDITION"
    assert first["bizTransactionList"][0]["type"] == "desadv"
    assert (held["bizStep"], held["disposition"]) == ("holding", "non_sellable_other")


def test_what_was_undone_is_declared_wrong_under_the_same_id(house: House) -> None:
    case, goods = house.case(), line("P-LOT", 3, lot="C-8")
    stock.stock_receive(house.ctx, case.envelope("post_pending#1", "stock.receive", delivery(goods)))
    wanted = EventFilter(lot="C-8")
    (received,) = told(house, wanted)
    undo = case.envelope("post_pending#1", "stock.receive", {})
    stock.stock_reverse(house.ctx, {**undo, "effect_key": f"{undo['effect_key']}/undo"})
    undone = told(house, wanted)[-1]
    assert undone["eventID"] == received["eventID"] and undone["errorDeclaration"]["reason"] == "did_not_occur"
    assert [event["eventID"] for event in told(house, EventFilter(product="P-LOT"))].count(received["eventID"]) == 2


def test_units_places_and_times_bound_what_is_told(house: House) -> None:
    case = house.case()
    goods = line("P-SER", 2, serial_nos=["SN-1", "SN-2"])
    stock.stock_receive(house.ctx, case.envelope("post_pending#1", "stock.receive", delivery(goods)))
    (event,) = told(house, EventFilter(serial="SN-2"))
    assert [unit.rsplit(":", 1)[1] for unit in event["epcList"]] == ["SN-1", "SN-2"]
    assert event["gspflow:identifiers"] == "private"
    for nothing in (
        EventFilter(serial="SN-9"),
        EventFilter(serial="SN-2", sites=("B2",)),
        EventFilter(serial="SN-2", sites=()),
        EventFilter(serial="SN-2", mode="drill"),
        EventFilter(serial="SN-2", until=NOON),
        EventFilter(serial="SN-2", since="2026-11-22T04:00:00.001Z"),
        EventFilter(serial="SN-2", product="P-LOT"),
        EventFilter(lot="#999999"),
    ):
        assert told(house, nothing) == []
    assert len(told(house, EventFilter(serial="SN-2", since=NOON, sites=("HQ",)))) == 1
