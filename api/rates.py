"""How often one caller may ask. Logins have their own, stricter count in `services.people`, kept in the database."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from api.problems import Problem
from domain.errors import Text

LIMITS = {"auth": 120, "strangers": 600, "caller": 60_000}
"""Requests each minute: tokens asked for and unknown callers by address, everything else by account."""


class MinuteCount:
    """Counts by name within the minute that runs; with the next minute it begins anew, and what was counted is gone."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._minute, self._counts = -1, Counter[tuple[str, str]]()

    def hit(self, kind: str, who: str) -> int:
        """One more; how many it are in this minute."""
        minute = int(self._clock() // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, Counter()
        self._counts[kind, who] += 1
        return self._counts[kind, who]


_COUNT = MinuteCount()


def spend(kind: str, who: str) -> None:
    """Count one request of `who`; raises 429 when the minute is used up."""
    if _COUNT.hit(kind, who) <= LIMITS[kind]:
        return
    text = Text("请求过于频繁，请一分钟后再试。", "Too many requests; try again in a minute.")
    raise Problem(429, "too_many_requests", text, headers={"Retry-After": "60"})
