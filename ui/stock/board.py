"""The stock board as one person has it open: what is chosen, read once, drawn in parts, and read again when it moved."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from nicegui import ui
from nicegui.element import Element

from domain.errors import RefusedError
from services import live, outlook, stock_board
from ui.components.panels import note
from ui.desk import office_of
from ui.elements import Text, attrs, box, icon, link
from ui.frame import page_head
from ui.guard import Viewer, acting
from ui.stock import ladder, places, tiles
from ui.stock.location_map import LocationMap
from ui.stock.table import StockTable
from ui.texts import choose

LOOK_SECONDS = 1.0
#: A busy database moves many times a second; the board reads again at most so often.
READ_AGAIN = 3.0
FILTERS = ("zone", "status", "bucket", "location", "q", "transit")
VIEWS = (*("lot", "serial", "location", "zone", "temperature", "expiry"), "holds")
PARTS = ("map", "ladder", "table")

#: On a tablet the scanner's field has the focus from the start; a program does not bring the keyboard up.
SCANNER_FIRST = (
    "if (matchMedia('(max-width: 1179px)').matches) document.querySelector('[data-testid=\"stock.scan\"]')?.focus()"
)


def asked(params: Mapping[str, str]) -> dict[str, str]:
    """What the address asks for: warehouse, view, filters, one hold."""
    known = ("warehouse", "view", "hold", *FILTERS)
    return {name: params[name][:200] for name in known if params.get(name)}


class Board:
    """The page of one warehouse."""

    def __init__(self, viewer: Viewer, warehouses: list[Any], wanted: dict[str, str], work: Element) -> None:
        self.viewer, self.warehouses, self.work = viewer, warehouses, work
        codes = [one["code"] for one in warehouses]
        self.code = wanted["warehouse"] if wanted.get("warehouse") in codes else codes[0]
        self.view = wanted["view"] if wanted.get("view") in VIEWS else "expiry"
        self.hold = wanted.get("hold")
        if self.hold:
            self.view = "holds"
        self.filters: dict[str, Any] = {name: wanted[name] for name in FILTERS if wanted.get(name)}
        if "transit" in self.filters:
            self.filters["transit"] = self.filters["transit"] == "true"
        self.office = office_of(viewer)
        self.beat, self.read_at = 0, 0.0
        self.summary: Any = {}
        self.cells: list[Any] = []

    def t(self, key: str, **values: object) -> str:
        """Words of the page."""
        return self.viewer.t(key, **values)

    # ------------------------------------------------------------ drawing

    async def open(self) -> None:
        """Read and draw everything, then follow the database."""
        self.zone = ZoneInfo(await outlook.zone_of(self.office, self.viewer.site.id if self.viewer.site else None))
        self.beat = (await live.pulse(self.office)).beat
        await self._read()
        with self.work:
            with page_head(self.t("stock.title"), self._name()):
                attrs(link(self.t("registers.open"), "/registers", "btn", icon_of="reports"), data_testid="registers")
                self._choice()
            with box("pbody"):
                self.trouble = box()
                self.trouble.set_visibility(False)
                self.tiles = attrs(box("ztiles"), role="group", aria_label=self.t("stock.tiles"))
                self.where = attrs(box("seg"), role="group", aria_label=self.t("stock.where"))
                self._parts()
                with attrs(box("stack gap16 stockbody"), data_part="table") as self.body:
                    self._middle()
                    self.table = StockTable(self)
        self._refresh()
        await self.table.load()
        ui.run_javascript(SCANNER_FIRST)
        ui.timer(LOOK_SECONDS, acting(self.look))

    def _name(self) -> str:
        return next(choose(one["name"], self.viewer.lang) for one in self.warehouses if one["code"] == self.code)

    def _choice(self) -> None:
        if len(self.warehouses) < 2:
            return
        with attrs(box("box", "select"), aria_label=self.t("stock.warehouse"), data_testid="stock.warehouse") as chosen:
            for one in self.warehouses:
                words = choose(one["name"], self.viewer.lang)
                attrs(Text("option", words), value=one["code"], selected=True if one["code"] == self.code else None)
        chosen.on(
            "change",
            acting(lambda event: self._elsewhere(str(event.args))),
            js_handler="(e) => emit(e.target.value)",
        )

    def _elsewhere(self, code: str) -> None:
        if code in [one["code"] for one in self.warehouses]:
            ui.navigate.to(f"/stock?{urlencode({'warehouse': code, 'view': self.view})}")

    def _parts(self) -> None:
        """On a narrow screen one part at a time."""
        self.part_buttons: dict[str, Element] = {}
        with attrs(box("seg stockparts"), role="group", aria_label=self.t("stock.parts")):
            for part in PARTS:
                item = attrs(Text("button", self.t(f"stock.part.{part}")), type="button", data_testid=f"part.{part}")
                attrs(item, aria_pressed=str(part == "table").lower())
                item.on("click", partial(self._show_part, part), js_handler="() => emit()")
                self.part_buttons[part] = item

    def _show_part(self, part: str) -> None:
        attrs(self.body, data_part=part)
        for name, item in self.part_buttons.items():
            attrs(item, aria_pressed=str(name == part).lower())

    def _middle(self) -> None:
        with box("stockmid"):
            with attrs(box("card stockmap", "section"), aria_label=self.t("stock.map.label")):
                with box("cardhead"):
                    Text("h2", self.t("stock.map.title", name=self._name()))
                    self.clock = Text("span", "", "small")
                    self._legend()
                self.map = LocationMap(
                    places.drawn(self.cells, self.viewer.lang), self.viewer.lang, acting(self.choose_place)
                )
            with attrs(box("card stockladder", "section"), aria_label=self.t("stock.ladder.title")):
                self.ladder = box()

    def _legend(self) -> None:
        with box("lmlegend"):
            with box(tag="span"):
                attrs(box("sw", "span"), aria_hidden="true")
                Text("span", self.t("stock.legend.free"))
            for name, drawing in (("soon", "due"), ("stopped", "locked")):
                with box("warnc" if name == "soon" else "badc", "span"):
                    icon(drawing, "s")
                    Text("span", self.t(f"stock.legend.{name}"))

    def _refresh(self) -> None:
        """Draw what was read: tiles, ways, map, ladder."""
        self.tiles.clear()
        with self.tiles:
            tiles.draw(self)
        self.where.clear()
        with self.where:
            tiles.draw_ways(self)
        self.ladder.clear()
        with self.ladder:
            ladder.draw(self)
        self.map.show(places.drawn(self.cells, self.viewer.lang))
        self.map.choose(str(self.filters.get("location") or ""))
        now = self.office.clock().astimezone(self.zone)
        self.clock.text = self.t("stock.live", time=f"{now:%H:%M:%S}")

    # ------------------------------------------------------------ reading

    async def _read(self) -> None:
        actor = self.viewer.actor
        self.summary = await stock_board.summary(self.office, actor, self.code)
        self.cells = await stock_board.cells(self.office, actor, self.code)
        found = await stock_board.rows(self.office, actor, self.code, "expiry", {"limit": 4, "transit": False})
        self.first = [one for one in found["items"] if one["bucket"] in ("expired", "d30", "d90")]
        self.read_at = time.monotonic()

    async def look(self) -> None:
        """The database moved: read again, not too often; rows change where they stand."""
        beat = (await live.pulse(self.office)).beat
        if beat == self.beat or time.monotonic() - self.read_at < READ_AGAIN:
            return
        self.beat = beat
        await self.again()

    async def again(self) -> None:
        """Read and draw everything anew."""
        before = (self.summary, self.cells)
        await self._read()
        if (self.summary, self.cells) != before:
            self._refresh()
        await self.table.load()

    # ------------------------------------------------------------ choosing

    async def filter(self, name: str, value: Any) -> None:
        """Set a filter, or take it away when it is set so already; the table follows."""
        if self.filters.get(name) == value or value is None:
            self.filters.pop(name, None)
        else:
            self.filters[name] = value
        if self.view == "holds":
            self.view = "expiry"
        await self.changed()

    async def choose_place(self, code: str) -> None:
        """A cell of the map."""
        await self.filter("location", code or None)

    async def show(self, view: str) -> None:
        """The table in another order."""
        self.view = view
        await self.changed()

    async def changed(self) -> None:
        """What is chosen changed: tiles, map and ladder mark it, the table begins anew."""
        self.table.begin()
        self._refresh()
        await self.table.load()
        query = {"warehouse": self.code, "view": self.view}
        query |= {name: str(value).lower() if name == "transit" else value for name, value in self.filters.items()}
        # urlencode leaves letters, digits, _.-~ + % & = only: nothing that ends the string
        ui.run_javascript(f"history.replaceState(null, '', '/stock?{urlencode(query)}')")

    def excel(self) -> None:
        """The link to the same table as a sheet."""
        query = {"warehouse": self.code, "view": "expiry" if self.view == "holds" else self.view}
        query |= {name: str(value).lower() if name == "transit" else value for name, value in self.filters.items()}
        attrs(
            link(self.t("stock.excel"), f"/api/v1/stock/board.xlsx?{urlencode(query)}", "btn", icon_of="download"),
            download="",
            data_testid="stock.excel",
        )

    def refused(self, fault: RefusedError) -> None:
        """A refusal in words, above everything."""
        self.trouble.clear()
        self.trouble.set_visibility(True)
        with self.trouble:
            note(fault.refusal.message.said_in(self.viewer.lang), tone="red", icon_of="refused")

    def untroubled(self) -> None:
        """Nothing is refused any more."""
        self.trouble.clear()
        self.trouble.set_visibility(False)
