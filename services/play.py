"""Playing an SOP step by step: every role by one person, on a virtual clock, with the forms of real tasks.

A game lives in the memory of the page that plays it; nothing of it is stored, and no real case is touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from activities.fakes import FAKES
from domain import ids, paths, roles
from domain.clock import date_in_zone, from_text, to_text
from domain.errors import Fault, Refusal, Text
from domain.json_types import Json, JsonObject
from forms.fill import prefill
from forms.model import load_form
from rules.values import Duration, duration_text
from services.actor import Actor
from services.office import Office
from services.owner_tests import form_check, model_of
from services.pinning import parameters_today
from services.publishing import Source, faults_of
from services.refusals import refuse
from services.simulation import may_simulate
from workflows.engine.events import CallEffect, CallFailed, CallRefused, CallReturned, Event
from workflows.engine.scope import Lazy
from workflows.engine.state import Instance, Seat
from workflows.language.check import check_source
from workflows.language.model import Model
from workflows.simulation import outside
from workflows.simulation.play import Beginning, Move, Player, faked
from workflows.simulation.written import appended

_ACTIONS = {"i": "retry", "n": "acknowledge"}
"""What is done at a seat that is no task: the first letter of its key says what it is."""
FINE, FAILS = "fine", "fails"
"""How a call answers besides its declared errors: as its fake says, or with a failure that nobody declared."""


@dataclass(frozen=True)
class Done:
    """What became of an act: done, refused in words, or values with faults."""

    refusal: Text | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.refusal is None and not self.faults


@dataclass
class Game:
    """One case being played. ``answers``: how each called activity answers from now on."""

    model: Model
    opened_at: str
    answers: dict[str, str] = field(default_factory=dict)
    player: Player | None = None
    start: JsonObject = field(default_factory=dict)
    starter: str = ""
    moves: list[JsonObject] = field(default_factory=list)
    given: dict[str, list[Json]] = field(default_factory=dict)
    """What each called activity has answered, in order: the stubs of the recorded test."""
    moved_at: str = ""

    # ------------------------------------------------------------ beginning
    @property
    def start_roles(self) -> tuple[str, ...]:
        """Who may start the case."""
        return self.model.start_roles

    def start_form(self) -> JsonObject:
        """The start form, ``{form, values}``."""
        form = self.model.forms[self.model.start_form]
        return {"form": form, "values": prefill(load_form(form), {})}

    def begin(self, values: JsonObject, role: str) -> Done:
        """Start the case; faults when the form does not take the values."""
        at = self.opened_at
        scope = Lazy({"now": lambda: from_text(at), "today": lambda: date_in_zone(at, self.model.zone)})
        kept, faults = form_check(self.model, self.model.start_form, values, {}, scope)
        if faults:
            return Done(faults=tuple(faults))
        self.start, self.starter, self.moved_at = values, role, at
        case_id = ids.ulid(0, self.model.pinned_sha.encode()[:10])
        self.player = Player(self.model, Beginning(case_id, role, (role,), kept, at), self._answer)
        return Done()

    def calls(self) -> list[JsonObject]:
        """The activities that the SOP calls: name, the errors they declare, and how each answers now."""
        found: dict[str, JsonObject] = {}
        for step in self.model.steps.values():
            if step.call and step.call not in found:
                errors: Any = self.model.contracts.get(step.call, {}).get("errors") or []
                choices: list[Json] = [FINE, *(str(one["key"]) for one in errors), FAILS]
                found[step.call] = {"name": step.call, "choices": choices, "answer": self.answers.get(step.call, FINE)}
        return list(found.values())

    def _answer(self, effect: CallEffect) -> Event | None:
        chosen = self.answers.get(effect.name, FINE)
        if chosen == FAILS:
            self._note_answer(effect, {"failed": "played"})
            return CallFailed(effect.path, effect.effect_key, "played")
        if chosen != FINE:
            self._note_answer(effect, {"error": chosen})
            return CallRefused(effect.path, effect.effect_key, chosen, {})
        event = faked(effect, FAKES)
        if isinstance(event, CallReturned):
            self._note_answer(effect, {"output": event.output})
        return event

    def _note_answer(self, effect: CallEffect, stub: JsonObject) -> None:
        self.given.setdefault(effect.name, []).append(stub)

    # ------------------------------------------------------------ what can be done
    def inbox(self) -> list[JsonObject]:
        """The open tasks, by role, in order of entry within it."""
        if self.player is None:
            return []
        listed = [self._task(instance, seat) for instance, seat in self.player.seats()]
        return [*sorted(listed, key=lambda task: str(task["role"])), *outside.signals(self.player)]

    def _task(self, instance: Instance, seat: Seat) -> JsonObject:
        assert self.player is not None
        item: Json = self.player.item_of(instance)
        held: list[Json] = [*seat.roles]
        return {
            "path": instance.path,
            "seat": seat.key,
            "step": instance.step,
            "kind": "incident" if instance.state == "incident" else instance.kind,
            "title": instance.title or {"zh": instance.step, "en": instance.step},
            "role": seat.roles[0],
            "roles": held,
            "item": item,
            "due": instance.due,
            "why": instance.incident,
        }

    def task(self, path: str, seat: str) -> JsonObject | None:
        """A task with its form, what stands in it and what its expressions read; ``None`` when it is not open."""
        if self.player is not None and (signal := outside.signal(self.player, path, seat)):
            return {**signal, "form": None, "values": {}, "target": {}, "scope": {}, "signed": False}
        found = self._open(path, seat)
        if found is None or self.player is None:
            return None
        instance, open_seat = found
        step = self.model.steps[instance.step]
        form, target = self.model.forms.get(step.form or ""), self.player.target_of(instance)
        scope = self.player.scope_at(instance)
        read = {name: scope[name] for name in scope if name not in ("now", "today", "case", "steps")}
        outcomes: list[Json] = [{"key": one.key, "title": one.title.as_json()} for one in step.outcomes]
        return {
            **self._task(instance, open_seat),
            "form": form,
            "values": prefill(load_form(form), target) if form else {},
            "target": target,
            "scope": read,
            "outcomes": outcomes or [{"key": step.success, "title": {"zh": "完成", "en": "Done"}}],
            "signed": step.signed,
        }

    def _open(self, path: str, seat: str) -> tuple[Instance, Seat] | None:
        seats = self.player.seats() if self.player else []
        return next((found for found in seats if found[0].path == path and found[1].key == seat), None)

    def act(self, path: str, seat: str, role: str, outcome: str, values: JsonObject, person: str = "") -> Done:
        """Complete the task as ``role``; an incident is retried, reading confirmed, what comes from outside comes.

        ``person`` tells several holders of a post apart.
        """
        if self.player is not None and outside.signal(self.player, path, seat):
            return self._signalled(path, seat, outcome)
        found = self._open(path, seat)
        if found is None or self.player is None:
            return Done(Text("这项任务已不在。", "This task is no longer open."))
        instance, step, player = found[0], self.model.steps[found[0].step], self.player
        action, kept = _ACTIONS.get(seat[:1], "complete"), values
        person = found[1].person or person
        if step.form and action == "complete":
            place = player.target_of(instance), player.scope_at(instance)
            kept, faults = form_check(self.model, step.form, values, *place)
            if faults:
                return Done(faults=tuple(faults))
        chosen = outcome if action == "complete" else None
        item = player.item_of(instance)
        refusal = player.act(Move(path, seat, person or role, (role,), action, chosen, kept))
        if refusal is not None:
            return Done(refusal.message)
        self._note_move(instance, seat, role, person, action, chosen, values, item)
        return Done()

    def _signalled(self, path: str, seat: str, outcome: str) -> Done:
        """A message arrives, or a sub-process ends."""
        assert self.player is not None
        refusal, line = outside.happen(self.player, path, seat, outcome)
        if refusal is not None:
            return Done(refusal.message)
        self.moves.append({**line, "at": "+" + _between(self.moved_at, self.player.at)})
        self.moved_at = self.player.at
        return Done()

    def _note_move(
        self,
        instance: Instance,
        seat: str,
        role: str,
        person: str,
        action: str,
        outcome: str | None,
        values: JsonObject,
        item: str | None,
    ) -> None:
        assert self.player is not None
        line: JsonObject = {"step": instance.step}
        if item is not None:
            line["item"] = item
        line["by"] = role
        if person and person != role:
            line["person"] = person
        if instance.kind == "approve":
            line["seat"] = seat
        line["at"] = "+" + _between(self.moved_at, self.player.at)
        if action != "complete":
            line["action"] = action
        if outcome is not None and len(self.model.steps[instance.step].outcomes) > 1:
            line["outcome"] = outcome
        if values:
            line["data"] = values
        self.moves.append(line)
        self.moved_at = self.player.at

    # ------------------------------------------------------------ time
    @property
    def at(self) -> str:
        """The virtual time."""
        return self.player.at if self.player else self.opened_at

    def timers(self) -> list[JsonObject]:
        """The moments to come, the earliest first: ``{at, step, path, alarm, title}``."""
        if self.player is None:
            return []
        instances = self.player.state.instances
        return [
            {
                "at": one.at,
                "step": one.step,
                "path": one.path,
                "alarm": one.alarm,
                "title": instances[one.path].title or {},
            }
            for one in self.player.coming()
        ]

    def wait(self, minutes: int) -> None:
        """Let minutes pass."""
        if self.player is not None:
            self.player.wait_until(to_text(from_text(self.at) + timedelta(minutes=minutes)))

    def wait_for_next(self) -> bool:
        """Let time pass until the next moment to come; false when there is none."""
        coming = self.timers()
        if coming and self.player is not None:
            self.player.wait_until(str(coming[0]["at"]))
        return bool(coming)

    # ------------------------------------------------------------ where it stands
    @property
    def state(self) -> str:
        """``not_started``, ``running``, or how the case ended."""
        return self.player.state.state if self.player else "not_started"

    def states(self) -> dict[str, str]:
        """The state of every instance by its path, as the drawing takes it."""
        return {item.path: item.state for item in self.player.state.instances.values()} if self.player else {}

    def log(self) -> list[JsonObject]:
        """What has happened, the last first: ``{at, action, step, path, item, actor, outcome}``."""
        return [_line(record) for record in reversed(self.player.records)] if self.player else []

    # ------------------------------------------------------------ the test
    def as_test(self, zh: str, en: str) -> JsonObject:
        """The play as a test for ``cases.yaml``: it passes on this version and says where it came."""
        assert self.player is not None
        reached = list(dict.fromkeys(str(line["step"]) for line in reversed(self.log()) if _is_reached(line)))
        given: JsonObject = {"clock": self.opened_at, "by": self.starter, "start": self.start}
        if self.given:
            given["calls"] = {name: [*stubs] for name, stubs in self.given.items()}
        called: dict[str, Json] = {**self.player.called}
        then: JsonObject = {"state": self.player.state.state, "reached": [*reached]}
        if called:
            then["called"] = called
        return {"name": {"zh": zh, "en": en}, "given": given, "when": [*self.moves], "then": then}

    def recorded_into(self, cases: str | None, zh: str, en: str) -> str | None:
        """The text of ``cases.yaml`` with this play as its last test; ``None`` when the file has another shape."""
        return appended(cases, self.as_test(zh, en))


async def new_game(office: Office, actor: Actor, source: Source) -> Game:
    """A game of ``source``, not started; refused for those who do not simulate, and for a source with errors."""
    about: JsonObject = {"action": "play_definition"}
    await may_simulate(office, actor, "play_definition")
    texts = (source.yaml, source.form_texts(), dict(source.tables), None, office.catalogue)
    checked = await office.db.run(check_source, *texts)
    if not checked.ok:
        count = len(checked.errors)
        text = Text(f"有 {count} 处错误，改好才能试。", f"{count} errors must be put right before it can be played.")
        await refuse(office, actor, Refusal(422, "has_errors", text, faults=faults_of(checked)), about)
    rules = parameters_today(office), office.catalogue.contracts
    return Game(await office.db.run(model_of, checked, *rules), office.now())


def _between(before: str, after: str) -> str:
    """The length of time between two moments, as ISO 8601."""
    passed = from_text(after) - from_text(before)
    return duration_text(Duration(0, passed // timedelta(milliseconds=1)))


def _line(record: JsonObject) -> JsonObject:
    detail: Any = record["detail"]
    actor: Any = detail.get("actor") or {}
    role = actor.get("role")
    return {
        "at": record["at"],
        "action": record["action"],
        "step": detail.get("step"),
        "path": record["path"],
        "item": _item_of(str(record["path"])),
        "actor": roles.role_text(role).as_json() if role in roles.ROLES else None,
        "outcome": detail.get("decides") or detail.get("outcome"),
    }


def _item_of(path: str) -> str | None:
    """The key of the innermost item in a path."""
    keys = [segment.name for segment in paths.split(path) if segment.is_item]
    return keys[-1] if keys else None


def _is_reached(line: JsonObject) -> bool:
    return bool(line["step"]) and line["action"] not in ("not_entered", "cancelled")
