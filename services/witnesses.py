"""The witnesses outside the database: checkpoints, files by their hash, the histories of the process engine."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session
from temporalio.client import WorkflowHistory

from domain.chain import Break
from domain.ids import workflow_id
from records import cases, projection
from records.attachments import Attachment
from records.audit import AuditEvent
from records.base import as_dict, connection_of, table_of
from records.case_tables import CaseRecord, CaseRow
from records.checkpoint import Checkpoints, compare
from records.database import Database
from records.projection_rows import Place, actor_id, rows_of
from records.verify import CASE, Finding
from services.gateway import EngineUnreachable, Gateway, run_before
from services.waves import RecordedWave, was_projected, wave_ids, waves_of

RECENT = 200
"""So many cases, the last started first, are compared with their histories when nothing more is asked for."""
CHECKPOINTS = "checkpoints.jsonl"
HISTORY = "history"


def checkpoint_file(folder: Path) -> Path:
    """The file of signed heads in the folder of checkpoints."""
    return folder / CHECKPOINTS


def checkpoint_breaks(session: Session, folder: Path, keys: dict[str, str]) -> tuple[int, list[Finding]]:
    """How many checkpoints hold, and where they, or the database beside them, break."""
    seen, broken = Checkpoints(checkpoint_file(folder)).read(keys)
    found = [] if broken is None else [Finding(CHECKPOINTS, broken, "checkpoint")]
    return len(seen), found + compare(session, seen)


def attachment_breaks(session: Session, folder: Path) -> tuple[int, list[Finding]]:
    """How many files were read again, and each that is gone or is not what its hash says."""
    table = table_of(Attachment)
    known = connection_of(session).execute(select(table.c.sha256, table.c.size).order_by(table.c.stored_at))
    rows, found = known.all(), []
    for number, row in enumerate(rows, start=1):
        fault = file_break(folder / row.sha256[:2] / row.sha256, row.sha256, number)
        if fault is not None:
            found.append(Finding(f"attachment:{row.sha256}", fault, "content hash"))
    return len(rows), found


def file_break(path: Path, sha256: str, number: int) -> Break | None:
    """What is wrong with the file of a hash, or ``None``."""
    if not path.is_file():
        return Break(number, "removed", sha256, "")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    return None if found == sha256 else Break(number, "changed", sha256, found)


# ------------------------------------------------------------------ histories


@dataclass
class HistoryReport:
    """What the histories said: how many cases and waves were compared, what differs, which cases have no history."""

    cases: int = 0
    waves: int = 0
    found: list[Finding] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    reachable: bool = True


async def histories_of(db: Database, gateway: Gateway | None, case_id: str) -> list[WorkflowHistory]:
    """The histories of all runs of a case: from Temporal, and from the archive those that it has no longer."""
    found = await gateway.histories(case_id) if gateway is not None else []
    if found and await run_before(found[0]) is None:
        return found
    archived = await db.reading(cases.archives, case_id)
    known = {history.run_id for history in found}
    gone = [row for row in archived if row.run_id not in known]
    return [*await asyncio.to_thread(unpacked, case_id, gone), *found]


def unpacked(case_id: str, archived: Sequence[Any]) -> list[WorkflowHistory]:
    """Archived runs as histories."""
    return [WorkflowHistory.from_json(workflow_id(case_id), gzip.decompress(row.history).decode()) for row in archived]


async def history_breaks(db: Database, gateway: Gateway | None, *, thorough: bool) -> HistoryReport:
    """Compare cases with their histories: all of them, value by value, or the recent ones by their waves' hashes."""
    report = HistoryReport(reachable=gateway is not None)
    for case_id in await db.reading(_case_ids, None if thorough else RECENT):
        try:
            histories = await histories_of(db, gateway, case_id)
        except EngineUnreachable:
            gateway, report.reachable = None, False
            histories = await histories_of(db, None, case_id)
        await _compare(db, case_id, histories, report, thorough=thorough)
    if thorough and gateway is not None:
        await _vanished(db, gateway, report)
    return report


def _case_ids(session: Session, limit: int | None) -> list[str]:
    table = table_of(CaseRow)
    query = select(table.c.id).order_by(table.c.started_at.desc(), table.c.id.desc()).limit(limit)
    return list(connection_of(session).execute(query).scalars())


async def _compare(
    db: Database, case_id: str, histories: list[WorkflowHistory], report: HistoryReport, *, thorough: bool
) -> None:
    if not histories:
        report.missing.append(case_id)
        return
    report.cases += 1
    if thorough:
        waves = await waves_of(histories)
        report.waves += len(waves)
        found = await db.reading(case_difference, case_id, waves)
    else:
        told = await wave_ids(histories)
        report.waves += len(told)
        found = await db.reading(_wave_difference, case_id, told)
    if found is not None:
        report.found.append(Finding(*found, HISTORY))


