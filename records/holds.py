"""Putting goods on hold and letting them go: each in one transaction with its postings, notices and witnesses."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, col, select

from domain.errors import GspError
from domain.holds import HOLDABLE
from domain.json_types import JsonObject
from domain.stock import Evidence, Move, MoveKind, Status
from records import ledger, lots, witness
from records.base import COMPANY, table_of
from records.hold_rows import StockHold, StockHoldCase, StockHoldRelease, open_holds, release_of
from records.posting import Draft, Posting
from records.products import Product
from records.stock import Location, Lot, MoveSerial, PostingRow, Serial, StockBalance, StockMove, Warehouse


class NothingToHoldError(GspError):
    """Every unit that was meant is held already, rejected, recalled, or not here."""

    def __init__(self, by: StockHold | None) -> None:
        super().__init__("nothing_to_hold", "没有可停售的商品。", "There is nothing that could be put on hold.")
        self.by = StockHold(**by.model_dump()) if by else None  # outlives the transaction, which is rolled back


class ReleasedBeforeError(GspError):
    """The hold was ended before."""

    def __init__(self, release: StockHoldRelease) -> None:
        super().__init__("released_before", "该停售已解除。", "This hold was ended before.")
        self.release = StockHoldRelease(**release.model_dump())


@dataclass(frozen=True)
class Release:
    """A signed ruling that lets goods go: `inspection` and `case_id` where a new inspection found them good."""

    by: str
    role: str
    at: str
    to: Status
    reason: str
    act: JsonObject
    act_sha: str
    inspection: str | None = None
    case_id: str = ""


# ------------------------------------------------------------------ holding


def hold(session: Session, wanted: StockHold) -> StockHold:
    """Stop the goods at once; the first row when the same was asked before. A hold of a whole lot marks the lot also
    where no unit of it is here yet.

    Raises `NothingToHoldError`, `StockLawError`, `KeyConflictError`.
    """
    warehouses = _locked(session, wanted)
    known = session.exec(select(StockHold).where(StockHold.effect_key == wanted.effect_key)).first()
    if known is not None:
        return _same(known, wanted)
    drafts = _holding(session, wanted)
    already = open_holds(session, [wanted.lot_id], wanted.site, wanted.mode)
    marked = next((one for one in already if one.whole_lot), None)
    if not drafts and (marked is not None or not wanted.whole_lot):
        raise NothingToHoldError(marked or (already[-1] if already else None))
    wanted.qty = sum(move.qty for moves in drafts.values() for move in moves)
    wanted.postings = [number_of(wanted, warehouses[key]) for key in sorted(drafts)]
    session.add(wanted)
    session.flush()
    witness.testify(session, wanted, actor=wanted.held_by, action="hold", subject=wanted.id, at=wanted.held_at)
    for key in sorted(drafts):
        _post_hold(session, wanted, warehouses[key], drafts[key])
    return wanted


def _same(known: StockHold, wanted: StockHold) -> StockHold:
    if (known.request_sha, known.held_by) != (wanted.request_sha, wanted.held_by):
        raise ledger.KeyConflictError(
            "effect_key_reused",
            "这个操作键已用于另一次停售，未做任何变更。",
            "This key stands for another hold; nothing was changed.",
        )
    return known


def _post_hold(session: Session, held: StockHold, code: str, moves: Sequence[Move]) -> None:
    request: JsonObject = {
        "kind": "hold",
        "hold": held.id,
        "lot_id": held.lot_id,
        "location_id": held.location_id,
        "serial_no": held.serial_no,
        "reason": held.reason,
    }
    posting = _posting(held, f"{held.effect_key}/{code}", "hold", request, held.held_by, held.held_at)
    result: JsonObject = {"posting": number_of(held, code), "held": sum(move.qty for move in moves)}
    ledger.post(session, posting, lambda: Draft(moves, result))


def number_of(held: StockHold, code: str, letter: str = "H") -> str:
    """The number of a hold's posting as people read it."""
    return f"{letter}-{hashlib.sha256(f'{held.effect_key}/{code}'.encode()).hexdigest()[:10].upper()}"


