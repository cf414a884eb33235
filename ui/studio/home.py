"""The list of SOPs: one row each, what needs this person beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from nicegui import ui

from domain.errors import RefusedError
from services import cases, definitions, publishing
from services.office import Office
from ui.components.chips import role_name, state_chip
from ui.components.panels import empty, problem
from ui.elements import Text, attrs, box, button, field, icon, icon_button, link
from ui.frame import frame, page_head
from ui.guard import Viewer, acting
from ui.studio.days import day, said_reason
from ui.studio.starter import starter
from ui.texts import choose

SHOWS = ("all", "draft", "submitted")
CASES_COUNTED_MAX = 500
KEY = re.compile(r"[a-z][a-z0-9_]{2,59}")


@dataclass(frozen=True)
class Entry:
    """One SOP with what differs from its version in force."""

    name: str
    title: dict[str, str]
    owner: str | None
    versions: list[Any]
    missing: dict[str, list[str]]

    def in_state(self, *states: str) -> list[Any]:
        """Its versions in one of these states, newest first."""
        return [version for version in self.versions if version["state"] in states]

    @property
    def shown(self) -> Any:
        """The version in force, else the newest."""
        return next(iter(self.in_state("effective")), self.versions[0])


class Home:
    """The page `/studio` for one viewer."""

    def __init__(self, viewer: Viewer, show: str) -> None:
        self.viewer, self.show = viewer, show if show in SHOWS else "all"
        self.entries: list[Entry] = []
        self.running: dict[str, int] = {}
        self.is_owner = viewer.actor.has("process_owner")
        self.office = cast(Office, viewer.ctx.office)

    async def draw(self) -> None:
        """Draw the frame, read, then draw the list or why there is none."""
        viewer = self.viewer
        with frame(viewer, "studio", crumbs=[(viewer.t("common.nav.studio"), None)]) as work, work:
            with page_head(viewer.t("studio.home.title"), viewer.t("studio.home.note")):
                link(viewer.t("studio.home.periodic"), "/schedules", "btn plain", icon_of="scheduled")
                if self.is_owner:
                    button(viewer.t("studio.home.new"), self.ask_new, icon_of="add", kind="primary", mark="studio.new")
            self.body = box("pbody studiohome")
            with self.body:
                await self._fill()

    async def _fill(self) -> None:
        try:
            await self._read()
        except RefusedError as error:
            problem(
                self.viewer.t("studio.home.failed"), error.refusal.message.said_in(self.viewer.lang), self.viewer.lang
            )
            return
        if not self.entries:
            self._nothing()
            return
        with box("studiocols"):
            with box("stack grow"):
                self._filters()
                self._table()
            with box("stack side"):
                self._needed()
                self._published()

    async def _read(self) -> None:
        office, actor = self.office, self.viewer.actor
        for found in await definitions.listing(office, actor):
            view: Any = found
            missing: dict[str, list[str]] = {}
            for version in view["versions"]:
                if version["state"] == "submitted":
                    full: Any = await definitions.version(office, actor, view["name"], version["version"])
                    signed = {item["role"] for item in full["signatures"]}
                    missing[version["version"]] = [role for role in publishing.SIGNING_ROLES if role not in signed]
            self.entries.append(Entry(view["name"], view["title"], view["owner"], view["versions"], missing))
        self.running = await running_by_definition(self.viewer)

    def _nothing(self) -> None:
        def act() -> None:
            if self.is_owner:
                button(self.viewer.t("studio.home.new"), self.ask_new, icon_of="add", kind="primary")

        empty(
            self.viewer.t("studio.home.empty"), self.viewer.t("studio.home.empty_body"), icon_of="studio", actions=act
        )

    def _filters(self) -> None:
        t = self.viewer.t
        with attrs(box("seg"), role="group", aria_label=t("studio.home.filter")):
            for show in SHOWS:
                number = len(self._listed(show))
                words = t(f"studio.home.show_{show}", n=number)
                attrs(link(words, f"/studio?show={show}"), aria_current="true" if show == self.show else None)

    def _listed(self, show: str) -> list[Entry]:
        return [entry for entry in self.entries if show == "all" or entry.in_state(show)]

    def _table(self) -> None:
        t, rows = self.viewer.t, self._listed(self.show)
        heads = ("process", "version", "in_force", "running", "owner")
        with box("tbox"), attrs(box("t tcards", "table"), aria_label=t("studio.home.title")):
            with box(tag="thead"), box(tag="tr"):
                for head in heads:
                    attrs(Text("th", t(f"studio.home.{head}"), "n" if head == "running" else ""), scope="col")
            with box(tag="tbody"):
                for entry in rows:
                    self._row(entry)
                if not rows:
                    with box(tag="tr"):
                        attrs(Text("td", t("studio.home.none_such"), "muted"), colspan=len(heads))

    def _row(self, entry: Entry) -> None:
        lang, t = self.viewer.lang, self.viewer.t
        address = f"/studio/{quote(entry.name, safe='')}"
        with attrs(box(tag="tr"), data_testid=f"sop.{entry.name}"):
            with attrs(box(tag="td"), data_label=t("studio.home.process")):
                link(choose(entry.title, lang), address, "strong soplink")
                Text("div", entry.name, "mono muted")
            with attrs(box(tag="td"), data_label=t("studio.home.version")), box("stack gap4"):
                with box("fx wrap"):
                    Text("span", entry.shown["version"], "mono")
                    state_chip(entry.shown["state"], lang)
                self._others(entry, address)
            self._cell(t("studio.home.in_force"), day(entry.shown["effective_from"]) or "—")
            with attrs(box("n", "td"), data_label=t("studio.home.running")):
                number = self.running.get(entry.name, 0)
                if number and "/cases" in self.viewer.ctx.paths:
                    link(str(number), f"/cases?definition={quote(entry.name, safe='')}&state=running")
                else:
                    Text("span", str(number))
            self._cell(t("studio.home.owner"), role_name(entry.owner, lang) if entry.owner else "—")

    def _cell(self, label: str, words: str) -> None:
        with attrs(box(tag="td"), data_label=label):
            Text("span", words)

    def _others(self, entry: Entry, address: str) -> None:
        for version in entry.versions:
            if version is entry.shown and version["state"] != "submitted":
                continue
            if version["state"] not in ("draft", "submitted", "scheduled"):
                continue
            tab = "yaml" if version["state"] == "draft" else "signing"
            line = link(
                self._says(entry, version),
                f"{address}?version={quote(version['version'])}&tab={tab}",
                f"small sub {version['state']}",
            )
            attrs(line, data_testid=f"version.{entry.name}.{version['version']}")

    def _says(self, entry: Entry, version: Any) -> str:
        t, lang = self.viewer.t, self.viewer.lang
        number = version["version"]
        if version["state"] == "draft":
            return t("studio.home.draft_line", version=number, by=version["saved_by"], at=day(version["saved_at"]))
        if version["state"] == "scheduled":
            return t("studio.home.scheduled_line", version=number, at=day(version["effective_from"]))
        roles = (t("studio.and")).join(role_name(role, lang) for role in entry.missing.get(number, []))
        return t("studio.home.submitted_line", version=number, roles=roles)

    def _needed(self) -> None:
        t, needed = self.viewer.t, self._for_me()
        with box("card"):
            with box("cardhead"):
                Text("h2", t("studio.home.needs_you"))
                if needed:
                    Text("span", str(len(needed)), "chip red" if any(n[2] == "sign" for n in needed) else "chip")
            for entry, version, what in needed[:5]:
                with box("needrow"):
                    icon("sign" if what == "sign" else "draft")
                    with box():
                        Text("b", f"{choose(entry.title, self.viewer.lang)} {version['version']}", "strong")
                        Text("div", t(f"studio.home.need_{what}"), "small")
                        tab = "signing" if what == "sign" else "yaml"
                        link(
                            t(f"studio.home.go_{what}"),
                            f"/studio/{quote(entry.name, safe='')}?version={quote(version['version'])}&tab={tab}",
                            "small strong",
                        )
            if not needed:
                Text("p", t("studio.home.needs_nothing"), "small cardnote")

    def _for_me(self) -> list[tuple[Entry, Any, str]]:
        held = {role for role in publishing.SIGNING_ROLES if self.viewer.actor.has(role)}
        found: list[tuple[Entry, Any, str]] = []
        for entry in self.entries:
            for version in entry.versions:
                mine = version["saved_by"] == self.viewer.actor.id
                if version["state"] == "submitted" and held & set(entry.missing.get(version["version"], ())):
                    found.append((entry, version, "sign"))
                elif version["state"] == "draft" and mine:
                    found.append((entry, version, "draft"))
        return sorted(found, key=lambda item: item[2] != "sign")

    def _published(self) -> None:
        t, lang = self.viewer.t, self.viewer.lang
        dated = [(e, v) for e in self.entries for v in e.in_state("effective", "superseded") if v["effective_from"]]
        with box("card"):
            with box("cardhead"):
                Text("h2", t("studio.home.published"))
            for entry, version in sorted(dated, key=lambda pair: pair[1]["effective_from"], reverse=True)[:5]:
                with box("needrow"):
                    icon("verified", "okc")
                    with box():
                        Text("b", f"{choose(entry.title, lang)} {version['version']}", "strong")
                        Text(
                            "div",
                            f"{day(version['effective_from'])} · {said_reason(version['reason'], lang)}".rstrip(" ·"),
                            "small",
                        )
            if not dated:
                Text("p", t("studio.home.published_none"), "small cardnote")

    # ------------------------------------------------------------ a new SOP
    def ask_new(self) -> None:
        """The dialog of a new SOP: its key and its name in both languages."""
        t = self.viewer.t
        dialog = ui.dialog(value=True)
        attrs(dialog, aria_label=t("studio.new.title"))
        with dialog, box("dlg narrow"), box(tag="form") as form:
            attrs(form, novalidate=True, autocomplete="off")
            with box("h"):
                icon("studio", "l")
                Text("h1", t("studio.new.title"), "grow")
                icon_button("close", t("common.verbs.close"), dialog.close)
            with box("c"), box("stack"):
                Text("p", t("studio.new.body"), "small")
                field(t("studio.new.zh"), name="zh", maxlength=80, autofocus=True, data_testid="new.zh")
                field(t("studio.new.en"), name="en", maxlength=80, data_testid="new.en")
                field(
                    t("studio.new.key"), name="key", maxlength=60, data_testid="new.key", placeholder="supplier_visit"
                )
                said = attrs(Text("div", "", "msg"), role="alert", data_testid="new.message")
            with box("f"):
                box("grow")
                button(t("common.verbs.back"), dialog.close, keys=("Esc",))
                button(t("studio.new.create"), kind="primary", submit=True, mark="new.create")

        async def create(event: Any) -> None:
            said.text = await self.create(event.args) or ""

        form.on(
            "submit",
            acting(create),
            js_handler="(e) => { e.preventDefault(); emit(Object.fromEntries(new FormData(e.target))) }",
        )

    async def create(self, entered: dict[str, str]) -> str | None:
        """Save the first draft and open it; else what is wrong in words."""
        t = self.viewer.t
        key, zh, en = (str(entered.get(name, "")).strip() for name in ("key", "zh", "en"))
        if not zh or not en:
            return t("studio.new.name_missing")
        if not KEY.fullmatch(key):
            return t("studio.new.key_wrong")
        if any(entry.name == key for entry in self.entries):
            return t("studio.new.key_taken", name=key)
        try:
            await publishing.save_draft(self.office, self.viewer.actor, starter(key, zh, en))
        except RefusedError as error:
            return error.refusal.message.said_in(self.viewer.lang)
        ui.navigate.to(f"/studio/{quote(key, safe='')}?version=1.0.0&tab=yaml")
        return None


async def running_by_definition(viewer: Viewer, definition: str | None = None) -> dict[str, int]:
    """How many cases run, by definition, or by version when one definition is named; counted up to a limit."""
    counted: dict[str, int] = {}
    cursor, seen = None, 0
    while seen < CASES_COUNTED_MAX:
        filters = {"state": "running", "limit": 100, "cursor": cursor, "definition": definition}
        found = await cases.listing(
            cast(Office, viewer.ctx.office), viewer.actor, {k: v for k, v in filters.items() if v}
        )
        for case in found["items"]:
            key = case["version"] if definition else case["definition"]
            counted[key] = counted.get(key, 0) + 1
        seen += len(found["items"])
        cursor = found["next"]
        if not cursor:
            break
    return counted
