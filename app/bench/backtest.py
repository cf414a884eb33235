"""`bench backtest`: closed cases of the shipped SOP replayed through its next version, beside folding their records."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.bench.closed_cases import SHIPPED, Maker, maker, model_of
from app.sop_files import read_source
from domain.canonical import dumps, loads
from domain.json_types import JsonObject
from services.backtest import CHUNK, pool, verdict_of
from workflows.engine.appliers import fold
from workflows.language.model import Model

GOAL_SECONDS = 60
"""For 10,000 cases on two cores."""
CORES = 2


@dataclass(frozen=True)
class Figures:
    """What was measured; seconds are wall time, ``cpu`` seconds of all processes together."""

    cases: int
    records: int
    seconds: float
    cpu: float
    floor_seconds: float
    floor_cpu: float
    verdicts: Counter[str]


def measure(folder: Path, cases: int) -> Figures:
    """Make the cases, then replay and fold them, each in the same processes and from the same files."""
    with pool(_begin) as workers:
        numbers = [range(first, min(first + CHUNK, cases)) for first in range(0, cases, CHUNK)]
        made = list(workers.map(_make, [(folder / f"{chunk.start}.jsonl", chunk) for chunk in numbers]))
        files = [file for file, _ in made]
        floor_seconds, floor_cpu, _ = _timed(workers, _fold, files)
        seconds, cpu, found = _timed(workers, _replay, files)
    verdicts = sum(found, Counter[str]())
    return Figures(cases, sum(count for _, count in made), seconds, cpu, floor_seconds, floor_cpu, verdicts)


def _timed(
    workers: ProcessPoolExecutor, work: Callable[[Path], Any], files: Sequence[Path]
) -> tuple[float, float, Any]:
    began = time.perf_counter()
    results = list(workers.map(work, files))
    return time.perf_counter() - began, sum(cpu for cpu, _ in results), [found for _, found in results]


# ------------------------------------------------------------------ in the worker processes

_MAKER: list[Maker] = []
_DRAFT: list[Model] = []


def _begin() -> None:
    source = read_source(SHIPPED)
    _MAKER.append(maker())
    _DRAFT.append(model_of(replace(source, yaml=source.yaml.replace("version: 1.0.0", "version: 1.0.1", 1))))


def _make(job: tuple[Path, range]) -> tuple[Path, int]:
    file, numbers = job
    made = [_MAKER[0].case(number) for number in numbers]
    file.write_text("\n".join(dumps([*records]) for records in made), "utf-8")
    return file, sum(map(len, made))


def _each(file: Path) -> list[list[JsonObject]]:
    cases: Any = [loads(line) for line in file.read_text("utf-8").splitlines()]
    return cases


def _fold(file: Path) -> tuple[float, int]:
    began = time.process_time()
    folded = [fold(records) for records in _each(file)]
    return time.process_time() - began, len(folded)


def _replay(file: Path) -> tuple[float, Counter[str]]:
    began = time.process_time()
    found = Counter(verdict_of(_DRAFT[0], records).verdict for records in _each(file))
    return time.process_time() - began, found


def cores() -> int:
    """How many processes measured."""
    return max(1, os.cpu_count() or 1)
