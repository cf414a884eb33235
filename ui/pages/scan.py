"""`/scan`: my tasks that are worked by scanning; `/scan/{id}`: one of them, for gloves, a scanner and a dead zone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from domain.errors import GspError, RefusedError
from forms.scan_hint import JOBS
from services import scan_jobs, tasks
from ui.assets import address
from ui.components.panels import empty, note
from ui.context import UiContext
from ui.desk import office_of
from ui.elements import Text, attrs, box, button, icon, link
from ui.forms.boxes import Camera
from ui.frame import frame, page_head
from ui.guard import Viewer, acting, page
from ui.pages.task import missing
from ui.scanning.desk import SCRIPTS, ScanDesk, WaitingHere
from ui.texts import choose

_HERE = "(event) => document.dispatchEvent(new CustomEvent('gspscanned', { detail: event }))"
"""What the camera reads goes to the desk on the page, not over the server: it works in a dead zone as well."""


def register(ctx: UiContext) -> None:
    """Declare the pages."""

    @page(ctx, "/scan", title="scan.title")
    async def listed(viewer: Viewer, request: Request) -> Response | None:
        return await _List(viewer, request.query_params.get("code", "")[:500]).draw()

    @page(ctx, "/scan/{id}", title="scan.title")
    async def one(viewer: Viewer, id: str) -> Response | None:
        try:
            job: Any = await scan_jobs.job(office_of(viewer), viewer.actor, id)
        except RefusedError as fault:
            if fault.refusal.code == "not_scanned":
                return RedirectResponse(f"/tasks/{id}", status_code=303)
            missing(viewer, fault)
            return None
        _scripts()
        _desk(viewer, job)
        return None


def _scripts() -> None:
    for name in SCRIPTS[1:]:  # scan.js is on every page
        ui.add_head_html(f'<script src="{address()}/{name}" defer></script>')


def _desk(viewer: Viewer, job: Any) -> None:
    title = choose(job["title"], viewer.lang)
    crumbs = [(viewer.t("scan.title"), "/scan"), (viewer.t(f"scan.job.{job['job']}"), None)]
    with frame(viewer, "scan", crumbs=crumbs, hide_rail_on_phone=True) as work:
        work.classes("scanwork")
    with work:
        about = " · ".join(part for part in (viewer.t(f"scan.job.{job['job']}"), job["business_key"]) if part)
        with page_head(title, about, back=(viewer.t("common.frame.back"), "/scan")):
            if "claim" in job["allow"]:
                button(
                    viewer.t("scan.claim"),
                    acting(lambda: _claim(viewer, job["task"])),
                    icon_of="claim",
                    mark="scan.claim",
                )
            camera = Camera(viewer.lang, lambda *_: None, "scan")
            camera.on("scanned", js_handler=_HERE)
            attrs(
                link(viewer.t("scan.as_form"), f"/tasks/{job['task']}", "btn", icon_of="form"), data_testid="scan.form"
            )
        with box("pbody"):
            if job["why_not"]:
                note(choose(job["why_not"], viewer.lang), tone="yellow", strong=viewer.t("scan.read_only"))
            ScanDesk(job, viewer.lang, viewer.account.name_in(viewer.lang))


async def _claim(viewer: Viewer, task_id: str) -> None:
    try:
        await tasks.claim(office_of(viewer), viewer.actor, task_id)
    except GspError as fault:
        ui.notify(fault.text.said_in(viewer.lang), type="negative")
        return
    ui.navigate.to(f"/scan/{task_id}")


class _List:
    """The jobs by kind of work; a scanned code leads to its own."""

    def __init__(self, viewer: Viewer, code: str) -> None:
        self.viewer, self.t, self.code = viewer, viewer.t, code.replace("␝", "\x1d")

    async def draw(self) -> Response | None:
        office, actor, site = office_of(self.viewer), self.viewer.actor, self.viewer.site
        jobs: Any = await scan_jobs.listing(office, actor, site.id if site else None)
        fault, hits = "", []
        if self.code:
            try:
                hits = await scan_jobs.find(office, actor, self.code, jobs)
            except GspError as wrong:
                fault = wrong.text.said_in(self.viewer.lang)
            if len(hits) == 1:
                return RedirectResponse(f"/scan/{hits[0]}", status_code=303)
        _scripts()
        with frame(self.viewer, "scan", crumbs=[(self.t("scan.title"), None)]) as work, work:
            with page_head(self.t("scan.title"), self.t("scan.note")):
                pass
            with box("pbody scanlist"):
                self._box()
                WaitingHere(self.viewer.lang)
                self._answer(fault, hits)
                self._jobs([one for one in jobs if not hits or one["id"] in hits])
        return None

    def _box(self) -> None:
        with attrs(box("sdfield", "form"), method="get", action="/scan", role="search"):
            icon("scan", "l")
            with box("sdgrow"):
                caption = Text("label", self.t("scan.find"), "sdready")
                entry = attrs(
                    box("sdbox", "input"), type="text", name="code", inputmode="none", autocomplete="off", maxlength=500,
                    data_testid="scan.find", data_first=True,
                )  # fmt: skip
                attrs(entry, id=entry.html_id)
                attrs(caption, for_=entry.html_id)
            button(self.t("scan.find_do"), icon_of="search", kind="primary", submit=True)

    def _answer(self, fault: str, hits: Sequence[str]) -> None:
        if fault:
            note(fault, tone="red", strong=self.t("scan.unreadable"))
        elif self.code and not hits:
            shown = self.code.replace("\x1d", "␝")[:80]
            note(self.t("scan.nothing_for_body"), tone="yellow", strong=self.t("scan.nothing_for", code=shown))

    def _jobs(self, jobs: Sequence[Any]) -> None:
        if not jobs:
            with box("card"):
                empty(self.t("scan.empty"), self.t("scan.empty_body"), icon_of="scan")
            return
        for kind in JOBS:
            mine = [one for one in jobs if one["job"] == kind]
            if mine:
                Text("h2", self.t("scan.group", name=self.t(f"scan.job.{kind}"), n=len(mine)))
                with box("sdjobs", "ul"):
                    for one in mine:
                        self._job(one)

    def _job(self, one: Any) -> None:
        with box(tag="li"), attrs(box("sdjob", "a"), href=f"/scan/{one['id']}", data_testid="scan.job"):
            with box("sdgrow"):
                Text("b", choose(one["title"], self.viewer.lang))
                Text("div", self._about(one), "small")
            if one["assignee"] == self.viewer.account.id:
                Text("span", self.t("scan.mine"), "chip blue")
            icon("next", "l")

    def _about(self, one: Any) -> str:
        chips = one["chips"]
        parts = [chips.get(name) for name in ("delivery_note_no", "product_code", "location")]
        return " · ".join(
            str(part) for part in (*parts, one["due"] and self.t("scan.due", day=str(one["due"])[:10])) if part
        )
