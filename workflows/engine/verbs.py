"""What people do with a task besides doing it: hand it on, let it be prepared, ask for another signature, ask somebody."""

from __future__ import annotations

from typing import Any

from domain.json_types import JsonObject
from workflows.engine.events import Acted
from workflows.engine.records import note
from workflows.engine.state import Instance, Seat
from workflows.engine.turn import Turn
from workflows.engine.votes import without


def transfer(turn: Turn, event: Acted, instance: Instance) -> None:
    """转办: the task is somebody else's from now on."""
    note(turn, event, instance, "transferred", {"to": event.act.values["to"], "reason": _reason(event)})


def hand_over(turn: Turn, event: Acted, instance: Instance) -> None:
    """离职转办: the head gives the task of a person who leaves to somebody else."""
    facts: Any = event.act.envelope["facts"]
    more: JsonObject = {"to": event.act.values["to"], "of": facts["hands_over"], "reason": _reason(event)}
    note(turn, event, instance, "transferred", more)


def delegate(turn: Turn, event: Acted, instance: Instance) -> None:
    """委派: somebody prepares the task; it comes back to its holder, and both names stand on the signature."""
    note(turn, event, instance, "delegated", {"to": event.act.values["to"], "reason": _reason(event)})


def give_back(turn: Turn, event: Acted, instance: Instance, seat: Seat, outcome: str) -> None:
    """The delegate has done his part: what he entered waits for the principal."""
    prepared: JsonObject = {
        "actor": event.act.envelope["actor"],
        "outcome": outcome,
        "values": event.act.values,
        "at": turn.at,
    }
    note(turn, event, instance, "delegated", {"prepared": prepared, "back_to": seat.principal})


def add_signer(turn: Turn, event: Acted, instance: Instance) -> None:
    """加签: one more person signs, before, beside or after this seat."""
    values: Any = event.act.values
    facts: Any = event.act.envelope["facts"]
    adds: JsonObject = {
        "key": f"a{instance.added + 1}",
        "roles": list(facts.get("to_roles", ())),
        "person": values["to"]["id"],
        "position": values["position"],
        "beside": str(event.act.envelope["seat"]),
    }
    note(turn, event, instance, "signer_added", {"adds": adds, "to": values["to"], "reason": _reason(event)})


def remove_signer(turn: Turn, event: Acted, instance: Instance) -> None:
    """减签: an added signer is not needed; when nobody else is to vote, that decides the step."""
    place, key = turn.place_of(instance), str(event.act.values["seat"])
    decides = without(place.step, instance, key)
    more: JsonObject = {"removes": key, "reason": _reason(event)}
    if decides:
        more.update(decides=decides, writes=turn.writes(place, instance.values))
    note(turn, event, instance, "signer_removed", more)
    if decides:
        turn.follow(place, decides)


def ask(turn: Turn, event: Acted, instance: Instance) -> None:
    """沟通: somebody is asked for what is missing; the task waits for the answer when ``suspend`` says so."""
    values: Any = event.act.values
    asks: JsonObject = {
        "key": f"q{instance.added + 1}",
        "roles": [],
        "person": values["to"]["id"],
        "question": values["text"],
        "beside": str(event.act.envelope["seat"]),
    }
    note(turn, event, instance, "asked", {"asks": asks, "to": values["to"], "suspends": bool(values.get("suspend"))})


def answer(turn: Turn, event: Acted, instance: Instance) -> None:
    """The question is answered; what waited for it goes on by itself."""
    note(turn, event, instance, "asked", {"answer": event.act.values["text"]})


def _reason(event: Acted) -> Any:
    return event.act.envelope["reason"]
