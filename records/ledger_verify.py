"""Proof of the ledger: its invariants I1–I16, recomputed from the rows as they are.

Each check names the first places where it does not hold. Together with the `ledger/<warehouse>` stream they
find a
changed, removed or invented move even when somebody has adjusted the balances to match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlmodel import Session, col, select

from domain.canonical import digest
from domain.stock import REAL_KINDS, is_mirror
from records import hold_rows, ledger, ledger_laws, shipments
from records.audit import AuditEvent
from records.base import as_dict, connection_of
from records.ledger_faults import LedgerFault as LedgerFault
from records.ledger_faults import fault_at, names_in, rows_of
from records.stock import APPEND_ONLY, PostingRow, StockMove, Warehouse
from records.triggers import triggers_of

FAULTS_PER_CHECK = 20
"""A broken table gives the first so many faults of each kind, not a million."""


def verify_ledger(session: Session) -> list[LedgerFault]:
    """Every fault found, by invariant; an empty list means that the ledger holds."""
    faults: list[LedgerFault] = []
    for check in _CHECKS:
        for index, fault in enumerate(check(session)):
            if index >= FAULTS_PER_CHECK:
                break
            faults.append(fault)
    return faults


def _i1_append_only(session: Session) -> Iterator[LedgerFault]:
    there = triggers_of(connection_of(session))
    for table in (*APPEND_ONLY, *hold_rows.APPEND_ONLY, *shipments.APPEND_ONLY):
        for verb in ("update", "delete"):
            if f"gsp_{table}_{verb}" not in there:
                yield fault_at(
                    "I1", f"{table}", f"禁止 {verb} 的触发器不见了", f"the trigger that forbids {verb} is gone"
                )


_I2 = """
SELECT lot_id, location_id, status, owner, SUM(moved) AS moved, SUM(kept) AS kept FROM (
  SELECT lot_id, to_location_id AS location_id, to_status AS status, owner, qty AS moved, 0 AS kept FROM
  stock_move
  UNION ALL SELECT lot_id, from_location_id, from_status, owner, -qty, 0 FROM stock_move
  UNION ALL SELECT lot_id, location_id, status, owner, 0, qty FROM stock_balance
) AS every GROUP BY lot_id, location_id, status, owner HAVING SUM(moved) <> SUM(kept)
ORDER BY lot_id, location_id, status, owner
"""


def _i2_balance_is_sum(session: Session) -> Iterator[LedgerFault]:
    for row in rows_of(session, _I2):
        yield fault_at(
            "I2",
            _key(row),
            f"结存 {row.kept}，按移动累计应为 {row.moved}",
            f"the balance is {row.kept}, the moves add up to {row.moved}",
        )


_I3 = f"""
SELECT b.lot_id, b.location_id, b.status, b.owner, b.qty, b.reserved, b.is_virtual, l.kind FROM
stock_balance b
JOIN location l ON l.id = b.location_id
WHERE l.kind IN ({names_in(REAL_KINDS)}) AND (b.qty < 0 OR b.is_virtual)
ORDER BY b.lot_id, b.location_id
"""


def _i3_never_negative(session: Session) -> Iterator[LedgerFault]:
    for row in rows_of(session, _I3):
        yield fault_at("I3", _key(row), f"实际货位结存为 {row.qty}", f"a real place holds {row.qty}")


def _i4_conserved(session: Session) -> Iterator[LedgerFault]:
    sql = "SELECT product_id, SUM(qty) AS total FROM stock_balance GROUP BY product_id HAVING SUM(qty) <> 0"
    for row in rows_of(session, sql):
        yield fault_at(
            "I4",
            f"product {row.product_id}",
            f"各处合计 {row.total}，应为 0",
            f"all places add up to {row.total}, not 0",
        )
    sql = "SELECT m.id FROM stock_move m JOIN lot l ON l.id = m.lot_id WHERE l.product_id <> m.product_id ORDER BY m.id"
    for row in rows_of(session, sql):
        yield fault_at("I4", f"move {row.id}", "批号不属于该产品", "its lot is of another product")


_I5_COUNT = """
SELECT m.id, m.qty, COUNT(u.serial_id) AS units FROM stock_move m
JOIN product p ON p.id = m.product_id LEFT JOIN move_serial u ON u.move_id = m.id
WHERE p.tracking IN ('SERIAL','LOT_SERIAL') GROUP BY m.id, m.qty HAVING COUNT(u.serial_id) <> m.qty ORDER BY
m.id
"""
_I5_PLACE = """
SELECT s.id, s.serial_no, s.current_move_id, m.id AS move_id FROM serial s
JOIN (SELECT serial_id, MAX(move_id) AS move_id FROM move_serial GROUP BY serial_id) AS newest ON
newest.serial_id = s.id
JOIN stock_move m ON m.id = newest.move_id
WHERE s.current_move_id IS NULL OR s.current_move_id <> m.id OR s.current_location_id <> m.to_location_id
  OR s.current_status <> m.to_status ORDER BY s.id
