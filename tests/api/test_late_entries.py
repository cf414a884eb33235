"""补录 over REST: what was done on paper is entered afterwards, with the paper and a second person (SEMANTICS 43, GSP 22)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.clock import to_text
from tests.api.conftest import Stack, passed
from tests.api.test_after_the_end import is_proved


def hours_ago(hours: float) -> str:
    return to_text(datetime.now(UTC) - timedelta(hours=hours))


async def paper(stack: Stack, **changed: Any) -> dict[str, Any]:
    """A photographed paper that the second inspector saw."""
    photo = await stack.note_file()
    whole: dict[str, Any] = {
        "paper_no": "P-0042",
        "photo_sha256": photo["sha256"],
        "business_at": hours_ago(5),
        "reason": "the network was down",
        "second": {"user": "inspector2", "password": "demo"},
    }
    return {**whole, **changed}


async def test_a_late_entry_is_marked_and_its_goods_move_when_they_really_did(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    late = await paper(stack)
    await inspector.ok(inspector.post(f"/tasks/{task}:complete", {**passed(), "late_entry": late}))
    await stack.task("keeper", case, "put_away")
    record = next(
        one for one in await inspector.ok(inspector.get(f"/cases/{case}/history")) if one.get("late_entry") is not None
    )
    assert record["action"] == "completed" and record["late_entry"]["paper_no"] == "P-0042"
    assert record["late_entry"]["second"]["id"] == "inspector2"
    shown = await inspector.ok(inspector.get(f"/tasks/{task}"))
    assert shown["more"]["late"]["business_at"] == late["business_at"]
    keeper = await stack.as_("keeper")
    moves = (await keeper.ok(keeper.get("/stock/moves", params={"case": case})))["items"]
    status = next(one for one in moves if one["kind"] == "STATUS")
    assert status["business_at"] == late["business_at"] < status["recorded_at"]
    received = next(one for one in moves if one["kind"] == "RECEIVE")
    assert received["business_at"] > late["business_at"]


async def test_a_case_that_began_on_paper_says_so(stack: Stack) -> None:
    receiver = await stack.as_("receiver")
    body = {"definition": "receiving_inspection", "start": await stack.arrival("SUP-003", "PO-2026-1104")}
    begun = await receiver.ok(receiver.post("/cases", {**body, "late_entry": await paper(stack)}))
    history = await receiver.ok(receiver.get(f"/cases/{begun['id']}/history"))
    assert history[0]["late_entry"]["reason"] == "the network was down"
    await is_proved(stack, begun["id"], runs=1)


async def test_what_is_missing_of_a_late_entry_is_said_at_once_and_nothing_is_recorded(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")

    async def answer(**changed: Any) -> Any:
        late = await paper(stack, **changed)
        return await inspector.post(f"/tasks/{task}:complete", {**passed(), "late_entry": late})

    odd = await answer(
        paper_no=" ", business_at=hours_ago(-5), photo_sha256="0" * 64, second={"user": "inspector", "password": "demo"}
    )
    assert odd.status_code == 422 and odd.json()["code"] == "late_entry_incomplete"
    assert {one["pointer"] for one in odd.json()["errors"]} == {
        "/late_entry/paper_no", "/late_entry/business_at", "/late_entry/photo_sha256", "/late_entry/second",
    }  # fmt: skip
    nobody = await answer(second={"user": "nobody", "password": "demo"})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "unknown_person")
    wrong = await answer(second={"user": "inspector2", "password": "wrong"})
    assert wrong.status_code == 401
    assert await stack.task("inspector", case, "inspect") == task
    told = await inspector.ok(inspector.get(f"/cases/{case}/refusals"))
    assert len(told) >= 3


async def test_the_case_itself_refuses_a_late_entry_without_a_second_person(stack: Stack) -> None:
    from services import late_entry

    case, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    kept = late_entry.facts_of

    async def alone(office: Any, actor: Any, given: Any, about: Any) -> Any:
        facts: Any = await kept(office, actor, given, about)
        if facts:
            facts["late"]["second"]["id"] = actor.id
        return facts

    late_entry.facts_of = alone
    try:
        answer = await inspector.post(f"/tasks/{task}:complete", {**passed(), "late_entry": await paper(stack)})
    finally:
        late_entry.facts_of = kept
    assert (answer.status_code, answer.json()["code"]) == (403, "four_eyes")
    assert await stack.task("inspector", case, "inspect") == task
