"""Products: the file of what we may buy, keep and sell (GSP 54), and the UDI-DIs under which they are
scanned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, Session, col, select

from records.base import COMPANY, BigKey, JsonText, Stored

TRACKINGS = ("NONE", "LOT", "SERIAL", "LOT_SERIAL")
"""How units are told apart: not at all, by lot, by serial number, or by both."""


class Product(Stored, table=True):
    """One product in one model and specification; quantities of it are whole base units (`unit`).

    `temp_min` and `temp_max` are °C of the label, `humidity_*` % RH; `status` is DRAFT, APPROVED (审核通过) or STOPPED.
    Dates are `YYYY-MM-DD`, both ends included. Shelf rules are days left: `near_expiry_days` makes goods 近效期,
    with fewer than `receive_min_days` or `sale_min_days` they are not taken in or not sold.
    """

    __table_args__ = (
        UniqueConstraint("company", "code", name="uq_product_code"),
        Index("ix_product_registration", "registration_no"),
        CheckConstraint("tracking IN ('NONE','LOT','SERIAL','LOT_SERIAL')", name="ck_product_tracking"),
        CheckConstraint("status IN ('DRAFT','APPROVED','STOPPED')", name="ck_product_status"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    code: str
    name: str
    name_en: str = ""
    model: str = ""
    specification: str = ""
    device_class: str = "II"
    classification_code: str = ""
    registration_no: str = ""
    registration_valid_from: str | None = None
    registration_valid_until: str | None = None
    registrant_name: str = ""
    contract_manufacturer_name: str = ""
    production_license_no: str = ""
    unit: str = ""
    tracking: str = "LOT"
    shelf_rule: str = "EXPIRY"
    service_life: str = ""
    storage_condition: str = ""
    temp_min: Any = Field(default=None, sa_type=JsonText, nullable=True)
    temp_max: Any = Field(default=None, sa_type=JsonText, nullable=True)
    is_cold_chain: bool = False
    is_ivd: bool = False
    is_implant: bool = False
    is_sterile: bool = False
    udi_required: bool = True
    status: str = "DRAFT"
    approved_at: str | None = None
    transport_condition: str | None = None
    humidity_min: Any = Field(default=None, sa_type=JsonText, nullable=True)
    humidity_max: Any = Field(default=None, sa_type=JsonText, nullable=True)
    shelf_life_months: int | None = None
    near_expiry_days: int | None = None
    receive_min_days: int | None = None
    sale_min_days: int | None = None


class ProductDi(Stored, table=True):
    """A UDI-DI of a product and of its packs: `contains_qty` of `contains_di` lie in one pack of this
    level."""

    __table_args__ = (Index("ix_product_di_product", "product_id"),)

    di: str = Field(primary_key=True)
    product_id: int = Field(foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    issuing_agency: str = "GS1"
    level: int = 1
    contains_di: str | None = None
    contains_qty: int = 1


class ProductUnit(Stored, table=True):
    """A unit in which a product is bought, sold or counted: one of it is `base_qty` base units (盒 = 10 支)."""

    __table_args__ = (CheckConstraint("base_qty > 1", name="ck_product_unit_base_qty"),)

    product_id: int = Field(primary_key=True, foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    unit: str = Field(primary_key=True)
    base_qty: int


def by_code(session: Session, code: str, company: str = COMPANY) -> Product | None:
    """The product with this code."""
    return session.exec(select(Product).where(Product.company == company, Product.code == code)).first()


def by_codes(session: Session, codes: Iterable[str], company: str = COMPANY) -> dict[str, Product]:
    """The products with these codes, by code."""
    wanted = sorted(set(codes))
    rows = session.exec(select(Product).where(Product.company == company, col(Product.code).in_(wanted)))
    return {row.code: row for row in rows}


def by_di(session: Session, di: str) -> Product | None:
    """The product that carries this UDI-DI."""
    statement = select(Product).join(ProductDi, col(ProductDi.product_id) == col(Product.id))
    return session.exec(statement.where(ProductDi.di == di)).first()


def listing(session: Session, company: str = COMPANY) -> list[Product]:
    """Every product by code."""
    return list(session.exec(select(Product).where(Product.company == company).order_by(Product.code)))


def dis_of(session: Session, product_id: int) -> list[ProductDi]:
    """The UDI-DIs of a product, the unit of use first, then pack by pack."""
    statement = select(ProductDi).where(ProductDi.product_id == product_id)
    return list(session.exec(statement.order_by(col(ProductDi.level), ProductDi.di)))


def units_of(session: Session, product_id: int) -> list[ProductUnit]:
    """The larger units of a product, the smallest first."""
    statement = select(ProductUnit).where(ProductUnit.product_id == product_id)
    return list(session.exec(statement.order_by(col(ProductUnit.base_qty), ProductUnit.unit)))
