"""What each step kind does when a token reaches it: one function a kind."""

from __future__ import annotations

from collections.abc import Callable

from domain.errors import GspError
from domain.json_types import Json, JsonObject
from rules.errors import ExprFault
from rules.evaluate import evaluate
from rules.tables import evaluate_table
from rules.template import Template, render
from workflows.engine import blocks, calls, seats, waits
from workflows.engine.due import due_at
from workflows.engine.scope import Lazy
from workflows.engine.turn import ROUNDS_MAX, Place, StepFault, Turn, reads_of
from workflows.language.model import Arm, Step


def visit(turn: Turn, place: Place) -> None:
    """Enter a step unless its ``when`` says no."""
    try:
        _within_rounds(place)
        entered = _when(turn, place)
    except (ExprFault, GspError) as error:
        turn.incident(place, "when", error)
        return
    if entered:
        begin(turn, place)


def begin(turn: Turn, place: Place) -> None:
    """Do what the step's kind does, unless another step holds its mutex."""
    try:
        if _is_held(turn, place):
            turn.record(place.path, "opened", {**place.entry(), "queued": place.step.mutex})
            return
        KINDS[place.step.kind](turn, place)
    except (ExprFault, GspError) as error:
        turn.incident(place, "do", error)


def _is_held(turn: Turn, place: Place) -> bool:
    """Whether another active instance has what this step needs alone."""
    if place.step.mutex is None:
        return False
    return any(
        turn.model.steps[other.step].mutex == place.step.mutex and other.holds_mutex and other.path != place.path
        for other in turn.state.active()
    )


def _within_rounds(place: Place) -> None:
    if place.round > ROUNDS_MAX:
        raise StepFault(
            "limit_rounds",
            f"步骤 {place.step.id} 已进入 {ROUNDS_MAX} 次，达到上限；请检查流程是否在此循环。",
            f"Step {place.step.id} was entered {ROUNDS_MAX} times, the limit; does the SOP run in a circle here?",
        )


def _when(turn: Turn, place: Place) -> bool:
    """Evaluate ``when`` once for this entry; the decision is recorded whichever way it went."""
    if place.step.when is None:
        return True
    decision = evaluate(place.step.when, turn.scope(place.scope))
    if decision.value is not True and decision.value is not False:
        raise StepFault(
            "not_boolean",
            f"步骤 {place.step.id} 的条件没有得出真假。",
            f"The condition of step {place.step.id} gave neither true nor false.",
        )
    why: JsonObject = {
        "expr": place.step.when.text,
        "decided": list(decision.decided) if decision.decided else None,
        "reads": reads_of(decision.reads),
    }
    if decision.value:
        turn.entered_because[place.path] = why
        return True
    turn.record(place.path, "not_entered", {**place.entry(), "why": why}, reads=why["reads"])
    turn.follow(place, turn.success_of(place.step))
    return False


def _people(turn: Turn, place: Place) -> JsonObject:
    """What opening a task or an approval says: words, due, what is asked."""
    step = place.step
    calendar = turn.state.calendar or turn.model.calendar
    due = due_at(step.due, turn.at, turn.model.zone, calendar) if step.due else None
    opened: JsonObject = {
        **place.entry(),
        "title": title_of(step, turn.scope(place.scope)),
        "due": due,
        "form": step.form,
    }
    if due and step.escalate:
        alarms: JsonObject = {
            f"escalate{index}": due_at(item.after, due, turn.model.zone, calendar)
            for index, item in enumerate(step.escalate)
        }
        opened["alarms"] = alarms
    return opened


def title_of(step: Step, scope: Lazy) -> JsonObject:
    """The title with what its braces read now."""
    if step.title is None:
        return {"zh": step.id, "en": step.id}
    return {"zh": _render(step.title.zh, scope), "en": _render(step.title.en, scope)}


def _render(template: Template, scope: Lazy) -> str:
    return render(template, scope)


def _task(turn: Turn, place: Place) -> None:
    opened: list[Json] = [{"key": "s1", "roles": list(place.step.roles)}]
    turn.record(place.path, "opened", {**_people(turn, place), "seats": opened})


