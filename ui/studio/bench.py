"""The page of one SOP: which version is on the bench, which tab is open, what can be done with it now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode

from nicegui import ui
from nicegui.element import Element

from domain.errors import RefusedError
from services import definitions, people, publishing
from services.office import Office
from ui.components.actions import toast
from ui.components.chips import chip, state_chip
from ui.components.panels import Way, full_page
from ui.elements import Text, attrs, box, button, icon, link
from ui.frame import frame, page_head
from ui.guard import Viewer, acting
from ui.studio.desk import PROCESS, Desk, Weight, is_enough, number_of, weigh
from ui.studio.refused import show_refusal
from ui.texts import choose

if TYPE_CHECKING:
    from ui.studio.trial import Trial

TABS = ("diagram", "yaml", "forms", "trial", "diff", "signing", "running")
TAB_ICONS = {
    "diagram": "studio",
    "yaml": "code",
    "forms": "form",
    "trial": "play",
    "diff": "diff",
    "signing": "sign",
    "running": "people",
}
LEAVE_WARNING = (
    "window.gspUnsaved ??= addEventListener('beforeunload', (e) => { if (window.gspDirty) e.preventDefault() }) ?? true"
)


class Bench:
    """One SOP at work. The texts live in `desk`; every tab draws from there, so the picture follows the typing."""

    def __init__(self, viewer: Viewer, name: str, version: str | None, tab: str, based_on: str | None) -> None:
        self.viewer, self.name, self.wanted, self.based_on = viewer, name, version, based_on
        self.tab = tab if tab in TABS else "diagram"
        self.step: str | None = None
        self.against: str | None = None
        self.file = PROCESS
        self.definition: Any = {}
        self.shown: Any = {}
        self.in_force: Any = None
        self.weight: Weight | None = None
        self.trial: Trial | None = None
        self.head: Element
        self.tabs: Element
        self.message: Element
        self.body: Element
        self.layer: Element

    @property
    def office(self) -> Office:
        """What `services` take."""
        return cast(Office, self.viewer.ctx.office)

    def t(self, key: str, **values: object) -> str:
        """Words in the language of the page."""
        return self.viewer.t(key, **values)

    # ------------------------------------------------------------ reading
    async def open(self, step: str | None, against: str | None) -> None:
        """Read and draw; without the right or the SOP a page says so."""
        self.step, self.against = step, against
        try:
            await self.read()
        except RefusedError as error:
            full_page(
                self.viewer.lang,
                self.t("studio.not_there"),
                error.refusal.message.said_in(self.viewer.lang),
                back="/studio",
            )
            return
        title = choose(self.shown["title"], self.viewer.lang)
        crumbs = [(self.viewer.t("common.nav.studio"), "/studio"), (title, None)]
        with frame(self.viewer, "studio", crumbs=crumbs, hide_rail_on_phone=False) as work, work:
            work.classes("studiowork")
            self.head = box("studiohead")
            self.message = box("studiomessage")
            self.body = attrs(box("studiobody", "section"), tabindex="0", aria_label=self.t("studio.tabs"))
            self.layer = box("studiolayer")  # dialogs: an act redraws the rest while its dialog is still open
        self.viewer.leaving.append(self._save_before_leaving)
        ui.run_javascript(LEAVE_WARNING)
        await self.check()
        await self.draw()

    async def read(self) -> None:
        """The SOP, the version on the bench, the one in force."""
        self.definition = await definitions.detail(self.office, self.viewer.actor, self.name)
        versions = self.definition["versions"]
        number = self.based_on or self.wanted or _first_choice(versions)
        self.shown = await definitions.version(self.office, self.viewer.actor, self.name, number)
        effective = next((item["version"] for item in versions if item["state"] == "effective"), None)
        self.in_force = None
        if effective:
            self.in_force = await definitions.version(self.office, self.viewer.actor, self.name, effective)
        owner = self.viewer.actor.has("process_owner")
        self.desk = Desk.of(self.shown, editable=owner and (self.is_draft or bool(self.based_on)))
        if self.based_on:
            self._begin_draft()

    def _begin_draft(self) -> None:
        """The texts of an older version under the next free number, not saved yet."""
        taken = max(number_of(item["version"]) for item in self.definition["versions"])
        number = f"{taken[0]}.{taken[1]}.{taken[2] + 1}" if len(taken) == 3 else f"{taken[0] + 1}.0.0"
        self.desk.renumber(number)
        self.desk.rev, self.desk.version = None, number
        self.shown = {**self.shown, "version": number, "state": "draft", "signatures": []}

    async def name_of(self, username: str) -> str:
        """The person behind a username, in the language of the page."""
        if username == publishing.SYSTEM:
            return self.t("studio.signing.shipped")
        found = await people.actor_named(self.office, username)
        if found is None:
            return username
        return found.name_en if self.viewer.lang == "en" and found.name_en else found.name

    @property
    def is_draft(self) -> bool:
        """Whether the version on the bench is a draft."""
        return self.shown["state"] == "draft"

    async def check(self) -> None:
        """All findings of the texts now, and what the change weighs."""
        reader = replace(self.viewer.actor, lang=self.viewer.lang)  # findings in the language of the page
        found: Any = await publishing.check(self.office, reader, self.desk.source())
        self.desk.findings = found["findings"]
        self.weight = None
        if found["ok"] and self.in_force and self.is_draft:
            self.weight = weigh(self.in_force, self.desk.meaning())

    # ------------------------------------------------------------ drawing
    async def draw(self) -> None:
        """The whole page anew."""
        self.draw_head()
        await self.draw_tab()

    def draw_head(self) -> None:
        """Title, version, state, tabs, what can be done."""
        self.head.clear()
        with self.head:
            with page_head(
                choose(self.shown["title"], self.viewer.lang),
                back=(self.viewer.t("common.frame.back"), "/studio"),
                chips=self._chips,
            ):
                self._actions()
            self.tabs = box("studiotabs")
            self.draw_tabs()

    def _chips(self) -> None:
        self._versions()
        state_chip(self.shown["state"], self.viewer.lang)
        if self.desk.dirty:
            chip(self.t("studio.unsaved"), "yellow", icon_of="edit")
        elif self.is_draft and self.desk.rev:
            Text("span", self.t("studio.saved_rev", rev=self.desk.rev), "small")

    def _versions(self) -> None:
        listed = self.definition["versions"]
        words = self.t("studio.version_menu", version=self.shown["version"])
        with attrs(
            box("site verpick", "button"),
            type="button",
            aria_haspopup="dialog",
            aria_label=words,
            data_testid="studio.versions",
        ):
            Text("span", self.shown["version"], "mono")
            icon("menu", "s")
            with attrs(ui.menu(), role="dialog", aria_label=words).classes("gmenu").props("auto-close"):
                for item in listed:
                    state = self.viewer.t(f"common.state.{item['state']}")
                    entry = link(f"{item['version']} · {state}", self.address(version=item["version"]), "mi")
                    attrs(entry, aria_current="true" if item["version"] == self.shown["version"] else None)

    def _actions(self) -> None:
        if self.desk.editable:
            saved = None if self.desk.dirty else self.t("studio.nothing_to_save")
            button(self.t("studio.save"), acting(self.save), icon_of="save", off_because=saved, mark="studio.save")
            button(
                self.t("studio.submit"),
                acting(self._ask_submit),
                icon_of="sign",
                kind="primary",
                off_because=self.why_not_submit(),
                mark="studio.submit",
            )
        elif self.viewer.actor.has("process_owner"):
            link(
                self.t("studio.new_version"),
                self.address(start_from=self.shown["version"], tab="yaml"),
                "btn",
                icon_of="edit",
            )

    def why_not_submit(self) -> str | None:
        """Why this draft cannot go to signing now, in words; ``None`` when it can."""
        if self.desk.dirty or self.desk.rev is None:
            return self.t("studio.off.unsaved")
        if self.desk.errors:
            return self.t("studio.off.errors", n=self.desk.errors)
        if self.weight and self.weight.severity is None:
            return self.t("studio.off.no_change", version=self.in_force["version"])
        if not is_enough(self.desk.version, self.weight):
            assert self.weight is not None
            return self.t("studio.off.version", wanted=self.weight.enough)
        return None

    def draw_tabs(self) -> None:
        """The tabs with the number of findings."""
        self.tabs.clear()
        with self.tabs, attrs(box("seg"), role="group", aria_label=self.t("studio.tabs")):
            for tab in TABS:
                choice = attrs(
                    box(tag="button"),
                    type="button",
                    aria_pressed=str(tab == self.tab).lower(),
                    data_testid=f"tab.{tab}",
                )
                with choice:
                    icon(TAB_ICONS[tab], "s")
                    Text("span", self.t(f"studio.tab.{tab}"))
                    if tab == "yaml" and self.desk.findings:
                        Text("span", str(len(self.desk.findings)), "chip red" if self.desk.errors else "chip yellow")
                choice.on("click", acting(lambda tab=tab: self.go(tab)), js_handler="() => emit()")
        with self.tabs, box("fx weight"):
            self._weight()

    def _weight(self) -> None:
        if not self.weight:
            return
        if self.weight.severity is None:
            chip(self.t("studio.weight.none", version=self.in_force["version"]), "grey")
            return
        chip(self.t(f"studio.weight.{self.weight.severity}"), "violet", icon_of="diff")
        Text("span", self.t(f"studio.weight.why_{self.weight.severity}", n=len(self.weight.changes)), "small")
        if not is_enough(self.desk.identity()[1], self.weight) and self.desk.editable:
            wanted = str(self.weight.enough)
            button(
                self.t("studio.weight.take", version=wanted),
                acting(lambda: self._renumber(wanted)),
                small=True,
                mark="studio.renumber",
            )

    async def _renumber(self, number: str) -> None:
        self.desk.renumber(number)
        await self.check()
        await self.draw()
        self.tell_dirty()

    async def go(self, tab: str, *, step: str | None = None) -> None:
        """Another tab; the address follows, so that a reload or a colleague gets the same picture."""
        self.tab = tab
        self.step = step or self.step
        ui.navigate.history.replace(self.address())
        self.draw_tabs()
        await self.draw_tab()

    async def draw_tab(self) -> None:
        """The open tab anew."""
        from ui.studio import changes, drawing, editor, previews, running, signing, trial

        self.body.clear()
        drawn = {
            "diagram": drawing.draw,
            "yaml": editor.draw,
            "forms": previews.draw,
            "trial": trial.draw,
            "diff": changes.draw,
            "signing": signing.draw,
            "running": running.draw,
        }
        with self.body:
            await drawn[self.tab](self)

    def address(self, *, version: str | None = None, tab: str | None = None, start_from: str | None = None) -> str:
        """The path of this page with what is shown."""
        query = {"version": version or self.shown["version"], "tab": tab or self.tab}
        if start_from or (self.based_on and not version):
            query = {"from": start_from or str(self.based_on), "tab": tab or self.tab}
        elif self.step:
            query["step"] = self.step
        return f"/studio/{quote(self.name, safe='')}?{urlencode(query)}"

    # ------------------------------------------------------------ saving
    def tell_dirty(self) -> None:
        """The browser warns before it leaves while something is not saved."""
        ui.run_javascript(f"window.gspDirty = {'true' if self.desk.dirty else 'false'}")

    async def save(self) -> bool:
        """Save the draft under the number its text says; False when `services` refused."""
        name, number = self.desk.identity()
        same = (name, number) == (self.desk.name, self.desk.version)
        try:
            saved: Any = await publishing.save_draft(
                self.office, self.viewer.actor, self.desk.source(), self.desk.rev if same else None
            )
        except RefusedError as error:
            show_refusal(self.message, error, self.viewer, self.t("studio.save_refused"), self._ways(error, number))
            return False
        self.message.clear()
        self.desk.dirty = False
        self.desk.name, self.desk.version, self.desk.rev = saved["name"], saved["version"], saved["rev"]
        self.name, self.based_on = saved["name"], None
        self.shown = {**self.shown, **saved, "signatures": []}
        self.definition = await definitions.detail(self.office, self.viewer.actor, self.name)
        self.tell_dirty()
        ui.navigate.history.replace(self.address())
        await self.check()
        self.draw_head()
        toast(self.t("studio.saved", version=saved["version"], rev=saved["rev"]), tone="good", lang=self.viewer.lang)
        return True

    def _ways(self, error: RefusedError, number: str) -> tuple[Way, ...]:
        if error.refusal.status != 409:
            return ()
        theirs = self.address(version=number)

        def reload() -> None:
            ui.run_javascript("window.gspDirty = false")
            ui.navigate.to(theirs)

        return (
            Way(
                self.t("studio.conflict.theirs"),
                self.t("studio.conflict.theirs_effect"),
                self.t("studio.conflict.open"),
                reload,
            ),
        )

    async def _save_before_leaving(self) -> None:
        if self.desk.dirty and self.desk.editable:
            await self.save()

    async def _ask_submit(self) -> None:
        from ui.studio.signing import ask_submit

        ask_submit(self)

    async def again(self) -> None:
        """Read everything again after an act, and draw."""
        self.wanted, self.based_on = self.shown["version"], None
        await self.read()
        await self.check()
        self.message.clear()
        await self.draw()


def _first_choice(versions: list[Any]) -> str:
    """Without a wish: the version in force, else what waits for signatures, else the newest."""
    for state in ("effective", "submitted", "draft"):
        found = next((item["version"] for item in versions if item["state"] == state), None)
        if found:
            return found
    return str(versions[0]["version"])
