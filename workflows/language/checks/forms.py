"""Forms: each one by the rules of forms, its faults at the line of the form's own file."""

from __future__ import annotations

from domain.errors import Fault, Text
from domain.json_types import JsonObject
from forms.dialect import check_form
from workflows.language.checks.scopes import MALFORMED
from workflows.language.codes import CODES
from workflows.language.subject import Subject

_ASKED_OF_PEOPLE = frozenset({"typed_signer", "typed_time"})
"""Faults of what people enter. Nobody enters case data: it comes from forms, calls and ``set``, each checked itself."""


def check(subject: Subject) -> None:
    """Report what is wrong in every form that can be read, used or not."""
    for name, source in subject.forms.items():
        if not source.readable:
            continue
        file = subject.file_of(name)
        if not isinstance(source.value, dict):
            subject.report.add(
                "form_fault",
                file,
                "",
                "表单应是 {schema, ui} 两部分的对象。",
                "A form is an object with `schema` and `ui`.",
            )
            continue
        for fault in _faults(source.value):
            if name == subject.data_file and fault.code in _ASKED_OF_PEOPLE and not _is_form(subject, name):
                continue
            code = fault.code if fault.code in CODES and CODES[fault.code].family == "forms" else "form_fault"
            subject.report.add(code, file, fault.pointer, fault.message.zh, fault.message.en)


def _is_form(subject: Subject, name: str) -> bool:
    return name == subject.start_form or any(step.text("form") == name for step in subject.outline.steps)


def _faults(form: JsonObject) -> list[Fault]:
    try:
        return check_form(form)
    except MALFORMED as error:
        reason = f"{type(error).__name__}: {error}"
        text = Text(
            f"表单某处的值类型不对（{reason}），请对照表单规则检查。",
            f"Some value in the form has the wrong type ({reason}): compare it with the rules of forms.",
        )
        return [Fault("", "form_fault", text)]
