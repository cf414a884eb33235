"""A document as printed: PDF/A-3b with its data inside, the same bytes, its head and page number on every sheet."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from app.wiring import legal_book
from domain.canonical import loads
from domain.document_codes import number_code
from domain.documents import BY_KEY, Paper
from services.printing import paper_pdf

BOOK = legal_book()


def record(lines: int = 1, **changes: Any) -> dict[str, Any]:
    line = {
        "product_name": "乙型肝炎病毒表面抗原测定试剂盒（化学发光免疫分析法）", "product_name_en": "HBsAg assay kit",
        "model": "CLIA-100T", "specification": "100人份/盒，含校准品与质控品", "registration_no": "国械注准20233400128",
        "production_license_no": "沪药监械生产许20200123号", "registrant_name": "上海澄康医疗科技股份有限公司",
        "contract_manufacturer_name": "苏州恒诺生物技术有限公司", "lot_no": "B20261101", "expiry_date": "2027-10-31",
        "quantity": 40, "unit": "盒", "storage_condition": "2～8 ℃ 避光", "transport_condition": "2～8 ℃ 冷链",
        "unit_price": Decimal("128.50"), "amount": Decimal("5140.00"), "from_location": "HZ-C-01-02",
    }  # fmt: skip
    head = {
        "shipper_name": "杭州湖畔医疗器械有限公司", "consignee_name": "杭州市第一人民医院", "consignee_contact": "陈芳 0571",
        "delivery_address": "浙江省杭州市上城区浣纱路261号门诊楼B座负一层医疗器械库房", "ship_date": "2026-11-22T18:30:00.000Z",
        "sales_order_no": "SO-2026-0456",
    }  # fmt: skip
    company = {"name": "杭州湖畔医疗器械有限公司", "name_en": "Lakeside", "licence_no": "浙杭药监械经营许20210456号"}
    return {
        "kind": "delivery_note", "number": "CK-2026-000123", "code": number_code("voucher", 123).printed,
        "case": "01KAP3V0C9H0J3N7Q2R5T8W1XZ", "zone": "Asia/Shanghai", "mode": "live", "copy_no": 1, "head_sha": "ab" * 32,
        "made_at": "2026-11-22T18:30:00.000Z", "company": company, "head": head, "lines": [line] * lines,
        "signatures": {"复核员": {"name": "赵敏", "at": "2026-11-22T18:20:00.000Z"}}, "seal": None, **changes,
    }  # fmt: skip


def pages(
    told: dict[str, Any], paper: Paper = "continuous", lang: str = "zh", kind: str = "delivery_note"
) -> list[Any]:
    return list(PdfReader(BytesIO(paper_pdf(told, BY_KEY[kind], paper, lang, BOOK))).pages)


def test_every_sheet_of_the_continuous_form_names_document_consignee_and_page() -> None:
    found = pages(record(40))
    assert len(found) > 5
    for number, page in enumerate(found, 1):
        text = page.extract_text()
        assert "随货同行单" in text and "CK-2026-000123" in text and "杭州市第一人民医院" in text
        assert f"第 {number} 页 / 共 {len(found)} 页" in text
        assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [241, 140]
    last = found[-1].extract_text()
    assert "合计 40 行" in last and "1600" in last and "赵敏" in last


def test_the_fields_of_art_92_stand_on_one_sheet_by_the_clock_of_the_site() -> None:
    (page,) = pages(record())
    text = page.extract_text().replace("\n", "")
    for shown in (
        "上海澄康医疗科技股份有限公司", "苏州恒诺生物技术有限公司", "CLIA-100T", "100人份/盒", "国械注准20233400128",
        "B20261101", "2027-10-31", "2～8 ℃ 避光", "2～8 ℃ 冷链", "浣纱路261号", "陈芳 0571", "2026-11-23",
        "浙杭药监械经营许20210456号",
    ):  # fmt: skip
        assert shown in text, shown


def test_the_record_lies_inside_and_equal_records_give_equal_bytes() -> None:
    told = record(3)
    made = paper_pdf(told, BY_KEY["delivery_note"], "a4_wide", "en", BOOK)
    assert made == paper_pdf(told, BY_KEY["delivery_note"], "a4_wide", "en", BOOK)
    reader = PdfReader(BytesIO(made))
    assert b"<pdfaid:part>3</pdfaid:part>" in made and loads(reader.attachments["record.json"][0]) == told
    text = reader.pages[0].extract_text()
    assert "Delivery note" in text and "Page 1 of 1" in text and "HBsAg assay kit" in text


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"copy_no": 2}, "补打 第 2 次打印"),
        ({"copy_no": 0}, "预览，未打印"),
        ({"mode": "drill"}, "演练，不作凭证"),
        ({"reversed_by": "HZ-2026-000009"}, "已冲销 HZ-2026-000009"),
    ],
)
def test_what_is_no_plain_original_says_so(changes: dict[str, Any], shown: str) -> None:
    assert shown in pages(record(**changes))[0].extract_text()
    assert "补打" not in pages(record())[0].extract_text()


@pytest.mark.parametrize("kind", [key for key, one in BY_KEY.items() if one.template == "paper.typ"])
def test_every_document_of_the_table_can_be_set_with_everything_in_its_head(kind: str) -> None:
    head = {key: f"{key} 一段相当长的内容，超过一格" for key in BY_KEY[kind].head}
    text = "".join(page.extract_text() for page in pages(record(head=head), "continuous", kind=kind))
    assert all(key in text.replace("\n", "") for key in BY_KEY[kind].head)


def test_prices_stand_on_the_outbound_order_and_without_them_their_columns_are_gone() -> None:
    assert "128.50" in pages(record(2), kind="outbound_order")[0].extract_text()
    without = record(2)
    without["lines"] = [{**line, "unit_price": None, "amount": None} for line in without["lines"]]
    text = pages(without, kind="outbound_order")[0].extract_text()
    assert "单价" not in text and "金额" not in text and "合计" in text


def test_a_seal_that_was_uploaded_is_stamped_instead_of_the_drawn_one() -> None:
    picture = BytesIO()
    Image.new("RGBA", (90, 90), (200, 0, 0, 128)).save(picture, "PNG")
    told = record(seal={"kind": "outbound", "sha256": "f" * 64, "suffix": "png"})
    given = {"seal.png": picture.getvalue()}
    made = paper_pdf(told, BY_KEY["delivery_note"], "continuous", "zh", BOOK, given)
    page = PdfReader(BytesIO(made)).pages[0]
    assert made == paper_pdf(told, BY_KEY["delivery_note"], "continuous", "zh", BOOK, given)
    assert "ffffffffffff" in page.extract_text() and len(page.images) == 1
    drawn = pages(record())[0].extract_text()
    assert "印章由系统绘制" in drawn and "出库专用章" in drawn


def test_text_is_never_markup() -> None:
    told = record()
    told["head"]["consignee_name"] = "#panic() *bold* $x$ \\ [ ]"
    assert "#panic() *bold* $x$" in pages(told, "a4_wide")[0].extract_text()
