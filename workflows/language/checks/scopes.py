"""What expressions can read at each place of a definition, as types; and where written values go, as schemas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rules.ast import Expr
from rules.errors import ExprSyntaxError
from rules.parse import parse
from rules.schema_types import type_of_schema
from rules.typecheck import check
from rules.types import (
    Date,
    DateTime,
    Dyn,
    Field,
    Integer,
    List,
    MapOf,
    Record,
    Text,
    Type,
    options,
    record,
    without_null,
)
from workflows.language.checks.flow import targets_of
from workflows.language.checks.graph import message_targets
from workflows.language.checks.outcomes import outcomes_of
from workflows.language.outline import StepView
from workflows.language.subject import Subject

CASE = record(id=Text(), business_key=Field(Text(), True), site=Text(), mode=Text(), definition=Text(), version=Text())
CLOCK: dict[str, Field] = {"now": Field(DateTime()), "today": Field(Date())}


def parsed(text: object) -> Expr | None:
    """The expression of a text, or ``None`` when it cannot be read (reported by the family of expressions)."""
    if not isinstance(text, str):
        return None
    try:
        return parse(text)
    except ExprSyntaxError:
        return None


MALFORMED = (TypeError, ValueError, AttributeError, KeyError)
"""What code written for well-formed forms raises on others; the family of forms has told of the fault itself."""


def schema_type(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Type:
    """The type of a schema; a malformed one, which the family of forms reports, is ``Dyn``."""
    try:
        return type_of_schema(schema, root)
    except MALFORMED:
        return Dyn()


class Scopes:
    """The scopes of one definition. Types that cannot be known are ``Dyn``: nothing is said about them."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._start = self._type_of(subject.schema(subject.start_form))
        self._data = self._type_of(subject.schema(subject.data_file)) if "data" in subject.definition else Record({})
        self._items: dict[StepView, Type] = {}
        self._messages = _only_by_message(subject)
        self._outputs = {step: self._output(step) for step in subject.outline.steps}

    @property
    def start(self) -> Record:
        """What the business key may read."""
        return Record({"start": Field(self._start)})

    @property
    def at_start(self) -> Record:
        """What the expressions of the start form may read besides the form itself."""
        return Record({"case": Field(CASE), **CLOCK})

    def at(self, step: StepView) -> Record:
        """What the expressions of a step may read."""
        fields: dict[str, Field] = {
            "start": Field(self._start),
            "data": Field(self._data),
            "case": Field(CASE),
            **CLOCK,
        }
        around = list(step.foreaches())
        for owner in reversed(around):
            fields[owner.text("as") or ""] = Field(self.item(owner))
        fields["steps"] = Field(self._steps(set(around)))
        if step.id in self._messages:
            fields["msg"] = Field(Dyn())
        return Record(fields)

    @property
    def of_case(self) -> Record:
        """What the keys of a message to the whole case may read, at whatever point it is."""
        fields = {"start": Field(self._start), "data": Field(self._data), "case": Field(CASE), **CLOCK}
        return Record({**fields, "steps": Field(self._steps(set()))})

    def inside(self, owner: StepView) -> Record:
        """What the item key of a ``foreach`` may read: its scope and the item."""
        return Record({**self.at(owner).fields, owner.text("as") or "": Field(self.item(owner))})

    def item(self, owner: StepView) -> Type:
        """The type of an item of a ``foreach``."""
        if owner not in self._items:
            self._items[owner] = Dyn()
            expr = parsed(owner.raw.get("foreach"))
            kind = check(expr, self.at(owner))[0] if expr else Dyn()
            items = [option.item for option in options(kind) if isinstance(option, List)]
            self._items[owner] = items[0] if items else Dyn()
        return self._items[owner]

    def values(self, step: StepView) -> Type:
        """The type of what a step puts out."""
        if step.kind in ("task", "approve") and step.text("form"):
            return self._type_of(self._subject.schema(step.text("form")))
        if step.kind == "call":
            return self._type_of(output_schema(self._subject, step))
        return Dyn()

    def _steps(self, around: set[StepView]) -> Type:
        fields: dict[str, Field] = {}
        for step in self._subject.outline.steps:
            kind = self._outputs[step]
            for owner in step.foreaches():
                if owner not in around:
                    kind = MapOf(kind)
            if step.id:
                fields[step.id] = Field(kind, True)
        return Record(fields)

    def _output(self, step: StepView) -> Type:
        outcome = Text(outcomes_of(self._subject, step))
        return record(values=self.values(step), outcome=outcome, actor=Dyn(), at=DateTime(), round=Integer())

    @staticmethod
    def _type_of(schema: Any) -> Type:
        return schema_type(schema) if isinstance(schema, dict) else Dyn()


