"""HIBC: the code of the Health Industry Bar Code council, met on imported goods.

Source: ANSI/HIBC 2.6 (supplier labelling): primary ``+LIC PCN U check``, secondary data behind a slash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from domain.udi.code import Code, Element, UdiFault
from domain.udi.dates import calendar_day, day_of_year, full_year, last_day

_VALUES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_WRITTEN = _VALUES.replace(" ", "")
_PRIMARY = re.compile(r"\+([A-Z][0-9A-Z]{3})([0-9A-Z]{1,18})([0-9])")
_DATES = {"2": "MMDDYY", "3": "YYMMDD", "4": "YYMMDDHH", "5": "YYJJJ", "6": "YYJJJHH"}
"""Digit before a date → how it is written; ``7``: no date; ``0`` and ``1`` begin MMYY themselves."""
_QUANTITY = {"8": 2, "9": 5}
_LONGEST_LOT = 18


@dataclass(frozen=True)
class _Said:
    """What secondary data said so far."""

    lot: str | None = None
    serial: str | None = None
    expiry: str | None = None
    made: str | None = None
    elements: tuple[Element, ...] = ()

    def with_(self, key: str, title: str, value: str, field: str = "") -> _Said:
        """The same and one part more."""
        told = replace(self, elements=(*self.elements, Element(key, title, value)))
        return replace(told, **{field: value}) if field else told


def fits(text: str) -> bool:
    """Whether this begins as HIBC codes do; Code 39 may wrap them in asterisks."""
    return text.startswith(("+", "*+"))


def check_character(text: str) -> str:
    """The check character of everything before it: the sum of the values modulo 43."""
    return _VALUES[sum(map(_VALUES.index, text)) % 43]


def with_space(text: str) -> str:
    """The text with the space that stood behind it, where it is its check character."""
    return f"{text} " if not text.strip(_WRITTEN) and check_character(text) == " " else text


def read(text: str, today: date) -> Code:
    """A primary code, alone or with its secondary data. Raises ``UdiFault``."""
    wrapped = text.startswith("*")
    plain = text.strip("*") if wrapped else text
    try:
        return _read(plain, today)
    except UdiFault as fault:
        raise fault.moved(int(wrapped)) from None


def _read(text: str, today: date) -> Code:
    _require_characters(text)
    body = text[:-1]
    if check_character(body) != text[-1]:
        raise UdiFault(
            f"HIBC 校验位不对：应为“{check_character(body)}”。",
            f"The HIBC check character is wrong: it should be '{check_character(body)}'.",
            len(body),
        )
    head, slash, rest = body.partition("/")
    primary = _PRIMARY.fullmatch(head)
    if primary is None:
        raise UdiFault(
            "不是 HIBC 主码（厂商、产品、包装级别）；若是副码，请扫带产品的那一个。",
            "This is no primary HIBC code (labeler, product, packing level). Scan the one that holds the product.",
            1,
        )
    labeler, product, level = primary.groups()
    said = (
        _Said().with_("LIC", "labeler", labeler).with_("PCN", "product", product).with_("U/M", "packing level", level)
    )
    for number, (segment, at) in enumerate(_segments(rest, len(head) + 1) if slash else ()):
        said = _secondary(segment, at, said, today) if number == 0 else _supplement(segment, at, said)
    return Code(
        "HIBC", f"{labeler}{product}{level}", said.lot, said.serial, said.expiry, said.made, elements=said.elements
    )


def _require_characters(text: str) -> None:
    wrong = next((at for at, letter in enumerate(text) if letter not in _VALUES), None)
    if wrong is not None:
        shown = text[wrong]
        raise UdiFault(f"HIBC 不允许字符“{shown}”。", f"'{shown}' is no character of HIBC.", wrong)
    if len(text) < 8:
        raise UdiFault("太短，不是 HIBC 码。", "It is too short for a HIBC code.", len(text))


def _segments(rest: str, at: int) -> Iterator[tuple[str, int]]:
    for segment in rest.split("/"):
        yield segment, at
        at += len(segment) + 1


def _secondary(text: str, at: int, said: _Said, today: date) -> _Said:
    """Lot or serial with quantity and expiry, in one of its five spellings."""
    if re.match(r"\d{5}", text):
        said = said.with_("YYJJJ", "expiry", _julian(text[:5], at, today), "expiry")
        return _lot(text[5:], at + 5, said, "lot")
    if not text.startswith("$"):
        return _supplement(text, at, said)
    begin = re.match(r"\$\$?\+?", text)
    assert begin is not None, "it begins with a dollar sign"
    mark, field = begin.group(), "serial" if begin.group().endswith("+") else "lot"
    rest, place = text[len(mark) :], at + len(mark)
    if mark.startswith("$$"):
        said, used = _quantity(rest, said, place)
        rest, place = rest[used:], place + used
        said, used = _dated(rest, said, place, today)
        rest, place = rest[used:], place + used
    return _lot(rest, place, said, field)


def _quantity(text: str, said: _Said, at: int) -> tuple[_Said, int]:
    digits = _QUANTITY.get(text[:1], 0)
    if not digits:
        return said, 0
    count = text[1 : 1 + digits]
    if len(count) < digits or not count.isdigit():
        raise UdiFault(f"数量应为 {digits} 位数字。", f"The quantity is {digits} digits.", at + 1)
    return said.with_("QTY", "quantity", str(int(count))), 1 + digits


def _dated(text: str, said: _Said, at: int, today: date) -> tuple[_Said, int]:
    """The expiry in front of the lot, and how many characters it took."""
    flag = text[:1]
    if flag == "7":
        return said, 1
    form, begin = ("MMYY", 0) if flag in ("0", "1") else (_DATES.get(flag, ""), 1)
    if not form:
        return said, 0
    digits = text[begin : begin + len(form)]
    if len(digits) < len(form) or not digits.isdigit():
        raise UdiFault(f"有效期应写成 {form}。", f"The expiry is written {form}.", at + begin)
    day = _julian(digits[:5], at + begin, today) if form.startswith("YYJJJ") else _day(form, digits, at + begin, today)
    return said.with_(form, "expiry", day, "expiry"), begin + len(form)


def _day(form: str, digits: str, at: int, today: date) -> str:
    place = {letter: form.find(letter * 2) for letter in "YMD"}
    part = {letter: int(digits[found : found + 2]) for letter, found in place.items() if found >= 0}
    year, month = full_year(part["Y"], today.year), part["M"]
    if not 1 <= month <= 12:
        raise UdiFault(f"没有 {month} 月。", f"There is no month {month}.", at + place["M"])
    found = calendar_day(year, month, part["D"]) if "D" in part else last_day(year, month)
    if found is None:
        raise UdiFault(f"没有这一天：{digits}。", f"There is no such day: {digits}.", at)
    return found.isoformat()


def _julian(digits: str, at: int, today: date) -> str:
    found = day_of_year(full_year(int(digits[:2]), today.year), int(digits[2:]))
    if found is None:
        raise UdiFault(f"没有这一天：{digits}。", f"There is no such day of the year: {digits}.", at)
    return found.isoformat()


def _lot(text: str, at: int, said: _Said, field: str) -> _Said:
    if not text:
        return said
    if len(text) > _LONGEST_LOT or not re.fullmatch(r"[0-9A-Z.\-]+", text):
        raise UdiFault("批号或序列号写法不对。", "The lot or serial number is not written as HIBC has it.", at)
    return said.with_("LOT" if field == "lot" else "SN", field, text, field)


def _supplement(text: str, at: int, said: _Said) -> _Said:
    """Further data behind another slash: serial, production and expiry in full."""
    if match := re.fullmatch(r"(14|16)D(\d{4})(\d{2})(\d{2})", text):
        kind, (year, month, day) = match[1], (int(match[n]) for n in (2, 3, 4))
        found = calendar_day(year, month, day) if year else None
        if found is None:
            raise UdiFault(f"没有这一天：{text[3:]}。", f"There is no such day: {text[3:]}.", at + 3)
        field = "expiry" if kind == "14" else "made"
        return said.with_(f"{kind}D", field, found.isoformat(), field)
    if text.startswith("S") and len(text) > 1:
        return _lot(text[1:], at + 1, said, "serial")
    if match := re.fullmatch(r"Q(\d{1,5})", text):
        return said.with_("Q", "quantity", str(int(match[1])))
    raise UdiFault(f"看不懂的 HIBC 附加数据：{text}。", f"HIBC has no such further data: {text}.", at)
