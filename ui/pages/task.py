"""`/tasks/{id}`: one task on a page of its own (deep links, phones), and its record for printing."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui

from domain.errors import RefusedError
from services import history, outlook, tasks
from ui.components.panels import full_page
from ui.context import UiContext
from ui.desk import office_of
from ui.desk.clock import Clock
from ui.desk.pane import TaskPane, form_scope
from ui.desk.side import clause_words
from ui.elements import Text, attrs, box, button
from ui.forms import FormContext, FormView
from ui.frame import frame
from ui.guard import Viewer, acting, page
from ui.texts import choose


def register(ctx: UiContext) -> None:
    """Declare the pages."""

    @page(ctx, "/tasks/{id}", title="task.page")
    async def task(viewer: Viewer, id: str) -> None:
        try:
            shown = await tasks.detail(office_of(viewer), viewer.actor, id)
        except RefusedError as fault:
            missing(viewer, fault)
            return
        ui.timer(1.0, acting(partial(history.saw_case, office_of(viewer), viewer.actor, str(shown["case"]))), once=True)
        crumbs = [(viewer.t("common.nav.inbox"), "/"), (viewer.t("task.page"), None)]
        with frame(viewer, "inbox", crumbs=crumbs, hide_rail_on_phone=True) as work:
            work.classes("taskwork")
            attrs(work, data_keys="task")
            with work:
                place = box("pane alone")
        pane = TaskPane(viewer, place, _Next(viewer).open, back="/")
        work.on("deskkey", acting(lambda event: _key(pane, event.args)), js_handler="(e) => emit(e.detail)")
        await pane.show(id)

    @page(ctx, "/tasks/{id}/print", title="task.print")
    async def printed(viewer: Viewer, id: str) -> None:
        try:
            await _paper(viewer, id)
        except RefusedError as fault:
            missing(viewer, fault)


async def _key(pane: TaskPane, key: Any) -> None:
    if key == "ctrl+enter":
        await pane.primary()
    elif key == "c" and pane.may("claim"):
        await pane.plain(tasks.claim)
    elif key == "Escape":
        ui.navigate.to("/")


def missing(viewer: Viewer, fault: RefusedError) -> None:
    """There is no such task, or not for this person: the same answer for both."""
    message = fault.refusal.message.said_in(viewer.lang)
    full_page(viewer.lang, viewer.t("task.missing_title"), message, error_id=fault.refusal_id)
    ui.context.client.status_code = fault.refusal.status


class _Next:
    """After a task is done: the next one of the same person, else the inbox."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer

    async def open(self, done_id: str) -> None:
        """Go to the first task that waits for this person, the one of the same case first."""
        viewer, office = self.viewer, office_of(self.viewer)
        done = await tasks.detail(office, viewer.actor, done_id)
        waiting: list[Any] = []
        for scope in ("mine", "claimable"):
            found = await tasks.listing(
                office, viewer.actor, {"scope": scope, "site": viewer.site.id if viewer.site else None}
            )
            waiting += [one for one in found["items"] if one["id"] != done_id]
        waiting.sort(key=lambda one: one["case"] != done["case"])
        ui.navigate.to(f"/tasks/{waiting[0]['id']}" if waiting else "/")


async def _paper(viewer: Viewer, task_id: str) -> None:
    """The record of a task as it goes on paper: read only, with who, when, and the articles."""
    office, lang = office_of(viewer), viewer.lang
    task: Any = await tasks.detail(office, viewer.actor, task_id)
    around: Any = await outlook.surroundings(office, viewer.actor, task_id)
    clock = Clock(viewer, str(around["zone"]))
    result: Any = around["result"] or {}
    with box("paper", "main"):
        with box("fx noprint"):
            button(
                viewer.t("task.print_now"), lambda: ui.run_javascript("window.print()"), icon_of="print", kind="primary"
            )
            button(viewer.t("common.verbs.back"), lambda: ui.navigate.back(), icon_of="back")
        Text("h1", choose(task["title"], lang))
        with box("kv"):
            for label, value in _facts(viewer, clock, task, around):
                Text("span", label)
                Text("span", value or "—")
        if task["form"] is not None:
            context = FormContext(str(around["zone"]), form_scope(task["scope"], clock), task["data"])
            form = {"schema": task["form"], "ui": task["ui"] or {}}
            FormView(form, result.get("values") or task["data"], lang, mode="read", context=context)
        Text(
            "p",
            viewer.t("task.printed", time=f"{clock.now():%Y-%m-%d %H:%M:%S}", who=viewer.account.name_in(lang)),
            "small",
        )


def _facts(viewer: Viewer, clock: Clock, task: Any, around: Any) -> list[tuple[str, str]]:
    lang = viewer.lang
    title = next((choose(one["title"], lang) for one in task["outcomes"] if one["key"] == task["outcome"]), "")
    who = around["names"].get(task["done_by"] or "") or task["done_by"]
    done = clock.at(task["done_at"])
    return [
        (
            viewer.t("task.paper.case"),
            f"{task['business_key'] or ''} · {choose(task['case_title'], lang)} {task['version']}",
        ),
        (viewer.t("task.paper.number"), task["id"]),
        (viewer.t("task.paper.outcome"), title),
        (viewer.t("task.paper.by"), choose(who, lang)),
        (viewer.t("task.paper.at"), f"{done:%Y-%m-%d %H:%M:%S} {clock.zone}" if done else ""),
        (viewer.t("task.paper.basis"), "、".join(clause_words(viewer, one) for one in task["basis"])),
    ]
