"""Rows: a table to type and paste into on a desk, cards with a sheet to edit on a phone, plain rows for a column or two."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from domain.json_types import JsonObject
from forms.model import Field
from ui.elements import Text, attrs, box, button, icon_button, link
from ui.forms import values as convert
from ui.forms.columns import are_given, in_hand_order
from ui.forms.fields import FieldBox
from ui.texts import choose, t
from ui.trace.links import trace_of

#: Most characters of one paste: the socket takes a million bytes.
PASTE_MAX = 200_000
PASTED = (
    "(e) => { if (e.target.tagName === 'INPUT' || e.target.tagName === 'TEXTAREA') return; e.preventDefault(); "
    "emit(e.clipboardData.getData('text/plain')) }"
)


def is_small(grid: Field) -> bool:
    """Whether rows are drawn as plain boxes: one or two simple columns."""
    return len(grid.items) <= 2 and all(not one.fields and one.format != "attachment" for one in grid.items)


class Rows(FieldBox):
    """What all kinds of rows share."""

    labelled = False

    def rows(self) -> list[JsonObject]:
        """The rows as entered."""
        value: Any = self.view.state.values.get(self.one.name) if self.pointer.count("/") == 1 else self.value()
        return value if isinstance(value, list) else []

    def columns(self) -> list[Field]:
        """The columns in the order of the hands."""
        return in_hand_order(self.one.items, self.one.row_key)

    def are_given(self) -> bool:
        """Whether the rows come with the case, so that nobody adds or removes one."""
        return are_given(self.one.items, self.one.row_key)

    def add_row(self, values: JsonObject | None = None) -> int:
        """Append a row; its number from 0."""
        rows = [*self.rows(), values if values is not None else self._new_row()]
        self.view.put(self.pointer, list(rows))
        return len(rows) - 1

    def _new_row(self) -> JsonObject:
        fresh: JsonObject = {one.name: one.default for one in self.columns() if one.default is not None}
        key = next((one for one in self.columns() if one.name == self.one.row_key), None)
        if key is not None and not key.read_only and key.name == "line_no":
            used = {str(row.get("line_no")) for row in self.rows()}
            number = next(n for n in range(1, len(used) + 2) if f"L{n}" not in used)
            fresh["line_no"] = f"L{number}"
        return fresh

    def remove_row(self, index: int) -> None:
        """Take a row away."""
        rows: list[Any] = [row for position, row in enumerate(self.rows()) if position != index]
        self.view.put(self.pointer, rows or None)

    def is_full(self) -> bool:
        """Whether the form allows no further row."""
        return self.one.max_items is not None and len(self.rows()) >= self.one.max_items


class RowsBox(Rows):
    """Plain boxes, one line a row."""

    def draw(self) -> None:
        if not self.rows():
            self.view.state.values[self.one.name] = [self._new_row()]
        self.list = box("rowlist")
        self._draw_rows()
        button(t("forms.add_row", self.lang), self._add, icon_of="add", small=True, mark=f"add{self.pointer}")

    def _draw_rows(self) -> None:
        self.view.forget(f"{self.pointer}/")
        self.list.clear()
        with self.list:
            for index in range(len(self.rows())):
                with box("fx rowline"):
                    with box("fgrid grow"):
                        for column in self.columns():
                            self.view.add(f"{self.pointer}/{index}/{column.name}")
                    icon_button("close", t("forms.remove_row", self.lang, n=index + 1), partial(self._remove, index))

    def _add(self) -> None:
        index = self.add_row()
        self._draw_rows()
        self.view.refresh()
        self.view.focus(f"{self.pointer}/{index}/{self.columns()[0].name}")

    def _remove(self, index: int) -> None:
        self.remove_row(index)
        self._draw_rows()
        self.view.refresh()

    def push(self) -> None:
        self._draw_rows()


class ReadTable(FieldBox):
    """Rows that nobody types here: a table in its own scrolling box, cards on a phone."""

    labelled = False

    def draw(self) -> None:
        self.place = box()
        self._drawn: Any = None

    def columns(self) -> list[Field]:
        """The columns in the order of the hands."""
        return in_hand_order(self.one.items, self.one.row_key)

    def rows(self) -> list[Any]:
        """The rows that are shown."""
        value = self.value()
        return value if isinstance(value, list) else []

    def is_empty(self) -> bool:
        return not self.rows()

    def refresh(self, fault: str) -> None:
        rows = self.rows()
        if rows != self._drawn:
            self._drawn = [dict(row) for row in rows]
            self.place.clear()
            with self.place:
                self._table(rows)
        super().refresh(fault)

    def _table(self, rows: list[Any]) -> None:
        columns = [one for one in self.columns() if any(row.get(one.name) is not None for row in rows)]
        label = choose(self.one.label, self.lang)
        with (
            attrs(box("tbox"), tabindex="0", role="region", aria_label=label),
            attrs(box("t tcards", "table"), aria_label=label),
        ):
            with box(tag="thead"), box(tag="tr"):
                for one in columns:
                    attrs(Text("th", choose(one.label, self.lang), _number(one)), scope="col")
            with box(tag="tbody"):
                for row in rows:
                    with box(tag="tr"):
                        for one in columns:
                            self._cell(one, row)

    def _cell(self, one: Field, row: Any) -> None:
        words, label = convert.said(one, row.get(one.name), self.lang, self.view.zone), choose(one.label, self.lang)
        way = trace_of(one.name, row.get(one.name), row)
        if way is None:
            attrs(Text("td", words, _number(one)), data_label=label)
            return
        with attrs(box("", "td"), data_label=label):
            attrs(link(words, way, "tap"), target="_blank")


def _number(one: Field) -> str:
    return "n" if one.type in ("integer", "number") else ""


class TableBox(Rows):
    """An AG Grid on a desk, cards on a phone; a sheet edits a whole row on both."""

    def draw(self) -> None:
        self._shown: list[Any] = []
        self.selected = 0
        with box("gridbar fx wrap"):
            if not self.are_given():
                button(t("forms.add_row", self.lang), self._add, icon_of="add", small=True, mark=f"add{self.pointer}")
            with box("wideonly fx"):
                button(
                    t("forms.edit_row", self.lang),
                    lambda: self.open_sheet(self.selected),
                    icon_of="edit",
                    small=True,
                    mark=f"edit{self.pointer}",
                )
                if not self.are_given():
                    button(t("forms.remove_selected", self.lang), self._remove_selected, icon_of="delete", small=True)
                Text("span", t("forms.paste_hint", self.lang), "small")
        with box("wideonly"):
            self.grid = ui.aggrid(self._options(), theme="quartz", auto_size_columns=False).classes("fitgrid")
            self.grid.on("cellValueChanged", self._cell_changed, args=["colId", "newValue", "data"])
            self.grid.on("cellFocused", self._focused, args=["rowIndex"])
            self.grid.on(
                "rowDoubleClicked", lambda event: self.open_sheet(int(event.args["rowIndex"])), args=["rowIndex"]
            )
            self.grid.on("paste", self._pasted, js_handler=PASTED)
        self.cards = box("phoneonly cards")

    # ------------------------------------------------------------ the table

    def _options(self) -> JsonObject:
        return {
            "columnDefs": [self._column(one) for one in self.columns()],
            "rowData": [],
            ":getRowId": "p => String(p.data._i)",
            "domLayout": "autoHeight",
            "singleClickEdit": False,
            "stopEditingWhenCellsLoseFocus": True,
            "enterNavigatesVertically": False,
            "suppressMovableColumns": True,
            "tooltipShowDelay": 200,
            "overlayNoRowsTemplate": f"<span>{t('forms.no_rows', self.lang)}</span>",
        }

    def _column(self, one: Field) -> Any:
        number = one.type in ("integer", "number")
        editable = not one.read_only and one.format != "attachment" and not one.fields
        name = choose(one.label, self.lang) + (" *" if one.required and not one.read_only else "")
        column: dict[str, Any] = {
            "headerName": name,
            "field": one.name,
            "editable": editable,
            "width": max(96, min(240, 30 + sum(14 if ord(char) > 0x2E80 else 8 for char in name))),
            "sortable": False,
            "cellClass": ("num " if number else "") + ("" if editable else "readonly"),
            "headerClass": "num" if number else "",
            "cellClassRules": {"wrong": f"data._e && data._e['{one.name}']"},
            ":tooltipValueGetter": f"p => (p.data._e || {{}})['{one.name}'] || p.value",
        }
        if one.enum:
            column["cellEditor"] = "agSelectCellEditor"
            column["cellEditorParams"] = {"values": ["", *(choose(words, self.lang) for _, words in one.enum)]}
        if one.name == self.one.row_key:
            column["pinned"] = "left"
        return column

    def _row(self, index: int, row: JsonObject) -> Any:
        state = self.view.state
        shown: dict[str, Any] = {"_i": index, "_e": {}}
        settled: Any = state.shown.get(self.one.name) or []
        computed = settled[index : index + 1] or [{}]
        for one in self.columns():
            value = computed[0].get(one.name) if one.read_only else row.get(one.name)
            is_plain = not (one.enum or one.format == "attachment")
            shown[one.name] = (
                convert.typed(one, value, self.view.zone)
                if is_plain
                else convert.said(one, value, self.lang, self.view.zone)
            )
        return shown

    def refresh(self, fault: str) -> None:
        said: dict[int, dict[str, str]] = {}
        for one in self.view.state.said():
            place = one.pointer.removeprefix(f"{self.pointer}/").split("/")
            if one.pointer.startswith(f"{self.pointer}/") and place[0].isdigit():
                said.setdefault(int(place[0]), {}).setdefault("/".join(place[1:]), one.message.said_in(self.lang))
        rows = [self._row(index, row) for index, row in enumerate(self.rows())]
        for row in rows:
            row["_e"] = said.get(row["_i"], {})
        self._update(rows)
        super().refresh(fault)

    def _update(self, rows: list[Any]) -> None:
        before, self._shown = self._shown, rows
        if rows == before:
            return
        if len(rows) == len(before):
            changed = [row for row, old in zip(rows, before, strict=True) if row != old]
            self.grid.run_grid_method("applyTransaction", {"update": changed})
            self.grid.run_grid_method("refreshCells", {"force": True})
        else:
            self.grid.run_grid_method("setGridOption", "rowData", rows)
        # For a browser that draws the grid anew.
        self.grid.props["options"]["rowData"] = rows
        self._draw_cards()

    def _cell_changed(self, event: GenericEventArguments) -> None:
        row, name, typed = int(event.args["data"]["_i"]), str(event.args["colId"]), event.args["newValue"]
        one = next((one for one in self.columns() if one.name == name), None)
        if one is None or row >= len(self.rows()):
            return
        self._enter(row, one, typed)
        self.view.state.touch(f"{self.pointer}/{row}/{name}")
        self.view.changed()

    def _enter(self, row: int, one: Field, typed: Any) -> None:
        text = "" if typed is None else str(typed)
        chosen = next((key for key, words in one.enum if choose(words, self.lang) == text or key == text), None)
        value = chosen if one.enum and chosen is not None else convert.read(one, text, self.view.zone)
        self.view.state.put(f"{self.pointer}/{row}/{one.name}", value)

    def _focused(self, event: GenericEventArguments) -> None:
        if event.args.get("rowIndex") is not None:
            self.selected = int(event.args["rowIndex"])

    def _pasted(self, event: GenericEventArguments) -> None:
        """Cells of a spreadsheet: appended as rows, columns in the order of the table; a heading row is recognised."""
        lines = [line.split("\t") for line in str(event.args)[:PASTE_MAX].splitlines() if line.strip()]
        columns = [one for one in self.columns() if not one.read_only and one.format != "attachment"]
        labels = {choose(one.label, lang).casefold(): one for one in self.columns() for lang in ("zh", "en")}
        heading = [labels.get(cell.strip().rstrip("*").strip().casefold()) for cell in lines[0]] if lines else []
        if lines and sum(one is not None for one in heading) >= max(1, len(lines[0]) // 2):
            lines, order = lines[1:], heading
        else:
            order = list(columns)
        for cells in lines[: (self.one.max_items or 500) - len(self.rows())]:
            rows = self.view.state.values.setdefault(self.one.name, [])
            rows.append({})  # type: ignore[union-attr]
            for one, cell in zip(order, cells, strict=False):
                if one is not None and not one.read_only:
                    self._enter(len(rows) - 1, one, cell)  # type: ignore[arg-type]
        self.view.state.touch(self.pointer)
        self.view.changed()

    # ------------------------------------------------------------ rows

    def _add(self) -> None:
        self.open_sheet(self.add_row())

    def _remove_selected(self) -> None:
        if self.selected < len(self.rows()):
            self.remove_row(self.selected)
            self.selected = max(0, self.selected - 1)

    def _draw_cards(self) -> None:
        self.cards.clear()
        with self.cards:
            for row in self._shown:
                with box("rowcard bad" if row["_e"] else "rowcard"):
                    with box("grow"):
                        Text("b", self._name_of(row), "strong")
                        Text("div", self._rest_of(row), "small")
                        if row["_e"]:
                            Text("div", t("forms.to_correct", self.lang, n=len(row["_e"])), "msg")
                    icon_button(
                        "edit", t("forms.edit_row_n", self.lang, n=row["_i"] + 1), partial(self.open_sheet, row["_i"])
                    )
                    if not self.are_given():
                        place = row["_i"]
                        icon_button(
                            "delete", t("forms.remove_row", self.lang, n=place + 1), partial(self.remove_row, place)
                        )

    def _name_of(self, row: Any) -> str:
        names = [
            str(row.get(name)) for name in (self.one.row_key or "", "product_name", "product_code") if row.get(name)
        ]
        return " · ".join(names[:2]) or t("forms.row_n", self.lang, n=row["_i"] + 1)

    def _rest_of(self, row: Any) -> str:
        shown = [
            one for one in self.columns() if not one.read_only and row.get(one.name) and one.name != self.one.row_key
        ]
        return " · ".join(
            f"{choose(one.label, self.lang)} {str(row[one.name]).replace(chr(29), '␝')}" for one in shown[:5]
        )

    # ------------------------------------------------------------ the sheet

    def open_sheet(self, index: int) -> None:
        """Edit one row as a form of its own."""
        if index >= len(self.rows()):
            return
        self.selected = index
        title = t("forms.row_n", self.lang, n=index + 1)
        # Slots are entered by code that runs in events too: the sheet belongs to the field's place on the page.
        with self.root, attrs(ui.dialog(value=True), aria_label=title) as dialog, box("dlg sheet form"):
            with box("h"):
                Text("h1", f"{choose(self.one.label, self.lang)} · {title}", "grow")
                icon_button("close", t("common.verbs.close", self.lang), dialog.close)
            with box("c"), box("fgrid"):
                for one in self.columns():
                    self.view.add(f"{self.pointer}/{index}/{one.name}")
            with box("f"):
                box("grow")
                button(t("forms.done_row", self.lang), dialog.close, kind="primary", icon_of="done", mark="sheet.done")
        self.view.refresh()
        dialog.on("hide", partial(self._closed, dialog, index), js_handler="() => emit()")

    def _closed(self, dialog: Element, index: int) -> None:
        self.view.forget(f"{self.pointer}/{index}/")
        self.view.state.touch(f"{self.pointer}/{index}")
        dialog.delete()
        self.view.refresh()

    def push(self) -> None:
        self.view.refresh()

    def focus(self, pointer: str) -> bool:
        place = pointer.removeprefix(f"{self.pointer}/").split("/")
        if pointer.startswith(f"{self.pointer}/") and place[0].isdigit():
            self.open_sheet(int(place[0]))
            return True
        ui.run_javascript(f"gspDesk.focus('{self.root.html_id}')")
        return True
