"""What went out to whom: sent, read, failed and why; trying again. No words of a case are here."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui

from domain.notices import KINDS
from services.outbox import register
from ui.admin.ask import attempt
from ui.audit.filters import address
from ui.components.chips import Tone, chip
from ui.components.panels import empty
from ui.components.tables import Column, data_table
from ui.desk.clock import Clock
from ui.elements import Text, attrs, box, button, icon, link
from ui.guard import Viewer, acting
from ui.texts import choose

STATES: dict[str, tuple[Tone, str]] = {
    "waiting": ("blue", "waiting"),
    "sending": ("blue", "running"),
    "sent": ("green", "passed"),
    "failed": ("yellow", "retry"),
    "given_up": ("red", "failed"),
    "needless": ("grey", "cancelled"),
}
PAGE = 40


class DeliveriesTab:
    """The register, newest first, by state."""

    def __init__(self, viewer: Viewer, zone: str, state: str | None, cursor: str | None) -> None:
        self.viewer, self.t = viewer, viewer.t
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor
        self.clock = Clock(viewer, zone)
        self.state, self.cursor = state if state in STATES else None, cursor
        may = set(viewer.account.roles) & set(register.RETRIERS)
        self.off = None if may else self.t("admin.deliveries.only_some")
        self.names: dict[str, dict[str, str]] = {}

    async def draw(self) -> None:
        """Read and draw."""
        filters = {"state": self.state, "limit": PAGE}
        try:
            page: Any = await register.listing(self.office, self.actor, {**filters, "cursor": self.cursor})
        except ValueError:  # an address somebody changed by hand: the first page
            page = await register.listing(self.office, self.actor, filters)
        self.names = await register.names(
            self.office, {str(one[key]) for one in page["items"] for key in ("account", "instead_of")}
        )
        with box("stack"):
            self._states(page["counts"])
            if not page["items"]:
                with box("card pad"):
                    empty(self.t("admin.deliveries.none"), self.t("admin.deliveries.none_body"), icon_of="deliveries")
                return
            data_table(self._columns(), page["items"], self.viewer.lang, label=self.t("admin.tabs.deliveries"))
            if page["next"]:
                more = address("/admin", {}, tab="deliveries", state=self.state, cursor=page["next"])
                link(self.t("admin.deliveries.more"), more, "btn", icon_of="next")

    def _states(self, counts: Any) -> None:
        with attrs(box("fx wrap", "nav"), aria_label=self.t("admin.deliveries.states")), box("seg states"):
            for key in (None, *STATES):
                words = self.t(f"admin.deliveries.state.{key or 'all'}")
                number = sum(counts.values()) if key is None else counts[key]
                item = link(f"{words} {number}", address("/admin", {}, tab="deliveries", state=key))
                attrs(item, aria_current="true" if key == self.state else None, data_testid=f"state.{key or 'all'}")

    def _columns(self) -> list[Column[Any]]:
        t = self.t
        return [
            Column(t("admin.deliveries.made"), lambda one: self.clock.hour(one["created_at"])),
            Column(t("admin.deliveries.what"), self._what),
            Column(t("admin.deliveries.whom"), self._whom),
            Column(t("admin.deliveries.state.title"), self._state),
            Column(t("admin.deliveries.verb"), self._verb),
        ]

    def _what(self, one: Any) -> None:
        with box():
            Text("div", choose(KINDS[one["kind"]].text, self.viewer.lang), "strong")
            if one["business_key"]:
                Text("div", str(one["business_key"]), "mono")
            if one["instead_of"]:
                Text("div", self.t("admin.deliveries.instead", who=self._name(one["instead_of"])), "small")

    def _whom(self, one: Any) -> None:
        with box():
            Text("div", self._name(one["account"]))
            with box("fx"):
                icon(one["channel"], "s")
                Text("span", f"{self.t('mine.channel.' + one['channel'])} {one['address']}", "small")

    def _name(self, username: Any) -> str:
        return choose(self.names.get(username) or str(username), self.viewer.lang)

    def _state(self, one: Any) -> None:
        tone, drawing = STATES[one["state"]]
        with box():
            chip(self.t(f"admin.deliveries.state.{one['state']}"), tone, icon_of=drawing)
            for key, at in (("sent_at", one["sent_at"]), ("read_at", one["read_at"]), ("next_at", one["next_at"])):
                if at:
                    Text("div", self.t(f"admin.deliveries.{key}", time=self.clock.hour(at)), "small nowrap")
            if one["last_error"]:
                said = choose(one["last_error"], self.viewer.lang)
                Text("div", self.t("admin.deliveries.why", n=one["attempts"], why=said), "small")

    def _verb(self, one: Any) -> None:
        if one["state"] in ("failed", "given_up"):
            again = acting(partial(self._retry, str(one["id"])))
            words = self.t("admin.deliveries.retry")
            button(words, again, icon_of="retry", off_because=self.off, mark=f"retry.{one['id']}")

    async def _retry(self, delivery: str) -> None:
        if await attempt(
            self.viewer, register.retry(self.office, self.actor, delivery), self.t("admin.deliveries.again")
        ):
            ui.navigate.reload()
