"""Which outcomes a step can have, as far as its text, its table and the catalogue say."""

from __future__ import annotations

from workflows.language.outline import StepView
from workflows.language.subject import Subject
from workflows.language.words import CHILD_OUTCOMES, EXHAUSTED


def outcomes_of(subject: Subject, step: StepView) -> tuple[str, ...] | None:
    """The outcomes of a step, its success first; ``None`` when they cannot be known yet."""
    if step.kind == "task":
        return _task(step)
    if step.kind == "approve":
        return _approve(step)
    if step.kind == "start":
        return ("done",) if step.raw.get("detached") is True else CHILD_OUTCOMES
    if step.kind == "decide":
        return _decide(subject, step)
    if step.kind == "call":
        name = step.text("call") or ""
        return ("done", *subject.catalogue.errors_of(name)) if name in subject.catalogue.contracts else None
    if step.kind == "loop":
        return ("done", EXHAUSTED)
    return ("done",) if step.kind else None


def may_be_unrouted(step: StepView, outcome: str) -> bool:
    """Whether an outcome needs no way of its own: a loop that runs out of rounds is an incident then."""
    return step.kind == "loop" and outcome == EXHAUSTED


def _task(step: StepView) -> tuple[str, ...] | None:
    if "outcomes" not in step.raw:
        return ("done",)
    keys = [item.get("key") if isinstance(item, dict) else item for item in step.listing("outcomes")]
    found = tuple(key for key in keys if isinstance(key, str))
    return found if found and len(found) == len(keys) else None


def _approve(step: StepView) -> tuple[str, ...]:
    keys = [item.get("key") if isinstance(item, dict) else item for item in step.listing("outcomes")]
    own = [key for key in keys if isinstance(key, str)]
    return tuple(dict.fromkeys(["approved", "rejected", *own]))


def _decide(subject: Subject, step: StepView) -> tuple[str, ...] | None:
    source = subject.tables.get(step.text("decide") or "")
    table = source.value if source and source.readable else None
    outcomes = table.get("outcomes") if isinstance(table, dict) else None
    if not isinstance(outcomes, list) or not outcomes:
        return None
    found = tuple(item for item in outcomes if isinstance(item, str))
    return found if len(found) == len(outcomes) else None
