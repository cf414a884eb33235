"""The cases around a case: the one whose step started it, and those that its own steps have started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from domain.json_types import JsonObject
from records import cases
from records.case_tables import CaseRow, CaseStep
from services.actor import Actor
from services.scopes import CaseScopes


def parent_of(session: Session, actor: Actor, case: CaseRow) -> JsonObject | None:
    """``{id, path, detached, title, business_key, state}`` of the case that started this one; ``None``: a person did."""
    told: Any = case.parent
    if not told:
        return None
    row = cases.case(session, str(told["case"]))
    return {**_relative(actor, str(told["case"]), row), "path": told["path"], "detached": bool(told.get("detached"))}


def children_of(session: Session, actor: Actor, scopes: CaseScopes, steps: Sequence[CaseStep]) -> list[JsonObject]:
    """The same of each case that a step started, in the order of the steps."""
    started = {row.path: id_ for row in steps if row.kind == "start" and (id_ := _child_id(scopes, row))}
    rows = cases.some(session, list(started.values()))
    detached = {row.path: scopes.model.steps[row.step].detached for row in steps if row.step in scopes.model.steps}
    return [
        {**_relative(actor, id_, rows.get(id_)), "path": path, "detached": detached.get(path, False)}
        for path, id_ in started.items()
    ]


def _child_id(scopes: CaseScopes, row: CaseStep) -> str | None:
    """While it runs the step knows its case; when it is over, its output does."""
    known: Any = (row.more or {}).get("child") or (scopes.rows.get(f"out/{row.path}") or {}).get("values") or {}
    return str(known["id"]) if known.get("id") else None


def _relative(actor: Actor, case_id: str, row: CaseRow | None) -> JsonObject:
    """A case as a link: its words only for those who may open it."""
    if row is None or not (row.site in actor.works_at() or row.started_by == actor.id):
        return {"id": case_id, "title": None, "business_key": None, "state": row.state if row else None}
    return {"id": case_id, "title": row.title, "business_key": row.business_key, "state": row.state}
