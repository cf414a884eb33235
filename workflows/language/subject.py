"""One definition under examination: its files as far as they could be read, and where to report."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from domain.json_types import JsonObject
from workflows.language.catalogue import Catalogue
from workflows.language.findings import Report
from workflows.language.json_source import JsonSource
from workflows.language.outline import Outline
from workflows.language.source import Source


@dataclass
class Subject:
    """What every check gets. ``forms`` and ``tables`` are keyed as the YAML writes them."""

    file: str
    definition: dict[str, Any]
    outline: Outline
    catalogue: Catalogue
    report: Report
    forms: dict[str, JsonSource] = field(default_factory=dict)
    tables: dict[str, Source] = field(default_factory=dict)
    cases: Source | None = None

    def add(self, code: str, pointer: str, zh: str, en: str, *, key: bool = False, offset: int | None = None) -> None:
        """Report something in the definition's own file."""
        self.report.add(code, self.file, pointer, zh, en, key=key, offset=offset)

    def file_of(self, name: str) -> str:
        """The name under which a form or table appears in findings: beside the definition's file."""
        return beside(self.file, name)

    def form(self, name: str | None) -> JsonObject | None:
        """The form ``{schema, ui}`` under this name, if it is there and readable."""
        source = self.forms.get(name or "")
        value = source.value if source and source.readable else None
        return value if isinstance(value, dict) else None

    def schema(self, name: str | None) -> JsonObject | None:
        """The JSON Schema of a form or data file, if it is there."""
        form = self.form(name)
        schema = form.get("schema") if form else None
        return schema if isinstance(schema, dict) else None

    def section(self, word: str) -> dict[str, Any]:
        """A top-level mapping of the definition, or an empty one."""
        value = self.definition.get(word)
        return value if isinstance(value, dict) else {}

    @property
    def start_form(self) -> str | None:
        """The name of the form that begins a case."""
        form = self.section("start").get("form")
        return form if isinstance(form, str) else None

    @property
    def data_file(self) -> str | None:
        """The name of the file with the case data's schema."""
        name = self.section("data").get("schema")
        return name if isinstance(name, str) else None


def beside(file: str, name: str) -> str:
    """``name`` in the folder of ``file``."""
    folder, slash, _ = file.rpartition("/")
    return folder + slash + name


def suggestion(word: str, known: Any) -> tuple[str, str]:
    """``(zh, en)`` of a "did you mean", or what is known when nothing is near; both empty when nothing is known."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"是否想写“{near[0]}”？", f" Did you mean '{near[0]}'?"
    if not names:
        return "", ""
    shown = names[:12]
    more = " …" if len(names) > len(shown) else ""
    return f"可用：{'、'.join(shown)}{more}", f" Known: {', '.join(shown)}{more}."
