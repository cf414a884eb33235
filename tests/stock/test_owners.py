"""A statement of an owner's goods adds up to what stands there, for any cut through time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import text

from domain.stock import MoveKind, Status
from records import ledger_pages, owners
from records.ledger_pages import LedgerFilter
from records.reservations import Wanted, reserve
from tests.stock.books import Books, faults, next_number
from tests.stock.conftest import NOON, House

Q, K = Status.QUALIFIED, MoveKind
EARLY, LATE = "2026-11-22T04:30:00.000Z", "2026-11-22T05:30:00.000Z"


def posted(books: Books, lot: int, owner: str, kind: MoveKind, route: tuple[str, str], qty: int, at: str) -> None:
    with books.house.database.write() as session:
        move = replace(books.move(session, kind, lot, route, qty, Q, Q), owner=owner)
        books.post(session, move, at=at)


def stated(house: House, owner: str, begin: str, end: str) -> list[Any]:
    with house.database.read() as session:
        return owners.statement(session, owner, begin, end, ["HQ"])


def test_opening_in_out_and_closing_of_an_owner_by_lot(house: House) -> None:
    books, owner = Books(house), f"owner-{next_number()}"
    with house.database.write() as session:
        lot = books.lot(session, f"owned-{next_number()}")
    posted(books, lot, owner, K.OPENING, ("ADJUST", "HZ-A-01"), 20, NOON)
    posted(books, lot, "", K.OPENING, ("ADJUST", "HZ-A-01"), 50, NOON)
    posted(books, lot, owner, K.ISSUE, ("HZ-A-01", "CUSTOMER"), 5, EARLY)
    posted(books, lot, owner, K.KIT_OUT, ("HZ-A-01", "HZ-KIT"), 4, EARLY)
    posted(books, lot, owner, K.KIT_USED, ("HZ-KIT", "CUSTOMER"), 3, LATE)
    whole, *more = stated(house, owner, "", "9999")
    assert more == [] and (whole["opening"], whole["in"], whole["out"], whole["closing"]) == (0, 20, 8, 12)
    (later,) = stated(house, owner, EARLY, LATE)
    assert (later["opening"], later["in"], later["out"], later["closing"]) == (20, 0, 5, 15)
    with house.database.read() as session:
        query = "SELECT SUM(qty) FROM stock_balance WHERE owner = :owner AND NOT is_virtual"
        assert session.connection().execute(text(query), {"owner": owner}).scalar() == whole["closing"]
    assert faults(house) == set()


def test_postings_and_reservations_are_read_page_by_page_within_ones_sites(house: House) -> None:
    books = Books(house)
    with house.database.write() as session:
        lot = books.lot(session, f"paged-{next_number()}")
    for _ in range(3):
        posted(books, lot, "", K.OPENING, ("ADJUST", "HZ-A-01"), 2, LATE)
    with house.database.write() as session:
        key = (lot, books.place(session, "HZ-A-01").id, Q.value, "")
        reserve(session, Wanted(f"{books.case.id}/page", "task-7", key, 2, "2026-12-01T00:00:00.000Z", "HQ"), LATE)
    mine = LedgerFilter(sites=["HQ"], case_id=books.case.id)
    with house.database.read() as session:
        first, beyond = ledger_pages.postings(session, mine, None, 2)
        second, end = ledger_pages.postings(session, mine, beyond, 2)
        assert (len(first), len(second), end) == (2, 1, None)
        assert [row["quantity"] for row in first] == [2, 2] and first[0]["prints"] == 0
        assert str(first[0]["voucher"]) > str(first[1]["voucher"]) > str(second[0]["voucher"])
        (promised,) = ledger_pages.reservations(session, replace(mine, task="task-7", lot=None))[0]
        assert (promised["quantity"], promised["state"]) == (2, "open")
        assert ledger_pages.postings(session, replace(mine, sites=["B2"]))[0] == []
