"""Shapes of the words beside a step's kind: outcomes, signatures, escalation, what people may do, how groups join."""

from __future__ import annotations

from typing import Any

from workflows.language import words
from workflows.language.checks import patterns, shapes
from workflows.language.findings import join
from workflows.language.model import PRIORITIES
from workflows.language.subject import Subject, suggestion


def _outcomes(subject: Subject, pointer: str, value: Any) -> None:
    if not isinstance(value, list) or not value:
        subject.add(
            "wrong_shape",
            pointer,
            "outcomes 应是 [{key, zh, en}, …]，至少一个。",
            "`outcomes` is [{key, zh, en}, …] with at least one entry.",
        )
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        key = _outcome(subject, join(pointer, index), item)
        if key is not None and key in seen:
            shapes.duplicate(subject, join(pointer, index), key)
        seen.add(key or "")


def _outcome(subject: Subject, pointer: str, item: Any) -> str | None:
    if isinstance(item, str):
        if item not in words.GLOSSARY_OUTCOMES:
            subject.add(
                "outcome_words",
                pointer,
                f"结果“{item}”须写成 {{key: {item}, zh: …, en: …}}。",
                f"Write the outcome '{item}' as {{key: {item}, zh: …, en: …}}: people read these words on the button.",
            )
        return item
    body = shapes.mapping(subject, pointer, item, words.OUTCOME_KEYS, required=("key",))
    key = body.get("key")
    if "key" in body:
        shapes.key(subject, join(pointer, "key"), key)
    for lang in ("zh", "en"):
        if lang in body:
            shapes.text(subject, join(pointer, lang), body[lang])
        elif isinstance(key, str) and key not in words.GLOSSARY_OUTCOMES:
            subject.add(
                "outcome_words",
                pointer,
                f"结果“{key}”缺少 {lang} 名称。",
                f"The outcome '{key}' has no words in {lang}.",
            )
    return key if isinstance(key, str) else None


def _sign(subject: Subject, pointer: str, value: Any) -> None:
    body = shapes.mapping(subject, pointer, value, words.SIGN_KEYS, required=("meaning",))
    if "meaning" in body:
        shapes.text(subject, join(pointer, "meaning"), body["meaning"])
    if "reauth" in body:
        shapes.boolean(subject, join(pointer, "reauth"), body["reauth"])


def _retry(subject: Subject, pointer: str, value: Any) -> None:
    body = shapes.mapping(subject, pointer, value, words.RETRY_KEYS, required=("max",))
    if "max" in body:
        shapes.integer(subject, join(pointer, "max"), body["max"], 1, words.RETRY_MAX)
    if "then" in body:
        shapes.choice(subject, join(pointer, "then"), body["then"], ("incident",))


def _targets(subject: Subject, pointer: str, value: Any) -> None:
    body = shapes.mapping(subject, pointer, value, None)
    for outcome, target in body.items():
        shapes.text(subject, join(pointer, outcome), target)


def _join(subject: Subject, pointer: str, value: Any) -> None:
    if not patterns.refused_join(subject, pointer, value):
        shapes.choice(subject, pointer, value, words.JOINS)


def _rest(subject: Subject, pointer: str, value: Any) -> None:
    if not patterns.refused_rest(subject, pointer, value):
        shapes.choice(subject, pointer, value, words.RESTS)


def _choice(*allowed: str) -> shapes.Shape:
    def one_of(subject: Subject, pointer: str, value: Any) -> None:
        shapes.choice(subject, pointer, value, allowed)

    return one_of


def _n(subject: Subject, pointer: str, value: Any) -> None:
    shapes.integer(subject, pointer, value, 1, words.ITEMS_MAX)


def _escalate(subject: Subject, pointer: str, value: Any) -> None:
    if not isinstance(value, list) or not value:
        subject.add(
            "wrong_shape",
            pointer,
            "escalate 应是 [{after: PT4H, remind: assignee}, {after: P1D, add: 岗位}]。",
            "`escalate` is [{after: PT4H, remind: assignee}, {after: P1D, add: role}].",
        )
        return
    for index, item in enumerate(value):
        _escalation(subject, join(pointer, index), item)


