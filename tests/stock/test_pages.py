"""Pages of balances and moves: every row once, bounded by filter and site."""

from __future__ import annotations

from typing import Any

from activities import stock
from records.stock_pages import StockFilter, balances, moves
from services.stock import position_of, text_of
from tests.stock.conftest import House, delivery, line


def test_pages_show_every_balance_and_move_once_in_order(house: House) -> None:
    case = house.case()
    lines = [line("P-LOT", n + 1, line_no=f"L{n}", expiry_date=f"2028-0{n + 1}-01") for n in range(5)]
    stock.stock_receive(house.ctx, case.envelope("post_pending#1", "stock.receive", delivery(*lines)))
    with house.database.read() as session:
        seen: list[Any] = []
        after: list[Any] | None = None
        while True:
            rows, after = balances(session, StockFilter(product="P-LOT"), after, limit=2)
            seen += rows
            if after is None:
                break
            assert position_of(text_of(after), 4) == after
        assert [row["lot"] for row in seen] == [given["lot_no"] for given in lines]
        assert [row["quantity"] for row in seen] == [1, 2, 3, 4, 5]
        first, cursor = moves(session, StockFilter(case_id=case.id), None, limit=3)
        rest, end = moves(session, StockFilter(case_id=case.id), cursor, limit=3)
        assert [row["line_no"] for row in [*first, *rest]] == ["L4", "L3", "L2", "L1", "L0"] and end is None
        assert all(row["posting"] == first[0]["posting"] and row["to"] == "HZ-Q-01" for row in [*first, *rest])


def test_filters_and_sites_bound_what_is_seen(house: House) -> None:
    case, goods = house.case(), line("P-COLD", 3, expiry_date="2027-01-31")
    stock.stock_receive(house.ctx, case.envelope("post_pending#1", "stock.receive", delivery(goods)))
    lot = str(goods["lot_no"])
    with house.database.read() as session:
        (row,) = balances(session, StockFilter(lot=lot, warehouse="HZ", status="PENDING", sites=("HQ",)))[0]
        assert (row["location"], row["zone"], row["available"], row["site"]) == ("HZ-QC-01", "pending", 3, "HQ")
        assert balances(session, StockFilter(lot=f"#{row['lot_id']}"))[0] == [row]
        assert balances(session, StockFilter(lot=lot, expiring_before="2027-02-01"))[0] == [row]
        for nothing in (
            StockFilter(lot=lot, sites=("B2",)),
            StockFilter(lot=lot, sites=()),
            StockFilter(lot=lot, status="QUALIFIED"),
            StockFilter(lot=lot, warehouse="NB"),
            StockFilter(lot=lot, expiring_before="2027-01-31"),
            StockFilter(lot=lot, mode="drill"),
            StockFilter(lot=lot, product="P-LOT"),
        ):
            assert balances(session, nothing) == ([], None)
        assert moves(session, StockFilter(lot=lot, sites=("B2",))) == ([], None)
        assert len(moves(session, StockFilter(lot=lot, sites=("HQ",)))[0]) == 1
