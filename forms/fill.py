"""Filling in a form: what stands in it at the start, and what is kept of what a client sent. Pure.

Nothing is guessed: text never becomes a number, a date is not repaired. Only these things are done to entered values:
text to NFC, whole decimals to integers, moments to UTC, empty text and ``null`` mean "not filled in", and what a
person does not enter (system fields, read-only and computed fields, fields that are not shown) comes from the
system or is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.canonical import CanonicalError, canonical_bytes, normalize
from domain.errors import Fault, Text
from domain.json_types import Json, JsonObject
from forms.cleaning import cleaned, with_moments_in_utc
from forms.messages import computed_missing, expression_failed, too_large
from forms.model import Field, Form
from forms.pointers import pointer_of
from forms.system_fields import SYSTEM_FIELDS
from rules.ast import Expr
from rules.errors import ExprFault
from rules.evaluate import evaluate
from rules.values import to_json

VALUES_BYTES_MAX = 256 * 1024
"""Largest canonical size of the values of one act."""
_UNANSWERED = frozenset({"missing_field", "empty_list"})
"""Faults of an expression that only say: something it reads is not filled in yet."""


@dataclass(frozen=True)
class Prepared:
    """Values ready for validation. ``hidden`` = pointers of all fields that are not shown; ``dropped`` = those of them
    that had a value; ``ignored`` = values a client may not set (signer, time, read-only, computed) and that it sent.
    """

    values: JsonObject
    hidden: frozenset[str]
    faults: list[Fault]
    dropped: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def prefill(form: Form, target: Mapping[str, Any], previous: Mapping[str, Any] | None = None) -> JsonObject:
    """What stands in the form when it opens.

    Read-only fields take the value of the same-named field of the ``into`` target; the others the value of the previous
    (superseded) round, else of the target, else their default. Computed fields stay out: ``prepare`` works them out.
    """
    return _prefilled(form.fields, target or {}, previous or {})


def prepare(form: Form, entered: Any, target: Mapping[str, Any] | None, scope: Mapping[str, Any]) -> Prepared:
    """What is kept of ``entered``, with all that is wrong with it so far (validation against the schema comes after).

    ``target`` is the ``into`` target (item or data); ``scope`` has the names an expression may use besides ``form`` and
    ``row``. Never raises for bad data.
    """
    faults: list[Fault] = []
    values = cleaned(entered, form, faults)
    work = _Work(form, scope, faults)
    with_moments_in_utc(values, form.fields)
    work.take_system_values(values, form.fields, dict(target or {}), ())
    work.settle(values)
    _check_size(values, faults)
    return Prepared(values, frozenset(work.hidden), faults, tuple(work.dropped), tuple(work.ignored))


def hidden_pointers(form: Form, values: Mapping[str, Any], scope: Mapping[str, Any]) -> frozenset[str]:
    """The value pointers of fields not shown with these values (``/reason``, ``/lines/0/reason``)."""
    work = _Work(form, scope, [])
    work.settle(_copied(values))
    return frozenset(work.hidden)


def visible_pointers(form: Form, values: Mapping[str, Any], scope: Mapping[str, Any]) -> frozenset[str]:
    """The value pointers of all fields that are shown with these values, rows by index."""
    hidden = hidden_pointers(form, values, scope)
    return frozenset(pointer for pointer in _pointers(form.fields, values, ()) if not _is_below(pointer, hidden))


def _is_below(pointer: str, hidden: AbstractSet[str]) -> bool:
    while pointer:
        if pointer in hidden:
            return True
        pointer = pointer.rpartition("/")[0]
    return False


def _pointers(fields: Iterable[Field], values: Any, path: tuple[str | int, ...]) -> list[str]:
    found: list[str] = []
    for one in fields:
        here = (*path, one.name)
        found.append(pointer_of(here))
        below = values.get(one.name) if isinstance(values, Mapping) else None
        found.extend(_pointers(one.fields, below, here))
        for index, row in enumerate(below if one.items and isinstance(below, list) else []):
            found.extend(_pointers(one.items, row, (*here, index)))
    return found


def _copied(values: Any) -> Any:
    if isinstance(values, Mapping):
        return {key: _copied(value) for key, value in values.items()}
    return [_copied(value) for value in values] if isinstance(values, list) else values


def _check_size(values: JsonObject, faults: list[Fault]) -> None:
    try:
        size = len(canonical_bytes(values))
    except CanonicalError:
        return  # a value without canonical spelling is on the list of faults already
    if size > VALUES_BYTES_MAX:
        faults.append(Fault("", "too_large", too_large(size, VALUES_BYTES_MAX)))


# ------------------------------------------------------------------ opening


def _prefilled(fields: Iterable[Field], target: Any, previous: Any) -> JsonObject:
    out: JsonObject = {}
    for one in fields:
        value = None if one.computed is not None else _first_value(one, target, previous)
        if value is not None:
            out[one.name] = value
    return out


def _first_value(one: Field, target: Any, previous: Any) -> Json:
    given, before = _get(target, one.name), _get(previous, one.name)
    if one.fields:
        return _prefilled(one.fields, given, before) or None
    if one.read_only:
        return given
    if one.items:
        return _rows(one, given, before) or one.default
    return next((value for value in (before, given, one.default) if value is not None), None)


def _rows(grid: Field, given: Any, before: Any) -> list[Json]:
    theirs = [row for row in given or [] if isinstance(row, dict)] if isinstance(given, list) else []
    mine = [row for row in before or [] if isinstance(row, dict)] if isinstance(before, list) else []
    if not theirs:
        return [_prefilled(grid.items, row, row) for row in mine]
    matched = _matches(grid, mine, theirs)
    by_target = {id(found): row for row, found in zip(mine, matched, strict=True) if found is not None}
    rows = [_prefilled(grid.items, row, by_target.get(id(row))) for row in theirs]
    added = [row for row, found in zip(mine, matched, strict=True) if found is None]
    return [*rows, *(_prefilled(grid.items, row, row) for row in added)]


def _get(values: Any, name: str) -> Any:
    return values.get(name) if isinstance(values, Mapping) else None


def _matches(grid: Field, rows: list[Any], theirs: list[Any]) -> list[Any]:
    """For each row the row of the target it continues: by the row key, without one by position."""
    key = grid.row_key
    if key is None:
        return [theirs[index] if index < len(theirs) else None for index in range(len(rows))]
    by_key = {str(row[key]): row for row in theirs if isinstance(row, dict) and row.get(key) is not None}
    return [by_key.pop(str(_get(row, key)), None) for row in rows]


# ------------------------------------------------------------------ completing


@dataclass
class _Work:
    form: Form
    scope: Mapping[str, Any]
    faults: list[Fault]
    hidden: set[str] = field(default_factory=set)
    dropped: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    # -------------------------------------------------------- what a client may not set

    def take_system_values(self, values: JsonObject, fields: Iterable[Field], target: Any, path: tuple) -> None:
        """Leave out what a client may not set and put in what the system knows."""
        declared = {one.name: one for one in fields}
        for name in [name for name in values if name not in declared and name in SYSTEM_FIELDS]:
            del values[name]
            self.ignored.append(pointer_of((*path, name)))
        for one in declared.values():
            self._take(values, one, target, (*path, one.name))

    def _take(self, values: JsonObject, one: Field, target: Any, path: tuple) -> None:
        given = _get(target, one.name)
        if one.read_only:
            self._replace(values, one, given, path)
        elif one.fields and isinstance(below := values.get(one.name), dict):
            self.take_system_values(below, one.fields, given, path)
        elif one.fields and given is not None:
            fresh: JsonObject = {}
            self.take_system_values(fresh, one.fields, given, path)
            if fresh:
                values[one.name] = fresh
        elif one.items and isinstance(rows := values.get(one.name), list):
            self._take_rows(rows, one, given, path)

    def _replace(self, values: JsonObject, one: Field, given: Any, path: tuple) -> None:
        value: Any = None if one.computed is not None or given is None else normalize(given)
        if one.items and isinstance(value, list):
            value = [_prefilled(one.items, row, None) for row in value]
        sent = values.pop(one.name, None)
        if sent is not None and sent != value and one.computed is None:
            self.ignored.append(pointer_of(path))
        if value is not None:
            values[one.name] = value

    def _take_rows(self, rows: list[Any], grid: Field, given: Any, path: tuple) -> None:
        theirs = given if isinstance(given, list) else []
        matched = _matches(grid, rows, theirs)
        numbers = _RowKeys(grid, theirs)
        for index, (row, found) in enumerate(zip(rows, matched, strict=True)):
            if isinstance(row, dict):
                self.take_system_values(row, grid.items, found, (*path, index))
                numbers.give(row)

    # -------------------------------------------------------- what is shown, what is computed

    def settle(self, values: JsonObject) -> None:
        """Drop what is not shown and compute what is computed, each field after those it reads."""
        if not self.form.has_expressions:
            return
        scope = {**self.scope, "form": values}
        for one in self.form.order:
            if not _is_below(one.pointer.rpartition("/")[0], self.hidden):
                self._settle_field(one, _parent(values, one), scope, _path(one))

    def _settle_field(self, one: Field, parent: JsonObject, scope: Mapping[str, Any], path: tuple) -> None:
        if not self._is_shown(one, scope, path):
            self._hide(one.name, parent, path)
        elif one.computed is not None:
            self._compute(one, one.computed, parent, scope, path)
        elif one.row_order and isinstance(rows := parent.get(one.name), list):
            self._settle_rows(one, rows, scope, path)

    def _settle_rows(self, grid: Field, rows: list[Any], scope: Mapping[str, Any], path: tuple) -> None:
        columns = [one for one in grid.row_order if one.visible is not None or one.computed is not None]
        for index, row in enumerate(rows if columns else []):
            if isinstance(row, dict):
                inside = {**scope, "row": row}
                for column in columns:
                    self._settle_field(column, row, inside, (*path, index, column.name))

    def _is_shown(self, one: Field, scope: Mapping[str, Any], path: tuple) -> bool:
        section = self.form.section_of.get(one.name) if len(path) == 1 else None
        if section is not None and section.visible is not None and not self._holds(section.visible, one, scope, path):
            return False
        return one.visible is None or self._holds(one.visible, one, scope, path)

    def _holds(self, expr: Expr, one: Field, scope: Mapping[str, Any], path: tuple) -> bool:
        try:
            answer = evaluate(expr, scope).value
        except ExprFault as fault:
            if fault.code in _UNANSWERED:
                return False
            self._fault(path, "visible_failed", expression_failed(one.label, Text(fault.zh, fault.en)))
            return True
        if isinstance(answer, bool):
            return answer
        self._fault(path, "visible_failed", expression_failed(one.label, _NOT_BOOLEAN))
        return True

    def _hide(self, name: str, parent: JsonObject, path: tuple) -> None:
        pointer = pointer_of(path)
        self.hidden.add(pointer)
        if parent.pop(name, None) is not None:
            self.dropped.append(pointer)

    def _compute(self, one: Field, expr: Expr, parent: JsonObject, scope: Mapping[str, Any], path: tuple) -> None:
        parent.pop(one.name, None)
        try:
            value: Any = to_json(evaluate(expr, scope).value)
        except ExprFault as fault:
            if fault.code not in _UNANSWERED:
                self._fault(path, "computed_failed", expression_failed(one.label, Text(fault.zh, fault.en)))
            elif one.required:
                self._fault(path, "computed_missing", computed_missing(one.label))
            return
        if value is not None:
            parent[one.name] = _scaled(value, one.scale)

    def _fault(self, path: tuple, code: str, message: Text) -> None:
        self.faults.append(Fault(pointer_of(path), code, message))


_NOT_BOOLEAN = Text("条件的结果不是“是/否”。", "The condition does not answer yes or no.")


def _scaled(value: Any, scale: int | None) -> Any:
    """A computed number rounded half-even to the scale of its field."""
    if scale is None or not isinstance(value, Decimal):
        return value
    return normalize(value.quantize(Decimal(1).scaleb(-scale)))


def _path(one: Field) -> tuple[str, ...]:
    return tuple(one.pointer.split("/")[1:])


def _parent(values: JsonObject, one: Field) -> JsonObject:
    """The object a field stands in; made when the field is computed, an empty one when nothing was entered there."""
    here: Any = values
    for name in _path(one)[:-1]:
        if name not in here and one.computed is not None:
            here[name] = {}
        here = here.get(name) if isinstance(here.get(name), dict) else {}
    return here


def _key_is_ours(grid: Field) -> bool:
    return any(one.name == grid.row_key and one.read_only and one.computed is None for one in grid.items)


class _RowKeys:
    """Numbers for new rows of a grid whose row key people do not type: ``L1``, ``L2`` … or 1, 2 …"""

    def __init__(self, grid: Field, theirs: Iterable[Any]) -> None:
        self._column = next((one for one in grid.items if one.name == grid.row_key), None)
        self._ours = self._column is not None and _key_is_ours(grid)
        self._used = {str(_get(row, self._column.name)) for row in theirs} if self._column is not None else set()
        self._next = 1

    def give(self, row: JsonObject) -> None:
        """Number a row that has no key yet; keys of the target's rows are never given twice."""
        if self._column is None or not self._ours or self._column.name in row:
            return
        text = self._column.type == "string"
        while (f"L{self._next}" if text else str(self._next)) in self._used:
            self._next += 1
        row[self._column.name] = f"L{self._next}" if text else self._next
        self._next += 1
