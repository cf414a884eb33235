"""The owner's tests: which passed, what they reached, on the drawing and in words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from services import simulation
from ui.canvas import ProcessCanvas
from ui.components.chips import chip
from ui.components.panels import empty, note
from ui.elements import Text, attrs, box, button, icon
from ui.guard import acting
from ui.studio.desk import CASES
from ui.studio.starter import text_of
from ui.texts import choose
from workflows.language.diagram import diagram_of

if TYPE_CHECKING:
    from ui.studio.trial import Trial

KINDS = ("step", "outcome", "arm", "row", "clause")


async def draw(trial: Trial) -> None:
    """Run the tests of what is typed now, and show them."""
    bench = trial.bench
    if CASES not in bench.desk.files:
        _none(trial)
        return
    told: Any = await simulation.simulate(bench.office, bench.viewer.actor, bench.desk.source())
    if not told["checked"]:
        with box("trialpad"):
            note(bench.t("trial.has_errors", n=bench.desk.errors), tone="yellow", icon_of="warning")
        return
    _Tests(trial, told).draw()


def _none(trial: Trial) -> None:
    bench = trial.bench

    async def add() -> None:
        bench.desk.add(CASES, text_of(CASES))
        bench.file = CASES
        bench.tell_dirty()
        await bench.check()
        bench.draw_head()
        await bench.go("yaml")

    def actions() -> None:
        if bench.desk.editable:
            button(bench.t("trial.tests.add"), acting(add), icon_of="add", kind="primary", mark="trial.add")

    empty(bench.t("trial.tests.none"), bench.t("trial.tests.none_body"), icon_of="rule", actions=actions)


class _Tests:
    """The results beside the drawing; a chosen test shows its own way."""

    def __init__(self, trial: Trial, told: Any) -> None:
        self.bench, self.told = trial.bench, told
        self.chosen: int | None = None
        self.canvas: ProcessCanvas

    def draw(self) -> None:
        """Coverage above, tests at the left, drawing at the right."""
        with box("trialcols"):
            with box("triallist"):
                self._summary()
                self.list = attrs(box("tests", "ul"), aria_label=self.bench.t("trial.mode.tests"))
                self._draw_list()
                self._missed()
            with box("trialdraw"):
                diagram = diagram_of(self.bench.desk.meaning()["definition"])
                self.canvas = ProcessCanvas(diagram, self.bench.viewer.lang)
        self._colour()

    def _summary(self) -> None:
        bench, results, coverage = self.bench, self.told["results"], self.told["coverage"]
        failed = sum(1 for one in results if not one["passed"])
        with box("fx wrap trialsum"):
            words = bench.t("trial.tests.failed", n=len(results), failed=failed)
            tone = "red" if failed else "green"
            chip(
                words if failed else bench.t("trial.tests.passed", n=len(results)),
                tone,
                icon_of="failed" if failed else "passed",
            )
        with box("cover", "dl"):
            for kind in KINDS:
                one = coverage[kind]
                if not one["of"]:
                    continue
                with box():
                    Text("dt", bench.t(f"trial.cover.{kind}"))
                    Text("dd", f"{one['reached']} / {one['of']}", "mono" + ("" if one["missed"] else " okc"))

    def _draw_list(self) -> None:
        self.list.clear()
        with self.list:
            for index, result in enumerate(self.told["results"]):
                self._test(index, result)

    def _test(self, index: int, result: Any) -> None:
        lang = self.bench.viewer.lang
        with box(tag="li"):
            line = attrs(box("chg", "button"), type="button", aria_pressed=str(index == self.chosen).lower())
            with line:
                passed = result["passed"]
                icon("passed" if passed else "failed", "okc" if passed else "badc")
                with box("grow", "span"):
                    Text("b", choose(result["name"], lang))
                    Text("span", self.bench.t("trial.tests.pass" if passed else "trial.tests.fail"), "sr")
                    for fault in result["faults"]:
                        Text("span", choose(fault, lang), "badc why")
                    if index == self.chosen:
                        for said in result["notes"]:
                            Text("span", choose(said, lang), "small why")
                if result["notes"] and index != self.chosen:
                    chip(self.bench.t("trial.tests.notes", n=len(result["notes"])), "yellow", icon_of="info")
            line.on("click", partial(self._choose, index), js_handler="() => emit()")

    def _choose(self, index: int) -> None:
        self.chosen = None if index == self.chosen else index
        self._draw_list()
        self._colour()

    def _colour(self) -> None:
        """Green: reached by the chosen test, or by any of them; grey: by none."""
        if self.chosen is None:
            reached = [step for step, cases in self.told["coverage"]["steps"].items() if cases]
        else:
            reached = self.told["results"][self.chosen]["reached"]
        self.canvas.set_states({"start": "done", **dict.fromkeys(reached, "done")})

    def _missed(self) -> None:
        """What no test reaches, in words."""
        coverage, lang = self.told["coverage"], self.bench.viewer.lang
        missed = [(kind, one) for kind in KINDS for one in coverage[kind]["missed"]]
        if not missed:
            return
        Text("h2", self.bench.t("trial.tests.missed"), "cardnote")
        with box("missed", "ul"):
            for kind, one in missed:
                with box(tag="li"):
                    chip(self.bench.t(f"trial.cover.{kind}"))
                    Text("span", choose(one["text"], lang), "mono")
