"""One field of master data: what is written in it, read from text, a cell of a sheet or JSON, and what is wrong with it.

Cells come as people type them: full-width digits, `2026/1/5`, `是`, `10.0`. Nothing is guessed beyond that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from domain.errors import Fault, Text

Kind = Literal["code", "text", "day", "integer", "decimal", "flag", "choice"]

_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?: 00:00:00)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_FLAGS = {
    "是": True, "y": True, "yes": True, "true": True, "1": True, "√": True,
    "否": False, "n": False, "no": False, "false": False, "0": False, "×": False,
}  # fmt: skip
_INTEGER_MOST = 2**53 - 1


@dataclass(frozen=True)
class Field:
    """A field: its words, its kind, and the bounds of what may stand in it.

    `most` bounds the length of text, `places` the decimal places; `check` says what else is wrong with a value.
    """

    key: str
    text: Text
    kind: Kind = "text"
    needed: bool = False
    choices: tuple[tuple[str, Text], ...] = ()
    most: int = 200
    places: int = 0
    low: Decimal | None = None
    high: Decimal | None = None
    check: Callable[[Any], Text | None] | None = None


class FieldError(ValueError):
    """What is wrong with one value, in words."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.text = Text(zh, en)


def narrow(text: str) -> str:
    """Full-width letters and digits as ordinary ones, without outer blanks and line ends."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def read(field: Field, given: Any) -> Any:
    """The value of a field; `None` for nothing. Raises `FieldError`."""
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    value = _READERS[field.kind](field, given)
    said = field.check(value) if field.check else None
    if said is not None:
        raise FieldError("check", said.zh, said.en)
    return value


def faults_of(fields: tuple[Field, ...], given: dict[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The values of a whole row and everything wrong with it, at once."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    known = {field.key for field in fields}
    for key in given:
        if key not in known:
            faults.append(Fault(f"/{key}", "unknown_field", Text(f"没有字段“{key}”。", f"There is no field '{key}'.")))
    for field in fields:
        try:
            values[field.key] = read(field, given.get(field.key))
        except FieldError as error:
            faults.append(Fault(f"/{field.key}", error.code, error.text))
            continue
        if field.needed and values[field.key] is None:
            text = Text(f"“{field.text.zh}”必填。", f"'{field.text.en}' is needed.")
            faults.append(Fault(f"/{field.key}", "required", text))
    return values, faults


def show(field: Field, value: Any) -> str:
    """A value as it is written into a form or a cell, and read back by `read`."""
    if value is None:
        return ""
    if field.kind == "flag":
        return "是" if value else "否"
    return str(value)


def _text(field: Field, given: Any) -> str:
    text = unicodedata.normalize("NFC", _plain(given)).strip()
    if len(text) > field.most:
        raise FieldError("max_length", f"最多 {field.most} 个字符。", f"At most {field.most} characters.")
    if any(unicodedata.category(char) == "Cc" for char in text.replace("\n", "").replace("\t", "")):
        raise FieldError("control_character", "含有不可见的控制字符。", "It holds control characters.")
    return text


def _code(field: Field, given: Any) -> str:
    return _text(field, narrow(_plain(given)))


def _plain(given: Any) -> str:
    """A cell as text; sheets keep whole numbers as `10.0`."""
    if isinstance(given, bool):
        return "是" if given else "否"
    if isinstance(given, float | Decimal) and given == given.__trunc__() and abs(given) < 10**15:
        return str(int(given))
    if isinstance(given, datetime | date):
        return given.isoformat()[:10]
    return str(given)


def _day(field: Field, given: Any) -> str:
    if isinstance(given, datetime | date):
        return given.isoformat()[:10]
    found = _DAY.fullmatch(narrow(_plain(given)))
    try:
        if found is None:
            raise ValueError
        day = date(int(found[1]), int(found[2]), int(found[3]))
        if not 1900 <= day.year <= 2199:
            raise ValueError
    except ValueError as error:
        zh = f"“{_short(given)}”不是日期，请写成 2026-01-31。"
        raise FieldError("format_date", zh, f"'{_short(given)}' is no date; write it as 2026-01-31.") from error
    return day.isoformat()


def _decimal(field: Field, given: Any) -> Decimal:
    text = narrow(_plain(given)).replace(",", "").removesuffix("元").removesuffix("%").removeprefix("¥").strip()
    if not _NUMBER.fullmatch(text):
        raise _no_number(given)
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise _no_number(given) from error
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > field.places:
        raise FieldError("scale", f"小数最多 {field.places} 位。", f"At most {field.places} decimal places.")
    if len(value.as_tuple().digits) > 15:
        raise FieldError("number_digits", "最多 15 位有效数字。", "At most 15 digits.")
    _bounded(field, value)
    return value


def _integer(field: Field, given: Any) -> int:
    text = narrow(_plain(given)).replace(",", "")
    if not re.fullmatch(r"[+-]?\d{1,16}", text) or abs(int(text)) > _INTEGER_MOST:
        zh = f"“{_short(given)}”不是整数。"
        raise FieldError("type", zh, f"'{_short(given)}' is no whole number.")
    value = int(text)
    _bounded(field, Decimal(value))
    return value


def _bounded(field: Field, value: Decimal) -> None:
    if field.low is not None and value < field.low:
        raise FieldError("minimum", f"不能小于 {field.low}。", f"Not below {field.low}.")
    if field.high is not None and value > field.high:
        raise FieldError("maximum", f"不能大于 {field.high}。", f"Not above {field.high}.")


def _flag(field: Field, given: Any) -> bool:
    found = given if isinstance(given, bool) else _FLAGS.get(narrow(_plain(given)).casefold())
    if found is None:
        zh = f"“{_short(given)}”不是“是”或“否”。"
        raise FieldError("type", zh, f"'{_short(given)}' is neither yes nor no.")
    return found


def _choice(field: Field, given: Any) -> str:
    text = narrow(_plain(given)).casefold()
    for key, words in field.choices:
        if text in (key.casefold(), words.zh.casefold(), words.en.casefold()):
            return key
    zh = "、".join(words.zh for _, words in field.choices)
    en = ", ".join(words.en for _, words in field.choices)
    raise FieldError("enum", f"“{_short(given)}”不在可选范围：{zh}。", f"'{_short(given)}' is none of: {en}.")


def _no_number(given: Any) -> FieldError:
    return FieldError("type", f"“{_short(given)}”不是数字。", f"'{_short(given)}' is no number.")


def _short(given: Any) -> str:
    text = str(given)
    return text if len(text) <= 40 else text[:39] + "…"


_READERS: dict[str, Callable[[Field, Any], Any]] = {
    "code": _code,
    "text": _text,
    "day": _day,
    "integer": _integer,
    "decimal": _decimal,
    "flag": _flag,
    "choice": _choice,
}
