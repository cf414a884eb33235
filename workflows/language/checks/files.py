"""Files: every form and table that is named is there; every one that is there is named."""

from __future__ import annotations

from workflows.language.subject import Subject, suggestion


def references(subject: Subject) -> list[tuple[str, str, str]]:
    """``(kind, pointer, name)`` of every file the definition names; kind is ``form``, ``data`` or ``table``."""
    found: list[tuple[str, str, str | None]] = [
        ("form", "/start/form", subject.start_form),
        ("data", "/data/schema", subject.data_file),
    ]
    for step in subject.outline.steps:
        found.append(("form", step.at("form"), step.text("form")))
        if step.kind == "decide":
            found.append(("table", step.at("decide"), step.text("decide")))
    return [(kind, pointer, name) for kind, pointer, name in found if name]


def check(subject: Subject) -> None:
    """Report files that are missing or unused."""
    named = references(subject)
    for kind, pointer, name in named:
        there = subject.tables if kind == "table" else subject.forms
        if name not in there:
            zh, en = suggestion(name, there) if there else ("", "")
            subject.add(
                "file_missing",
                pointer,
                f"没有文件“{name}”，请一并提交。{zh}",
                f"The file '{name}' is not there: add it to the definition.{en}",
            )
    used = {name for _, _, name in named}
    for name in [*subject.forms, *subject.tables]:
        if name not in used:
            subject.report.add(
                "file_unused",
                subject.file_of(name),
                "",
                f"没有步骤用到“{name}”，可删去。",
                f"No step uses '{name}': remove it.",
            )
