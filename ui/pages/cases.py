"""`/cases`: every case that the person may see, found by what stands on the papers, with who is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from domain.clock import from_text
from domain.document_codes import looks_like_one
from domain.errors import RefusedError
from services import case_story, cases, definitions
from ui.audit.filters import address, asked, moments
from ui.audit.refused import refused_page
from ui.components.chips import chip, moment, role_name, state_chip
from ui.components.panels import empty
from ui.components.sheets import excel_link
from ui.components.tables import Column, data_table
from ui.context import UiContext
from ui.elements import Text, attrs, box, button, icon, link
from ui.frame import frame, page_head
from ui.guard import Viewer, page
from ui.texts import choose, t

FILTERS = ("q", "definition", "state", "lot", "supplier", "person", "from", "to", "cursor")
STATES = ("running", "completed", "cancelled")
PAGE_SIZE = 25


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/cases", title="cases.title")
    async def case_list(viewer: Viewer, request: Request) -> Response | None:
        if looks_like_one(request.query_params.get("q", "")):  # a document code opens its page
            return RedirectResponse(f"/open?code={quote(request.query_params['q'], safe='')}", status_code=303)
        await CaseList(viewer, asked(request.query_params, FILTERS)).draw()
        return None


class CaseList:
    """One page of the list with its filters."""

    def __init__(self, viewer: Viewer, filters: dict[str, str]) -> None:
        self.viewer, self.filters, self.t = viewer, filters, viewer.t
        self.office: Any = viewer.ctx.office

    async def draw(self) -> None:
        """Find the cases and draw them."""
        viewer = self.viewer
        site = viewer.site.id if viewer.site else None
        self.zone = ZoneInfo(await case_story.zone_of(self.office, site))
        try:
            found = await self._found()
        except RefusedError as refused:
            refused_page(viewer, "cases", refused)
            return
        around = await case_story.overview(self.office, viewer.actor, [one["id"] for one in found["items"]])  # type: ignore[arg-type]
        starters = {str(one["started_by"]) for one in found["items"]}
        held = {str(w["assignee"]) for one in around.values() for w in _waiting(one) if w["assignee"]}
        self.names = await case_story.names(self.office, starters | held)
        known = await definitions.listing(self.office, viewer.actor)  # type: ignore[arg-type]
        with frame(viewer, "cases", crumbs=[(self.t("cases.title"), None)]) as work, work:
            with page_head(self.t("cases.title"), self.t("cases.note")):
                excel_link(viewer, "cases", moments(self.filters, str(self.zone)))
                if "/start" in viewer.ctx.paths:
                    link(self.t("cases.start"), "/start", "btn primary", icon_of="start")
            with box("pbody"):
                self._form(known)
                self._chosen()
                self._list(found, around)

    async def _found(self) -> Any:
        wanted = {**moments(self.filters, str(self.zone)), "limit": PAGE_SIZE}
        try:
            return await cases.listing(self.office, self.viewer.actor, wanted)  # type: ignore[arg-type]
        except ValueError:  # a cursor that somebody typed
            wanted.pop("cursor", None)
            return await cases.listing(self.office, self.viewer.actor, wanted)  # type: ignore[arg-type]

    # ------------------------------------------------------------ filters

    def _form(self, known: list[Any]) -> None:
        with attrs(
            box("card pad filters", "form"),
            method="get",
            action="/cases",
            role="search",
            aria_label=self.t("cases.filter.label"),
        ):
            self._states()
            with box("fgroup"):
                self._input("q", "search")
                self._select(
                    "definition", [(str(one["name"]), choose(one["title"], self.viewer.lang)) for one in known]
                )
                for name in ("lot", "supplier", "person"):
                    self._input(name, "text")
                self._input("from", "date")
                self._input("to", "date")
                with box("fx go-row"):
                    button(
                        self.t("cases.filter.find"), icon_of="search", submit=True, kind="primary", mark="cases.find"
                    )
                    if any(name not in ("state", "cursor") for name in self.filters):
                        link(
                            self.t("cases.filter.clear"),
                            address("/cases", {}, state=self.filters.get("state")),
                            "btn ghost",
                        )

    def _states(self) -> None:
        state = self.filters.get("state")
        with attrs(box("seg", "nav"), aria_label=self.t("cases.filter.state")):
            for key in (None, *STATES):
                words = self.t(f"common.state.{key}") if key else self.t("cases.filter.any")
                item = link(words, address("/cases", self.filters, state=key, cursor=None))
                attrs(item, aria_current="true" if key == state else None)
        if state:
            attrs(box(tag="input"), type="hidden", name="state", value=state)

    def _input(self, name: str, kind: str) -> None:
        with box(f"field f-{name}"):
            caption = Text("label", self.t(f"cases.filter.{name}"))
            control = attrs(box("box", "input"), type=kind, name=name, value=self.filters.get(name, ""), maxlength=100)
            attrs(control, id=control.html_id, autocomplete="off", data_testid=f"cases.{name}")
            attrs(caption, for_=control.html_id)

    def _select(self, name: str, options: list[tuple[str, str]]) -> None:
        with box(f"field f-{name}"):
            caption = Text("label", self.t(f"cases.filter.{name}"))
            with attrs(box("box", "select"), name=name) as control:
                attrs(Text("option", self.t("cases.filter.any")), value="")
                for key, words in options:
                    attrs(Text("option", words), value=key, selected=True if key == self.filters.get(name) else None)
            attrs(control, id=control.html_id)
            attrs(caption, for_=control.html_id)

    def _chosen(self) -> None:
        """What is asked, each with its own way out."""
        shown = [(name, value) for name, value in self.filters.items() if name not in ("state", "cursor", "definition")]
        if not shown:
            return
        with box("fx wrap tokens"):
            for name, value in shown:
                with attrs(box("token", "a"), href=address("/cases", self.filters, **{name: None}, cursor=None)):
                    Text("span", self.t(f"cases.filter.{name}"), "muted")
                    Text("b", value)
                    icon("close", "s", name=self.t("cases.filter.take_away"))

    # ------------------------------------------------------------ the list

    def _list(self, found: Any, around: Mapping[str, Any]) -> None:
        items = found["items"]
        if not items:
            filtered = bool(self.filters)
            body = self.t("cases.none_found_body" if filtered else "cases.none_body")
            with box("card"):
                empty(self.t("cases.none_found" if filtered else "cases.none"), body, icon_of="cases")
            return
        columns = [
            Column(self.t("cases.column.case"), self._case),
            Column(self.t("cases.column.state"), self._state),
            Column(self.t("cases.column.waits"), partial(self._waits, around)),
            Column(self.t("cases.column.started"), self._started),
        ]
        data_table(columns, items, self.viewer.lang, label=self.t("cases.title"))
        with box("fx pager"):
            if self.filters.get("cursor"):
                link(self.t("cases.newest"), address("/cases", self.filters, cursor=None), "btn", icon_of="first")
            if found["next"]:
                attrs(
                    link(
                        self.t("cases.older"),
                        address("/cases", self.filters, cursor=found["next"]),
                        "btn",
                        icon_of="next",
                    ),
                    rel="next",
                )

    def _case(self, one: Any) -> None:
        with box("stack gap0"):
            attrs(link(str(one["business_key"] or one["id"]), f"/cases/{one['id']}", "strong tap"), data_testid="case")
            with box("fx wrap small"):
                Text("span", f"{choose(one['title'], self.viewer.lang)} {one['version']}")
                if one["mode"] != "live":
                    chip(t(f"cases.mode.{one['mode']}", self.viewer.lang), "violet", icon_of="info")

    def _state(self, one: Any) -> None:
        state_chip(str(one["state"]), self.viewer.lang)

    def _waits(self, around: Mapping[str, Any], one: Any) -> None:
        """Who is waited for: the first thing in words, how many more there are."""
        waiting = _waiting(around.get(one["id"], {}))
        if not waiting:
            running = one["state"] == "running"
            Text("span", self.t("cases.waits_system") if running else self.t("cases.waits_nobody"), "muted")
            return
        first, lang = waiting[0], self.viewer.lang
        who = (
            choose(self.names.get(first["assignee"]), lang)
            if first["assignee"]
            else " / ".join(role_name(role, lang) for role in first["roles"])
        )
        with box("stack gap0"):
            with box("fx gap4"):
                if first["kind"] == "incident":
                    icon("incident", "badc", name=self.t("common.state.incident"))
                Text("span", who, "strong")
            more = self.t("cases.more", n=len(waiting) - 1) if len(waiting) > 1 else ""
            Text("span", f"{choose(first['title'], lang)} {more}".strip(), "small")

    def _started(self, one: Any) -> None:
        at = from_text(one["started_at"]).astimezone(self.zone)
        with box("stack gap0"):
            attrs(
                Text("span", moment(at, self.viewer.ctx.now(), self.viewer.lang)),
                title=at.strftime("%Y-%m-%d %H:%M:%S"),
            )
            Text("span", choose(self.names.get(one["started_by"]), self.viewer.lang), "small")


def _waiting(around: Mapping[str, Any]) -> list[Any]:
    return list(around.get("waiting") or ())
