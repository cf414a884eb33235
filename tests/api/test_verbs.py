"""Handing on, asking, signing together, withdrawing and returning over REST: state, signatures, stock, inboxes."""

from __future__ import annotations

from typing import Any

import pytest

from records import cases
from tests.api.conftest import Answers, Stack, passed, row, until

NAME = "receiving_with_verbs"
ALLOW = "allow: [transfer, delegate, add_signer, remove_signer, withdraw, {return_to: [receive]}]"
CHANGES = (
    ("    due: P1D\n    on: {fail: ruling", f"    due: P1D\n    {ALLOW}\n    on: {{fail: ruling"),
    (
        "    sign: {meaning: performed}\n",
        "    sign: {meaning: performed}\n    allow: [{return_to: [inspect, receive]}]\n",
    ),
)


@pytest.fixture(scope="module")
async def verbs(stack: Stack) -> Stack:
    """The shipped SOP under another name, with verbs at inspection and put-away, published by both signatures."""
    await stack.publish_changed(NAME, *CHANGES)
    return stack


async def inspecting(stack: Stack, *lines: dict[str, Any]) -> tuple[str, str]:
    """A case whose line(s) wait for inspection: case id, the task of L1."""
    receiver = await stack.as_("receiver")
    body = {"definition": NAME, "start": await stack.arrival("SUP-003", "PO-2026-1104")}
    case = (await receiver.ok(receiver.post("/cases", body)))["id"]
    task = await stack.task("receiver", case, "receive")
    given = await stack.receipt(row())
    given["data"]["lines"] = list(lines) or given["data"]["lines"]
    await receiver.ok(receiver.post(f"/tasks/{task}:complete", given))
    return case, await stack.task("inspector", case, "inspect", "L1")


async def opened(person: Answers, task: str) -> Any:
    return await person.ok(person.get(f"/tasks/{task}"))


async def refused(person: Answers, path: str, body: Any, status: int, code: str) -> Any:
    """The refusal, which is on record."""
    answer = await person.post(path, body)
    said = answer.json()
    assert (answer.status_code, said.get("code")) == (status, code), answer.text
    return said


async def on_record(stack: Stack, case: str) -> list[tuple[str, str]]:
    """(actor, action) of every refusal around a case."""
    auditor = await stack.as_("auditor")
    found = await auditor.ok(auditor.get(f"/cases/{case}/refusals"))
    items = found["items"] if isinstance(found, dict) else found
    return [(one["actor"] if isinstance(one["actor"], str) else one["actor"]["id"], one["action"]) for one in items]


async def steps_of(stack: Stack, case: str) -> dict[str, str]:
    person = await stack.as_("qa")
    return {one["path"]: one["state"] for one in (await person.ok(person.get(f"/cases/{case}")))["steps"]}


async def test_a_task_is_handed_to_another_inspector_and_to_nobody_else(verbs: Stack) -> None:
    case, task = await inspecting(verbs)
    inspector, second = await verbs.as_("inspector"), await verbs.as_("inspector2")
    allow = (await opened(inspector, task))["allow"]
    assert {"claim", "complete", "transfer", "delegate", "add_signer", "ask", "return"} <= set(allow)
    assert "withdraw" not in allow and "remove_signer" not in allow
    people = {one["id"]: one for one in (await inspector.ok(inspector.get(f"/tasks/{task}/people")))["items"]}
    assert people["inspector2"]["why_not"] is None and people["keeper"]["why_not"]["en"]
    here = f"/tasks/{task}:transfer"
    await refused(inspector, here, {"to": "inspector2"}, 422, "reason_missing")
    await refused(inspector, here, {"to": "keeper", "reason": "busy"}, 422, "wrong_person")
    await refused(inspector, here, {"to": "nobody", "reason": "busy"}, 422, "unknown_person")
    await refused(await verbs.as_("keeper"), here, {"to": "inspector2", "reason": "busy"}, 403, "wrong_role")
    body = {"to": "inspector2", "reason": "I am at the other site"}
    done = await inspector.ok(inspector.post(here, body, key="transfer-once-0001"))
    again = await inspector.ok(inspector.post(here, body, key="transfer-once-0001"))
    assert again["repeated"] and again["case"] == done["case"] == case
    assert "complete" not in (await opened(inspector, task))["allow"]
    mine = (await second.ok(second.get("/tasks", params={"scope": "mine", "limit": 100})))["items"]
    assert task in {one["id"] for one in mine}
    await second.ok(second.post(f"/tasks/{task}:complete", passed()))
    recorded = await on_record(verbs, case)
    assert recorded.count(("inspector", "transfer")) == 3 and ("keeper", "transfer") in recorded


