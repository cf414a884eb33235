"""Steps that run an activity: ``call``, ``start`` of a sub-process, and looking up the people of ``everyone(role)``."""

from __future__ import annotations

from domain.canonical import digest
from domain.json_types import Json, JsonObject
from workflows.engine import seats
from workflows.engine.events import CallFailed, CallRefused
from workflows.engine.state import Instance
from workflows.engine.turn import Place, StepFault, Turn, effect_key, effect_of

EVERYONE = "people.everyone"
START_CASE = "cases.start"
LOOKUP_ATTEMPTS = 5


def call(turn: Turn, place: Place) -> None:
    """Run a catalogue activity."""
    given, reads = _arguments(turn, place)
    _run(turn, place, place.step.call, given, place.step.retry.max, reads)


def start(turn: Turn, place: Place) -> None:
    """Start a case of another process; its version is chosen by the activity and frozen."""
    given, reads = _arguments(turn, place)
    state = turn.state
    wish: JsonObject = {
        "process": place.step.child,
        "range": place.step.child_range,
        "site": state.site,
        "mode": state.mode,
        "start": given,
        "parent": {"case": state.case_id, "path": place.path},
        "detached": place.step.detached,
    }
    _run(turn, place, START_CASE, wish, place.step.retry.max, reads)


def _arguments(turn: Turn, place: Place) -> tuple[JsonObject, list[Json]]:
    scope, reads = turn.scope(place.scope), []
    given: JsonObject = {}
    for name, expr in place.step.arguments.items():
        given[name], read = turn.value(expr, scope)
        reads.extend(read)
    return given, reads


def _run(turn: Turn, place: Place, name: str, given: JsonObject, attempts: int, reads: list[Json]) -> None:
    made: JsonObject = {
        "name": name,
        "effect_key": effect_key(turn.state, place),
        "input": given,
        "request_sha": digest("request", [name, given]),
        "attempts": attempts,
        **({"business_at": turn.business_at} if turn.business_at else {}),
    }
    turn.record(place.path, "called", {**place.entry(), "call": made}, reads=reads)
    turn.effects.append(effect_of(turn.state, turn.state.instances[place.path]))


# ---------------------------------------------------------------- everyone(role)
def resolves_people(turn: Turn, place: Place) -> bool:
    """Begin to look up who holds the roles of ``everyone(…)``; ``False`` when that is known or not needed."""
    wanted = seats.roles_to_resolve(place.step)
    if not wanted or turn.people is not None:
        return False
    roles: list[Json] = list(wanted)
    _run(turn, place, EVERYONE, {"roles": roles, "site": turn.state.site}, LOOKUP_ATTEMPTS, [])
    return True


def people_found(turn: Turn, place: Place) -> seats.Holders:
    """The people that were looked up for this step. Raises ``StepFault`` when nobody at all holds a role (GSP 18: an
    approval is never passed because nobody could give it)."""
    if turn.people is None:
        return {}
    empty = [role for role in seats.roles_to_resolve(place.step) if not turn.people.get(role)]
    if empty:
        named = "、".join(empty)
        raise StepFault(
            "nobody",
            f"步骤 {place.step.id} 需要岗位 {named} 的每个人，但现在没有人任此岗位。请先安排人员，再重试。",
            f"Step {place.step.id} needs everyone who holds {', '.join(empty)}, and nobody does. "
            "Give the post to somebody, then retry.",
        )
    return turn.people


def failure(instance: Instance, event: CallRefused | CallFailed) -> StepFault:
    """Why an activity did not do its work, in words."""
    if isinstance(event, CallRefused):
        zh, en = str(event.detail.get("zh") or event.code), str(event.detail.get("en") or event.code)
        return StepFault(event.code, zh, en)
    zh = f"自动步骤 {instance.step} 多次未成功：{event.cause}"
    en = f"The automatic step {instance.step} did not succeed: {event.cause}"
    return StepFault("call_failed", zh, en)
