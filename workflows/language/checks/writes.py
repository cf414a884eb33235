"""Writes: where a step's values go, with the same type there; nothing that can be active together writes one field."""

from __future__ import annotations

from typing import Any

from forms.system_fields import system_field_fault, writes_system_fact
from workflows.language.checks.acts import has_value_of_its_own
from workflows.language.checks.graph import Graph
from workflows.language.checks.scopes import (
    output_schema,
    parsed,
    properties_of,
    property_of,
    required_of,
    resolved,
    target_schema,
)
from workflows.language.outline import BlockView, StepView
from workflows.language.subject import Subject, suggestion
from workflows.language.words import INTO_NONE


def check(subject: Subject) -> None:
    """Report targets that do not exist, fields they lack or hold with another type, and writes that could collide."""
    for step in subject.outline.steps:
        if step.kind in ("task", "approve", "call", "set") and _target_exists(subject, step):
            _fields(subject, step)
        if step.kind == "parallel":
            _collisions(subject, step)
        if step.text("rest") == "ignore" and step.blocks:
            _collisions_of_rest(subject, step)
        if step.kind == "set":
            _system_facts(subject, step)


# ---------------------------------------------------------------- the target
def _target_exists(subject: Subject, step: StepView) -> bool:
    target = step.target()
    if target == INTO_NONE:
        return False
    around = next(step.foreaches(), None)
    allowed = {"data"} if around is None else {around.text("as") or ""}
    if target not in allowed:
        _unknown_target(subject, step, target, around)
        return False
    if target == "data" and "data" not in subject.definition and written(subject, step):
        subject.add(
            "into_unknown",
            step.at("into") if "into" in step.raw else step.at(step.kind),
            f"“{step.id}”要写入案卷数据，但最外层没有 data；请写 data: {{schema: forms/….v1.json}}，或写 into: none。",
            f"'{step.id}' writes case data, but there is no `data` at the top: add data: {{schema: forms/….v1.json}} or into: none.",
        )
        return False
    return True


def _unknown_target(subject: Subject, step: StepView, target: str, around: StepView | None) -> None:
    if around is not None and target == "data":
        zh, en = (
            "foreach 里的 data 只读，只能写本项",
            "inside a foreach `data` is read-only, only the item can be written",
        )
    else:
        zh, en = f"没有“{target}”可写", f"there is no '{target}' to write to"
    allowed = f"{around.text('as')}, none" if around is not None else "data, none"
    subject.add("into_unknown", step.at("into"), f"{zh}；可用：{allowed}。", f"{en[0].upper()}{en[1:]}; use {allowed}.")


# ---------------------------------------------------------------- the fields
def source_schema(subject: Subject, step: StepView) -> dict[str, Any] | None:
    """The schema of what a task, an approval or a call writes."""
    return output_schema(subject, step) if step.kind == "call" else subject.schema(step.text("form"))


def written(subject: Subject, step: StepView) -> set[str]:
    """The top-level fields a step can write."""
    if step.kind == "set":
        return set(step.mapping("set"))
    schema = source_schema(subject, step)
    return set(properties_of(schema, schema)) - hidden(subject, step) if schema else set()


def hidden(subject: Subject, step: StepView) -> set[str]:
    """The fields that a step hides and that get no value of their own: it never writes them."""
    schema = subject.schema(step.text("form")) or {}
    form = subject.form(step.text("form"))
    modes = step.mapping("fields")
    return {name for name, mode in modes.items() if mode == "hide" and not has_value_of_its_own(form, schema, name)}


def surely_written(subject: Subject, step: StepView) -> set[str]:
    """The top-level fields a step always writes when it is done."""
    if step.kind == "set":
        return set(step.mapping("set"))
    schema = source_schema(subject, step)
    return required_of(schema) - hidden(subject, step) if schema else set()


def _fields(subject: Subject, step: StepView) -> None:
    target = target_schema(subject, step)
    if target is None:
        return
    source = source_schema(subject, step) if step.kind != "set" else None
    known = properties_of(*target)
    for name in sorted(written(subject, step)):
        at = step.at("set", name) if step.kind == "set" else step.at("form" if step.kind != "call" else "call")
        if name not in known:
            zh, en = suggestion(name, known)
            subject.add(
                "into_field_missing",
                at,
                f"字段“{name}”写入 {step.target()}，但那里没有这个字段；请在数据结构里加上它。{zh}",
                f"The field '{name}' goes into `{step.target()}`, which has no such field: add it to the data schema.{en}",
                key=step.kind == "set",
            )
        elif source is not None:
            difference = _difference(
                property_of(source, source, name), source, property_of(*target, name), target[1], name
            )
            if difference:
                subject.add(
                    "into_field_type",
                    at,
                    f"字段“{difference}”与 {step.target()} 中的类型不同；请统一。",
                    f"The field '{difference}' has another type in `{step.target()}`: make them the same.",
                )


