"""How often one caller may ask in a minute."""

from __future__ import annotations

from itertools import repeat

import pytest

from api import rates
from api.problems import Problem
from api.rates import LIMITS, MinuteCount, spend


def test_a_minute_that_is_used_up_is_refused_for_this_caller_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_COUNT", MinuteCount(lambda: 90.0))
    for _ in repeat(None, LIMITS["auth"]):
        spend("auth", "10.0.0.1")
    with pytest.raises(Problem) as refused:
        spend("auth", "10.0.0.1")
    assert refused.value.status_code == 429 and refused.value.headers == {"Retry-After": "60"}
    spend("auth", "10.0.0.2")
    spend("strangers", "10.0.0.1")


def test_the_next_minute_counts_anew() -> None:
    now = [59.9]
    count = MinuteCount(lambda: now[0])
    assert [count.hit("auth", "a"), count.hit("auth", "a")] == [1, 2]
    now[0] = 60.0
    assert count.hit("auth", "a") == 1
