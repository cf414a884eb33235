"""离职转办: what a person has in hand goes to somebody else, each task judged alone."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Stack, passed

WHY = "she leaves on Friday"


async def claimed(stack: Stack) -> str:
    """A task that the second inspector has claimed."""
    _, task = await stack.at_inspection()
    second = await stack.as_("inspector2")
    await second.ok(second.post(f"/tasks/{task}:claim"))
    return task


async def test_all_that_a_leaver_has_goes_to_another_person(stack: Stack) -> None:
    tasks = {await claimed(stack), await claimed(stack)}
    director, inspector = await stack.as_("director"), await stack.as_("inspector")
    body = {"to": "inspector", "reason": WHY}
    done = await director.ok(director.post("/accounts/inspector2:hand_over", body, key="leaver-0000000001"))
    states: dict[str, Any] = {one["id"]: one["status"] for one in done["items"]}
    assert tasks <= set(states) and {states[one] for one in tasks} == {200}
    for task in tasks:
        shown = await inspector.ok(inspector.get(f"/tasks/{task}"))
        assert shown["assignee"] == "inspector" and "complete" in shown["allow"]
        await inspector.ok(inspector.post(f"/tasks/{task}:complete", passed()))
    again = await director.ok(director.post("/accounts/inspector2:hand_over", body, key="leaver-0000000001"))
    assert not tasks & {one["id"] for one in again["items"]}


async def test_a_task_that_the_other_may_not_do_stays_with_its_reason(stack: Stack) -> None:
    task = await claimed(stack)
    head = await stack.as_("head")
    done = await head.ok(head.post("/accounts/inspector2:hand_over", {"to": "keeper", "reason": WHY}))
    one = next(one for one in done["items"] if one["id"] == task)
    assert (one["status"], one["problem"]["code"]) == (422, "wrong_person")
    second = await stack.as_("inspector2")
    assert (await second.ok(second.get(f"/tasks/{task}")))["assignee"] == "inspector2"


async def test_only_those_in_charge_hand_over_and_only_what_the_leaver_has(stack: Stack) -> None:
    await claimed(stack)
    keeper, director = await stack.as_("keeper"), await stack.as_("director")
    body = {"to": "inspector", "reason": WHY}
    assert (await keeper.post("/accounts/inspector2:hand_over", body)).status_code == 403
    assert (await director.post("/accounts/nobody:hand_over", body)).status_code == 404
    unsaid = await director.ok(director.post("/accounts/inspector2:hand_over", {**body, "reason": " "}))
    assert {one["problem"]["code"] for one in unsaid["items"]} == {"reason_missing"}
