"""Between what people type and see and what a form keeps: numbers, days, moments, and words for any value."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from domain.clock import from_text, to_text
from domain.json_types import Json
from forms.model import Field
from ui.texts import Lang, t

_DAY = re.compile(r"^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?$")
_MOMENT = re.compile(r"^(\S+)[T ]+(\d{1,2})[:：]?(\d{2})$")
_NUMBER = re.compile(r"^[+-]?\d{1,15}([.,]\d{1,10})?$")


def read(one: Field, typed: Any, zone: str) -> Json:
    """The value that typed text stands for; text that stands for none stays as it is, so that the fault can show it."""
    if not isinstance(typed, str):
        return typed
    text = typed.strip()
    if not text:
        return None
    if one.type in ("integer", "number"):
        return _number(text, one)
    if one.type == "boolean" and text in ("true", "false"):
        return text == "true"
    if one.format == "date":
        return day(text) or text
    if one.format == "date-time":
        return moment(text, zone) or text
    return typed if one.format == "udi" else text


def _number(text: str, one: Field) -> Json:
    plain = text.replace("，", ",").replace("−", "-").replace(" ", "")
    if not _NUMBER.match(plain):
        return text
    try:
        value = Decimal(plain.replace(",", "."))
    except InvalidOperation:  # more digits than a decimal context keeps
        return text
    return int(value) if value == value.to_integral_value() and "." not in plain.replace(",", ".") else value


def day(text: str) -> str | None:
    """``20261103``, ``2026/11/3``, ``2026年11月3日`` as ``2026-11-03``; ``None`` for no day of the calendar."""
    found = _DAY.match(text)
    if found is None or (len(found[1] + found[2] + found[3]) != 8 and text.isdigit()):
        return None
    try:
        return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        return None


def moment(text: str, zone: str) -> str | None:
    """``2026-11-03 08:47`` of the site's clock as a moment in UTC; ``None`` when it is none."""
    found = _MOMENT.match(text)
    on = day(found[1]) if found else None
    if found is None or on is None:
        return None
    try:
        local = datetime.fromisoformat(f"{on}T{int(found[2]):02d}:{found[3]}")
    except ValueError:
        return None
    return to_text(local.replace(tzinfo=ZoneInfo(zone)))


def typed(one: Field, value: Any, zone: str) -> str | bool:
    """What stands in the box for a value."""
    if value is None:
        return ""
    if one.type == "boolean" and isinstance(value, bool):
        return value if one.widget == "checkbox" else str(value).lower()
    if one.format == "date-time" and isinstance(value, str):
        return local(value, zone) or value
    return plain(value)


def plain(value: Any) -> str:
    """A number or text without decoration."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def local(value: str, zone: str) -> str | None:
    """A moment as the site's clock shows it, to the minute."""
    try:
        return f"{from_text(value).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    except ValueError:
        return None


def said(one: Field, value: Any, lang: Lang, zone: str, *, unit: bool = True) -> str:
    """A value as people read it; ``""`` for one that is not there."""
    if value is None or value == "":
        return ""
    chosen = one.choice(value)
    if chosen is not None:
        return chosen.said_in(lang)
    if isinstance(value, bool):
        return t("forms.yes" if value else "forms.no", lang)
    if one.format == "attachment" and isinstance(value, dict):
        return str(value.get("name", ""))
    if one.format == "date-time" and isinstance(value, str):
        return local(value, zone) or value
    if isinstance(value, list):
        return t("forms.entries", lang, n=len(value))
    if isinstance(value, dict):
        return ""
    words = plain(value).replace("\x1d", "␝")
    return f"{words} {one.unit}" if unit and one.unit else words
