"""Cases as a whole over REST: sub-processes, open lists, going back inside blocks, and why each of them waits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.canonical import dumps
from services import cases, messages, people
from services.documents import Proofs, acceptance_record_of
from tests.api.conftest import Stack, until
from tests.api.small_sops import STEPS, source_of

SIGN: dict[str, Any] = {"signature": {"meaning": "approve", "password": "demo"}}
PRICE = 918273


async def publish(stack: Stack, name: str) -> None:
    """One of the definitions above, signed by both."""
    owner, director, head = await stack.as_("owner"), await stack.as_("director"), await stack.as_("head")
    answer = await owner.post("/definitions", source_of(name))
    assert answer.status_code == 201, answer.text
    place = f"/definitions/{name}/versions/1.0.0"
    await owner.ok(owner.post(f"{place}:submit", {"reason": "test"}))
    await director.ok(director.post(f"{place}:publish", {"role": "quality_director", **SIGN}))
    await head.ok(head.post(f"{place}:publish", {"role": "company_head", **SIGN}))


@pytest.fixture(scope="module")
async def small(stack: Stack) -> Stack:
    """The installation with the definitions above in force."""
    for name in STEPS:
        await publish(stack, name)
    return stack


async def begun(stack: Stack, definition: str, first: str, **start: Any) -> str:
    """A case whose first task is done."""
    receiver = await stack.as_("receiver")
    body = {"definition": definition, "start": {"subject": "x", **start}}
    case = (await receiver.ok(receiver.post("/cases", body)))["id"]
    task = await stack.task("receiver", case, first)
    sign = {"signature": {"meaning": "submitted"}} if definition == "both_sides" else {}
    given = {"price": PRICE, "remark": "blue"} if definition == "blind" else {}
    await receiver.ok(receiver.post(f"/tasks/{task}:complete", {"data": given, **sign}))
    return str(case)


async def shown(stack: Stack, case: str, who: str = "qa") -> Any:
    person = await stack.as_(who)
    return await person.ok(person.get(f"/cases/{case}"))


async def why(stack: Stack, case: str, path: str, who: str = "qa") -> str:
    return next(one["why_waiting"]["en"] for one in (await shown(stack, case, who))["steps"] if one["path"] == path)


async def states(stack: Stack, case: str) -> dict[str, str]:
    return {one["path"]: one["state"] for one in (await shown(stack, case))["steps"]}


async def in_state(stack: Stack, case: str, state: str) -> Any:
    async def look() -> Any:
        await messages.deliver(stack.office)
        found = await shown(stack, case)
        return found if found["state"] == state else None

    return await until(look, f"{case} is not {state}")


async def with_child(stack: Stack) -> tuple[str, str]:
    """A case that waits for its sub-process: both ids."""
    case = await begun(stack, "errands", "plan")

    async def look() -> Any:
        return next(iter((await shown(stack, case))["children"]), None)

    return case, (await until(look, "the sub-process was not started"))["id"]


# ---------------------------------------------------------------- sub-processes
async def test_a_parent_waits_for_its_child_is_told_of_its_end_and_goes_on(small: Stack) -> None:
    parent, child = await with_child(small)
    assert child in await why(small, parent, "errand#1")
    below, above = await shown(small, child), await shown(small, parent)
    assert (below["parent"]["id"], below["parent"]["path"], below["started_by"]) == (parent, "errand#1", "system")
    assert [(one["id"], one["state"], one["detached"]) for one in above["children"]] == [(child, "running", False)]
    inspector = await small.as_("inspector")
    fetch = await small.task("inspector", child, "fetch")
    await inspector.ok(inspector.post(f"/tasks/{fetch}:complete", {"data": {}}))
    await in_state(small, child, "completed")
    assert await messages.deliver(small.office) >= 0
    await small.task("receiver", parent, "report")
    step = next(one for one in (await shown(small, parent))["steps"] if one["path"] == "errand#1")
    assert (step["state"], step["outcome"], step["why_waiting"]) == ("done", "completed", None)
    assert (await shown(small, parent))["children"][0]["state"] == "completed"


async def test_a_child_that_is_cancelled_sends_its_parent_the_other_way(small: Stack) -> None:
    parent, child = await with_child(small)
    director = await small.as_("director")
    assert "cancel" in (await shown(small, child, "director"))["allow"]
    assert (await shown(small, child, "inspector"))["allow"] == []
    await director.ok(director.post(f"/cases/{child}:cancel", {"reason": "not needed"}))
    await in_state(small, child, "cancelled")
    await messages.deliver(small.office)
    await small.task("qa", parent, "gave_up")
    assert (await states(small, parent))["errand#1"] == "done"


async def test_a_child_is_cancelled_with_its_parent_after_that_was_shown(small: Stack) -> None:
    parent, child = await with_child(small)
    receiver = await small.as_("receiver")
    before = await shown(small, parent)
    plan = await receiver.ok(receiver.post(f"/cases/{parent}:cancel", {"preview": True}))
    assert [(one["case"], one["cancelled"]) for one in plan["children"]] == [(child, True)]
    assert [one["path"] for one in plan["supersedes"]] == ["plan#1", "errand#1"]
    assert (await shown(small, parent))["seq"] == before["seq"]
    refused = await (await small.as_("keeper")).post(f"/cases/{parent}:cancel", {"preview": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    await receiver.ok(receiver.post(f"/cases/{parent}:cancel", {"reason": "no errand at all"}))
    over = await in_state(small, parent, "cancelled")
    await in_state(small, child, "cancelled")
    gone = {one["path"]: one["superseded_by"] for one in over["steps"]}
    assert gone["plan#1"]["action"] == "cancelled" and gone["plan#1"]["actor"]["id"] == "receiver"


# ---------------------------------------------------------------- open lists
async def test_a_line_is_added_by_its_form_and_inspected_with_what_was_entered(small: Stack) -> None:
    case = await begun(small, "counting", "unpack", lines=[{"no": "L1", "pieces": 3}])
    receiver, inspector = await small.as_("receiver"), await small.as_("inspector")
    (told,) = (await shown(small, case, "receiver"))["lists"]
    assert told["may_add"] and told["may_close"] and told["items"] == ["L1"]
    assert told["form"]["ui"]["fields"]["/pieces"]["label"]["en"] == "Pieces"
    (other,) = (await shown(small, case, "inspector"))["lists"]
    assert not other["may_add"] and other["form"] is None and "Receiver" in await why(small, case, "lines#1")
    here = f"/cases/{case}:add_item"
    wrong = await receiver.post(here, {"path": "lines#1", "item": {"no": "L2", "pieces": 0}})
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["pointer"] == "/item/pieces"
    refused = await inspector.post(here, {"path": "lines#1", "item": {"no": "L2", "pieces": 2}})
    assert refused.status_code == 403 and refused.json()["who_can"] == ["receiver"]
    await receiver.ok(receiver.post(here, {"path": "lines#1", "item": {"no": "L2", "pieces": 7}}))
    again = await receiver.post(here, {"path": "lines#1", "item": {"no": "L2", "pieces": 8}})
    assert (again.status_code, again.json()["code"]) == (409, "repeated_key")
    task = await small.task("inspector", case, "check", "L2")
    opened = await inspector.ok(inspector.get(f"/tasks/{task}"))
    assert opened["data"] == {"no": "L2", "pieces": 7} and opened["title"]["en"] == "Check L2"
    first = await small.task("inspector", case, "check", "L1")
    assert (await inspector.ok(inspector.get(f"/tasks/{first}")))["data"] == {"no": "L1", "pieces": 3}


async def test_a_line_added_while_the_list_closes_is_refused_or_inspected(small: Stack) -> None:
    receiver, inspector = await small.as_("receiver"), await small.as_("inspector")
    for _ in range(3):
        case = await begun(small, "counting", "unpack", lines=[{"no": "L1", "pieces": 3}])
        task = await small.task("inspector", case, "check", "L1")
        add, close, last = await asyncio.gather(
            receiver.post(f"/cases/{case}:add_item", {"path": "lines#1", "item": {"no": "L2", "pieces": 1}}),
            receiver.post(f"/cases/{case}:close_items", {"path": "lines#1"}),
            inspector.post(f"/tasks/{task}:complete", {"data": {"remark": "good"}}),
        )
        assert (close.status_code, last.status_code) == (200, 200), (close.text, last.text)
        if add.status_code == 200:
            more = await small.task("inspector", case, "check", "L2")
            await inspector.ok(inspector.post(f"/tasks/{more}:complete", {"data": {}}))
        else:
            assert add.json()["code"] in ("list_closed", "case_closed"), add.text
        over = await in_state(small, case, "completed")
        lines = [one["path"] for one in over["steps"] if one["step"] == "check" and one["state"] == "done"]
        assert len(lines) == (2 if add.status_code == 200 else 1)


# ---------------------------------------------------------------- going back inside a parallel block
async def done(stack: Stack, who: str, case: str, step: str, meaning: str | None = None) -> str:
    person, task = await stack.as_(who), await stack.task(who, case, step)
    sign = {"signature": {"meaning": meaning}} if meaning else {}
    await person.ok(person.post(f"/tasks/{task}:complete", {"data": {}, **sign}))
    return task


async def inbox(stack: Stack, who: str, case: str) -> list[str]:
    """The steps of a case that stand in somebody's inbox."""
    person = await stack.as_(who)
    found = await person.ok(person.get("/tasks", params={"scope": "claimable", "limit": 200}))
    return sorted(one["path"] for one in found["items"] if one["case"] == case)


