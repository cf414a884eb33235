"""The tables of the stock ledger: places, lots, serials, postings with their moves, and the balances they
add up to.

One move row is one balanced entry (from → to), so an unbalanced entry cannot be written. Postings, moves,
serial rows
and lot links are append-only by trigger on both engines; a mistake is put right by a reversal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, Session, col, select

from domain.stock import STATUS_TEXTS, Place, PlaceKind, Zone
from records.base import COMPANY, BigKey, JsonText, Stored
from records.case_tables import Placed

APPEND_ONLY = (
    *("posting", "stock_move", "move_serial", "lot_link", "order_receipt", "tombstone", "voucher", "voucher_print"),
)
"""Tables whose rows are never changed or removed (invariant I1)."""
_STATUSES = ",".join(f"'{status}'" for status in STATUS_TEXTS)
_KINDS = ",".join(f"'{kind}'" for kind in PlaceKind)
CHANGES = (
    "from_location_id <> to_location_id OR from_status <> to_status "
    "OR COALESCE(package_from, '') <> COALESCE(package_to, '')"
)
"""A move changes the place, the status or the package of its goods."""
_ZONES = ",".join(f"'{zone}'" for zone in Zone)


class Warehouse(Stored, table=True):
    """A store; it belongs to exactly one site. Each has its own audit stream `ledger/<code>`."""

    __table_args__ = (
        UniqueConstraint("company", "code", name="uq_warehouse_code"),
        Index("ix_warehouse_site", "site"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    site: str = Field(foreign_key="site.key")
    code: str
    name: str
    name_en: str = ""
    address: str = ""
    retired_at: str | None = None


class Location(Stored, table=True):
    """A place: a shelf, dock or cold store of a warehouse, or a virtual place without one.

    `temp_min` and `temp_max` are the °C that the place is kept at. `partner_id` is the hospital in whose house a place
    for consigned goods or kits is, `bound_for_id` the warehouse that goods in a place of transit go to; the place
    itself belongs to the warehouse that answers for the goods.
    """

    __table_args__ = (
        UniqueConstraint("company", "code", name="uq_location_code"),
        Index("ix_location_warehouse", "warehouse_id", "zone"),
        Index("ix_location_kind", "kind"),
        CheckConstraint(f"kind IN ({_KINDS})", name="ck_location_kind"),
        CheckConstraint(f"zone IS NULL OR zone IN ({_ZONES})", name="ck_location_zone"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    warehouse_id: int | None = Field(default=None, foreign_key="warehouse.id", sa_type=BigKey)  # type: ignore[call-overload]
    code: str
    name: str = ""
    name_en: str = ""
    kind: str = "INTERNAL"
    zone: str | None = None
    partner_id: int | None = Field(default=None, foreign_key="partner.id", sa_type=BigKey)  # type: ignore[call-overload]
    bound_for_id: int | None = Field(default=None, foreign_key="warehouse.id", sa_type=BigKey)  # type: ignore[call-overload]
    temp_min: Any = Field(default=None, sa_type=JsonText, nullable=True)
    temp_max: Any = Field(default=None, sa_type=JsonText, nullable=True)
    capacity: int | None = None
    retired_at: str | None = None

    def place(self) -> Place:
        """The location as the law of stock sees it."""
        assert self.id is not None
        zone = Zone(self.zone) if self.zone else None
        kind = PlaceKind(self.kind)
        return Place(self.id, self.code, kind, zone, self.warehouse_id, self.partner_id, self.bound_for_id)


class Lot(Stored, table=True):
    """Units of a product that share lot number and expiry. Drills have lots of their own, so they never mix
    with stock.

    `expiry` is `YYYY-MM-DD` or empty; `lot_no` is empty for products told apart by serial number alone.
    """

    __table_args__ = (
        UniqueConstraint("company", "mode", "product_id", "lot_no", "expiry", name="uq_lot"),
        Index("ix_lot_no", "lot_no"),
        Index("ix_lot_product", "product_id", "expiry"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    mode: str = "live"
    product_id: int = Field(foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    lot_no: str
    expiry: str = ""
    made_on: str | None = None
    sterile_lot: str | None = None
    first_effect_key: str


class Serial(Stored, table=True):
    """One unit. Its current place and status follow its last move."""

    __table_args__ = (
        UniqueConstraint("company", "mode", "product_id", "serial_no", name="uq_serial"),
        Index("ix_serial_lot", "lot_id"),
        Index("ix_serial_no", "serial_no"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    mode: str = "live"
    product_id: int = Field(foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    lot_id: int = Field(foreign_key="lot.id", sa_type=BigKey)  # type: ignore[call-overload]
    serial_no: str
    udi: str | None = None
    current_location_id: int = Field(foreign_key="location.id", sa_type=BigKey)  # type: ignore[call-overload]
    current_status: str
    current_move_id: int | None = Field(default=None, sa_type=BigKey)  # type: ignore[call-overload]


class PostingRow(Placed, table=True):
    """One posting: everything that one effect did to the stock. Append-only; `effect_key` happens at most
    once."""

    __tablename__ = "posting"  # type: ignore[assignment]
    __table_args__ = (
        UniqueConstraint("effect_key", name="uq_posting_effect_key"),
        Index("ix_posting_warehouse", "warehouse_id", "id"),
        Index("ix_posting_case", "case_id"),
        Index("ix_posting_document", "document_id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    effect_key: str
    request_sha: str
    request: dict[str, Any] = Field(sa_type=JsonText)
    kind: str
    warehouse_id: int = Field(foreign_key="warehouse.id", sa_type=BigKey)  # type: ignore[call-overload]
    case_id: str
    path: str
    document_type: str = ""
    document_id: str = ""
    business_at: str
    recorded_at: str
    actor: str
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    result: dict[str, Any] = Field(sa_type=JsonText)


class StockMove(Placed, table=True):
    """One balanced entry: `qty` units leave (from, from_status) and arrive at (to, to_status). Append-only.

    `unit_cost` is integer 分. `reverses_move_id` is unique: a move is reversed at most once.
    """

    __table_args__ = (
        UniqueConstraint("reverses_move_id", name="uq_stock_move_reverses"),
        Index("ix_stock_move_lot", "lot_id", "business_at", "id"),
        Index("ix_stock_move_product", "product_id", "business_at"),
        Index("ix_stock_move_posting", "posting_id"),
        Index(
            "ix_stock_move_flow",
            "lot_id",
            "partner_id",
            "from_location_id",
            "to_location_id",
            "reverses_move_id",
            "qty",
            "business_at",
        ),
        CheckConstraint("qty > 0", name="ck_stock_move_qty"),
        CheckConstraint(CHANGES, name="ck_stock_move_changes"),
        CheckConstraint(f"from_status IN ({_STATUSES})", name="ck_stock_move_from_status"),
        CheckConstraint(f"to_status IN ({_STATUSES})", name="ck_stock_move_to_status"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    posting_id: int = Field(foreign_key="posting.id", sa_type=BigKey)  # type: ignore[call-overload]
    line_no: str = ""
    kind: str
    business_at: str
    recorded_at: str
    product_id: int = Field(foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    lot_id: int = Field(foreign_key="lot.id", sa_type=BigKey)  # type: ignore[call-overload]
    from_location_id: int = Field(foreign_key="location.id", sa_type=BigKey)  # type: ignore[call-overload]
    to_location_id: int = Field(foreign_key="location.id", sa_type=BigKey)  # type: ignore[call-overload]
    from_status: str
    to_status: str
    owner: str = ""
    package_from: str | None = None
    package_to: str | None = None
    partner_id: int | None = Field(default=None, foreign_key="partner.id", sa_type=BigKey)  # type: ignore[call-overload]
    qty: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    unit_cost: int | None = None
    reverses_move_id: int | None = Field(default=None, foreign_key="stock_move.id", sa_type=BigKey)  # type: ignore[call-overload]


class MoveSerial(Stored, table=True):
    """A unit of a move, written for every unit also when only its carton was scanned. Append-only."""

    __table_args__ = (Index("ix_move_serial_move", "move_id"),)

    serial_id: int = Field(primary_key=True, foreign_key="serial.id", sa_type=BigKey)  # type: ignore[call-overload]
    move_id: int = Field(primary_key=True, foreign_key="stock_move.id", sa_type=BigKey)  # type: ignore[call-overload]


class LotLink(Stored, table=True):
    """Repacking: units of the parent lot became units of the child lot. Append-only."""

    __table_args__ = (Index("ix_lot_link_child", "child_lot_id", "parent_lot_id"),)

    parent_lot_id: int = Field(primary_key=True, foreign_key="lot.id", sa_type=BigKey)  # type: ignore[call-overload]
    child_lot_id: int = Field(primary_key=True, foreign_key="lot.id", sa_type=BigKey)  # type: ignore[call-overload]
    posting_id: int = Field(primary_key=True, foreign_key="posting.id", sa_type=BigKey)  # type: ignore[call-overload]
    qty_parent: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    qty_child: int = Field(sa_type=BigKey)  # type: ignore[call-overload]


class StockBalance(Placed, table=True):
    """What stands where, in which status: always the sum of its moves, written in the same transaction.

    A virtual place (the supplier, the customer …) may be negative; a real one never.
    """

    __table_args__ = (
        CheckConstraint("is_virtual OR (qty >= 0 AND reserved >= 0 AND reserved <= qty)", name="ck_stock_balance_qty"),
        Index("ix_stock_balance_expiry", "warehouse_id", "expiry", "product_id", "lot_id", "qty"),
        Index("ix_stock_balance_location", "location_id"),
        Index("ix_stock_balance_product", "product_id"),
    )

    lot_id: int = Field(primary_key=True, foreign_key="lot.id", sa_type=BigKey)  # type: ignore[call-overload]
    location_id: int = Field(primary_key=True, foreign_key="location.id", sa_type=BigKey)  # type: ignore[call-overload]
    status: str = Field(primary_key=True)
    owner: str = Field(default="", primary_key=True)
    product_id: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    warehouse_id: int | None = Field(default=None, sa_type=BigKey)  # type: ignore[call-overload]
    expiry: str = ""
    is_virtual: bool = False
    qty: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    reserved: int = Field(default=0, sa_type=BigKey)  # type: ignore[call-overload]


class Reservation(Placed, table=True):
    """Units promised to a task until `expires_at`; what of them is not `consumed` counts while it is open."""

    __table_args__ = (
        Index("ix_reservation_key", "lot_id", "location_id", "status", "owner"),
        Index("ix_reservation_task", "task_id"),
        Index("ix_reservation_end", "state", "expires_at"),
        CheckConstraint("qty > 0 AND consumed >= 0 AND consumed <= qty", name="ck_reservation_qty"),
        CheckConstraint("state IN ('open','consumed','released','expired','broken')", name="ck_reservation_state"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    effect_key: str = Field(unique=True)
    task_id: str
    lot_id: int = Field(foreign_key="lot.id", sa_type=BigKey)  # type: ignore[call-overload]
    location_id: int = Field(foreign_key="location.id", sa_type=BigKey)  # type: ignore[call-overload]
    status: str
    owner: str = ""
    qty: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    consumed: int = Field(default=0, sa_type=BigKey)  # type: ignore[call-overload]
    state: str = "open"
    made_at: str
    expires_at: str
    closed_at: str | None = None


class Tombstone(Placed, table=True):
    """An effect that was undone before it happened: a late attempt at it is refused. Append-only."""

    effect_key: str = Field(primary_key=True)
    undo_key: str
    recorded_at: str


def virtual_code(kind: PlaceKind) -> str:
    """The code of the company's one virtual place of this kind."""
    return f"~{kind.value}"


