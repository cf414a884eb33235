"""What goes where and when: kinds by channel, quiet hours, digest. One form, saved as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.errors import RefusedError
from services.outbox import contacting, timing
from services.outbox.contacting import Choice
from ui.admin.ask import SEND_FORM
from ui.components.actions import toast
from ui.components.chips import chip
from ui.components.tables import Column, data_table
from ui.elements import Text, attrs, box, button
from ui.guard import Viewer, acting
from ui.texts import choose

#: Read when the language is switched: what was ticked and typed goes along.
READ_FORM = "return Object.fromEntries(new FormData(document.getElementById(%r)))"


class Choices:
    """A card with a table of check boxes, the quiet hours and the digest."""

    def __init__(self, viewer: Viewer, known: Any) -> None:
        self.viewer, self.t, self.known = viewer, viewer.t, known
        self.office: Any = viewer.ctx.office
        self.channels = [str(one["channel"]) for one in known["channels"] if one["set_up"] or one["address"]]

    def draw(self) -> None:
        """Draw the form."""
        with attrs(box("stack gap16", "form"), data_testid="choices") as self.form:
            attrs(self.form, id=self.form.html_id)
            self.form.on("submit", acting(self._submitted), js_handler=SEND_FORM)
            with box("card pad stack"):
                Text("h2", self.t("mine.kinds.title"))
                Text("p", self.t("mine.kinds.note"), "muted")
                self._table()
            with box("card pad stack"):
                Text("h2", self.t("mine.quiet.title"))
                Text("p", self.t("mine.quiet.note"), "muted")
                self._times()
            with box("fx wrap"):
                button(self.t("mine.save"), submit=True, kind="primary", icon_of="save", mark="choices.save")
                self.problem = attrs(Text("div", "", "msg"), role="alert", data_testid="choices.problem")
        self.viewer.leaving.append(self._leaving)

    def _table(self) -> None:
        columns = [Column[Any](self.t("mine.kinds.kind"), self._kind)]
        columns.append(Column(self.t("mine.kinds.screen"), lambda _: self.t("mine.kinds.always")))
        columns += [Column(self.t(f"mine.channel.{name}"), self._box(name)) for name in self.channels]
        data_table(columns, self.known["kinds"], self.viewer.lang, label=self.t("mine.kinds.title")).classes("kinds")

    def _kind(self, row: Any) -> None:
        with box("fx wrap"):
            Text("span", choose(row["title"], self.viewer.lang), "strong")
            if row["legal"]:
                chip(self.t("mine.kinds.legal"), "red", icon_of="clause")

    def _box(self, channel: str) -> Any:
        def draw(row: Any) -> None:
            words = f"{choose(row['title'], self.viewer.lang)}: {self.t(f'mine.channel.{channel}')}"
            with box("tick", "label"):
                ticked = True if channel in row["channels"] else None
                attrs(
                    box(tag="input"), type="checkbox", name=f"{row['kind']}:{channel}", checked=ticked, aria_label=words,
                    data_testid=f"tick.{row['kind']}.{channel}",
                )  # fmt: skip

        return draw

    def _times(self) -> None:
        quiet: Any = self.known["quiet"]
        with box("fx wrap quiet"):
            with box("tick", "label"):
                attrs(
                    box(tag="input"),
                    type="checkbox",
                    name="quiet",
                    checked=True if quiet else None,
                    data_testid="quiet",
                )
                Text("span", self.t("mine.quiet.on"))
            for name, usual in (("from", "22:00"), ("to", "07:00")):
                with box("field"):
                    caption = Text("label", self.t(f"mine.quiet.{name}"))
                    value = str(quiet[name]) if quiet else usual
                    control = attrs(
                        box("box", "input"), type="time", name=name, value=value, data_testid=f"quiet.{name}"
                    )
                    attrs(caption, for_=attrs(control, id=control.html_id).html_id)
            with box("field"):
                caption = Text("label", self.t("mine.digest.title"))
                with attrs(box("box", "select"), name="digest", data_testid="digest") as control:
                    for key in timing.DIGESTS:
                        chosen = True if key == self.known["digest"] else None
                        attrs(Text("option", self.t(f"mine.digest.{key}")), value=key, selected=chosen)
                attrs(caption, for_=attrs(control, id=control.html_id).html_id)

    async def _submitted(self, event: GenericEventArguments) -> None:
        if await self._save(event.args if isinstance(event.args, dict) else {}):
            toast(self.t("mine.saved"), tone="good", lang=self.viewer.lang)

    async def _leaving(self) -> None:
        entered = await ui.run_javascript(READ_FORM % self.form.html_id, timeout=3)
        await self._save(entered if isinstance(entered, dict) else {})

    async def _save(self, entered: Mapping[str, Any]) -> bool:
        kept = await contacting.settings_of(self.office, self.viewer.actor)
        try:
            await contacting.choose(self.office, self.viewer.actor, self._choice(entered, kept))
        except RefusedError as refused:
            refusal = refused.refusal
            told = [fault.message.said_in(self.viewer.lang) for fault in refusal.faults]
            self.problem.text = " ".join([refusal.message.said_in(self.viewer.lang), *told])
            return False
        self.problem.text = ""
        return True

    def _choice(self, entered: Mapping[str, Any], kept: Any) -> Choice:
        """What was entered; channels that are not on the page stay as they were."""
        kinds = {
            str(row["kind"]): [
                *(name for name in row["channels"] if name not in self.channels),
                *(name for name in self.channels if f"{row['kind']}:{name}" in entered),
            ]
            for row in kept["kinds"]
        }
        quiet = (str(entered.get("from")), str(entered.get("to"))) if entered.get("quiet") else None
        return Choice(kinds, quiet, str(entered.get("digest") or "off"))
