"""The process owner's tests: ``cases.yaml`` run on the same engine as real cases, on a virtual clock.

A call without a stub or a ``fake`` fails the test; nothing is invented. Values that the form of their step would not
take are noted and used as they stand: what the test asks is answered, and its owner learns what nobody could type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from domain.canonical import digest
from domain.clock import date_in_zone, from_text, to_text
from domain.errors import Fault, GspError, Refusal, Text
from domain.ids import ulid
from domain.json_types import JsonObject
from rules.values import read_duration
from workflows.engine.events import CallEffect, Event
from workflows.engine.items import CLOSING
from workflows.engine.scope import Lazy, data_of
from workflows.engine.state import CaseState, Instance, Seat
from workflows.language.model import Model
from workflows.simulation.aim import aimed, aimed_child
from workflows.simulation.play import Beginning, Fake, FormCheck, Move, Player, faked, stubbed
from workflows.simulation.stop import StopScenario

CLOCK = "2026-01-05T09:00:00+08:00"
"""When a test begins that gives no ``clock``."""
INVALID = "invalid_data"
"""What ``refused:`` says of values that the form has to refuse."""


@dataclass
class ScenarioResult:
    """One test of ``cases.yaml``: ``faults`` is empty when it passed. ``notes``: values that a form would not take."""

    name: Text
    faults: list[Text] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    called: dict[str, int] = field(default_factory=dict)
    state: str = ""
    records: list[JsonObject] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether everything that was expected came true."""
        return not self.faults


def run_scenarios(
    model: Model, cases: list[Any], fakes: Mapping[str, Fake], forms: FormCheck | None = None
) -> list[ScenarioResult]:
    """Run every test; each on a case of its own. With ``forms``, values are checked as in a real case."""
    return [_Run(model, case, fakes, forms).result() for case in cases]


_BROKEN = (KeyError, TypeError, AttributeError, ValueError, AssertionError, GspError)
"""What a test can run into whose values have a shape that no form and no act has."""


def _name(case: Any) -> Text:
    """The name of a test; a missing language says the other."""
    words = case["name"]
    zh, en = words.get("zh") or words.get("en") or "?", words.get("en") or words.get("zh") or "?"
    return Text(str(zh), str(en))


