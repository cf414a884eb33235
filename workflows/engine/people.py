"""What people do at their seats: claim, release, complete, answer, confirm reading. ``check`` let the act through before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.acts import Act
from domain.json_types import JsonObject
from workflows.engine import corrections, going_back, incidents, items, recalendar, reopening, verbs, waits
from workflows.engine.events import Acted
from workflows.engine.late_entries import late_of, told
from workflows.engine.records import detail_of, note
from workflows.engine.state import Instance
from workflows.engine.turn import Turn
from workflows.engine.votes import decision
from workflows.language.model import Step


def act(turn: Turn, event: Acted) -> None:
    """Do what the act says."""
    envelope: Any = event.act.envelope
    on_case = ON_CASE.get(envelope["action"])
    if on_case is not None:
        on_case(turn, event)
        return
    ACTIONS[envelope["action"]](turn, event, turn.state.instances[envelope["path"]])


def _claim(turn: Turn, event: Acted, instance: Instance) -> None:
    facts: Any = event.act.envelope["facts"]
    more = {"lease": facts["lease"]} if facts.get("lease") else {}
    note(turn, event, instance, "claimed", more)


def _release(turn: Turn, event: Acted, instance: Instance) -> None:
    note(turn, event, instance, "released", {})


def _complete(turn: Turn, event: Acted, instance: Instance) -> None:
    place = turn.place_of(instance)
    outcome = outcome_of(event.act, place.step)
    key = str(event.act.envelope["seat"])
    seat = instance.seat(key)
    assert seat is not None
    if seat.principal is not None:
        verbs.give_back(turn, event, instance, seat, outcome)
        return
    decides, opens = decision(place.step, instance, key, outcome)
    values = {**instance.values, **event.act.values}
    detail: JsonObject = {
        **detail_of(event, instance),
        "outcome": outcome,
        "decides": decides,
        "opens": opens,
        "writes": turn.writes(place, values) if decides else None,
    }
    late: Any = late_of(event.act.envelope)
    if late is not None:
        detail["late"], turn.business_at = told(late), late["business_at"]
    if seat.prepared is not None:
        detail["prepared_by"] = seat.prepared["actor"]
    turn.record(instance.path, "completed", detail, act_sha=event.act.sha)
    if decides:
        turn.follow(place, decides)


def outcome_of(act_: Act, step: Step) -> str:
    """The outcome that was chosen; none chosen means the success."""
    chosen: Any = act_.envelope["outcome"]
    return str(chosen) if chosen else step.success


def _acknowledge(turn: Turn, event: Acted, instance: Instance) -> None:
    key = event.act.envelope["seat"]
    left = any(seat.state == "open" and seat.key != key for seat in instance.seats)
    note(turn, event, instance, "acknowledged", {"decides": None if left else "done"})
    if not left:
        turn.follow(turn.place_of(instance), "done")


ACTIONS: dict[str, Callable[[Turn, Acted, Instance], None]] = {
    "claim": _claim,
    "release": _release,
    "complete": _complete,
    "acknowledge": _acknowledge,
    "transfer": verbs.transfer,
    "hand_over": verbs.hand_over,
    "delegate": verbs.delegate,
    "add_signer": verbs.add_signer,
    "remove_signer": verbs.remove_signer,
    "ask": verbs.ask,
    "answer": verbs.answer,
    "withdraw": going_back.withdraw,
    "return": going_back.return_to,
    "retry": incidents.retry,
    "fix": incidents.fix,
    "skip": incidents.skip,
    "add_item": items.add,
    "close_items": items.close,
}
"""The acts at a seat, or at a step."""
ON_CASE: dict[str, Callable[[Turn, Acted], None]] = {
    "cancel": going_back.cancel_case,
    "message": waits.messaged,
    "child_ended": waits.child_ended,
    recalendar.ACTION: recalendar.recalendar,
    "amend": corrections.amend,
    reopening.ACTION: reopening.reopen,
}
"""The acts on a case as a whole."""
