"""Cancelling a case, or opening it again: what that would stop, reverse and make count no more is said before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.errors import RefusedError
from domain.roles import MEANINGS
from services import case_acts, going_back
from ui.audit.tell import Teller
from ui.components.actions import toast
from ui.components.sign import new_act_id
from ui.desk import office_of
from ui.elements import Text, attrs, box, button, icon, icon_button
from ui.guard import Viewer, acting
from ui.texts import Lang, choose

SEND = "(e) => { e.preventDefault(); emit(new FormData(e.target).get('reason')) }"


@dataclass(frozen=True)
class _Verb:
    """An act on a whole case: how it is called in the catalogue, drawn, previewed and done."""

    name: str
    drawing: str
    preview: Callable[..., Awaitable[Any]]
    do: Callable[[Any, Any, str, str, str], Awaitable[Any]]


def _cancel(office: Any, actor: Any, case_id: str, reason: str, act_id: str) -> Awaitable[Any]:
    return case_acts.cancel(office, actor, case_id, reason, act_id)


def _reopen(office: Any, actor: Any, case_id: str, reason: str, act_id: str) -> Awaitable[Any]:
    return case_acts.reopen(office, actor, case_id, reason, act_id=act_id)


VERBS = (
    _Verb("cancel", "cancelled", going_back.preview_of_cancel, _cancel),
    _Verb("reopen", "retry", going_back.preview_of_reopening, _reopen),
)


def undo_buttons(viewer: Viewer, teller: Teller, case: Mapping[str, Any]) -> None:
    """The buttons, for whom the case would take these acts from."""
    for verb in VERBS:
        if verb.name in case["allow"]:
            asking, words = _Undoing(viewer, teller, str(case["id"]), verb), viewer.t(f"cases.{verb.name}.verb")
            button(words, acting(asking.ask), icon_of=verb.drawing, kind="danger", mark=f"case.{verb.name}")


class _Undoing:
    """The dialog: effects, reason, confirmation."""

    def __init__(self, viewer: Viewer, teller: Teller, case_id: str, verb: _Verb) -> None:
        self.viewer, self.teller, self.case_id, self.verb = viewer, teller, case_id, verb
        self.busy = False
        self.lang: Lang = viewer.lang

    def t(self, key: str, **values: object) -> str:
        """Words of the dialog, or common ones."""
        return self.viewer.t(key if key.startswith("common.") else f"cases.{self.verb.name}.{key}", **values)

    async def ask(self) -> None:
        """Look what would happen and ask."""
        try:
            plan = await self.verb.preview(office_of(self.viewer), self.viewer.actor, self.case_id)
        except RefusedError as refused:
            toast(refused.refusal.message.said_in(self.lang), tone="bad", lang=self.lang)
            return
        self.act_id = new_act_id()
        title = self.t("title")
        with ui.context.client.content:
            self.dialog = attrs(ui.dialog(value=True), role="alertdialog", aria_label=title)
        with self.dialog, box("dlg"), attrs(box(tag="form"), novalidate=True, autocomplete="off") as form:
            form.on("submit", acting(self._send), js_handler=SEND)
            self._draw(title, plan)
        self.dialog.on("hide", self.dialog.delete, js_handler="() => emit()")

    def _draw(self, title: str, plan: Any) -> None:
        with box("h"):
            icon("warning", "l warnc")
            Text("h1", title, "grow")
            icon_button("close", self.t("common.verbs.close"), self.dialog.close)
        with box("c"):
            if "title" in plan:
                Text("p", self.t("from", step=choose(plan["title"], self.lang)), "strong")
            self._effects(plan)
            self._reason()
        with box("f"):
            Text("span", self.t("final"), "small")
            button(self.t("common.verbs.back"), self.dialog.close, keys=("Esc",))
            button(self.t("verb"), submit=True, kind="danger", icon_of=self.verb.drawing, mark=f"{self.verb.name}.send")

    # ------------------------------------------------------------ what would happen

    def _effects(self, plan: Any) -> None:
        reverses = [f"{self._name(one)} · {one['call']}" for one in plan["reverses"] if one["kind"] == "call"]
        self._group("reverses", "undo", reverses, self.t("reverses_none"))
        stops = [self._name(one) for one in plan["stops"] if one["kind"] not in ("foreach", "parallel", "loop")]
        self._group("stops", "cancelled", stops)
        self._group(
            "signatures",
            "signed",
            [self._signed(gone, one) for gone in plan["supersedes"] for one in gone["signatures"]],
        )
        self._group("children", "cases", [self._child(one) for one in plan.get("children", ())])
        self._group("tells", "person", [self._told(one) for one in plan["tells"]])

    def _group(self, key: str, drawing: str, words: Sequence[str], none: str = "") -> None:
        if not words and not none:
            return
        with attrs(box("caneffects"), data_testid=f"{self.verb.name}.{key}"):
            with box("fx"):
                icon(drawing, "s")
                Text("h2", self.t(key, n=len(words)))
            with box("stack gap4", "ul"):
                for one in words or [none]:
                    Text("li", one)

    def _name(self, one: Mapping[str, Any]) -> str:
        return f"{self.teller.item(str(one['path']))} {self.teller.step(str(one['path']), str(one['step']))}".strip()

    def _signed(self, gone: Mapping[str, Any], one: Mapping[str, Any]) -> str:
        meaning, at = choose(MEANINGS.get(str(one["meaning"])), self.lang), self.teller.moment(str(one["at"]))
        return f"{self._name(gone)} · {self.teller.person(one['signer'])} · {meaning} · {at:%m-%d %H:%M}"

    def _child(self, one: Mapping[str, Any]) -> str:
        key = "child_too" if one["cancelled"] else "child_kept"
        return self.t(key, case=one["business_key"] or one["case"], step=self._name(one))

    def _told(self, one: Mapping[str, Any]) -> str:
        if "role" in one:
            return self.teller.roles([one["role"]])
        return str(one["name"] if self.lang == "zh" else one["name_en"])

    # ------------------------------------------------------------ doing it

    def _reason(self) -> None:
        with box("field"):
            caption = Text("label", f"{self.t('reason')} *")
            area = attrs(box("box", "textarea"), name="reason", rows=3, required=True, maxlength=2000)
            attrs(area, id=area.html_id, data_autofocus="true", data_testid=f"{self.verb.name}.reason")
            attrs(caption, for_=area.html_id)
            self.problem = attrs(Text("div", "", "msg"), role="alert", data_testid=f"{self.verb.name}.problem")

    async def _send(self, event: GenericEventArguments) -> None:
        reason = str(event.args or "").strip()
        if not reason:
            self.problem.text = self.t("reason_missing")
        if not reason or self.busy:
            return
        self.busy = True
        try:
            await self.verb.do(office_of(self.viewer), self.viewer.actor, self.case_id, reason, self.act_id)
        except RefusedError as refused:
            self.problem.text = refused.refusal.message.said_in(self.lang)
            return
        finally:
            self.busy = False
        toast(self.t("done"), tone="good", lang=self.lang)
        ui.navigate.to(f"/cases/{self.case_id}")
