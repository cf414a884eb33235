"""Whoever stands in sees, claims and signs for the person who is away; both names are on it, and four eyes stay four."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.clock import to_text
from records import cases
from records.verify import verify_all
from tests.api.conftest import Answers, Stack, passed, row

LONG = to_text(datetime.now(UTC) + timedelta(days=9))


def hours(number: float) -> str:
    return to_text(datetime.now(UTC) + timedelta(hours=number))


async def away(stack: Stack, principal: str, deputy: str, **more: Any) -> str:
    person = await stack.as_(principal)
    body = {"deputy": deputy, "begins": hours(-1), "ends": LONG, "reason": "leave", **more}
    return (await person.ok(person.post("/deputies", body)))["id"]


async def end(stack: Stack, who: str, rule: str) -> None:
    person = await stack.as_(who)
    await person.ok(person.post(f"/deputies/{rule}:end", {"reason": "back"}))


async def seen(person: Answers, task: str, scope: str = "claimable") -> Any:
    items = (await person.ok(person.get("/tasks", params={"scope": scope, "limit": 200})))["items"]
    return next((one for one in items if one["id"] == task), None)


async def test_a_deputy_sees_and_signs_for_the_person_who_is_away_and_both_names_are_on_it(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    keeper = await stack.as_("qa2")
    assert await seen(keeper, task) is None and (await keeper.post(f"/tasks/{task}:claim")).status_code in (403, 404)
    rule = await away(stack, "inspector", "reviewer")
    deputy = await stack.as_("reviewer")
    listed = await seen(deputy, task)
    assert listed["away"]["id"] == "inspector"
    shown = await deputy.ok(deputy.get(f"/tasks/{task}"))
    assert shown["allow"][:2] == ["claim", "complete"] and shown["on_behalf_of"]["id"] == "inspector"
    who = {one["id"]: one["for"] for one in shown["who_may_act"]}
    assert who["reviewer"] == "inspector" and who["inspector"] is None
    await deputy.ok(deputy.post(f"/tasks/{task}:complete", passed()))
    signature = (await stack.office.db.reading(cases.signatures, case))[-1]
    assert (signature.signer, signature.on_behalf_of, signature.role) == ("reviewer", "inspector", "inspector")
    auditor = await stack.as_("auditor")
    last = next(
        one for one in reversed(await auditor.ok(auditor.get(f"/cases/{case}/history"))) if one.get("signature")
    )
    assert last["on_behalf_of"]["id"] == "inspector" and last["on_behalf_of"]["rule"] == rule
    await end(stack, "inspector", rule)
    assert (await deputy.ok(deputy.get("/me")))["stands_in_for"] == []


async def test_four_eyes_cover_the_person_who_is_away(stack: Stack) -> None:
    """Who received, and the one for whom it was received, both are kept from inspecting, for themselves or for others."""
    case = (await stack.start())["id"]
    rules = [await away(stack, "receiver", "coldchain"), await away(stack, "inspector", "aftersales")]
    coldchain, aftersales = await stack.as_("coldchain"), await stack.as_("aftersales")
    task = await stack.task("receiver", case, "receive")
    await coldchain.ok(coldchain.post(f"/tasks/{task}:complete", await stack.receipt(row())))
    inspect = await stack.task("inspector", case, "inspect")
    rules.append(await away(stack, "inspector", "receiver"))
    rules.append(await away(stack, "inspector", "coldchain"))
    for name in ("receiver", "coldchain"):
        person = await stack.as_(name)
        for attempt in ("claim", "complete"):
            answer = await person.post(f"/tasks/{inspect}:{attempt}", passed())
            assert (answer.status_code, answer.json()["rule"]) == (403, "four_eyes"), (name, answer.text)
    await aftersales.ok(aftersales.post(f"/tasks/{inspect}:complete", passed()))
    for rule, who in zip(rules, ("receiver", "inspector", "inspector", "inspector"), strict=True):
        await end(stack, who, rule)


async def test_a_rule_narrowed_to_another_process_or_site_gives_nothing_here(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    for more in ({"definition": "recall"}, {"site": "ningbo"}, {"roles": ["receiver"]}):
        rule = await away(stack, "inspector", "reviewer", **more)
        deputy = await stack.as_("reviewer")
        assert await seen(deputy, task) is None
        assert (await deputy.post(f"/tasks/{task}:claim")).status_code == 403
        await end(stack, "inspector", rule)


async def test_a_task_that_the_absent_person_claimed_is_taken_over(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    await inspector.ok(inspector.post(f"/tasks/{task}:claim"))
    rule = await away(stack, "inspector", "reviewer")
    deputy = await stack.as_("reviewer")
    assert (await seen(deputy, task, "mine"))["away"]["id"] == "inspector"
    assert (await deputy.ok(deputy.get(f"/tasks/{task}")))["allow"][:2] == ["complete", "release"]
    await end(stack, "inspector", rule)
    assert await seen(deputy, task, "mine") is None


@pytest.mark.parametrize(
    ("who", "body", "status", "rule"),
    [
        ("inspector", {"deputy": "inspector"}, 409, "deputy"),
        ("inspector", {"deputy": "admin"}, 403, "deputy"),
        ("inspector", {"deputy": "guest"}, 403, "deputy"),
        ("qa", {"deputy": "buyer"}, 403, "deputy"),
        ("keeper", {"principal": "inspector", "deputy": "reviewer"}, 403, "deputy"),
        ("head", {"principal": "inspector", "deputy": "head"}, 403, "not_oneself"),
        ("inspector", {"deputy": "reviewer", "ends": hours(24 * 500)}, 422, None),
        ("inspector", {"deputy": "reviewer", "ends": hours(-0.5)}, 422, None),
        ("inspector", {"deputy": "nobody"}, 404, None),
    ],
)
async def test_what_may_not_be_is_refused_and_on_record(
    stack: Stack, who: str, body: Any, status: int, rule: str | None
) -> None:
    person = await stack.as_(who)
    answer = await person.post("/deputies", {"begins": hours(-1), "ends": LONG, **body})
    assert answer.status_code == status, answer.text
    assert answer.json()["refusal_id"] and (status != 403 or answer.json()["rule"] == rule)


async def test_circles_and_a_fourth_hand_are_refused(stack: Stack) -> None:
    rules = [
        (who, await away(stack, who, to)) for who, to in (("buyer", "seller"), ("seller", "driver"), ("driver", "ae"))
    ]
    for who, to in (("ae", "buyer"), ("ae", "finance")):
        person = await stack.as_(who)
        answer = await person.post("/deputies", {"deputy": to, "begins": hours(-1), "ends": LONG})
        assert (answer.status_code, answer.json()["code"]) == (409, "deputy_chain")
    last = await stack.as_("ae")
    assert {one["id"] for one in (await last.ok(last.get("/me")))["stands_in_for"]} == {"driver", "seller", "buyer"}
    for who, rule in rules:
        await end(stack, who, rule)


async def test_a_superior_and_the_head_set_a_deputy_for_others(stack: Stack) -> None:
    head = await stack.as_("head")
    body = {"principal": "inspector", "deputy": "reviewer", "begins": hours(-1), "ends": LONG}
    made = await head.ok(head.post("/deputies", body))
    assert made["source"] == "superior" and made["state"] == "in_force"
    person = await stack.as_("inspector")
    assert made["id"] in {one["id"] for one in (await person.ok(person.get("/deputies")))["items"]}
    await end(stack, "reviewer", made["id"])


async def test_the_roster_gives_a_post_for_its_hours_only(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    head, aftersales = await stack.as_("head"), await stack.as_("aftersales")
    now = datetime.now(UTC) + timedelta(hours=8)

    def table(begins: datetime, ends: datetime) -> str:
        return (
            f"site,role,username,from,to\nhangzhou,inspector,aftersales,{begins:%Y-%m-%dT%H:%M},{ends:%Y-%m-%dT%H:%M}\n"
        )

    before = table(now - timedelta(hours=9), now - timedelta(hours=1))
    assert (await head.ok(head.post("/roster:import", {"table": before})))["imported"] == 1
    assert await seen(aftersales, task) is None
    during = table(now - timedelta(hours=1), now + timedelta(hours=7))
    looked = await head.ok(head.post("/roster:import", {"table": during, "preview": True}))
    assert looked["imported"] == 0 and looked["rows"][0]["fault"] is None and await seen(aftersales, task) is None
    assert (await head.ok(head.post("/roster:import", {"table": during})))["imported"] == 1
    assert (await head.ok(head.post("/roster:import", {"table": during})))["imported"] == 0
    assert await seen(aftersales, task) is not None
    assert "aftersales" in {one["id"] for one in (await aftersales.ok(aftersales.get(f"/tasks/{task}")))["who_may_act"]}
    shift = next(one for one in (await head.ok(head.get("/roster")))["items"] if one["account"] == "aftersales")
    await head.ok(head.post(f"/roster/{shift['id']}:remove", {"reason": "ill"}))
    assert await seen(aftersales, task) is None


async def test_a_wrong_row_leaves_the_whole_table_out_and_each_says_why(stack: Stack) -> None:
    manager = await stack.as_("manager")
    table = (
        "site,role,username,from,to\nhangzhou,inspector,keeper2,2099-01-01T20:00,2099-01-02T08:00\n"
        "ningbo,receiver,keeper,2099-01-01T20:00,2099-01-02T08:00\nhangzhou,quality_staff,buyer,2099-01-01T20:00,2099-01-02T08:00\n"
        "hangzhou,receiver,manager,2099-01-01T20:00,2099-01-02T08:00\nhangzhou,it_admin,keeper,2099-01-01T20:00,2099-01-02T08:00\n"
        "hangzhou,receiver,keeper,tonight,2099-01-02T08:00\nhangzhou,receiver,keeper,2026-01-01T20:00,2026-01-02T08:00\n"
    )
    answer = await manager.post("/roster:import", {"table": table})
    assert answer.status_code == 422 and answer.json()["refusal_id"]
    assert [one["pointer"] for one in answer.json()["errors"]] == [
        "/rows/6",
        "/rows/7",
        "/rows/2",
        "/rows/3",
        "/rows/4",
        "/rows/5",
        "/rows/8",
    ]
    buyer = await stack.as_("buyer")
    assert (await buyer.post("/roster:import", {"table": table})).status_code == 403


async def test_a_roster_names_deputies_too(stack: Stack) -> None:
    head = await stack.as_("head")
    now = datetime.now(UTC) + timedelta(hours=8)
    table = (
        "site,role,username,from,to,deputy_for\nhangzhou,inspector,reviewer,"
        f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M},{now + timedelta(hours=1):%Y-%m-%dT%H:%M},inspector\n"
    )
    assert (await head.ok(head.post("/roster:import", {"table": table})))["imported"] == 1
    deputy = await stack.as_("reviewer")
    assert [one["id"] for one in (await deputy.ok(deputy.get("/me")))["stands_in_for"]] == ["inspector"]
    rules = (await deputy.ok(deputy.get("/deputies")))["items"]
    rule = next(one for one in rules if one["state"] == "in_force")
    assert rule["source"] == "roster" and rule["roles"] == ["inspector"]
    await end(stack, "reviewer", rule["id"])


async def test_afterwards_every_stream_and_table_verifies(stack: Stack) -> None:
    with stack.office.db.read() as session:
        assert verify_all(session) == []
