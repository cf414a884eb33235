"""A recorded case as a story: what came in from outside, in order, and the route that the case took.

Claims and releases are left out: they say who worked on a task, not what became of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from domain.json_types import JsonObject
from workflows.engine.calls import EVERYONE
from workflows.engine.events import CallEffect, CallFailed, CallRefused, CallReturned, Event
from workflows.simulation.play import Move

CALL_FAILED = "call_failed"


@dataclass(frozen=True)
class Input:
    """One thing that came in: an act (``move``), the answer of a call (``result``), or an ``alarm`` that rang."""

    at: str
    path: str
    move: Move | None = None
    result: JsonObject | None = None
    undoes: bool = False
    """The answer is that of an undo."""
    alarm: str = ""

    def answer(self, effect: CallEffect) -> Event:
        """The recorded answer for a call."""
        told: Any = self.result
        if "error" in told:
            return CallRefused(effect.path, effect.effect_key, told["error"], told["detail"])
        if "failed" in told:
            return CallFailed(effect.path, effect.effect_key, told["failed"])
        return CallReturned(effect.path, effect.effect_key, told["output"])


@dataclass(frozen=True)
class Mark:
    """One stop of a route. ``what``: entered, passed (its ``when`` was false), out, voted, timed, back, undone, item,
    cancelled, incident, ended.

    ``key`` is the outcome, the error of an incident, or empty.
    """

    path: str
    step: str
    what: str
    key: str = ""

    def as_json(self) -> JsonObject:
        """The stop as it travels to pages."""
        return {"path": self.path, "step": self.step, "what": self.what, "key": self.key}


@dataclass(frozen=True)
class Story:
    """A closed case: how it began, what came in, where it went, how it ended."""

    case_id: str
    version: str
    site: str
    mode: str
    business_key: str | None
    at: str
    person: str
    roles: tuple[str, ...]
    values: JsonObject
    until: str
    """When the last of it happened."""
    inputs: tuple[Input, ...] = field(repr=False)
    route: tuple[Mark, ...] = field(repr=False)


def story_of(records: list[JsonObject]) -> Story:
    """The story of a case's records, the first of which is ``started``."""
    first: Any = records[0]
    detail = first["detail"]
    return Story(
        case_id=detail["case_id"],
        version=detail["version"],
        site=detail["site"],
        mode=detail["mode"],
        business_key=detail["business_key"],
        at=first["at"],
        person=detail["actor"]["id"],
        roles=_roles(detail["act"]["envelope"]),
        values=detail["start"],
        until=str(records[-1]["at"]),
        inputs=tuple(_inputs(records)),
        route=route_of(records),
    )


def _roles(envelope: Any) -> tuple[str, ...]:
    """The posts that the person held at the act; the one acted in stands first."""
    held = [str(role) for role in envelope["facts"].get("roles", ())]
    first = envelope["actor"].get("role")
    return tuple(dict.fromkeys([str(first), *held] if first else held))


_QUIET = frozenset({"started", "claimed", "released", "migrated", "continued"})
"""Acts that say who worked or under which rules, not what became of the case."""


def _inputs(records: list[JsonObject]) -> Iterator[Input]:
    seen: set[str] = set()
    asked: dict[str, list[str]] = {}
    """Paths at which the holders of some roles were asked for; the seats that came of it are the answer."""
    for record in records[1:]:
        entry: Any = record
        action, detail = entry["action"], entry["detail"]
        act_id = detail.get("act_id")
        if detail.get("act") and act_id not in seen and action not in _QUIET:
            seen.add(str(act_id))
            yield Input(entry["at"], entry["path"], move=_move(detail))
        elif action == "timed" and detail.get("alarm"):
            yield Input(entry["at"], entry["path"], alarm=detail["alarm"])
        elif action == "called" and (detail.get("call") or {}).get("name") == EVERYONE:
            asked[entry["path"]] = detail["call"]["input"]["roles"]
        elif entry["path"] in asked and action in ("opened", "notified", "incident"):
            told = _holders(asked.pop(entry["path"]), entry["path"], detail, records)
            yield Input(entry["at"], entry["path"], result=told)
        elif action in ("posted", "undone") or (action == "opened" and detail.get("child")):
            yield Input(entry["at"], entry["path"], result=_result(action, detail), undoes=action == "undone")
        elif action == "incident" and detail["error"]["stage"] in ("call", "undo"):
            undoes = detail["error"]["stage"] == "undo"
            yield Input(entry["at"], entry["path"], result=_trouble(detail["error"]), undoes=undoes)