def _locked(session: Session, wanted: StockHold) -> dict[int, str]:
    """The warehouses of the site, code by id; their rows stay locked, so that no posting slips by a new mark."""
    query = select(Warehouse).where(Warehouse.company == wanted.company, Warehouse.site == wanted.site)
    rows = session.exec(query.order_by(col(Warehouse.id)).with_for_update())
    return {row.id: row.code for row in rows if row.id is not None}


def _holding(session: Session, wanted: StockHold) -> dict[int, list[Move]]:
    """What goes on hold now, by warehouse."""
    found: dict[int, list[Move]] = defaultdict(list)
    chosen = _chosen_serials(session, wanted)
    for balance, location in _standing(session, wanted, HOLDABLE):
        serials = tuple(lots.serials_at(session, balance.lot_id, balance.location_id, balance.status))
        if chosen is not None:
            serials = tuple(one for one in serials if one in chosen)
        qty = balance.qty if chosen is None else len(serials)
        if qty and location.warehouse_id is not None:
            found[location.warehouse_id].append(_hold_move(balance, location, qty, serials))
    return found


def _hold_move(balance: StockBalance, location: Location, qty: int, serials: tuple[int, ...]) -> Move:
    return Move(
        kind=MoveKind.HOLD,
        product_id=balance.product_id,
        lot_id=balance.lot_id,
        source=location.place(),
        target=location.place(),
        from_status=Status(balance.status),
        to_status=Status.HOLD,
        qty=qty,
        owner=balance.owner,
        serial_ids=serials,
    )


def _standing(session: Session, wanted: StockHold, statuses: Collection[Status]) -> list[tuple[StockBalance, Location]]:
    """The balances of the lot in real places of the site, locked: what is held is what is there when it is held."""
    query = (
        select(StockBalance, Location)
        .join(Location, col(Location.id) == col(StockBalance.location_id))
        .join(Warehouse, col(Warehouse.id) == col(Location.warehouse_id))
        .where(StockBalance.lot_id == wanted.lot_id, StockBalance.qty > 0, Warehouse.site == wanted.site)
        .where(col(StockBalance.status).in_([status.value for status in statuses]))
        .where(StockBalance.mode == wanted.mode)
        .order_by(col(StockBalance.location_id), col(StockBalance.status), col(StockBalance.owner))
        .with_for_update(of=table_of(StockBalance))
    )
    if wanted.location_id is not None:
        query = query.where(StockBalance.location_id == wanted.location_id)
    return [(balance, location) for balance, location in session.exec(query)]


def _chosen_serials(session: Session, wanted: StockHold) -> frozenset[int] | None:
    if not wanted.serial_no:
        return None
    query = select(Serial.id).where(Serial.lot_id == wanted.lot_id, Serial.mode == wanted.mode)
    found = session.exec(query.where(Serial.serial_no == wanted.serial_no))
    return frozenset(one for one in found if one is not None)


# ------------------------------------------------------------------ letting go


def release(session: Session, hold_id: str, ruling: Release) -> StockHoldRelease:
    """End a hold; what is still on hold of it turns into what the ruling says, where it stands now.

    The ruling is written before its postings, which the law of holds lets pass for that reason. Raises `LookupError`,
    `ReleasedBeforeError`, `StockLawError`.
    """
    held = session.get(StockHold, hold_id)
    if held is None:
        raise LookupError(hold_id)
    warehouses = _locked(session, held)
    known = release_of(session, hold_id)
    if known is not None:
        raise ReleasedBeforeError(known)
    drafts = _releasing(session, held, ruling.to)
    row = _release_row(held, ruling, sum(move.qty for moves in drafts.values() for move in moves))
    session.add(row)
    session.flush()
    witness.testify(session, row, actor=ruling.by, action="release_hold", subject=hold_id, at=ruling.at)
    for key in sorted(drafts):
        _post_release(session, held, ruling, warehouses[key], drafts[key])
    return row


def _release_row(held: StockHold, ruling: Release, qty: int) -> StockHoldRelease:
    return StockHoldRelease(
        company=held.company,
        site=held.site,
        mode=held.mode,
        hold_id=held.id,
        released_by=ruling.by,
        role=ruling.role,
        released_at=ruling.at,
        to_status=ruling.to.value,
        reason=ruling.reason,
        qty=qty,
        case_id=ruling.case_id,
        act=ruling.act,
        act_sha=ruling.act_sha,
    )


