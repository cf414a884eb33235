"""`/roster`: the duty roster of a site, a week at a time; those who keep it add shifts, take tables in and take shifts off."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from nicegui import ui

from domain import roles as role_words
from domain.clock import from_text, to_text
from services import case_story, deputies, roster
from ui.admin.ask import Ask, Entered, Field
from ui.audit.filters import address
from ui.components.chips import role_name
from ui.components.panels import empty
from ui.components.tables import Column, data_table
from ui.context import UiContext
from ui.elements import Text, attrs, box, button, icon, icon_button, link
from ui.frame import frame, page_head
from ui.guard import Viewer, acting, page
from ui.texts import Lang, choose

SEND_TABLE = "(e) => { e.preventDefault(); emit(e.target.elements.table.value) }"
HEADER = ",".join(roster.COLUMNS)


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/roster", title="roster.title")
    async def duty(viewer: Viewer, request: Request) -> None:
        sites = [one.id for one in viewer.account.sites]
        asked = request.query_params.get("site", "")
        site = asked if asked in sites else (viewer.site.id if viewer.site else sites[0] if sites else None)
        with frame(viewer, "me", crumbs=[(viewer.t("roster.title"), None)]) as work, work:
            with page_head(
                viewer.t("roster.title"), viewer.t("roster.note"), back=(viewer.t("common.frame.back"), "/")
            ):
                pass
            with box("pbody stack gap16"):
                if site is None:
                    empty(viewer.t("roster.no_site"))
                    return
                zone = ZoneInfo(await case_story.zone_of(viewer.ctx.office, site))  # type: ignore[arg-type]
                week = Week(viewer, site, zone, _monday(request.query_params.get("week"), viewer, zone))
                await week.draw()


def _monday(text: str | None, viewer: Viewer, zone: ZoneInfo) -> date:
    """The Monday of the week that the address asks for, else of this one."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        day = viewer.ctx.now().astimezone(zone).date()
    day = min(max(day, date(2000, 1, 3)), date(2199, 12, 30))
    return day - timedelta(days=day.weekday())


