"""Products, partners and places over REST: searched, by cursor, in one view, and changed by P-46 alone."""

from __future__ import annotations

from typing import Any

import pytest

from domain.master_data.loading import TEMPLATES
from records import sheet_rows
from services import sheets
from services.first_loading import XLSX
from tests.api.conftest import Stack
from tests.api.test_sop_over_rest import closed


@pytest.mark.parametrize(
    "q", ["留置针", "liuzhizhen", "lzz", "P-1001", "06970456004072", "6970456004072", "ｐ－１００１"]
)
async def test_a_product_is_found_however_it_is_typed_or_scanned(stack: Stack, q: str) -> None:
    keeper = await stack.as_("keeper")
    found = await keeper.ok(keeper.get("/products", params={"q": q}))
    assert "P-1001" in {one["code"] for one in found["items"]}


async def test_pages_follow_each_other_without_gap_or_repeat(stack: Stack) -> None:
    keeper = await stack.as_("keeper")
    whole = [one["code"] for one in (await keeper.ok(keeper.get("/products?limit=200")))["items"]]
    codes: list[str] = []
    cursor: Any = None
    while True:
        page = await keeper.ok(keeper.get("/products", params={"limit": 7, **({"cursor": cursor} if cursor else {})}))
        codes += [one["code"] for one in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert codes == whole == sorted(whole)
    assert (await keeper.get("/products?cursor=nonsense")).status_code == 422


async def test_one_view_of_a_product_and_its_history(stack: Stack) -> None:
    qa = await stack.as_("qa")
    found = await qa.ok(qa.get("/products/P-1001"))
    assert found["dis"][0]["di"] == "06970456004072"
    assert found["history"][-1]["action"] == "created" and found["history"][-1]["by"] == "system"
    assert found["registration_days_left"] > 0 and found["qualification"] is not None
    missing = await qa.get("/products/NOPE")
    assert missing.status_code == 404 and "NOPE" in missing.json()["title"] + missing.json()["detail"]


async def test_one_view_of_a_partner_and_prices_only_for_whom_they_concern(stack: Stack) -> None:
    buyer, keeper = await stack.as_("buyer"), await stack.as_("keeper")
    found = await buyer.ok(buyer.get("/partners/SUP-003"))
    assert {paper["kind"] for paper in found["papers"]} >= {"business_license", "authorization_letter"}
    assert found["performance"]["ordered_units"] > 0 and found["prices"] is not None
    hidden = await keeper.ok(keeper.get("/partners/SUP-003"))
    assert hidden["prices"] is None and hidden["contracts"] is None


async def test_places_are_those_of_the_callers_sites(stack: Stack) -> None:
    keeper = await stack.as_("keeper")
    found = await keeper.ok(keeper.get("/locations?zone=pending"))
    assert found["items"] and {one["zone"] for one in found["items"]} == {"pending"}


async def test_whoever_only_keeps_the_system_running_reads_nothing(stack: Stack) -> None:
    admin = await stack.as_("admin")
    for path in ("/products", "/partners", "/locations", "/products/P-1001", "/partners/SUP-003"):
        assert (await admin.get(path)).status_code == 403


async def signed(stack: Stack, who: str, case: str, step: str, meaning: str, outcome: str | None, **data: Any) -> None:
    """One step of the change, done and signed."""
    person, task = await stack.as_(who), await stack.task(who, case, step)
    body: dict[str, Any] = {"data": data, "signature": {"meaning": meaning, "password": "demo"}}
    await person.ok(person.post(f"/tasks/{task}:complete", body | ({"outcome": outcome} if outcome else {})))


async def in_force(stack: Stack) -> None:
    """Both signatures of the company under the shipped SOP."""
    for who, role in (("director", "quality_director"), ("head", "company_head")):
        person = await stack.as_(who)
        version = await person.ok(person.get("/definitions/access_and_master_data/versions/1.0.0"))
        if version["state"] == "submitted":
            body = {"role": role, "signature": {"meaning": "approve", "password": "demo"}}
            await person.ok(person.post("/definitions/access_and_master_data/versions/1.0.0:publish", body))


async def test_a_change_goes_through_review_approval_and_execution(stack: Stack) -> None:
    await in_force(stack)
    buyer = await stack.as_("buyer")
    before = await buyer.ok(buyer.get("/partners/SUP-004"))
    line = {
        "field_name": "partner.phone", "master_data_before": before["phone"] or "", "master_data_after": "0571-8893 4421",
    }  # fmt: skip
    start = {
        "request_kind": "master_data", "subject_kind": "partner", "subject_code": "SUP-004", "change_action": "change",
        "changes": [{key: value for key, value in line.items() if value}], "change_reason": "电话更换，见来函",
    }  # fmt: skip
    body = {"definition": "access_and_master_data", "start": start}
    case = (await buyer.ok(buyer.post("/cases", body)))["id"]
    lines = [{"field_name": "partner.phone", "master_data_after": "0571-8893 4421"}]
    await signed(
        stack, "qa", case, "quality_review", "review", "agreed", changes=lines, quality_opinion="已电话核实来函"
    )
    await signed(stack, "director", case, "approve", "approve", "approved", decision="同意")
    await signed(stack, "qa", case, "execute", "performed", None)
    await closed(stack, case)
    found = await buyer.ok(buyer.get("/partners/SUP-004"))
    newest = found["history"][0]
    assert (found["phone"], newest["by"], newest["case"]) == ("0571-8893 4421", "qa", case)
    assert (found["uscc"], found["contact"]) == (before["uscc"], before["contact"])  # nothing else moved
    assert [one["field"] for one in newest["changed"]] == ["phone"] and newest["reason"] == "电话更换，见来函"


async def sheet(stack: Stack, *rows: dict[str, Any]) -> str:
    """An uploaded sheet of products."""
    qa = await stack.as_("qa")
    book = sheets.write(TEMPLATES["products"], [(row, "", "") for row in rows])
    answer = await qa.client.post("/attachments", files={"file": ("products.xlsx", book, XLSX)})
    assert answer.status_code == 201, answer.text
    return answer.json()["sha256"]


async def test_a_sheet_is_tried_loaded_once_and_the_rest_comes_back_with_reasons(stack: Stack) -> None:
    good = {
        "code": "L-1", "name": "医用纱布", "specification": "10片", "device_class": "一类", "registration_no": "沪械备20230001",
        "registrant_name": "某公司", "unit": "包", "storage_condition": "常温",
    }  # fmt: skip
    sha, qa, keeper = (
        await sheet(stack, good, {**good, "code": "L-2", "unit": "包包"}),
        await stack.as_("qa"),
        await stack.as_("keeper"),
    )
    tried = await qa.ok(qa.post("/loading/products", {"sha256": sha}))
    assert (tried["loaded"], tried["refused"]) == (1, 1)
    assert (await qa.get("/products/L-1")).status_code == 404  # a dry run writes nothing
    wish = {"sha256": sha, "dry_run": False, "reason": "首次导入", "password": "demo"}
    done = await qa.ok(qa.post("/loading/products", wish))
    again = await qa.ok(qa.post("/loading/products", wish))
    assert (done["loaded"], again["loaded"], again["already"], again["refused"]) == (1, 0, 1, 1)
    back = await qa.get(f"/attachments/{done['returned']['sha256']}")
    ((_, row),) = sheet_rows.read(TEMPLATES["products"], back.content).rows
    assert row["code"] == "L-2" and done["faults"][0]["code"] == "unknown_unit"
    assert (await qa.ok(qa.get("/products/L-1")))["history"][0]["reason"] == "首次导入"
    assert (await keeper.post("/loading/products", wish)).status_code == 403
    assert (await qa.post("/loading/products", {**wish, "password": "wrong"})).status_code == 401
