"""The difference tab: what changed against another version, in words by consequence, on the drawing, in the text."""

from __future__ import annotations

import difflib
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from domain.errors import RefusedError
from services import definitions
from ui.canvas import ProcessCanvas
from ui.components.chips import chip
from ui.components.panels import empty, note
from ui.elements import Text, attrs, box, icon
from ui.guard import acting
from ui.studio.desk import number_of
from ui.texts import choose
from workflows.language.change_class import classed
from workflows.language.diagram import diagram_of
from workflows.language.diff import classify
from workflows.language.outline import outline_of

if TYPE_CHECKING:
    from ui.studio.bench import Bench

KINDS = ("route", "people", "table", "form", "time", "text")
KIND_ICONS = {"route": "gateway", "people": "people", "table": "rule", "form": "form", "time": "due", "text": "comment"}
MODES = ("words", "text")
CONTEXT_LINES = 3


async def draw(bench: Bench) -> None:
    """Draw the tab."""
    await DiffTab(bench).draw()


class DiffTab:
    """The version on the bench against another one."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.mode = "words"
        self.canvas: ProcessCanvas | None = None
        self.other: Any = None
        self.changes: list[Any] = []

    async def draw(self) -> None:
        """Choice of the other version, then the difference."""
        bench = self.bench
        other = bench.against if bench.against in self._others() else self._usual()
        if other is None:
            empty(bench.t("studio.diff.alone"), bench.t("studio.diff.alone_body"), icon_of="diff")
            return
        try:
            self.other = await definitions.version(bench.office, bench.viewer.actor, bench.name, other)
            await self._compare(other)
        except RefusedError as error:
            note(error.refusal.message.said_in(bench.viewer.lang), tone="red", icon_of="late")
            return
        with box("studiodiff"):
            self.bar = box("diffbar")
            self.pane = box("diffpane")
        self._draw_bar(other)
        self._draw_pane()

    def _others(self) -> list[str]:
        return [
            item["version"]
            for item in self.bench.definition["versions"]
            if item["version"] != self.bench.shown["version"]
        ]

    def _usual(self) -> str | None:
        """The version in force, else the nearest older one, else any."""
        bench = self.bench
        if bench.in_force and bench.in_force["version"] != bench.shown["version"]:
            return str(bench.in_force["version"])
        older = [v for v in self._others() if number_of(v) < number_of(bench.shown["version"])]
        return max(older or self._others(), key=number_of, default=None)

    async def _compare(self, other: str) -> None:
        """From `services` for stored texts; for unsaved ones from what is typed."""
        bench = self.bench
        if bench.desk.dirty or bench.desk.rev is None and bench.is_draft:
            now: Any = bench.desk.meaning()
            found = classed(self.other["checked"] or {}, now) if isinstance(now["definition"], dict) else []
            self.changes = [one.as_json() for one in found]
            self.severity = classify([one.change for one in found])
            return
        answer: Any = await definitions.diff(
            bench.office, bench.viewer.actor, (bench.name, other), (bench.name, bench.shown["version"])
        )
        self.changes, self.severity = answer["changes"], answer["severity"]

    # ------------------------------------------------------------ drawing
    def _draw_bar(self, other: str) -> None:
        bench = self.bench
        self.bar.clear()
        with self.bar:
            with box("fx wrap"):
                Text("span", bench.t("studio.diff.from"), "small")
                with attrs(box("seg"), role="group", aria_label=bench.t("studio.diff.against")):
                    for version in self._others()[:6]:
                        choice = attrs(
                            Text("button", version, "mono"), type="button", aria_pressed=str(version == other).lower()
                        )
                        choice.on(
                            "click", acting(lambda version=version: self._against(version)), js_handler="() => emit()"
                        )
                icon("next", "s")
                Text("b", bench.shown["version"], "mono")
                if self.severity:
                    chip(bench.t(f"studio.weight.{self.severity}"), "violet", icon_of="diff")
            box("grow")
            with attrs(box("seg"), role="group", aria_label=bench.t("studio.diff.mode")):
                for mode in MODES:
                    choice = attrs(
                        Text("button", bench.t(f"studio.diff.{mode}")),
                        type="button",
                        aria_pressed=str(mode == self.mode).lower(),
                        data_testid=f"diff.{mode}",
                    )
                    choice.on("click", partial(self._switch, mode, other), js_handler="() => emit()")

    async def _against(self, version: str) -> None:
        self.bench.against = version
        await self.bench.draw_tab()

    def _switch(self, mode: str, other: str) -> None:
        self.mode = mode
        self._draw_bar(other)
        self._draw_pane()

    def _draw_pane(self) -> None:
        self.pane.clear()
        with self.pane:
            if self.mode == "text":
                self._text()
            else:
                self._words()

    def _words(self) -> None:
        bench = self.bench
        if not self.changes:
            empty(bench.t("studio.diff.same"), bench.t("studio.diff.same_body"), icon_of="passed")
            return
        with attrs(box("changelist", "section"), aria_label=bench.t("studio.diff.changes")):
            order = sorted(self.changes, key=lambda change: KINDS.index(change["kind"]))
            for kind, changes in groupby(order, key=lambda change: change["kind"]):
                listed = list(changes)
                with box("changehead"):
                    icon(KIND_ICONS[kind])
                    Text("h2", bench.t(f"studio.diff.kind.{kind}"))
                    Text("span", bench.t("studio.diff.count", n=len(listed)), "small")
                for change in listed:
                    self._change(change)
        with box("changedraw"):
            self.canvas = ProcessCanvas(self._diagram(), bench.viewer.lang, on_select=self._chosen, least_scale=0.8)
            self.canvas.set_changes(self._marks())

    def _diagram(self) -> Any:
        return diagram_of(self.bench.desk.meaning()["definition"])

    def _change(self, change: Any) -> None:
        """One sentence; old struck, new marked; a click brings the step into view."""
        lang = self.bench.viewer.lang
        words = choose(change["text"], lang)
        row = attrs(box(f"chg {change['severity']}", "button"), type="button", data_testid="change")
        with row:
            icon(_sign(choose(change["text"], "en")))
            with box("grow", "span"):
                head, arrow, new = words.partition(" → ")
                place, colon, old = head.rpartition("：" if lang == "zh" else ": ")
                if arrow and colon:
                    Text("span", f"{place}{colon}")
                    attrs(Text("del", old), aria_label=self.bench.t("studio.diff.was", value=old))
                    Text("span", " → ")
                    Text("ins", new)
                else:
                    Text("span", words)
                Text("span", choose(change["why"], lang), "small why")
            Text(
                "span",
                self.bench.t(f"studio.diff.severity.{change['severity']}"),
                f"chip {'violet' if change['severity'] == 'major' else ''}",
            )
        row.on("click", lambda: self._show(change["step"]), js_handler="() => emit()")

    def _show(self, step: str | None) -> None:
        if self.canvas is not None and step:
            self.canvas.select(step)

    def _chosen(self, step: str) -> None:
        self.bench.step = step

    def _marks(self) -> dict[str, str]:
        """Which steps are new or changed; a changed form or table marks the steps that use it."""
        outline = outline_of(self.bench.desk.meaning()["definition"])
        earlier = outline_of((self.other["checked"] or {}).get("definition"))
        marks = {step.id: "added" for step in outline.steps if step.id and step.id not in earlier.by_id}
        for change in self.changes:
            step = change["step"]
            if step and step in outline.by_id:
                marks.setdefault(step, "changed")
            if step is None and change["kind"] in ("form", "table"):
                for user in outline.steps:
                    used = user.text("form") or user.text("decide")
                    if used and used in change["pointer"].replace("~1", "/"):
                        marks.setdefault(user.id, "changed")
        return marks

    def _text(self) -> None:
        """Every file that differs, line by line."""
        old = {
            "process.yaml": self.other["yaml"],
            **self.other["forms"],
            **self.other["tables"],
            "cases.yaml": self.other["cases"] or "",
        }
        new = {"cases.yaml": "", **self.bench.desk.files}
        some = False
        for name in sorted({*old, *new}, key=lambda item: (item != "process.yaml", item)):
            before, after = old.get(name, "").splitlines(), new.get(name, "").splitlines()
            if before == after:
                continue
            some = True
            with attrs(box("textdiff", "section"), aria_label=name):
                Text("h2", name, "mono")
                with attrs(box("lines"), tabindex="0", role="region", aria_label=name):
                    for line in list(difflib.unified_diff(before, after, lineterm="", n=CONTEXT_LINES))[2:]:
                        self._line(line)
        if not some:
            empty(self.bench.t("studio.diff.same"), self.bench.t("studio.diff.same_body"), icon_of="passed")

    def _line(self, line: str) -> None:
        kind = {"+": "plus", "-": "minus", "@": "place"}.get(line[:1], "")
        said = {"plus": "ins", "minus": "del"}.get(kind, "div")
        Text(said, line or " ", f"ln {kind}")


def _sign(words: str) -> str:
    """The icon of a change, by the verb of its English sentence."""
    if "added" in words:
        return "add"
    return "remove" if "removed" in words else "edit"