"""


def _i5_serials(session: Session) -> Iterator[LedgerFault]:
    for row in rows_of(session, _I5_COUNT):
        yield fault_at(
            "I5",
            f"move {row.id}",
            f"数量 {row.qty}，序列号 {row.units} 个",
            f"quantity {row.qty}, {row.units} serial numbers",
        )
    for row in rows_of(session, _I5_PLACE):
        yield fault_at(
            "I5",
            f"serial {row.serial_no}",
            f"现址与最后一次移动 {row.move_id} 不符",
            f"it is not where its last move {row.move_id} put it",
        )


def _i6_reversals(session: Session) -> Iterator[LedgerFault]:
    sql = (
        "SELECT r.posting_id AS reversal, o.posting_id AS original FROM stock_move r "
        "JOIN stock_move o ON o.id = r.reverses_move_id GROUP BY r.posting_id, o.posting_id ORDER BY 1"
    )
    for row in list(rows_of(session, sql)):
        originals = dict(ledger.moves_of(session, row.original))
        for move_id, move in ledger.moves_of(session, row.reversal):
            original = originals.get(move.reverses or 0)
            if original is None or not is_mirror(original, move):
                yield fault_at("I6", f"move {move_id}", "不是原移动的镜像", "it does not mirror the move it reverses")
    twice = (
        "SELECT reverses_move_id AS id, COUNT(*) AS n FROM stock_move WHERE reverses_move_id IS NOT NULL "
        "GROUP BY reverses_move_id HAVING COUNT(*) > 1"
    )
    for row in rows_of(session, twice):
        yield fault_at("I6", f"move {row.id}", f"被冲销 {row.n} 次", f"it was reversed {row.n} times")


def _i10_to_i12_postings(session: Session) -> Iterator[LedgerFault]:
    """Request hash, audit event and time of every posting, in the order of each warehouse."""
    newest: dict[int, str] = {}
    warehouses = {row.id: row.code for row in session.exec(select(Warehouse))}
    for posting in session.exec(select(PostingRow).order_by(col(PostingRow.id))):
        name = f"posting {posting.effect_key}"
        if posting.request_sha != digest("request", posting.request):
            yield fault_at("I10", name, "请求与其哈希不符", "the request does not match its hash")
        yield from _i11(session, posting, f"ledger/{warehouses.get(posting.warehouse_id)}")
        if posting.recorded_at < newest.get(posting.warehouse_id, ""):
            yield fault_at("I12", name, "记录时间早于前一笔", "it is recorded before the posting ahead of it")
        newest[posting.warehouse_id] = max(posting.recorded_at, newest.get(posting.warehouse_id, ""))


def _i11(session: Session, posting: PostingRow, stream: str) -> Iterator[LedgerFault]:
    name = f"posting {posting.effect_key}"
    query = select(AuditEvent).where(AuditEvent.subject == posting.effect_key, AuditEvent.stream == stream)
    events = list(session.exec(query))
    if len(events) != 1:
        yield fault_at(
            "I11", name, f"审计流中有 {len(events)} 条记录，应为 1 条", f"{len(events)} audit events instead of one"
        )
        return
    assert posting.id is not None
    rows = _moves_as_recorded(session, posting.id)
    receipts, links = ledger.receipts_of(session, posting.id), ledger.links_of(session, posting.id)
    if events[0].payload_sha != digest("payload", ledger.payload_of(as_dict(posting), rows, receipts, links)):
        yield fault_at("I11", name, "过账或其移动与审计流不符", "the posting or its moves differ from the audit stream")


def _moves_as_recorded(session: Session, posting_id: int) -> list[dict[str, Any]]:
    """Every column of a posting's moves, with the units that each took along."""
    units = dict(ledger.moves_of(session, posting_id))
    rows = session.exec(select(StockMove).where(StockMove.posting_id == posting_id).order_by(col(StockMove.id)))
    return [{**as_dict(row), "serial_ids": sorted(units[row.id or 0].serial_ids)} for row in rows]


def _i11_orphans(session: Session) -> Iterator[LedgerFault]:
    sql = (
        "SELECT e.stream, e.subject FROM audit_event e LEFT JOIN posting p ON p.effect_key = e.subject "
        "WHERE e.stream LIKE 'ledger/%' AND p.id IS NULL ORDER BY e.stream, e.seq"
    )
    for row in rows_of(session, sql):
        yield fault_at(
            "I11", f"posting {row.subject}", "审计流中有，账中没有", "the audit stream has it, the ledger does not"
        )
    sql = "SELECT m.id FROM stock_move m LEFT JOIN posting p ON p.id = m.posting_id WHERE p.id IS NULL ORDER BY m.id"
    for row in rows_of(session, sql):
        yield fault_at("I11", f"move {row.id}", "没有所属的过账", "it belongs to no posting")


