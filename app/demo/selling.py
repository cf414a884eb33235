"""Master data of selling in the demo: purchasers' licences, our salesperson's letter, agreed prices, credit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.demo.files import read
from records import master, parties, products
from records.agreements import PriceAgreement
from records.master import Because
from records.parties import Credential
from records.sales import CreditTerm

SELLER = "seller"
"""The account whose letter of ours covers every product everywhere."""
_TYPES = {"hospital": "medical_institution", "clinic": "medical_institution", "dealer": "dealer", "other": "other"}
_PAPERS = {
    "medical_institution": "practice_license",
    "dealer": "operation_license",
    "other": "business_license",
}


def purchaser_type(given: Any) -> str:
    """What kind of purchaser a customer of the data file is."""
    return _TYPES[given["kind"]]


def licence(owner: int, given: Any) -> Credential:
    """The paper by which a customer may buy."""
    kind = _PAPERS[purchaser_type(given)]
    return Credential(owner_id=owner, kind=kind, number=given["license"], valid_until=given.get("until"))


def letter(today: date) -> Credential:
    """Our letter for the salesperson (GSP 78)."""
    until = (today + timedelta(days=200)).isoformat()
    return Credential(
        owner_type="company", owner_id=0, kind="authorization_letter", number="HJ-XS-2026-01", valid_until=until
    )


def write(session: Session, today: date, at: str, because: Because) -> None:
    """Agreed prices and credit terms, once partners and products are on file."""
    data = read("partners", today)
    for given in data["customers"]:
        if "credit" in given or "hold" in given:
            session.add(_term(session, given, at))
    for given in data["prices"]:
        partner = parties.by_code(session, given["customer"])
        product = products.by_code(session, given["product"])
        assert partner is not None and product is not None and partner.id is not None and product.id is not None
        agreed = PriceAgreement(
            partner_id=partner.id,
            product_id=product.id,
            direction="SELL",
            unit_price=Decimal(given["unit_price"]),
            ceiling_price=Decimal(given["ceiling"]) if "ceiling" in given else None,
            tax_rate=Decimal("0.13"),
            valid_from=today.replace(month=1, day=1).isoformat(),
        )
        master.write(session, f"partner/{partner.code}", [agreed], because)
    session.flush()


def _term(session: Session, given: Any, at: str) -> CreditTerm:
    partner = parties.by_code(session, given["code"])
    assert partner is not None and partner.id is not None
    limit = None if "credit" not in given else given["credit"] * 100
    reason = given.get("hold", "")
    return CreditTerm(
        partner_id=partner.id, limit_fen=limit, on_hold=bool(reason), reason=reason, set_by="finance", set_at=at
    )
