"""Scanning over REST: scans fill in the draft of the task, once each, and the task is completed as any other."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from domain.udi.building import raw
from tests.api.conftest import Answers, Stack

_IDS = itertools.count(1)


def wish(kind: str = "scan", text: str = "", **more: Any) -> dict[str, Any]:
    number = next(_IDS)
    return {"id": f"0123456789-{number:06d}", "seq": number, "kind": kind, "text": text, **more}


async def send(person: Answers, task: str, *wishes: Any, account: str | None = None) -> Any:
    body = {"account": account or person.username, "scans": list(wishes)}
    return await person.ok(person.post(f"/tasks/{task}/scans", body))


async def test_goods_are_received_by_scanning_and_accepted_on_the_task_as_ever(stack: Stack) -> None:
    case = (await stack.start(order="PO-2026-1104"))["id"]
    task, receiver = await stack.task("receiver", case, "receive"), await stack.as_("receiver")
    job = await receiver.ok(receiver.get(f"/tasks/{task}/scans"))
    line = next(tile for tile in job["tiles"] if job["packs"].get(tile["product"]))
    (di, units), *_ = sorted(job["packs"][line["product"]].items(), key=lambda pack: pack[1])
    code = raw((("01", di), ("17", "301231"), ("10", "SCAN1")))
    place, first, more = wish(text="HZ-Q-02"), wish(text=code), wish(text=code, quantity=2)
    told = await send(receiver, task, more, place, first, wish(text="(01)09521234543213(10)X"))
    assert [one["code"] for one in told["results"]] == ["placed", "counted", "counted", "not_listed"]
    again = await send(receiver, task, first)
    assert again["results"] == [told["results"][1]] and again["job"]["tiles"] == told["job"]["tiles"]
    draft = (await receiver.ok(receiver.get(f"/tasks/{task}")))["draft"]
    (row,) = draft["lines"]
    assert (row["lot_no"], row["received_quantity"], row["quarantine_location"]) == ("SCAN1", 3 * units, "HZ-Q-02")
    back = await send(receiver, task, wish("undo", of=first["id"]))
    assert back["results"][0]["by"] == -units and [one["undone"] for one in back["job"]["recent"]].count(True) == 1
    assert all(
        fault["code"] != "required" for fault in back["job"]["missing"] if fault["pointer"].startswith("/lines/0")
    )
    refused = await receiver.post(f"/tasks/{task}/scans", {"account": "keeper", "scans": [wish(text=code)]})
    assert refused.status_code == 409 and refused.json()["code"] == "other_person"
    done = await receiver.post(
        f"/tasks/{task}:complete", {**await stack.receipt(row | {"received_quantity": 2 * units})}
    )
    assert done.status_code in (200, 202), done.text
    late = await receiver.post(f"/tasks/{task}/scans", {"account": "receiver", "scans": [wish(text=code)]})
    assert late.status_code == 409 and late.json()["done_by"] == "receiver"
    assert stack.office.drafts.load(f"scans/{task}", "receiver") is None


async def test_a_task_without_the_hint_is_not_scanned_and_the_list_has_only_those_with_it(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    answer = await inspector.get(f"/tasks/{task}/scans")
    assert answer.status_code == 422 and answer.json()["code"] == "not_scanned"
    assert (await inspector.get("/tasks/none/scans")).status_code == 404


@pytest.mark.parametrize("who", ["receiver", "keeper", "reviewer"])
async def test_every_task_whose_form_has_the_hint_opens_with_its_lines(stack: Stack, who: str) -> None:
    person = await stack.as_(who)
    listed = (await person.ok(person.get("/tasks", params={"scope": "claimable", "limit": 100})))["items"]
    tasks = [await person.ok(person.get(f"/tasks/{one['id']}")) for one in listed]
    opened = [
        await person.ok(person.get(f"/tasks/{one['id']}/scans")) for one in tasks if (one["ui"] or {}).get("scan")
    ]
    assert any(job["tiles"] for job in opened)  # other tests begin cases whose lists are empty
