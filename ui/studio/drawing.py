"""The diagram tab: the drawing, its outline twin, and what the text says of the chosen step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui.element import Element

from ui.canvas import ProcessCanvas, outline
from ui.canvas.process_canvas import KIND_ICONS, MARK_ICONS
from ui.components.chips import clause_chip
from ui.components.panels import empty, note
from ui.elements import Text, attrs, box, button, icon, icon_button
from ui.guard import acting
from ui.texts import label
from workflows.language.described import described, described_message
from workflows.language.diagram import MESSAGE, SUBPROCESS, Diagram, Node, diagram_of, title_of
from workflows.language.outline import Outline, StepView, outline_of

if TYPE_CHECKING:
    from ui.studio.bench import Bench

MONO = frozenset(
    "form decide call with when cancel_when until foreach item_key set branch loop start not_same_as same_as as needs mutex keys to".split()
)


async def draw(bench: Bench) -> None:
    """Draw the tab."""
    DiagramTab(bench).draw()


class DiagramTab:
    """The drawing with one chosen step."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        definition: Any = bench.desk.meaning()["definition"]
        self.outline: Outline = outline_of(definition)
        self.diagram: Diagram = diagram_of(definition)
        self.canvas: ProcessCanvas
        self.list: Element
        self.panel: Element

    def draw(self) -> None:
        """Drawing in the middle, step at the right; on phones the outline instead of the drawing."""
        bench = self.bench
        if not self.outline.steps:
            empty(bench.t("studio.canvas.empty"), bench.t("studio.canvas.empty_body"), icon_of="studio")
            return
        with box("studiodiagram"):
            with box("drawing"):
                self._legend()
                if bench.desk.findings:
                    note(
                        bench.t("studio.canvas.as_typed", n=len(bench.desk.findings)), tone="yellow", icon_of="warning"
                    )
                self.canvas = ProcessCanvas(self.diagram, bench.viewer.lang, on_select=self.choose)
            self.list = box("outlinebox")
            self._draw_list()
            self.panel = attrs(box("steppanel", "aside"), aria_label=bench.t("studio.step.panel"))
        self._mark()
        self._draw_panel()
        if bench.step:
            self.canvas.select(bench.step)

    def _legend(self) -> None:
        bench = self.bench
        with attrs(box("legend"), aria_hidden="true"):
            for mark, meaning in MARK_ICONS.items():
                with box("fx gap4", "span"):
                    icon(meaning, "s")
                    Text("span", bench.t(f"studio.mark.{mark}"))
            with box("fx gap4", "span"):
                box("dashed", "span")
                Text("span", bench.t("studio.canvas.exception"))
            with box("fx gap4 keysay", "span"):
                Text("kbd", "← ↑ → ↓")
                Text("span", bench.t("studio.canvas.walk"))

    def _mark(self) -> None:
        """The number of findings at each step."""
        problems: dict[str, int] = {}
        for finding in self.bench.desk.findings:
            step = self.bench.desk.step_of(finding["pointer"]) if finding["file"] == "process.yaml" else None
            if step:
                problems[step] = problems.get(step, 0) + 1
        if problems:
            self.canvas.set_problems(problems)

    def _draw_list(self) -> None:
        self.list.clear()
        with self.list:
            outline(self.diagram, self.bench.viewer.lang, selected=self.bench.step, on_select=self.choose_in_list)

    def choose(self, step: str) -> None:
        """A step was chosen in the drawing."""
        self.bench.step = step
        self._draw_list()
        self._draw_panel()

    def choose_in_list(self, step: str) -> None:
        """A step was chosen in the outline: the drawing follows."""
        self.choose(step)
        self.canvas.select(step)

    def _draw_panel(self) -> None:
        self.panel.clear()
        chosen = self.bench.step or ""
        step = self.outline.by_id.get(chosen)
        node = self.diagram.node(chosen)
        message = node if node is not None and node.kind == MESSAGE else None
        shown = step is not None or message is not None
        self.panel.classes(add="" if shown else "none", remove="none" if shown else "")
        with self.panel:
            if step is not None:
                self._draw_step(step)
            elif message is not None:
                self._draw_message(message)

    def _draw_step(self, step: StepView) -> None:
        bench, lang = self.bench, self.bench.viewer.lang
        self._head(SUBPROCESS if step.kind == "start" else step.kind, title_of(step).said_in(lang), step.id)
        helped = step.mapping("help")
        if helped:
            Text("p", str(helped.get(lang) or ""), "small cardnote")
        self._words(described(step, lang))
        self._routes(step.id)
        clauses = [item for item in step.listing("basis") if isinstance(item, str)]
        if clauses:
            with box("cardnote"):
                clause_chip([item.removeprefix("GSP-") for item in clauses], lang)
        with box("cardnote"):
            button(
                bench.t("studio.step.in_text"),
                acting(lambda: bench.go("yaml", step=step.id)),
                icon_of="edit",
                small=True,
                mark="step.in_text",
            )

    def _draw_message(self, message: Node) -> None:
        """A message that the whole case listens for: no step, so it has no place of its own in the text tab."""
        name = message.id.partition(":")[2]
        definition: Any = self.bench.desk.meaning()["definition"]
        self._head(MESSAGE, message.title.said_in(self.bench.viewer.lang), name)
        Text("p", self.bench.t("studio.step.message"), "small cardnote")
        self._words(described_message((definition.get("on_message") or {}).get(name)))
        self._routes(message.id)

    def _head(self, kind: str, title: str, key: str) -> None:
        lang = self.bench.viewer.lang
        with box("cardhead"):
            icon(KIND_ICONS.get(kind, "step"))
            with box("grow"):
                Text("h2", title)
                Text("span", f"{label('studio.kind', kind, lang)} · ", "small")
                Text("span", key, "mono muted")
            icon_button("close", self.bench.viewer.t("common.verbs.close"), self._close)

    def _words(self, words: list[tuple[str, str]]) -> None:
        with box("stepwords", "dl"):
            for word, value in words:
                Text("dt", label("studio.word", word, self.bench.viewer.lang))
                Text("dd", value, "mono" if word in MONO else "")

    def _routes(self, step: str) -> None:
        lang = self.bench.viewer.lang
        names = {item.id: item.title.said_in(lang) for item in [*self.diagram.nodes, *self.diagram.frames]}
        routes = [edge for edge in self.diagram.edges if edge.source == step]
        if not routes:
            return
        Text("h3", self.bench.t("studio.step.routes"), "cardnote")
        with box("routes", "ul"):
            for edge in routes:
                with box(tag="li"):
                    Text(
                        "span",
                        edge.label.said_in(lang) or self.bench.t("studio.step.then"),
                        "chip" if not edge.exception else "chip yellow",
                    )
                    icon("next", "s")
                    Text("span", names.get(edge.target, edge.target))

    def _close(self) -> None:
        self.bench.step = None
        self._draw_list()
        self._draw_panel()
        self.canvas.select(None)