def _wave_difference(session: Session, case_id: str, told: dict[int, str]) -> tuple[str, Break] | None:
    """The first wave that is not the one history made. Waves that are only late are no difference."""
    stored = {row.no: row for row in cases.waves(session, case_id)}
    for number in sorted(stored.keys() | told.keys()):
        row, sha = stored.get(number), told.get(number)
        if row is None:
            later = [other for other in stored if other > number]
            if later:
                return CASE + case_id, Break(stored[min(later)].first_seq - 1, "removed", f"wave {number}", "")
        elif sha is None:
            return CASE + case_id, Break(row.first_seq, "inserted", "", f"wave {number}")
        elif row.sha256[:16] != sha:
            return CASE + case_id, Break(row.first_seq, "changed", sha, row.sha256[:16])
    return None


def case_difference(session: Session, case_id: str, waves: Sequence[RecordedWave]) -> tuple[str, Break] | None:
    """The first place where the rows of a case are not what its waves make them, every column of every row.

    Only waves that are in the database are compared: a late one is no tampering.
    """
    forged = next((wave for wave in waves if not wave.is_itself), None)
    if forged is not None:
        return CASE + case_id, Break(_first_seq(forged), "changed", forged.activity_id, forged.sha256[:16])
    case = cases.case(session, case_id)
    last = case.wave if case is not None else 0
    there = [wave for wave in waves if wave.no <= last]
    found = _record_difference(session, case_id, there)
    if found is not None:
        return CASE + case_id, found
    derived = projection.difference(session, case_id, [wave.body for wave in there])
    if derived is not None:
        return CASE + case_id, Break(case.seq if case else 0, "changed", f"{derived[0]} {derived[1]}", "")
    return None


def _record_difference(session: Session, case_id: str, waves: Sequence[RecordedWave]) -> Break | None:
    stored = {row.seq: as_dict(row) for row in cases.records(session, case_id)}
    for wave in waves:
        body: Any = wave.body
        place = Place(str(body.get("company") or "main"), str(body["site"]), str(body["mode"]))
        made = rows_of(body, wave.sha256, [stored.get(r["seq"], {}).get("head", "") for r in body["records"]], place)
        for expected in made.records:
            row = stored.pop(expected["seq"], None)
            if row is None:
                return Break(expected["seq"], "removed", "record", "")
            if row != expected:
                return Break(expected["seq"], "changed", *_first_column(expected, row))
    if stored:
        return Break(min(stored), "inserted", "", "record")
    return None


def _first_column(expected: dict[str, Any], found: dict[str, Any]) -> tuple[str, str]:
    name = next(name for name in expected if expected[name] != found[name])
    return f"{name} {str(expected[name])[:80]}", str(found[name])[:80]


def _first_seq(wave: RecordedWave) -> int:
    body: Any = wave.body
    return int(body["records"][0]["seq"]) if body["records"] else 0


async def _vanished(db: Database, gateway: Gateway, report: HistoryReport) -> None:
    """Cases that the engine has and the database does not, although their first wave was written."""
    known = set(await db.reading(_case_ids, None))
    async for run in gateway.client.list_workflows("WorkflowType = 'Case'"):
        case_id = run.id.removeprefix(workflow_id(""))
        if case_id in known:
            continue
        known.add(case_id)
        written = was_projected(await gateway.histories(case_id))
        if written and await db.reading(cases.case, case_id) is None:
            report.found.append(Finding(CASE + case_id, Break(1, "removed", "case", ""), HISTORY))


def record_columns(session: Session) -> list[Finding]:
    """Columns of case records that repeat their detail for searching: the first that does not, in each case."""
    table = table_of(CaseRecord)
    query = select(table.c.case_id, table.c.seq, table.c.actor, table.c.step, table.c.detail)
    found: dict[str, Finding] = {}
    for row in connection_of(session).execute(query.order_by(table.c.case_id, table.c.seq)):
        told = (actor_id(row.detail), row.detail.get("step"))
        if told != (row.actor, row.step) and row.case_id not in found:
            broken = Break(row.seq, "changed", f"{told[0]} {told[1]}", f"{row.actor} {row.step}")
            found[row.case_id] = Finding(CASE + row.case_id, broken, "chain")
    return list(found.values())


def event_columns(session: Session) -> list[Finding]:
    """Refusals say their site twice, in the name of their stream and in a column: the first that disagrees, each."""
    table = table_of(AuditEvent)
    query = select(table.c.stream, table.c.seq, table.c.site).where(table.c.stream.like("refusals/%"))
    found: dict[str, Finding] = {}
    for row in connection_of(session).execute(query.order_by(table.c.stream, table.c.seq)):
        told = row.stream.removeprefix("refusals/")
        if row.site is not None and row.site != told and row.stream not in found:
            found[row.stream] = Finding(row.stream, Break(row.seq, "changed", told, row.site), "chain")
    return list(found.values())
