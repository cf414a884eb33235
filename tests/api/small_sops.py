"""Small SOPs for the tests of whole cases: a sub-process and its parent, an open list, a blind check, two branches."""

from __future__ import annotations

import json
from typing import Any

TEXT = {"type": "string", "maxLength": 80}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


LINE = {**_object(no=TEXT, pieces={"type": "integer", "minimum": 1}, remark=TEXT), "required": ["no", "pieces"]}
LINES = {"type": "array", "maxItems": 50, "items": LINE}
LABELS = {
    "/subject": {"label": {"zh": "事项", "en": "Subject"}},
    "/lot_no": {"label": {"zh": "批号", "en": "Lot"}},
    "/lines": {"label": {"zh": "明细", "en": "Lines"}},
    "/lines/no": {"label": {"zh": "行号", "en": "Line no."}},
    "/lines/pieces": {"label": {"zh": "件数", "en": "Pieces"}},
    "/lines/remark": {"label": {"zh": "备注", "en": "Remark"}},
}
SEEN = {"no": {**TEXT, "readOnly": True}, "pieces": {"type": "integer", "readOnly": True}, "remark": TEXT}
FORMS = {
    "start": {
        "schema": {**_object(subject=TEXT, lines=LINES, lot_no=TEXT), "required": ["subject"]},
        "ui": {"title": {"zh": "发起", "en": "Start"}, "fields": LABELS},
    },
    "check": {
        "schema": _object(**SEEN),
        "ui": {
            "title": {"zh": "核对", "en": "Check"},
            "fields": {
                f"/{name}": {"label": LABELS[f"/lines/{name}"]["label"]} for name in SEEN
            },
        },
    },
}  # fmt: skip
PRICED = _object(price={"type": "integer"}, remark=TEXT, lot_no=TEXT)
FORMS["price"] = {
    "schema": PRICED,
    "ui": {
        "title": {"zh": "价格", "en": "Price"},
        "fields": {
            "/price": {"label": {"zh": "价格", "en": "Price"}},
            "/remark": {"label": {"zh": "备注", "en": "Remark"}},
            "/lot_no": {"label": {"zh": "批号", "en": "Lot"}},
        },
    },
}
FORMS["priced"] = {"schema": PRICED}
HEAD = """
gspflow: 1
process: {name}
version: 1.0.0
title: {{zh: {name}, en: {name}}}
owner: quality_staff
start: {{by: [receiver], form: forms/start.v1.json}}
{data}steps:
"""
CASES = "cases:\n- name: {zh: 开始, en: start}\n  given: {start: {subject: x}}\n  when: []\n  then: {state: running}\n"
STEPS = {
    "errand": """
- {id: fetch, task: inspector, title: {zh: 取件, en: Fetch}}
- {id: done, end: completed}
""",
    "errands": """
- {id: plan, task: receiver, title: {zh: 安排, en: Plan}}
- id: errand
  title: {zh: 跑腿, en: Errand}
  start: errand@^1
  with: {subject: start.subject}
  child_on_return: cancel
  on: {cancelled: gave_up, terminated: gave_up}
- {id: report, task: receiver, title: {zh: 汇报, en: Report}}
- {id: done, end: completed}
- {id: gave_up, task: quality_staff, title: {zh: 善后, en: Clear up}}
- {id: over, end: completed}
""",
    "counting": """
- {id: unpack, task: receiver, title: {zh: 拆箱, en: Unpack}}
- id: lines
  title: {zh: 清点, en: Count}
  foreach: start.lines
  as: line
  item_key: line.no
  open: true
  add_by: [receiver]
  do: [{id: check, task: inspector, form: forms/check.v1.json, title: {zh: '核对 {line.no}', en: 'Check {line.no}'}}]
- {id: done, end: completed}
""",
    "blind": """
- {id: enter, task: receiver, form: forms/price.v1.json, title: {zh: 报价, en: Quote}}
- id: look
  task: inspector
  form: forms/price.v1.json
  title: {zh: 盲核, en: Blind check}
  fields: {price: hide, remark: read, lot_no: hide}
- {id: ready, wait: {condition: data.price < 5}}
- {id: done, end: completed}
""",
    "both_sides": """
- {id: open_up, task: receiver, title: {zh: 开箱, en: Open up}, sign: {meaning: submitted}}
- id: both
  parallel:
  - do:
    - {id: look, task: inspector, title: {zh: 查看, en: Look}, sign: {meaning: verified}, allow: [withdraw, delegate, add_signer]}
    - {id: shelve, task: warehouse_keeper, title: {zh: 归位, en: Shelve}, allow: [{return_to: [look]}]}
  - do:
    - {id: paper, task: quality_staff, title: {zh: 审单, en: Papers}, sign: {meaning: review}, allow: [{return_to: [open_up]}]}
- {id: done, end: completed}
""",
}


def source_of(name: str) -> dict[str, Any]:
    """The definition as it is sent to the studio: its text with its forms and its tests."""
    data = "data: {schema: forms/priced.v1.json}\n" if name == "blind" else ""
    text = HEAD.format(name=name, data=data).lstrip() + STEPS[name].lstrip()
    used = {f"forms/{one}.v1.json": json.dumps(form) for one, form in FORMS.items() if f"forms/{one}.v1" in text}
    return {"yaml": text, "forms": used, "cases": CASES}