async def test_a_delegate_prepares_and_the_holder_signs_with_both_names_on_record(verbs: Stack) -> None:
    _, task = await inspecting(verbs)
    inspector, second = await verbs.as_("inspector"), await verbs.as_("inspector2")
    await inspector.ok(inspector.post(f"/tasks/{task}:claim"))
    await inspector.ok(inspector.post(f"/tasks/{task}:delegate", {"to": "inspector2", "reason": "please prepare"}))
    await second.ok(second.post(f"/tasks/{task}:complete", passed()))
    back = await opened(inspector, task)
    assert back["state"] == "open" and back["more"]["prepared"]["actor"]["id"] == "inspector2"
    assert back["data"]["accepted_quantity"] == 5
    await inspector.ok(inspector.post(f"/tasks/{task}:complete", passed()))
    history = await inspector.ok(inspector.get(f"/cases/{back['case']}/history"))
    entries = history["items"] if isinstance(history, dict) else history
    assert [one["action"] for one in entries if one["step"] == "inspect"][-3:] == [
        "delegated",
        "delegated",
        "completed",
    ]


async def test_a_signer_added_before_signs_first_and_can_be_removed_again(verbs: Stack) -> None:
    _, task = await inspecting(verbs)
    inspector, second = await verbs.as_("inspector"), await verbs.as_("inspector2")
    here = f"/tasks/{task}:add_signer"
    await inspector.ok(inspector.post(here, {"user": "inspector2", "position": "before"}))
    held = await opened(inspector, task)
    assert "complete" not in held["allow"] and "inspector2" in held["why_not"]["en"]
    assert held["more"]["removable"] == ["a1"]
    (beside,) = held["more"]["beside"]
    assert (beside["added"]["by"]["id"], beside["added"]["to"]["id"]) == ("inspector", "inspector2")
    await refused(inspector, f"/tasks/{task}:complete", passed(), 409, "suspended")
    await inspector.ok(inspector.post(f"/tasks/{task}:remove_signer", {"seat": "a1", "reason": "not needed"}))
    again = await opened(inspector, task)
    assert "complete" in again["allow"] and [one["added"] for one in again["more"]["beside"]] == [None]
    await inspector.ok(inspector.post(here, {"user": "inspector2", "position": "before", "reason": "after all"}))
    mine = (await second.ok(second.get("/tasks", params={"scope": "mine", "limit": 100})))["items"]
    (theirs,) = [one["id"] for one in mine if one["case"] == held["case"]]
    await second.ok(second.post(f"/tasks/{theirs}:complete", passed()))
    await inspector.ok(inspector.post(f"/tasks/{task}:complete", passed()))
    signed = [one.signer for one in await verbs.office.db.reading(cases.signatures, held["case"])]
    assert signed[-2:] == ["inspector2", "inspector"]


async def test_a_signer_whose_turn_is_later_is_named_before_he_has_a_task(verbs: Stack) -> None:
    _, task = await inspecting(verbs)
    inspector = await verbs.as_("inspector")
    body = {"user": "inspector2", "position": "after", "reason": "a large lot"}
    await inspector.ok(inspector.post(f"/tasks/{task}:add_signer", body))
    (coming,) = (await opened(inspector, task))["more"]["to_come"]
    assert (coming["seat"], coming["to"]["id"], coming["reason"]) == ("a1", "inspector2", "a large lot")


async def test_who_is_asked_answers_without_a_post_and_the_task_goes_on(verbs: Stack) -> None:
    _, task = await inspecting(verbs)
    inspector, buyer = await verbs.as_("inspector"), await verbs.as_("buyer")
    await inspector.ok(inspector.post(f"/tasks/{task}:ask", {"to": "buyer", "text": "Which order?", "suspend": True}))
    held = await opened(inspector, task)
    assert "complete" not in held["allow"] and "buyer" in held["why_not"]["en"]
    mine = (await buyer.ok(buyer.get("/tasks", params={"scope": "mine", "limit": 100})))["items"]
    (question,) = [one for one in mine if one["case"] == held["case"]]
    asked = await opened(buyer, question["id"])
    assert asked["kind"] == "question" and asked["allow"] == ["answer"]
    assert asked["more"]["question"] == "Which order?" and asked["more"]["added"]["by"]["id"] == "inspector"
    await refused(await verbs.as_("inspector2"), f"/tasks/{question['id']}:answer", {"text": "1"}, 404, "not_found")
    await buyer.ok(buyer.post(f"/tasks/{question['id']}:answer", {"text": "PO-2026-1104"}))
    told = await opened(inspector, task)
    assert "complete" in told["allow"] and told["more"]["beside"][0]["added"]["answer"] == "PO-2026-1104"


async def test_what_was_just_done_can_be_withdrawn_until_somebody_opened_what_follows(verbs: Stack) -> None:
    case, task = await inspecting(verbs)
    inspector, keeper = await verbs.as_("inspector"), await verbs.as_("keeper")
    await inspector.ok(inspector.post(f"/tasks/{task}:complete", passed()))
    await verbs.task("inspector", case, "put_away")
    assert "withdraw" in (await opened(inspector, task))["allow"]
    await inspector.ok(inspector.post(f"/tasks/{task}:withdraw", {"reason": "wrong count"}))
    again = await verbs.task("inspector", case, "inspect")
    assert again != task and (await opened(inspector, task))["state"] == "superseded"
    await inspector.ok(inspector.post(f"/tasks/{again}:complete", passed()))
    put_away = await verbs.task("keeper", case, "put_away")
    await opened(keeper, put_away)
    assert "withdraw" not in (await opened(inspector, again))["allow"]
    await refused(inspector, f"/tasks/{again}:withdraw", {"reason": "late"}, 409, "too_late")


