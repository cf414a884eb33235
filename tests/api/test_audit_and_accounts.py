"""Audit and administration over REST: who may look, what is proved, what an administrator can and cannot do."""

from __future__ import annotations

from tests.api.conftest import Stack


async def test_chain_holds_and_only_those_who_answer_for_it_may_ask(stack: Stack) -> None:
    auditor, keeper = await stack.as_("auditor"), await stack.as_("keeper")
    report = await auditor.ok(auditor.post("/audit:verify"))
    assert report["ok"] is True, report["findings"]
    assert report["counts"]["seals"] > 10
    refused = await keeper.post("/audit:verify")
    assert refused.status_code == 403 and "auditor" in refused.json()["who_can"]


async def test_refusals_are_found_by_rule_and_person(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    receiver, auditor = await stack.as_("receiver"), await stack.as_("auditor")
    assert (await receiver.post(f"/tasks/{task}:claim")).status_code == 403
    page = await auditor.ok(auditor.get("/refusals", params={"rule": "RULE-07", "actor": "receiver", "limit": 1}))
    assert page["items"][0]["actor"] == "receiver" and page["items"][0]["rule"] == "RULE-07"
    events = await auditor.ok(auditor.get("/audit/events", params={"stream": "admin", "limit": 3}))
    assert len(events["items"]) == 3 and events["next"]
    further = await auditor.ok(
        auditor.get("/audit/events", params={"stream": "admin", "limit": 3, "cursor": events["next"]})
    )
    assert not {row["seq"] for row in events["items"]} & {row["seq"] for row in further["items"]}


async def test_replay_proves_the_records_of_a_case(stack: Stack) -> None:
    case, _ = await stack.at_inspection()
    auditor = await stack.as_("auditor")
    proof = await auditor.ok(auditor.post(f"/cases/{case}/replay"))
    assert proof["deterministic"] is True and proof["events"] > 10 and len(proof["pinned_sha256"]) == 64


async def test_administrator_makes_accounts_and_holds_no_business_right(stack: Stack) -> None:
    admin, receiver = await stack.as_("admin"), await stack.as_("receiver")
    made = await admin.post("/accounts", {"username": "newcomer", "name": "新人"})
    assert made.status_code == 201 and "/setup/" in made.json()["link"]
    given = await admin.ok(admin.post("/accounts/newcomer:grant", {"role": "inspector", "site": "hangzhou"}))
    assert [post["role"] for post in given["posts"]] == ["inspector"]
    again = await admin.post("/accounts", {"username": "newcomer", "name": "新人"})
    assert again.status_code == 409
    own = await admin.post("/accounts/admin:grant", {"role": "inspector", "site": "hangzhou"})
    assert own.status_code == 403
    assert (await receiver.post("/accounts", {"username": "another", "name": "x"})).status_code == 403
    assert (await receiver.get("/accounts/admin")).status_code == 403
    gone = await admin.ok(admin.post("/accounts/newcomer:disable", {"reason": "left"}))
    assert gone["disabled"] is True


async def test_named_token_works_until_it_is_revoked(stack: Stack) -> None:
    buyer = await stack.as_("buyer")
    assert (await buyer.post("/me/tokens", {"name": "x", "password": "wrong"})).status_code == 401
    made = await buyer.post("/me/tokens", {"name": "nightly", "password": "demo"})
    assert made.status_code == 201
    robot = stack.stranger(Authorization=f"Bearer {made.json()['token']}")
    assert (await robot.get("/me")).json()["user"] == "buyer"
    mine = (await buyer.ok(buyer.get("/accounts/buyer")))["tokens"]
    number = next(token["id"] for token in mine if token["name"] == "nightly")
    await buyer.ok(buyer.post(f"/tokens/{number}:revoke"))
    assert (await robot.get("/me")).status_code == 401


async def test_repeated_request_under_one_key_is_done_once(stack: Stack) -> None:
    admin = await stack.as_("admin")
    body = {"username": "only-once", "name": "一次"}
    key = "only-once-0123456789"
    first = await admin.post("/accounts", body, key=key)
    again = await admin.post("/accounts", body, key=key)
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    other = await admin.post("/accounts", {**body, "username": "other"}, key=key)
    assert other.status_code == 422 and other.json()["code"] == "key_reused"
    refused = [await admin.post("/accounts", body, key="refused-0123456789") for _ in range(2)]
    assert [answer.status_code for answer in refused] == [409, 409]
