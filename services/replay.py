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
from services import people, witnesses
from services.actor import Actor
from services.case_rows import as_record
from services.cases import open_file
from services.office import Office
from services.refusals import not_found, refuse
from services.waves import brought_back, given_to
from workflows.case import CaseWorkflow
from workflows.converter import EXACT_CONVERTER
from workflows.ports import PROJECT_WAVE


@dataclass
class Proof:
    """What a replay proved, in numbers, and the first thing that does not hold."""

    deterministic: bool = True
    events: int = 0
    runs: int = 0
    waves: int = 0
    records: int = 0
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


async def prove(histories: Sequence[WorkflowHistory], stored: Sequence[CaseRecord] | None) -> Proof:
    """Replay the runs of one case and compare with its stored records (``None``: there is no database to compare)."""
    proof, began = Proof(), time.monotonic()
    machine = replayer()
    made: list[Any] = []
    written: dict[int, str] = {}
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
        made.extend(await _given_records(history, proof, written))
        made.extend(await _records_in(history, proof, written))
    if stored is not None and proof.fault is None:
        _compare(made, stored, proof)
    proof.records = len(made)
    proof.seconds = time.monotonic() - began
    return proof


def _has_run(history: WorkflowHistory) -> bool:
    """A run that no worker has touched yet made nothing, and the Replayer would wait for its first task for ever."""
    return any(event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for event in history.events)


async def _given_records(history: WorkflowHistory, proof: Proof, written: dict[int, str]) -> list[Any]:
    """The records with which a case was brought back, verified and made into its waves once more; of those that an
    earlier run is known to have made, only that they are the same.
    """
    found: list[Any] = []
    for wave in brought_back(await given_to(history), history.workflow_id):
        body: Any = wave.body
        if not wave.is_itself:
            proof.differences.append({"wave": wave.no, "kind": "forged_records", "error": body.get("fault")})
        if wave.no in written:
            if written[wave.no] != wave.sha256:
                proof.differences.append({"wave": wave.no, "kind": "forged_records", "error": "another wave"})
            continue
        written[wave.no] = wave.sha256
        proof.waves += 1
        found.extend(body["records"])
    return found


async def _records_in(history: WorkflowHistory, proof: Proof, written: dict[int, str]) -> list[Any]:
    """The records of every wave in a history; each wave's hash must be the one in its activity id.

    ``written``: number → hash of the case's waves so far, over all its runs.
    """
    found: list[Any] = []
    for event in history.events:
        if event.event_type != EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            continue
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name != PROJECT_WAVE:
            continue
        (wave,) = await EXACT_CONVERTER.decode(scheduled.input.payloads)
        sha = digest("wave", wave)
        if scheduled.activity_id != f"w{wave['no']}-{sha[:16]}" or written.setdefault(wave["no"], sha) != sha:
            proof.differences.append({"wave": wave["no"], "kind": "forged_wave", "event": event.event_id})
        elif len(written) > proof.waves:  # a wave that was given up is scheduled again: the same one, once
            proof.waves += 1
            found.extend(wave["records"])
    return found


def _compare(made: list[Any], stored: Sequence[CaseRecord], proof: Proof) -> None:
    """Record by record: what history made against what the database holds."""
    rows = {row.seq: as_record(row) for row in stored}
    for record in made:
        row = rows.pop(record["seq"], None)
        if row is None:
            proof.differences.append({"seq": record["seq"], "kind": "missing_in_database"})
        elif row != record:
            proof.differences.append({"seq": record["seq"], "kind": "changed_in_database"})
    proof.differences.extend({"seq": seq, "kind": "not_in_history"} for seq in sorted(rows))


async def replay(office: Office, actor: Actor, case_id: str) -> JsonObject:
    """Replay a case for somebody who may read it."""
    file = await open_file(office, actor, case_id, "replay")
    histories = await histories_of(office, case_id)
    if not histories:
        why = not_found("没有这个案例的执行历史。", "There is no recorded history of this case.")
        await refuse(office, actor, why, {"action": "replay", "case": case_id})
    stored = await office.db.reading(cases.records, case_id)
    await people.note_reading(office, actor, f"case/{case_id}/replay", {})
    proof = await prove(histories, stored)
    return {**proof.as_json(), "pinned_sha256": file.case.pinned_sha, "engine_rev": file.case.engine_rev}


async def histories_of(office: Office, case_id: str) -> list[WorkflowHistory]:
    """The histories of all runs of a case: from Temporal, else from the archive."""
    return await witnesses.histories_of(office.db, office.gateway, case_id)
