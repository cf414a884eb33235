"""Check a definition with everything beside it: all findings of all families at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from domain.canonical import CanonicalError
from domain.json_types import Json, JsonObject
from workflows.language.catalogue import Catalogue
from workflows.language.checks import (
    acts,
    calls,
    clauses,
    combined,
    data,
    deadlines,
    expressions,
    files,
    flow,
    identity,
    limits,
    patterns,
    people,
    structure,
    writes,
)
from workflows.language.checks import cases as cases_family
from workflows.language.checks import forms as forms_family
from workflows.language.checks import tables as tables_family
from workflows.language.findings import Finding, Place, Report
from workflows.language.json_source import read_json
from workflows.language.model import definition_sha
from workflows.language.outline import outline_of
from workflows.language.source import Source, read_yaml
from workflows.language.subject import Subject, beside

FAMILIES: tuple[Callable[[Subject], None], ...] = (
    structure.check,
    combined.check,
    patterns.check,
    identity.check,
    files.check,
    flow.check,
    people.check,
    acts.check,
    data.check,
    forms_family.check,
    writes.check,
    expressions.check,
    calls.check,
    tables_family.check,
    clauses.check,
    deadlines.check,
    limits.check,
    cases_family.check,
)
"""The families in the order of the documentation. Each looks at all it can; none depends on another having passed."""


@dataclass(frozen=True)
class Checked:
    """The result of a check. ``definition``, ``forms`` and ``tables`` hold what could be read, as plain JSON;
    ``definition_sha`` is there only when ``ok``."""

    ok: bool
    findings: list[Finding]
    definition: JsonObject | None = None
    forms: dict[str, JsonObject] = field(default_factory=dict)
    tables: dict[str, JsonObject] = field(default_factory=dict)
    definition_sha: str | None = None

    @property
    def errors(self) -> list[Finding]:
        """The findings that keep the definition from being submitted."""
        return [finding for finding in self.findings if finding.severity == "error"]


def check_source(
    yaml_text: str,
    forms: Mapping[str, str | JsonObject],
    tables: Mapping[str, str],
    cases: str | None,
    catalogue: Catalogue,
    file: str = "process.yaml",
) -> Checked:
    """Check a definition's YAML with its forms, tables (keys as the YAML writes them) and tests.

    Never raises for bad input: whatever is wrong is a finding with file, line and column.
    """
    report = Report()
    subject = _subject(yaml_text, forms, tables, cases, catalogue, file, report)
    if subject is not None:
        for family in FAMILIES:
            family(subject)
    findings = report.sorted()
    if subject is None:
        return Checked(False, findings)
    return _checked(subject, findings)


def _subject(
    yaml_text: str,
    forms: Mapping[str, Any],
    tables: Mapping[str, str],
    cases_text: str | None,
    catalogue: Catalogue,
    file: str,
    report: Report,
) -> Subject | None:
    source = read_yaml(yaml_text, file, report)
    form_files = {name: read_json(text, beside(file, name), report) for name, text in forms.items()}
    table_files = {name: read_yaml(text, beside(file, name), report) for name, text in tables.items()}
    cases_file = _cases(cases_text, beside(file, "cases.yaml"), report) if cases_text is not None else None
    if not isinstance(source.value, dict):
        if source.readable or not report.sorted():
            report.add(
                "not_a_definition",
                file,
                "",
                "文件应以 gspflow: 1 开头，是一组键值对。",
                "A definition is a mapping of words; it begins with gspflow: 1.",
            )
        beside_it = Subject(file, {}, outline_of(None), catalogue, report, form_files, table_files, cases_file)
        forms_family.check(beside_it)
        tables_family.check(beside_it)
        return None
    outline = outline_of(source.value)
    return Subject(file, source.value, outline, catalogue, report, form_files, table_files, cases_file)


def _cases(text: str, file: str, report: Report) -> Source:
    source, findings = _read_cases(text, file)
    report.files[file] = source
    for finding in findings:
        place = Place(finding.line, finding.column)
        report.add_at(finding.code, file, place, finding.pointer, finding.message.zh, finding.message.en)
    return source


@lru_cache(maxsize=32)
def _read_cases(text: str, file: str) -> tuple[Source, tuple[Finding, ...]]:
    """Tests are long and change less often than the definition; nothing of them leaves the check, so they are kept."""
    report = Report()
    source = read_yaml(text, file, report)
    return source, tuple(report.sorted())


def _checked(subject: Subject, findings: list[Finding]) -> Checked:
    forms = _objects({name: source.value for name, source in subject.forms.items() if source.readable})
    tables = _objects({name: source.value for name, source in subject.tables.items() if source.readable})
    ok = not any(finding.severity == "error" for finding in findings)
    try:
        sha = definition_sha(subject.definition, dict(forms), dict(tables)) if ok else None
    except CanonicalError:
        return Checked(False, findings, subject.definition, forms, tables)
    return Checked(ok, findings, subject.definition, forms, tables, sha)


def _objects(values: Mapping[str, Json]) -> dict[str, JsonObject]:
    return {name: value for name, value in values.items() if isinstance(value, dict)}
