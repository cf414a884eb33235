"""Shapes of the values that say a step's kind: who approves, where a branch goes, what is waited for."""

from __future__ import annotations

import re
from typing import Any

from workflows.language import words
from workflows.language.checks import shapes
from workflows.language.findings import join
from workflows.language.subject import Subject

_NUMBERS = r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){0,2}"
_CHILD = re.compile(rf"[a-z][a-z0-9_]{{0,47}}@(\*|[\^~]?{_NUMBERS})")
"""A process and a range of versions: `^1` = 1 and above below 2, `~1.2` = 1.2 and above below 1.3, `1.2.3` = that one."""


def _approve(subject: Subject, pointer: str, value: Any) -> None:
    body = shapes.mapping(subject, pointer, value, words.APPROVE_KEYS, required=("by",))
    if "by" in body:
        shapes.text_list(subject, join(pointer, "by"), body["by"], unique=False)
    if "rule" in body:
        shapes.choice(subject, join(pointer, "rule"), body["rule"], words.APPROVE_RULES)
    if "n" in body:
        shapes.integer(subject, join(pointer, "n"), body["n"], 1, words.ITEMS_MAX)
    if "ratio" in body:
        shapes.number(subject, join(pointer, "ratio"), body["ratio"], 0, 1)
    if "veto" in body:
        shapes.text_list(subject, join(pointer, "veto"), body["veto"])


def _set(subject: Subject, pointer: str, value: Any) -> None:
    shapes.expressions(subject, pointer, value, at_least_one=True)


def _branch(subject: Subject, pointer: str, value: Any) -> None:
    arms = value if isinstance(value, list) else []
    if not arms:
        subject.add(
            "wrong_shape",
            pointer,
            "branch 应是 [{when: 条件, to: 步骤}, {else: 步骤}]。",
            "`branch` is [{when: condition, to: step}, {else: step}].",
        )
        return
    for index, arm in enumerate(arms):
        _arm(subject, join(pointer, index), arm)
    last = arms[-1]
    early = [index for index, arm in enumerate(arms[:-1]) if isinstance(arm, dict) and "else" in arm]
    if early or not (isinstance(last, dict) and "else" in last):
        at = join(pointer, early[0]) if early else pointer
        subject.add(
            "else_required",
            at,
            "branch 必须以且仅以最后一个 {else: 步骤} 结尾。",
            "A `branch` ends with exactly one {else: step}, at its end.",
        )


def _arm(subject: Subject, pointer: str, arm: Any) -> None:
    is_else = isinstance(arm, dict) and "else" in arm
    keys = ("else",) if is_else else ("when", "to")
    body = shapes.mapping(subject, pointer, arm, keys, required=keys)
    if "when" in body:
        shapes.expression(subject, join(pointer, "when"), body["when"])
    for word in ("to", "else"):
        if word in body:
            shapes.text(subject, join(pointer, word), body[word])


def _end(subject: Subject, pointer: str, value: Any) -> None:
    shapes.choice(subject, pointer, value, words.ENDS)


def _parallel(subject: Subject, pointer: str, value: Any) -> None:
    """The branches are checked with the lists of steps."""


def _loop(subject: Subject, pointer: str, value: Any) -> None:
    body = shapes.mapping(subject, pointer, value, words.LOOP_KEYS, required=words.LOOP_KEYS)
    if "while" in body:
        shapes.expression(subject, join(pointer, "while"), body["while"])
    if "max" in body:
        shapes.integer(subject, join(pointer, "max"), body["max"], 1, words.ROUNDS_MAX)


def _wait(subject: Subject, pointer: str, value: Any) -> None:
    if not isinstance(value, dict) or "first_of" not in value:
        _waited(subject, pointer, value, ())
        return
    body = shapes.mapping(subject, pointer, value, ("first_of",))
    arms = body["first_of"]
    if not isinstance(arms, list) or not arms:
        subject.add(
            "wait_shape",
            join(pointer, "first_of"),
            "first_of 应是至少一项的列表，如 [{timer: P2D, to: 步骤}, {message: 名称, keys: 表达式}]。",
            "`first_of` is a list with at least one entry, like [{timer: P2D, to: step}, {message: name, keys: expression}].",
        )
        return
    for index, arm in enumerate(arms):
        _waited(subject, join(pointer, "first_of", index), arm, ("to",))


def _waited(subject: Subject, pointer: str, value: Any, more: tuple[str, ...]) -> None:
    """One thing that is waited for; ``more`` are the words it takes besides its own."""
    kinds = [word for word in words.WAIT_KINDS if isinstance(value, dict) and word in value]
    if len(kinds) != 1:
        subject.add(
            "wait_shape",
            pointer,
            "wait 等一件事：timer（时长）、message（消息，配 keys）或 condition（条件）；等几件用 first_of: [ … ]。",
            "A `wait` waits for one thing: `timer` (a length of time), `message` (with `keys`) or `condition`; "
            "for several write `first_of: [ … ]`.",
        )
        return
    kind = kinds[0]
    body = shapes.mapping(subject, pointer, value, (*words.WAIT_KEYS[kind], *more))
    _WAIT_SHAPES[kind](subject, join(pointer, kind), body[kind])
    if kind == "message":
        _keys(subject, pointer, body)
    if "to" in body and more:
        shapes.text(subject, join(pointer, "to"), body["to"])


def _keys(subject: Subject, pointer: str, body: dict[str, Any]) -> None:
    if "keys" not in body:
        subject.add(
            "missing_word",
            pointer,
            "消息缺少 keys（匹配用的文本列表，如 '[start.notice_no]'），请补上。",
            "The message has no `keys` (a list of texts by which it finds the case, like '[start.notice_no]'): add it.",
        )
    else:
        shapes.expression(subject, join(pointer, "keys"), body["keys"])
    if "keep" in body:
        shapes.boolean(subject, join(pointer, "keep"), body["keep"])


_WAIT_SHAPES = {"timer": shapes.duration, "message": shapes.key, "condition": shapes.expression}


def _start(subject: Subject, pointer: str, value: Any) -> None:
    if not isinstance(value, str) or not _CHILD.fullmatch(value):
        subject.add(
            "wrong_value",
            pointer,
            f"子流程“{value}”应写成 名称@版本范围，如 capa@^1、capa@~1.2、capa@1.2.3 或 capa@*。",
            f"Write the sub-process '{value}' as name@range, like capa@^1, capa@~1.2, capa@1.2.3 or capa@*.",
        )


KIND_SHAPES: dict[str, shapes.Shape] = {
    "task": shapes.text,
    "approve": _approve,
    "call": shapes.text,
    "decide": shapes.text,
    "set": _set,
    "branch": _branch,
    "parallel": _parallel,
    "foreach": shapes.expression,
    "loop": _loop,
    "wait": _wait,
    "start": _start,
    "notify": shapes.text_list,
    "end": _end,
}
