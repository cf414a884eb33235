"""Structure: known words in their places, each with a value of the right shape. Nothing here looks across steps."""

from __future__ import annotations

from typing import Any

from workflows.language import words
from workflows.language.checks import patterns, shapes
from workflows.language.checks.key_shapes import KEY_SHAPES
from workflows.language.checks.kind_shapes import KIND_SHAPES
from workflows.language.findings import join
from workflows.language.outline import StepView, kinds_of
from workflows.language.subject import Subject, suggestion


def check(subject: Subject) -> None:
    """Report every word that is unknown, missing, misplaced or wrongly shaped."""
    _top(subject)
    _steps_lists(subject)
    for step in subject.outline.steps:
        _step(subject, step)


# ---------------------------------------------------------------- the top level
def _top(subject: Subject) -> None:
    body = subject.definition
    for word in body:
        if word not in words.TOP:
            unknown_word(subject, "", word, set(words.TOP))
    for word in words.TOP_REQUIRED:
        if word not in body:
            missing(subject, "", word)
    _language_version(subject)
    for word, shape in _TOP_SHAPES.items():
        if word in body:
            shape(subject, join("", word), body[word])


def _language_version(subject: Subject) -> None:
    given = subject.definition.get("gspflow", words.LANGUAGE)
    if given != words.LANGUAGE or isinstance(given, bool):
        subject.add(
            "language_version",
            "/gspflow",
            f"语言版本只有 1，这里写的是 {given}；请写 gspflow: 1。",
            f"The language has version 1 only, not {given}: write gspflow: 1.",
        )


def _start(subject: Subject, pointer: str, value: Any) -> None:
    body = shapes.mapping(subject, pointer, value, words.START_KEYS, required=words.START_KEYS)
    if "by" in body:
        shapes.text_list(subject, join(pointer, "by"), body["by"])
    if "form" in body:
        shapes.text(subject, join(pointer, "form"), body["form"])


def _data(subject: Subject, pointer: str, value: Any) -> None:
    body = shapes.mapping(subject, pointer, value, words.DATA_KEYS, required=words.DATA_KEYS)
    if "schema" in body:
        shapes.text(subject, join(pointer, "schema"), body["schema"])


def _on_message(subject: Subject, pointer: str, value: Any) -> None:
    body = shapes.mapping(subject, pointer, value, None)
    for name, raw in body.items():
        at = join(pointer, name)
        shapes.key(subject, at, name)
        message = shapes.mapping(subject, at, raw, words.MESSAGE_KEYS, required=words.MESSAGE_KEYS)
        if "keys" in message:
            shapes.expression(subject, join(at, "keys"), message["keys"])
        if "to" in message:
            shapes.text(subject, join(at, "to"), message["to"])


_TOP_SHAPES = {
    "process": shapes.text,
    "version": shapes.version_text,
    "title": shapes.bilingual,
    "owner": shapes.text,
    "basis": shapes.text_list,
    "effective_from": shapes.text,
    "start": _start,
    "key": shapes.expression,
    "data": _data,
    "on_message": _on_message,
}


# ---------------------------------------------------------------- lists of steps
def _steps_lists(subject: Subject) -> None:
    if "steps" in subject.definition:
        _step_list(subject, "/steps", subject.definition["steps"])


def _step_list(subject: Subject, pointer: str, value: Any) -> None:
    if not isinstance(value, list) or not value:
        subject.add(
            "wrong_shape",
            pointer,
            "这里应是步骤列表，至少一步。",
            "A list of steps belongs here, with at least one step.",
        )
        return
    for index, raw in enumerate(value):
        inner = join(pointer, index)
        if not isinstance(raw, dict):
            subject.add(
                "wrong_shape",
                inner,
                "步骤应是键值对，如 {id: a, task: inspector}。",
                "A step is a mapping, like {id: a, task: inspector}.",
            )
            continue
        if "do" in raw:
            _step_list(subject, join(inner, "do"), raw["do"])
        _branches(subject, join(inner, "parallel"), raw)


