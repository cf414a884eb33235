"""Proof of the laws of moves: what was signed, what left, what was repacked, and whether each kind kept its law.

`records.ledger_verify` runs these checks with the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlmodel import Session, col, select

from domain.move_laws import LAWS, KindLaw, evidence_needed
from domain.stock import SOLD, Evidence, MoveKind, Status
from records import ledger
from records.case_tables import Signature
from records.hold_rows import StockHoldRelease
from records.ledger_faults import LedgerFault, fault_at, names_in, rows_of
from records.stock import PostingRow

_I7 = f"""
SELECT m.id, m.kind, m.from_status, m.to_status, m.posting_id FROM stock_move m
WHERE m.reverses_move_id IS NULL AND m.kind IN ({names_in(LAWS)}) AND (
  (m.from_status <> m.to_status AND m.to_status IN ('QUALIFIED','REJECTED','PENDING'))
  OR m.kind IN ({names_in(kind for kind, law in LAWS.items() if law.evidence or law.approvals)}))
ORDER BY m.id
"""
_MEANINGS = {
    "inspection": frozenset({"inspected"}),
    "ruling": frozenset({"quality_rule"}),
    "approvals": frozenset({"approve", "decide", "release", "review", "verified"}),
}
"""What the signer of each kind of evidence must have said with the signature."""


def i7_signed_verdicts(session: Session) -> Iterator[LedgerFault]:
    """Verdicts, destruction, adjustments and opening balances stand on the signatures that their laws ask for."""
    postings: dict[int, tuple[Evidence, str]] = {}
    for row in list(rows_of(session, _I7)):
        if row.posting_id not in postings:
            posting = session.get(PostingRow, row.posting_id)
            if posting is None:
                continue  # I11 names it
            postings[row.posting_id] = (Evidence.from_json(posting.evidence), posting.case_id)
        evidence, case_id = postings[row.posting_id]
        kind, was, becomes = MoveKind(row.kind), Status(row.from_status), Status(row.to_status)
        needed = evidence_needed(kind, was, becomes)
        shas = [sha for name in needed if (sha := getattr(evidence, name)) is not None]
        signed = any(_signers(session, case_id, [sha], needed) for sha in shas)
        if needed and not signed and not _ended_hold(session, row.posting_id, evidence.ruling, needed):
            yield fault_at("I7", f"move {row.id}", "没有对应的签名", "no signature stands behind it")
        law = LAWS[kind]
        if len(_signers(session, case_id, evidence.approvals, {"approvals"})) < law.approvals:
            zh, en = (
                f"批准签名不足 {law.approvals} 人",
                f"fewer than {law.approvals} people signed that they approve it",
            )
            yield fault_at("I7", f"move {row.id}", zh, en)


def _ended_hold(session: Session, posting_id: int, ruling: str | None, needed: Collection[str]) -> bool:
    """Whether the ruling was signed at the hold itself, which is no step of a case."""
    posting = session.get(PostingRow, posting_id) if ruling is not None and "ruling" in needed else None
    ended = session.get(StockHoldRelease, posting.document_id) if posting is not None else None
    return ended is not None and ended.act_sha == ruling


def _signers(session: Session, case_id: str, shas: Sequence[str], kinds: Collection[str]) -> set[str]:
    """The people whose signed acts of the case these are, with a meaning that fits."""
    if not shas:
        return set()
    meanings = sorted(meaning for kind in kinds for meaning in _MEANINGS[kind])
    query = select(Signature.signer).where(Signature.case_id == case_id, col(Signature.act_sha).in_(shas))
    return set(session.exec(query.where(col(Signature.meaning).in_(meanings))))


_I8 = f"""
SELECT m.id, m.kind, m.from_status, m.business_at, m.site, l.kind AS place, lot.expiry
FROM stock_move m JOIN location l ON l.id = m.to_location_id JOIN lot ON lot.id = m.lot_id
WHERE m.reverses_move_id IS NULL
  AND (l.kind = 'CUSTOMER' OR m.kind IN ({names_in(kind for kind, law in LAWS.items() if law.fresh)}))
  AND (m.from_status <> 'QUALIFIED' OR (lot.expiry <> '' AND lot.expiry <= SUBSTR(m.business_at, 1, 10)))
ORDER BY m.id
"""


def i8_only_good_goods_leave(session: Session) -> Iterator[LedgerFault]:
    """What leaves for a customer or a hospital is qualified and not past its expiry at the site's own date."""
    for row in list(rows_of(session, _I8)):
        expired = bool(row.expiry) and row.expiry < ledger.business_day(session, row.site, row.business_at)
        if row.from_status != "QUALIFIED" or expired:
            yield fault_at(
                "I8",
                f"move {row.id}",
                "发给客户的商品不是合格或已过期",
                "goods for a customer were not qualified, or expired",
            )


_I9 = """
SELECT posting_id, SUM(qty) AS total FROM (
  SELECT m.posting_id, m.qty FROM stock_move m JOIN location l ON l.id = m.to_location_id WHERE l.kind =
  'REPACK'
  UNION ALL SELECT m.posting_id, -m.qty FROM stock_move m JOIN location l ON l.id = m.from_location_id WHERE
  l.kind = 'REPACK'
) AS repack GROUP BY posting_id HAVING SUM(qty) <> 0
"""


