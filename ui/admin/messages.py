"""Messages from other systems: taken, waiting, and the dead letters that no case wanted, with another try for those."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui

from services import messages
from ui.admin.ask import attempt
from ui.audit.filters import address
from ui.components.chips import Tone, chip
from ui.components.panels import empty
from ui.components.tables import Column, data_table
from ui.desk.clock import Clock
from ui.elements import Text, attrs, box, button, link
from ui.guard import Viewer, acting

STATES: dict[str, tuple[Tone, str]] = {
    "dead": ("red", "failed"),
    "buffered": ("blue", "waiting"),
    "matched": ("green", "passed"),
}
PAGE = 40


class MessagesTab:
    """Messages, newest first, by what became of them."""

    def __init__(self, viewer: Viewer, zone: str, state: str | None, cursor: str | None) -> None:
        self.viewer, self.t = viewer, viewer.t
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor
        self.clock = Clock(viewer, zone)
        self.state, self.cursor = state if state in STATES else None, cursor
        may = set(viewer.account.roles) & messages.MAY_SEND
        self.off = None if may else self.t("admin.messages.only_quality")

    async def draw(self) -> None:
        """Read and draw."""
        try:
            page: Any = await messages.listing(self.office, self.actor, self.state, self.cursor, PAGE)
        except ValueError:  # an address somebody changed by hand: the first page
            page = await messages.listing(self.office, self.actor, self.state, None, PAGE)
        with box("stack"):
            Text("p", self.t("admin.messages.note"), "muted")
            self._states()
            if not page["items"]:
                with box("card pad"):
                    body = self.t("admin.messages.none_body")
                    empty(self.t(f"admin.messages.none.{self.state or 'all'}"), body, icon_of="message")
                return
            data_table(self._columns(), page["items"], self.viewer.lang, label=self.t("admin.tabs.messages"))
            if page["next"]:
                more = address("/admin", {}, tab="messages", state=self.state, cursor=page["next"])
                link(self.t("admin.deliveries.more"), more, "btn", icon_of="next")

    def _states(self) -> None:
        with attrs(box("fx wrap", "nav"), aria_label=self.t("admin.deliveries.states")), box("seg states"):
            for key in (None, *STATES):
                words = self.t(f"admin.messages.state.{key or 'all'}")
                item = link(words, address("/admin", {}, tab="messages", state=key))
                attrs(item, aria_current="true" if key == self.state else None, data_testid=f"state.{key or 'all'}")

    def _columns(self) -> list[Column[Any]]:
        t = self.t
        return [
            Column(t("admin.messages.came"), lambda one: self.clock.hour(one["posted_at"])),
            Column(t("admin.messages.what"), self._what),
            Column(t("admin.messages.sender"), lambda one: str(one["posted_by"])),
            Column(t("admin.messages.fate"), self._fate),
            Column(t("admin.deliveries.verb"), self._verb),
        ]

    def _what(self, one: Any) -> None:
        with box():
            Text("div", str(one["name"]), "strong mono")
            Text("div", " · ".join(str(key) for key in one["keys"]), "small")
            if one["mode"] != "live":
                chip(self.t(f"cases.mode.{one['mode']}"), "violet", icon_of="info")

    def _fate(self, one: Any) -> None:
        tone, drawing = STATES[one["state"]]
        with box():
            chip(self.t(f"admin.messages.state.{one['state']}"), tone, icon_of=drawing)
            if one["state"] == "buffered":
                until = self.t("admin.messages.until", time=self.clock.hour(one["keep_until"]))
                Text("div", until, "small nowrap")
            for told in one["cases"]:
                link(str(told["case"]), f"/cases/{told['case']}", "small mono tap")

    def _verb(self, one: Any) -> None:
        if one["state"] == "dead":
            again = acting(partial(self._again, str(one["id"])))
            words = self.t("admin.messages.again")
            button(words, again, icon_of="retry", off_because=self.off, mark=f"again.{one['id']}")

    async def _again(self, message: str) -> None:
        done = messages.send_again(self.office, self.actor, message)
        if await attempt(self.viewer, done, self.t("admin.messages.waits_again")):
            ui.navigate.reload()
