"""Which papers run out: the step of warning at which one stands (GSP 51(4), (5)).

Days are calendar days left; a paper counts through its last day. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

EXPIRED = -1
"""The step of a paper whose last day is over."""


def days_left(valid_until: date, today: date) -> int:
    """Days from today to the last day of the paper; negative once it is over."""
    return (valid_until - today).days


def step_of(valid_until: date, today: date, steps: Iterable[int]) -> int | None:
    """The narrowest step of warning that the paper has reached; ``EXPIRED`` once over, ``None`` while it is far."""
    left = days_left(valid_until, today)
    if left < 0:
        return EXPIRED
    return min((step for step in steps if left <= step), default=None)
