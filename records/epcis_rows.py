"""The movements behind EPCIS events: pages of postings, with everything that an event names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.epcis.events import REVERSAL, TRANSFORMATION, as_number
from domain.epcis.identifiers import Goods
from domain.epcis.movements import Company, Measured, Movement, Spot
from domain.json_types import JsonObject
from domain.stock import Status
from records import organisation
from records.base import COMPANY
from records.organisation import Site
from records.parties import Partner
from records.products import Product, ProductDi
from records.stock import Location, Lot, MoveSerial, PostingRow, Serial, StockMove, Warehouse


@dataclass(frozen=True)
class EventFilter:
    """Which movements: `lot` is a lot number or `#<id>`, times bound what happened when (`until` is not included).

    `sites` bounds what the caller may see (`None`: everything).
    """

    lot: str | None = None
    serial: str | None = None
    product: str | None = None
    since: str | None = None
    until: str | None = None
    mode: str = "live"
    sites: Collection[str] | None = None
    company: str = COMPANY


@dataclass(frozen=True)
class PostingPage:
    """The movements of some postings, posting by posting, and where the next page begins, if there is one."""

    postings: list[list[Movement]]
    beyond: int | None


def owner(session: Session, company: str = COMPANY) -> Company:
    """The company as events name it: by its unified social credit code, or by its key while it has none."""
    found = organisation.company(session, company)
    return Company((found.uscc if found else "") or company)


def page(session: Session, wanted: EventFilter, after: int = 0, limit: int = 50) -> PostingPage:
    """The movements of up to `limit` postings after the posting `after`, the oldest first."""
    matching = _matching(session, wanted)
    posting_id: Any = col(StockMove.posting_id)
    keys = select(posting_id).where(*matching, col(StockMove.posting_id) > after).distinct()
    ids = list(session.execute(keys.order_by(col(StockMove.posting_id)).limit(limit + 1)).scalars())
    shown = ids[:limit]
    if not shown:
        return PostingPage([], None)
    here = col(StockMove.posting_id).in_(shown)
    whole = or_(_of_repacking(), and_(*matching))
    found = _movements(session, [here, whole])
    undone = select(col(StockMove.reverses_move_id)).where(here, col(StockMove.reverses_move_id).is_not(None))
    originals = {one.id: one for one in _of(_movements(session, [col(StockMove.id).in_(undone)]))}
    postings = [[_with_original(one, originals) for one in found[key]] for key in shown if key in found]
    return PostingPage(postings, shown[-1] if len(ids) > limit else None)


def _of_repacking() -> Any:
    """Moves of a repacking, or of its reversal: all of them make one event, whichever lot was asked for."""
    other: Any = aliased(StockMove)
    repacked = select(other.id).where(col(other.kind) == TRANSFORMATION)
    return or_(col(StockMove.kind) == TRANSFORMATION, col(StockMove.reverses_move_id).in_(repacked))


def _of(found: dict[int, list[Movement]]) -> list[Movement]:
    return [one for movements in found.values() for one in movements]


def _with_original(movement: Movement, originals: dict[int, Movement]) -> Movement:
    return replace(movement, original=originals.get(movement.undoes)) if movement.kind == REVERSAL else movement


def _matching(session: Session, wanted: EventFilter) -> list[Any]:
    clauses: list[Any] = [col(StockMove.company) == wanted.company, col(StockMove.mode) == wanted.mode]
    if wanted.sites is not None:
        clauses.append(col(StockMove.site).in_(sorted(wanted.sites)))
    if wanted.lot is not None:
        clauses.append(_lot(wanted.lot))
    if wanted.product is not None:
        known = select(col(Product.id)).where(
            col(Product.company) == wanted.company, col(Product.code) == wanted.product
        )
        clauses.append(col(StockMove.product_id).in_(known))
    if wanted.serial is not None:
        units = select(col(MoveSerial.move_id)).join(Serial, col(Serial.id) == col(MoveSerial.serial_id))
        clauses.append(col(StockMove.id).in_(units.where(col(Serial.serial_no) == wanted.serial)))
    if wanted.since is not None:
        clauses.append(col(StockMove.business_at) >= wanted.since)
    if wanted.until is not None:
        clauses.append(col(StockMove.business_at) < wanted.until)
    return clauses


def _lot(lot: str) -> Any:
    number = lot.removeprefix("#")
    if lot.startswith("#") and number.isascii() and number.isdigit():
        return col(StockMove.lot_id) == int(number)
    return col(StockMove.lot_id).in_(select(col(Lot.id)).where(col(Lot.lot_no) == lot))


def _movements(session: Session, clauses: list[Any]) -> dict[int, list[Movement]]:
    """The movements of these moves by posting, in the order in which they were written."""
    source: Any
    target: Any
    store: Any
    aim: Any
    source, target, store, aim = (aliased(one) for one in (Location, Location, Warehouse, Warehouse))
    columns: Any = (StockMove, PostingRow, Lot, Product, source, target, store.code, aim.code, Partner, Site.zone)
    query: Any = (
        select(*columns)
        .join(PostingRow, col(PostingRow.id) == col(StockMove.posting_id))
        .join(Lot, col(Lot.id) == col(StockMove.lot_id))
        .join(Product, col(Product.id) == col(StockMove.product_id))
        .join(source, source.id == col(StockMove.from_location_id))
        .join(target, target.id == col(StockMove.to_location_id))
        .outerjoin(store, store.id == source.warehouse_id)
        .outerjoin(aim, aim.id == target.warehouse_id)
        .outerjoin(Partner, col(Partner.id) == col(StockMove.partner_id))
        .outerjoin(Site, col(Site.key) == col(StockMove.site))
        .where(*clauses)
        .order_by(col(StockMove.posting_id), col(StockMove.id))
    )
    rows = list(session.execute(query))
    serials, dis = _serials(session, clauses), _dis(session, {row[3].id for row in rows})
    found: dict[int, list[Movement]] = defaultdict(list)
    for row in rows:
        move: StockMove = row[0]
        assert move.id is not None
        made = _movement(move, row, tuple(serials.get(move.id, ())), dis.get(row[3].id, ""))
        found[move.posting_id].append(made)
    return found


def _serials(session: Session, clauses: list[Any]) -> dict[int, list[str]]:
    query = (
        select(col(MoveSerial.move_id), col(Serial.serial_no))
        .join(Serial, col(Serial.id) == col(MoveSerial.serial_id))
        .join(StockMove, col(StockMove.id) == col(MoveSerial.move_id))
        .where(*clauses)
        .order_by(col(Serial.serial_no))
    )
    found: dict[int, list[str]] = defaultdict(list)
    for move_id, serial in session.execute(query):
        found[move_id].append(serial)
    return found


def _dis(session: Session, products: set[Any]) -> dict[int, str]:
    """The GTIN of each product's base unit, where GS1 gave it one."""
    query = select(col(ProductDi.product_id), col(ProductDi.di)).where(
        col(ProductDi.product_id).in_(sorted(products)), col(ProductDi.issuing_agency) == "GS1"
    )
    lowest = query.order_by(col(ProductDi.level).desc(), col(ProductDi.di).desc())
    return {row[0]: row[1] for row in session.execute(lowest)}


