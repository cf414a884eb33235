"""The back-test: closed cases through their own version and through changed ones, with the reason where they part."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.fakes import FAKES
from app.wiring import catalogue
from domain.canonical import dumps, loads
from services.owner_tests import form_check
from services.publishing import Source
from tests.examples import examples
from workflows.language.check import check_source
from workflows.language.model import Model, load_model
from workflows.language.pinned import pin
from workflows.simulation.backtest import Verdict, backtest, grouped
from workflows.simulation.scenario import run_scenarios
from workflows.simulation.story import Story, story_of

SUPPLIER = {"supplier_name": "上海澄康", "supplier_address": "浦东新区", "supplier_contact": "刘倩"}
Draft = Callable[..., Model]


@pytest.fixture(scope="session")
def stories(model: Model, cases: list[Any]) -> dict[str, Story]:
    """The owner's tests of the shipped SOP that end, as recorded cases: through JSON, as the database keeps them."""
    complete = deepcopy(cases)
    for case in complete:
        for stub in case["given"]["calls"].get("orders.line_facts", []):
            stub["output"].update(SUPPLIER)
    results = run_scenarios(model, complete, {}, form_check)
    closed = [result for result in results if result.records[-1]["action"] == "ended"]
    return {result.name.en: story_of(loads(dumps([*result.records]))) for result in closed if result.state != "running"}


@pytest.fixture(scope="session")
def draft(source: Source) -> Draft:
    """The shipped SOP with some of its text replaced; ``form`` names a form to change as well."""

    def make(*changes: tuple[str, str], forms: dict[str, Callable[[Any], None]] | None = None) -> Model:
        text = source.yaml
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        texts = source.form_texts()
        for name, change in (forms or {}).items():
            form = loads(texts[name])
            change(form)
            texts[name] = dumps(form)
        checked = check_source(text, texts, dict(source.tables), None, catalogue())
        assert checked.ok, [finding.as_line("en") for finding in checked.errors]
        return load_model(pin(checked, {"key": "HQ", "zone": "Asia/Shanghai"}, {}, catalogue().contracts))

    return make


def _tried(model: Model, story: Story) -> Verdict:
    return backtest(model, story, form_check, FAKES)


def test_every_case_goes_the_same_way_through_its_own_version(model: Model, stories: dict[str, Story]) -> None:
    assert len(stories) >= 15
    verdicts = {name: _tried(model, story) for name, story in stories.items()}
    assert {name: one.reason.en for name, one in verdicts.items() if one.verdict != "same"} == {}
    assert all(one.replayed == one.recorded and not one.answered for one in verdicts.values())


def test_other_words_change_no_route(draft: Draft, stories: dict[str, Story]) -> None:
    changed = draft(("en: 'Put away {", "en: 'Stow {"), ("due: P1D", "due: P2D"))
    assert {_tried(changed, story).verdict for story in stories.values()} == {"same"}


def test_a_step_more_is_where_the_routes_part_and_the_rest_is_replayed(draft: Draft, stories: dict[str, Story]) -> None:
    more = "- {id: tell_all, notify: [quality_staff], title: {zh: 告知, en: Tell}}\n- id: lines\n"
    one = _tried(draft(("- id: lines\n", more)), stories["two lines, both put away"])
    assert (one.verdict, one.path, one.code) == ("diverged", "tell_all#1", "to_lines_tell_all")
    assert one.reason.en == "The case went to lines, the draft goes to tell_all."
    assert one.replayed[-1] == one.recorded[-1]  # the case still ends as it did
    assert len(one.replayed) == len(one.recorded) + 1


def test_a_task_that_nobody_did_is_where_the_draft_waits(draft: Draft, stories: dict[str, Story]) -> None:
    more = "- {id: again, task: quality_staff, title: {zh: 再看, en: Look again}}\n- id: lines\n"
    one = _tried(draft(("- id: lines\n", more)), stories["two lines, both put away"])
    assert (one.verdict, one.path, one.code) == ("diverged", "again#1", "to_lines_again")


