"""The bar of a task: the outcomes in words, what is still missing, and why a button is off."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import ui
from nicegui.element import Element

from domain.errors import Fault
from services.desk import OTHER_KINDS
from ui.components.actions import action_bar
from ui.desk.beside import waits_for
from ui.desk.incident import incident_bar
from ui.desk.reasons import Withdraw
from ui.desk.side import look_of
from ui.elements import Text, attrs, box, button, icon, icon_button, link
from ui.guard import acting
from ui.texts import choose

if TYPE_CHECKING:
    from ui.desk.pane import TaskPane


def draw_bar(pane: TaskPane) -> None:
    task, viewer = pane.task, pane.viewer
    with action_bar():
        if not pane.is_open:
            link(viewer.t("common.verbs.go_inbox"), "/", "btn", icon_of="inbox")
            if pane.may("withdraw"):
                press = acting(Withdraw(pane).open)
                button(viewer.t("verbs.withdraw.menu"), press, icon_of="undo", mark="task.withdraw")
            return
        if task["kind"] == "incident":
            incident_bar(pane)
            return
        if pane.answering is not None:
            pane.answering.draw_bar()
            return
        *others, _ = [*task["outcomes"][1:], task["outcomes"][0]]
        for one in others:
            tone, drawing = look_of(one["key"])
            _outcome(pane, one, "danger" if tone == "red" else "plain", drawing, ()).classes("other")
        if others and pane.may("complete"):
            button(viewer.t("task.others"), partial(_other_sheet, pane), icon_of="more", mark="others").classes(
                "others"
            )
        pane.say = attrs(box("say"), role="status", data_testid="say")
        first = task["outcomes"][0]
        _outcome(pane, first, "primary", "sign" if task["sign"] else "done", ("Ctrl", "enter"))
    say_state(pane)


def _other_sheet(pane: TaskPane) -> None:
    """On a phone: the other conclusions with what they lead to, at the thumb."""
    title = pane.viewer.t("task.others")
    with ui.context.client.content:
        dialog = attrs(ui.dialog(value=True).props("position=bottom"), aria_label=title)
    with dialog, box("dlg othersheet"):
        with box("h"):
            Text("h1", title, "grow")
            icon_button("close", pane.viewer.t("common.verbs.close"), dialog.close)
        with box("c todo"):
            for one in pane.task["outcomes"][1:]:
                way = pane.other_way(one, dialog.close)
                with box():
                    icon(way.icon_of or "next", "l")
                    with box():
                        Text("b", choose(one["title"], pane.viewer.lang), "strong")
                        Text("div", way.effect, "muted")
                    button(way.label, way.on_click, kind=way.kind)
    dialog.on("hide", dialog.delete, js_handler="() => emit()")


def _outcome(pane: TaskPane, one: Any, kind: Any, drawing: str, keys: tuple[str, ...]) -> Element:
    words = choose(one["title"], pane.viewer.lang)
    if pane.task["sign"] and kind == "primary":
        words = pane.viewer.t("task.go_sign", outcome=words)
    why = waits_for(pane) or choose(pane.task["why_not"], pane.viewer.lang) or pane.viewer.t("task.not_yours")
    off = None if pane.may("complete") else why
    return button(
        words,
        acting(partial(pane.conclude, one["key"])),
        kind=kind,
        icon_of=drawing,
        keys=keys,
        off_because=off,
        mark=f"outcome.{one['key']}",
    )


def say_state(pane: TaskPane) -> None:
    """What is missing, or that all is saved; beside the buttons."""
    if not pane.is_open or pane.task["kind"] in OTHER_KINDS or pane.say.is_deleted:
        return
    viewer = pane.viewer
    missing = pane.form.state.missing() if pane.form is not None and pane.may("complete") else []
    pane.say.clear()
    pane.say.classes(add="bad" if missing else "", remove="" if missing else "bad")
    with pane.say:
        if not pane.may("complete"):
            Text("b", waits_for(pane) or choose(pane.task["why_not"], viewer.lang))
        elif missing and pane.form is not None:
            _say_missing(pane, missing)
        else:
            saved = pane.draft is not None and not pane.draft.is_dirty and (pane.kept or pane.draft.has_saved)
            Text(
                "b",
                viewer.t("task.complete_saved", time=f"{pane.clock.now():%H:%M}")
                if saved
                else viewer.t("task.complete"),
            )
        if pane.task["sign"] and pane.may("complete"):
            Text("span", viewer.t("task.system_writes"))


def _say_missing(pane: TaskPane, missing: list[Fault]) -> None:
    form = pane.form
    assert form is not None
    one = form.form.field(missing[0].pointer)
    label = choose(one.label, pane.viewer.lang) if one else ""
    with box("fx missline"):
        Text("b", pane.viewer.t("task.missing", n=len(missing), label=label))
        go = attrs(Text("button", pane.viewer.t("common.verbs.fill_in"), "linklike"), type="button")
        go.on("click", lambda: form.focus(missing[0].pointer), js_handler="() => emit()")
