"""What an act must not say, refused where it is done: files, rows, dates, places, outcomes, posts, hidden characters."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from tests.api.conftest import PNG, Stack, passed, row, until

BIDI = chr(0x202E)
NOWHERE = "ab" * 32


def problems(answer: Any) -> dict[str, str]:
    """Code of each fault by its pointer."""
    assert answer.status_code in (403, 422), answer.text
    return {one["pointer"]: one["code"] for one in answer.json()["errors"]}


async def at_receipt(stack: Stack) -> tuple[str, str, Any]:
    """A case that waits for its receiver: case, task, the receiver."""
    case = (await stack.start())["id"]
    return case, await stack.task("receiver", case, "receive"), await stack.as_("receiver")


async def refused(stack: Stack, *lines: dict[str, Any], **more: Any) -> Any:
    """The answer to a receipt of these lines."""
    _, task, receiver = await at_receipt(stack)
    body = {**await stack.receipt(row()), **more}
    return await receiver.post(f"/tasks/{task}:complete", {**body, "data": {"lines": list(lines)}} if lines else body)


async def test_signature_of_the_deliverer_on_a_file_nobody_stored_is_refused(stack: Stack) -> None:
    answer = await refused(stack, external_signature={"name": "送货员", "attachment_sha256": NOWHERE, "how": "note"})
    assert problems(answer) == {"/external_signature/attachment_sha256": "attachment_unknown"}
    assert "/attachments" in answer.json()["detail"]


async def test_form_names_only_stored_files_and_what_is_said_of_them_is_what_we_know(stack: Stack) -> None:
    receiver = await stack.as_("receiver")
    given = await stack.arrival("SUP-003", "PO-2026-1104")
    body = {"definition": "receiving_inspection", "start": given}
    lost = {**given["delivery_note_file"], "sha256": NOWHERE}
    answer = await receiver.post("/cases", {**body, "start": {**given, "delivery_note_file": lost}})
    assert problems(answer) == {"/start/delivery_note_file": "attachment_unknown"}
    renamed = {**given["delivery_note_file"], "name": "other.pdf", "size": 1, "media_type": "text/html"}
    case = await receiver.ok(receiver.post("/cases", {**body, "start": {**given, "delivery_note_file": renamed}}))
    kept = (await receiver.ok(receiver.get(f"/cases/{case['id']}")))["start"]["delivery_note_file"]
    assert (kept["name"], kept["size"], kept["media_type"]) == ("note.png", len(PNG), "image/png")


async def test_file_in_a_row_must_be_stored_too(stack: Stack) -> None:
    log = {"sha256": NOWHERE, "name": "log.csv", "size": 10, "media_type": "text/csv"}
    cold = row(product_code="P-2001", quarantine_location="HZ-QC-01", transit_temp_log=log)
    assert problems(await refused(stack, cold)).get("/data/lines/0/transit_temp_log") == "attachment_unknown"


async def test_two_rows_with_one_number_are_refused_in_the_act(stack: Stack) -> None:
    answer = await refused(stack, row(), row(received_quantity=1))
    assert answer.status_code == 422 and problems(answer) == {"/data/lines/1/line_no": "repeated_key"}


async def test_dates_that_cannot_be_are_refused_in_the_act(stack: Stack) -> None:
    day = date.today()
    late, old = (day + timedelta(days=3)).isoformat(), (day - timedelta(days=60)).isoformat()
    answer = await refused(stack, row(production_date=late), row(line_no="L2", expiry_date=old))
    assert problems(answer) == {
        "/data/lines/0/production_date": "date_in_future",
        "/data/lines/1/production_date": "date_order",
    }
    receiver = await stack.as_("receiver")
    given = await stack.arrival("SUP-003", "PO-2026-1104") | {"arrival_time": f"{late}T00:00:00Z"}
    answer = await receiver.post("/cases", {"definition": "receiving_inspection", "start": given})
    assert problems(answer) == {"/start/arrival_time": "time_in_future"}
    assert answer.json()["detail"].startswith("One thing needs correcting")


async def test_goods_are_received_into_a_pending_location_of_the_site(stack: Stack) -> None:
    case, task, receiver = await at_receipt(stack)
    for code in ("HZ-NOWHERE", "HZ-A-01-01"):
        body = await stack.receipt(row(quarantine_location=code))
        answer = await receiver.post(f"/tasks/{task}:complete", body)
        assert answer.status_code == 403 and answer.json()["rule"] == "RULE-08", answer.text
        assert problems(answer) == {"/data/lines/0/quarantine_location": "RULE-08"}
    records = await receiver.ok(receiver.get(f"/cases/{case}/history"))
    assert not [one for one in records if one["step"] == "receive" and "signature" in one]


async def test_every_broken_rule_finds_its_refusal(stack: Stack) -> None:
    case, task, receiver = await at_receipt(stack)
    body = await stack.receipt(row(purchase_order_no="PO-0000", quarantine_location="HZ-A-01-01"))
    answer = await receiver.post(f"/tasks/{task}:complete", body)
    assert set(problems(answer).values()) == {"RULE-05", "RULE-08"}
    auditor = await stack.as_("auditor")
    for rule in ("RULE-05", "RULE-08"):
        found = (await auditor.ok(auditor.get(f"/refusals?rule={rule}&limit=200")))["items"]
        mine = [one for one in found if one["case"] == case]
        assert len(mine) == 1 and mine[0]["rules"] == ["RULE-05", "RULE-08"], rule
        assert {one["pointer"] for one in mine[0]["faults"]} == set(problems(answer))
    other = (await auditor.ok(auditor.get("/refusals?rule=RULE-0_&limit=200")))["items"]
    assert not other


async def test_nobody_signs_a_default_outcome(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    body = passed()
    del body["outcome"]
    answer = await inspector.post(f"/tasks/{task}:complete", body)
    assert answer.status_code == 422 and problems(answer) == {"/outcome": "outcome_missing"}
    answer = await inspector.post(f"/tasks/{task}:complete", {**body, "outcome": "perhaps"})
    assert problems(answer) == {"/outcome": "unknown_outcome"}
    answer = await inspector.post(f"/tasks/{task}:complete", {**passed(), "signature": None})
    assert problems(answer) == {"/signature": "signature_missing"}


async def test_colleague_without_the_post_is_told_whose_task_it_is(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    keeper = await stack.as_("keeper")
    for answer in (
        await keeper.post(f"/tasks/{task}:complete", passed()),
        await keeper.client.put(f"/tasks/{task}/draft", json={"data": {}}),
        await keeper.get(f"/tasks/{task}"),
    ):
        assert answer.status_code == 403 and answer.json()["code"] == "wrong_role", answer.text
        assert answer.json()["who_can"] == ["inspector"]
    auditor = await stack.as_("auditor")
    seen = await auditor.ok(auditor.get(f"/cases/{case}/refusals"))
    mine = [one for one in seen if one["actor"] == "keeper"]
    assert len(mine) == 3 and {one["site"] for one in mine} == {"hangzhou"}
    assert (await auditor.client.put(f"/tasks/{task}/draft", json={"data": {}})).status_code == 403


async def test_administrator_reads_no_business_data(stack: Stack) -> None:
    case, _ = await stack.at_inspection()
    file = await stack.note_file()
    admin = await stack.as_("admin")
    for path in (
        "/cases", f"/cases/{case}", f"/cases/{case}/history", "/stock/balances", "/stock/moves",
        f"/attachments/{file['sha256']}",
    ):  # fmt: skip
        answer = await admin.get(path)
        assert answer.status_code == 403, (path, answer.text)


async def test_text_that_turns_its_direction_is_refused(stack: Stack) -> None:
    answer = await refused(stack, row(lot_no=f"A{BIDI}B"))
    assert problems(answer)["/data/lines/0/lot_no"] == "control_character"
    receiver = await stack.as_("receiver")
    answer = await receiver.client.post("/attachments", files={"file": (f"a{BIDI}gnp.png", PNG, "image/png")})
    assert answer.status_code == 422 and answer.json()["code"] == "file_name", answer.text


SOP = """gspflow: 1
process: check_round
version: 1.0.0
title: {zh: 巡检, en: Round}
owner: quality_staff
basis: [GSP-64]
effective_from: 2026-01-01
start: {by: [inspector], form: forms/note.v1.json}
data: {schema: forms/data.v1.json}
steps:
- id: look
  task: inspector
  form: forms/note.v1.json
  title: {zh: 看, en: Look}
  basis: [GSP-64]
  sign: {meaning: inspected}
