"""The words of choices and the writing of values, for everything that is printed or listed: one place for both. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain.canonical import dumps
from domain.clock import from_text
from domain.errors import Text
from domain.stock import STATUS_TEXTS, ZONE_TEXTS, Zone

VALUES: dict[str, Text] = {
    "vehicle": Text("冷藏车", "Refrigerated vehicle"),
    "cold_box": Text("冷藏箱", "Refrigerated box"),
    "insulated_box": Text("保温箱", "Insulated box"),
    "ordinary": Text("普通运输", "Ordinary transport"),
    "accept": Text("收货", "Accepted"),
    "reject": Text("拒收", "Refused"),
    "partial": Text("部分收货", "Accepted in part"),
    "pass": Text("合格", "Pass"),
    "fail": Text("不合格", "Fail"),
    "doubt": Text("存疑", "Doubt"),
    "approved": Text("批准", "Approved"),
    "rejected": Text("驳回", "Rejected"),
    "accepted": Text("收货", "Accepted"),
    "refused": Text("拒收", "Refused"),
    "isolate": Text("隔离", "Isolated"),
    "return_to_supplier": Text("退供货者", "Returned to supplier"),
    "destroy": Text("销毁", "Destroyed"),
    "return": Text("退货", "Returned to supplier"),
    "other": Text("其他", "Other"),
    "none": Text("无", "None"),
    "true": Text("是", "Yes"),
    "false": Text("否", "No"),
    "stopped": Text("不得出库", "Stopped"),
    "confirmed": Text("确认不合格", "Confirmed nonconforming"),
    "own": Text("自运", "Own transport"),
    "carrier": Text("委托承运", "Carrier"),
    "express": Text("快递", "Express"),
    "delivery": Text("送货", "Delivery"),
    "pickup": Text("自提", "Pickup"),
    **{zone.value: text for zone, text in ZONE_TEXTS.items() if zone is not Zone.REJECTED},
}
"""Choices of forms by their code. A code that is not here is shown as it is."""
DAYS = frozenset(
    "purchase_date sale_date ship_date return_date destruction_date inbound_date outbound_date inspection_date".split()
)
"""Fields that are a day: their moment is told as the day of the site."""


def said(key: str, value: Any, lang: str, zone: ZoneInfo) -> str:
    """A value as people read it: choices in words, moments by the site's clock, files by name and hash."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return VALUES[str(value).lower()].said_in(lang)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return f"{value.get('name', '')} ({str(value['sha256'])[:12]}…)" if "sha256" in value else _flat(value, lang)
    if isinstance(value, list):
        return ("、" if lang == "zh" else ", ").join(said(key, one, lang, zone) for one in value)
    text = str(value)
    if key == "zone" and text in set(Zone):
        return ZONE_TEXTS[Zone(text)].said_in(lang)
    known = VALUES.get(text) or _STATUSES.get(text)
    return known.said_in(lang) if known else moment(key, text, zone)


def moment(key: str, text: str, zone: ZoneInfo) -> str:
    """A canonical moment by the clock of `zone`, a day alone for fields that are days; any other text as it is."""
    if len(text) < 20 or text[10:11] != "T":
        return text
    try:
        local = from_text(text).astimezone(zone)
    except ValueError:
        return text
    return f"{local:%Y-%m-%d}" if key in DAYS else f"{local:%Y-%m-%d %H:%M}"


def _flat(value: dict[str, Any], lang: str) -> str:
    """An object without a file: its words where it is a text in both languages, else its data."""
    if set(value) == {"zh", "en"}:
        return str(value["zh" if lang == "zh" else "en"])
    return dumps(value)


_STATUSES = {status.value: text for status, text in STATUS_TEXTS.items()}
