"""Sheets are written and read back: text stays text, rows keep their numbers, and what comes back says why."""

from __future__ import annotations

from typing import Any

import pytest

from domain.master_data import loading
from domain.master_data.loading import TEMPLATES
from records import sheet_rows
from records.sheet_rows import SheetError
from services import sheets

ROW: dict[str, Any] = {"code": "P-1", "name": '=HYPERLINK("http://x","y")', "udi_di": "06970456004072", "unit": "支"}


@pytest.mark.parametrize("key", sorted(TEMPLATES))
def test_a_template_is_empty_and_readable(key: str) -> None:
    assert sheet_rows.read(TEMPLATES[key], sheets.write(TEMPLATES[key])).rows == []


def test_what_comes_back_can_be_put_right_and_sent_again() -> None:
    template = TEMPLATES["products"]
    book = sheets.write(template, [(ROW, "未导入", "规格：必填。"), ({**ROW, "code": "P-2"}, "未导入", "重复")])
    rows = sheet_rows.read(template, book).rows
    assert [number for number, _ in rows] == [3, 4]
    assert rows[0][1] == ROW  # no formula, the leading zero of the GTIN kept, result and reason not read as data
    judged = loading.judge(template, rows)
    assert all(one.faults for one in judged)


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04nonsense", b"code,name\n"])
def test_what_is_no_sheet_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(SheetError) as caught:
        sheet_rows.read(TEMPLATES["products"], raw)
    assert caught.value.zh and caught.value.en


def test_a_sheet_of_another_template_is_refused() -> None:
    with pytest.raises(SheetError):
        sheet_rows.read(TEMPLATES["products"], sheets.write(TEMPLATES["locations"]))
