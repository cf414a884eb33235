"""The stock board: every unit of a warehouse is on it once, whatever the view, and no filter shows what it excludes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities import stock
from domain.json_types import JsonObject
from records import stock_board
from records.stock import Warehouse
from records.stock_board import BUCKETS, VIEWS, BoardFilter, bucket_of
from services import stock_sheet
from tests.stock.conftest import House, delivery, line

TODAY = date(2026, 11, 22)


@settings(deadline=None)
@given(expiry=st.dates(date(2000, 1, 1), date(2099, 12, 31)), today=st.dates(date(2020, 1, 1), date(2050, 1, 1)))
def test_every_expiry_stands_on_one_step_of_the_ladder(expiry: date, today: date) -> None:
    days, step = (expiry - today).days, bucket_of(expiry.isoformat(), today)
    bounds = {"expired": -1, "d30": 30, "d90": 90, "d180": 180, "d365": 365, "later": 10**6}
    assert step == next(name for name, last in bounds.items() if days <= last)


@pytest.fixture(scope="module")
def filled(house: House) -> Iterator[House]:
    """Lots on every step of the ladder, in two ranges of temperature, three units with serial numbers."""
    goods: list[JsonObject] = []
    for number, days in enumerate((-3, 10, 60, 120, 300, 900)):
        product = "P-COLD" if number % 2 else "P-LOT"
        until = (TODAY + timedelta(days=days)).isoformat()
        goods.append(line(product, 5 + number, lot=f"B{number}", line_no=f"L{number}", expiry_date=until))
    units = ["BU1", "BU2", "BU3"]
    goods.append(line("P-SER", 3, lot="BS", line_no="L9", serial_nos=units, expiry_date="2030-01-01"))
    case = house.case()
    stock.stock_receive(house.ctx, case.envelope("post_pending#1", "stock.receive", delivery(*goods)))
    yield house


def wanted(house: House, **more: Any) -> BoardFilter:
    return BoardFilter(warehouse_id=house.ids["HZ"], today=TODAY, **more)


def everything(house: House, view: str, **more: Any) -> list[Any]:
    found: list[Any] = []
    after: list[Any] | None = None
    while True:
        with house.database.read() as session:
            page, after = stock_board.rows(session, wanted(house, **more), view, after, 2)
        found += page
        if after is None:
            return found
        assert [type(part) for part in after] == list(stock_board.ORDER_KINDS[view])


@pytest.mark.parametrize("view", [view for view in VIEWS if view != "serial"])
def test_page_by_page_every_unit_is_there_once(filled: House, view: str) -> None:
    rows = everything(filled, view)
    assert sum(row["quantity"] for row in rows) == sum(range(5, 11)) + 3
    assert len(rows) == 7 and len({row["lot_id"] for row in rows}) == 7
    if view in ("expiry", "lot"):
        assert [row["expiry"] for row in rows] == sorted(row["expiry"] for row in rows)
    if view == "temperature":
        assert [row["cold"] for row in rows] == [True] * 3 + [False] * 4


def test_units_are_shown_one_by_one(filled: House) -> None:
    assert [row["serial"] for row in everything(filled, "serial")] == ["BU1", "BU2", "BU3"]
    assert [row["serial"] for row in everything(filled, "serial", serial="BU2")] == ["BU2"]
    assert [row["lot"] for row in everything(filled, "lot", serial="BU2")] == ["BS"]


def test_filters_leave_only_what_they_say(filled: House) -> None:
    assert [row["lot"] for row in everything(filled, "expiry", bucket="expired")] == ["B0"]
    assert {row["lot"] for row in everything(filled, "lot", cold=True)} == {"B1", "B3", "B5"}
    assert everything(filled, "expiry", zone="qualified") == []
    assert len(everything(filled, "zone", zone="pending")) == 7
    assert everything(filled, "expiry", transit=True) == []
    for text, lots in (("B4", ["B4"]), ("BU3", ["BS"]), ("P-SER", ["BS"]), ("HZ-QC", ["B1", "B3", "B5"]), ("%", [])):
        assert [row["lot"] for row in everything(filled, "expiry", text=text)] == lots, text


def test_the_tiles_add_up_to_the_table(filled: House) -> None:
    with filled.database.read() as session:
        warehouse = session.get(Warehouse, filled.ids["HZ"])
        assert warehouse is not None
        told: Any = stock_board.summary(session, warehouse, TODAY)
        cells: list[Any] = stock_board.cells(session, filled.ids["HZ"], TODAY)
    assert told["lots"] == 7 and told["in_transit"] == {"lots": 0}
    assert {one["bucket"]: one["lots"] for one in told["expiry"]} == {
        **dict.fromkeys(BUCKETS, 0), "expired": 1, "d30": 1, "d90": 1, "d180": 1, "d365": 1, "later": 2,
    }  # fmt: skip
    pending = next(zone for zone in told["zones"] if zone["zone"] == "pending")
    assert (pending["lots"], pending["locations"], pending["occupied"]) == (7, 2, 2)
    by_code = {cell["location"]: cell for cell in cells}
    assert (by_code["HZ-Q-01"]["lots"], by_code["HZ-Q-01"]["expiry"]) == (4, "expired")
    assert by_code["HZ-A-01"]["lots"] == 0 and "NB-A-01" not in by_code


def test_a_sheet_holds_words_and_numbers_and_no_formula(filled: House) -> None:
    rows = everything(filled, "lot")
    rows[0]["lot"] = "=1+1"
    content = stock_sheet._written(rows, "HZ", "zh")
    assert content[:2] == b"PK"
    calamine = pytest.importorskip("python_calamine")
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    read = book.get_sheet_by_index(0).to_python()
    assert len(read) == 8 and read[1][3] == "=1+1" and read[0][3] == "批号"
