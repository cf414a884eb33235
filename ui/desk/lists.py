"""The list of the inbox: tabs, filters, groups by due time, pages on demand, what is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any

from nicegui import ui
from nicegui.element import Element

from domain.clock import to_text
from services import history, tasks
from services.desk import OTHER_KINDS
from ui.components.chips import chip, due, due_tone, state_chip
from ui.components.panels import empty
from ui.desk import office_of
from ui.desk.answering import KINDS
from ui.desk.clock import Clock
from ui.desk.head import draw_chips
from ui.elements import Text, attrs, box, button, icon
from ui.guard import Viewer, acting
from ui.texts import choose

TABS = ("mine", "claimable", "started", "done", "cc")
FILTERS = ("today", "cold", "snoozed")
ANNOUNCED = ("mine", "claimable")
KNOWN_MOST = 200
PAGES_TO_SHOW = 8
OPEN_HERE = (
    "(e) => { if (innerWidth >= 900 && !e.ctrlKey && !e.metaKey && !e.shiftKey) { e.preventDefault(); emit() } }"
)
TICK = "(e) => { e.stopPropagation(); emit() }"


class Inbox:
    """What the list shows and how it is asked for."""

    def __init__(self, viewer: Viewer, clock: Clock, site: str | None) -> None:
        self.viewer, self.clock, self.site = viewer, clock, site
        self.tab, self.q = "mine", ""
        self.definition: str | None = None
        self.filters: set[str] = set()
        self.items: list[Any] = []
        self.next: str | None = None
        self.counts: dict[str, int] = {}
        self.titles: dict[str, str] = {}
        self.definitions: dict[str, str] = {}
        self.known: set[str] = set()
        self.fresh: set[str] = set()
        self.fresh_tab: str | None = None
        self.opened: set[str] = set()

    async def count(self) -> None:
        """How many wait in each tab."""
        self.counts = await tasks.counts(office_of(self.viewer), self.viewer.actor, self.site)

    def _wish(self) -> dict[str, Any]:
        wish: dict[str, Any] = {
            "scope": self.tab,
            "site": self.site,
            "definition": self.definition,
            "q": self.q or None,
        }
        if "snoozed" in self.filters and self.tab in ("mine", "claimable"):
            wish["snoozed"] = True
        if "today" in self.filters:
            end = (self.clock.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            wish["due_before"] = to_text(end)
        return wish

    async def load(self) -> None:
        """The first page."""
        page = await self._page(None)
        self.items, self.next = self._kept(page["items"]), page["next"]
        await self._fill()
        self.known |= {one["id"] for one in self.items}
        for tab in ANNOUNCED:
            self.known |= await self._waiting(tab)
        self.fresh, self.fresh_tab = set(), None
        self.definitions |= {
            one["definition"]: self.titles.get(one["definition"], one["definition"]) for one in self.items
        }

    async def more(self) -> None:
        """The next page, behind the others."""
        page = await self._page(self.next)
        self.items, self.next = [*self.items, *self._kept(page["items"])], page["next"]
        await self._fill()
        self.known |= {one["id"] for one in self.items}

    async def _fill(self) -> None:
        """A filter of this page may leave a page thin: read on, at most a few pages."""
        for _ in range(4):
            if self.next is None or len(self.items) >= tasks.PAGE_SIZE or "cold" not in self.filters:
                return
            page = await self._page(self.next)
            self.items, self.next = [*self.items, *self._kept(page["items"])], page["next"]

    async def _page(self, cursor: str | None) -> Any:
        return await tasks.listing(office_of(self.viewer), self.viewer.actor, {**self._wish(), "cursor": cursor})

    def _kept(self, items: list[Any]) -> list[Any]:
        return [one for one in items if "cold" not in self.filters or one["chips"].get("is_cold_chain")]

    async def _waiting(self, tab: str) -> set[str]:
        """What waits in a tab, far beyond the first page: a new task may be due after all the others."""
        wish = {"scope": tab, "site": self.site, "limit": KNOWN_MOST}
        page = await tasks.listing(office_of(self.viewer), self.viewer.actor, wish)
        return {str(one["id"]) for one in page["items"]}

    async def notice_fresh(self) -> bool:
        """Look whether tasks arrived that no list of this page has shown; True when something changed."""
        before = dict(self.counts)
        await self.count()
        found: set[str] = set()
        for tab in ANNOUNCED:
            new = await self._waiting(tab) - self.known
            if new and not self.fresh_here:
                self.fresh_tab = tab
            found |= new if self.known or not self.items else set()
        changed = found != self.fresh or before != self.counts
        self.fresh = found
        return changed

    @property
    def fresh_here(self) -> bool:
        """Whether what is new belongs to the tab that is open."""
        return self.fresh_tab == self.tab

    def seen(self, task_id: str) -> None:
        """The task was opened: it is no longer unread."""
        self.opened.add(task_id)

    def groups(self) -> Iterator[tuple[str, list[Any]]]:
        """The rows by due time, in the order they came; tasks done in one group."""
        for key, items in groupby(self.items, self._group):
            yield key, sorted(items, key=lambda one: -one["priority"])  # the urgent first, each in its order

    def _group(self, task: Any) -> str:
        if self.tab in ("done", "cc"):
            return self.tab
        at = self.clock.at(task["due"])
        now = self.clock.now()
        if at is None:
            return "later"
        if at < now:
            return "late"
        if at.date() == now.date():
            return "today"
        return "week" if at - now < timedelta(days=7) else "later"


class Rows:
    """The rows on the page, in groups; drawn anew only when the person asks for it."""

    def __init__(self, inbox: Inbox, on_open: Callable[[str], Any], on_choose: Callable[[str], Any]) -> None:
        self.inbox, self.on_open, self.on_choose = inbox, on_open, on_choose
        self.place = attrs(box("rows"), tabindex="-1")
        self.drawn: dict[str, Element] = {}
        self.ticks: dict[str, Element] = {}
        self.dots: dict[str, Element] = {}

    def draw(self, current: str | None, chosen: list[str]) -> None:
        """Draw all rows."""
        viewer = self.inbox.viewer
        self.place.clear()
        self.drawn, self.ticks, self.dots = {}, {}, {}
        with self.place:
            if not self.inbox.items:
                filtered = bool(self.inbox.q or self.inbox.filters or self.inbox.definition)
                empty(viewer.t("inbox.nothing_found" if filtered else f"inbox.none.{self.inbox.tab}"))
            for group, items in self.inbox.groups():
                with box(f"lgroup {group}"):
                    Text("h2", viewer.t(f"inbox.group.{group}"))
                    Text("span", str(len(items)))
                for one in items:
                    self._row(one)
            if self.inbox.next:
                with box("fx morerow"):
                    button(
                        viewer.t("inbox.more"),
                        acting(partial(self._more, current, chosen)),
                        small=True,
                        mark="inbox.more",
                    )
        self.mark(current)
        self.choose(chosen)

    async def show(self, wanted: list[str], current: str | None, chosen: list[str]) -> None:
        """Read on until these rows are there, a few pages at most, and bring the first of them into view."""
        for _ in range(PAGES_TO_SHOW):
            if self.inbox.next is None or set(wanted) <= self.drawn.keys():
                break
            await self._more(current, chosen)
        first = next((one for one in wanted if one in self.drawn), None)
        if first is not None:
            ui.run_javascript(f"getHtmlElement({self.drawn[first].id})?.scrollIntoView({{block: 'nearest'}})")

    async def _more(self, current: str | None, chosen: list[str]) -> None:
        await self.inbox.more()
        self.draw(current, chosen)

    def _row(self, task: Any) -> None:
        viewer, clock, lang = self.inbox.viewer, self.inbox.clock, self.inbox.viewer.lang
        at, opened = clock.at(task["due"]), clock.at(task["opened_at"])
        if task["kind"] == "cc":
            self._copy(task)
            return
        with box("trow") as row:
            if task["state"] == "open" and task["kind"] not in OTHER_KINDS:
                self._tick(task)
            with attrs(box("tlink", "a"), href=f"/tasks/{task['id']}", data_testid=f"row.{task['id']}") as line:
                with box("fx start"):
                    unread = task["state"] == "open" and task["id"] not in self.inbox.opened
                    self.dots[task["id"]] = box("dot" if unread else "dot read", "span")
                    Text("b", choose(task["title"], lang), "grow clamp2 strong")
                    if task["state"] != "open":
                        Text("span", clock.said(task["done_at"]), "due")
                    else:
                        due(at, opened, clock.now(), lang)
                Text("div", self._meta(task), "small clip")
                with box("fx wrap gap4 rchips"):
                    draw_chips(viewer, task["chips"])
                    if task["priority"] > 0:
                        chip(viewer.t("task.priority", n=task["priority"]), "red", icon_of="up")
                    if task.get("away"):
                        name = choose({"zh": task["away"]["name"], "en": task["away"]["name_en"]}, lang)
                        chip(viewer.t("task.away.chip", name=name), "violet", icon_of="switch")
                    if task.get("snoozed_until"):
                        chip(viewer.t("task.snooze.until", time=clock.said(task["snoozed_until"])), icon_of="pause")
                    if task["kind"] == "incident":
                        state_chip("incident", lang)
                    elif task["kind"] in KINDS and task["state"] == "open":
                        drawing = "comment" if task["kind"] == "question" else "notice"
                        chip(viewer.t(f"verbs.{task['kind']}.chip"), "violet", icon_of=drawing)
                    if task["round"] > 1:
                        chip(viewer.t("task.round", n=task["round"]), "violet", icon_of="returned")
                    if task["mode"] != "live":
                        chip(task["mode"], "violet")
            line.on("click", acting(partial(self.on_open, task["id"])), js_handler=OPEN_HERE)
        if at is not None and task["state"] == "open" and due_tone(at, opened, clock.now()) == "late":
            row.classes("late")
        self.drawn[task["id"]] = row

    def _copy(self, one: Any) -> None:
        """A copy: unread until it is opened; it leads to its case."""
        viewer, clock = self.inbox.viewer, self.inbox.clock
        with box("trow") as row:
            line = attrs(box("tlink", "a"), href=f"/cases/{one['case']}", data_testid=f"copy.{one['id']}")
            with line:
                with box("fx start"):
                    box("dot read" if one["read"] else "dot", "span")
                    Text("b", choose(one["title"], viewer.lang), "grow clamp2 strong")
                    Text("span", clock.said(one["opened_at"]), "due")
                read = (
                    viewer.t("inbox.copy_read", time=clock.said(one["read_at"]))
                    if one["read"]
                    else viewer.t("inbox.copy_unread")
                )
                Text("div", " · ".join(part for part in (one["business_key"] or "", read) if part), "small clip")
            line.on("click", acting(partial(self._read, one)), js_handler="(e) => { e.preventDefault(); emit() }")
        self.drawn[one["id"]] = row

    async def _read(self, one: Any) -> None:
        await history.mark_notice(office_of(self.inbox.viewer), self.inbox.viewer.actor, one["id"])
        ui.navigate.to(f"/cases/{one['case']}")

    def _tick(self, task: Any) -> None:
        name = self.inbox.viewer.t("inbox.choose", title=choose(task["title"], self.inbox.viewer.lang))
        tick = attrs(
            box("tick", "button"), type="button", role="checkbox", aria_checked="false", aria_label=name, title=name
        )
        with tick:
            icon("done", "s")
        tick.on("click", acting(partial(self.on_choose, task["id"])), js_handler=TICK)
        self.ticks[task["id"]] = tick

    def _meta(self, task: Any) -> str:
        chips = task["chips"]
        parts = [chips.get("delivery_note_no"), chips.get("supplier_name") or chips.get("purchase_order_no")]
        return " · ".join(str(part) for part in [self.inbox.definitions.get(task["definition"]), *parts] if part)

    def mark(self, current: str | None) -> None:
        """Show which task is open on the right."""
        if current is not None and current in self.dots:
            self.dots[current].classes(add="read")
        for task_id, row in self.drawn.items():
            row.classes(add="on" if task_id == current else "", remove="" if task_id == current else "on")

    def choose(self, chosen: list[str]) -> None:
        """Show which rows are chosen."""
        for task_id, tick in self.ticks.items():
            attrs(tick, aria_checked=str(task_id in chosen).lower())
            tick.classes(add="on" if task_id in chosen else "", remove="" if task_id in chosen else "on")
