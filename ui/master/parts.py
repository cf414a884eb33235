"""What the views of products and partners share: facts in pairs, days left as a picture, papers, prices, history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from domain.clock import from_text
from domain.errors import RefusedError
from domain.master_data.entities import ENTITIES
from domain.master_data.fields import show
from services import master_data
from ui.audit.refused import panel
from ui.components.chips import Tone, chip, moment
from ui.components.progress import Moment, timeline
from ui.components.tables import Column, data_table
from ui.elements import Text, attrs, box, button, link
from ui.guard import Viewer, acting
from ui.texts import choose

SOON, LATE, WHOLE = 90, 30, 365
"""Days left that are told in yellow and in red, and how many fill the bar."""
_ZONE = ZoneInfo("Asia/Shanghai")
_ACTIONS: dict[str, tuple[str, str]] = {
    "created": ("add", "good"),
    "changed": ("edit", ""),
    "removed": ("close", "bad"),
}


def choice_word(entity: str, key: str, value: Any, viewer: Viewer) -> str:
    """The word of a choice (`kind`, `status`), as the glossary of master data says it."""
    field = ENTITIES[entity].field(key)
    words = dict(field.choices) if field else {}
    return choose(words[value], viewer.lang) if value in words else str(value or "—")


def facts(viewer: Viewer, entity: str, file: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Fields of a row in pairs; what is not filled in is left out."""
    with box("mdfacts", "dl"):
        for key in keys:
            field = ENTITIES[entity].field(key)
            if field is None or file.get(key) in (None, ""):
                continue
            with box():
                Text("dt", choose(field.text, viewer.lang))
                Text("dd", _said(viewer, entity, field.kind, key, file[key]))


def _said(viewer: Viewer, entity: str, kind: str, key: str, value: Any) -> str:
    if kind == "choice":
        return choice_word(entity, key, value, viewer)
    if kind == "flag":
        return viewer.t("master.yes" if value else "master.no")
    field = ENTITIES[entity].field(key)
    return show(field, value) if field else str(value)


def days_left(viewer: Viewer, left: int | None, until: str | None) -> None:
    """How long something is still good: a bar, the days in words, the last day. Never colour alone."""
    if until is None or left is None:
        Text("span", viewer.t("master.no_term"), "muted")
        return
    tone = "red" if left < LATE else "yellow" if left < SOON else "green"
    words = viewer.t("master.ended", days=-left) if left < 0 else viewer.t("master.left", days=left)
    with box(f"daysleft {tone}"):
        with attrs(box("track", "span"), aria_hidden="true"):
            box("fill", "span").style(f"width:{max(0, min(100, round(left * 100 / WHOLE)))}%")
        Text("b", words)
        Text("span", until, "small nowrap")


def section(viewer: Viewer, title: str, draw: Callable[[], None], *, n: int | None = None, mark: str = "") -> None:
    """A card with a heading."""
    with attrs(box("card pad stack", "section"), aria_label=title, data_testid=mark or None):
        Text("h2", title if n is None else f"{title} · {n}")
        draw()


def papers(viewer: Viewer, rows: list[Any], *, lot: bool = False) -> None:
    """Papers with their days left as a picture, scope and scan."""
    columns: list[Column[Any]] = [
        Column(viewer.t("master.paper"), partial(_paper, viewer)),
        Column(viewer.t("master.valid"), lambda one: days_left(viewer, one["days_left"], one["valid_until"])),
        Column(viewer.t("master.scope"), lambda one: str(one.get("scope") or "—")),
    ]
    if lot:
        columns.insert(0, Column(viewer.t("master.lot"), lambda one: str(one["lot"]), mono=True))
    words = viewer.t("master.no_papers")
    data_table(columns, rows, viewer.lang, label=viewer.t("master.papers"), empty_text=words)


def _paper(viewer: Viewer, one: Any) -> None:
    with box("stack gap0"):
        Text("span", choice_word("credential", "kind", one["kind"], viewer), "strong")
        Text("span", str(one["number"] or "—"), "small mono")


