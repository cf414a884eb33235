"""What the activities of master data and access would answer when all is well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.json_types import JsonObject


def _changes(input_: JsonObject) -> JsonObject:
    given: Any = input_.get("changes") or []
    lines: Any = [line for line in given if line.get("master_data_after") or line.get("is_cleared")]
    return {"changes": lines, "change_summary": f"{input_.get('change_action')} {input_.get('subject_code')}"}


def _applied(input_: JsonObject) -> JsonObject:
    return {"versions": 1, "subject": f"{input_.get('subject_kind')}/{input_.get('subject_code')}"}


def _posts(input_: JsonObject) -> JsonObject:
    return {"change_summary": f"{input_.get('access_action')} {input_.get('rights_holder')}"}


FAKES: dict[str, Callable[[JsonObject], JsonObject]] = {
    "master.check": _changes,
    "master.apply": _applied,
    "master.changes_between": lambda input_: {"review_count": 0, "review_lines": []},
    "access.check": _posts,
    "access.apply": _posts,
}
