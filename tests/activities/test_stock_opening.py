"""Opening the books: every row of a sheet is booked once, as two people signed it, or comes back with its reason."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from activities import stock_opening
from activities.context import BusinessError
from domain.json_types import JsonObject
from domain.master_data.opening import SHEET
from records import ledger
from records.ledger_verify import verify_ledger
from services import sheets
from tests.activities.test_stock_activities import refused_by, stood
from tests.stock.conftest import Case, House

GOOD: dict[str, Any] = {
    "location_code": "HZ-A-01", "product_code": "P-LOT", "expiry_date": "2028-01-31", "stock_status": "QUALIFIED",
    "counted_quantity": 12, "book_quantity": 12, "supplier_code": "S01",
}  # fmt: skip


def attached(house: House, *rows: dict[str, Any]) -> JsonObject:
    """A sheet in the store of attachments."""
    content = sheets.write(SHEET, [(row, "", "") for row in rows])
    sha256 = hashlib.sha256(content).hexdigest()
    (house.attachments / sha256).write_bytes(content)
    return {"sha256": sha256, "name": "opening.xlsx"}


def asked(case: Case, sheet: Any, *, book: bool = False) -> Any:
    given: JsonObject = {"warehouse": "HZ", "sheet": sheet}
    name, run = ("opening_post", stock_opening.post) if book else ("opening_check", stock_opening.check)
    return run(case.house.ctx, case.envelope(f"{name}#1", f"stock.{name}", given))


def signed(case: Case, *roles: str) -> None:
    for role in roles:
        case.sign_at("sign_off#1", "sign_off", "approve", "approved", role)


def test_each_wrong_row_is_told_with_its_reason_and_nothing_of_the_sheet_is_booked(house: House) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"lot_no": "W1", "product_code": "P-NONE"}, "not on file"),
        ({"lot_no": "W2", "location_code": "NB-A-01"}, "no location NB-A-01"),
        ({"lot_no": "W3", "location_code": "HZ-R-01"}, "does not admit"),
        ({"lot_no": "W4", "expiry_date": "2026-11-21"}, "expired"),
        ({"lot_no": "W5", "book_quantity": 15}, "give the cause"),
        ({"lot_no": "W6", "counted_quantity": "许多"}, "whole number"),
        ({"lot_no": None}, "asks for it"),
        ({"lot_no": "W8", "product_code": "P-SER"}, "asks for it"),
        ({"lot_no": "W9", "product_code": "P-SER", "serial_no": "S-W9"}, "one unit"),
        ({"lot_no": "W10", "stock_owner": "NOBODY"}, "not on file"),
        ({"lot_no": "OPEN0"}, "Repeats row"),
    ]
    case = house.case()
    sheet = attached(house, GOOD | {"lot_no": "OPEN0"}, *(GOOD | change for change, _ in wrong))
    told = asked(case, sheet)
    assert (told["row_count"], told["good_count"], told["refused_count"]) == (12, 1, 11)
    for row, (_, reason) in zip(told["refused_rows"], wrong, strict=True):
        assert reason in row["reason_en"] and row["reason_zh"], row
    signed(case, "finance", "quality_staff")
    with pytest.raises(BusinessError) as caught:
        asked(case, sheet, book=True)
    assert caught.value.code == "bad_sheet" and stood(house, {"lot_no": "OPEN0"}) == {}


def test_what_two_people_signed_is_booked_once_with_the_difference_from_the_old_books(house: House) -> None:
    case = house.case()
    full = {"lot_no": "OPEN1", "counted_quantity": "１０", "book_quantity": 12, "variance_reason": "旧账漏记一笔销售"}
    unit = {"product_code": "P-SER", "lot_no": "OPEN2", "serial_no": "OP-1", "counted_quantity": 1, "book_quantity": 1}
    sheet = attached(house, GOOD | full, GOOD | unit, GOOD | {"lot_no": "OPEN3", "location_code": "HZ-Q-01", "expiry_date": "2026/11/1",
                                                              "stock_status": "停售待处理"})  # fmt: skip
    told = asked(case, sheet)
    assert (told["refused_rows"], told["good_count"], told["unit_count"]) == ([], 3, 23)
    (different,) = told["differences"]
    assert (different["lot_no"], different["variance"], different["variance_reason"]) == (
        "OPEN1",
        -2,
        "旧账漏记一笔销售",
    )
    assert refused_by(lambda: asked(case, sheet, book=True)) == ["RULE-23"]
    signed(case, "finance")
    with pytest.raises(BusinessError, match="2"):
        asked(case, sheet, book=True)
    signed(case, "quality_staff")
    assert asked(case, sheet, book=True) == asked(case, sheet, book=True)
    assert stood(house, {"lot_no": "OPEN1"}) == {("HZ-A-01", "QUALIFIED"): 10}
    assert stood(house, {"lot_no": "OPEN3"}) == {("HZ-Q-01", "HOLD"): 12}
    with house.database.read() as session:
        assert verify_ledger(session) == []


def test_the_same_sheet_again_books_nothing_and_another_quantity_is_a_matter_for_a_stocktake(house: House) -> None:
    case, other = house.case(), house.case()
    sheet = attached(house, GOOD | {"lot_no": "TWICE1"})
    for one in (case, other):
        signed(one, "finance", "quality_staff")
        asked(one, sheet, book=True)
    assert asked(other, sheet)["already_count"] == 1
    assert stood(house, {"lot_no": "TWICE1"}) == {("HZ-A-01", "QUALIFIED"): 12}
    told = asked(other, attached(house, GOOD | {"lot_no": "TWICE1", "counted_quantity": 13, "book_quantity": 13}))
    assert told["refused_count"] == 1 and "stocktake" in told["refused_rows"][0]["reason_en"]


def test_a_part_that_was_booked_before_a_crash_stays_booked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock_opening, "ROWS_AT_ONCE", 2)
    case = house.case()
    signed(case, "finance", "quality_staff")
    sheet = attached(house, *(GOOD | {"lot_no": f"PART{number}"} for number in range(5)))
    book, parts = stock_opening.posted, iter((True, False))

    def dying(*given: Any) -> Any:
        if not next(parts):
            raise ConnectionError("the worker is gone")
        return book(*given)

    with monkeypatch.context() as patch:
        patch.setattr(stock_opening, "posted", dying)
        with pytest.raises(ConnectionError):
            asked(case, sheet, book=True)
    assert stood(house, {"lot_no": "PART1"}) and not stood(house, {"lot_no": "PART2"})
    key = str(case.envelope("opening_post#1", "stock.opening_post", {})["effect_key"])
    with house.database.read() as session:
        assert ledger.parts_of(session, key) == 1
    assert asked(case, sheet, book=True)["posting_count"] == 3
    assert all(stood(house, {"lot_no": f"PART{number}"}) == {("HZ-A-01", "QUALIFIED"): 12} for number in range(5))


def test_a_file_that_is_no_sheet_comes_back_as_one_wrong_row(house: House) -> None:
    (house.attachments / ("e" * 64)).write_bytes(b"PK nothing")
    for sheet in ({"sha256": "e" * 64}, {"sha256": "../../etc/passwd"}, {}):
        told = asked(house.case(), sheet)
        assert told["refused_count"] == 1 and told["refused_rows"][0]["reason_zh"]
