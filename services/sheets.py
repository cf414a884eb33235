"""Excel: templates are written, sheets read, and rows that were not taken go back in the same template with reasons.

Text stays text: nothing that somebody typed becomes a formula or a link of our workbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from domain.master_data.fields import Field
from domain.master_data.loading import ROWS_MOST, Template

RESULT, REASON = "row_result", "row_reason"
_HEAD_ROWS = 2
"""A row with words, and one with the names of the fields, by which a sheet is read."""
_WHITE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


class SheetError(ValueError):
    """The file is no sheet of the template; the words say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Sheet(NamedTuple):
    """Rows by their number in the sheet, each by field."""

    rows: list[tuple[int, dict[str, Any]]]


def write(template: Template, returned: Iterable[tuple[dict[str, Any], str, str]] = ()) -> bytes:
    """The template; with rows, the result and the reason of each in two more columns."""
    body = BytesIO()
    rows = list(returned)
    with Workbook(body, _WHITE) as book:
        sheet = book.add_worksheet(template.entity.text.zh[:31])
        bold, grey = book.add_format({"bold": True}), book.add_format({"font_color": "#64748b"})
        text = book.add_format({"num_format": "@"})
        columns = list(template.fields)
        for index, field in enumerate(columns):
            _head(sheet, index, field, bold, grey)
            sheet.set_column(index, index, 18, text)
            if field.choices:
                words = [words.zh for _, words in field.choices]
                sheet.data_validation(_HEAD_ROWS, index, ROWS_MOST + 1, index, {"validate": "list", "source": words})
        if rows:
            for offset, (key, words) in enumerate(((RESULT, "结果 result"), (REASON, "原因 reason"))):
                sheet.write_string(0, len(columns) + offset, words, bold)
                sheet.write_string(1, len(columns) + offset, key, grey)
        for number, (given, result, reason) in enumerate(rows, _HEAD_ROWS):
            _back(sheet, number, [field.key for field in columns], given, result, reason)
        sheet.freeze_panes(_HEAD_ROWS, 1)
    return body.getvalue()


def read(template: Template, raw: bytes) -> Sheet:
    """The rows that hold something. Raises `SheetError` for what is no sheet of this template."""
    try:
        table = CalamineWorkbook.from_filelike(BytesIO(raw)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError, OSError) as error:
        raise SheetError("无法读取，请用系统下载的 Excel 模板。", "It cannot be read; use the template.") from error
    if len(table) < _HEAD_ROWS:
        raise SheetError("模板的前两行不能删除。", "The first two rows of the template have to stay.")
    keys = [str(cell).strip() for cell in table[1]]
    known = {field.key for field in template.fields} | {RESULT, REASON}
    missing = [field.key for field in template.fields if field.needed and field.key not in keys]
    if missing or not set(filter(None, keys)) <= known:
        strange = ", ".join(missing or sorted(set(filter(None, keys)) - known))[:200]
        raise SheetError(f"列与模板不符：{strange}。", f"The columns are not those of the template: {strange}.")
    if len(table) - _HEAD_ROWS > ROWS_MOST:
        raise SheetError(f"一次最多 {ROWS_MOST} 行。", f"At most {ROWS_MOST} rows at a time.")
    rows = [(number, _row(keys, cells)) for number, cells in enumerate(table[_HEAD_ROWS:], _HEAD_ROWS + 1)]
    return Sheet([(number, row) for number, row in rows if row])


def _head(sheet: Worksheet, index: int, field: Field, bold: Any, grey: Any) -> None:
    star = " *" if field.needed else ""
    sheet.write_string(0, index, f"{field.text.zh} {field.text.en}{star}", bold)
    sheet.write_string(1, index, field.key, grey)


def _back(sheet: Worksheet, number: int, keys: Sequence[str], given: dict[str, Any], result: str, reason: str) -> None:
    for index, key in enumerate(keys):
        if given.get(key) is not None:
            sheet.write_string(number, index, _plain(given[key]))
    sheet.write_string(number, len(keys), result)
    sheet.write_string(number, len(keys) + 1, reason[:32_000])


def _row(keys: list[str], cells: list[Any]) -> dict[str, Any]:
    named = zip(keys, cells, strict=False)
    return {key: cell for key, cell in named if key and key not in (RESULT, REASON) and cell not in (None, "")}


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
