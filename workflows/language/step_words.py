"""What a step does, in a few words: for the drawing, its panel and the lists of people."""

from __future__ import annotations

import re
from typing import Any

from domain.errors import Text
from domain.roles import ROLES
from workflows.language.diff_words import everyone, span
from workflows.language.model import GLOSSARY_OUTCOMES
from workflows.language.outline import StepView, wait_arms

_EMPTY = Text("", "")
_EVERYONE = re.compile(r"everyone\(([a-z_]+)\)")


def role_of(entry: str) -> str:
    """The role of an entry of `by` or `notify`: `everyone(inspector)` → `inspector`."""
    found = _EVERYONE.fullmatch(entry)
    return found[1] if found else entry


def roles_words(keys: list[Any]) -> Text:
    """Roles in a row; `everyone(role)` as every holder of it."""
    words = [_role(key) for key in keys if isinstance(key, str)]
    return Text("、".join(word.zh for word in words), ", ".join(word.en for word in words))


def _role(key: str) -> Text:
    return everyone(key) if key.startswith("everyone(") else ROLES.get(key, Text(key, key))


def note_of(step: StepView) -> Text:
    """The second line of a step in the drawing."""
    note = _NOTES.get(step.kind)
    if note is not None:
        return note(step)
    due = step.text("due")
    return span(due) if due else _EMPTY


def _call(step: StepView) -> Text:
    return Text("系统动作", "System activity")  # the panel names the activity; the drawing is read by people


def _decide(step: StepView) -> Text:
    return Text("决策表", "Decision table")


def _set(step: StepView) -> Text:
    number = len(step.mapping("set"))
    return Text(f"写入 {number} 项", f"Writes {number} field{'' if number == 1 else 's'}")


def _notify(step: StepView) -> Text:
    return roles_words(step.listing("notify"))


def approvers(step: StepView) -> Text:
    """By which rule an approval is decided."""
    spec = step.mapping("approve")
    by, n, ratio = spec.get("by"), spec.get("n"), spec.get("ratio")
    number = len(by) if isinstance(by, list) else 0
    many = isinstance(by, list) and any(isinstance(seat, str) and seat.startswith("everyone(") for seat in by)
    seats = Text("全体席位", "all seats") if many else Text(f"{number} 人", f"{number}")
    rules = {
        "sequence": Text(f"依次 {seats.zh}", f"{seats.en} in sequence"),
        "any": Text(f"{seats.zh}中任一", f"any of {seats.en}"),
        "all": Text(f"{seats.zh}都批准", f"all of {seats.en}" if not many else "all of them"),
        "n_of": Text(f"{seats.zh}中 {n} 人", f"{n} of {seats.en}"),
        "ratio": Text(f"{seats.zh}中 {_share(ratio)}", f"{_share(ratio)} of {seats.en}"),
    }
    return rules.get(str(spec.get("rule", "all")), _EMPTY)


def _share(ratio: Any) -> str:
    try:
        return f"{float(ratio):.0%}"
    except (TypeError, ValueError):
        return str(ratio)


def _start(step: StepView) -> Text:
    name, _, versions = (step.text("start") or "").partition("@")
    if step.raw.get("detached") is True:
        return Text(f"{name} {versions} 独立", f"{name} {versions}, detached")
    return Text(f"{name} {versions}", f"{name} {versions}")


def _wait(step: StepView) -> Text:
    arms = wait_arms(step)
    if len(arms) == 1:
        return arm_words(arms[0])
    return Text(f"{len(arms)} 项中先到为准", f"first of {len(arms)}")


def arm_words(arm: dict[str, Any]) -> Text:
    """One thing that a `wait` waits for."""
    timer, message = arm.get("timer"), arm.get("message")
    if isinstance(timer, str):
        length = span(timer)
        return Text(f"{length.zh}后", f"after {length.en}")
    if isinstance(message, str):
        return Text(f"消息 {message}", f"message {message}")
    return Text("满足条件", "if so") if "condition" in arm else _EMPTY


def group_note(step: StepView) -> Text:
    """What stands beside the name of a group."""
    if step.kind == "loop":
        most = step.mapping("loop").get("max")
        return Text(f"至多 {most} 遍", f"{most} times at most")
    notes = [_EACH] if step.kind == "foreach" else []
    if step.text("mode") == "sequence":
        notes.append(Text("依次", "one after the other"))
    if step.raw.get("open") is True:
        notes.append(Text("可增加", "items can be added"))
    joined = {
        "any": Text("任一即可", "any one will do"),
        "n_of": Text(f"{step.raw.get('n')} 个即可", f"{step.raw.get('n')} will do"),
    }
    way = joined.get(step.text("join") or "")
    notes += [way] if way else []
    return Text("，".join(note.zh for note in notes), ", ".join(note.en for note in notes))


_EACH = Text("每项一遍", "once for each item")


def outcome_words(step: StepView, outcome: str) -> Text | None:
    """The words on a button of a step, or of an outcome that every definition knows."""
    for item in step.listing("outcomes"):
        if isinstance(item, dict) and item.get("key") == outcome:
            return Text(str(item.get("zh") or outcome), str(item.get("en") or outcome))
    return GLOSSARY_OUTCOMES.get(outcome)


_NOTES = {
    "call": _call,
    "decide": _decide,
    "approve": approvers,
    "notify": _notify,
    "set": _set,
    "start": _start,
    "wait": _wait,
}
