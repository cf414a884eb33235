"""The UDI database over REST: dry run, import, bad records back, look-up, and who may."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import httpx

from tests.api.conftest import Answers, Stack
from tests.udid.files import device, file_of


async def send(who: Answers, data: bytes, name: str = "UDID_DAY.xml", **asked: Any) -> httpx.Response:
    """Send a file."""
    return await who.client.post("/udid:import", files={"file": (name, data, "application/xml")}, params=asked)


async def test_a_file_is_tried_taken_in_and_looked_up(stack: Stack) -> None:
    qa, receiver = await stack.as_("qa"), await stack.as_("receiver")
    data = file_of(
        device(), device(deviceRecordKey="KEY-2", versionNumber="x"), device(zxxsdycpbs="", deviceRecordKey="")
    )
    tried = (await send(qa, data, dry_run=True)).json()
    assert (tried["state"], tried["dry_run"], tried["counts"]["new"], tried["counts"]["bad"]) == ("done", True, 1, 2)
    assert (await receiver.get("/udid/devices/06975737431158")).status_code == 404
    done = await send(qa, data)
    assert done.status_code == 201
    body = done.json()
    assert (body["counts"]["read"], body["counts"]["new"], body["counts"]["bad"], body["counts"]["declared"]) == (
        3,
        1,
        2,
        3,
    )
    assert [one["code"] for one in body["faults"]] == ["bad_version", "missing", "missing"]
    assert [one["line"] for one in body["faults"]] == [10, 17, 17] and "versionNumber" in body["faults"][0]["message"]
    assert (await send(qa, data)).json()["counts"]["unchanged"] == 1
    found = await receiver.ok(receiver.get("/udid/devices/06975737431158"))
    (item,) = found["items"]
    assert item["required_identifiers"] == ["lot", "made", "expiry"] and item["suggestion"]["temp_max"] == 8
    assert item["history"][0]["status"] == "新增" and item["record"]["ggxh"] == "KPCJ12"
    carton = await receiver.ok(receiver.get("/udid/devices/26975737430209"))
    assert carton["items"][0]["is_pack"] and carton["items"][0]["di"] == "06975737431158"
    listed = await receiver.ok(receiver.get("/udid/imports"))
    assert [one["dry_run"] for one in listed["items"]][:3] == [False, False, True]
    page = await receiver.ok(receiver.get(f"/udid/imports/{body['id']}?limit=1&cursor=1"))
    assert [one["number"] for one in page["faults"]] == [2] and page["next"] == "2"


async def test_a_zip_of_parts_is_one_file(stack: Stack) -> None:
    qa = await stack.as_("qa")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in (1, 2):
            archive.writestr(
                f"UDID_PART{part}.xml", file_of(device(deviceRecordKey=f"Z{part}", zxxsdycpbs=f"Z-{part}"))
            )
    body = (await send(qa, packed.getvalue(), "UDID_FULL.zip")).json()
    assert (body["state"], body["counts"]["read"], body["counts"]["declared"]) == ("done", 2, 2)


async def test_what_is_no_udi_file_stops_with_the_reason(stack: Stack) -> None:
    qa = await stack.as_("qa")
    broken = file_of(device(deviceRecordKey="B1", zxxsdycpbs="B-1"), declared=2).replace(b"</udid>", b"</oops>")
    stopped = (await send(qa, broken)).json()
    assert stopped["state"] == "stopped" and "mismatched tag" in stopped["why"] and stopped["counts"]["read"] == 1
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b"<udid>" + b" " * 60_000_000)
    for name, data, words in (
        ("bomb.zip", bomb.getvalue(), "far too much"),
        ("x.xml", b'<!DOCTYPE u [<!ENTITY a "b">]><udid>&a;</udid>', "DOCTYPE"),
        ("short.xml", file_of(device(deviceRecordKey="S1", zxxsdycpbs="S-1"), declared=5), "says it has 5 records"),
        ("e.zip", b"PK\x05\x06" + bytes(18), "no XML file"),
    ):
        found = (await send(qa, data, name)).json()
        assert words in found["why"], found
    assert (await send(qa, b"x", "list.xlsx")).status_code == 422
    assert (await qa.post("/udid:import")).status_code == 415


async def test_quality_takes_files_in_and_whoever_works_may_read(stack: Stack) -> None:
    receiver, admin = await stack.as_("receiver"), await stack.as_("admin")
    refused = await send(receiver, file_of(device()))
    assert refused.status_code == 403 and "quality_staff" in refused.json()["who_can"]
    assert (await admin.get("/udid/imports")).status_code == 403
    assert (await admin.get("/udid/devices/1")).status_code == 403
    assert (await receiver.get("/udid/imports/none")).status_code == 404
