"""What a check of the ledger reports, and the short words that all checks use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain.errors import Text
from records.base import connection_of


@dataclass(frozen=True)
class LedgerFault:
    """One place where an invariant does not hold: `subject` is the row's key in words."""

    invariant: str
    subject: str
    message: Text


def names_in(names: Iterable[StrEnum]) -> str:
    """Names as the inside of an SQL `IN (…)`."""
    return ",".join(f"'{name}'" for name in sorted(names))


def fault_at(invariant: str, subject: object, zh: str, en: str) -> LedgerFault:
    """A fault in both languages."""
    return LedgerFault(invariant, str(subject), Text(f"{subject}：{zh}", f"{subject}: {en}"))


def rows_of(session: Session, sql: str, **values: Any) -> Iterable[Any]:
    """The rows of a query."""
    return connection_of(session).execute(text(sql), values)
