"""Where a text leads that names no document: to what bears its lot, or to a plain search."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from domain.document_codes import DocumentCodeFault, task_code
from services.scanned import TEST_CODE, destination

NOBODY: Any = None
"""Nobody and no database are asked for these."""


async def test_udi_leads_to_its_lot_and_any_other_text_to_the_search() -> None:
    assert unquote(await destination(NOBODY, NOBODY, f"]d2{TEST_CODE}")) == "/cases?q=aB-7/2_yZ"
    traced = await destination(NOBODY, NOBODY, TEST_CODE, {"/trace", "/cases"})
    assert unquote(traced) == "/trace?q=" + TEST_CODE.replace("\x1d", "␝")
    assert await destination(NOBODY, NOBODY, " 9/8&x=1 ", {"/trace"}) == "/cases?q=9%2F8%26x%3D1"


async def test_slip_in_a_document_code_is_told_before_anything_is_looked_up() -> None:
    text = task_code("7F4K01KC93NXQZ7F4K01KC93NX").text
    with pytest.raises(DocumentCodeFault):
        await destination(NOBODY, NOBODY, text[:-1] + ("A" if text[-1] != "A" else "B"))
