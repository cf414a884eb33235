"""The edges of the interface: who is let in, how errors look, what a request may hold, what a file may be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.api.conftest import PNG, Stack


async def session_cookie(stack: Stack, username: str) -> str:
    from services import people

    return (await people.login(stack.office, username, "demo")).token


async def test_wrong_password_and_missing_token_are_401_with_a_challenge(stack: Stack) -> None:
    nobody = stack.stranger()
    wrong = await nobody.post("/auth/token", data={"username": "nobody-here", "password": "x"})
    missing = await nobody.get("/me")
    forged = await nobody.get("/me", headers={"Authorization": "Bearer gsp_forged"})
    for answer in (wrong, missing, forged):
        assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail"} <= answer.json().keys()


async def test_too_many_wrong_passwords_close_the_door_for_a_while(stack: Stack) -> None:
    nobody = stack.stranger()
    answers = [await nobody.post("/auth/token", data={"username": "throttled", "password": "x"}) for _ in range(6)]
    assert answers[0].status_code == 401 and answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_read_only_token_cannot_write(stack: Stack) -> None:
    nobody = stack.stranger()
    made = await nobody.post("/auth/token", data={"username": "finance", "password": "demo", "scope": "read"})
    headers = {"Authorization": f"Bearer {made.json()['access_token']}"}
    assert (await nobody.get("/me", headers=headers)).status_code == 200
    refused = await nobody.patch("/me", json={"language": "zh"}, headers=headers)
    assert refused.status_code == 403 and refused.json()["rule"] == "token_scope"


async def test_cookie_of_the_web_works_only_from_our_own_pages(stack: Stack) -> None:
    token = await session_cookie(stack, "trainer")
    client = stack.stranger(Cookie=f"gspflow_session={token}")
    assert (await client.get("/me")).json()["user"] == "trainer"
    body = {"language": "zh"}
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await client.patch("/me", json=body, headers=headers)
        assert answer.status_code == 403 and answer.json()["rule"] == "same_origin", headers
    assert (await client.patch("/me", json=body, headers={"Origin": "http://test"})).status_code == 200
    assert (await client.patch("/me", json=body, headers={"Sec-Fetch-Site": "same-origin"})).status_code == 200


async def test_language_follows_the_request_then_the_account(stack: Stack) -> None:
    aftersales = await stack.as_("aftersales")
    await aftersales.ok(aftersales.client.patch("/me", json={"language": "zh"}))
    plain = await aftersales.get("/cases/nothing")
    english = await aftersales.get("/cases/nothing", headers={"Accept-Language": "fr, en;q=0.8, zh;q=0.2"})
    assert "没有" in plain.json()["detail"] and english.json()["detail"].startswith("There is no")


async def test_unknown_addresses_and_methods_are_problems(stack: Stack) -> None:
    qa = await stack.as_("qa")
    for path in ("/recalls", "/tasks/x:no-such-verb", "/temperature/readings"):
        answer = await qa.client.post(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path
    assert (await qa.client.delete("/me")).status_code == 405
    root = httpx.AsyncClient(transport=httpx.ASGITransport(stack.app), base_url="http://test")
    assert (await root.get("/api/v2/x")).headers["content-type"] == "application/problem+json"


async def test_description_is_openapi_3_1_and_its_page_asks_no_other_server(stack: Stack) -> None:
    document = (await stack.stranger().get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1") and "/tasks/{id}:complete" in document["paths"]
    assert document["servers"] == [{"url": "/api/v1"}]
    root = httpx.AsyncClient(transport=httpx.ASGITransport(stack.app), base_url="http://test")
    page = (await root.get("/api/docs")).text
    assert "/api/v1/tasks/{id}:complete" in page and "://" not in page and "<script" not in page


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "not_json"),
        (b'{"a": NaN}', "not_json"),
        (b'{"yaml": "\\u0000"}', "not_text"),
        (b'{"yaml": "\\ud800"}', "not_text"),
        (b'{"a": 123456789012345678901234567890}', "number_range"),
        (b'{"a": 0.1234567890123456789}', "number_digits"),
        (b"[" * 100_000, "not_json"),
        (b'{"a":' + b"[" * 60 + b"]" * 60 + b"}", "too_deep"),
        (b'{"yaml": 5}', "invalid_request"),
        (b'{"yaml": "x", "surprise": 1}', "invalid_request"),
        (b"[]", "invalid_request"),
        (b"", "invalid_request"),
    ],
)
async def test_body_that_cannot_be_read_is_422(stack: Stack, body: bytes, code: str) -> None:
    owner = await stack.as_("owner")
    answer = await owner.client.post("/definitions:check", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422 and answer.json()["errors"], answer.text
    assert answer.json()["code"] in (code, "too_deep"), answer.text


async def test_body_over_a_megabyte_is_413_however_it_is_sent(stack: Stack) -> None:
    owner = await stack.as_("owner")
    big = json.dumps({"yaml": "x" * 1_100_000}).encode()

    async def unannounced() -> AsyncIterator[bytes]:
        for start in range(0, len(big), 65536):
            yield big[start : start + 65536]

    for content in (big, unannounced()):
        answer = await owner.client.post(
            "/definitions:check", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 413


async def test_decimals_keep_their_digits_through_draft_and_back(stack: Stack) -> None:
    _, task = await stack.at_inspection()
    inspector = await stack.as_("inspector")
    text = b'{"data":{"box_temp":4.123456789012,"small":0.000000000001,"whole":7.0}}'
    saved = await inspector.client.put(
        f"/tasks/{task}/draft", content=text, headers={"Content-Type": "application/json"}
    )
    assert saved.status_code == 200
    raw = (await inspector.get(f"/tasks/{task}")).text
    assert '"box_temp":4.123456789012' in raw and '"small":1e-12' in raw and '"whole":7' in raw


# ------------------------------------------------------------------ files


async def upload(stack: Stack, content: bytes, name: str = "note.png", kind: str = "image/png") -> httpx.Response:
    receiver = await stack.as_("receiver")
    return await receiver.client.post("/attachments", files={"file": (name, content, kind)})


async def test_file_is_kept_by_its_hash_and_served_without_a_chance_to_run(stack: Stack) -> None:
    content = PNG + b"once"
    kept = await upload(stack, content, "../../送货单.png")
    assert kept.status_code == 201 and kept.json()["sha256"] == hashlib.sha256(content).hexdigest()
    assert kept.json()["name"] == "送货单.png"
    receiver = await stack.as_("receiver")
    got = await receiver.get(f"/attachments/{kept.json()['sha256']}")
    assert got.content == content and got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"] and "filename*=" in got.headers["content-disposition"]
    assert (await stack.stranger().get(f"/attachments/{kept.json()['sha256']}")).status_code == 401


@pytest.mark.parametrize(
    ("content", "name", "kind", "status"),
    [
        (b"<html><script>alert(1)</script></html>", "note.html", "image/png", 422),
        (b"<svg onload='x()'/>", "note.svg", "image/svg+xml", 422),
        (b"MZ\x00\x00program", "note.png", "image/png", 422),
        (b"", "note.png", "image/png", 422),
        (PNG + bytes(1024 * 1024), "note.png", "image/png", 413),
        (PNG + bytes(1024 * 1024 + 70_000), "note.png", "image/png", 413),
    ],
)
async def test_file_of_another_kind_or_too_large_is_refused(
    stack: Stack, content: bytes, name: str, kind: str, status: int
) -> None:
    answer = await upload(stack, content, name, kind)
    assert answer.status_code == status, answer.text
    assert not [one for one in stack.office.attachments.iterdir() if one.name.startswith(".incoming")]


def form(*parts: bytes, end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + end


FILE = b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + PNG


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (form(FILE, FILE), "several_files"),
        (form(FILE, end=b""), "incomplete"),
        (form(b'Content-Disposition: form-data; name="x"\r\n\r\nonly a field'), "no_file"),
        (form(b'Content-Disposition: form-data; name="x"\r\n\r\n' + bytes(200_000), FILE), "too_much_around"),
        (form(FILE, b'Content-Disposition: form-data; name="x"\r\n\r\n' + bytes(200_000)), "too_much_around"),
        (b"no boundary at all", "bad_multipart"),
        (form(b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n", FILE), "bad_multipart"),
    ],
)
async def test_odd_multipart_bodies_are_refused_and_leave_nothing(stack: Stack, body: bytes, code: str) -> None:
    receiver = await stack.as_("receiver")
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await receiver.client.post("/attachments", content=body, headers=headers)
    assert answer.status_code in (413, 422), answer.text
    assert answer.json()["code"] in (code, "too_much_around"), answer.text
    assert not [one for one in stack.office.attachments.iterdir() if one.name.startswith(".incoming")]


async def test_file_sent_as_something_else_is_415(stack: Stack) -> None:
    receiver = await stack.as_("receiver")
    answer = await receiver.client.post("/attachments", content=PNG, headers={"Content-Type": "image/png"})
    assert answer.status_code == 415


async def test_people_who_only_read_store_no_files(stack: Stack) -> None:
    for name in ("guest", "admin"):
        reader = await stack.as_(name)
        answer = await reader.client.post("/attachments", files={"file": ("note.png", PNG, "image/png")})
        assert answer.status_code == 403 and answer.json()["refusal_id"], name


# ------------------------------------------------------------------ definitions


async def test_new_version_is_checked_saved_signed_by_two_and_takes_new_cases(stack: Stack) -> None:
    owner, director, head = await stack.as_("owner"), await stack.as_("director"), await stack.as_("head")
    shipped: Any = await owner.ok(owner.get("/definitions/receiving_inspection/versions/1.0.0"))
    files = {name: shipped[name] for name in ("forms", "tables", "cases")}
    source = {"yaml": shipped["yaml"].replace("version: 1.0.0", "version: 1.0.1", 1), **files}
    broken = {**source, "yaml": source["yaml"].replace("task: inspector", "task: wizard", 1)}
    findings = (await owner.ok(owner.post("/definitions:check", broken)))["findings"]
    assert findings and findings[0]["line"] > 1
    assert (await owner.ok(owner.post("/definitions:check", source)))["ok"] is True
    saved = await owner.post("/definitions", source)
    assert saved.status_code == 201 and saved.headers["etag"] == '"1"'
    stale = await owner.client.post("/definitions", json=source, headers={"If-Match": '"7"'})
    assert stale.status_code == 409
    again = await owner.client.post("/definitions", json=source, headers={"If-Match": '"1"'})
    assert again.status_code == 200 and again.headers["etag"] == '"2"'
    place = "/definitions/receiving_inspection/versions/1.0.1"
    sign = {"role": "quality_director", "signature": {"meaning": "approve", "password": "demo"}}
    assert (await director.post(f"{place}:publish", sign)).status_code == 409
    await owner.ok(owner.post(f"{place}:submit", {"reason": "test"}))
    assert (await owner.post(f"{place}:publish", {**sign, "role": "company_head"})).status_code == 403
    await director.ok(director.post(f"{place}:publish", sign))
    twice = await director.post(f"{place}:publish", {**sign, "role": "company_head"})
    assert twice.status_code == 403 and twice.json()["rule"] == "RULE-18"
    done = await head.ok(head.post(f"{place}:publish", {**sign, "role": "company_head"}))
    assert done["state"] == "effective"
    assert (await stack.start())["version"] == "1.0.1"
    diff = await owner.ok(owner.get("/definitions/receiving_inspection/diff", params={"old": "1.0.0", "new": "1.0.1"}))
    assert diff["severity"] in (None, "patch")


async def test_a_number_that_says_less_than_the_change_is_refused_and_names_the_change(stack: Stack) -> None:
    owner = await stack.as_("owner")
    shipped: Any = await owner.ok(owner.get("/definitions/receiving_inspection/versions/1.0.0"))
    files = {name: shipped[name] for name in ("forms", "tables", "cases")}
    files["cases"] = files["cases"].replace("reached: [refuse, refused]", "reached: [refused]", 1)
    for number, status in (("1.9.7", 422), ("0.9.0", 422), ("3.0.0", 200)):
        yaml = shipped["yaml"].replace("version: 1.0.0", f"version: {number}", 1)
        yaml = yaml.replace("on: {refused: refuse}\n", "on: {refused: refused}\n", 1)
        assert (await owner.post("/definitions", {"yaml": yaml, **files})).status_code == 201
        answer = await owner.post(f"/definitions/receiving_inspection/versions/{number}:submit", {"reason": "test"})
        assert answer.status_code == status, answer.text
        if number == "1.9.7":
            assert answer.json()["code"] == "version_too_low" and "2.0.0" in answer.json()["detail"]
            assert "/on" in answer.json()["errors"][0]["pointer"]


async def test_reads_of_auditor_and_guest_are_on_record(stack: Stack) -> None:
    from records import audit

    guest = await stack.as_("guest")
    case = (await stack.start())["id"]
    await guest.ok(guest.get(f"/cases/{case}"))
    await guest.ok(guest.get("/definitions"))
    found = await stack.office.db.reading(audit.events, "admin", actor="guest", limit=50)
    assert {f"case/{case}", "definitions"} <= {row.subject for row in found if row.action == "read"}


async def test_scanned_code_is_read_or_refused_with_its_place(stack: Stack) -> None:
    keeper = await stack.as_("keeper")
    good = await keeper.ok(keeper.post("/udi:parse", {"barcode": "(01)06931287004440(17)280101(10)M26"}))
    assert (good["di"], good["lot"], good["expiry"]) == ("06931287004440", "M26", "2028-01-01")
    bad = await keeper.post("/udi:parse", {"barcode": "(01)06931287004441"})
    assert bad.status_code == 422 and bad.json()["errors"][0]["pointer"] == "/barcode"


async def test_acceptance_record_is_a_pdf_in_both_languages(stack: Stack) -> None:
    case, _ = await stack.at_inspection()
    qa = await stack.as_("qa")
    for lang in ("zh", "en"):
        answer = await qa.get(f"/cases/{case}/documents/acceptance.pdf", params={"lang": lang})
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF-")