def i9_repacking_closes(session: Session) -> Iterator[LedgerFault]:
    """Nothing stays at the place of repacking."""
    for row in rows_of(session, _I9):
        yield fault_at(
            "I9", f"posting {row.posting_id}", f"分装处剩余 {row.total}", f"{row.total} units stay at the repack place"
        )


def _law_sql(kind: MoveKind, law: KindLaw) -> str:
    routes = " OR ".join(
        f"(f.kind IN ({names_in(here)}) AND t.kind IN ({names_in(there)}))" for here, there in law.routes
    )
    changes = ",".join(f"'{was}>{becomes}'" for was, becomes in sorted(law.changes))
    allowed = [f"({routes})", f"m.from_status || '>' || m.to_status IN ({changes})"]
    if law.stays:
        allowed.append("m.from_location_id = m.to_location_id")
    if law.partner:
        allowed.append("m.partner_id IS NOT NULL")
    return f"(m.kind = '{kind}' AND NOT ({' AND '.join(allowed)}))"


_I15 = f"""
SELECT m.id, m.kind FROM stock_move m
JOIN location f ON f.id = m.from_location_id JOIN location t ON t.id = m.to_location_id
WHERE m.kind NOT IN ({names_in(MoveKind)})
  OR (m.kind <> 'REVERSE' AND m.reverses_move_id IS NOT NULL) OR (m.kind = 'REVERSE' AND m.reverses_move_id IS NULL)
  OR (t.kind = 'CUSTOMER' AND m.kind NOT IN ({names_in(SOLD | {MoveKind.REVERSE})}))
  OR {" OR ".join(_law_sql(kind, law) for kind, law in LAWS.items())}
ORDER BY m.id
"""


def i15_kinds(session: Session) -> Iterator[LedgerFault]:
    """Every move keeps the law of its kind, and only a sale or its like brings goods to a customer."""
    for row in rows_of(session, _I15):
        yield fault_at(
            "I15", f"move {row.id}", f"不符合“{row.kind}”的规定", f"the law of its kind ({row.kind}) does not allow it"
        )


_REPACKED_LATER = """
SELECT k.posting_id, child.lot_no AS child_no, parent.lot_no AS parent_no FROM lot_link k
JOIN lot parent ON parent.id = k.parent_lot_id JOIN lot child ON child.id = k.child_lot_id
WHERE k.qty_child > 0 AND ((parent.expiry <> '' AND (child.expiry = '' OR child.expiry > parent.expiry))
  OR child.product_id <> parent.product_id)
ORDER BY k.posting_id, child.id, parent.id
"""


def i13_repacked_lots(session: Session) -> Iterator[LedgerFault]:
    """A repacked lot is of its parents' product and expires no later than any of them."""
    for row in rows_of(session, _REPACKED_LATER):
        yield fault_at(
            "I13",
            f"lot {row.child_no}",
            f"效期晚于来源批号 {row.parent_no} 或品种不同",
            f"it expires later than {row.parent_no}, which it was repacked from, or is another product",
        )


_UNNUMBERED = "SELECT p.effect_key FROM posting p LEFT JOIN voucher v ON v.posting_id = p.id WHERE v.posting_id IS NULL"
_NUMBERS = """
SELECT v.number, v.no, v.year, v.mode, v.place, p.recorded_at, w.code, w.site, v.warehouse_id, p.warehouse_id AS posted_at
FROM (
  SELECT voucher.*, ROW_NUMBER() OVER (PARTITION BY warehouse_id, mode, year ORDER BY posting_id) AS place FROM voucher
) AS v JOIN posting p ON p.id = v.posting_id JOIN warehouse w ON w.id = v.warehouse_id
WHERE v.place <> v.no OR v.warehouse_id <> p.warehouse_id OR v.mode <> p.mode
  OR CAST(v.year AS VARCHAR(4)) <> SUBSTR(p.recorded_at, 1, 4)
  OR SUBSTR(v.number, LENGTH(v.number) - 5) <> SUBSTR('00000' || v.no, LENGTH('00000' || v.no) - 5)
ORDER BY v.posting_id
"""


def i16_vouchers(session: Session) -> Iterator[LedgerFault]:
    """Every posting has its number, and the numbers of a warehouse and year are its postings in order, without gaps."""
    for row in rows_of(session, _UNNUMBERED):
        yield fault_at("I16", f"posting {row.effect_key}", "没有凭证号", "it has no voucher number")
    for row in list(rows_of(session, _NUMBERS)):
        year = int(ledger.business_day(session, row.site, row.recorded_at)[:4])
        fits = (row.no, row.year, row.warehouse_id) == (row.place, year, row.posted_at)
        if not fits or not row.number.endswith(f"{row.no:06d}"):
            zh, en = f"应为第 {row.place} 号", f"it should be number {row.place} of its warehouse and year"
            yield fault_at("I16", f"voucher {row.number}", zh, en)
