"""Limits, checked here so that no case ever meets them in the middle."""

from __future__ import annotations

from typing import Any

from domain.canonical import CanonicalError, canonical_bytes
from workflows.language import words
from workflows.language.findings import join
from workflows.language.subject import Subject


def check(subject: Subject) -> None:
    """Report too many steps, too much text, and definitions that a case could not carry."""
    steps = subject.outline.steps
    if len(steps) > words.STEPS_MAX:
        subject.add(
            "too_many_steps",
            steps[words.STEPS_MAX].pointer,
            f"共 {len(steps)} 步，上限 {words.STEPS_MAX} 步；请拆成几个流程。",
            f"{len(steps)} steps; the limit is {words.STEPS_MAX}: split the process.",
        )
    _texts(subject, "", subject.definition)
    for step in steps:
        _texts(subject, step.pointer, step.raw)
    _size(subject)


def _texts(subject: Subject, pointer: str, body: dict[str, Any]) -> None:
    for word, limit in (("title", words.TITLE_CHARACTERS_MAX), ("help", words.HELP_CHARACTERS_MAX)):
        value = body.get(word)
        for lang, text in value.items() if isinstance(value, dict) else ():
            if isinstance(text, str) and len(text) > limit:
                subject.add(
                    "text_too_long",
                    join(pointer, word, lang),
                    f"文字 {len(text)} 字，上限 {limit} 字。",
                    f"The text has {len(text)} characters; the limit is {limit}.",
                )


def _size(subject: Subject) -> None:
    files: list[Any] = [subject.definition]
    files += [source.value for source in (*subject.forms.values(), *subject.tables.values()) if source.readable]
    try:
        size = sum(len(canonical_bytes(value)) for value in files)
    except CanonicalError as error:
        subject.add(
            "wrong_shape", "", f"有内容无法保存：{error.text.zh}", f"Something cannot be stored: {error.text.en}"
        )
        return
    if size > words.PINNED_BYTES_MAX:
        limit = words.PINNED_BYTES_MAX // 1024
        subject.add(
            "too_large",
            "",
            f"定义、表单和决策表共 {size // 1024} KB，上限 {limit} KB。",
            f"Definition, forms and tables are {size // 1024} KB together; the limit is {limit} KB.",
        )
