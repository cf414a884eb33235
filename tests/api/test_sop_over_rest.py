"""The receiving SOP driven through REST by its accounts, and everything that must not go through."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.api.conftest import Stack, passed, row, until


async def closed(stack: Stack, case: str) -> Any:
    """The case once it is closed."""
    qa = await stack.as_("qa")

    async def look() -> Any:
        found = await qa.ok(qa.get(f"/cases/{case}"))
        return found if found["state"] != "running" else None

    return await until(look, f"{case} did not close")


async def test_a_delivery_goes_from_arrival_to_the_shelf(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    inspector, keeper = await stack.as_("inspector"), await stack.as_("keeper")
    done = await inspector.ok(inspector.post(f"/tasks/{task}:complete", passed()))
    assert done["case"] == case and done["recorded"] is True and done["steps"]
    put_away = await stack.task("keeper", case, "put_away")
    shelf = {"data": {"location_code": "HZ-A-02-03"}, "signature": {"meaning": "performed"}}
    await keeper.ok(keeper.post(f"/tasks/{put_away}:complete", shelf))
    ended = await closed(stack, case)
    assert (ended["state"], ended["outcome"]) == ("completed", "completed")
    lot = ended["data"]["lines"][0]["lot_no"]
    stock = (await keeper.ok(keeper.get("/stock/balances", params={"lot": lot})))["items"]
    assert [(one["location"], one["status"], one["quantity"]) for one in stock] == [("HZ-A-02-03", "QUALIFIED", 5)]
    moves = (await keeper.ok(keeper.get("/stock/moves", params={"case": case})))["items"]
    assert [one["kind"] for one in reversed(moves)] == ["RECEIVE", "STATUS", "MOVE"]
    await history_is_whole(stack, case)


async def history_is_whole(stack: Stack, case: str) -> None:
    auditor = await stack.as_("auditor")
    records = await auditor.ok(auditor.get(f"/cases/{case}/history"))
    assert [one["seq"] for one in records] == list(range(1, len(records) + 1))
    signed = {one["signature"]["meaning"]: one["signature"]["signer"] for one in records if "signature" in one}
    assert signed == {"received": "receiver", "inspected": "inspector", "performed": "keeper"}
    then = await auditor.ok(auditor.get(f"/cases/{case}/state", params={"at_seq": 2}))
    assert then["seq"] == 2 and then["state"] == "running"


async def test_case_is_found_by_lot_supplier_person_and_key(stack: Stack) -> None:
    case, _ = await stack.at_inspection()
    qa = await stack.as_("qa")
    found = await qa.ok(qa.get(f"/cases/{case}"))
    lot = found["data"]["lines"][0]["lot_no"]
    for query in ({"lot": lot}, {"business_key": found["business_key"]}, {"q": lot}):
        page = await qa.ok(qa.get("/cases", params=query))
        assert [one["id"] for one in page["items"]] == [case], query
    for query in ({"supplier": "SUP-003"}, {"person": "receiver"}, {"state": "running"}):
        page = await qa.ok(qa.get("/cases", params={**query, "limit": 200}))
        assert case in [one["id"] for one in page["items"]], query


async def test_wrong_password_at_signing_is_401_and_on_record(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    locked = await stack.as_("locked")
    answer = await locked.post(f"/tasks/{task}:complete", passed("wrong"))
    assert answer.status_code == 401 and answer.headers["www-authenticate"]
    assert answer.json()["code"] == "bad_signature_proof" and answer.json()["refusal_id"].startswith("refusals/")
    assert await stack.task("locked", case, "inspect") == task
    told = await locked.ok(locked.get(f"/cases/{case}/refusals"))
    assert told[-1]["actor"] == "locked" and told[-1]["status"] == 401


async def test_receiver_may_not_inspect(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    receiver = await stack.as_("receiver")
    answer = await receiver.post(f"/tasks/{task}:complete", passed())
    problem = answer.json()
    assert answer.status_code == 403 and answer.headers["content-type"] == "application/problem+json"
    assert problem["rule"] == "RULE-07" and problem["articles"] == ["GSP-64"] and problem["who_can"] == ["inspector"]
    assert problem["refusal_id"]


async def test_goods_of_a_supplier_with_expired_licence_are_refused(stack: Stack) -> None:
    case = (await stack.start(supplier="SUP-004", order="PO-2026-1105"))["id"]
    receiver = await stack.as_("receiver")
    task = await stack.task("receiver", case, "receive")
    body = await stack.receipt(row(purchase_order_no="PO-2026-1105", product_code="P-1003"))
    answer = await receiver.post(f"/tasks/{task}:complete", body)
    assert answer.status_code == 403 and answer.json()["rule"] == "RULE-01", answer.text
    assert (await receiver.post(f"/tasks/{task}:complete", await stack.receipt(row(), "refused"))).status_code in (
        200,
        422,
    )


async def test_missing_field_is_named_by_pointer_in_the_callers_language(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    body = passed()
    del body["data"]["label_check"]
    english = await inspector.post(f"/tasks/{task}:complete", body)
    chinese = await inspector.post(f"/tasks/{task}:complete", body, lang="zh-CN,zh;q=0.9")
    assert english.status_code == chinese.status_code == 422
    assert [one["pointer"] for one in english.json()["errors"]] == ["/data/label_check"]
    assert "标签" in chinese.json()["errors"][0]["message"] and "Label" in english.json()["errors"][0]["message"]


async def test_signer_and_time_sent_by_the_client_are_ignored(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    body: dict[str, Any] = passed() | {"signed_by": "director", "signed_at": "2020-01-01T00:00:00Z"}
    body["data"] |= {"signed_by": "director", "signed_at": "2020-01-01T00:00:00Z"}
    body["signature"] |= {"signed_by": "director", "name": "director"}
    await inspector.ok(inspector.post(f"/tasks/{task}:complete", body))
    records = await inspector.ok(inspector.get(f"/cases/{case}/history"))
    signed = next(one for one in records if one["step"] == "inspect" and "signature" in one)
    assert signed["signature"]["signer"] == "inspector" and signed["at"] > "2026"
    assert "director" not in str(signed["data"]) and "signed_by" not in str(signed)


async def test_double_click_gives_the_same_answer_and_one_record(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    key = f"double-click-{task}"
    calls = [inspector.post(f"/tasks/{task}:complete", passed(), key=key) for _ in range(2)]
    first, second = await asyncio.gather(*calls)
    third = await inspector.post(f"/tasks/{task}:complete", passed(), key=key)
    assert {first.status_code, second.status_code, third.status_code} <= {200, 202}
    assert first.json()["act_id"] == second.json()["act_id"] == third.json()["act_id"] == key
    records = await inspector.ok(inspector.get(f"/cases/{case}/history"))
    assert len([one for one in records if one["action"] == "completed" and one["step"] == "inspect"]) == 1


async def test_of_two_people_at_once_the_loser_is_told_who_won(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    people = [await stack.as_("inspector"), await stack.as_("inspector2")]
    answers = await asyncio.gather(*(one.post(f"/tasks/{task}:complete", passed()) for one in people))
    assert sorted(answer.status_code for answer in answers) == [200, 409], [answer.text for answer in answers]
    winner = people[[answer.status_code for answer in answers].index(200)].username
    loser = next(answer.json() for answer in answers if answer.status_code == 409)
    assert loser["done_by"] == winner and loser["done_at"] and loser["outcome"] == "pass"


async def test_key_of_another_act_or_person_is_refused(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    first, second = await stack.as_("inspector"), await stack.as_("inspector2")
    key = f"reused-{task}"
    await first.ok(first.post(f"/tasks/{task}:complete", passed(), key=key))
    for who, body in ((second, passed()), (first, passed(appearance_note="other"))):
        answer = await who.post(f"/tasks/{task}:complete", body, key=key)
        assert answer.status_code == 422 and answer.json()["code"] == "key_reused", answer.text


async def test_key_of_a_wrong_shape_is_refused(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    answer = await inspector.post(f"/tasks/{task}:claim", key="short")
    assert answer.status_code == 422 and answer.json()["code"] == "bad_key"


async def test_starting_twice_with_one_key_is_starting_once_and_another_names_the_running_case(stack: Stack) -> None:
    receiver = await stack.as_("receiver")
    body = {"definition": "receiving_inspection", "start": await stack.arrival("SUP-003", "PO-2026-1104")}
    key = f"start-{body['start']['delivery_note_no']}-0000000"
    first = await receiver.ok(receiver.post("/cases", body, key=key))
    again = await receiver.ok(receiver.post("/cases", body, key=key))
    assert again["id"] == first["id"] and first["version"] and len(first["sha256"]) == 64
    other = await receiver.post("/cases", body)
    assert other.status_code == 409 and first["id"] in other.json()["detail"]


async def test_claim_shows_and_keeps_others_away_until_release(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    first, second = await stack.as_("inspector"), await stack.as_("inspector2")
    await first.ok(first.post(f"/tasks/{task}:claim"))
    assert (await first.ok(first.get(f"/tasks/{task}")))["assignee"] == "inspector"
    taken = await second.post(f"/tasks/{task}:claim")
    assert taken.status_code == 409 and taken.json()["done_by"] == "inspector"
    mine = (await first.ok(first.get("/tasks", params={"scope": "mine"})))["items"]
    assert task in [one["id"] for one in mine]
    await first.ok(first.post(f"/tasks/{task}:release"))
    await second.ok(second.post(f"/tasks/{task}:claim"))


async def test_draft_is_kept_as_typed_and_only_its_author_sees_it(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    first, second = await stack.as_("inspector"), await stack.as_("inspector2")
    typed = {"accepted_quantity": "three", "box_temp": 4.25, "nonsense": [1, {"a": None}]}
    saved = await first.client.put(f"/tasks/{task}/draft", json={"data": typed})
    assert saved.status_code == 200 and saved.json()["rev"] >= 1
    assert (await first.ok(first.get(f"/tasks/{task}")))["draft"] == typed
    assert (await second.ok(second.get(f"/tasks/{task}")))["draft"] is None
    preview = await first.ok(first.post(f"/tasks/{task}:preview", {"data": typed}))
    assert "/data/accepted_quantity" in [one["pointer"] for one in preview["errors"]]


async def test_several_tasks_under_one_signature_are_judged_alone(stack: Stack) -> None:
    _, good = await stack.at_inspection()
    _, bad = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    items = [{"id": good, "data": passed()["data"], "outcome": "pass"}, {"id": bad, "data": {}, "outcome": "pass"}]
    body = {"items": items, "signature": {"meaning": "inspected", "password": "demo"}}
    done = (await inspector.ok(inspector.post("/tasks:complete_bulk", body)))["items"]
    assert [(one["id"], one["status"]) for one in done] == [(good, 200), (bad, 422)]
    assert done[1]["problem"]["errors"][0]["pointer"].startswith("/items/1/data/")


async def test_inbox_pages_do_not_repeat_and_foreign_cursors_are_refused(stack: Stack) -> None:
    await stack.at_inspection()
    await stack.at_inspection()
    inspector = await stack.as_("inspector")
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"scope": "claimable", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await inspector.ok(inspector.get("/tasks", params=query))
        seen += [one["id"] for one in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert len(seen) == len(set(seen)) > 3
    for path in ("/tasks", "/cases", "/stock/balances", "/stock/moves"):
        answer = await inspector.get(path, params={"cursor": "Zm9v"})
        assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == "/query/cursor", path
