"""The form while it is being filled in: values, what is shown, what is wrong, and what of it may be said already. Pure.

The rules are those of ``forms``; the server applies them again to what is sent. A fault is said for fields that were
left once; after the first try to complete, for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.errors import Fault
from domain.json_types import Json, JsonObject
from forms.fill import hidden_pointers
from forms.model import Form
from forms.pointers import value_at
from forms.validation import complete


@dataclass
class FormState:
    """Values as entered. ``target`` holds what read-only fields show; ``scope`` what expressions read."""

    form: Form
    values: JsonObject
    target: Mapping[str, Any] = field(default_factory=dict)
    scope: Mapping[str, Any] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    told_all: bool = False
    shown: JsonObject = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    faults: list[Fault] = field(default_factory=list)
    extra: list[Fault] = field(default_factory=list)
    """Faults that only the server finds; said until the next change."""

    def __post_init__(self) -> None:
        self.settle()

    def settle(self) -> None:
        """Work out what is shown, computed and wrong with the values as they stand."""
        prepared = complete(self.form, self.values, self.target, self.scope)
        self.shown, self.faults = prepared.values, prepared.faults
        self.hidden = hidden_pointers(self.form, {**self.values, **_computed(self.form, prepared.values)}, self.scope)

    def get(self, pointer: str) -> Json:
        """The entered value at a pointer; for read-only and computed fields what the server would write."""
        one = self.form.field(pointer)
        return value_at(self.shown if one is not None and one.read_only else self.values, pointer)

    def put(self, pointer: str, value: Json) -> None:
        """Set or, with ``None``, take away a value; rows and groups on the way are made."""
        *way, last = [_token(part) for part in pointer.split("/")[1:]]
        here: Any = self.values
        for token in way:
            if isinstance(here, list):
                here = here[int(token)]
            else:
                here = here.setdefault(token, {})
        if isinstance(here, list):
            here[int(last)] = value
        elif value is None:
            here.pop(last, None)
        else:
            here[last] = value

    def touch(self, pointer: str) -> None:
        """The person was here: from now on faults of this field are said."""
        self.touched.add(pointer)

    def is_shown(self, pointer: str) -> bool:
        """Whether the field, and all it stands in, is shown."""
        while pointer:
            if pointer in self.hidden:
                return False
            pointer = pointer.rpartition("/")[0]
        return True

    def said(self) -> list[Fault]:
        """The faults that may be said now."""
        if self.told_all:
            return self.faults_told_all()
        return [fault for fault in self.faults if self._may_say(fault)]

    def faults_told_all(self) -> list[Fault]:
        """Everything wrong, once the person tried to complete; nothing before."""
        if not self.told_all:
            return []
        known = {(fault.pointer, fault.code) for fault in self.faults}
        return [*self.faults, *(fault for fault in self.extra if (fault.pointer, fault.code) not in known)]

    def _may_say(self, fault: Fault) -> bool:
        if fault.code == "required" and fault.pointer not in self.touched:
            return False
        return any(_is_at(fault.pointer, touched) for touched in self.touched)

    def fault_at(self, pointer: str) -> Fault | None:
        """The first fault of a field that may be said now."""
        return next((fault for fault in self.said() if fault.pointer == pointer), None)

    def missing(self) -> list[Fault]:
        """What must still be filled in, said or not."""
        return [fault for fault in self.faults if fault.code == "required"]


def _is_at(pointer: str, touched: str) -> bool:
    return pointer == touched or pointer.startswith(touched + "/")


def _token(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _computed(form: Form, values: JsonObject) -> JsonObject:
    names = {one.name for one in form.fields if one.read_only}
    return {name: value for name, value in values.items() if name in names}
