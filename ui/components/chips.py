"""Small labels that say state in icon + word + colour, and when, who and by which article."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from nicegui.element import Element

from domain.roles import ROLES
from ui.elements import Text, attrs, box, icon
from ui.texts import Lang, choose, label, t

Tone = Literal["grey", "yellow", "green", "red", "cold", "violet", "blue"]

#: state of a case, task, step or definition version -> colour and icon
STATES: dict[str, tuple[Tone, str]] = {
    "running": ("blue", "running"),
    "completed": ("green", "passed"),
    "cancelled": ("grey", "cancelled"),
    "terminated": ("red", "failed"),
    "open": ("blue", "running"),
    "done": ("green", "passed"),
    "superseded": ("grey", "superseded"),
    "draft": ("grey", "draft"),
    "submitted": ("violet", "signed"),
    "scheduled": ("blue", "scheduled"),
    "effective": ("green", "passed"),
    "withdrawn": ("grey", "cancelled"),
    "active": ("blue", "running"),
    "waiting": ("yellow", "waiting"),
    "incident": ("red", "incident"),
}
#: quality status of stock -> the colour of its zone (GSP 2023 art. 61) and icon
STATUSES: dict[str, tuple[Tone, str]] = {
    "pending": ("yellow", "pending"),
    "returned": ("yellow", "returned"),
    "qualified": ("green", "passed"),
    "rejected": ("red", "failed"),
    "quarantined": ("violet", "quarantined"),
    "hold": ("red", "locked"),
    "in_transit": ("grey", "transferred"),
}


def chip(text: str, tone: Tone = "grey", *, icon_of: str | None = None) -> Element:
    """A label of one fact. Give an icon whenever the colour means something."""
    element = box(f"chip {tone}", "span")
    with element:
        if icon_of:
            icon(icon_of)
        Text("span", text)
    return element


def state_chip(state: str, lang: Lang) -> Element:
    """The state of a case, task, step or definition version; an unknown state is shown as it is, in grey."""
    tone, drawing = STATES.get(state, ("grey", "info"))
    return chip(label("common.state", state, lang), tone, icon_of=drawing)


def status_chip(status: str, lang: Lang) -> Element:
    """The quality status of goods in the colour of their zone."""
    key = status.lower()
    tone, drawing = STATUSES.get(key, ("grey", "info"))
    return chip(label("common.status", key, lang), tone, icon_of=drawing)


def cold_chip(text: str) -> Element:
    """A storage range, e.g. `2–8 ℃`."""
    return chip(text, "cold", icon_of="cold")


def clause_chip(articles: Sequence[str], lang: Lang) -> Element:
    """The articles a step rests on."""
    return chip(
        t("common.chip.basis", lang, articles="、".join(articles) if lang == "zh" else ", ".join(articles)),
        icon_of="file",
    )


def due(at: datetime | None, opened: datetime | None, now: datetime, lang: Lang) -> Element:
    """When something is due: grey, amber with a clock under a quarter of the time left, red with a mark when late.

    All three times aware; shown in the zone of `at` (pages convert to the site's zone).
    """
    if at is None:
        return Text("span", t("common.chip.due_none", lang), "due")
    left = (at - now).total_seconds()
    tone = due_tone(at, opened, now)
    element = attrs(box(f"due {tone}", "span"), title=at.strftime("%Y-%m-%d %H:%M"))
    with element:
        if tone:
            icon("late" if tone == "late" else "due")
        Text("span", _due_words(at, now, left, tone, lang))
    return element


def due_tone(at: datetime, opened: datetime | None, now: datetime) -> Literal["", "soon", "late"]:
    """Whether a due time is late, soon (under 25 % of the time left, or under an hour), or neither."""
    left = (at - now).total_seconds()
    if left < 0:
        return "late"
    whole = (at - opened).total_seconds() if opened else 0
    return "soon" if left < 3600 or (whole > 0 and left < whole / 4) else ""


def _due_words(at: datetime, now: datetime, left: float, tone: str, lang: Lang) -> str:
    if tone == "late":
        return t("common.chip.due_late", lang, span=span(-left, lang))
    if tone == "soon" and left < 86400:
        return t("common.chip.due_left", lang, span=span(left, lang))
    return moment(at, now, lang)


def span(seconds: float, lang: Lang) -> str:
    """A length of time in at most two units: `50 分`, `3 小时 24 分`, `2 天`."""
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return t("common.chip.minutes", lang, n=minutes)
    if minutes >= 2880:
        return t("common.chip.days", lang, n=minutes // 1440)
    hours, rest = divmod(minutes, 60)
    if not rest:
        return t("common.chip.hours", lang, n=hours)
    return t("common.chip.hours_minutes", lang, h=hours, m=rest)


def moment(at: datetime, now: datetime, lang: Lang) -> str:
    """A point in time as people say it: `今天 13:06`, `周四 12-10`, `2027-01-04`."""
    here_now = now.astimezone(at.tzinfo)
    if at.date() == here_now.date():
        return t("common.chip.due_today", lang, time=at.strftime("%H:%M"))
    if abs((at.date() - here_now.date()).days) < 7:
        return f"{t(f'common.weekday.d{at.weekday()}', lang)} {at:%m-%d %H:%M}"
    return at.strftime("%m-%d" if at.year == here_now.year else "%Y-%m-%d")


def role_name(role: str, lang: Lang) -> str:
    """The words for a role key."""
    return choose(ROLES.get(role, role), lang)


def initials(name: str) -> str:
    """One Chinese character (the family name) or two Latin initials for the round mark of a person."""
    first = name.strip()[:1]
    if not first or ord(first) > 0x2E80:
        return first or "?"
    return "".join(word[0] for word in name.split()[:2]).upper()


def avatar(name: str, *, may_act: bool = True, classes: str = "") -> Element:
    """The round mark of a person; decoration beside the name, so hidden from screen readers."""
    return attrs(Text("span", initials(name), f"av {classes}" + ("" if may_act else " no")), aria_hidden="true")


def person(name: str, note: str = "", *, may_act: bool = True) -> Element:
    """A person with one line about him or her (post, qualification, why not)."""
    element = box("person", "span")
    with element:
        avatar(name, may_act=may_act)
        with box(tag="span"):
            Text("span", name, "strong" if may_act else "muted")
            if note:
                Text("span", note, "small")
    return element
