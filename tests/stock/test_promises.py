"""Promised goods stay promised until they are used, given back, late or stopped; every posting has its number."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import select

from domain.stock import BalanceKey, MoveKind, Status, StockLawError
from records import reservations, vouchers
from records.ledger_laws import i16_vouchers
from records.reservations import Wanted
from records.stock import PostingRow, StockBalance
from records.vouchers import Voucher
from tests.stock.books import Books, faults, next_number
from tests.stock.conftest import NOON, House

Q = Status.QUALIFIED
SOON, LATER = "2026-11-22T05:00:00.000Z", "2026-11-22T06:00:00.000Z"


def stocked(books: Books, qty: int) -> tuple[int, BalanceKey]:
    with books.house.database.write() as session:
        lot = books.lot(session, f"promise-{next_number()}")
        books.post(session, books.move(session, MoveKind.OPENING, lot, ("ADJUST", "HZ-A-01"), qty, Q, Q))
        return lot, (lot, books.place(session, "HZ-A-01").id, Q.value, "")


def promise(books: Books, key: BalanceKey, qty: int, until: str = SOON, at: str = NOON) -> str:
    name = f"{books.case.id}/r{next_number()}"
    with books.house.database.write() as session:
        reservations.reserve(session, Wanted(name, "task-1", key, qty, until, "HQ"), at)
    return name


def issue(books: Books, lot: int, qty: int, *uses: str, at: str = NOON) -> None:
    with books.house.database.write() as session:
        move = books.move(session, MoveKind.ISSUE, lot, ("HZ-A-01", "CUSTOMER"), qty, Q, Q)
        books.post(session, move, uses=uses, at=at)


def refused(books: Books, lot: int, qty: int, *uses: str, at: str = NOON) -> None:
    with pytest.raises(StockLawError) as caught:
        issue(books, lot, qty, *uses, at=at)
    assert caught.value.code == "not_enough_stock"


def test_promised_goods_are_there_for_their_task_alone(house: House) -> None:
    books = Books(house)
    lot, key = stocked(books, 10)
    name = promise(books, key, 7)
    with pytest.raises(StockLawError):
        promise(books, key, 4)
    refused(books, lot, 4)
    issue(books, lot, 5, name)
    refused(books, lot, 4)
    issue(books, lot, 2, name)
    issue(books, lot, 3)
    assert faults(house) == set()


def test_a_promise_asked_twice_is_one_and_given_back_once(house: House) -> None:
    books = Books(house)
    lot, key = stocked(books, 10)
    wanted = Wanted(f"{books.case.id}/twice", "task-1", key, 6, SOON, "HQ")
    with house.database.write() as session:
        first = reservations.reserve(session, wanted, NOON)
        assert reservations.reserve(session, wanted, NOON).id == first.id
        assert reservations.release(session, wanted.effect_key, NOON) == 6
        assert reservations.release(session, wanted.effect_key, NOON) == 0
    issue(books, lot, 10)


def test_a_late_promise_is_free_for_whoever_comes_next(house: House) -> None:
    books = Books(house)
    lot, key = stocked(books, 10)
    name = promise(books, key, 10)
    refused(books, lot, 1)
    refused(books, lot, 11, name, at=LATER)
    promise(books, key, 4, until="2026-11-22T07:00:00.000Z", at=LATER)
    issue(books, lot, 6, at=LATER)
    with house.database.write() as session:
        row = reservations.by_key(session, name)
        assert row is not None and row.state == "expired"
        assert reservations.free_expired(session, "2027-01-01T00:00:00.000Z") == 4
    assert faults(house) == set()


def test_a_hold_waits_for_no_promise(house: House) -> None:
    books = Books(house)
    lot, key = stocked(books, 10)
    name = promise(books, key, 7)
    with house.database.write() as session:
        books.post(session, books.move(session, MoveKind.HOLD, lot, ("HZ-A-01", "HZ-A-01"), 10, Q, Status.HOLD))
        row = reservations.by_key(session, name)
        assert row is not None and row.state == "broken"
    refused(books, lot, 1, name)
    assert faults(house) == set()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(st.tuples(st.sampled_from("promise give use sell late hold".split()), st.integers(1, 6)), max_size=12)
)
def test_whatever_happens_no_more_is_promised_than_stands_there(house: House, acts: list[tuple[str, int]]) -> None:
    books = Books(house)
    lot, key = stocked(books, 12)
    names: list[str] = []
    for what, n in acts:
        try:
            if what == "promise":
                names.append(promise(books, key, n))
            elif what in ("use", "sell"):
                issue(books, lot, n, *(names[-1:] if what == "use" else ()))
            else:
                _give_back(books, lot, names, what, n)
        except StockLawError as error:
            assert error.code == "not_enough_stock"
        with house.database.read() as session:
            row = session.get(StockBalance, (key[0], key[1], key[2], key[3]))
            assert row is not None and 0 <= row.reserved <= row.qty
            open_rows = (
                "SELECT COALESCE(SUM(qty - consumed), 0) FROM reservation WHERE lot_id = :lot AND state = 'open'"
            )
            assert session.connection().execute(text(open_rows), {"lot": lot}).scalar() == row.reserved


def _give_back(books: Books, lot: int, names: list[str], what: str, n: int) -> None:
    with books.house.database.write() as session:
        if what == "give" and names:
            reservations.release(session, names[n % len(names)], NOON)
        elif what == "late":
            reservations.free_expired(session, LATER)
        elif what == "hold":
            move = books.move(session, MoveKind.HOLD, lot, ("HZ-A-01", "HZ-A-01"), n, Q, Status.HOLD)
            books.post(session, move)


def test_every_posting_has_the_next_number_of_its_warehouse_and_year(house: House) -> None:
    books = Books(house)
    lot, _ = stocked(books, 10)
    with pytest.raises(StockLawError):
        issue(books, lot, 11)
    issue(books, lot, 1, at="2026-12-31T15:59:00.000Z")
    issue(books, lot, 1, at="2026-12-31T16:00:00.000Z")  # New Year in Shanghai
    with house.database.read() as session:
        query = select(Voucher).join(PostingRow, PostingRow.id == Voucher.posting_id)  # type: ignore[arg-type]
        mine = [v for v in session.exec(query.order_by(Voucher.posting_id)) if v.posting_id]  # type: ignore[arg-type]
        last_year = [v.no for v in mine if (v.year, v.number[:2]) == (2026, "HZ")]
        assert last_year == list(range(1, len(last_year) + 1))
        assert mine[-1].number == "HZ-2027-000001"
    assert faults(house) == set()


def test_a_second_print_is_a_reprint(house: House) -> None:
    with house.database.write() as session:
        found = vouchers.voucher(session, "HZ-2026-000001", "main")
        assert found is not None
        assert [vouchers.printed(session, found, "keeper", NOON) for _ in range(2)] == [1, 2]


PLANTED = (
    "UPDATE voucher SET no = no + 1000 WHERE posting_id = (SELECT MAX(posting_id) FROM voucher)",
    "DELETE FROM voucher WHERE no = 1",
    "UPDATE voucher SET number = 'HZ-2026-999999' WHERE no = 1 AND year = 2026",
)


def test_a_gap_in_the_numbers_is_found(house: House) -> None:
    with pytest.raises(_Undo), house.database.write() as session:
        for verb in ("update", "delete"):
            on = "" if house.database.is_sqlite else " ON voucher"
            session.connection().execute(text(f"DROP TRIGGER gsp_voucher_{verb}{on}"))
        for statement in PLANTED:
            with session.begin_nested() as planting:
                session.connection().execute(text(statement))
                assert list(i16_vouchers(session)) != [], statement
                planting.rollback()
        raise _Undo


class _Undo(Exception):
    """Rolls the planted faults back."""
