"""Contracts and fakes of the opening of the books."""

from __future__ import annotations

from collections.abc import Callable

from activities.contract import Contract, DeclaredError, day, integer, list_of, object_of, text
from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import Status

_SHEET: JsonObject = {"type": "object", "format": "attachment", "title": "Sheet of opening stock"}
_GIVEN = object_of({"warehouse": text("Warehouse"), "sheet": _SHEET})
_REFUSED_ROW = object_of(
    {
        "line_no": text("Row"),
        "product_code": text("Product code"),
        "lot_no": text("Lot or serial no."),
        "reason_zh": text("Reason in Chinese"),
        "reason_en": text("Reason in English"),
    }
)
_DIFFERENCE = object_of(
    {
        "line_no": text("Row"),
        "location_code": text("Location"),
        "product_code": text("Product code"),
        "product_name": text("Device name"),
        "lot_no": text("Lot no."),
        "serial_no": text("Serial no."),
        "expiry_date": day("Expiry date"),
        "stock_status": {"type": "string", "enum": [status.value for status in Status], "title": "Quality status"},
        "book_quantity": integer("Quantity in the old books"),
        "counted_quantity": integer("Counted quantity"),
        "variance": integer("Variance"),
        "variance_reason": text("Variance reason"),
    },
    ["line_no", "product_code", "counted_quantity", "variance"],
)

CONTRACTS: tuple[Contract, ...] = (
    Contract(
        "stock.opening_check",
        1,
        Text("核对期初库存表", "Check the opening stock"),
        Text(
            "逐行核对期初库存表：可入账、已入账、不能入账（附原因）的行数，以及与原账面不同的批号。",
            "Judges the sheet row by row: how many can be booked, stand in the books already or cannot be booked (with "
            "the reason), and which lots differ from the old books.",
        ),
        _GIVEN,
        object_of(
            {
                "row_count": integer("Rows"),
                "good_count": integer("Rows to book"),
                "already_count": integer("Rows in the books already"),
                "refused_count": integer("Rows that cannot be booked"),
                "refused_rows": list_of(_REFUSED_ROW, "Rows that cannot be booked"),
                "unit_count": integer("Units to book"),
                "variance_count": integer("Rows that differ from the old books"),
                "differences": list_of(_DIFFERENCE, "Differences from the old books"),
                "sheet_sha256": text("Hash of the sheet"),
            }
        ),
        (),
        None,
        Text("与实际相同，只读取", "As in earnest; it only reads"),
    ),
    Contract(
        "stock.opening_post",
        1,
        Text("期初入账", "Book the opening stock"),
        Text(
            "把两人签名批准的期初库存表入账，每 500 行一张凭证；已入账的行不重复。没有反向动作：更正走盘点。",
            "Books the sheet that two people signed, 500 rows to a voucher; rows that are booked already are left alone. "
            "It has no reverse: a stocktake puts it right.",
        ),
        _GIVEN,
        object_of({"postings": list_of(text("Posting no."), "Postings"), "posting_count": integer("Postings")}),
        (
            DeclaredError("bad_sheet", Text("表中有不能入账的行", "Rows of the sheet cannot be booked")),
            DeclaredError("rule_refused", Text("规则拒绝", "Refused by a rule")),
        ),
        None,
        Text("记入演练账，与真实库存分开", "Posted to the drill's own lots, apart from real stock"),
    ),
)


def _checked(input_: JsonObject) -> JsonObject:
    numbers: JsonObject = {"row_count": 1, "good_count": 1, "already_count": 0, "refused_count": 0}
    numbers |= {"unit_count": 10, "variance_count": 0}
    return {**numbers, "refused_rows": [], "differences": [], "sheet_sha256": ""}


FAKES: dict[str, Callable[[JsonObject], JsonObject]] = {
    "stock.opening_check": _checked,
    "stock.opening_post": lambda input_: {"postings": ["O-1"], "posting_count": 1},
}
"""Believable answers for cases that are played."""
