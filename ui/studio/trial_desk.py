"""The form in hand while an SOP is played: the start form, or the form of the chosen task, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from forms.model import load_form
from services import udi
from services.play import Done, Game
from ui.components.chips import chip, role_name
from ui.components.panels import empty, note
from ui.elements import Text, attrs, box, button
from ui.forms import FormContext, FormView
from ui.guard import acting
from ui.studio.desk import CASES
from ui.studio.samples import sample_values, typed_in_tests
from ui.texts import choose
from workflows.language.findings import Report
from workflows.language.source import read_yaml

if TYPE_CHECKING:
    from ui.studio.trial import Trial

OUTSIDE = ("message", "child")
"""What does not come from a person of the house."""
PERSONS = (1, 2)
"""Several holders of a post, so that four-eyes rules can be tried."""


class TaskDesk:
    """What stands at the right below the drawing."""

    def __init__(self, trial: Trial, game: Game, changed: Callable[[], None]) -> None:
        self.trial, self.game, self.bench, self.changed = trial, game, trial.bench, changed
        self.role = ""
        self.person = 1
        self.form: FormView | None = None

    def draw(self) -> None:
        """The start form, the chosen task, or that nothing is to be done."""
        if self.game.player is None:
            self._start()
            return
        task: Any = self.game.task(*self.trial.task) if self.trial.task else None
        if task is None:
            said = "ended" if self.game.state != "running" else "waits"
            empty(self.bench.t(f"trial.play.{said}"), self.bench.t(f"trial.play.{said}_body"), icon_of="done")
            return
        self._task(task)

    def _start(self) -> None:
        bench, told = self.bench, self.game.start_form()
        self.role = self.game.start_roles[0]
        self._head(bench.t("trial.play.start_form"), list(self.game.start_roles), persons=False)
        self.top = box("stack")
        self.place = box("playform")
        self._draw_form(told["form"], told["values"], {}, {}, None)
        with box("playacts"):
            button(bench.t("trial.play.begin"), acting(self._begin), icon_of="play", kind="primary", mark="play.begin")

    def _task(self, task: Any) -> None:
        bench, lang = self.bench, self.bench.viewer.lang
        self.role = task["role"]
        self._head(choose(task["title"], lang), task["roles"], persons=task["kind"] not in OUTSIDE)
        self.top = box("stack")
        if task["kind"] == "incident":
            with self.top:
                note(choose(task["why"]["message"], lang), tone="red", icon_of="incident")
            self._button(task, {"key": "", "title": bench.viewer.t("common.verbs.retry")}, primary=True)
            return
        self.place = box("playform")
        if task["form"]:
            self._draw_form(task["form"], task["values"], task["target"], task["scope"], task["step"])
        with box("playacts"):
            for index, outcome in enumerate(task["outcomes"]):
                self._button(task, outcome, primary=index == 0)

    def _button(self, task: Any, outcome: Any, *, primary: bool) -> None:
        handler = acting(partial(self._act, task, str(outcome["key"])))
        words, kind = choose(outcome["title"], self.bench.viewer.lang), "primary" if primary else "plain"
        button(words, handler, kind=kind, mark=f"play.do.{outcome['key'] or 'retry'}")

    def _head(self, title: str, roles: list[str], *, persons: bool) -> None:
        bench, lang = self.bench, self.bench.viewer.lang
        with box("fx wrap playhead"):
            Text("h2", title)
            box("grow")
            if len(roles) == 1:
                chip(
                    self.bench.t("trial.play.outside") if roles[0] == "system" else role_name(roles[0], lang),
                    icon_of="person",
                )
            else:
                self._seg(
                    "trial.play.as",
                    roles,
                    roles[0],
                    lambda role: setattr(self, "role", role),
                    partial(role_name, lang=lang),
                )
            if persons:
                said = partial(bench.t, "trial.play.person")
                numbers = [str(number) for number in PERSONS]
                self._seg("trial.play.persons", numbers, "1", self._other_person, lambda number: said(n=number))

    def _other_person(self, number: str) -> None:
        self.person = int(number)

    def _seg(
        self, words: str, choices: list[str], chosen: str, choose_: Callable[[str], None], said: Callable[[str], str]
    ) -> None:
        buttons: dict[str, Any] = {}

        def pick(choice: str) -> None:
            choose_(choice)
            for name, drawn in buttons.items():
                attrs(drawn, aria_pressed=str(name == choice).lower())

        with attrs(box("seg"), role="group", aria_label=self.bench.t(words)):
            for choice in choices:
                buttons[choice] = attrs(Text("button", said(choice)), type="button", data_testid=f"play.as.{choice}")
                attrs(buttons[choice], aria_pressed=str(choice == chosen).lower())
                buttons[choice].on("click", partial(pick, choice), js_handler="() => emit()")

    # ------------------------------------------------------------ form
    def _draw_form(self, form: Any, values: Any, target: Any, scope: Any, step: str | None) -> None:
        context = FormContext(zone=self.game.model.zone, scope=scope, target=target, parse=udi.parse)
        lang = self.bench.viewer.lang
        with self.place:
            self.form = FormView(form, values, lang, layout="narrow", context=context)

        def sample() -> None:
            fields = load_form(form)
            tried = sample_values(fields, self._tried(step))
            own = {
                field.name: tried[field.name] for field in fields.fields if field.name in tried and not field.read_only
            }
            self.place.clear()
            with self.place:
                self.form = FormView(form, {**values, **own}, lang, layout="narrow", context=context)

        with self.top:
            button(self.bench.t("trial.play.sample"), sample, icon_of="edit", small=True, mark="play.sample")

    def _tried(self, step: str | None) -> dict[str, Any]:
        """What the owner's tests type into the form of this step, or into the start form."""
        text = self.bench.desk.files.get(CASES)
        tests = read_yaml(text, CASES, Report()).value if text else None
        model = self.game.model
        form = (model.steps[step].form or "") if step else model.start_form
        return typed_in_tests(tests, self.bench.desk.meaning()["definition"], form)

    # ------------------------------------------------------------ acting
    def _begin(self) -> None:
        assert self.form is not None
        if not self.form.check_all():
            self._told(self.game.begin(dict(self.form.values), self.role))

    def _act(self, task: Any, outcome: str) -> None:
        if self.form is not None and self.form.check_all():
            return
        values = dict(self.form.values) if self.form else {}
        person = self.role if self.person == 1 else f"{self.role}-{self.person}"
        self._told(self.game.act(task["path"], task["seat"], self.role, outcome, values, person))

    def _told(self, done: Done) -> None:
        if done.ok:
            self.changed()
            return
        if self.form is not None and done.faults:
            self.form.tell(done.faults)
        if done.refusal is not None:
            self.top.clear()
            with self.top:
                note(done.refusal.said_in(self.bench.viewer.lang), tone="red", icon_of="refused")
