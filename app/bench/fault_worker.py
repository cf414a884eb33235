"""The worker of a fault run: the real one, whose activities fail before or after their effect as the seed says."""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from typing import Any

from activities import catalogue
from activities.catalogue import Run
from app.settings import Settings
from app.worker import run

SHARE = 0.08
"""Of the attempts of calls: so many fail before their effect, as many after it."""
HANG_SECONDS = 1.5


def main(seed: str, share: float) -> None:
    """Work until SIGTERM. ``share`` 0: nothing fails."""
    tries: Counter[str] = Counter()
    for name, (contract, does) in list(catalogue.CATALOGUE.items()):
        catalogue.CATALOGUE[name] = contract, _faulty(does, tries, seed, share)
    run(Settings())


def _faulty(does: Run, tries: Counter[str], seed: str, share: float) -> Run:
    def call(ctx: Any, envelope: Any) -> Any:
        key = str(envelope["effect_key"])
        tries[key] += 1
        drawn = random.Random(f"{seed}/{os.getpid()}/{key}/{tries[key]}").random() if share else 1.0
        if drawn < share:
            raise ConnectionError("injected: before the effect")
        if drawn < share * 1.5:
            time.sleep(HANG_SECONDS)  # whoever killed or froze this worker meanwhile meets a late effect
        answer = does(ctx, envelope)
        if share * 1.5 <= drawn < share * 2.5:
            raise ConnectionError("injected: after the effect")
        return answer

    return call


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
