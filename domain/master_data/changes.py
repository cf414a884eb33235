"""A change request as it is judged: against the row that stands there, field by field, all faults at once.

What was shown when the request was written (`master_data_before`) has to stand there still when it is applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.errors import Fault, Text
from domain.master_data.entities import ENTITIES, Entity, check
from domain.master_data.fields import Field, FieldError, read, show

CREATE, CHANGE, STOP = "create", "change", "stop"
_STOPS: dict[str, tuple[str, Any]] = {
    "product": ("status", "STOPPED"),
    "partner": ("retired_at", None),
    "credential": ("status", "withdrawn"),
    "contract": ("state", "withdrawn"),
    "price_agreement": ("state", "withdrawn"),
    "warehouse": ("retired_at", None),
    "location": ("retired_at", None),
}
"""How a row ends: the field that says so, and its value (`None`: the day)."""


@dataclass(frozen=True)
class Line:
    """One line of a request: which field, what stood there, what shall stand there; `is_cleared` empties it."""

    field_name: str
    before: str
    after: str
    is_cleared: bool = False

    @property
    def says_something(self) -> bool:
        """A line that was only shown changes nothing."""
        return bool(self.after.strip()) or self.is_cleared


@dataclass(frozen=True)
class Verdict:
    """What a request comes to: the whole row as it would be, the lines that change it, and what is wrong."""

    values: dict[str, Any]
    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]


def judge(
    entity_key: str, name: str, action: str, lines: list[Line], present: dict[str, Any] | None, day: str
) -> Verdict:
    """Judge a request against the row that stands there (`None`: no such row)."""
    entity = ENTITIES[entity_key]
    faults = _existence(entity, name, action, present)
    given = {key: value for key, value in (present or dict(entity.named(name))).items() if value is not None}
    kept: list[Line] = []
    if action == STOP:
        lines = [*lines, *_stopping(entity, given, day, faults)]
    for index, line in enumerate(lines):
        if line.says_something:
            faults += _line_faults(entity, line, index, present)
            given[line.field_name] = None if line.is_cleared else line.after
            kept.append(Line(line.field_name, _shown(entity, line.field_name, present), line.after, line.is_cleared))
    if not kept and not faults:
        text = Text("没有任何修改，请在“修改后”填写新值。", "Nothing is changed; write the new values into 'after'.")
        faults.append(Fault("/changes", "nothing_changed", text))
    values, wrong = check(entity, {key: value for key, value in given.items() if entity.field(key)})
    faults += _new_faults(entity, wrong, present, {line.field_name for line in kept}) + _authority(
        entity, values, present
    )
    touched = {line.field_name for line in kept}
    same = {field.key: present.get(field.key) for field in entity.fields if field.key not in touched} if present else {}
    return Verdict({**values, **same}, tuple(kept), tuple(faults))


def rows_of(entity: Entity, values: dict[str, Any]) -> list[dict[str, str]]:
    """Every field of a row as lines of a request that change nothing yet."""
    return [
        {"field_name": f"{entity.key}.{field.key}", "master_data_before": show(field, values.get(field.key))}
        for field in entity.fields
        if field.key not in entity.natural
    ]


def summary(entity_key: str, lines: tuple[Line, ...]) -> Text:
    """The lines in one sentence of each language: 地址：… → …."""
    entity = ENTITIES[entity_key]
    zh, en = [], []
    for line in lines:
        field = entity.field(line.field_name)
        words = field.text if field else Text(line.field_name, line.field_name)
        after = "" if line.is_cleared else line.after
        zh.append(f"{words.zh}：{line.before or '（空）'} → {after or '（空）'}")
        en.append(f"{words.en}: {line.before or '(empty)'} → {after or '(empty)'}")
    return Text("；".join(zh), "; ".join(en))


def _new_faults(entity: Entity, wrong: list[Fault], present: dict[str, Any] | None, touched: set[str]) -> list[Fault]:
    """What was wrong in the row before stops no change of something else; it can be put right one by one."""
    if present is None:
        return wrong
    before = check(entity, {key: value for key, value in present.items() if value is not None})[1]
    old = {(fault.pointer, fault.code, fault.message.en) for fault in before}
    return [
        fault
        for fault in wrong
        if fault.pointer[1:] in touched or (fault.pointer, fault.code, fault.message.en) not in old
    ]


def _existence(entity: Entity, name: str, action: str, present: dict[str, Any] | None) -> list[Fault]:
    words = entity.text
    if len(name.split("|")) != len(entity.natural):
        zh = " | ".join(field.text.zh for key in entity.natural if (field := entity.field(key)))
        en = " | ".join(field.text.en for key in entity.natural if (field := entity.field(key)))
        return [Fault("/subject_code", "bad_name", Text(f"编码须写成：{zh}。", f"The code is written as: {en}."))]
    if action == CREATE and present is not None:
        text = Text(f"{words.zh} {name} 已存在，请改为修改。", f"{words.en} {name} exists; ask for a change of it.")
        return [Fault("/subject_code", "exists", text)]
    if action != CREATE and present is None:
        text = Text(f"{words.zh} {name} 没有档案。", f"{words.en} {name} is not on file.")
        return [Fault("/subject_code", "unknown", text)]
    return []


def _stopping(entity: Entity, given: dict[str, Any], day: str, faults: list[Fault]) -> list[Line]:
    ending = _STOPS.get(entity.key)
    if ending is None:
        text = Text(f"{entity.text.zh}不能停用。", f"A {entity.text.en} is not stopped.")
        faults.append(Fault("/change_action", "cannot_stop", text))
        return []
    key, value = ending
    field = entity.field(key)
    assert field is not None
    return [Line(key, show(field, given.get(key)), value or day)]


def _line_faults(entity: Entity, line: Line, index: int, present: dict[str, Any] | None) -> list[Fault]:
    field, pointer = entity.field(line.field_name), f"/changes/{index}"
    if field is None:
        text = Text(f"{entity.text.zh}没有字段“{line.field_name}”。", f"A {entity.text.en} has no '{line.field_name}'.")
        return [Fault(f"{pointer}/field_name", "unknown_field", text)]
    if present is not None and line.field_name in entity.natural:
        text = Text(f"“{field.text.zh}”不能修改，请新建。", f"'{field.text.en}' never changes; make a new row.")
        return [Fault(f"{pointer}/field_name", "fixed", text)]
    if line.before.strip() and present is not None and not _same(field, line.before, present.get(field.key)):
        now = _shown(entity, field.key, present) or "（空）"
        zh = f"“{field.text.zh}”已被他人改为“{now}”，请按现值重新申请。"
        en = f"'{field.text.en}' was changed meanwhile to '{now}'; ask again from what stands there now."
        return [Fault(f"{pointer}/master_data_before", "stale", Text(zh, en))]
    return []


def _authority(entity: Entity, values: dict[str, Any], present: dict[str, Any] | None) -> list[Fault]:
    """The first approval of a product is a decision of its own process (GSP 54), not a change of master data."""
    if entity.key != "product" or values.get("status") != "APPROVED":
        return []
    if present is not None and (present.get("status") == "APPROVED" or present.get("approved_at")):
        return []
    zh = "产品首次审核通过须走首营品种审核流程，基础数据变更不能代替。"
    en = "A product is first approved by product qualification; a change of master data does not replace it."
    return [Fault("/changes", "not_qualified", Text(zh, en))]


def _same(field: Field, text: str, value: Any) -> bool:
    try:
        return read(field, text) == read(field, value)
    except FieldError:
        return False


def _shown(entity: Entity, key: str, present: dict[str, Any] | None) -> str:
    field = entity.field(key)
    return show(field, (present or {}).get(key)) if field else ""
