"""The rows of an Excel file as cells by field: read here, judged in `domain`, written back by `services`."""

from __future__ import annotations

from io import BytesIO
from typing import Any, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

from domain.master_data.loading import ROWS_MOST, Template

RESULT, REASON = "row_result", "row_reason"
HEAD_ROWS = 2
"""A row with words, and one with the names of the fields, by which a sheet is read."""


class SheetError(ValueError):
    """The file is no sheet of the template; the words say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Sheet(NamedTuple):
    """Rows by their number in the sheet, each by field."""

    rows: list[tuple[int, dict[str, Any]]]


def read(template: Template, raw: bytes) -> Sheet:
    """The rows that hold something. Raises `SheetError` for what is no sheet of this template."""
    try:
        table = CalamineWorkbook.from_filelike(BytesIO(raw)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError, OSError) as error:
        raise SheetError("无法读取，请用系统下载的 Excel 模板。", "It cannot be read; use the template.") from error
    if len(table) < HEAD_ROWS:
        raise SheetError("模板的前两行不能删除。", "The first two rows of the template have to stay.")
    keys = [str(cell).strip() for cell in table[1]]
    known = {field.key for field in template.fields} | {RESULT, REASON}
    missing = [field.key for field in template.fields if field.needed and field.key not in keys]
    if missing or not set(filter(None, keys)) <= known:
        strange = ", ".join(missing or sorted(set(filter(None, keys)) - known))[:200]
        raise SheetError(f"列与模板不符：{strange}。", f"The columns are not those of the template: {strange}.")
    if len(table) - HEAD_ROWS > ROWS_MOST:
        raise SheetError(f"一次最多 {ROWS_MOST} 行。", f"At most {ROWS_MOST} rows at a time.")
    rows = [(number, _row(keys, cells)) for number, cells in enumerate(table[HEAD_ROWS:], HEAD_ROWS + 1)]
    return Sheet([(number, row) for number, row in rows if row])


def _row(keys: list[str], cells: list[Any]) -> dict[str, Any]:
    named = zip(keys, cells, strict=False)
    return {key: cell for key, cell in named if key and key not in (RESULT, REASON) and cell not in (None, "")}
