"""The rows that a posting writes: moves, units, receipts, links, balances, places of serial numbers.

Called by `records.ledger` only, inside its transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from domain.stock import STOPPED, BalanceKey, Move, Place, Status, StockLawError, not_enough
from records.base import connection_of, table_of
from records.orders import OrderReceipt
from records.posting import Draft, Posting
from records.reservations import is_key, make_room
from records.stock import Location, Lot, LotLink, MoveSerial, Serial, StockBalance, StockMove


def insert_moves(
    session: Session, posting: Posting, posting_id: int, recorded_at: str, moves: Sequence[Move]
) -> list[dict[str, Any]]:
    """Write the moves and their units; returns the rows with `id` and sorted `serial_ids`."""
    table = table_of(StockMove)
    rows = [_move_row(posting, posting_id, recorded_at, move) for move in moves]
    inserted = connection_of(session).execute(
        insert(table).returning(table.c.id, sort_by_parameter_order=True), [dict(row) for row in rows]
    )
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
    """Apply the net change of each balance in key order, so that two postings never wait for each other in
    a circle."""
    change: dict[BalanceKey, int] = defaultdict(int)
    places: dict[int, Place] = {}
    products: dict[int, int] = {}
    for move in moves:
        change[move.out_key] -= move.qty
        change[move.in_key] += move.qty
        places |= {move.source.id: move.source, move.target.id: move.target}
        products[move.lot_id] = move.product_id
    stopped = {move.out_key for move in moves if move.to_status in STOPPED}
    for key in sorted(change):
        place, delta = places[key[1]], change[key]
        if delta < 0 and place.is_real:
            _take(session, key, place, -delta, posting.at, stopping=key in stopped)
        elif delta:
            _put(session, posting, key, place, products[key[0]], delta)


def _take(session: Session, key: BalanceKey, place: Place, qty: int, at: str, *, stopping: bool) -> None:
    balance = table_of(StockBalance)
    guarded = update(balance).where(is_key(key), balance.c.qty - balance.c.reserved >= qty)
    taking = guarded.values(qty=balance.c.qty - qty)
    if connection_of(session).execute(taking).rowcount == 1:
        return
    make_room(session, key, at, stopping=stopping)
    if connection_of(session).execute(taking).rowcount == 1:
        return
    found = connection_of(session).execute(select(balance.c.qty - balance.c.reserved).where(is_key(key))).scalar()
    raise not_enough(place.code, Status(key[2]), int(found or 0), qty)


def _put(session: Session, posting: Posting, key: BalanceKey, place: Place, product_id: int, delta: int) -> None:
    lot, location = session.get(Lot, key[0]), session.get(Location, key[1])
    assert lot is not None and location is not None
    balance = table_of(StockBalance)
    row = {
        "company": posting.company,
        "site": posting.site,
        "mode": posting.mode,
        "lot_id": key[0],
        "location_id": key[1],
        "status": key[2],
        "owner": key[3],
        "product_id": product_id,
        "warehouse_id": location.warehouse_id,
        "expiry": lot.expiry,
        "is_virtual": not place.is_real,
        "qty": delta,
        "reserved": 0,
    }
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection_of(session).dialect.name]
    statement = dialect.insert(balance).values(row)
    connection_of(session).execute(
        statement.on_conflict_do_update(
            index_elements=list(balance.primary_key), set_={"qty": balance.c.qty + statement.excluded.qty}
        )
    )


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
