"""What changed between two versions of a definition, in words, grouped and weighed.

The weight is computed, never claimed: patch = labels, help, clauses, due dates; minor = optional additions (an optional
field, a notice); major = everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from domain.canonical import dumps
from domain.errors import Text
from domain.json_types import JsonObject
from workflows.language import words
from workflows.language.diagram import plain_title
from workflows.language.diff_files import form_changes, stem, table_changes
from workflows.language.diff_words import NAMES, Titles, shown
from workflows.language.findings import join
from workflows.language.outline import Outline, StepView, outline_of

Kind = Literal["route", "table", "form", "time", "people", "text"]
Severity = Literal["patch", "minor", "major"]
_ORDER: dict[str, int] = {"patch": 0, "minor": 1, "major": 2}


@dataclass(frozen=True)
class Change:
    """One change. ``pointer`` leads into the new definition (into the old one for what was removed); ``step`` is the id
    of the step it belongs to, ``None`` at the top level and in files."""

    kind: Kind
    severity: Severity
    pointer: str
    step: str | None
    text: Text

    def as_json(self, lang: str) -> JsonObject:
        """The change in one language."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "pointer": self.pointer,
            "step": self.step,
            "text": self.text.said_in(lang),
        }


_TOP: dict[str, tuple[Kind, Severity]] = {
    "title": ("text", "patch"),
    "basis": ("text", "patch"),
    "owner": ("people", "major"),
    "effective_from": ("time", "patch"),
    "key": ("route", "major"),
    "data": ("form", "major"),
    "process": ("route", "major"),
    "gspflow": ("route", "major"),
}
_KEYS: dict[str, tuple[Kind, Severity]] = {
    "title": ("text", "patch"),
    "help": ("text", "patch"),
    "basis": ("text", "patch"),
    "due": ("time", "patch"),
    "form": ("form", "major"),
    "decide": ("table", "major"),
    "task": ("people", "major"),
    "approve": ("people", "major"),
    "notify": ("people", "major"),
    "sign": ("people", "major"),
    "external_signature": ("people", "major"),
    "not_same_as": ("people", "major"),
    "retry": ("time", "patch"),
    "escalate": ("time", "patch"),
    "priority": ("time", "patch"),
    "fields": ("form", "major"),
    "allow": ("people", "major"),
    "same_as": ("people", "major"),
    "needs": ("people", "major"),
    "add_by": ("people", "major"),
    "acknowledge": ("people", "major"),
}
_TOLD_APART = frozenset({*_TOP, "start", "steps", "version"})
"""Top words that are looked at one by one; any other one is a change of the way."""
_NONE: Titles = {}
_STRUCTURE = frozenset({"id", "do", "parallel", "outcomes"})


def diff_definitions(old: JsonObject, new: JsonObject) -> list[Change]:
    """All changes between two versions, each ``{definition, forms, tables}`` (a pinned set will do), in the order of the
    new definition. The version number itself is no change."""
    before, after = _parts(old), _parts(new)
    first, second = outline_of(before["definition"]), outline_of(after["definition"])
    changes = list(_top(before["definition"], after["definition"]))
    changes += _steps(first, second)
    changes += [
        Change("table", severity, pointer, None, text)
        for severity, pointer, text in table_changes(before["tables"], after["tables"])
    ]
    changes += [
        Change("form", severity, pointer, None, text)
        for severity, pointer, text in form_changes(before["forms"], after["forms"])
    ]
    return changes


def classify(changes: list[Change]) -> Severity | None:
    """The weight of all changes together; ``None`` when nothing changed."""
    return max((change.severity for change in changes), key=_ORDER.__getitem__, default=None)


def next_version(version: str, severity: Severity) -> str:
    """The lowest version that says enough about changes of this weight.

    >>> next_version("1.2.3", "minor")
    '1.3.0'
    """
    major, minor, patch = (int(part) for part in version.split("-")[0].split("."))
    if severity == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if severity == "minor" else f"{major}.{minor}.{patch + 1}"


def _parts(version: JsonObject) -> Any:
    return {word: version.get(word) or {} for word in ("definition", "forms", "tables")}


# ---------------------------------------------------------------- the top level
def _top(old: Any, new: Any) -> Iterator[Change]:
    for word, (kind, severity) in _TOP.items():
        if not _same(old.get(word), new.get(word)) and not _same_data(word, old, new):
            yield _changed(kind, severity, join("", word), None, _of_all(NAMES[word]), old.get(word), new.get(word))
    for word in dict.fromkeys([*old, *new]):
        if word not in _TOLD_APART and not _same(old.get(word), new.get(word)):
            name = _of_all(NAMES.get(word) or Text(word, word))
            yield _changed("route", "major", join("", word), None, name, old.get(word), new.get(word))
    before, after = old.get("start") or {}, new.get("start") or {}
    if not _same(before.get("by"), after.get("by")):
        name = _of_all(NAMES["by"])
        yield _changed("people", "major", "/start/by", None, name, before.get("by"), after.get("by"))
    if not _same_file(before.get("form"), after.get("form")):
        name = _of_all(NAMES["start_form"])
        yield _changed("form", "major", "/start/form", None, name, before.get("form"), after.get("form"))


def _same_data(word: str, old: Any, new: Any) -> bool:
    before, after = old.get("data") or {}, new.get("data") or {}
    return word == "data" and _same_file(before.get("schema"), after.get("schema"))


