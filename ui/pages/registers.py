"""`/registers`: choose a legal register and a period, see its first rows, take all of it; every list as a sheet."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from domain.errors import RefusedError
from services import list_sheets, registers
from ui.audit.filters import asked
from ui.audit.refused import refused_page
from ui.components.panels import empty, note
from ui.components.sheets import excel_link
from ui.components.tables import Column, data_table
from ui.context import UiContext
from ui.desk import office_of
from ui.elements import Text, attrs, box, button, link
from ui.frame import frame, page_head
from ui.guard import Viewer, page
from ui.texts import choose

FILTERS = ("kind", "from", "to")
DAYS = 31


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/registers", title="registers.title")
    async def all_registers(viewer: Viewer, request: Request) -> None:
        await _draw(viewer, asked(request.query_params, FILTERS))


async def _draw(viewer: Viewer, filters: dict[str, str]) -> None:
    office = office_of(viewer)
    known: list[Any] = [*registers.listing(office, viewer.actor)]
    wanted = _wanted(viewer, known, filters)
    try:
        found: Any = await registers.first_rows(office, viewer.actor, wanted) if wanted else None
    except RefusedError as refused:
        refused_page(viewer, "stock", refused)
        return
    crumbs: list[tuple[str, str | None]] = [(viewer.t("stock.title"), "/stock"), (viewer.t("registers.title"), None)]
    with frame(viewer, "stock", crumbs=crumbs) as work, work:
        with page_head(viewer.t("registers.title"), viewer.t("registers.note")):
            pass
        with box("pbody stack gap16"):
            if wanted is None:
                with box("card"):
                    empty(viewer.t("registers.none_at_all"), viewer.t("registers.none_at_all_body"), icon_of="locked")
            else:
                _form(viewer, known, wanted)
                _rows(viewer, found, wanted)
            _lists(viewer)


def _wanted(viewer: Viewer, known: list[Any], filters: dict[str, str]) -> registers.Asked | None:
    """What the address asks for; the first register and the last month without it."""
    if not known:
        return None
    keys = [one["key"] for one in known]
    key = filters["kind"] if filters.get("kind") in keys else keys[0]
    end = _day(filters.get("to")) or office_of(viewer).clock().date() + timedelta(days=1)
    begin = _day(filters.get("from")) or end - timedelta(days=DAYS)
    return registers.Asked(key, min(begin, end), end, viewer.lang)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _form(viewer: Viewer, known: list[Any], wanted: registers.Asked) -> None:
    form = attrs(box("card pad filters", "form"), method="get", action="/registers", role="search")
    with attrs(form, aria_label=viewer.t("registers.which")), box("fgroup"):
        with box("field grow"):
            caption = Text("label", viewer.t("registers.which"))
            with attrs(box("box", "select"), name="kind", data_testid="registers.kind") as control:
                for one in known:
                    attrs(
                        Text("option", choose(one["title"], viewer.lang)),
                        value=one["key"],
                        selected=True if one["key"] == wanted.key else None,
                    )
            attrs(control, id=control.html_id)
            attrs(caption, for_=control.html_id)
        for name, day in (("from", wanted.begin), ("to", wanted.end)):
            with box("field"):
                caption = Text("label", viewer.t(f"registers.{name}"))
                entry = attrs(box("box", "input"), type="date", name=name, value=day.isoformat())
                attrs(entry, id=entry.html_id, data_testid=f"registers.{name}")
                attrs(caption, for_=entry.html_id)
        with box("fx go-row"):
            button(viewer.t("registers.show"), icon_of="search", submit=True, kind="primary", mark="registers.show")


def _rows(viewer: Viewer, found: Any, wanted: registers.Asked) -> None:
    title = choose(found["title"], viewer.lang)
    with attrs(box("card", "section"), data_testid="registers.rows"):
        with box("reghead"):
            Text("h2", title)
            Text("span", viewer.t("registers.law", law=found["law"]), "small")
            with box("fx wrap"):
                for form in ("xlsx", "json"):
                    _download(viewer, wanted, form)
        if not found["items"]:
            empty(viewer.t("registers.none"), viewer.t("registers.none_body"), icon_of="info")
            return
        columns: list[Column[Any]] = [Column(head["title"], partial(_cell, head["key"])) for head in found["heads"]]
        label = viewer.t("registers.rows", title=title, n=len(found["items"]))
        table = data_table(columns, found["items"], viewer.lang, label=label).classes("regtable")
        attrs(table, tabindex="0", role="region", aria_label=label)  # it scrolls sideways, also with the keys
        if found["more"]:
            with box("pad"):
                note(viewer.t("registers.more"), icon_of="info")


def _cell(key: str, row: Any) -> str:
    value = row[key]
    return "" if value is None else str(value)


def _download(viewer: Viewer, wanted: registers.Asked, form: str) -> None:
    query = {"from": wanted.begin.isoformat(), "to": wanted.end.isoformat(), "format": form, "lang": viewer.lang}
    words = viewer.t("registers.excel" if form == "xlsx" else "registers.json")
    href = f"/api/v1/registers/{wanted.key}?{urlencode(query)}"
    attrs(link(words, href, "btn", icon_of="download"), download="", data_testid=f"registers.{form}")


def _lists(viewer: Viewer) -> None:
    with attrs(box("card pad", "section"), data_testid="registers.lists"):
        Text("h2", viewer.t("registers.lists"))
        Text("p", viewer.t("registers.lists_note"), "small")
        with box("reglists", "ul"):
            for key, kind in list_sheets.LISTS.items():
                with box("fx", "li"):
                    Text("span", kind.title.said_in(viewer.lang), "grow")
                    excel_link(viewer, key)
