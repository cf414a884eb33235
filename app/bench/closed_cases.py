"""Closed cases of the shipped SOP, made by the pure engine: its owner's tests as patterns, each case with words of its own."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.published_lock import DEFINITIONS
from app.sop_files import read_source
from app.wiring import catalogue, parameters
from domain.clock import from_text, to_text
from domain.json_types import JsonObject
from services.owner_tests import CASES, form_check
from services.publishing import Source
from workflows.language.check import Checked, check_source
from workflows.language.findings import Report
from workflows.language.model import Model, load_model
from workflows.language.pinned import pin
from workflows.language.source import read_yaml
from workflows.simulation.scenario import run_scenarios

SHIPPED = DEFINITIONS / "receiving_inspection" / "1.0.0" / "process.yaml"
SITE: JsonObject = {"key": "HZ", "zone": "Asia/Shanghai"}
_DAY = date(2026, 11, 23)
_SUPPLIER = {
    "supplier_name": "上海澄康医疗科技有限公司",
    "supplier_address": "上海市浦东新区",
    "supplier_contact": "刘倩",
}


@dataclass(frozen=True)
class Maker:
    """The shipped SOP with the tests that end a case."""

    model: Model
    patterns: list[Any]

    def case(self, number: int) -> list[JsonObject]:
        """The records of case ``number``: another delivery note than any other, within the hour of its pattern."""
        pattern = deepcopy(self.patterns[number % len(self.patterns)])
        pattern["name"] = {"zh": str(number), "en": str(number)}
        given = pattern["given"]
        given["clock"] = to_text(from_text(given["clock"]) + timedelta(seconds=number % 3600))
        given["start"]["delivery_note_no"] = f"BENCH-{number:06d}"
        (result,) = run_scenarios(self.model, [pattern], {}, form_check)
        assert result.passed and not result.notes, (result.faults, result.notes)
        return result.records


def maker() -> Maker:
    """Reads the SOP; patterns are the tests that end their case, most of them deliveries without trouble."""
    source = read_source(SHIPPED)
    read: Any = read_yaml(source.cases or "", CASES, Report()).value
    model = model_of(source)
    patterns = [_complete(case) for case in read["cases"]]
    results = run_scenarios(model, patterns, {}, form_check)
    ended = [case for case, result in zip(patterns, results, strict=True) if result.state != "running"]
    return Maker(model, [case for ending in ended for case in (ending, ended[0])])


def _complete(case: Any) -> Any:
    """The supplier's file in the answers of the register: without it no form of these cases could be completed."""
    for stub in case["given"]["calls"].get("orders.line_facts", ()):
        stub["output"].update(_SUPPLIER)
    return case


def model_of(source: Source) -> Model:
    """A source ready to run, by the law of the patterns' day."""
    checked: Checked = check_source(source.yaml, source.form_texts(), dict(source.tables), None, catalogue())
    return load_model(pin(checked, SITE, parameters().all_on(_DAY), catalogue().contracts))
