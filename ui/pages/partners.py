"""`/partners`: suppliers, customers, makers, carriers with the paper that ends first; `/partners/{code}`: one view."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import Request

from domain.errors import RefusedError
from services import master_data
from ui.audit.filters import asked
from ui.audit.refused import refused_page
from ui.components.chips import chip
from ui.components.sheets import excel_link, pack_link
from ui.components.tables import Column, data_table
from ui.context import UiContext
from ui.elements import Text, attrs, box, link
from ui.frame import frame, page_head
from ui.guard import Viewer, page
from ui.master.listing import PAGE_SIZE, Choice, listed, search_form
from ui.master.parts import (
    change_button,
    choice_word,
    days_left,
    decisions,
    facts,
    history,
    papers,
    prices,
    section,
    state_of_qualification,
)

FILTERS = ("q", "kind", "cursor")
KINDS = ("SUPPLIER", "CUSTOMER", "MAKER", "CARRIER")
FILE = (
    "code", "kind", "supplier_type", "name", "name_en", "uscc", "legal_representative", "business_scope", "address",
    "contact", "phone", "retired_at",
)  # fmt: skip


def register(ctx: UiContext) -> None:
    """Declare the pages."""

    @page(ctx, "/partners", title="master.partners")
    async def partner_list(viewer: Viewer, request: Request) -> None:
        await _list(viewer, asked(request.query_params, FILTERS))

    @page(ctx, "/partners/{code}", title="master.partners")
    async def partner(viewer: Viewer, code: str) -> None:
        await _one(viewer, code)


async def _list(viewer: Viewer, filters: dict[str, str]) -> None:
    office: Any = viewer.ctx.office
    try:
        found = await master_data.partner_list(office, viewer.actor, {**filters, "limit": PAGE_SIZE})
    except RefusedError as refused:
        refused_page(viewer, "partners", refused)
        return
    with frame(viewer, "partners", crumbs=[(viewer.t("master.partners"), None)]) as work, work:
        with page_head(viewer.t("master.partners"), viewer.t("master.partners_note")):
            excel_link(viewer, "partners", filters)
        with box("pbody"):
            kinds = [(key, choice_word("partner", "kind", key, viewer)) for key in KINDS]
            search_form(viewer, "/partners", filters, [Choice("kind", kinds)])
            listed(viewer, "/partners", filters, _columns(viewer), found, viewer.t("master.partners"))


def _columns(viewer: Viewer) -> list[Column[Any]]:
    return [
        Column(viewer.t("master.partner"), partial(_name, viewer)),
        Column(viewer.t("master.kind"), partial(_kind, viewer)),
        Column(viewer.t("master.first_paper"), partial(_first_paper, viewer)),
        Column(viewer.t("master.qualification"), lambda one: state_of_qualification(viewer, one["qualification"])),
        Column(viewer.t("master.contact"), lambda one: one["contact"] or "—"),
    ]


def _name(viewer: Viewer, one: Any) -> None:
    with box("stack gap0"):
        name = one["name"] if viewer.lang == "zh" else one["name_en"] or one["name"]
        attrs(link(name, f"/partners/{one['code']}", "strong tap"), data_testid="partner")
        Text("span", f"{one['code']} {one['uscc']}".strip(), "small mono")


def _kind(viewer: Viewer, one: Any) -> None:
    with box("fx wrap gap4"):
        chip(choice_word("partner", "kind", one["kind"], viewer))
        if one["retired_at"]:
            chip(viewer.t("master.retired"), "red", icon_of="locked")


def _first_paper(viewer: Viewer, one: Any) -> None:
    if not one["first_paper"]:
        Text("span", viewer.t("master.no_papers"), "muted")
        return
    with box("stack gap0"):
        Text("span", choice_word("credential", "kind", one["first_paper"], viewer), "small")
        days_left(viewer, one["first_paper_days_left"], one["first_paper_until"])


async def _one(viewer: Viewer, code: str) -> None:
    office: Any = viewer.ctx.office
    try:
        found: Any = await master_data.partner(office, viewer.actor, code)
    except RefusedError as refused:
        refused_page(viewer, "partners", refused)
        return
    name = found["name"] if viewer.lang == "zh" else found["name_en"] or found["name"]
    crumbs = [(viewer.t("master.partners"), "/partners"), (name, None)]
    with frame(viewer, "partners", crumbs=crumbs) as work, work:
        back = (viewer.t("common.frame.back"), "/partners")
        with page_head(name, f"{found['code']} · {found['uscc']}", back=back, chips=lambda: _chips(viewer, found)):
            pack_link(viewer, "partner", code)
            change_button(viewer, "partner", code)
        with box("pbody"), box("mdgrid"):
            _view(viewer, found)


def _chips(viewer: Viewer, found: Any) -> None:
    _kind(viewer, found)
    state_of_qualification(viewer, found["qualification"][-1]["state"] if found["qualification"] else None)


def _view(viewer: Viewer, found: Any) -> None:
    t = viewer.t
    with box("stack gap16"):
        section(viewer, t("master.file"), lambda: facts(viewer, "partner", found["file"], FILE))
        section(viewer, t("master.performance"), lambda: _performance(viewer, found), mark="partner.performance")
        section(viewer, t("master.qualification"), lambda: decisions(viewer, found["qualification"]))
    with box("stack gap16"):
        section(
            viewer,
            t("master.papers"),
            lambda: papers(viewer, found["papers"]),
            n=len(found["papers"]),
            mark="partner.papers",
        )
        section(viewer, t("master.contracts"), lambda: _contracts(viewer, found["contracts"]))
        section(viewer, t("master.prices"), lambda: prices(viewer, found["prices"], "product_code"))
        section(viewer, t("master.history"), lambda: history(viewer, found["history"]), mark="partner.history")


def _performance(viewer: Viewer, found: Any) -> None:
    """From orders, receipts and rejections; nobody types a mark."""
    told = found["performance"]
    received, rejected = told["received_units"], told["rejected_units"]
    with box("mdfacts", "dl"):
        for key, value in (
            ("orders", told["orders"]),
            ("deliveries", told["deliveries"]),
            ("ordered_units", told["ordered_units"]),
            ("received_units", received),
            ("rejected_units", rejected),
            ("rejected_rate", f"{rejected * 100 / received:.2f} %" if received else "—"),
            ("last_delivery", (told["last_delivery_at"] or "—")[:10]),
        ):
            with box():
                Text("dt", viewer.t(f"master.perf.{key}"))
                Text("dd", str(value))


def _contracts(viewer: Viewer, rows: list[Any] | None) -> None:
    if rows is None:
        Text("p", viewer.t("master.prices_hidden"), "muted")
        return
    columns: list[Column[Any]] = [
        Column(viewer.t("master.contract"), lambda one: f"{one['number']} {one['title'] or ''}".strip()),
        Column(viewer.t("master.kind"), lambda one: choice_word("contract", "kind", one["kind"], viewer)),
        Column(viewer.t("master.valid"), lambda one: days_left(viewer, one["days_left"], one["valid_until"])),
        Column(
            viewer.t("master.ceiling_sum"),
            lambda one: str(one["ceiling"] if one["ceiling"] is not None else "—"),
            number=True,
        ),
    ]
    data_table(
        columns, rows, viewer.lang, label=viewer.t("master.contracts"), empty_text=viewer.t("master.no_contracts")
    )
