"""What registers list is read piece by piece on both databases, by the clock of the site, without what was reversed."""

from __future__ import annotations

from datetime import date

import pytest

from domain.stock import MoveKind
from records import registers, shipped, vouchers
from records.registers import Period
from tests.stock.books import Books
from tests.stock.conftest import House
from tests.stock.test_promises import issue, stocked

ZONES = {"HQ": "Asia/Shanghai"}


def sold_on(house: House, day: date) -> int:
    """How many moves to customers fall on a day."""
    with house.database.read() as session:
        parts = list(registers.moves(session, Period(day, day, ZONES), [MoveKind.ISSUE]))
        rows = [row for part in parts for row in part]
        postings = {row["posting_id"] for row in rows}
        assert shipped.facts(session, postings) == {} and vouchers.kinds_of(session, postings).keys() == postings
        assert all(row["lot_no"] and row["quantity"] == 1 and row["voucher"] for row in rows)
        return len(rows)


def test_moves_fall_on_the_day_of_the_site_and_are_read_in_pieces(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registers, "AT_ONCE", 2)
    books = Books(house)
    lot, _ = stocked(books, 10)
    for at in ("2026-12-30T15:59:00.000Z", "2026-12-30T16:00:00.000Z", "2026-12-31T15:59:00.000Z"):
        issue(books, lot, 1, at=at)
    assert [sold_on(house, date(2026, 12, day)) for day in (29, 30, 31)] == [0, 1, 2]


def test_order_lines_and_signatures_of_a_period(house: House) -> None:
    period = Period(date(2000, 1, 1), date(2100, 1, 1), ZONES)
    with house.database.read() as session:
        rows = list(registers.purchases(session, period))
        assert rows and all(row["purchase_date"] and row["quantity"] > 0 and row["supplier_name"] for row in rows)
        assert list(registers.purchases(session, Period(date(2000, 1, 1), date(2000, 1, 2), ZONES))) == []
        assert all(row.site == "HQ" for part in registers.signed(session, period, ("inspected",)) for row in part)
