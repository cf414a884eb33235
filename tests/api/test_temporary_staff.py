"""Temporary staff come in until their last day; what a leaver holds can be looked through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.api.conftest import Stack

YESTERDAY = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
LATER = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()


async def test_a_post_that_ended_closes_session_token_and_login_until_it_is_extended(stack: Stack) -> None:
    admin, person = await stack.as_("admin"), await stack.as_("keeper2")
    grant = (await admin.ok(admin.get("/accounts/keeper2")))["grants"][0]
    assert grant["valid_to"]
    ended = await admin.ok(admin.post(f"/posts/{grant['id']}:set_end", {"valid_to": YESTERDAY, "reason": "left early"}))
    assert ended["grants"][0]["valid_to"] == YESTERDAY
    assert (await person.get("/me")).status_code == 401
    stranger = stack.stranger()
    refused = await stranger.post("/auth/token", data={"username": "keeper2", "password": "demo"})
    assert refused.status_code == 401 and YESTERDAY in refused.text
    await admin.ok(admin.post(f"/posts/{grant['id']}:set_end", {"valid_to": LATER, "reason": "stays"}))
    assert (await person.get("/me")).status_code == 200


async def test_only_the_administrator_sets_the_end_and_not_before_the_beginning(stack: Stack) -> None:
    admin, hr = await stack.as_("admin"), await stack.as_("hr")
    grant = (await admin.ok(admin.get("/accounts/keeper2")))["grants"][0]
    assert (await hr.post(f"/posts/{grant['id']}:set_end", {"valid_to": LATER})).status_code == 403
    assert (await admin.post(f"/posts/{grant['id']}:set_end", {"valid_to": "1999-01-01"})).status_code == 422


async def test_what_a_leaver_holds_is_shown_with_who_could_take_it(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    inspector, hr = await stack.as_("inspector"), await stack.as_("hr")
    await inspector.ok(inspector.post(f"/tasks/{task}:claim"))
    for to, able in (("inspector2", True), ("receiver", False)):
        seen = await hr.ok(hr.get("/accounts/inspector/handover", params={"to": to}))
        mine = next(one for one in seen["tasks"] if one["id"] == task)
        assert mine["can_take"] is able and (mine["why_not"] is None) is able
        assert "inspector2" in {one["id"] for one in mine["candidates"]}
    assert [one["role"] for one in seen["posts"]] == ["inspector"]
    keeper = await stack.as_("keeper")
    assert (await keeper.get("/accounts/inspector/handover")).status_code == 403
