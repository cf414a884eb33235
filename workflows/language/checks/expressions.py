"""Expressions: parsed and type-checked at the place where they stand, with all that is known there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.json_types import JsonObject
from rules.ast import Expr
from rules.errors import ExprSyntaxError
from rules.findings import ExprFinding
from rules.guards import there_when
from rules.names import scope_names
from rules.parse import parse
from rules.template import check_template, parse_template
from rules.typecheck import check as check_types
from rules.typecheck import check_condition
from rules.types import Dyn, Field, Integer, List, MapOf, Record, Text, Type, names_of, options
from workflows.language.checks.assignable import assignable
from workflows.language.checks.assigned import Assigned
from workflows.language.checks.scopes import (
    Scopes,
    parsed,
    properties_of,
    property_of,
    resolved,
    schema_type,
    target_schema,
)
from workflows.language.findings import join
from workflows.language.outline import StepView
from workflows.language.subject import Subject

_DOUBTS = frozenset({"possibly_missing", "possibly_null"})


@dataclass(frozen=True)
class _Place:
    """An expression's text and where it stands."""

    file: str
    pointer: str
    text: str


def check(subject: Subject) -> None:
    """Report every expression and template that cannot be read, reads what is not there, or gives the wrong kind."""
    scopes = Scopes(subject)
    assigned = Assigned(subject)
    _key(subject, scopes)
    for name, raw in subject.section("on_message").items():
        if isinstance(raw, dict):
            _keys(
                subject, _here(subject, join("/on_message", name, "keys"), raw.get("keys")), scopes.of_case, frozenset()
            )
    if subject.start_form:
        _form(subject, subject.start_form, scopes.at_start)
    for step in subject.outline.steps:
        _step(subject, step, scopes, assigned)


def _step(subject: Subject, step: StepView, scopes: Scopes, assigned: Assigned) -> None:
    scope = scopes.at(step)
    there = assigned.at(step)
    entry = assigned.on_entry(step)
    _condition(subject, _here(subject, step.at("when"), step.raw.get("when")), scope, entry)
    _titles(subject, step, scope)
    _arms(subject, step, scope, there)
    if step.kind == "foreach":
        _foreach(subject, step, scope, there, scopes)
    if step.kind == "set":
        _assignments(subject, step, "set", _types_of_target(subject, step), scope, there)
    _rarer(subject, step, scope, there)
    if step.kind in ("call", "start"):
        _assignments(subject, step, "with", _types_of_input(subject, step), scope, there)
    form = step.text("form")
    if form and step.kind in ("task", "approve"):
        _form(subject, form, scope)


def _rarer(subject: Subject, step: StepView, scope: Record, there: frozenset[str]) -> None:
    """Conditions that are asked again and again, and what a step waits for. In these, data that are not there yet mean
    "not yet", so absence is no finding; a `while` has to answer each time."""
    for word in ("cancel_when", "until"):
        _condition(subject, _here(subject, step.at(word), step.raw.get(word)), scope, there, doubts=False)
    if step.kind == "loop":
        _condition(subject, _here(subject, step.at("loop", "while"), step.mapping("loop").get("while")), scope, there)
    spec = step.mapping("wait")
    _waited(subject, step.at("wait"), spec, scope, there)
    arms = spec.get("first_of")
    for index, arm in enumerate(arms if isinstance(arms, list) else ()):
        if isinstance(arm, dict):
            _waited(subject, step.at("wait", "first_of", index), arm, scope, there)


def _waited(subject: Subject, pointer: str, arm: dict[str, Any], scope: Record, there: frozenset[str]) -> None:
    _keys(subject, _here(subject, join(pointer, "keys"), arm.get("keys")), scope, there)
    place = _here(subject, join(pointer, "condition"), arm.get("condition"))
    expr = parsed(place.text) if place else None
    clock = sorted(scope_names(expr) & {"now", "today"}) if expr else []
    if place is not None and clock:
        subject.add(
            "condition_reads_clock",
            place.pointer,
            f"condition 在每条记录之后判断，时间流逝并不触发它，不能读 {'、'.join(clock)}；请用 timer。",
            f"A `condition` is asked after each record, and time passing makes none: it cannot read {', '.join(clock)}. "
            "Use a `timer`.",
        )
        return
    _condition(subject, place, scope, there, doubts=False)


def _keys(subject: Subject, place: _Place | None, scope: Record, there: frozenset[str]) -> None:
    """The keys of a message: a list of texts."""
    _value(subject, place, scope, there, List(Text()))


