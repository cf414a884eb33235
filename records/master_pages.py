"""Pages of products, partners and places: searched on the narrow table, in the order of their codes, by cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.stock import Status
from records import search_text
from records.base import COMPANY
from records.orders import OrderReceipt, PurchaseOrder, PurchaseOrderLine
from records.parties import Credential, Partner
from records.products import Product, ProductDi
from records.search_text import SearchText
from records.stock import Location, Lot, PostingRow, StockBalance, StockMove, Warehouse

LIMIT_MAX = 200


@dataclass(frozen=True)
class MasterFilter:
    """What to show. `q` is what somebody typed or scanned; `ends_before`: a registration or paper ends before that day."""

    q: str | None = None
    kind: str | None = None
    state: str | None = None
    device_class: str | None = None
    cold: bool | None = None
    ends_before: str | None = None
    warehouse: str | None = None
    zone: str | None = None
    sites: Sequence[str] | None = None
    company: str = COMPANY


@dataclass(frozen=True)
class Search:
    """What is searched for on one page; `alone`: nothing else filters the rows."""

    text: str
    after: str | None
    limit: int
    alone: bool


def products(session: Session, wanted: MasterFilter, after: str | None, limit: int) -> tuple[list[Product], str | None]:
    """Products by code, with the code after which the next page begins."""
    query: Any = select(Product).where(Product.company == wanted.company)
    scanned = _scanned(session, wanted.q) if wanted.q else []
    if scanned:
        query = query.where(col(Product.id).in_(scanned))
    elif wanted.q:
        search = Search(wanted.q, after, limit + 1, wanted == MasterFilter(q=wanted.q, company=wanted.company))
        query = _searched(session, query, Product, search_text.PRODUCT, search)
    equal = {
        Product.status: wanted.state,
        Product.device_class: wanted.device_class,
        Product.is_cold_chain: wanted.cold,
    }
    for column, value in equal.items():
        query = query if value is None else query.where(col(column) == value)
    if wanted.ends_before:
        query = query.where(col(Product.registration_valid_until) < wanted.ends_before)
    return _page(session, query, Product.code, after, limit)


def partners(session: Session, wanted: MasterFilter, after: str | None, limit: int) -> tuple[list[Partner], str | None]:
    """Partners by code; `ends_before` asks for one valid paper that ends before the day."""
    query: Any = select(Partner).where(Partner.company == wanted.company)
    if wanted.q:
        search = Search(wanted.q, after, limit + 1, wanted == MasterFilter(q=wanted.q, company=wanted.company))
        query = _searched(session, query, Partner, search_text.PARTNER, search)
    if wanted.kind:
        query = query.where(Partner.kind == wanted.kind)
    if wanted.ends_before:
        ending = select(Credential.owner_id).where(
            Credential.owner_type == "partner",
            Credential.status == "valid",
            col(Credential.valid_until) < wanted.ends_before,
        )
        query = query.where(col(Partner.id).in_(ending))
    return _page(session, query, Partner.code, after, limit)


def locations(
    session: Session, wanted: MasterFilter, after: str | None, limit: int
) -> tuple[list[tuple[Location, Warehouse]], str | None]:
    """Real places with their warehouses, by code, at the sites of whoever asks."""
    query: Any = (
        select(Location, Warehouse)
        .join(Warehouse, col(Warehouse.id) == col(Location.warehouse_id))
        .where(Location.company == wanted.company)
    )
    if wanted.sites is not None:
        query = query.where(col(Warehouse.site).in_(sorted(wanted.sites)))
    equal = {Warehouse.code: wanted.warehouse, Location.zone: wanted.zone, Location.kind: wanted.kind}
    for column, value in equal.items():
        query = query if value is None else query.where(col(column) == value)
    if wanted.q:
        query = query.where(col(Location.code).startswith(wanted.q, autoescape=True))
    if after is not None:
        query = query.where(Location.code > after)
    rows = [(row[0], row[1]) for row in session.exec(query.order_by(Location.code).limit(limit + 1))]
    return rows[:limit], rows[limit - 1][0].code if len(rows) > limit else None


def papers_of(session: Session, owner_type: str, owners: Sequence[int]) -> dict[int, list[Credential]]:
    """The papers that stand, of several owners, what ends first before the rest."""
    found: dict[int, list[Credential]] = {}
    mine = select(Credential).where(
        Credential.owner_type == owner_type, col(Credential.owner_id).in_(owners), Credential.status == "valid"
    )
    for row in session.exec(mine.order_by(func.coalesce(Credential.valid_until, "9999"), col(Credential.id))):
        found.setdefault(row.owner_id, []).append(row)
    return found


def lots_of(session: Session, product_id: int, limit: int = 200) -> list[Lot]:
    """The live lots of a product, the last made first."""
    mine = select(Lot).where(Lot.mode == "live", Lot.product_id == product_id)
    return list(session.exec(mine.order_by(col(Lot.id).desc()).limit(limit)))


def stock_of(
    session: Session, product_ids: Sequence[int], sites: Sequence[str] | None = None
) -> dict[int, dict[str, int]]:
    """Units in real places by product and status."""
    query: Any = (
        select(StockBalance.product_id, StockBalance.status, func.sum(StockBalance.qty))
        .where(col(StockBalance.product_id).in_(product_ids), StockBalance.mode == "live", StockBalance.qty > 0)
        .where(col(StockBalance.is_virtual).is_(False))
    )
    if sites is not None:
        query = query.join(Warehouse, col(Warehouse.id) == col(StockBalance.warehouse_id))
        query = query.where(col(Warehouse.site).in_(sorted(sites)))
    found: dict[int, dict[str, int]] = {}
    for product, status, units in session.exec(query.group_by(StockBalance.product_id, StockBalance.status)):
        found.setdefault(product, {})[status] = int(units)
    return found


def performance_of(session: Session, supplier_id: int) -> dict[str, Any]:
    """What a supplier ordered from delivered: from order lines, receipts and rejections, nothing that anybody typed."""
    mine = select(PurchaseOrder.id).where(PurchaseOrder.supplier_id == supplier_id, PurchaseOrder.mode == "live")
    ordered = select(func.sum(PurchaseOrderLine.quantity)).where(col(PurchaseOrderLine.order_id).in_(mine))
    receipts = select(OrderReceipt.posting_id).where(col(OrderReceipt.order_id).in_(mine), OrderReceipt.mode == "live")
    received = select(func.sum(OrderReceipt.quantity), func.count(func.distinct(OrderReceipt.posting_id)))
    units, postings = session.exec(
        received.where(col(OrderReceipt.order_id).in_(mine), OrderReceipt.mode == "live")
    ).one()
    lots = select(StockMove.lot_id).where(col(StockMove.posting_id).in_(receipts))
    turned = select(func.sum(StockMove.qty)).where(
        col(StockMove.lot_id).in_(lots),
        StockMove.from_status == Status.PENDING.value,
        StockMove.to_status == Status.REJECTED.value,
        col(StockMove.reverses_move_id).is_(None),
    )
    last = select(func.max(PostingRow.business_at)).where(col(PostingRow.id).in_(receipts))
    return {
        "orders": len(session.exec(mine).all()),
        "ordered_units": int(session.exec(ordered).one() or 0),
        "deliveries": int(postings or 0),
        "received_units": int(units or 0),
        "rejected_units": int(session.exec(turned).one() or 0),
        "last_delivery_at": session.exec(last).one(),
    }


def _searched(session: Session, query: Any, model: Any, kind: str, search: Search) -> Any:
    """The query bounded to what matches. Without other filters one page of codes is enough, and its scan ends early."""
    matched = select(SearchText.code).where(
        SearchText.kind == kind, SearchText.company == COMPANY, search_text.matches(search.text)
    )
    if search.alone:
        begun = matched if search.after is None else matched.where(SearchText.code > search.after)
        return query.where(col(model.code).in_(session.exec(begun.order_by(SearchText.code).limit(search.limit)).all()))
    return query.where(col(model.code).in_(matched))


def _scanned(session: Session, text: str) -> list[int]:
    """The product that carries the scanned UDI-DI."""
    return list(session.exec(select(ProductDi.product_id).where(col(ProductDi.di).in_(_as_di(text)))))


def _as_di(text: str) -> list[str]:
    """What was scanned as a UDI-DI; a GTIN-13 or -12 is kept with leading zeros."""
    plain = search_text.folded(text).upper()
    return [plain, plain.zfill(14)] if plain.isdigit() else [plain]


def _page(session: Session, query: Any, code: Any, after: str | None, limit: int) -> tuple[list[Any], str | None]:
    if after is not None:
        query = query.where(col(code) > after)
    rows = list(session.exec(query.order_by(col(code)).limit(limit + 1)))
    return rows[:limit], rows[limit - 1].code if len(rows) > limit else None
