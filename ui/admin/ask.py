"""A dialog with a small form, and the one that shows a secret once. What is typed is kept nowhere but in the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.errors import RefusedError
from ui.components.actions import toast
from ui.elements import Text, attrs, box, button, icon, icon_button
from ui.guard import Viewer, acting

SEND_FORM = "(e) => { e.preventDefault(); emit(Object.fromEntries(new FormData(e.target))) }"
#: Takes our own element id and nothing else; the secret stands in the field already.
COPY = (
    "() => { const f = getHtmlElement(%d); f.select();"
    " (navigator.clipboard || {writeText: async () => document.execCommand('copy')}).writeText(f.value); }"
)
Entered = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """One input. `options` makes it a choice of (value, words)."""

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    required: bool = False
    help: str = ""
    options: Sequence[tuple[str, str]] = ()


class Ask:
    """Opens at once. `on_send(entered)` calls a service; a refusal is said in the dialog and everything typed stays."""

    def __init__(
        self,
        viewer: Viewer,
        title: str,
        action: str,
        fields: Sequence[Field],
        on_send: Callable[[Entered], Awaitable[Any]],
        *,
        note: str = "",
    ) -> None:
        self.viewer, self.fields, self.on_send, self.busy = viewer, fields, on_send, False
        with (
            ui.dialog(value=True) as self.dialog,
            box("dlg narrow"),
            attrs(box(tag="form"), novalidate=True, autocomplete="off") as form,
        ):
            attrs(self.dialog, role="dialog", aria_label=title)
            form.on("submit", acting(self._send), js_handler=SEND_FORM)
            with box("h"):
                Text("h1", title, "grow")
                icon_button("close", viewer.t("common.verbs.close"), self.dialog.close)
            with box("c"):
                if note:
                    Text("p", note, "muted")
                for number, one in enumerate(fields):
                    self._input(one, first=number == 0)
                self.problem = attrs(Text("div", "", "msg"), role="alert", data_testid="ask.problem")
            with box("f"):
                box("grow")
                button(viewer.t("common.verbs.cancel"), self.dialog.close, keys=("Esc",))
                button(action, submit=True, kind="primary", mark="ask.send")

    def _input(self, one: Field, *, first: bool) -> None:
        with box("field"):
            caption = Text("label", one.label + (" *" if one.required else ""))
            tag = "select" if one.options else "input"
            with attrs(box("box", tag), name=one.name, data_testid=f"ask.{one.name}") as control:
                for value, words in one.options:
                    attrs(Text("option", words), value=value, selected=True if value == one.value else None)
            if not one.options:
                attrs(control, type=one.kind, value=one.value, maxlength=200)
            attrs(
                control, id=control.html_id, autofocus=True if first else None, data_autofocus="true" if first else None
            )
            attrs(caption, for_=control.html_id)
            if one.help:
                Text("div", one.help, "small")

    async def _send(self, event: GenericEventArguments) -> None:
        entered = (
            {str(name): str(value).strip() for name, value in event.args.items()}
            if isinstance(event.args, dict)
            else {}
        )
        missing = [one.label for one in self.fields if one.required and not entered.get(one.name)]
        if missing or self.busy:
            self.problem.text = (
                self.viewer.t("admin.ask.missing", what=", ".join(missing)) if missing else self.problem.text
            )
            return
        self.busy = True
        try:
            await self.on_send(entered)
        except RefusedError as refused:
            self.problem.text = refused.refusal.message.said_in(self.viewer.lang)
            return
        finally:
            self.busy = False
        self.dialog.close()


def show_once(viewer: Viewer, title: str, body: str, secret: str) -> None:
    """Show a link or token this once, ready to be copied; closing forgets it."""
    with ui.dialog(value=True).props("persistent") as dialog, box("dlg narrow"):
        attrs(dialog, role="alertdialog", aria_label=title)
        with box("h"):
            icon("key", "l")
            Text("h1", title, "grow")
        with box("c"):
            Text("p", body)
            shown = attrs(
                box("box mono", "input"), type="text", readonly=True, value=secret, aria_label=title, data_testid="once"
            )
            Text("p", viewer.t("admin.once.warning"), "small")
        with box("f"):
            box("grow")
            copy = button(viewer.t("admin.once.copy"), icon_of="copy")
            copy.on("click", js_handler=COPY % shown.id)
            button(
                viewer.t("admin.once.seen"),
                lambda: (dialog.close(), ui.navigate.reload()),
                kind="primary",
                mark="once.seen",
            )


async def attempt(viewer: Viewer, act: Awaitable[Any], done: str) -> bool:
    """Do something without a form: say that it is done, or why it was refused."""
    try:
        await act
    except RefusedError as refused:
        toast(refused.refusal.message.said_in(viewer.lang), tone="bad", lang=viewer.lang)
        return False
    toast(done, tone="good", lang=viewer.lang)
    return True