def _arms(subject: Subject, step: StepView, scope: Record, there: frozenset[str]) -> None:
    """The conditions of a branch: each is asked only when those before it were false."""
    for index, arm in enumerate(step.listing("branch")):
        if isinstance(arm, dict):
            _condition(subject, _here(subject, step.at("branch", index, "when"), arm.get("when")), scope, there)
            expr = parsed(arm.get("when"))
            there |= there_when(expr.root, False) if expr else frozenset()


# ---------------------------------------------------------------- one expression
def _here(subject: Subject, pointer: str, text: object) -> _Place | None:
    return _Place(subject.file, pointer, text) if isinstance(text, str) and text.strip() else None


def _parse(subject: Subject, place: _Place) -> Expr | None:
    try:
        return parse(place.text)
    except ExprSyntaxError as error:
        subject.report.add(
            "expression_syntax",
            place.file,
            place.pointer,
            f"表达式有误：{error.message_zh}",
            f"The expression cannot be read: {error.message_en}",
            offset=error.offset,
        )
        return None


def _report(subject: Subject, place: _Place, found: Iterable[ExprFinding], doubts: bool = True) -> None:
    for one in found:
        doubt = one.severity == "warning" or one.code in _DOUBTS
        if doubt and not doubts and one.code in _DOUBTS:
            continue
        if one.code == "not_boolean":
            code = "expression_result"
        else:
            code = "expression_doubt" if doubt else "expression_type"
        subject.report.add(code, place.file, place.pointer, one.zh, one.en, offset=one.offset)


def _condition(
    subject: Subject, place: _Place | None, scope: Record, there: frozenset[str], doubts: bool = True
) -> None:
    expr = _parse(subject, place) if place else None
    if expr is not None and place is not None:
        _report(subject, place, check_condition(expr, scope, there), doubts)


def _value(
    subject: Subject, place: _Place | None, scope: Record, there: frozenset[str], wanted: Type, doubts: bool = True
) -> None:
    expr = _parse(subject, place) if place else None
    if expr is None or place is None:
        return
    kind, found = check_types(expr, scope, there)
    _report(subject, place, found, doubts)
    if any(one.severity == "error" and one.code not in _DOUBTS for one in found) or assignable(kind, wanted):
        return
    (zh, en), (wanted_zh, wanted_en) = names_of(kind), names_of(wanted)
    subject.report.add(
        "expression_result",
        place.file,
        place.pointer,
        f"这里需要{wanted_zh}，表达式给出的是{zh}，或其内容不符。",
        f"{wanted_en} is needed here; the expression gives {en}, or its content does not fit.",
    )


# ---------------------------------------------------------------- places
def _key(subject: Subject, scopes: Scopes) -> None:
    place = _here(subject, "/key", subject.definition.get("key"))
    expr = _parse(subject, place) if place else None
    if expr is None or place is None:
        return
    others = sorted(scope_names(expr) - {"start"})
    if others:
        names = ", ".join(others)
        subject.add(
            "key_reads_start",
            "/key",
            f"业务键在案卷开始前计算，只能读 start 的字段，不能读 {names}。",
            f"The business key is made before the case begins: it reads start fields only, not {names}.",
        )
        return
    _value(subject, place, scopes.start, frozenset(), Text())


def _titles(subject: Subject, step: StepView, scope: Record) -> None:
    for lang, text in step.mapping("title").items():
        if not isinstance(text, str):
            continue
        pointer = step.at("title", lang)
        try:
            template = parse_template(text)
        except ExprSyntaxError as error:
            subject.add(
                "template_fault",
                pointer,
                f"名称模板有误：{error.message_zh}",
                f"The title's template cannot be read: {error.message_en}",
                offset=error.offset,
            )
            continue
        for one in check_template(template, scope):
            code = "expression_doubt" if one.severity == "warning" else "template_fault"
            subject.add(code, pointer, one.zh, one.en, offset=one.offset)


def _foreach(subject: Subject, step: StepView, scope: Record, there: frozenset[str], scopes: Scopes) -> None:
    place = _here(subject, step.at("foreach"), step.raw.get("foreach"))
    expr = _parse(subject, place) if place else None
    if expr is not None and place is not None:
        kind, found = check_types(expr, scope, there)
        _report(subject, place, found)
        if not any(one.severity == "error" and one.code not in _DOUBTS for one in found) and not _list_of_records(kind):
            name = names_of(kind)
            subject.add(
                "expression_result",
                step.at("foreach"),
                f"foreach 需要一个由记录组成的列表，这里是{name[0]}。",
                f"`foreach` needs a list of records; this is {name[1]}.",
            )
    key = _here(subject, step.at("item_key"), step.raw.get("item_key"))
    _key_of_item(subject, step, key, scopes, there)