class Week:
    """One week of one site: a row for each post, a column for each day on which a shift begins."""

    def __init__(self, viewer: Viewer, site: str, zone: ZoneInfo, monday: date) -> None:
        self.viewer, self.t = viewer, viewer.t
        self.lang: Lang = viewer.lang
        self.site, self.zone, self.monday = site, zone, monday
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor
        self.keeps = roster.may_keep(self.actor, site)

    async def draw(self) -> None:
        """Read the shifts and draw them, and below what keepers need."""
        since, until = (self._moment(self.monday + timedelta(days=days)) for days in (0, 7))
        self.shifts: list[Any] = await roster.listing(self.office, self.actor, self.site, since, until)
        with attrs(box("card pad stack", "section"), data_testid="roster"):
            self._head()
            if self.shifts:
                self._table()
            else:
                empty(self.t("roster.none"), self.t("roster.none_note"), icon_of="scheduled")
        if self.keeps:
            self._import()

    def _moment(self, day: date) -> str:
        return to_text(datetime(day.year, day.month, day.day, tzinfo=self.zone))

    # -------------------------------------------------------------- head

    def _head(self) -> None:
        last = self.monday + timedelta(days=6)
        with box("fx wrap"):
            for meaning, days in (("previous", -7), ("next", 7)):
                href = self._address((self.monday + timedelta(days=days)).isoformat())
                arrow = attrs(box("ib", "a"), href=href, aria_label=self.t(f"roster.{meaning}"), data_testid=meaning)
                with arrow:
                    icon(meaning)
            Text("h2", self.t("roster.week", first=self.monday.isoformat(), last=last.isoformat()), "grow")
            off = None if self.keeps else self.t("roster.only_keepers")
            button(
                self.t("roster.add"),
                acting(self._ask),
                icon_of="add",
                kind="primary",
                off_because=off,
                mark="roster.add",
            )
        if len(self.viewer.account.sites) > 1:
            with attrs(box("seg sites", "nav"), aria_label=self.t("roster.site")):
                for one in self.viewer.account.sites:
                    item = link(choose(one.name, self.lang), self._address(self.monday.isoformat(), one.id))
                    attrs(item, aria_current="true" if one.id == self.site else None)

    def _address(self, week: str, site: str | None = None) -> str:
        return address("/roster", {}, week=week, site=site or self.site)

    # -------------------------------------------------------------- the week

    def _table(self) -> None:
        cells: dict[tuple[str, date], list[Any]] = defaultdict(list)
        for one in self.shifts:
            cells[one["role"], max(self._local(one["begins"]).date(), self.monday)].append(one)
        days = [self.monday + timedelta(days=number) for number in range(7)]
        today = self.viewer.ctx.now().astimezone(self.zone).date()
        with box("rosterbox"), attrs(box("roster", "table"), data_testid="roster.week"):
            Text("caption", self.t("roster.caption"), "sr")
            with box(tag="thead"), box(tag="tr"):
                attrs(Text("th", self.t("roster.post")), scope="col")
                for day in days:
                    name = self.t(f"admin.calendar.short_{day.weekday()}")
                    attrs(Text("th", f"{name} {day:%m-%d}", "now" if day == today else ""), scope="col")
            with box(tag="tbody"):
                for role in sorted({one["role"] for one in self.shifts}):
                    with box(tag="tr"):
                        attrs(Text("th", role_name(role, self.lang)), scope="row")
                        for day in days:
                            label = f"{self.t(f'admin.calendar.short_{day.weekday()}')} {day:%m-%d}"
                            with attrs(box("now" if day == today else "", "td"), data_day=label):
                                for one in cells.get((role, day), ()):
                                    self._shift(one)

    def _shift(self, one: Any) -> None:
        begins, ends = self._local(one["begins"]), self._local(one["ends"])
        with attrs(box("shift"), data_testid=f"shift.{one['id']}"):
            with box("grow"):
                Text("div", choose({"zh": one["name"], "en": one["name_en"]}, self.lang), "strong")
                Text("div", self._hours(begins, ends), "small mono")
            if self.keeps:
                name = self.t("roster.remove_whose", name=choose({"zh": one["name"], "en": one["name_en"]}, self.lang))
                icon_button("close", name, partial(self._remove, one), mark="shift.remove")

    def _hours(self, begins: datetime, ends: datetime) -> str:
        days = (ends.date() - begins.date()).days
        later = "" if not days else self.t("roster.next_day") if days == 1 else f" {ends:%m-%d}"
        return f"{begins:%H:%M}–{ends:%H:%M}{later}"

    def _local(self, text: str) -> datetime:
        return from_text(text).astimezone(self.zone)

    # -------------------------------------------------------------- keeping it

    async def _ask(self) -> None:
        offered: Any = await deputies.candidates(self.office, self.actor)
        people = [(one["username"], f"{choose(one['name'], self.lang)} ({one['username']})") for one in offered]
        posts = [(role, role_name(role, self.lang)) for role in role_words.ROLES if role not in role_words.NEVER_SIGNS]
        fields = [
            Field("person", self.t("roster.person"), required=True, options=people),
            Field("role", self.t("roster.post"), required=True, options=posts),
            Field("begins", self.t("roster.begins"), f"{self.monday}T20:00", "datetime-local", required=True),
            Field(
                "ends",
                self.t("roster.ends"),
                f"{self.monday + timedelta(days=1)}T08:00",
                "datetime-local",
                required=True,
            ),
        ]
        Ask(self.viewer, self.t("roster.add"), self.t("roster.add"), fields, self._add, note=self.t("roster.add_note"))

    async def _add(self, entered: Entered) -> None:
        row = [self.site, entered["role"], entered["person"], entered["begins"], entered["ends"], ""]
        await roster.take_in(self.office, self.actor, roster.as_table([row]))
        ui.navigate.to(self._address(entered["begins"][:10]))

    def _remove(self, one: Any) -> None:
        async def send(entered: Entered) -> None:
            await roster.remove(self.office, self.actor, str(one["id"]), entered.get("reason", ""))
            ui.navigate.to(self._address(self.monday.isoformat()))

        Ask(
            self.viewer, self.t("roster.remove"), self.t("roster.remove"),
            [Field("reason", self.t("roster.reason"), required=True)], send,
        )  # fmt: skip

    def _import(self) -> None:
        with attrs(box("card pad stack", "section"), data_testid="roster.import"):
            Text("h2", self.t("roster.import"))
            Text("p", self.t("roster.import_note", header=HEADER), "muted")
            with attrs(box("stack", "form"), novalidate=True) as form:
                area = attrs(
                    box("box area mono", "textarea"), name="table", rows=6, maxlength=200_000, spellcheck="false",
                    aria_label=self.t("roster.import"), placeholder=HEADER, data_testid="roster.table",
                )  # fmt: skip
                area.props("wrap=off")
                with box("fx wrap"):
                    button(self.t("roster.check"), submit=True, icon_of="search", mark="roster.check")
                    box("grow")
            form.on("submit", acting(self._preview), js_handler=SEND_TABLE)
            self.found = attrs(box("stack"), role="status", data_testid="roster.found")

    async def _preview(self, event: Any) -> None:
        table = str(event.args)[:200_000]
        seen: Any = await roster.take_in(self.office, self.actor, table, preview=True)
        rows = sorted(seen["rows"], key=lambda one: one["number"])
        wrong = sum(1 for one in rows if one["fault"])
        self.found.clear()
        with self.found:
            columns: list[Column[Any]] = [
                Column(self.t("roster.row"), lambda one: str(one["number"]), number=True),
                Column(self.t("roster.post"), lambda one: role_name(one.get("role") or "", self.lang)),
                Column(self.t("roster.person"), lambda one: one.get("username") or "—"),
                Column(self.t("roster.hours"), self._hours_of, mono=True),
                Column(self.t("roster.verdict"), self._verdict),
            ]
            data_table(columns, rows, self.lang, label=self.t("roster.found"), empty_text=self.t("roster.no_rows"))
            off = self.t("roster.wrong", n=wrong) if wrong else None if rows else self.t("roster.no_rows")
            button(
                self.t("roster.take_in", n=len(rows)), acting(partial(self._take_in, table)), kind="primary",
                icon_of="done", off_because=off, mark="roster.take_in",
            )  # fmt: skip

    def _hours_of(self, one: Any) -> str:
        if not one.get("begins"):
            return "—"
        begins, ends = self._local(one["begins"]), self._local(one["ends"])
        return f"{begins:%m-%d} {self._hours(begins, ends)}"

    def _verdict(self, one: Any) -> str:
        return choose(one["fault"], self.lang) if one["fault"] else self.t("roster.good")

    async def _take_in(self, table: str) -> None:
        await roster.take_in(self.office, self.actor, table)
        ui.navigate.to(self._address(self.monday.isoformat()))
