"""`/audit`: find cases by what an inspector asks, the refusals ledger, and the verification of everything."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import Request
from nicegui import ui
from nicegui.events import GenericEventArguments, KeyEventArguments

from domain.clock import from_text
from domain.errors import RefusedError
from services import case_story, definitions, history
from ui.audit.filters import address, asked
from ui.audit.lines import moments_of
from ui.audit.refusals_tab import RefusalsTab
from ui.audit.refused import refused_page
from ui.audit.search import KINDS, Findings, find, token_of
from ui.audit.tell import TOLD_SHORT, Teller, short
from ui.audit.verify_tab import VerifyTab
from ui.components.chips import chip, moment, role_name, state_chip
from ui.components.panels import empty
from ui.components.progress import timeline
from ui.context import UiContext
from ui.elements import Text, attrs, box, button, icon, key_hint, link
from ui.frame import AUDIT_ROLES, READ_ONLY_ROLES, frame
from ui.guard import Viewer, acting, page
from ui.texts import Lang, choose

TABS = ("cases", "refusals", "verify")
TAB_ICONS = {"cases": "cases", "refusals": "refused", "verify": "verified"}
FACETS = ("state", "definition", "step", "person")
FACET_MAX = 6
SEND = "(e) => { if (e.key === 'Enter' && e.target.value.trim()) { e.preventDefault(); emit(e.target.value) } }"


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/audit", title="audit.title")
    async def audit_room(viewer: Viewer, request: Request) -> None:
        if not AUDIT_ROLES & set(viewer.account.roles):
            try:  # the ledger's own law says who may read, and the attempt is on record
                await history.all_refusals(viewer.ctx.office, viewer.actor, {"limit": 1})  # type: ignore[arg-type]
            except RefusedError as refused:
                refused_page(viewer, "audit", refused)
                return
        tab = request.query_params.get("tab", "cases")
        await AuditRoom(
            viewer, tab if tab in TABS else "cases", asked(request.query_params, (*KINDS, "rule", "cursor"))
        ).draw()


class AuditRoom:
    """The room with its three tabs."""

    def __init__(self, viewer: Viewer, tab: str, filters: dict[str, str]) -> None:
        self.viewer, self.tab, self.filters, self.t = viewer, tab, filters, viewer.t
        self.lang: Lang = viewer.lang
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor
        self.chosen = ""
        self.rows: dict[str, Any] = {}

    async def draw(self) -> None:
        """Draw the banner, the tabs and what the address asks for."""
        with frame(self.viewer, "audit", crumbs=[(self.t("audit.title"), None)]) as work, work.classes("auditroom"):
            self._banner()
            if self.tab == "refusals":
                await RefusalsTab(self.viewer, self.filters).draw()
            elif self.tab == "verify":
                VerifyTab(self.viewer).draw()
            else:
                await self._search()

    def _banner(self) -> None:
        account = self.viewer.account
        observer = bool(READ_ONLY_ROLES & set(account.roles))
        with box("abanner"):
            with box("fx wrap grow"):
                icon("read_only")
                Text("h1", self.t("audit.title"))
                if account.roles:
                    post = next((one for one in account.roles if one in AUDIT_ROLES), account.roles[0])
                    Text(
                        "span",
                        self.t("audit.banner.who", role=role_name(post, self.lang), name=account.name_in(self.lang)),
                    )
                Text("span", self.t("audit.banner.may", n=len(account.sites)), "muted")
                Text("span", self.t("audit.banner.recorded" if observer else "audit.banner.not_recorded"), "muted")
            with attrs(box("seg", "nav"), aria_label=self.t("audit.tabs.label")):
                for key in TABS:
                    target = address("/audit", {}, tab=None if key == "cases" else key)
                    item = link(self.t(f"audit.tabs.{key}"), target, icon_of=TAB_ICONS[key])
                    attrs(item, aria_current="true" if key == self.tab else None, data_testid=f"tab.{key}")

    # ------------------------------------------------------------ search

    async def _search(self) -> None:
        known: list[Any] = await definitions.listing(self.office, self.actor)
        self.definitions = {str(one["name"]): choose(one["title"], self.lang) for one in known}
        self.found = await find(self.viewer, {k: v for k, v in self.filters.items() if k in KINDS})
        self.steps = await self._step_titles()
        self._tokens()
        with box("searchgrid"):
            self._facets()
            self._results(self.found)
            self.preview = attrs(
                box("preview", "aside"), aria_label=self.t("audit.preview.label"), data_testid="preview"
            )
        if self.found.items:
            ui.keyboard(acting(self._key), ignore=["input", "select", "textarea"], repeating=True)
            await self._show(self.found.items[0])

    async def _key(self, event: KeyEventArguments) -> None:
        """j and k walk the list, Enter replays; the slash goes to the box in the browser itself (``desk.js``)."""
        if not event.action.keydown or event.modifiers.ctrl or event.modifiers.alt or event.modifiers.meta:
            return
        here = next((n for n, one in enumerate(self.found.items) if one["id"] == self.chosen), 0)
        way = {"j": 1, "k": -1}.get(str(event.key))
        if way is not None:
            one = self.found.items[min(max(0, here + way), len(self.found.items) - 1)]
            self.rows[one["id"]].run_method("focus")
            await self._show(one)
        elif event.key == "Enter":
            ui.navigate.to(f"/audit/cases/{self.chosen}")

    async def _step_titles(self) -> dict[str, Any]:
        """The titles of the steps of the case found first: what a step is called."""
        if not self.found.items:
            return {}
        told: Any = await case_story.story(self.office, self.actor, self.found.items[0]["id"])
        steps = told["steps"]
        return {key: {lang: short(one["title"][lang]) for lang in ("zh", "en")} for key, one in steps.items()}

    def _tokens(self) -> None:
        with box("abox"):
            with attrs(box("tokenbox"), role="search"):
                icon("search")
                for kind, value in self.filters.items():
                    if kind in KINDS:
                        self._token(kind, value)
                words = self.t("audit.search.hint" if not self.filters else "audit.search.more")
                entry = attrs(box(tag="input"), type="text", placeholder=words, aria_label=self.t("audit.search.label"))
                attrs(entry, maxlength=100, autocomplete="off", data_testid="audit.search", data_slash=True)
                entry.on("keydown", acting(self._typed), js_handler=SEND)
                key_hint("/")
            with box("fx wrap small by"):
                Text("span", self.t("audit.search.by"))
                for kind in ("lot", "supplier", "person", "step", "clause", "from"):
                    example = button(self.t(f"audit.kind.{kind}"), small=True, kind="ghost", mark=f"by.{kind}")
                    # A constant per kind: puts "lot:" into the box, so that the next word is read as that.
                    example.on(
                        "click",
                        js_handler=f"() => {{ const b = document.querySelector('[data-slash]'); b.value = '{kind}:'; b.focus(); }}",
                    )
                attrs(
                    link(self.t("registers.open"), "/registers", "btn low", icon_of="reports"), data_testid="registers"
                )

    def _token(self, kind: str, value: str) -> None:
        with attrs(
            box("token", "a"), href=address("/audit", self.filters, **{kind: None}), data_testid=f"token.{kind}"
        ):
            Text("span", self.t(f"audit.kind.{kind}"), "muted")
            Text("b", self._said(kind, value))
            icon("close", "s", name=self.t("cases.filter.take_away"))

    def _said(self, kind: str, value: str) -> str:
        if kind == "person":
            return choose(self.found.names.get(value) or value, self.lang)
        if kind == "step":
            return choose(self.steps.get(value) or value, self.lang)
        if kind == "definition":
            return self.definitions.get(value, value)
        return (
            self.t(f"common.state.{value}")
            if kind == "state" and value in ("running", "completed", "cancelled", "terminated")
            else value
        )

    def _typed(self, event: GenericEventArguments) -> None:
        kind, value = token_of(str(event.args).strip()[:100], self.found.names, self.steps)
        ui.navigate.to(address("/audit", self.filters, **{kind: value}))

    def _facets(self) -> None:
        with attrs(box("facets", "nav"), aria_label=self.t("audit.facet.label")):
            for kind in FACETS:
                counted = self.found.count(kind)
                if not counted:
                    continue
                Text("h2", self.t(f"audit.kind.{kind}"))
                for value, number in counted[:FACET_MAX]:
                    chosen = self.filters.get(kind) == value
                    item = link(
                        self._said(kind, value),
                        address("/audit", self.filters, **{kind: None if chosen else value}),
                        "facet",
                    )
                    attrs(item, aria_current="true" if chosen else None)
                    with item:
                        Text("span", f"{number}+" if self.found.more else str(number), "num small")

    def _results(self, found: Findings) -> None:
        with attrs(box("results", "section"), aria_label=self.t("audit.result.label")):
            with box("fx wrap rhead"):
                Text("h2", self.t("audit.result.cases", n=found.total))
                numbers = {name: found.sum(name) for name in ("records", "signatures", "refusals")}
                Text("span", self.t("audit.result.numbers", **numbers), "small")
            if not found.items:
                with box("card"):
                    empty(self.t("cases.none_found"), self.t("audit.result.none_body"), icon_of="search")
                return
            with box("card hits", "ol"):
                for one in found.items:
                    self._hit(one)
            with box("fx wrap small khints"):
                for keys, words in ((("j",), "down"), (("k",), "up"), (("enter",), "replay")):
                    with box("fx gap4", "span"):
                        key_hint(*keys)
                        Text("span", self.t(f"audit.result.{words}"))

    def _hit(self, one: Any) -> None:
        around = self.found.around.get(one["id"], {})
        at = from_text(one["started_at"]).astimezone(self.found.zone)
        with box(tag="li"), attrs(box("hit", "button"), type="button", data_href=f"/audit/cases/{one['id']}") as row:
            with box("stack gap0", "span"):
                Text("b", str(one["business_key"] or one["id"]), "strong")
                Text("span", f"{choose(one['title'], self.lang)} {one['version']}", "small")
            with box("stack gap0", "span"):
                attrs(
                    Text("span", moment(at, self.viewer.ctx.now(), self.lang)), title=at.strftime("%Y-%m-%d %H:%M:%S")
                )
                Text("span", choose(self.found.names.get(one["started_by"]) or one["started_by"], self.lang), "small")
            with box("stack gap0", "span"):
                Text("span", self.t("audit.result.records", n=around.get("records", 0)))
                Text("span", self.t("audit.result.signed", n=around.get("signatures", 0)), "small")
            with box("fx wrap chips", "span"):
                if around.get("refusals"):
                    chip(self.t("audit.result.refused", n=around["refusals"]), "yellow", icon_of="refused")
                state_chip(str(one["state"]), self.lang)
        row.on("click", acting(partial(self._show, one)), js_handler="() => emit()")
        self.rows[one["id"]] = row

    async def _show(self, one: Any) -> None:
        """The preview: what happened in short, and the ways into the case."""
        self.chosen = str(one["id"])
        for key, row in self.rows.items():
            attrs(row, aria_current="true" if key == one["id"] else "false")
        records = await history.records(self.office, self.actor, one["id"])
        refusals = await history.refusals(self.office, self.actor, one["id"])
        told: Any = await case_story.story(self.office, self.actor, one["id"])
        teller = Teller(told, [], self.lang)
        self.preview.clear()
        with self.preview, box("card pad stack"):
            with box("fx wrap"):
                Text("h2", str(one["business_key"] or one["id"]), "grow")
                state_chip(str(one["state"]), self.lang)
            Text(
                "div",
                self.t(
                    "audit.preview.about", title=choose(one["title"], self.lang), version=one["version"], n=len(records)
                ),
                "small",
            )
            short_story = [each for each in records if each["action"] in TOLD_SHORT or each.get("signature")][-9:]
            timeline(moments_of(teller, short_story, refusals[-4:]))
            signed = [each for each in records if each.get("signature")]
            if signed:
                self._signed(teller, str(one["id"]), signed)
            with box("fx wrap"):
                link(self.t("audit.preview.replay"), f"/audit/cases/{one['id']}", "btn primary", icon_of="replay")
                link(self.t("audit.replay.open_case"), f"/cases/{one['id']}", "btn", icon_of="open")

    def _signed(self, teller: Teller, case_id: str, signed: list[Any]) -> None:
        Text("h3", self.t("audit.preview.signed", n=len(signed)))
        with box("stack gap4", "ul"):
            for each in signed[-6:]:
                with box("fx", "li"):
                    icon("signed", "violetc")
                    Text("span", teller.person(each["actor"]), "strong")
                    Text("span", teller.meaning(str(each["signature"]["meaning"])), "grow muted")
                    link(
                        self.t("audit.why.record", n=each["seq"]),
                        f"/audit/cases/{case_id}?seq={each['seq']}",
                        "small tap",
                    )
