"""A traced lot: picture, table, sum and steps, which choose each other."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from services import trace_papers
from ui.components.chips import chip
from ui.elements import Text, attrs, box, button, icon, link
from ui.frame import page_head
from ui.guard import Viewer, acting
from ui.texts import Lang
from ui.trace.graph import TraceGraph
from ui.trace.panels import steps_list, sum_panel
from ui.trace.picture import Picture, draw
from ui.trace.rows import Row, RowTable, rows_of

STEPS_SHOWN = 20


class LotView:
    """The parts of the page of one lot and what is chosen in it."""

    def __init__(self, viewer: Viewer, traced: Any, ways: Any, zone: ZoneInfo) -> None:
        self.viewer, self.traced, self.ways, self.zone, self.t = viewer, traced, ways, zone, viewer.t
        self.lang: Lang = viewer.lang
        self.root = traced["lots"][0]
        self.opened: set[str] = set()
        self.picture: Picture = draw(ways)
        self.steps_of: tuple[int, int | None, str] = (self.root["lot_id"], None, self.root["lot"])

    async def draw(self) -> None:
        """Everything below the frame."""
        with page_head(
            self.t("trace.lot_title", lot=self.root["lot"]),
            self._about(),
            back=(self.t("common.frame.back"), "/trace"),
            chips=self._chips,
        ):
            if self.viewer.account.roles:
                way = f"/api/v1/labels/lots/{self.root['lot_id']}?lang={self.lang}"
                paper = link(self.t("trace.print"), way, "btn", icon_of="print")
                attrs(paper, target="_blank", data_testid="trace.label")
        with box("tpage"):
            with box("tmain"):
                self._graph()
                with attrs(box("card tcard", "section"), aria_label=self.t("trace.table.title")):
                    self.table = RowTable(rows_of(self.traced, self.ways, self.lang), self.lang, acting(self._picked))
                    self.table.draw()
            with box("tside", "aside"):
                with box("card pad"):
                    sum_panel(self.traced, self.lang)
                self.steps = attrs(box("card pad", "section"), aria_label=self.t("trace.steps.title"))
                await self._show_steps()

    def _about(self) -> str:
        one = self.root
        name = one["product_name_en"] if self.lang == "en" and one["product_name_en"] else one["product_name"]
        parts = [name, one["product"], one["model"], one["specification"]]
        if one["expiry"]:
            parts.append(self.t("trace.expiry", date=one["expiry"]))
        return " · ".join(part for part in parts if part)

    def _chips(self) -> None:
        if self.traced["mode"] != "live":
            chip(self.t(f"trace.{self.traced['mode']}"), "violet", icon_of="info")

    def _directions(self) -> None:
        with attrs(box("seg", "nav"), aria_label=self.t("trace.direction.label")):
            for way in ("up", "down"):
                item = link(self.t(f"trace.direction.{way}"), f"/trace?lot={self.root['lot_id']}&direction={way}")
                attrs(
                    item, aria_current="true" if way == self.traced["direction"] else None, data_testid=f"trace.{way}"
                )

    # ------------------------------------------------------------ the picture

    def _graph(self) -> None:
        self.graph: TraceGraph | None = None
        with attrs(box("card tdraw", "section"), aria_label=self.t("trace.graph.graph")):
            with box("fx wrap tway"):
                self._directions()
                self._legend()
            if not self.ways["links"]:
                words = "trace.graph.still" if self.root["received"] or self.root["made"] else "trace.graph.nothing"
                Text("p", self.t(words), "muted pad")
                return
            roots = {f"lot:{lot}" for lot in self.traced["roots"]}
            self.graph = TraceGraph(
                self.picture, self.lang, roots, on_choose=acting(self._chosen), on_expand=acting(self._opened)
            )

    def _legend(self) -> None:
        with attrs(box("fx wrap small tlegend"), aria_hidden="true"):
            for name in ("width", "repack", "transit"):
                box(f"sample k-{name}", "span")
                Text("span", self.t(f"trace.graph.{name}"))

    async def _chosen(self, node: str) -> None:
        """A box was chosen: its rows are marked, its steps shown."""
        members = {node, *(folded for folded, shown in self.picture.folded.items() if shown == node)}
        self.table.choose(members)
        await self._steps_for(node, self._name(node))

    async def _opened(self, group: str) -> None:
        """A group was opened: its members are drawn, and their rows marked."""
        self.table.choose({folded for folded, shown in self.picture.folded.items() if shown == group})
        kind = group.removeprefix("group:")
        if kind not in self.opened:
            self.opened.add(kind)
            self.picture = draw(self.ways, self.opened)
            if self.graph is not None:
                self.graph.show(self.picture)

    async def _picked(self, row: Row) -> None:
        """A row was chosen: its box is ringed, its steps shown."""
        self.table.choose({row.node})
        if self.graph is not None:
            self.graph.select(self.picture.shown(row.node))
        await self._steps_for(row.node, row.name)

    def _name(self, node: str) -> str:
        found = next((one for one in self.ways["nodes"] if one["id"] == node), {})
        return str(found.get("name") or found.get("code") or self.root["lot"])

    # ------------------------------------------------------------ the steps

    async def _steps_for(self, node: str, name: str) -> None:
        facts = next((one for one in self.ways["nodes"] if one["id"] == node), {})
        lot = facts.get("lot_id") or self.root["lot_id"]
        self.steps_of = (lot, facts.get("partner"), name)
        await self._show_steps()

    async def _show_steps(self, cursor: str | None = None) -> None:
        lot, partner, name = self.steps_of
        office, actor = self.viewer.ctx.office, self.viewer.actor
        page: Any = await trace_papers.lot_steps(office, actor, lot, cursor, STEPS_SHOWN, partner)  # type: ignore[arg-type]
        self.steps.clear()
        with self.steps:
            Text("h2", self.t("trace.steps.title"))
            with box("fx wrap small"):
                icon("filter", "s")
                Text("span", self.t("trace.steps.of", name=name))
                if lot != self.root["lot_id"]:
                    link(self.t("trace.serial.whole_lot", lot=name), f"/trace?lot={quote(str(lot))}")
            if not page["items"]:
                Text("p", self.t("trace.steps.none"), "muted")
            steps_list(page["items"], self.lang, self.zone)
            if page["next"]:
                older = partial(self._show_steps, page["next"])
                button(self.t("trace.steps.older"), acting(older), icon_of="next", mark="trace.older")
