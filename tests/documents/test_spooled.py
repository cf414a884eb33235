"""Long sheets: words stay words, numbers numbers, and memory does not grow with the rows."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from domain.canonical import loads
from services.spooled import Column, spool

AT = datetime(2026, 11, 22, tzinfo=UTC)
HEADS = [Column("name", "名称"), Column("quantity", "数量"), Column("amount", "金额")]


def rows(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"name": "=1+1", "quantity": number, "amount": Decimal("0.10"), "site": "HQ"}


def test_a_sheet_holds_words_and_numbers_and_never_a_formula() -> None:
    made = spool("x.xlsx", "xlsx", {"title": "销售记录"}, HEADS, rows(3), AT)
    table = CalamineWorkbook.from_path(str(made.path)).get_sheet_by_index(0).to_python()
    made.path.unlink()
    assert (
        table == [["名称", "数量", "金额"], *(["=1+1", float(number), 0.1] for number in range(3))] and made.rows == 3
    )


async def test_data_is_exact_and_its_file_is_gone_when_it_is_sent() -> None:
    made = spool("x.json", "json", {"title": "t", "from": "2026-01-01"}, HEADS, rows(2), AT)
    sent = b"".join([piece async for piece in made.pieces()])
    told: Any = loads(sent)
    assert (
        told["items"][1] == {"name": "=1+1", "quantity": 1, "amount": Decimal("0.10")} and told["from"] == "2026-01-01"
    )
    assert [one["key"] for one in told["columns"]] == ["name", "quantity", "amount"] and not made.path.exists()


def test_nothing_is_left_of_a_file_that_went_wrong(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def broken() -> Iterator[dict[str, Any]]:
        yield from rows(2)
        raise LookupError("the database is gone")

    with pytest.raises(LookupError):
        spool("x.json", "json", {}, HEADS, broken(), AT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["json", "xlsx"])
def test_memory_does_not_grow_with_the_rows(form: Any) -> None:
    peaks = []
    for count in (200, 4000):
        tracemalloc.start()
        spool(f"x.{form}", form, {"title": "t"}, HEADS, rows(count), AT).path.unlink()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 300_000
