"""What an expression of a step can read: ``start``, ``data``, the own item, ``steps``, ``case``, ``now``, ``today``, and
``msg``, the last message to the whole case.

Nothing is built before it is read: a case with 500 lines pays for a scope only when an expression names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from domain import paths
from domain.clock import date_in_zone, from_text
from domain.json_types import JsonObject
from workflows.engine.state import EFFECTIVE, CaseState, Instance
from workflows.language.model import Model


class Lazy(Mapping[str, Any]):
    """A mapping whose values are made on first reading."""

    def __init__(self, makers: dict[str, Callable[[], Any]]) -> None:
        self._makers = makers
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def scope_of(model: Model, state: CaseState, scope_path: str, at: str) -> Lazy:
    """The scope of expressions in the scope ``scope_path`` at the time ``at``."""
    makers: dict[str, Callable[[], Any]] = {
        "start": lambda: state.start,
        "data": lambda: data_of(state),
        "case": lambda: case_scope(state),
        "steps": lambda: _steps(state, scope_path),
        "msg": lambda: state.message,
        "now": lambda: from_text(at),
        "today": lambda: date_in_zone(at, model.zone),
    }
    for name, block, key in items_above(state, scope_path):
        makers[name] = lambda block=block, key=key: item_of(state, block, key)
    return Lazy(makers)


def case_scope(state: CaseState) -> JsonObject:
    """The ``case`` scope."""
    return {
        "id": state.case_id,
        "business_key": state.business_key,
        "site": state.site,
        "mode": state.mode,
        "definition": state.process,
        "version": state.version,
    }


def data_of(state: CaseState) -> JsonObject:
    """The case's effective data, with what was written to items seen in their lists."""
    if not state.overlays:
        return state.data
    data: dict[str, Any] = dict(state.data)
    for field, overlay in state.overlays.items():
        keys = _keys_of(state, field)
        if isinstance(data.get(field), list):
            data[field] = [
                {**item, **overlay.get(keys[index], {})} if index < len(keys) and isinstance(item, dict) else item
                for index, item in enumerate(data[field])
            ]
    return data


def _keys_of(state: CaseState, field: str) -> list[str]:
    """The item keys of the latest foreach over ``data.<field>``, in list order."""
    for instance in reversed(list(state.instances.values())):
        if instance.list_field == field and instance.children:
            return list(instance.children)
    return []


def items_above(state: CaseState, scope_path: str) -> list[tuple[str, Instance, str]]:
    """The foreach items around a scope, outermost first: (name of the item, block instance, key)."""
    found: list[tuple[str, Instance, str]] = []
    walked = ""
    for part in scope_path.split("/") if scope_path else ():
        parent, walked = walked, f"{walked}/{part}" if walked else part
        if part.startswith("["):
            block = state.instances[parent]
            found.append((block.item_name, block, paths.unescape_key(part[1 : part.rindex("]")])))
    return found


def item_of(state: CaseState, block: Instance, key: str) -> Any:
    """One item as it is now: frozen at entry, with what its own steps wrote."""
    frozen = block.items.get(key)
    overlay = state.overlays.get(overlay_name(block), {}).get(key)
    return {**frozen, **overlay} if overlay and isinstance(frozen, dict) else frozen


def overlay_name(block: Instance) -> str:
    """Under which name item writes are kept: the list's field of ``data``, else the block's own path."""
    return block.list_field or block.path


def _steps(state: CaseState, scope_path: str) -> Lazy:
    return Lazy({step: lambda step=step: _output(state, step, scope_path) for step in state.latest})


def _output(state: CaseState, step: str, scope_path: str) -> Any:
    """The latest effective output; seen from outside its foreach, a map by item key."""
    by_item: dict[str, Any] = {}
    for path in reversed(state.latest[step]):
        instance = state.instances[path]
        if instance.state not in EFFECTIVE:
            continue
        if scope_path == instance.scope or paths.is_within(scope_path, instance.scope) or "[" not in instance.scope:
            return instance.output
        key = paths.unescape_key(instance.scope[instance.scope.rindex("[") + 1 : instance.scope.rindex("]")])
        if _same_foreach(scope_path, instance.scope):
            by_item.setdefault(key, instance.output)
    return by_item


def _same_foreach(scope_path: str, other: str) -> bool:
    """Inside the same foreach another item is unreadable; from outside all items are seen."""
    foreach = other[: other.rindex("/[")]
    return not paths.is_within(scope_path, foreach)
