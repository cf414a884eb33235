"""The inspection that lets held goods become qualified again: signed after the hold, a pass, by another person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from domain.errors import Fault, Refusal, Text
from domain.hard_rules import not_expired
from domain.holds import ARTICLES, RULERS
from records import facts
from records.case_tables import CaseStep, CaseTag, Signature
from records.hold_rows import StockHold
from records.stock import Lot

_DEAD = ("superseded", "cancelled")


@dataclass(frozen=True)
class Inspection:
    """The signed act of the inspection, and its case."""

    case_id: str
    act_sha: str


def inspection(session: Session, held: StockHold, by: str, at: str, case_id: str, seq: int) -> Inspection | Refusal:
    """The inspection that a ruling names, or why it does not let the goods of a hold become qualified."""
    lot = session.get(Lot, held.lot_id)
    assert lot is not None
    ended = _expired(session, held, lot, at)
    if ended is not None:
        return ended
    signed = session.get(Signature, (case_id, seq)) if case_id else None
    if signed is None or signed.meaning != "inspected" or signed.outcome != "pass" or _is_void(session, signed):
        return _unfit(
            "解除为“合格”须指明停售之后签名的合格检验（case 与 seq）；没有的，请解除为“待验”重新验收。",
            "To qualify held goods, name the inspection signed since that passed them (case and seq); "
            "without one let them go as PENDING, to be inspected again.",
        )
    if signed.at < held.held_at or not _is_about(session, case_id, lot):
        return _unfit(
            f"该检验早于停售，或不是批号 {lot.lot_no} 的检验。",
            f"That inspection was signed before the hold, or is not about lot {lot.lot_no}.",
        )
    if signed.signer == by:
        text = Text("检验人不能裁决自己的检验结论。", "Whoever inspected the goods does not rule on them as well.")
        return Refusal(403, "four_eyes", text, rule="four_eyes", who_can=RULERS)
    return Inspection(case_id, signed.act_sha)


def _expired(session: Session, held: StockHold, lot: Lot, at: str) -> Refusal | None:
    today = facts.today_at(session, held.site, at)
    for violation in not_expired("1", date.fromisoformat(lot.expiry) if lot.expiry else None, today):
        text = Text(
            f"批号 {lot.lot_no} 已于 {lot.expiry} 失效，不得解除为合格；请按不合格品处理。",
            f"Lot {lot.lot_no} expired on {lot.expiry} and cannot be qualified; it goes the way of nonconforming goods.",
        )
        articles = ("GSP-76", *violation.articles)
        return Refusal(409, "expired", text, rule=violation.rule, articles=articles, who_can=RULERS)
    return None


def _is_void(session: Session, signed: Signature) -> bool:
    step = session.get(CaseStep, (signed.case_id, signed.path))
    return step is not None and step.state in _DEAD


def _is_about(session: Session, case_id: str, lot: Lot) -> bool:
    query = select(CaseTag).where(CaseTag.kind == "lot", CaseTag.needle == lot.lot_no.casefold())
    return session.exec(query.where(CaseTag.case_id == case_id)).first() is not None


def _unfit(zh: str, en: str) -> Refusal:
    text = Text(zh, en)
    fault = Fault("/inspection", "inspection_missing", text)
    return Refusal(422, "inspection_missing", text, rule="RULE-10", articles=ARTICLES, faults=(fault,))
