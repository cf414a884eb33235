"""Whoever reaches Temporal with a client of their own forges nothing: their keys are not on record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from activities.context import BusinessError
from activities.project import project_wave
from app.wiring import worker_context
from domain.canonical import digest
from domain.chain import next_head
from domain.chain import sealed as chained
from domain.ids import workflow_id
from domain.json_types import JsonObject
from records import cases
from records.case_tables import Unprojected
from services import audit, key_events, people, reconcile, tasks
from services import cases as case_services
from services.acting import Intent, sealed
from services.actor import Actor
from services.cases import Begin
from services.keys import KeyRing
from services.office import Office
from services.waves import given_to, waves_of
from tests.installed import Installation


async def wait_until_quarantined(office: Office, case_id: str) -> Unprojected:
    """The note that the projection makes of a wave that it refuses."""
    async with asyncio.timeout(20):
        while True:
            for row in await office.db.reading(cases.failures):
                if row.case_id == case_id:
                    return row
            await asyncio.sleep(0.05)


async def a_start(living: Installation) -> tuple[Any, Any]:
    """The start of a case of the demo: what was entered, and by whom."""
    case_id = await living.closed_case()
    given: Any = await given_to((await living.office.gateway.histories(case_id))[0])
    act = given["started"]["act"]
    return act["values"], await people.actor_named(living.office, act["envelope"]["actor"]["id"])


async def test_case_started_under_foreign_keys_is_quarantined(living: Installation, tmp_path: Path) -> None:
    values, actor = await a_start(living)
    forger = replace(living.office, keys=KeyRing(tmp_path / "forged"))
    values = {**values, "delivery_note_no": "FORGED-1"}
    begun = await case_services.start(forger, actor, Begin("receiving_inspection", values, site=actor.sites[0]))
    note = await wait_until_quarantined(living.office, str(begun["id"]))
    assert note.kind == "quarantined" and "foreign key" in note.error
    assert await living.office.db.reading(cases.case, str(begun["id"])) is None
    context = worker_context(living.settings, living.office.db)
    done = await reconcile.repair(living.office, context, str(begun["id"]))
    assert done.quarantined and not done.rebuilt
    await living.office.gateway.client.get_workflow_handle(workflow_id(str(begun["id"]))).terminate()


async def test_wave_with_an_act_under_a_foreign_key_is_quarantined(living: Installation, tmp_path: Path) -> None:
    case_id = await living.closed_case()
    last: Any = (await waves_of(await living.office.gateway.histories(case_id)))[-1].body
    forger = replace(living.office, keys=KeyRing(tmp_path / "forged"))
    actor = await people.actor_named(living.office, "director")
    assert actor is not None
    context = worker_context(living.settings, living.office.db)
    with pytest.raises(BusinessError, match="key"):
        project_wave(context, one_more(last, sealed_by(forger, actor, last)))
    note = await wait_until_quarantined(living.office, case_id)
    assert note.wave == last["no"] + 1
    again = reconcile.repair(living.office, context, case_id)
    assert (await again).ok  # nothing of it was written, and the case is as its history has it
    assert case_id not in {row.case_id for row in await living.office.db.reading(cases.failures)}


def sealed_by(office: Office, actor: Actor, wave: Any) -> JsonObject:
    """An act on the case of ``wave``, sealed by that office's key."""
    intent = Intent(wave["case"], wave["site"], wave["mode"], "", "", "retry", "p", "b", meaning="approve")
    return sealed(office, actor, office.new_id(), intent).as_json()


def one_more(last: Any, act: Any) -> JsonObject:
    """A wave that follows on ``last`` in every other respect."""
    detail = {"actor": act["envelope"]["actor"], "act": act}
    seq, at = last["rows"]["case"]["seq"] + 1, last["records"][-1]["at"]
    record = {"seq": seq, "at": at, "path": "", "action": "decided", "act_sha": digest("act", act), "reads": []}
    record |= {"detail_sha": digest("detail", detail), "detail": detail}
    head, number = next_head(last["head"], chained(record)), last["no"] + 1
    case = {**last["rows"]["case"], "seq": seq, "head": head, "wave": number}
    rows = {"case": case, "steps": [], "tasks": [], "scopes": [], "notices": [], "answers": []}
    return {**last, "no": number, "prev_head": last["head"], "head": head, "records": [record], "rows": rows}


async def test_after_a_rotation_running_cases_go_on_and_everything_verifies(living: Installation) -> None:
    office, before = living.office, living.office.keys.act.key_id
    done = await key_events.rotate(office, "act", "admin")
    assert done["old"] == before and office.keys.act.key_id == done["new"] != before
    inspector = await people.actor_named(office, "inspector")
    assert inspector is not None
    page: Any = await tasks.listing(office, inspector, {"scope": "claimable"})
    await tasks.claim(office, inspector, page["items"][0]["id"])
    case_id = page["items"][0]["case"]
    claimed = (await office.db.reading(cases.records, case_id))[-1]
    assert claimed.action == "claimed" and claimed.detail["act"]["envelope"]["key_id"] == before
    await tasks.release(office, inspector, page["items"][0]["id"])
    values, actor = await a_start(living)
    lines = {**values, "delivery_note_no": "AFTER-ROTATION"}
    begun = await case_services.start(office, actor, Begin("receiving_inspection", lines, site=actor.sites[0]))
    started = (await office.db.reading(cases.records, str(begun["id"])))[0]
    assert started.detail["act"]["envelope"]["key_id"] == done["new"]
    report = await audit.verify_installation(audit.premises_of(office), office.now(), thorough=True)
    assert report.findings == [] and report.ledger == []