def _movement(move: StockMove, row: Any, serials: tuple[str, ...], di: str) -> Movement:
    posting, lot, product, source, target, store, aim, partner, zone = row[1:]
    return Movement(
        id=move.id or 0,
        kind=move.kind,
        goods=Goods(product.code, lot.lot_no, di, lot.expiry),
        quantity=move.qty,
        source=Spot(source.code, store or "", source.zone),
        target=Spot(target.code, aim or "", target.zone),
        from_status=Status(move.from_status),
        to_status=Status(move.to_status),
        business_at=move.business_at,
        recorded_at=move.recorded_at,
        zone=zone or "Asia/Shanghai",
        serials=serials,
        partner=(partner.uscc or partner.code) if partner else "",
        package_from=move.package_from or "",
        package_to=move.package_to or "",
        document=(posting.document_type, posting.document_id),
        case=posting.case_id,
        measured=_measured(posting.request, move, product),
        undoes=move.reverses_move_id or 0,
    )


def _measured(request: JsonObject, move: StockMove, product: Product) -> Measured | None:
    """The temperature at which a line arrived, where the receipt noted one."""
    given = request.get("input")
    lines = given.get("lines") if isinstance(given, dict) else None
    for line in lines if isinstance(lines, list) and move.kind == "RECEIVE" else []:
        if isinstance(line, dict) and line.get("line_no") == move.line_no:
            celsius = as_number(line.get("arrival_temp"))
            if celsius is None:
                return None
            return Measured(celsius, move.business_at, as_number(product.temp_min), as_number(product.temp_max))
    return None
