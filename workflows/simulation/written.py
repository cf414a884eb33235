"""A played case as a test of ``cases.yaml``: put at the end of the file, in a form that people read and change."""

from __future__ import annotations

import re
from typing import Any

from domain.canonical import dumps
from domain.json_types import Json, JsonObject

_CASES = re.compile(r"^cases:[ \t]*(#.*)?$", re.MULTILINE)
_ITEM = re.compile(r"^( *)- ", re.MULTILINE)


def case_text(case: JsonObject, indent: str = "") -> str:
    """One test as YAML: its parts on lines of their own, each act on one."""
    body: Any = case
    lines = [f"- name: {dumps(body['name'])}", "  given:"]
    lines += [f"    {name}: {_spelled(value)}" for name, value in body["given"].items()]
    lines += ["  when:", *(f"  - {_flow(act)}" for act in body["when"])] if body["when"] else ["  when: []"]
    lines += ["  then:", *(f"    {name}: {_spelled(value)}" for name, value in body["then"].items())]
    return "".join(f"{indent}{line}\n" for line in lines)


def _flow(act: JsonObject) -> str:
    """An act as a flow mapping with its words in the order in which they were given."""
    return "{" + ", ".join(f"{name}: {_spelled(value)}" for name, value in act.items()) + "}"


def _spelled(value: Json) -> str:
    return dumps(value)


def appended(text: str | None, case: JsonObject) -> str | None:
    """``text`` with one test more at its end; ``None`` when it does not end with a list of tests as people write it."""
    if text is None or not text.strip():
        return f"cases:\n{case_text(case)}"
    begun = _CASES.search(text)
    first = _ITEM.search(text, begun.end()) if begun else None
    if begun is None or first is None or re.search(r"^[^\s#-]", text[begun.end() :], re.MULTILINE):
        return None
    return f"{text.rstrip()}\n{case_text(case, first.group(1))}"
