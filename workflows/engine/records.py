"""What every record of an act says: who, where, on whose behalf, and the sealed act itself."""

from __future__ import annotations

from typing import Any

from domain.json_types import JsonObject
from workflows.engine.events import Acted
from workflows.engine.state import Instance
from workflows.engine.turn import Turn


def detail_of(event: Acted, instance: Instance | None) -> JsonObject:
    """The common part of an act's record."""
    envelope: Any = event.act.envelope
    return {
        "actor": envelope["actor"],
        "on_behalf_of": envelope["on_behalf_of"],
        "step": instance.step if instance else None,
        "round": instance.round if instance else None,
        "seat": envelope["seat"],
        "act_id": event.act_id,
        "act": event.act.as_json(),
    }


def note(turn: Turn, event: Acted, instance: Instance, action: str, more: JsonObject) -> None:
    """Record an act at an instance."""
    turn.record(instance.path, action, {**detail_of(event, instance), **more}, act_sha=event.act.sha)
