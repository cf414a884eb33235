"""A distributor with two sites and a book in which moves are written straight into the tables, on both engines.

The book knows no laws of stock but one, that real places never go below zero: tracing has to tell rightly whatever the
ledger let through.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import insert
from sqlmodel import select

from records.base import connection_of, table_of
from records.database import Database
from records.organisation import Company, Site
from records.parties import Partner
from records.products import Product
from records.stock import Location, Lot, LotLink, MoveSerial, PostingRow, Serial, StockBalance, StockMove, Warehouse
from tests.migrated import put_tables

NOON = "2026-11-22T04:00:00.000Z"
VIRTUAL = {"~SUPPLIER": "SUPPLIER", "~CUSTOMER": "CUSTOMER", "~REPACK": "REPACK", "~DESTROYED": "DESTROYED",
           "~ADJUST": "ADJUST", "~EMPLOYEE_HOLD": "EMPLOYEE_HOLD"}  # fmt: skip
PLACES = ("HZ-Q-01", "HZ-A-01", "NB-A-01", "HZ-T", "NB-T")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Written:
    """One move of the book."""

    id: int
    posting: int
    lot: int
    source: str
    target: str
    qty: int
    partner: str | None
    reverses: int | None


@dataclass
class Book:
    """Moves, links and balances, in memory and in the database."""

    database: Database
    ids: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    moves: list[Written] = field(default_factory=list)
    links: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    balances: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))
    mode: str = "live"

    def furnish(self) -> None:
        """Sites, warehouses, places, partners, a product."""
        self._add("company", Company(key="main", name="测试公司"))
        for key in ("HQ", "B2"):
            self._add(key, Site(key=key, name=key))
        for code, site in (("HZ", "HQ"), ("NB", "B2")):
            self._add(code, Warehouse(site=site, code=code, name=f"{code}仓"))
        for code in PLACES:
            kind, zone = ("TRANSIT", None) if code.endswith("-T") else ("INTERNAL", "qualified")
            self._add(code, Location(warehouse_id=self.ids[code[:2]], code=code, kind=kind, zone=zone))
            self.kinds[code] = kind
        with self.database.read() as session:
            there = {row.code: row.id or 0 for row in session.exec(select(Location))}
        self.ids |= there
        self.kinds |= VIRTUAL
        for code in ("S1", "S2"):
            self._add(code, Partner(code=code, kind="SUPPLIER", name=f"供货者{code}"))
        for code in ("C1", "C2", "C3"):
            self._add(code, Partner(code=code, kind="CUSTOMER", name=f"医院{code}"))
        for code in ("P-1", "P-KIT"):
            self._add(code, Product(code=code, name=code, unit="盒", tracking="LOT"))

    def _add(self, name: str, row: Any) -> None:
        with self.database.write() as session:
            session.add(row)
            session.flush()
            self.ids[name] = getattr(row, "id", None) or 0

    def fresh(self, mode: str = "live") -> Book:
        """A new book in the same database: its lots are its own."""
        return Book(self.database, self.ids, self.kinds, mode=mode)

    def lot(self, number: str | None = None, product: str = "P-1") -> int:
        """A new lot."""
        name = number or f"L{next(_numbers)}"
        row = Lot(
            product_id=self.ids[product],
            lot_no=name,
            expiry="2028-10-01",
            first_effect_key=f"K{next(_numbers)}",
            mode=self.mode,
        )
        self._add(f"lot:{name}", row)
        return self.ids[f"lot:{name}"]

    # ------------------------------------------------------------ postings

    def post(
        self,
        *lines: tuple[int, str, str, int, str | None],
        links: tuple[tuple[int, int, int, int], ...] = (),
        reverses: tuple[int | None, ...] = (),
        **about: Any,
    ) -> int | None:
        """One posting of moves (lot, from, to, quantity, partner); `None` and nothing done if a real place would go
        below zero."""
        after = dict(self.balances)
        for lot, source, target, qty, _ in lines:
            after[lot, source] = after.get((lot, source), 0) - qty
            after[lot, target] = after.get((lot, target), 0) + qty
        if any(qty < 0 for (_, place), qty in after.items() if place in PLACES):
            return None
        self.balances = defaultdict(int, after)
        return self._write(lines, links, reverses or (None,) * len(lines), about)

    def reverse(self, posting: int) -> int | None:
        """Undo a posting as a whole, its links too; `None` if it was, or cannot be."""
        done = [move for move in self.moves if move.posting == posting]
        gone = {move.reverses for move in self.moves}
        if not done or any(move.id in gone or move.reverses for move in done):
            return None
        lines = tuple((move.lot, move.target, move.source, move.qty, move.partner) for move in done)
        links = tuple((*link[:2], -link[2], -link[3]) for link in self.links if link[4] == posting)
        return self.post(*lines, reverses=tuple(move.id for move in done), links=links)

    def _write(self, lines: Any, links: Any, reverses: Any, about: dict[str, Any]) -> int:
        number = next(_numbers)
        at = about.pop("at", f"2026-11-22T04:{number // 60 % 60:02d}:{number % 60:02d}.000Z")
        there = any(place.startswith("NB") for line in lines for place in line[1:3])
        site = about.pop("site", "B2" if there else "HQ")
        row = {"company": "main", "site": site, "mode": self.mode, "effect_key": f"E{number}", "request_sha": "r",
               "request": {}, "kind": "test", "warehouse_id": self.ids["HZ"], "case_id": f"C{number}", "path": "step#1",
               "document_type": "", "document_id": "", "business_at": at, "recorded_at": at, "actor": "system",
               "evidence": {}, "result": {"posting": f"T-{number}"}} | about  # fmt: skip
        with self.database.write() as session:
            connection = connection_of(session)
            posting = connection.execute(
                insert(table_of(PostingRow)).returning(table_of(PostingRow).c.id), row
            ).scalar_one()
            for (lot, source, target, qty, partner), reversed_ in zip(lines, reverses, strict=True):
                move = {"company": "main", "site": site, "mode": self.mode, "posting_id": posting, "line_no": "",
                        "kind": "MOVE", "business_at": at, "recorded_at": at, "product_id": self.ids["P-1"], "lot_id": lot,
                        "from_location_id": self.ids[source], "to_location_id": self.ids[target],
                        "from_status": "QUALIFIED", "to_status": "QUALIFIED", "owner": "", "qty": qty,
                        "partner_id": self.ids[partner] if partner else None, "reverses_move_id": reversed_}  # fmt: skip
                table = table_of(StockMove)
                move_id = connection.execute(insert(table).returning(table.c.id), move).scalar_one()
                self.moves.append(Written(move_id, posting, lot, source, target, qty, partner, reversed_))
            for parent, child, used, made in links:
                self.links.append((parent, child, used, made, posting))
                link = {
                    "parent_lot_id": parent,
                    "child_lot_id": child,
                    "posting_id": posting,
                    "qty_parent": used,
                    "qty_child": made,
                }
                connection.execute(insert(table_of(LotLink)), link)
        return posting

    def settle(self) -> None:
        """Write the balances."""
        rows = [
            {"company": "main", "site": "B2" if place.startswith("NB") else "HQ", "mode": self.mode, "lot_id": lot,
             "location_id": self.ids[place], "status": "QUALIFIED", "owner": "", "product_id": self.ids["P-1"],
             "warehouse_id": self.ids[place[:2]] if place in PLACES else None, "expiry": "", "reserved": 0,
             "is_virtual": place not in PLACES, "qty": qty}
            for (lot, place), qty in self.balances.items()
        ]  # fmt: skip
        with self.database.write() as session:
            if rows:
                connection_of(session).execute(insert(table_of(StockBalance)), rows)

    def repack(self, parent: int, child: int, used: int, made: int, place: str = "HZ-A-01") -> int | None:
        """Units of one lot become units of another."""
        lines = ((parent, place, "~REPACK", used, None), (child, "~REPACK", place, made, None))
        return self.post(*lines, links=((parent, child, used, made),))

    def serial(self, lot: int, number: str, place: str, *moves: int, udi: str | None = None) -> int:
        """A unit with a number and the moves it made."""
        row = Serial(
            product_id=self.ids["P-1"], lot_id=lot, serial_no=number, udi=udi, current_location_id=self.ids[place],
            current_status="QUALIFIED", current_move_id=moves[-1] if moves else None, mode=self.mode,
        )  # fmt: skip
        self._add(f"serial:{number}", row)
        with self.database.write() as session:
            for move in moves:
                session.add(MoveSerial(serial_id=self.ids[f"serial:{number}"], move_id=move))
        return self.ids[f"serial:{number}"]


@pytest.fixture(scope="session")
def sqlite_book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """The distributor on SQLite."""
    url = f"sqlite:///{tmp_path_factory.mktemp('trace') / 'gspflow.db'}"
    put_tables(url, tmp_path_factory)
    made = Book(Database(url))
    made.furnish()
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def postgres_book(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """The distributor on PostgreSQL."""
    put_tables(postgres_url, tmp_path_factory)
    made = Book(Database(postgres_url))
    made.furnish()
    yield made
    made.database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def book(request: pytest.FixtureRequest) -> Book:
    """A book without moves, on each engine in turn."""
    name = "sqlite_book" if request.param == "sqlite" else "postgres_book"
    return request.getfixturevalue(name).fresh()
