"""The open lists of a case: what is in them, adding an item by its form, closing the list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from nicegui import ui

from domain.errors import Fault, RefusedError
from services import case_acts, udi
from ui.audit.tell import Teller
from ui.components.actions import confirm, toast
from ui.components.sign import new_act_id
from ui.desk import office_of
from ui.elements import Text, attrs, box, button, icon, icon_button
from ui.forms import FormContext, FormView
from ui.guard import Viewer, acting
from ui.texts import Lang, choose


def lists_part(viewer: Viewer, teller: Teller, case: Mapping[str, Any]) -> None:
    """Draw each open list with its buttons."""
    for one in case["lists"]:
        _OpenList(viewer, teller, case, one).draw()


class _OpenList:
    """One open list."""

    def __init__(self, viewer: Viewer, teller: Teller, case: Mapping[str, Any], one: Mapping[str, Any]) -> None:
        self.viewer, self.teller, self.case, self.one = viewer, teller, case, one
        self.t = viewer.t
        self.lang: Lang = viewer.lang

    def draw(self) -> None:
        """What the list is, why it waits, and what the reader can do to it."""
        one = self.one
        why = next((step["why_waiting"] for step in self.case["steps"] if step["path"] == one["path"]), None)
        with attrs(box("wait openlist"), data_testid="case.list"):
            icon("each", "l")
            with box():
                Text("b", f"{self.teller.item(str(one['path']))} {choose(one['title'], self.lang)}".strip(), "strong")
                Text("div", choose(why, self.lang), "because")
            if one["may_add"]:
                self._buttons()

    def _buttons(self) -> None:
        with box("fx wrap listbtns"):
            off = None if self.one["form"] else self.t("cases.lists.no_form")
            button(self.t("cases.lists.add"), self._ask, icon_of="add", off_because=off, mark="list.add")
            why_not = None if self.one["may_close"] else choose(self.one["close_why_not"], self.lang)
            button(self.t("cases.lists.close"), self._sure, icon_of="locked", off_because=why_not, mark="list.close")

    # ------------------------------------------------------------ adding

    def _ask(self) -> None:
        title = self.t("cases.lists.add_to", list=choose(self.one["title"], self.lang))
        self.act_id = new_act_id()
        with ui.context.client.content:
            self.dialog = attrs(ui.dialog(value=True), role="dialog", aria_label=title)
        with self.dialog, box("dlg"):
            with box("h"):
                Text("h1", title, "grow")
                icon_button("close", self.t("common.verbs.close"), self.dialog.close)
            with box("c"):
                self.problem = attrs(Text("div", "", "msg"), role="alert", data_testid="list.problem")
                context = FormContext(zone=str(self.teller.zone), parse=udi.parse)
                self.form = FormView(
                    self.one["form"], {}, self.lang, layout="narrow", context=context, on_change=self._changed
                )
            with box("f"):
                box("grow")
                button(self.t("common.verbs.cancel"), self.dialog.close, keys=("Esc",))
                words = self.t("cases.lists.add")
                button(words, acting(self._add), kind="primary", icon_of="add", mark="list.send")
        self.dialog.on("hide", self.dialog.delete, js_handler="() => emit()")

    def _changed(self, _: int) -> None:
        self.act_id = new_act_id()  # other content is another act

    async def _add(self) -> None:
        if self.form.check_all():
            return
        item, path = dict(self.form.values), str(self.one["path"])
        try:
            await case_acts.add_item(
                office_of(self.viewer), self.viewer.actor, self.case["id"], path, item, self.act_id
            )
        except RefusedError as refused:
            self.problem.text = refused.refusal.message.said_in(self.lang)
            self.form.tell(
                [Fault(one.pointer.removeprefix("/item"), one.code, one.message) for one in refused.refusal.faults]
            )
            return
        self._done("cases.lists.added")

    # ------------------------------------------------------------ closing

    def _sure(self) -> None:
        body = self.t("cases.lists.close_body", n=len(self.one["items"]), open=self.one["unfinished"])
        title = self.t("cases.lists.close_title", list=choose(self.one["title"], self.lang))
        confirm(title, body, self.t("cases.lists.close"), acting(partial(self._close, new_act_id())), self.lang)

    async def _close(self, act_id: str) -> None:
        try:
            await case_acts.close_items(
                office_of(self.viewer), self.viewer.actor, self.case["id"], str(self.one["path"]), act_id
            )
        except RefusedError as refused:
            toast(refused.refusal.message.said_in(self.lang), tone="bad", lang=self.lang)
            return
        self._done("cases.lists.closed")

    def _done(self, words: str) -> None:
        toast(self.t(words), tone="good", lang=self.lang)
        ui.navigate.to(f"/cases/{self.case['id']}")
