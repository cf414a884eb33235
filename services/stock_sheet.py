"""The table of the stock board as an Excel sheet. Words are written as words: no cell of ours is ever a formula."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import STATUS_TEXTS, ZONE_TEXTS, Status, Zone
from services import stock_board
from services.actor import Actor
from services.office import Office

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_COLUMNS: tuple[tuple[str, Text, int], ...] = (
    ("product", Text("产品编号", "Product code"), 14),
    ("name", Text("产品名称", "Product"), 34),
    ("specification", Text("规格型号", "Specification"), 22),
    ("lot", Text("批号", "Lot"), 18),
    ("serial", Text("序列号", "Serial no."), 18),
    ("expiry", Text("失效日期", "Expiry"), 12),
    ("days_left", Text("剩余天数", "Days left"), 10),
    ("zone", Text("库区", "Zone"), 16),
    ("location", Text("货位", "Location"), 18),
    ("status", Text("质量状态", "Quality status"), 20),
    ("quantity", Text("数量", "Quantity"), 12),
    ("reserved", Text("已预留", "Reserved"), 10),
    ("unit", Text("单位", "Unit"), 8),
    ("storage", Text("储存温度", "Storage"), 14),
)


async def board_sheet(office: Office, actor: Actor, code: str, view: str, filters: dict[str, Any], lang: str) -> bytes:
    """The whole table, in one language."""
    rows = [row async for row in stock_board.all_rows(office, actor, code, view, filters)]
    return await office.db.run(_written, rows, code, lang)


def _written(rows: list[JsonObject], code: str, lang: str) -> bytes:
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, options)
    sheet = book.add_worksheet(_title(code))
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#eef2f6"})
    for position, (_, words, width) in enumerate(_COLUMNS):
        sheet.set_column(position, position, width)
        sheet.write_string(0, position, words.said_in(lang), head)
    for number, row in enumerate(rows, 1):
        for position, (name, _, _) in enumerate(_COLUMNS):
            _write(sheet, number, position, _value(row, name, lang))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(rows)), len(_COLUMNS) - 1)
    book.close()
    return target.getvalue()


def _title(code: str) -> str:
    """A name that Excel takes."""
    return "".join(one for one in code if one not in "[]:*?/\\'")[:31] or "stock"


def _write(sheet: Any, number: int, position: int, value: Any) -> None:
    if isinstance(value, int):
        sheet.write_number(number, position, value)
    elif value:
        sheet.write_string(number, position, str(value))


def _value(row: JsonObject, name: str, lang: str) -> Any:
    if name == "name":
        return row["product_name"] if lang == "zh" else row["product_name_en"] or row["product_name"]
    if name == "zone":
        return ZONE_TEXTS[Zone(str(row["zone"]))].said_in(lang) if row.get("zone") else ""
    if name == "location":
        places: Any = row.get("locations")
        return "、".join(places) if isinstance(places, list) else row.get("location")
    if name == "status":
        return _statuses(row, lang)
    if name == "storage":
        low, high = row["temp_min"], row["temp_max"]
        return "" if low is None and high is None else f"{_degrees(low)} ~ {_degrees(high)} ℃"
    return row.get(name)


def _statuses(row: JsonObject, lang: str) -> str:
    shares: Any = row.get("statuses")
    if not isinstance(shares, dict):
        return STATUS_TEXTS[Status(str(row["status"]))].said_in(lang)
    if len(shares) == 1:
        return STATUS_TEXTS[Status(next(iter(shares)))].said_in(lang)
    return "; ".join(f"{STATUS_TEXTS[Status(status)].said_in(lang)} {qty}" for status, qty in shares.items())


def _degrees(value: Any) -> str:
    return "" if value is None else str(value)
