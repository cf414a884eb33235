"""Transport loggers of the demo: a curve of temperatures over a journey, as the CSV file that a logger exports."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.clock import to_text

HEADER = "time,celsius"
_HUMP_MINUTES = 25


def csv_of(curve: Any, departure: datetime, arrival: datetime) -> bytes:
    """The export of a logger that ran from just before ``departure`` until just after ``arrival`` (aware moments).

    ``curve``: ``base`` and ``swing`` in °C, ``step`` in minutes; ``silence`` [from, to] in per cent of the journey;
    ``peak`` in °C around ``peak_at`` per cent.
    """
    step = timedelta(minutes=int(curve["step"]))
    rows, at = [HEADER], departure - step
    while at <= arrival + step:
        share = 100 * (at - departure) / (arrival - departure)
        if not _silent(curve, share):
            rows.append(f"{to_text(at)},{_celsius(curve, at, departure, arrival)}")
        at += step
    return ("\r\n".join(rows) + "\r\n").encode("ascii")


def _silent(curve: Any, share: float) -> bool:
    return "silence" in curve and curve["silence"][0] < share < curve["silence"][1]


def _celsius(curve: Any, at: datetime, departure: datetime, arrival: datetime) -> Decimal:
    minutes = (at - departure).total_seconds() / 60
    value = float(curve["base"]) + float(curve["swing"]) * math.sin(minutes / 17)
    if "peak" in curve:
        away = minutes - (arrival - departure).total_seconds() / 60 * curve["peak_at"] / 100
        value += (float(curve["peak"]) - float(curve["base"])) * math.exp(-((away / _HUMP_MINUTES) ** 2))
    return Decimal(str(value)).quantize(Decimal("0.1"))
