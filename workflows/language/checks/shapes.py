"""Shapes of single values: text, both languages, one of several, durations. Each reports what belongs there instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from workflows.language import words
from workflows.language.findings import join
from workflows.language.subject import Subject, suggestion

Shape = Callable[[Subject, str, Any], None]
"""Reports what is wrong with the value at a pointer."""
KEY = re.compile(r"[a-z][a-z0-9_]{0,47}")
"""Keys of processes, steps, outcomes and items: they stand in paths, hashes and file names."""
_DURATION = re.compile(r"P(?=\d|T\d)(\d{1,5}W)?(\d{1,5}D)?(T(?=\d)(\d{1,6}H)?(\d{1,6}M)?(\d{1,8}S)?)?")


def _wrong(subject: Subject, pointer: str, zh: str, en: str) -> None:
    subject.add("wrong_shape", pointer, f"这里应是{zh}。", f"{en} belongs here.")


def text(subject: Subject, pointer: str, value: Any) -> None:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        _wrong(subject, pointer, "文本", "Text")


def version_text(subject: Subject, pointer: str, value: Any) -> None:
    """A version; YAML reads ``1.0`` as a number, which is the usual slip."""
    if not isinstance(value, str) or not value.strip():
        _wrong(subject, pointer, "三段版本号，如 1.0.0", "A version of three parts, like 1.0.0,")


def boolean(subject: Subject, pointer: str, value: Any) -> None:
    """``true`` or ``false``; ``yes`` and ``on`` are text in YAML 1.2."""
    if not isinstance(value, bool):
        _wrong(subject, pointer, " true 或 false（yes、on 是文本）", "`true` or `false` (`yes` and `on` are text)")


def number(subject: Subject, pointer: str, value: Any, low: int, high: int) -> None:
    """A number above ``low`` and up to ``high``."""
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool) or not low < value <= high:
        _wrong(subject, pointer, f"大于 {low}、不超过 {high} 的数", f"A number above {low} and up to {high}")


def integer(subject: Subject, pointer: str, value: Any, low: int, high: int) -> None:
    """A whole number within limits."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        _wrong(subject, pointer, f" {low} 到 {high} 的整数", f"A whole number from {low} to {high}")


def key(subject: Subject, pointer: str, value: Any) -> None:
    """A key of lower-case letters, digits and underscores."""
    if not isinstance(value, str) or not KEY.fullmatch(value):
        subject.add(
            "key_form",
            pointer,
            f"键“{value}”应以小写字母开头，只用小写字母、数字、下划线，最多 48 个字符。",
            f"The key '{value}' begins with a lower-case letter and has lower-case letters, digits, underscores only, 48 at most.",
        )


def expression(subject: Subject, pointer: str, value: Any) -> None:
    """An expression as text."""
    if not isinstance(value, str) or not value.strip():
        _wrong(
            subject,
            pointer,
            "表达式（文本）；true、false 或以 [ { 开头时请加引号",
            "An expression (text; quote true, false and what begins with [ or {)",
        )


def expressions(subject: Subject, pointer: str, value: Any, at_least_one: bool = False) -> None:
    """A mapping of field → expression; a bare number is one too."""
    body = mapping(subject, pointer, value, None)
    if at_least_one and isinstance(value, dict) and not body:
        _wrong(subject, pointer, "至少一个“字段: 表达式”", "At least one `field: expression`")
    for name, item in body.items():
        if not isinstance(item, (int, Decimal)) or isinstance(item, bool):
            expression(subject, join(pointer, name), item)


def bilingual(subject: Subject, pointer: str, value: Any) -> None:
    """``{zh, en}``, both filled."""
    body = mapping(subject, pointer, value, ("zh", "en"), required=("zh", "en"))
    for lang, item in body.items():
        if lang in ("zh", "en"):
            text(subject, join(pointer, lang), item)


def text_list(subject: Subject, pointer: str, value: Any, unique: bool = True) -> None:
    """A list of texts, not empty."""
    if not isinstance(value, list) or not value:
        _wrong(
            subject, pointer, "文本列表，如 [a, b]，至少一项", "A list of texts like [a, b], with at least one entry,"
        )
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        text(subject, join(pointer, index), item)
        if isinstance(item, str):
            if unique and item in seen:
                duplicate(subject, join(pointer, index), item)
            seen.add(item)


def duplicate(subject: Subject, pointer: str, item: str) -> None:
    """Report an entry that stands twice."""
    subject.add("duplicate_entry", pointer, f"“{item}”重复，请只留一个。", f"'{item}' stands here twice: keep one.")


def choice(subject: Subject, pointer: str, value: Any, allowed: tuple[str, ...]) -> None:
    """One of the words allowed."""
    if not isinstance(value, str) or value not in allowed:
        subject.add(
            "wrong_value",
            pointer,
            f"“{value}”不可用，可用：{'、'.join(allowed)}。",
            f"'{value}' is not one of {', '.join(allowed)}.",
        )


def duration(subject: Subject, pointer: str, value: Any) -> None:
    """An ISO 8601 duration in weeks, days, hours, minutes: ``P1D`` (calendar days), ``PT4H`` (hours); with ``work:``
    before it by the working calendar."""
    text_of = value.removeprefix("work:") if isinstance(value, str) else ""
    if not _DURATION.fullmatch(text_of):
        subject.add(
            "wrong_value",
            pointer,
            f"时长“{value}”应写成 P1D（一天）、PT4H（四小时）或 work:PT2H（两个工作小时）。",
            f"Write the length of time '{value}' like P1D (one day), PT4H (four hours) or work:PT2H (two working hours).",
        )


def mapping(
    subject: Subject,
    pointer: str,
    value: Any,
    known: tuple[str, ...] | None,
    *,
    required: tuple[str, ...] = (),
) -> dict[str, Any]:
    """A mapping with known keys (any, if ``known`` is ``None``); an empty one is returned for anything else."""
    if not isinstance(value, dict):
        shown = "{" + ", ".join(f"{word}: …" for word in known or ("…",)) + "}"
        _wrong(subject, pointer, f"键值对，如 {shown}", f"A mapping like {shown}")
        return {}
    for word in value if known is not None else ():
        if known is not None and word not in known:
            zh, en = suggestion(word, known)
            subject.add(
                "unknown_word",
                join(pointer, word),
                f"这里没有“{word}”这个词。{zh}",
                f"There is no word '{word}' here.{en}",
                key=True,
            )
    for word in required:
        if word not in value:
            meaning = words.KEYS.get(word)
            zh, en = (f"（{meaning.zh}）", f" ({meaning.en})") if meaning and word != "form" else ("", "")
            subject.add("missing_word", pointer, f"缺少“{word}”{zh}，请补上。", f"'{word}'{en} is missing: add it.")
    return value
