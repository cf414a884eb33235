"""The stock ledger: the one way in which stock changes, each effect exactly once, balances in the same
transaction.

A posting is identified by its effect key and the hash of its request. Asked again, it answers what it
answered the
first time; asked something else under the same key, it refuses. An effect undone before it happened leaves
a tombstone
that refuses the late attempt.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import Session, col
from sqlmodel import select as pick

from domain.canonical import digest
from domain.clock import date_in_zone
from domain.errors import GspError
from domain.json_types import JsonObject
from domain.move_laws import Repacked, check_fresh, check_move, check_repacking, must_be_fresh
from domain.stock import (
    Move,
    MoveKind,
    Place,
    PlaceKind,
    Status,
    StockLawError,
    reversal_of,
)
from records import audit, organisation, reservations
from records.base import connection_of, table_of
from records.hold_rows import keep_law
from records.ledger_rows import change_balances, insert_moves, insert_receipts, place_serials
from records.orders import OrderReceipt
from records.posting import Draft as Draft
from records.posting import Link as Link
from records.posting import Posting as Posting
from records.posting import ReceiptEntry as ReceiptEntry
from records.stock import (
    Location,
    Lot,
    LotLink,
    MoveSerial,
    PostingRow,
    StockMove,
    Tombstone,
)
from records.vouchers import draw

UNDO = "/undo"


class KeyConflictError(GspError):
    """The effect key was used before for another request: nothing is posted, and somebody must look."""


class UndoneBeforeError(GspError):
    """The effect was undone before this attempt arrived: the attempt is refused for ever."""


def post(session: Session, posting: Posting, draft: Callable[[], Draft]) -> JsonObject:
    """Do the effect, or answer what it answered before; `draft` runs inside the transaction, only when it
    is needed.

    Raises `StockLawError` (a law or a balance refuses), `KeyConflictError`, `UndoneBeforeError`, and what
    `draft` raises.
    """
    _lock_key(session, posting.effect_key)
    if connection_of(session).execute(_SEEN, {"key": posting.effect_key}).first() is None:
        return _write(session, posting, draft())
    known = _answered(session, posting)
    if known is None:
        raise UndoneBeforeError(
            "undone_before",
            f"该操作（{posting.effect_key}）在执行前已被撤销，迟到的执行已拒绝。",
            f"This effect ({posting.effect_key}) was undone before it ran; the late attempt is refused.",
        )
    return known


def reverse(session: Session, posting: Posting, note: JsonObject | None = None) -> JsonObject:
    """Undo the effect whose key is `posting.effect_key` without its `/undo`, exactly and at most once.

    Where that effect never happened, a tombstone is left and the answer's `undone` is `None`.
    """
    if not posting.effect_key.endswith(UNDO):
        raise ValueError(f"the key of an undo ends with {UNDO}")
    original_key = posting.effect_key[: -len(UNDO)]
    _lock_key(session, original_key)
    known = _answered(session, posting)
    if known is not None:
        return known
    original = session.exec(pick(PostingRow).where(PostingRow.effect_key == original_key)).first()
    if original is None:
        _bury(session, posting, original_key)
        return {"undone": None, "tombstone": original_key}
    return _write(session, posting, _mirror(session, original, note or {}))


def posting_of(session: Session, effect_key: str) -> PostingRow | None:
    """The posting made under this key."""
    return session.exec(pick(PostingRow).where(PostingRow.effect_key == effect_key)).first()


def parts_of(session: Session, effect_key: str) -> int:
    """How many postings an effect has that posts in parts, under `<effect_key>/<number>`."""
    mine = col(PostingRow.effect_key).startswith(f"{effect_key}/", autoescape=True)
    return len(session.exec(pick(PostingRow.id).where(mine)).all())


def moves_of(session: Session, posting_id: int) -> list[tuple[int, Move]]:
    """The recorded moves of a posting, with their ids, as the law sees them."""
    rows = list(session.exec(pick(StockMove).where(StockMove.posting_id == posting_id).order_by(col(StockMove.id))))
    ids = {row.from_location_id for row in rows} | {row.to_location_id for row in rows}
    places = {row.id: row.place() for row in session.exec(pick(Location).where(col(Location.id).in_(ids)))}
    serials: dict[int, list[int]] = defaultdict(list)
    units = pick(MoveSerial).where(col(MoveSerial.move_id).in_([row.id for row in rows]))
    for unit in session.exec(units.order_by(col(MoveSerial.serial_id))):
        serials[unit.move_id].append(unit.serial_id)
    return [(row.id or 0, _as_move(row, places, tuple(serials[row.id or 0]))) for row in rows]


def payload_of(
    posting: dict[str, Any],
    moves: Sequence[dict[str, Any]],
    receipts: Sequence[ReceiptEntry] = (),
    links: Sequence[Link] = (),
) -> JsonObject:
    """What the audit stream keeps of a posting: enough to find any later change of it or of the rows it
    wrote."""
    kept = ("effect_key", "request_sha", "kind", "business_at", "recorded_at", "evidence", "result")
    columns = (
        "line_no", "kind", "product_id", "lot_id", "from_location_id", "to_location_id", "from_status", "to_status",
        "owner", "partner_id", "qty", "reverses_move_id", "serial_ids",
    )  # fmt: skip
    return {
        "case": posting["case_id"],
        "path": posting["path"],
        "posting": {key: posting[key] for key in kept},
        "moves": [{key: move[key] for key in columns} for move in moves],
        "rows_sha": rows_sha(posting, moves),
        "receipts": [dict(vars(entry)) for entry in sorted(receipts, key=lambda entry: entry.line_no)],
        "links": [dict(vars(link)) for link in sorted(links, key=lambda link: (link.parent_lot_id, link.child_lot_id))],
    }


def rows_sha(posting: dict[str, Any], moves: Sequence[dict[str, Any]]) -> str:
    """The hash over every column of a posting and its moves, ids included; columns that are `NULL` are left out."""
    whole = [table_of(model).columns.keys() for model in (PostingRow, StockMove)]
    rows: list[Any] = [{name: row[name] for name in whole[0] if row.get(name) is not None} for row in (posting,)]
    rows += [{name: row[name] for name in whole[1] if row.get(name) is not None} for row in moves]
    return digest("ledger-rows", rows)


def receipts_of(session: Session, posting_id: int) -> list[ReceiptEntry]:
    """What a posting took in against orders."""
    rows = session.exec(pick(OrderReceipt).where(OrderReceipt.posting_id == posting_id))
    return [ReceiptEntry(row.line_no, row.order_id, row.product_id, row.quantity) for row in rows]


def links_of(session: Session, posting_id: int) -> list[Link]:
    """What a posting repacked."""
    rows = session.exec(pick(LotLink).where(LotLink.posting_id == posting_id))
    return [Link(row.parent_lot_id, row.child_lot_id, row.qty_parent, row.qty_child) for row in rows]


def _answered(session: Session, posting: Posting) -> JsonObject | None:
    row = posting_of(session, posting.effect_key)
    if row is None:
        return None
    if row.request_sha != digest("request", posting.request):
        raise KeyConflictError(
            "effect_key_reused",
            f"操作键 {posting.effect_key} 已用于另一请求，未做任何变更。请质量管理人员与系统管理员核查。",
            f"The effect key {posting.effect_key} was used for another request; nothing was changed. "
            "Quality staff and the administrator must look into it.",
        )
    return row.result


def _bury(session: Session, posting: Posting, original_key: str) -> None:
    if session.get(Tombstone, original_key) is None:
        session.add(
            Tombstone(
                company=posting.company,
                site=posting.site,
                mode=posting.mode,
                effect_key=original_key,
                undo_key=posting.effect_key,
                recorded_at=posting.at,
            )
        )
        session.flush()


def _mirror(session: Session, original: PostingRow, note: JsonObject) -> Draft:
    assert original.id is not None
    recorded = moves_of(session, original.id)
    done = pick(StockMove).where(col(StockMove.reverses_move_id).in_([move_id for move_id, _ in recorded]))
    if session.exec(done).first() is not None:
        raise StockLawError(
            "already_reversed",
            "该操作已被撤销过，不能再次撤销。",
            "This posting was reversed before; it cannot be reversed twice.",
        )
    return Draft(
        moves=[reversal_of(move, move_id) for move_id, move in recorded],
        result={"undone": original.effect_key, "moves": len(recorded), **note},
        receipts=[replace(entry, quantity=-entry.quantity) for entry in receipts_of(session, original.id)],
        links=[_unlinked(link) for link in links_of(session, original.id)],
    )


def _unlinked(link: Link) -> Link:
    """The link of a reversed repacking: with it the units that became others add up to none."""
    return replace(link, qty_parent=-link.qty_parent, qty_child=-link.qty_child)


_NEW_POSTING = insert(table_of(PostingRow)).returning(table_of(PostingRow).c.id)


def _write(session: Session, posting: Posting, draft: Draft) -> JsonObject:
    _check_laws(session, posting, draft)
    books = _books_of(session, posting, draft.moves)
    recorded_at = _in_order(session, books, posting.at)
    keep_law(session, posting, draft)
    row = _posting_row(posting, draft, books.id, recorded_at)
    posting_id = connection_of(session).execute(_NEW_POSTING, row).scalar_one()
    moves = insert_moves(session, posting, posting_id, recorded_at, draft.moves)
    insert_receipts(session, posting, posting_id, draft)
    draw(session, posting, posting_id, (books.id, books.code), date_in_zone(recorded_at, books.zone).year)
    if draft.consumes:
        reservations.consume(session, draft.consumes, draft.moves, posting.at)
    change_balances(session, posting, draft.moves)
    place_serials(session, draft.moves, moves)
    audit.append(
        session,
        audit.ledger_of(books.code),
        posting.actor,
        posting.kind,
        posting.effect_key,
        payload_of({**row, "id": posting_id}, moves, draft.receipts, draft.links),
        recorded_at,
        site=posting.site,
        mode=posting.mode,
    )
    return draft.result


def _check_laws(session: Session, posting: Posting, draft: Draft) -> None:
    for move in draft.moves:
        check_move(move, draft.evidence)
    if any(move.kind is MoveKind.REPACK for move in draft.moves):
        check_repacking(draft.moves, [Repacked(**vars(link)) for link in draft.links])
        _check_shelf_life(session, draft.links)
    fresh = [move for move in draft.moves if must_be_fresh(move.kind)]
    if fresh:
        today = business_day(session, posting.site, posting.business_at or posting.at)
        for move in fresh:
            lot = session.get(Lot, move.lot_id)
            assert lot is not None
            check_fresh(move, lot.lot_no, lot.expiry, today)


def _check_shelf_life(session: Session, links: Sequence[Link]) -> None:
    """Repacking makes nothing younger: a child expires no later than any of its parents."""
    for link in links:
        parent, child = session.get(Lot, link.parent_lot_id), session.get(Lot, link.child_lot_id)
        assert parent is not None and child is not None
        if parent.expiry and (not child.expiry or child.expiry > parent.expiry):
            raise StockLawError(
                "expiry_extended",
                f"分装后批号 {child.lot_no} 的效期（{child.expiry or '无'}）晚于来源批号 {parent.lot_no} 的 "
                f"{parent.expiry}。请按来源批号填写。",
                f"Lot {child.lot_no} ({child.expiry or 'no expiry'}) would outlive {parent.lot_no} ({parent.expiry}), "
                "which it is repacked from. Take over the expiry of the source.",
            )


def business_day(session: Session, site: str, moment: str) -> str:
    """The date of a moment at a site, `YYYY-MM-DD`."""
    row = organisation.site(session, site)
    return date_in_zone(moment, row.zone if row else "Asia/Shanghai").isoformat()


def _posting_row(posting: Posting, draft: Draft, warehouse_id: int, recorded_at: str) -> dict[str, Any]:
    return {
        "company": posting.company,
        "site": posting.site,
        "mode": posting.mode,
        "effect_key": posting.effect_key,
        "request_sha": digest("request", posting.request),
        "request": posting.request,
        "kind": posting.kind,
        "warehouse_id": warehouse_id,
        "case_id": posting.case_id,
        "path": posting.path,
        "document_type": posting.document_type,
        "document_id": posting.document_id,
        "business_at": posting.business_at or posting.at,
        "recorded_at": recorded_at,
        "actor": posting.actor,
        "evidence": draft.evidence.as_json(),
        "result": draft.result,
    }


def _lock_key(session: Session, key: str) -> None:
    """Attempts at one effect and its undo stand in line. SQLite has one writer anyhow."""
    connection = connection_of(session)
    if connection.dialect.name == "postgresql":
        base = key.removesuffix(UNDO)
        number = int.from_bytes(hashlib.sha256(base.encode()).digest()[:8], "big", signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": number})


@dataclass(frozen=True)
class _Books:
    """The warehouse in whose stream a posting stands, its row locked, and the time zone of its site."""

    id: int
    code: str
    site: str
    zone: str


_BOOKS = "SELECT w.id, w.code, w.site, s.zone FROM warehouse w LEFT JOIN site s ON s.key = w.site WHERE w.id = :id"
_LOCKED_BOOKS = {"sqlite": text(_BOOKS), "postgresql": text(_BOOKS + " FOR UPDATE OF w")}
_LAST = text("SELECT recorded_at FROM posting WHERE warehouse_id = :id ORDER BY id DESC LIMIT 1")
_SEEN = text("SELECT 1 FROM posting WHERE effect_key = :key UNION ALL SELECT 1 FROM tombstone WHERE effect_key = :key")


def _books_of(session: Session, posting: Posting, moves: Sequence[Move]) -> _Books:
    """The books of the warehouse of the first real place the posting touches, the road last."""
    real = [place for move in moves for place in (move.target, move.source) if place.is_real]
    real.sort(key=lambda place: place.kind is PlaceKind.TRANSIT)
    if not real or real[0].warehouse_id is None:
        raise StockLawError("nothing_to_post", "没有可记账的数量。", "There is no quantity to post in a real place.")
    connection = connection_of(session)
    row = connection.execute(_LOCKED_BOOKS[connection.dialect.name], {"id": real[0].warehouse_id}).one()
    if row.site != posting.site:
        raise StockLawError(
            "other_site",
            f"货位 {real[0].code} 属于其他场所（{row.site}），本流程在 {posting.site}。请选择本场所的货位。",
            f"Location {real[0].code} belongs to another site ({row.site}); this case is at {posting.site}. "
            "Choose a location of this site.",
        )
    return _Books(row.id, row.code, row.site, row.zone or "Asia/Shanghai")


def _in_order(session: Session, books: _Books, at: str) -> str:
    """The recording time: never before that of an earlier posting of the warehouse, whose row is locked (I12)."""
    last = connection_of(session).execute(_LAST, {"id": books.id}).scalar()
    return max(at, last or "")


def _as_move(row: StockMove, places: dict[int | None, Place], serial_ids: tuple[int, ...]) -> Move:
    return Move(
        kind=MoveKind(row.kind),
        product_id=row.product_id,
        lot_id=row.lot_id,
        source=places[row.from_location_id],
        target=places[row.to_location_id],
        from_status=Status(row.from_status),
        to_status=Status(row.to_status),
        qty=row.qty,
        owner=row.owner,
        line_no=row.line_no,
        partner_id=row.partner_id,
        serial_ids=serial_ids,
        reverses=row.reverses_move_id,
        package_from=row.package_from,
        package_to=row.package_to,
    )
