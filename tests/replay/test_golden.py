"""Histories recorded by released engines replay to this day, wave hash for wave hash; forged ones do not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from records.case_tables import CaseRecord
from services.case_rows import as_record
from services.replay import Proof, prove
from services.waves import waves_of
from workflows.converter import EXACT_CONVERTER
from workflows.engine.events import ENGINE_REV
from workflows.language.model import KINDS
from workflows.ports import PROJECT_WAVE

GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.json.gz"))
LATER_KINDS = {"loop", "wait", "start"}
"""Words of the language that this release refuses."""


def read(path: Path) -> WorkflowHistory:
    text = gzip.decompress(path.read_bytes()).decode()
    started = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(started["workflowId"], text)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
async def test_golden_history_replays_with_its_wave_hashes(path: Path) -> None:
    proof = await prove([read(path)], None)
    assert proof.deterministic and not proof.differences, proof.as_json()
    assert proof.waves > 0 and proof.records > 1


async def test_the_waves_of_every_release_are_those_that_were_recorded() -> None:
    """A history that was recorded again, with other results, is noticed: its hashes stand in a file of their own."""
    told = json.loads((GOLDEN[0].parent / "waves.json").read_text("utf-8"))
    assert set(told) == {path.name for path in GOLDEN}
    for path in GOLDEN:
        history = read(path)
        made = {wave.no: wave.sha256[:16] for wave in await waves_of([history])}
        assert [f"{no}-{sha}" for no, sha in made.items()] == told[path.name], path.name


def test_every_kind_of_step_has_a_golden_history() -> None:
    names = {path.name for path in GOLDEN}
    wanted = {f"{kind}-rev1.json.gz" for kind in set(KINDS) - LATER_KINDS} | {"receiving_inspection-rev1.json.gz"}
    assert wanted | {"migrate-1-rev1.json.gz", "migrate-2-rev1.json.gz"} <= names
    assert f"task-rev{ENGINE_REV}.json.gz" in names, "a new engine revision brings its own histories"


async def stored_rows(history: WorkflowHistory) -> list[CaseRecord]:
    """The rows that the database holds when every wave of this history is written."""
    bodies: list[Any] = [wave.body for wave in await waves_of([history])]
    return [CaseRecord(case_id="c", **record) for body in bodies for record in body["records"]]


def cut_at_the_last_wave(history: WorkflowHistory) -> None:
    """End the history at the moment when its last wave was ordered and not yet written."""
    waves = [each.event_id for each in history.events if each.event_type == SCHEDULED and _is_wave(each)]
    events: Any = history.events
    del events[waves[-1] :]


def _is_wave(event: Any) -> bool:
    return event.activity_task_scheduled_event_attributes.activity_type.name == PROJECT_WAVE


async def test_a_record_whose_writing_has_not_ended_is_late_and_no_difference() -> None:
    history = read(GOLDEN[0].parent / f"task-rev{ENGINE_REV}.json.gz")
    whole = await stored_rows(history)
    assert (await prove([history], whole[:-1])).differences == [
        {"seq": whole[-1].seq, "kind": "missing_in_database"}
    ], "its writing has ended"
    cut_at_the_last_wave(history)
    proof = await prove([history], whole[:-1])
    assert (proof.deterministic, proof.late, proof.differences) == (True, 1, [])
    gone = await prove([history], whole[1:])
    assert gone.differences == [{"seq": 1, "kind": "missing_in_database"}]


async def test_a_record_that_came_while_the_history_was_read_is_no_difference_and_one_that_stood_before_is() -> None:
    history = read(GOLDEN[0].parent / f"task-rev{ENGINE_REV}.json.gz")
    whole = await stored_rows(history)
    more = CaseRecord(case_id="c", **{**as_record(whole[-1]), "seq": len(whole) + 1})
    assert not (await prove([history], [*whole, more], frozenset({more.seq}))).differences
    assert (await prove([history], [*whole, more])).differences == [{"seq": more.seq, "kind": "not_in_history"}]


async def forged(kind: EventType.ValueType, change: Callable[[Any], None]) -> Proof:
    """The shipped SOP's history with one value changed in its first event of this kind, then replayed."""
    history = read(next(path for path in GOLDEN if path.name.startswith("receiving_inspection")))
    for event in history.events:
        if event.event_type == kind:
            payloads = _payloads(event)
            given = await EXACT_CONVERTER.decode(payloads.payloads)
            change(given[0])
            fresh = await EXACT_CONVERTER.encode(given)
            payloads.CopyFrom(Payloads(payloads=fresh))
            return await prove([history], None)
    raise AssertionError("the history has no such event")


def _payloads(event: Any) -> Payloads:
    if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
        return event.workflow_execution_started_event_attributes.input
    if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        return event.activity_task_scheduled_event_attributes.input
    return event.workflow_execution_update_accepted_event_attributes.accepted_request.input.args


UPDATE = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
STARTED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED
SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED


def change_actor(given: Any) -> None:
    given["act"]["envelope"]["actor"]["id"] = "somebody-else"


def change_value(given: Any) -> None:
    given["act"]["values"]["delivery_note_no"] = "CK-9999"


def change_step(given: Any) -> None:
    given["act"]["envelope"]["path"] = "elsewhere#1"


def change_start(given: Any) -> None:
    given["started"]["act"]["values"]["delivery_note_no"] = "CK-9999"


def change_rules(given: Any) -> None:
    steps = given["pinned"]["definition"]["steps"]
    steps[-1]["title"] = {"zh": "改", "en": "changed"}


def change_wave(given: Any) -> None:
    given["records"][0]["detail"]["actor"]["id"] = "somebody-else"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (UPDATE, change_actor),
        (UPDATE, change_value),
        (UPDATE, change_step),
        (STARTED, change_start),
        (STARTED, change_rules),
        (SCHEDULED, change_wave),
    ],
    ids=["actor", "value", "step", "start", "rules", "wave"],
)
async def test_forged_history_is_refused(kind: EventType.ValueType, change: Callable[[Any], None]) -> None:
    proof = await forged(kind, change)
    assert not proof.deterministic or proof.differences, "the forgery went through"
