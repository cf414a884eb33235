"""Holds over REST: anybody with business stops goods once, quality alone lets them go, each refusal on record."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Answers, Stack, passed, row, until

SOP = "/definitions/suspect_hold/versions/1.0.0"


async def in_stock(stack: Stack, line: dict[str, Any]) -> None:
    """A delivery of one line, received and waiting for inspection."""
    case = (await stack.start())["id"]
    receiver = await stack.as_("receiver")
    task = await stack.task("receiver", case, "receive")
    await receiver.ok(receiver.post(f"/tasks/{task}:complete", await stack.receipt(line)))
    await stack.task("inspector", case, "inspect")


async def seen(person: Answers, case: str) -> Any:
    """A case, once its first wave is in the database."""
    answer = await person.get(f"/cases/{case}")
    return answer.json() if answer.status_code == 200 else None


def sign(password: str = "demo") -> dict[str, Any]:
    return {"meaning": "quality_rule", "password": password}


@pytest.fixture(scope="module")
async def ruled(stack: Stack) -> Stack:
    """The company with the SOP for doubtful goods in force."""
    sign_it = {"meaning": "approve", "password": "demo"}
    for who, role in (("director", "quality_director"), ("head", "company_head")):
        person = await stack.as_(who)
        answer = await person.post(f"{SOP}:publish", {"role": role, "signature": sign_it})
        assert answer.status_code in (200, 409), answer.text
    return stack


async def test_a_seller_stops_a_lot_with_one_tap_and_only_quality_lets_it_go(ruled: Stack) -> None:
    stack = ruled
    line = row()
    await in_stock(stack, line)
    seller, keeper, qa = [await stack.as_(name) for name in ("seller", "keeper", "qa")]
    key = f"hold-{line['lot_no']}-0001"
    held = await seller.ok(seller.post("/stock/holds", {"lot": line["lot_no"]}, key=key))
    again = await seller.ok(seller.post("/stock/holds", {"lot": line["lot_no"]}, key=key))
    assert held["id"] == again["id"] and (held["quantity"], held["state"], held["whole_lot"]) == (5, "open", True)
    stock = (await keeper.ok(keeper.get("/stock/balances", params={"lot": line["lot_no"]})))["items"]
    assert [one["status"] for one in stock] == ["HOLD"]
    case = await until(lambda: seen(qa, held["case"]), "the case of the hold")
    assert (case["definition"], case["state"], case["start"]["hold_no"]) == ("suspect_hold", "running", held["id"])
    bell = (await qa.ok(qa.get("/notices")))["items"]
    assert any(held["id"] in str(one) for one in bell)

    place = f"/stock/holds/{held['id']}:release"
    wish = {"reason": "包装完好", "signature": sign()}
    answer = await seller.post(place, wish)
    assert answer.status_code == 403, answer.text
    problem = answer.json()
    assert problem["articles"] == ["GSP-74", "GSP-80"] and problem["who_can"] and problem["refusal_id"]
    assert (await qa.post(place, {"reason": "包装完好"})).status_code == 422
    assert (await qa.post(place, {"reason": " ", "to": "REJECTED", "signature": sign()})).json()["errors"]
    assert (await qa.post(place, {**wish, "signature": sign("wrong")})).status_code == 401
    assert (await qa.post(place, {**wish, "to": "QUALIFIED"})).json()["code"] == "inspection_missing"

    key = f"free-{line['lot_no']}-0001"
    freed = await qa.ok(qa.post(place, wish, key=key))
    assert (freed["state"], freed["release"]["by"], freed["release"]["to"]) == ("released", "qa", "PENDING")
    assert (await qa.ok(qa.post(place, wish, key=key)))["release"] == freed["release"]
    assert (await qa.ok(qa.get(f"/cases/{held['case']}")))["state"] == "cancelled"
    late = await qa.post(place, wish)
    assert late.status_code == 409 and late.json()["done_by"] == "qa"
    told = (await qa.ok(qa.get("/refusals", params={"actor": "seller"})))["items"]
    assert any(one["action"] == "release_hold" for one in told)


async def test_what_cannot_be_stopped_is_refused_with_every_fault(stack: Stack) -> None:
    keeper, admin, guest, qa2 = [await stack.as_(name) for name in ("keeper", "admin", "guest", "qa2")]
    faults = (await keeper.post("/stock/holds", {"lot": "NOBODY", "location": "NOWHERE"})).json()["errors"]
    assert {one["pointer"] for one in faults} == {"/lot", "/location"}
    assert (await keeper.post("/stock/holds", {})).status_code == 422
    assert (await keeper.post("/stock/holds", {"lot": "#99999999999999999999"})).status_code == 422
    line = row()
    await in_stock(stack, line)
    for stranger in (admin, guest):
        assert (await stranger.post("/stock/holds", {"lot": line["lot_no"]})).status_code in (403, 422)
    other = await qa2.post("/stock/holds", {"lot": line["lot_no"], "site": "hangzhou"})
    assert other.status_code == 403
    held = await keeper.ok(keeper.post("/stock/holds", {"lot": line["lot_no"], "reason": "标签受潮"}))
    twice = await keeper.post("/stock/holds", {"lot": line["lot_no"]})
    assert (twice.status_code, twice.json()["code"], twice.json()["done_by"]) == (409, "already_held", "keeper")
    listed = (await keeper.ok(keeper.get("/stock/holds", params={"lot": line["lot_no"], "state": "open"})))["items"]
    assert [one["id"] for one in listed] == [held["id"]]
    assert (await qa2.get(f"/stock/holds/{held['id']}")).status_code == 404


async def test_a_case_cannot_release_what_was_stopped_under_it_until_quality_ruled(stack: Stack) -> None:
    case, task = await stack.at_inspection()
    inspector, keeper, qa = [await stack.as_(name) for name in ("inspector", "keeper", "qa")]
    moves = (await keeper.ok(keeper.get("/stock/moves", params={"case": case})))["items"]
    held = await keeper.ok(keeper.post("/stock/holds", {"lot": moves[0]["lot"]}))
    await inspector.ok(inspector.post(f"/tasks/{task}:complete", passed()))
    stock = (await keeper.ok(keeper.get("/stock/balances", params={"lot": moves[0]["lot"]})))["items"]
    assert [one["status"] for one in stock] == ["HOLD"]
    signed = await qa.ok(qa.get(f"/cases/{case}/history"))
    seq = next(one["seq"] for one in signed if (one.get("signature") or {}).get("meaning") == "inspected")
    body = {"to": "QUALIFIED", "reason": "复检合格", "inspection": {"case": case, "seq": seq}, "signature": sign()}
    freed = await qa.ok(qa.post(f"/stock/holds/{held['id']}:release", body))
    assert freed["release"]["to"] == "QUALIFIED"
    stock = (await keeper.ok(keeper.get("/stock/balances", params={"lot": moves[0]["lot"]})))["items"]
    assert [(one["status"], one["quantity"]) for one in stock] == [("QUALIFIED", 5)]
