"""What people say around a case: read, add, name somebody with @; urging and putting off a task."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.clock import to_text
from domain.errors import RefusedError
from services import talk
from ui.components.actions import toast
from ui.desk import office_of
from ui.desk.clock import Clock
from ui.elements import Text, attrs, box, button, icon, menu_panel
from ui.guard import Viewer, acting
from ui.texts import choose

SEND = "(e) => { e.preventDefault(); emit(new FormData(e.target).get('text')) }"
EMPTY = "() => { const f = getHtmlElement(%d); f.value = ''; }"


class TalkCard:
    """The comments of a case, with a box to add one at the task (or, without a task, about the case)."""

    def __init__(self, viewer: Viewer, clock: Clock, case_id: str, task_id: str | None, *, open_: bool) -> None:
        self.viewer, self.clock, self.case_id, self.task_id = viewer, clock, case_id, task_id
        with attrs(box("card sidecard talk", "section"), data_testid="talk"):
            with box("fx"):
                icon("comment")
                Text("h2", viewer.t("task.talk.title"), "grow")
            self.list = box("talklist", "ul")
            if open_:
                self._box()

    def _box(self) -> None:
        with attrs(box("stack gap4", "form"), novalidate=True) as form:
            form.on("submit", acting(self._send), js_handler=SEND)
            name = self.viewer.t("task.talk.label")
            self.area = attrs(box("box", "textarea"), name="text", rows=2, maxlength=2000, aria_label=name)
            attrs(self.area, placeholder=self.viewer.t("task.talk.hint"), data_testid="talk.text")
            with box("fx"):
                self.problem = attrs(Text("div", "", "msg grow"), role="alert", data_testid="talk.problem")
                button(self.viewer.t("task.talk.send"), submit=True, small=True, icon_of="comment", mark="talk.send")

    async def load(self) -> None:
        """Read what was said and show it."""
        try:
            found: list[Any] = await talk.listing(office_of(self.viewer), self.viewer.actor, self.case_id)
        except RefusedError as refused:  # whoever may see a task but not its whole case
            self.list.clear()
            with self.list:
                Text("li", refused.refusal.message.said_in(self.viewer.lang), "small")
            return
        self.list.clear()
        with self.list:
            if not found:
                Text("li", self.viewer.t("task.talk.none"), "small")
            for one in found:
                self._line(one)

    def _line(self, one: Any) -> None:
        lang = self.viewer.lang
        name = choose({"zh": one["actor"]["name"], "en": one["actor"]["name_en"]}, lang)
        with attrs(box("said", "li"), data_testid="said"):
            with box("fx wrap small"):
                Text("b", name)
                Text("time", self.clock.hour(one["at"]))
                if one["kind"] == "urged":
                    Text("span", self.viewer.t("task.talk.urged"), "warnc")
            if one["text"]:
                Text("p", one["text"], "saidtext")

    async def _send(self, event: GenericEventArguments) -> None:
        office, actor, text = office_of(self.viewer), self.viewer.actor, str(event.args or "")
        try:
            if self.task_id is not None:
                await talk.comment(office, actor, self.task_id, text)
            else:
                await talk.comment_case(office, actor, self.case_id, text)
        except RefusedError as refused:
            self.problem.text = refused.refusal.message.said_in(self.viewer.lang)
            return
        self.problem.text = ""
        ui.run_javascript(f"({EMPTY % self.area.id})()")
        await self.load()


async def urge(viewer: Viewer, task_id: str, then: Callable[[], Awaitable[Any]]) -> None:
    """Urge whoever has the task; a refusal is said."""
    try:
        await talk.urge(office_of(viewer), viewer.actor, task_id)
    except RefusedError as refused:
        toast(refused.refusal.message.said_in(viewer.lang), tone="bad", lang=viewer.lang)
        return
    toast(viewer.t("task.talk.urge_done"), tone="good", lang=viewer.lang)
    await then()


def snooze_menu(viewer: Viewer, clock: Clock, task_id: str, until: Any, then: Callable[[], Awaitable[Any]]) -> None:
    """A button with the usual times; a task that is put off already can be shown again."""
    words = viewer.t("task.snooze.until", time=clock.said(until)) if until else viewer.t("task.snooze.button")
    with attrs(box("btn low", "button"), type="button", aria_haspopup="dialog", data_testid="task.snooze"):
        icon("pause")
        Text("span", words)
        with menu_panel(viewer.t("task.snooze.button"))[1]:
            for key, moment in _moments(clock, until):
                with attrs(box("mi", "button"), type="button", role="menuitem", data_testid=f"snooze.{key}") as item:
                    Text("span", viewer.t(f"task.snooze.{key}"))
                item.on("click", acting(partial(_snooze, viewer, task_id, moment, then)), js_handler="() => emit()")


def _moments(clock: Clock, until: Any) -> list[tuple[str, str | None]]:
    now = clock.now()
    morning = (now + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=(7 - morning.weekday()) % 7)
    found: list[tuple[str, str | None]] = [("hour", to_text(now + timedelta(hours=1)))]
    found += [("morning", to_text(morning)), ("monday", to_text(monday))]
    return [*found, ("wake", None)] if until else found


async def _snooze(viewer: Viewer, task_id: str, until: str | None, then: Callable[[], Awaitable[Any]]) -> None:
    try:
        await talk.snooze(office_of(viewer), viewer.actor, task_id, until)
    except RefusedError as refused:
        toast(refused.refusal.message.said_in(viewer.lang), tone="bad", lang=viewer.lang)
        return
    toast(viewer.t("task.snooze.done" if until else "task.snooze.woken"), tone="good", lang=viewer.lang)
    await then()
