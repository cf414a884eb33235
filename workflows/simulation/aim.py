"""Where a line of ``when`` aims: the instance of a step, and the seat at which somebody acts."""

from __future__ import annotations

from typing import Any

from domain import paths
from domain.errors import Text
from workflows.engine.state import Instance, Seat
from workflows.simulation.play import Player
from workflows.simulation.stop import StopScenario

_ON_LIST = ("add_item", "close_items")


def aimed(player: Player, act: Any) -> tuple[Instance, Seat | None]:
    """The instance and seat that a line means. Raises ``StopScenario`` when there is none at this point."""
    action = act.get("action", "complete")
    if action in _ON_LIST:
        return _list(player, act), None
    found = _signed(player, act) if action == "withdraw" else _open(player, act)
    if found is None:
        who = act["by"]
        zh, en = f"{_where(act)} 此时没有 {who} 可办的任务", f"{_where(act)}: no open task for {who} at this point"
        raise StopScenario(Text(zh, en))
    return found


def aimed_child(player: Player, act: Any) -> Instance:
    """The step that waits for its sub-process. Raises ``StopScenario`` when none does."""
    for instance in player.state.active():
        if instance.step == act["child"] and instance.child and _inside(instance, act):
            return instance
    raise StopScenario(Text(f"{act['child']} 此时没有在等子流程", f"{act['child']}: no sub-process at this point"))


def _open(player: Player, act: Any) -> tuple[Instance, Seat] | None:
    """The first open seat of the step for the role, or for the person whose seat it is."""
    for instance, seat in player.seats():
        mine = act["by"] in seat.roles or seat.person in (act["by"], act.get("person"))
        if instance.step == act["step"] and mine and _inside(instance, act) and act.get("seat") in (None, seat.key):
            return instance, seat
    return None


def _signed(player: Player, act: Any) -> tuple[Instance, Seat] | None:
    """The last seat of the step at which the person acted."""
    person = act.get("person") or act["by"]
    for instance in reversed(list(player.state.instances.values())):
        for seat in instance.seats:
            if instance.step == act["step"] and seat.actor == person and _inside(instance, act):
                return instance, seat
    return None


def _list(player: Player, act: Any) -> Instance:
    for instance in player.state.active():
        if instance.step == act["step"] and instance.kind == "foreach" and _inside(instance, act):
            return instance
    raise StopScenario(Text(f"{act['step']} 此时不是开着的列表", f"{act['step']}: no open list at this point"))


def _inside(instance: Instance, act: Any) -> bool:
    """Whether the instance lies in the item that the line names, if it names one."""
    item = act.get("item")
    return item is None or f"[{paths.escape_key(str(item))}]" in instance.scope


def _where(act: Any) -> str:
    return act["step"] if act.get("item") is None else f"{act['step']} [{act['item']}]"
