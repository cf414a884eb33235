"""A dialog with a form for one act. What is typed lives in the browser alone until it is sent, and stays when refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from domain.errors import GspError, RefusedError
from ui.components.sign import new_act_id
from ui.elements import Kind, Text, attrs, box, button, icon, icon_button
from ui.guard import Viewer, acting

SEND_FORM = "(e) => { e.preventDefault(); emit(Object.fromEntries(new FormData(e.target))) }"
LONGEST = 2000
Entered = Mapping[str, str]


@dataclass(frozen=True)
class Unfinished:
    """Not all was done: what an act answers when the dialog has to stay open, and the words it then says."""

    words: str


class VerbDialog:
    """Opens at once. ``act(entered, act_id)`` calls a service; then the dialog closes and ``then`` hears the answer.

    ``draw`` fills the middle; ``missing`` says in words what has still to be entered. A refusal is said above the
    buttons. The same entries sent again are the same act. ``on_hide`` is awaited once the dialog is gone.
    """

    def __init__(
        self,
        viewer: Viewer,
        title: str,
        action: str,
        draw: Callable[[], Any],
        act: Callable[[Entered, str], Awaitable[Any]],
        then: Callable[[Any], Awaitable[Any]],
        *,
        missing: Callable[[Entered], str] = lambda _: "",
        about: str = "",
        icon_of: str = "edit",
        kind: Kind = "primary",
        wide: bool = False,
        on_hide: Callable[[], Awaitable[Any]] | None = None,
    ) -> None:
        self.viewer, self.act, self.then, self.missing, self.busy = viewer, act, then, missing, False
        self.on_hide = on_hide
        self.act_ids: dict[tuple[tuple[str, str], ...], str] = {}
        self.home = ui.context.client.content  # not the pane: it is drawn anew while the dialog still closes
        with self.home, ui.dialog().props("persistent") as self.dialog:
            card = attrs(box("dlg" if wide else "dlg narrow verb"), data_testid="verb")
            card.on("keydown.esc", self.dialog.close, js_handler="() => emit()")
            with card, attrs(box(tag="form"), novalidate=True, autocomplete="off") as form:
                form.on("submit", acting(self._send), js_handler=SEND_FORM)
                self._head(title, about, icon_of)
                with box("c"):
                    draw()
                self._foot(action, kind)
        self.dialog.on("hide", acting(self._hidden), js_handler="() => emit()")
        self.dialog.open()

    def _head(self, title: str, about: str, icon_of: str) -> None:
        with box("h"):
            icon(icon_of, "l")
            with box("grow"):
                heading = Text("h1", title)
                attrs(heading, id=heading.html_id)
                if about:
                    Text("div", about, "small")
            icon_button("close", self.viewer.t("common.verbs.close"), self.dialog.close)
        attrs(self.dialog, role="dialog", aria_labelledby=heading.html_id)

    def _foot(self, action: str, kind: Kind) -> None:
        with box("f wrapf"):
            self.problem = attrs(Text("div", "", "msg grow"), role="alert", data_testid="verb.problem")
            button(self.viewer.t("common.verbs.cancel"), self.dialog.close, keys=("Esc",), mark="verb.cancel")
            button(action, submit=True, kind=kind, mark="verb.send")

    async def _hidden(self) -> None:
        self.dialog.delete()
        if self.on_hide is not None:
            with self.home:
                await self.on_hide()

    def say(self, words: str) -> None:
        """What stands in the way, beside the buttons."""
        self.problem.text = words

    async def _send(self, event: GenericEventArguments) -> None:
        given: Any = event.args if isinstance(event.args, dict) else {}
        entered = {str(name): str(value).strip() for name, value in given.items()}
        words = self.missing(entered)
        if words or self.busy:
            self.say(words or self.problem.text)
            return
        self.busy = True
        act_id = self.act_ids.setdefault(tuple(sorted(entered.items())), new_act_id())
        try:
            done = await self.act(entered, act_id)
        except GspError as fault:
            self.say(fault_words(fault, self.viewer))
            return
        finally:
            self.busy = False
        if isinstance(done, Unfinished):
            self.say(done.words)
            return
        self.dialog.close()
        with self.home:  # the form itself is gone before all is done
            await self.then(done)


def fault_words(fault: GspError, viewer: Viewer) -> str:
    """The sentence of a refusal, with what is wrong with single entries."""
    if not isinstance(fault, RefusedError):
        return fault.text.said_in(viewer.lang)
    first = fault.refusal.message.said_in(viewer.lang)
    more = (one.message.said_in(viewer.lang) for one in fault.refusal.faults)
    return " ".join(dict.fromkeys((first, *more)))


def text_area(name: str, label: str, *, rows: int = 3, required: bool = False, first: bool = False) -> Element:
    """A box for some sentences; without a value from here, so that drawing anew never takes back what was typed."""
    with box("field"):
        caption = Text("label", label + (" *" if required else ""))
        area = attrs(box("box area", "textarea"), name=name, rows=rows, maxlength=LONGEST, data_testid=f"verb.{name}")
        attrs(area, id=area.html_id, autofocus=True if first else None, data_autofocus="true" if first else None)
        attrs(caption, for_=area.html_id)
    return area


def choice(
    name: str,
    label: str,
    options: Sequence[tuple[str, str, str]],
    chosen: str | None = None,
    on_change: Callable[[str], Any] | None = None,
) -> Element:
    """Options of which one is taken: (value, words, what it means)."""
    with attrs(box("field options", "fieldset"), data_testid=f"verb.{name}") as group:
        Text("legend", label, "lb")
        for value, words, meaning in options:
            with box("option", "label"):
                radio = attrs(box(tag="input"), type="radio", name=name, value=value)
                attrs(radio, checked=True if value == chosen else None, data_testid=f"verb.{name}={value}")
                if on_change is not None:
                    radio.on("change", acting(_taken(on_change, value)), js_handler="() => emit()")
                with box("grow", "span"):
                    Text("span", words, "strong")
                    if meaning:
                        Text("span", meaning, "small")
    return group


def _taken(on_change: Callable[[str], Any], value: str) -> Callable[[], Any]:
    return lambda: on_change(value)


def tick_box(name: str, words: str, meaning: str = "") -> None:
    """One thing that is so or not."""
    with box("option", "label"):
        attrs(box(tag="input"), type="checkbox", name=name, data_testid=f"verb.{name}")
        with box("grow", "span"):
            Text("span", words, "strong")
            if meaning:
                Text("span", meaning, "small")
