"""The head of a task: what it is, where it stands, how it came here, and what there is to say before the form."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from services import tasks
from ui.components.chips import chip, clause_chip, cold_chip, due, role_name, state_chip
from ui.components.panels import Refused, note, refusal_panel
from ui.components.progress import RailStep, progress_rail
from ui.desk.beside import draw_marks, draw_standing
from ui.desk.more import draw_more
from ui.desk.refusing import movers
from ui.desk.side import look_of
from ui.desk.talk import snooze_menu, urge
from ui.elements import Text, attrs, box, button, icon, link
from ui.guard import Viewer, acting
from ui.texts import choose

if TYPE_CHECKING:
    from ui.desk.pane import TaskPane


def draw_head(pane: TaskPane) -> None:
    task, viewer = pane.task, pane.viewer
    with box("panehead", "header"):
        with box("fx start"):
            if pane.back:
                with attrs(box("ib backbtn", "a"), href=pane.back, aria_label=viewer.t("common.frame.back")):
                    icon("back")
            with box("grow"):
                pane.heading = attrs(
                    Text("h1", pane.title(), "clamp2"), tabindex="-1", title=pane.title(), data_testid="task.title"
                )
                attrs(pane.heading, id=pane.heading.html_id)
                Text("div", " · ".join(_place_words(pane)), "small")
            with box("fx headacts"):
                if "/cases/{id}" in viewer.ctx.paths:
                    link(viewer.t("task.see_case"), f"/cases/{task['case']}", "btn low", icon_of="cases")
                if pane.may("complete") and (task["ui"] or {}).get("scan"):
                    way = link(viewer.t("task.by_scanning"), f"/scan/{task['id']}", "btn low", icon_of="scan")
                    attrs(way, data_testid="task.scan")
                link(viewer.t("task.print"), f"/tasks/{task['id']}/print", "btn low", icon_of="print")
                if pane.is_open:
                    _aside(pane)
                if pane.may("claim"):
                    button(
                        viewer.t("task.claim"),
                        acting(partial(pane.plain, tasks.claim)),
                        icon_of="claim",
                        small=True,
                        mark="task.claim",
                    )
                if pane.may("release"):
                    button(
                        viewer.t("task.release"),
                        acting(partial(pane.plain, tasks.release)),
                        icon_of="release",
                        small=True,
                        mark="task.release",
                    )
                if pane.is_open:
                    draw_more(pane)
        with box("fx wrap chips"):
            _chips(pane)


def _aside(pane: TaskPane) -> None:
    """Urging whoever has it, and putting it off: neither is an act of the case."""
    task, viewer = pane.task, pane.viewer
    again = partial(pane.show, task["id"])
    if task["assignee"] != viewer.account.id and not (task["allow"] and task["assignee"] is None):
        button(
            viewer.t("task.urge"),
            acting(partial(urge, viewer, task["id"], lambda: pane.talk.load())),
            icon_of="bell",
            small=True,
            mark="task.urge",
        )
    if task["allow"]:
        snooze_menu(viewer, pane.clock, task["id"], task["snoozed_until"], again)


def _place_words(pane: TaskPane) -> list[str]:
    task, lang = pane.task, pane.viewer.lang
    words = [task["business_key"] or "", f"{choose(task['case_title'], lang)} {task['version']}"]
    partner = task["chips"].get("supplier_name")
    return [word for word in [*words, str(partner or "")] if word]


def _chips(pane: TaskPane) -> None:
    task, viewer = pane.task, pane.viewer
    draw_chips(viewer, task["chips"], short=False)
    if task["more"].get("late"):
        chip(viewer.t("task.late.chip"), "violet", icon_of="edit")
    if task["round"] > 1:
        chip(viewer.t("task.round", n=task["round"]), "violet", icon_of="returned")
    if task["priority"] > 0:
        chip(viewer.t("task.priority", n=task["priority"]), "red", icon_of="up")
    if task["on_behalf_of"] and pane.is_open:
        chip(viewer.t("task.away.chip", name=_away_name(pane)), "violet", icon_of="switch")
    if pane.is_open:
        draw_marks(pane)
    if task["assignee"] and pane.is_open and pane.answering is None:
        who = viewer.t("task.you") if task["assignee"] == viewer.account.id else pane.name_of(task["assignee"])
        chip(viewer.t("task.claimed_by", name=who), "blue", icon_of="person")
    if task["basis"]:
        articles = [one.removeprefix("GSP-") for one in task["basis"] if one.startswith("GSP-")]
        if articles:
            clause_chip(articles, viewer.lang)
    box("grow")
    if pane.is_open:
        due(pane.clock.at(task["due"]), pane.clock.at(task["opened_at"]), pane.clock.now(), viewer.lang)
    else:
        state_chip(task["state"], viewer.lang)


def _away_name(pane: TaskPane) -> str:
    away = pane.task["on_behalf_of"]
    return choose({"zh": away["name"], "en": away["name_en"]}, pane.viewer.lang)


def draw_rail(pane: TaskPane) -> None:
    progress_rail(
        [
            RailStep(choose(cell["title"], pane.viewer.lang), cell["state"], _who(pane, cell))
            for cell in pane.around["rail"]
        ],
        pane.viewer.lang,
    )


def _who(pane: TaskPane, cell: Any) -> str:
    lang = pane.viewer.lang
    roles = (" / " if lang == "en" else "、").join(role_name(role, lang) for role in cell["roles"])
    if cell["state"] == "done":
        who = (
            pane.name_of(cell["actor"])
            if cell["actor"] and cell["actor"] != "system"
            else pane.viewer.t("common.chip.system")
        )
        return f"{who} {pane.clock.hour(cell['at'])}"
    if cell["state"] == "active":
        return pane.viewer.t("task.you") if pane.may("complete") else roles
    return roles or pane.viewer.t("common.chip.system") if cell["state"] == "next" else roles


def draw_notes(pane: TaskPane) -> None:
    viewer, task = pane.viewer, pane.task
    if pane.kept:
        with box("note yellow"):
            icon("draft")
            Text("span", viewer.t("task.draft_restored", time=pane.clock.hour(pane.kept["updated_at"])), "grow")
            button(
                viewer.t("task.draft_discard"),
                acting(pane.discard),
                kind="ghost",
                small=True,
                mark="draft.discard",
            )
    if pane.is_open and task["on_behalf_of"] and task["allow"]:
        note(viewer.t("task.away.note", name=_away_name(pane)), tone="violet", icon_of="switch")
    if not pane.is_open:
        _done_note(pane)
    elif draw_standing(pane):
        return
    elif task["why_not"]:
        refusal_panel(
            Refused(
                title=viewer.t("task.not_yours"),
                why=choose(task["why_not"], viewer.lang),
                who_can=movers(
                    viewer, task["roles"], [one for one in task["who_may_act"] if one["id"] != viewer.account.id]
                ),
            ),
            viewer.lang,
        )


def _done_note(pane: TaskPane) -> None:
    task, viewer = pane.task, pane.viewer
    key = task["outcome"] or ""
    title = next((choose(one["title"], viewer.lang) for one in task["outcomes"] if one["key"] == key), key)
    if pane.answering is not None and task["state"] == "done":
        title = viewer.t(f"verbs.{task['kind']}.done")
    words = viewer.t(
        "task.done_by",
        who=pane.name_of(task["done_by"]) or viewer.t("common.chip.system"),
        when=pane.clock.said(task["done_at"]),
    )
    note(words, tone="green" if look_of(key)[0] == "green" else "", icon_of=look_of(key)[1], strong=title)


def draw_chips(viewer: Viewer, chips: Any, *, short: bool = True) -> None:
    """The facts of the object as labels."""
    if chips.get("serial_no"):
        chip(viewer.t("task.chip.serial", value=chips["serial_no"]))
    elif chips.get("lot_no"):
        chip(viewer.t("task.chip.lot", value=chips["lot_no"]))
    elif chips.get("delivery_note_no") and not short:
        chip(viewer.t("task.chip.note", value=chips["delivery_note_no"]))
    if chips.get("is_cold_chain"):
        cold_chip(viewer.t("task.chip.cold"))
