"""A case played on a virtual clock: the engine of real cases, with people, answers of calls and time from outside.

Everything that imitates a case stands on `Player`: the process owner's tests, the play in the studio, the back-test.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from domain import acts, paths, roles
from domain.errors import Fault, Refusal
from domain.json_types import Json, JsonObject
from workflows.engine.case import Outcome, advance, begin
from workflows.engine.check import allowed
from workflows.engine.events import Acted, CallEffect, CallFailed, CallRefused, CallReturned, Event, Started
from workflows.engine.scope import Lazy, data_of, item_of, items_above, scope_of
from workflows.engine.state import CaseState, Instance, Seat
from workflows.engine.waits import next_alarm
from workflows.language.model import INTO_NONE, Model

Fake = Callable[[JsonObject], JsonObject]
Answer = Callable[[CallEffect], Event | None]
"""What a called activity answers; ``None``: it has not answered yet."""
_NO_KEY = "played"
"""What the acts of simulated people name as their key. They carry no seal: no real case would believe one."""
SYSTEM_ID = "system"
LATER_MAX = 10_000
"""Calls answered, or alarms rung, in one go; more means that the definition runs in a circle without people."""


class FormCheck(Protocol):
    """How the form ``form`` of a model takes values: what it would keep of them, and everything wrong. Given from
    outside, because the validators stand behind ``forms.validation``."""

    def __call__(
        self, model: Model, form: str, values: JsonObject, target: Mapping[str, Any], scope: Mapping[str, Any]
    ) -> tuple[JsonObject, list[Fault]]: ...


@dataclass(frozen=True)
class Move:
    """What one person does at one seat. ``roles`` are the posts the person holds; the first is acted in."""

    path: str
    seat: str
    person: str
    roles: tuple[str, ...]
    action: str = "complete"
    outcome: str | None = None
    values: JsonObject = field(default_factory=dict)
    reason: str | None = None
    facts: JsonObject = field(default_factory=dict)
    """What ``services`` would have gathered beside the posts; a person of a play is qualified for everything."""


@dataclass(frozen=True)
class Coming:
    """A moment to come: a due time (``alarm`` is empty) or an alarm of the step at ``path``."""

    at: str
    path: str
    step: str
    alarm: str = ""


@dataclass(frozen=True)
class Beginning:
    """How a played case starts: who, with which values of the start form, when."""

    case_id: str
    person: str
    roles: tuple[str, ...]
    values: JsonObject
    at: str
    business_key: str | None = None
    mode: str = "sandbox"


class Player:
    """One played case. ``at`` is its clock; only ``wait_until`` and the caller move it, never backwards."""

    def __init__(self, model: Model, beginning: Beginning, answer: Answer) -> None:
        self.model, self.answer, self.at = model, answer, beginning.at
        self.records: list[JsonObject] = []
        self.called: dict[str, int] = {}
        self.pending: list[CallEffect] = []
        """Calls that have not been answered yet, in the order in which they were made."""
        self._acts = 0
        self.case_id = beginning.case_id
        move = Move("", "", beginning.person, beginning.roles, "start", values=beginning.values)
        key, site = beginning.business_key, model.site
        started = Started(beginning.case_id, "demo", site, beginning.mode, key, {}, self._acted(move))
        self.state: CaseState
        self.state, outcome = begin(model, started, self.at)
        self._take(outcome)

    # ------------------------------------------------------------ what happens
    def act(self, move: Move) -> Refusal | None:
        """Let a person act; returns why it is refused, or ``None``."""
        act = self._acted(move)
        event = Acted(str(act.envelope["act"]), act)
        refusal = allowed(self.model, self.state, event, self.at)
        if refusal is None:
            self.happen(event)
        return refusal

    def happen(self, event: Event) -> None:
        """Let something happen, and whatever the system does because of it."""
        self._take(advance(self.model, self.state, event, self.at))

    def wait_until(self, at: str) -> None:
        """Let time pass, and every alarm ring that falls into it; an earlier moment changes nothing."""
        for _ in range(LATER_MAX):
            alarm = next_alarm(self.state)
            if alarm is None or alarm.at > at:
                break
            self.at = max(self.at, alarm.at)
            self.happen(alarm)
        self.at = max(self.at, at)

    def tell(self, name: str, keys: list[str], data: JsonObject) -> Refusal | None:
        """A message arrives; returns why nobody takes it, or ``None``."""
        told: list[Json] = [*keys]
        values: JsonObject = {"id": f"message-{self._acts}", "name": name, "keys": told, "data": data}
        return self.act(Move("", "", SYSTEM_ID, (), "message", values=values))

    def end_child(self, path: str, outcome: str, values: JsonObject | None = None) -> Refusal | None:
        """The sub-process that the step at ``path`` waits for ends."""
        child: Any = self.state.instances[path].child or {}
        told: JsonObject = {"case": child.get("id"), "outcome": outcome, **(values or {})}
        return self.act(Move(path, "", SYSTEM_ID, (), "child_ended", values=told))

    def _take(self, outcome: Outcome) -> None:
        self._note(outcome)
        self._settle(outcome.effects)

    def _note(self, outcome: Outcome) -> None:
        self.records += [entry.record for entry in outcome.entries]
        for effect in outcome.effects:
            self.called[effect.name] = self.called.get(effect.name, 0) + 1

    def _settle(self, effects: list[CallEffect]) -> None:
        """Answer calls, each with all that follows from it before the next."""
        waiting = deque(effects)
        for _ in range(LATER_MAX):
            if not waiting:
                return
            effect = waiting.popleft()
            event = self.answer(effect)
            if event is None:
                self.pending.append(effect)
                continue
            outcome = advance(self.model, self.state, event, self.at)
            self._note(outcome)
            waiting.extendleft(reversed(outcome.effects))

    # ------------------------------------------------------------ what can happen
    def seats(self, role: str | None = None) -> list[tuple[Instance, Seat]]:
        """The open seats in order of entry, of one role or of all."""
        return [
            (instance, seat)
            for instance in self.state.active()
            for seat in instance.seats
            if seat.state == "open" and (role is None or role in seat.roles)
        ]

    def coming(self) -> list[Coming]:
        """The moments to come, the earliest first: alarms, and due times at which no alarm rings."""
        found: list[Coming] = []
        for one in self.state.active():
            rings = {at for at in one.alarms.values() if at > self.at}
            found += [Coming(at, one.path, one.step, name) for name, at in one.alarms.items() if at in rings]
            if one.due is not None and one.due > self.at and one.due not in rings:
                found.append(Coming(one.due, one.path, one.step))
        return sorted(found, key=lambda moment: (moment.at, moment.path, moment.alarm))

    # ------------------------------------------------------------ what forms see
    def scope_at(self, instance: Instance) -> Lazy:
        """What the expressions of the instance's form read now."""
        return scope_of(self.model, self.state, instance.scope, self.at)

    def target_of(self, instance: Instance) -> JsonObject:
        """What the step's ``into`` points at now: the item or the data whose fields its form shows and writes."""
        into = self.model.steps[instance.step].into
        around = {name: item_of(self.state, block, key) for name, block, key in items_above(self.state, instance.scope)}
        if into in ("", INTO_NONE) and around:
            target = list(around.values())[-1]
        elif into in ("", INTO_NONE, "data"):
            target = data_of(self.state)
        else:
            target = around.get(into)
        return target if isinstance(target, dict) else {}

    def item_of(self, instance: Instance) -> str | None:
        """The key of the innermost foreach item around the instance."""
        around = items_above(self.state, instance.scope)
        return around[-1][2] if around else None

    # ------------------------------------------------------------ acts
    def _acted(self, move: Move) -> acts.Act:
        self._acts += 1
        step = self.model.steps.get(paths.step_of(move.path)) if move.path else None
        held: list[Any] = [role for role in move.roles if role in roles.ROLES]
        form = self.model.start_form if move.action == "start" else step.form if step else None
        needs: list[Any] = [*step.needs] if step else []
        facts: JsonObject = {"roles": held, "needs": needs, **move.facts}
        envelope: JsonObject = {
            "v": acts.VERSION,
            "case": self.case_id,
            "act": f"scenario-{self._acts:08d}",
            "path": move.path,
            "seat": move.seat,
            "action": move.action,
            "outcome": move.outcome,
            "meaning": step.sign.meaning if step and step.sign else None,
            "reason": move.reason,
            "pinned_sha": self.model.pinned_sha,
            "form_sha": self.model.form_shas[form] if form else None,
            "lang": "zh",
            "shown_sha": None,
            "values_sha": acts.values_sha(move.values),
            "actor": {"id": move.person, "name": move.person, "role": move.roles[0] if move.roles else None},
            "on_behalf_of": None,
            "facts": facts,
            "auth": {"method": "password", "at": self.at},
            "received_at": self.at,
            "expires_at": self.at,
            "key_id": _NO_KEY,
            "external": {"role": step.external_signature} if step and step.external_signature else None,
        }
        return acts.Act(envelope, move.values, "")


def stubbed(effect: CallEffect, stub: Any) -> Event:
    """The answer that a stub of ``cases.yaml`` stands for: an output, ``{error: code}`` or ``{failed: cause}``."""
    if isinstance(stub, dict) and "error" in stub:
        return CallRefused(effect.path, effect.effect_key, str(stub["error"]), {})
    if isinstance(stub, dict) and "failed" in stub:
        return CallFailed(effect.path, effect.effect_key, str(stub["failed"]))
    output = stub.get("output", {}) if isinstance(stub, dict) and set(stub) <= {"ok", "output"} else stub
    return CallReturned(effect.path, effect.effect_key, output)


def faked(effect: CallEffect, fakes: Mapping[str, Fake]) -> Event | None:
    """What the pure fake of the activity answers; ``None`` when it has none."""
    fake = fakes.get(effect.name)
    return None if fake is None else CallReturned(effect.path, effect.effect_key, fake(effect.input))
