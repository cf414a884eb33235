"""What a person does on a page: the action bar, a short message after an act, and a question before a risky one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from nicegui import ui
from nicegui.element import Element

from ui.elements import Handler, Kind, Text, attrs, box, button, icon, icon_button
from ui.texts import Lang, t


def action_bar(classes: str = "") -> Element:
    """The bar at the foot of a pane; destructive buttons first, `bar_says`, the one primary button last.

    On phones the primary button comes first at the thumb. It never scrolls away and never changes its order.
    """
    return attrs(box(f"bar {classes}", "footer"))


def bar_says(strong: str, small: str = "", *, bad: bool = False) -> Element:
    """The sentence in the bar: what is missing or saved, and why a button is off."""
    element = attrs(box("say" + (" bad" if bad else "")), role="status")
    with element:
        Text("b", strong)
        if small:
            Text("span", small)
    return element


def toast(
    text: str, *, tone: Literal["info", "good", "bad"] = "info", lang: Lang = "en", on_undo: Handler | None = None
) -> None:
    """A short message at the foot of the window; `on_undo` adds an undo button for six seconds."""
    colours = {"info": "dark", "good": "positive", "bad": "negative"}
    message = ui.notification(
        text,
        type=None,
        color=colours[tone],
        timeout=6 if on_undo or tone == "bad" else 3,
        position="bottom",
        close_button=t("common.verbs.undo", lang) if on_undo else False,
        classes="toast",
    )
    if on_undo:
        message.on("dismiss", lambda: on_undo())


def confirm(
    title: str,
    body: str,
    action: str,
    on_yes: Callable[[], Any],
    lang: Lang,
    *,
    kind: Kind = "primary",
    icon_of: str = "warning",
) -> None:
    """Ask before something that cannot be taken back; the button says the verb. Esc and 返回 change nothing."""
    with attrs(ui.dialog(value=True), role="alertdialog", aria_label=title) as dialog, box("dlg narrow"):
        with box("h"):
            icon(icon_of, "l warnc")
            Text("h1", title, "grow")
            icon_button("close", t("common.verbs.close", lang), dialog.close)
        with box("c"):
            Text("p", body)
        with box("f"):
            box("grow")
            attrs(button(t("common.verbs.back", lang), dialog.close, keys=("Esc",)), data_autofocus="true")

            def yes() -> Any:
                dialog.close()
                return on_yes()

            button(action, yes, kind=kind, mark="confirm.yes")
