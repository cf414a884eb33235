"""A number for every posting, without gaps for each warehouse and year, and a count of its prints.

The number is drawn in the posting's own transaction under the lock of its warehouse, so it is the posting's place in
the order of the books: `audit verify` counts it again. A second print is a reprint (补打) and says so.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import UniqueConstraint, func, insert, select, text
from sqlmodel import Field, Session, col
from sqlmodel import select as pick

from domain.stock import MoveKind
from records.base import BigKey, JsonText, connection_of, table_of
from records.case_tables import Placed
from records.posting import Posting
from records.stock import PostingRow, StockMove

DRILLS = {"live": "", "drill": "DRILL-", "sandbox": "TEST-"}
"""Drills count for themselves, so that they leave no gap in the real books."""


class Voucher(Placed, table=True):
    """The number of a posting. Append-only."""

    __table_args__ = (
        UniqueConstraint("warehouse_id", "mode", "year", "no", name="uq_voucher_no"),
        UniqueConstraint("company", "number", name="uq_voucher_number"),
    )

    posting_id: int = Field(primary_key=True, foreign_key="posting.id", sa_type=BigKey)  # type: ignore[call-overload]
    warehouse_id: int = Field(foreign_key="warehouse.id", sa_type=BigKey)  # type: ignore[call-overload]
    year: int
    no: int
    number: str


class VoucherPrint(Placed, table=True):
    """One print of a voucher; the first of each `document` is its original, every later one a reprint. Append-only.

    `copy_no` counts the prints of the voucher, whatever was printed of it.
    """

    __table_args__ = (UniqueConstraint("posting_id", "copy_no", name="uq_voucher_print"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    posting_id: int = Field(foreign_key="posting.id", sa_type=BigKey)  # type: ignore[call-overload]
    copy_no: int
    printed_at: str
    printed_by: str
    reason: str = ""
    document: str = ""
    record: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    """What stood on this print: opened again it is the same, whatever became of files and case since."""


def number_of(warehouse: str, mode: str, year: int, no: int) -> str:
    """How people read it: `HZ-2026-000123`."""
    return f"{warehouse}-{year}-{DRILLS[mode]}{no:06d}"


_LAST = text("SELECT MAX(no) FROM voucher WHERE warehouse_id = :warehouse AND mode = :mode AND year = :year")
_DRAW = insert(table_of(Voucher))


def draw(session: Session, posting: Posting, posting_id: int, warehouse: tuple[int, str], year: int) -> str:
    """The posting's number; `year` is that of its recording at the site. The caller holds the warehouse's row."""
    series = {"warehouse": warehouse[0], "mode": posting.mode, "year": year}
    no = (connection_of(session).execute(_LAST, series).scalar() or 0) + 1
    number = number_of(warehouse[1], posting.mode, year, no)
    row = {
        "company": posting.company,
        "site": posting.site,
        "mode": posting.mode,
        "posting_id": posting_id,
        "warehouse_id": warehouse[0],
        "year": year,
        "no": no,
        "number": number,
    }
    connection_of(session).execute(_DRAW, row)
    return number


def voucher(session: Session, number: str, company: str) -> Voucher | None:
    """The voucher with this number."""
    return session.exec(pick(Voucher).where(Voucher.company == company, Voucher.number == number)).first()


def kinds_of(session: Session, posting_ids: Collection[int]) -> dict[int, set[MoveKind]]:
    """What kinds of moves each of these postings made."""
    moves = table_of(StockMove).c
    query = select(moves.posting_id, moves.kind).where(moves.posting_id.in_(sorted(posting_ids))).distinct()
    found: dict[int, set[MoveKind]] = {}
    for posting_id, kind in connection_of(session).execute(query):
        found.setdefault(posting_id, set()).add(MoveKind(kind))
    return found


def prints_of(session: Session, posting_ids: Collection[int]) -> dict[tuple[int, str], list[tuple[str, str]]]:
    """When and by whom each document of these postings was printed, the original first, by posting and document."""
    rows = table_of(VoucherPrint).c
    query = select(rows.posting_id, rows.document, rows.printed_at, rows.printed_by)
    query = query.where(rows.posting_id.in_(sorted(posting_ids))).order_by(rows.posting_id, rows.copy_no)
    found: dict[tuple[int, str], list[tuple[str, str]]] = {}
    for posting_id, document, at, by in connection_of(session).execute(query):
        found.setdefault((posting_id, document), []).append((at, by))
    return found


def prints(session: Session, posting_id: int, document: str) -> list[VoucherPrint]:
    """The prints of one document of a voucher, the original first."""
    query = pick(VoucherPrint).where(VoucherPrint.posting_id == posting_id, VoucherPrint.document == document)
    return list(session.exec(query.order_by(col(VoucherPrint.copy_no))))


def of_posting(session: Session, posting_id: int) -> Voucher | None:
    """The voucher of a posting."""
    return session.get(Voucher, posting_id)


def of_case(session: Session, case_id: str, company: str) -> list[Voucher]:
    """The vouchers of a case, in the order of the books."""
    query = pick(Voucher).join(PostingRow, col(PostingRow.id) == col(Voucher.posting_id))
    query = query.where(PostingRow.case_id == case_id, Voucher.company == company)
    return list(session.exec(query.order_by(col(Voucher.posting_id))))


def printed(
    session: Session,
    found: Voucher,
    by: str,
    at: str,
    reason: str = "",
    document: str = "",
    record: dict[str, Any] | None = None,
) -> int:
    """Count a print; answers which print of this document it is. Two at once wait for each other: no number twice."""
    connection = connection_of(session)
    mine = select(table_of(Voucher).c.posting_id).where(table_of(Voucher).c.posting_id == found.posting_id)
    connection.execute(mine.with_for_update())
    copies = select(func.count()).where(table_of(VoucherPrint).c.posting_id == found.posting_id)
    copy_no = connection.execute(copies).scalar_one() + 1
    row = VoucherPrint(
        company=found.company,
        site=found.site,
        mode=found.mode,
        posting_id=found.posting_id,
        copy_no=copy_no,
        printed_at=at,
        printed_by=by,
        reason=reason,
        document=document,
        record=record,
    )
    session.add(row)
    session.flush()
    return len(prints(session, found.posting_id, document))
