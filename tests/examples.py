"""How many examples a property is tried with: all of them, or a third in the whole suite of a small machine."""

from __future__ import annotations

import os

FEWER = "GSPFLOW_FEWER_EXAMPLES"
"""Set by `--halved` before the first test is read. Each run draws others, so many runs try as much as a long one."""


def examples(full: int) -> int:
    """`full`, or a third of it."""
    return max(1, full // 3) if os.environ.get(FEWER) else full
