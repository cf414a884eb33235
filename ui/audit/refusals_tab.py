"""The refusals ledger: every act that was refused, by which rule and article, whom, why, around which case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from domain.clock import from_text
from services import case_story, history
from ui.audit.filters import address, moments
from ui.components.chips import chip, moment
from ui.components.panels import empty
from ui.components.tables import Column, data_table
from ui.elements import Text, attrs, box, button, icon, link
from ui.guard import Viewer
from ui.texts import Lang, choose, label

FILTERS = ("rule", "person", "from", "to")
NAMES = {"person": "actor"}


class RefusalsTab:
    """One page of the ledger."""

    def __init__(self, viewer: Viewer, filters: Mapping[str, str]) -> None:
        self.viewer, self.t = viewer, viewer.t
        self.lang: Lang = viewer.lang
        self.filters = {name: value for name, value in filters.items() if name in (*FILTERS, "cursor")}
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor
        self.names: Mapping[str, Any] = {}
        self.zone = ZoneInfo("Asia/Shanghai")

    async def draw(self) -> None:
        """Read and draw."""
        zone = await case_story.zone_of(self.office, self.viewer.site.id if self.viewer.site else None)
        self.zone = ZoneInfo(zone)
        wanted = {NAMES.get(name, name): value for name, value in moments(self.filters, zone).items()}
        try:
            found: Any = await history.all_refusals(self.office, self.actor, wanted)
        except ValueError:  # a cursor that somebody typed
            wanted.pop("cursor", None)
            found = await history.all_refusals(self.office, self.actor, wanted)
        self.names = await case_story.people(self.office, self.actor)
        with box("pbody"):
            Text("p", self.t("audit.refusal.note"), "muted")
            self._form()
            self._list(found)

    def _form(self) -> None:
        with attrs(
            box("card pad filters rfilters", "form"),
            method="get",
            action="/audit",
            role="search",
            aria_label=self.t("audit.refusal.find"),
        ):
            attrs(box(tag="input"), type="hidden", name="tab", value="refusals")
            with box("fgroup"):
                for name in FILTERS:
                    with box("field"):
                        caption = Text("label", self.t(f"audit.kind.{name}"))
                        kind = "date" if name in ("from", "to") else "text"
                        control = attrs(
                            box("box", "input"), type=kind, name=name, value=self.filters.get(name, ""), maxlength=100
                        )
                        attrs(control, id=control.html_id, autocomplete="off", data_testid=f"refusals.{name}")
                        attrs(caption, for_=control.html_id)
                with box("fx go-row"):
                    button(self.t("cases.filter.find"), icon_of="search", submit=True, kind="primary")
                    if self.filters:
                        link(self.t("cases.filter.clear"), "/audit?tab=refusals", "btn ghost")

    def _list(self, found: Any) -> None:
        if not found["items"]:
            with box("card"):
                empty(self.t("audit.refusal.none"), self.t("audit.refusal.none_body"), icon_of="refused")
            return
        columns: list[Column[Any]] = [
            Column(self.t("audit.refusal.when"), self._when),
            Column(self.t("audit.refusal.who"), self._who),
            Column(self.t("audit.refusal.rule"), self._rule),
            Column(self.t("audit.refusal.why"), self._why),
            Column(self.t("audit.refusal.case"), self._case),
        ]
        with box("refusals"):
            data_table(columns, found["items"], self.lang, label=self.t("audit.tabs.refusals"))
        with box("fx pager"):
            if self.filters.get("cursor"):
                link(
                    self.t("cases.newest"),
                    address("/audit", self.filters, tab="refusals", cursor=None),
                    "btn",
                    icon_of="first",
                )
            if found["next"]:
                link(
                    self.t("cases.older"),
                    address("/audit", self.filters, tab="refusals", cursor=found["next"]),
                    "btn",
                    icon_of="next",
                )

    def _when(self, one: Any) -> None:
        at = from_text(one["at"]).astimezone(self.zone)
        with box("stack gap0"):
            attrs(
                Text("span", moment(at, self.viewer.ctx.now(), self.lang), "nowrap"),
                title=at.strftime("%Y-%m-%d %H:%M:%S"),
            )
            Text("span", f"#{one['id'].rpartition('#')[2]} {self._site(one['site'])}".strip(), "small nowrap")

    def _site(self, key: str | None) -> str:
        known = next((site for site in self.viewer.ctx.sites if site.id == key), None)
        return choose(known.name, self.lang) if known else key or ""

    def _who(self, one: Any) -> None:
        with box("stack gap0"):
            Text("span", choose(self.names.get(one["actor"]) or one["actor"], self.lang), "strong nowrap")
            Text("span", label("audit.tried", str(one["action"]), self.lang), "small")

    def _rule(self, one: Any) -> None:
        with box("stack gap4"):
            chip(str(one["rule"] or one["status"]), "yellow", icon_of="refused")
            if one["articles"]:
                Text("span", ", ".join(one["articles"]), "small")

    def _why(self, one: Any) -> None:
        Text("div", choose(one["reason"], self.lang), "why-text")
        if one["faults"]:
            Text("div", self.t("audit.refusal.faults", n=len(one["faults"])), "small")

    def _case(self, one: Any) -> None:
        if not one["case"]:
            Text("span", self.t("audit.refusal.no_case"), "muted")
            return
        target = f"/audit/cases/{one['case']}" + (f"?seq={one['after_seq']}" if one["after_seq"] else "")
        with link(self.t("audit.refusal.see"), target, "fx gap4 nowrap tap"):
            icon("next", "s")
