"""Repeats of requests that are no acts of a case: one key, one request, one answer, also after a restart."""

from __future__ import annotations

from typing import Any

import httpx
from sqlalchemy import text

from records import audit
from tests.api.conftest import PNG, Stack


async def _upload(stack: Stack, who: str, content: bytes, key: str, name: str = "note.png") -> httpx.Response:
    person = await stack.as_(who)
    files = {"file": (name, content, "image/png")}
    return await person.client.post("/attachments", files=files, headers={"Idempotency-Key": key})


async def _on_record(stack: Stack) -> list[Any]:
    events = await stack.office.db.reading(audit.events, "refusals/all", limit=500)
    return [event for event in events if event.payload["code"] == "key_reused"]


async def test_same_file_under_the_same_key_gets_the_same_answer(stack: Stack) -> None:
    first = await _upload(stack, "receiver", PNG + b"1", "upload-key-00000001")
    again = await _upload(stack, "receiver", PNG + b"1", "upload-key-00000001")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content and first.headers["location"] == again.headers["location"]


async def test_key_of_an_upload_stands_for_one_file_and_one_caller(stack: Stack) -> None:
    before = len(await _on_record(stack))
    assert (await _upload(stack, "receiver", PNG + b"2", "upload-key-00000002")).status_code == 201
    for who, content, name in (
        ("receiver", PNG + b"3", "note.png"),
        ("receiver", PNG + b"2", "other.png"),
        ("inspector", PNG + b"2", "note.png"),
    ):
        answer = await _upload(stack, who, content, "upload-key-00000002", name)
        assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert len(await _on_record(stack)) == before + 3


async def test_failed_upload_may_be_sent_again_under_its_key(stack: Stack) -> None:
    refused = await _upload(stack, "receiver", b"\x00\x01not a picture", "upload-key-00000003")
    assert refused.status_code == 422
    assert (await _upload(stack, "receiver", PNG + b"4", "upload-key-00000003")).status_code == 201


async def test_answer_survives_a_restart_and_the_database_does_not_tell_it(stack: Stack) -> None:
    admin = await stack.as_("admin")
    body = {"username": "repeated", "name": "Repeated"}
    first = await admin.post("/accounts", body, key="account-key-0000001")
    assert first.status_code in (200, 201), first.text
    again = await admin.post("/accounts", body, key="account-key-0000001")  # nothing is kept in memory
    assert (first.status_code, first.content) == (again.status_code, again.content)
    with stack.office.db.read() as session:
        rows = session.connection().execute(text("SELECT * FROM request_repeat")).all()
    kept = "\n".join(str(row) for row in rows)
    assert rows and first.json()["link"] not in kept and "account-key" not in kept and "Repeated" not in kept


async def test_other_request_under_a_kept_key_is_refused_on_record(stack: Stack) -> None:
    admin, before = await stack.as_("admin"), len(await _on_record(stack))
    first = await admin.post("/accounts", {"username": "one.name", "name": "One"}, key="account-key-0000002")
    other = await admin.post("/accounts", {"username": "other.name", "name": "Other"}, key="account-key-0000002")
    assert first.status_code in (200, 201) and (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert len(await _on_record(stack)) == before + 1
