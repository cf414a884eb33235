"""The engine's front: begin a case, let something happen to it, ask what it waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain import chain
from domain.acts import Act
from domain.json_types import Json, JsonObject
from workflows.engine import answers, back, people, restored, waits
from workflows.engine.events import Acted, CallEffect, Event, Fired, Started
from workflows.engine.late_entries import late_of, told
from workflows.engine.state import CaseState
from workflows.engine.turn import SYSTEM, Entry, Turn, effect_of
from workflows.engine.walk import walk
from workflows.language.model import Model


@dataclass
class Outcome:
    """What one engine step made: records with their rows, activities to run after they are projected, the answer."""

    entries: list[Entry]
    effects: list[CallEffect] = field(default_factory=list)
    answer: JsonObject | None = None


def begin(model: Model, started: Started, at: str) -> tuple[CaseState, Outcome]:
    """A new case, walked as far as it goes without people."""
    start = started.act.values
    state = CaseState(case_id=started.case_id, head=chain.case_head(started.case_id, model.pinned_sha, start))
    turn = Turn(model, state, at)
    turn.record("", "started", _start_detail(model, started), act_sha=started.act.sha)
    late: Any = late_of(started.act.envelope)
    turn.business_at = late["business_at"] if late else None
    turn.go(("", model.root, 0))
    walk(turn)
    act_id = str(started.act.envelope["act"])
    return state, Outcome(turn.entries, turn.effects, answer_of(state, turn, act_id, started.act.envelope))


def _start_detail(model: Model, started: Started) -> JsonObject:
    envelope: Any = started.act.envelope
    keys: dict[str, Json] = dict(started.keys)
    return {
        "case_id": started.case_id,
        "process": model.process,
        "version": model.version,
        "definition_sha": model.definition_sha,
        "title": model.title.as_json(),
        "pinned_sha": model.pinned_sha,
        "engine_rev": started.engine_rev,
        "company": started.company,
        "site": started.site,
        "mode": started.mode,
        "business_key": started.business_key,
        "keys": keys,
        "start": started.act.values,
        "actor": envelope["actor"],
        "act_id": envelope["act"],
        "act": started.act.as_json(),
        **({"parent": started.parent} if started.parent else {}),
        **({"late": told(late)} if (late := late_of(envelope)) else {}),
    }


def continued(model: Model, state: CaseState, engine_rev: int, at: str) -> Outcome:
    """The case goes on under another revision of the engine: recorded, because results may differ from here on."""
    turn = Turn(model, state, at)
    turn.record("", "continued", {"step": None, "engine_rev": engine_rev, "actor": dict(SYSTEM)})
    return Outcome(turn.entries)


def brought_back(model: Model, state: CaseState, act: Act, engine_rev: int, at: str) -> Outcome:
    """The case goes on from its stored records in a run of its own, on the word of the sealed statement ``act``."""
    turn = Turn(model, state, at)
    detail = restored.brought_back_detail(state, act, engine_rev, dict(SYSTEM))
    turn.record("", "continued", detail, act_sha=act.sha)
    return Outcome(turn.entries)


def advance(model: Model, state: CaseState, event: Event, at: str) -> Outcome:
    """Let ``event`` happen. An act must have passed ``check`` in this state."""
    turn = Turn(model, state, at)
    if isinstance(event, Acted):
        people.act(turn, event)
    elif isinstance(event, Fired):
        waits.fired(turn, event)
    else:
        answers.answered(turn, event)
    walk(turn)
    answer = answer_of(state, turn, event.act_id, event.act.envelope) if isinstance(event, Acted) else None
    return Outcome(turn.entries, turn.effects, answer)


def answer_of(state: CaseState, turn: Turn, act_id: str, envelope: Any) -> JsonObject:
    """What the caller is told, and what a repeat of the same act is told."""
    opened: dict[str, Json] = {}
    for entry in turn.entries:
        changed: Any = entry.rows["tasks"]
        opened.update({row["id"]: None for row in changed if row["state"] == "open"})
    answer: JsonObject = {"case": state.case_id, "state": state.state, "seq": state.seq, "open": list(opened)}
    return {
        "act_id": act_id,
        "seq": state.seq,
        "path": envelope["path"],
        "caller": envelope["actor"]["id"],
        "body_sha": envelope["facts"].get("body_sha"),
        "answer": answer,
    }


def pending_calls(state: CaseState) -> list[CallEffect]:
    """The activities that the case waits for: what to run again after continue-as-new."""
    waiting = [
        item for item in state.active() if item.state == "open" and item.call and item.child is None and not item.seats
    ]
    return [effect_of(state, item) for item in waiting] + back.pending_effects(state)
