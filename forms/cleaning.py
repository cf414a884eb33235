"""Entered values in the form in which they are stored, with a fault for each that cannot be stored."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from domain.canonical import normalize, normalize_key, number_fault
from domain.clock import from_text, to_text
from domain.errors import Fault
from domain.json_types import JsonObject
from forms.formats import has_control, is_moment
from forms.messages import said_of, unstorable
from forms.model import Field, Form
from forms.pointers import Token, pointer_of

DEPTH_MAX = 16
_ABSENT = object()


def cleaned(entered: Any, form: Form, faults: list[Fault]) -> JsonObject:
    """A fresh copy of the entered values: text in NFC, whole decimals as integers, nothing empty."""
    if not isinstance(entered, dict):
        faults.append(Fault("", "type", unstorable("not_object", None)))
        return {}
    return _object(entered, (), form, faults)


def with_moments_in_utc(values: JsonObject, fields: Iterable[Field]) -> None:
    """Write every valid date-time in its one stored spelling (RFC 3339, UTC, milliseconds), in place."""
    for one in fields:
        value = values.get(one.name)
        if one.format == "date-time" and isinstance(value, str) and is_moment(value):
            values[one.name] = to_text(from_text(value.upper()))
        elif one.fields and isinstance(value, dict):
            with_moments_in_utc(value, one.fields)
        elif isinstance(value, list) and any(column.format == "date-time" for column in one.items):
            for row in value:
                if isinstance(row, dict):
                    with_moments_in_utc(row, one.items)


def _object(value: dict[Any, Any], path: tuple[Token, ...], form: Form, faults: list[Fault]) -> JsonObject:
    out: JsonObject = {}
    for key, item in value.items():
        name = normalize_key(str(key).encode("utf-8", "replace").decode("utf-8"))
        clean = _value(item, (*path, name), form, faults)
        if clean is not _ABSENT:
            out[name] = clean
    return out


def _value(value: Any, path: tuple[Token, ...], form: Form, faults: list[Fault]) -> Any:
    if value is None or value == "" or (isinstance(value, str) and value.isspace()):
        return _ABSENT
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, path, form, faults)
    if isinstance(value, (int, Decimal)):
        return _number(value, path, form, faults)
    if len(path) >= DEPTH_MAX:
        return _refuse("too_deep", path, form, faults)
    if isinstance(value, dict):
        return _object(value, path, form, faults)
    if isinstance(value, (list, tuple)):
        clean = [_value(item, (*path, index), form, faults) for index, item in enumerate(value)]
        return [None if item is _ABSENT else item for item in clean]
    return _refuse("not_json", path, form, faults)


def _text(value: str, path: tuple[Token, ...], form: Form, faults: list[Fault]) -> Any:
    if has_control(value):
        return _refuse("control_character", path, form, faults)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return _refuse("control_character", path, form, faults)
    return normalize(value)


def _number(value: int | Decimal, path: tuple[Token, ...], form: Form, faults: list[Fault]) -> Any:
    fault = number_fault(value)
    return _refuse(f"number_{fault}", path, form, faults) if fault else normalize(value)


def _refuse(code: str, path: tuple[Token, ...], form: Form, faults: list[Fault]) -> Any:
    pointer = pointer_of(path)
    faults.append(Fault(pointer, code, unstorable(code, said_of(form, pointer))))
    return _ABSENT
