"""The steps of the definition as an indented list with their states: what the drawing shows, for readers without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain import paths
from ui.audit.tell import Teller, short
from ui.elements import Text, box, icon
from ui.texts import choose, label

ICONS = {
    "done": "passed",
    "active": "running",
    "failed": "late",
    "skipped": "next",
    "void": "superseded",
    "next": "step",
}


def states_of(steps: list[Any], line: str) -> dict[str, Mapping[str, Any]]:
    """The instance of each step that counts: the last round, inside a list that of the item `line`."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in steps:
        item = next((part for part in reversed(paths.split(row["path"])) if part.is_item), None)
        if item is not None and item.name != line:
            continue
        known = found.get(row["step"])
        if known is None or known["round"] <= row["round"]:
            found[row["step"]] = row
    return found


def state_word(row: Mapping[str, Any] | None) -> str:
    """The state of a step instance as drawings and lists colour it."""
    if row is None:
        return "next"
    state = str(row["state"])
    if state == "incident":
        return "failed"
    if state in ("skipped", "superseded", "cancelled"):
        return "skipped" if state == "skipped" else "void"
    return "done" if state == "done" else "active"


def outline(teller: Teller, steps: list[Any], line: str, here: str) -> None:
    """Draw the list; `here` is the step of the record looked at."""
    states = states_of(steps, line)
    with box("outline", "ol"):
        for step, depth in walk(teller.story["definition"].get("steps") or []):
            row = states.get(str(step["id"]))
            word = state_word(row)
            with box(f"o {word}" + (" here" if step["id"] == here else ""), "li").style(
                f"padding-left:{depth * 18 + 8}px"
            ):
                icon(ICONS[word])
                Text("span", _title(teller, step, row), "clip grow")
                Text("span", label("audit.step_state", word, teller.lang), "small nowrap")


def _title(teller: Teller, step: Mapping[str, Any], row: Mapping[str, Any] | None) -> str:
    if row is not None and row.get("title"):
        return choose(row["title"], teller.lang)
    return short(choose(step.get("title"), teller.lang)) or str(step["id"])


def walk(steps: list[Any], depth: int = 0) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Every step of a definition with its depth, in the order of the file."""
    for step in steps:
        yield step, depth
        blocks = [step["do"]] if isinstance(step.get("do"), list) and "foreach" in step else []
        if isinstance(step.get("parallel"), list):
            blocks += [arm.get("do") or [] for arm in step["parallel"] if isinstance(arm, Mapping)]
        for block in blocks:
            yield from walk(block, depth + 1)
