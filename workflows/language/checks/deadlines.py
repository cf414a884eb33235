"""Deadlines: a step that cites an article is not due later than the article allows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from domain.deadlines import working_days_in_hours
from workflows.language.findings import join
from workflows.language.outline import StepView
from workflows.language.subject import Subject

WORK = "work:"
WORKING_HOURS_A_DAY = 8
FARTHEST_HOURS = 20 * 365 * 24
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?(?:T(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)


def check(subject: Subject) -> None:
    """Report times beyond what is counted at all; warn of a `due` later than an article of the step's `basis` allows."""
    for step in subject.outline.steps:
        for pointer, text in _times(step):
            far = hours_of(text)
            if far is not None and far > FARTHEST_HOURS:
                zh, en = (
                    f"“{text}”超过二十年，无法计算。",
                    f"'{text}' lies more than twenty years ahead and is not counted.",
                )
                subject.add("time_too_far", pointer, zh, en)
        hours = hours_of(step.raw.get("due"))
        basis = step.raw.get("basis")
        if hours is None or not isinstance(basis, list):
            continue
        for clause in basis:
            limit = subject.catalogue.legal_hours.get(clause) if isinstance(clause, str) else None
            if limit is not None and hours > limit[0]:
                _warn(subject, step.at("due"), str(step.raw["due"]), str(clause), *limit)


def _times(step: StepView) -> Iterator[tuple[str, Any]]:
    """Every length of time of a step, with its place."""
    yield step.at("due"), step.raw.get("due")
    rungs = step.raw.get("escalate")
    for index, rung in enumerate(rungs if isinstance(rungs, list) else ()):
        if isinstance(rung, dict):
            yield join(join(step.at("escalate"), index), "after"), rung.get("after")
    wait = step.raw.get("wait")
    if isinstance(wait, dict):
        yield join(step.at("wait"), "timer"), wait.get("timer")
        arms = wait.get("first_of")
        for index, arm in enumerate(arms if isinstance(arms, list) else ()):
            if isinstance(arm, dict):
                yield join(join(join(step.at("wait"), "first_of"), index), "timer"), arm.get("timer")


def _warn(subject: Subject, pointer: str, due: str, clause: str, limit: int, deadline: str) -> None:
    zh_limit = f"{limit // 24} 天" if limit % 24 == 0 else f"{limit} 小时"
    en_limit = f"{limit // 24} days" if limit % 24 == 0 else f"{limit} hours"
    longer = ("按工作日历可能更晚", "may be later by the working calendar") if due.startswith(WORK) else ("", "")
    subject.add(
        "due_beyond_law",
        pointer,
        f"{clause} 规定的期限（{deadline}）最长 {zh_limit}，due: {due} 更长{longer[0]}；请缩短，或核对 basis。",
        f"{clause} ({deadline}) leaves at most {en_limit}; due: {due} is longer{' or ' + longer[1] if longer[1] else ''}. "
        "Shorten it, or check the basis.",
    )


def hours_of(due: Any) -> float | None:
    """How long a `due` can last in real hours, working time with its weekends; ``None`` for what is no duration."""
    if not isinstance(due, str):
        return None
    match = _DURATION.fullmatch(due.removeprefix(WORK))
    if match is None:
        return None
    part = {name: int(text or 0) for name, text in match.groupdict().items()}
    rest = timedelta(hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"]) / timedelta(hours=1)
    if not due.startswith(WORK):
        return (part["weeks"] * 7 + part["days"]) * 24 + rest
    days = part["weeks"] * 5 + part["days"] + -(-int(rest) // WORKING_HOURS_A_DAY)
    return float(working_days_in_hours(days)) if days else rest