async def test_a_return_in_a_branch_touches_that_branch_and_one_before_the_split_cancels_the_block(
    small: Stack,
) -> None:
    case = await begun(small, "both_sides", "open_up")
    keeper, quality = await small.as_("keeper"), await small.as_("qa")
    await done(small, "inspector", case, "look", "verified")
    shelf, paper = await small.task("keeper", case, "shelve"), await small.task("qa", case, "paper")
    await keeper.ok(keeper.post(f"/tasks/{shelf}:return", {"to": "look", "reason": "wrong box"}))
    again = await small.task("inspector", case, "look")
    now = await states(small, case)
    assert (now["both#1/look#1"], now["both#1/shelve#1"]) == ("superseded", "cancelled")
    assert (now["both#1/look#2"], now["both#1/paper#1"], now["both#1"]) == ("open", "open", "open")
    assert await inbox(small, "keeper", case) == [] and await inbox(small, "inspector", case) == ["both#1/look#2"]
    await done(small, "inspector", case, "look", "verified")
    plan = await quality.ok(quality.post(f"/tasks/{paper}:return", {"to": "open_up", "preview": True}))
    signed = [(gone["path"], one["signer"]) for gone in plan["supersedes"] for one in gone["signatures"]]
    assert sorted(signed) == [("both#1/look#2", "inspector"), ("open_up#1", "receiver")]
    await quality.ok(quality.post(f"/tasks/{paper}:return", {"to": "open_up", "reason": "other goods"}))
    await small.task("receiver", case, "open_up")
    over = await shown(small, case)
    now = {one["path"]: one["state"] for one in over["steps"]}
    assert (now["both#1"], now["both#1/look#2"], now["both#1/shelve#2"]) == ("cancelled", "superseded", "cancelled")
    gone = next(one["superseded_by"] for one in over["steps"] if one["path"] == "both#1/look#2")
    assert (gone["actor"]["id"], gone["from"], gone["reason"]) == ("qa", "both#1/paper#1", "other goods")
    history = await quality.ok(quality.get(f"/cases/{case}/history"))
    kept = [one["path"] for one in history if one.get("signature")]
    assert kept == ["open_up#1", "both#1/look#1", "both#1/look#2"], "signatures stay on record"
    assert await inbox(small, "inspector", case) == [] and await inbox(small, "qa", case) == []
    assert (await shown(small, case))["tasks"] and again


