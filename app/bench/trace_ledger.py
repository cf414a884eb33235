"""A generated ledger, written straight to the tables: the same rows for the same seed, on either engine.

Moves of many lots follow each other as in a warehouse, so the rows of one lot lie scattered. Every posting holds ten
moves. One lot has 60,000 moves and 128 descendants over two repackings; of the others a few are large and most are
small. Units with serial numbers are written for every move. Balances are what the moves add up to.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SITES = ("HQ", "B2")
WAREHOUSES, BINS, SUPPLIERS, CUSTOMERS, PRODUCTS = 20, 500, 300, 3_000, 500
ACTIVE = 2_000
"""Lots that move at the same time."""
BATCH = 20_000
GIANT_MOVES, CHILDREN, GRANDCHILDREN = 60_000, 16, 7
VIRTUAL = ("SUPPLIER", "CUSTOMER", "REPACK", "DESTROYED", "ADJUST")
MOVE = (
    "id company site mode posting_id line_no kind business_at recorded_at product_id lot_id from_location_id "
    "to_location_id from_status to_status owner partner_id qty reverses_move_id"
).split()
COLUMNS: dict[str, list[Any]] = {
    "stock_move": MOVE,
    "posting": (
        "id company site mode effect_key request_sha request kind warehouse_id case_id path document_type document_id "
        "business_at recorded_at actor evidence result"
    ).split(),
    "lot": "id company mode product_id lot_no expiry first_effect_key".split(),
    "lot_link": "parent_lot_id child_lot_id posting_id qty_parent qty_child".split(),
    "serial": "id company mode product_id lot_id serial_no current_location_id current_status current_move_id".split(),
    "move_serial": "serial_id move_id".split(),
    "stock_balance": (
        "company site mode lot_id location_id status owner product_id warehouse_id expiry is_virtual qty reserved"
    ).split(),
}
_Row = tuple[Any, ...]
_P, _Q = "PENDING", "QUALIFIED"


@dataclass
class Places:
    """The ids of places, as the set-up made them: `bins` by warehouse, `roads` by warehouse, `outside` by kind."""

    bins: list[list[int]]
    roads: list[int]
    outside: dict[str, int]
    warehouses: list[int]
    suppliers: list[int]
    customers: list[int]
    products: list[int]


@dataclass
class Lot:
    """One lot while it is made: its balances, and what is left to do."""

    id: int
    product: int
    warehouse: int
    balances: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))
    moves: int = 0
    serials: list[int] = field(default_factory=list)


class Maker:
    """Makes `moves` moves; `rows()` gives (table, rows) in batches, parents before children."""

    def __init__(self, moves: int, seed: int, places: Places) -> None:
        self.wanted, self.places, self.rnd = moves, places, random.Random(seed)
        self.moves = self.lots = self.serials = 0
        self.giant = 0
        self.typical: list[int] = []
        self.out: dict[str, list[_Row]] = {table: [] for table in COLUMNS}
        self.warehouse_of = {place: w for w, bins in enumerate(places.bins) for place in bins}
        self.warehouse_of |= {place: w for w, place in enumerate(places.roads)}

    def rows(self) -> Iterator[tuple[str, list[_Row]]]:
        """Everything, in batches."""
        giant = self._giant(min(GIANT_MOVES, self.wanted // 10))
        share = min(GIANT_MOVES, self.wanted // 10) / self.wanted
        pool: list[Iterator[None]] = [self._ordinary() for _ in range(min(ACTIVE, max(1, self.wanted // 100)))]
        going, rnd = True, self.rnd
        while self.moves < self.wanted or going:
            if going and (rnd.random() < share * 1.1 or self.moves >= self.wanted):
                going = next(giant, self) is None
            elif self.moves < self.wanted:
                place = rnd.randrange(len(pool))
                if next(pool[place], self) is self:
                    pool[place] = self._ordinary()
            if len(self.out["stock_move"]) >= BATCH:
                yield from self._flush()
        for rest in pool:  # lots under way come to their end, so that every balance is written
            for _ in rest:
                pass
        self._postings(last=True)
        yield from self._flush()

    def _flush(self) -> Iterator[tuple[str, list[_Row]]]:
        self._postings()
        for table in ("posting", "lot", "serial", "stock_move", "lot_link", "move_serial", "stock_balance"):
            if self.out[table]:
                yield table, self.out[table]
                self.out[table] = []

    def _postings(self, *, last: bool = False) -> None:
        """One posting for each ten moves."""
        done = getattr(self, "_posted", 0)
        until = (self.moves - 1) // 10 + 1 if self.moves else 0
        for number in range(done + 1, until + 1 if last else until + 2):
            at, name = self._at(number * 10), f"B{number:09d}"
            warehouse = self.places.warehouses[number % WAREHOUSES]
            self.out["posting"].append(
                (number, "main", SITES[number % 2], "live", f"{name}/step#1/book", "r", "{}", "bench", warehouse, name,
                 "step#1", "delivery_note", f"CK-{name}", at, at, "system", "{}", "{}")
            )  # fmt: skip
        self._posted = max(done, until if last else until + 1)

    def _at(self, move: int) -> str:
        second = int(move * 63_000_000 / max(self.wanted, 1))  # two years
        day, rest = divmod(second, 86_400)
        year, day = divmod(day, 365)
        return f"{2024 + year}-{day // 31 + 1:02d}-{day % 31 % 28 + 1:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.000Z"

    # ------------------------------------------------------------ lots

    def _lot(self, product: int | None = None) -> Lot:
        self.lots += 1
        lot = Lot(self.lots, product or self.rnd.choice(self.places.products), self.rnd.randrange(WAREHOUSES))
        number = f"L{self.lots:08d}"
        self.out["lot"].append((lot.id, "main", "live", lot.product, number, "2028-12-31", f"{number}/r"))
        return lot

    def _move(
        self, lot: Lot, kind: str, source: int, target: int, qty: int, partner: int | None = None, was: str = _Q, now: str = _Q,
        units: list[int] | None = None,
    ) -> int:  # fmt: skip
        self.moves += 1
        number, lot.moves = self.moves, lot.moves + 1
        at, posting = self._at(number), (number - 1) // 10 + 1
        site = SITES[self.warehouse_of.get(target, self.warehouse_of.get(source, 0)) % 2]
        self.out["stock_move"].append(
            (number, "main", site, "live", posting, "", kind, at, at, lot.product, lot.id, source, target, was, now, "",
             partner, qty, None)
        )  # fmt: skip
        lot.balances[source, was] -= qty
        lot.balances[target, now] += qty
        self.out["move_serial"] += [(unit, number) for unit in units or ()]
        return number

    def _ordinary(self) -> Iterator[None]:
        """A lot of the trade: received, inspected, shelved, sold to hospitals, some returned, some sent to another store."""
        rnd, places, lot = self.rnd, self.places, self._lot()
        size = min(5_000, max(4, int(rnd.lognormvariate(3.1, 1.0))))
        if 30 <= size <= 50 and len(self.typical) < 2_000:
            self.typical.append(lot.id)
        has_units = lot.id % 3 == 0
        bins = places.bins[lot.warehouse]
        dock, shelf = bins[0], rnd.choice(bins)
        qty = min(size, 10) if has_units else size * 10
        units = self._units(lot, qty) if has_units else []
        supplier = rnd.choice(places.suppliers)
        self._move(lot, "RECEIVE", places.outside["SUPPLIER"], dock, qty, supplier, _P, _P, units)
        yield
        self._move(lot, "STATUS", dock, dock, qty, None, _P, _Q, units)
        yield
        if shelf != dock:
            self._move(lot, "MOVE", dock, shelf, qty, units=units)
            yield
        free, last = list(units), 0
        for _ in range(size - 3):
            left = lot.balances[shelf, _Q]
            if left <= 0:
                break
            one = [free.pop()] if free else []
            last = self._sale(lot, shelf, 1 if has_units else min(left, rnd.randint(1, 12)), one)
            self._placed(one, places.outside["CUSTOMER"], last, lot)
            yield
        self._placed(free, shelf, last, lot)
        if not has_units and rnd.random() < 0.05 and lot.balances[shelf, _Q] > 1:
            yield from self._repacked(lot, shelf, rnd.randint(1, lot.balances[shelf, _Q]), self._lot(), [0])
        self._settle(lot)

    def _sale(self, lot: Lot, shelf: int, qty: int, units: list[int]) -> int:
        """Mostly to a hospital; sometimes a little comes back, or goes on the road to another store."""
        rnd, places = self.rnd, self.places
        chance = rnd.random()
        if chance < 0.04 and not units:
            return self._move(lot, "TRANSFER_OUT", shelf, places.roads[lot.warehouse], qty)
        customer = places.customers[min(CUSTOMERS - 1, int(rnd.expovariate(1 / 500)))]
        number = self._move(lot, "ISSUE", shelf, places.outside["CUSTOMER"], qty, customer, units=units)
        if chance > 0.97 and not units:
            self._move(lot, "RETURN", places.outside["CUSTOMER"], shelf, 1, customer, _Q, "RETURN_PENDING")
        return number

    def _units(self, lot: Lot, qty: int) -> list[int]:
        first = self.serials + 1
        self.serials += qty
        return list(range(first, first + qty))

    def _placed(self, units: list[int], place: int, move: int, lot: Lot) -> None:
        for unit in units:
            self.out["serial"].append(
                (unit, "main", "live", lot.product, lot.id, f"S{unit:09d}", place, _Q, move or self.moves)
            )

    def _settle(self, lot: Lot) -> None:
        for (place, status), qty in lot.balances.items():
            if qty:
                store = self.warehouse_of.get(place)
                warehouse = None if store is None else self.places.warehouses[store]
                self.out["stock_balance"].append(
                    ("main", SITES[(store or 0) % 2], "live", lot.id, place, status, "", lot.product, warehouse,
                     "2028-12-31", store is None, qty, 0)
                )  # fmt: skip

    # ------------------------------------------------------------ repacking

    def _repacked(self, lot: Lot, shelf: int, qty: int, child: Lot, further: list[int]) -> Iterator[None]:
        """Units of a lot become another lot, which is sold, and repacked `further` times."""
        places, rnd = self.places, self.rnd
        repack = places.outside["REPACK"]
        posting = self._move(lot, "REPACK", shelf, repack, qty)
        self._move(child, "REPACK", repack, shelf, qty)
        self.out["lot_link"].append((lot.id, child.id, (posting - 1) // 10 + 1, qty, qty))
        yield
        for _ in range(further[0]):
            part = max(1, child.balances[shelf, _Q] // (2 * further[0]))
            yield from self._repacked(child, shelf, part, self._lot(child.product), further[1:] or [0])
        for _ in range(rnd.randint(4, 30)):
            left = child.balances[shelf, _Q]
            if left <= 0:
                break
            self._sale(child, shelf, min(left, rnd.randint(1, 5)), [])
            yield
        self._settle(child)

    def _giant(self, moves: int) -> Iterator[None]:
        """The lot that a recall is afraid of."""
        rnd, places, lot = self.rnd, self.places, self._lot()
        self.giant = lot.id
        stores = places.bins[:3]
        for store in stores:
            self._move(lot, "RECEIVE", places.outside["SUPPLIER"], store[0], moves * 10, places.suppliers[0])
            yield
            for shelf in store[1:]:
                self._move(lot, "MOVE", store[0], shelf, moves * 5 // BINS)
                yield
        shelf = stores[0][0]
        for _ in range(CHILDREN):
            yield from self._repacked(lot, shelf, 4_000 * moves // GIANT_MOVES or 40, self._lot(), [GRANDCHILDREN, 0])
        while lot.moves < moves:
            place = rnd.choice(rnd.choice(stores)[1:])
            if lot.balances[place, _Q] > 12:
                self._sale(lot, place, rnd.randint(1, 12), [])
            yield
        self._settle(lot)