async def test_a_return_inside_one_line_reverses_its_postings_and_leaves_the_other_line(verbs: Stack) -> None:
    case, first = await inspecting(verbs, row(line_no="L1"), row(line_no="L2"))
    inspector, keeper = await verbs.as_("inspector"), await verbs.as_("keeper")
    other = await verbs.task("inspector", case, "inspect", "L2")
    for task in (first, other):
        await inspector.ok(inspector.post(f"/tasks/{task}:complete", passed()))
    shelf = await verbs.task("keeper", case, "put_away", "L1")
    ways = (await opened(keeper, shelf))["more"]["return_to"]
    assert "inspect" in {one["step"] for one in ways}
    await verbs.task("keeper", case, "put_away", "L2")  # the other line has come to rest
    here, before = f"/tasks/{shelf}:return", await steps_of(verbs, case)
    plan = await keeper.ok(keeper.post(here, {"to": "inspect", "preview": True}))
    assert [one["call"] for one in plan["reverses"]] == ["stock.change_status"]
    assert [one["signer"] for gone in plan["supersedes"] for one in gone["signatures"]] == ["inspector"]
    assert "inspector" in {one.get("id") for one in plan["tells"]}
    assert await steps_of(verbs, case) == before
    await refused(keeper, here, {"to": "triage", "reason": "?"}, 403, "not_allowed")
    await refused(keeper, here, {"to": "inspect"}, 422, "reason_missing")
    await keeper.ok(keeper.post(here, {"to": "inspect", "reason": "two boxes are wet"}))
    again = await verbs.task("inspector", case, "inspect", "L1")
    assert again != first
    now = await steps_of(verbs, case)
    assert now["lines#1/[L1]#1/inspect#1"] == "superseded" and now["lines#1/[L2]#1/inspect#1"] == "done"
    assert now["lines#1/[L1]#1/release#1"] == "superseded" and now["lines#1/[L2]#1/release#1"] == "done"
    history = await inspector.ok(inspector.get(f"/cases/{case}/history"))
    entries = history["items"] if isinstance(history, dict) else history
    undone = [one["path"] for one in entries if one["action"] == "undone"]
    assert undone == ["lines#1/[L1]#1/release#1"]


async def test_a_cancelled_case_reverses_all_and_closes_every_inbox(verbs: Stack) -> None:
    case, task = await inspecting(verbs)
    receiver, inspector = await verbs.as_("receiver"), await verbs.as_("inspector")
    await refused(inspector, f"/cases/{case}:cancel", {"reason": "no"}, 403, "not_allowed")
    await refused(receiver, f"/cases/{case}:cancel", {}, 422, "reason_missing")
    await receiver.ok(receiver.post(f"/cases/{case}:cancel", {"reason": "delivered to the wrong address"}))

    async def ended() -> Any:
        found = await receiver.ok(receiver.get(f"/cases/{case}"))
        return found if found["state"] == "cancelled" else None

    found = await until(ended, "the case was not cancelled")
    assert [one["state"] for one in found["steps"] if one["step"] == "post_pending"] == ["superseded"]
    assert (await opened(inspector, task))["state"] == "cancelled"
    await refused(receiver, f"/cases/{case}:cancel", {"reason": "again"}, 409, "case_closed")


async def test_several_tasks_are_handed_over_each_with_its_own_answer(verbs: Stack) -> None:
    (_, one), (_, two) = await inspecting(verbs), await inspecting(verbs)
    inspector = await verbs.as_("inspector")
    body = {"items": [{"id": one}, {"id": "T-none"}, {"id": two}], "to": "inspector2", "reason": "on leave"}
    done = (await inspector.ok(inspector.post("/tasks:transfer_bulk", body)))["items"]
    assert [item["status"] for item in done] == [200, 404, 200]
    assert [(await opened(inspector, task))["assignee"] for task in (one, two)] == ["inspector2"] * 2


async def test_a_claim_runs_out_and_is_taken_over(verbs: Stack) -> None:
    _, task = await inspecting(verbs)
    inspector, second = await verbs.as_("inspector"), await verbs.as_("inspector2")
    verbs.office.claim_hours = -1
    try:
        await inspector.ok(inspector.post(f"/tasks/{task}:claim"))
    finally:
        verbs.office.claim_hours = 8
    assert "claim" in (await opened(second, task))["allow"]
    await second.ok(second.post(f"/tasks/{task}:claim"))
    await refused(inspector, f"/tasks/{task}:claim", {}, 409, "claimed_by_other")
