"""The warehouse SOPs over REST: each thing that the law forbids is refused with its article, the rest goes through."""

from __future__ import annotations

import re
from typing import Any

import pytest

from domain.canonical import dumps
from tests.api.conftest import Stack, until

QA: dict[str, Any] = {"signature": {"meaning": "quality_rule", "password": "demo"}}
OPINION = "查阅检验结果和供货者说明，理由充分。"
RED: dict[str, Any] = {"data": {"location_code": "HZ-N-01"}, "signature": {"meaning": "performed"}}


async def case_of(stack: Stack, definition: str, **more: str) -> str:
    """The demo's case of a definition; with `lot`, the one about that lot, whatever else other tests began."""
    qa = await stack.as_("qa")
    listed = await qa.ok(qa.get("/cases", params={"definition": definition, **more}))
    return str(listed["items"][0]["id"])


async def act(stack: Stack, who: str, case: str, step: str, body: Any, outcome: str | None = None) -> Any:
    """Complete a step of a case; the answer whatever it is."""
    person, task = await stack.as_(who), await stack.task(who, case, step)
    return await person.post(f"/tasks/{task}:complete", body | ({"outcome": outcome} if outcome else {}))


async def done(stack: Stack, who: str, case: str, step: str, body: Any, outcome: str | None = None) -> None:
    answer = await act(stack, who, case, step, body, outcome)
    assert answer.status_code in (200, 202), answer.text


def refused(answer: Any, rule: str, article: str) -> None:
    assert answer.status_code == 403, answer.text
    body = answer.json()
    assert body["rule"] == rule and article in body["articles"] and body["refusal_id"]


async def stock_of(stack: Stack, lot: str, who: str = "qa") -> dict[tuple[str, str], int]:
    qa = await stack.as_(who)
    rows = (await qa.ok(qa.get("/stock/balances", params={"lot": lot})))["items"]
    return {(row["location"], row["status"]): row["quantity"] for row in rows}


def words(told: Any) -> str:
    """An answer as text, without its hashes: any four digits may stand in one."""
    return re.sub(r"[0-9a-f]{32,}", "#", dumps(told))


async def ended(stack: Stack, case: str, who: str = "qa") -> None:
    qa = await stack.as_(who)

    async def look() -> Any:
        return (await qa.ok(qa.get(f"/cases/{case}")))["state"] == "completed"

    await until(look, f"{case} does not end")


async def test_a_count_is_blind_explained_and_signed_by_others_before_the_books_follow(
    stack: Stack,
) -> None:
    case = await case_of(stack, "stocktake")
    reviewer = await stack.as_("reviewer")
    task = await stack.task("reviewer", case, "recount")
    told = [
        await reviewer.ok(reviewer.get(path)) for path in (f"/tasks/{task}", f"/cases/{case}", f"/cases/{case}/history")
    ]
    assert "7998" not in words(told) and "8000" not in words(told)
    keeper = await stack.as_("keeper")
    assert "8000" not in words(await keeper.ok(keeper.get(f"/cases/{case}")))
    count = {"recount_lines": [{"line_no": "C1", "counted_quantity": 7998}]}
    await done(stack, "reviewer", case, "recount", {"data": count, "signature": {"meaning": "performed"}})
    cause: Any = {"data": {"differences": [{"line_no": "C1"}]}, "signature": {"meaning": "investigated"}}
    assert (await act(stack, "keeper", case, "explain", cause)).status_code == 422
    cause["data"]["differences"][0]["variance_reason"] = "零星发货漏扫两只，已补单据"
    await done(stack, "keeper", case, "explain", cause)
    sign: Any = {
        "data": {"quality_opinion": "原因清楚，同意调整。"},
        "signature": {"meaning": "approve", "password": "demo"},
    }
    counter = await stack.as_("reviewer")
    finance_task = await stack.task("finance", case, "sign_off")
    assert (await counter.post(f"/tasks/{finance_task}:complete", sign | {"outcome": "approved"})).status_code == 403
    await done(stack, "finance", case, "sign_off", sign, "approved")
    assert await stock_of(stack, "M2611B") == {("HZ-A-02-01", "QUALIFIED"): 8000}
    await done(stack, "qa", case, "sign_off", sign, "approved")
    await ended(stack, case)
    assert await stock_of(stack, "M2611B") == {("HZ-A-02-01", "QUALIFIED"): 7998}


