"""An open list: whoever adds a line while the last one closes is refused, or the line is inspected; none is lost."""

from __future__ import annotations

import random
from typing import Any

import pytest

from domain.canonical import dumps, loads
from domain.errors import Refusal
from tests.engine.samples import Case, fold_of, task
from workflows.engine.items import CLOSING
from workflows.engine.state import CaseState

END: dict[str, Any] = {"id": "done", "end": "completed"}


def of_lines(*, more: dict[str, Any] | None = None) -> Case:
    """A case with one line in an open list."""
    step: Any = {"id": "lines", "foreach": "start.lines", "as": "line", "item_key": "line.no", "open": True, "min": 1,
                 "add_by": ["receiver"], "do": [task("check", "inspector")], **(more or {})}  # fmt: skip
    return Case.start([step, END], {"lines": [{"no": "L0"}]})


def checked(case: Case) -> set[str]:
    """The keys of the lines that were inspected."""
    done = [one for one in case.state.instances.values() if one.step == "check" and one.state == "done"]
    return {one.scope.rpartition("[")[2].rpartition("]")[0] for one in done}


def inspect_one(case: Case, chance: random.Random) -> None:
    open_ = [path for path in case.open() if path.endswith("check#1")]
    if open_:
        assert case.act(chance.choice(open_), person="inspector") is None


def close(case: Case) -> Refusal | None:
    return case.act("lines#1", "close_items", seat="", values=dict(CLOSING))


@pytest.mark.parametrize("mode", ["parallel", "sequence"])
@pytest.mark.parametrize("seed", range(60))
def test_a_line_that_was_taken_is_inspected_whatever_comes_first(seed: int, mode: str) -> None:
    chance, case = random.Random(seed), of_lines(more={"mode": mode})
    taken = {"L0"}
    for number in range(1, 25):
        how = chance.choice(["add", "add", "inspect", "inspect", "close"])
        if how == "inspect":
            inspect_one(case, chance)
        elif how == "close":
            refusal = close(case)
            assert refusal is None or refusal.code in ("list_closed", "case_closed")
        else:
            refusal = case.act("lines#1", "add_item", seat="", values={"item": {"no": f"L{number}"}})
            assert refusal is None or refusal.code in ("list_closed", "case_closed")
            taken |= set() if refusal else {f"L{number}"}
        assert case.state.state == "running" or (checked(case) == taken and case.state.instances["lines#1"].closed)
    assert fold_of(case) == CaseState.from_json(case.state.to_json()).to_json()
    close(case)
    while case.state.state == "running":
        inspect_one(case, chance)
    assert checked(case) == taken


def test_the_same_line_twice_is_refused_and_who_may_not_add_is_told_who_may() -> None:
    case = of_lines()
    again = case.act("lines#1", "add_item", seat="", values={"item": {"no": "L0"}})
    assert again is not None and again.code == "repeated_key"
    stranger = case.act("lines#1", "add_item", seat="", person="keeper", values={"item": {"no": "L1"}})
    assert stranger is not None and stranger.who_can == ("receiver",)


def test_an_older_act_that_closes_a_sequence_leaves_out_what_has_not_begun() -> None:
    case = of_lines(more={"mode": "sequence"})
    case.act("lines#1", "add_item", seat="", values={"item": {"no": "L1"}})
    assert case.act("lines#1", "close_items", seat="") is None
    inspect_one(case, random.Random(0))
    assert case.state.state == "completed" and checked(case) == {"L0"}


@pytest.mark.parametrize(("revision", "inspected"), [(1, {"L0"}), (2, {"L0", "L1"})])
def test_a_condition_that_closes_a_sequence_leaves_nothing_out_since_revision_2(
    revision: int, inspected: set[str]
) -> None:
    lines: Any = {"id": "lines", "foreach": "start.lines", "as": "line", "item_key": "line.no", "open": True, "min": 1,
                  "add_by": ["receiver"], "mode": "sequence", "until": "has(data.note)",
                  "do": [task("check", "inspector")]}  # fmt: skip
    enough = task("enough", form="forms/a.v1.json", into="data")
    both = {"id": "both", "parallel": [{"do": [lines]}, {"do": [enough]}]}
    case = Case.start([both, END], {"lines": [{"no": "L0"}, {"no": "L1"}]}, data={"schema": "forms/a.v1.json"})
    case.state.engine_rev = revision
    assert (
        case.act(
            next(path for path in case.open() if "enough" in path),
            values={"note": "enough"},
            form_sha=case.model.form_shas["forms/a.v1.json"],
        )
        is None
    )
    while case.state.state == "running":
        inspect_one(case, random.Random(0))
    assert checked(case) == inspected


def test_lines_keep_their_order_when_the_case_goes_on_in_another_run() -> None:
    case = of_lines(more={"mode": "sequence"})
    for number in ("L9", "L1", "L5"):
        assert case.act("lines#1", "add_item", seat="", values={"item": {"no": number}}) is None
    case.state = CaseState.from_json(loads(dumps(case.state.to_json())))
    assert list(case.state.instances["lines#1"].children) == ["L0", "L9", "L1", "L5"]
    inspect_one(case, random.Random(0))
    assert case.open() == ["lines#1/[L9]#1/check#1"]
