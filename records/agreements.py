"""Contracts with partners, and the prices agreed with them.

A unit price is an exact decimal of yuan with up to 12 places, kept as text; sums are integer 分. A price holds from
`valid_from` to `valid_until`, both days included.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, Session, col, or_, select

from records.base import COMPANY, BigKey, JsonText, Stored

CONTRACT_KINDS = ("PURCHASE", "SALE", "FRAMEWORK", "SERVICE")
DIRECTIONS = ("BUY", "SELL")


class Contract(Stored, table=True):
    """A contract with a partner. `ceiling_fen` bounds the sum of its orders (`None`: no bound)."""

    __table_args__ = (
        UniqueConstraint("company", "number", name="uq_contract_number"),
        Index("ix_contract_partner", "partner_id", "valid_until"),
        CheckConstraint("kind IN ('PURCHASE','SALE','FRAMEWORK','SERVICE')", name="ck_contract_kind"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    number: str
    partner_id: int = Field(foreign_key="partner.id", sa_type=BigKey)  # type: ignore[call-overload]
    kind: str = "PURCHASE"
    title: str = ""
    signed_on: str | None = None
    valid_from: str
    valid_until: str | None = None
    ceiling_fen: int | None = Field(default=None, sa_type=BigKey)  # type: ignore[call-overload]
    file_sha256: str | None = None
    state: str = "valid"


class PriceAgreement(Stored, table=True):
    """A unit price agreed with a partner for one product, from `min_quantity` base units on.

    `discount` is the part taken off (0.05 = 5 %), `tax_rate` the VAT rate (0.13); `unit_price` has the tax in it.
    `ceiling_price` is the highest price that a public buyer or a contract allows. `state` is `valid` or `withdrawn`.
    """

    __table_args__ = (
        Index("ix_price_agreement_partner", "partner_id", "product_id", "direction"),
        Index("ix_price_agreement_product", "product_id", "valid_until"),
        CheckConstraint("direction IN ('BUY','SELL')", name="ck_price_agreement_direction"),
        CheckConstraint("min_quantity > 0", name="ck_price_agreement_min_quantity"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    partner_id: int = Field(foreign_key="partner.id", sa_type=BigKey)  # type: ignore[call-overload]
    product_id: int = Field(foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    contract_id: int | None = Field(default=None, foreign_key="contract.id", sa_type=BigKey)  # type: ignore[call-overload]
    direction: str = "BUY"
    unit_price: Any = Field(sa_type=JsonText)
    discount: Any = Field(default=None, sa_type=JsonText, nullable=True)
    tax_rate: Any = Field(default=None, sa_type=JsonText, nullable=True)
    ceiling_price: Any = Field(default=None, sa_type=JsonText, nullable=True)
    min_quantity: int = Field(default=1, sa_type=BigKey)  # type: ignore[call-overload]
    valid_from: str
    valid_until: str | None = None
    state: str = "valid"


def contract(session: Session, number: str, company: str = COMPANY) -> Contract | None:
    """The contract with this number."""
    return session.exec(select(Contract).where(Contract.company == company, Contract.number == number)).first()


def contracts_of(session: Session, partner_id: int) -> list[Contract]:
    """The contracts of a partner, the newest first."""
    statement = select(Contract).where(Contract.partner_id == partner_id)
    return list(session.exec(statement.order_by(col(Contract.valid_from).desc(), col(Contract.id).desc())))


def prices_of(
    session: Session, *, partner_id: int | None = None, product_id: int | None = None
) -> list[PriceAgreement]:
    """The prices that were not withdrawn, of a partner or a product, the newest first."""
    statement = select(PriceAgreement).where(PriceAgreement.state == "valid")
    if partner_id is not None:
        statement = statement.where(PriceAgreement.partner_id == partner_id)
    if product_id is not None:
        statement = statement.where(PriceAgreement.product_id == product_id)
    return list(session.exec(statement.order_by(col(PriceAgreement.valid_from).desc(), col(PriceAgreement.id).desc())))


def price_on(
    session: Session, partner_id: int, product_id: int, direction: str, day: str, quantity: int = 1
) -> PriceAgreement | None:
    """The price in force on a day for a quantity: of those that reach it the largest step, then the newest."""
    statement = select(PriceAgreement).where(
        PriceAgreement.partner_id == partner_id,
        PriceAgreement.product_id == product_id,
        PriceAgreement.direction == direction,
        PriceAgreement.state == "valid",
        PriceAgreement.valid_from <= day,
        or_(col(PriceAgreement.valid_until).is_(None), col(PriceAgreement.valid_until) >= day),
        PriceAgreement.min_quantity <= quantity,
    )
    newest = (
        col(PriceAgreement.min_quantity).desc(),
        col(PriceAgreement.valid_from).desc(),
        col(PriceAgreement.id).desc(),
    )
    return session.exec(statement.order_by(*newest)).first()
