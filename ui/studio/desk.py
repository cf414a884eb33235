"""The texts of one version while its owner works on them: files, what they mean, whether they are saved."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from domain.json_types import JsonObject
from services.publishing import Source
from workflows.language.diff import Change, classify, diff_definitions, next_version
from workflows.language.findings import Report
from workflows.language.json_source import read_json
from workflows.language.source import read_yaml

PROCESS, CASES = "process.yaml", "cases.yaml"
FILE_NAME = re.compile(r"(forms/[a-z][a-z0-9_]*\.v[0-9]+\.json|tables/[a-z][a-z0-9_]*\.v[0-9]+\.yaml|cases\.yaml)")


@dataclass
class Desk:
    """Files by name as typed. ``rev`` is the saved revision that ``name`` and ``version`` have, ``None`` for none."""

    name: str
    version: str
    files: dict[str, str]
    rev: int | None
    editable: bool = False
    dirty: bool = False
    findings: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, shown: JsonObject, *, editable: bool) -> Desk:
        """The desk of a stored version (`services.definitions.version`)."""
        view: Any = shown
        files = {PROCESS: view["yaml"], **view["forms"], **view["tables"]}
        if view["cases"] is not None:
            files[CASES] = view["cases"]
        rev = view["rev"] if view["state"] == "draft" else None
        return cls(view["name"], view["version"], files, rev, editable)

    def source(self) -> Source:
        """The files as `services.publishing` takes them."""
        forms = {name: text for name, text in self.files.items() if name.startswith("forms/")}
        tables = {name: text for name, text in self.files.items() if name.startswith("tables/")}
        return Source(self.files[PROCESS], forms, tables, self.files.get(CASES))

    def order(self) -> list[str]:
        """The files as their tabs stand: the process, its tests, forms, tables."""
        first = [name for name in (PROCESS, CASES) if name in self.files]
        return first + sorted(name for name in self.files if name not in first)

    def write(self, file: str, text: str) -> None:
        """Keep what was typed."""
        if self.files.get(file) != text:
            self.files[file] = text
            self.dirty = True

    def add(self, file: str, text: str) -> None:
        """A new file beside the process."""
        self.files[file] = text
        self.dirty = True

    def rename(self, file: str, to: str) -> None:
        """The same text under another name; references in the process are renamed with it."""
        self.files[to] = self.files.pop(file)
        self.files[PROCESS] = self.files[PROCESS].replace(file, to)
        self.dirty = True

    def remove(self, file: str) -> None:
        """Without this file."""
        self.files.pop(file)
        self.dirty = True

    def meaning(self) -> JsonObject:
        """What can be read of the texts now, faults or not: ``{definition, forms, tables}`` as plain JSON."""
        report = Report()
        forms: Any = {}
        tables: Any = {}
        for name, text in self.files.items():
            if name.startswith("forms/"):
                forms[name] = read_json(text, name, report).value
            elif name.startswith("tables/"):
                tables[name] = read_yaml(text, name, report).value
        return {"definition": read_yaml(self.files[PROCESS], PROCESS, report).value, "forms": forms, "tables": tables}

    def identity(self) -> tuple[str, str]:
        """Name and version as the text says them now; the saved ones where it is silent."""
        definition: Any = self.meaning()["definition"]
        said = definition if isinstance(definition, dict) else {}
        return str(said.get("process") or self.name), str(said.get("version") or self.version)

    def renumber(self, version: str) -> None:
        """Write another version number into the text."""
        self.files[PROCESS] = re.sub(r"(?m)^version:.*$", f"version: {version}", self.files[PROCESS], count=1)
        self.dirty = True

    @property
    def errors(self) -> int:
        """Findings that keep it from being submitted."""
        return sum(1 for finding in self.findings if finding["severity"] == "error")

    def step_of(self, pointer: str) -> str | None:
        """The step that a pointer of the process leads into, the innermost one."""
        from workflows.language.outline import outline_of

        steps = outline_of(self.meaning()["definition"]).steps
        within = [step for step in steps if pointer == step.pointer or pointer.startswith(step.pointer + "/")]
        return max(within, key=lambda step: len(step.pointer)).id if within else None


@dataclass(frozen=True)
class Weight:
    """What changed against the version in force, and the number that says enough about it."""

    changes: list[Change]
    severity: str | None
    enough: str | None


def weigh(in_force: JsonObject | None, now: JsonObject) -> Weight | None:
    """The class of a change, computed; ``None`` when there is nothing in force to compare with."""
    view: Any = in_force
    if not view or not view.get("checked") or not isinstance(now.get("definition"), dict):
        return None
    changes = diff_definitions(view["checked"], now)
    severity = classify(changes)
    return Weight(changes, severity, next_version(view["version"], severity) if severity else None)


def number_of(version: str) -> tuple[int, ...]:
    """A version to sort by; what is no number counts as 0."""
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("-")[0].split("."))


def is_enough(version: str, weight: Weight | None) -> bool:
    """Whether a version number says as much as its changes weigh."""
    return weight is None or weight.enough is None or number_of(version) >= number_of(weight.enough)
