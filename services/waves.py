"""The waves inside a recorded history: what the engine decided, before any database saw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from domain.canonical import digest
from domain.errors import GspError
from domain.ids import workflow_id
from domain.json_types import JsonObject
from workflows.converter import EXACT_CONVERTER
from workflows.engine.restored import Stored, state_from, waves_again
from workflows.engine.rulebook import Rulebook
from workflows.language.model import load_model
from workflows.ports import PROJECT_WAVE


@dataclass(frozen=True)
class RecordedWave:
    """One wave of a history: `activity_id` is `w<no>-<16 hex of its hash>`, as the SDK's Replayer checks it."""

    no: int
    activity_id: str
    event: int
    body: JsonObject

    @property
    def sha256(self) -> str:
        """The hash of the body as it stands in the history."""
        return digest("wave", self.body)

    @property
    def is_itself(self) -> bool:
        """Whether the body is the one whose hash the activity id carries."""
        return self.activity_id == f"w{self.no}-{self.sha256[:16]}"


async def wave_ids(histories: Sequence[WorkflowHistory]) -> dict[int, str]:
    """Number → first 16 hex of the hash of every wave, read from the activity ids alone: cheap.

    Only a case that was brought back after a restore, or whose first runs are not kept, does not begin with wave 1; its
    first ones are made again.
    """
    found: dict[int, str] = {}
    for scheduled in _projections(histories):
        _, _, sha = scheduled.activity_task_scheduled_event_attributes.activity_id.partition("-")
        found[_number(scheduled)] = sha
    if histories and 1 not in found:
        for wave in brought_back(await given_to(histories[0]), histories[0].workflow_id):
            found[wave.no] = wave.sha256[:16] if wave.is_itself else "forged"
    return found


async def waves_of(histories: Sequence[WorkflowHistory]) -> list[RecordedWave]:
    """Every wave of a case in order, decoded; those of a case that was brought back are made again of its records."""
    found: list[RecordedWave] = []
    if histories:
        found = brought_back(await given_to(histories[0]), histories[0].workflow_id)
    for event in _projections(histories):
        scheduled = event.activity_task_scheduled_event_attributes
        (body,) = await EXACT_CONVERTER.decode(scheduled.input.payloads)
        found.append(RecordedWave(int(body["no"]), scheduled.activity_id, event.event_id, body))
    return found


def brought_back(given: JsonObject, workflow: str) -> list[RecordedWave]:
    """The waves that a run was given with its stored records; none for a run that began otherwise.

    Records that are not what they claim give one wave that is not itself.
    """
    if "records" not in given:
        return []
    body: Any = given
    try:
        rules = Rulebook(load_model(one) for one in [*body.get("earlier", ()), body["pinned"]])
        stored = Stored.from_json(workflow.removeprefix(workflow_id("")), body)
        state_from(rules, stored)
        return [RecordedWave(wave.no, wave.activity_id, 1, wave.body) for wave in waves_again(rules, stored)]
    except GspError as fault:
        return [RecordedWave(1, "forged", 1, {"no": 1, "records": [], "fault": fault.text.en})]


def was_projected(histories: Sequence[WorkflowHistory]) -> bool:
    """Whether some wave of a case was written to the database: its activity completed."""
    return bool(written(histories))


def written(histories: Sequence[WorkflowHistory]) -> set[int]:
    """The numbers of the waves whose writing completed: their rows must be in the database; others may be on their way."""
    found: set[int] = set()
    for history in histories:
        waves = {event.event_id: event for event in _projections([history])}
        for event in history.events:
            if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                scheduled = waves.get(event.activity_task_completed_event_attributes.scheduled_event_id)
                if scheduled is not None:
                    found.add(_number(scheduled))
    return found


def _number(scheduled: Any) -> int:
    number, _, _ = scheduled.activity_task_scheduled_event_attributes.activity_id[1:].partition("-")
    return int(number)


async def given_to(history: WorkflowHistory) -> JsonObject:
    """What a run was started with: `pinned` and either `started` (the first run) or `state` (a continued one) or `records`."""
    started = history.events[0].workflow_execution_started_event_attributes
    (given,) = await EXACT_CONVERTER.decode(started.input.payloads)
    return given


def _projections(histories: Sequence[WorkflowHistory]) -> list[Any]:
    return [
        event
        for history in histories
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
        and event.activity_task_scheduled_event_attributes.activity_type.name == PROJECT_WAVE
    ]
