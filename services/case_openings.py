"""What a person may do to a case as a whole: cancel it, open it again, add an item to an open list, close the list."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from domain import paths
from domain.errors import Refusal
from domain.json_types import Json, JsonObject
from records.case_tables import CaseRow
from services.acting import Intent
from services.actor import Actor
from services.folded import Folded, folded, refused
from services.item_forms import item_form
from services.office import Office
from workflows.engine.corrections import QUALITY
from workflows.engine.looked import Looked
from workflows.engine.state import Instance

_ANY_REASON = "—"


def allowed(office: Office, actor: Actor, known: Folded, case: CaseRow) -> list[Json]:
    """The acts on the whole case that it would take from the actor, given a reason."""
    return ["cancel"] if _would(office, actor, known, case, "cancel") is None else []


def after_the_end(session: Session, office: Office, actor: Actor, case: CaseRow) -> list[Json]:
    """What a case that has ended would still take from the actor: opening it again. Folded only where it may be so."""
    if case.state != "completed" or case.sealed or not set(actor.roles_at(case.site)) & QUALITY:
        return []
    known = folded(session, office, case.id)
    return ["reopen"] if _would(office, actor, known, case, "reopen") is None else []


def open_lists(office: Office, actor: Actor, known: Folded, case: CaseRow) -> list[Json]:
    """The lists that are open: which items they have, and what the actor may do to them."""
    looked = Looked(known.model, known.state, office.now())
    steps = known.model.steps
    lists = [one for one in looked.active if one.kind == "foreach" and one.state == "open" and not one.closed]
    here = [one for one in lists if one.step in steps and steps[one.step].is_open]
    return [_list(office, actor, looked, case, one, known) for one in here]


def _list(office: Office, actor: Actor, looked: Looked, case: CaseRow, one: Instance, known: Folded) -> JsonObject:
    step = known.model.steps[one.step]
    may_add = bool(set(actor.roles_at(case.site)) & set(step.add_by))
    off = _would(office, actor, known, case, "close_items", one.path) if may_add else None
    left = sum(how != "done" for how in one.children.values())
    return {
        "path": one.path,
        "step": one.step,
        "title": looked.title(one).as_json(),
        "items": [*one.children],
        "unfinished": left,
        "add_by": [*step.add_by],
        "may_add": may_add,
        "may_close": may_add and off is None,
        "close_why_not": off.message.as_json() if off else None,
        "form": item_form(known.model, step) if may_add else None,
    }


def _would(
    office: Office, actor: Actor, known: Folded, case: CaseRow, action: str, path: str = paths.ROOT
) -> Refusal | None:
    role: Any = next(iter(actor.roles_at(case.site)), None)
    intent = Intent(
        case.id, case.site, case.mode, path, "", action, case.pinned_sha, "", reason=_ANY_REASON, role=role
    )  # fmt: skip
    return refused(office, actor, known, intent)
