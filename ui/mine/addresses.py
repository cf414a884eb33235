"""The person's addresses, one for each channel: given, proved by a code, taken back."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui

from services.outbox import contacting
from ui.admin.ask import Ask, Entered, Field, attempt
from ui.components.chips import chip
from ui.components.panels import note
from ui.elements import Text, attrs, box, button, icon
from ui.guard import Viewer, acting


class Addresses:
    """A card with a row for each channel that is set up."""

    def __init__(self, viewer: Viewer, known: Any) -> None:
        self.viewer, self.t, self.known = viewer, viewer.t, known
        self.office: Any = viewer.ctx.office

    def draw(self) -> None:
        """Draw the card."""
        usable = [one for one in self.known["channels"] if one["set_up"] or one["address"]]
        with attrs(box("card pad stack", "section"), data_testid="addresses") as card:
            heading = Text("h2", self.t("mine.addresses.title"))
            attrs(card, aria_labelledby=attrs(heading, id=heading.html_id).html_id)
            Text("p", self.t("mine.addresses.note"), "muted")
            if not usable:
                note(self.t("mine.addresses.none"), icon_of="info")
            with box("rows", "ul"):
                for one in usable:
                    self._row(one)

    def _row(self, one: Any) -> None:
        name = str(one["channel"])
        with attrs(box(tag="li"), data_testid=f"address.{name}"):
            icon(name)
            with box("grow"):
                Text("div", self.t(f"mine.channel.{name}"), "strong")
                Text(
                    "div", str(one["address"] or self.t(f"mine.example.{name}")), "clip" if one["address"] else "small"
                )
                if one["waiting"]:
                    Text("div", self.t("mine.addresses.code_sent", address=one["waiting"]), "small")
            self._state(one)
            self._verbs(name, one)

    def _state(self, one: Any) -> None:
        if not one["set_up"]:
            chip(self.t("mine.state.off"), "grey", icon_of="cancelled")
        elif one["waiting"]:
            chip(self.t("mine.state.waiting"), "yellow", icon_of="waiting")
        elif one["address"]:
            chip(self.t("mine.state.verified"), "green", icon_of="passed")
        else:
            chip(self.t("mine.state.none"), "grey", icon_of="info")

    def _verbs(self, name: str, one: Any) -> None:
        if one["waiting"]:
            button(
                self.t("mine.addresses.enter"), acting(partial(self._code, name)), kind="primary", mark=f"code.{name}"
            )
        if one["set_up"]:
            words = self.t("mine.addresses.change" if one["address"] or one["waiting"] else "mine.addresses.give")
            button(words, acting(partial(self._give, name, one)), icon_of="edit", mark=f"give.{name}")
        if one["address"]:
            button(
                self.t("mine.addresses.remove"),
                acting(partial(self._remove, name)),
                kind="danger",
                mark=f"remove.{name}",
            )

    def _give(self, name: str, one: Any) -> None:
        async def send(entered: Entered) -> None:
            await contacting.give_address(self.office, self.viewer.actor, name, entered["address"])
            ui.navigate.reload()

        kind = "email" if name == "email" else "text" if name == "feishu" else "tel"
        given = str(one["waiting"] or one["address"] or "")
        label, example = self.t(f"mine.address.{name}"), self.t(f"mine.example.{name}")
        field = Field("address", label, given, kind, required=True, help=example)
        hint = self.t("mine.addresses.group_note" if one["group"] else "mine.addresses.code_note")
        Ask(self.viewer, self.t(f"mine.channel.{name}"), self.t("mine.addresses.send"), [field], send, note=hint)

    def _code(self, name: str) -> None:
        async def send(entered: Entered) -> None:
            await contacting.confirm_address(self.office, self.viewer.actor, name, entered["code"])
            ui.navigate.reload()

        field = Field("code", self.t("mine.addresses.code"), kind="tel", required=True)
        title = self.t("mine.addresses.enter")
        Ask(
            self.viewer, title, self.t("mine.addresses.confirm"), [field], send, note=self.t("mine.addresses.code_help")
        )

    async def _remove(self, name: str) -> None:
        removing = contacting.remove_address(self.office, self.viewer.actor, name)
        if await attempt(self.viewer, removing, self.t("mine.addresses.removed")):
            ui.navigate.reload()
