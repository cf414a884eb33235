"""What registers list, read in the order of time and never all at once: order lines, moves, signatures of a period.

Rows come through the engine's own cursor (`yield_per`), in one snapshot; whoever reads them keeps a few hundred at most.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import aliased, load_only
from sqlmodel import Session, col

from domain.clock import to_text
from domain.stock import MoveKind
from records.base import COMPANY
from records.case_tables import CaseRecord, CaseRow, CaseScope, CaseStep, Signature
from records.orders import PurchaseOrder, PurchaseOrderLine
from records.parties import Credential, Partner
from records.products import Product
from records.stock import Location, Lot, MoveSerial, PostingRow, Serial, StockMove, Warehouse
from records.vouchers import Voucher

AT_ONCE = 500
"""So many rows are in memory at once."""
_DEAD = ("superseded", "cancelled")


@dataclass(frozen=True)
class Period:
    """Which rows: days of the sites' own calendars, both included; ``zones`` are the sites with their time zones."""

    begin: date
    end: date
    zones: Mapping[str, str] = field(default_factory=dict)
    mode: str = "live"
    company: str = COMPANY


def purchases(session: Session, period: Period) -> Iterator[dict[str, Any]]:
    """The lines of purchase orders of the period (GSP 58), by order date and number; samples and gifts too."""
    columns = (PurchaseOrder, PurchaseOrderLine, Product, Partner)
    query = (
        select(*columns)
        .join(PurchaseOrderLine, col(PurchaseOrderLine.order_id) == col(PurchaseOrder.id))
        .join(Product, col(Product.id) == col(PurchaseOrderLine.product_id))
        .join(Partner, col(Partner.id) == col(PurchaseOrder.supplier_id))
        .where(
            col(PurchaseOrder.company) == period.company,
            col(PurchaseOrder.mode) == period.mode,
            col(PurchaseOrder.site).in_(sorted(period.zones)),
            col(PurchaseOrder.ordered_on) >= period.begin.isoformat(),
            col(PurchaseOrder.ordered_on) <= period.end.isoformat(),
        )
        .order_by(col(PurchaseOrder.ordered_on), col(PurchaseOrder.number), col(PurchaseOrderLine.line_no))
    )
    for order, line, product, partner in session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield {
            **goods(product),
            "site": order.site,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "supplier_name": partner.name,
            "purchase_date": order.ordered_on,
            "purchase_order_no": order.number,
        }


def moves(
    session: Session, period: Period, kinds: Collection[MoveKind], *, shelved: bool = False
) -> Iterator[list[dict[str, Any]]]:
    """Moves of the period in the order of the books, some hundred at a time; `file` is what the product's file says now.

    ``shelved``: only those that brought goods which had passed from a pending or returns zone to their shelf.
    Moves that were reversed, and reversals, are not in it.
    """
    source, target, undone = aliased(Location), aliased(Location), aliased(StockMove)
    query = (
        _told(source, target)
        .outerjoin(undone, col(undone.reverses_move_id) == col(StockMove.id))
        .where(
            col(StockMove.company) == period.company,
            col(StockMove.mode) == period.mode,
            col(StockMove.kind).in_([kind.value for kind in kinds]),
            during(col(StockMove.business_at), col(StockMove.site), period),
            col(undone.id).is_(None),
        )
        .order_by(col(StockMove.business_at), col(StockMove.id))
    )
    if shelved:
        query = query.where(col(source.zone).in_(["pending", "returns"]), col(target.zone) == "qualified")
    found = session.execute(query.execution_options(yield_per=AT_ONCE))
    for part in found.partitions(AT_ONCE):
        units = _units(session, [row[0].id for row in part])
        yield [_move(*row, units=units.get(row[0].id, [])) for row in part]


def posted(session: Session, posting_id: int) -> list[dict[str, Any]]:
    """The moves of one posting, as `moves` tells them, in the order of its lines."""
    query = _told(aliased(Location), aliased(Location)).where(col(StockMove.posting_id) == posting_id)
    query = query.order_by(col(StockMove.id))
    rows = session.execute(query).all()
    units = _units(session, [row[0].id for row in rows])
    return [_move(*row, units=units.get(row[0].id, [])) for row in rows]


def reversed_by(session: Session, posting_id: int) -> str:
    """The voucher of the posting that reversed this one; empty where nothing did."""
    undone = aliased(StockMove)
    query = (
        select(col(Voucher.number))
        .join(StockMove, col(StockMove.posting_id) == col(Voucher.posting_id))
        .join(undone, col(undone.id) == col(StockMove.reverses_move_id))
        .where(col(undone.posting_id) == posting_id)
        .limit(1)
    )
    return session.execute(query).scalar() or ""


