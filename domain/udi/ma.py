"""MA codes (中关村工信二维码技术研究院) and codes whose form is not public (AHM).

Source: public readers of the code agree on its form; how its last character is made is not public, so it is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from domain.errors import Text
from domain.udi.code import Code, Element, UdiFault, Warned
from domain.udi.dates import calendar_day, full_year

_DI_PARTS = 5
_DI = re.compile(r"MA\.\d{3}\.[A-Z]\d\.[0-9A-Z]{4,8}\.[0-9A-Za-z]{4,12}", re.ASCII)
_TITLES = {
    "S": "序列号 serial", "L": "批号 lot", "M": "生产日期 production date", "P": "生产日期 production date",
    "D": "灭菌批号 sterilisation lot", "E": "失效日期 expiry", "V": "有效期 valid until", "Y": "医保编码 insurance code",
    "C": "校验 check",
}  # fmt: skip
_FIELDS = {"S": "serial", "L": "lot", "M": "made", "P": "made"}
_DATED = {"M", "P", "E", "V"}


def fits(text: str) -> bool:
    """Whether this is an MA code, alone or at the end of a web address."""
    return _begin(text) >= 0


def _begin(text: str) -> int:
    if text.startswith("MA."):
        return 0
    slash = text.rfind("/MA.")
    return slash + 1 if slash >= 0 and text[:4].lower() == "http" else -1


def read(text: str, today: date) -> Code:
    """The parts between the dots. Raises ``UdiFault`` at the first that is none."""
    begin = _begin(text)
    pieces = text[begin:].split(".")
    di = ".".join(pieces[:_DI_PARTS])
    if _DI.fullmatch(di) is None:
        raise UdiFault(
            "MA 码的产品标识不完整（应为 MA.国家.行业.厂商.产品 五段）。",
            "The product of this MA code is not whole (MA, country, trade, maker, product).",
            begin,
        )
    parts: dict[str, str] = {}
    elements = [Element("DI", "产品标识 product", di)]
    for letter, value, at in _following(pieces[_DI_PARTS:], begin + len(di) + 1):
        if letter in parts:
            raise UdiFault(f"“{letter}”段出现两次。", f"The part {letter} stands there twice.", at)
        parts[letter] = _day(value, at + 1, today) if letter in _DATED else value
        elements.append(Element(letter, _TITLES[letter], parts[letter]))
    told = {_FIELDS[letter]: value for letter, value in parts.items() if letter in _FIELDS}
    ends, lasts = parts.get("E"), parts.get("V")
    warnings = (_differ(ends, lasts),) if ends and lasts and not _agree(ends, lasts) else ()
    return Code("MA", di, **told, expiry=lasts or ends, elements=tuple(elements), warnings=warnings, is_checked=False)


def _agree(ends: str, lasts: str) -> bool:
    """失效日期 is the day after 有效期, or the same day where the maker does not tell them apart."""
    return date.fromisoformat(ends) - date.fromisoformat(lasts) in (timedelta(0), timedelta(days=1))


def _following(pieces: list[str], at: int) -> Iterator[tuple[str, str, int]]:
    for piece in pieces:
        if piece[:1] not in _TITLES or len(piece) < 2 or not piece.isascii():
            raise UdiFault(f"MA 码里看不懂的一段：{piece}。", f"An MA code has no such part: {piece}.", at)
        yield piece[0], piece[1:], at
        at += len(piece) + 1


def _day(digits: str, at: int, today: date) -> str:
    found = None
    if re.fullmatch(r"\d{6}", digits, re.ASCII):
        found = calendar_day(full_year(int(digits[:2]), today.year), int(digits[2:4]), int(digits[4:]))
    if found is None:
        raise UdiFault(f"没有这一天：{digits}。", f"There is no such day: {digits}.", at)
    return found.isoformat()


def _differ(ends: str, lasts: str) -> Warned:
    text = Text(
        f"码里的失效日期 {ends} 与有效期 {lasts} 不一致，请核对标签。",
        f"The code says that it expires on {ends} and is valid until {lasts}; compare the label.",
    )
    return Warned("two_values", "expiry", text)


def opaque(issuer: str, text: str) -> Code:
    """A code that is kept as it is: which part of it names the product is not public."""
    told = Text(
        f"{issuer} 码的编码规则未公开，系统不解析批号和日期，请按标签录入。",
        f"How {issuer} codes are made is not public: enter lot and dates from the label.",
    )
    element, warned = Element("DI", "code", text), Warned("not_taken_apart", "lot", told)
    return Code(issuer, text, elements=(element,), warnings=(warned,), is_checked=False)
