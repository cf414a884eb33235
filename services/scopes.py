"""What a form and its expressions read, put together from the projection: the same names as in the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlmodel import Session

from domain import paths
from domain.clock import date_in_zone, from_text
from domain.json_types import JsonObject
from records import cases
from records.case_tables import CaseRow
from workflows.engine.scope import Lazy
from workflows.language.model import INTO_NONE, Model, Step


def items_of(session: Session, model: Model, case_id: str, path: str) -> dict[tuple[str, str], Any]:
    """The items around a step instance that stand in no data of the case, by (path of the foreach, key): those of a
    list that is not in ``data``, and those added to an open list. The records say what they were at their entry."""
    found: dict[tuple[str, str], Any] = {}
    for block, key in _around(path):
        step = model.steps.get(paths.step_of(block))
        if step is not None and (step.list_field is None or step.is_open):
            for item in cases.frozen_item(session, case_id, block, key):
                found[block, key] = item
    return found


def _around(path: str) -> list[tuple[str, str]]:
    """The foreach instances around a path with the key of the item, outermost first."""
    found, walked = [], ""
    for part in path.split("/"):
        parent, walked = walked, f"{walked}/{part}" if walked else part
        if part.startswith("["):
            found.append((parent, paths.unescape_key(part[1 : part.rindex("]")])))
    return found


class CaseScopes:
    """The scopes of one case (``case_scope`` rows: ``start``, ``data``, ``item/…``, ``keys/…``, ``out/…``).

    ``items``: (path of a foreach, key) → the item at its entry, where the rows do not have it (``items_of``).
    """

    def __init__(
        self, model: Model, case: CaseRow, rows: Mapping[str, Any], items: Mapping[tuple[str, str], Any] | None = None
    ) -> None:
        self.model, self.case, self.rows, self.items = model, case, rows, items or {}

    @property
    def start(self) -> JsonObject:
        """The start form's values."""
        return self.rows.get("start") or {}

    def data(self) -> JsonObject:
        """The case's effective data, with what was written to items seen in their lists."""
        data: dict[str, Any] = dict(self.rows.get("data") or {})
        for name, body in self.rows.items():
            field = name.removeprefix("keys/")
            if field != name and isinstance(data.get(field), list):
                data[field] = [
                    self._merged(field, key, item) for key, item in zip(body["keys"], data[field], strict=False)
                ]
        return data

    def _merged(self, field: str, key: str, item: Any) -> Any:
        overlay = self.rows.get(f"item/{field}/{key}")
        return {**item, **overlay} if overlay and isinstance(item, dict) else item

    def item(self, foreach_path: str, key: str) -> Any:
        """One item of a foreach as it is now; ``None`` when it is not in the case's data."""
        step = self.model.steps[paths.step_of(foreach_path)]
        if (foreach_path, key) in self.items:
            return self._merged(step.list_field or foreach_path, key, self.items[foreach_path, key])
        if step.list_field is None:
            return self.rows.get(f"item/{foreach_path}/{key}")
        keys = (self.rows.get(f"keys/{step.list_field}") or {"keys": []})["keys"]
        items = (self.rows.get("data") or {}).get(step.list_field) or []
        found = next((item for known, item in zip(keys, items, strict=False) if known == key), None)
        return self._merged(step.list_field, key, found)

    def items_around(self, path: str) -> list[tuple[str, Any]]:
        """The foreach items around a step instance, outermost first: (name, item)."""
        return [
            (self.model.steps[paths.step_of(block)].item_name, self.item(block, key)) for block, key in _around(path)
        ]

    def expression_scope(self, path: str, now: str) -> Lazy:
        """What expressions at the step instance ``path`` read at ``now``."""
        makers: dict[str, Callable[[], Any]] = {
            "start": lambda: self.start,
            "data": self.data,
            "case": self._case,
            "steps": lambda: self.outputs(path),
            "now": lambda: from_text(now),
            "today": lambda: date_in_zone(now, self.model.zone),
        }
        for name, item in self.items_around(path):
            makers[name] = lambda item=item: item
        return Lazy(makers)

    def _case(self) -> JsonObject:
        case = self.case
        return {
            "id": case.id,
            "business_key": case.business_key,
            "site": case.site,
            "mode": case.mode,
            "definition": case.process,
            "version": case.version,
        }

    def outputs(self, path: str) -> JsonObject:
        """``steps``: the latest effective output of each step, outside its foreach a map by item key."""
        found: dict[str, Any] = {}
        scope = paths.parent_of(path)
        for name, body in self.rows.items():
            if not name.startswith("out/") or body.get("state") not in ("done", "skipped"):
                continue
            of = paths.parent_of(name.removeprefix("out/"))
            if "[" not in of or scope == of or paths.is_within(scope, of):
                before = found.get(body["step"])
                if not before or before["round"] <= body["round"]:
                    found[body["step"]] = body
            elif not paths.is_within(scope, of[: of.rindex("/[")]):
                key = paths.unescape_key(of[of.rindex("[") + 1 : of.rindex("]")])
                found.setdefault(body["step"], {})[key] = body
        return found

    def target(self, step: Step, path: str) -> JsonObject:
        """What the step's ``into`` points at now: the item or the data whose fields a form shows and writes."""
        around = self.items_around(path)
        if step.into in ("", INTO_NONE):
            target = around[-1][1] if around else self.data()
        elif step.into == "data":
            target = self.data()
        else:
            target = dict(around).get(step.into)
        return target if isinstance(target, dict) else {}

    def previous(self, path: str) -> JsonObject | None:
        """The values of the round before, when there was one."""
        head, _, number = path.rpartition("#")
        body = self.rows.get(f"out/{head}#{int(number) - 1}")
        return body["values"] if body else None
