"""Calls: activities that the catalogue has, inputs that fit, reverse actions that belong to them."""

from __future__ import annotations

from typing import Any

from workflows.language.checks.scopes import properties_of, required_of
from workflows.language.outline import StepView
from workflows.language.subject import Subject, suggestion


def check(subject: Subject) -> None:
    """Report activities, inputs and reverse actions that do not exist or do not fit."""
    for step in subject.outline.steps:
        if step.kind == "call" and step.text("call"):
            _call(subject, step, step.text("call") or "")


def _call(subject: Subject, step: StepView, name: str) -> None:
    contract: Any = subject.catalogue.contracts.get(name)
    if contract is None:
        zh, en = suggestion(name, subject.catalogue.contracts)
        subject.add(
            "unknown_call",
            step.at("call"),
            f"目录中没有动作“{name}”。{zh}",
            f"The catalogue has no activity '{name}'.{en}",
        )
    else:
        _inputs(subject, step, contract.get("input"))
    _undo(subject, step, contract)


def _inputs(subject: Subject, step: StepView, schema: Any) -> None:
    if not isinstance(schema, dict):
        return
    known = properties_of(schema, schema)
    given = step.mapping("with")
    for name in given:
        if name not in known:
            zh, en = suggestion(name, known)
            subject.add(
                "unknown_input",
                step.at("with", name),
                f"动作没有输入“{name}”。{zh}",
                f"The activity has no input '{name}'.{en}",
                key=True,
            )
    for name in sorted(required_of(schema) - set(given)):
        subject.add(
            "missing_input",
            step.at("with") if given else step.at("call"),
            f"缺少输入“{name}”，请在 with 里给出表达式。",
            f"The input '{name}' is missing: give it an expression under `with`.",
        )


def _undo(subject: Subject, step: StepView, contract: Any) -> None:
    undo = step.text("undo")
    if undo is None:
        return
    declared = contract.get("undo") if contract else None
    if undo not in subject.catalogue.contracts:
        zh, en = suggestion(undo, subject.catalogue.contracts)
        subject.add(
            "unknown_undo",
            step.at("undo"),
            f"目录中没有反向动作“{undo}”。{zh}",
            f"The catalogue has no activity '{undo}'.{en}",
        )
    elif contract is not None and undo != declared:
        zh = f"这个动作的反向动作是“{declared}”。" if declared else "这个动作没有反向动作，请删去 undo。"
        en = (
            f"The reverse of this activity is '{declared}'."
            if declared
            else "This activity has no reverse: remove `undo`."
        )
        subject.add("unknown_undo", step.at("undo"), zh, en)
