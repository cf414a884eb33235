"""Panels that take the place of content: nothing there, loading, failed, refused, signed out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from nicegui import ui
from nicegui.element import Element

from ui.components.chips import avatar
from ui.elements import Handler, Kind, Text, attrs, box, button, icon, link
from ui.texts import Lang, t


def empty(title: str, body: str = "", *, icon_of: str = "empty", actions: Callable[[], None] | None = None) -> Element:
    """What this place is for when it is empty; `actions` draws at most two links or buttons."""
    element = box("empty")
    with element:
        with box("disc"):
            icon(icon_of, "big")
        Text("h2", title)
        if body:
            Text("p", body)
        if actions:
            with box("fx"):
                actions()
    return element


def skeleton(rows: int = 4, *, height: int = 18) -> Element:
    """Grey bars in the place of `rows` loading lines; they appear after 200 ms, so quick answers do not flash."""
    element = attrs(box("stack"), aria_hidden="true")
    with element:
        for _ in range(rows):
            box("skel").style(f"height:{int(height)}px")
    return element


def note(
    text: str, *, tone: Literal["", "yellow", "red", "green", "violet"] = "", icon_of: str = "info", strong: str = ""
) -> Element:
    """A coloured strip with one or two sentences; `strong` is its headline."""
    element = attrs(box(f"note {tone}"), role="alert" if tone == "red" else "note")
    with element:
        icon(icon_of)
        with box():
            if strong:
                Text("b", strong, "strong")
            Text("div", text)
    return element


def problem(
    title: str, body: str, lang: Lang, *, on_retry: Handler | None = None, error_id: str | None = None
) -> Element:
    """A part of a page failed: what, what is safe, retry, and the number to report. The rest of the page lives."""
    element = attrs(box("card fault"), role="alert")
    with element:
        with box("fx"):
            icon("late", "badc")
            Text("h2", title)
        Text("p", body)
        if error_id:
            Text("p", t("common.error.id", lang, id=error_id), "small mono")
        if on_retry:
            with box("fx"):
                button(t("common.verbs.retry", lang), on_retry, icon_of="retry", kind="primary")
    return element


def full_page(lang: Lang, title: str, body: str, *, error_id: str | None = None, back: str = "/") -> None:
    """Replace the page by one sentence and the way out; used for errors, missing pages and missing rights."""
    with box("alone", "main"), attrs(box("card fault"), role="alert"):
        Text("h1", title)
        Text("p", body)
        if error_id:
            Text("p", t("common.error.next", lang))
            Text("p", t("common.error.id", lang, id=error_id), "small mono")
        with box("fx tap"):
            link(t("common.verbs.go_inbox", lang), back, "btn primary", icon_of="inbox")


def error_page(lang: Lang, error_id: str) -> None:
    """The page builder failed: throw away what it had drawn and say so."""
    ui.context.client.content.clear()
    full_page(lang, t("common.error.title", lang), t("common.error.body", lang), error_id=error_id)


def session_lost(lang: Lang, login_href: str) -> None:
    """The session behind this open page is over: a dialog that cannot be passed and leads to login and back."""
    title = t("common.session.lost_title", lang)
    dialog = ui.dialog(value=True).props("persistent")
    with attrs(dialog, role="alertdialog", aria_label=title), box("dlg narrow"):
        with box("h"):
            icon("locked", "l")
            Text("h1", title)
        with box("c"):
            Text("p", t("common.session.lost_body", lang))
        with box("f"):
            link(t("common.verbs.sign_in_again", lang), login_href, "btn primary")


@dataclass(frozen=True)
class Mover:
    """A person or post who can move a refused thing on, and what he or she would do."""

    name: str
    does: str = ""


@dataclass(frozen=True)
class Way:
    """One thing the refused person can do now, with its effect."""

    title: str
    effect: str
    label: str
    on_click: Handler
    kind: Kind = "plain"
    icon_of: str | None = None


@dataclass(frozen=True)
class Refused:
    """What a refusal panel says, in the user's words; `picture` draws the two values that disagree."""

    title: str
    why: str
    rule: str = ""
    rule_says: str = ""
    articles: Sequence[str] = ()
    override: str = ""
    who_can: Sequence[Mover] = ()
    ways: Sequence[Way] = ()
    refusal_id: str = ""
    at: str = ""
    by: str = ""
    faults: Sequence[str] = field(default_factory=tuple)
    picture: Callable[[], Any] | None = None


def refusal_panel(refused: Refused, lang: Lang) -> Element:
    """The red panel on top of a form: what is not possible, why, who can, what you can do, and where it is recorded.

    It takes the focus when drawn, so that a screen reader speaks it and the keyboard continues there.
    """
    element = attrs(box("refused"), role="alert", tabindex="-1", data_testid="refusal")
    with element:
        with box("hd"):
            icon("refused", "big")
            with box():
                Text("h2", refused.title)
                Text("p", refused.why or t("common.refusal.kept", lang))
        with box("c"):
            if refused.picture:
                refused.picture()
            _faults(refused)
            _law(refused, lang)
            _who(refused, lang)
            _ways(refused, lang)
        _ledger(refused, lang)
    # Only a constant and our own element id go into the script.
    ui.run_javascript(f"setTimeout(() => getHtmlElement({element.id})?.focus(), 50)")
    return element


def _faults(refused: Refused) -> None:
    told = [fault for fault in refused.faults if fault != refused.why]  # the headline has said that one
    if told:
        with box("stack gap4", "ul"):
            for fault in told:
                Text("li", fault, "badc")


def _law(refused: Refused, lang: Lang) -> None:
    if not (refused.rule or refused.articles):
        return
    with box("law"), box():
        if refused.rule:
            with box("fx wrap"):
                Text("b", t("common.refusal.rule", lang, rule=refused.rule), "strong")
                Text("span", refused.rule_says)
        words = [refused.override] if refused.override else []
        if refused.articles:
            words.insert(
                0,
                t(
                    "common.refusal.articles",
                    lang,
                    articles="、".join(refused.articles) if lang == "zh" else ", ".join(refused.articles),
                ),
            )
        if words:
            Text("div", ("。" if lang == "zh" else ". ").join(words), "muted")


def _who(refused: Refused, lang: Lang) -> None:
    if not refused.who_can:
        return
    with box():
        Text("h3", t("common.refusal.who_can", lang))
        with box("who"):
            for mover in refused.who_can:
                with box():
                    avatar(mover.name)
                    with box():
                        Text("b", mover.name, "strong")
                        if mover.does:
                            Text("div", mover.does, "muted")


def _ways(refused: Refused, lang: Lang) -> None:
    if not refused.ways:
        return
    with box():
        Text("h3", t("common.refusal.now_you_can", lang))
        with box("todo"):
            for number, way in enumerate(refused.ways, start=1):
                with box("best" if number == 1 else ""):
                    Text("span", str(number), "k")
                    with box():
                        Text("b", way.title, "strong")
                        Text("div", way.effect, "muted")
                    button(way.label, way.on_click, icon_of=way.icon_of, kind="primary" if number == 1 else way.kind)


def _ledger(refused: Refused, lang: Lang) -> None:
    if not refused.refusal_id:
        return
    with box("keep"):
        with box("fx gap4", "span"):
            icon("locked", "s")
            Text("span", t("common.refusal.recorded", lang))
            # as the list of refusals numbers it; the whole id is what support asks for
            attrs(Text("b", f"#{refused.refusal_id.rpartition('#')[2]}", "strong"), title=refused.refusal_id)
        Text("span", " · ".join(part for part in (refused.at, refused.by) if part))
