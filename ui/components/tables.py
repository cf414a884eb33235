"""Plain tables up to some fifty rows; longer lists use `ui.aggrid` with server pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from nicegui.element import Element

from ui.elements import Text, attrs, box
from ui.texts import Lang, t

Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column: its heading and what it draws or says for a row. `number` aligns right."""

    title: str
    cell: Callable[[Row], str | None]
    number: bool = False
    mono: bool = False


def data_table(
    columns: Sequence[Column[Row]],
    rows: Sequence[Row],
    lang: Lang,
    *,
    label: str,
    on_open: Callable[[Row], Any] | Callable[[Row], Awaitable[Any]] | None = None,
    group_of: Callable[[Row], str] | None = None,
    empty_text: str | None = None,
) -> Element:
    """A table in its own scrolling box; cards on phones.

    A cell that returns None has drawn itself inside its `td`. `on_open` makes rows clickable and reachable by Tab;
    Enter opens. `group_of` writes a heading row whenever its value changes.
    """
    frame = box("tbox")
    with frame, attrs(box("t tcards", "table"), aria_label=label):
        with box(tag="thead"), box(tag="tr"):
            for column in columns:
                attrs(Text("th", column.title, "n" if column.number else ""), scope="col")
        with box(tag="tbody"):
            _rows(columns, rows, on_open, group_of)
            if not rows:
                with box(tag="tr"):
                    attrs(Text("td", empty_text or t("common.table.empty", lang), "muted"), colspan=len(columns))
    return frame


def _rows(
    columns: Sequence[Column[Row]],
    rows: Sequence[Row],
    on_open: Callable[[Row], Any] | None,
    group_of: Callable[[Row], str] | None,
) -> None:
    group: str | None = None
    for row in rows:
        if group_of and group_of(row) != group:
            group = group_of(row)
            with box("tgroup", "tr"):
                attrs(Text("th", group), colspan=len(columns), scope="colgroup")
        line = box("go" if on_open else "", "tr")
        if on_open:
            attrs(line, tabindex="0")
            line.on("click", partial(on_open, row), js_handler="() => emit()")
        with line:
            for column in columns:
                _cell(column, row)


def _cell(column: Column[Row], row: Row) -> None:
    classes = " ".join(name for name, on in (("n", column.number), ("mono", column.mono)) if on)
    cell = attrs(box(classes, "td"), data_label=column.title)
    with cell:
        words = column.cell(row)
        if words is not None:
            Text("span", words)
