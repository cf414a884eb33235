"""What is wrong with a value, in words a person at the shelf can act on: which field, why, what to do.

The words are made from the kind of fault and the limit of the field, never from a validator's own message.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from domain.errors import Text
from forms.formats import YEAR_MAX, YEAR_MIN, date_fault
from forms.pointers import tokens_of

if TYPE_CHECKING:
    from forms.model import Field, Form

Said = Text
"""A field as sentences name it: 「批号」 / “Lot no.”, with the row in front when it stands in one."""

_CODES = {
    "type": "type",
    "required": "required",
    "dependentRequired": "required",
    "enum": "enum",
    "const": "const",
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "pattern",
    "minItems": "min_items",
    "maxItems": "max_items",
    "uniqueItems": "unique_items",
    "additionalProperties": "unknown_field",
    "scale": "scale",
    "attachment": "attachment",
}


def said_of(form: Form, pointer: str) -> Said:
    """The field at a value pointer by its label (its group's label for what has none), with the row it stands in."""
    found = form.field(pointer)
    parts = tokens_of(pointer)
    if found is None and len(parts) > 1:
        parent = form.field(pointer.rpartition("/")[0])
        found = parent if parent is not None and not parent.items and not parent.fields else None
    last = parts[-1] if parts else ""
    label = found.label if found is not None else Text(last, last)
    row = next((int(part) + 1 for part in parts[:-1] if part.isdigit()), None)
    if last.isdigit():
        return Text(f"「{label.zh}」第{int(last) + 1}项", f"“{label.en}”, entry {int(last) + 1}")
    if row is None:
        return Text(f"「{label.zh}」", f"“{label.en}”")
    return Text(f"第{row}行「{label.zh}」", f"row {row}, “{label.en}”")


def code_of(keyword: str, field: Field | None) -> str:
    """The stable code of a fault: formats are named (``format_date``), keywords written with underscores."""
    if keyword == "format" and field is not None and field.format:
        return "format_" + field.format.replace("-", "_")
    return _CODES.get(keyword, keyword)


def words_for(keyword: str, limit: Any, value: Any, said: Said, field: Field | None) -> Text:
    """The sentences for a fault of ``keyword`` at a field (``limit`` is the schema's, ``value`` what stands there)."""
    if keyword == "format":
        return _format_words(field.format if field else None, value, said)
    if keyword in ("required", "dependentRequired"):
        return _required(said, field)
    if keyword in _WORDS:
        zh, en = _WORDS[keyword](limit, value, field)
        return Text(f"{said.zh}{zh}", f"{_capital(said.en)} {en}")
    return Text(f"{said.zh}不符合要求（{keyword}）。", f"{_capital(said.en)} does not meet its rule ({keyword}).")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def number_text(value: Any) -> str:
    """A number as people write it."""
    if isinstance(value, (Decimal, float)):  # a validator may hand a limit back as a float
        exact = Decimal(repr(value)) if isinstance(value, float) else value
        return format(exact.normalize(), "f") if exact.is_finite() else str(value)
    return str(value)


def _shown(value: Any) -> str:
    text = number_text(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _required(said: Said, field: Field | None) -> Text:
    if field is not None and field.read_only:
        return Text(
            f"{said.zh}应由系统带出，但前面的步骤没有给出。请先补全前面的资料，或联系质量管理人员。",
            f"{_capital(said.en)} is filled in by the system, but no earlier step gave it. Complete the earlier data "
            "first or ask quality staff.",
        )
    if field is not None and field.format == "attachment":
        return Text(f"请上传{said.zh}。", f"Upload {said.en}.")
    if field is not None and (field.enum or field.type == "boolean"):
        return Text(f"请选择{said.zh}。", f"Choose {said.en}.")
    return Text(f"请填写{said.zh}。", f"Fill in {said.en}.")


_TYPES = {
    "string": ("应为文字。", "must be text."),
    "integer": ("应为整数，例如 12。", "must be a whole number, such as 12."),
    "number": ("应为数字，例如 3.5。", "must be a number, such as 3.5."),
    "boolean": ("应为“是”或“否”。", "must be yes or no."),
    "array": ("应为列表。", "must be a list."),
    "object": ("应为一组字段。", "must be a group of fields."),
}


def _type(limit: Any, value: Any, field: Field | None) -> tuple[str, str]:
    return _TYPES.get(str(limit), ("类型不对。", "has the wrong kind of value."))


def _enum(limit: Any, value: Any, field: Field | None) -> tuple[str, str]:
    texts = [text for _, text in field.enum] if field is not None else []
    if not texts or len(texts) > 8:
        return f"不能是“{_shown(value)}”，请从列表中选择。", f"cannot be “{_shown(value)}”; choose from the list."
    zh, en = "、".join(text.zh for text in texts), ", ".join(text.en for text in texts)
    return f"不能是“{_shown(value)}”，请选择：{zh}。", f"cannot be “{_shown(value)}”; choose one of: {en}."


def _const(limit: Any, value: Any, field: Field | None) -> tuple[str, str]:
    choice = field.choice(limit) if field is not None else None
    word = choice or Text(_shown(limit), _shown(limit))
    return f"在这里只能是“{word.zh}”。", f"can only be “{word.en}” here."


def _bound(zh: str, en: str) -> Callable[[Any, Any, Any], tuple[str, str]]:
    def words(limit: Any, value: Any, field: Field | None) -> tuple[str, str]:
        unit = f" {field.unit}" if field is not None and field.unit else ""
        bound, shown = number_text(limit) + unit, number_text(value) + unit
        return f"{zh} {bound}，现为 {shown}，请更正。", f"{en} {bound}, but it is {shown}. Correct it."

    return words


def _length(zh: str, en: str) -> Callable[[Any, Any, Any], tuple[str, str]]:
    def words(limit: Any, value: Any, field: Field | None) -> tuple[str, str]:
        now = len(value) if isinstance(value, str) else 0
        return f"{zh} {limit} 个字，现有 {now} 个，请修改。", f"{en} {limit} characters, but it has {now}. Change it."

    return words


def _count(zh: str, en: str) -> Callable[[Any, Any, Any], tuple[str, str]]:
    def words(limit: Any, value: Any, field: Field | None) -> tuple[str, str]:
        now = len(value) if isinstance(value, list) else 0
        return f"{zh} {limit} 行，现有 {now} 行。", f"{en} {limit} row(s), but it has {now}."

    return words


def _plain(zh: str, en: str) -> Callable[[Any, Any, Any], tuple[str, str]]:
    return lambda limit, value, field: (zh, en)


def _scale(limit: Any, value: Any, field: Field | None) -> tuple[str, str]:
    if limit == 0:
        return (
            f"应为整数，现为 {number_text(value)}，请更正。",
            f"must be a whole number, but it is {number_text(value)}. Correct it.",
        )
    return (
        f"最多 {limit} 位小数，现为 {number_text(value)}，请更正。",
        f"takes at most {limit} decimal place(s), but it is {number_text(value)}. Correct it.",
    )


_WORDS: dict[str, Callable[[Any, Any, Any], tuple[str, str]]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _bound("不能小于", "cannot be less than"),
    "maximum": _bound("不能大于", "cannot be more than"),
    "exclusiveMinimum": _bound("必须大于", "must be more than"),
    "exclusiveMaximum": _bound("必须小于", "must be less than"),
    "minLength": _length("至少", "needs at least"),
    "maxLength": _length("最多", "takes at most"),
    "pattern": _plain(
        "的格式不对，请对照实物或单据重新录入。",
        "is not written the way it should be. Compare it with the label or paper.",
    ),
    "minItems": _count("至少要有", "needs at least"),
    "maxItems": _count("最多", "takes at most"),
    "uniqueItems": _plain("中有重复的内容，请删除重复项。", "has the same entry twice. Remove one of them."),
    "additionalProperties": _plain(
        "不是本表单的字段，请刷新页面后重新填写；接口调用请去掉它。",
        "is not a field of this form. Reload the page and fill it in again; programs leave it out.",
    ),
    "scale": _scale,
    "attachment": _plain("的文件不完整，请重新上传。", "is not a complete file. Upload it again."),
}

_FORMAT_WORDS = {
    "date-time": (
        "应为带时区的日期时间，例如 2026-01-31T08:30:00+08:00，请重新选择。",
        "must be a date and time with its zone, such as 2026-01-31T08:30:00+08:00. Choose it again.",
    ),
    "time": ("应为时间，例如 08:30，请更正。", "must be a time of day such as 08:30. Correct it."),
    "duration": (
        "应为时长，例如 P1D（1 天）或 PT2H（2 小时），请更正。",
        "must be a duration such as P1D (1 day) or PT2H (2 hours). Correct it.",
    ),
    "email": ("不是有效的邮箱地址，请核对。", "is not a mail address. Check it."),
    "udi": ("不是可识别的扫码内容，请重新扫描。", "is not what a scanner reads from a code. Scan it again."),
}
_DATE_WORDS = {
    "form": ("应为日期，例如 2026-01-31，请更正。", "must be a date such as 2026-01-31. Correct it."),
    "calendar": ("这一天在日历上不存在，请对照标签核对。", "is a day that does not exist. Compare it with the label."),
    "range": (
        f"的年份应在 {YEAR_MIN}–{YEAR_MAX} 之间，请核对。",
        f"must lie in the years {YEAR_MIN}–{YEAR_MAX}. Check the year.",
    ),
}


def _format_words(name: str | None, value: Any, said: Said) -> Text:
    if name == "date":
        zh, en = _DATE_WORDS[date_fault(value) or "form"] if isinstance(value, str) else _DATE_WORDS["form"]
    else:
        zh, en = _FORMAT_WORDS.get(name or "", ("格式不对，请更正。", "is not written correctly. Correct it."))
    return Text(f"{said.zh}{zh}", f"{_capital(said.en)} {en}")


_UNSTORABLE = {
    "not_json": ("的值不是有效的数据，请重新填写。", "is not data that can be stored. Fill it in again."),
    "too_deep": ("的层次太多。", "is nested too deeply."),
    "control_character": (
        "含有不可见的控制字符，请重新录入。",
        "has invisible control characters in it. Type it again.",
    ),
    "number_range": ("的数字太大，请核对。", "is too large a number. Check it."),
    "number_digits": ("最多 15 位有效数字，请核对。", "takes at most 15 significant digits. Check it."),
    "number_places": ("最多 12 位小数，请核对。", "takes at most 12 decimal places. Check it."),
    "number_not_finite": ("不是有效的数字，请核对。", "is not a number. Check it."),
}


def unstorable(code: str, said: Said | None) -> Text:
    """The sentences for a value that cannot be stored at all."""
    if said is None:
        return Text("提交的内容应为一组字段（JSON 对象）。", "What is sent must be a set of fields (a JSON object).")
    zh, en = _UNSTORABLE[code]
    return Text(f"{said.zh}{zh}", f"{_capital(said.en)} {en}")


def computed_missing(label: Text) -> Text:
    """A required computed field whose sources are not filled in."""
    return Text(
        f"「{label.zh}」由系统计算，所需的字段还没有填写，请先填写它们。",
        f"“{label.en}” is computed, but the fields it needs are not filled in. Fill them in first.",
    )


def expression_failed(label: Text, why: Text) -> Text:
    """An expression of the form that has no answer for these values."""
    return Text(
        f"「{label.zh}」无法计算：{why.zh} 请核对已填写的数值；若数值无误，请联系流程负责人。",
        f"“{label.en}” cannot be worked out: {why.en} Check the values entered; if they are right, tell the "
        "process owner.",
    )


def too_large(size: int, limit: int) -> Text:
    """The values of one act are too many bytes."""
    return Text(
        f"填写的内容共 {size // 1024} KB，超过 {limit // 1024} KB。请减少行数，或把长文本改为附件。",
        f"What was entered takes {size // 1024} KB, more than {limit // 1024} KB. Use fewer rows or attach "
        "long text as a file.",
    )