def _branches(subject: Subject, pointer: str, raw: dict[str, Any]) -> None:
    if "parallel" not in raw:
        return
    branches = raw["parallel"]
    if patterns.split_by_number(subject, pointer, branches):
        return
    if not isinstance(branches, list) or len(branches) < 2:
        subject.add(
            "wrong_shape",
            pointer,
            "parallel 应是至少两个 {do: [步骤…]} 的列表。",
            "`parallel` is a list of at least two {do: [steps…]}.",
        )
    for index, branch in enumerate(branches if isinstance(branches, list) else ()):
        inner = join(pointer, index)
        body = shapes.mapping(subject, inner, branch, ("do",), required=("do",))
        if "do" in body:
            _step_list(subject, join(inner, "do"), body["do"])


# ---------------------------------------------------------------- one step
def _step(subject: Subject, step: StepView) -> None:
    if "id" not in step.raw:
        missing(subject, step.pointer, "id")
    kinds = kinds_of(step.raw)
    if len(kinds) != 1:
        _kind_count(subject, step, kinds)
    else:
        KIND_SHAPES[step.kind](subject, step.at(step.kind), step.raw[step.kind])
        _required(subject, step)
    _words_of_step(subject, step)
    for word, shape in KEY_SHAPES.items():
        if word in step.raw:
            shape(subject, step.at(word), step.raw[word])


def _kind_count(subject: Subject, step: StepView, kinds: list[str]) -> None:
    known = ", ".join(words.KINDS)
    if not kinds:
        near = [suggestion(word, words.KINDS) for word in step.raw if word not in words.KEYS]
        zh, en = next((hint for hint in near if "Did you mean" in hint[1]), ("", ""))
        subject.add(
            "no_kind",
            step.pointer,
            f"这一步没有种类词（{known}）。{zh}",
            f"This step has no word for its kind ({known}).{en}",
        )
        return
    names = ", ".join(kinds)
    subject.add(
        "several_kinds",
        step.at(kinds[1]),
        f"一步只能有一个种类词，这里有 {names}；请拆成几步。",
        f"A step has one kind, this one has {names}: make several steps of it.",
        key=True,
    )


def _required(subject: Subject, step: StepView) -> None:
    for word in words.KIND_REQUIRED.get(step.kind, ()):
        if word not in step.raw:
            missing(subject, step.pointer, word)


def _words_of_step(subject: Subject, step: StepView) -> None:
    own = words.KIND_KEYS.get(step.kind)
    kinds = set(kinds_of(step.raw))
    for word in step.raw:
        if word in kinds:
            continue
        if word not in words.KEYS:
            unknown_word(subject, step.pointer, word, set(words.KEYS) | set(words.KINDS))
        elif own is not None and word not in own and word not in words.COMMON:
            misplaced(subject, step, word)
        elif word in words.NOT_COMMON.get(step.kind, ()):
            misplaced(subject, step, word)


def misplaced(subject: Subject, step: StepView, word: str) -> None:
    """Report a word that this kind of step does not take."""
    if word == "join" and patterns.join_without_split(subject, step.at(word)):
        return
    fits = ", ".join(kind for kind, keys in words.KIND_KEYS.items() if word in keys or word in words.COMMON)
    subject.add(
        "word_not_for_kind",
        step.at(word),
        f"“{word}”不能用于 {step.kind} 步骤，只用于：{fits}。请删去或换种类。",
        f"'{word}' does not belong to a `{step.kind}` step, only to: {fits}. Remove it or change the kind.",
        key=True,
    )


def unknown_word(subject: Subject, pointer: str, word: str, known: set[str]) -> None:
    """Report a word that the language does not have; one that asks for a pattern it refuses is explained."""
    if patterns.refused_word(subject, join(pointer, word), word):
        return
    zh, en = suggestion(word, known)
    subject.add(
        "unknown_word",
        join(pointer, word),
        f"不认识“{word}”。{zh}",
        f"The language has no word '{word}' here.{en}",
        key=True,
    )


def missing(subject: Subject, pointer: str, word: str) -> None:
    """Report a required word that is not there."""
    meaning = words.TOP.get(word) if pointer == "" else words.KEYS.get(word)
    zh, en = (f"（{meaning.zh}）", f" ({meaning.en})") if meaning else ("", "")
    subject.add("missing_word", pointer, f"缺少“{word}”{zh}，请补上。", f"'{word}'{en} is missing: add it.")
