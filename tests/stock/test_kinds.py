"""One lot through every kind of move on both databases: the books hold, and a planted move of any kind is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from domain.stock import MoveKind, Status, StockLawError
from records import ledger
from records.ledger import Draft, Link, Posting
from records.ledger_verify import verify_ledger
from records.triggers import triggers_of
from tests.stock.books import Books, faults, next_number
from tests.stock.conftest import NOON, House

Q, K = Status.QUALIFIED, MoveKind

LIFE: list[tuple[MoveKind, tuple[str, str], int, Status, Status]] = [
    (K.OPENING, ("ADJUST", "HZ-A-01"), 100, Q, Q),
    (K.RECEIVE, ("SUPPLIER", "HZ-Q-01"), 20, Status.PENDING, Status.PENDING),
    (K.STATUS, ("HZ-Q-01", "HZ-Q-01"), 15, Status.PENDING, Q),
    (K.STATUS, ("HZ-Q-01", "HZ-Q-01"), 5, Status.PENDING, Status.REJECTED),
    (K.MOVE, ("HZ-Q-01", "HZ-A-01"), 15, Q, Q),
    (K.MOVE, ("HZ-Q-01", "HZ-R-01"), 5, Status.REJECTED, Status.REJECTED),
    (K.ADJUST, ("HZ-A-01", "ADJUST"), 2, Q, Q),
    (K.ADJUST, ("ADJUST", "HZ-A-01"), 1, Q, Q),
    (K.ISSUE, ("HZ-A-01", "CUSTOMER"), 30, Q, Q),
    (K.RETURN, ("CUSTOMER", "HZ-T-01"), 4, Q, Status.RETURN_PENDING),
    (K.STATUS, ("HZ-T-01", "HZ-T-01"), 4, Status.RETURN_PENDING, Status.REJECTED),
    (K.RETURN_SUPPLIER, ("HZ-R-01", "SUPPLIER"), 3, Status.REJECTED, Status.REJECTED),
    (K.DESTROY, ("HZ-R-01", "DESTROYED"), 2, Status.REJECTED, Status.REJECTED),
    (K.KIT_OUT, ("HZ-A-01", "HZ-KIT"), 10, Q, Q),
    (K.KIT_USED, ("HZ-KIT", "CUSTOMER"), 6, Q, Q),
    (K.KIT_BACK, ("HZ-KIT", "HZ-T-01"), 3, Q, Status.RETURN_PENDING),
    (K.ADJUST, ("HZ-KIT", "ADJUST"), 1, Q, Q),
    (K.CONSIGN, ("HZ-A-01", "HZ-WARD"), 10, Q, Q),
    (K.CONSIGN_USED, ("HZ-WARD", "CUSTOMER"), 2, Q, Q),
    (K.HOLD, ("HZ-WARD", "HZ-WARD"), 8, Q, Status.RECALLED),
    (K.CONSIGN_BACK, ("HZ-WARD", "HZ-R-01"), 8, Status.RECALLED, Status.RECALLED),
    (K.TRANSFER_OUT, ("HZ-A-01", "HZ>NB"), 5, Q, Q),
    (K.TRANSFER_IN, ("HZ>NB", "NB-A-01"), 5, Q, Q),
]


def test_a_lot_goes_through_every_kind_and_back(house: House) -> None:
    books, keys = Books(house), []
    with house.database.write() as session:
        parent, child = books.lot(session, f"life-{next_number()}"), books.lot(session, f"life-{next_number()}")
        for kind, route, qty, was, becomes in LIFE:
            site = "B2" if kind is K.TRANSFER_IN else "HQ"
            keys.append(
                (books.post(session, books.move(session, kind, parent, route, qty, was, becomes), site=site), site)
            )
        into = books.move(session, K.REPACK, parent, ("HZ-A-01", "REPACK"), 10, Q, Q)
        out = replace(into, lot_id=child, source=into.target, target=into.source)
        keys.append((books.post(session, into, out, links=(Link(parent, child, 10, 10),)), "HQ"))
    assert faults(house) == set()
    with house.database.write() as session:
        for key, site in reversed(keys):
            undo = Posting(f"{key}/undo", "reverse", {"undo": key}, books.case.id, "x", site, NOON)
            ledger.reverse(session, undo)
        left = "SELECT COUNT(*) FROM stock_balance WHERE lot_id IN (:a, :b) AND qty <> 0"
        assert session.connection().execute(text(left), {"a": parent, "b": child}).scalar() == 0
        linked = "SELECT SUM(qty_child) FROM lot_link WHERE child_lot_id = :b"
        assert session.connection().execute(text(linked), {"b": child}).scalar() == 0
    assert faults(house) == set()


def test_a_repacked_lot_never_outlives_its_source(house: House) -> None:
    books = Books(house)
    with house.database.write() as session:
        parent, child = books.lot(session, "old", "2027-01-01"), books.lot(session, "young", "2027-01-02")
        books.post(session, books.move(session, K.OPENING, parent, ("ADJUST", "HZ-A-01"), 5, Q, Q))
        into = books.move(session, K.REPACK, parent, ("HZ-A-01", "REPACK"), 5, Q, Q)
        out = replace(into, lot_id=child, source=into.target, target=into.source)
        with pytest.raises(StockLawError) as caught:
            books.post(session, into, out, links=(Link(parent, child, 5, 5),))
        assert caught.value.code == "expiry_extended"


def test_goods_are_sold_through_the_last_day_of_their_expiry_at_the_site(house: House) -> None:
    """At 16:30 UTC it is the next day in Shanghai: the law asks the site's own date."""
    books = Books(house)
    with house.database.write() as session:
        lot = books.lot(session, f"day-{next_number()}", "2026-11-22")
        books.post(session, books.move(session, K.OPENING, lot, ("ADJUST", "HZ-A-01"), 5, Q, Q))
        sale = books.move(session, K.ISSUE, lot, ("HZ-A-01", "CUSTOMER"), 1, Q, Q)
        books.post(session, sale)
        late = Posting(
            f"{books.case.id}/late", "test", {}, books.case.id, "x", "HQ", NOON, business_at="2026-11-22T16:30:00.000Z"
        )
        with pytest.raises(StockLawError) as caught:
            ledger.post(session, late, lambda: Draft([sale], {}))
        assert caught.value.rule == "RULE-10"
    assert faults(house) == set()


