"""Every code that we draw is read back by an independent reader, as a picture and off the printed label."""

from __future__ import annotations

import io
from datetime import date

import pypdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from domain import document_codes
from domain.errors import Text
from domain.udi import UnbuildableError, read
from domain.udi.building import element_string, sscc, sscc_of, udi_pairs
from domain.udi.gs1_contents import CSET82
from services.barcodes import SYMBOLS, SymbolName, draw
from services.label_view import SIZES, lettered, udi_rows
from services.labels import Label, Wish, label_pdf

TODAY = date(2026, 12, 1)
GTIN = "06970123456784"
IDENTIFIERS = {"datamatrix": "]d2", "gs1_128": "]C1", "qr": "]Q3"}
PAIRS = udi_pairs(
    GTIN, TODAY, lot="WWWWB20261103(ABCDEF", serial="MMMM0001234567890XYZ", expiry="2028-03-31", made="2026-01-02",
    own="HJ-WAREHOUSE-1234567890-ABCDEF",
)  # fmt: skip
"""As long as they may be."""
SHORT = udi_pairs(GTIN, TODAY, lot="B20261103", expiry="2028-03-31")


def scanned(picture: Image.Image) -> tuple[str, str]:
    """The symbology identifier and the text of the one code in a picture."""
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1, found
    return found[0].symbology_identifier, found[0].bytes.decode("utf-8")


def seen(content: bytes, page: int = 0) -> Image.Image:
    """A page at 288 dpi."""
    return pypdfium2.PdfDocument(content)[page].render(scale=4).to_pil()


def label_of(pairs=PAIRS, symbol: SymbolName = "datamatrix") -> Label:
    told = {"17": "2028-03-31", "11": "2026-01-02"}
    name = "一次性使用无菌静脉留置针（带导管固定装置，儿童型，双腔，抗菌涂层）"
    return Label("unit", name, pairs, symbol, "24G×19mm", udi_rows(pairs, told), lettered(pairs))


words = st.text(CSET82, min_size=1, max_size=20)


@settings(max_examples=12, deadline=None)
@given(words, words, st.sampled_from(["datamatrix", "qr"]))
def test_code_holds_the_fields_whatever_stands_in_them(lot: str, serial: str, symbol: SymbolName) -> None:
    pairs = udi_pairs(GTIN, TODAY, lot=lot, serial=serial, expiry="2028-03-31")
    identifier, text = scanned(Image.open(io.BytesIO(draw(symbol, pairs, "png").content)))
    assert (identifier, text) == (IDENTIFIERS[symbol], element_string(pairs, TODAY))
    found = read(identifier + text, TODAY)
    assert (found.di, found.lot, found.serial, found.expiry) == (GTIN, lot, serial, "2028-03-31")


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("size", SIZES)
def test_code_is_read_off_the_printed_label_or_the_label_is_refused(size: str, symbol: SymbolName) -> None:
    pairs = SHORT if symbol == "gs1_128" else PAIRS
    try:
        content = label_pdf(label_of(pairs, symbol), Wish("zh", size, copies=2))
    except UnbuildableError as refused:
        assert (size, symbol) == ("40x30", "gs1_128") and "60x40" in refused.text.zh
        return
    assert scanned(seen(content, 1)) == (IDENTIFIERS[symbol], element_string(pairs, TODAY))
    width, height = SIZES[size]
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    assert len(pages) == 2  # one a copy: nothing runs over
    box = pages[0].mediabox
    assert (round(float(box.width) * 25.4 / 72), round(float(box.height) * 25.4 / 72)) == (width, height)


def test_label_is_the_same_bytes_every_time_and_holds_its_data() -> None:
    first, second = label_pdf(label_of(), Wish()), label_pdf(label_of(), Wish())
    assert first == second != label_pdf(label_of(SHORT), Wish())
    reader = pypdf.PdfReader(io.BytesIO(first))
    assert b'"content":[["01","06970123456784"]' in reader.attachments["label.json"][0]
    assert "06970123456784" in reader.pages[0].extract_text()


def test_pallet_shelf_and_document_are_read_as_what_they_are() -> None:
    pallet = Label("pallet", "公司", (("00", sscc("6970123", 12)),), "gs1_128", "物流单元")
    identifier, text = scanned(seen(label_pdf(pallet, Wish("zh", "100x150"))))
    assert identifier == "]C1" and sscc_of(identifier + text) == sscc("6970123", 12)
    code = document_codes.task_code("7F4K01KC93NXQZ7F4K01KC93NX")
    for content in (code.text, "HZ-A-01-02"):
        rows = ((Text("单号", "No."), "SUP-003/B-0001"),)
        made = Label("task", "验收", content, "qr", "任务", rows, code.printed, big="HZ-A-01-02", colour="yellow")
        assert scanned(seen(label_pdf(made, Wish("en", "60x40")))) == ("]Q1", content)


@pytest.mark.parametrize(
    ("symbol", "content", "code"),
    [
        ("datamatrix", (("01", "06970123456780"),), "not_drawn"),
        ("gs1_128", PAIRS, "too_long"),
        ("gs1_128", "HZ-A-01", "not_gs1"),
        ("datamatrix", "x" * 4000, "not_drawn"),
    ],
)
def test_nothing_wrong_is_drawn(symbol: SymbolName, content, code: str) -> None:
    with pytest.raises(UnbuildableError) as caught:
        draw(symbol, content)
    assert caught.value.faults[0].code == code