def location_by_code(session: Session, code: str, company: str = COMPANY) -> Location | None:
    """The location in use with this code."""
    statement = select(Location).where(Location.company == company, Location.code == code)
    return session.exec(statement.where(Location.retired_at == None)).first()  # noqa: E711


def virtual_place(session: Session, kind: PlaceKind, company: str = COMPANY) -> Location:
    """The virtual place of this kind, which the schema's first rows hold."""
    row = location_by_code(session, virtual_code(kind), company)
    assert row is not None, f"the virtual location {virtual_code(kind)} is missing"
    return row


def warehouses(session: Session, site: str | None = None, company: str = COMPANY) -> list[Warehouse]:
    """Warehouses in use, of one site if given, by code."""
    statement = select(Warehouse).where(Warehouse.company == company, Warehouse.retired_at == None)  # noqa: E711
    if site is not None:
        statement = statement.where(Warehouse.site == site)
    return list(session.exec(statement.order_by(Warehouse.code)))


def locations(session: Session, warehouse_id: int, zone: str | None = None) -> list[Location]:
    """Locations in use of a warehouse, of one zone if given, by code."""
    statement = select(Location).where(Location.warehouse_id == warehouse_id, Location.retired_at == None)  # noqa: E711
    if zone is not None:
        statement = statement.where(Location.zone == zone)
    return list(session.exec(statement.order_by(col(Location.code))))