def prices(viewer: Viewer, rows: list[Any] | None, other: str) -> None:
    """Agreed prices, exact; `other` is the side that is not the page's own (`product_code` or `partner_code`)."""
    if rows is None:
        Text("p", viewer.t("master.prices_hidden"), "muted")
        return
    root = "/products" if other == "product_code" else "/partners"
    columns: list[Column[Any]] = [
        Column(viewer.t(f"master.{other}"), lambda one: _to(root, one[other])),
        Column(
            viewer.t("master.direction"),
            lambda one: choice_word("price_agreement", "direction", one["direction"], viewer),
        ),
        Column(viewer.t("master.unit_price"), lambda one: str(one["unit_price"]), number=True, mono=True),
        Column(viewer.t("master.from_quantity"), lambda one: str(one["min_quantity"]), number=True),
        Column(viewer.t("master.discount"), lambda one: str(one["discount"] or "—"), number=True),
        Column(viewer.t("master.tax"), lambda one: str(one["tax_rate"] or "—"), number=True),
        Column(viewer.t("master.ceiling"), lambda one: str(one["ceiling_price"] or "—"), number=True),
        Column(viewer.t("master.valid"), lambda one: f"{one['valid_from']} – {one['valid_until'] or '…'}"),
    ]
    data_table(columns, rows, viewer.lang, label=viewer.t("master.prices"), empty_text=viewer.t("master.no_prices"))


def _to(root: str, code: str) -> None:
    link(code, f"{root}/{code}", "mono tap")


def decisions(viewer: Viewer, rows: list[Any]) -> None:
    """Decisions of qualification with the cases they come from."""
    columns: list[Column[Any]] = [
        Column(viewer.t("master.decision"), partial(_decision, viewer)),
        Column(viewer.t("master.valid"), lambda one: _span(viewer, one)),
        Column(viewer.t("master.decided"), lambda one: f"{one['decided_by']} {one['decided_at'][:10]}"),
        Column(viewer.t("master.case"), partial(_case, viewer)),
    ]
    data_table(
        columns, rows, viewer.lang, label=viewer.t("master.qualification"), empty_text=viewer.t("master.no_decision")
    )


def _span(viewer: Viewer, one: Any) -> str:
    if not one["valid_from"] and not one["valid_until"]:
        return viewer.t("master.no_term")
    return f"{one['valid_from'] or ''} – {one['valid_until'] or ''}"


def _decision(viewer: Viewer, one: Any) -> None:
    state_of_qualification(viewer, one["state"])


def state_of_qualification(viewer: Viewer, state: str | None) -> None:
    """Approved, suspended, rejected, or never judged."""
    tones: dict[str, tuple[Tone, str]] = {
        "approved": ("green", "passed"), "suspended": ("red", "locked"), "rejected": ("red", "failed"),
    }  # fmt: skip
    tone, sign = tones.get(state or "", ("grey", "waiting"))
    chip(viewer.t(f"master.qualified.{state if state in tones else 'none'}"), tone, icon_of=sign)


def _case(viewer: Viewer, one: Any) -> str | None:
    case = one.get("case_id") or one.get("case")
    if not case or "/cases/{id}" not in viewer.ctx.paths:
        return "—"
    link(viewer.t("master.open_case"), f"/cases/{case}", "tap")
    return None


def history(viewer: Viewer, rows: list[Any]) -> None:
    """Every version: what changed, who did it, when, why, from which case."""
    if not rows:
        Text("p", viewer.t("master.no_history"), "muted")
        return
    timeline([_moment(viewer, one) for one in rows])


def _moment(viewer: Viewer, one: Any) -> Moment:
    words = ENTITIES[one["entity"]].text if one["entity"] in ENTITIES else _others(viewer, one["entity"])
    sign, tone = _ACTIONS.get(one["action"], ("edit", ""))
    done = viewer.t(f"master.action.{one['action']}")
    title = f"{done} {choose(words, viewer.lang)} · v{one['rev']} · {one['by']}"
    changed = "；".join(f"{choose(c['title'], viewer.lang)} → {c['value'] or '—'}" for c in one["changed"])
    at = from_text(one["at"]).astimezone(_ZONE)
    note = "  ".join(part for part in (changed, one["reason"]) if part)
    way = partial(_to_case, viewer, one) if one["case"] else None
    return Moment(moment(at, viewer.ctx.now(), viewer.lang), title, note, sign, tone, draw=way)


def _others(viewer: Viewer, table: str) -> str:
    """Rows that belong to a paper or a decision and have no request of their own."""
    known = ("qualification", "credential_scope")
    return viewer.t(f"master.row.{table}") if table in known else table


def _to_case(viewer: Viewer, one: Any) -> None:
    _case(viewer, one)


def change_button(viewer: Viewer, entity: str, code: str, *, primary: bool = True) -> None:
    """Starts P-46 with everything that stands in the row now."""
    if "/start" not in viewer.ctx.paths:
        return

    async def begin() -> None:
        office: Any = viewer.ctx.office
        try:
            ui.navigate.to(await master_data.prepare_change(office, viewer.actor, entity, code))
        except RefusedError as refused:
            panel(viewer, refused)

    kind = "primary" if primary else "plain"
    button(viewer.t("master.change"), acting(begin), icon_of="edit", kind=kind, mark="master.change")
