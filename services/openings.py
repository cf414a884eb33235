"""Which verbs are open to a person at a task now, and to what: where it may be returned to, which signer may be removed.

Each is asked of the case's own laws, without the parameters that the person has yet to choose.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import Session

from domain.json_types import Json, JsonObject
from services.acting import Intent
from services.actor import Actor
from services.desk import Desk
from services.folded import Folded, folded, refused, stands_against
from services.office import Office
from services.withdrawing import seen_since
from workflows.engine import laws_of_verbs as of_verbs
from workflows.engine.laws import Law
from workflows.engine.turn import Turn

HANDING_ON = ("transfer", "delegate", "add_signer", "ask")
_CHOSEN_LATER: frozenset[Law] = frozenset(
    {
        of_verbs.has_reason,
        of_verbs.to_somebody_else,
        of_verbs.other_has_post,
        of_verbs.signer_fits,
        of_verbs.asks_something,
    }
)
"""Laws about what the person has still to say."""
_ANY_REASON = "—"
_PROVEN: JsonObject = {"method": "password", "at": ""}


@dataclass(frozen=True)
class Openings:
    """The verbs beyond claiming and completing, with what they may be done to."""

    verbs: list[str] = field(default_factory=list)
    more: JsonObject = field(default_factory=dict)


def openings(session: Session, office: Office, actor: Actor, desk: Desk, intent: Intent) -> Openings:
    """What is open to the actor; ``intent`` is an act of the actor at the task, of whatever action."""
    if desk.case.state != "running":
        return Openings()
    look = _Look(office, actor, folded(session, office, desk.case.id), replace(intent, reason=_ANY_REASON))
    kind, more = str(desk.task["kind"]), dict[str, Json]()
    if desk.task["state"] == "done":
        facts: JsonObject = {**intent.facts, "seen": seen_since(session, desk, actor)}
        return Openings(["withdraw"] if look.stands("withdraw", facts=facts) else [])
    verbs = _OF_KIND.get(kind, _at_task)(look, more)
    return Openings(verbs, more)


@dataclass(frozen=True)
class _Look:
    office: Office
    actor: Actor
    known: Folded
    intent: Intent

    def stands(self, action: str, but: frozenset[Law] = _CHOSEN_LATER, **changed: Any) -> bool:
        """Whether nothing stands against an act of this kind."""
        intent = replace(self.intent, action=action, **changed)
        return stands_against(self.office, self.actor, self.known, intent, but) is None

    def would(self, action: str, **changed: Any) -> bool:
        """Whether exactly this act would be taken."""
        return refused(self.office, self.actor, self.known, replace(self.intent, action=action, **changed)) is None


def _at_task(look: _Look, more: JsonObject) -> list[str]:
    there = look.known.place(look.intent.path, look.intent.seat)
    if there is None or there[0].step not in look.known.model.steps:
        return []  # done under an earlier version: it is read, nothing is open
    verbs = [verb for verb in HANDING_ON if look.stands(verb)]
    keys = [*(seat.key for seat in there[0].seats), *(str(one["key"]) for one in there[0].later)]
    removable: list[Json] = [key for key in keys if look.would("remove_signer", values={"seat": key})]
    if removable:
        verbs, more["removable"] = [*verbs, "remove_signer"], removable
    targets = [_target(look, to) for to in look.known.model.steps[there[0].step].allow.return_to]
    found: list[Json] = [one for one in targets if one["modes"]]
    if found:
        verbs, more["return_to"] = [*verbs, "return"], found
    return verbs


def _target(look: _Look, to: str) -> JsonObject:
    """A step that may be returned to, with the ways of coming back from there."""
    modes: list[Json] = [mode for mode in of_verbs.MODES if look.would("return", values={"to": to, "mode": mode})]
    state, own = look.known.state, look.known.state.instances[look.intent.path].step
    latest = state.latest.get(to)
    title = state.instances[latest[-1]].title if latest else None
    usual = look.known.model.steps[own].after_return
    return {"step": to, "title": title or {"zh": to, "en": to}, "modes": modes, "usual": usual}


def _at_incident(look: _Look, more: JsonObject) -> list[str]:
    verbs = ["retry"] if look.stands("retry") else []
    known: Any = look.known.model.data_schema.get("properties") or {}
    rules = frozenset({of_verbs.may_fix, of_verbs.has_reason})
    quality = bool(set(look.actor.roles_at(look.intent.site)) & of_verbs.QUALITY)
    if known and quality and look.stands("fix", rules):
        verbs.append("fix")
        more["fixable"] = _fixable(look.known)
    if look.would("skip", auth=_PROVEN, values={"deviation": _ANY_REASON}):
        verbs.append("skip")
        more["skips_to"] = _outcomes(look)
    return verbs


def _fixable(known: Folded) -> JsonObject:
    """The data as they stand, with their schema without what it requires: only the wrong fields are entered."""
    schema = known.model.data_schema
    part: JsonObject = {name: value for name, value in schema.items() if name in ("type", "properties", "$defs")}
    return {"schema": part, "ui": {"fields": _hints(known)}, "data": known.state.data}


def _hints(known: Folded) -> JsonObject:
    """Labels and units, as the forms of the same SOP call the fields; a schema of data has none of its own."""
    found: JsonObject = {}
    names: Any = known.model.data_schema.get("properties") or {}
    forms: Any = known.model.forms
    for form in forms.values():
        for pointer, hint in ((form.get("ui") or {}).get("fields") or {}).items():
            if pointer.split("/")[1] in names and pointer not in found:
                found[pointer] = {name: value for name, value in hint.items() if name in ("label", "unit")}
    return found


def _outcomes(look: _Look) -> list[Json]:
    instance = look.known.state.instances[look.intent.path]
    step = look.known.model.steps[instance.step]
    usual = Turn(look.known.model, look.known.state, look.known.state.at).success_of(step)
    return [*dict.fromkeys([usual, *step.on])]


def _at_question(look: _Look, more: JsonObject) -> list[str]:
    return ["answer"] if look.stands("answer") else []


def _at_reading(look: _Look, more: JsonObject) -> list[str]:
    return ["acknowledge"] if look.stands("acknowledge") else []


_OF_KIND = {"incident": _at_incident, "question": _at_question, "reading": _at_reading}
