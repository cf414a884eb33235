"""Notifications, deliveries and messages over REST: what makes no sense is refused, never a failure of the server."""

from __future__ import annotations

import pytest

from tests.api.conftest import Stack

BAD_CURSORS = ("x", "e30=", "WyJhIl0=", "é")


@pytest.mark.parametrize("path", ["/deliveries", "/messages"])
@pytest.mark.parametrize("cursor", BAD_CURSORS)
async def test_a_cursor_that_is_none_of_ours_is_refused(stack: Stack, path: str, cursor: str) -> None:
    person = await stack.as_("qa")
    answer = await person.get(path, params={"cursor": cursor})
    assert answer.status_code == 422 and answer.json()["code"] == "bad_cursor"


async def test_a_person_reads_and_changes_their_own_choices(stack: Stack) -> None:
    seller = await stack.as_("seller")
    wanted = {"kinds": {"task": ["email"]}, "quiet": {"from": "22:00", "to": "07:00"}, "digest": "hourly"}
    kept = await seller.ok(seller.client.put("/me/notifications", json=wanted))
    assert kept == await seller.ok(seller.get("/me/notifications"))
    assert (kept["quiet"], kept["digest"]) == ({"from": "22:00", "to": "07:00"}, "hourly")
    refused = await seller.client.put("/me/notifications", json={"digest": "weekly"})
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/digest"


async def test_an_address_of_a_channel_that_is_not_set_up_is_refused(stack: Stack) -> None:
    seller = await stack.as_("seller")
    answer = await seller.client.put("/me/contacts/email", json={"address": "seller@example.com"})
    assert (answer.status_code, answer.json()["code"]) == (409, "channel_not_set_up")


async def test_the_register_is_not_for_everybody(stack: Stack) -> None:
    seller = await stack.as_("seller")
    assert (await seller.get("/deliveries")).status_code == 403
    admin = await stack.as_("admin")
    assert (await admin.ok(admin.get("/deliveries")))["items"] == []
    assert (await admin.post("/deliveries/none:retry")).status_code == 404