def _key_of_item(subject: Subject, step: StepView, place: _Place | None, scopes: Scopes, there: frozenset[str]) -> None:
    expr = _parse(subject, place) if place else None
    if expr is None or place is None:
        return
    kind, found = check_types(expr, scopes.inside(step), there)
    _report(subject, place, found)
    if not all(isinstance(option, (Text, Integer, Dyn)) for option in options(kind)):
        zh, en = names_of(kind)
        subject.add(
            "expression_result",
            place.pointer,
            f"项的键应是文字或整数，这里是{zh}。",
            f"An item's key is text or a whole number; this is {en}.",
        )
    elif (step.text("as") or "") not in scope_names(expr):
        subject.add(
            "expression_result",
            place.pointer,
            f"项的键应取自本项（{step.text('as')}.…），否则各项的键相同。",
            f"An item's key comes from the item ({step.text('as')}.…): else all items have the same key.",
        )


def _list_of_records(kind: Type) -> bool:
    return any(isinstance(option, Dyn) for option in options(kind)) or all(
        isinstance(option, List) and all(isinstance(item, (Record, MapOf, Dyn)) for item in options(option.item))
        for option in options(kind)
    )


def _assignments(
    subject: Subject, step: StepView, word: str, types: dict[str, Type], scope: Record, there: frozenset[str]
) -> None:
    for name, text in step.mapping(word).items():
        number = isinstance(text, (int, Decimal)) and not isinstance(text, bool)
        place = _here(subject, step.at(word, name), str(text) if number else text)
        _value(subject, place, scope, there, types.get(name, Dyn()))


def _types_of_target(subject: Subject, step: StepView) -> dict[str, Type]:
    target = target_schema(subject, step)
    return _property_types(*target) if target else {}


def _types_of_input(subject: Subject, step: StepView) -> dict[str, Type]:
    contract: Any = subject.catalogue.contracts.get(step.text("call") or "") or {}
    schema = contract.get("input")
    return _property_types(schema, schema) if isinstance(schema, dict) else {}


def _property_types(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Type]:
    return {name: schema_type(inner, root) for name, inner in properties_of(schema, root).items()}


# ---------------------------------------------------------------- forms
def _form(subject: Subject, name: str, scope: Record) -> None:
    """The form's own expressions. While it is being filled any field can be empty, so absence is no finding."""
    form = subject.form(name)
    schema = subject.schema(name)
    ui = form.get("ui") if form else None
    if form is None or schema is None or not isinstance(ui, dict):
        return
    inner = Record({**scope.fields, "form": Field(schema_type(schema))})
    file = subject.file_of(name)
    sections = ui.get("sections")
    for index, section in enumerate(sections if isinstance(sections, list) else ()):
        if isinstance(section, dict):
            place = _in_form(file, join("/ui/sections", index, "visible"), section.get("visible"))
            _condition(subject, place, inner, frozenset(), doubts=False)
    fields = ui.get("fields")
    for pointer, hint in fields.items() if isinstance(fields, dict) else ():
        if isinstance(hint, dict):
            _form_field(subject, file, pointer, hint, schema, inner)


def _form_field(
    subject: Subject, file: str, pointer: str, hint: dict[str, Any], schema: JsonObject, scope: Record
) -> None:
    node, row = _field_schema(schema, pointer)
    within = scope if row is None else Record({**scope.fields, "row": Field(schema_type(row, schema))})
    at = join("/ui/fields", pointer)
    _condition(subject, _in_form(file, join(at, "visible"), hint.get("visible")), within, frozenset(), doubts=False)
    wanted = schema_type(node, schema) if node is not None else Dyn()
    _value(
        subject,
        _in_form(file, join(at, "computed"), hint.get("computed")),
        within,
        frozenset(),
        _loose(wanted),
        doubts=False,
    )


def _loose(wanted: Type) -> Type:
    """What a computed field takes: its kind; texts are not held to their choices."""
    return Text() if isinstance(wanted, Text) else wanted


def _in_form(file: str, pointer: str, text: object) -> _Place | None:
    return _Place(file, pointer, text) if isinstance(text, str) and text.strip() else None


def _field_schema(schema: dict[str, Any], pointer: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """``(schema of the field, schema of its array row or None)`` for a ui pointer like ``/lines/lot_no``."""
    node: dict[str, Any] | None = schema
    row: dict[str, Any] | None = None
    for name in pointer.split("/")[1:]:
        node = property_of(node, schema, name) if node is not None else None
        if node is not None and node.get("type") == "array" and not pointer.endswith("/" + name):
            row = node = resolved(node.get("items"), schema)
    return node, row
