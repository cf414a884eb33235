"""Registers, printed documents, lists and packs over REST: read from what happened, bounded by posts, on record."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from python_calamine import CalamineWorkbook
from sqlmodel import Session, col, select

from domain.document_codes import read
from domain.registers import REGISTERS
from records import products
from records.parties import Credential
from records.stock import PostingRow
from records.vouchers import Voucher
from services import people
from services.list_sheets import LISTS
from services.scanned import destination
from tests.api.conftest import PNG, Stack

ALL = "from=2020-01-01&to=2030-12-31"


def vouchers_of(session: Session, kind: str) -> list[str]:
    query = select(Voucher.number).join(PostingRow, col(PostingRow.id) == col(Voucher.posting_id))
    return list(session.exec(query.where(PostingRow.kind == kind, Voucher.site == "hangzhou")))


def table_in(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


async def test_registers_say_what_was_ordered_inspected_and_put_away(stack: Stack) -> None:
    qa = await stack.as_("qa")
    known = (await qa.ok(qa.get("/registers")))["items"]
    assert [one["key"] for one in known] == [one.key for one in REGISTERS]
    found = {one["key"]: (await qa.ok(qa.get(f"/registers/{one['key']}?{ALL}"))) for one in known}
    for one in known:
        told = found[one["key"]]
        assert [head["key"] for head in told["columns"]] == one["columns"] and told["law"]
        assert all(set(row) == set(one["columns"]) for row in told["items"])
    for key in ("purchase", "receiving", "acceptance", "inbound"):
        assert found[key]["items"], key
    for row in found["acceptance"]["items"]:
        assert row["inspector"] and row["supplier_name"] and (row["lot_no"] or row["serial_no"])
        assert row["appearance_check"] and row["inspection_conclusion"] in ("pass", "fail", "doubt")
    bought = found["purchase"]["items"][0]
    assert bought["purchase_date"] and bought["quantity"] > 0


async def test_a_sheet_is_in_words_and_its_export_is_on_record(stack: Stack) -> None:
    qa = await stack.as_("qa")
    answer = await qa.get(f"/registers/acceptance?{ALL}&format=xlsx&lang=zh")
    assert answer.status_code == 200 and answer.headers["content-type"].endswith("spreadsheetml.sheet"), answer.text
    table = table_in(answer.content)
    assert table[0][0] == "医疗器械名称" and "合格" in {cell for row in table[1:] for cell in row}
    events = (await qa.ok(qa.get("/audit/events?stream=admin&limit=20")))["items"]
    noted = next(one for one in events if one["action"] == "register_exported")
    assert (
        noted["payload"]["sha256"] == answer.headers["x-content-sha256"] and noted["payload"]["rows"] == len(table) - 1
    )


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("admin", "/registers/purchase", 403),
        ("keeper", "/registers/purchase", 403),
        ("keeper", "/registers/inbound", 200),
        ("qa", "/registers/nothing", 404),
        ("qa", "/registers/purchase?from=2026-02-02&to=2026-02-01", 422),
        ("qa", "/registers/purchase?to=0001-01-02", 200),
        ("admin", "/lists/moves.xlsx", 403),
        ("keeper", "/lists/audit.xlsx", 403),
        ("keeper", "/lists/nothing.xlsx", 404),
        ("admin", "/products/P-1007/pack.pdf", 403),
        ("keeper", "/products/NO-SUCH/pack.pdf", 404),
        ("keeper", "/vouchers/HZ-1999-000001/documents", 404),
    ],
)
async def test_who_may_not_is_refused(stack: Stack, who: str, path: str, status: int) -> None:
    person = await stack.as_(who)
    assert (await person.get(path)).status_code == status


async def test_every_list_is_a_sheet_with_the_rows_of_the_list(stack: Stack) -> None:
    director = await stack.as_("director")
    for kind, told in LISTS.items():
        answer = await director.get(f"/lists/{kind}.xlsx?lang=en")
        assert answer.status_code == 200, (kind, answer.text)
        table = table_in(answer.content)
        assert table[0] == [cell.words.en for cell in told.cells], kind
        if kind in ("cases", "products", "partners", "balances", "moves", "vouchers", "audit"):
            assert len(table) > 3, kind
    page = await director.ok(director.get("/partners?kind=SUPPLIER&limit=200"))
    sheet = table_in((await director.get("/lists/partners.xlsx?kind=SUPPLIER&lang=en")).content)
    assert [row[0] for row in sheet[1:]] == [one["code"] for one in page["items"]]


async def test_a_print_is_counted_kept_and_a_second_one_says_so(stack: Stack) -> None:
    keeper = await stack.as_("keeper")
    number = (await stack.office.db.reading(vouchers_of, "receive"))[0]
    offered = await keeper.ok(keeper.get(f"/vouchers/{number}/documents"))
    assert [one["key"] for one in offered["items"]] == ["inbound_receipt"] and offered["items"][0]["prints"] == []
    place = f"/vouchers/{number}/documents/inbound_receipt"
    preview = await keeper.get(f"{place}.pdf?lang=zh")
    assert "预览" in PdfReader(io.BytesIO(preview.content)).pages[0].extract_text()
    first, second = [await keeper.ok(keeper.post(f"{place}:print", {"lang": "zh"})) for _ in range(2)]
    assert [one["copy_no"] for one in (first, second)] == [1, 2]
    files = [(await keeper.get(one["href"].removeprefix("/api/v1"))).content for one in (first, second)]
    assert files[0] == (await keeper.get(first["href"].removeprefix("/api/v1"))).content
    texts = ["".join(page.extract_text() for page in PdfReader(io.BytesIO(one)).pages) for one in files]
    assert "补打" not in texts[0] and "补打 第 2 次打印" in texts[1] and number in texts[0]
    assert (await keeper.get(f"{place}.pdf?copy=3")).status_code == 404
    assert (await keeper.get(f"{place}.pdf?paper=a4")).status_code == 422
    assert (await keeper.get(f"/vouchers/{number}/documents/delivery_note.pdf")).status_code == 404
    actor = await people.actor_named(stack.office, "keeper")
    code = next(word for word in texts[0].split() if word.startswith("GFV"))
    assert actor is not None and read(code).kind == "voucher"
    assert (await destination(stack.office, actor, code)).startswith("/cases/")
    assert (await keeper.ok(keeper.get(f"/vouchers/{number}/documents")))["items"][0]["prints"][1]["copy_no"] == 2


def put_papers(session: Session, files: dict[str, str]) -> None:
    """Papers of a product with these scans."""
    product = products.by_code(session, "P-1007")
    assert product is not None and product.id is not None
    for kind, sha in files.items():
        session.add(
            Credential(owner_type="product", owner_id=product.id, kind=kind, number=f"NO-{kind}", file_sha256=sha)
        )


async def test_scans_are_bound_in_and_what_is_none_is_told(stack: Stack) -> None:
    receiver = await stack.as_("receiver")
    photograph = io.BytesIO()
    Image.new("RGBA", (300, 200), (0, 80, 0, 90)).save(photograph, "PNG")
    two = PdfWriter()
    for _ in range(2):
        two.add_blank_page(200, 280)
    paper = io.BytesIO()
    two.write(paper)
    sent = {
        "registration_certificate": ("zhu.pdf", paper.getvalue(), "application/pdf"),
        "certificate_of_conformity": ("he.png", photograph.getvalue(), "image/png"),
        "inspection_report": ("note.png", PNG, "image/png"),
    }
    shas: dict[str, str] = {}
    for kind, file in sent.items():
        answer = await receiver.client.post("/attachments", files={"file": file})
        shas[kind] = answer.json()["sha256"]
    await stack.office.db.writing(put_papers, shas)
    made = await receiver.get("/products/P-1007/pack.pdf?lang=en")
    assert made.status_code == 200, made.text
    pages = PdfReader(io.BytesIO(made.content)).pages
    listed = pages[1].extract_text()
    assert "2 pages" in listed and "1 pages" in listed and "cannot be bound in" in listed and "note.png" in listed
    assert sum("NO" not in page.extract_text() and len(page.images) == 1 for page in pages[2:]) == 3
    director = await stack.as_("director")
    assert (await director.post("/seals", {"sha256": shas["inspection_report"]})).status_code == 422
    put = await director.ok(director.post("/seals", {"sha256": shas["certificate_of_conformity"]}))
    assert put["kind"] == "outbound"


async def test_what_was_sold_left_and_came_back_stands_in_its_registers_and_on_its_note(stack: Stack) -> None:
    qa = await stack.as_("qa")
    sold, left, back = [
        (await qa.ok(qa.get(f"/registers/{key}?{ALL}")))["items"][0] for key in ("sales", "outbound", "return")
    ]
    assert sold["purchaser_name"] == left["purchaser_name"] == back["returner_name"]
    assert sold["amount"] == sold["unit_price"] * sold["quantity"] and sold["purchaser_license_no"]
    assert left["outbound_review_result"] == "pass" and left["outbound_reviewer"] and left["lot_no"] == back["lot_no"]
    assert back["return_reason"] and back["original_outbound_no"].startswith("CK-")
    number = (await stack.office.db.reading(vouchers_of, "ship"))[0]
    note = await qa.get(f"/vouchers/{number}/documents/delivery_note.pdf?lang=zh&paper=continuous")
    text = PdfReader(io.BytesIO(note.content)).pages[0].extract_text()
    for shown in (
        back["original_outbound_no"],
        sold["purchaser_name"],
        sold["delivery_address"],
        left["outbound_reviewer"],
    ):
        assert shown in text
    keeper = await stack.as_("keeper")
    place = f"/vouchers/{number}/documents/outbound_order"
    plain = await keeper.ok(keeper.post(f"{place}:print", {"lang": "zh"}))
    priced = await qa.ok(qa.post(f"{place}:print", {"lang": "zh"}))
    seen = {who.username: await who.get(priced["href"].removeprefix("/api/v1")) for who in (keeper, qa)}
    assert (
        seen["keeper"].status_code == 403
        and "单价" in PdfReader(io.BytesIO(seen["qa"].content)).pages[0].extract_text()
    )
    mine = await keeper.get(plain["href"].removeprefix("/api/v1"))
    assert "单价" not in PdfReader(io.BytesIO(mine.content)).pages[0].extract_text()


async def test_what_carried_the_goods_stands_in_the_register_and_on_the_hand_over(stack: Stack) -> None:
    driver, qa = await stack.as_("driver"), await stack.as_("qa")
    number = (await stack.office.db.reading(vouchers_of, "ship"))[0]
    begun = {"definition": "transport_delivery", "start": {"outbound_order_no": number}}
    case = (await driver.ok(driver.post("/cases", begun)))["id"]
    task = await stack.task("driver", case, "dispatch")
    leaves = {
        "conveyance": "own", "transport_mode": "ordinary", "vehicle_plate_no": "浙A·8K217", "transport_staff": "周强",
        "departure_time": stack.office.now(), "package_count": 1,
    }  # fmt: skip
    await driver.ok(
        driver.post(
            f"/tasks/{task}:complete", {"data": leaves, "outcome": "left", "signature": {"meaning": "handed_over"}}
        )
    )
    await stack.task("driver", case, "on_road")
    rows = (await qa.ok(qa.get(f"/registers/transport?{ALL}")))["items"]
    assert ("浙A·8K217", "周强") in [(row["vehicle_plate_no"], row["transport_staff"]) for row in rows]
    paper = await qa.get(f"/vouchers/{number}/documents/transport_record.pdf?lang=zh&paper=continuous")
    assert "浙A·8K217" in PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()


async def test_a_pack_holds_the_papers_of_a_product_and_the_quality_seal(stack: Stack) -> None:
    keeper = await stack.as_("keeper")
    made = await keeper.get("/products/P-1007/pack.pdf?lang=zh")
    assert made.status_code == 200, made.text
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages)
    assert "首营资料包" in text and "资料目录" in text and "质量专用章" in text
    assert made.content == (await keeper.get("/products/P-1007/pack.pdf?lang=zh")).content


async def test_the_seal_is_set_by_those_who_answer_for_it(stack: Stack) -> None:
    receiver, director = await stack.as_("receiver"), await stack.as_("director")
    picture = await stack.note_file()
    assert (await receiver.post("/seals", {"sha256": picture["sha256"]})).status_code == 403
    assert (await director.post("/seals", {"sha256": "0" * 64})).status_code == 422
    assert (await director.post("/seals", {"kind": "other"})).status_code == 422
    put = await director.ok(director.post("/seals", {"kind": "quality", "sha256": ""}))
    assert (await receiver.ok(receiver.get("/seals")))["items"][0] == put
