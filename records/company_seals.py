"""The company's seals as pictures: which one is in force since when. A seal is never changed, only followed by another.

A paper bears the seal that was in force when its goods were booked, so that it is printed the same years later.
"""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, Session, col, select

from records.base import COMPANY, BigKey, Stored

KINDS = ("outbound", "quality")
"""`outbound` (出库专用章) stands on papers that go with goods, `quality` (质量专用章) on packs of papers."""
APPEND_ONLY = ("company_seal",)


class CompanySeal(Stored, table=True):
    """A seal: the picture is the attachment `file_sha256`; empty: from then on the stamp is drawn again. Append-only."""

    __table_args__ = (Index("ix_company_seal_since", "company", "kind", "since"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    kind: str = "outbound"
    file_sha256: str = ""
    since: str
    set_by: str


def in_force(session: Session, kind: str, at: str, company: str = COMPANY) -> CompanySeal | None:
    """The seal of this kind at a moment, or `None` before the first."""
    query = select(CompanySeal).where(
        CompanySeal.company == company, CompanySeal.kind == kind, col(CompanySeal.since) <= at
    )
    return session.exec(query.order_by(col(CompanySeal.since).desc(), col(CompanySeal.id).desc())).first()


def listing(session: Session, company: str = COMPANY) -> list[CompanySeal]:
    """Every seal there was, the newest first."""
    query = select(CompanySeal).where(CompanySeal.company == company)
    return list(session.exec(query.order_by(col(CompanySeal.id).desc())))
