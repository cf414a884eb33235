"""A case that the system starts for a step of another one: one per effect key, through the same door as for people."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from activities.cases import start
from activities.context import BusinessError
from app.wiring import worker_context
from domain.json_types import JsonObject
from records import acts as act_rows
from records import audit, cases
from services import own_starts
from tests.api.conftest import Stack

PARENT = "01M8PARENT0000000000000000"


async def envelope(stack: Stack, key: str, **changed: Any) -> JsonObject:
    """The call of a step `child#1` that wants a delivery received."""
    values = await stack.arrival("SUP-003", "PO-2026-1104")
    given = {"process": "receiving_inspection", "range": "^1", "start": values, **changed}
    about = {"case_id": PARENT, "path": "child#1", "site": "hangzhou", "mode": "live", "at": stack.office.now()}
    return {**about, "effect_key": f"{PARENT}/child#1/{key}", "input": given}  # type: ignore[dict-item]


async def test_a_step_starts_one_case_however_often_it_is_tried(stack: Stack) -> None:
    context = worker_context(stack.settings, stack.office.db, stack.office)
    call = await envelope(stack, "once")
    answers = await asyncio.gather(*(asyncio.to_thread(start, context, call) for _ in range(4)))
    answers.append(await asyncio.to_thread(start, context, call))
    assert len({str(answer) for answer in answers}) == 1
    assert set(answers[0]) == {"id", "version", "sha256"}
    child = await stack.office.db.reading(cases.case, str(answers[0]["id"]))
    assert child is not None
    assert (child.started_by, child.site, child.mode) == ("system", "hangzhou", "live")
    assert child.version == answers[0]["version"]


async def test_the_sealed_start_names_the_step_that_wanted_it(stack: Stack) -> None:
    context = worker_context(stack.settings, stack.office.db, stack.office)
    call = await envelope(stack, "parent")
    answer = await asyncio.to_thread(start, context, call)
    intent = await stack.office.db.reading(act_rows.intent, own_starts.act_id_of(str(call["effect_key"])))
    assert intent is not None and intent.case_id == answer["id"]
    assert intent.act["envelope"]["facts"]["parent"] == {"case": PARENT, "path": "child#1"}


async def test_a_drill_starts_a_drill(stack: Stack) -> None:
    context = worker_context(stack.settings, stack.office.db, stack.office)
    call = {**await envelope(stack, "drill", mode="drill"), "mode": "drill"}
    answer = await asyncio.to_thread(start, context, call)
    child = await stack.office.db.reading(cases.case, str(answer["id"]))
    assert child is not None and child.mode == "drill"
    real = {**await envelope(stack, "not-real", mode="live"), "mode": "drill"}
    with pytest.raises(BusinessError, match="not_ours"):
        await asyncio.to_thread(start, context, real)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"range": "^2"}, "version_out_of_range"),
        ({"process": "nowhere"}, "not_found"),
        ({"start": {}}, "invalid_data"),
        ({"site": "moon"}, "unknown_site"),
        ({"parent": {"case": "another", "path": "child#1"}}, "not_ours"),
    ],
)
async def test_what_cannot_be_started_is_said_to_people(stack: Stack, changed: Any, code: str) -> None:
    context = worker_context(stack.settings, stack.office.db, stack.office)
    call = await envelope(stack, f"refused-{code}", **changed)
    with pytest.raises(BusinessError) as refused:
        await asyncio.to_thread(start, context, call)
    assert refused.value.code == code and refused.value.message.zh and refused.value.message.en


async def test_a_refused_start_of_the_system_is_on_record(stack: Stack) -> None:
    context = worker_context(stack.settings, stack.office.db, stack.office)
    with pytest.raises(BusinessError):
        await asyncio.to_thread(start, context, await envelope(stack, "on-record", range="^7"))
    found = await stack.office.db.reading(audit.events, audit.refusals_of("hangzhou"), actor="system")
    assert any(event.payload["code"] == "version_out_of_range" for event in found)


async def test_a_start_that_was_sealed_before_the_rules_changed_goes_on_as_sealed(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker died between the claim and Temporal; meanwhile a parameter changed."""
    context = worker_context(stack.settings, stack.office.db, stack.office)
    call = await envelope(stack, "crashed")
    gateway = type(stack.office.gateway)

    async def dies(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "start", dies)
        with pytest.raises(RuntimeError, match="killed"):
            await asyncio.to_thread(start, context, call)
    parameters = type(stack.office.parameters)
    monkeypatch.setattr(parameters, "all_on", _changed(parameters.all_on))
    answer = await asyncio.to_thread(start, context, call)
    child = await stack.office.db.reading(cases.case, str(answer["id"]))
    intent = await stack.office.db.reading(act_rows.intent, own_starts.act_id_of(str(call["effect_key"])))
    assert child is not None and intent is not None
    assert child.pinned_sha == intent.act["envelope"]["pinned_sha"]


def _changed(real: Any) -> Any:
    return lambda self, day: {**real(self, day), "brand_new_parameter": 1}


async def test_without_an_office_nothing_is_started(stack: Stack) -> None:
    context = worker_context(stack.settings, stack.office.db)
    with pytest.raises(RuntimeError, match="starts no cases"):
        start(context, await envelope(stack, "nobody"))
