"""Numbers that people read, without gaps for a company and a year: one above the highest."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from records.base import connection_of
from records.vouchers import DRILLS


def stand_in_line(session: Session, name: str) -> None:
    """Whoever draws from a series waits for the others until the transaction ends. SQLite has one writer anyhow."""
    connection = connection_of(session)
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})


def next_number(session: Session, table: Any, company: str, letters: str, year: int, mode: str = "live") -> str:
    """`<letters>-<year>-<n>`; drills count for themselves. `table` has the columns `company` and `number`."""
    head = f"{letters}-{year}-{DRILLS[mode]}"
    query = select(table.number).where(table.company == company, col(table.number).startswith(head, autoescape=True))
    used = [int(tail) for number in session.exec(query) if (tail := number.removeprefix(head)).isdigit()]
    return f"{head}{max(used, default=0) + 1:04d}"
