"""EPCIS events over REST: valid documents in pages and whole, readings on record, strangers out."""

from __future__ import annotations

import json
from typing import Any

from domain.epcis.validation import faults_of
from tests.api.conftest import Stack


async def test_events_come_in_pages_and_whole_and_are_valid(stack: Stack) -> None:
    qa = await stack.as_("qa")
    whole = await qa.get("/epcis/events:export")
    assert whole.status_code == 200 and whole.headers["content-type"] == "application/ld+json"
    assert "attachment" in whole.headers["content-disposition"]
    everything = json.loads(whole.text)
    assert faults_of(everything) == [] and everything["epcisBody"]["eventList"]
    path: str | None = "/epcis/events?limit=2"
    paged: list[Any] = []
    while path is not None:
        answer = await qa.get(path)
        body = await qa.ok(qa.get(path))
        assert faults_of(body) == []
        paged += body["epcisBody"]["eventList"]
        cursor = body.get("gspflow:next")
        assert (cursor is None) == ("link" not in answer.headers)
        path = f"/epcis/events?limit=2&cursor={cursor}" if cursor else None
    assert paged == everything["epcisBody"]["eventList"]


async def test_who_reads_and_what_is_asked_are_looked_at(stack: Stack) -> None:
    admin, guest = await stack.as_("admin"), await stack.as_("guest")
    assert (await admin.get("/epcis/events")).status_code == 403
    assert (await admin.get("/epcis/events:export")).status_code == 403
    assert (await stack.stranger().get("/epcis/events")).status_code == 401
    for wrong in ("cursor=x", "from=yesterday", "to=2026-02-30", "limit=0", "mode=play"):
        assert (await guest.get(f"/epcis/events?{wrong}")).status_code == 422
    assert (await guest.get("/epcis/events?lot=NO-SUCH-LOT")).json()["epcisBody"] == {"eventList": []}
    read = await (await stack.as_("qa")).ok((await stack.as_("qa")).get("/audit/events?stream=admin&limit=200"))
    assert any(row["subject"] == "epcis/events" and row["actor"] == "guest" for row in read["items"])
