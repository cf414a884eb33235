"""Choosing a person for a task: a search, everybody with a post at the site, and why somebody cannot be chosen."""

from __future__ import annotations

from functools import partial
from typing import Any

from services import candidates
from ui.components.chips import avatar, role_name
from ui.desk import office_of
from ui.elements import Text, attrs, box, icon
from ui.guard import Viewer, acting
from ui.texts import choose

#: From the search into the list: the arrow and the enter key go to the first person who can be chosen.
INTO_LIST = (
    "(e) => { e.preventDefault(); const first = e.target.closest('.picker').querySelector('input[type=radio]:enabled');"
    " if (first) first.focus(); }"
)


class PersonPicker:
    """Draws itself into the current slot; call ``load`` then. The form it stands in sends the choice as ``to``."""

    def __init__(self, viewer: Viewer, task_id: str, verb: str, label: str) -> None:
        self.viewer, self.task_id, self.verb, self.q = viewer, task_id, verb, ""
        self.chosen: str | None = None
        with attrs(box("field picker"), data_testid="people"):
            caption = Text("label", f"{label} *")
            with box("lsearch fx"):
                icon("search", "s")
                search = attrs(
                    box(tag="input"), type="search", maxlength=80, placeholder=viewer.t("verbs.people.search")
                )
                attrs(search, id=search.html_id, autofocus=True, data_autofocus="true", data_testid="people.search")
                attrs(caption, for_=search.html_id)
            self._listen(search)
            self.list = attrs(box("people"), role="radiogroup", aria_label=label, tabindex="-1")
            self.said = attrs(Text("div", "", "small"), role="status", data_testid="people.chosen")

    def _listen(self, search: Any) -> None:
        search.on(
            "input",
            acting(lambda event: self._searched(str(event.args))),
            js_handler="(e) => emit(e.target.value)",
            throttle=0.25,
            leading_events=False,
        )
        for key in ("enter", "down"):
            search.on(f"keydown.{key}", js_handler=INTO_LIST)

    async def _searched(self, words: str) -> None:
        if words.strip() != self.q:
            self.q = words.strip()
            await self.load()

    async def load(self) -> None:
        """Read who fits what is typed, and draw them; an answer that comes after a later one is dropped."""
        asked, viewer = self.q, self.viewer
        found: list[Any] = await candidates.people_for(office_of(viewer), viewer.actor, self.task_id, self.verb, asked)
        if asked != self.q or self.list.is_deleted:
            return
        self.list.clear()
        # A list in which nobody can be chosen is scrolled by its own focus.
        attrs(self.list, tabindex="-1" if any(not one["why_not"] for one in found) else "0")
        with self.list:
            for one in found:
                self._person(one)
            if not found:
                Text("p", viewer.t("verbs.people.none"), "small pad")

    def _person(self, one: Any) -> None:
        viewer, why = self.viewer, one["why_not"]
        name = choose({"zh": one["name"], "en": one["name_en"]}, viewer.lang)
        with box("option candidate" + (" off" if why else ""), "label"):
            radio = attrs(box(tag="input"), type="radio", name="to", value=one["id"], data_testid=f"people.{one['id']}")
            attrs(radio, disabled=True if why else None, checked=True if one["id"] == self.chosen else None)
            radio.on("change", partial(self._choose, str(one["id"]), name), js_handler="() => emit()")
            avatar(name, may_act=not why)
            with box("grow", "span"):
                Text("span", name, "strong")
                joint = " / " if viewer.lang == "en" else "、"
                Text("span", joint.join(role_name(role, viewer.lang) for role in one["posts"]), "small")
                if why:
                    Text("span", choose(why, viewer.lang), "small unfit")

    def _choose(self, account: str, name: str) -> None:
        self.chosen = account
        self.said.text = self.viewer.t("verbs.people.chosen", name=name)
