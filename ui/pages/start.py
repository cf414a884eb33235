"""`/start`: what I may start, as cards; `/start/{definition}`: its form with a draft, and the way on to the first task."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.element import Element

from domain.errors import GspError, RefusedError
from services import cases, drafts, outlook, tasks, udi
from ui.components.actions import action_bar, toast
from ui.components.panels import Way, empty, note, refusal_panel
from ui.components.sign import new_act_id
from ui.context import UiContext
from ui.desk import office_of
from ui.desk.clock import Clock
from ui.desk.drafting import Draft
from ui.desk.late import LatePaper, late_card
from ui.desk.pane import form_scope
from ui.desk.refusing import refused_panel
from ui.elements import Text, attrs, box, button, icon, link
from ui.forms import FormContext, FormView
from ui.frame import frame, page_head
from ui.guard import Viewer, acting, page
from ui.texts import choose

#: How often, and how many seconds apart, the first task of a new case is looked for.
LOOKS = 15
LOOK_SECONDS = 0.2


def register(ctx: UiContext) -> None:
    """Declare the pages."""

    @page(ctx, "/start", title="start.title")
    async def listing(viewer: Viewer) -> None:
        found: list[Any] = await cases.startable(office_of(viewer), viewer.actor)
        with frame(viewer, "start") as work, work:
            with page_head(viewer.t("start.title"), viewer.t("start.note")):
                pass
            with box("pbody"):
                here = [one for one in found if viewer.site is None or viewer.site.id in one["sites"]]
                if not here:
                    empty(viewer.t("start.nothing"), viewer.t("start.nothing_note"), icon_of="start")
                with box("startcards"):
                    for one in here:
                        _card(viewer, one)

    @page(ctx, "/start/{definition}", title="start.title")
    async def form(viewer: Viewer, definition: str) -> None:
        found: list[Any] = await cases.startable(office_of(viewer), viewer.actor)
        wanted = next((one for one in found if one["name"] == definition), None)
        crumbs = [
            (viewer.t("start.title"), "/start"),
            (choose(wanted["title"], viewer.lang) if wanted else definition, None),
        ]
        with frame(viewer, "start", crumbs=crumbs, hide_rail_on_phone=True) as work:
            work.classes("taskwork")
            attrs(work, data_keys="start")
        if wanted is None:
            with work, box("pbody"):
                note(viewer.t("start.not_yours"), tone="red", icon_of="refused")
            return
        desk = _Beginning(viewer, wanted, work)
        work.on("deskkey", acting(lambda event: desk.key(str(event.args))), js_handler="(e) => emit(e.detail)")
        await desk.open()


def _card(viewer: Viewer, one: Any) -> None:
    with link("", f"/start/{one['name']}", "card startcard") as card:
        with box("disc"):
            icon("start", "l")
        with box("grow"):
            Text("h2", choose(one["title"], viewer.lang))
            Text("div", viewer.t("start.version", version=one["version"]), "small")
        icon("next")
    attrs(card, data_testid=f"start.{one['name']}")


class _Beginning:
    """The start form of one definition."""

    def __init__(self, viewer: Viewer, wanted: Any, work: Element) -> None:
        self.viewer, self.wanted, self.work = viewer, wanted, work
        self.site = viewer.site.id if viewer.site and viewer.site.id in wanted["sites"] else wanted["sites"][0]
        self.act_id = new_act_id()
        self.busy = False
        self.late: LatePaper | None = None

    async def open(self) -> None:
        """Draw the form with what was typed before."""
        viewer, office = self.viewer, office_of(self.viewer)
        self.late = None
        self.kept: Any = await drafts.load(office, viewer.actor, "start", self.wanted["name"])
        zone = await outlook.zone_of(office, self.site)
        self.clock = Clock(viewer, zone)
        self.work.clear()
        with self.work, box("pane alone"):
            self._head()
            with box("panebody one"), box("panemain"):
                self.top = box("stack")
                if self.kept:
                    self._restored()
                self._form(zone)
                self.late_place = box()
            with action_bar():
                button(viewer.t("common.verbs.cancel"), lambda: ui.navigate.to("/start"), icon_of="close")
                button(
                    viewer.t("verbs.late.menu"),
                    partial(late_card, self),
                    icon_of="edit",
                    kind="ghost",
                    mark="start.late",
                )
                self.say = attrs(box("say"), role="status", data_testid="say")
                button(
                    viewer.t("start.begin"),
                    acting(self.begin),
                    kind="primary",
                    icon_of="play",
                    keys=("Ctrl", "enter"),
                    mark="start.begin",
                )
        self._say()
        ui.run_javascript("setTimeout(() => gspDesk.first(), 80)")

    def _head(self) -> None:
        viewer = self.viewer
        with box("panehead", "header"), box("fx start"):
            with attrs(box("ib backbtn", "a"), href="/start", aria_label=viewer.t("common.frame.back")):
                icon("back")
            with box("grow"):
                Text("h1", viewer.t("start.what", title=choose(self.wanted["title"], viewer.lang)))
                site = next(
                    (choose(one.name, viewer.lang) for one in viewer.account.sites if one.id == self.site), self.site
                )
                Text("div", f"{site} · {viewer.t('start.version', version=self.wanted['version'])}", "small")

    def _restored(self) -> None:
        with self.top, box("note yellow"):
            icon("draft")
            Text("span", self.viewer.t("task.draft_restored", time=self.clock.hour(self.kept["updated_at"])), "grow")
            button(
                self.viewer.t("task.draft_discard"),
                acting(self._discard),
                kind="ghost",
                small=True,
                mark="draft.discard",
            )

    def _form(self, zone: str) -> None:
        form = {"schema": self.wanted["form"], "ui": self.wanted["ui"]}
        values = dict(self.kept["data"]) if self.kept else dict(self.wanted["data"])
        context = FormContext(zone=zone, scope=form_scope({}, self.clock), parse=udi.parse)
        self.form = FormView(form, values, self.viewer.lang, context=context, on_change=self._changed)
        self.draft = Draft(self.viewer, lambda: dict(self.form.values), self._save, self._say)

    def _changed(self, seq: int) -> None:
        self.draft.changed(seq)
        self.act_id = new_act_id()  # other content is another act
        self._say()

    async def _save(self, values: Any) -> None:
        await drafts.save(office_of(self.viewer), self.viewer.actor, "start", self.wanted["name"], values)

    async def _discard(self) -> None:
        self.draft.close()
        await drafts.discard(office_of(self.viewer), self.viewer.actor, "start", self.wanted["name"])
        await self.open()

    def _say(self) -> None:
        viewer, missing = self.viewer, self.form.state.missing()
        self.say.clear()
        self.say.classes(add="bad" if missing else "", remove="" if missing else "bad")
        with self.say:
            if missing:
                one = self.form.form.field(missing[0].pointer)
                Text("b", viewer.t("task.missing", n=len(missing), label=choose(one.label, viewer.lang) if one else ""))
            else:
                Text("b", viewer.t("task.complete"))

    async def key(self, key: str) -> None:
        """Ctrl+Enter starts."""
        if key == "ctrl+enter":
            await self.begin()

    async def begin(self) -> None:
        """Start the case and go on to its first task, or to the inbox."""
        if self.busy or self.form.check_all():
            return
        late = self.late.given() if self.late else None
        if self.late is not None and late is None:
            return
        self.busy = True
        try:
            await self.draft.flush()
            wish = cases.Begin(self.wanted["name"], dict(self.form.values), None, self.site, late=late)
            started: Any = await cases.start(office_of(self.viewer), self.viewer.actor, wish, self.act_id)
        except GspError as fault:
            self._refused(fault)
            return
        finally:
            self.busy = False
        self.draft.close()
        await drafts.discard(office_of(self.viewer), self.viewer.actor, "start", self.wanted["name"])
        toast(self.viewer.t("start.begun"), tone="good", lang=self.viewer.lang)
        ui.navigate.to(await self._way_on(str(started["id"])))

    async def _way_on(self, case_id: str) -> str:
        """My own next task of the new case, else the case, else the inbox."""
        viewer, office = self.viewer, office_of(self.viewer)
        for _ in range(LOOKS):
            found = await tasks.listing(office, viewer.actor, {"scope": "claimable", "limit": 100})
            mine = next((one["id"] for one in found["items"] if one["case"] == case_id), None)
            if mine:
                return f"/tasks/{mine}"
            await asyncio.sleep(LOOK_SECONDS)  # the system's own first steps take a moment
        return f"/cases/{case_id}" if "/cases/{id}" in viewer.ctx.paths else "/"

    def _refused(self, fault: GspError) -> None:
        viewer = self.viewer
        self.top.clear()
        with self.top:
            if not isinstance(fault, RefusedError):
                note(fault.text.said_in(viewer.lang), tone="red", strong=viewer.t("start.refused"))
                return
            self.form.tell(fault.refusal.faults)
            panel = refused_panel(viewer, fault, self.clock, title=viewer.t("start.refused"), ways=self._ways(fault))
            refusal_panel(panel, viewer.lang)

    def _ways(self, fault: RefusedError) -> list[Way]:
        held_by, viewer = fault.refusal.done_by, self.viewer
        if fault.refusal.code != "key_in_use" or not held_by or "/cases/{id}" not in viewer.ctx.paths:
            return []
        words = viewer.t("start.open_running")
        return [
            Way(
                words,
                viewer.t("start.open_running_effect"),
                words,
                lambda: ui.navigate.to(f"/cases/{held_by}"),
                icon_of="open",
            )
        ]