async def test_suspect_goods_go_by_quality_alone_and_rejected_ones_are_returned_or_destroyed(stack: Stack) -> None:
    case = await case_of(stack, "suspect_hold", lot="MQ2610")
    assert await stock_of(stack, "MQ2610") == {("HZ-Q-03", "HOLD"): 296, ("HZ-Q-02", "REJECTED"): 4}
    keeper, task = await stack.as_("keeper"), await stack.task("qa", case, "ruling")
    ruling: Any = {"data": {"quality_opinion": OPINION}, **QA}
    assert (await keeper.post(f"/tasks/{task}:complete", ruling | {"outcome": "approved"})).status_code == 403
    await done(stack, "qa", case, "ruling", ruling, "approved")
    await done(stack, "director", case, "confirm", ruling, "rejected")
    await ended(stack, case)
    assert ("HZ-Q-03", "REJECTED") in await stock_of(stack, "MQ2610")

    handling = await case_of(stack, "nonconforming_handling", lot="MQ2610")
    confirm: Any = {"data": {"nonconformity_description": "封口不完整", "quality_opinion": OPINION}, **QA}
    refused(await act(stack, "qa", handling, "confirm", confirm, "pass"), "RULE-22", "GSP-69")
    await done(stack, "qa", handling, "confirm", confirm, "confirmed")
    shelf = {"data": {"location_code": "HZ-A-01-03"}, "signature": {"meaning": "performed"}}
    refused(await act(stack, "keeper", handling, "move_red", shelf), "RULE-08", "GSP-69")
    await done(stack, "keeper", handling, "move_red", RED)
    decide: Any = {
        "data": {"disposal_method": "destroy", "destruction_place": "固废中心", "destruction_method": "焚烧"}
    }
    decide["data"]["quality_opinion"] = OPINION
    decide["signature"] = {"meaning": "decide", "password": "demo"}
    await done(stack, "qa", handling, "decide", decide)
    agree: Any = {"data": {"quality_opinion": "同意销毁。"}, "signature": {"meaning": "approve", "password": "demo"}}
    await done(stack, "director", handling, "approve_destruction", agree, "approved")
    burnt: Any = {
        "data": {"destruction_date": "2026-11-24", "destruction_place": "固废中心", "destruction_method": "焚烧"}
    }
    burnt["signature"] = {"meaning": "performed", "password": "demo"}
    assert (await act(stack, "keeper", handling, "destroy", burnt)).status_code == 422
    burnt["data"]["destruction_evidence"] = await stack.note_file()
    await done(stack, "keeper", handling, "destroy", burnt)
    seen: Any = {
        "data": {"quality_opinion": "现场核对无误。"},
        "signature": {"meaning": "verified", "password": "demo"},
    }
    await done(stack, "qa", handling, "witness", seen, "seen")
    await ended(stack, handling)
    assert await stock_of(stack, "MQ2610") == {}


async def test_doubtful_goods_are_set_apart_where_they_may_stand_and_a_cancelled_case_lets_nothing_go(
    stack: Stack,
) -> None:
    keeper = await stack.as_("keeper")
    start = {"product_code": "P-2001", "lot_no": "B20261103", "lock_reason": "冷库报警，箱体结霜"}
    case = (await keeper.ok(keeper.post("/cases", {"definition": "suspect_hold", "start": start})))["id"]
    apart: Any = {"data": {"isolation_way": "moved", "location_code": "HZ-N-01"}, "signature": {"meaning": "performed"}}
    refused(await act(stack, "keeper", case, "isolate", apart), "RULE-09", "GSP-42")
    apart["data"]["location_code"] = "HZ-C-02-01"
    refused(await act(stack, "keeper", case, "isolate", apart), "RULE-08", "GSP-40")
    apart["data"]["location_code"] = "HZ-QC-02"
    await done(stack, "keeper", case, "isolate", apart)
    answer = await keeper.post(f"/cases/{case}:cancel", {"reason": "误报，重新登记"})
    assert answer.status_code in (200, 202), answer.text
    still = await stock_of(stack, "B20261103")
    assert {status for _, status in still} == {"HOLD"}, still  # wherever it stands


@pytest.mark.parametrize("process", ["expiry_control", "stock_inspection"])
async def test_the_rounds_start_by_a_schedule(stack: Stack, process: str) -> None:
    owner = await stack.as_("owner")
    start: Any = {"warehouse": "NB", "period": "{day}"} | (
        {"near_expiry_days": 90} if process == "expiry_control" else {}
    )
    wish: Any = {
        "process": process, "site": "ningbo", "title": {"zh": "定期", "en": "Round"}, "reason": "GSP 73, 76",
        "rhythm": {"every": "day", "at": "06:00"}, "start": start,
    }  # fmt: skip
    answer = await owner.client.put(f"/schedules/{process}_round", json=wish)
    assert answer.status_code == 200, answer.text
