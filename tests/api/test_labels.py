"""Labels over REST: what the files hold is what the code says; what they do not hold is refused; prints are on record."""

from __future__ import annotations

import io
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from sqlmodel import Session, select

from domain import document_codes
from domain.udi import read
from records.vouchers import Voucher
from services import people
from services.scanned import destination
from tests.api.conftest import Stack


def code_in(picture: bytes) -> str:
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return found[0].symbology_identifier + found[0].bytes.decode()


def first_voucher(session: Session) -> Voucher:
    """A voucher of the receiver's site."""
    return session.exec(select(Voucher).where(Voucher.site == "hangzhou")).first()  # type: ignore[return-value]


async def lot_of(stack: Stack, *, with_udi: bool) -> dict[str, Any]:
    """A lot on stock whose product has a UDI, or has none."""
    keeper = await stack.as_("keeper")
    for row in (await keeper.ok(keeper.get("/stock/balances?limit=200")))["items"]:
        answer = await keeper.get(f"/labels/lots/{row['lot_id']}?format=png")
        assert answer.status_code == 200, answer.text
        if code_in(answer.content).startswith("]d2") == with_udi:
            return {**row, "code": code_in(answer.content)}
    pytest.fail("no such lot")


async def test_label_of_a_lot_says_what_the_files_hold(stack: Stack) -> None:
    row = await lot_of(stack, with_udi=True)
    found = read(row["code"], stack.office.clock().date())
    assert (found.lot, found.expiry) == (row["lot"], row["expiry"])
    keeper = await stack.as_("keeper")
    printed = await keeper.get(f"/labels/lots/{row['lot_id']}?size=100x70&copies=3&own=HJ-1")
    assert printed.content.startswith(b"%PDF") and printed.headers["content-type"] == "application/pdf"
    drawn = await keeper.get(f"/labels/lots/{row['lot_id']}?format=svg&symbol=qr")
    assert drawn.headers["content-type"] == "image/svg+xml" and b"<svg" in drawn.content
    admin = await stack.as_("director")
    events = (await admin.ok(admin.get("/audit/events?stream=admin&limit=200")))["items"]
    noted = [one for one in events if one["action"] == "label_printed" and one["subject"] == f"lot/{row['lot_id']}"]
    assert any("(91)HJ-1" in str(one) and one["actor"] == "keeper" for one in noted)


async def test_goods_without_a_udi_get_our_own_code(stack: Stack) -> None:
    row = await lot_of(stack, with_udi=False)
    assert row["code"].startswith("]Q1GFB")
    assert document_codes.read(row["code"].removeprefix("]Q1")).number == row["lot_id"]


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ("serial=NO-SUCH", 422, "/serial"),
        ("di=09521234543213", 422, "/di"),
        ("own=批号", 422, "/91"),
        ("size=40x30&symbol=gs1_128", 422, "/size"),
        ("size=1x1", 422, None),
        ("copies=0", 422, None),
    ],
)
async def test_label_that_would_say_what_is_not_so_is_refused(stack: Stack, query: str, status: int, pointer) -> None:
    row = await lot_of(stack, with_udi=True)
    keeper = await stack.as_("keeper")
    answer = await keeper.get(f"/labels/lots/{row['lot_id']}?{query}", headers={"Accept-Language": "zh"})
    assert answer.status_code == status, answer.text
    if pointer:
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


async def test_documents_shelves_and_pallets(stack: Stack) -> None:
    case = await stack.start()
    receiver = await stack.as_("receiver")
    task = await stack.task("receiver", case["id"], "receive")
    for path, code in (
        (f"/labels/cases/{case['id']}", document_codes.case_code(case["id"]).text),
        (f"/labels/tasks/{task}", document_codes.task_code(task).text),
        ("/labels/locations/HZ-Q-02", "HZ-Q-02"),
    ):
        picture = await receiver.get(f"{path}?format=png")
        assert picture.status_code == 200, picture.text
        assert code_in(picture.content) == f"]Q1{code}"
        assert (await receiver.get(path)).content.startswith(b"%PDF")
    posted = await stack.office.db.reading(first_voucher)
    made = await receiver.get(f"/labels/vouchers/{posted.number}?format=png")
    code = document_codes.read(code_in(made.content).removeprefix("]Q1"))
    actor = await people.actor_named(stack.office, "receiver")
    assert actor is not None and code.number == posted.posting_id
    assert (await destination(stack.office, actor, code.printed)).startswith("/cases/")
    assert (await receiver.get("/labels/vouchers/HZ-1999-000001")).status_code == 404
    assert (await receiver.get("/labels/pallets/069701230000000123")).content.startswith(b"%PDF")
    for path, status in (
        ("/labels/pallets/069701230000000124", 422),
        ("/labels/locations/~ADJUST", 404),
        ("/labels/lots/999999999", 404),
        (f"/labels/cases/{'0' * 26}", 404),
    ):
        assert (await receiver.get(path)).status_code == status, path
    admin = await stack.as_("admin")
    assert (await admin.get("/labels/locations/HZ-Q-02")).status_code == 403
    assert (await stack.stranger().get("/labels/locations/HZ-Q-02")).status_code == 401
