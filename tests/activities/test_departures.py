"""Goods outside the house: transfers, hospital selections and deliveries by the books, each effect once and as signed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from activities import kits, shipments, transfers
from activities.context import BusinessError
from domain.json_types import JsonObject
from domain.stock import MoveKind, PlaceKind, Status
from records.ledger_verify import verify_ledger
from records.parties import Credential, CredentialScope, Partner, Qualification
from records.stock import Location
from records.stock_places import goods_away
from records.vouchers import Voucher
from tests.activities.test_stock_activities import refused_by, stood, undo
from tests.activities.test_stock_rulings import on_shelf
from tests.stock.books import Books
from tests.stock.conftest import NOON, Case, House

ROUTE: Any = {"from_warehouse": "HZ", "to_warehouse": "NB"}
EVENING = "2026-11-22T12:00:00.000Z"


@pytest.fixture(scope="module")
def trade(house: House) -> House:
    """The distributor with a hospital in order, two carriers, and a rejected zone at the other warehouse."""
    with house.database.write() as session:
        for code, kind, paper, hours in (
            ("HOSP", "CUSTOMER", "business_license", None),
            ("CAR-1", "CARRIER", "quality_agreement", "24"),
            ("CAR-2", "CARRIER", "business_license", None),
        ):
            row = Partner(code=code, kind=kind, name=code, address="杭州", contact="张", purchaser_type=None)
            row.purchaser_type = "medical_institution" if kind == "CUSTOMER" else None
            session.add(row)
            session.flush()
            assert row.id is not None
            credential = Credential(owner_id=row.id, kind=paper, number=f"N-{code}", valid_from="2020-01-01")
            session.add(credential)
            session.add(Qualification(subject_id=row.id, state="approved", valid_from="2020-01-01", decided_at=NOON))
            session.flush()
            if hours and credential.id:
                session.add(CredentialScope(credential_id=credential.id, kind="transit_hours", value=hours))
        for code, warehouse, zone in (("NB-N-01", "NB", "rejected"), ("HZ-T-01", "HZ", "returns")):
            place = Location(warehouse_id=house.ids[warehouse], code=code, zone=zone, temp_min=10, temp_max=30)
            session.add(place)
    return house


def asked(case: Case, run: Any, name: str, step: str = "step", **given: Any) -> Any:
    site = given.pop("site", "HQ")
    return run(case.house.ctx, case.envelope(f"{step}#1", name, given, site=site))


def wish(goods: JsonObject, quantity: int, **more: Any) -> list[Any]:
    line = {"line_no": "L1", "product_code": goods["product_code"], "lot_no": goods["lot_no"], **more}
    return [{**line, "location_code": "HZ-A-01", "quantity": quantity}]


def in_order(house: House) -> None:
    with house.database.read() as session:
        assert verify_ledger(session) == []


def error_of(act: Any) -> str:
    with pytest.raises(BusinessError) as caught:
        act()
    assert caught.value.message.zh and caught.value.message.en
    return caught.value.code


def test_a_transfer_stands_on_the_road_until_the_other_site_takes_it_in(trade: House) -> None:
    goods, case, there = on_shelf(trade), trade.case(), trade.case()
    quoted = asked(case, transfers.quote, "transfers.quote", **ROUTE, transfer_lines=wish(goods, 10))
    assert quoted["to_site"] == "B2" and quoted["has_cold"] is False
    given: Any = {**ROUTE, "transfer_lines": quoted["transfer_lines"]}
    sent = asked(case, transfers.send, "transfers.send", "send", **given)
    assert sent == asked(case, transfers.send, "transfers.send", "send", **given)
    assert stood(trade, goods) == {("HZ>NB", "QUALIFIED"): 10}
    no: Any = {"transfer_no": sent["transfer_no"]}
    assert error_of(lambda: asked(there, transfers.arrival, "transfers.arrival", **no)) == "unknown_transfer"
    (line,) = asked(there, transfers.arrival, "transfers.arrival", site="B2", **no)["arrival_lines"]
    assert (line["sent_quantity"], line["expiry_date"], line["is_cold_chain"]) == (10, "2028-10-01", False)
    there.sign_at("inspect#1", "inspect", "inspected", "pass", "inspector")
    put: Any = {**no, "line": line, "location_code": "NB-A-01", "rejected_location": "NB-N-01", "site": "B2"}
    wrong: Any = {**put, "accepted_quantity": 11, "rejected_quantity": 0}
    assert error_of(lambda: asked(there, transfers.stow, "transfers.stow", "much", **wrong)) == "wrong_quantity"
    red: Any = {**put, "accepted_quantity": 0, "rejected_quantity": 1, "rejected_location": "NB-A-01"}
    assert refused_by(lambda: asked(there, transfers.stow, "transfers.stow", "red", **red)) == ["RULE-08"]
    asked(there, transfers.stow, "transfers.stow", "stow", **put, accepted_quantity=7, rejected_quantity=1)
    assert stood(trade, goods) == {
        ("HZ>NB", "QUALIFIED"): 2, ("NB-A-01", "QUALIFIED"): 7, ("NB-N-01", "REJECTED"): 1,
    }  # fmt: skip
    assert error_of(lambda: asked(case, transfers.close, "transfers.close", **no)) == "still_on_the_road"
    assert refused_by(lambda: asked(case, transfers.write_off, "transfers.write_off", "off", **no)) == ["RULE-23"]
    case.sign_at("loss#1", "loss", "approve", "approved", "quality_staff")
    assert asked(case, transfers.write_off, "transfers.write_off", "off", **no)["missing_quantity"] == 2
    assert asked(case, transfers.close, "transfers.close", **no) == {"missing_quantity": 0}
    in_order(trade)


def test_a_transfer_taken_back_leaves_the_road_empty_and_nothing_expired_goes(trade: House) -> None:
    goods, case = on_shelf(trade), trade.case()
    asked(case, transfers.send, "transfers.send", "send", **ROUTE, transfer_lines=wish(goods, 4))
    undo(case, "send#1", "transfers.send")
    assert stood(trade, goods) == {("HZ-A-01", "QUALIFIED"): 10}
    for lines in (wish(goods, 11), wish(goods, 1, lot_no="NONE"), [*wish(goods, 1), *wish(goods, 1)]):
        given: Any = {**ROUTE, "transfer_lines": [*lines]}
        assert error_of(lambda: asked(case, transfers.quote, "transfers.quote", **given)) == "wrong_lines"  # noqa: B023
    old: Any = {**ROUTE, "transfer_lines": [*wish(goods, 1)]}
    late = case.envelope("late#1", "transfers.quote", old, at="2029-01-01T04:00:00.000Z")
    assert refused_by(lambda: transfers.quote(trade.ctx, late)) == ["RULE-10"]


def test_a_selection_leaves_on_two_signatures_and_is_settled_line_by_line(trade: House) -> None:
    goods, case = on_shelf(trade), trade.case()
    given: Any = {
        "purchaser_code": "HOSP",
        "warehouse": "HZ",
        "selection_lines": [*wish(goods, 10, unit_price=Decimal("2.5"))],
    }
    quoted = asked(case, kits.quote, "kits.quote", **given)
    assert quoted["purchaser_license_no"] == "N-HOSP"
    out: Any = {**given, "selection_kind": "kit", "selection_lines": quoted["selection_lines"]}
    assert refused_by(lambda: asked(case, kits.dispatch, "kits.dispatch", "out", **out)) == ["RULE-31"]
    case.sign_at("review#1", "review", "verified", "pass", "outbound_reviewer")
    assert refused_by(lambda: asked(case, kits.dispatch, "kits.dispatch", "out", **out)) == ["RULE-31"]
    case.sign_at("check#1", "check", "review", "approved", "quality_staff")
    sent = asked(case, kits.dispatch, "kits.dispatch", "out", **out)
    assert stood(trade, goods) == {("HZ-KIT-HOSP", "QUALIFIED"): 10}
    no: Any = {"outbound_order_no": sent["outbound_order_no"]}
    assert refused_by(lambda: asked(case, kits.close, "kits.close", **no)) == ["RULE-32"]
    kept: Any = {"purchaser_code": "HOSP", "selection_kind": "kit", **no}

    def said(used: int, back: int, gone: int) -> list[Any]:
        counts = {"used_quantity": used, "return_quantity": back, "missing_quantity": gone}
        return [{**line, **counts} for line in sent["selection_lines"]]

    short: Any = {**kept, "selection_lines": said(6, 3, 0)}
    assert refused_by(lambda: asked(case, kits.settle, "kits.settle", "sell", **short)) == ["RULE-32"]
    lost: Any = {**kept, "selection_lines": said(6, 3, 1)}
    assert refused_by(lambda: asked(case, kits.settle, "kits.settle", "sell", **lost)) == ["RULE-23"]
    case.sign_at("loss#1", "loss", "approve", "approved", "finance")
    sold = asked(case, kits.settle, "kits.settle", "sell", **lost)
    assert sold["sale_lines"][0]["amount"] == 15 and sold["back_lines"][0]["return_quantity"] == 3
    back: Any = {**kept, "line": sold["back_lines"][0]}
    shelf: Any = {**back, "to_location": "HZ-A-01"}
    assert refused_by(lambda: asked(case, kits.take_back, "kits.take_back", "shelf", **shelf)) == ["RULE-08"]
    asked(case, kits.take_back, "kits.take_back", "back", **back, to_location="HZ-T-01")
    assert stood(trade, goods) == {("HZ-T-01", "RETURN_PENDING"): 3}
    assert asked(case, kits.close, "kits.close", **no) == {"is_settled": True}
    in_order(trade)


def test_a_selection_is_for_hospitals_in_order(trade: House) -> None:
    goods, case = on_shelf(trade), trade.case()
    given: Any = {"purchaser_code": "NOBODY", "warehouse": "HZ", "selection_lines": [*wish(goods, 1)]}
    assert refused_by(lambda: asked(case, kits.quote, "kits.quote", **given)) == ["RULE-11"]


def test_what_is_away_says_where_since_when_and_by_which_voucher(trade: House) -> None:
    goods, case = on_shelf(trade), trade.case()
    sent = asked(case, transfers.send, "transfers.send", "send", **ROUTE, transfer_lines=wish(goods, 4))
    with trade.database.read() as session:
        for site in ("HQ", "B2"):
            rows = goods_away(session, [site], [PlaceKind.TRANSIT])
            (row,) = [row for row in rows if row["lot"] == goods["lot_no"]]
            assert (row["bound_for"], row["quantity"], row["since"], row["case"]) == ("NB", 4, NOON, case.id)
        voucher = str(row["voucher"])
    for number in (voucher, sent["transfer_no"]):
        told = asked(case, shipments.facts_of, "shipments.facts", outbound_order_no=number)
        assert told["consignee_name"] == "NB" and told["is_sold"] is False
        assert [line["quantity"] for line in told["delivery_lines"]] == [4]


def test_what_a_customer_did_not_take_is_to_come_back_and_what_is_short_is_written_off_as_signed(trade: House) -> None:
    books, goods = Books(trade), on_shelf(trade)
    with trade.database.write() as session:
        lot = books.lot(session, str(goods["lot_no"]))
        issue = books.move(
            session, MoveKind.ISSUE, lot, ("HZ-A-01", "CUSTOMER"), 10, Status.QUALIFIED, Status.QUALIFIED
        )
        books.post(session, issue)
        number = session.exec(select(Voucher.number).order_by(Voucher.posting_id.desc())).first()  # type: ignore[attr-defined]
    case = trade.case()
    no: Any = {"outbound_order_no": number}
    facts = asked(case, shipments.facts_of, "shipments.facts", **no)
    assert facts["is_sold"] is True and facts["consignee_name"] == "医院"
    (line,) = facts["delivery_lines"]
    when: Any = {"is_sold": True, "original_outbound_no": "", "arrival_time": EVENING, "deliver_by": NOON}

    def said(*counts: int) -> list[Any]:
        names = ("delivered_quantity", "short_quantity", "damaged_quantity", "refused_quantity")
        return [{**line, **dict(zip(names, counts, strict=True))}]

    wrong: Any = {**when, "delivery_lines": said(8, 0, 1, 0)}
    assert error_of(lambda: asked(case, shipments.receipt, "shipments.receipt", **wrong)) == "wrong_receipt"
    found = asked(case, shipments.receipt, "shipments.receipt", **when, delivery_lines=said(6, 1, 1, 2))
    assert found["is_late"] is True and found["missing_quantity"] == 1
    (back,) = found["back_lines"]
    assert (back["lot_no"], back["return_quantity"]) == (goods["lot_no"], 3)
    off: Any = {**no, "delivery_lines": said(6, 1, 1, 2)}
    assert refused_by(lambda: asked(case, shipments.write_off, "shipments.write_off", "off", **off)) == ["RULE-23"]
    case.sign_at("differences#1", "differences", "approve", "approved", "quality_staff")
    asked(case, shipments.write_off, "shipments.write_off", "off", **off)
    assert stood(trade, goods) == {}
    in_order(trade)


def test_a_carrier_needs_an_agreement_and_its_limit_is_the_delivery_s(trade: House) -> None:
    case = trade.case()
    leaves: Any = {"conveyance": "carrier", "departure_time": NOON}
    bound = asked(case, shipments.terms, "shipments.terms", **leaves, carrier_code="CAR-1")
    assert bound["transit_limit_hours"] == 24 and bound["deliver_by"] == "2026-11-23T04:00:00.000Z"
    for code in ("CAR-2", "NOBODY"):
        given: Any = {**leaves, "carrier_code": code}
        assert refused_by(lambda: asked(case, shipments.terms, "shipments.terms", **given)) == ["RULE-33"]  # noqa: B023
    own: Any = {**leaves, "conveyance": "own", "carrier_code": ""}
    assert asked(case, shipments.terms, "shipments.terms", **own) == {}


def test_nothing_is_packed_before_it_is_cold_and_a_cold_journey_needs_log_or_ruling(trade: House) -> None:
    case = trade.case()
    read: Any = {"equipment_no": "BX-1", "cool_kind": "box", "cool_temp": 4}
    cool: Any = {"cool_readings": [read], "packing_env_temp": 6, "temp_min": 2, "temp_max": 8}
    assert refused_by(lambda: asked(case, shipments.cooled, "shipments.cooled", **cool)) == ["RULE-30"]
    case.sign_at("precool#1", "precool", "performed", "", "cold_chain_operator")
    assert asked(case, shipments.cooled, "shipments.cooled", **cool) == {"box_precool_ok": True, "packing_env_ok": True}
    warm: Any = {**cool, "cool_readings": [{**read, "cool_temp": 9}]}
    assert refused_by(lambda: asked(case, shipments.cooled, "shipments.cooled", **warm)) == ["RULE-30"]
    bad: Any = {"has_cold": True, "transit_temp_ok": False}
    assert refused_by(lambda: asked(case, shipments.close, "shipments.close", **bad)) == ["RULE-34"]
    case.sign_at("ruling#1", "ruling", "quality_rule", "approved", "quality_director")
    assert asked(case, shipments.close, "shipments.close", **bad) == {"is_settled": True}
