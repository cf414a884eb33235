"""People: roles that exist and may act, meanings of signatures, four-eyes rules that point at people."""

from __future__ import annotations

from typing import Any

from workflows.language.findings import join
from workflows.language.outline import StepView
from workflows.language.step_words import role_of
from workflows.language.subject import Subject, suggestion
from workflows.language.words import ASSIGNEE, PEOPLE_KINDS

QUALITY_ROLES = frozenset({"quality_staff", "quality_director"})
"""Who may sign a quality ruling. Source: GSP 18 (quality staff judge independently); RULE-16."""


def check(subject: Subject) -> None:
    """Report roles, meanings, parties and four-eyes targets that cannot work."""
    if isinstance(subject.definition.get("owner"), str):
        _role(subject, "/owner", subject.definition["owner"], acts=False)
    _roles(subject, "/start/by", subject.section("start").get("by"), acts=True)
    for step in subject.outline.steps:
        _roles_of(subject, step)
        _escalation(subject, step)
        _needs(subject, step)
        _signature(subject, step)
        _four_eyes(subject, step)


def _roles_of(subject: Subject, step: StepView) -> None:
    if step.kind == "task" and step.text("task"):
        _role(subject, step.at("task"), step.text("task") or "", acts=True)
    if step.kind == "approve":
        _roles(subject, step.at("approve", "by"), step.mapping("approve").get("by"), acts=True, everyone=True)
    if step.kind == "notify":
        _roles(subject, step.at("notify"), step.raw.get("notify"), acts=False, everyone=True)
    _roles(subject, step.at("add_by"), step.raw.get("add_by"), acts=True)


def _escalation(subject: Subject, step: StepView) -> None:
    for index, item in enumerate(step.listing("escalate")):
        for word in ("remind", "add") if isinstance(item, dict) else ():
            role = item.get(word)
            if isinstance(role, str) and role and (word, role) != ("remind", ASSIGNEE):
                _role(subject, step.at("escalate", index, word), role, acts=word == "add")


def _needs(subject: Subject, step: StepView) -> None:
    for index, need in enumerate(step.listing("needs")):
        if isinstance(need, str) and need and need not in subject.catalogue.needs:
            zh, en = suggestion(need, subject.catalogue.needs)
            subject.add(
                "unknown_need",
                step.at("needs", index),
                f"没有资格“{need}”。{zh}",
                f"There is no qualification '{need}'.{en}",
            )


def _roles(subject: Subject, pointer: str, value: Any, acts: bool, everyone: bool = False) -> None:
    for index, role in enumerate(value if isinstance(value, list) else ()):
        if isinstance(role, str) and role:
            _role(subject, join(pointer, index), role_of(role) if everyone else role, acts)


def _role(subject: Subject, pointer: str, role: str, acts: bool) -> None:
    if role not in subject.catalogue.roles:
        zh, en = suggestion(role, subject.catalogue.roles)
        subject.add("unknown_role", pointer, f"没有岗位“{role}”。{zh}", f"There is no role '{role}'.{en}")
    elif acts and role in subject.catalogue.never_signs:
        subject.add(
            "role_cannot_act",
            pointer,
            f"“{role}”没有业务和质量权限，不能办理或签名；请改用业务岗位。",
            f"'{role}' has no business or quality right and can neither act nor sign: name another role.",
        )


def _signature(subject: Subject, step: StepView) -> None:
    meaning = step.mapping("sign").get("meaning")
    if isinstance(meaning, str) and meaning:
        if meaning not in subject.catalogue.meanings:
            zh, en = suggestion(meaning, subject.catalogue.meanings)
            subject.add(
                "unknown_meaning",
                step.at("sign", "meaning"),
                f"没有签名含义“{meaning}”。{zh}",
                f"A signature cannot mean '{meaning}'.{en}",
            )
        elif meaning == "quality_rule":
            _ruling(subject, step)
    party = step.text("external_signature")
    if party and party not in subject.catalogue.external_parties:
        zh, en = suggestion(party, subject.catalogue.external_parties)
        subject.add(
            "unknown_party",
            step.at("external_signature"),
            f"没有外部签名方“{party}”。{zh}",
            f"There is no external party '{party}'.{en}",
        )


def _ruling(subject: Subject, step: StepView) -> None:
    if step.kind == "task":
        named = [(step.at("task"), step.text("task"))]
    else:
        seats = step.mapping("approve").get("by")
        named = [
            (step.at("approve", "by", index), role_of(role) if isinstance(role, str) else role)
            for index, role in enumerate(seats if isinstance(seats, list) else ())
        ]
    named += [
        (step.at("escalate", index, "add"), item.get("add"))
        for index, item in enumerate(step.listing("escalate"))
        if isinstance(item, dict)
    ]
    for pointer, role in named:
        if isinstance(role, str) and role in subject.catalogue.roles and role not in QUALITY_ROLES:
            subject.add(
                "ruling_role",
                pointer,
                f"质量裁决不能由“{role}”签名；请用 quality_staff 或 quality_director。",
                f"'{role}' cannot sign a quality ruling: use quality_staff or quality_director.",
            )


def _four_eyes(subject: Subject, step: StepView) -> None:
    for index, name in enumerate(step.listing("not_same_as")):
        if not isinstance(name, str):
            continue
        pointer = step.at("not_same_as", index)
        target = subject.outline.by_id.get(name)
        if target is None:
            zh, en = suggestion(name, {other.id for other in subject.outline.steps if other.kind in PEOPLE_KINDS})
            subject.add("unknown_step", pointer, f"没有步骤“{name}”。{zh}", f"There is no step '{name}'.{en}")
        elif target is step or target.kind not in PEOPLE_KINDS:
            subject.add(
                "not_same_as_target",
                pointer,
                f"not_same_as 应指向另一个 task 或 approve 步骤，“{name}”不是。",
                f"`not_same_as` names another task or approve step; '{name}' is none.",
            )