def _escalation(subject: Subject, pointer: str, item: Any) -> None:
    body = shapes.mapping(subject, pointer, item, words.ESCALATE_KEYS, required=("after",))
    if "after" in body:
        shapes.duration(subject, join(pointer, "after"), body["after"])
    for word in ("remind", "add"):
        if word in body:
            shapes.text(subject, join(pointer, word), body[word])
    if body and ("remind" in body) == ("add" in body):
        subject.add(
            "wrong_shape",
            pointer,
            "每项写 remind（提醒 assignee 或某岗位）或 add（增加办理岗位）之一。",
            "Each entry has one of `remind` (assignee, or a role) and `add` (a role that may act too).",
        )


def _fields(subject: Subject, pointer: str, value: Any) -> None:
    for name, mode in shapes.mapping(subject, pointer, value, None).items():
        shapes.choice(subject, join(pointer, name), mode, words.FIELD_MODES)


def _allow(subject: Subject, pointer: str, value: Any) -> None:
    if not isinstance(value, list) or not value:
        subject.add(
            "wrong_shape",
            pointer,
            "allow 应是列表，如 [transfer, delegate, {return_to: [步骤]}]。",
            "`allow` is a list like [transfer, delegate, {return_to: [steps]}].",
        )
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        verb = _allowed(subject, join(pointer, index), item)
        if verb in seen:
            shapes.duplicate(subject, join(pointer, index), verb)
        seen.add(verb)


def _allowed(subject: Subject, pointer: str, item: Any) -> str:
    if isinstance(item, dict):
        body = shapes.mapping(subject, pointer, item, ("return_to",), required=("return_to",))
        if "return_to" in body:
            shapes.text_list(subject, join(pointer, "return_to"), body["return_to"])
        return "return_to"
    if isinstance(item, str) and item not in words.ALLOW_VERBS:
        zh, en = suggestion(item, {*words.ALLOW_VERBS, "return_to"})
        subject.add("wrong_value", pointer, f"没有操作“{item}”。{zh}", f"There is no verb '{item}'.{en}")
    elif not isinstance(item, str):
        shapes.text(subject, pointer, item)
    return str(item)


def _min(subject: Subject, pointer: str, value: Any) -> None:
    shapes.integer(subject, pointer, value, 0, words.ITEMS_MAX)


KEY_SHAPES: dict[str, shapes.Shape] = {
    "id": shapes.text,
    "title": shapes.bilingual,
    "help": shapes.bilingual,
    "basis": shapes.text_list,
    "when": shapes.expression,
    "next": shapes.text,
    "on": _targets,
    "form": shapes.text,
    "with": shapes.expressions,
    "outcomes": _outcomes,
    "into": shapes.text,
    "due": shapes.duration,
    "sign": _sign,
    "external_signature": shapes.text,
    "not_same_as": shapes.text_list,
    "retry": _retry,
    "undo": shapes.text,
    "join": _join,
    "n": _n,
    "rest": _rest,
    "mode": _choice(*words.MODES),
    "open": shapes.boolean,
    "add_by": shapes.text_list,
    "until": shapes.expression,
    "cancel_when": shapes.expression,
    "escalate": _escalate,
    "fields": _fields,
    "allow": _allow,
    "same_as": shapes.text,
    "needs": shapes.text_list,
    "priority": _choice(*PRIORITIES),
    "mutex": shapes.key,
    "on_return": _choice(*words.ON_RETURN),
    "after_return": _choice(*words.AFTER_RETURN),
    "child_on_return": _choice(*words.CHILD_ON_RETURN),
    "detached": shapes.boolean,
    "acknowledge": shapes.boolean,
    "as": shapes.text,
    "item_key": shapes.expression,
    "min": _min,
    "seal": shapes.boolean,
}
