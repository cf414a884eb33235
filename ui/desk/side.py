"""Beside the form: what each conclusion leads to, who may act and who may not, the files, the articles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.json_types import JsonObject
from ui.components.chips import chip, person, role_name
from ui.elements import Text, attrs, box, icon, link
from ui.forms.boxes import Upload
from ui.guard import Viewer
from ui.texts import choose, t

#: How the outcomes that mean the same in every process look.
OUTCOME_LOOKS = {
    "pass": ("green", "passed"),
    "approved": ("green", "passed"),
    "accepted": ("green", "passed"),
    "done": ("green", "passed"),
    "fail": ("red", "failed"),
    "rejected": ("red", "failed"),
    "refused": ("red", "failed"),
    "doubt": ("violet", "doubt"),
    "returned": ("violet", "returned"),
}


def look_of(outcome: str) -> tuple[Any, str]:
    """Colour and icon of an outcome; plain blue for one of the process's own."""
    return OUTCOME_LOOKS.get(outcome, ("blue", "next"))


def draw_outlook(viewer: Viewer, outcomes: list[Any], outlook: list[JsonObject]) -> None:
    """What happens after each button."""
    titles = {one["key"]: choose(one["title"], viewer.lang) for one in outcomes}
    with _card("play", viewer.t("task.side.next")):
        for line in outlook:
            key = str(line["outcome"])
            tone, drawing = look_of(key)
            with box("look"):
                chip(titles.get(key, key), tone, icon_of=drawing)
                with box("stack gap4"):
                    for step in _told(line):
                        Text("div", _sentence(viewer, step))


def _told(line: Any) -> list[Any]:
    """At most four lines: what the system does first, the next person last."""
    steps = line["next"]
    return steps if len(steps) <= 4 else [*steps[:3], steps[-1]]


def _sentence(viewer: Viewer, step: Any) -> str:
    title = choose(step["title"], viewer.lang)
    if not step["roles"] or step["kind"] in ("end",):
        return title if step["kind"] == "end" else viewer.t("task.side.system_does", title=title)
    roles = (" / " if viewer.lang == "en" else "、").join(role_name(role, viewer.lang) for role in step["roles"])
    return viewer.t("task.side.notified" if step["kind"] == "notify" else "task.side.then", roles=roles, title=title)


def draw_people(viewer: Viewer, people: list[Any], titles: dict[str, str], assignee: str | None) -> None:
    """Who may act, who has it, and who may not because of what he or she did before."""
    if not people:
        return
    names = {str(one["id"]): choose({"zh": one["name"], "en": one["name_en"]}, viewer.lang) for one in people}
    with _card("people", viewer.t("task.side.who")):
        for one in sorted(people, key=lambda one: (_kept_off(one), one["id"] != viewer.account.id))[:8]:
            name = choose({"zh": one["name"], "en": one["name_en"]}, viewer.lang)
            if one["id"] == viewer.account.id:
                name = viewer.t("task.side.you", name=name)
            note = role_name(one["role"], viewer.lang)
            if one.get("for"):
                note = viewer.t("task.away.stands_in", role=note, name=names.get(str(one["for"]), str(one["for"])))
            if one.get("not"):
                note = viewer.t("task.side.not_same", step=titles.get(str(one["not"]), str(one["not"])))
            elif one.get("lacks"):
                note = choose(one["lacks"], viewer.lang)
            elif one["id"] == assignee:
                note = f"{note} · {viewer.t('task.side.has_it')}"
            person(name, note, may_act=not _kept_off(one))


def _kept_off(one: Any) -> bool:
    """Whether four-eyes or a missing qualification keeps a person from the task."""
    return bool(one.get("not") or one.get("lacks"))


def files_in(values: Any) -> Iterator[Any]:
    """Every attachment in values, each hash once."""
    seen: set[str] = set()
    waiting = [values]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict) and {"sha256", "name", "size", "media_type"} <= set(value):
            if value["sha256"] not in seen:
                seen.add(value["sha256"])
                yield value
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def draw_files(viewer: Viewer, files: list[Any], *, acceptance_of: str | None = None) -> None:
    """The files of the case that belong to this task, and the acceptance record of a case that has lines."""
    if not files and acceptance_of is None:
        return
    with _card("attach", viewer.t("task.side.files")):
        if files:
            Upload(files, viewer.lang)
        if acceptance_of is not None:
            href = f"/api/v1/cases/{acceptance_of}/documents/acceptance.pdf?lang={viewer.lang}"
            made = link(viewer.t("cases.side.acceptance"), href, "btn low", icon_of="file")
            attrs(made, target="_blank", data_testid="acceptance")


def draw_basis(viewer: Viewer, clauses: list[str], help_text: Any) -> None:
    """What to do here and by which articles."""
    if not clauses and not help_text:
        return
    with _card("clause", viewer.t("task.side.basis")):
        if help_text:
            Text("div", choose(help_text, viewer.lang))
        with box("fx wrap gap4"):
            for clause in clauses:
                chip(clause_words(viewer, clause))


def clause_words(viewer: Viewer, clause: str) -> str:
    """``GSP-64`` as people cite it."""
    kind, _, number = clause.partition("-")
    return (
        t("task.side.article", viewer.lang, number=number)
        if kind == "GSP"
        else viewer.t("task.side.item", number=number)
    )


def _card(drawing: str, title: str) -> Any:
    element = box("card sidecard", "section")
    with element, box("fx"):
        icon(drawing)
        Text("h2", title)
    return element