async def test_delegated_and_added_signatures_in_a_branch_and_a_withdrawal(small: Stack) -> None:
    case = await begun(small, "both_sides", "open_up")
    inspector, second = await small.as_("inspector"), await small.as_("inspector2")
    look = await small.task("inspector", case, "look")
    await inspector.ok(inspector.post(f"/tasks/{look}:claim"))
    await inspector.ok(inspector.post(f"/tasks/{look}:delegate", {"to": "inspector2", "reason": "prepare it"}))
    assert "gives it back" in await why(small, case, "both#1/look#1")
    await second.ok(second.post(f"/tasks/{look}:complete", {"data": {}, "signature": {"meaning": "verified"}}))
    assert "prepared by" in await why(small, case, "both#1/look#1")
    adding = {"user": "inspector2", "position": "before"}
    other = await inspector.post(f"/tasks/{look}:add_signer", adding)
    assert other.status_code == 200, other.text
    told = await why(small, case, "both#1/look#1", "inspector")
    assert "signs first" in told and "you cannot act now" in told
    theirs = next(one["id"] for one in (await shown(small, case))["tasks"] if one["seat"] == "a1")
    await second.ok(second.post(f"/tasks/{theirs}:complete", {"data": {}, "signature": {"meaning": "verified"}}))
    await inspector.ok(inspector.post(f"/tasks/{look}:complete", {"data": {}, "signature": {"meaning": "verified"}}))
    task = next(one for one in (await shown(small, case))["tasks"] if one["id"] == look)
    assert (task["prepared_by"]["id"], task["done_by"]) == ("inspector2", "inspector")
    await small.task("keeper", case, "shelve")
    await inspector.ok(inspector.post(f"/tasks/{look}:withdraw", {"reason": "one box more"}))
    await small.task("inspector", case, "look")
    now = await states(small, case)
    assert (now["both#1/look#1"], now["both#1/shelve#1"], now["both#1/paper#1"]) == ("superseded", "cancelled", "open")
    gone = next(one["superseded_by"] for one in (await shown(small, case))["steps"] if one["path"] == "both#1/look#1")
    assert gone["action"] == "withdrawn"


