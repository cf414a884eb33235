"""`/trace`: find a lot, a unit or a paper, and see where every unit came from and went."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from domain.errors import RefusedError
from services import case_story, trace, trace_papers, trace_ways
from ui.audit.refused import panel, refused_page
from ui.components.panels import empty, note
from ui.context import UiContext
from ui.elements import Text, attrs, box, button, icon, link
from ui.frame import frame, page_head
from ui.guard import Viewer, page
from ui.texts import choose
from ui.trace.lot_view import LotView
from ui.trace.panels import steps_list

#: A keyboard scanner types the separator as Ctrl+]: it is shown as a sign, as everywhere.
SEPARATOR = (
    "(e) => { if (e.ctrlKey && e.key === ']') { e.preventDefault();"
    " e.target.setRangeText('␝', e.target.selectionStart, e.target.selectionEnd, 'end') } }"
)


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/trace", title="trace.title")
    async def traced(viewer: Viewer, request: Request) -> Response | None:
        return await TracePage(viewer, {name: value for name, value in request.query_params.items() if value}).draw()


def _number(text: str) -> int:
    """An id from the address; what is none is nobody's."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


class TracePage:
    """One address of the page: a search, a lot, a unit or a paper."""

    def __init__(self, viewer: Viewer, asked: dict[str, str]) -> None:
        self.viewer, self.asked, self.t = viewer, asked, viewer.t
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor

    async def draw(self) -> Response | None:
        """Draw what the address asks for; a search with one answer leads straight to it."""
        self.zone = ZoneInfo(await case_story.zone_of(self.office, self.viewer.site.id if self.viewer.site else None))
        try:
            if "lot" in self.asked:
                await self._lot()
            elif "serial" in self.asked:
                await self._serial()
            elif "document" in self.asked:
                await self._document()
            else:
                return await self._search()
        except RefusedError as refused:
            if refused.refusal.status == 404:
                self._not_there(refused)
            else:
                refused_page(self.viewer, "trace", refused)
        return None

    def _crumbs(self, here: str) -> list[tuple[str, str | None]]:
        return [(self.t("trace.title"), "/trace"), (here, None)]

    # ------------------------------------------------------------ search

    async def _search(self) -> Response | None:
        text = self.asked.get("q", "").replace("␝", "\x1d")[:500]
        found: Any = await trace_papers.search(self.office, self.actor, text) if text else None
        ways = _answers(found)
        if len(ways) == 1:
            return RedirectResponse(ways[0], status_code=303)
        with frame(self.viewer, "trace", crumbs=[(self.t("trace.title"), None)]) as work, work:
            with page_head(self.t("trace.title"), self.t("trace.note")):
                pass
            with box("pbody"):
                self._box(text)
                if found is None:
                    with box("card"):
                        empty(self.t("trace.search.empty"), self.t("trace.search.empty_body"), icon_of="scan")
                else:
                    self._found(found, ways)
        return None

    def _box(self, text: str) -> None:
        form = attrs(box("card pad tsearch", "form"), method="get", action="/trace", role="search")
        with form:
            icon("scan", "l")
            entry = attrs(
                box("box grow", "input"), type="text", name="q", value=text.replace("\x1d", "␝"), maxlength=500,
                autocomplete="off", placeholder=self.t("trace.search.hint"), aria_label=self.t("trace.search.label"),
                data_testid="trace.q", data_first=True,
            )  # fmt: skip
            entry.on("keydown", js_handler=SEPARATOR)
            button(self.t("trace.search.find"), icon_of="search", kind="primary", submit=True, mark="trace.find")

    def _found(self, found: Any, ways: list[str]) -> None:
        if found["fault"]:
            note(choose(found["fault"], self.viewer.lang), tone="yellow", strong=self.t("trace.search.unreadable"))
        if not ways:
            with box("card"):
                empty(self.t("trace.search.none", q=found["q"]), self.t("trace.search.none_body"), icon_of="search")
            return
        Text("h2", self.t("trace.search.found", n=len(ways)))
        for kind in ("lots", "serials", "documents"):
            if found[kind]:
                with box("card pad"):
                    Text("h3", self.t(f"trace.search.{kind}"))
                    with box("thits", "ul"):
                        for one in found[kind]:
                            self._hit(kind, one)

    def _hit(self, kind: str, one: Any) -> None:
        with box(tag="li"), box("fx wrap"):
            if kind == "documents":
                link(one["number"], _of_document(one), "strong mono tap")
                Text("span", self.t(f"trace.search.kind.{one['kind']}"), "small")
                Text("span", self.t("trace.search.postings", n=one["postings"]), "small")
                return
            link(
                one["lot"] if kind == "lots" else one["serial"],
                _of_lot(one) if kind == "lots" else _of_serial(one),
                "strong mono tap",
            )
            name = (
                one["product_name_en"] if self.viewer.lang == "en" and one["product_name_en"] else one["product_name"]
            )
            Text("span", f"{name} · {one['product']}")
            if kind == "lots":
                if one["expiry"]:
                    Text("span", self.t("trace.expiry", date=one["expiry"]), "small")
                Text("span", f"{self.t('trace.in_stock')} {one['in_stock']:,} {one['unit']}", "small")

    def _not_there(self, refused: RefusedError) -> None:
        with frame(self.viewer, "trace", crumbs=[(self.t("trace.title"), "/trace")]) as work, work:
            with page_head(self.t("trace.title"), self.t("trace.note")):
                pass
            with box("pbody"):
                self._box("")
                panel(self.viewer, refused)

    # ------------------------------------------------------------ what was found

    async def _lot(self) -> None:
        direction: Any = "up" if self.asked.get("direction") == "up" else "down"
        traced: Any = await trace.lot(self.office, self.actor, _number(self.asked["lot"]), direction)
        if direction == "down" and 1 < len(traced["lots"]) <= trace_ways.DRAWN_MAX:
            traced = await trace.lot(self.office, self.actor, _number(self.asked["lot"]), direction, by_lot=True)
        ways = await trace_ways.ways(self.office, traced)
        lot = traced["lots"][0]["lot"]
        with frame(self.viewer, "trace", crumbs=self._crumbs(lot)) as work, work:
            await LotView(self.viewer, traced, ways, self.zone).draw()

    async def _serial(self) -> None:
        unit: Any = await trace_papers.serial(self.office, self.actor, _number(self.asked["serial"]))
        with frame(self.viewer, "trace", crumbs=self._crumbs(unit["serial"])) as work, work:
            name = (
                unit["product_name_en"]
                if self.viewer.lang == "en" and unit["product_name_en"]
                else unit["product_name"]
            )
            about = " · ".join(part for part in (name, unit["product"], unit["udi"]) if part)
            title = self.t("trace.serial_title", serial=unit["serial"])
            with page_head(title, about, back=(self.t("common.frame.back"), "/trace")):
                link(
                    self.t("trace.serial.whole_lot", lot=unit["lot"]),
                    f"/trace?lot={unit['lot_id']}",
                    "btn",
                    icon_of="trace",
                )
            with box("pbody tnarrow"):
                self._now(unit)
                with box("card pad"):
                    Text("h2", self.t("trace.steps.title"))
                    steps_list(unit["steps"], self.viewer.lang, self.zone)
                    if unit["unseen"]:
                        Text("p", self.t("trace.steps.unseen", n=unit["unseen"]), "small")

    def _now(self, unit: Any) -> None:
        with box("card pad"), box("fx wrap"):
            icon("site", "l")
            Text("b", self.t("trace.serial.now"), "strong")
            place = unit["location"] or self.t("trace.serial.elsewhere")
            Text("span", place if unit["warehouse"] or not unit["location"] else self.t("trace.serial.outside"))
            Text("span", self.t(f"trace.status.{unit['status']}"), "chip grey")
            if unit["became"]:
                Text("span", self.t("trace.serial.became"))
                for one in unit["became"]:
                    link(one["lot"], f"/trace?lot={one['lot_id']}", "mono")

    async def _document(self) -> None:
        number = self.asked["document"][:200]
        trail: Any = await trace_papers.document(self.office, self.actor, number)
        with frame(self.viewer, "trace", crumbs=self._crumbs(number)) as work, work:
            kinds = " · ".join(self.t(f"trace.search.kind.{kind}") for kind in trail["kinds"])
            with page_head(
                self.t("trace.document_title", number=number), kinds, back=(self.t("common.frame.back"), "/trace")
            ):
                pass
            with box("pbody tnarrow"):
                with box("card pad kv"):
                    self._list(
                        "lots",
                        [(f"{one['lot']} · {one['product']}", f"/trace?lot={one['lot_id']}") for one in trail["lots"]],
                    )
                    self._list("orders", [(one, f"/trace?document={quote(one, safe='')}") for one in trail["orders"]])
                    self._list("cases", [(one, f"/cases/{quote(one, safe='')}") for one in trail["cases"]])
                with box("card pad"):
                    Text("h2", self.t("trace.steps.title"))
                    steps_list(trail["steps"], self.viewer.lang, self.zone)
                    if trail["more"]:
                        Text("p", self.t("trace.steps.more", n=len(trail["steps"])), "small")

    def _list(self, name: str, links: list[tuple[str, str]]) -> None:
        if links:
            Text("span", self.t(f"trace.document.{name}"), "muted")
            with box("fx wrap"):
                for words, target in links:
                    link(words, target, "mono tap")


def _answers(found: Any) -> list[str]:
    """The addresses of everything found; the unit alone where a code named one."""
    if found is None:
        return []
    if found["read"] and found["serials"]:
        return [_of_serial(one) for one in found["serials"]]
    documents = list(dict.fromkeys(_of_document(one) for one in found["documents"]))
    return [*map(_of_lot, found["lots"]), *map(_of_serial, found["serials"]), *documents]


def _of_lot(one: Any) -> str:
    return f"/trace?lot={one['lot_id']}"


def _of_serial(one: Any) -> str:
    return f"/trace?serial={one['serial_id']}"


def _of_document(one: Any) -> str:
    return f"/trace?document={quote(one['number'], safe='')}"