# ---------------------------------------------------------------- steps
def _steps(old: Outline, new: Outline) -> list[Change]:
    changes: list[Change] = []
    titles = {step.id: _name(step) for step in (*old.steps, *new.steps) if step.mapping("title")}
    for step in new.steps:
        earlier = old.by_id.get(step.id)
        if earlier is None:
            changes.append(_added(step))
        else:
            changes += _step(earlier, step, titles)
    for step in old.steps:
        if step.id not in new.by_id:
            text = Text(f"删去步骤{_name(step).zh}", f"Step {_name(step).en} removed")
            changes.append(Change("route", "major", step.pointer, step.id, text))
    return [*changes, *_moved(old, new)]


def _added(step: StepView) -> Change:
    is_word = step.kind == "notify" and "next" not in step.raw and not step.raw.get("acknowledge")
    severity: Severity = "minor" if is_word else "major"
    kind, name = _kind(step), _name(step)
    text = Text(f"新增步骤{name.zh}：{kind.zh}", f"Step {name.en} added: {kind.en}")
    return Change("route", severity, step.pointer, step.id, text)


def _only_tells(step: StepView) -> bool:
    """Whether a step tells people and waits for nobody."""
    return step.kind == "notify" and "next" not in step.raw and step.raw.get("acknowledge") is not True


def _step(old: StepView, new: StepView, titles: Titles) -> Iterator[Change]:
    if old.kind != new.kind:
        was, now, name = _kind(old), _kind(new), _name(new)
        text = Text(f"{name.zh}的步骤种类：{was.zh} → {now.zh}", f"Kind of step {name.en}: {was.en} → {now.en}")
        yield Change("route", "major", new.pointer, new.id, text)
        return
    for word in dict.fromkeys([*old.raw, *new.raw]):
        if word in _STRUCTURE or _same(old.raw.get(word), new.raw.get(word)):
            continue
        if word in ("form", "decide") and _same_file(old.raw.get(word), new.raw.get(word)):
            continue
        kind, severity = _KEYS.get(word, ("route", "major"))
        what = _of_step(NAMES.get(word) or Text(word, word), new)
        yield _changed(kind, severity, new.at(word), new.id, what, old.raw.get(word), new.raw.get(word), titles)
    yield from _outcomes(old, new, titles)


def _outcomes(old: StepView, new: StepView, titles: Titles) -> Iterator[Change]:
    if _same(old.raw.get("outcomes"), new.raw.get("outcomes")):
        return
    same_keys = [_outcome_key(item) for item in old.listing("outcomes")] == [
        _outcome_key(item) for item in new.listing("outcomes")
    ]
    what = _of_step(NAMES["outcomes"], new)
    kind: Kind = "text" if same_keys else "route"
    severity: Severity = "patch" if same_keys else "major"
    before, after = old.raw.get("outcomes"), new.raw.get("outcomes")
    yield _changed(kind, severity, new.at("outcomes"), new.id, what, before, after, titles)


def _outcome_key(item: Any) -> Any:
    return item.get("key") if isinstance(item, dict) else item


def _moved(old: Outline, new: Outline) -> Iterator[Change]:
    for step in new.steps:
        earlier = old.by_id.get(step.id)
        if earlier is None:
            continue
        if _place(earlier) != _place(step) or _before(earlier, new) != _before(step, old):
            name = _name(step)
            text = Text(f"步骤{name.zh}换了位置", f"Step {name.en} moved to another place")
            yield Change("route", "major", step.pointer, step.id, text)


def _place(step: StepView) -> tuple[str | None, int]:
    owner = step.block.owner
    return (owner.id, owner.blocks.index(step.block)) if owner else (None, 0)


def _before(step: StepView, other: Outline) -> str | None:
    """The nearest step before it in its block that the other version has in the same block too."""
    for index in range(step.index - 1, -1, -1):
        candidate = step.block.steps[index]
        twin = other.by_id.get(candidate.id)
        if twin is not None and _place(twin) == _place(candidate):
            return candidate.id
    return None


# ---------------------------------------------------------------- words
def _changed(
    kind: Kind,
    severity: Severity,
    pointer: str,
    step: str | None,
    what: Text,
    old: Any,
    new: Any,
    titles: Titles = _NONE,
) -> Change:
    was, now = shown(old, titles), shown(new, titles)
    if old is None:
        text = Text(f"{what.zh}：新增 {now.zh}", f"{what.en}: {now.en} added")
    elif new is None:
        text = Text(f"{what.zh}：删去 {was.zh}", f"{what.en}: {was.en} removed")
    elif was.zh == now.zh:  # what differs is not told in words: a text in the other language, the end of a long one
        text = Text(f"{what.zh}有改动：{now.zh}", f"{what.en} changed: {now.en}")
    else:
        text = Text(f"{what.zh}：{was.zh} → {now.zh}", f"{what.en}: {was.en} → {now.en}")
    return Change(kind, severity, pointer, step, text)


def _of_step(what: Text, step: StepView) -> Text:
    name = _name(step)
    return Text(f"{name.zh}的{what.zh}", f"{name.en}, {what.en}")


def _of_all(what: Text) -> Text:
    return Text(f"流程的{what.zh}", f"The process, {what.en}")


def _kind(step: StepView) -> Text:
    return words.KINDS.get(step.kind) or Text(step.kind, step.kind)


def _same(one: Any, other: Any) -> bool:
    return dumps(one) == dumps(other)


def _same_file(one: Any, other: Any) -> bool:
    """Whether two references name the same file in any version: what changed in it is told with the file."""
    return isinstance(one, str) and isinstance(other, str) and stem(one) == stem(other)


def _name(step: StepView) -> Text:
    title = step.mapping("title")
    zh, en = title.get("zh"), title.get("en")
    return Text(
        f"“{plain_title(zh) or step.id}”" if isinstance(zh, str) else step.id,
        f"'{plain_title(en) or step.id}'" if isinstance(en, str) else step.id,
    )
