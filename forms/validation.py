"""Values against the schema of a form: jsonschema-rs at run time, jsonschema as reference, the same faults from both.

The only module that imports the two validators. Both get the same constraints (``schema.engine_schema``) and the same
format functions; what they find is reduced to (pointer, keyword, limit) and put into words by ``messages``.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

import jsonschema
import jsonschema_rs
from jsonschema.validators import extend

from domain.errors import Fault
from domain.json_types import JsonObject
from forms.fill import Prepared, prepare
from forms.formats import FORMATS
from forms.messages import code_of, said_of, words_for
from forms.model import Field, Form, load_form
from forms.pointers import Token, pointer_of, value_at

_CACHE_MAX = 512
PROBLEMS_MAX = 5000
"""More are not listed: nobody reads them, and a hostile client must not make us write them."""


@dataclass(frozen=True)
class Problem:
    """One thing a validator found: where, which keyword, the limit it names (``None`` where the place says it all)."""

    pointer: str
    keyword: str
    limit: Any = field(default=None, compare=False)


def complete(form: Form, entered: Any, target: Mapping[str, Any] | None, scope: Mapping[str, Any]) -> Prepared:
    """Prepare what a client sent and validate it: all faults at once, in the order of the form."""
    prepared = prepare(form, entered, target, scope)
    faults = [*prepared.faults, *validate(form, prepared.values, prepared.hidden)]
    told = [fault for fault in faults if not _is_computed(form, fault)] or faults
    return replace(prepared, faults=_in_form_order(form, told))


def _is_computed(form: Form, fault: Fault) -> bool:
    # Nobody can correct a computed value: it is told only when nothing that people enter is at fault.
    one = form.field(fault.pointer)
    return one is not None and one.computed is not None


def validate(form: Form, values: JsonObject, hidden: AbstractSet[str] = frozenset()) -> list[Fault]:
    """Everything wrong with ``values`` by the schema of the form; fields in ``hidden`` are not asked for.

    Each fault has an RFC 6901 pointer, a stable code and sentences that name the field by its label.
    """
    problems = [*found(form, values), *_scale_problems(form.fields, values, ())]
    return _faults(form, values, problems, hidden)


def reference_faults(form: Form, values: JsonObject, hidden: AbstractSet[str] = frozenset()) -> list[Fault]:
    """The same as ``validate``, found by the reference validator (slow: publishing and tests)."""
    problems = [*found_by_reference(form, values), *_scale_problems(form.fields, values, ())]
    return _faults(form, values, problems, hidden)


def value_faults(schema: JsonObject, value: Any) -> list[Fault]:
    """Everything wrong with a JSON object by a schema of the dialect alone (input and output of catalogue calls)."""
    return validate(load_form({"schema": schema}), value)


def found(form: Form, values: Any) -> list[Problem]:
    """What jsonschema-rs finds."""
    validator = _validators.get(form.sha)
    if validator is None:
        if len(_validators) >= _CACHE_MAX:
            _validators.clear()
        validator = _validators[form.sha] = _compile(form.constraints)
    return [] if validator.is_valid(values) else list(islice(_from_rs(validator.iter_errors(values)), PROBLEMS_MAX))


def found_by_reference(form: Form, values: Any) -> list[Problem]:
    """What jsonschema finds."""
    validator = _REFERENCE(form.constraints, format_checker=_CHECKER)
    return [problem for error in validator.iter_errors(values) for problem in _from_reference(error)]


# ------------------------------------------------------------------ jsonschema-rs

_validators: dict[str, Any] = {}


def _text_only(check: Any) -> Any:
    return lambda value: not isinstance(value, str) or check(value)


_FORMATS: dict[str, Any] = {name: _text_only(check) for name, check in FORMATS.items()}


def _compile(schema: JsonObject) -> Any:
    # The linear-time regular expressions: a pattern in a form cannot stall the server.
    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, formats=_FORMATS, pattern_options=jsonschema_rs.RegexOptions()
    )


def _from_rs(errors: Iterable[Any]) -> Iterator[Problem]:
    for error in errors:
        path, kind = list(error.instance_path), error.kind
        if kind.name == "required":
            # jsonschema-rs 0.60 also names a field that is there when the object knows no such property
            if kind.property not in error.instance:
                yield Problem(pointer_of([*path, kind.property]), "required")
        elif kind.name == "additionalProperties":
            for name in kind.unexpected:
                yield Problem(pointer_of([*path, name]), "additionalProperties")
        else:
            yield Problem(pointer_of(path), kind.name, _rs_limit(kind))


_LIMITS = ("limit", "types", "expected_value", "options", "pattern", "format")


def _rs_limit(kind: Any) -> Any:
    for name in _LIMITS:
        if hasattr(kind, name):
            limit = getattr(kind, name)
            return limit[0] if name == "types" and limit else limit
    return None


# ------------------------------------------------------------------ jsonschema


def _is_whole(checker: Any, value: Any) -> bool:
    # jsonschema knows whole floats as integers but not whole decimals, which JSON Schema does not tell apart.
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value()
    )


_REFERENCE: Any = extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole),
)
_CHECKER = jsonschema.FormatChecker(formats=())


def _register_formats() -> None:
    for name, check in _FORMATS.items():
        _CHECKER.checks(name)(check)


_register_formats()


def _from_reference(error: Any) -> Iterator[Problem]:
    path: list[Token] = list(error.absolute_path)
    keyword, limit = str(error.validator), error.validator_value
    if keyword == "required":
        for name in limit:
            if name not in error.instance:
                yield Problem(pointer_of([*path, name]), "required")
    elif keyword == "dependentRequired":
        for name in _dependent(limit, error.instance):
            yield Problem(pointer_of([*path, name]), "required")
    elif keyword == "additionalProperties":
        for name in error.instance:
            if name not in error.schema.get("properties", {}):
                yield Problem(pointer_of([*path, name]), keyword)
    else:
        yield Problem(pointer_of(path), keyword, limit)


def _dependent(rules: Any, instance: Any) -> Iterator[str]:
    for name, needed in rules.items():
        if name in instance:
            yield from (other for other in needed if other not in instance)


# ------------------------------------------------------------------ scale, which no validator knows


def _scale_problems(fields: Iterable[Field], values: Any, path: tuple[Token, ...]) -> Iterator[Problem]:
    if not isinstance(values, dict):
        return
    for one in fields:
        value = values.get(one.name)
        if isinstance(value, Decimal) and one.scale is not None and _places(value) > one.scale:
            yield Problem(pointer_of([*path, one.name]), "scale", one.scale)
        elif one.fields:
            yield from _scale_problems(one.fields, value, (*path, one.name))
        elif isinstance(value, list) and (one.items or one.item is not None):
            yield from _scale_in_list(one, value, (*path, one.name))


def _scale_in_list(one: Field, value: list[Any], path: tuple[Token, ...]) -> Iterator[Problem]:
    scale = one.item.scale if one.item is not None else None
    scaled = tuple(column for column in one.items if column.scale is not None)
    for index, row in enumerate(value if scaled or scale is not None else []):
        if scaled:
            yield from _scale_problems(scaled, row, (*path, index))
        elif scale is not None and isinstance(row, Decimal) and _places(row) > scale:
            yield Problem(pointer_of([*path, index]), "scale", scale)


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


# ------------------------------------------------------------------ words


def _faults(form: Form, values: Any, problems: Iterable[Problem], hidden: AbstractSet[str]) -> list[Fault]:
    kept: dict[tuple[str, str], Fault] = {}
    for problem in problems:
        pointer, keyword = _at_attachment(form, problem)
        one = form.field(pointer)
        computed = one is not None and one.computed is not None and keyword == "required"
        if computed or (hidden and _is_hidden(pointer, hidden)):
            continue  # a computed field without a value is told by `prepare`, a field not shown is not asked for
        code = code_of(keyword, one)
        message = words_for(keyword, problem.limit, value_at(values, pointer), said_of(form, pointer), one)
        kept.setdefault((pointer, code), Fault(pointer, code, message))
    return _in_form_order(form, kept.values())


def _at_attachment(form: Form, problem: Problem) -> tuple[str, str]:
    """What is wrong inside an attachment is one fault of the field that holds it."""
    pointer = problem.pointer
    if form.field(pointer) is not None:
        one = form.field(pointer)
        is_file = one is not None and one.format == "attachment"
        return pointer, "attachment" if is_file and problem.keyword == "type" else problem.keyword
    inside = pointer.rpartition("/")[0]
    one = form.field(inside)
    if one is not None and (one.format == "attachment" or (one.item is not None and one.item.format == "attachment")):
        return inside, "attachment"
    return pointer, problem.keyword


def _is_hidden(pointer: str, hidden: AbstractSet[str]) -> bool:
    while pointer:
        if pointer in hidden:
            return True
        pointer = pointer.rpartition("/")[0]
    return False


def _in_form_order(form: Form, faults: Iterable[Fault]) -> list[Fault]:
    place = {pointer: index for index, pointer in enumerate(form.by_pointer)}

    def key(fault: Fault) -> tuple[list[int], str]:
        parts = fault.pointer.split("/")[1:]
        return [_place(place, parts, index) for index in range(len(parts))], fault.code

    return sorted(faults, key=key)


def _place(place: dict[str, int], parts: list[str], index: int) -> int:
    if parts[index].isdigit():
        return int(parts[index])
    pointer = "".join(f"/{part}" for part in parts[: index + 1] if not part.isdigit())
    return place.get(pointer, len(place))


# ------------------------------------------------------------------ the meta-schema


@lru_cache(maxsize=1)
def meta_schema() -> JsonObject:
    """The closed meta-schema of the dialect (also for editors)."""
    return json.loads(importlib.resources.files("forms").joinpath("dialect.schema.json").read_text("utf-8"))


@lru_cache(maxsize=1)
def _meta_validator() -> Any:
    return jsonschema_rs.Draft202012Validator(meta_schema())


def meta_problems(form: Any) -> list[Problem]:
    """Where a form document leaves the dialect, by the meta-schema."""
    return list(_from_rs(_meta_validator().iter_errors(form)))


def constraint_problems(schema: JsonObject, value: Any) -> list[Problem]:
    """What is wrong with one value by one resolved schema node (defaults and choices of a definition)."""
    return list(_from_rs(_compile(schema).iter_errors(value)))
