"""What a document code names: cases and tasks whose ids begin as the code says, lots, vouchers and files by number."""

from __future__ import annotations

from sqlmodel import Session, col, select

from records.base import COMPANY
from records.case_tables import CaseRow, Task
from records.parties import Partner
from records.products import Product
from records.stock import Lot, PostingRow

_SEVERAL = 2


def cases_between(session: Session, low: str, high: str) -> list[str]:
    """Ids of cases from ``low`` to ``high``; more than one would be a coincidence and is told, not guessed."""
    ids = col(CaseRow.id)
    return list(session.exec(select(ids).where(ids >= low, ids <= high).order_by(ids).limit(_SEVERAL)))


def tasks_between(session: Session, low: str, high: str) -> list[str]:
    """Ids of tasks from ``low`` to ``high``."""
    ids = col(Task.id)
    return list(session.exec(select(ids).where(ids >= low, ids <= high).order_by(ids).limit(_SEVERAL)))


def lot(session: Session, number: int, company: str = COMPANY) -> Lot | None:
    """The lot with this number."""
    found = session.get(Lot, number)
    return found if found is not None and found.company == company else None


def posting(session: Session, number: int, company: str = COMPANY) -> PostingRow | None:
    """The posting with this number."""
    found = session.get(PostingRow, number)
    return found if found is not None and found.company == company else None


def file_code(session: Session, kind: str, number: int, company: str = COMPANY) -> str | None:
    """The code of the product or partner with this number."""
    found = session.get(Product if kind == "product" else Partner, number)
    return found.code if found is not None and found.company == company else None
