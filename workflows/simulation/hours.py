"""Working time as numbers: minutes since a beginning, and how much of them is work. Made once, asked a million times."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.working_time import WorkingCalendar

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Hours:
    """The spans of work in order: when each opens and closes, and how much work lies before it (minutes)."""

    opens: tuple[float, ...]
    closes: tuple[float, ...]
    before: tuple[float, ...]
    day: float
    """The working time of a usual day."""

    def worked(self, at: float) -> float:
        """How much working time lies before ``at``."""
        index = bisect_right(self.opens, at) - 1
        if index < 0:
            return 0.0
        return self.before[index] + min(at, self.closes[index]) - self.opens[index]

    def after(self, at: float, work: float) -> float:
        """When ``work`` minutes of working time after ``at`` are over; behind the last span time goes on without end."""
        wanted = self.worked(at) + work
        index = bisect_right(self.before, wanted) - 1
        if work and index > 0 and self.before[index] == wanted:
            index -= 1  # work that ends as a span closes ends there, not when the next one opens
        return max(at, self.opens[index] + wanted - self.before[index])


def hours_of(calendar: WorkingCalendar, begins: datetime, days: int) -> Hours:
    """The working time of ``days`` days from ``begins`` on."""
    opens: list[float] = []
    closes: list[float] = []
    before: list[float] = []
    total = 0.0
    first, day = calendar.local_day(begins), 0.0
    for number in range(days):
        spans = calendar.spans(first + timedelta(days=number))
        day = max(day, sum((closed - opened) / _MINUTE for opened, closed in spans))
        for opened, closed in spans:
            begin, end = max(0.0, (opened - begins) / _MINUTE), (closed - begins) / _MINUTE
            if end <= begin:
                continue
            opens.append(begin)
            closes.append(end)
            before.append(total)
            total += end - begin
    return Hours(tuple(opens), tuple(closes), tuple(before), day)
