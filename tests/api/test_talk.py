"""Comments stay, urging has a limit, putting off is one's own business, and a copy knows who read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.clock import to_text
from records import audit
from records.talk import Urge
from records.verify import verify_all
from tests.api.conftest import Stack, row


def hours(number: float) -> str:
    return to_text(datetime.now(UTC) + timedelta(hours=number))


async def ids(stack: Stack, who: str, **params: Any) -> set[str]:
    person = await stack.as_(who)
    found = await person.ok(person.get("/tasks", params={"limit": 200, **params}))
    return {one["id"] for one in found["items"]}


async def test_a_comment_is_seen_in_the_story_and_whoever_is_named_is_told(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    receiver, inspector, auditor = [await stack.as_(one) for one in ("receiver", "inspector", "auditor")]
    said = await receiver.ok(receiver.post(f"/tasks/{task}:comment", {"text": "外箱有压痕，@inspector 请留意"}))
    assert said["kind"] == "commented" and said["mentions"][0]["id"] == "inspector" and said["step"] == "inspect"
    whole = await inspector.ok(inspector.post(f"/cases/{case}:comment", {"text": "seen\nthanks"}))
    assert whole["task"] is None
    story = (await auditor.ok(auditor.get(f"/cases/{case}/comments")))["items"]
    assert [one["actor"]["id"] for one in story] == ["receiver", "inspector"] and story[0]["hash"]
    bell = (await inspector.ok(inspector.get("/notices")))["items"]
    assert any(one.get("link") == f"/tasks/{task}" for one in bell)


@pytest.mark.parametrize(
    ("who", "text", "status"),
    [
        ("inspector", "   ", 422),
        ("inspector", "x" * 2001, 422),
        ("inspector", "a\u0007b", 422),
        ("inspector", "@qa2 look", 422),
        ("inspector", "@nobody look", 422),
        ("guest", "I was here", 403),
        ("qa2", "not my site", 404),
    ],
)
async def test_what_cannot_be_said_is_refused_and_on_record(stack: Stack, who: str, text: str, status: int) -> None:
    _, task = await stack.at_inspection()
    person = await stack.as_(who)
    answer = await person.post(f"/tasks/{task}:comment", {"text": text})
    assert answer.status_code == status, answer.text
    with stack.office.db.read() as session:
        last = audit.events(session, prefix="refusals/", actor=who, limit=1)[0]
    assert last.action == "comment"


async def test_a_changed_comment_is_named_by_the_verification(stack: Stack) -> None:
    import sqlite3
    from contextlib import closing

    case, task = await stack.at_inspection()
    person = await stack.as_("inspector")
    await person.ok(person.post(f"/tasks/{task}:comment", {"text": "original"}))
    with stack.office.db.read() as session:
        assert verify_all(session) == []
    file = stack.office.db.url.removeprefix("sqlite:///")
    trigger = "SELECT name, sql FROM sqlite_master WHERE name = 'gsp_audit_event_update'"
    with closing(sqlite3.connect(file)) as raw, raw:
        name, sql = raw.execute(trigger).fetchone()
        raw.execute(f"DROP TRIGGER {name}")
        changed = "UPDATE audit_event SET payload = replace(payload, ?, ?) WHERE case_id = ?"
        raw.execute(changed, ("original", "improved", case))
    with stack.office.db.read() as session:
        assert [(one.where, one.found.kind) for one in verify_all(session)] == [("talk/hangzhou", "changed")]
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute(changed, ("improved", "original", case))
        raw.execute(sql)


async def test_urging_tells_the_holder_and_has_a_limit_for_each_person_and_task(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    receiver, inspector, qa = [await stack.as_(one) for one in ("receiver", "inspector", "qa")]
    assert (await receiver.ok(receiver.post(f"/tasks/{task}:urge")))["to"] == ["inspector"]
    again = await receiver.post(f"/tasks/{task}:urge")
    assert (again.status_code, again.json()["code"]) == (409, "urged_lately") and again.json()["refusal_id"]
    assert (await qa.post(f"/tasks/{task}:urge")).status_code == 409
    with stack.office.db.write() as session:
        counted: Any = session.get(Urge, (task, "receiver"))
        counted.at = hours(-0.2)
        session.add(counted)
    assert (await receiver.post(f"/tasks/{task}:urge")).status_code == 409
    await inspector.ok(inspector.post(f"/tasks/{task}:claim"))
    assert (await inspector.post(f"/tasks/{task}:urge")).json()["code"] == "own_task"
    assert (await qa.ok(qa.post(f"/tasks/{task}:urge")))["to"] == ["inspector"]
    bell = (await inspector.ok(inspector.get("/notices")))["items"]
    assert any("催办" in one["title"]["zh"] for one in bell)
    kinds = [one["kind"] for one in (await qa.ok(qa.get(f"/cases/{case}/comments")))["items"]]
    assert kinds == ["urged", "urged"]


async def test_a_snoozed_task_is_out_of_ones_own_sight_until_then(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    for wrong in (hours(-1), hours(24 * 40), "tomorrow"):
        assert (await inspector.post(f"/tasks/{task}:snooze", {"until": wrong})).status_code == 422
    await inspector.ok(inspector.post(f"/tasks/{task}:snooze", {"until": hours(3)}))
    assert task not in await ids(stack, "inspector", scope="claimable")
    assert task in await ids(stack, "inspector", scope="claimable", snoozed=True)
    assert task in await ids(stack, "inspector2", scope="claimable")
    await inspector.ok(inspector.post(f"/tasks/{task}:snooze", {}))
    assert task in await ids(stack, "inspector", scope="claimable")
    assert task not in await ids(stack, "inspector", scope="claimable", snoozed=True)


async def test_a_copy_is_unread_until_it_is_seen_and_the_sender_sees_who_read_it(stack: Stack) -> None:
    receiver, buyer, qa = [await stack.as_(one) for one in ("receiver", "buyer", "qa")]
    case = (await stack.start())["id"]
    task = await stack.task("receiver", case, "receive")
    await receiver.ok(receiver.post(f"/tasks/{task}:complete", await stack.receipt(row(), "refused")))
    mine = [
        one for one in (await buyer.ok(buyer.get("/tasks", params={"scope": "cc"})))["items"] if one["case"] == case
    ]
    assert [(one["kind"], one["read"], one["read_at"]) for one in mine] == [("cc", False, None)]
    await buyer.ok(buyer.post("/notices:seen", {"id": mine[0]["id"]}))
    again = [
        one for one in (await buyer.ok(buyer.get("/tasks", params={"scope": "cc"})))["items"] if one["case"] == case
    ]
    assert again[0]["read"] and again[0]["read_at"] and again[0]["state"] == "done"
    sent = (await receiver.ok(receiver.get(f"/cases/{case}/notices")))["items"]
    assert [[one["id"] for one in notice["readers"]] for notice in sent] == [["buyer"]]
    other = [one for one in (await qa.ok(qa.get("/tasks", params={"scope": "cc"})))["items"] if one["case"] == case]
    assert not other[0]["read"]
