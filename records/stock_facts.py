"""What the hard rules of the warehouse read: the effective signatures of a case, and from where held goods came."""

from __future__ import annotations

from sqlmodel import Session, col, func, select

from domain.paths import is_within, parent_of
from domain.stock import BalanceKey, Status
from domain.stock_rules import Signed
from records.case_tables import CaseStep, Signature
from records.stock import Lot, MoveSerial, Serial, StockBalance, StockMove

_DEEPEST = 20
"""How many moves of held goods are walked back."""


def signed_in(session: Session, case_id: str, path: str = "") -> list[Signed]:
    """The effective signatures around a step (of the whole case without `path`), oldest first."""
    dead = select(CaseStep.path).where(CaseStep.case_id == case_id, CaseStep.state == "superseded")
    void = set(session.exec(dead))
    scope = parent_of(path) if path else ""
    rows = session.exec(select(Signature).where(Signature.case_id == case_id).order_by(col(Signature.seq)))
    return [
        Signed(row.meaning, row.outcome or "", row.role or "", row.signer, row.act_sha, row.step or "")
        for row in rows
        if is_within(row.path, scope) and not any(row.path == one or is_within(row.path, one) for one in void)
    ]


def status_before_hold(session: Session, lot_id: int, location_id: int, owner: str, qty: int) -> Status:
    """In which status held goods were before; `PENDING`, so that they are accepted again, where that is not certain."""
    found: set[str] = set()
    covered, place = 0, location_id
    for _ in range(_DEEPEST):
        move = _newest_into_hold(session, lot_id, place, owner, covered)
        if move is None:
            break
        if move.from_status == Status.HOLD.value:
            place = move.from_location_id
            continue
        found.add(move.from_status)
        covered += move.qty
        if covered >= qty:
            break
    certain = covered >= qty and len(found) == 1
    return Status(found.pop()) if certain else Status.PENDING


def _newest_into_hold(session: Session, lot_id: int, location_id: int, owner: str, skip: int) -> StockMove | None:
    """The newest move that brought the units to this place on hold, after those that cover `skip` units."""
    query = select(StockMove).where(
        StockMove.lot_id == lot_id,
        StockMove.to_location_id == location_id,
        StockMove.to_status == Status.HOLD.value,
        StockMove.owner == owner,
        StockMove.kind != "REVERSE",
    )
    for move in session.exec(query.order_by(col(StockMove.id).desc())):
        if skip <= 0:
            return move
        skip -= move.qty
    return None


def books_at(session: Session, key: BalanceKey, at: str) -> int:
    """What the books said of a place at a moment: the balance of now without the moves recorded after it."""
    lot_id, location_id, status, owner = key
    now = session.get(StockBalance, (lot_id, location_id, status, owner))
    later = select(func.coalesce(func.sum(StockMove.qty), 0)).where(
        StockMove.lot_id == lot_id, StockMove.owner == owner, StockMove.recorded_at > at
    )
    came = session.exec(later.where(StockMove.to_location_id == location_id, StockMove.to_status == status)).one()
    left = session.exec(later.where(StockMove.from_location_id == location_id, StockMove.from_status == status)).one()
    return (now.qty if now else 0) - int(came) + int(left)


def unit_at(session: Session, lot: Lot, serial_no: str, location_id: int, status: str, at: str) -> int:
    """Whether a numbered unit stood in a place at a moment: 1 or 0."""
    unit = select(Serial.id).where(
        Serial.product_id == lot.product_id, Serial.mode == lot.mode, Serial.serial_no == serial_no
    )
    moves = select(StockMove).join(MoveSerial, col(MoveSerial.move_id) == col(StockMove.id))
    known = moves.where(col(MoveSerial.serial_id).in_(unit), StockMove.recorded_at <= at)
    last = session.exec(known.order_by(col(StockMove.id).desc())).first()
    return int(last is not None and (last.to_location_id, last.to_status) == (location_id, status))
