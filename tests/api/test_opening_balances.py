"""Opening the books over REST: the sheet is tried, handed in, signed by two who did not count, and booked."""

from __future__ import annotations

from typing import Any

from domain.master_data.opening import SHEET
from services import sheets
from services.first_loading import XLSX
from tests.api.conftest import PNG, Answers, Stack, until

ROW: dict[str, Any] = {
    "location_code": "HZ-A-02-01", "product_code": "P-1007", "expiry_date": "2029-01-31", "stock_status": "合格",
    "counted_quantity": 40, "book_quantity": 42, "variance_reason": "旧账漏记报损", "supplier_code": "SUP-003",
}  # fmt: skip


async def upload(person: Answers, content: bytes, name: str, kind: str) -> Any:
    answer = await person.client.post("/attachments", files={"file": (name, content, kind)})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def handed_in(stack: Stack, case: str, *rows: dict[str, Any]) -> None:
    keeper = await stack.as_("keeper")
    sheet = await upload(keeper, sheets.write(SHEET, [(row, "", "") for row in rows]), "opening.xlsx", XLSX)
    data = {"opening_sheet": sheet, "count_evidence": await upload(keeper, PNG, "count.png", "image/png")}
    task = await stack.task("keeper", case, "load")
    body = {"data": data, "outcome": "done", "signature": {"meaning": "performed"}}
    answer = await keeper.post(f"/tasks/{task}:complete", body)
    assert answer.status_code in (200, 202), answer.text


async def test_counted_goods_are_booked_when_finance_and_quality_have_signed(stack: Stack) -> None:
    manager, qa = await stack.as_("manager"), await stack.as_("qa")
    start = {"warehouse": "HZ", "cut_off_date": "2026-11-20"}
    case = (await manager.ok(manager.post("/cases", {"definition": "opening_balances", "start": start})))["id"]
    await handed_in(stack, case, ROW | {"lot_no": "OPENREST", "location_code": "HZ-X"})
    keeper = await stack.as_("keeper")
    task = await stack.task("keeper", case, "load")
    shown = await keeper.ok(keeper.get(f"/tasks/{task}"))
    assert "HZ-X" in shown["data"]["refused_rows"][0]["reason_zh"]
    await handed_in(stack, case, ROW | {"lot_no": "OPENREST"})
    for who in ("finance", "qa"):
        assert await balances(stack) == []
        person, task = await stack.as_(who), await stack.task(who, case, "sign_off")
        sign = {"data": {"quality_opinion": "账实核对无误"}, "outcome": "approved"}
        assert (await person.post(f"/tasks/{task}:complete", sign)).status_code == 422  # nothing without a signature
        await person.ok(
            person.post(f"/tasks/{task}:complete", sign | {"signature": {"meaning": "approve", "password": "demo"}})
        )

    async def look() -> Any:
        return (await qa.ok(qa.get(f"/cases/{case}")))["state"] == "completed"

    await until(look, f"{case} does not end")
    assert await balances(stack) == [("HZ-A-02-01", "QUALIFIED", 40)]
    (posting,) = (await qa.ok(qa.get("/stock/postings", params={"case": case})))["items"]
    assert posting["kind"] == "opening" and posting["voucher"]


async def balances(stack: Stack) -> list[tuple[str, str, int]]:
    qa = await stack.as_("qa")
    rows = (await qa.ok(qa.get("/stock/balances", params={"lot": "OPENREST"})))["items"]
    return [(row["location"], row["status"], row["quantity"]) for row in rows]


async def test_a_sheet_is_tried_before_it_is_handed_in(stack: Stack) -> None:
    keeper = await stack.as_("keeper")
    assert (await keeper.get("/loading/opening_stock")).content[:2] == b"PK"
    rows = [ROW | {"lot_no": "TRY1"}, ROW | {"lot_no": "TRY2", "counted_quantity": "一百"}]
    sheet = await upload(keeper, sheets.write(SHEET, [(row, "", "") for row in rows]), "try.xlsx", XLSX)
    told = await keeper.ok(keeper.post("/loading/opening_stock", {"sha256": sheet["sha256"], "warehouse": "HZ"}))
    assert (told["loaded"], told["refused"]) == (1, 1) and told["returned"]["sha256"]
    assert (
        await keeper.post("/loading/opening_stock", {"sha256": sheet["sha256"], "warehouse": "NO"})
    ).status_code == 404
    receiver = await stack.as_("receiver")
    assert (await receiver.get("/loading/opening_stock")).status_code == 403
