"""Rows that a later ``foreach`` goes through need keys of their own; told before an act, not after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import Fault, Text
from domain.json_types import JsonObject
from rules.errors import ExprFault
from rules.evaluate import evaluate
from workflows.engine.scope import Lazy
from workflows.language.model import Model, Step


@dataclass(frozen=True)
class _Row:
    pointer: str
    number: int
    key: str


def repeated_keys(
    model: Model, step: Step, values: JsonObject, outer: Mapping[str, Any], *, in_item: bool
) -> list[Fault]:
    """A fault for each row in ``values`` whose key another row has already, by every ``foreach`` over that list.

    ``outer`` is the scope around the step; ``in_item``: the step stands inside a ``foreach`` and writes there.
    """
    if not (step.into == "data" or (not step.into and not in_item)):
        return []
    found: dict[str, Fault] = {}
    for block in model.steps.values():
        if block.list_field is not None and isinstance(values.get(block.list_field), list):
            found |= {fault.pointer: fault for fault in _faults(block, values[block.list_field], outer)}
    return list(found.values())


def _faults(block: Step, rows: Any, outer: Mapping[str, Any]) -> Iterator[Fault]:
    first: dict[str, _Row] = {}
    for row in _keyed(block, rows, outer):
        before = first.setdefault(row.key, row)
        if before is not row:
            zh = f"第 {row.number} 行与第 {before.number} 行的编号同为“{row.key}”。请为每一行填写不同的编号。"
            en = f"Rows {before.number} and {row.number} both are '{row.key}'. Give every row its own number."
            yield Fault(row.pointer, "repeated_key", Text(zh, en))


def _keyed(block: Step, rows: Any, outer: Mapping[str, Any]) -> Iterator[_Row]:
    assert block.item_key is not None
    head, _, column = block.item_key.text.strip().partition(".")
    below = f"/{column}" if head == block.item_name and column.isidentifier() else ""
    around = {name: (lambda name=name: outer[name]) for name in outer}
    for index, item in enumerate(rows):
        scope = Lazy({**around, block.item_name: lambda item=item: item})
        try:
            key = str(evaluate(block.item_key, scope).value)
        except ExprFault:
            continue  # no key to compare: the form, or the step itself, says what is missing
        yield _Row(f"/{block.list_field}/{index}{below}", index + 1, key)
