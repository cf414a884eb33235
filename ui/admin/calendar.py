"""The working calendar: a year as twelve small months, and changing its days, its week, and what is final."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from services import calendar_changes, calendars
from services.calendars import EARLIEST, LATEST, WHOLE_COMPANY
from ui.admin.ask import Ask, Entered, Field
from ui.audit.filters import address
from ui.components.chips import Tone, chip
from ui.components.panels import note
from ui.elements import Text, attrs, box, button, icon, link
from ui.guard import Viewer, acting
from ui.texts import Lang, choose

#: Takes the day out of the button that was pressed, by mouse or by key.
PICK = "(e) => { const day = e.target.closest('[data-day]'); if (day) emit(day.dataset.day) }"
KINDS = ("working", "free", "holiday", "make_up", "own")
STATE_TONES: dict[str, tuple[Tone, str]] = {
    "announced": ("green", "verified"),
    "confirmed": ("green", "verified"),
    "provisional": ("yellow", "pending"),
}
WEEKDAYS = range(7)


class CalendarTab:
    """A year of the calendar of the whole company or of one site."""

    def __init__(self, viewer: Viewer, known: Any, site: str | None, year: str | None) -> None:
        self.viewer, self.t = viewer, viewer.t
        self.lang: Lang = viewer.lang
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor
        self.names = {str(each["key"]): each for each in known["sites"]}
        self.sites = [WHOLE_COMPANY, *self.names]
        self.site = site if site in self.sites else WHOLE_COMPANY
        self.number = int(year) if year and year.isdigit() and EARLIEST <= int(year) <= LATEST else None
        self.year: Any = None

    async def draw(self) -> None:
        """Read the year and draw it."""
        number = self.number or self.office.clock().year
        self.year = await calendars.year(self.office, self.actor, self.site, number)
        with box("card pad stack calendar"):
            self._head()
            self._legend()
            if self.year["state"] == "provisional":
                note(self.t("admin.calendar.provisional_note", year=number), tone="yellow", icon_of="pending")
            grid = attrs(box("months"), data_testid="calendar.year")
            with grid:
                for month in range(1, 13):
                    self._month(month)
            if self.year["may_change"]:
                grid.on("click", acting(self._picked), js_handler=PICK)
        self._own_days()

    # -------------------------------------------------------------- head

    def _head(self) -> None:
        number, state = self.year["year"], self.year["state"]
        with box("fx wrap"):
            with attrs(box("seg", "nav"), aria_label=self.t("admin.calendar.year")):
                for other in (number - 1, number, number + 1):
                    item = link(str(other), self._address(self.site, other))
                    attrs(item, aria_current="true" if other == number else None, data_testid=f"year.{other}")
            tone, drawing = STATE_TONES[state]
            chip(self.t(f"admin.calendar.state_{state}"), tone, icon_of=drawing)
            Text("span", self.t("admin.calendar.count", n=self.year["working_days"]), "muted nowrap")
            box("grow")
            self._buttons()
        with attrs(box("seg sites", "nav"), aria_label=self.t("admin.calendar.whose")):
            for site in self.sites:
                item = link(self._name_of(site), self._address(site, number))
                attrs(item, aria_current="true" if site == self.site else None, data_testid=f"calendar.{site}")

    def _buttons(self) -> None:
        off = None if self.year["may_change"] else self.t("admin.calendar.only_keepers")
        button(
            self.t("admin.calendar.week"), self._ask_week, icon_of="edit", small=True, off_because=off,
            mark="calendar.week",
        )  # fmt: skip
        if self.year["state"] == "provisional":
            off = None if self.year["may_confirm"] else self.t("admin.calendar.only_heads")
            button(
                self.t("admin.calendar.confirm", year=self.year["year"]), self._ask_confirm, icon_of="verified",
                small=True, off_because=off, mark="calendar.confirm",
            )  # fmt: skip

    def _name_of(self, site: str) -> str:
        known = self.names.get(site)
        if known is None:
            return self.t("admin.calendar.everywhere")
        return str((known["name_en"] if self.lang == "en" else "") or known["name"])

    def _address(self, site: str, year: int) -> str:
        return address("/admin", {}, tab="calendar", site=None if site == WHOLE_COMPANY else site, year=str(year))

    def _legend(self) -> None:
        with box("fx wrap legend small", "ul"):
            for kind in KINDS:
                with box("fx", "li"):
                    attrs(Text("span", "8", f"cday {kind}"), aria_hidden="true")
                    Text("span", self.t(f"admin.calendar.kind_{kind}"))

    # -------------------------------------------------------------- a month

    def _month(self, month: int) -> None:
        first = date(self.year["year"], month, 1)
        with box("month", "section"):
            attrs(Text("h2", self.t(f"admin.calendar.month_{month}")), id=f"month-{month}")
            with attrs(box(tag="table"), aria_labelledby=f"month-{month}"):
                with box(tag="thead"), box(tag="tr"):
                    for number in WEEKDAYS:
                        head = Text("th", self.t(f"admin.calendar.short_{number}"))
                        attrs(head, scope="col", abbr=self.t(f"admin.calendar.day_{number}"))
                with box(tag="tbody"):
                    self._weeks(first)

    def _weeks(self, first: date) -> None:
        count, day = monthrange(first.year, first.month)[1], 1 - first.weekday()
        while day <= count:
            with box(tag="tr"):
                for number in range(day, day + 7):
                    with box(tag="td"):
                        if 1 <= number <= count:
                            self._day(first.replace(day=number))
            day += 7

    def _day(self, day: date) -> None:
        known = self.year["days"][day.timetuple().tm_yday - 1]
        words, today = self._words(known, day), self.year["today"]
        shown = f"cday {known['kind']}" + ("" if known["working"] else " off")
        may = self.year["may_change"] and str(known["day"]) >= today
        made = attrs(Text("button" if may else "span", str(day.day), shown), title=words)
        if may:
            attrs(made, type="button", data_day=str(known["day"]), aria_label=words)
        else:
            attrs(made, role="img", aria_label=words)
        if known["day"] == today:
            made.classes("now")

    def _words(self, known: Any, day: date) -> str:
        """The day in words: what colour and shape say must be there for those who do not see them."""
        hours = "、".join(known["hours"]) if self.lang == "zh" else ", ".join(known["hours"])
        parts = [
            f"{known['day']} {self.t(f'admin.calendar.day_{day.weekday()}')}",
            hours or self.t("admin.calendar.no_work"),
            choose(known["name"], self.lang) if known["name"] else "",
            self.t(f"admin.calendar.kind_{known['kind']}") if known["kind"] in ("holiday", "make_up", "own") else "",
            str(known.get("reason") or ""),
        ]
        return " · ".join(part for part in parts if part)

    # -------------------------------------------------------------- what is set

    def _own_days(self) -> None:
        own = [known for known in self.year["days"] if known["kind"] == "own"]
        with box("card pad stack"):
            Text("h2", self.t("admin.calendar.own_title", n=len(own)))
            if not own:
                Text("p", self.t("admin.calendar.own_none"), "muted")
            with box("rows", "ul"):
                for known in own:
                    with attrs(box(tag="li"), data_testid=f"own.{known['day']}"):
                        icon("scheduled")
                        Text("span", str(known["day"]), "strong mono")
                        Text("span", ", ".join(known["hours"]) or self.t("admin.calendar.no_work"))
                        Text("span", self._name_of(str(known["set_for"])), "small")
                        Text("span", str(known["reason"]), "grow")
                        Text("span", f"{known['set_by']} {str(known['set_at'])[:10]}", "small muted")

    # -------------------------------------------------------------- asking

    async def _picked(self, event: GenericEventArguments) -> None:
        day = str(event.args)
        known = next((one for one in self.year["days"] if one["day"] == day), None)
        if known is None:
            return
        set_here = known["kind"] == "own" and known["set_for"] == self.site
        options = [
            ("usual", self.t("admin.calendar.make_usual")),
            ("hours", self.t("admin.calendar.make_hours")),
            ("free", self.t("admin.calendar.make_free")),
        ]
        options += [("clear", self.t("admin.calendar.make_clear"))] if set_here else []
        fields = [
            Field("what", self.t("admin.calendar.what"), "free" if known["working"] else "usual", options=options),
            Field("hours", self.t("admin.calendar.hours"), help=self.t("admin.calendar.hours_help")),
            Field("reason", self.t("admin.reason"), required=True, help=self.t("admin.reason_help")),
        ]
        title = f"{day} {self.t(f'admin.calendar.day_{date.fromisoformat(day).weekday()}')}"
        told = self._words(known, date.fromisoformat(day))
        scope = self.t("admin.calendar.for", site=self._name_of(self.site))
        Ask(self.viewer, title, self.t("admin.save"), fields, partial(self._set, day), note=f"{told}。{scope}")

    async def _set(self, day: str, entered: Entered) -> None:
        what, reason = entered["what"], entered["reason"]
        if what == "clear":
            await calendar_changes.clear_day(self.office, self.actor, self.site, day, reason)
        else:
            hours = spans(entered["hours"]) if what == "hours" else None
            await calendar_changes.set_day(
                self.office, self.actor, self.site, day, working=what != "free", hours=hours, reason=reason
            )
        ui.navigate.reload()

    def _ask_week(self) -> None:
        fields = [
            Field(f"d{number}", self.t(f"admin.calendar.day_{number}"), ", ".join(self.year["week"][number]))
            for number in WEEKDAYS
        ]
        fields.append(Field("reason", self.t("admin.reason"), required=True, help=self.t("admin.reason_help")))
        scope = self.t("admin.calendar.for", site=self._name_of(self.site))
        text = f"{self.t('admin.calendar.week_note')} {scope}"
        Ask(self.viewer, self.t("admin.calendar.week"), self.t("admin.save"), fields, self._set_week, note=text)

    async def _set_week(self, entered: Entered) -> None:
        week = [spans(entered.get(f"d{number}", "")) for number in WEEKDAYS]
        await calendar_changes.set_week(self.office, self.actor, self.site, week, entered["reason"])
        ui.navigate.reload()

    def _ask_confirm(self) -> None:
        number = self.year["year"]
        fields = [Field("source", self.t("admin.calendar.source"), required=True)]
        title, text = self.t("admin.calendar.confirm", year=number), self.t("admin.calendar.confirm_note")
        Ask(self.viewer, title, title, fields, self._confirm, note=text)

    async def _confirm(self, entered: Entered) -> None:
        await calendar_changes.confirm_year(self.office, self.actor, self.year["year"], entered["source"])
        ui.navigate.reload()


def spans(text: str) -> list[str]:
    """``9:00-12:00，13:00–17:30`` as the hours of a day; what cannot be is left for the service to refuse."""
    for sign, plain in (
        ("，", ","),
        ("、", ","),
        ("；", ","),
        (";", ","),
        ("：", ":"),
        ("–", "-"),
        ("—", "-"),
        ("至", "-"),
    ):
        text = text.replace(sign, plain)
    parts = ("".join(part.split()) for part in text.split(","))
    return ["-".join(side.rjust(5, "0") for side in part.split("-")) for part in parts if part]
