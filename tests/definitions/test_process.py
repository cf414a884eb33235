"""The shipped SOPs pass the checks of the language, and their owners' tests pass on the engine of real cases."""

from __future__ import annotations

from typing import Any

import pytest

from activities.contracts import contracts_json
from app.published_lock import DEFINITIONS
from domain.json_types import JsonObject
from rules.parameters import load_parameters
from services.owner_tests import form_check
from workflows.language.catalogue import Catalogue, catalogue_from
from workflows.language.check import Checked, check_source
from workflows.language.findings import Report
from workflows.language.model import load_model
from workflows.language.pinned import pin
from workflows.language.source import read_yaml
from workflows.simulation.scenario import run_scenarios

SITE: JsonObject = {"key": "hangzhou", "zone": "Asia/Shanghai"}


@pytest.fixture(scope="session")
def catalogue(data_file: Any) -> Catalogue:
    """The shipped clauses with the contracts of the activities."""
    names = [
        name
        for path in sorted((DEFINITIONS / "parameters").glob("*.yaml"))
        for name in load_parameters(data_file(path)).values
    ]
    return catalogue_from(data_file("clauses/catalogue.yaml"), contracts_json(), names)


@pytest.fixture(scope="session")
def checked(shipped: Any, catalogue: Catalogue) -> Checked:
    """The SOP after the check that publishing does."""
    forms, tables = shipped.texts("forms", "*.json"), shipped.texts("tables", "*.yaml")
    return check_source(shipped.text("process.yaml"), forms, tables, shipped.text("cases.yaml"), catalogue)


def test_the_check_finds_nothing(checked: Checked) -> None:
    assert [finding.as_line("en") for finding in checked.findings] == []
    assert checked.ok


@pytest.fixture(scope="session")
def results(shipped: Any, checked: Checked) -> Any:
    """What came of the owner's tests, which are run once."""
    return run_scenarios(load_model(pin(checked, SITE, {}, contracts_json())), _cases(shipped), {}, form_check)


def test_its_owners_tests_pass_on_the_engine(results: Any) -> None:
    assert results
    assert {result.name.en: [fault.en for fault in result.faults] for result in results if not result.passed} == {}


def test_its_owners_tests_reach_every_step(checked: Checked, results: Any) -> None:
    model = load_model(pin(checked, SITE, {}, contracts_json()))
    reached = {step for result in results for step in result.reached}
    assert set(model.steps) - reached == set()


def test_a_wrong_expectation_fails(shipped: Any, checked: Checked) -> None:
    model = load_model(pin(checked, SITE, {}, contracts_json()))
    case = {**_cases(shipped)[0], "then": {"reached": ["no_such_step"]}}
    assert not run_scenarios(model, [case], {})[0].passed


def _cases(shipped: Any) -> list[Any]:
    read: Any = read_yaml(shipped.text("cases.yaml"), "cases.yaml", Report())
    return read.value["cases"]
