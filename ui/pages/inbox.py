"""`/`: what waits for me, on the left; the task in hand on the right. On a phone a task has a page of its own."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any
from urllib.parse import quote

from fastapi import Request
from nicegui import ui
from nicegui.element import Element

from domain.errors import RefusedError
from services import definitions, live, outlook, tasks
from ui.components.actions import toast
from ui.components.panels import empty, note
from ui.context import UiContext
from ui.desk import office_of
from ui.desk.bulk import sign_several
from ui.desk.bulk_transfer import TransferSeveral
from ui.desk.clock import Clock
from ui.desk.lists import FILTERS, TABS, Inbox, Rows
from ui.desk.pane import TaskPane
from ui.elements import Text, attrs, box, button, icon, icon_button, key_hint, link
from ui.frame import frame
from ui.guard import Viewer, acting, page
from ui.texts import choose

#: Seconds between two looks at the pulse of the database.
LOOK_SECONDS = 1.0
KEYS = (("J", "K", "move"), ("enter", "", "open"), ("X", "", "choose"), ("C", "", "claim"), ("/", "", "search"))


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/", title="inbox.title")
    async def inbox(viewer: Viewer, request: Request) -> None:
        site = viewer.site.id if viewer.site else None
        counts = await tasks.counts(office_of(viewer), viewer.actor, site)
        zone = await outlook.zone_of(office_of(viewer), site)
        with frame(viewer, "inbox", inbox_count=counts["mine"] + counts["claimable"]) as work:
            work.classes("inboxwork")
            attrs(work, data_keys="inbox")
        desk = _Desk(viewer, Inbox(viewer, Clock(viewer, zone), site), work)
        await desk.open(request.query_params.get("task"), request.query_params.get("tab"))


class _Desk:
    """The page as one person has it open."""

    def __init__(self, viewer: Viewer, inbox: Inbox, work: Element) -> None:
        self.viewer, self.inbox, self.work = viewer, inbox, work
        self.current: str | None = None
        self.chosen: list[str] = []
        self.beat = 0
        self.reading = asyncio.Lock()
        self.tabs: dict[str, tuple[Element, Text]] = {}
        self.filters: dict[str, Element] = {}
        self.shown_definitions: tuple[tuple[str, ...], str | None] = ((), None)

    def t(self, key: str, **values: object) -> str:
        """Words of the page."""
        return self.viewer.t(f"inbox.{key}", **values)

    async def open(self, task_id: str | None, tab: str | None) -> None:
        """Draw the page, choose the tab that has work, open the asked or the first task."""
        await self.inbox.count()
        known: Any = await definitions.listing(office_of(self.viewer), self.viewer.actor)
        self.inbox.titles = {one["name"]: choose(one["title"], self.viewer.lang) for one in known}
        self.inbox.tab = tab if tab in TABS else ("mine" if self.inbox.counts["mine"] else "claimable")
        with self.work, box("split"):
            with box("list", "section") as listing:
                attrs(listing, aria_label=self.t("title"))
                self._listing()
            self.place = attrs(box("pane", "section"), aria_label=self.t("task"))
        self.pane = TaskPane(self.viewer, self.place, self.next_after)
        self.work.on("deskkey", acting(lambda event: self.key(str(event.args))), js_handler="(e) => emit(e.detail)")
        await self.load()
        first = task_id or next((one["id"] for one in self.inbox.items), None)
        await self._show_or_empty(first if task_id or self.inbox.tab != "done" else None)
        self.beat = (await live.pulse(office_of(self.viewer))).beat
        ui.timer(LOOK_SECONDS, acting(self.look))

    # ------------------------------------------------------------ the list

    def _listing(self) -> None:
        Text("h1", self.t("title"), "sr")
        with box("lhead"):
            self._draw_tabs()
            self._search()
            self._draw_filters()
        self.banner = attrs(box("banner"), role="status")
        self.rows = Rows(self.inbox, self.open_task, self.toggle)
        with attrs(box("lfoot keys"), aria_hidden="true"):
            for first, second, words in KEYS:
                with box("fx gap4", "span"):
                    key_hint(*(key for key in (first, second) if key))
                    Text("span", self.t(f"keys.{words}"))
            with box("fx gap4 pushr", "span"):
                key_hint("?")
                Text("span", self.t("keys.all"))

    def _search(self) -> None:
        with attrs(box("lsearch fx", "search")):
            icon("search", "s")
            field = attrs(
                box(tag="input"),
                type="search",
                maxlength=80,
                placeholder=self.t("search"),
                aria_label=self.t("search"),
                data_search="true",
                data_scan="true",
                autocomplete="off",
                data_testid="inbox.search",
            )
            field.on(
                "input",
                acting(lambda event: self._searched(str(event.args))),
                js_handler="(e) => emit(e.target.value)",
                throttle=0.3,
                leading_events=False,
            )
            key_hint("/")

    async def _searched(self, words: str) -> None:
        if words.strip() != self.inbox.q:
            self.inbox.q = words.strip()
            await self.load()

    def _draw_tabs(self) -> None:
        """Each is drawn once and then only changed, or a click on one that is drawn anew at that moment would be lost."""
        with attrs(box("tabs"), role="tablist", aria_label=self.t("title")):
            for tab in TABS:
                item = attrs(box("tab", "button"), type="button", role="tab", data_testid=f"tab.{tab}")
                with item:
                    Text("span", self.t(f"tab.{tab}"))
                    number = Text("span", "", "num hot" if tab == "mine" else "num")
                item.on("click", acting(partial(self._tab, tab)), js_handler="() => emit()")
                self.tabs[tab] = (item, number)

    def _tabs(self) -> None:
        for tab, (item, told) in self.tabs.items():
            chosen, number = tab == self.inbox.tab, self.inbox.counts.get(tab, 0)
            attrs(item, aria_selected=str(chosen).lower(), tabindex="0" if chosen else "-1")
            told.text = str(number) if number < 1000 else "999+"
            told.set_visibility(bool(number))

    async def _tab(self, tab: str) -> None:
        self.inbox.tab = tab
        self.chosen.clear()
        await self.load()

    def _draw_filters(self) -> None:
        with attrs(box("fx wrap ifilters"), role="group", aria_label=self.t("filters")):
            self.choice = box("fx")
            for name in FILTERS:
                item = attrs(box("btn low ifilter", "button"), type="button", data_testid=f"filter.{name}")
                with item:
                    icon({"today": "due", "cold": "cold", "snoozed": "pause"}[name], "s")
                    Text("span", self.t(f"filter.{name}"))
                item.on("click", acting(partial(self._filter, name)), js_handler="() => emit()")
                self.filters[name] = item

    def _filters(self) -> None:
        for name, item in self.filters.items():
            chosen = name in self.inbox.filters
            attrs(item, aria_pressed=str(chosen).lower())
            item.classes(add="on" if chosen else "", remove="" if chosen else "on")
        shown = (tuple(self.inbox.definitions), self.inbox.definition)
        if shown != self.shown_definitions:
            self.shown_definitions = shown
            self.choice.clear()
            self.choice.set_visibility(len(self.inbox.definitions) > 1)
            if len(self.inbox.definitions) > 1:
                with self.choice:
                    self._definitions()

    def _definitions(self) -> None:
        choice = attrs(box("box defs", "select"), aria_label=self.t("filter.definition"))
        with choice:
            attrs(Text("option", self.t("filter.any")), value="")
            for key, title in self.inbox.definitions.items():
                attrs(Text("option", title), value=key, selected=True if key == self.inbox.definition else None)
        choice.on(
            "change", acting(lambda event: self._definition(str(event.args))), js_handler="(e) => emit(e.target.value)"
        )

    async def _definition(self, key: str) -> None:
        self.inbox.definition = key or None
        await self.load()

    async def _filter(self, name: str) -> None:
        self.inbox.filters ^= {name}
        await self.load()

    async def load(self) -> None:
        """Read the list anew and draw it; one after the other, so that the last wish is what stands there."""
        async with self.reading:
            await self.inbox.load()
        self._tabs()
        self._filters()
        self._banner()
        self.rows.draw(self.current, self.chosen)

    # ------------------------------------------------------------ the banner

    def _banner(self) -> None:
        self.banner.clear()
        with self.banner:
            if self.chosen:
                Text("b", self.t("chosen", n=len(self.chosen)))
                button(
                    self.t("sign_chosen"),
                    acting(self._sign_chosen),
                    kind="primary",
                    icon_of="sign",
                    small=True,
                    mark="bulk.sign",
                )
                button(
                    self.viewer.t("verbs.several.button"),
                    acting(self._hand_chosen),
                    icon_of="transferred",
                    small=True,
                    mark="bulk.transfer",
                )
                icon_button("close", self.t("choose_none"), acting(self._choose_none))
            elif self.inbox.fresh:
                fresh = attrs(box("fresh", "button"), type="button", data_testid="fresh")
                with fresh:
                    icon("up", "s")
                    Text("span", self.t("fresh", n=len(self.inbox.fresh)))
                fresh.on("click", acting(self._show_fresh), js_handler="() => emit()")

    async def _show_fresh(self) -> None:
        if self.inbox.fresh_tab and not self.inbox.fresh_here:
            self.inbox.tab = self.inbox.fresh_tab
        wanted = sorted(self.inbox.fresh)
        await self.inbox.count()
        await self.load()
        await self.rows.show(wanted, self.current, self.chosen)

    def _choose_none(self) -> None:
        self.chosen.clear()
        self._banner()
        self.rows.draw(self.current, self.chosen)

    async def look(self) -> None:
        """The database moved: count, and announce what is new; nothing is put under the cursor."""
        beat = (await live.pulse(office_of(self.viewer))).beat
        if beat == self.beat:
            return
        self.beat = beat
        if await self.inbox.notice_fresh():
            self._tabs()
            self._banner()

    # ------------------------------------------------------------ tasks

    async def open_task(self, task_id: str) -> None:
        """A row was chosen; the one in hand already stays as it is."""
        if task_id != self.current or self.pane.task is None or not self.pane.is_open:
            await self._show_or_empty(task_id)

    async def _show_or_empty(self, task_id: str | None, *, focus: bool = False) -> None:
        self.current = task_id
        self.rows.mark(task_id)
        if task_id is None:
            self._nothing()
            return
        self.inbox.seen(task_id)
        ui.run_javascript(f"history.replaceState(null, '', '/?task={quote(task_id, safe='')}')")
        try:
            await self.pane.show(task_id, focus=focus)
        except RefusedError as fault:
            self.place.clear()
            with self.place, box("panemain"):
                note(fault.refusal.message.said_in(self.viewer.lang), tone="red")

    def _nothing(self) -> None:
        self.place.clear()
        with self.place:
            free = self.inbox.counts["claimable"]
            words = (
                self.t("empty_claimable", n=free) if free and self.inbox.tab != "claimable" else self.t("empty_note")
            )
            empty(self.t("empty"), words, actions=self._nothing_links)

    def _nothing_links(self) -> None:
        if "/start" in self.viewer.ctx.paths:
            link(self.viewer.t("common.nav.start"), "/start", "btn", icon_of="start")

    async def next_after(self, done_id: str) -> None:
        """A task is done: the list is read anew and the next task takes the focus."""
        position = next((n for n, one in enumerate(self.inbox.items) if one["id"] == done_id), 0)
        case = next((one["case"] for one in self.inbox.items if one["id"] == done_id), None)
        await self.inbox.count()
        await self.load()
        rest = [one for one in self.inbox.items if one["id"] != done_id]
        same = next((one for one in rest if one["case"] == case), None)
        chosen = same or (rest[min(position, len(rest) - 1)] if rest else None)
        await self._show_or_empty(chosen["id"] if chosen else None, focus=True)

    # ------------------------------------------------------------ several at once

    def toggle(self, task_id: str) -> None:
        """Choose a row for signing together with others of its kind, or leave it out again."""
        if task_id in self.chosen:
            self.chosen.remove(task_id)
        else:
            self.chosen.append(task_id)
        self._banner()
        self.rows.choose(self.chosen)

    async def _sign_chosen(self) -> None:
        done = await sign_several(self.viewer, self.inbox.clock, self.chosen, self._signed)
        if done is not None:
            toast(done, tone="bad", lang=self.viewer.lang)

    async def _signed(self, done: list[str]) -> None:
        self.chosen = [one for one in self.chosen if one not in done]
        if done:
            toast(self.t("signed", n=len(done)), tone="good", lang=self.viewer.lang)
            await self.next_after(done[0])

    async def _hand_chosen(self) -> None:
        why = await TransferSeveral(self.viewer, list(self.chosen), self._handed).open()
        if why is not None:
            toast(why, tone="bad", lang=self.viewer.lang)

    async def _handed(self, done: list[str]) -> None:
        self.chosen = [one for one in self.chosen if one not in done]
        toast(self.viewer.t("verbs.several.done", n=len(done)), tone="good", lang=self.viewer.lang)
        await self.next_after(done[0])

    # ------------------------------------------------------------ keys

    async def key(self, key: str) -> None:
        """A key of the inbox."""
        if key in ("j", "k"):
            await self._move(1 if key == "j" else -1)
        elif key == "x" and self.current:
            self.toggle(self.current)
        elif key == "c" and self.current and self.pane.may("claim"):
            await self.pane.plain(tasks.claim)
        elif key == "Enter":
            ui.run_javascript("gspDesk.into()")
        elif key == "ctrl+enter":
            await (self._sign_chosen() if self.chosen else self.pane.primary())
        elif key == "Escape" and self.chosen:
            self._choose_none()
        elif key == "?":
            self._help()

    async def _move(self, by: int) -> None:
        ids = [one["id"] for one in self.inbox.items]
        if ids:
            place = ids.index(self.current) + by if self.current in ids else 0
            await self._show_or_empty(ids[max(0, min(place, len(ids) - 1))])

    def _help(self) -> None:
        title = self.t("keys.title")
        with attrs(ui.dialog(value=True), aria_label=title) as dialog, box("dlg narrow"):
            with box("h"):
                Text("h1", title, "grow")
                icon_button("close", self.viewer.t("common.verbs.close"), dialog.close)
            with box("c"), box("kv"):
                for keys, words in (
                    ("J K", "move"),
                    ("enter", "open"),
                    ("X", "choose"),
                    ("C", "claim"),
                    ("/", "search"),
                    ("1 2", "segments"),
                    ("Ctrl enter", "primary"),
                    ("Esc", "leave"),
                ):
                    with box(tag="span"):
                        key_hint(*keys.split())
                    Text("span", self.t(f"keys.{words}"))
