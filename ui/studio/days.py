"""Times of the database as people read them: the company's zone, to the minute."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from services.pinning import DEFAULT_ZONE
from services.publishing import SHIPPED_REASON
from ui.texts import Lang, t


def minute(text: str | None) -> str:
    """`2026-11-22T03:05:00.000Z` → `2026-11-22 11:05`; nothing for nothing."""
    return _there(text).strftime("%Y-%m-%d %H:%M") if text else ""


def day(text: str | None) -> str:
    """`2026-11-22T03:05:00.000Z` → `2026-11-22`; nothing for nothing."""
    return _there(text).strftime("%Y-%m-%d") if text else ""


def here_and_now(at: datetime) -> datetime:
    """An aware time in the company's zone."""
    return at.astimezone(ZoneInfo(DEFAULT_ZONE))


def _there(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(ZoneInfo(DEFAULT_ZONE))


def said_reason(reason: str | None, lang: Lang) -> str:
    """Why a version was sent to signing, as typed; what came with the product is said in the reader's language."""
    return t("studio.signing.shipped", lang) if reason == SHIPPED_REASON else reason or ""
