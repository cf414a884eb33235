"""The table under the map: rows in six orders, page by page, with the hold at every row; and the list of holds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from domain.stock import STATUS_COLOURS, STATUS_TEXTS, Status
from services import holds, stock_board
from ui.components.chips import chip
from ui.components.panels import empty
from ui.components.tables import Column, data_table
from ui.elements import Text, attrs, box, button, icon, icon_button, link, paper_link
from ui.forms.boxes import Entry
from ui.guard import acting
from ui.stock.hold_list import hold_columns
from ui.stock.holding import HoldDialog, hold_now
from ui.stock.ladder import left, name_of
from ui.stock.places import degrees, words_of

if TYPE_CHECKING:
    from ui.stock.board import Board

PAGE_SIZE = 25
HOLDABLE = ("PENDING", "QUALIFIED", "RETURN_PENDING")
STATUS_ICONS = {"PENDING": "pending", "RETURN_PENDING": "returned", "QUALIFIED": "passed", "HOLD": "locked"}


class StockTable:
    """The card with the table."""

    def __init__(self, board: Board) -> None:
        self.board, self.viewer = board, board.viewer
        self.cursors: list[str | None] = [None]
        self.drawn: Any = None
        with attrs(box("card stocklist", "section"), aria_label=board.t("stock.table")):
            with box("cardhead"):
                self.views = attrs(box("seg"), role="group", aria_label=board.t("stock.views"))
                self.count = attrs(Text("span", "", "small"), role="status")
                self._scan()
                self.export = box(tag="span")
            self.tokens = box("fx wrap tokens")
            self.rows = box()
            self.pager = box("pager")

    def _scan(self) -> None:
        board = self.board
        self.entry = Entry(
            "text", board.filters.get("q", ""), self._typed, scan=True, first=True, max=120,
            placeholder=board.t("stock.scan"), label=board.t("stock.scan_label"), mark="stock.scan",
        ).on_scanned(acting(self._found))  # fmt: skip

    async def _typed(self, text: str, _seq: int) -> None:
        if not str(text).strip() and self.board.filters.get("q"):
            await self._found("")

    async def _found(self, text: str, _told: object = None) -> None:
        """A code was scanned, or a word entered."""
        said = text.replace("␝", "\x1d").strip()[:200]
        self.board.filters.pop("location", None)
        self.board.filters.pop("q", None)
        if said:
            self.board.filters["q"] = said
        await self.board.changed()

    def begin(self) -> None:
        """Back to the first page."""
        self.cursors = [None]

    async def load(self) -> None:
        """Read the page that is shown; it is drawn anew only where it differs."""
        found, lots = await self._read()
        state = (self.board.view, dict(self.board.filters), len(self.cursors), found, lots)
        if state != self.drawn:
            self.drawn = state
            self._draw(found, lots)

    async def _read(self) -> tuple[Any, int | None]:
        board, actor = self.board, self.viewer.actor
        asked = {"cursor": self.cursors[-1], "limit": PAGE_SIZE}
        if board.view == "holds":
            site = board.summary["site"]
            return await holds.listing(board.office, actor, {**asked, "site": site, "state": "open"}), None
        found = await stock_board.rows(board.office, actor, board.code, board.view, {**board.filters, **asked})
        lots = await stock_board.count(board.office, actor, board.code, board.filters)
        return found, lots

    # ------------------------------------------------------------ drawing

    def _draw(self, found: Any, lots: int | None) -> None:
        self._draw_views()
        self.count.text = "" if lots is None else self.board.t("stock.lots_found", n=f"{lots:,}")
        self.export.clear()
        with self.export:
            self.board.excel()
        self._draw_tokens()
        self.rows.clear()
        with self.rows:
            if not found["items"]:
                self._nothing()
            elif self.board.view == "holds":
                data_table(hold_columns(self), found["items"], self.viewer.lang, label=self.board.t("stock.view.holds"))
            else:
                data_table(
                    self._columns(),
                    found["items"],
                    self.viewer.lang,
                    label=self.board.t("stock.table"),
                    group_of=self._group(),
                )
        self._draw_pager(found["next"])

    def _draw_views(self) -> None:
        self.views.clear()
        with self.views:
            for view in ("lot", "serial", "location", "zone", "temperature", "expiry", "holds"):
                item = attrs(
                    Text("button", self.board.t(f"stock.view.{view}")), type="button", data_testid=f"view.{view}"
                )
                attrs(item, aria_pressed=str(view == self.board.view).lower())
                item.on("click", acting(partial(self.board.show, view)), js_handler="() => emit()")

    def _draw_tokens(self) -> None:
        self.tokens.clear()
        shown = [] if self.board.view == "holds" else list(self.board.filters.items())
        self.tokens.set_visibility(bool(shown))
        with self.tokens:
            for name, value in shown:
                item = attrs(box("token", "button"), type="button", data_testid=f"token.{name}")
                with item:
                    Text("b", self._said(name, value))
                    icon("close", "s", name=self.board.t("stock.filter_off"))
                item.on("click", acting(partial(self._off, name)), js_handler="() => emit()")

    async def _off(self, name: str) -> None:
        if name == "q":
            self.entry.push("")
        await self.board.filter(name, None)

    def _said(self, name: str, value: Any) -> str:
        lang = self.viewer.lang
        if name == "zone":
            return words_of(value, lang)
        if name == "bucket":
            return self.board.t(f"stock.bucket.{value}")
        if name == "status" and value in Status.__members__:
            return STATUS_TEXTS[Status(value)].said_in(lang)
        if name == "transit":
            return self.board.t("stock.in_transit" if value else "stock.in_stock", n="").strip()
        return str(value).replace("\x1d", "␝")

    def _nothing(self) -> None:
        board = self.board
        if board.view == "holds":
            empty(board.t("stock.hold.none"), board.t("stock.hold.none_body"), icon_of="locked")
        elif board.filters:
            empty(board.t("stock.nothing"), board.t("stock.nothing_body"), icon_of="filter")
        else:
            empty(board.t("stock.empty"), board.t("stock.empty_body"), icon_of="stock")

    def _draw_pager(self, following: str | None) -> None:
        self.pager.clear()
        self.pager.set_visibility(following is not None or len(self.cursors) > 1)
        with self.pager:
            Text("span", self.board.t("stock.page", n=len(self.cursors)), "small")
            if len(self.cursors) > 1:
                button(
                    self.board.t("stock.previous"),
                    acting(self._back),
                    icon_of="previous",
                    small=True,
                    mark="stock.previous",
                )
            if following is not None:
                button(
                    self.board.t("stock.next"),
                    acting(partial(self._on, following)),
                    icon_of="next",
                    small=True,
                    mark="stock.next",
                )

    async def _back(self) -> None:
        self.cursors.pop()
        await self.load()

    async def _on(self, following: str) -> None:
        self.cursors.append(following)
        await self.load()

    # ------------------------------------------------------------ cells

    def _group(self) -> Any:
        lang, t = self.viewer.lang, self.board.t
        groups: dict[str, Any] = {
            "zone": lambda row: words_of(row["zone"], lang),
            "temperature": lambda row: t("stock.temperature.cold" if row["cold"] else "stock.temperature.ambient"),
            "expiry": lambda row: t(f"stock.bucket.{row['bucket']}"),
        }
        return groups.get(self.board.view)

    def _columns(self) -> list[Column[Any]]:
        t, lang, view = self.board.t, self.viewer.lang, self.board.view
        unit = [Column[Any](t("stock.column.serial"), lambda row: row["serial"], mono=True)] if view == "serial" else []
        return [
            Column(t("stock.column.product"), self._product),
            Column(t("stock.column.lot"), lambda row: row["lot"] or "—", mono=True),
            *unit,
            Column(t("stock.column.location"), self._places, mono=True),
            Column(t("stock.column.status"), self._status),
            Column(t("stock.column.quantity"), self._quantity, number=True),
            Column(t("stock.column.expiry"), self._expiry),
            Column(t("stock.column.storage"), lambda row: self._storage(row, lang)),
            Column(t("stock.column.acts"), self._acts),
        ]

    def _product(self, row: Any) -> None:
        Text("span", name_of(row, self.viewer.lang))
        if row["specification"]:
            Text("div", row["specification"], "small")

    def _places(self, row: Any) -> str:
        found = row.get("locations")
        if not isinstance(found, list):
            return str(row["location"])
        return found[0] if len(found) == 1 else f"{found[0]} +{len(found) - 1}"

    def _status(self, row: Any) -> None:
        shares = row.get("statuses") or {row.get("status"): None}
        with box("fx wrap gap4"):
            for status, quantity in shares.items():
                words = STATUS_TEXTS[Status(status)].said_in(self.viewer.lang)
                many = f" {quantity:,}" if quantity is not None and len(shares) > 1 else ""
                tone: Any = "red" if status == "HOLD" else STATUS_COLOURS[Status(status)]
                chip(words + many, tone, icon_of=STATUS_ICONS.get(status, "failed"))

    def _quantity(self, row: Any) -> None:
        Text("span", f"{row['quantity']:,} {row['unit']}", "q nowrap")
        if row.get("reserved"):
            Text("div", self.board.t("stock.reserved", n=f"{row['reserved']:,}"), "small")

    def _expiry(self, row: Any) -> None:
        Text("span", row["expiry"] or "—", "nowrap")
        if row["expiry"]:
            tone = {"expired": "badc", "d30": "warnc", "d90": "warnc"}.get(row["bucket"], "muted")
            Text("div", left(self.board, row), f"small {tone} nowrap")

    def _storage(self, row: Any, lang: str) -> None:
        low, high = row["temp_min"], row["temp_max"]
        if low is None and high is None:
            Text("span", "—")
        else:
            words = degrees(low, high)
            chip(words, "cold", icon_of="cold") if row["cold"] else Text("span", words, "nowrap")
        if not row["suits"]:
            Text("div", self.board.t("stock.temperature.unfit"), "small badc")

    def _acts(self, row: Any) -> None:
        with box("rowacts"):
            statuses = row.get("statuses") or {row.get("status"): 0}
            if any(status in HOLDABLE for status in statuses):
                self._hold(row)
            if "/trace" in self.viewer.ctx.paths:
                link(self.board.t("stock.trace"), f"/trace?lot={int(row['lot_id'])}", "btn low", icon_of="trace")
            self._labels(row)

    def _labels(self, row: Any) -> None:
        """The labels of what a row is about: its units, and its shelf where the row is at one."""
        lang, lot = self.viewer.lang, row["lot"] or row.get("serial") or row["product"]
        unit = f"&serial={quote(row['serial'], safe='')}" if row.get("serial") else ""
        way = f"/api/v1/labels/lots/{int(row['lot_id'])}?lang={lang}{unit}"
        paper_link("print", self.board.t("stock.print.lot", lot=lot), way, f"label.{row['lot_id']}")
        if self.board.view == "location" and row.get("location"):
            way = f"/api/v1/labels/locations/{quote(row['location'], safe='')}?lang={lang}"
            paper_link(
                "scan", self.board.t("stock.print.location", place=row["location"]), way, f"label.{row['location']}"
            )

    def _hold(self, row: Any) -> None:
        name = self.board.t("stock.hold.act_says", lot=row["lot"] or row.get("serial") or row["product"])
        act = button(
            self.board.t("stock.hold.act"), acting(partial(hold_now, self.board, row)), icon_of="locked", kind="danger",
            small=True, mark=f"hold.{row['lot_id']}",
        )  # fmt: skip
        attrs(act, title=name, aria_label=name)
        icon_button(
            "more", self.board.t("stock.hold.more"), acting(partial(self._ask, row)), mark=f"hold.more.{row['lot_id']}"
        )

    def _ask(self, row: Any) -> None:
        HoldDialog(self.board, row).open()
