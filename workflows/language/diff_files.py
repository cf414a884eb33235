"""What changed in the forms and decision tables of a definition. Files are paired by name, whatever their ``.v2``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from domain.canonical import dumps
from domain.errors import Text
from domain.json_types import JsonObject
from forms.diff import diff_forms
from workflows.language.findings import join

Severity = Literal["patch", "minor", "major"]
Row = tuple[Severity, str, Text]
"""``(severity, pointer, words)``; the pointer begins with the file's name as one token."""
_VERSION = re.compile(r"\.v[0-9]+(?=\.(json|yaml)$)")


def stem(name: str) -> str:
    """A file's name without its version: ``forms/receipt.v2.json`` → ``forms/receipt.json``."""
    return _VERSION.sub("", name)


def form_changes(old: dict[str, JsonObject], new: dict[str, JsonObject]) -> Iterator[Row]:
    """Changes of forms, field by field."""
    before = {stem(name): form for name, form in old.items()}
    for name, form in new.items():
        earlier = before.get(stem(name))
        if earlier is None:
            yield "major", join("", name), Text(f"新增表单 {name}", f"Form {name} added")
            continue
        if dumps(earlier) == dumps(form):
            continue
        found = diff_forms(earlier, form)
        for change in found:
            text = Text(f"{name}：{change.text.zh}", f"{name}: {change.text.en}")
            yield change.severity, join("", name) + change.pointer, text
        if not found:
            yield "patch", join("", name), Text(f"{name}：文字或排列有变化", f"{name}: wording or layout changed")
    yield from _removed("表单", "Form", old, new)


def table_changes(old: dict[str, JsonObject], new: dict[str, JsonObject]) -> Iterator[Row]:
    """Changes of decision tables, rule by rule."""
    before = {stem(name): table for name, table in old.items()}
    for name, table in new.items():
        earlier = before.get(stem(name))
        if earlier is None:
            yield "major", join("", name), Text(f"新增决策表 {name}", f"Decision table {name} added")
        elif dumps(earlier) != dumps(table):
            yield from _table(name, earlier, table)
    yield from _removed("决策表", "Decision table", old, new)


def _removed(zh: str, en: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Row]:
    left = {stem(name) for name in new}
    for name in old:
        if stem(name) not in left:
            yield "major", join("", name), Text(f"删去{zh} {name}", f"{en} {name} removed")


_TABLE_PARTS = {
    "table": Text("名称", "name"),
    "hit": Text("命中方式", "hit policy"),
    "inputs": Text("输入列", "inputs"),
    "outcomes": Text("结果", "outcomes"),
}


def _table(name: str, old: Any, new: Any) -> Iterator[Row]:
    for word, label in _TABLE_PARTS.items():
        if dumps(old.get(word)) != dumps(new.get(word)):
            text = Text(
                f"{name}：{label.zh} {dumps(old.get(word))} → {dumps(new.get(word))}",
                f"{name}: {label.en} {dumps(old.get(word))} → {dumps(new.get(word))}",
            )
            yield "major", join("", name, word), text
    before, after = old.get("rules") or [], new.get("rules") or []
    for index in range(max(len(before), len(after))):
        one = _rule(before[index]) if index < len(before) else None
        other = _rule(after[index]) if index < len(after) else None
        if one != other:
            yield "major", join("", name, "rules", index), _rule_text(name, index + 1, one, other)


def _rule(rule: Any) -> str:
    when = rule.get("when") if isinstance(rule, dict) else None
    cells = " | ".join(str(cell) for cell in when) if isinstance(when, list) else dumps(rule)
    return f"{cells} ⇒ {rule.get('then')}" if isinstance(rule, dict) else cells


def _rule_text(name: str, number: int, old: str | None, new: str | None) -> Text:
    if old is None:
        return Text(f"{name}：新增第 {number} 行 {new}", f"{name}: rule {number} added: {new}")
    if new is None:
        return Text(f"{name}：删去第 {number} 行 {old}", f"{name}: rule {number} removed: {old}")
    return Text(f"{name}：第 {number} 行 {old} 改为 {new}", f"{name}: rule {number}: {old} became {new}")
