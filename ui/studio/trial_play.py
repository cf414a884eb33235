"""Playing the SOP: one person takes every role, time passes on demand, the drawing shows where the case stands."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui.element import Element

from domain import paths
from services import play
from services.play import Game
from ui.canvas import ProcessCanvas
from ui.components.chips import chip, role_name, state_chip
from ui.components.panels import empty, note
from ui.desk.clock import Clock
from ui.elements import Text, attrs, box, button, icon
from ui.guard import acting
from ui.studio.trial_desk import TaskDesk
from ui.studio.trial_record import recording
from ui.texts import choose, label
from workflows.language.diagram import diagram_of

if TYPE_CHECKING:
    from ui.studio.trial import Trial

LOG_SHOWN = 60
STEPS_OF_TIME = (("hour", 60), ("day", 60 * 24), ("month", 60 * 24 * 30))


async def draw(trial: Trial) -> None:
    """The game of this bench, or what it would be."""
    if trial.game is None:
        _intro(trial)
        return
    PlayTab(trial, trial.game).draw()


def _intro(trial: Trial) -> None:
    bench = trial.bench

    def actions() -> None:
        why = bench.t("trial.has_errors", n=bench.desk.errors) if bench.desk.errors else None
        words = bench.t("trial.play.open")
        button(words, acting(partial(_open, trial)), icon_of="play", kind="primary", off_because=why, mark="play.open")

    empty(bench.t("trial.play.title"), bench.t("trial.play.body"), icon_of="play", actions=actions)


async def _open(trial: Trial) -> None:
    bench = trial.bench
    trial.game = await play.new_game(bench.office, bench.viewer.actor, bench.desk.source())
    trial.game_of, trial.task = dict(bench.desk.files), None
    await bench.draw_tab()


class PlayTab:
    """Clock, inboxes and log at the left; drawing and form at the right."""

    def __init__(self, trial: Trial, game: Game) -> None:
        self.trial, self.game, self.bench = trial, game, trial.bench
        self.clock = Clock(self.bench.viewer, game.model.zone)
        self.diagram = diagram_of(self.bench.desk.meaning()["definition"])
        lang = self.bench.viewer.lang
        self.names = {one.id: one.title.said_in(lang) for one in [*self.diagram.nodes, *self.diagram.frames]}
        self.canvas: ProcessCanvas
        self.left: Element
        self.desk: Element

    def draw(self) -> None:
        """Everything of the game."""
        with box("trialcols playcols"):
            self.left = box("triallist")
            with box("trialplay"):
                with box("playdraw"):
                    self.canvas = ProcessCanvas(self.diagram, self.bench.viewer.lang)
                self.desk = attrs(box("playdesk", "section"), aria_label=self.bench.t("trial.play.desk"))
        self.refresh()

    def refresh(self) -> None:
        """Draw anew what the last move or the time has changed."""
        tasks = self.game.inbox()
        if self.trial.task not in {(task["path"], task["seat"]) for task in tasks}:
            self.trial.task = (str(tasks[0]["path"]), str(tasks[0]["seat"])) if tasks else None
        self.left.clear()
        with self.left:
            self._head()
            self._time()
            self._inbox(tasks)
            self._calls()
            self._log()
        self._draw_desk()
        states = self.game.states()
        self.canvas.set_states({"start": "done" if states else "open", **states})
        if self.trial.task is not None:
            self.canvas.select(paths.step_of(self.trial.task[0]))

    # ------------------------------------------------------------ left
    def _head(self) -> None:
        bench, game = self.bench, self.game
        with attrs(box("fx wrap trialsum"), data_testid="play.state"):
            if game.state == "not_started":
                chip(bench.t("trial.play.not_started"), "grey", icon_of="draft")
            else:
                state_chip(game.state, bench.viewer.lang)
            button(
                bench.t("trial.play.again"),
                acting(partial(_open, self.trial)),
                icon_of="retry",
                small=True,
                mark="play.again",
            )
        if dict(bench.desk.files) != self.trial.game_of:
            with box("cardnote"):
                note(bench.t("trial.play.changed"), tone="yellow", icon_of="warning")
        if game.player is not None:
            recording(self.trial, game)

    def _time(self) -> None:
        bench, game = self.bench, self.game
        at = self.clock.at(game.at)
        with box("playtime"):
            with box("fx"):
                icon("due")
                weekday = bench.viewer.t(f"common.weekday.d{at.weekday()}") if at else ""
                words = f"{at:%Y-%m-%d %H:%M} {weekday}" if at else ""
                attrs(Text("b", words, "mono"), role="status", data_testid="play.clock")
            if game.state != "running":
                return
            with box("fx wrap"):
                for name, minutes in STEPS_OF_TIME:
                    button(bench.t(f"trial.play.wait_{name}"), partial(self._wait, minutes), small=True)
                coming = game.timers()
                none = None if coming else bench.t("trial.play.no_timer")
                button(
                    bench.t("trial.play.next"),
                    self._next,
                    icon_of="timer",
                    small=True,
                    off_because=none,
                    mark="play.next",
                )
            with box("small", "ul"):
                for timer in coming[:5]:
                    due = self.clock.at(str(timer["at"]))
                    title = choose(timer["title"], bench.viewer.lang) or str(timer["step"])  # type: ignore[arg-type]
                    Text("li", f"{due:%Y-%m-%d %H:%M}  {title}")

    def _wait(self, minutes: int) -> None:
        self.game.wait(minutes)
        self.refresh()

    def _next(self) -> None:
        self.game.wait_for_next()
        self.refresh()

    def _inbox(self, tasks: list[Any]) -> None:
        bench, lang = self.bench, self.bench.viewer.lang
        Text("h2", bench.t("trial.play.inboxes"), "cardnote")
        if not tasks:
            said = "trial.play.start_first" if self.game.player is None else "trial.play.nobody"
            Text("p", bench.t(said), "small cardnote")
        role = ""
        for task in tasks:
            if task["role"] != role:
                role = str(task["role"])
                named = bench.t("trial.play.outside") if role == "system" else role_name(role, lang)
                Text("h3", named, "playrole")
            self._task(task)

    def _task(self, task: Any) -> None:
        lang, place = self.bench.viewer.lang, (task["path"], task["seat"])
        line = attrs(box("chg", "button"), type="button", aria_pressed=str(place == self.trial.task).lower())
        attrs(line, data_testid=f"play.task.{task['step']}")
        with line:
            icon("incident" if task["kind"] == "incident" else "draft")
            with box("grow", "span"):
                Text("b", choose(task["title"], lang))
                late = task["due"] is not None and task["due"] <= self.game.at
                if task["due"]:
                    due = self.clock.at(task["due"])
                    words = self.bench.t("trial.play.late" if late else "trial.play.due", at=f"{due:%m-%d %H:%M}")
                    Text("span", words, "small why" + (" badc" if late else ""))
        line.on("click", acting(partial(self._choose, place)), js_handler="() => emit()")

    def _choose(self, place: tuple[str, str]) -> None:
        self.trial.task = place
        self.refresh()

    def _calls(self) -> None:
        calls: list[Any] = self.game.calls()
        if not calls:
            return
        bench = self.bench
        with box("playmore", "details"):
            Text("summary", bench.t("trial.play.calls"))
            for call in calls:
                with box("field cardnote"):
                    caption = Text("label", call["name"], "mono")
                    control = box("box", "select")
                    attrs(control, id=control.html_id)
                    attrs(caption, for_=control.html_id)
                    with control:
                        for choice in call["choices"]:
                            option = attrs(
                                Text("option", label("trial.answer", choice, bench.viewer.lang)), value=choice
                            )
                            attrs(option, selected=True if choice == call["answer"] else None)
                    control.on("change", partial(self._answer, call["name"]), js_handler="(e) => emit(e.target.value)")

    def _answer(self, name: str, event: Any) -> None:
        self.game.answers[name] = str(event.args)

    def _log(self) -> None:
        lines = self.game.log()
        if not lines:
            return
        bench = self.bench
        Text("h2", bench.t("trial.play.log"), "cardnote")
        with attrs(box("playlog", "ol"), data_testid="play.log", tabindex="0", aria_label=bench.t("trial.play.log")):
            for line in lines[:LOG_SHOWN]:
                with box(tag="li"):
                    at = self.clock.at(str(line["at"]))
                    Text("span", f"{at:%m-%d %H:%M}", "mono muted")
                    Text("span", self._said(line))
            if len(lines) > LOG_SHOWN:
                Text("li", bench.t("trial.play.more", n=len(lines) - LOG_SHOWN), "small")

    def _said(self, line: Any) -> str:
        """One record in the words of the audit pages."""
        lang = self.bench.viewer.lang
        outcome = label("audit.outcome", str(line["outcome"]), lang) if line["outcome"] else ""
        who = choose(line["actor"], lang) if line["actor"] else ""
        step = " ".join(part for part in (self.names.get(line["step"], line["step"] or ""), line["item"]) if part)
        return label("audit.action", str(line["action"]), lang).format(who=who, step=step, outcome=outcome).strip()

    # ------------------------------------------------------------ right
    def _draw_desk(self) -> None:
        self.desk.clear()
        with self.desk:
            TaskDesk(self.trial, self.game, self.refresh).draw()
