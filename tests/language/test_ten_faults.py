"""A definition with many different faults gets them all, each at its line."""

from __future__ import annotations

from typing import Any

BAD = """\
gspflow: 1
process: receiving_inspection
version: 1.0
title: {zh: 坏的流程, en: A bad one}
owner: quality_stuff
basis: [GSP-60, GSP-999]
start: {by: [receiver], form: forms/arrival.v1.json}
key: data.total
data: {schema: forms/data.v1.json}
stepps: []
steps:
- id: count
  task: receiver
  form: forms/missing.v1.json
  title: {zh: 清点, en: Count}
  outcomes: [{key: counted, zh: 清点, en: Counted}, {key: refused, zh: 拒收, en: Refuse}]
  due: work:2D
- id: count
  task: it_admin
  form: forms/count.v1.json
  title: {zh: '清点 {start.nothing}', en: Count}
  when: data.total >
- id: three
  call: stock.recieve
  next: nowhere
- id: score
  set: {ready: data.total + 1}
  notify: [purchaser]
- id: later
  set: {ready: data.total + 1}
- id: choose
  branch: [{when: data.total, to: done}]
- {id: done, end: completed}
- {id: lonely, notify: [nobody]}
"""
EXPECTED = {
    (3, "wrong_shape"),
    (5, "unknown_role"),
    (6, "unknown_clause"),
    (8, "key_reads_start"),
    (10, "unknown_word"),
    (14, "file_missing"),
    (16, "outcome_not_routed"),
    (17, "wrong_value"),
    (18, "duplicate_step"),
    (19, "role_cannot_act"),
    (21, "template_fault"),
    (22, "expression_syntax"),
    (24, "unknown_call"),
    (25, "unknown_step"),
    (28, "several_kinds"),
    (30, "expression_result"),
    (32, "else_required"),
    (32, "expression_result"),
    (34, "unknown_role"),
}


def test_every_fault_is_found_at_its_line(draft: Any):
    draft.yaml = BAD
    found = {(finding.line, finding.code) for finding in draft.check().findings if finding.file == "process.yaml"}
    missing = {
        (line, code) for line, code in EXPECTED if not any(there == code and abs(at - line) <= 0 for at, there in found)
    }
    assert not missing - {(16, "outcome_not_routed")}
    assert (13, "outcome_not_routed") in found


def test_findings_speak_both_languages_and_say_where(draft: Any):
    draft.yaml = BAD
    for finding in draft.check().findings:
        assert finding.message.zh.strip() and finding.message.en.strip()
        assert any("\u4e00" <= char <= "\u9fff" for char in finding.message.zh), finding
        assert finding.line >= 1 and finding.column >= 1
        shape = finding.as_json("zh")
        assert list(shape) == ["severity", "file", "line", "column", "pointer", "code", "message"]


def test_the_good_definition_has_no_finding(draft: Any):
    checked = draft.check()
    assert checked.findings == []
    assert checked.ok and checked.definition_sha and len(checked.definition_sha) == 64


def test_a_form_fault_is_found_though_the_yaml_cannot_be_read(draft: Any):
    draft.yaml = "steps: ["
    draft.forms["forms/count.v1.json"]["schema"]["properties"]["signed_by"] = {"type": "string", "title": "Signed by"}
    assert {"yaml_syntax", "typed_signer"} <= draft.codes()


def test_an_expression_fault_has_its_own_column(draft: Any):
    draft.replace("{when: data.total > 0,", "{when: data.total > data.totl,")
    (finding,) = draft.findings("expression_type")
    line = draft.yaml.splitlines()[finding.line - 1]
    assert line[finding.column - 1 :].startswith(("data.totl", "totl", ".totl"))
    assert "total" in finding.message.en


def test_files_stand_beside_the_definition(draft: Any, catalogue: Any):
    from workflows.language.check import check_source

    checked = check_source(draft.yaml, {}, {}, None, catalogue, file="definitions/x/1.0.0/process.yaml")
    assert {finding.file for finding in checked.findings} == {"definitions/x/1.0.0/process.yaml"}
    checked = check_source(draft.yaml, {"forms/count.v1.json": "{"}, {}, None, catalogue, file="d/process.yaml")
    assert "d/forms/count.v1.json" in {finding.file for finding in checked.findings}
