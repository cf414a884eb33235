"""Laws of the back-test over random definitions with every kind and verb."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from domain.canonical import dumps, loads
from domain.errors import Fault
from domain.json_types import JsonObject
from tests.engine.test_laws import START, Case, _move, definitions
from tests.examples import examples
from workflows.simulation.backtest import backtest, grouped
from workflows.simulation.story import story_of


def _takes_all(model: Any, form: str, values: JsonObject, target: Any, scope: Any) -> tuple[JsonObject, list[Fault]]:
    """A form that keeps everything: the random cases fill in what their engine takes."""
    return values, []


def _moves(case: Any, draw: Any) -> bool:
    """One random thing happens; what the engine's own laws object to ends the story here, they have tests of their own."""
    try:
        return _move(case, draw)
    except AssertionError:
        return False


# Not shrunk, as the engine's own laws: a story of eighty moves says enough as it is.
@settings(max_examples=examples(150), deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(definitions(), st.data())
def test_every_case_goes_the_same_way_through_its_own_version(steps: list[Any], data: Any) -> None:
    case = Case.start(steps, START)
    for _ in range(80):
        if not _moves(case, data.draw):
            break
    records: Any = loads(dumps([*case.records]))
    verdict = backtest(case.model, story_of(records), _takes_all, {})
    assert verdict.verdict == "same", (verdict.path, verdict.reason.en)
    assert verdict.replayed == verdict.recorded and not verdict.answered


@settings(max_examples=examples(80), deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(definitions(), definitions(), st.data())
def test_any_case_through_any_version_gives_a_verdict_with_words(old: list[Any], new: list[Any], data: Any) -> None:
    case, other = Case.start(old, START), Case.start(new, START)
    for _ in range(40):
        if not _moves(case, data.draw):
            break
    verdict = backtest(other.model, story_of(case.records), _takes_all, {})
    assert verdict.verdict in ("same", "diverged", "unfit")
    assert verdict.reason.zh and verdict.reason.en
    assert (verdict.verdict == "same") == (verdict.recorded == verdict.replayed)
    (group,) = grouped([verdict])
    assert group["count"] == 1
