"""`bench engine`: the pure engine alone, one core: forms checked, acts verified, records, rows, packed waves."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.bench.four_steps import FORM_KEY, STEPS, VALUES, loaded_form, pinned
from app.bench.house import House
from domain import acts
from domain.json_types import JsonObject
from forms.validation import complete
from workflows.engine.case import advance, begin
from workflows.engine.check import check
from workflows.engine.events import Acted, Started
from workflows.engine.state import CaseState
from workflows.engine.wave import pack
from workflows.language.model import Model, load_model

GOAL = 500
"""Four-step cases a second on one core."""


@dataclass(frozen=True)
class Prepared:
    """A case's sealed acts, made before the clock runs: sealing is the web's work, not the engine's."""

    started: Started
    done: list[Acted]


def prepare(seal: Callable[..., acts.Act], keys: dict[str, str], model: Model, number: int) -> Prepared:
    """The acts of one case."""
    case_id = f"01BENCH{number:019d}"
    facts: JsonObject = {"roles": ["receiver"], "body_sha": "b", "mode": "live"}
    start = seal(model, case_id, f"start-{number:016d}", "start", "", "", facts=facts)
    started = Started(case_id, "main", model.site, "live", None, keys, start)
    sha = model.form_shas[FORM_KEY]
    done = []
    for step in STEPS:
        act_id = f"{step}-{number:016d}"
        act = seal(model, case_id, act_id, "complete", f"{step}#1", "s1", values=dict(VALUES), form_sha=sha)
        done.append(Acted(act_id, act))
    return Prepared(started, done)


def run_case(model: Model, form: Any, case: Prepared, at: str) -> CaseState:
    """One case from start to end, as the workflow runs it, with the form checks that ``services`` make."""
    state, outcome = begin(model, case.started, at)
    no = pack(outcome.entries, [], 1)[-1].no
    for event in case.done:
        prepared = complete(form, event.act.values, state.data, {"start": state.start, "data": state.data})
        assert not prepared.faults, prepared.faults
        refusal = check(model, state, event, at)
        assert refusal is None, refusal
        outcome = advance(model, state, event, at)
        assert outcome.answer is not None
        no = pack(outcome.entries, [outcome.answer], no + 1)[-1].no
    assert state.state == "completed"
    return state


def measure(house: House, rounds: int, cases: int = 100) -> list[float]:
    """Cases per CPU second, one figure a round."""
    model, form = load_model(pinned()), loaded_form()
    found = []
    for number in range(rounds):
        first = number * cases
        ready = [prepare(house.sealed, dict(house.keys.public), model, first + index) for index in range(cases)]
        at = str(ready[0].started.act.envelope["received_at"])
        gc.collect()
        began = time.process_time()
        for case in ready:
            run_case(model, form, case, at)
        found.append(cases / (time.process_time() - began))
    return found


def middle(figures: list[float]) -> float:
    """The median."""
    return statistics.median(figures)
