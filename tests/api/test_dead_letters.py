"""Messages that no case wanted: listed as dead letters, kept once more by who may send them."""

from __future__ import annotations

from typing import Any

from records.messages import Message
from services import messages
from tests.api.conftest import Answers, Stack


async def unwanted(stack: Stack, key: str) -> str:
    """A message that nobody waited for in time."""
    qa = await stack.as_("qa")
    wish = {"name": "word", "keys": [key], "data": {"a": 1}, "id": f"dead-{key}"}
    answer = await qa.ok(qa.post("/messages", wish))
    assert answer == {"matched": [], "buffered": True}

    def pass_by(session: Any) -> None:
        session.get(Message, wish["id"]).keep_until = "2026-01-01T00:00:00.000Z"

    await stack.office.db.writing(pass_by)
    assert await messages.bury(stack.office) >= 1
    return str(wish["id"])


async def listed(person: Answers, state: str) -> list[str]:
    return [one["id"] for one in (await person.ok(person.get("/messages", params={"state": state})))["items"]]


async def test_a_dead_letter_is_kept_once_more_by_quality(stack: Stack) -> None:
    qa, letter = await stack.as_("qa"), await unwanted(stack, "K-1")
    assert letter in await listed(qa, "dead")
    assert (await qa.ok(qa.post(f"/messages/{letter}:send_again"))) == {"matched": [], "buffered": True}
    assert letter not in await listed(qa, "dead") and letter in await listed(qa, "buffered")
    again = await qa.post(f"/messages/{letter}:send_again")
    assert (again.status_code, again.json()["code"]) == (409, "not_dead")
    unknown = await qa.post("/messages/nothing-of-the-kind:send_again")
    assert unknown.status_code == 404


async def test_who_may_not_send_messages_may_not_send_them_again(stack: Stack) -> None:
    receiver, auditor = await stack.as_("receiver"), await stack.as_("auditor")
    letter = await unwanted(stack, "K-2")
    assert (await receiver.post(f"/messages/{letter}:send_again")).status_code == 403
    assert (await receiver.get("/messages")).status_code == 403
    assert letter in await listed(auditor, "dead")
    assert (await auditor.post(f"/messages/{letter}:send_again")).status_code == 403