- {id: done, end: completed}
"""
NOTE: dict[str, Any] = {
    "schema": {
        "type": "object", "additionalProperties": False, "required": ["remark"],
        "properties": {"remark": {"type": "string", "title": "Remark", "maxLength": 100}},
    },
    "ui": {
        "title": {"zh": "记录", "en": "Note"},
        "sections": [{"key": "main", "title": {"zh": "记录", "en": "Note"}, "fields": ["remark"]}],
        "fields": {"/remark": {"label": {"zh": "备注", "en": "Remark"}, "widget": "text"}},
    },
}  # fmt: skip


async def publish(stack: Stack, name: str, text: str, forms: dict[str, Any], data: Any) -> list[Any]:
    """Bring a new SOP into force; what a second signature of the same post was answered."""
    owner = await stack.as_("owner")
    source = {"yaml": text, "forms": {**forms, "forms/data.v1.json": {"schema": data}}}
    checked = await owner.ok(owner.post("/definitions:check", source))
    assert checked["ok"], checked
    await owner.ok(owner.post("/definitions", source))
    await owner.ok(owner.post(f"/definitions/{name}/versions/1.0.0:submit", {"reason": "首版流程，用于巡检"}))
    twice: list[Any] = []
    for who, role in (("director", "quality_director"), ("head", "company_head")):
        signer = await stack.as_(who)
        proof = {"role": role, "signature": {"meaning": "approve", "password": "demo"}}
        await signer.ok(signer.post(f"/definitions/{name}/versions/1.0.0:publish", proof))
        twice.append((await signer.post(f"/definitions/{name}/versions/1.0.0:publish", proof)).json())
    return twice


async def test_inspection_of_something_that_is_no_product_can_be_completed(stack: Stack) -> None:
    twice = await publish(stack, "check_round", SOP, {"forms/note.v1.json": NOTE}, NOTE["schema"])
    assert [one["code"] for one in twice] == ["already_signed", "wrong_state"], twice
    assert twice[0]["done_by"] == "director" and twice[0]["done_at"] > "2026"
    inspector = await stack.as_("inspector")
    body = {"definition": "check_round", "start": {"remark": "one"}}
    case = await inspector.ok(inspector.post("/cases", body))
    task = await stack.task("inspector", case["id"], "look")
    done = {"data": {"remark": "two"}, "signature": {"meaning": "inspected"}}
    keeper = await stack.as_("keeper")
    answer = await keeper.post(f"/tasks/{task}:complete", done)
    assert answer.status_code == 403 and answer.json()["rule"] == "RULE-07", answer.text
    await inspector.ok(inspector.post(f"/tasks/{task}:complete", done))

    async def ended() -> bool:
        return (await inspector.ok(inspector.get(f"/cases/{case['id']}")))["state"] == "completed"

    await until(ended, "the case did not end")


SECRET = "DN-7788"
SHARE = SOP.replace("check_round", "share_round").replace("forms/note", "forms/share")
SHARE = SHARE.replace("data: {", "key: start.remark\ndata: {").replace(
    "  sign:", "  when: 10 / start.number > 1\n  sign:"
)


async def _broken_case(stack: Stack) -> str:
    """A case whose one step divides by nothing."""
    form = deepcopy(NOTE)
    form["schema"]["properties"]["number"] = {"type": "integer", "title": "Number"}
    form["schema"]["required"] = ["remark", "number"]
    form["ui"]["sections"][0]["fields"] = ["remark", "number"]
    form["ui"]["fields"]["/number"] = {"label": {"zh": "数", "en": "Number"}, "widget": "integer"}
    await publish(stack, "share_round", SHARE, {"forms/share.v1.json": form}, form["schema"])
    inspector = await stack.as_("inspector")
    start = {"remark": SECRET, "number": 0}
    return (await inspector.ok(inspector.post("/cases", {"definition": "share_round", "start": start})))["id"]


async def test_administrator_sees_the_cause_of_an_incident_and_may_try_again(stack: Stack) -> None:
    case = await _broken_case(stack)
    admin = await stack.as_("admin")

    async def waiting() -> Any:
        found = (await admin.ok(admin.get("/tasks?scope=claimable&limit=100")))["items"]
        return next((one for one in found if one["case"] == case), None)

    task = await until(waiting, "the incident is not in the administrator's inbox")
    seen = await admin.ok(admin.get(f"/tasks/{task['id']}"))
    assert seen["incident"] and seen["allow"] == ["retry"]
    assert (seen["business_key"], seen["data"], seen["scope"], seen["item_key"]) == (None, {}, {}, None)
    assert SECRET not in str({name: value for name, value in seen.items() if name != "incident"})
    retried = await admin.post(f"/cases/{case}:retry", {"path": task["path"]})
    assert retried.status_code == 200, retried.text
