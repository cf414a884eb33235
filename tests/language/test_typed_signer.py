"""RULE-17 at the door: no form of a definition asks who signs or when one's own act took place."""

from __future__ import annotations

from typing import Any

import pytest

TEXT = {"type": "string", "title": "Item", "maxLength": 40}
MOMENT = {"type": "string", "format": "date-time", "title": "Item"}
DAY = {"type": "string", "format": "date", "title": "Item"}


def _said(zh: str, en: str) -> dict[str, Any]:
    return {"label": {"zh": zh, "en": en}}


TRICKS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "the key of the system": ("signed_by", TEXT, {}),
    "the glossary key": ("inspector", TEXT, {}),
    "camel case": ("inspectedBy", TEXT, {}),
    "a number behind it": ("signer2", TEXT, {}),
    "a list of names": ("inspector", {"type": "string", "title": "Item", "enum": ["a", "b"]}, {}),
    "only the Chinese label says it": ("f1", TEXT, _said("验收人", "Field 1")),
    "only the English label says it": ("f1", TEXT, _said("字段一", "Signed by")),
    "a label with a bracket": ("f1", TEXT, _said("复核人员签名（必填）", "Field 1")),
    "the schema's title": ("f1", {"type": "string", "title": "Inspector", "maxLength": 40}, _said("字段", "Field")),
    "people as choices": (
        "who",
        {
            "type": "string",
            "title": "Item",
            "oneOf": [{"const": "u1", "title": "王伟"}, {"const": "u2", "title": "李娜"}],
        },
        {},
    ),
    "the time of the system": ("signed_at", MOMENT, {}),
    "a day of one's own act": ("inspection_date", DAY, {}),
    "a moment without a mark": ("f1", MOMENT, {}),
    "marked as outside, but one's own": ("inspected_at", {**MOMENT, "external_event_time": True}, {}),
    "a time as text": ("f1", TEXT, _said("验收时间", "Time of inspection")),
    "a time label on a number": ("f1", {"type": "integer", "title": "Item"}, _said("验收日期", "Inspection date")),
    "a clock time": ("f1", {"type": "string", "format": "time", "title": "Item"}, {}),
    "pinyin": ("yanshouren", TEXT, {}),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_each_trick_is_refused_at_the_field(trick: str, form_with: Any):
    name, schema, hint = TRICKS[trick]
    draft = form_with(name, schema, hint)
    checked = draft.check()
    found = [finding for finding in checked.findings if finding.code in ("typed_signer", "typed_time")]
    assert found, [finding.as_line("en") for finding in checked.findings]
    assert not checked.ok
    assert {finding.file for finding in found} == {"forms/inspect.v1.json"}
    assert all(finding.line > 1 for finding in found)


def test_the_time_of_an_outside_event_is_allowed(form_with: Any):
    draft = form_with("departure_time", {**MOMENT, "external_event_time": True}, _said("启运时间", "Departure time"))
    assert draft.check().errors == []


def test_the_system_s_own_fact_may_be_shown(form_with: Any):
    hint = {**_said("验收人", "Inspector"), "computed": "steps.count.actor.name"}
    draft = form_with("inspector", {**TEXT, "readOnly": True}, hint)
    assert "typed_signer" not in draft.codes()


def test_a_signer_computed_from_what_was_typed_is_refused(form_with: Any):
    hint = {**_said("验收人", "Inspector"), "computed": "form.remark"}
    draft = form_with("inspector", {**TEXT, "readOnly": True}, hint)
    assert "typed_signer" in draft.codes()


def test_the_start_form_is_no_way_around(draft: Any):
    form = draft.forms["forms/arrival.v1.json"]
    form["schema"]["properties"]["received_at"] = MOMENT
    form["ui"]["sections"][0]["fields"].append("received_at")
    form["ui"]["fields"]["/received_at"] = _said("收货时间", "Received at")
    assert "typed_time" in draft.codes()


def test_a_set_step_cannot_write_a_typed_signer(draft: Any):
    draft.replace("  - id: ruling\n", "  - {id: forge, set: {inspector: line.remark}}\n  - id: ruling\n")
    (finding,) = draft.findings("signer_not_from_system")
    assert finding.line == draft.line_of("id: forge")


def test_a_set_step_may_write_who_acted(draft: Any):
    draft.replace("  - id: ruling\n", "  - {id: note, set: {inspector: steps.inspect.actor.name}}\n  - id: ruling\n")
    assert draft.findings("signer_not_from_system") == []
