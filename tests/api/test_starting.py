"""A start is one case, however often it is sent and whoever crashes in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from records import acts as act_rows
from records import cases
from services import intents
from tests.api.conftest import Stack


async def test_the_same_start_sent_four_times_at_once_is_one_case(stack: Stack) -> None:
    receiver = await stack.as_("receiver")
    wish = {"definition": "receiving_inspection", "start": await stack.arrival("SUP-003", "PO-2026-1104")}
    key = "start-four-times-at-once"
    answers = await asyncio.gather(*(receiver.post("/cases", wish, key=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 201, 202}, [answer.text for answer in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1
    again = await receiver.post("/cases", wish, key=key)
    assert again.json()["id"] == answers[0].json()["id"]


async def test_a_start_key_of_another_person_or_body_is_refused(stack: Stack) -> None:
    receiver = await stack.as_("receiver")
    wish = {"definition": "receiving_inspection", "start": await stack.arrival("SUP-003", "PO-2026-1104")}
    await receiver.ok(receiver.post("/cases", wish, key="start-key-reused-once"))
    other = {"definition": "receiving_inspection", "start": await stack.arrival("SUP-003", "PO-2026-1104")}
    refused = await receiver.post("/cases", other, key="start-key-reused-once")
    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")


async def test_a_running_key_names_its_case_and_no_person(stack: Stack) -> None:
    receiver = await stack.as_("receiver")
    wish = {"definition": "receiving_inspection", "start": await stack.arrival("SUP-003", "PO-2026-1104")}
    first = await receiver.ok(receiver.post("/cases", wish))
    refused = (await receiver.post("/cases", wish)).json()
    assert (refused["status"], refused["case"], refused["done_by"]) == (409, first["id"], None)


async def test_a_key_claimed_by_a_crashed_start_is_given_back(stack: Stack) -> None:
    """The claim was committed, the web process died before Temporal heard of it."""
    receiver = await stack.as_("receiver")
    start: Any = await stack.arrival("SUP-003", "PO-2026-1104")
    key = f"{start['supplier_code']}/{start['delivery_note_no']}"
    await stack.office.db.writing(_orphan, key, stack.office.now())
    wish = {"definition": "receiving_inspection", "start": start}
    assert (await receiver.post("/cases", wish)).status_code == 409
    real, stack.office.clock = stack.office.clock, lambda: real() + timedelta(minutes=5)
    try:
        assert await intents.sweep(stack.office) >= 1
    finally:
        stack.office.clock = real
    assert (await receiver.post("/cases", wish)).status_code == 201


def _orphan(session: Any, key: str, now: str) -> None:
    lost = "01M8ORPHANEDCASE0000000000"
    row = act_rows.ActIntent(
        act_id="orphaned-start-act-1",
        case_id=lost,
        site="hangzhou",
        mode="live",
        caller="receiver",
        body_sha="b",
        act={"envelope": {"action": "start"}, "values": {}, "seal": ""},
        created_at=now,
        expires_at=now,
    )
    act_rows.intend(session, row)
    assert cases.claim_key(session, "receiving_inspection", "hangzhou", key, lost, now) is None
