"""`ProcessCanvas`: the drawing of a definition, and its twin, the list of steps for screen readers and phones.

The auditor's replay calls `set_states` once per record; the studio marks changed steps with `set_changes` and findings
with `set_problems`. Nothing is dragged here: the text is the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from domain import paths
from ui.elements import Text, attrs, box, icon
from ui.texts import Lang, label, t
from ui.theme.icons import icon_name
from workflows.language.diagram import Diagram, Node

#: Icon of each step kind, by meaning.
KIND_ICONS = {
    "start": "play",
    "task": "draft",
    "approve": "clause",
    "call": "system",
    "decide": "rule",
    "set": "edit",
    "branch": "gateway",
    "notify": "notice",
    "end": "locked",
    "foreach": "each",
    "parallel": "parallel",
    "loop": "repeat",
    "wait": "timer",
    "subprocess": "cases",
    "message": "message",
}
MARK_ICONS = {
    "signed": "sign",
    "reauth": "key",
    "four_eyes": "people",
    "external": "person",
    "when": "filter",
    "due": "due",
    "needs": "badge",
    "acknowledge": "read_only",
}
#: States of steps from the strongest to the weakest: a step of a group shows the strongest of its items.
STATES = ("incident", "compensating", "open", "settling", "done", "cancelled", "superseded", "skipped")
STATE_ICONS = {
    "incident": "incident",
    "compensating": "undo",
    "open": "running",
    "settling": "waiting",
    "done": "done",
    "cancelled": "cancelled",
    "superseded": "superseded",
    "skipped": "next",
}


class ProcessCanvas(ui.element, component="process_canvas.js"):
    """The drawing of one definition. Arrows walk along the routes, Enter selects, +/− and 0 zoom."""

    def __init__(
        self,
        diagram: Diagram,
        lang: Lang,
        *,
        on_select: Callable[[str], Any] | None = None,
        least_scale: float = 0.82,
    ) -> None:
        """`on_select` gets the id of a step. `least_scale`: smaller is never drawn by itself, the drawing pans."""
        super().__init__()
        self.lang: Lang = lang
        self.classes("pcanvas")
        self._props["diagram"] = diagram.as_json(lang)
        self._props["words"] = _words(lang)
        self._props["icons"] = {kind: icon_name(meaning) for kind, meaning in KIND_ICONS.items()}
        self._props["markIcons"] = {mark: icon_name(meaning) for mark, meaning in MARK_ICONS.items()}
        self._props["stateIcons"] = {state: icon_name(meaning) for state, meaning in STATE_ICONS.items()}
        self._props["leastScale"] = least_scale
        if on_select is not None:
            handler = on_select

            def selected(event: GenericEventArguments) -> Any:
                return handler(str(event.args))

            self.on("choose", selected)

    def set_states(self, states: Mapping[str, str]) -> None:
        """Show where a case stands: state by step id or by path (`lines#1/[L1]#1/inspect#2`); all others grey.

        One call replaces the whole picture. Of several rounds the last counts, of several items the strongest state.
        """
        self.run_method("setStates", strongest(states))

    def clear_states(self) -> None:
        """Back to the plain drawing of the definition."""
        self.run_method("setStates", None)

    def set_changes(self, changes: Mapping[str, str]) -> None:
        """Mark steps as `added`, `changed` or `removed` against another version."""
        self.run_method("setChanges", dict(changes))

    def set_problems(self, problems: Mapping[str, int]) -> None:
        """Mark steps with the number of their findings."""
        self.run_method("setProblems", dict(problems))

    def select(self, step: str | None) -> None:
        """Ring a step and bring it into view; no event comes back."""
        self.run_method("select", step)

    def fit(self) -> None:
        """The whole drawing in the window."""
        self.run_method("fit")


def strongest(states: Mapping[str, str]) -> dict[str, str]:
    """State by step id: the last round at each place, then the strongest over all items."""
    last: dict[tuple[str, ...], tuple[tuple[int, ...], str, str]] = {}
    for key, state in states.items():
        segments = paths.split(key) if "#" in key else []
        place = tuple(segment.name for segment in segments) or (key,)
        rounds = tuple(segment.round for segment in segments)
        step = paths.step_of(key) if segments else key
        if place not in last or last[place][0] <= rounds:
            last[place] = (rounds, step, state)
    shown: dict[str, str] = {}
    for _, step, state in last.values():
        if step not in shown or _rank(state) < _rank(shown[step]):
            shown[step] = state
    return shown


def _rank(state: str) -> int:
    return STATES.index(state) if state in STATES else len(STATES)


def _words(lang: Lang) -> dict[str, Any]:
    names = ("canvas", "keys", "zoom_in", "zoom_out", "fit", "selected", "problems", "comma")
    words: dict[str, Any] = {name: t(f"studio.canvas.{name}", lang) for name in names}
    words["kinds"] = {kind: t(f"studio.kind.{kind}", lang) for kind in KIND_ICONS}
    words["marks"] = {mark: t(f"studio.mark.{mark}", lang) for mark in MARK_ICONS}
    words["states"] = {state: t(f"studio.step_state.{state}", lang) for state in STATES}
    words["changes"] = {change: t(f"studio.change.{change}", lang) for change in ("added", "changed", "removed")}
    return words


def outline(
    diagram: Diagram, lang: Lang, *, selected: str | None = None, on_select: Callable[[str], Any] | None = None
) -> Element:
    """The same steps as a list in the order of the text, groups indented, routes in words; a step is a button."""
    element = attrs(box("poutline", "ol"), aria_label=t("studio.canvas.outline", lang))
    with element:
        _outline_of(diagram, None, lang, selected, on_select)
    return element


def _outline_of(
    diagram: Diagram, frame: str | None, lang: Lang, selected: str | None, on_select: Callable[[str], Any] | None
) -> None:
    things: list[Any] = [node for node in diagram.nodes if node.frame == frame and node.kind != "start"]
    things += [inner for inner in diagram.frames if inner.parent == frame]
    for thing in sorted(things, key=lambda item: [int(part) for part in item.pointer.split("/") if part.isdigit()]):
        with box(tag="li"):
            _outline_row(diagram, thing, lang, selected, on_select)
            if not isinstance(thing, Node):
                with box("poutline", "ol"):
                    _outline_of(diagram, thing.id, lang, selected, on_select)


def _outline_row(
    diagram: Diagram, thing: Any, lang: Lang, selected: str | None, on_select: Callable[[str], Any] | None
) -> None:
    row = attrs(box(f"porow k-{thing.kind}", "button"), type="button", data_step=thing.id)
    attrs(row, aria_current="true" if thing.id == selected else None)
    with row:
        icon(KIND_ICONS.get(thing.kind, "step"))
        with box("grow", "span"):
            Text("b", thing.title.said_in(lang))
            Text("span", _outline_note(diagram, thing, lang), "small")
    if on_select is not None:
        row.on("click", partial(on_select, thing.id), js_handler="() => emit()")


def _outline_note(diagram: Diagram, thing: Any, lang: Lang) -> str:
    lane = next((lane.title.said_in(lang) for lane in diagram.lanes if lane.id == getattr(thing, "lane", "")), "")
    names = {item.id: item.title.said_in(lang) for item in [*diagram.nodes, *diagram.frames]}
    routes = [
        f"{edge.label.said_in(lang)} → {names.get(edge.target, edge.target)}"
        for edge in diagram.edges
        if edge.source == thing.id and edge.label.said_in(lang)
    ]
    return " · ".join(part for part in (label("studio.kind", thing.kind, lang), lane, *routes) if part)
