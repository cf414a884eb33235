"""The other way round: the fields of a label become the element string that a bar code holds.

What is built here is what ``gs1`` reads: the same table judges it, and nothing is drawn that our own reader, or
anybody else's, would refuse. A value that does not fit is told with its identifier, all of them at once.
Source: GS1 General Specifications 25, chapters 3 and 7.8 (separator behind each value whose length is not laid down).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from domain.errors import Fault, GspError, Text
from domain.udi.code import Code, UdiFault
from domain.udi.dates import full_year
from domain.udi.gs1 import GS, Found, code_of, consumed
from domain.udi.gs1_contents import check_digit
from domain.udi.gs1_table import identifiers

Pair = tuple[str, str]
"""An Application Identifier and its value as the bar code holds it."""
OWN = "91"
"""Where a number of our own stands: AI 21 belongs to whoever made the GTIN, 91–99 to whoever prints the label."""
_SSCC = "00"


class UnbuildableError(GspError):
    """Fields that make no code. ``faults`` names each with its Application Identifier as pointer (``/10``)."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        zh = "；".join(one.message.zh.rstrip("。") for one in faults)
        en = " ".join(one.message.en for one in faults)
        super().__init__(
            "udi_unbuildable", f"做不成条码：{zh}。请更正后重打。", f"No bar code of this: {en} Correct it."
        )
        self.faults = tuple(faults)


def udi_pairs(
    di: str,
    today: date,
    *,
    lot: str | None = None,
    serial: str | None = None,
    expiry: str | None = None,
    made: str | None = None,
    own: str | None = None,
) -> tuple[Pair, ...]:
    """The elements of a unit's or box's label, those of a laid-down length first, as GS1 recommends.

    ``expiry`` and ``made`` are ``YYYY-MM-DD``; ``own`` is a number that we gave to a unit whose maker gave none.
    """
    dated = [("17", expiry), ("11", made)]
    pairs: list[Pair] = [("01", di), *((ai, six_digits(ai, day, today)) for ai, day in dated if day)]
    return (*pairs, *((ai, value) for ai, value in (("10", lot), ("21", serial), (OWN, own)) if value))


def six_digits(ai: str, day: str, today: date) -> str:
    """``YYMMDD`` of a day. Refused where two digits would be read back as a year of another century."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise _one_fault(ai, "bad_date", f"“{day}”不是日期", f"'{day}' is no date.") from None
    if full_year(found.year % 100, today.year) != found.year:
        zh = f"{day} 的年份写成两位会被读成 {full_year(found.year % 100, today.year)} 年"
        en = f"two digits for the year of {day} would be read as {full_year(found.year % 100, today.year)}."
        raise _one_fault(ai, "far_date", zh, en)
    return f"{found:%y%m%d}"


def element_string(pairs: Iterable[Pair], today: date) -> str:
    """Raw data: what a scanner sends, without a symbology identifier. Raises ``UnbuildableError``."""
    given = tuple(pairs)
    require_sound(given, today)
    return raw(given)


def raw(pairs: Iterable[Pair]) -> str:
    """The pairs one after the other, with a separator where one is due. They are taken as they are."""
    parts = [(ai + value, identifiers()[ai].has_fixed_length) for ai, value in pairs]
    behind = [GS if place < len(parts) - 1 and not fixed else "" for place, (_, fixed) in enumerate(parts)]
    return "".join(text + end for (text, _), end in zip(parts, behind, strict=True))


def bracketed(pairs: Iterable[Pair]) -> str:
    """The same as people read it: ``(01)…(17)…``; a bracket within a value is written ``\\(``."""
    return "".join(f"({ai}){value.replace('(', chr(92) + '(')}" for ai, value in pairs)


def require_sound(pairs: Sequence[Pair], today: date) -> Code:
    """What the pairs say when they are read again. Raises ``UnbuildableError`` with everything that is wrong."""
    found, faults, at = [], list[Fault](), 0
    for ai, value in pairs:
        one = _judged(ai, value, at, today.year, faults)
        found += [one] if one else []
        at += len(ai) + len(value) + 1
    faults += [_fault(ai, "twice", "出现两次", "it stands there twice.") for ai in _twice(pairs)]
    if faults:
        raise UnbuildableError(faults)
    try:
        return code_of(found, today)
    except UdiFault as wrong:
        raise UnbuildableError([Fault("", "bad_together", wrong.why)]) from wrong


def _judged(ai: str, value: str, at: int, year: int, faults: list[Fault]) -> Found | None:
    identifier = identifiers().get(ai)
    if identifier is None:
        faults.append(_fault(ai, "no_ai", "不是 GS1 应用标识符", "it is no GS1 Application Identifier."))
        return None
    try:
        return Found(identifier, consumed(identifier, value, range(len(value) + 1), year), at)
    except UdiFault as wrong:
        faults.append(Fault(f"/{ai}", "bad_value", wrong.why))
        return None


def _twice(pairs: Sequence[Pair]) -> list[str]:
    names = [ai for ai, _ in pairs]
    return sorted({ai for ai in names if names.count(ai) > 1})


def _fault(ai: str, code: str, zh: str, en: str) -> Fault:
    return Fault(f"/{ai}", code, Text(f"AI {ai}：{zh}", f"AI {ai}: {en}"))


def _one_fault(ai: str, code: str, zh: str, en: str) -> UnbuildableError:
    return UnbuildableError([_fault(ai, code, zh, en)])


# ------------------------------------------------------------------ logistic units


def sscc(prefix: str, number: int, extension: int = 0) -> str:
    """The 18 digits of a logistic unit: extension digit, GS1 Company Prefix, our number, check digit.

    Raises ``UnbuildableError``. Source: GS1 General Specifications 25, section 3.2 (AI 00).
    """
    room = 16 - len(prefix)
    if not (prefix.isascii() and prefix.isdigit() and 4 <= len(prefix) <= 12):
        raise _one_fault(_SSCC, "bad_prefix", "厂商识别代码应为 4–12 位数字", "a GS1 Company Prefix is 4 to 12 digits.")
    if not (0 <= number < 10**room and 0 <= extension <= 9):
        raise _one_fault(_SSCC, "no_room", f"流水号超过 {room} 位", f"the number has more than {room} digits.")
    body = f"{extension}{prefix}{number:0{room}}"
    return body + check_digit(body)


def sscc_of(scanned: str) -> str | None:
    """The SSCC that a scan holds alone (``]C100…``, ``00…``, ``(00)…``), if its check digit is right."""
    text = scanned.strip(" \t\r\n").removeprefix("]C1").removeprefix("]d2").removeprefix("]Q3").lstrip(GS)
    digits = text.removeprefix("(00)") if text.startswith("(") else text.removeprefix("00") if len(text) == 20 else ""
    is_one = len(digits) == 18 and digits.isascii() and digits.isdigit() and check_digit(digits[:-1]) == digits[-1]
    return digits if is_one else None
