"""Periodic SOPs: the list with next and last run, one of them with its periods, and what may be done about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from nicegui import ui

from domain.clock import from_text
from domain.errors import RefusedError
from services import case_story, schedule_runs, schedules
from services.office import Office
from ui.admin.ask import Ask, Entered, Field, attempt
from ui.components.chips import Tone, chip
from ui.components.panels import empty, problem
from ui.elements import Text, attrs, box, button, icon, link
from ui.frame import frame, page_head
from ui.guard import Viewer, acting
from ui.studio.schedule_form import ask_schedule
from ui.texts import Lang, choose

OUTCOME_TONES: dict[str, tuple[Tone, str]] = {
    "started": ("green", "done"),
    "not_needed": ("grey", "info"),
    "still_running": ("yellow", "waiting"),
    "refused": ("red", "refused"),
    "missed": ("red", "late"),
}
STATE_TONES: dict[str, tuple[Tone, str]] = {
    "active": ("green", "running"),
    "paused": ("yellow", "doubt"),
    "retired": ("grey", "superseded"),
}


class Schedules:
    """The page `/schedules` for one viewer."""

    def __init__(self, viewer: Viewer, show: str | None, make: str | None) -> None:
        self.viewer, self.t = viewer, viewer.t
        self.lang: Lang = viewer.lang
        self.show, self.make = show, make
        self.office, self.actor = cast(Office, viewer.ctx.office), viewer.actor
        self.is_maker = any(viewer.actor.has(role) for role in schedules.MAKERS)
        self.zones: dict[str, ZoneInfo] = {}
        self.items: list[Any] = []
        self.known: list[Any] = []

    async def draw(self) -> None:
        """Draw the frame, read, then draw the list or why there is none."""
        t = self.t
        crumbs: list[tuple[str, str | None]] = [(t("common.nav.studio"), "/studio"), (t("schedules.title"), None)]
        with frame(self.viewer, "studio", crumbs=crumbs) as work, work:
            with page_head(t("schedules.title"), t("schedules.note"), back=(t("common.nav.studio"), "/studio")):
                if self.is_maker:
                    button(t("schedules.new"), self._ask_process, icon_of="add", kind="primary", mark="schedules.new")
            with box("pbody"):
                try:
                    await self._read()
                except RefusedError as error:
                    problem(t("schedules.failed"), error.refusal.message.said_in(self.lang), self.lang)
                    return
                await self._fill()

    async def _read(self) -> None:
        self.items = [*await schedules.listing(self.office, self.actor)]
        self.known = [*await schedules.processes(self.office, self.actor)] if self.is_maker else []
        for site in {str(item["site"]) for item in self.items}:
            self.zones[site] = ZoneInfo(await case_story.zone_of(self.office, site))

    async def _fill(self) -> None:
        if self.make is not None and self.is_maker:
            self._make(self.make)
        if not self.items:
            empty(self.t("schedules.empty"), self.t("schedules.empty_body"), icon_of="scheduled")
            return
        with box("admingrid"):
            with attrs(box("card accounts", "ul"), aria_label=self.t("schedules.title")):
                for item in self.items:
                    self._entry(item)
            await self._detail()

    def _entry(self, item: Any) -> None:
        shown = self._shown()
        tone, drawing = STATE_TONES[item["state"]]
        with (
            box(tag="li"),
            attrs(
                box("account", "a"),
                href=f"/schedules?show={quote(str(item['key']), safe='')}",
                aria_current="true" if item["key"] == shown else None,
                data_testid=f"schedule.{item['key']}",
            ),
        ):
            icon("scheduled")
            with box("grow stack gap4"):
                Text("span", choose(item["title"], self.lang), "strong")
                Text("span", choose(item["rhythm_text"], self.lang), "small")
                if item["next"]:
                    Text("span", self.t("schedules.next", at=self._local(item, item["next"][0]["begins"])), "small")
            if item["state"] != "active":
                chip(self.t(f"schedules.state_{item['state']}"), tone, icon_of=drawing)
            elif item["last"] and item["last"]["outcome"] in ("refused", "missed"):
                self._outcome(item["last"]["outcome"])

    def _shown(self) -> str | None:
        keys = [str(item["key"]) for item in self.items]
        return self.show if self.show in keys else keys[0]

    def _local(self, item: Any, at: str) -> str:
        moment: datetime = from_text(at).astimezone(self.zones[str(item["site"])])
        return f"{moment:%Y-%m-%d %H:%M}"

    def _outcome(self, outcome: str) -> None:
        tone, drawing = OUTCOME_TONES[outcome]
        chip(self.t(f"schedules.outcome_{outcome}"), tone, icon_of=drawing)

    # -------------------------------------------------------------- one of them

    async def _detail(self) -> None:
        one: Any = await schedules.detail(self.office, self.actor, str(self._shown()))
        with box("stack"):
            with attrs(box("card pad stack"), data_testid="schedule.detail"):
                self._head(one)
                self._facts(one)
            with box("card pad stack"):
                Text("h2", self.t("schedules.runs", n=len(one["runs"])))
                if not one["runs"]:
                    Text("p", self.t("schedules.no_runs"), "muted")
                with box("rows", "ul"):
                    for run in one["runs"]:
                        self._run(one, run)

    def _head(self, one: Any) -> None:
        off = None if one["may_change"] else self.t("schedules.only_makers")
        tone, drawing = STATE_TONES[one["state"]]
        with box("fx wrap"):
            Text("h2", choose(one["title"], self.lang), "grow")
            chip(self.t(f"schedules.state_{one['state']}"), tone, icon_of=drawing)
        with box("fx wrap"):
            self._verb(one, "change", "edit", partial(ask_schedule, self, one), off)
            verb, drawing = ("resume", "play") if one["state"] == "paused" else ("pause", "doubt")
            do = schedules.resume if verb == "resume" else schedules.pause
            self._verb(one, verb, drawing, partial(self._ask_why, one, verb, do), off)
            self._verb(one, "retire", "delete", partial(self._ask_why, one, "retire", schedules.retire), off)

    def _verb(self, one: Any, verb: str, drawing: str, act: Callable[[], Any], off: str | None) -> None:
        mark, kind = f"schedules.{verb}", "danger" if verb == "retire" else "plain"
        button(
            self.t(f"schedules.{verb}"), act, icon_of=drawing, small=True, off_because=off, mark=mark, kind=kind  # type: ignore[arg-type]
        )  # fmt: skip

    def _facts(self, one: Any) -> None:
        site = next((choose(each.name, self.lang) for each in self.viewer.account.sites if each.id == one["site"]), "")
        facts = [
            ("rhythm", choose(one["rhythm_text"], self.lang)),
            ("process", f"{one['process']} {'' if one['versions'] == '*' else one['versions']}".strip()),
            ("site", site or str(one["site"])),
            ("owner", str(one["owner"])),
            ("catch_up", self.t("schedules.days", n=one["catch_up_days"])),
            ("overlap", self.t(f"schedules.overlap_{one['overlap']}")),
        ]
        if one["why"]:
            facts.append(("why", str(one["why"])))
        with box("kv"):
            for name, words in facts:
                Text("span", self.t(f"schedules.{name}"))
                Text("span", words)
            for number, each in enumerate(one["next"]):
                Text("span", self.t("schedules.upcoming") if number == 0 else "")
                Text("span", f"{self._local(one, each['begins'])} · {each['period']}", "mono")

    def _run(self, one: Any, run: Any) -> None:
        with attrs(box(tag="li"), data_testid=f"run.{run['period']}"):
            Text("span", str(run["period"]), "strong mono")
            Text("span", self._local(one, run["begins"]), "small")
            self._outcome(str(run["outcome"]))
            said = choose(run["said"], self.lang) if run["said"] else ""
            Text("span", said, "small grow")
            if run["case"]:
                link(self.t("schedules.open_case"), f"/cases/{run['case']}")
            elif run["outcome"] in schedule_runs.OPEN_OUTCOMES:
                off = None if one["may_change"] else self.t("schedules.only_makers")
                button(
                    self.t("schedules.start_now"), acting(partial(self._start, one, str(run["period"]))),
                    small=True, off_because=off, icon_of="play", mark=f"schedules.start.{run['period']}",
                )  # fmt: skip

    # -------------------------------------------------------------- doing

    async def _start(self, one: Any, period: str) -> None:
        started = schedule_runs.start_period(self.office, self.actor, str(one["key"]), period)
        if await attempt(self.viewer, started, self.t("schedules.asked")):
            ui.navigate.reload()

    def _ask_why(self, one: Any, verb: str, do: Callable[..., Awaitable[Any]]) -> None:
        async def send(entered: Entered) -> None:
            await do(self.office, self.actor, str(one["key"]), entered["reason"])
            ui.navigate.reload()

        fields = [Field("reason", self.t("schedules.reason"), required=True)]
        Ask(
            self.viewer, self.t(f"schedules.{verb}"), self.t(f"schedules.{verb}"), fields, send,
            note=self.t(f"schedules.{verb}_note"),
        )  # fmt: skip

    def _ask_process(self) -> None:
        async def send(entered: Entered) -> None:
            ui.navigate.to(f"/schedules?make={quote(entered['process'] + '@' + entered['site'], safe='')}")

        processes = [(str(each["name"]), choose(each["title"], self.lang)) for each in self.known]
        sites = [
            (each.id, choose(each.name, self.lang))
            for each in self.viewer.account.sites
            if any(self.actor.has(role, each.id) for role in schedules.MAKERS)
        ]
        fields = [
            Field("process", self.t("schedules.process"), options=processes, required=True),
            Field("site", self.t("schedules.site"), options=sites, required=True),
        ]
        Ask(self.viewer, self.t("schedules.new"), self.t("schedules.go_on"), fields, send)

    def _make(self, make: str) -> None:
        process, _, site = make.partition("@")
        found = next((each for each in self.known if each["name"] == process), None)
        if found is not None:
            ask_schedule(self, {"process": process, "site": site, "title": found["title"]})
