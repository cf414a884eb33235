"""The process as it stood after a record: the drawing for eyes, the outline for everybody else, one tab a list item."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ui.audit.outline import outline, states_of
from ui.audit.scene import Scene
from ui.canvas.process_canvas import ProcessCanvas
from ui.elements import Text, attrs, box, icon
from ui.texts import Lang, t
from workflows.language.diagram import diagram_of

TABS_MAX = 8


class Drawing:
    """Draws into the current slot; `seek(state)` shows another moment with one call."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.lang: Lang = scene.viewer.lang
        self.state: Mapping[str, Any] = {"steps": []}
        self.as_list = False
        with attrs(box("rpane rdrawing", "section"), aria_label=t("audit.drawing.label", self.lang)):
            self.head = box("fx wrap dhead")
            self.stage = box("dstage")
            self.list = box("dlist")
            with self.stage:
                self.canvas = ProcessCanvas(diagram_of(scene.teller.story["definition"]), self.lang, least_scale=0.82)
        self._switch(False)

    def seek(self, state: Mapping[str, Any]) -> None:
        """Show the state after the record that the scene stands at."""
        self.state = state
        self._head()
        self.canvas.set_states({row["path"]: row["state"] for row in self._rows()})
        self.canvas.select(self.scene.here or None)
        self._outline()

    def _rows(self) -> list[Mapping[str, Any]]:
        """The instances of the line that is drawn; those of other items would hide what this one is at."""
        return list(states_of(list(self.state["steps"]), self.scene.line).values())

    def _head(self) -> None:
        self.head.clear()
        with self.head:
            Text("h2", t("audit.drawing.after", self.lang, n=self.scene.seq))
            lines = self.scene.lines()
            if lines:
                self._tabs(lines)
            with attrs(box("seg"), role="group", aria_label=t("audit.drawing.as", self.lang)):
                for as_list, words in ((False, "as_drawing"), (True, "as_list")):
                    choice = attrs(Text("button", t(f"audit.drawing.{words}", self.lang)), type="button")
                    attrs(choice, aria_pressed=str(self.as_list == as_list).lower(), data_testid=f"drawing.{words}")
                    choice.on("click", partial(self._switch, as_list), js_handler="() => emit()")

    def _tabs(self, lines: list[tuple[str, str]]) -> None:
        here = next((n for n, (key, _) in enumerate(lines) if key == self.scene.line), 0)
        first = max(0, min(here - TABS_MAX // 2, len(lines) - TABS_MAX))
        with attrs(box("seg itemtabs"), role="group", aria_label=t("audit.drawing.lines", self.lang)):
            for key, name in lines[first : first + TABS_MAX]:
                self._tab(key, name)

    def _tab(self, key: str, name: str) -> None:
        pressed = key == self.scene.line
        element = attrs(box(tag="button"), type="button", aria_pressed=str(pressed).lower(), title=name or None)
        with element:
            Text("span", t("audit.item", self.lang, no=key))
            if pressed and name:
                Text("span", name, "clip small")
            icon(self._drawing_of(key), "s")
        element.on("click", partial(self._choose, key), js_handler="() => emit()")

    def _drawing_of(self, key: str) -> str:
        """How it stands with an item: an exception, under way, done."""
        rows = [row for row in self.state["steps"] if f"/[{key}]" in row["path"]]
        if any(row["state"] == "incident" or row["step"].endswith("ruling") and row["state"] == "open" for row in rows):
            return "warning"
        if any(row["state"] in ("open", "settling", "compensating") for row in rows):
            return "waiting"
        return "done" if rows else "step"

    def _choose(self, key: str) -> None:
        self.scene.line = key
        self.seek(self.state)

    def _switch(self, as_list: bool) -> None:
        self.as_list = as_list
        self.stage.set_visibility(not as_list)
        # The list stays in the page for screen readers even while the drawing is shown.
        self.list.classes(add="" if as_list else "sr", remove="sr" if as_list else "")
        if self.head.default_slot.children:
            self._head()

    def _outline(self) -> None:
        self.list.clear()
        with attrs(self.list, role="region", aria_label=t("audit.drawing.list", self.lang)):
            outline(self.scene.teller, list(self.state["steps"]), self.scene.line, self.scene.here)
