"""Whether the number of a new version says what its changes weigh: computed from the difference, never claimed."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from domain.errors import Fault, Refusal, Text
from domain.json_types import JsonObject
from records import definitions as rows
from records.definitions import DefinitionVersion
from workflows.language.change_class import Misfit, misfit, number_of, why_of
from workflows.language.diff import diff_definitions

_PUBLISHED = ("effective", "scheduled", "superseded")
_CLASSES = {
    "patch": Text("补丁（第三位）", "a patch (third number)"),
    "minor": Text("次要（第二位）", "a minor change (second number)"),
    "major": Text("重大（第一位）", "a major change (first number)"),
}


def latest_published(session: Session, name: str) -> DefinitionVersion | None:
    """The version with the highest number that was ever in force, or has its day of it."""
    published = [one for one in rows.versions(session, name) if one.state in _PUBLISHED]
    return max(published, key=lambda one: number_of(one.version), default=None)


def number_fault(session: Session, name: str, number: str, checked: JsonObject) -> Refusal | None:
    """Why ``number`` does not do for this text, or ``None``. The first version of a name may have any number."""
    before = latest_published(session, name)
    if before is None:
        return None
    if number_of(number) <= number_of(before.version):
        return _not_newer(before.version, number)
    known: Any = before.checked or {}
    found = misfit(before.version, number, diff_definitions(known, checked))
    return _too_low(before.version, number, found) if found else None


def _not_newer(before: str, number: str) -> Refusal:
    text = Text(
        f"版本 {number} 不高于已发布的 {before}；请取更高的版本号。",
        f"Version {number} is not above {before}, which is published; give it a higher number.",
    )
    return Refusal(422, "version_not_newer", text, faults=(Fault("/version", "version_not_newer", text),))


def _too_low(before: str, number: str, found: Misfit) -> Refusal:
    weight, change, why = _CLASSES[found.severity], found.change, why_of(found.change)
    text = Text(
        f"{before} → {number} 的版本号偏低：这是{weight.zh}改动，至少应为 {found.wanted}。"
        f"例如：{change.text.zh}（{why.zh}）。",
        f"{before} → {number} says too little: this is {weight.en}, at least {found.wanted}. "
        f"For example: {change.text.en} ({why.en}).",
    )
    fault = Fault(f"process.yaml#{change.pointer}", "version_too_low", text)
    return Refusal(422, "version_too_low", text, faults=(fault,))
