"""What comes to a played case from outside: messages that steps wait for, and the ends of sub-processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.errors import Refusal
from domain.json_types import Json, JsonObject
from workflows.engine.state import Instance
from workflows.simulation.play import SYSTEM_ID, Player

CHILD = "child"
_MESSAGE = "message:"
_ENDS = (("completed", "办完", "Completed"), ("cancelled", "撤销", "Cancelled"), ("terminated", "终止", "Terminated"))


def signals(player: Player) -> list[JsonObject]:
    """Everything that could come now, shaped like the tasks of people: ``seat`` says what it is."""
    return [one for instance in player.state.active() for one in _of(player, instance)]


def signal(player: Player, path: str, seat: str) -> JsonObject | None:
    """The one at ``path`` and ``seat``, if it could come now."""
    return next((one for one in signals(player) if (one["path"], one["seat"]) == (path, seat)), None)


def _of(player: Player, instance: Instance) -> Iterator[JsonObject]:
    for raw in instance.waits:
        arm: Any = raw
        if arm.get("name") and arm.get("keys"):
            arrives: list[Json] = [{"key": "arrives", "title": {"zh": "消息到达", "en": "The message arrives"}}]
            yield _told(player, instance, f"{_MESSAGE}{arm['name']}", "message", arrives, str(arm["name"]))
    if instance.child and instance.state == "open":
        ends: list[Json] = [{"key": key, "title": {"zh": zh, "en": en}} for key, zh, en in _ENDS]
        yield _told(player, instance, CHILD, CHILD, ends, instance.step)


def _told(player: Player, instance: Instance, seat: str, kind: str, outcomes: list[Json], name: str) -> JsonObject:
    item: Json = player.item_of(instance)
    return {
        "path": instance.path,
        "seat": seat,
        "step": instance.step,
        "kind": kind,
        "title": instance.title or {"zh": name, "en": name},
        "role": SYSTEM_ID,
        "roles": [SYSTEM_ID],
        "item": item,
        "due": None,
        "why": None,
        "outcomes": outcomes,
    }


def happen(player: Player, path: str, seat: str, outcome: str) -> tuple[Refusal | None, JsonObject]:
    """Let it come; returns why it is refused, if it is, and its line for ``cases.yaml``."""
    instance = player.state.instances[path]
    if seat == CHILD:
        item = player.item_of(instance)
        line: JsonObject = {"child": instance.step, "outcome": outcome, **({"item": item} if item is not None else {})}
        return player.end_child(path, outcome), line
    name = seat.removeprefix(_MESSAGE)
    arms: Any = instance.waits
    keys: list[Any] = next(arm["keys"] for arm in arms if arm.get("name") == name)
    return player.tell(name, keys, {}), {"message": name, "keys": [*keys]}
