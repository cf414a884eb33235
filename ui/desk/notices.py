"""The bell in the frame: messages to a person's posts, unread first; opening one goes to its case."""

from __future__ import annotations

from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from services import history, live, outlook
from ui.desk import office_of
from ui.desk.clock import Clock
from ui.elements import Text, attrs, box, icon
from ui.guard import Viewer, acting
from ui.texts import choose

#: Seconds between two looks at the pulse of the database.
LOOK_SECONDS = 3.0
#: Messages shown at once; the rest is found at the cases.
SHOWN = 20

ROW = "(e) => { const row = e.target.closest('[data-notice]'); if (row) emit(row.dataset.notice); }"


class _Bell:
    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.beat = -1
        self.clock: Clock
        self.button = attrs(box("ib bell", "button"), type="button", aria_haspopup="dialog", data_testid="notices")
        attrs(self.button, aria_label=viewer.t("inbox.notices_title"))
        with self.button:
            icon("bell")
            self.number = Text("span", "", "count")
            with attrs(ui.menu(), role="dialog", aria_label=viewer.t("inbox.notices_title")).classes("gmenu notices"):
                self.list = box("noticelist")
        # One listener for all rows: they come and go while the page is open.
        self.list.on("click", acting(self._chosen), js_handler=ROW)
        ui.timer(LOOK_SECONDS, acting(self.look))

    async def look(self) -> None:
        """Read the messages when the page is there, and again when the database moved."""
        office = office_of(self.viewer)
        beat = (await live.pulse(office)).beat
        if beat == self.beat:
            return
        if self.beat < 0:
            site = self.viewer.site.id if self.viewer.site else None
            self.clock = Clock(self.viewer, await outlook.zone_of(office, site))
        self.beat = beat
        await self.load()

    async def load(self) -> None:
        """Read the messages and draw them."""
        found: list[Any] = await history.notices(office_of(self.viewer), self.viewer.actor)
        unread = sum(1 for one in found if not one["read"])
        name = self.viewer.t("inbox.notices", n=unread)
        attrs(self.button, aria_label=name, title=name)
        self.number.text = str(unread) if unread else ""
        self.number.set_visibility(bool(unread))
        self.list.clear()
        with self.list:
            if not found:
                Text("div", self.viewer.t("inbox.no_notices"), "small pad")
            for one in found[:SHOWN]:
                self._notice(one)

    def _notice(self, one: Any) -> None:
        item = attrs(
            box("mi nline" + ("" if one["read"] else " unread"), "button"), type="button", data_notice=one["id"]
        )
        with item:
            box("dot" + (" read" if one["read"] else ""), "span")
            with box("grow"):
                Text("div", choose(one["title"], self.viewer.lang))
                Text("div", self.clock.said(one["at"]), "small")

    async def _chosen(self, event: GenericEventArguments) -> None:
        found: list[Any] = await history.notices(office_of(self.viewer), self.viewer.actor)
        one = next((one for one in found if one["id"] == event.args), None)
        if one is not None:
            await self._open(one)

    async def _open(self, one: Any) -> None:
        await history.mark_notice(office_of(self.viewer), self.viewer.actor, one["id"])
        if one["link"] and one["link"] != "/":
            ui.navigate.to(one["link"])
        else:
            await self.load()


def notice_bell(viewer: Viewer) -> None:
    """Draw the bell; it fills itself after the page is there."""
    _Bell(viewer)
