"""`/away`: who stands in for the person and for whom the person stands in; and what is on file about the person."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from domain.clock import from_text, to_text
from services import case_story, deputies, staff
from ui.admin.ask import Ask, Entered, Field
from ui.admin.staff_file import draw_needs, draw_records
from ui.components.chips import chip, role_name
from ui.context import UiContext
from ui.elements import Text, attrs, box, button, icon, link
from ui.frame import frame, page_head
from ui.guard import Viewer, page
from ui.texts import choose

TONES: dict[str, Any] = {"in_force": ("green", "running"), "to_come": ("blue", "scheduled"), "over": ("grey", "done")}


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/away", title="away.title")
    async def away(viewer: Viewer) -> None:
        office: Any = viewer.ctx.office
        zone = await case_story.zone_of(office, viewer.site.id if viewer.site else None)
        rules = await deputies.listing(office, viewer.actor)
        offered = await deputies.candidates(office, viewer.actor)
        file: Any = await staff.file_of(office, viewer.actor, viewer.account.id)
        with frame(viewer, "me", crumbs=[(viewer.t("away.title"), None)]) as work, work:
            with page_head(viewer.t("away.title"), viewer.t("away.note"), back=(viewer.t("common.frame.back"), "/")):
                link(viewer.t("roster.title"), "/roster", "btn", icon_of="scheduled")
            with box("pbody stack gap16"):
                Away(viewer, ZoneInfo(zone), rules, offered).draw()
                draw_needs(viewer, file["needs"])
                draw_records(viewer, file["records"], lambda _: False, None)


class Away:
    """The rules of a person, and setting a new one."""

    def __init__(self, viewer: Viewer, zone: ZoneInfo, rules: list[Any], offered: list[Any]) -> None:
        self.viewer, self.t, self.zone, self.rules, self.offered = viewer, viewer.t, zone, rules, offered
        self.office: Any = viewer.ctx.office

    def draw(self) -> None:
        """Draw the list and the button."""
        with attrs(box("card pad stack", "section"), data_testid="away"):
            with box("fx wrap"):
                Text("h2", self.t("away.deputies"), "grow")
                off = None if self.offered else self.t("away.nobody")
                button(self.t("away.add"), self._add, icon_of="add", kind="primary", off_because=off, mark="away.add")
            if not self.rules:
                Text("p", self.t("away.none"), "muted")
            with box("rows", "ul"):
                for one in self.rules:
                    self._rule(one)

    def _rule(self, one: Any) -> None:
        lang, mine = self.viewer.lang, one["principal"] == self.viewer.account.id
        over = one["state"] == "over"
        other = choose(one["names"][one["deputy"] if mine else one["principal"]], lang)
        with attrs(box("ended" if over else "", "li"), data_testid=f"rule.{one['id']}"):
            icon("switch")
            with box("stack gap0 grow", "span"):
                Text("span", self.t("away.by" if mine else "away.for", name=other), "strong")
                Text("span", self._about(one), "small")
            tone, drawing = TONES[one["state"]]
            chip(self.t(f"away.state.{one['state']}"), tone, icon_of=drawing)
            if not over:
                button(self.t("away.end"), partial(self._end, one), small=True, kind="danger", mark="away.end")

    def _about(self, one: Any) -> str:
        lang = self.viewer.lang
        posts = ("、" if lang == "zh" else ", ").join(role_name(role, lang) for role in one["roles"] or ())
        words = [self.t("away.span", start=self._at(one["begins"]), end=self._at(one["ends"]))]
        words += [posts or self.t("away.all_posts"), one["definition"], one["reason"]]
        return " · ".join(str(word) for word in words if word)

    def _at(self, text: str) -> str:
        return from_text(text).astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def _add(self) -> None:
        async def send(entered: Entered) -> None:
            role = entered.get("role")
            wish = deputies.Wish(
                self.viewer.account.id, entered["deputy"], self._moment(entered["begins"]),
                self._moment(entered["ends"]), None, (role,) if role else None, reason=entered.get("reason", ""),
            )  # fmt: skip
            await deputies.set_rule(self.office, self.viewer.actor, wish)
            ui.navigate.to("/away")

        lang = self.viewer.lang
        people = [(one["username"], f"{choose(one['name'], lang)} ({one['username']})") for one in self.offered]
        posts = [("", self.t("away.all_posts")), *((r, role_name(r, lang)) for r in self.viewer.account.roles)]
        now = self.viewer.ctx.now().astimezone(self.zone)
        fields = [
            Field("deputy", self.t("away.deputy"), required=True, options=people),
            Field("begins", self.t("away.begins"), f"{now:%Y-%m-%dT%H:%M}", kind="datetime-local", required=True),
            Field("ends", self.t("away.ends"), kind="datetime-local", required=True),
            Field("role", self.t("away.posts"), options=posts),
            Field("reason", self.t("away.reason")),
        ]
        Ask(self.viewer, self.t("away.add"), self.t("away.set"), fields, send, note=self.t("away.add_note"))

    def _moment(self, text: str) -> str:
        """What the field holds, in the hours of the site; a text that is no time is left to be refused."""
        try:
            return to_text(datetime.fromisoformat(text).replace(tzinfo=self.zone))
        except ValueError:
            return text

    def _end(self, one: Any) -> None:
        async def send(entered: Entered) -> None:
            await deputies.end_rule(self.office, self.viewer.actor, str(one["id"]), entered.get("reason", ""))
            ui.navigate.to("/away")

        Ask(self.viewer, self.t("away.end"), self.t("away.end"), [Field("reason", self.t("away.reason"))], send)
