"""The class of a change, computed from two versions: patch, minor or major, each with its reason in words.

patch: words, clauses, deadlines. minor: an optional addition, after which all that fitted before still fits. major: the
rest. The number of a new version has to say at least as much; nobody claims a class.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import Text
from domain.json_types import JsonObject
from workflows.language.diff import Change, Severity, classify, diff_definitions, next_version

_MILD: dict[Severity, Text] = {
    "patch": Text("办理人、顺序和所需数据都不变", "who acts, in which order and with which data stays the same"),
    "minor": Text("可选的新增，原来合格的仍然合格", "an optional addition: what fitted before still fits"),
    "major": Text("运行中的案例不能假定仍然适用", "running cases cannot be assumed to fit it"),
}
_WHY: dict[tuple[str, Severity], Text] = {
    ("text", "patch"): Text("只是文字或依据", "words and clauses only"),
    ("time", "patch"): Text("只是期限、提醒或重试", "deadlines, reminders or retries only"),
    ("form", "patch"): Text("表单只改了文字或排列", "the form changes in words or layout only"),
    ("form", "minor"): Text("可不填，原有数据仍然合格", "it may be left empty, and data entered before still fit"),
    ("form", "major"): Text("要填的数据变了", "what has to be entered changes"),
    ("route", "minor"): Text("只多告知，不等任何人", "people are told more; nobody is waited for"),
    ("route", "major"): Text("步骤或去向变了", "the steps or their ways change"),
    ("people", "major"): Text("由谁办理或签名变了", "who acts or signs changes"),
    ("table", "major"): Text("判定规则变了", "the rules of a decision change"),
}


@dataclass(frozen=True)
class Classed:
    """One change with its class and why it has it."""

    change: Change
    why: Text

    def as_json(self) -> JsonObject:
        """The change in both languages."""
        change = self.change
        plain: JsonObject = {"kind": change.kind, "severity": change.severity, "pointer": change.pointer}
        return {**plain, "step": change.step, "text": change.text.as_json(), "why": self.why.as_json()}


@dataclass(frozen=True)
class Misfit:
    """A version number that says less than its changes weigh. ``change`` is one that makes it so; ``wanted`` is the
    lowest number that would do."""

    severity: Severity
    wanted: str
    change: Change


def why_of(change: Change) -> Text:
    """Why a change has its class, in a few words."""
    return _WHY.get((change.kind, change.severity)) or _MILD[change.severity]


def classed(old: JsonObject, new: JsonObject) -> list[Classed]:
    """All changes between two versions (see ``diff_definitions``), each with its class and the reason."""
    return [Classed(change, why_of(change)) for change in diff_definitions(old, new)]


def number_of(version: str) -> tuple[int, int, int]:
    """A version to sort by. Raises ``ValueError`` for a text that is no ``1.2.3``."""
    major, minor, patch = (int(part) for part in version.split("-")[0].split("."))
    return major, minor, patch


def misfit(before: str, number: str, changes: list[Change]) -> Misfit | None:
    """What is wrong with calling the version that follows ``before`` with these changes ``number``; ``None``: nothing.

    A number may say more than the changes weigh, never less.
    """
    severity = classify(changes)
    if severity is None:
        return None
    wanted = next_version(before, severity)
    if number_of(number) >= number_of(wanted):
        return None
    heaviest = next(change for change in changes if change.severity == severity)
    return Misfit(severity, wanted, heaviest)