def _told(source: Any, target: Any) -> Any:
    """Moves with everything that is told about them; `source` and `target` are aliases of locations."""
    return (
        select(StockMove, PostingRow, Lot, Product, source, target, Warehouse, Partner, col(Voucher.number))
        .join(PostingRow, col(PostingRow.id) == col(StockMove.posting_id))
        .join(Lot, col(Lot.id) == col(StockMove.lot_id))
        .join(Product, col(Product.id) == col(StockMove.product_id))
        .join(source, col(source.id) == col(StockMove.from_location_id))
        .join(target, col(target.id) == col(StockMove.to_location_id))
        .join(Warehouse, col(Warehouse.id) == col(PostingRow.warehouse_id))
        .outerjoin(Partner, col(Partner.id) == col(StockMove.partner_id))
        .outerjoin(Voucher, col(Voucher.posting_id) == col(StockMove.posting_id))
        .options(load_only(*_OF_POSTING, raiseload=True))  # what a posting was asked is long, and nobody reads it here
    )


_OF_POSTING: tuple[Any, ...] = (PostingRow.case_id, PostingRow.path, PostingRow.actor, PostingRow.document_id)


def signed(
    session: Session, period: Period, meanings: Collection[str], processes: Collection[str] = ()
) -> Iterator[list[Signature]]:
    """Signatures of the period, some hundred at a time, by time; without those of work that counts no more."""
    query = (
        select(Signature)
        .where(
            col(Signature.company) == period.company,
            col(Signature.mode) == period.mode,
            col(Signature.meaning).in_(sorted(meanings)),
            during(col(Signature.at), col(Signature.site), period),
        )
        .order_by(col(Signature.at), col(Signature.case_id), col(Signature.seq))
    )
    if processes:
        query = query.join(CaseRow, col(CaseRow.id) == col(Signature.case_id))
        query = query.where(col(CaseRow.process).in_(sorted(processes)))
    found = session.execute(query.execution_options(yield_per=AT_ONCE)).scalars()
    for part in found.partitions(AT_ONCE):
        void = void_paths(session, {row.case_id for row in part})
        yield [row for row in part if not is_void(row.path, void.get(row.case_id, set()))]


def during(at: Any, site: Any, period: Period) -> ColumnElement[bool]:
    """Whether a time falls into the period, by the clock of its site."""
    by_zone: dict[str, list[str]] = {}
    for name, zone in sorted(period.zones.items()):
        by_zone.setdefault(zone, []).append(name)
    parts = [
        and_(site.in_(sites), at >= _midnight(period.begin, zone), at < _midnight(period.end + timedelta(days=1), zone))
        for zone, sites in by_zone.items()
    ]
    return or_(*parts) if parts else false()


def _midnight(day: date, zone: str) -> str:
    return to_text(datetime.combine(day, time(), ZoneInfo(zone)))


def goods(product: Product) -> dict[str, Any]:
    """A product's file under the names of the glossary."""
    return {
        "product_code": product.code,
        "product_name": product.name,
        "product_name_en": product.name_en,
        "model": product.model,
        "specification": product.specification,
        "registration_no": product.registration_no,
        "registrant_name": product.registrant_name,
        "contract_manufacturer_name": product.contract_manufacturer_name,
        "production_license_no": product.production_license_no,
        "unit": product.unit,
        "service_life": product.service_life,
        "storage_condition": product.storage_condition,
        "transport_condition": product.transport_condition or product.storage_condition,
        "is_cold_chain": product.is_cold_chain,
    }


def _move(
    row: StockMove,
    posting: PostingRow,
    lot: Lot,
    product: Product,
    source: Location,
    target: Location,
    warehouse: Warehouse,
    partner: Partner | None,
    number: str | None,
    *,
    units: list[tuple[str, str]],
) -> dict[str, Any]:
    return {
        "file": goods(product),
        "move_id": row.id,
        "move_kind": row.kind,
        "posting_id": row.posting_id,
        "case_id": posting.case_id,
        "path": posting.path,
        "line_no": row.line_no,
        "site": row.site,
        "business_at": row.business_at,
        "actor": posting.actor,
        "voucher": number or "",
        "document": posting.document_id,
        "lot_no": lot.lot_no,
        "production_date": lot.made_on or "",
        "expiry_date": lot.expiry,
        "serial_no": "、".join(serial for serial, _ in units),
        "udi": "、".join(dict.fromkeys(udi for _, udi in units if udi)),
        "unit": product.unit,
        "quantity": row.qty,
        "warehouse": warehouse.name,
        "warehouse_en": warehouse.name_en,
        "warehouse_code": warehouse.code,
        "zone": target.zone or "",
        "from_location": source.code,
        "from_status": row.from_status,
        "to_status": row.to_status,
        "location": target.code,
        **_partner(partner),
    }


