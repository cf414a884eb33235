"""Words that belong together: `n` to `n_of`, `add_by` to `open`, `escalate` to `due`, a veto to a seat."""

from __future__ import annotations

from typing import Any

from workflows.language.outline import StepView
from workflows.language.step_words import role_of
from workflows.language.subject import Subject, suggestion


def check(subject: Subject) -> None:
    """Report words that say nothing without another one, and numbers larger than what there is to count."""
    for step in subject.outline.steps:
        if step.kind == "approve":
            _approval(subject, step)
        if step.kind in ("parallel", "foreach"):
            _joined(subject, step)
        if step.kind == "foreach":
            _open(subject, step)
        _with(subject, step, "escalate", "due" in step.raw, "due", step.at("escalate"))
        jumps = step.text("after_return") == "jump_back"
        if jumps and not any(isinstance(item, dict) for item in step.listing("allow")):
            _needs(subject, step.at("after_return"), "after_return: jump_back", "allow: [{return_to: [ … ]}]")


def _with(subject: Subject, step: StepView, word: str, there: bool, other: str, pointer: str) -> None:
    if word in step.raw and not there:
        _needs(subject, pointer, word, other)


def _needs(subject: Subject, pointer: str, word: str, other: str) -> None:
    subject.add(
        "word_needs_word",
        pointer,
        f"“{word}”须与“{other}”一起写；请补上，或删去它。",
        f"'{word}' says nothing without '{other}': add that, or remove this.",
        key=True,
    )


def _more_than(subject: Subject, pointer: str, n: int, there: int, zh: str, en: str) -> None:
    subject.add(
        "more_than_there_are",
        pointer,
        f"n 是 {n}，但只有 {there} {zh}；永远达不到。",
        f"`n` is {n}, but there are only {there} {en}: it could never be reached.",
    )


# ---------------------------------------------------------------- approvals
def _approval(subject: Subject, step: StepView) -> None:
    spec = step.mapping("approve")
    rule = spec.get("rule", "all")
    for word, wanted in (("n", "n_of"), ("ratio", "ratio")):
        if word in spec and rule != wanted:
            _needs(subject, step.at("approve", word), word, f"rule: {wanted}")
        if rule == wanted and word not in spec:
            _needs(subject, step.at("approve", "rule"), f"rule: {wanted}", word)
    seats = spec.get("by")
    if isinstance(seats, list):
        _seats(subject, step, spec, [seat for seat in seats if isinstance(seat, str)])


def _seats(subject: Subject, step: StepView, spec: dict[str, Any], seats: list[str]) -> None:
    n = _number(spec.get("n"))
    counted = not any(seat.startswith("everyone(") for seat in seats)
    if counted and n > len(seats):
        _more_than(subject, step.at("approve", "n"), n, len(seats), "个席位", "seats")
    if not counted and spec.get("rule") == "sequence":
        subject.add(
            "wrong_value",
            step.at("approve", "rule"),
            "everyone(岗位) 的各人没有先后，不能依次；请写 rule: all，或列出岗位。",
            "The holders of `everyone(role)` have no order, so they cannot act in sequence: write `rule: all`, or name roles.",
        )
    _veto(subject, step, spec.get("veto"), [role_of(seat) for seat in seats])


def _veto(subject: Subject, step: StepView, veto: Any, seated: list[str]) -> None:
    for index, role in enumerate(veto if isinstance(veto, list) else ()):
        if isinstance(role, str) and role not in seated:
            zh, en = suggestion(role, seated)
            subject.add(
                "veto_not_a_seat",
                step.at("approve", "veto", index),
                f"岗位“{role}”在 by 里没有席位，无法否决。{zh}",
                f"The role '{role}' has no seat in `by` and could never veto.{en}",
            )


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


# ---------------------------------------------------------------- groups
def _joined(subject: Subject, step: StepView) -> None:
    way = step.text("join") or "all"
    _with(subject, step, "n", way == "n_of", "join: n_of", step.at("n"))
    _with(subject, step, "rest", way != "all", "join: any / n_of", step.at("rest"))
    if way == "n_of" and "n" not in step.raw:
        _needs(subject, step.at("join"), "join: n_of", "n")
    n = _number(step.raw.get("n"))
    if step.kind == "parallel" and n > len(step.blocks):
        _more_than(subject, step.at("n"), n, len(step.blocks), "个分支", "branches")


def _open(subject: Subject, step: StepView) -> None:
    is_open = step.raw.get("open") is True
    if is_open and "add_by" not in step.raw:
        _needs(subject, step.at("open"), "open: true", "add_by")
    for word in ("add_by", "until"):
        _with(subject, step, word, is_open, "open: true", step.at(word))
