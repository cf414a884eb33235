"""Expressions are checked where they stand: names, types, results, and what may be absent there."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("data.total > 0", "data.total >", "expression_syntax"),
        ("data.total > 0", "data.totl > 0", "expression_type"),
        ("data.total > 0", "line.quantity > 0", "expression_type"),
        ("data.total > 0", 'data.total > "1"', "expression_type"),
        ("data.total > 0", "data.total", "expression_result"),
        ("foreach: data.lines", "foreach: data.total", "expression_result"),
        ("item_key: line.line_no", "item_key: line", "expression_result"),
        ("item_key: line.line_no", "item_key: start.note_no", "expression_result"),
        ("key: start.note_no", "key: start.note", "expression_type"),
        ("key: start.note_no", "key: data.total", "key_reads_start"),
        ("key: start.note_no", "key: size(start.note_no)", "expression_result"),
        ("'清点 {start.note_no}'", "'清点 {start.note'", "template_fault"),
        ("'清点 {start.note_no}'", "'清点 {start.nothing}'", "template_fault"),
        ("'验收 {line.line_no}'", "'验收 {other.line_no}'", "template_fault"),
    ],
)
def test_an_expression_fault_is_found_where_it_stands(old: str, new: str, code: str, draft: Any):
    draft.replace(old, new)
    (finding,) = draft.findings(code)
    assert finding.line == draft.line_of(new)


def test_a_set_step_writes_the_right_kind(draft: Any):
    draft.add_step("- {id: a, set: {ready: data.total > 5}}\n")
    assert draft.check().ok
    draft.add_step("- {id: b, set: {ready: data.total}}\n")
    (finding,) = draft.findings("expression_result")
    assert finding.line == draft.line_of("id: b,")


def test_a_field_not_yet_written_is_a_doubt(draft: Any):
    draft.replace("steps:\n", "steps:\n- {id: early, when: data.total > 0, notify: [sales]}\n")
    (finding,) = draft.findings("expression_doubt")
    assert finding.severity == "warning"
    assert finding.line == draft.line_of("id: early")


def test_a_guard_takes_the_doubt_away(draft: Any):
    draft.replace("steps:\n", "steps:\n- {id: early, when: has(data.total) && data.total > 0, notify: [sales]}\n")
    assert draft.check().findings == []


def test_a_field_that_every_path_has_written_is_no_doubt(draft: Any):
    draft.add_step("- {id: later, when: data.total > 3, notify: [sales]}\n")
    assert draft.check().findings == []


def test_a_field_that_one_path_skips_is_a_doubt(draft: Any):
    draft.replace("  due: PT2H\n", "  due: PT2H\n  when: start.note_no != ''\n")
    assert draft.findings("expression_doubt")


def test_the_same_condition_twice_is_understood(draft: Any):
    draft.add_step("- {id: a, when: data.total > 9, set: {grade: '\"high\"'}}\n")
    draft.add_step('- {id: b, when: data.total > 9, set: {ready: data.grade == "high"}}\n')
    assert draft.findings("expression_doubt") == []


def test_parallel_branches_both_count(draft: Any):
    draft.add_step(
        "- id: both\n  parallel:\n  - do: [{id: a, set: {ready: 'true'}}]\n  - do: [{id: b, set: {grade: '\"x\"'}}]\n"
        "- {id: c, when: data.ready && data.grade == 'x', notify: [sales]}\n"
    )
    assert draft.findings("expression_doubt") == []


def test_what_a_step_put_out_can_be_read(draft: Any):
    draft.add_step(
        "- {id: a, when: steps.count.values.total > 3 && steps.count.outcome == 'counted', notify: [sales]}\n"
    )
    assert draft.check().findings == []
    draft.add_step("- {id: b, when: steps.count.values.nothing > 3, notify: [sales]}\n")
    assert [finding.line for finding in draft.findings("expression_type")] == [draft.line_of("id: b")]


def test_an_outcome_that_cannot_be_is_a_doubt(draft: Any):
    draft.add_step("- {id: a, when: steps.count.outcome == 'countd', notify: [sales]}\n")
    assert draft.findings("expression_doubt")


def test_steps_inside_a_group_are_a_map_from_outside(draft: Any):
    draft.add_step("- {id: a, when: steps.inspect.outcome == 'pass', notify: [sales]}\n")
    assert draft.findings("expression_type") or draft.findings("expression_doubt")


def test_expressions_of_a_form_are_checked_in_its_file(draft: Any):
    fields = draft.forms["forms/inspect.v1.json"]["ui"]["fields"]
    fields["/remark"]["visible"] = "line.quantity > 5 && form.nothing == 1"
    (finding,) = draft.findings("expression_type")
    assert finding.file == "forms/inspect.v1.json"
    assert finding.pointer == "/ui/fields/~1remark/visible"


def test_a_start_form_cannot_read_the_case(draft: Any):
    fields = draft.forms["forms/arrival.v1.json"]["ui"]["fields"]
    fields["/note_no"]["visible"] = "data.total > 0"
    assert draft.findings("expression_type")


def test_a_computed_field_gives_the_kind_of_the_field(form_with: Any):
    draft = form_with("double", {"type": "integer", "title": "Double", "readOnly": True}, {"computed": "form.remark"})
    assert draft.findings("expression_result")


# ---------------------------------------------------------------- calls and tables
def test_a_call_is_held_to_its_contract(draft: Any):
    draft.add_step(
        "- {id: post, call: stock.receive, with: {supplier_code: start.note_no, lnes: data.lines}, undo: stock.move, retry: {max: 99}}\n"
    )
    assert {"unknown_input", "missing_input", "unknown_undo", "wrong_shape", "outcome_not_routed"} <= draft.codes()


def test_an_unknown_call_gets_a_suggestion(draft: Any):
    draft.add_step("- {id: post, call: stock.recieve}\n")
    (finding,) = draft.findings("unknown_call")
    assert "Did you mean 'stock.receive'?" in finding.message.en


def test_an_input_of_the_wrong_kind(draft: Any):
    draft.add_step("- {id: post, call: stock.receive, with: {supplier_code: data.total}}\n")
    assert draft.findings("expression_result")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (
            "rules: [{when: ['>= 10'], then: good}, {when: ['-'], then: poor}]",
            "rules: [{when: ['>= 10'], then: good}, {when: ['< 5'], then: poor}]",
            "table_fault",
        ),
        ("then: poor}", "then: por}", "table_fault"),
        ("expr: data.total", "expr: data.totl", "table_fault"),
        ("'>= 10'", "'>= '", "table_fault"),
        ("hit: first", "hit: any", "table_fault"),
        ("'>= 10'", "'\"x\"'", "table_fault"),
    ],
)
def test_a_table_fault_stands_in_the_table_s_file(old: str, new: str, code: str, draft: Any):
    text = draft.tables["tables/grade.v1.yaml"]
    assert old in text
    draft.tables["tables/grade.v1.yaml"] = text.replace(old, new)
    found = draft.findings(code)
    assert found and {finding.file for finding in found} == {"tables/grade.v1.yaml"}
    assert not draft.check().ok


# ---------------------------------------------------------------- the process owner's tests
CASES = """\
cases:
- name: {zh: 好, en: good}
  given: {start: {note_no: N1}, clock: '2026-11-23T09:00+08:00', calls: {stock.receive: [{ok: true}]}}
  when: [{step: count, by: receiver, at: +PT20M, outcome: counted, data: {total: 1, lines: []}}]
  then: {reached: [count], not_reached: [tell], called: {stock.receive: 0}}