PLANTED = {
    "UPDATE stock_move SET kind = 'ISSUE' WHERE kind = 'MOVE'": "I15",
    "UPDATE stock_move SET partner_id = NULL WHERE kind = 'RETURN'": "I15",
    "UPDATE stock_move SET from_status = 'HOLD', to_status = 'HOLD' WHERE kind = 'KIT_OUT'": "I8",
    "UPDATE stock_move SET business_at = '2028-10-01T16:30:00.000Z' WHERE kind = 'ISSUE'": "I8",
    "UPDATE signature SET signer = 'one' WHERE meaning IN ('approve', 'verified')": "I7",
    "DELETE FROM signature WHERE meaning = 'quality_rule'": "I7",
    "UPDATE lot SET expiry = '2029-01-01' WHERE id = (SELECT MAX(child_lot_id) FROM lot_link)": "I13",
    "UPDATE stock_move SET qty = qty + 1 WHERE kind = 'REPACK' AND id = (SELECT MAX(id) FROM stock_move WHERE kind = 'REPACK')": "I9",
}


def test_a_planted_fault_of_any_kind_is_found(house: House) -> None:
    with pytest.raises(_Undo), house.database.write() as session:
        assert verify_ledger(session) == []
        for name in triggers_of(session.connection()):
            table = name.removeprefix("gsp_").rpartition("_")[0]
            on = "" if house.database.is_sqlite else f" ON {table}"
            session.connection().execute(text(f"DROP TRIGGER {name}{on}"))
        # Every statement on one engine; the queries that find them ran on both above.
        for statement, invariant in PLANTED.items() if house.database.is_sqlite else ():
            with session.begin_nested() as planting:
                session.connection().execute(text(statement))
                session.expire_all()
                assert invariant in {fault.invariant for fault in verify_ledger(session)}, statement
                planting.rollback()
        raise _Undo


class _Undo(Exception):
    """Rolls the planted faults back."""