def _partner(row: Partner | None) -> dict[str, Any]:
    """Whom the goods came from or went to; a supplier under that name too."""
    if row is None:
        return {}
    contact = " ".join(part for part in (row.contact, row.phone) if part)
    told = {"name": row.name, "address": row.address, "contact": contact, "name_en": row.name_en}
    named = ("partner", "supplier") if row.kind == "SUPPLIER" else ("partner",)
    return {f"{who}_{key}": value for who in named for key, value in told.items()} | {"partner_id": row.id}


def _units(session: Session, move_ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    """Serial numbers and UDIs of the units of moves, by move."""
    query = (
        select(col(MoveSerial.move_id), col(Serial.serial_no), col(Serial.udi))
        .join(Serial, col(Serial.id) == col(MoveSerial.serial_id))
        .where(col(MoveSerial.move_id).in_(move_ids))
        .order_by(col(MoveSerial.move_id), col(Serial.serial_no))
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for move_id, serial_no, udi in session.execute(query):
        found.setdefault(move_id, []).append((serial_no, udi or ""))
    return found


def scopes_of(session: Session, case_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The scopes of several cases, without the outputs of steps, by case."""
    query = select(CaseScope.case_id, CaseScope.scope, CaseScope.body).where(  # type: ignore[call-overload]
        col(CaseScope.case_id).in_(sorted(case_ids)), ~col(CaseScope.scope).startswith("out/")
    )
    found: dict[str, dict[str, Any]] = {}
    for case_id, scope, body in session.execute(query):
        found.setdefault(case_id, {})[scope] = body
    return found


def signatures_of(session: Session, case_ids: Collection[str]) -> dict[str, list[Signature]]:
    """The signatures of several cases that still count, oldest first, by case."""
    query = select(Signature).where(col(Signature.case_id).in_(sorted(case_ids)))
    void, found = void_paths(session, case_ids), dict[str, list[Signature]]()
    for row in session.execute(query.order_by(col(Signature.case_id), col(Signature.seq))).scalars():
        if not is_void(row.path, void.get(row.case_id, set())):
            found.setdefault(row.case_id, []).append(row)
    return found


def void_paths(session: Session, case_ids: Collection[str]) -> dict[str, set[str]]:
    """Where work was superseded or cancelled, by case."""
    query = select(CaseStep.case_id, CaseStep.path).where(  # type: ignore[call-overload]
        col(CaseStep.case_id).in_(sorted(case_ids)), col(CaseStep.state).in_(_DEAD)
    )
    found: dict[str, set[str]] = {}
    for case_id, path in session.execute(query):
        found.setdefault(case_id, set()).add(path)
    return found


def changed_rules(session: Session, case_ids: Collection[str]) -> set[str]:
    """Those of the cases that went on under other rules than they began with."""
    query = select(CaseRecord.case_id).where(  # type: ignore[call-overload]
        col(CaseRecord.case_id).in_(sorted(case_ids)), CaseRecord.action == "migrated"
    )
    return set(session.execute(query.distinct()).scalars())


def is_void(path: str, void: Collection[str]) -> bool:
    """Whether a place lies in work that counts no more."""
    return any(path == dead or path.startswith(f"{dead}/") for dead in void)


def licences_of(session: Session, partner_ids: Collection[int]) -> dict[int, str]:
    """The number of each partner's licence or, of a hospital, of its practice licence, the newest one."""
    kinds = ("operation_license", "practice_license", "production_license", "business_license")
    query = select(Credential.owner_id, Credential.kind, Credential.number).where(  # type: ignore[call-overload]
        Credential.owner_type == "partner",
        col(Credential.owner_id).in_(sorted(partner_ids)),
        Credential.status == "valid",
        col(Credential.kind).in_(kinds),
    )
    found: dict[int, tuple[int, str]] = {}
    for owner, kind, number in session.execute(query.order_by(col(Credential.id))):
        rank = kinds.index(kind)
        if number and (owner not in found or rank <= found[owner][0]):
            found[owner] = (rank, number)
    return {owner: number for owner, (_, number) in found.items()}


def cases_about(session: Session, keys: Collection[str], processes: Sequence[str]) -> list[str]:
    """Cases of these processes that have one of these keys, those of earlier processes and older ones first."""
    if not keys:
        return []
    query = select(CaseRow.id, CaseRow.process, CaseRow.started_at).where(  # type: ignore[call-overload]
        col(CaseRow.business_key).in_(sorted(keys)),
        col(CaseRow.process).in_(processes),
        col(CaseRow.state).in_(["running", "completed"]),
    )
    rows = session.execute(query).all()
    return [row.id for row in sorted(rows, key=lambda row: (processes.index(row.process), row.started_at, row.id))]
