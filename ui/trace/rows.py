"""The table under the picture: one row for each place and party, the truth that the picture draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from ui.elements import Text, attrs, box, button, icon
from ui.texts import Lang, label, t

Group = Literal["customers", "stock", "transit"]
ROWS_SHOWN = 100
ICONS: Mapping[str, str] = {"customers": "hospital", "stock": "site", "transit": "truck", "supplier": "supplier"}


@dataclass(frozen=True)
class Row:
    """One row: in which group it counts, which box of the picture it belongs to, and its words."""

    group: str
    node: str
    name: str
    note: str
    lot: str
    quantity: str
    state: str
    tone: str = ""
    last: str = ""
    contact: str = ""


def rows_of(traced: Mapping[str, Any], ways: Mapping[str, Any], lang: Lang) -> list[Row]:
    """The rows of a trace, customers first, the largest first."""
    lots = {one["lot_id"]: one for one in traced["lots"]}
    made = _Maker(traced, lots, _stores(ways), lang)
    if traced["direction"] == "up":
        return [made.supplier(one) for one in traced["suppliers"]]
    return [row for one in traced["consignees"] for row in made.customer(one)] + [
        made.stock(one) for one in traced["stock"]
    ]


def _stores(ways: Mapping[str, Any]) -> dict[tuple[int, str], str]:
    """The box of each store and road, by lot and code."""
    return {(one["lot_id"], one["code"]): one["id"] for one in ways["nodes"] if one["kind"] in ("store", "transit")}


class _Maker:
    """Makes rows in one language."""

    def __init__(
        self, traced: Mapping[str, Any], lots: Mapping[int, Any], stores: Mapping[tuple[int, str], str], lang: Lang
    ) -> None:
        self.lang: Lang = lang
        self.traced, self.lots, self.stores = traced, lots, stores
        self.only = traced["lots"][0] if len(traced["lots"]) == 1 else None

    def customer(self, one: Mapping[str, Any]) -> list[Row]:
        """A customer: what it has, and in a row of its own what is on the way to it."""
        name, node = self._name(one), f"customer:{one['partner'] if one['partner'] is not None else 'none'}"
        lot = self.lots.get(one.get("lot_id") or -1) or self.only
        shared = {"node": node, "name": name, "note": one["code"], "last": one["last"][:10], "contact": one["contact"]}
        shared |= {"lot": lot["lot"] if lot else ""}
        unit = lot["unit"] if lot else ""
        found: list[Row] = []
        if one["out"] or one["returned"]:
            state = t("trace.table.sold", self.lang)
            if one["returned"]:
                state = t("trace.table.had", self.lang, out=f"{one['out']:,}", back=f"{one['returned']:,}")
            found.append(Row("customers", quantity=_qty(one["out"] - one["returned"], unit), state=state, **shared))
        if one["lent"]:
            words = t("trace.table.lent", self.lang)
            found.append(Row("customers", quantity=_qty(one["lent"], unit), state=words, tone="yellow", **shared))
        if one["in_transit"]:
            words = t("trace.on_the_road", self.lang)
            found.append(Row("transit", quantity=_qty(one["in_transit"], unit), state=words, tone="yellow", **shared))
        return found

    def stock(self, one: Mapping[str, Any]) -> Row:
        """Units in one place."""
        lot = self.lots[one["lot_id"]]
        road = one["kind"] == "TRANSIT"
        node = self.stores.get((one["lot_id"], one["location" if road else "warehouse"] or ""), f"lot:{one['lot_id']}")
        tone = {"QUALIFIED": "green", "REJECTED": "red", "RECALLED": "red"}.get(one["status"], "yellow")
        words = label("trace.status", one["status"], self.lang)
        if road:
            words = f"{t('trace.on_the_road', self.lang)} · {words}"
        name = f"{one['warehouse_name'] or one['warehouse'] or ''} {one['location']}".strip()
        return Row(
            "transit" if road else "stock",
            node,
            name,
            one["owner"],
            lot["lot"],
            _qty(one["quantity"], lot["unit"]),
            words,
            tone,
        )

    def supplier(self, one: Mapping[str, Any]) -> Row:
        """Who a lot was bought from."""
        lot = self.lots[one["lot_id"]]
        words = t("trace.table.supplied", self.lang)
        if one["sent_back"]:
            words = t("trace.table.had", self.lang, out=f"{one['received']:,}", back=f"{one['sent_back']:,}")
        return Row(
            "supplier", f"supplier:{one['partner'] if one['partner'] is not None else 'none'}", self._name(one),
            one["code"], lot["lot"], _qty(one["received"], lot["unit"]), words, "", one["first"][:10], one["contact"],
        )  # fmt: skip

    def _name(self, one: Mapping[str, Any]) -> str:
        name = one["name_en"] if self.lang == "en" and one["name_en"] else one["name"]
        return name or t("trace.unknown_party", self.lang)


def _qty(qty: int, unit: str) -> str:
    return f"{qty:,} {unit}".strip()


class RowTable:
    """The table, filtered by group; `on_pick(row)` when a row is chosen."""

    def __init__(self, rows: Sequence[Row], lang: Lang, on_pick: Callable[[Row], Any]) -> None:
        self.lang: Lang = lang
        self.rows, self.on_pick = rows, on_pick
        self.group, self.most = "all", ROWS_SHOWN
        self.drawn: list[tuple[Row, Any]] = []
        self.chosen: set[str] = set()

    def draw(self) -> None:
        """Head with filters, and the table."""
        with box("fx wrap thead"):
            Text("h2", t("trace.table.title", self.lang))
            Text("span", t("trace.table.rows", self.lang, n=f"{len(self.rows):,}"), "small grow")
            self.filters = attrs(box("seg"), role="group", aria_label=t("trace.table.filter", self.lang))
        self.body = box("tbox")
        self.foot = box("fx pager")
        self._fill()

    def choose(self, nodes: set[str]) -> None:
        """Mark the rows of these boxes and bring the first into view."""
        self.chosen = nodes
        first = True
        for row, line in self.drawn:
            on = row.node in nodes
            attrs(line, aria_selected="true" if on else "false")
            if on and first:
                line.run_method("scrollIntoView", {"block": "nearest"})
                first = False

    def _filter(self, group: str) -> None:
        self.group, self.most = group, ROWS_SHOWN
        self._fill()

    def _more(self) -> None:
        self.most += ROWS_SHOWN
        self._fill()

    def _fill(self) -> None:
        shown = [row for row in self.rows if self.group in ("all", row.group)]
        self._segments()
        self.body.clear()
        self.drawn = []
        with self.body, attrs(box("t tcards", "table"), aria_label=t("trace.table.title", self.lang)):
            with box(tag="thead"), box(tag="tr"):
                for name in ("where", "lot", "quantity", "state", "last", "contact"):
                    attrs(
                        Text("th", t(f"trace.table.{name}", self.lang), "n" if name == "quantity" else ""), scope="col"
                    )
            with box(tag="tbody"):
                for row in shown[: self.most]:
                    self._row(row)
                if not shown:
                    with box(tag="tr"):
                        attrs(Text("td", t("trace.table.empty", self.lang), "muted"), colspan=6)
        self.foot.clear()
        if len(shown) > self.most:
            with self.foot:
                rest = min(ROWS_SHOWN, len(shown) - self.most)
                button(t("trace.table.more", self.lang, n=rest), self._more, icon_of="menu", mark="trace.more")

    def _segments(self) -> None:
        self.filters.clear()
        counts = {group: sum(row.group == group for row in self.rows) for group in ("customers", "stock", "transit")}
        with self.filters:
            for group, number in {"all": len(self.rows), **counts}.items():
                words = t(f"trace.table.{group}", self.lang, n=f"{number:,}")
                item = attrs(Text("button", words), type="button", aria_pressed=str(group == self.group).lower())
                item.on("click", partial(self._filter, group), js_handler="() => emit()")

    def _row(self, row: Row) -> None:
        line = attrs(
            box("go", "tr"), tabindex="0", aria_selected=str(row.node in self.chosen).lower(), data_node=row.node
        )
        line.on("click", partial(self.on_pick, row), js_handler="() => emit()")
        self.drawn.append((row, line))
        titles = [
            t(f"trace.table.{name}", self.lang) for name in ("where", "lot", "quantity", "state", "last", "contact")
        ]
        with line:
            with attrs(box(tag="td"), data_label=titles[0]), box("fx"):
                icon(ICONS.get(row.group, "info"), "muted")
                Text("span", row.name, "strong")
                if row.note:
                    Text("span", row.note, "small mono")
            self._cell(titles[1], row.lot, "mono")
            self._cell(titles[2], row.quantity, "n strong")
            with attrs(box(tag="td"), data_label=titles[3]):
                Text("span", row.state, f"chip {row.tone}" if row.tone else "")
            self._cell(titles[4], row.last, "nowrap")
            self._cell(titles[5], row.contact)

    def _cell(self, title: str, words: str, classes: str = "") -> None:
        with attrs(box(classes, "td"), data_label=title):
            Text("span", words or t("trace.none", self.lang))
