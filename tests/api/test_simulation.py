"""Simulation and back-test over REST: what they answer, what they refuse, and that nothing is kept."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Stack

NAME = "receiving_inspection"


async def _shipped(stack: Stack) -> dict[str, Any]:
    owner = await stack.as_("owner")
    found = await owner.ok(owner.get(f"/definitions/{NAME}/versions/1.0.0"))
    return {name: found[name] for name in ("yaml", "forms", "tables", "cases")}


async def test_simulation_answers_results_and_coverage(stack: Stack) -> None:
    owner, source = await stack.as_("owner"), await _shipped(stack)
    told = await owner.ok(owner.post("/definitions:simulate", source))
    assert told["ok"] and told["coverage"]["step"]["of"] == 27
    source["cases"] = source["cases"].replace("state: completed", "state: cancelled", 1)
    told = await owner.ok(owner.post("/definitions:simulate", source))
    assert not told["ok"] and told["results"][0]["faults"][0]["zh"] == "案例状态为 completed，应为 cancelled"


async def test_a_draft_whose_tests_fail_is_not_submitted(stack: Stack) -> None:
    owner, source = await stack.as_("owner"), await _shipped(stack)
    source["yaml"] = source["yaml"].replace("version: 1.0.0", "version: 7.7.7", 1)
    source["cases"] = source["cases"].replace("state: completed", "state: cancelled", 1)
    await owner.ok(owner.post("/definitions", source))
    refused = await owner.post(f"/definitions/{NAME}/versions/7.7.7:submit", {"reason": "test"})
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("tests_failed")
    assert refused.json()["errors"][0]["pointer"] == "cases.yaml#/cases/0"


async def test_back_test_of_source_and_of_stored_version(stack: Stack) -> None:
    owner, source = await stack.as_("owner"), await _shipped(stack)
    told = await owner.ok(owner.post("/definitions:backtest", {**source, "last": 3}))
    assert told["cases"] == 3 and told["counts"]["same"] == 3
    again = await owner.ok(owner.post(f"/definitions/{NAME}/versions/1.0.0:backtest", {"last": 3}))
    assert again == told
    case = told["results"][0]["case"]
    routes = await owner.ok(owner.get(f"/definitions/{NAME}/versions/1.0.0/backtest/{case}"))
    assert routes["verdict"] == "same" and all(row["same"] for row in routes["rows"])


async def test_back_test_refuses_others_and_odd_numbers(stack: Stack) -> None:
    inspector, owner = await stack.as_("inspector"), await stack.as_("owner")
    assert (await inspector.post("/definitions:simulate", await _shipped(stack))).status_code == 403
    place = f"/definitions/{NAME}/versions/1.0.0:backtest"
    assert (await inspector.post(place, {"last": 3})).status_code == 403
    assert (await owner.post(place, {"last": 0})).status_code == 422
    assert (await owner.post(f"/definitions/{NAME}/versions/9.9.9:backtest", {})).status_code == 404


async def test_a_forecast_stands_on_history_and_posts_and_its_seed(stack: Stack) -> None:
    owner, source = await stack.as_("owner"), await _shipped(stack)
    wish = {**source, "per_day": 4, "people": {"inspector": 1}, "days": 14, "runs": 2, "seed": 9}
    told = await owner.ok(owner.post("/definitions:forecast", wish))
    assert told["cases"]["began"] > 20 and told["people"]["inspector"] == 1
    assert {one["role"] for one in told["roles"]} >= {"receiver", "inspector", "warehouse_keeper"}
    assert told["known_people"]["quality_staff"] >= 1 and told["history"] >= 3
    assert told["bottleneck"]["text"]["zh"]
    assert await owner.ok(owner.post("/definitions:forecast", wish)) == told
    huge = await owner.post("/definitions:forecast", {**wish, "per_day": 9000, "days": 365})
    assert huge.status_code == 422 and huge.json()["type"].endswith("forecast_too_large")
    inspector = await stack.as_("inspector")
    assert (await inspector.post("/definitions:forecast", wish)).status_code == 403
