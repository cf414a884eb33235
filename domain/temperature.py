"""Temperatures of transport and storage: ranges, and what a logger's points prove about a journey.

Degrees are Celsius as ``Decimal``; gaps are minutes. Source: GSP 2023 arts. 42, 63, 67.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from statistics import median
from typing import Literal

from domain.errors import Text

Verdict = Literal["ok", "unreadable", "not_covering", "gap", "out_of_range"]
VERDICT_TEXTS: dict[str, Text] = {
    "ok": Text("记录连续且在范围内", "Continuous and in range"),
    "unreadable": Text("无法读取", "Unreadable"),
    "not_covering": Text("未覆盖全程", "Does not cover the journey"),
    "gap": Text("记录中断", "Gap in the record"),
    "out_of_range": Text("超出温度范围", "Out of range"),
}


@dataclass(frozen=True)
class Range:
    """A closed range; ``None`` means no limit on that side."""

    low: Decimal | None = None
    high: Decimal | None = None

    def contains(self, celsius: Decimal) -> bool:
        """Whether the limits allow ``celsius`` (both limits belong to the range)."""
        return (self.low is None or celsius >= self.low) and (self.high is None or celsius <= self.high)

    def is_within(self, outer: Range) -> bool:
        """Whether everything this range allows is allowed by ``outer`` too: a room that keeps 2–8 °C suits
        2–25 °C goods."""
        low_ok = outer.low is None or (self.low is not None and self.low >= outer.low)
        high_ok = outer.high is None or (self.high is not None and self.high <= outer.high)
        return low_ok and high_ok

    def __str__(self) -> str:
        low = "" if self.low is None else f"{self.low}"
        high = "" if self.high is None else f"{self.high}"
        if low and high:
            return f"{low}~{high} °C"
        return f"≥ {low} °C" if low else f"≤ {high} °C" if high else "–"


@dataclass(frozen=True)
class Point:
    """One reading of a logger."""

    at: datetime
    celsius: Decimal


@dataclass(frozen=True)
class Journey:
    """From departure to arrival (aware moments)."""

    departure: datetime
    arrival: datetime


@dataclass(frozen=True)
class LogSummary:
    """What a log says about a journey. ``first_at`` and ``last_at`` are of the whole log, the rest of the
    journey."""

    points: int
    first_at: datetime | None
    last_at: datetime | None
    max_gap_min: Decimal
    """Longest silence that touches the journey, in minutes with two places, rounded up; silence before the
    first and after
    the last point counts."""
    min_c: Decimal | None
    max_c: Decimal | None
    covers: bool
    """Whether the log begins by the departure and ends after the arrival, give or take one of its own
    intervals."""


def summarize(points: Sequence[Point], journey: Journey) -> LogSummary:
    """Measure a log against a journey; the points may come in any order."""
    ordered = sorted(points, key=lambda point: point.at)
    inside = [point.celsius for point in ordered if journey.departure <= point.at <= journey.arrival]
    gaps = _silences([point.at for point in ordered], journey)
    return LogSummary(
        points=len(inside),
        first_at=ordered[0].at if ordered else None,
        last_at=ordered[-1].at if ordered else None,
        max_gap_min=_minutes(max(gaps, default=timedelta(0))),
        min_c=min(inside, default=None),
        max_c=max(inside, default=None),
        covers=bool(inside) and _covers(ordered, journey),
    )


def _silences(times: list[datetime], journey: Journey) -> list[timedelta]:
    """Silences that touch the journey; a log outside it altogether is silent for all of it."""
    edges = [time for time in times if time < journey.departure][-1:]
    edges += [time for time in times if journey.departure <= time <= journey.arrival]
    edges += [time for time in times if time > journey.arrival][:1]
    if not edges or edges[0] > journey.departure:
        edges.insert(0, journey.departure)
    if edges[-1] < journey.arrival:
        edges.append(journey.arrival)
    return [
        later - earlier
        for earlier, later in zip(edges, edges[1:], strict=False)
        if later > journey.departure and earlier < journey.arrival
    ]


def _covers(ordered: list[Point], journey: Journey) -> bool:
    steps = [(b.at - a.at).total_seconds() for a, b in zip(ordered, ordered[1:], strict=False)]
    slack = timedelta(seconds=median(steps)) if steps else timedelta(0)
    return ordered[0].at <= journey.departure + slack and ordered[-1].at >= journey.arrival - slack


def _minutes(silence: timedelta) -> Decimal:
    seconds = Decimal(silence.days * 86400 + silence.seconds) + Decimal(silence.microseconds) / 1_000_000
    minutes = (seconds / 60).quantize(Decimal("0.01"), ROUND_CEILING)
    return minutes.to_integral_value() if minutes == minutes.to_integral_value() else minutes


@dataclass(frozen=True)
class LogVerdict:
    """The decision on a log and why, in words."""

    key: Verdict
    reason: Text


def judge(summary: LogSummary, allowed: Range | None, max_gap_min: Decimal | None) -> LogVerdict:
    """Decide on a log: coverage first, then gaps, then range. ``None`` leaves that part undecided here."""
    if not summary.covers:
        return LogVerdict("not_covering", _not_covering(summary))
    if max_gap_min is not None and summary.max_gap_min > max_gap_min:
        return LogVerdict(
            "gap",
            Text(
                f"记录最长中断 {summary.max_gap_min} 分钟，超过该运输方式允许的 {max_gap_min} 分钟。",
                f"The longest silence is {summary.max_gap_min} min; this transport mode allows {max_gap_min} min.",
            ),
        )
    if allowed is not None and summary.min_c is not None and summary.max_c is not None:
        if not (allowed.contains(summary.min_c) and allowed.contains(summary.max_c)):
            return LogVerdict(
                "out_of_range",
                Text(
                    f"途中温度 {summary.min_c}~{summary.max_c} °C，超出规定的 {allowed}。",
                    f"The journey was at {summary.min_c}~{summary.max_c} °C, outside the stated {allowed}.",
                ),
            )
    return LogVerdict(
        "ok",
        Text(
            f"{summary.points} 个读数，{summary.min_c}~{summary.max_c} °C，最长中断 {summary.max_gap_min} 分钟。",
            f"{summary.points} readings, {summary.min_c}~{summary.max_c} °C, longest silence "
            f"{summary.max_gap_min} min.",
        ),
    )


def _not_covering(summary: LogSummary) -> Text:
    if summary.points == 0:
        return Text("从启运到到货之间没有任何读数。", "There is no reading between departure and arrival.")
    return Text(
        f"记录未覆盖从启运到到货的全程，最长缺失 {summary.max_gap_min} 分钟。",
        f"The log does not cover the journey from departure to arrival; {summary.max_gap_min} min are missing.",
    )
