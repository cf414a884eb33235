"""Holds: at once, once, no way out but a ruling; a held lot lets nothing of it go, whatever arrives later."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from activities import stock
from activities.context import BusinessError
from domain.canonical import digest
from domain.errors import GspError
from domain.holds import HOLDABLE, frees
from domain.ids import ulid
from domain.json_types import JsonObject
from domain.stock import Evidence, Move, MoveKind, Place, PlaceKind, Status, StockLawError, Zone
from records import holds, ledger
from records.hold_rows import StockHold, StockHoldRelease, marks
from records.holds import NothingToHoldError, Release, ReleasedBeforeError
from records.ledger import Draft, Posting
from records.ledger_verify import verify_ledger
from records.lots import LotKey, find
from records.reservations import Wanted, reserve
from records.stock import Reservation, StockBalance, location_by_code, virtual_place
from tests.stock.conftest import NOON, Case, House, delivery, line

_numbers = itertools.count(1)
SIGNED = Evidence(inspection="signed", ruling="signed")


def received(house: House, *goods: JsonObject) -> Case:
    case = house.case()
    stock.stock_receive(house.ctx, case.envelope("post_pending#1", "stock.receive", delivery(*goods)))
    return case


def lot_of(session: Session, house: House, goods: JsonObject) -> int:
    product = house.ids[str(goods["product_code"])]
    row = find(session, LotKey(product, str(goods["lot_no"]), str(goods.get("expiry_date") or "")))
    assert row is not None and row.id is not None
    return row.id


def wish(house: House, goods: JsonObject, **more: Any) -> StockHold:
    number = ulid(next(_numbers), bytes(10))
    with house.database.read() as session:
        values: dict[str, Any] = {
            "site": "HQ", "id": f"{number}{house.database.is_sqlite:d}", "effect_key": f"hold/K{number}",
            "request_sha": digest("request", [number]), "lot_id": lot_of(session, house, goods),
            "product_id": house.ids[str(goods["product_code"])], "held_by": "keeper", "held_at": NOON, "qty": 0,
        }  # fmt: skip
        return StockHold(**{**values, **more})


def held(house: House, wanted: StockHold) -> StockHold:
    with house.database.write() as session:
        row = holds.hold(session, StockHold(**wanted.model_dump()))
        session.refresh(row)
        session.expunge(row)
        return row


def ruling(to: Status = Status.PENDING, **more: Any) -> Release:
    values: dict[str, Any] = {"by": "qa", "role": "quality_staff", "at": NOON, "to": to, "reason": "checked"}
    return Release(**{**values, "act": {}, "act_sha": digest("act", next(_numbers)), **more})


def released(house: House, hold_id: str, signed: Release | None = None) -> StockHoldRelease:
    with house.database.write() as session:
        row = holds.release(session, hold_id, signed or ruling())
        session.refresh(row)
        session.expunge(row)
        return row


def stood(house: House, goods: JsonObject) -> dict[tuple[str, str], int]:
    with house.database.read() as session:
        rows = session.exec(select(StockBalance).where(StockBalance.lot_id == lot_of(session, house, goods)))
        places = {house.ids[code]: code for code in ("HZ-Q-01", "HZ-A-01", "NB-A-01", "HZ-R-01")}
        return {(places[row.location_id], row.status): row.qty for row in rows if row.qty and not row.is_virtual}


def qualified(house: House, goods: JsonObject, quantity: int) -> Case:
    case = received(house, goods)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    change(house, case, goods, quantity)
    return case


def change(house: House, case: Case, goods: JsonObject, quantity: int, **more: Any) -> JsonObject:
    given: JsonObject = {"line": goods, "quantity": quantity, "to": "QUALIFIED", **more}
    path = f"lines#1/[L1]#1/step{next(_numbers)}#1"
    return stock.stock_change_status(house.ctx, case.envelope(path, "stock.change_status", given))


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises((GspError, BusinessError)) as caught:
        act()
    said = caught.value.text if isinstance(caught.value, GspError) else caught.value.message
    assert said.zh and said.en
    return caught.value.code


def post(house: House, move: Move, evidence: Evidence = SIGNED) -> JsonObject:
    key = f"test/{next(_numbers)}/{house.database.is_sqlite}"
    posting = Posting(key, "test", {"key": key}, "", "", "HQ", NOON)
    with house.database.write() as session:
        return ledger.post(session, posting, lambda: Draft([move], {}, evidence))


# ------------------------------------------------------------------ at once, and once


def test_a_hold_stops_every_unit_of_the_lot_once_and_only_a_ruling_lets_it_go(house: House) -> None:
    goods = line(quantity=9)
    qualified(house, goods, 4)
    wanted = wish(house, goods)
    first, second = held(house, wanted), held(house, wanted)
    assert first.id == second.id and first.qty == 9 and first.whole_lot
    assert stood(house, goods) == {("HZ-Q-01", "HOLD"): 9}
    ended = released(house, first.id)
    assert ended.qty == 9 and stood(house, goods) == {("HZ-Q-01", "PENDING"): 9}
    with pytest.raises(ReleasedBeforeError):
        released(house, first.id)
    with house.database.read() as session:
        assert [fault for fault in verify_ledger(session) if "hold" in fault.subject] == []
        assert verify_ledger(session) == []


def test_the_same_key_for_another_hold_is_refused(house: House) -> None:
    goods = line(quantity=3)
    received(house, goods)
    wanted = wish(house, goods)
    held(house, wanted)
    other = wish(house, goods, effect_key=wanted.effect_key)
    assert refused(lambda: held(house, other)) == "effect_key_reused"


def test_goods_that_are_stopped_or_not_there_cannot_be_stopped_again(house: House) -> None:
    goods = line(quantity=3)
    received(house, goods)
    first = held(house, wish(house, goods))
    with pytest.raises(NothingToHoldError) as caught:
        held(house, wish(house, goods))
    assert caught.value.by is not None and caught.value.by.id == first.id
    with pytest.raises(NothingToHoldError):
        held(house, wish(house, goods, location_id=house.ids["HZ-A-01"]))


def test_units_that_were_promised_are_stopped_too_and_promised_no_more(house: House) -> None:
    goods = line(quantity=5)
    qualified(house, goods, 5)
    with house.database.write() as session:
        lot_id, place = lot_of(session, house, goods), house.ids["HZ-Q-01"]
        key = (lot_id, place, "QUALIFIED", "")
        promise = Wanted(f"promise/{lot_id}", "task", key, 2, "2027-01-01T00:00:00.000Z", "HQ")
        reserve(session, promise, NOON)
    assert held(house, wish(house, goods)).qty == 5
    with house.database.read() as session:
        states = [row.state for row in session.exec(select(Reservation).where(Reservation.lot_id == lot_id))]
        assert states == ["broken"] and verify_ledger(session) == []
    with pytest.raises(StockLawError) as caught, house.database.write() as session:
        reserve(session, replace(promise, effect_key=f"again/{lot_id}"), NOON)
    assert caught.value.code == "lot_on_hold"


# ------------------------------------------------------------------ the whole lot: what comes later, too


def test_units_of_a_held_lot_that_arrive_later_are_not_qualified_before_the_ruling(house: House) -> None:
    goods = line(quantity=4)
    received(house, goods)
    first = held(house, wish(house, goods))
    later = received(house, goods)
    later.sign("L1", "inspect", "inspected", "pass", "inspector")
    with pytest.raises(BusinessError) as caught:
        change(house, later, goods, 4)
    broken: Any = caught.value.details["violations"]
    assert [one["rule"] for one in broken] == ["RULE-10"]
    released(house, first.id)
    change(house, later, goods, 4)
    assert stood(house, goods) == {("HZ-Q-01", "PENDING"): 4, ("HZ-Q-01", "QUALIFIED"): 4}


def test_a_lot_that_is_not_here_yet_is_marked_all_the_same(house: House) -> None:
    goods = line(quantity=4)
    case = received(house, goods)
    stock.stock_reverse(
        house.ctx,
        case.envelope("post_pending#1", "x", {}, effect_key=f"{case.id}/post_pending#1/stock.receive/undo"),
    )
    first = held(house, wish(house, goods))
    assert first.qty == 0
    with house.database.read() as session:
        assert [one.id for one in marks(session, [first.lot_id], "HQ")] == [first.id]
        assert marks(session, [first.lot_id], "B2") == []


def test_a_hold_is_not_ended_by_reversing_it(house: House) -> None:
    goods = line(quantity=4)
    case = received(house, goods)
    stock.stock_hold(house.ctx, case.envelope("hold#1", "stock.hold", {"lines": [goods]}))
    undo = case.envelope("hold#1", "x", {}, effect_key=f"{case.id}/hold#1/stock.hold/undo")
    assert refused(lambda: stock.stock_reverse(house.ctx, undo)) == "rule_refused"
    assert stood(house, goods) == {("HZ-Q-01", "HOLD"): 4}


def test_the_ruling_in_the_case_of_a_hold_ends_the_hold_and_another_case_does_not(house: House) -> None:
    goods = line(quantity=6)
    received(house, goods)
    first = held(house, wish(house, goods))
    own, other = house.case(), house.case()
    with house.database.write() as session:
        row = session.get(StockHold, first.id)
        assert row is not None
        holds.begun(session, row, own.id, NOON)
    for case in (own, other):
        case.sign("L1", "rule", "quality_rule", "approved", "quality_staff")
        case.sign("L1", "inspect", "inspected", "pass", "inspector")
    assert refused(lambda: change(house, other, goods, 6, **{"from": "HOLD"})) == "rule_refused"
    change(house, own, goods, 6, **{"from": "HOLD"})
    with house.database.read() as session:
        ended = session.get(StockHoldRelease, first.id)
        assert ended is not None and (ended.case_id, ended.to_status) == (own.id, "QUALIFIED")
        assert verify_ledger(session) == []


# ------------------------------------------------------------------ narrower holds


def test_a_hold_of_a_place_leaves_the_rest_and_two_holds_let_go_each_its_own(house: House) -> None:
    goods = line(quantity=10)
    case = qualified(house, goods, 7)
    stow: JsonObject = {"line": goods, "quantity": 7, "to_location": "HZ-A-01"}
    stock.stock_move(house.ctx, case.envelope("lines#1/[L1]#1/stow#1", "stock.move", stow))
    shelf = held(house, wish(house, goods, location_id=house.ids["HZ-A-01"]))
    assert stood(house, goods) == {("HZ-A-01", "HOLD"): 7, ("HZ-Q-01", "PENDING"): 3}
    lot = held(house, wish(house, goods))
    assert (shelf.qty, lot.qty) == (7, 3)
    assert released(house, lot.id).qty == 3
    assert stood(house, goods) == {("HZ-A-01", "HOLD"): 7, ("HZ-Q-01", "PENDING"): 3}
    assert released(house, shelf.id).qty == 7


def test_a_hold_of_one_unit_follows_that_unit(house: House) -> None:
    goods = line("P-SER", 3, serial_nos=["A", "B", "C"])
    case = f"-{house.database.is_sqlite}-{next(_numbers)}"
    goods["serial_nos"] = [f"{one}{case}" for one in ("A", "B", "C")]
    received(house, goods)
    unit = held(house, wish(house, goods, serial_no=f"B{case}"))
    assert unit.qty == 1 and stood(house, goods) == {("HZ-Q-01", "HOLD"): 1, ("HZ-Q-01", "PENDING"): 2}
    rest = held(house, wish(house, goods))
    assert rest.qty == 2 and released(house, rest.id).qty == 2
    assert stood(house, goods) == {("HZ-Q-01", "HOLD"): 1, ("HZ-Q-01", "PENDING"): 2}
    assert released(house, unit.id).qty == 1
    with house.database.read() as session:
        assert verify_ledger(session) == []


# ------------------------------------------------------------------ held goods can be in no issue

KINDS = st.sampled_from(PlaceKind)
MOVES = st.builds(
    lambda kind, target, was, is_: Move(
        kind, 1, 1, Place(1, "A", PlaceKind.INTERNAL, Zone.QUALIFIED), Place(2, "B", target, None), was, is_, 1
    ),
    st.sampled_from([kind for kind in MoveKind if kind is not MoveKind.REVERSE]),
    KINDS,
    st.sampled_from(Status),
    st.sampled_from(Status),
)


@settings(deadline=None)
@given(move=MOVES)
def test_no_move_takes_units_of_a_held_lot_to_a_customer_or_makes_them_saleable(move: Move) -> None:
    to_customer = move.target.kind in (PlaceKind.CUSTOMER, PlaceKind.TRANSIT, PlaceKind.EMPLOYEE_HOLD)
    saleable = move.to_status is Status.QUALIFIED and move.from_status is not Status.QUALIFIED
    assert frees(move) or not (saleable or (to_customer and move.from_status is Status.QUALIFIED))


ACTS = st.lists(
    st.tuples(st.sampled_from(["receive", "hold", "ship", "stow", "qualify", "release"]), st.integers(1, 4)),
    min_size=3,
    max_size=9,
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_is_done_nothing_of_a_held_lot_leaves(house: House, acts: list[tuple[str, int]]) -> None:
    goods = line(quantity=6)
    qualified(house, goods, 3)
    with house.database.read() as session:
        lot_id, product_id = lot_of(session, house, goods), house.ids["P-LOT"]
        rows = [location_by_code(session, code) for code in ("HZ-Q-01", "HZ-A-01")]
        pending, shelf = (row.place() for row in rows if row is not None)
        supplier = virtual_place(session, PlaceKind.SUPPLIER).place()
        customer = virtual_place(session, PlaceKind.CUSTOMER).place()
    open_: str | None = None
    s = Status
    for what, qty in acts:
        shipped = stood_at(house, lot_id, customer.id)
        try:
            if what == "hold" and open_ is None:
                open_ = held(house, wish(house, goods)).id
            elif what == "release" and open_ is not None:
                released(house, open_)
                open_ = None
            elif what == "receive":
                move = Move(MoveKind.RECEIVE, product_id, lot_id, supplier, pending, s.PENDING, s.PENDING, qty)
                post(house, move)
            elif what == "qualify":
                move = Move(MoveKind.STATUS, product_id, lot_id, pending, pending, s.PENDING, s.QUALIFIED, qty)
                post(house, move)
            elif what == "stow":
                move = Move(MoveKind.MOVE, product_id, lot_id, pending, shelf, s.QUALIFIED, s.QUALIFIED, qty)
                post(house, move)
            elif what == "ship":
                for was in (s.QUALIFIED, s.HOLD):
                    partner = house.ids["S01"]
                    post(
                        house,
                        Move(MoveKind.ISSUE, product_id, lot_id, pending, customer, was, was, qty, partner_id=partner),
                    )
        except (StockLawError, NothingToHoldError):
            continue
        finally:
            if open_ is not None:
                assert stood_at(house, lot_id, customer.id) == shipped
    assert HOLDABLE == (s.PENDING, s.QUALIFIED, s.RETURN_PENDING)


def stood_at(house: House, lot_id: int, location_id: int) -> int:
    with house.database.read() as session:
        rows = session.exec(
            select(StockBalance).where(StockBalance.lot_id == lot_id, StockBalance.location_id == location_id)
        )
        return sum(row.qty for row in rows)
