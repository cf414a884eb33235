"""Chance that is the same for the same seed on every machine: SplitMix64, and the three distributions a forecast needs.

Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
"""

from __future__ import annotations

import math
from typing import TypeVar

T = TypeVar("T")
_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_P90 = 1.2815515655446004
"""The 90th percentile of the standard normal distribution."""


def _mixed(number: int) -> int:
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


class Chance:
    """A stream of chance. Streams of different ``parts`` (run, case) have nothing to do with each other."""

    def __init__(self, seed: int, *parts: int) -> None:
        state = seed & _MASK
        for part in parts:
            state = _mixed((state + (part + 1) * _GOLDEN) & _MASK)
        self._state = state

    def unit(self) -> float:
        """A number above 0 and below 1, all alike."""
        self._state = (self._state + _GOLDEN) & _MASK
        return ((_mixed(self._state) >> 11) + 0.5) / (1 << 53)

    def pick(self, weights: dict[T, float]) -> T:
        """One of the keys, as often as its weight says. Raises ``ValueError`` for no weights."""
        if not weights:
            raise ValueError("nothing to pick from")
        left = self.unit() * sum(weights.values())
        for key, weight in weights.items():
            left -= weight
            if left < 0:
                return key
        return next(reversed(weights))

    def wait(self, mean: float) -> float:
        """The time until the next of events that come at random, ``mean`` apart (exponential)."""
        return -mean * math.log(self.unit())

    def around(self, median: float, p90: float) -> float:
        """A length of time: half are below ``median``, nine of ten below ``p90`` (lognormal)."""
        if median <= 0 or p90 <= median:
            return max(median, 0.0)
        normal = math.sqrt(-2 * math.log(self.unit())) * math.cos(2 * math.pi * self.unit())
        return median * math.exp(normal * math.log(p90 / median) / _P90)
