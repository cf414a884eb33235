"""What of a case's data a person does not get to see: fields that the steps of his posts hide and that none of them shows.

Whoever reads every case of a site (quality, auditors, the company head) sees everything. For all others a field that
is hidden at their step (``fields: {name: hide}``) stays on the server wherever they ask: at the task, in the case, its
history, its earlier states and what is printed of it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from domain.json_types import JsonObject
from records.case_tables import CaseRow
from services.actor import Actor
from services.step_fields import HIDE
from workflows.engine.seats import everyone_of
from workflows.language.model import Model, Step


def hidden_from(model: Model, actor: Actor, case: CaseRow) -> frozenset[str]:
    """The names of the fields of a case that the actor does not get to see."""
    if actor.reads_site(case.site):
        return frozenset()
    held = _posts(actor, case)
    steps = [step for step in model.steps.values() if held & {everyone_of(role) or role for role in step.roles}]
    hides = {name for step in steps for name in _hides(step)}
    if not hides:
        return frozenset()
    shows = {name for step in steps if step.form for name in _names(model, step.form) - _hides(step)}
    if case.started_by == actor.id or held & set(model.start_roles):
        shows |= _names(model, model.start_form)
    return frozenset(hides - shows)


def _posts(actor: Actor, case: CaseRow) -> set[str]:
    """The actor's posts at the site, and those of the people for whom he stands in."""
    away = [one.mandate.roles_at(case.site, case.process) for one in actor.stands_in]
    return set(actor.roles_at(case.site)).union(*away)


def _hides(step: Step) -> set[str]:
    return {name for name, how in step.fields.items() if how == HIDE}


def _names(model: Model, form: str) -> set[str]:
    """The fields of a form, with the columns of its lists."""
    found: set[str] = set()
    nodes: list[Any] = [model.forms[form]["schema"]]
    while nodes:
        node = nodes.pop()
        for name, below in (node.get("properties") or {}).items():
            found.add(name)
            nodes += [below, below.get("items") or {}]
    return found


def without(value: Any, names: Collection[str]) -> Any:
    """A value without the fields of these names, at any depth; attachments stay as they are."""
    if not names:
        return value
    if isinstance(value, list):
        return [without(one, names) for one in value]
    if not isinstance(value, dict) or "sha256" in value:
        return value
    return {name: without(one, names) for name, one in value.items() if name not in names}


def record_without(view: JsonObject, names: Collection[str]) -> JsonObject:
    """A record as people read it without what these fields held: entered, read by an expression, or decided upon."""
    if not names:
        return view
    told: Any = {**view, "data": without(view.get("data"), names), "reads": _reads(view.get("reads"), names)}
    why = view.get("why")
    if isinstance(why, dict):
        kept = {**why, "reads": _reads(why.get("reads"), names), "inputs": why.get("inputs")}
        if _reads(view.get("reads"), names) != view.get("reads"):
            kept["inputs"] = None  # a table names what it reads by names of its own
        told["why"] = {name: value for name, value in kept.items() if value is not None}
    return {name: value for name, value in told.items() if value is not None}


def _reads(reads: Any, names: Collection[str]) -> Any:
    return [one for one in reads if not touches(str(one[0]), names)] if isinstance(reads, list) else reads


def touches(path: str, names: Collection[str]) -> bool:
    """Whether the path of an expression goes through one of the fields, or so far up that the value holds it."""
    parts = path.replace("(", ".").replace(")", "").replace("[", ".").replace("]", "").split(".")
    return any(part.strip("\"'") in names for part in parts)
