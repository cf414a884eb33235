"""The rows that a posting writes: moves, units, receipts, links, balances, places of serial numbers.

Called by `records.ledger` only, inside its transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlmodel import Session

from domain.stock import STOPPED, BalanceKey, Move, Place, Status, StockLawError, not_enough
from records.base import connection_of, table_of
from records.orders import OrderReceipt
from records.posting import Draft, Posting
from records.reservations import make_room
from records.stock import Lot, LotLink, MoveSerial, Serial, StockBalance, StockMove

_NEW_MOVES = insert(table_of(StockMove)).returning(table_of(StockMove).c.id, sort_by_parameter_order=True)


def insert_moves(
    session: Session, posting: Posting, posting_id: int, recorded_at: str, moves: Sequence[Move]
) -> list[dict[str, Any]]:
    """Write the moves and their units; returns the rows with `id` and sorted `serial_ids`."""
    rows = [_move_row(posting, posting_id, recorded_at, move) for move in moves]
    inserted = connection_of(session).execute(_NEW_MOVES, [dict(row) for row in rows])
    units: list[dict[str, Any]] = []
    for row, move, move_id in zip(rows, moves, inserted.scalars(), strict=True):
        row["id"], row["serial_ids"] = move_id, sorted(move.serial_ids)
        units += [{"serial_id": serial, "move_id": move_id} for serial in row["serial_ids"]]
    if units:
        connection_of(session).execute(insert(table_of(MoveSerial)), units)
    return rows


def _move_row(posting: Posting, posting_id: int, recorded_at: str, move: Move) -> dict[str, Any]:
    return {
        "company": posting.company,
        "site": posting.site,
        "mode": posting.mode,
        "posting_id": posting_id,
        "line_no": move.line_no,
        "kind": move.kind.value,
        "business_at": posting.business_at or posting.at,
        "recorded_at": recorded_at,
        "product_id": move.product_id,
        "lot_id": move.lot_id,
        "from_location_id": move.source.id,
        "to_location_id": move.target.id,
        "from_status": move.from_status.value,
        "to_status": move.to_status.value,
        "owner": move.owner,
        "package_from": move.package_from,
        "package_to": move.package_to,
        "partner_id": move.partner_id,
        "qty": move.qty,
        "reverses_move_id": move.reverses,
    }


def insert_receipts(session: Session, posting: Posting, posting_id: int, draft: Draft) -> None:
    """Write what was taken in against orders, and what was repacked."""
    connection = connection_of(session)
    receipts = [
        {
            "posting_id": posting_id,
            "line_no": entry.line_no,
            "order_id": entry.order_id,
            "product_id": entry.product_id,
            "mode": posting.mode,
            "quantity": entry.quantity,
        }
        for entry in draft.receipts
    ]
    if receipts:
        connection.execute(insert(table_of(OrderReceipt)), receipts)
    if draft.links:
        links = [{**vars(link), "posting_id": posting_id} for link in draft.links]
        connection.execute(insert(table_of(LotLink)), links)


def change_balances(session: Session, posting: Posting, moves: Sequence[Move]) -> None:
    """Apply the net change of each balance: what is taken first, then what is put, each in key order.

    Two postings never wait for each other in a circle: those of one warehouse stand in line at its row, and those of
    two share nothing but virtual places and the road between them.
    """
    change: dict[BalanceKey, int] = defaultdict(int)
    places: dict[int, Place] = {}
    products: dict[int, int] = {}
    for move in moves:
        change[move.out_key] -= move.qty
        change[move.in_key] += move.qty
        places |= {move.source.id: move.source, move.target.id: move.target}
        products[move.lot_id] = move.product_id
    stopped = {move.out_key for move in moves if move.to_status in STOPPED}
    taken = {key: -delta for key, delta in change.items() if delta < 0 and places[key[1]].is_real}
    expiries = _take(session, taken, places, posting.at, stopped) if taken else {}
    put = sorted(key for key, delta in change.items() if delta and key not in taken)
    if put:
        expiries |= _expiries(session, {key[0] for key in put} - expiries.keys())
        rows = [
            _balance_row(posting, key, places[key[1]], products[key[0]], expiries[key[0]]) | {"qty": change[key]}
            for key in put
        ]
        connection_of(session).execute(_PUT, rows)


_KEY = "lot_id = :lot_id AND location_id = :location_id AND status = :status AND owner = :owner"
_TAKE = text(f"UPDATE stock_balance SET qty = qty - :taken WHERE {_KEY} AND qty - reserved >= :taken")  # noqa: S608
_FREE = text(f"SELECT qty - reserved FROM stock_balance WHERE {_KEY}")  # noqa: S608
_COLUMNS = table_of(StockBalance).columns.keys()
_PUT = text(
    f"INSERT INTO stock_balance ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)}) "  # noqa: S608
    "ON CONFLICT (lot_id, location_id, status, owner) DO UPDATE SET qty = stock_balance.qty + excluded.qty"
)
"""Spelled once: for SQLAlchemy to put such a statement together costs many times what it costs to run."""


_STANDING = (
    select(*(table_of(StockBalance).c[name] for name in "lot_id location_id status owner qty reserved expiry".split()))
    .order_by(*table_of(StockBalance).primary_key)
    .with_for_update()
)


def _named(key: BalanceKey) -> dict[str, Any]:
    return dict(zip(("lot_id", "location_id", "status", "owner"), key, strict=True))


def _take(
    session: Session, taken: dict[BalanceKey, int], places: dict[int, Place], at: str, stopped: set[BalanceKey]
) -> dict[int, str]:
    """Take from real places; answers with the expiry of each lot, which the balances know."""
    connection, keys = connection_of(session), sorted(taken)
    free, expiries = _standing(session, keys)
    for key in keys:
        if free.get(key, 0) < taken[key]:
            make_room(session, key, at, stopping=key in stopped)
            there = connection.execute(_FREE, _named(key)).scalar() or 0
            if there < taken[key]:
                raise not_enough(places[key[1]].code, Status(key[2]), int(there), taken[key])
    taking = [{**_named(key), "taken": taken[key]} for key in keys]
    if connection.execute(_TAKE, taking).rowcount != len(keys):
        raise AssertionError("a balance that is locked has changed")
    return expiries


def _standing(session: Session, keys: Sequence[BalanceKey]) -> tuple[dict[BalanceKey, int], dict[int, str]]:
    """What is free of each balance, whose rows stay locked in key order, and the expiry of its lot."""
    columns = table_of(StockBalance).c
    wanted = set(keys)
    query = _STANDING.where(
        columns.lot_id.in_(sorted({key[0] for key in keys})), columns.location_id.in_(sorted({key[1] for key in keys}))
    )
    rows = [row for row in connection_of(session).execute(query) if tuple(row[:4]) in wanted]
    free = {(row.lot_id, row.location_id, row.status, row.owner): row.qty - row.reserved for row in rows}
    return free, {row.lot_id: row.expiry for row in rows}


def _expiries(session: Session, lot_ids: set[int]) -> dict[int, str]:
    if not lot_ids:
        return {}
    lot = table_of(Lot)
    query = select(lot.c.id, lot.c.expiry).where(lot.c.id.in_(sorted(lot_ids)))
    return {row.id: row.expiry for row in connection_of(session).execute(query)}


def _balance_row(posting: Posting, key: BalanceKey, place: Place, product_id: int, expiry: str) -> dict[str, Any]:
    return {
        **_named(key),
        "company": posting.company,
        "site": posting.site,
        "mode": posting.mode,
        "product_id": product_id,
        "warehouse_id": place.warehouse_id,
        "expiry": expiry,
        "is_virtual": not place.is_real,
        "reserved": 0,
    }


def place_serials(session: Session, moves: Sequence[Move], rows: Sequence[dict[str, Any]]) -> None:
    """Units follow their move; raises `StockLawError` when one does not stand where the move takes it
    from."""
    serials = table_of(Serial)
    for move, row in zip(moves, rows, strict=True):
        if not move.serial_ids:
            continue
        there = update(serials).where(
            serials.c.id.in_(sorted(move.serial_ids)),
            serials.c.lot_id == move.lot_id,
            serials.c.current_location_id == move.source.id,
            serials.c.current_status == move.from_status.value,
        )
        moved = connection_of(session).execute(
            there.values(
                current_location_id=move.target.id, current_status=move.to_status.value, current_move_id=row["id"]
            )
        )
        if moved.rowcount != move.qty:
            raise StockLawError(
                "serial_elsewhere",
                f"有序列号不在货位 {move.source.code} 或状态不符，请核对实物与序列号。",
                f"Some serial numbers are not at {move.source.code} or have another status; compare goods and numbers.",
            )