"""


def test_good_cases_have_no_finding(draft: Any):
    draft.cases = CASES
    assert draft.check().findings == []


def test_tests_can_return_wait_and_hear_messages(draft: Any):
    draft.replace("steps:\n", "on_message: {recall: {keys: '[start.note_no]', to: count}}\nsteps:\n")
    lines = (
        "{at: +P1D}, {message: recall, keys: [N1], data: {lot: L1}, at: +PT1M}, "
        "{step: count, by: receiver, action: withdraw, reason: wrong}, {action: cancel, by: quality_staff, reason: over}"
    )
    draft.cases = CASES.replace("when: [", f"when: [{lines}, ")
    assert draft.check().findings == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{message: recal, keys: [N1]}", "cases_unknown_name"),
        ("{message: recall, keys: N1}", "cases_shape"),
        ("{message: recall, keys: [N1], to: done}", "cases_shape"),
        ("{step: count, by: receiver, action: retrun}", "cases_unknown_name"),
        ("{by: receiver}", "cases_shape"),
    ],
)
def test_a_line_that_is_no_act_message_or_time(line: str, code: str, draft: Any):
    draft.replace("steps:\n", "on_message: {recall: {keys: '[start.note_no]', to: count}}\nsteps:\n")
    draft.cases = CASES.replace("when: [", f"when: [{line}, ")
    assert len(draft.findings(code)) == 1


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("step: count", "step: cuont", "cases_unknown_step"),
        ("not_reached: [tell]", "not_reached: [tel]", "cases_unknown_step"),
        ("by: receiver", "by: reciever", "cases_unknown_name"),
        ("outcome: counted", "outcome: counte", "cases_unknown_name"),
        ("called: {stock.receive", "called: {stock.recieve", "cases_unknown_name"),
        ("  then:", "  than:", "cases_shape"),
        ("cases:\n", "case:\n", "cases_shape"),
        ("- name: {zh: 好, en: good}", "- name: good", "cases_shape"),
    ],
)
def test_a_fault_in_the_cases(old: str, new: str, code: str, draft: Any):
    draft.cases = CASES.replace(old, new)
    found = draft.findings(code)
    assert found and {finding.file for finding in found} == {"cases.yaml"}


def test_a_bare_number_is_an_expression_too(draft: Any):
    draft.add_step("- {id: a, set: {total: 5}}\n")
    assert draft.check().ok
    draft.add_step("- {id: b, set: {ready: 5}}\n")
    assert [finding.line for finding in draft.findings("expression_result")] == [draft.line_of("id: b,")]


def test_an_arm_knows_that_those_before_it_were_false(draft: Any):
    draft.replace(
        "steps:\n",
        "steps:\n- {id: early, branch: [{when: '!has(data.total)', to: count}, {when: data.total > 9, to: tell}, {else: count}]}\n",
    )
    assert draft.findings("expression_doubt") == []