def test_another_condition_sends_cases_another_way(draft: Draft, stories: dict[str, Story]) -> None:
    changed = draft(("line.received_quantity == 0, to: line_refused", "line.received_quantity < 200, to: line_refused"))
    one = _tried(changed, stories["two lines, both put away"])
    assert (one.verdict, one.path) == ("diverged", "lines#1/[L1]#1/taken_in#1")
    assert one.reason.en == "taken_in: identify then, line_refused now."
    assert one.reason.zh == "taken_in 原为“identify”，草稿为“line_refused”。"


def test_a_field_that_the_form_now_asks_for_does_not_fit(draft: Draft, stories: dict[str, Story]) -> None:
    def ask(form: Any) -> None:
        form["schema"]["required"] = [*form["schema"].get("required", []), "conformity_document"]

    changed = draft(forms={"forms/inspection.v1.json": ask})
    one = _tried(changed, stories["two lines, both put away"])
    assert (one.verdict, one.path, one.pointer) == ("unfit", "lines#1/[L1]#1/inspect#1", "/conformity_document")
    assert "inspect" in one.reason.en and "/conformity_document" in one.reason.zh
    assert _tried(changed, stories["the whole delivery refused"]).verdict == "same"


def test_a_field_of_the_start_form_does_not_fit_either(draft: Draft, stories: dict[str, Story]) -> None:
    def shorter(form: Any) -> None:
        form["schema"]["properties"]["delivery_note_no"]["maxLength"] = 3

    one = _tried(draft(forms={"forms/arrival.v1.json": shorter}), stories["two lines, both put away"])
    assert (one.verdict, one.path, one.pointer) == ("unfit", "", "/delivery_note_no")


def test_an_act_that_the_draft_refuses_says_why(draft: Draft, stories: dict[str, Story]) -> None:
    other = draft(("- id: put_away\n    task: warehouse_keeper", "- id: put_away\n    task: inspector"))
    one = _tried(other, stories["two lines, both put away"])
    assert (one.verdict, one.path) == ("diverged", "lines#1/[L1]#1/put_away#1")
    assert one.reason.en.startswith("The draft refuses the act: This is for: Inspector")


def test_a_new_call_is_answered_by_its_fake_and_named(draft: Draft, stories: dict[str, Story]) -> None:
    given = "with: {supplier_code: start.supplier_code, purchase_orders: start.purchase_orders}"
    more = f"- {{id: look, call: orders.expected_lines, {given}, on: {{unknown_supplier: refuse}}}}\n- id: lines\n"
    one = _tried(draft(("- id: lines\n", more)), stories["two lines, both put away"])
    assert one.answered == ("orders.expected_lines",)
    assert (one.path, one.replayed[-1]) == ("look#1", one.recorded[-1])


def test_an_error_that_the_draft_routes_elsewhere_parts_there(draft: Draft, stories: dict[str, Story]) -> None:
    changed = draft(("on: {rule_refused: receive}", "on: {rule_refused: refuse}"))
    one = _tried(changed, stories["the ledger refuses the receipt: back to the receiver"])
    assert (one.verdict, one.step) == ("diverged", "refuse")


def test_cases_are_grouped_by_place_and_reason(draft: Draft, stories: dict[str, Story]) -> None:
    changed = draft(("line.received_quantity == 0, to: line_refused", "line.received_quantity < 200, to: line_refused"))
    groups: Any = grouped(_tried(changed, story) for story in stories.values())
    assert [group["verdict"] for group in groups] == sorted(
        (group["verdict"] for group in groups), key=("same", "diverged", "unfit").index
    )
    parted = next(group for group in groups if group["place"] == "lines/taken_in")
    assert parted["count"] == len(parted["cases"]) > 3
    assert sum(group["count"] for group in groups) == len(stories)


@settings(max_examples=examples(40), deadline=None)
@given(data=st.data())
def test_a_back_test_is_a_function_of_its_records(data: st.DataObject, model: Model, stories: dict[str, Story]) -> None:
    """However often and in whatever order: the same verdict, byte for byte."""
    names = data.draw(st.lists(st.sampled_from(sorted(stories)), min_size=1, max_size=3))
    for name in names:
        assert dumps(_tried(model, stories[name]).as_json()) == dumps(_tried(model, stories[name]).as_json())
