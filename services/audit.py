"""The auditor's questions to the whole installation: does everything still hold, and who did what to it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlmodel import Session

from domain.errors import Text
from domain.json_types import Json, JsonObject
from records import audit
from records import verify as chains
from records.database import Database
from records.ledger_verify import LedgerFault, verify_ledger
from records.verify import Finding
from services import folding, people, seals, witnesses
from services.actor import Actor
from services.case_rows import cursor_parts, cursor_text
from services.gateway import Gateway
from services.office import Office
from services.refusals import forbidden, refuse

VERIFIERS = ("auditor", "guest_auditor", "quality_staff", "quality_director", "company_head")
"""Who may have everything recomputed and read the administration's events."""
PAGE_MAX = 200
_KINDS = {
    "changed": Text("被改动", "was changed"),
    "removed": Text("被删除", "was removed"),
    "inserted": Text("被插入", "was inserted"),
    "cut": Text("起的尾部被截断", "and after are cut off"),
}


@dataclass(frozen=True)
class Premises:
    """What a verification looks at. ``gateway`` is ``None`` where the process engine cannot be asked."""

    db: Database
    checkpoints: Path
    attachments: Path
    secrets: Path
    gateway: Gateway | None = None


def premises_of(office: Office) -> Premises:
    """The premises of a running office."""
    return Premises(office.db, office.checkpoints, office.attachments, office.keys.folder, office.gateway)


@dataclass
class Report:
    """What was recomputed, what does not hold (the first bad record of each stream), and which witness was missing."""

    at: str = ""
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    ledger: list[LedgerFault] = field(default_factory=list)
    lacked: list[tuple[str, Text]] = field(default_factory=list)
    reachable: bool = True

    @property
    def ok(self) -> bool:
        """Whether everything that could be recomputed holds."""
        return not self.findings and not self.ledger

    def lines(self, lang: str) -> list[str]:
        """One line for each fault, then one for each missing witness."""
        faults = [finding_line(each, lang) for each in self.findings]
        faults += [f"ledger {fault.invariant}: {fault.message.said_in(lang)}" for fault in self.ledger]
        return faults + [why.said_in(lang) for _, why in self.lacked]

    def as_json(self) -> JsonObject:
        """``{ok, at, seconds, counts, findings, lacked}``; the ledger's faults are findings of the stream ``ledger``."""
        found: list[Json] = [finding_view(each) for each in self.findings]
        found += [ledger_view(fault) for fault in self.ledger]
        lacked: list[Json] = [{"witness": name, "message": why.as_json()} for name, why in self.lacked]
        counts: dict[str, Json] = {**self.counts}
        return {
            "ok": self.ok,
            "at": self.at,
            "seconds": Decimal(str(round(self.seconds, 3))),
            "counts": counts,
            "findings": found,
            "lacked": lacked,
        }


def finding_line(each: Finding, lang: str) -> str:
    """``where: record N kind (witness: row)``, as a terminal prints it."""
    row = _row(each)
    if lang == "zh":
        return f"{each.where}：第 {each.found.seq} 条{_KINDS[each.found.kind].zh}（{each.witness}{row}）"
    return f"{each.where}: record {each.found.seq} {each.found.kind} ({each.witness}{row})"


def _row(each: Finding) -> str:
    """Which row it is, where a witness speaks of rows and not of records."""
    if not each.where.startswith("table:") and each.witness not in (folding.FOLDED, witnesses.HISTORY):
        return ""
    name = each.found.expected if each.found.kind != "inserted" else each.found.found
    return f": {name}" if name else ""


def finding_view(each: Finding) -> JsonObject:
    """A break with its words."""
    kind = _KINDS[each.found.kind]
    zh = f"{each.where} 的第 {each.found.seq} 条记录{kind.zh}（证据：{each.witness}{_row(each)}）。"
    en = f"{each.where}: record {each.found.seq} {kind.en} (shown by: {each.witness}{_row(each)})."
    return {
        "stream": each.where,
        "seq": each.found.seq,
        "kind": each.found.kind,
        "witness": each.witness,
        "expected": each.found.expected,
        "found": each.found.found,
        "message": {"zh": zh, "en": en},
    }


def ledger_view(fault: LedgerFault) -> JsonObject:
    """A broken invariant of the stock ledger."""
    return {
        "stream": "ledger",
        "seq": None,
        "kind": fault.invariant,
        "witness": "invariant",
        "expected": None,
        "found": fault.subject,
        "message": fault.message.as_json(),
    }


# ------------------------------------------------------------------ verify


async def verify_installation(parts: Premises, at: str, *, thorough: bool = False) -> Report:
    """Recompute chains, tables, seals, ledger, checkpoints and files, and compare cases with their histories.

    ``thorough`` compares every case value by value; otherwise the recent ones by the hashes of their waves.
    """
    report, began = Report(at=at), time.monotonic()
    await parts.db.reading(recompute, parts, report, thorough=thorough)
    told = await witnesses.history_breaks(parts.db, parts.gateway, thorough=thorough)
    report.counts |= {"histories": told.cases, "waves": told.waves}
    report.findings = seals.first_of_each([*report.findings, *told.found])
    report.reachable = told.reachable
    report.lacked += _lacked_histories(told, thorough=thorough)
    report.seconds = time.monotonic() - began
    return report


