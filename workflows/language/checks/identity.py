"""Identity: keys that stand in paths and hashes for decades, the version, dates, unique steps, names of items."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from semver import Version

from workflows.language.checks import shapes
from workflows.language.outline import StepView
from workflows.language.subject import Subject
from workflows.language.words import RESERVED_NAMES

_FORM_FILE = re.compile(r"forms/[a-z][a-z0-9_]{0,63}\.v[1-9][0-9]{0,3}\.json")
_TABLE_FILE = re.compile(r"tables/[a-z][a-z0-9_]{0,63}\.v[1-9][0-9]{0,3}\.yaml")


def check(subject: Subject) -> None:
    """Report keys, versions, dates, file names and item names that are malformed, taken or used twice."""
    body = subject.definition
    if isinstance(body.get("process"), str):
        shapes.key(subject, "/process", body["process"])
    _version(subject, body.get("version"))
    _effective_from(subject, body.get("effective_from"))
    _step_ids(subject)
    for step in subject.outline.steps:
        if step.kind == "foreach" and step.text("as"):
            _item_name(subject, step)
    _file_names(subject)


def _version(subject: Subject, value: Any) -> None:
    if not isinstance(value, str) or not value:
        return
    if not Version.is_valid(value) or len(value) > 64 or "+" in value:
        subject.add(
            "version_form",
            "/version",
            f"版本“{value}”应是三段数字，如 1.0.0。",
            f"The version '{value}' should be three numbers, like 1.0.0.",
        )


def _effective_from(subject: Subject, value: Any) -> None:
    if isinstance(value, str) and not is_date(value):
        subject.add(
            "date_form",
            "/effective_from",
            f"生效日期“{value}”应写成 YYYY-MM-DD 的真实日期。",
            f"Write the first day in force as a real date YYYY-MM-DD, not '{value}'.",
        )


def is_date(text: str) -> bool:
    """Whether ``text`` is a calendar date ``YYYY-MM-DD``."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _step_ids(subject: Subject) -> None:
    for step in subject.outline.steps:
        if not step.id:
            continue
        shapes.key(subject, step.at("id"), step.id)
        if step.id in RESERVED_NAMES:
            _reserved(subject, step.at("id"), step.id)
        first = subject.outline.by_id[step.id]
        if first is not step:
            line = subject.report.files[subject.file].place(first.pointer).line
            subject.add(
                "duplicate_step",
                step.at("id"),
                f"步骤键“{step.id}”已在第 {line} 行用过；请改名。",
                f"The step id '{step.id}' is taken on line {line}: choose another.",
            )


def _reserved(subject: Subject, pointer: str, name: str) -> None:
    subject.add(
        "reserved_name",
        pointer,
        f"“{name}”已被语言占用，请换一个名称。",
        f"'{name}' is a word of the language: choose another name.",
    )


def _item_name(subject: Subject, step: StepView) -> None:
    name, pointer = step.text("as") or "", step.at("as")
    shapes.key(subject, pointer, name)
    if name in RESERVED_NAMES:
        _reserved(subject, pointer, name)
    if any(outer.text("as") == name for outer in step.foreaches()):
        subject.add(
            "shadowed_name",
            pointer,
            f"外层 foreach 已把“{name}”用作项名，请换一个。",
            f"An outer foreach calls its item '{name}' already: choose another name.",
        )


def _file_names(subject: Subject) -> None:
    named = [("/start/form", subject.start_form, _FORM_FILE), ("/data/schema", subject.data_file, _FORM_FILE)]
    for step in subject.outline.steps:
        named.append((step.at("form"), step.text("form"), _FORM_FILE))
        if step.kind == "decide":
            named.append((step.at("decide"), step.text("decide"), _TABLE_FILE))
    for pointer, name, pattern in named:
        if name and not pattern.fullmatch(name):
            like = "forms/receipt.v1.json" if pattern is _FORM_FILE else "tables/receipt.v1.yaml"
            subject.add(
                "file_name", pointer, f"文件名“{name}”应像 {like}。", f"The file name '{name}' should look like {like}."
            )
