"""Excel: templates are written, sheets read, and rows that were not taken go back in the same template with reasons.

Text stays text: nothing that somebody typed becomes a formula or a link of our workbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from domain.master_data.fields import Field
from domain.master_data.loading import ROWS_MOST, Template
from records.sheet_rows import HEAD_ROWS, REASON, RESULT

_WHITE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


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
                sheet.data_validation(HEAD_ROWS, index, ROWS_MOST + 1, index, {"validate": "list", "source": words})
        if rows:
            for offset, (key, words) in enumerate(((RESULT, "结果 result"), (REASON, "原因 reason"))):
                sheet.write_string(0, len(columns) + offset, words, bold)
                sheet.write_string(1, len(columns) + offset, key, grey)
        for number, (given, result, reason) in enumerate(rows, HEAD_ROWS):
            _back(sheet, number, [field.key for field in columns], given, result, reason)
        sheet.freeze_panes(HEAD_ROWS, 1)
    return body.getvalue()


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


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