def _post_release(session: Session, held: StockHold, ruling: Release, code: str, moves: Sequence[Move]) -> None:
    request: JsonObject = {"kind": "release_hold", "hold": held.id, "to": ruling.to.value, "act_sha": ruling.act_sha}
    key = f"{held.effect_key}/{code}/release"
    posting = _posting(held, key, "release_hold", request, ruling.by, ruling.at)
    posting = replace(posting, case_id=ruling.case_id)
    result: JsonObject = {"posting": number_of(held, code, "L"), "released": sum(move.qty for move in moves)}
    evidence = Evidence(inspection=ruling.inspection, ruling=ruling.act_sha)
    ledger.post(session, posting, lambda: Draft(moves, result, evidence))


def _releasing(session: Session, held: StockHold, to: Status) -> dict[int, list[Move]]:
    """What this hold alone still keeps, by warehouse: never what another open hold of the lot stopped."""
    left = _left(session, held)
    own, others = _own_serials(session, held), _others_serials(session, held)
    found: dict[int, list[Move]] = defaultdict(list)
    everywhere = anywhere(held)
    for balance, location in sorted(
        _standing(session, everywhere, (Status.HOLD,)), key=lambda pair: pair[1].id != held.location_id
    ):
        serials = tuple(lots.serials_at(session, balance.lot_id, balance.location_id, balance.status))
        if serials:
            serials = tuple(one for one in serials if (one in own or held.whole_lot) and one not in others)
            qty = len(serials)
        else:
            qty = min(left, balance.qty)
        left -= qty
        if qty and location.warehouse_id is not None:
            found[location.warehouse_id].append(_release_move(balance, location, to, qty, serials))
    return found


def _left(session: Session, held: StockHold) -> int:
    """How many units the hold may let go: of a narrow one those it stopped, of a whole lot all but the narrow ones'."""
    others = sum(one.qty for one in open_holds(session, [held.lot_id], held.site, held.mode) if one.id != held.id)
    standing = sum(balance.qty for balance, _ in _standing(session, anywhere(held), (Status.HOLD,)))
    free = max(0, standing - others)
    return free if held.whole_lot else min(free, held.qty)


def anywhere(held: StockHold) -> StockHold:
    """The same hold without its place: units may have been moved since."""
    return StockHold(**{**held.model_dump(), "location_id": None, "serial_no": ""})


def _own_serials(session: Session, held: StockHold) -> frozenset[int]:
    """The units that the hold stopped, by the moves of its postings."""
    codes = session.exec(select(Warehouse.code).where(Warehouse.company == held.company, Warehouse.site == held.site))
    keys = [f"{held.effect_key}/{code}" for code in codes]
    mine = select(PostingRow.id).where(col(PostingRow.effect_key).in_(keys))
    moves = select(StockMove.id).where(col(StockMove.posting_id).in_(mine), StockMove.lot_id == held.lot_id)
    found = session.exec(select(MoveSerial.serial_id).where(col(MoveSerial.move_id).in_(moves)))
    return frozenset(found)


def _others_serials(session: Session, held: StockHold) -> frozenset[int]:
    others = [one for one in open_holds(session, [held.lot_id], held.site, held.mode) if one.id != held.id]
    return frozenset().union(*[_own_serials(session, one) for one in others])


def _release_move(balance: StockBalance, location: Location, to: Status, qty: int, serials: tuple[int, ...]) -> Move:
    place = location.place()
    return Move(
        kind=MoveKind.STATUS,
        product_id=balance.product_id,
        lot_id=balance.lot_id,
        source=place,
        target=place,
        from_status=Status.HOLD,
        to_status=to,
        qty=qty,
        owner=balance.owner,
        serial_ids=serials,
    )


def _posting(held: StockHold, key: str, kind: str, request: JsonObject, by: str, at: str) -> Posting:
    return Posting(
        effect_key=key,
        kind=kind,
        request=request,
        case_id="",
        path="",
        site=held.site,
        at=at,
        mode=held.mode,
        company=held.company,
        actor=by,
        document_type="hold",
        document_id=held.id,
    )


def begun(session: Session, held: StockHold, case_id: str, at: str) -> None:
    """Note the case in which quality rules about a hold; once."""
    if session.get(StockHoldCase, held.id) is None:
        row = StockHoldCase(
            company=held.company, site=held.site, mode=held.mode, hold_id=held.id, case_id=case_id, begun_at=at
        )
        session.add(row)
        session.flush()
        witness.testify(session, row, actor="system", action="hold_case", subject=held.id, at=at)


