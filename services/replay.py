"""Replay as proof: the recorded history is executed again, and what it makes is compared with what is stored.

Three witnesses: the SDK's Replayer (same commands, and since a wave's activity id carries its hash, same values), the
waves inside the history (their hash against that id), the rows of the database (record by record).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from domain.canonical import digest
from domain.json_types import Json, JsonObject
from records import cases
from records.case_tables import CaseRecord
from records.database import Database
from services import people, witnesses
from services.actor import Actor
from services.case_rows import as_record
from services.cases import open_file
from services.gateway import Gateway
from services.office import Office
from services.refusals import not_found, refuse
from services.waves import brought_back, given_to, written
from workflows.case import CaseWorkflow
from workflows.converter import EXACT_CONVERTER
from workflows.ports import PROJECT_WAVE


@dataclass
class Proof:
    """What a replay proved, in numbers, and the first thing that does not hold.

    ``late``: records that the history has made and whose writing has not completed yet; no difference.
    """

    deterministic: bool = True
    events: int = 0
    runs: int = 0
    waves: int = 0
    records: int = 0
    late: int = 0
    seconds: float = 0.0
    fault: JsonObject | None = None
    differences: list[JsonObject] = field(default_factory=list)

    def as_json(self) -> JsonObject:
        """The numbers; seconds to the millisecond."""
        listed: list[Json] = [*self.differences]
        return {
            "deterministic": self.deterministic and not self.differences,
            "events": self.events,
            "runs": self.runs,
            "waves": self.waves,
            "records": self.records,
            "late": self.late,
            "seconds": Decimal(str(round(self.seconds, 3))),
            "fault": self.fault,
            "differences": listed,
        }


def replayer() -> Replayer:
    """The Replayer with our converter; unsandboxed like the production worker.

    In debug mode, which is the one without the deadlock detector: a busy machine must not make a proof fail.
    """
    return Replayer(
        workflows=[CaseWorkflow],
        data_converter=EXACT_CONVERTER,
        workflow_runner=UnsandboxedWorkflowRunner(),
        debug_mode=True,
    )


async def prove_case(db: Database, gateway: Gateway | None, case_id: str) -> Proof | None:
    """Replay a case that may be at work meanwhile; ``None``: nobody has its history.

    Rows are read before the histories and after them: only those of before must be in the histories, and only what the
    histories have written must be in those of after.
    """
    before = {row.seq for row in await db.reading(cases.records, case_id)}
    histories = await witnesses.histories_of(db, gateway, case_id)
    after = await db.reading(cases.records, case_id)
    newer = frozenset(row.seq for row in after if row.seq not in before)
    return await prove(histories, after, newer) if histories else None


async def prove(
    histories: Sequence[WorkflowHistory], stored: Sequence[CaseRecord] | None, newer: frozenset[int] = frozenset()
) -> Proof:
    """Replay the runs of one case and compare with its stored records (``None``: there is no database to compare).

    ``newer``: records that came while the histories were read; they need not be in them.
    """
    proof, began = Proof(), time.monotonic()
    machine = replayer()
    made = _Made(written(histories))
    for history in histories:
        proof.runs += 1
        proof.events += len(history.events)
        if not _has_run(history):
            continue
        result = await machine.replay_workflow(history, raise_on_replay_failure=False)
        if result.replay_failure is not None:
            proof.deterministic = False
            proof.fault = {"run": proof.runs, "error": str(result.replay_failure)[:1000]}
            break
        await _given_records(history, proof, made)
        await _records_in(history, proof, made)
    if stored is not None and proof.fault is None:
        _compare(made, stored, proof, newer)
    proof.records = len(made.records)
    proof.seconds = time.monotonic() - began
    return proof


@dataclass
class _Made:
    """What the histories of a case made, over all its runs.

    ``written``: the waves whose writing completed; ``waves``: number → hash; ``late``: records whose wave is not written.
    """

    written: set[int]
    waves: dict[int, str] = field(default_factory=dict)
    records: list[Any] = field(default_factory=list)
    late: set[int] = field(default_factory=set)


def _has_run(history: WorkflowHistory) -> bool:
    """A run that no worker has touched yet made nothing, and the Replayer would wait for its first task for ever."""
    return any(event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for event in history.events)


async def _given_records(history: WorkflowHistory, proof: Proof, made: _Made) -> None:
    """The records with which a case was brought back, verified and made into its waves once more; of those that an
    earlier run is known to have made, only that they are the same.
    """
    for wave in brought_back(await given_to(history), history.workflow_id):
        body: Any = wave.body
        if not wave.is_itself:
            proof.differences.append({"wave": wave.no, "kind": "forged_records", "error": body.get("fault")})
        if wave.no in made.waves:
            if made.waves[wave.no] != wave.sha256:
                proof.differences.append({"wave": wave.no, "kind": "forged_records", "error": "another wave"})
            continue
        made.waves[wave.no] = wave.sha256
        proof.waves += 1
        made.records.extend(body["records"])


async def _records_in(history: WorkflowHistory, proof: Proof, made: _Made) -> None:
    """The records of every wave in a history; each wave's hash must be the one in its activity id."""
    for event in history.events:
        if event.event_type != EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            continue
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name != PROJECT_WAVE:
            continue
        (wave,) = await EXACT_CONVERTER.decode(scheduled.input.payloads)
        no, sha = wave["no"], digest("wave", wave)
        if scheduled.activity_id != f"w{no}-{sha[:16]}" or made.waves.setdefault(no, sha) != sha:
            proof.differences.append({"wave": no, "kind": "forged_wave", "event": event.event_id})
        elif len(made.waves) > proof.waves:  # a wave that was given up is scheduled again: the same one, once
            proof.waves += 1
            made.records.extend(wave["records"])
            if no not in made.written:
                made.late.update(record["seq"] for record in wave["records"])


def _compare(made: _Made, stored: Sequence[CaseRecord], proof: Proof, newer: frozenset[int]) -> None:
    """Record by record: what history made against what the database holds."""
    rows = {row.seq: as_record(row) for row in stored}
    for record in made.records:
        seq = record["seq"]
        row = rows.pop(seq, None)
        if row is None and seq in made.late:
            proof.late += 1
        elif row is None:
            proof.differences.append({"seq": seq, "kind": "missing_in_database"})
        elif row != record:
            proof.differences.append({"seq": seq, "kind": "changed_in_database"})
    proof.differences.extend({"seq": seq, "kind": "not_in_history"} for seq in sorted(rows.keys() - newer))


async def replay(office: Office, actor: Actor, case_id: str) -> JsonObject:
    """Replay a case for somebody who may read it."""
    file = await open_file(office, actor, case_id, "replay")
    proof = await prove_case(office.db, office.gateway, case_id)
    if proof is None:
        why = not_found("没有这个案例的执行历史。", "There is no recorded history of this case.")
        await refuse(office, actor, why, {"action": "replay", "case": case_id})
    await people.note_reading(office, actor, f"case/{case_id}/replay", {})
    return {**proof.as_json(), "pinned_sha256": file.case.pinned_sha, "engine_rev": file.case.engine_rev}