def _move(detail: Any) -> Move:
    envelope = detail["act"]["envelope"]
    return Move(
        path=envelope["path"],
        seat=envelope["seat"],
        person=envelope["actor"]["id"],
        roles=_roles(envelope),
        action=envelope["action"],
        outcome=envelope["outcome"],
        values=detail["act"]["values"],
        reason=envelope["reason"],
        facts={name: value for name, value in envelope["facts"].items() if name in _FACTS},
    )


_FACTS = ("to_roles", "seen", "holders")
"""What ``services`` had gathered for an act and the engine's laws read; qualifications are given (see `Player`)."""


def _result(action: str, detail: Any) -> JsonObject:
    if action == "opened":
        return {"output": detail["child"]}
    values = detail["values"]
    if action == "undone" or detail["outcome"] in ("done", "CallReturned"):
        return {"output": values}
    if detail["outcome"] == "CallFailed":
        return {"failed": "recorded"}
    if detail["outcome"] == "CallRefused":
        return {"error": "recorded", "detail": {}}
    return {"error": detail["outcome"], "detail": {name: value for name, value in values.items() if name != "error"}}


def _holders(wanted: list[str], path: str, detail: Any, records: list[JsonObject]) -> JsonObject:
    """Who held the roles, as all seats of the instance tell it; a failed look-up stays one.

    A role of which no seat was ever opened (its turn did not come) is held by somebody who is called like it.
    """
    error = detail.get("error")
    if error is not None and error["code"] == CALL_FAILED:
        return _trouble(error)
    holders: dict[str, dict[str, Any]] = {role: {} for role in wanted}
    for seat in _seats_at(path, records):
        person, role = seat.get("person"), (seat.get("roles") or ("",))[0]
        if person and role in holders:  # once each: a role that is named twice has two seats for each holder
            holders[role][person] = {"id": person, "name": person}
    for role, known in holders.items():
        known.update({one["id"]: one for one in detail.get("people") or ()})
        if not known and error is None:
            known[role] = {"id": role, "name": role}
    return {"output": {"holders": {role: list(known.values()) for role, known in holders.items()}}}


def _seats_at(path: str, records: list[JsonObject]) -> Iterator[Any]:
    """Every seat of the definition (not of added signers) that was opened at an instance, at once or in its turn."""
    for record in records:
        detail: Any = record["detail"]
        if record["path"] == path:
            opened = [*(detail.get("seats") or ()), *(detail.get("opens") or ())]
            yield from (seat for seat in opened if seat["key"][0] in "sn")


def _trouble(error: Any) -> JsonObject:
    message = error["message"]
    if error["code"] == CALL_FAILED:
        return {"failed": message["en"]}
    return {"error": error["code"], "detail": dict(message)}


_OUT = frozenset({"decided", "set", "notified", "posted"})
_ENTERED = frozenset({"opened", "called"})
_OTHERS = {
    "returned": "back",
    "withdrawn": "back",
    "undone": "undone",
    "item_added": "item",
    "items_closed": "item",
    "acknowledged": "voted",
    "delegated": "voted",
    "signer_added": "item",
    "signer_removed": "item",
}


def route_of(records: list[JsonObject]) -> tuple[Mark, ...]:
    """The stops of a case in the order in which it came to them."""
    return tuple(mark for record in records[1:] if (mark := _mark(record)) is not None)


def _mark(record: JsonObject) -> Mark | None:
    entry: Any = record
    action, path, detail = entry["action"], entry["path"], entry["detail"]
    step = detail.get("step") or ""
    if action in _ENTERED:
        return Mark(path, step, "entered")
    if action == "not_entered":
        return Mark(path, step, "passed")
    if action in _OUT:
        return Mark(path, step, "out", str(detail["outcome"]))
    if action == "completed":
        decided = detail["decides"]
        return Mark(path, step, "out" if decided else "voted", str(decided or detail["outcome"]))
    if action == "incident":
        return Mark(path, step, "incident", str(detail["error"]["code"]))
    if action == "cancelled":
        return Mark(path, step, "cancelled")
    if action in ("timed", "messaged"):
        return Mark(path, step, "out", "done") if "arm" in detail else Mark(path, step, "timed")
    if action in _OTHERS:
        return Mark(path, step, _OTHERS[action])
    if action == "ended" and not path:
        return Mark(path, step, "ended", str(detail["outcome"]))
    return None
