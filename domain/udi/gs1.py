"""GS1 element strings: raw with separators, or in brackets as people read them.

Source: GS1 General Specifications 25, chapters 3 (Application Identifiers), 4.13 (associations) and 7.8 (processing).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.errors import Text
from domain.udi.code import Code, Element, UdiFault, Warned
from domain.udi.dates import calendar_day, full_year, last_day
from domain.udi.gs1_contents import CHARACTERS, CHECKS, check_digit
from domain.udi.gs1_table import Identifier, Part, identifiers, lengths

GS = "\x1d"
_PRODUCT = "01"
_PARTS = {"10": "lot", "21": "serial", "17": "expiry", "11": "made"}
_DATED = {"11", "12", "13", "15", "16", "17", "4326", "7006"}
_NEAR_YEARS = 15
"""A date further away than this is hardly one: used only to suspect a separator that was lost."""


@dataclass(frozen=True)
class Found:
    """One element string and where its AI stands in what was scanned."""

    identifier: Identifier
    value: str
    at: int


def read_raw(text: str, today: date) -> Code:
    """Element strings one after the other, a separator (GS) behind each whose length is not laid down."""
    found = element_strings(text, today.year)
    return code_of(found, today, _suspicions(found, today))


def read_bracketed(text: str, today: date) -> Code:
    """``(01)…(17)…(10)…``; a bracket within a value is written ``\\(``."""
    return code_of(list(_bracketed(text, today.year)), today)


def read_gtin(text: str, length: int) -> Code:
    """A bar code that holds a GTIN alone (EAN-13, EAN-8, ITF-14)."""
    if len(text) != length or not text.isascii() or not text.isdigit():
        raise UdiFault(f"应为 {length} 位数字。", f"This should be {length} digits.")
    if check_digit(text[:-1]) != text[-1]:
        raise _wrong_digit(text, length - 1)
    element = Element(_PRODUCT, identifiers()[_PRODUCT].title, text.zfill(14))
    return Code("GS1", text.zfill(14), elements=(element,))


def _wrong_digit(text: str, at: int) -> UdiFault:
    right = check_digit(text[:-1])
    return UdiFault(
        f"校验位不对：应为 {right}，扫到的是 {text[-1]}。",
        f"The check digit is wrong: it should be {right}, not {text[-1]}.",
        at,
    )


# ------------------------------------------------------------------ taking apart


def element_strings(text: str, year: int) -> list[Found]:
    """The element strings of raw data. Raises ``UdiFault`` with the place of the first character that is wrong."""
    at, found = int(text.startswith(GS)), []
    while at < len(text):
        identifier = _identifier_at(text, at)
        begin = at + len(identifier.ai)
        end = text.find(GS, begin) if GS in text[begin:] else len(text)
        value = _consumed(identifier, text[begin:end], range(begin, end + 1), year)
        found.append(Found(identifier, value, at))
        at = begin + len(value)
        if at < end and not identifier.has_fixed_length:
            raise _too_long(identifier, at)
        at += text[at : at + 1] == GS
    if not found:
        raise UdiFault("只扫到分隔符，没有内容。", "There is a separator and nothing else.")
    return found


def _identifier_at(text: str, at: int) -> Identifier:
    length = lengths().get(text[at : at + 2], 0)
    identifier = identifiers().get(text[at : at + length])
    if identifier is not None:
        return identifier
    shown = text[at : at + 4].replace(GS, "␝")
    raise UdiFault(
        f"第 {at + 1} 个字符起的“{shown}”不是 GS1 应用标识符。",
        f"'{shown}' from character {at + 1} on is no GS1 Application Identifier.",
        at,
    )


def _bracketed(text: str, year: int) -> Iterable[Found]:
    at = 0
    while at < len(text):
        close = text.find(")", at)
        identifier = identifiers().get(text[at + 1 : close]) if text[at] == "(" and close > 0 else None
        if identifier is None:
            raise UdiFault(
                f"第 {at + 1} 个字符处应是括号里的应用标识符，如 (01)。",
                f"At character {at + 1} there should be an Application Identifier in brackets, like (01).",
                at,
            )
        value, places, behind = _unescaped(text, close + 1)
        yield Found(identifier, consumed(identifier, value, places, year), at)
        at = behind


def _unescaped(text: str, at: int) -> tuple[str, list[int], int]:
    """The value up to the next bracket, where each of its characters (and its end) stands, and where it goes on."""
    value, places = "", []
    while at < len(text) and text[at] != "(":
        at += text[at : at + 2] == "\\("
        value, places, at = value + text[at], [*places, at], at + 1
    return value, [*places, at], at


def consumed(identifier: Identifier, given: str, places: Sequence[int], year: int) -> str:
    """The whole of a value whose end is known. ``places``: where each character stands, and the end."""
    taken = _consumed(identifier, given, places, year)
    if len(taken) < len(given):
        raise _too_long(identifier, places[len(taken)])
    return taken


def _consumed(identifier: Identifier, given: str, places: Sequence[int], year: int) -> str:
    """As much of ``given`` as the AI takes, judged; ``places``: where each character stands, and the end."""
    if not given:
        raise _at(identifier, places[0], Text("没有内容", "it has no value"))
    used = 0
    for part in identifier.parts:
        piece = given[used : used + part.most]
        if part.may_lack and not piece:
            continue
        wrong = _wrong(part, piece, year)
        if wrong is not None:
            raise _at(identifier, places[used + wrong[0]], wrong[1])
        used += len(piece)
    return given[:used]


def _wrong(part: Part, piece: str, year: int) -> tuple[int, Text] | None:
    allowed = CHARACTERS[part.kind]
    place = next((place for place, letter in enumerate(piece) if letter not in allowed), None)
    if place is not None:
        shown = piece[place]
        return place, Text(f"这里不允许“{shown}”", f"'{shown}' is not allowed here")
    if len(piece) < part.least:
        return len(piece), Text(
            f"太短，少了 {part.least - len(piece)} 位", f"it lacks {part.least - len(piece)} characters"
        )
    return next((wrong for name in part.checks if (wrong := CHECKS[name](piece, year)) is not None), None)


def _at(identifier: Identifier, place: int, why: Text) -> UdiFault:
    return UdiFault(
        f"AI {identifier.ai}（{identifier.title}）第 {place + 1} 个字符处有误：{why.zh}。",
        f"AI {identifier.ai} ({identifier.title}) is wrong at character {place + 1}: {why.en}.",
        place,
    )


def _too_long(identifier: Identifier, place: int) -> UdiFault:
    most = identifier.longest
    lost = Text("可能丢了分隔符（FNC1）", "a separator (FNC1) may be lost")
    return _at(identifier, place, Text(f"最多 {most} 位；{lost.zh}", f"it has at most {most} characters; {lost.en}"))


# ------------------------------------------------------------------ together


def code_of(found: list[Found], today: date, warnings: Iterable[Warned] = ()) -> Code:
    """What element strings say together. Raises ``UdiFault`` for those that do not belong together."""
    for one in found:
        _require_same(one, found)
    by_ai = {one.identifier.ai: one for one in found}
    if _PRODUCT not in by_ai:
        raise UdiFault(
            "没有产品标识（AI 01）。若标签上另有一个条码，请扫那一个，或扫两个条码合在一起的二维码。",
            "There is no product identifier (AI 01). If there is another bar code on the label, scan that one.",
        )
    for one in found:
        _require_company(one, by_ai)
    parts = {name: _said(by_ai[ai], today) for ai, name in _PARTS.items() if ai in by_ai}
    if "expiry" not in parts and "7003" in by_ai:
        parts["expiry"] = _day_of(by_ai["7003"].value[:6], today, ends=True)
    elements = tuple(Element(ai, one.identifier.title, _said(one, today) or one.value) for ai, one in by_ai.items())
    unknown = [_no_day(elements, today)] if "made" in parts and parts["made"] is None else []
    lot, serial, expiry, made = (parts.get(name) for name in ("lot", "serial", "expiry", "made"))
    return Code("GS1", by_ai[_PRODUCT].value, lot, serial, expiry, made, elements, (*warnings, *unknown))


def _require_same(one: Found, found: list[Found]) -> None:
    ai = one.identifier.ai
    other = next((each for each in found if each.identifier.ai == ai and each.value != one.value), None)
    if other is not None:
        place = max(one.at, other.at)
        raise UdiFault(f"AI {ai} 出现两次，内容不同。", f"AI {ai} stands there twice with different values.", place)


def _require_company(one: Found, by_ai: dict[str, Found]) -> None:
    """The associations of GS1: what an AI must not stand with, and what it needs beside it."""
    ai = one.identifier.ai
    clash = next((word for word in one.identifier.excludes if _standing(word, by_ai, ai)), None)
    if clash is not None:
        other = _standing(clash, by_ai, ai)
        raise UdiFault(f"AI {ai} 不能与 AI {other} 同时出现。", f"AI {ai} cannot stand with AI {other}.", one.at)
    for group in one.identifier.needs:
        if not any(all(_standing(word, by_ai, ai) for word in together) for together in group):
            wanted = ", ".join("+".join(together) for together in group)
            raise UdiFault(
                f"AI {ai} 须与以下之一同时出现：{wanted}。", f"AI {ai} needs one of these beside it: {wanted}.", one.at
            )


def _standing(pattern: str, by_ai: dict[str, Found], but: str) -> str | None:
    """The AI that stands there and fits a pattern like ``31nn``."""
    prefix = pattern.rstrip("n")
    fits: Callable[[str], bool] = (
        (lambda ai: ai.startswith(prefix)) if prefix != pattern else (lambda ai: ai == pattern)
    )
    return next((ai for ai in by_ai if ai != but and fits(ai)), None)


def _said(one: Found, today: date) -> str | None:
    """The value as people read it; ``None`` for a production date that names no day."""
    if one.identifier.ai not in _DATED:
        return one.value
    return _day_of(one.value, today, ends=one.identifier.ai != "11")


def _day_of(digits: str, today: date, *, ends: bool) -> str | None:
    year, month, day = full_year(int(digits[:2]), today.year), int(digits[2:4]), int(digits[4:6])
    if day:
        return date(year, month, day).isoformat()
    return last_day(year, month).isoformat() if ends else None


def _no_day(elements: tuple[Element, ...], today: date) -> Warned:
    raw = next(one.value for one in elements if one.key == "11")
    month = f"{full_year(int(raw[:2]), today.year)}-{raw[2:4]}"
    text = Text(
        f"标签只写到生产年月（{month}），没有日；请按标签文字填写生产日期。",
        f"The label says the month of production only ({month}); enter the date from its print.",
    )
    return Warned("day_unknown", "made", text)


# ------------------------------------------------------------------ a separator that was lost


def _suspicions(found: list[Found], today: date) -> list[Warned]:
    """A lost separator is silent in the data: a lot or serial that ends in what would be elements is told."""
    named = [(one, _PARTS[one.identifier.ai]) for one in found if one.identifier.ai in ("10", "21")]
    return [_lost(one.value, name) for one, name in named if _hides(one.value, today)]


def _hides(value: str, today: date) -> bool:
    return any(_is_dated(value[at:], today) for at in range(1, len(value) - 7))


def _is_dated(tail: str, today: date) -> bool:
    """Whether a text reads as a date's AI with a near date, and as elements from there on."""
    ai, digits, rest = tail[:2], tail[2:8], tail[8:]
    if ai not in ("11", "13", "15", "16", "17") or not (digits.isascii() and digits.isdigit()):
        return False
    year, month, day = full_year(int(digits[:2]), today.year), int(digits[2:4]), int(digits[4:])
    if abs(year - today.year) > _NEAR_YEARS or calendar_day(year, month, day or 1) is None:
        return False
    try:
        return not rest or bool(element_strings(rest, today.year))
    except UdiFault:
        return False


def _lost(value: str, field: str) -> Warned:
    zh, en = {"lot": ("批号", "lot"), "serial": ("序列号", "serial number")}[field]
    return Warned(
        "missing_separator",
        field,
        Text(f"分隔符可能缺失，请核对{zh}：{value}", f"The separator may be missing; compare the {en}: {value}"),
    )
