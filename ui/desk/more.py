"""The menu 更多 in the head of a task: what can be done with it besides doing it. Only what is open is in it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nicegui import ui

from ui.desk.handing_on import ICONS, HandingOn
from ui.desk.late import late_card
from ui.desk.reasons import RemoveSigner
from ui.desk.returning import GoingBack
from ui.elements import Text, attrs, box, icon, menu_panel
from ui.guard import acting

if TYPE_CHECKING:
    from ui.desk.pane import TaskPane

VERBS = ("transfer", "delegate", "add_signer", "remove_signer", "ask", "return")
LATE = "late"
_ICONS = {**ICONS, "remove_signer": "remove", "return": "returned", LATE: "edit"}


def draw_more(pane: TaskPane) -> None:
    """The button with its menu; nothing when no verb is open."""
    found = [verb for verb in VERBS if pane.may(verb)] + ([LATE] if pane.may("complete") else [])
    if not found:
        return
    words = pane.viewer.t("verbs.more")
    with attrs(box("btn low", "button"), type="button", aria_haspopup="dialog", data_testid="task.more"):
        icon("more")
        Text("span", words)
        menu, lines = menu_panel(words)
        with lines:
            for verb in found:
                _line(pane, menu, verb, first=verb == found[0])


def _line(pane: TaskPane, menu: ui.menu, verb: str, *, first: bool) -> None:
    line = attrs(box("mi", "button"), type="button", role="menuitem", data_testid=f"more.{verb}")
    attrs(line, data_autofocus="true" if first else None)
    with line:
        icon(_ICONS[verb])
        with box("grow", "span"):
            Text("span", pane.viewer.t(f"verbs.{verb}.menu"))
            Text("span", pane.viewer.t(f"verbs.{verb}.hint"), "small")
    line.on("click", acting(partial(_chosen, pane, menu, verb)), js_handler="() => emit()")


async def _chosen(pane: TaskPane, menu: ui.menu, verb: str) -> None:
    """The menu goes before the dialog comes: under a dialog it would still be there for a screen reader."""
    menu.close()
    if verb == LATE:
        late_card(pane)
    elif verb == "return":
        await GoingBack(pane).open()
    elif verb == "remove_signer":
        RemoveSigner(pane).open()
    else:
        await HandingOn(pane, verb).open()
