"""A small definition that is right in everything, and ways to break it."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from activities.contracts import contracts_json
from workflows.language.catalogue import Catalogue, catalogue_from
from workflows.language.check import Checked, check_source
from workflows.language.findings import Finding, Report
from workflows.language.source import read_yaml

ROOT = Path(__file__).resolve().parents[2]
GOOD = """\
gspflow: 1
process: receiving_inspection
version: 1.0.0
title: {zh: 到货核对, en: Arrival check}
owner: quality_staff
basis: [GSP-60]
start: {by: [receiver], form: forms/arrival.v1.json}
key: start.note_no
data: {schema: forms/data.v1.json}
steps:
- id: count
  task: receiver
  form: forms/count.v1.json
  title: {zh: '清点 {start.note_no}', en: 'Count {start.note_no}'}
  outcomes: [{key: counted, zh: 清点完毕, en: Counted}, {key: refused, zh: 拒收, en: Refuse}]
  sign: {meaning: received}
  due: PT2H
  on: {refused: tell}
- id: triage
  branch: [{when: data.total > 0, to: lines}, {else: tell}]
- id: lines
  foreach: data.lines
  as: line
  item_key: line.line_no
  do:
  - id: inspect
    task: inspector
    form: forms/inspect.v1.json
    title: {zh: '验收 {line.line_no}', en: 'Inspect {line.line_no}'}
    outcomes: [{key: pass, zh: 合格, en: Pass}, {key: fail, zh: 不合格, en: Fail}]
    not_same_as: [count]
    on: {fail: ruling}
    next: end_of_block
  - id: ruling
    approve: {by: [quality_staff, quality_director], rule: sequence}
    title: {zh: 质量裁决, en: Quality ruling}
    sign: {meaning: quality_rule, reauth: true}
    on: {rejected: tell}
- id: grade
  decide: tables/grade.v1.yaml
  on: {poor: tell}
- {id: done, end: completed, seal: true}
- {id: tell, notify: [purchaser], title: {zh: 到货异常, en: Delivery problem}}
- {id: stopped, end: cancelled}
"""
TABLE = """\
table: grade
hit: first
inputs: [{name: total, expr: data.total}]
outcomes: [good, poor]
rules: [{when: ['>= 10'], then: good}, {when: ['-'], then: poor}]
"""


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


def _form(properties: dict[str, Any], required: list[str], labels: dict[str, tuple[str, str]]) -> dict[str, Any]:
    fields = {pointer: {"label": {"zh": zh, "en": en}} for pointer, (zh, en) in labels.items()}
    ui = {"title": {"zh": "表单", "en": "Form"}, "sections": _sections(list(properties)), "fields": fields}
    return {"schema": _object(properties, required), "ui": ui}


def _sections(names: list[str]) -> list[Any]:
    return [{"key": "main", "title": {"zh": "内容", "en": "Content"}, "fields": names}]


def _text(title: str) -> dict[str, Any]:
    return {"type": "string", "title": title, "maxLength": 40}


_LINE = _object({"line_no": _text("Line no."), "quantity": {"type": "integer", "title": "Quantity"}}, ["line_no"])
_DATA_LINE = _object(
    {
        "line_no": _text("Line no."),
        "quantity": {"type": "integer", "title": "Quantity"},
        "remark": _text("Remark"),
        "inspector": _text("Inspector"),
    },
    ["line_no"],
)
FORMS: dict[str, dict[str, Any]] = {
    "forms/arrival.v1.json": _form(
        {"note_no": _text("Delivery note no.")}, ["note_no"], {"/note_no": ("随货同行单号", "Delivery note no.")}
    ),
    "forms/count.v1.json": _form(
        {"total": {"type": "integer", "title": "Total"}, "lines": {"type": "array", "title": "Lines", "items": _LINE}},
        ["total", "lines"],
        {
            "/total": ("总数", "Total"),
            "/lines": ("明细", "Lines"),
            "/lines/line_no": ("行号", "Line no."),
            "/lines/quantity": ("数量", "Quantity"),
        },
    ),
    "forms/inspect.v1.json": _form({"remark": _text("Remark")}, [], {"/remark": ("备注", "Remark")}),
    "forms/data.v1.json": {
        "schema": _object(
            {
                "total": {"type": "integer", "title": "Total"},
                "grade": _text("Grade"),
                "ready": {"type": "boolean", "title": "Ready"},
                "lines": {"type": "array", "title": "Lines", "items": _DATA_LINE},
            },
            [],
        )
    },
}


@dataclass
class Draft:
    """A definition being written: change it, then ``check`` it."""

    catalogue: Catalogue
    yaml: str = GOOD
    forms: dict[str, Any] = field(default_factory=lambda: deepcopy(FORMS))
    tables: dict[str, str] = field(default_factory=lambda: {"tables/grade.v1.yaml": TABLE})
    cases: str | None = None

    def replace(self, old: str, new: str) -> Draft:
        """The same with ``old`` (which must be there) written as ``new``."""
        assert old in self.yaml, old
        self.yaml = self.yaml.replace(old, new, 1)
        return self

    def add_step(self, text: str) -> Draft:
        """The same with a step before ``done``."""
        return self.replace("- {id: done,", text + "- {id: done,")

    def line_of(self, text: str) -> int:
        """The line on which ``text`` first stands, from 1."""
        return self.yaml[: self.yaml.index(text)].count("\n") + 1

    def check(self) -> Checked:
        """All findings."""
        forms = {
            name: form if isinstance(form, str) else json.dumps(form, ensure_ascii=False, indent=1)
            for name, form in self.forms.items()
        }
        return check_source(self.yaml, forms, self.tables, self.cases, self.catalogue)

    def findings(self, code: str) -> list[Finding]:
        """The findings of one code."""
        return [finding for finding in self.check().findings if finding.code == code]

    def codes(self) -> set[str]:
        """The codes of all findings."""
        return {finding.code for finding in self.check().findings}


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped clause catalogue and the contracts of the activities."""
    clauses: Any = read_yaml((ROOT / "definitions/clauses/catalogue.yaml").read_text("utf-8"), "c", Report()).value
    return catalogue_from(clauses, contracts_json())


@pytest.fixture
def draft(catalogue: Catalogue) -> Draft:
    """A fresh copy of the good definition."""
    return Draft(catalogue)


@pytest.fixture
def form_with(draft: Draft) -> Callable[..., Draft]:
    """The good definition with one more field in its inspection form (and in the data)."""

    def build(name: str, schema: dict[str, Any], hint: dict[str, Any] | None = None) -> Draft:
        form = draft.forms["forms/inspect.v1.json"]
        form["schema"]["properties"][name] = schema
        form["ui"]["sections"][0]["fields"].append(name)
        form["ui"]["fields"][f"/{name}"] = {"label": {"zh": "项目", "en": "Item"}, **(hint or {})}
        items = draft.forms["forms/data.v1.json"]["schema"]["properties"]["lines"]["items"]
        items["properties"][name] = {key: value for key, value in schema.items() if key != "readOnly"}
        return draft

    return build


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder of the repository."""
    return ROOT
