"""ISBT 128 (ICCBBA): products of human origin. Each part begins with two marks and has its own length.

Source: ISBT 128 standard technical specification; IMDRF/UDI WG/N48, appendix A.3.
"""

from __future__ import annotations

import re
from datetime import date

from domain.udi.code import Code, Element, UdiFault
from domain.udi.dates import day_of_year

_ANY = "[0-9A-Z]"
_PARTS: tuple[tuple[str, str, str, str], ...] = (
    ("=/", f"{_ANY}{{16}}", "processor product identification code", "di"),
    ("=)", f"{_ANY}{{10}}", "container product identification", "di"),
    ("=,", f"{_ANY}{{6}}", "serial number", "serial"),
    ("=>", r"\d{6}", "expiration date", "expiry"),
    ("=}", r"\d{6}", "production date", "made"),
    ("=*", r"\d{6}", "collection date", ""),
    ("&>", r"\d{10}", "expiration date and time", "expiry"),
    ("&}", r"\d{10}", "production date and time", "made"),
    ("&,1", f"{_ANY}{{18}}", "MPHO lot number", "lot"),
    ("&)", f"{_ANY}{{10}}", "container lot number", "lot"),
    ("=", f"[A-NP-Z1-9]{_ANY}{{12}}\\d{{2}}", "donation identification number", "donation"),
)
_DATED = {"expiry", "made"}


def fits(text: str) -> bool:
    """Whether this begins as ISBT 128 does."""
    return text[:1] in ("=", "&")


def read(text: str, today: date) -> Code:
    """Parts one after the other. Raises ``UdiFault`` at the first that is none, and without a product."""
    at, parts, elements = 0, {}, []
    while at < len(text):
        mark, value, title, field = _part_at(text, at)
        shown = _day(value, at + len(mark), today) if field in _DATED or mark == "=*" else value
        if field in parts:
            raise UdiFault(f"“{title}”出现两次。", f"The {title} stands there twice.", at)
        if field:
            parts[field] = shown
        elements.append(Element(mark, title, shown))
        at += len(mark) + len(value)
    if "di" not in parts:
        raise UdiFault("没有产品标识（=/… 或 =)…）。", "There is no product identification (=/… or =)…).")
    lot = parts.get("lot") or parts.get("donation")
    return Code(
        "ICCBBA",
        parts["di"],
        lot,
        parts.get("serial"),
        parts.get("expiry"),
        parts.get("made"),
        tuple(elements),
        is_checked=False,
    )


def _part_at(text: str, at: int) -> tuple[str, str, str, str]:
    for mark, form, title, field in _PARTS:
        if text.startswith(mark, at):
            found = re.compile(form, re.ASCII).match(text, at + len(mark))
            if found is not None:
                return mark, found.group(), title, field
            if mark != "=":
                raise UdiFault(
                    f"“{title}”写法不对。", f"The {title} is not written as ISBT 128 has it.", at + len(mark)
                )
    raise UdiFault("不是 ISBT 128 的数据。", "ISBT 128 has nothing that begins so.", at)


def _day(digits: str, at: int, today: date) -> str:
    """``cyyjjj``: the third digit of the year, its last two, the day of the year; the nearest such year is meant."""
    thousand = today.year // 1000
    years = [(thousand + more) * 1000 + int(digits[:3]) for more in (-1, 0, 1)]
    found = day_of_year(min(years, key=lambda year: abs(year - today.year)), int(digits[3:6]))
    if found is None:
        raise UdiFault(f"没有这一天：{digits[:6]}。", f"There is no such day of the year: {digits[:6]}.", at)
    return found.isoformat()
