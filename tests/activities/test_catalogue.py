"""The catalogue keeps its contracts: outputs fit their schemas, errors are the declared ones, fakes too."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.catalogue import CATALOGUE
from activities.contracts import contracts_json
from activities.fakes import FAKES, fake
from activities.temporal import build
from domain.json_types import JsonObject
from records import cases
from tests.records.conftest import Story
from tests.stock.conftest import House, delivery, line


def call(house: House, name: str, given: Any) -> Any:
    (activity,) = [f for f in build(house.ctx) if _name(f) == name]
    return ActivityEnvironment().run(activity, given)


def _name(function: Any) -> str:
    return getattr(function, "__temporal_activity_definition").name  # noqa: B009


def fits(name: str, output: JsonObject) -> None:
    schema: Any = CATALOGUE[name][0].output
    jsonschema.Draft202012Validator(schema).validate(output)


def test_every_contract_has_function_fake_words_and_a_known_undo(house: House) -> None:
    assert set(FAKES) == set(CATALOGUE) == set(contracts_json())
    assert {_name(f) for f in build(house.ctx)} == {"project_wave", "schedules.run", *CATALOGUE}
    for contract, _ in CATALOGUE.values():
        assert contract.title.zh and contract.description.en and contract.drill.zh
        assert contract.undo is None or contract.undo in CATALOGUE
        for part in (contract.input, contract.output):
            jsonschema.Draft202012Validator.check_schema(part)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(FAKES))
def test_fakes_fit_the_contract_and_are_the_same_twice(name: str) -> None:
    given: JsonObject = {
        "supplier_code": "S", "product_code": "P", "to_location": "A", "departure": "2026-11-22T01:00:00.000Z",
        "arrival": "2026-11-22T02:00:00.000Z",
    }  # fmt: skip
    fits(name, fake(name, given))
    assert fake(name, given) == fake(name, given)


def test_outputs_of_a_whole_line_fit_their_contracts(house: House) -> None:
    case, goods = house.case(), line("P-LOT", 4)
    asked: JsonObject = {"supplier_code": "S01", "purchase_orders": [{"purchase_order_no": "PO-1"}]}
    listed = call(house, "orders.expected_lines", case.envelope("expect#1", "orders.expected_lines", asked))
    fits("orders.expected_lines", listed)
    before = {row["product_code"]: row["open_quantity"] for row in listed["expected_lines"]}
    envelope = case.envelope("post_pending#1", "stock.receive", delivery(goods))
    fits("stock.receive", call(house, "stock.receive", envelope))
    listed = call(house, "orders.expected_lines", case.envelope("expect#2", "orders.expected_lines", asked))
    after = {row["product_code"]: row["open_quantity"] for row in listed["expected_lines"]}
    assert before["P-LOT"] - after["P-LOT"] == 4
    path, given = (
        "lines#1/[L1]#1/identify#1",
        {"supplier_code": "S01", "purchase_order_no": "PO-1", "product_code": "P-COLD"},
    )
    facts = call(house, "orders.line_facts", case.envelope(path, "orders.line_facts", dict(given)))
    fits("orders.line_facts", facts)
    assert (facts["temp_min"], facts["purchase_date"], facts["is_cold_chain"]) == (2, "2026-11-10", True)
    case.sign("L1", "inspect", "inspected", "pass", "inspector")
    for name, step, more in (
        ("stock.change_status", "release", {"to": "QUALIFIED"}),
        ("stock.move", "stow", {"to_location": "HZ-A-01"}),
    ):
        path, body = f"lines#1/[L1]#1/{step}#1", {"line": goods, "quantity": 4, **more}
        fits(name, call(house, name, case.envelope(path, name, body)))
    fits("stock.hold", call(house, "stock.hold", case.envelope("hold#1", "stock.hold", {"lines": [goods]})))
    key = f"{case.id}/lines#1/[L1]#1/later#1/stock.move/undo"
    fits(
        "stock.reverse", call(house, "stock.reverse", case.envelope("lines#1/[L1]#1/later#1", "x", {}, effect_key=key))
    )


def test_a_business_refusal_ends_the_call_with_its_code_and_both_languages(house: House) -> None:
    envelope = house.case().envelope("post_pending#1", "stock.receive", delivery(line("P-DRAFT")))
    with pytest.raises(ApplicationError) as caught:
        call(house, "stock.receive", envelope)
    assert (caught.value.type, caught.value.non_retryable) == ("rule_refused", True)
    detail = caught.value.details[0]
    assert detail["zh"] and detail["en"] and detail["details"]["violations"][0]["rule"] == "RULE-03"
    asked: JsonObject = {"supplier_code": "NOBODY", "purchase_orders": []}
    with pytest.raises(ApplicationError) as caught:
        call(house, "orders.expected_lines", house.case().envelope("expect#1", "x", asked))
    assert caught.value.type == "unknown_supplier"


def test_a_wave_is_projected_once_and_a_forged_one_is_quarantined(house: House) -> None:
    story = Story(f"W-{house.database.is_sqlite}")
    wave = story.opening()
    first, again = call(house, "project_wave", wave), call(house, "project_wave", wave)
    assert (first["again"], again["again"], first["seq"]) == (False, True, again["seq"])
    with pytest.raises(ApplicationError) as caught:
        call(house, "project_wave", {**wave, "rows": {**wave["rows"], "notices": [], "tasks": []}})
    assert (caught.value.type, caught.value.non_retryable) == ("quarantine", False)  # tried again once put right
    with house.database.read() as session:
        assert [(row.case_id, row.kind) for row in cases.failures(session) if row.case_id == story.case_id] == [
            (story.case_id, "quarantined")
        ]


def test_a_wave_that_cannot_be_written_is_counted(house: House) -> None:
    wave = Story(f"F-{house.database.is_sqlite}").opening()
    wave["rows"]["case"].pop("started_by")
    for _ in range(2):
        with pytest.raises(Exception) as caught:
            call(house, "project_wave", wave)
        assert not isinstance(caught.value, ApplicationError)
    with house.database.read() as session:
        (row,) = [row for row in cases.failures(session) if row.case_id == wave["case"]]
    assert (row.kind, row.attempts, row.wave) == ("failing", 2, 1)
