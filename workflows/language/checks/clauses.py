"""Clauses: every `basis` exists in the catalogue and belongs to this kind of process."""

from __future__ import annotations

from typing import Any

from workflows.language.findings import join
from workflows.language.subject import Subject, suggestion


def check(subject: Subject) -> None:
    """Report clauses that are not in the catalogue, and those that it gives to other processes."""
    _basis(subject, "/basis", subject.definition.get("basis"))
    for step in subject.outline.steps:
        _basis(subject, step.at("basis"), step.raw.get("basis"))


def _basis(subject: Subject, pointer: str, value: Any) -> None:
    process = subject.definition.get("process")
    for index, clause in enumerate(value if isinstance(value, list) else ()):
        if not isinstance(clause, str) or not clause:
            continue
        at = join(pointer, index)
        if clause not in subject.catalogue.clauses:
            zh, en = suggestion(clause, subject.catalogue.clauses) if subject.catalogue.clauses else ("", "")
            near = ("", "") if "Known" in en else (zh, en)
            subject.add(
                "unknown_clause",
                at,
                f"条款目录中没有“{clause}”。{near[0]}",
                f"The clause catalogue has no '{clause}'.{near[1]}",
            )
            continue
        owners = subject.catalogue.process_keys_by_clause.get(clause) or frozenset()
        if owners and isinstance(process, str) and process not in owners:
            names = ", ".join(sorted(owners))
            subject.add(
                "clause_of_other_process",
                at,
                f"目录把“{clause}”归于 {names}，不是“{process}”；请核对。",
                f"The catalogue gives '{clause}' to {names}, not to '{process}': check it.",
            )
