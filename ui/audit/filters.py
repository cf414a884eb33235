"""Search filters in the address: what is asked stands in the URL, so that every list can be linked and repeated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from domain.clock import to_text


def asked(query: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """The filters of an address that are filled in, trimmed and cut to a sane length."""
    return {name: query[name].strip()[:100] for name in names if query.get(name, "").strip()}


def moments(filters: dict[str, str], zone: str) -> dict[str, str]:
    """Days of the site's calendar (`from`, `to`, both included) as moments in UTC; a day that is none is dropped."""
    found = {name: value for name, value in filters.items() if name not in ("from", "to")}
    for name, later in (("from", 0), ("to", 1)):
        try:
            day = datetime.strptime(filters.get(name, ""), "%Y-%m-%d").replace(tzinfo=ZoneInfo(zone))
        except ValueError:
            continue
        found[name] = to_text(day + timedelta(days=later))
    return found


def address(path: str, filters: Mapping[str, str], **changed: str | None) -> str:
    """The address of a list with these filters, some of them changed or (`None`) taken away."""
    kept = {name: value for name, value in {**filters, **changed}.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path