class _Run:
    """One simulated case."""

    def __init__(self, model: Model, case: Any, fakes: Mapping[str, Fake], forms: FormCheck | None) -> None:
        self.model, self.case, self.fakes, self.forms = model, case, fakes, forms
        self.given = case.get("given") or {}
        self.stubs = {name: list(answers) for name, answers in (self.given.get("calls") or {}).items()}
        self.done = ScenarioResult(_name(case))
        self.player: Player | None = None

    def result(self) -> ScenarioResult:
        """Walk the whole test and compare."""
        for part in (self._walk, self._compare_all):
            try:
                part()
            except StopScenario as stop:
                self.done.faults.append(stop.text)
            except _BROKEN as error:
                why = f"{type(error).__name__}: {error}"[:200]
                self.done.faults.append(Text(f"测试无法执行：{why}", f"the test cannot be run: {why}"))
        return self.done

    def _walk(self) -> None:
        self.player = self._begun(_moment(str(self.given.get("clock", CLOCK))))
        for act in self.case.get("when") or ():
            self._act(self.player, act)

    def _compare_all(self) -> None:
        if self.player is not None:
            self._note(self.player)
            self._compare(self.player.state, self.case.get("then") or {})

    def _begun(self, at: str) -> Player:
        role = self.given.get("by") or (self.model.start_roles or ("system",))[0]
        scope = Lazy({"now": lambda: from_text(at), "today": lambda: date_in_zone(at, self.model.zone)})
        values, faults = self._kept(self.model.start_form, self.given.get("start") or {}, {}, scope)
        self._note_unfit("start", faults)
        case_id = ulid(0, digest("scenario", self.done.name.as_json()).encode()[:10])
        return Player(self.model, Beginning(case_id, role, (role,), values, at), self._answer)

    def _act(self, player: Player, act: Any) -> None:
        """One line of ``when``: time passes, then a message comes, a sub-process ends, or somebody acts."""
        player.wait_until(_later(player.at, str(act.get("at", "+PT1M"))))
        if set(act) == {"at"}:
            return
        refused = self._tried(player, act)
        where = act.get("step") or act.get("message") or act.get("child") or act.get("action")
        if refused is None and act.get("refused"):
            raise StopScenario(Text(f"{where} 应被拒但通过了", f"{where} should have been refused"))
        if refused is not None and act.get("refused") is not True and act.get("refused") not in refused[1]:
            why = refused[0]
            raise StopScenario(Text(f"{where} 被拒：{why.zh}", f"{where} was refused: {why.en}"))

    def _tried(self, player: Player, act: Any) -> tuple[Text, set[str]] | None:
        if "message" in act:
            return _why(player.tell(act["message"], act.get("keys") or [], act.get("data") or {}))
        if "child" in act:
            instance = aimed_child(player, act)
            return _why(player.end_child(instance.path, act.get("outcome") or "completed"))
        if act.get("action") == "cancel":
            return _why(player.act(_move(player, act, None, None, {})))
        return self._try(player, act, *aimed(player, act))

    def _try(self, player: Player, act: Any, instance: Instance, seat: Seat | None) -> tuple[Text, set[str]] | None:
        """Let the person act; returns why it is refused, in words and by its codes."""
        step, values, faults = self.model.steps[instance.step], act.get("data") or {}, list[Fault]()
        if step.form and act.get("action", "complete") == "complete":
            values, faults = self._kept(step.form, values, player.target_of(instance), player.scope_at(instance))
        if faults and act.get("refused") == INVALID:
            return faults[0].message, {INVALID}
        self._note_unfit(step.id, faults)
        return _why(player.act(_move(player, act, instance, seat, values)))

    def _kept(self, form: str, values: JsonObject, target: Any, scope: Any) -> tuple[JsonObject, list[Fault]]:
        """The values as the form keeps them; as they were given when it would not take them."""
        if self.forms is None:
            return values, []
        kept, faults = self.forms(self.model, form, values, target, scope)
        return (values, faults) if faults else (kept, [])

    def _note_unfit(self, where: str, faults: list[Fault]) -> None:
        if not faults:
            return
        places, first = ", ".join(fault.pointer for fault in faults[:3]), faults[0].message
        zh = f"{where} 的表单不会接受 {places}（共 {len(faults)} 处）：{first.zh}"
        note = Text(zh, f"The form of {where} would not take {places} ({len(faults)} in all): {first.en}")
        if note not in self.done.notes:
            self.done.notes.append(note)

    def _answer(self, effect: CallEffect) -> Event:
        stubs = self.stubs.get(effect.name)
        if stubs:
            return stubbed(effect, stubs.pop(0) if len(stubs) > 1 else stubs[0])
        event, name = faked(effect, self.fakes), effect.name
        if event is None:
            raise StopScenario(
                Text(f"调用 {name} 没有桩，也没有 fake", f"the call {name} has neither a stub nor a fake")
            )
        return event

    def _note(self, player: Player) -> None:
        self.done.records, self.done.called, self.done.state = player.records, player.called, player.state.state
        for record in player.records:
            detail: Any = record["detail"]
            step = detail.get("step")
            if step and record["action"] not in ("not_entered", "cancelled") and step not in self.done.reached:
                self.done.reached.append(step)

    def _compare(self, state: CaseState, then: Any) -> None:
        faults = self.done.faults
        for step in then.get("reached") or ():
            if step not in self.done.reached:
                faults.append(Text(f"未到达 {step}", f"{step} was not reached"))
        for step in then.get("not_reached") or ():
            if step in self.done.reached:
                faults.append(Text(f"不应到达 {step}", f"{step} was reached"))
        for name, times in (then.get("called") or {}).items():
            made = self.done.called.get(name, 0)
            if made != times:
                text = Text(f"{name} 调用 {made} 次，应为 {times} 次", f"{name} was called {made} times, not {times}")
                faults.append(text)
        if "state" in then and then["state"] != state.state:
            zh, en = (
                f"案例状态为 {state.state}，应为 {then['state']}",
                f"the case is {state.state}, not {then['state']}",
            )
            faults.append(Text(zh, en))
        data = data_of(state)
        for name, value in (then.get("data") or {}).items():
            if data.get(name) != value:
                have = data.get(name)
                faults.append(Text(f"data.{name} 为 {have}，应为 {value}", f"data.{name} is {have}, not {value}"))


def _why(refusal: Refusal | None) -> tuple[Text, set[str]] | None:
    """A refusal in words and by its codes."""
    return None if refusal is None else (refusal.message, {refusal.code, refusal.rule or ""})


def _move(player: Player, act: Any, instance: Instance | None, seat: Seat | None, values: JsonObject) -> Move:
    person = act.get("person") or (seat.person if seat else None) or act["by"]
    if act.get("action") == "cancel" and not act.get("person"):
        person = player.state.started_by if act["by"] in player.model.start_roles else act["by"]
    # Whoever is named holds the post that is needed: who holds which post is not the definition's matter.
    facts: JsonObject = {"to_roles": [*seat.roles]} if seat and isinstance(values.get("to"), dict) else {}
    return Move(
        path=instance.path if instance else "",
        seat=seat.key if seat else "",
        person=str(person),
        roles=(act["by"],),
        action=act.get("action", "complete"),
        outcome=act.get("outcome"),
        values={**CLOSING, **values} if act.get("action") == "close_items" else values,
        reason=act.get("reason"),
        facts=facts,
    )


def _later(at: str, delay: str) -> str:
    """``+PT20M`` counts from the last moment; anything else is a moment."""
    if not re.match(r"\+P", delay):
        return _moment(delay)
    parsed = read_duration(delay[1:])
    if parsed is None:
        raise StopScenario(Text(f"“{delay}”不是时长", f"'{delay}' is no duration"))
    return to_text(from_text(at) + timedelta(milliseconds=parsed.ms))


def _moment(text: str) -> str:
    try:
        return to_text(from_text(text))
    except ValueError as error:
        raise StopScenario(Text(f"“{text}”不是时刻", f"'{text}' is no moment")) from error
