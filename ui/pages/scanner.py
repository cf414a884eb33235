"""`/scanner`: test codes to scan, what arrives and what to change in the scanner; `/open`: where a document code leads."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from domain.errors import GspError, RefusedError
from services import scanned, udi
from ui.components.panels import full_page
from ui.context import UiContext
from ui.elements import Text, attrs, box, link
from ui.forms.boxes import Camera
from ui.forms.scan import show_place
from ui.frame import frame, page_head
from ui.guard import Viewer, page
from ui.scanner.tester import Tester

_API = "/api/v1/labels/test"


def register(ctx: UiContext) -> None:
    """Declare the pages."""

    @page(ctx, "/scanner", title="scanner.title")
    async def scanner(viewer: Viewer) -> None:
        crumbs = [(viewer.t("scanner.title"), None)]
        with frame(viewer, "scanner", crumbs=crumbs) as work, work:
            back = (viewer.t("common.frame.back"), "/")
            with page_head(viewer.t("scanner.title"), viewer.t("scanner.note"), back=back):
                pass
            with box("pbody"), box("scanpage"):
                _Bench(viewer).draw()

    @page(ctx, "/open", title="scanner.open.title")
    async def opened(viewer: Viewer, request: Request) -> Response | None:
        office: Any = ctx.office
        code = request.query_params.get("code", "")[:200]
        try:
            target = await scanned.destination(office, viewer.actor, code, ctx.paths)  # type: ignore[arg-type]
        except GspError as fault:
            number = fault.refusal_id if isinstance(fault, RefusedError) else None
            full_page(
                viewer.lang, viewer.t("scanner.open.wrong_title"), fault.text.said_in(viewer.lang), error_id=number
            )
            return None
        return RedirectResponse(target, status_code=303)


class _Bench:
    """The codes on the left, the box and what it found on the right."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer, self.t = viewer, viewer.t

    def draw(self) -> None:
        """Draw both halves."""
        with box("card pad", "section"):
            self._codes()
        with box("card pad", "section"):
            Text("h2", self.t("scanner.result.title"))
            Tester(self.viewer.lang, scanned.TEST_CODE, self._scanned)
            self.parts = attrs(box("parts"), role="status")
            Camera(self.viewer.lang, self._scanned, "scanner")

    def _codes(self) -> None:
        Text("h2", self.t("scanner.codes.title"))
        Text("p", self.t("scanner.codes.note"), "small")
        with box("testcodes"):
            for symbol in ("datamatrix", "qr", "gs1_128"):
                name = self.t(f"scanner.codes.{symbol}")
                with box("wide" if symbol == "gs1_128" else "", "figure"):
                    alt = self.t("scanner.codes.alt", name=name)
                    attrs(box("", "img"), src=f"{_API}/{symbol}?format=svg", alt=alt)
                    with box("fx wrap", "figcaption"):
                        Text("span", name, "strong")
                        paper = f"{_API}/{symbol}?size=100x70&lang={self.viewer.lang}"
                        attrs(link(self.t("scanner.codes.print"), paper, "linklike small"), target="_blank")
        Text("div", self.t("scanner.codes.holds"), "small muted")
        Text("div", scanned.TEST_LETTERS, "mono small")

    def _scanned(self, text: str, told: list[str]) -> None:
        """What the server reads in it, or why it cannot."""
        del told  # the box has said it
        self.parts.clear()
        with self.parts:
            try:
                found: Any = udi.parse(text)
            except udi.UdiFault as fault:
                Text("div", fault.text.said_in(self.viewer.lang), "msg")
                show_place(text, fault)
                return
            with box("partgrid"):
                for part in ("di", "lot", "serial", "made", "expiry"):
                    with box("part"):
                        Text("span", self.t(f"forms.scan.{part}"), "small")
                        Text("b", str(found[part] or self.t("forms.scan.none")))
