"""`/products`: what we may buy, keep and sell, found in Chinese, pinyin, initials or by a scan; `/products/{code}`: one view."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import Request

from domain.errors import RefusedError
from services import master_data
from ui.audit.filters import address, asked
from ui.audit.refused import refused_page
from ui.components.chips import Tone, chip
from ui.components.sheets import excel_link, pack_link
from ui.components.tables import Column, data_table
from ui.context import UiContext
from ui.elements import Text, attrs, box, icon, link
from ui.frame import frame, page_head
from ui.guard import Viewer, page
from ui.master.listing import PAGE_SIZE, Choice, listed, search_form
from ui.master.parts import change_button, choice_word, days_left, decisions, facts, history, papers, prices, section

FILTERS = ("q", "state", "device_class", "cold", "cursor")
REGISTRATION = (
    "registration_no", "registration_valid_from", "registration_valid_until", "device_class", "classification_code",
    "registrant_name", "contract_manufacturer_name", "production_license_no",
)  # fmt: skip
KEEPING = (
    "unit", "tracking", "shelf_rule", "shelf_life_months", "service_life", "near_expiry_days", "receive_min_days",
    "sale_min_days", "storage_condition", "transport_condition", "temp_min", "temp_max", "humidity_min", "humidity_max",
    "is_cold_chain", "is_ivd", "is_implant", "is_sterile", "udi_required",
)  # fmt: skip
_STATES: dict[str, tuple[Tone, str]] = {
    "APPROVED": ("green", "passed"), "DRAFT": ("yellow", "draft"), "STOPPED": ("red", "locked"),
}  # fmt: skip


def register(ctx: UiContext) -> None:
    """Declare the pages."""

    @page(ctx, "/products", title="master.products")
    async def product_list(viewer: Viewer, request: Request) -> None:
        await _list(viewer, asked(request.query_params, FILTERS))

    @page(ctx, "/products/{code}", title="master.products")
    async def product(viewer: Viewer, code: str) -> None:
        await _one(viewer, code)


async def _list(viewer: Viewer, filters: dict[str, str]) -> None:
    office: Any = viewer.ctx.office
    wanted: dict[str, Any] = {**filters, "limit": PAGE_SIZE}
    if "cold" in filters:
        wanted["cold"] = filters["cold"] == "yes"
    try:
        found = await master_data.product_list(office, viewer.actor, wanted)
    except RefusedError as refused:
        refused_page(viewer, "products", refused)
        return
    with frame(viewer, "products", crumbs=[(viewer.t("master.products"), None)]) as work, work:
        with page_head(viewer.t("master.products"), viewer.t("master.products_note")):
            excel_link(viewer, "products", filters)
        with box("pbody"):
            states = [(key, choice_word("product", "status", key, viewer)) for key in _STATES]
            classes = [(key, choice_word("product", "device_class", key, viewer)) for key in ("I", "II", "III")]
            cold = [("yes", viewer.t("master.yes")), ("no", viewer.t("master.no"))]
            choices = [Choice("state", states), Choice("device_class", classes), Choice("cold", cold)]
            search_form(viewer, "/products", filters, choices)
            listed(viewer, "/products", filters, _columns(viewer), found, viewer.t("master.products"))


def _columns(viewer: Viewer) -> list[Column[Any]]:
    return [
        Column(viewer.t("master.product"), partial(_name, viewer)),
        Column(viewer.t("master.model"), lambda one: f"{one['model']} {one['specification']}".strip() or "—"),
        Column(viewer.t("master.registration"), partial(_registration, viewer)),
        Column(viewer.t("master.traits"), partial(_traits, viewer)),
        Column(viewer.t("master.stock"), partial(_stock, viewer)),
        Column(viewer.t("master.state"), partial(_state, viewer)),
    ]


def _name(viewer: Viewer, one: Any) -> None:
    with box("stack gap0"):
        name = one["name"] if viewer.lang == "zh" else one["name_en"] or one["name"]
        attrs(link(name, f"/products/{one['code']}", "strong tap"), data_testid="product")
        Text("span", one["code"], "small mono")


def _registration(viewer: Viewer, one: Any) -> None:
    with box("stack gap0"):
        Text("span", one["registration_no"] or "—", "mono")
        days_left(viewer, one["registration_days_left"], one["registration_valid_until"])


def _traits(viewer: Viewer, one: Any) -> None:
    with box("fx wrap gap4"):
        chip(choice_word("product", "device_class", one["device_class"], viewer))
        if one["is_cold_chain"]:
            chip(f"{one['temp_min']}–{one['temp_max']} °C", "cold", icon_of="cold")
        for key in ("is_implant", "is_ivd", "is_sterile"):
            if one[key]:
                chip(viewer.t(f"master.{key}"))


def _stock(viewer: Viewer, one: Any) -> None:
    with box("stack gap0"):
        if not one["stock"]:
            Text("span", "—", "muted")
        for status, units in sorted(one["stock"].items()):
            Text("span", f"{viewer.t(f'master.status.{status}')} {units} {one['unit']}", "small nowrap")


def _state(viewer: Viewer, one: Any) -> None:
    tone, sign = _STATES.get(one["status"], ("grey", "waiting"))
    chip(choice_word("product", "status", one["status"], viewer), tone, icon_of=sign)


async def _one(viewer: Viewer, code: str) -> None:
    office: Any = viewer.ctx.office
    try:
        found: Any = await master_data.product(office, viewer.actor, code)
    except RefusedError as refused:
        refused_page(viewer, "products", refused)
        return
    name = found["name"] if viewer.lang == "zh" else found["name_en"] or found["name"]
    crumbs = [(viewer.t("master.products"), "/products"), (name, None)]
    with frame(viewer, "products", crumbs=crumbs) as work, work:
        back = (viewer.t("common.frame.back"), "/products")
        note = f"{found['code']} · {found['model']} {found['specification']}"
        with page_head(name, note, back=back, chips=lambda: _state(viewer, found)):
            pack_link(viewer, "product", code)
            change_button(viewer, "product", code)
        with box("pbody"), box("mdgrid"):
            _view(viewer, found)


def _view(viewer: Viewer, found: Any) -> None:
    t = viewer.t
    with box("stack gap16"):
        section(viewer, t("master.registration"), lambda: _registered(viewer, found), mark="product.registration")
        section(viewer, t("master.packs"), lambda: _packs(viewer, found), mark="product.packs")
        section(viewer, t("master.keeping"), lambda: facts(viewer, "product", found["file"], KEEPING))
    with box("stack gap16"):
        section(viewer, t("master.stock"), lambda: _in_stock(viewer, found))
        section(viewer, t("master.papers"), lambda: papers(viewer, found["papers"]), n=len(found["papers"]))
        if found["lot_papers"]:
            section(viewer, t("master.lot_papers"), lambda: papers(viewer, found["lot_papers"], lot=True))
        section(viewer, t("master.prices"), lambda: prices(viewer, found["prices"], "partner_code"))
        section(viewer, t("master.qualification"), lambda: decisions(viewer, found["qualification"]))
        section(viewer, t("master.history"), lambda: history(viewer, found["history"]), mark="product.history")


def _registered(viewer: Viewer, found: Any) -> None:
    days_left(viewer, found["registration_days_left"], found["registration_valid_until"])
    facts(viewer, "product", found["file"], REGISTRATION)


def _in_stock(viewer: Viewer, found: Any) -> None:
    _stock(viewer, found)
    if "/stock" in viewer.ctx.paths:
        link(viewer.t("master.to_stock"), address("/stock", {}, product=found["code"]), "btn", icon_of="stock")


def _packs(viewer: Viewer, found: Any) -> None:
    """The pack tree: the largest pack outside, what it contains inside it."""
    by_di = {one["di"]: one for one in found["dis"]}
    inside = {one["contains_di"] for one in found["dis"]}
    tops = [one for one in found["dis"] if one["di"] not in inside]
    with attrs(box("packs", "ul"), role="tree", aria_label=viewer.t("master.packs")):
        for one in sorted(tops, key=lambda one: -one["level"]):
            _pack(viewer, one, by_di, found["unit"], 0)
    if not found["dis"]:
        Text("p", viewer.t("master.no_di"), "muted")
    columns: list[Column[Any]] = [
        Column(viewer.t("master.unit"), lambda one: str(one["unit"])),
        Column(viewer.t("master.converts"), lambda one: f"1 {one['unit']} = {one['base_qty']} {one['base_unit']}"),
    ]
    if found["units"]:
        data_table(columns, found["units"], viewer.lang, label=viewer.t("master.units"))


def _pack(viewer: Viewer, one: Any, by_di: dict[str, Any], unit: str, depth: int) -> None:
    with attrs(box(tag="li"), role="treeitem"):
        with box("fx wrap gap4"):
            icon("packages" if one["contains_di"] else "product")
            Text("span", viewer.t("master.level", n=one["level"]), "strong")
            Text("span", one["di"], "mono")
            chip(str(one["issuing_agency"]))
            if one["contains_di"]:
                Text("span", viewer.t("master.contains", n=one["contains_qty"]), "small")
        inner = by_di.get(one["contains_di"])
        if inner is not None and depth < 9:
            with attrs(box("packs", "ul"), role="group"):
                _pack(viewer, inner, by_di, unit, depth + 1)
