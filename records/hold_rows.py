"""The tables of holds, and their law inside the transaction of every posting.

A hold is a row that is never changed; it is open until a release stands beside it. `records.ledger` calls `keep_law`
for each posting, under the lock of its warehouse, so a release and a hold of the same lot never miss each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Index, UniqueConstraint, exists
from sqlmodel import Field, Session, col, select

from domain.holds import check_not_leaving, check_not_undone, frees, on_hold
from domain.stock import Move, MoveKind, Status, StockLawError
from records import witness
from records.base import BigKey, JsonText
from records.case_tables import Placed
from records.posting import Draft, Posting
from records.stock import Lot

APPEND_ONLY = ("stock_hold", "stock_hold_release", "stock_hold_case")
"""Tables whose rows are never changed or removed."""


class StockHold(Placed, table=True):
    """Goods stopped by a person. `location_id` and `serial_no` narrow it; without them the whole lot is marked.

    `qty` are the units that were put on hold then; `postings` the numbers under which the ledger has them, whose keys
    begin with `effect_key`. `request_sha` tells a repeat from another wish under the same key.
    """

    __table_args__ = (
        UniqueConstraint("effect_key", name="uq_stock_hold_effect_key"),
        Index("ix_stock_hold_lot", "lot_id", "site"),
        Index("ix_stock_hold_site", "site", "id"),
    )

    id: str = Field(primary_key=True)
    effect_key: str
    request_sha: str
    lot_id: int = Field(foreign_key="lot.id", sa_type=BigKey)  # type: ignore[call-overload]
    product_id: int = Field(foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    location_id: int | None = Field(default=None, foreign_key="location.id", sa_type=BigKey)  # type: ignore[call-overload]
    serial_no: str = ""
    reason: str = ""
    held_by: str
    held_at: str
    qty: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    postings: list[Any] = Field(default_factory=list, sa_type=JsonText)

    @property
    def whole_lot(self) -> bool:
        """Whether units that arrive later are covered too."""
        return self.location_id is None and not self.serial_no


class StockHoldRelease(Placed, table=True):
    """The ruling that ended a hold: signed at the hold itself (`act`), or in the case that it began (`case_id`)."""

    hold_id: str = Field(primary_key=True, foreign_key="stock_hold.id")
    released_by: str
    role: str = ""
    released_at: str
    to_status: str
    reason: str = ""
    qty: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    case_id: str = ""
    act: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    act_sha: str


class StockHoldCase(Placed, table=True):
    """The case in which quality rules about a hold."""

    __table_args__ = (Index("ix_stock_hold_case_case", "case_id"),)

    hold_id: str = Field(primary_key=True, foreign_key="stock_hold.id")
    case_id: str
    begun_at: str


def open_holds(session: Session, lot_ids: Iterable[int], site: str, mode: str = "live") -> list[StockHold]:
    """Holds of these lots at a site that nobody has released, oldest first."""
    query = select(StockHold).where(col(StockHold.lot_id).in_(sorted(set(lot_ids))), StockHold.site == site)
    return list(session.exec(query.where(StockHold.mode == mode, _is_open()).order_by(col(StockHold.id))))


def marks(session: Session, lot_ids: Iterable[int], site: str, mode: str = "live") -> list[StockHold]:
    """Open holds of whole lots: nothing of them may be promised, picked or shipped, wherever it stands at the site."""
    return [hold for hold in open_holds(session, lot_ids, site, mode) if hold.whole_lot]


def check_promise(session: Session, lot_id: int, site: str, mode: str = "live") -> None:
    """Raise `StockLawError` for a promise of units of a lot that is held as a whole."""
    for hold in marks(session, [lot_id], site, mode):
        raise _refusal(session, hold)


def _refusal(session: Session, hold: StockHold) -> StockLawError:
    lot = session.get(Lot, hold.lot_id)
    return on_hold(lot.lot_no if lot else str(hold.lot_id), hold.held_by, hold.held_at)


def _is_open() -> Any:
    return ~exists().where(col(StockHoldRelease.hold_id) == col(StockHold.id))


def case_of(session: Session, hold_id: str) -> str:
    """The case in which the hold is ruled about, or nothing."""
    row = session.get(StockHoldCase, hold_id)
    return row.case_id if row else ""


def release_of(session: Session, hold_id: str) -> StockHoldRelease | None:
    """The ruling that ended a hold."""
    return session.get(StockHoldRelease, hold_id)


# ------------------------------------------------------------------ the law in every posting


def keep_law(session: Session, posting: Posting, draft: Draft) -> None:
    """Refuse what would let held goods go without a ruling; a ruling in a hold's own case ends that hold.

    Raises `StockLawError`.
    """
    for move in draft.moves:
        check_not_undone(move)
        check_not_leaving(move)
    touched = {move.lot_id for move in draft.moves if frees(move) or move.from_status is Status.HOLD}
    if not touched:
        return
    for hold in open_holds(session, touched, posting.site, posting.mode):
        moves = [move for move in draft.moves if move.lot_id == hold.lot_id]
        if _is_ruled(session, hold, posting, draft, moves):
            row = _ruled_in_case(hold, posting, draft, moves)
            session.add(row)
            session.flush()
            witness.testify(session, row, actor=posting.actor, action="release_hold", subject=hold.id, at=posting.at)
        elif hold.whole_lot and any(frees(move) for move in moves):
            raise _refusal(session, hold)


def _is_ruled(session: Session, hold: StockHold, posting: Posting, draft: Draft, moves: Sequence[Move]) -> bool:
    if not posting.case_id or draft.evidence.ruling is None or case_of(session, hold.id) != posting.case_id:
        return False
    return any(move.kind is not MoveKind.REVERSE and _leaves_hold(move) for move in moves)


def _leaves_hold(move: Move) -> bool:
    return move.from_status is Status.HOLD and move.to_status is not Status.HOLD


def _ruled_in_case(hold: StockHold, posting: Posting, draft: Draft, moves: Sequence[Move]) -> StockHoldRelease:
    out = [move for move in moves if _leaves_hold(move)]
    assert draft.evidence.ruling is not None
    return StockHoldRelease(
        company=hold.company,
        site=hold.site,
        mode=hold.mode,
        hold_id=hold.id,
        released_by=posting.actor,
        released_at=posting.at,
        to_status=out[0].to_status.value,
        qty=sum(move.qty for move in out),
        case_id=posting.case_id,
        act_sha=draft.evidence.ruling,
    )
