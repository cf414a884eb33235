"""Decision tables: readable, typed, without gaps and overlaps, at each place that uses them."""

from __future__ import annotations

from rules.names import paths_read
from rules.tables import TableError, check_table, load_table
from workflows.language.checks.assigned import Assigned
from workflows.language.checks.scopes import Scopes, certain
from workflows.language.outline import StepView
from workflows.language.subject import Subject

_DOUBTS = frozenset({"possibly_missing", "possibly_null"})


def check(subject: Subject) -> None:
    """Report what is wrong in each table that can be read, once for its text and once for every place of use."""
    scopes = Scopes(subject)
    assigned = Assigned(subject)
    used: dict[str, list[StepView]] = {}
    for step in subject.outline.steps:
        if step.kind == "decide" and step.text("decide"):
            used.setdefault(step.text("decide") or "", []).append(step)
    for name, source in subject.tables.items():
        if source.readable:
            _table(subject, name, source.value, used.get(name, []), scopes, assigned)


def _table(
    subject: Subject, name: str, value: object, steps: list[StepView], scopes: Scopes, assigned: Assigned
) -> None:
    file = subject.file_of(name)
    try:
        table = load_table(value)
    except TableError as error:
        for fault in error.faults:
            subject.report.add("table_fault", file, fault.pointer, fault.message.zh, fault.message.en)
        return
    for step in steps:
        there = assigned.at(step)
        scope = certain(scopes.at(step), there)
        doubts = [one for one in check_table(table, scope) if one.code in _DOUBTS]
        # A doubt keeps the table's coverage from being looked at; so it is looked at as if the inputs were there.
        inputs = frozenset(path for column in table.inputs for path in paths_read(column.expr))
        others = [one for one in check_table(table, certain(scope, inputs)) if one.code not in _DOUBTS]
        for one in [*doubts, *others]:
            code = "table_doubt" if one.code in _DOUBTS or one.severity == "warning" else "table_fault"
            subject.report.add(code, file, one.pointer, one.zh, one.en, offset=one.offset)
