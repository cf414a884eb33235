"""Whoever is not fit for the work is refused at every entrance in the same words, and the refusal is on record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services import desk as desks
from services import people
from services.needs import met_keys
from tests.api.conftest import Stack, passed


async def _at_put_away(stack: Stack) -> tuple[str, str]:
    case, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    await inspector.ok(inspector.post(f"/tasks/{task}:complete", passed()))
    return case, await stack.task("keeper", case, "put_away")


PUT_AWAY = {
    "data": {"location_code": "HZ-A-01-01"},
    "outcome": "done",
    "signature": {"meaning": "performed", "password": "demo"},
}


async def test_a_lapsed_training_keeps_the_keeper_from_claiming_completing_and_bulk(stack: Stack) -> None:
    case, task = await _at_put_away(stack)
    late = await stack.as_("keeper2")
    bulk = {
        "items": [{"id": task, **{k: PUT_AWAY[k] for k in ("data", "outcome")}}],
        "signature": PUT_AWAY["signature"],
    }
    alone = [await late.post(f"/tasks/{task}:claim"), await late.post(f"/tasks/{task}:complete", PUT_AWAY)]
    for answer in alone:
        found = answer.json()
        assert (answer.status_code, found["rule"], found["code"]) == (403, "need:post_training", "need_unmet")
        assert found["articles"] == ["GSP-30", "GSP-32"] and "warehouse_keeper" in found["who_can"]
        assert "ran out on" in found["detail"]
    together = (await late.ok(late.post("/tasks:complete_bulk", bulk)))["items"][0]
    assert together["status"] == 403 and together["problem"]["rule"] == "need:post_training"
    auditor = await stack.as_("auditor")
    refusals: Any = await auditor.ok(auditor.get(f"/cases/{case}/refusals"))
    assert [one["rule"] for one in refusals if one["actor"] == "keeper2"] == ["need:post_training"] * 3


async def test_the_task_says_beforehand_why_and_who_else_may_act(stack: Stack) -> None:
    _, task = await _at_put_away(stack)
    late = await stack.as_("keeper2")
    shown = await late.ok(late.get(f"/tasks/{task}"))
    assert not {"claim", "complete"} & set(shown["allow"]) and "ran out" in shown["why_not"]["en"]
    lacks = {one["id"]: one["lacks"] for one in shown["who_may_act"]}
    assert lacks["keeper"] is None and "到期" in lacks["keeper2"]["zh"]
    keeper = await stack.as_("keeper")
    assert (await keeper.ok(keeper.get(f"/tasks/{task}")))["allow"][:2] == ["claim", "complete"]


async def test_what_was_met_stands_in_the_signed_act(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    await inspector.ok(inspector.post(f"/tasks/{task}:complete", passed()))
    records: Any = await stack.office.db.reading(_records, case)
    facts = records[-1].detail["act"]["envelope"]["facts"]
    assert facts["needs"] == ["health_check", "post_training", "ivd_inspector_when_ivd"]


def _records(session: Any, case: str) -> Any:
    from records import cases

    return [row for row in cases.records(session, case) if row.step == "inspect" and row.action == "completed"]


@pytest.mark.parametrize(("who", "met"), [("inspector", True), ("keeper", False)])
async def test_the_needs_of_a_step_are_asked_by_the_kind_of_goods(stack: Stack, who: str, met: bool) -> None:
    """The step names an IVD qualification; the product file says that the goods are IVD reagents."""
    _, task = await stack.at_inspection()
    actor = await people.actor_named(stack.office, who)
    inspector = await people.actor_named(stack.office, "inspector")
    assert actor and inspector
    desk: Any = await stack.office.db.reading(desks.desk_for, stack.office, inspector, task)
    asked = replace(desk, step=replace(desk.step, needs=("ivd_inspector_when_ivd",)))
    now = stack.office.now()

    def judge(session: Any, values: Any) -> Any:
        return desks.needs_of(session, asked, [actor.id], None, now, values)[actor.id]

    plain = await stack.office.db.reading(judge, {})
    assert met_keys(plain) == ["ivd_inspector_when_ivd"] and not plain[0].asked
    reagent = await stack.office.db.reading(_reagent)
    found = await stack.office.db.reading(judge, {"product_code": reagent})
    assert found[0].asked and found[0].met is met


def _reagent(session: Any) -> str:
    from records import products

    return next(row.code for row in products.listing(session) if row.is_ivd)


async def test_files_are_read_and_written_over_rest_by_the_right_people(stack: Stack) -> None:
    trainer, hr, keeper = await stack.as_("trainer"), await stack.as_("hr"), await stack.as_("keeper")
    found = {one["username"]: one for one in (await hr.ok(hr.get("/staff")))["items"]}
    assert [one["state"] for one in found["keeper2"]["ran_out"]] == ["expired"] and found["guest"]["file"]
    assert (await keeper.get("/staff")).status_code == 403
    assert (await keeper.ok(keeper.get("/staff/keeper")))["needs"][0]["met"]
    body = {"kind": "training", "subject": "special", "on_date": "2026-02-02", "result": "passed", "text": "消防"}
    assert (await hr.post("/staff/keeper:add_record", body)).status_code == 403
    file = await trainer.ok(trainer.post("/staff/keeper:add_record", body))
    number = file["records"][0]["id"]
    gone = await trainer.ok(trainer.post(f"/staff/records/{number}:withdraw", {"reason": "wrong person"}))
    assert gone["records"][0]["state"] == "withdrawn"
    assert (await trainer.ok(trainer.get("/trainings")))["items"][0]["people"]