_LOTS_ENTERED = """
SELECT lot.lot_no, lot.expiry, product.code, p.effect_key FROM lot JOIN product ON product.id = lot.product_id
JOIN (SELECT lot_id, MIN(id) AS move_id FROM stock_move WHERE kind = 'RECEIVE' GROUP BY lot_id) AS oldest
  ON oldest.lot_id = lot.id
JOIN stock_move m ON m.id = oldest.move_id JOIN posting p ON p.id = m.posting_id
WHERE p.kind = 'receive' ORDER BY lot.id
"""


def _i13_lots_as_entered(session: Session) -> Iterator[LedgerFault]:
    """Product, lot number and expiry of every lot are those of a line of the receipt that first took it
    in."""
    for row in list(rows_of(session, _LOTS_ENTERED)):
        posting = ledger.posting_of(session, row.effect_key)
        if posting is not None and (row.code, row.lot_no, row.expiry) not in _entered(posting.request):
            yield fault_at(
                "I13",
                f"lot {row.lot_no}",
                f"批号或效期（{row.expiry or '无'}）不是收货时录入的",
                f"its number or expiry ({row.expiry or 'none'}) is not what was entered at receipt",
            )


def _entered(request: dict[str, Any]) -> set[tuple[str, str, str]]:
    lines = request.get("input", {}).get("lines", [])
    return {(x.get("product_code", ""), x.get("lot_no") or "", x.get("expiry_date") or "") for x in lines}


_SERIALS_ENTERED = """
SELECT s.serial_no, p.effect_key FROM serial s
JOIN (SELECT serial_id, MIN(move_id) AS move_id FROM move_serial GROUP BY serial_id) AS oldest ON
oldest.serial_id = s.id
JOIN stock_move m ON m.id = oldest.move_id JOIN posting p ON p.id = m.posting_id
WHERE m.kind = 'RECEIVE' ORDER BY s.id
"""


def _i13_serials_as_entered(session: Session) -> Iterator[LedgerFault]:
    for row in list(rows_of(session, _SERIALS_ENTERED)):
        posting = ledger.posting_of(session, row.effect_key)
        lines = posting.request.get("input", {}).get("lines", []) if posting else []
        if not any(row.serial_no in (x.get("serial_nos") or [x.get("serial_no")]) for x in lines):
            yield fault_at(
                "I13", f"serial {row.serial_no}", "序列号不是收货时录入的", "this number was not entered at receipt"
            )


_I14 = """
SELECT b.lot_id, b.location_id, b.status, b.owner, b.qty, b.reserved, COALESCE(SUM(r.qty - r.consumed), 0) AS promised
FROM stock_balance b LEFT JOIN reservation r
  ON r.lot_id = b.lot_id AND r.location_id = b.location_id AND r.status = b.status AND r.owner = b.owner
  AND r.state = 'open'
GROUP BY b.lot_id, b.location_id, b.status, b.owner, b.qty, b.reserved
HAVING b.reserved <> COALESCE(SUM(r.qty - r.consumed), 0) OR (NOT MAX(CASE WHEN b.is_virtual THEN 1 ELSE 0 END) = 1 AND
b.reserved > b.qty)
"""


def _i14_reservations(session: Session) -> Iterator[LedgerFault]:
    for row in rows_of(session, _I14):
        yield fault_at(
            "I14",
            _key(row),
            f"预留 {row.reserved}，预留明细 {row.promised}，结存 {row.qty}",
            f"{row.reserved} reserved, {row.promised} promised, {row.qty} there",
        )


def _key(row: Any) -> str:
    return f"lot {row.lot_id} @ location {row.location_id} {row.status}" + (f" ({row.owner})" if row.owner else "")


_CHECKS: tuple[Callable[[Session], Iterator[LedgerFault]], ...] = (
    _i1_append_only,
    _i2_balance_is_sum,
    _i3_never_negative,
    _i4_conserved,
    _i5_serials,
    _i6_reversals,
    ledger_laws.i7_signed_verdicts,
    ledger_laws.i8_only_good_goods_leave,
    ledger_laws.i9_repacking_closes,
    _i10_to_i12_postings,
    _i11_orphans,
    _i13_lots_as_entered,
    _i13_serials_as_entered,
    ledger_laws.i13_repacked_lots,
    _i14_reservations,
    ledger_laws.i15_kinds,
    ledger_laws.i16_vouchers,
)
