"""The progress rail of a whole case: its own steps, what is done with who and when, what is open, what comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ui.audit.outline import state_word, states_of
from ui.audit.tell import Teller, short
from ui.components.progress import RailStep, StepState
from ui.texts import choose, t

SHOWN = frozenset({"task", "approve", "call", "decide", "foreach", "parallel", "wait", "start"})
STATES: dict[str, StepState] = {"done": "done", "active": "active", "failed": "failed", "next": "next"}


def rail_of(teller: Teller, case: Mapping[str, Any]) -> list[RailStep]:
    """Start, the case's own steps on the way that it took or will take, and the archive."""
    lang = teller.lang
    begun = f"{teller.person(case['started_by'])} {teller.moment(case['started_at']):%m-%d %H:%M}"
    cells = [RailStep(t("cases.rail.started", lang), "done", begun)]
    states = states_of(list(case["steps"]), "")
    for step in teller.story["definition"].get("steps") or []:
        row = states.get(str(step["id"]))
        word = state_word(row)
        if "end" in step:
            break
        if word in STATES and _kind(step) in SHOWN and not (row is None and case["state"] != "running"):
            cells.append(_cell(teller, step, row, _failed_inside(case, row) or STATES[word]))
    ended = case["state"] != "running"
    when = f"{teller.moment(case['closed_at']):%m-%d %H:%M}" if case["closed_at"] else ""
    return [*cells, RailStep(t("cases.rail.archived", lang), "done" if ended else "next", when)]


def _kind(step: Mapping[str, Any]) -> str:
    return next((kind for kind in SHOWN if kind in step), "")


def _failed_inside(case: Mapping[str, Any], row: Any) -> StepState | None:
    """A group with an incident in one of its items is what stands still."""
    if row is None or row["kind"] not in ("foreach", "parallel"):
        return None
    inside = [one for one in case["steps"] if one["path"].startswith(f"{row['path']}/")]
    return "failed" if any(one["state"] == "incident" for one in inside) else None


def _cell(teller: Teller, step: Mapping[str, Any], row: Any, state: StepState) -> RailStep:
    title = short(choose(step.get("title"), teller.lang)) or str(step["id"])
    if row is None:
        return RailStep(title, state, "")
    if state == "done":
        return RailStep(
            title, state, f"{teller.person(row['actor'])} {teller.moment(row['at'] or row['since']):%m-%d %H:%M}"
        )
    who = teller.roles(list(row["who_may_act"]))
    return RailStep(title, state, who or f"{teller.moment(row['since']):%m-%d %H:%M}")
