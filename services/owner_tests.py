"""The process owner's tests (`cases.yaml`): run on the engine of real cases, told in words, with what they reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from activities.fakes import FAKES
from domain.errors import Fault, Text
from domain.json_types import Json, JsonObject
from forms.model import load_form
from forms.validation import complete
from services.pinning import DEFAULT_ZONE
from workflows.language.check import Checked
from workflows.language.findings import Report
from workflows.language.model import Model, load_model
from workflows.language.pinned import pin
from workflows.language.source import read_yaml
from workflows.simulation.coverage import Coverage, cover
from workflows.simulation.scenario import ScenarioResult, run_scenarios

SITE = "SIMULATION"
"""The site of played cases: no real one has this key."""
CASES = "cases.yaml"


@dataclass(frozen=True)
class Tested:
    """What the tests of one version came to."""

    results: list[ScenarioResult]
    coverage: Coverage

    @property
    def ok(self) -> bool:
        """Whether no test failed; true without tests."""
        return all(result.passed for result in self.results)

    def faults(self) -> tuple[Fault, ...]:
        """Every broken expectation, at its test."""
        return tuple(
            Fault(
                f"{CASES}#/cases/{number}",
                "test_failed",
                Text(f"{result.name.zh}：{fault.zh}", f"{result.name.en}: {fault.en}"),
            )
            for number, result in enumerate(self.results)
            for fault in result.faults
        )

    def as_json(self) -> JsonObject:
        """The results in the order of the file, and the coverage."""
        results: list[Json] = [_told(result) for result in self.results]
        return {"ok": self.ok, "results": results, "coverage": self.coverage.as_json()}


def _told(result: ScenarioResult) -> JsonObject:
    reached: list[Json] = [*result.reached]
    called: dict[str, Json] = {**result.called}
    return {
        "name": result.name.as_json(),
        "passed": result.passed,
        "faults": [fault.as_json() for fault in result.faults],
        "notes": [note.as_json() for note in result.notes],
        "reached": reached,
        "called": called,
        "state": result.state,
    }


def run_tests(checked: Checked, cases: str | None, parameters: Mapping[str, Json], contracts: Any) -> Tested:
    """Run the tests of a definition that passed its check; without ``cases`` there are none."""
    model = model_of(checked, parameters, contracts)
    read: Any = read_yaml(cases, CASES, Report()).value if cases is not None else None
    listed = read["cases"] if isinstance(read, dict) else []
    results = run_scenarios(model, listed, FAKES, form_check)
    return Tested(results, cover(model, [result.records for result in results]))


def model_of(checked: Checked, parameters: Mapping[str, Json], contracts: Any) -> Model:
    """The model of a checked definition at a site that is nowhere."""
    return load_model(pin(checked, {"key": SITE, "zone": DEFAULT_ZONE}, parameters, contracts))


def form_check(
    model: Model, form: str, values: JsonObject, target: Mapping[str, Any], scope: Mapping[str, Any]
) -> tuple[JsonObject, list[Fault]]:
    """What a form keeps of ``values`` and everything wrong with them, as when a person completes a task."""
    prepared = complete(load_form(model.forms[form], model.form_shas[form]), values, target, scope)
    return prepared.values, prepared.faults
