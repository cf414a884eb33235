"""What left the house under one outbound number, to whom, and by which carrier: read from the books and the files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from domain import transport_rules
from domain.rule_facts import Violation
from domain.stock import Move, MoveKind
from records import facts, ledger, parties, shipments
from records.base import COMPANY
from records.parties import Partner
from records.shipments import Shipment
from records.stock import Location, PostingRow, StockMove, Warehouse
from records.vouchers import voucher

GOES_OUT = (
    MoveKind.ISSUE, MoveKind.KIT_OUT, MoveKind.CONSIGN, MoveKind.TRANSFER_OUT, MoveKind.RETURN_SUPPLIER,
)  # fmt: skip
"""Kinds of moves that something is shipped for."""


@dataclass(frozen=True)
class Outbound:
    """A posting that sent goods out: its moves, and whom they go to (a partner, or a warehouse of ours)."""

    posting: PostingRow
    moves: tuple[Move, ...]
    partner: Partner | None = None
    warehouse: Warehouse | None = None
    shipment: Shipment | None = None

    @property
    def is_sold(self) -> bool:
        """Whether the goods are the customer's by the books, so that what comes back is a return of a sale."""
        return any(move.kind is MoveKind.ISSUE for move in self.moves)


def outbound(session: Session, number: str, site: str, mode: str = "live", company: str = COMPANY) -> Outbound | None:
    """What left a site under the number of its shipment, voucher or document; `None` where nothing did, or it was
    reversed."""
    drawn = shipments.by_number(session, number, company) or voucher(session, number, company)
    query = select(PostingRow).where(PostingRow.site == site, PostingRow.mode == mode, PostingRow.company == company)
    if drawn is not None:
        query = query.where(PostingRow.id == drawn.posting_id)
    else:
        query = query.where(PostingRow.document_id == number, PostingRow.document_id != "")
    for posting in session.exec(query.order_by(col(PostingRow.id))):
        assert posting.id is not None
        kept = [(move_id, move) for move_id, move in ledger.moves_of(session, posting.id) if move.kind in GOES_OUT]
        undone = select(StockMove.id).where(col(StockMove.reverses_move_id).in_([move_id for move_id, _ in kept]))
        if kept and session.exec(undone).first() is None:
            return _bound(session, posting, tuple(move for _, move in kept))
    return None


def _bound(session: Session, posting: PostingRow, moves: tuple[Move, ...]) -> Outbound:
    first = moves[0]
    partner = session.get(Partner, first.partner_id) if first.partner_id else None
    bound = first.target.bound_for_id
    assert posting.id is not None
    shipment = shipments.of_posting(session, posting.id)
    return Outbound(posting, moves, partner, session.get(Warehouse, bound) if bound else None, shipment)


def carrier(session: Session, code: str, company: str = COMPANY) -> Partner | None:
    """The carrier with this code."""
    row = parties.by_code(session, code, company)
    return row if row is not None and row.kind == "CARRIER" and row.retired_at is None else None


def carrier_violations(session: Session, code: str, day: date, company: str = COMPANY) -> list[Violation]:
    """RULE-33 on a carrier by its code."""
    row = carrier(session, code, company)
    papers = facts.papers(session, parties.credentials(session, "partner", row.id)) if row and row.id else ()
    return transport_rules.carrier_is_bound(row.name if row else code, row is not None, list(papers), day)


def transit_hours(session: Session, code: str, day: date, company: str = COMPANY) -> int | None:
    """The transit limit that the carrier's agreement states, in hours."""
    row = carrier(session, code, company)
    if row is None or row.id is None:
        return None
    return transport_rules.transit_hours(
        list(facts.papers(session, parties.credentials(session, "partner", row.id))), day
    )


def returns_place(session: Session, warehouse_id: int) -> Location | None:
    """The first location of a warehouse's returns zone, by code."""
    query = select(Location).where(
        Location.warehouse_id == warehouse_id, Location.zone == "returns", col(Location.retired_at).is_(None)
    )
    return session.exec(query.order_by(Location.code)).first()
