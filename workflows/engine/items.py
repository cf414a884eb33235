"""Open lists: an item is added while the block runs, and the list is closed."""

from __future__ import annotations

from domain import paths
from domain.json_types import JsonObject
from workflows.engine import blocks, watch
from workflows.engine.events import Acted
from workflows.engine.records import detail_of, note
from workflows.engine.state import Instance
from workflows.engine.turn import Turn
from workflows.engine.watch import CLOSING


def add(turn: Turn, event: Acted, instance: Instance) -> None:
    """One more item; it begins at once, or after those before it in a sequence."""
    step, item = turn.model.steps[instance.step], event.act.values["item"]
    key = blocks.key_of(step, turn.scope(instance.scope), item)
    waits = step.sequential and any(how in ("open", "waiting") for how in instance.children.values())
    more: JsonObject = {"key": key, "item": item, **({"waits": True} if waits else {})}
    note(turn, event, instance, "item_added", more)
    if not waits:
        turn.go((paths.item(instance.path, key), step.blocks[0], 0))


def close(turn: Turn, event: Acted, instance: Instance) -> None:
    """No item is added any more; the block is complete once all that it has are through."""
    more = CLOSING if event.act.values.get("begins_waiting") is True else {}
    watch.close_list(turn, instance, {**detail_of(event, instance), **more}, event.act.sha)