def _difference(given: Any, given_root: Any, wanted: Any, wanted_root: Any, name: str) -> str | None:
    """The first field whose types differ, as a dotted name."""
    given, wanted = resolved(given, given_root), resolved(wanted, wanted_root)
    if given is None or wanted is None or wanted == {}:
        return None
    one, other = _type_name(given), _type_name(wanted)
    if one != other and (one, other) != ("integer", "number") and one is not None and other is not None:
        return name
    if "format" in wanted and given.get("format") != wanted["format"] and "enum" not in given:
        return name
    if other == "array":
        return _difference(given.get("items"), given_root, wanted.get("items"), wanted_root, name + "[]")
    if other == "object":
        return _object_difference(given, given_root, wanted, wanted_root, name)
    return None


def _object_difference(given: Any, given_root: Any, wanted: Any, wanted_root: Any, name: str) -> str | None:
    there = properties_of(wanted, wanted_root)
    for key, inner in properties_of(given, given_root).items():
        if key not in there:
            return f"{name}.{key}" if wanted.get("additionalProperties") is False else None
        found = _difference(inner, given_root, there[key], wanted_root, f"{name}.{key}")
        if found:
            return found
    return None


def _type_name(schema: dict[str, Any]) -> str | None:
    given = schema.get("type")
    return given if isinstance(given, str) else None


def _system_facts(subject: Subject, step: StepView) -> None:
    target = target_schema(subject, step)
    for name, text in step.mapping("set").items():
        expr = parsed(text)
        node = (property_of(*target, name) if target else None) or {}
        if expr is None or writes_system_fact(expr) or expr.text.strip() in ("now", "today"):
            continue
        if system_field_fault(name, {**node, "external_event_time": True}, {}, None):
            subject.add(
                "signer_not_from_system",
                step.at("set", name),
                f"“{name}”表示签名人或操作时间，只能取自系统：steps.<步骤>.actor… 或 steps.<步骤>.at。",
                f"'{name}' says who signed or when: take it from steps.<step>.actor… or steps.<step>.at only.",
            )


# ---------------------------------------------------------------- collisions
def _collisions(subject: Subject, step: StepView) -> None:
    seen: list[tuple[StepView, str]] = []
    for block in step.blocks:
        own = _writers(subject, block)
        for writer, place in own:
            earlier = next((other for other, there in seen if _overlap(place, there)), None)
            if earlier is not None:
                _collide(subject, writer, earlier, place)
        seen += own


def _collide(subject: Subject, writer: StepView, earlier: StepView, place: str) -> None:
    subject.add(
        "parallel_write",
        writer.pointer,
        f"“{writer.id}”与同时进行的“{earlier.id}”都写 {place}；请改写不同字段或先后进行。",
        f"'{writer.id}' and '{earlier.id}', which can run at the same time, both write {place}: "
        "use two fields or run them in turn.",
    )


def _collisions_of_rest(subject: Subject, group: StepView) -> None:
    """With `rest: ignore` branches run on while the steps after the group are at work."""
    inside = [pair for block in group.blocks for pair in _writers(subject, block)]
    own = {writer for writer, _ in inside}
    after = Graph(subject).after(group)
    for writer, place in _writers_of(subject, [step for step in after if step is not group and step not in own]):
        earlier = next((other for other, there in inside if _overlap(place, there)), None)
        if earlier is not None:
            _collide(subject, writer, earlier, place)


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(other + "[]") or other.startswith(one + "[]")


def _writers(subject: Subject, block: BlockView) -> list[tuple[StepView, str]]:
    found: list[tuple[StepView, str]] = []
    for step in block.steps:
        found += _writers_of(subject, [step])
        for inner in step.blocks:
            found += _writers(subject, inner)
    return found


def _writers_of(subject: Subject, steps: list[StepView]) -> list[tuple[StepView, str]]:
    """Each step with each place that it writes itself."""
    found: list[tuple[StepView, str]] = []
    for step in steps:
        target = step.target()
        if target != INTO_NONE and step.kind in ("task", "approve", "call", "set"):
            base = "data" if target == "data" else _list_of(step, target)
            found += [(step, f"{base}.{name}") for name in sorted(written(subject, step))]
    return found


def _list_of(step: StepView, target: str) -> str:
    owner = next((one for one in step.foreaches() if one.text("as") == target), None)
    return f"{(owner.text('foreach') or '').strip()}[]" if owner else target
