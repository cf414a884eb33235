"""Places outside the house: on the road between two warehouses, and in the house of a hospital; what stands there.

Such a place belongs to the warehouse that answers for the goods. Source: GSP 2023 arts. 52, 89, 90.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from domain.errors import GspError
from domain.json_types import JsonObject
from domain.stock import AT_HOSPITAL, PlaceKind
from records import master
from records.base import COMPANY
from records.master import Because
from records.parties import Partner
from records.products import Product
from records.stock import Location, Lot, PostingRow, StockBalance, StockMove, Warehouse, location_by_code, warehouses
from records.vouchers import Voucher

AWAY = AT_HOSPITAL | {PlaceKind.TRANSIT}
"""Kinds of places where our goods are and our people are not."""
_SIGNS = {PlaceKind.KIT_OUT: "KIT", PlaceKind.CONSIGNMENT: "CSG"}


def road_code(source: str, target: str) -> str:
    """The code of the road between two warehouses: `HZ>NB`."""
    return f"{source}>{target}"


def hospital_code(kind: PlaceKind, warehouse: str, partner: str) -> str:
    """The code of a place at a hospital: `HZ-KIT-CUS.001`, `HZ-CSG-CUS.001`; one row of the map holds all hospitals."""
    return f"{warehouse}-{_SIGNS[kind]}-{partner.replace('-', '.')}"


def house(session: Session, code: str, company: str = COMPANY) -> Warehouse | None:
    """The warehouse in use with this code."""
    return next((row for row in warehouses(session, None, company) if row.code == code), None)


def open_road(session: Session, source: Warehouse, target: Warehouse, because: Because) -> Location:
    """The place of goods on the way from one warehouse to another; made where there is none yet."""
    wanted = Location(
        company=source.company,
        warehouse_id=source.id,
        code=road_code(source.code, target.code),
        name=f"{source.name} 至 {target.name} 在途",
        name_en=f"On the way from {source.code} to {target.code}",
        kind=PlaceKind.TRANSIT.value,
        bound_for_id=target.id,
    )
    return _opened(session, wanted, because)


def open_at_hospital(
    session: Session, kind: PlaceKind, source: Warehouse, partner: Partner, because: Because
) -> Location:
    """The place of a warehouse's kits (`KIT_OUT`) or consigned goods (`CONSIGNMENT`) at a hospital; made where there is
    none yet."""
    assert kind in AT_HOSPITAL, kind
    word = "跟台" if kind is PlaceKind.KIT_OUT else "寄售"
    wanted = Location(
        company=source.company,
        warehouse_id=source.id,
        code=hospital_code(kind, source.code, partner.code),
        name=f"{partner.name} {word}",
        name_en=f"{'Kits' if kind is PlaceKind.KIT_OUT else 'Consignment'} at {partner.name_en or partner.name}",
        kind=kind.value,
        partner_id=partner.id,
    )
    return _opened(session, wanted, because)


def _opened(session: Session, wanted: Location, because: Because) -> Location:
    known = location_by_code(session, wanted.code, wanted.company)
    if known is None:
        master.write(session, f"location/{wanted.code}", [wanted], because)
        session.flush()
        return wanted
    same = ("kind", "warehouse_id", "partner_id", "bound_for_id")
    if any(getattr(known, name) != getattr(wanted, name) for name in same):
        raise GspError(
            "place_taken",
            f"货位码 {wanted.code} 已用于另一处。请停用或改码后再开设。",
            f"The location code {wanted.code} stands for another place. Retire that one first.",
        )
    return known


def places_away(session: Session, sites: Collection[str], company: str = COMPANY) -> list[JsonObject]:
    """The open places outside the house of the warehouses of some sites, by code."""
    joined: Any = select(Location, Warehouse)
    query = joined.join(Warehouse, col(Warehouse.id) == col(Location.warehouse_id)).where(
        col(Location.kind).in_(sorted(AWAY)),
        col(Location.retired_at).is_(None),
        Location.company == company,
        col(Warehouse.site).in_(sorted(sites)),
    )
    return [place_view(session, row, source) for row, source in session.exec(query.order_by(Location.code))]


def place_view(session: Session, row: Location, source: Warehouse) -> JsonObject:
    """A place outside the house as outsiders see it."""
    partner = session.get(Partner, row.partner_id) if row.partner_id else None
    bound = session.get(Warehouse, row.bound_for_id) if row.bound_for_id else None
    return {
        "location": row.code,
        "name": {"zh": row.name, "en": row.name_en or row.name},
        "kind": row.kind,
        "warehouse": source.code,
        "site": source.site,
        "bound_for": bound.code if bound else None,
        "partner": partner.code if partner else None,
        "partner_name": partner.name if partner else None,
    }


def goods_away(
    session: Session, sites: Collection[str], kinds: Collection[PlaceKind], mode: str = "live", company: str = COMPANY
) -> list[JsonObject]:
    """What is on the road or at hospitals: from or to a warehouse of the sites, the longest away first."""
    bound: Any = select(Warehouse.id).where(col(Warehouse.site).in_(sorted(sites)))
    joined: Any = select(StockBalance, Lot, Product, Location, Warehouse)  # pyright: ignore[reportCallIssue]
    query = (
        joined.join(Lot, col(Lot.id) == col(StockBalance.lot_id))
        .join(Product, col(Product.id) == col(StockBalance.product_id))
        .join(Location, col(Location.id) == col(StockBalance.location_id))
        .join(Warehouse, col(Warehouse.id) == col(Location.warehouse_id))
        .where(StockBalance.qty > 0, StockBalance.mode == mode, StockBalance.company == company)
        .where(col(Location.kind).in_(sorted(kinds)))
        .where(col(Warehouse.site).in_(sorted(sites)) | col(Location.bound_for_id).in_(bound))
    )
    rows = [_away_row(session, *found) for found in session.exec(query)]
    return sorted(rows, key=lambda row: (str(row["since"]), str(row["location"]), str(row["lot"])))


def _away_row(
    session: Session, balance: StockBalance, lot: Lot, product: Product, place: Location, source: Warehouse
) -> JsonObject:
    since, voucher, case_id = _left(session, balance)
    return {
        **place_view(session, place, source),
        "product": product.code,
        "product_name": {"zh": product.name, "en": product.name_en or product.name},
        "lot": lot.lot_no,
        "expiry": lot.expiry or None,
        "status": balance.status,
        "quantity": balance.qty,
        "unit": product.unit,
        "since": since,
        "voucher": voucher,
        "case": case_id,
    }


def _left(session: Session, balance: StockBalance) -> tuple[str, str | None, str | None]:
    """When the oldest of the units there left the house: moment, voucher and case of that posting.

    What came first is taken to have gone on first.
    """
    into = (
        select(StockMove)
        .where(StockMove.lot_id == balance.lot_id, StockMove.to_location_id == balance.location_id)
        .where(StockMove.owner == balance.owner, StockMove.from_location_id != balance.location_id)
    )
    left = balance.qty
    oldest: StockMove | None = None
    for move in session.exec(into.order_by(col(StockMove.id).desc())):
        oldest, left = move, left - move.qty
        if left <= 0:
            break
    if oldest is None:
        return "", None, None
    posting = session.get(PostingRow, oldest.posting_id)
    voucher = session.get(Voucher, oldest.posting_id)
    return oldest.business_at, voucher.number if voucher else None, posting.case_id if posting else None


def still_away(
    session: Session, document: tuple[str, str], mode: str = "live", company: str = COMPANY
) -> dict[str, int]:
    """By line number, how many units of a document (`type`, `number`) are still at places outside the house: what its
    postings brought there less what they took away again; reversed moves count for nothing."""
    source, target, undone = aliased(Location), aliased(Location), aliased(StockMove)
    moves: Any = select(StockMove.line_no, StockMove.qty, source.kind, target.kind)  # pyright: ignore[reportCallIssue]
    query = (
        moves.join(PostingRow, col(PostingRow.id) == col(StockMove.posting_id))
        .join(source, col(source.id) == col(StockMove.from_location_id))
        .join(target, col(target.id) == col(StockMove.to_location_id))
        .join(undone, col(undone.reverses_move_id) == col(StockMove.id), isouter=True)
        .where(PostingRow.document_type == document[0], PostingRow.document_id == document[1])
        .where(PostingRow.mode == mode, PostingRow.company == company)
        .where(StockMove.from_location_id != StockMove.to_location_id)
        .where(col(StockMove.reverses_move_id).is_(None), col(undone.id).is_(None))
    )
    left: dict[str, int] = {}
    for line_no, qty, came_from, went_to in session.exec(query):
        left[line_no] = left.get(line_no, 0) + (qty if went_to in AWAY else 0) - (qty if came_from in AWAY else 0)
    return left