def recompute(session: Session, parts: Premises, report: Report, *, thorough: bool = False) -> None:
    """All that one snapshot of the database, the folder of keys, checkpoints and files can show, into ``report``.

    The rows of the last ``witnesses.RECENT`` cases, or with ``thorough`` of all, are derived again from their records.
    """
    on_file = seals.keys_on_file(parts.secrets)
    keys = seals.trusted(session, on_file)
    found = chains.verify_all(session) + witnesses.record_columns(session) + witnesses.event_columns(session)
    sealed, bad_seals = seals.breaks(session, on_file)
    seen, bad_heads = witnesses.checkpoint_breaks(session, parts.checkpoints, keys)
    files, bad_files = witnesses.attachment_breaks(session, parts.attachments)
    folded, bad_rows = folding.breaks(session, None if thorough else witnesses.RECENT)
    known = {each.where for each in found}  # rows of a broken chain cannot be expected to fold
    report.findings = [*found, *bad_seals, *bad_heads, *bad_files, *(row for row in bad_rows if row.where not in known)]
    report.ledger = verify_ledger(session)
    report.counts |= {
        "streams": len(chains.streams(session)),
        "seals": sealed,
        "checkpoints": seen,
        "attachments": files,
        "cases folded": folded,
    }
    if not seen:
        zh, en = (
            "没有检查点：整条链被连头重写时无法发现。",
            "no checkpoint: a chain rewritten with its head stays hidden",
        )
        report.lacked.append(("checkpoint", Text(zh, en)))
    if not on_file:
        zh, en = "没有密钥文件夹：公钥只取自数据库。", "no folder of keys: public keys are the database's own"
        report.lacked.append(("key file", Text(zh, en)))


def _lacked_histories(told: witnesses.HistoryReport, *, thorough: bool) -> list[tuple[str, Text]]:
    lacked: list[tuple[str, Text]] = []
    if not told.reachable:
        zh = "流程引擎无法访问：只比对了归档的历史。"
        en = "the process engine cannot be reached: only archived histories were compared"
        lacked.append((witnesses.HISTORY, Text(zh, en)))
    if told.missing:
        some = ", ".join(told.missing[:5]) + (" …" if len(told.missing) > 5 else "")
        zh = f"{len(told.missing)} 个案例没有执行历史可比对：{some}"
        en = f"{len(told.missing)} cases have no history to compare with: {some}"
        lacked.append((witnesses.HISTORY, Text(zh, en)))
    if not thorough:
        zh = f"只比对了最近 {witnesses.RECENT} 个案例各批记录的哈希；完整比对请用 full。"
        en = f"only the hashes of the waves of the last {witnesses.RECENT} cases were compared; full compares every value"
        lacked.append((witnesses.HISTORY, Text(zh, en)))
    return lacked


async def verify(office: Office, actor: Actor, *, thorough: bool = False) -> JsonObject:
    """``POST /audit:verify``: the report as JSON. Refused to all but quality, auditors and the company head."""
    await _need(office, actor, {"action": "verify_audit"})
    report = await verify_installation(premises_of(office), office.now(), thorough=thorough)
    payload: JsonObject = {"ok": report.ok, "findings": len(report.findings) + len(report.ledger), "full": thorough}
    await office.db.writing(_note_verified, actor.id, payload, office.now())
    return report.as_json()


def _note_verified(session: Session, who: str, payload: JsonObject, at: str) -> None:
    audit.append(session, audit.ADMIN, who, "audit_verified", "audit", payload, at)


async def _need(office: Office, actor: Actor, about: JsonObject) -> None:
    if any(actor.has(role) for role in VERIFIERS):
        return
    zh = "审计记录由质量、内审人员和企业负责人查阅。"
    en = "Audit records are read by quality, auditors and the company head."
    await refuse(office, actor, forbidden(zh, en, who_can=VERIFIERS), about)


# ------------------------------------------------------------------ events


async def events(office: Office, actor: Actor, filters: dict[str, Any]) -> JsonObject:
    """``GET /audit/events``: by ``stream``, ``actor``, ``case``, ``rule``, ``from``, ``to``; newest first.

    ``it_admin`` and ``hr`` read the stream ``admin`` alone.
    """
    stream = filters.get("stream")
    if not (stream == audit.ADMIN and (actor.has("it_admin") or actor.has("hr"))):
        await _need(office, actor, {"action": "read_audit", "subject": str(stream or "all")})
    limit = max(1, min(int(filters.get("limit") or 50), PAGE_MAX))
    parts = cursor_parts(filters.get("cursor"), 3)
    found = await office.db.reading(
        audit.events,
        stream,
        prefix=filters.get("prefix"),
        actor=filters.get("actor"),
        rule=filters.get("rule"),
        case_id=filters.get("case"),
        since=filters.get("from"),
        until=filters.get("to"),
        after=(parts[0], parts[1], int(parts[2])) if parts else None,
        limit=limit + 1,
    )
    told: JsonObject = {key: str(value) for key, value in filters.items() if value}
    await people.note_reading(office, actor, "audit/events", told)
    last = found[limit - 1] if len(found) > limit else None
    items: list[Json] = [event_view(row) for row in found[:limit]]
    return {"items": items, "next": cursor_text((last.at, last.stream, str(last.seq)) if last else None)}


def event_view(row: audit.AuditEvent) -> JsonObject:
    """One event of a stream with its hash."""
    return {
        "stream": row.stream,
        "seq": row.seq,
        "at": row.at,
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "site": row.site,
        "case": row.case_id,
        "rule": row.rule,
        "payload": row.payload,
        "hash": row.hash,
    }
