"""The forecast: how many cases, who is there, and what a simulated company makes of the SOP."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from nicegui import ui

from domain.errors import RefusedError
from services import forecast
from ui.components.chips import role_name
from ui.components.panels import note
from ui.components.tables import Column, data_table
from ui.elements import Text, attrs, box, button
from ui.guard import acting
from ui.texts import choose
from workflows.language.diagram import title_of
from workflows.language.outline import outline_of

if TYPE_CHECKING:
    from ui.studio.trial import Trial

NUMBERS = ("per_day", "days", "runs", "seed")


async def draw(trial: Trial) -> None:
    """What is asked, then what was found last."""
    bench = trial.bench
    if bench.desk.errors:
        with box("trialpad"):
            note(bench.t("trial.has_errors", n=bench.desk.errors), tone="yellow", icon_of="warning")
        return
    site = bench.viewer.site.id if bench.viewer.site else None
    known: Any = await forecast.assumed(bench.office, bench.viewer.actor, bench.desk.source(), site)
    if trial.wish is None:
        trial.wish = {"per_day": str(known["known_per_day"]), "days": "30", "runs": "10", "seed": "1", "people": {}}
    people = {role: str(number) for role, number in known["known_people"].items()}
    trial.wish["people"] = {**people, **{k: v for k, v in trial.wish["people"].items() if k in people}}
    ForecastTab(trial, known, site).draw()


class ForecastTab:
    """The question above, the answer below."""

    def __init__(self, trial: Trial, known: Any, site: str | None) -> None:
        self.trial, self.bench, self.known, self.site = trial, trial.bench, known, site
        definition: Any = self.bench.desk.meaning()["definition"]
        lang = self.bench.viewer.lang
        self.names = {step.id: title_of(step).said_in(lang) for step in outline_of(definition).steps}

    def draw(self) -> None:
        """Fields, button, result."""
        bench, wish, lang = self.bench, self.trial.wish, self.bench.viewer.lang
        with box("trialpad"):
            Text("p", bench.t("trial.forecast.about", n=self.known["history"]), "small")
            with box("fcwish"):
                for name in NUMBERS:
                    self._field(bench.t(f"trial.forecast.{name}"), wish, name)
                for role in wish["people"]:
                    self._field(bench.t("trial.forecast.people", role=role_name(role, lang)), wish["people"], role)
            with box("fx wrap"):
                words = bench.t("trial.forecast.run")
                button(words, acting(self._run), icon_of="reports", kind="primary", mark="forecast.run")
            self.pane = box("stack gap16")
        self._draw_pane()

    def _field(self, words: str, into: Any, name: str) -> None:
        with box("field"):
            caption = Text("label", words)
            control = attrs(
                box("box", "input"), type="number", value=into[name], min="0", step="any", data_testid=f"wish.{name}"
            )
            attrs(control, id=control.html_id, inputmode="decimal")
            attrs(caption, for_=control.html_id)

        def typed(event: Any) -> None:
            # kept in the props too: the browser draws them again when something else on the page changes
            into[name] = control.props["value"] = str(event.args)

        control.on("input", typed, js_handler="(e) => emit(e.target.value)")

    async def _run(self) -> None:
        bench = self.bench
        wish = self._wish()
        self.pane.clear()
        with self.pane:
            if wish is None:
                note(bench.t("trial.forecast.wrong"), tone="red", icon_of="refused")
                return
            attrs(Text("p", bench.t("trial.forecast.running")), role="status")
        try:
            self.trial.forecast = await forecast.run(
                bench.office, bench.viewer.actor, bench.desk.source(), wish, self.site
            )
        except RefusedError as error:
            self.pane.clear()
            with self.pane:
                note(error.refusal.message.said_in(bench.viewer.lang), tone="red", icon_of="refused")
            return
        self._draw_pane()

    def _wish(self) -> forecast.Wish | None:
        """What was typed; ``None`` when one of the numbers is none or not positive."""
        typed = self.trial.wish
        try:
            per_day = float(Decimal(typed["per_day"]))
            days, runs, seed = (int(typed[name]) for name in ("days", "runs", "seed"))
            people = {role: int(number) for role, number in typed["people"].items()}
        except (InvalidOperation, ValueError):
            return None
        if min(per_day, days, runs, seed + 1, *people.values()) <= 0 or days > 365 or runs > 200:
            return None
        return forecast.Wish(per_day, people, days, runs, seed)

    # ------------------------------------------------------------ the answer
    def _draw_pane(self) -> None:
        told = self.trial.forecast
        self.pane.clear()
        if told is None:
            return
        bench, lang = self.bench, self.bench.viewer.lang
        with self.pane:
            cases = told["cases"]
            given = {name: told[name] for name in ("runs", "days", "seed")}
            with attrs(box(), role="status", data_testid="forecast.result"):
                Text("b", bench.t("trial.forecast.result", began=cases["began"], ended=cases["ended"], **given))
            bottleneck = told["bottleneck"]
            if bottleneck is not None:
                much = bottleneck["is_one"]
                note(
                    choose(bottleneck["text"], lang),
                    tone="red" if much else "green",
                    icon_of="warning" if much else "passed",
                )
            with box("fccols"):
                self._durations(told)
                with box("card fccard"):
                    Text("h2", bench.t("trial.forecast.roles"))
                    self._roles(told)
            Text("h2", bench.t("trial.forecast.steps"))
            self._steps(told)

    def _durations(self, told: Any) -> None:
        bench, spread = self.bench, told["duration"]
        with box("card fccard"):
            Text("h2", bench.t("trial.forecast.duration"))
            if spread["p50"] is None:
                return
            with box("cover", "dl"):
                for name in ("p50", "p90", "p95"):
                    with box():
                        Text("dt", bench.t(f"trial.forecast.{name}"))
                        Text("dd", self._length(spread[name]), "strong")
            said = {"n": told["cases"]["ended"], "p50": self._length(spread["p50"]), "p90": self._length(spread["p90"])}
            words = bench.t("trial.forecast.chart", **said)
            hours, cases = bench.t("trial.forecast.hours"), bench.t("trial.forecast.cases")
            drawing = ui.echart(_bars(told["histogram"], hours, cases)).classes("curve")
            attrs(drawing, role="img", aria_label=words)

    def _length(self, minutes: Any) -> str:
        """A length of time in one unit that people use."""
        number = float(minutes)
        if number < 90:
            return self.bench.t("trial.forecast.minutes", n=round(number))
        if number < 48 * 60:
            return self.bench.t("trial.forecast.hours_of", n=f"{number / 60:.1f}")
        return self.bench.t("trial.forecast.days_of", n=f"{number / 1440:.1f}")

    def _roles(self, told: Any) -> None:
        bench, lang = self.bench, self.bench.viewer.lang
        columns: list[Column[Any]] = [
            Column(bench.t("trial.forecast.role"), lambda row: role_name(row["role"], lang)),
            Column(bench.t("trial.forecast.there"), lambda row: str(row["people"]), number=True),
            Column(bench.t("trial.forecast.load"), _meter),
            Column(bench.t("trial.forecast.queue"), lambda row: f"{float(row['queue']):.1f}", number=True),
            Column(bench.t("trial.forecast.wait"), lambda row: self._two(row["wait"]), number=True),
        ]
        rows = sorted(told["roles"], key=lambda row: -float(row["load"]))
        data_table(columns, rows, lang, label=bench.t("trial.forecast.roles"))

    def _two(self, spread: Any) -> str:
        return "—" if spread["p50"] is None else f"{self._length(spread['p50'])} / {self._length(spread['p90'])}"

    def _steps(self, told: Any) -> None:
        bench, lang = self.bench, self.bench.viewer.lang
        habits = {one["step"]: one for one in told["habits"]}

        def late(row: Any) -> str:
            return bench.t("trial.forecast.no_due") if row["late"] is None else f"{100 * float(row['late']):.0f} %"

        def work(row: Any) -> str:
            habit = habits[row["step"]]
            return f"{self._length(habit['median'])} / {self._length(habit['p90'])}"

        def source(row: Any) -> str:
            known = habits[row["step"]]["known"]
            enough = known >= forecast.ENOUGH
            return bench.t("trial.forecast.known", n=known) if enough else bench.t("trial.forecast.assumed")

        columns: list[Column[Any]] = [
            Column(bench.t("trial.forecast.step"), lambda row: self.names.get(row["step"], row["step"])),
            Column(bench.t("trial.forecast.work"), work, number=True),
            Column(bench.t("trial.forecast.source"), source),
            Column(bench.t("trial.forecast.wait"), lambda row: self._two(row["wait"]), number=True),
            Column(bench.t("trial.forecast.late"), late, number=True),
        ]
        data_table(columns, told["steps"], lang, label=bench.t("trial.forecast.steps"))


def _meter(row: Any) -> None:
    """How busy a role is: a bar with its number."""
    load = float(row["load"])
    with box("fcload" + (" much" if load >= 0.85 else "")):
        with attrs(box("meter"), aria_hidden="true"):
            box().style(f"width:{min(100, round(100 * load))}%")
        Text("span", f"{100 * load:.0f} %", "mono")


def _bars(histogram: Any, hours: str, cases: str) -> dict[str, Any]:
    """The histogram as bars: hours below, cases up."""
    return {
        "animation": False,
        "textStyle": {"fontFamily": "Noto Sans SC Variable, sans-serif"},
        "grid": {"left": 44, "right": 12, "top": 28, "bottom": 40},
        "xAxis": {
            "type": "category",
            "name": hours,
            "nameLocation": "middle",
            "nameGap": 26,
            "data": [f"{float(one['from']) / 60:.1f}" for one in histogram],
        },
        "yAxis": {"type": "value", "name": cases, "minInterval": 1},
        "series": [{"type": "bar", "barCategoryGap": "8%", "data": [one["cases"] for one in histogram]}],
        "color": ["#1d4ed8"],
        "tooltip": {"trigger": "axis"},
    }
