"""Writes: targets, types, and steps that could write the same field at the same time."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_form_field_that_the_data_lacks(form_with: Any):
    draft = form_with("colour", {"type": "string", "title": "Colour", "maxLength": 9})
    items = draft.forms["forms/data.v1.json"]["schema"]["properties"]["lines"]["items"]
    assert draft.check().ok
    del items["properties"]["colour"]
    (finding,) = draft.findings("into_field_missing")
    assert "'colour'" in finding.message.en and finding.line == draft.line_of("forms/inspect.v1.json")


def test_a_form_field_with_another_type_in_the_data(form_with: Any):
    draft = form_with("colour", {"type": "string", "title": "Colour", "maxLength": 9})
    items = draft.forms["forms/data.v1.json"]["schema"]["properties"]["lines"]["items"]
    items["properties"]["colour"] = {"type": "integer", "title": "Colour"}
    assert len(draft.findings("into_field_type")) == 1


def test_a_list_s_inner_field_with_another_type(draft: Any):
    items = draft.forms["forms/data.v1.json"]["schema"]["properties"]["lines"]["items"]
    items["properties"]["quantity"] = {"type": "string", "title": "Quantity"}
    (finding,) = draft.findings("into_field_type")
    assert "lines[].quantity" in finding.message.en


def test_a_set_step_writes_a_field_that_exists(draft: Any):
    draft.add_step("- {id: a, set: {redy: 'true'}}\n")
    (finding,) = draft.findings("into_field_missing")
    assert "Did you mean 'ready'?" in finding.message.en


@pytest.mark.parametrize(
    ("into", "code"), [("data", "into_unknown"), ("lines", "into_unknown"), ("line", None), ("none", None)]
)
def test_inside_a_foreach_only_the_item_is_written(into: str, code: str | None, draft: Any):
    draft.replace("    not_same_as: [count]\n", f"    not_same_as: [count]\n    into: {into}\n")
    assert [finding.code for finding in draft.check().errors] == ([code] if code else [])


def test_without_case_data_nothing_can_be_written(draft: Any):
    draft.replace("data: {schema: forms/data.v1.json}\n", "")
    assert draft.findings("into_unknown")


PARALLEL = """\
- id: both
  parallel:
  - do: [{id: a, set: {%s}}]
  - do: [{id: b, set: {%s}}]
"""


def test_two_branches_cannot_write_one_field(draft: Any):
    draft.add_step(PARALLEL % ("ready: 'true'", "ready: 'false'"))
    (finding,) = draft.findings("parallel_write")
    assert finding.line == draft.line_of("id: b,")
    assert "data.ready" in finding.message.en


def test_two_branches_may_write_two_fields(draft: Any):
    draft.add_step(PARALLEL % ("ready: 'true'", "grade: '\"x\"'"))
    assert draft.check().ok


def test_items_and_their_list_collide(draft: Any):
    draft.add_step(
        "- id: both\n  parallel:\n"
        "  - do: [{id: a, foreach: data.lines, as: one, item_key: one.line_no, do: [{id: x, set: {remark: '\"r\"'}}]}]\n"
        "  - do: [{id: b, set: {lines: '[]'}}]\n"
    )
    assert [finding.line for finding in draft.findings("parallel_write")] == [draft.line_of("id: b,")]


def test_a_case_data_file_has_no_ui(draft: Any):
    draft.forms["forms/data.v1.json"]["ui"] = {"title": {"zh": "x", "en": "x"}, "sections": [], "fields": {}}
    assert "wrong_shape" in draft.codes()


def test_a_file_that_is_missing_or_unused(draft: Any):
    draft.forms["forms/extra.v1.json"] = draft.forms.pop("forms/arrival.v1.json")
    assert {"file_missing", "file_unused"} <= draft.codes()
