"""Corrections of what was signed (GSP 22): a new signed record with the old value, the new one, the reason and quality's
approval. The old record stays as it is; what the case decides from now on reads the new value.
"""

from __future__ import annotations

from typing import Any

from domain.acts import Act
from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from workflows.engine.events import Acted
from workflows.engine.laws import proven, unproven
from workflows.engine.records import detail_of
from workflows.engine.state import CaseState, Instance
from workflows.engine.turn import Turn

QUALITY = frozenset({"quality_staff", "quality_director"})


def amend(turn: Turn, event: Acted) -> None:
    """Record the correction; an effective step's written field changes with it."""
    values: Any = event.act.values
    instance = turn.state.instances[str(event.act.envelope["path"])]
    output: Any = instance.output
    top = values["field"].split("/")[1]
    changed = _replaced(output["values"][top], values["field"].split("/")[2:], values["value"])
    detail: JsonObject = {
        **detail_of(event, instance),
        "of": values["seq"],
        "field": values["field"],
        "old": found_at(instance, values["field"]),
        "new": values["value"],
        "reason": event.act.envelope["reason"],
    }
    if instance.state == "done" and instance.writes:
        target: Any = instance.writes
        where = {name: target[name] for name in target if name != "only"}
        fix: JsonObject = {"target": {**where, "keeps": True}, "fields": {top: changed}}
        copy = _copy_in_item(turn.state, values["field"].split("/")[1:], changed)
        detail["fix"] = {**fix, "also": copy} if copy else fix
    turn.record(instance.path, "amended", detail, act_sha=event.act.sha)


def _copy_in_item(state: CaseState, parts: list[str], changed: Any) -> JsonObject | None:
    """The same field where a later step of its item has written it again, or the correction would not take effect."""
    if len(parts) < 3 or not isinstance(changed, list):
        return None
    top, index, name = parts[0], int(parts[1]), parts[2]
    blocks = [one for one in state.instances.values() if one.kind == "foreach" and one.list_field == top]
    keys = list(blocks[-1].children) if blocks else []
    if index >= len(keys) or name not in state.overlays.get(top, {}).get(keys[index], {}):
        return None
    return {"target": {"target": top, "key": keys[index]}, "fields": {name: changed[index].get(name)}}


def may_amend(state: CaseState, act: Act) -> Refusal | None:
    """Quality corrects, with proof of identity and a reason, what somebody else has entered and the value was."""
    envelope: Any = act.envelope
    values: Any = act.values
    instance = state.instances.get(str(envelope["path"]))
    if instance is None or instance.output is None:
        return Refusal(404, "no_such_record", Text("没有这条可更正的记录。", "There is no such record to correct."))
    if not set(envelope["facts"].get("roles", ())) & QUALITY:
        text = Text("更正由质量管理人员签署。", "Quality staff sign a correction.")
        return Refusal(403, "wrong_role", text, rule="role", who_can=tuple(sorted(QUALITY)))
    if any(seat.actor == envelope["actor"]["id"] for seat in instance.seats if seat.actor):
        text = Text("不能更正自己签署的记录；请由另一位质量管理人员签署。", "Somebody else corrects what you signed.")
        return Refusal(403, "four_eyes", text, rule="four_eyes", who_can=tuple(sorted(QUALITY)))
    if not isinstance(envelope["reason"], str) or not envelope["reason"].strip():
        return Refusal(422, "reason_missing", Text("请写明原因。", "Say why."))
    return _value_fault(instance, values) or (None if proven(envelope) else unproven())


def _value_fault(instance: Instance, values: Any) -> Refusal | None:
    field = values.get("field")
    if not isinstance(field, str) or not field.startswith("/") or found_at(instance, field) is _NOTHING:
        text = Text(f"这条记录没有字段“{field}”。", f"The record has no field '{field}'.")
        return Refusal(422, "unknown_field", text)
    if found_at(instance, field) == values.get("value"):
        return Refusal(422, "unchanged", Text("新值与原值相同。", "The new value is the old one."))
    return None


_NOTHING: Any = object()


def found_at(instance: Instance, field: str) -> Any:
    """The value of a field (RFC 6901 pointer) in what the step has entered."""
    output: Any = instance.output
    found: Any = output["values"]
    for part in field.split("/")[1:]:
        if isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        elif isinstance(found, dict) and part in found:
            found = found[part]
        else:
            return _NOTHING
    return found


def corrected(values: JsonObject, field: str, new: Json) -> JsonObject:
    """What was entered, with the field as it should have been."""
    return _replaced(values, field.split("/")[1:], new)


def _replaced(value: Any, parts: list[str], new: Json) -> Any:
    if not parts:
        return new
    if isinstance(value, list):
        index = int(parts[0])
        return [_replaced(one, parts[1:], new) if number == index else one for number, one in enumerate(value)]
    return {**value, parts[0]: _replaced(value[parts[0]], parts[1:], new)}