async def test_the_reason_is_told_for_the_person_who_asks(small: Stack) -> None:
    case = await begun(small, "both_sides", "open_up")
    await small.task("inspector", case, "look")
    assert "do not hold that post" in await why(small, case, "both#1/look#1", "keeper")
    mine = next(one for one in (await shown(small, case, "inspector"))["steps"] if one["path"] == "both#1/look#1")
    assert mine["may_act"] and mine["why_not"] is None and mine["why_waiting"]["zh"] == "等待验收人员处理"
    assert "2 of 2 branches" in await why(small, case, "both#1")


# ---------------------------------------------------------------- hidden fields
async def test_what_a_step_hides_never_reaches_whoever_acts_there(small: Stack) -> None:
    case = await begun(small, "blind", "enter", lot_no="LOT-UNSEEN")
    inspector, receiver = await small.as_("inspector"), await small.as_("receiver")
    look = await small.task("inspector", case, "look")
    task = await inspector.ok(inspector.get(f"/tasks/{look}"))
    assert "LOT-UNSEEN" not in (await inspector.get("/tasks?scope=claimable&limit=200")).text
    assert task["data"] == {"remark": "blue"} and list(task["form"]["properties"]) == ["remark"]
    sneaked = await inspector.post(f"/tasks/{look}:complete", {"data": {"price": 1, "remark": "red"}})
    assert sneaked.status_code == 422 and sneaked.json()["errors"][0]["pointer"] == "/data/price"
    await inspector.ok(inspector.post(f"/tasks/{look}:complete", {"data": {"remark": "red"}}))

    async def waits() -> Any:
        found = await states(small, case)
        return found.get("ready#1")

    await until(waits, "the case does not wait")
    assert (await shown(small, case))["data"] == {"price": PRICE, "remark": "blue"}, "what was only read is not written"
    places = (
        f"/tasks/{look}",
        f"/cases/{case}",
        f"/cases/{case}/history",
        f"/cases/{case}/state",
        f"/cases/{case}/state?at_seq=4",
    )
    listed = "/tasks?scope=done&limit=200"
    for place in (*places, listed, "/tasks?scope=all&limit=200"):
        told = (await inspector.get(place)).text
        assert str(PRICE) not in told and "LOT-UNSEEN" not in told, place
    assert "LOT-UNSEEN" in (await receiver.get(listed)).text
    for place in places[1:4]:
        assert str(PRICE) in (await receiver.get(place)).text, "whoever entered it sees it"
    assert str(PRICE) in await why(small, case, "ready#1", "receiver")
    for who, seen in (("inspector", False), ("qa", True)):
        actor = await people.actor_named(small.office, who)
        assert actor is not None
        file = await cases.open_file(small.office, actor, case, "print")
        printed = acceptance_record_of(file, {}, "Asia/Shanghai", Proofs([], [], file.model))
        assert (str(PRICE) in dumps(printed)) is seen
