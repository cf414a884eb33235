"""What changed between two versions of a form, in words, with the class of each change.

``patch``: words and looks. ``minor``: something optional was added or a limit was widened. ``major``: the rest: what
fitted the old form may not fit the new one, or the same entries mean something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from domain.errors import Text
from domain.json_types import JsonObject
from forms.model import Field, Form, load_form
from forms.pointers import tokens_of

Severity = Literal["patch", "minor", "major"]


@dataclass(frozen=True)
class Change:
    """One change: ``pointer`` is the field (no row indices), ``""`` the form as a whole."""

    kind: str
    pointer: str
    severity: Severity
    text: Text


def diff_forms(old: JsonObject, new: JsonObject) -> list[Change]:
    """All differences of two checked forms, in the order of the new form; removed fields come last."""
    before, after = load_form(old), load_form(new)
    changes = list(_form_changes(before, after))
    for pointer, one in after.by_pointer.items():
        earlier = before.by_pointer.get(pointer)
        changes += _added(one) if earlier is None else _field_changes(earlier, one)
    for pointer, one in before.by_pointer.items():
        if pointer not in after.by_pointer:
            changes.append(Change("field_removed", pointer, "major", _text(one, "删除了字段", "field removed")))
    return changes


def _form_changes(before: Form, after: Form) -> Iterator[Change]:
    if before.title != after.title:
        yield Change(
            "title", "", "patch", Text(f"表单标题改为“{after.title.zh}”。", f"Title changed to “{after.title.en}”.")
        )
    if [_section(one) for one in before.sections] != [_section(one) for one in after.sections]:
        yield Change(
            "sections", "", "patch", Text("分区或字段的排列有变化。", "Sections or the order of fields changed.")
        )
    shown = {one.key: _expr(one.visible) for one in before.sections}
    for one in after.sections:
        if one.key in shown and shown[one.key] != _expr(one.visible):
            words = Text(
                f"分区“{one.title.zh}”的显示条件有变化。",
                f"The section “{one.title.en}” is shown on another condition.",
            )
            yield Change("visible", "", "major", words)
    for pointer in _condition_changes(before.constraints, after.constraints, ""):
        words = Text("条件必填的规则有变化。", "The rules of conditional requirement changed.")
        yield Change("conditions", pointer, "major", words)


def _section(one: Any) -> tuple[Any, ...]:
    return one.key, one.title, one.fields


def _condition_changes(old: Any, new: Any, pointer: str) -> Iterator[str]:
    if any(old.get(key) != new.get(key) for key in ("if", "then", "else", "allOf", "dependentRequired")):
        yield pointer
    for name, node in (new.get("properties") or {}).items():
        earlier = (old.get("properties") or {}).get(name)
        if isinstance(earlier, dict):
            yield from _condition_changes(earlier.get("items", earlier), node.get("items", node), f"{pointer}/{name}")


def _added(one: Field) -> list[Change]:
    severity: Severity = "major" if one.required else "minor"
    zh, en = ("新增必填字段", "required field added") if one.required else ("新增选填字段", "optional field added")
    return [Change("field_added", one.pointer, severity, _text(one, zh, en))]


def _field_changes(old: Field, new: Field) -> Iterator[Change]:
    for names, kind, severity, zh, en in _PLAIN:
        if any(_comparable(old, name) != _comparable(new, name) for name in names):
            yield Change(kind, new.pointer, severity, _text(new, zh, en))
    if old.required != new.required:
        yield _required_change(new)
    yield from _enum_changes(old, new)
    yield from _limit_changes(old, new)


def _comparable(one: Field, name: str) -> Any:
    value = getattr(one, name)
    return _expr(value) if name in ("visible", "computed") else (type(value), value)


_PLAIN: tuple[tuple[tuple[str, ...], str, Severity, str, str], ...] = (
    (("label",), "label", "patch", "标签有变化", "label changed"),
    (("help", "placeholder"), "help", "patch", "说明或提示有变化", "help changed"),
    (("widget", "columns", "autofocus", "scan"), "look", "patch", "控件或版式有变化", "widget or layout changed"),
    (("type", "format", "row_key"), "type", "major", "数据类型有变化", "kind of value changed"),
    (("unit",), "unit", "major", "单位有变化", "unit changed"),
    (("default",), "default", "major", "默认值有变化", "default changed"),
    (("pattern",), "pattern", "major", "书写格式有变化", "way of writing changed"),
    (("visible",), "visible", "major", "显示条件有变化", "condition of being shown changed"),
    (("computed", "read_only"), "computed", "major", "由系统填写的方式有变化", "how the system fills it in changed"),
    (
        ("personal", "external_event_time"),
        "marks",
        "major",
        "个人信息或外部时间标记有变化",
        "privacy or time mark changed",
    ),
)


def _required_change(new: Field) -> Change:
    if new.required:
        return Change("required", new.pointer, "major", _text(new, "改为必填", "now required"))
    return Change("required", new.pointer, "major", _text(new, "改为选填", "no longer required"))


def _enum_changes(old: Field, new: Field) -> Iterator[Change]:
    before, after = dict(_choices(old)), dict(_choices(new))
    gone = [words for key, words in before.items() if key not in after]
    come = [words for key, words in after.items() if key not in before]
    if gone or (after and not before):
        yield Change("enum", new.pointer, "major", _listed(new, "去掉了选项", "choices removed", gone))
    elif come:
        yield Change("enum", new.pointer, "minor", _listed(new, "增加了选项", "choices added", come))
    elif before != after:
        yield Change("enum", new.pointer, "patch", _text(new, "选项的文字有变化", "words of choices changed"))


def _choices(one: Field) -> Iterator[tuple[str, Text]]:
    source = one.item if one.item is not None else one
    return ((f"{type(value).__name__}:{value}", words) for value, words in source.enum)


def _listed(one: Field, zh: str, en: str, words: list[Text]) -> Text:
    return _text(one, f"{zh}：{'、'.join(word.zh for word in words)}", f"{en}: {', '.join(word.en for word in words)}")


_LOW = ("minimum", "exclusive_minimum", "min_length", "min_items")
_HIGH = ("maximum", "exclusive_maximum", "max_length", "max_items", "scale")


def _limit_changes(old: Field, new: Field) -> Iterator[Change]:
    for name in (*_LOW, *_HIGH):
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        narrower: Callable[[Any, Any], bool] = (lambda a, b: b > a) if name in _LOW else (lambda a, b: b < a)
        severity: Severity = "minor"
        if after is not None and (before is None or narrower(before, after)):
            severity = "major"
        shown = [Text("无", "none") if one is None else Text(str(one), str(one)) for one in (before, after)]
        zh, en = f"{name}：{shown[0].zh} → {shown[1].zh}", f"{name}: {shown[0].en} → {shown[1].en}"
        yield Change("limit", new.pointer, severity, _text(new, zh, en))


def _expr(expr: Any) -> str | None:
    return None if expr is None else expr.text


def _text(one: Field, zh: str, en: str) -> Text:
    last = tokens_of(one.pointer)[-1]
    return Text(f"字段“{one.label.zh}”（{last}）：{zh}。", f"Field “{one.label.en}” ({last}): {en}.")
