"""Postings a second: through the ledger with all its laws and proofs, beside plain SQL that writes the same rows.

Each posting is one transaction at `synchronous=FULL` on both sides. The plain side gets the finished rows: posting,
moves, voucher and audit event are inserted, two balances a move and the head of the stream are upserted; it checks
nothing and hashes nothing. Rounds are interleaved; medians count.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session

from domain.clock import from_text, to_text
from domain.stock import Move, MoveKind, Place, PlaceKind, Status
from records import ledger, lots
from records.database import Database
from records.ledger import Draft, Posting
from records.lots import LotKey, LotOrigin
from records.migrate import upgrade
from records.organisation import Company, Site
from records.products import Product
from records.stock import Location, Warehouse, virtual_place

GOAL = 0.5
LINES, LOTS = 5, 50
NOON = "2026-11-22T04:00:00.000Z"
_INSERTED = ("posting", "stock_move", "voucher", "audit_event")
_BALANCE = ("lot_id", "location_id", "status", "owner")


@dataclass(frozen=True)
class Found:
    """Postings a second of each round, and how many moves a posting has."""

    ours: list[float]
    floor: list[float]

    @property
    def ratio(self) -> float:
        """Ours over the floor, by the medians."""
        return statistics.median(self.ours) / statistics.median(self.floor)


@dataclass(frozen=True)
class _Place:
    product_id: int
    lot_ids: list[int]
    outside: Place
    dock: Place
    shelf: Place


def measure(folder: Path, rounds: int, postings: int = 200) -> Found:
    """`rounds` times `postings` on each side, in two databases of the same schema."""
    for name in ("ours.db", "floor.db"):
        upgrade(f"sqlite:///{folder / name}")
    database = Database(f"sqlite:///{folder / 'ours.db'}")
    try:
        with database.write() as session:
            house = _furnish(session)
        floor = Floor(folder)
        found = Found([], [])
        for number in range(rounds):
            began = time.perf_counter()
            for posting in range(number * postings, (number + 1) * postings):
                _post(database, house, posting)
            found.ours.append(postings / (time.perf_counter() - began))
            transactions = floor.prepare()
            began = time.perf_counter()
            for statements in transactions:
                floor.write(statements)
            found.floor.append(len(transactions) / (time.perf_counter() - began))
        floor.close()
        return found
    finally:
        database.close()


def _furnish(session: Session) -> _Place:
    session.add(Company(key="main", name="测量公司"))
    session.flush()
    session.add(Site(key="HZ", name="测量站点"))
    session.flush()
    warehouse, product = Warehouse(site="HZ", code="HZ", name="仓库"), Product(code="P", name="产品", status="APPROVED")
    session.add(warehouse)
    session.add(product)
    session.flush()
    places = [Location(warehouse_id=warehouse.id, code=code, zone="pending") for code in ("Q-01", "Q-02")]
    session.add_all(places)
    session.flush()
    assert product.id is not None
    wanted = {LotKey(product.id, f"L{n:04d}", "2028-10-01"): LotOrigin("bench") for n in range(LOTS)}
    ids = sorted(lots.open_lots(session, wanted).values())
    outside = virtual_place(session, PlaceKind.SUPPLIER).place()
    return _Place(product.id, ids, outside, places[0].place(), places[1].place())


def _post(database: Database, house: _Place, number: int) -> None:
    """Five lots are received, then put away, by turns."""
    arriving = number % 2 == 0
    kind = MoveKind.RECEIVE if arriving else MoveKind.MOVE
    source, target = (house.outside, house.dock) if arriving else (house.dock, house.shelf)
    chosen = [house.lot_ids[(number // 2 * LINES + line) % LOTS] for line in range(LINES)]
    moves = [
        Move(kind, house.product_id, lot, source, target, Status.PENDING, Status.PENDING, 10, line_no=f"L{index}")
        for index, lot in enumerate(chosen)
    ]
    at = to_text(from_text(NOON).replace(microsecond=number % 1000 * 1000))
    request: dict[str, Any] = {"kind": "bench", "input": {"number": number, "lots": list(chosen)}}
    posting = Posting(f"bench/step#{number}/stock", "bench", request, "bench", f"step#{number}", "HZ", at)
    with database.write() as session:
        ledger.post(session, posting, lambda: Draft(moves, {"posting": f"R-{number}"}))


class Floor:
    """Plain `sqlite3` on a database of the same schema, fed with the rows that the ledger has written."""

    def __init__(self, folder: Path) -> None:
        self._from = sqlite3.connect(folder / "ours.db", isolation_level=None)
        self._to = sqlite3.connect(folder / "floor.db", isolation_level=None)
        self._to.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")
        self._columns = {
            table: [row[1] for row in self._from.execute(f"PRAGMA table_info({table})")]
            for table in (*_INSERTED, "stock_balance", "audit_head")
        }
        self._last, self._event = 0, 0
        self._copy("company", "site", "warehouse", "location", "product", "lot")

    def _copy(self, *tables: str) -> None:
        """What was there before the first posting stands in both."""
        for table in tables:
            rows = self._from.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a name of ours
            marks = ",".join("?" * len(rows[0]))
            self._to.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)  # noqa: S608

    def prepare(self) -> list[list[tuple[str, list[tuple[Any, ...]]]]]:
        """The statements of every posting written since the last time, one list for each transaction."""
        ids = [row[0] for row in self._from.execute("SELECT id FROM posting WHERE id > ? ORDER BY id", (self._last,))]
        self._last = ids[-1]
        return [self._statements(posting) for posting in ids]

    def _statements(self, posting: int) -> list[tuple[str, list[tuple[Any, ...]]]]:
        statements = []
        for table, column in (("posting", "id"), ("stock_move", "posting_id"), ("voucher", "posting_id")):
            statements.append((self._insert(table), self._rows(table, f"{column} = ?", posting)))
        key = self._from.execute("SELECT effect_key FROM posting WHERE id = ?", (posting,)).fetchone()[0]
        events = self._rows("audit_event", "subject = ? AND stream LIKE 'ledger/%'", key)
        statements.append((self._insert("audit_event"), events))
        event = dict(zip(self._columns["audit_event"], events[0], strict=True))
        head = {"stream": event["stream"], "seq": event["seq"], "hash": event["hash"]}
        names = self._columns["audit_head"]
        statements.append((self._upsert("audit_head", ("stream",)), [tuple(head.get(name) for name in names)]))
        statements.append((self._upsert("stock_balance", _BALANCE), self._balances(posting)))
        return statements

    def _balances(self, posting: int) -> list[tuple[Any, ...]]:
        touched = self._from.execute(
            "SELECT DISTINCT b.* FROM stock_balance b JOIN stock_move m ON b.lot_id = m.lot_id "
            "AND b.location_id IN (m.from_location_id, m.to_location_id) WHERE m.posting_id = ?",
            (posting,),
        )
        return touched.fetchall()

    def _rows(self, table: str, where: str, value: object) -> list[tuple[Any, ...]]:
        return self._from.execute(f"SELECT * FROM {table} WHERE {where}", (value,)).fetchall()  # noqa: S608

    def _insert(self, table: str) -> str:
        columns = self._columns[table]
        return f"INSERT INTO {table} ({','.join(columns)}) VALUES ({','.join('?' * len(columns))})"  # noqa: S608

    def _upsert(self, table: str, key: tuple[str, ...]) -> str:
        changed = ",".join(f"{name}=excluded.{name}" for name in self._columns[table] if name not in key)
        return f"{self._insert(table)} ON CONFLICT ({','.join(key)}) DO UPDATE SET {changed}"

    def write(self, statements: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
        """One posting's rows in one transaction."""
        self._to.execute("BEGIN IMMEDIATE")
        for statement, rows in statements:
            self._to.executemany(statement, rows)
        self._to.execute("COMMIT")

    def close(self) -> None:
        """Close both."""
        self._from.close()
        self._to.close()
