"""Lots and serial numbers: found where they exist, made where goods first arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from domain.stock import Status
from records.base import COMPANY, connection_of, table_of
from records.stock import Lot, Serial


@dataclass(frozen=True, order=True)
class LotKey:
    """What makes a lot one lot: `expiry` is `YYYY-MM-DD` or empty."""

    product_id: int
    lot_no: str
    expiry: str


@dataclass(frozen=True)
class LotOrigin:
    """Where a new lot comes from: the effect that first took it in, and the production date it was entered
    with."""

    effect_key: str
    made_on: str | None = None


def find(session: Session, key: LotKey, mode: str = "live", company: str = COMPANY) -> Lot | None:
    """The lot with this key."""
    statement = select(Lot).where(
        Lot.company == company,
        Lot.mode == mode,
        Lot.product_id == key.product_id,
        Lot.lot_no == key.lot_no,
        Lot.expiry == key.expiry,
    )
    return session.exec(statement).first()


def of_number(session: Session, product_id: int, lot_no: str, mode: str = "live") -> list[Lot]:
    """Every lot of a product with this lot number, whatever its expiry."""
    statement = select(Lot).where(Lot.mode == mode, Lot.product_id == product_id, Lot.lot_no == lot_no)
    return list(session.exec(statement.order_by(col(Lot.id))))


def open_lots(
    session: Session, wanted: dict[LotKey, LotOrigin], mode: str = "live", company: str = COMPANY
) -> dict[LotKey, int]:
    """The ids of lots by key; missing ones are made, in key order so that two receipts never wait in a
    circle."""
    rows = [
        {
            "company": company,
            "mode": mode,
            "product_id": key.product_id,
            "lot_no": key.lot_no,
            "expiry": key.expiry,
            "made_on": wanted[key].made_on,
            "sterile_lot": None,
            "first_effect_key": wanted[key].effect_key,
        }
        for key in sorted(wanted)
    ]
    _insert_missing(session, Lot, rows, ["company", "mode", "product_id", "lot_no", "expiry"])
    found = {key: find(session, key, mode, company) for key in wanted}
    return {key: lot.id for key, lot in found.items() if lot is not None and lot.id is not None}


def open_serials(
    session: Session, lot: Lot, numbers: Sequence[str], outside: int, udi: str | None, status: Status
) -> list[int]:
    """The ids of a lot's serial numbers; new ones start at the location `outside` in `status`."""
    rows = [
        {
            "company": lot.company,
            "mode": lot.mode,
            "product_id": lot.product_id,
            "lot_id": lot.id,
            "serial_no": number,
            "udi": udi,
            "current_location_id": outside,
            "current_status": status.value,
            "current_move_id": None,
        }
        for number in sorted(set(numbers))
    ]
    _insert_missing(session, Serial, rows, ["company", "mode", "product_id", "serial_no"])
    return serial_ids(session, lot, numbers)


def serial_ids(session: Session, lot: Lot, numbers: Sequence[str]) -> list[int]:
    """The ids of those of `numbers` that are units of the lot's product."""
    statement = select(Serial.id).where(
        Serial.company == lot.company,
        Serial.mode == lot.mode,
        Serial.product_id == lot.product_id,
        col(Serial.serial_no).in_(sorted(set(numbers))),
    )
    return [found for found in session.exec(statement.order_by(col(Serial.serial_no))) if found is not None]


def serials_at(session: Session, lot_id: int, location_id: int, status: str) -> list[int]:
    """The units of a lot that stand at a location in a status."""
    statement = select(Serial.id).where(
        Serial.lot_id == lot_id, Serial.current_location_id == location_id, Serial.current_status == status
    )
    return [found for found in session.exec(statement.order_by(col(Serial.id))) if found is not None]


def _insert_missing(session: Session, model: type[SQLModel], rows: list[dict[str, object]], unique: list[str]) -> None:
    if not rows:
        return
    connection = connection_of(session)
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    statement = dialect.insert(table_of(model))
    connection.execute(statement.on_conflict_do_nothing(index_elements=unique), rows)