# ------------------------------------------------------------------ reading


@dataclass(frozen=True)
class HoldFilter:
    """Which holds: `state` is open or released; `sites` bounds what the caller may see."""

    sites: Collection[str]
    site: str | None = None
    lot: str | None = None
    product: str | None = None
    state: str | None = None
    mode: str = "live"
    company: str = COMPANY


def listing(
    session: Session, wanted: HoldFilter, before: str | None = None, limit: int = 50
) -> tuple[list[JsonObject], str | None]:
    """Holds, newest first, with the cursor of the next page."""
    query: Any = (
        select(StockHold, StockHoldRelease, StockHoldCase, Lot, Product, Location)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
        .join(Lot, col(Lot.id) == col(StockHold.lot_id))
        .join(Product, col(Product.id) == col(StockHold.product_id))
        .join(StockHoldRelease, col(StockHoldRelease.hold_id) == col(StockHold.id), isouter=True)
        .join(StockHoldCase, col(StockHoldCase.hold_id) == col(StockHold.id), isouter=True)
        .join(Location, col(Location.id) == col(StockHold.location_id), isouter=True)
        .where(*_narrowed(wanted))
    )
    if before is not None:
        query = query.where(col(StockHold.id) < before)
    rows = session.exec(query.order_by(col(StockHold.id).desc()).limit(limit + 1)).all()
    page = rows[:limit]
    return [view(*row) for row in page], page[-1][0].id if len(rows) > limit else None


def _narrowed(wanted: HoldFilter) -> list[Any]:
    found: list[Any] = [StockHold.company == wanted.company, StockHold.mode == wanted.mode]
    found.append(col(StockHold.site).in_(sorted(wanted.sites)))
    if wanted.site is not None:
        found.append(StockHold.site == wanted.site)
    if wanted.product is not None:
        found.append(Product.code == wanted.product)
    if wanted.lot is not None:
        number = wanted.lot.removeprefix("#")
        by_id = wanted.lot.startswith("#") and number.isdigit()
        found.append(col(Lot.id) == int(number) if by_id else Lot.lot_no == wanted.lot)
    if wanted.state is not None:
        ended = col(StockHoldRelease.hold_id)
        found.append(ended.is_(None) if wanted.state == "open" else ended.is_not(None))
    return found


def one(session: Session, hold_id: str) -> JsonObject | None:
    """A hold as outsiders see it."""
    held = session.get(StockHold, hold_id)
    if held is None:
        return None
    ended, begun_in = session.get(StockHoldRelease, hold_id), session.get(StockHoldCase, hold_id)
    lot, product = session.get(Lot, held.lot_id), session.get(Product, held.product_id)
    location = session.get(Location, held.location_id) if held.location_id is not None else None
    assert lot is not None and product is not None
    return view(held, ended, begun_in, lot, product, location)


def view(
    held: StockHold,
    ended: StockHoldRelease | None,
    begun_in: StockHoldCase | None,
    lot: Lot,
    product: Product,
    location: Location | None,
) -> JsonObject:
    """A hold with its goods and, once there is one, the ruling that ended it."""
    return {
        "id": held.id,
        "sha256": held.request_sha,
        "state": "released" if ended else "open",
        "site": held.site,
        "lot_id": held.lot_id,
        "lot": lot.lot_no,
        "expiry": lot.expiry or None,
        "product": product.code,
        "product_name": product.name,
        "unit": product.unit,
        "location": location.code if location else None,
        "serial_no": held.serial_no or None,
        "whole_lot": held.whole_lot,
        "quantity": held.qty,
        "reason": held.reason or None,
        "held_by": held.held_by,
        "held_at": held.held_at,
        "postings": list(held.postings),
        "case": begun_in.case_id if begun_in else None,
        "release": _release_view(ended) if ended else None,
    }


def _release_view(ended: StockHoldRelease) -> JsonObject:
    return {
        "to": ended.to_status,
        "quantity": ended.qty,
        "by": ended.released_by,
        "role": ended.role or None,
        "at": ended.released_at,
        "reason": ended.reason or None,
        "case": ended.case_id or None,
        "act_sha256": ended.act_sha,
    }
