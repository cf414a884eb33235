"""Whatever somebody types or uploads, the answer is findings."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.canonical import dumps
from tests.examples import examples
from workflows.language.check import check_source
from workflows.language.described import described
from workflows.language.diagram import diagram_of
from workflows.language.diff import diff_definitions
from workflows.language.findings import Report
from workflows.language.outline import outline_of
from workflows.language.source import read_yaml

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "line", "data.lines", "a +", "{x}", "收货", "[", "P1D"])
)
_ODD = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "task", "zh", "do", "key", "when", "by"]), inner, max_size=3)
    ),
    max_leaves=6,
)
_QUICK = settings(
    max_examples=examples(50),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _pointers(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += _pointers(inner, (*path, key))
    return found


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(copy[path[0]], path[1:], new)
    return copy


@given(data=st.data())
@_QUICK
def test_a_good_definition_with_anything_anywhere(data: st.DataObject, draft: Any):
    value = read_yaml(draft.yaml, "f", Report()).value
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(_pointers(value)))
        value = _with(value, path, data.draw(_ODD))
    forms = {name: json.dumps(form) for name, form in draft.forms.items()}
    checked = check_source(json.dumps(value), forms, draft.tables, None, draft.catalogue)
    assert checked.ok is (not checked.errors)


RARER = """\
- {id: again, loop: {while: 'data.total > 3', max: 5}, do: [{id: once, task: inspector, title: {zh: 甲, en: A}, mutex: bench}]}
- {id: hear, wait: {first_of: [{message: answer, keys: '[start.note_no]', to: done}, {timer: 'work:P2D'}, {condition: 'data.total > 3'}]}}
- {id: child, start: 'capa@^1', with: {note: start.note_no}, on: {cancelled: tell, terminated: tell}}
- {id: both, parallel: [{do: [{id: x, notify: [sales]}]}, {do: [{id: y, notify: [sales]}]}], join: n_of, n: 1, rest: ignore}
- id: more
  foreach: data.lines
  as: one
  item_key: one.line_no
  open: true
  add_by: [receiver]
  until: data.total > 9
  on_return: keep_unchanged
  do: [{id: look, task: inspector, title: {zh: 甲, en: A}, into: none}]
- id: vote
  approve: {by: ['everyone(sales)', finance], rule: ratio, ratio: 0.6, veto: [finance]}
  title: {zh: 甲, en: A}
  outcomes: [{key: later, zh: 再议, en: Later}]
  on: {rejected: tell, later: lines}
- id: rare
  task: inspector
  title: {zh: 甲, en: A}
  form: forms/inspect.v1.json
  fields: {remark: hide}
  into: none
  due: 'work:PT8H'
  escalate: [{after: PT0S, remind: assignee}, {after: P1D, add: sales}]
  allow: [transfer, {return_to: [count]}]
  after_return: jump_back
  needs: [ivd_inspector_when_ivd]
  priority: high
  same_as: count
  cancel_when: data.total > 9
- {id: told, notify: ['everyone(sales)'], acknowledge: true}
"""
MESSAGE = "on_message: {recall: {keys: '[start.note_no]', to: count}}\nsteps:\n"


@given(data=st.data())
@settings(_QUICK, max_examples=examples(80))
def test_every_rarer_word_with_anything_anywhere(data: st.DataObject, draft: Any):
    text = draft.yaml.replace("steps:\n", MESSAGE).replace("- {id: done,", RARER + "- {id: done,")
    value = read_yaml(text, "f", Report()).value
    assert isinstance(value, dict) and isinstance(value["steps"], list) and len(value["steps"]) > 10
    paths = [path for path in _pointers(value) if path[:1] == ("on_message",) or path[:2] > ("steps", 3)]
    for _ in range(data.draw(st.integers(0, 3))):
        path = data.draw(st.sampled_from([path for path in paths if path in _pointers(value)]))
        value = _with(value, path, data.draw(_ODD))
    forms = {name: json.dumps(form) for name, form in draft.forms.items()}
    checked = check_source(dumps(value), forms, draft.tables, None, draft.catalogue)
    assert checked.ok is (not checked.errors)
    diagram_of(value).as_json("zh")
    for step in outline_of(value).steps:
        assert all(isinstance(words, str) for _, words in described(step, "en"))
    whole: Any = {"definition": value, "forms": {}, "tables": {}}
    diff_definitions({"definition": read_yaml(draft.yaml, "f", Report()).value, "forms": {}, "tables": {}}, whole)


@given(data=st.data())
@_QUICK
def test_a_form_with_anything_anywhere(data: st.DataObject, draft: Any):
    name = data.draw(st.sampled_from(sorted(draft.forms)))
    path = data.draw(st.sampled_from(_pointers(draft.forms[name])))
    broken = {**draft.forms, name: _with(draft.forms[name], path, data.draw(_ODD))}
    forms = {key: json.dumps(form) for key, form in broken.items()}
    check_source(draft.yaml, forms, draft.tables, None, draft.catalogue)


@given(data=st.data())
@_QUICK
def test_a_table_and_cases_with_anything_anywhere(data: st.DataObject, draft: Any):
    table = read_yaml(draft.tables["tables/grade.v1.yaml"], "f", Report()).value
    broken = json.dumps(_with(table, data.draw(st.sampled_from(_pointers(table))), data.draw(_ODD)))
    cases: Any = {
        "cases": [
            {
                "name": {"zh": "a", "en": "a"},
                "given": {"calls": {}},
                "when": [
                    {"step": "count", "by": "receiver", "action": "complete"},
                    {"message": "recall", "keys": ["a"]},
                    {"at": "+P1D"},
                ],
                "then": {"reached": []},
            }
        ]
    }
    odd_cases = json.dumps(_with(cases, data.draw(st.sampled_from(_pointers(cases))), data.draw(_ODD)))
    forms = {key: json.dumps(form) for key, form in draft.forms.items()}
    check_source(draft.yaml, forms, {"tables/grade.v1.yaml": broken}, odd_cases, draft.catalogue)


@given(data=st.data())
@_QUICK
def test_a_definition_with_a_piece_cut_out_or_doubled(data: st.DataObject, draft: Any):
    text = draft.yaml
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    changed = (
        text[:start] + data.draw(st.sampled_from(["", text[start:end] * 2, "\t", ": ", "- ", "&a ", "}"])) + text[end:]
    )
    forms = {key: json.dumps(form) for key, form in draft.forms.items()}
    check_source(changed, forms, draft.tables, None, draft.catalogue)


@given(_ODD)
@settings(max_examples=examples(100), deadline=None)
def test_an_outline_of_anything(value: Any):
    assert outline_of({"steps": value}).root.owner is None
