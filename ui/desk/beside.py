"""Who else is at the step of a task: added signers, who prepared it, who was asked and what was answered, who waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui.components.chips import avatar, chip
from ui.components.panels import note
from ui.elements import Text, attrs, box, icon
from ui.texts import choose

if TYPE_CHECKING:
    from ui.desk.pane import TaskPane

_STATES = {"open": ("waiting", "warnc"), "done": ("passed", "okc"), "to_come": ("due", "muted")}


def named(pane: TaskPane, person: Any) -> str:
    """A person as a record keeps him or her."""
    if person["id"] == pane.viewer.account.id:
        return pane.viewer.t("task.you")
    return choose({"zh": person["name"], "en": person["name_en"]}, pane.viewer.lang)


def waits_for(pane: TaskPane) -> str:
    """For whom a suspended task waits, in words; empty when it waits for nobody."""
    more = pane.task["more"]
    seat = next((one for one in more.get("beside", ()) if one["seat"] == more.get("suspended_by")), None)
    if seat is None:
        return ""
    who = named(pane, seat["added"]["to"]) if seat["added"] else pane.name_of(seat["assignee"])
    return pane.viewer.t(
        "verbs.beside.waits_answer" if seat["kind"] == "question" else "verbs.beside.waits_signer", name=who
    )


def draw_standing(pane: TaskPane) -> bool:
    """Above the form: that the task waits, is with a delegate, or comes back prepared; whether that says all."""
    more, viewer = pane.task["more"], pane.viewer
    words = waits_for(pane)
    if words:
        note(words, tone="yellow", icon_of="waiting", strong=viewer.t("verbs.beside.waits"))
        return True
    principal = more.get("principal")
    if principal == viewer.account.id:
        name = pane.name_of(pane.task["assignee"])
        note(viewer.t("verbs.beside.lent", name=name), tone="violet", icon_of="switch")
        return True
    if principal:
        note(viewer.t("verbs.beside.borrowed", name=pane.name_of(principal)), tone="violet", icon_of="switch")
    if more.get("prepared"):
        _prepared(pane, more["prepared"])
    return False


def _prepared(pane: TaskPane, prepared: Any) -> None:
    key = prepared["outcome"]
    words = next((choose(one["title"], pane.viewer.lang) for one in pane.task["outcomes"] if one["key"] == key), key)
    who, when = named(pane, prepared["actor"]), pane.clock.said(prepared["at"])
    text = pane.viewer.t("verbs.beside.prepared", name=who, time=when, outcome=words)
    attrs(note(text, tone="violet", icon_of="switch"), data_testid="prepared")


def draw_marks(pane: TaskPane) -> None:
    """Labels in the head: from whom the task was delegated, by whom its seat was added."""
    more, viewer = pane.task["more"], pane.viewer
    if pane.answering is not None:
        chip(viewer.t(f"verbs.{pane.task['kind']}.chip"), "violet", icon_of="comment")
    if more.get("principal"):
        words = viewer.t("verbs.beside.from", name=pane.name_of(more["principal"]))
        attrs(chip(words, "violet", icon_of="switch"), data_testid="delegated")
    if more.get("prepared"):
        words = viewer.t("verbs.beside.prepared_by", name=named(pane, more["prepared"]["actor"]))
        attrs(chip(words, "violet", icon_of="switch"), data_testid="prepared_by")
    if more.get("added") and pane.task["kind"] != "question":
        words = viewer.t("verbs.beside.added_by", name=named(pane, more["added"]["by"]))
        attrs(chip(words, "violet", icon_of="sign"), data_testid="added")


def draw_beside(pane: TaskPane) -> None:
    """Beside the form: the added signers with who added them, the questions with their answers."""
    more = pane.task["more"]
    seats = [one for one in more.get("beside", ()) if one["added"] and one["state"] in ("open", "done")]
    signers = [one for one in seats if one["kind"] != "question"]
    coming = [{"added": one, "state": "to_come"} for one in more.get("to_come", ())]
    if signers or coming:
        with _card("sign", pane.viewer.t("verbs.beside.signers"), "signers"):
            for one in (*signers, *coming):
                _signer(pane, one)
    questions = [one for one in seats if one["kind"] == "question"]
    if questions:
        with _card("comment", pane.viewer.t("verbs.beside.questions"), "questions"):
            for one in questions:
                _question(pane, one)


def _signer(pane: TaskPane, one: Any) -> None:
    viewer, added = pane.viewer, one["added"]
    drawing, tone = _STATES[one["state"]]
    name = named(pane, added["to"])
    with box("person", "span"):
        avatar(name)
        with box("grow", "span"):
            with box("fx gap4", "span"):
                Text("span", name, "strong")
                icon(drawing, f"s {tone}", name=viewer.t(f"verbs.beside.{one['state']}"))
            where = viewer.t(f"verbs.add_signer.{added['position'] or 'parallel'}")
            Text("span", f"{where} · {viewer.t('verbs.beside.added_by', name=named(pane, added['by']))}", "small")
            if added.get("reason"):
                Text("span", str(added["reason"]), "small saidtext")


def _question(pane: TaskPane, one: Any) -> None:
    viewer, added = pane.viewer, one["added"]
    with attrs(box("asked"), data_testid="asked"):
        who = viewer.t("verbs.beside.asked", by=named(pane, added["by"]), to=named(pane, added["to"]))
        Text("div", f"{who} · {pane.clock.hour(added['at'])}", "small")
        Text("p", str(one["more"].get("question") or ""), "saidtext")
        if added.get("answer"):
            Text("div", f"{named(pane, added['to'])} · {pane.clock.hour(one['done_at'])}", "small")
            Text("p", str(added["answer"]), "saidtext answer")
        else:
            Text("div", viewer.t("verbs.beside.no_answer"), "small warnc")


def _card(drawing: str, title: str, mark: str) -> Any:
    element = attrs(box("card sidecard", "section"), data_testid=mark)
    with element, box("fx"):
        icon(drawing)
        Text("h2", title)
    return element