def _only_by_message(subject: Subject) -> frozenset[str]:
    """The steps where a message to the whole case arrives, and nothing else: `msg` can be read there."""
    jumped = {target for step in subject.outline.steps for _, target in targets_of(step)}
    jumped |= {step.id for step in subject.outline.root.steps[:1]}
    return frozenset(target for _, _, target in message_targets(subject)) - jumped


def certain(scope: Record, paths: Iterable[str]) -> Record:
    """The same scope with the fields on these paths (``data.x``, ``line.y.z``) certainly there."""
    for path in paths:
        scope = _with_certain(scope, path.split("."))
    return scope


def _with_certain(kind: Record, names: list[str]) -> Record:
    there = kind.fields.get(names[0])
    if there is None:
        return kind
    inner: Type = without_null(there.type)
    if len(names) > 1 and isinstance(inner, Record):
        inner = _with_certain(inner, names[1:])
    elif len(names) > 1:
        return kind
    return Record({**kind.fields, names[0]: Field(inner)})


def output_schema(subject: Subject, step: StepView) -> dict[str, Any] | None:
    """The output schema of a ``call``, if the catalogue has it."""
    contract: Any = subject.catalogue.contracts.get(step.text("call") or "")
    schema = contract.get("output") if contract else None
    return schema if isinstance(schema, dict) else None


def target_schema(subject: Subject, step: StepView) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """``(schema, root)`` of what a step writes into, or ``None`` when it writes nothing or it cannot be known."""
    target = step.target()
    if target == "data":
        schema = subject.schema(subject.data_file)
        return (schema, schema) if schema else None
    for owner in step.foreaches():
        if owner.text("as") == target:
            return item_schema(subject, owner)
    return None


def item_schema(subject: Subject, owner: StepView) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """``(schema, root)`` of the items of a ``foreach`` over a field, like ``data.lines`` or ``line.boxes``."""
    head, _, tail = (owner.text("foreach") or "").strip().partition(".")
    found: tuple[dict[str, Any], dict[str, Any]] | None = None
    if head in ("data", "start"):
        schema = subject.schema(subject.data_file if head == "data" else subject.start_form)
        found = (schema, schema) if schema else None
    else:
        outer = next((one for one in owner.foreaches() if one.text("as") == head), None)
        found = item_schema(subject, outer) if outer else None
    for name in tail.split(".") if found and tail else ():
        inner = property_of(found[0], found[1], name) if found else None
        found = (inner, found[1]) if inner is not None and found else None
    items = resolved(found[0].get("items"), found[1]) if found else None
    return (items, found[1]) if items is not None and found else None


def resolved(schema: Any, root: dict[str, Any]) -> dict[str, Any] | None:
    """A schema with its ``$ref`` followed; ``None`` when there is none."""
    for _ in range(16):
        if not isinstance(schema, dict):
            return None
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        schema = _referred(reference, root)
    return None


def _referred(reference: str, root: Any) -> Any:
    found = root
    for part in reference.removeprefix("#").split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, dict) else None
    return found


def property_of(schema: dict[str, Any], root: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The schema of one property."""
    return resolved(properties_of(schema, root).get(name), root)


def properties_of(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """All properties of an object schema, those of ``allOf`` parts included."""
    given = schema.get("properties")
    found: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
    parts = schema.get("allOf")
    for part in parts if isinstance(parts, list) else ():
        whole = resolved(part, root)
        inner = whole.get("properties") if whole and "if" not in whole else None
        found.update(inner if isinstance(inner, dict) else {})
    return found


def required_of(schema: dict[str, Any]) -> set[str]:
    """The properties that are always required."""
    given = schema.get("required")
    return {name for name in given if isinstance(name, str)} if isinstance(given, list) else set()
