"""The tasks without a form: a question with a box for the answer, a notice that is confirmed as read 已阅确认."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.errors import GspError
from services import verbs
from ui.components.sign import new_act_id
from ui.desk import office_of
from ui.desk.beside import named
from ui.desk.dialog import SEND_FORM, fault_words, text_area
from ui.elements import Text, attrs, box, button, icon
from ui.guard import acting
from ui.texts import choose

if TYPE_CHECKING:
    from ui.desk.pane import TaskPane

KINDS = ("question", "reading")
#: Takes our own element id and nothing else.
SUBMIT = "document.getElementById('%s')?.requestSubmit()"


class Answering:
    """The middle and the bar of a question or a notice in the pane."""

    def __init__(self, pane: TaskPane) -> None:
        self.pane, self.viewer, self.task = pane, pane.viewer, pane.task
        self.act_ids: dict[str, str] = {}
        self.busy = False

    def t(self, key: str, **values: object) -> str:
        """Words of the page."""
        return self.viewer.t(f"verbs.{self.task['kind']}.{key}", **values)

    def draw(self) -> None:
        """What is asked, by whom, or what is to be read."""
        asks = self.task["kind"] == "question"
        with attrs(box("card fsec", "section"), data_testid=self.task["kind"]):
            with box("fhead"):
                icon("comment" if asks else "notice")
                Text("h2", self.t("title"))
            with box("stack"):
                if asks:
                    self._question()
                else:
                    Text("p", choose(self.task["title"], self.viewer.lang), "strong")
                    if self.pane.is_open:
                        Text("p", self.t("note"), "muted")
                self.problem = attrs(Text("div", "", "msg"), role="alert", data_testid="answer.problem")

    def _question(self) -> None:
        added: Any = self.task["more"].get("added")
        title = choose(self.task["title"], self.viewer.lang)
        if added:
            who, when = named(self.pane, added["by"]), self.pane.clock.said(added["at"])
            Text("p", self.t("by", name=who, time=when, title=title), "muted")
        Text("blockquote", str(self.task["more"].get("question") or ""), "quoted")
        if added and added.get("answer"):
            Text("h3", self.t("answered"))
            Text("p", str(added["answer"]), "saidtext")
        if self.pane.may("answer"):
            form = attrs(box("stack", "form"), novalidate=True)
            self.form_id = form.html_id
            attrs(form, id=self.form_id)
            form.on("submit", acting(self._send), js_handler=SEND_FORM)
            with form:
                text_area("text", self.t("answer"), rows=4, required=True, first=True)

    def draw_bar(self) -> None:
        """The one button."""
        verb = "answer" if self.task["kind"] == "question" else "acknowledge"
        box("gap grow")
        off = None if self.pane.may(verb) else choose(self.task["why_not"], self.viewer.lang) or self.t("off")
        drawing = "comment" if verb == "answer" else "done"
        press = acting(partial(self.primary))
        button(self.t("do"), press, kind="primary", icon_of=drawing, off_because=off, mark=f"task.{verb}")

    async def primary(self) -> None:
        """The button, or Ctrl+Enter."""
        if self.task["kind"] == "question" and self.pane.may("answer"):
            ui.run_javascript(SUBMIT % self.form_id)
        elif self.pane.may("acknowledge"):
            await self._do("", verbs.acknowledge)

    async def _send(self, event: GenericEventArguments) -> None:
        text = str((event.args or {}).get("text", "")).strip() if isinstance(event.args, dict) else ""
        if not text:
            self.problem.text = self.t("missing")
            return
        await self._do(text, verbs.answer, text)

    async def _do(self, key: str, act: Any, *said: str) -> None:
        if self.busy:
            return
        self.busy = True
        act_id = self.act_ids.setdefault(key, new_act_id())
        try:
            done = await act(office_of(self.viewer), self.viewer.actor, self.task["id"], *said, act_id)
        except GspError as fault:
            self.problem.text = fault_words(fault, self.viewer)
            return
        finally:
            self.busy = False
        await self.pane.acted(done, self.t("done"), leaves=True)