def _approve(turn: Turn, place: Place) -> None:
    if calls.resolves_people(turn, place):
        return
    everybody = seats.of_step(place.step, calls.people_found(turn, place))
    opened: list[Json] = list(everybody[:1] if place.step.rule == "sequence" else everybody)
    turn.record(place.path, "opened", {**_people(turn, place), "seats": opened})


def _decide(turn: Turn, place: Place) -> None:
    table = turn.model.tables[place.step.table]
    decision = evaluate_table(table, turn.scope(place.scope))
    if decision.outcome is None:
        raise StepFault(
            "no_rule_matched",
            f"决策表 {place.step.table} 没有一行适用于这些数据。",
            f"No row of the decision table {place.step.table} fits these data.",
        )
    outcome = decision.outcome
    turn.need_route(place, outcome)
    inputs: list[Json] = reads_of(list(decision.inputs.items()))
    why: JsonObject = {"table": place.step.table, "rule": decision.rule_index, "inputs": inputs}
    values: JsonObject = {"outcome": outcome}
    turn.record(
        place.path,
        "decided",
        {**place.entry(), "outcome": outcome, "values": values, "why": why, "writes": turn.writes(place, {})},
        reads=reads_of(decision.reads),
    )
    turn.follow(place, outcome)


def _set(turn: Turn, place: Place) -> None:
    scope, reads = turn.scope(place.scope), []
    values: JsonObject = {}
    for name, expr in place.step.assignments.items():
        values[name], read = turn.value(expr, scope)
        reads.extend(read)
    detail = {**place.entry(), "outcome": "done", "values": values, "writes": turn.writes(place, values)}
    turn.record(place.path, "set", detail, reads=reads)
    turn.follow(place, "done")


def _branch(turn: Turn, place: Place) -> None:
    scope, reads = turn.scope(place.scope), []
    for arm in place.step.arms:
        if _takes(arm, scope, reads, place):
            why: JsonObject = {"expr": arm.when.text if arm.when else "else"}
            detail = {**place.entry(), "outcome": arm.to, "values": {}, "why": why, "goes": {"to": arm.to}}
            turn.record(place.path, "decided", detail, reads=reads)
            turn.jump(place, arm.to)
            return
    raise StepFault("no_arm", f"分支 {place.step.id} 没有一条适用。", f"No arm of the branch {place.step.id} applies.")


def _takes(arm: Arm, scope: Lazy, reads: list[Json], place: Place) -> bool:
    if arm.when is None:
        return True
    decision = evaluate(arm.when, scope)
    reads.extend(reads_of(decision.reads))
    if decision.value is not True and decision.value is not False:
        raise StepFault(
            "not_boolean",
            f"分支 {place.step.id} 的条件“{arm.when.text}”没有得出真假。",
            f"The condition '{arm.when.text}' of the branch {place.step.id} gave neither true nor false.",
        )
    return decision.value


def _notify(turn: Turn, place: Place) -> None:
    if calls.resolves_people(turn, place):
        return
    title = title_of(place.step, turn.scope(place.scope))
    named = calls.people_found(turn, place)
    if place.step.acknowledge:
        readers: list[Json] = list(seats.of_step(place.step, named, prefix="n"))
        turn.record(place.path, "opened", {**place.entry(), "title": title, "seats": readers})
        return
    roles: list[Json] = [role for role in place.step.roles if not seats.everyone_of(role)]
    detail: JsonObject = {**place.entry(), "outcome": "done", "values": {}, "title": title, "roles": roles}
    if named:
        people: list[Json] = [person for holders in named.values() for person in holders]
        detail["people"] = people
    turn.record(place.path, "notified", detail)
    turn.follow(place, "done")


def _end(turn: Turn, place: Place) -> None:
    turn.end(place.step.end, place.step.id, place.step.seal)


KINDS: dict[str, Callable[[Turn, Place], None]] = {
    "task": _task,
    "approve": _approve,
    "call": calls.call,
    "decide": _decide,
    "set": _set,
    "branch": _branch,
    "parallel": blocks.parallel,
    "foreach": blocks.foreach,
    "loop": blocks.loop,
    "wait": waits.wait,
    "start": calls.start,
    "notify": _notify,
    "end": _end,
}
"""All thirteen kinds."""
