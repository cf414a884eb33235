"""The back-test: the last closed cases once more through what is typed now, grouped, each with its two routes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from domain.errors import RefusedError
from services import backtest
from ui.components.chips import Tone, chip
from ui.components.panels import empty, note
from ui.elements import Text, attrs, box, button, icon, link
from ui.guard import acting
from ui.texts import choose, label

if TYPE_CHECKING:
    from ui.studio.trial import Trial

COUNTS = (20, 50, 200, 1000)
CASES_SHOWN = 20
TONES: dict[str, tuple[Tone, str]] = {
    "same": ("green", "passed"),
    "diverged": ("yellow", "gateway"),
    "unfit": ("red", "failed"),
}


async def draw(trial: Trial) -> None:
    """How many, run, what came out."""
    await _Backtest(trial).draw()


class _Backtest:
    """The tab with what was found last."""

    def __init__(self, trial: Trial) -> None:
        self.trial, self.bench = trial, trial.bench

    async def draw(self) -> None:
        """The bar, then groups or one case."""
        with box("trialpad"):
            self._bar()
            self.pane = box("stack gap16")
        self._draw_pane()

    def _bar(self) -> None:
        bench, trial = self.bench, self.trial
        owner = bench.viewer.actor.has("process_owner")
        why = None if owner else bench.t("trial.backtest.owner_only")
        why = why or (bench.t("trial.has_errors", n=bench.desk.errors) if bench.desk.errors else None)
        with box("fx wrap"):
            Text("span", bench.t("trial.backtest.last"), "small")
            with attrs(box("seg"), role="group", aria_label=bench.t("trial.backtest.last")):
                for count in COUNTS:
                    choice = attrs(Text("button", str(count)), type="button")
                    attrs(choice, aria_pressed=str(count == trial.last).lower())
                    choice.on("click", acting(partial(self._count, count)), js_handler="() => emit()")
            run = acting(self._run)
            button(
                bench.t("trial.backtest.run"),
                run,
                icon_of="replay",
                kind="primary",
                off_because=why,
                mark="backtest.run",
            )
        Text("p", why if why and not owner else bench.t("trial.backtest.about"), "small")

    async def _count(self, count: int) -> None:
        self.trial.last = count
        await self.bench.draw_tab()

    async def _run(self) -> None:
        trial, bench = self.trial, self.bench
        self.pane.clear()
        with self.pane:
            attrs(Text("p", bench.t("trial.backtest.running")), role="status")
        try:
            trial.backtest = await backtest.run(bench.office, bench.viewer.actor, bench.desk.source(), trial.last)
        except RefusedError as error:
            self._refused(error)
            return
        trial.routes = None
        self._draw_pane()

    def _refused(self, error: RefusedError) -> None:
        self.pane.clear()
        with self.pane:
            note(error.refusal.message.said_in(self.bench.viewer.lang), tone="red", icon_of="refused")

    def _draw_pane(self) -> None:
        self.pane.clear()
        with self.pane:
            if self.trial.routes is not None:
                self._routes(self.trial.routes)
            elif self.trial.backtest is not None:
                self._groups(self.trial.backtest)

    # ------------------------------------------------------------ groups
    def _groups(self, told: Any) -> None:
        bench = self.bench
        if not told["cases"]:
            empty(bench.t("trial.backtest.none"), bench.t("trial.backtest.none_body"), icon_of="cases")
            return
        with attrs(box("fx wrap"), role="status", data_testid="backtest.counts"):
            Text("b", bench.t("trial.backtest.count", n=told["cases"], version=told["version"]))
            for verdict, count in told["counts"].items():
                tone, drawing = TONES[verdict]
                chip(f"{bench.t(f'trial.verdict.{verdict}')} {count}", tone if count else "grey", icon_of=drawing)
        verdicts = {one["case"]: one for one in told["results"]}
        for group in told["groups"]:
            self._group(group, verdicts)

    def _group(self, group: Any, verdicts: Any) -> None:
        bench, lang = self.bench, self.bench.viewer.lang
        tone, drawing = TONES[group["verdict"]]
        with attrs(box("card btgroup", "section"), data_testid=f"group.{group['verdict']}"):
            with box("cardhead"):
                icon(drawing)
                with box("grow"):
                    Text("h2", choose(group["reason"], lang))
                    where = " ".join(part for part in (group["place"], group["pointer"]) if part)
                    if where:
                        Text("span", where, "mono muted")
                chip(bench.t("trial.backtest.cases", n=group["count"]), tone)
            with box("btcases", "ul"):
                for case in group["cases"][:CASES_SHOWN]:
                    self._case(case, verdicts[case])
                if group["count"] > CASES_SHOWN:
                    Text("li", bench.t("trial.backtest.more", n=group["count"] - CASES_SHOWN), "small")

    def _case(self, case: str, verdict: Any) -> None:
        with box(tag="li"):
            link(case, f"/cases/{case}", "mono tap")
            if verdict["answered"]:
                Text("span", self.bench.t("trial.backtest.faked", names=", ".join(verdict["answered"])), "small")
            button(
                self.bench.t("trial.backtest.routes"),
                acting(partial(self._open, case)),
                icon_of="diff",
                small=True,
                mark=f"routes.{case}",
            )

    # ------------------------------------------------------------ one case
    async def _open(self, case: str) -> None:
        bench = self.bench
        try:
            self.trial.routes = await backtest.routes(bench.office, bench.viewer.actor, bench.desk.source(), case)
        except RefusedError as error:
            self._refused(error)
            return
        self._draw_pane()

    def _close(self) -> None:
        self.trial.routes = None
        self._draw_pane()

    def _routes(self, told: Any) -> None:
        bench, lang = self.bench, self.bench.viewer.lang
        tone, drawing = TONES[told["verdict"]]
        with box("fx wrap"):
            button(bench.t("trial.backtest.back"), self._close, icon_of="back", small=True, mark="routes.back")
            Text("b", told["case"], "mono")
            chip(bench.t(f"trial.verdict.{told['verdict']}"), tone, icon_of=drawing)
            Text("span", choose(told["reason"], lang))
        with box("tbox"), attrs(box("t btroutes", "table"), aria_label=bench.t("trial.backtest.routes")):
            with box(tag="thead"), box(tag="tr"):
                for words in (
                    bench.t("trial.backtest.recorded", version=told["version"]),
                    bench.t("trial.backtest.replayed", version=told["draft"]),
                ):
                    attrs(Text("th", words), scope="col")
            with box(tag="tbody"):
                for row in told["rows"]:
                    with box("" if row["same"] else "differs", "tr"):
                        self._stop(row["recorded"], row["same"])
                        self._stop(row["replayed"], row["same"])

    def _stop(self, mark: Any, same: bool) -> None:
        bench = self.bench
        with box(tag="td"):
            if mark is None:
                Text("span", bench.t("trial.backtest.no_stop"), "muted")
                return
            if not same:
                icon("diff", "s", name=bench.t("trial.backtest.differs"))
            Text("span", mark["path"] or bench.t("trial.backtest.the_case"), "mono")
            what = label("trial.what", mark["what"], bench.viewer.lang)
            Text("span", f"{what} {mark['key']}".strip(), "small")
