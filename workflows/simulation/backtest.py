"""The back-test: what came in to closed cases, once more through another version of the SOP.

People act as they did, calls answer as they did, at the moments at which they did. What the draft asks for beside the
route (a signature, a proof of identity) is given: the question is where the case would have gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from domain import paths
from domain.clock import date_in_zone, from_text
from domain.errors import Fault, Text
from domain.ids import undo_key
from domain.json_types import Json, JsonObject
from workflows.engine.events import CallEffect, Fired
from workflows.engine.scope import Lazy
from workflows.engine.state import Instance, Seat
from workflows.engine.waits import next_alarm
from workflows.language.model import Model
from workflows.simulation.play import LATER_MAX, Beginning, Fake, FormCheck, Move, Player, faked
from workflows.simulation.story import Input, Mark, Story, route_of

_UNDO = undo_key("")
SAME, DIVERGED, UNFIT = "same", "diverged", "unfit"
VERDICTS = (SAME, DIVERGED, UNFIT)


@dataclass(frozen=True)
class Verdict:
    """What became of one case. ``path`` is where it parts; ``pointer`` the field that does not fit; ``answered`` names
    the new calls whose answers nobody recorded and that their fakes gave."""

    case_id: str
    verdict: str
    path: str = ""
    step: str = ""
    code: str = ""
    reason: Text = Text("路线相同。", "The same route.")
    pointer: str = ""
    answered: tuple[str, ...] = ()
    recorded: tuple[Mark, ...] = field(default=(), repr=False)
    replayed: tuple[Mark, ...] = field(default=(), repr=False)

    def as_json(self) -> JsonObject:
        """The verdict without its routes."""
        answered: list[Json] = [*self.answered]
        return {
            "case": self.case_id,
            "verdict": self.verdict,
            "path": self.path,
            "step": self.step,
            "code": self.code,
            "reason": self.reason.as_json(),
            "pointer": self.pointer,
            "answered": answered,
        }

    @property
    def group(self) -> tuple[str, str, str, str]:
        """Cases with the same verdict, place (without rounds and item keys) and reason belong together."""
        return self.verdict, _place(self.path) or self.step, self.code, _column(self.pointer)


def backtest(model: Model, story: Story, forms: FormCheck, fakes: Mapping[str, Fake]) -> Verdict:
    """Replay one case through ``model``."""
    run = _Run(model, story, forms, fakes)
    return run.verdict()


def grouped(verdicts: Iterable[Verdict]) -> list[JsonObject]:
    """The verdicts by group, the largest first within each verdict: how many, why, and for which cases."""
    groups: dict[tuple[str, str, str, str], list[Verdict]] = {}
    for one in verdicts:
        groups.setdefault(one.group, []).append(one)
    order = sorted(groups.items(), key=lambda pair: (VERDICTS.index(pair[0][0]), -len(pair[1]), pair[0]))
    return [_group(key, found) for key, found in order]


def _group(key: tuple[str, str, str, str], found: list[Verdict]) -> JsonObject:
    verdict, place, code, pointer = key
    cases: list[Json] = [one.case_id for one in found]
    return {
        "verdict": verdict,
        "place": place,
        "code": code,
        "pointer": pointer,
        "reason": found[0].reason.as_json(),
        "count": len(found),
        "cases": cases,
    }


class _StopReplay(Exception):
    """The case cannot be replayed further."""

    def __init__(self, verdict: str, path: str, code: str, reason: Text, pointer: str = "") -> None:
        super().__init__(reason.en)
        self.verdict, self.path, self.code, self.reason, self.pointer = verdict, path, code, reason, pointer


class _Run:
    """One case on its way through the draft."""

    def __init__(self, model: Model, story: Story, forms: FormCheck, fakes: Mapping[str, Fake]) -> None:
        self.model, self.story, self.forms, self.fakes = model, story, forms, fakes
        self.left = Counter((one.path, one.undoes) for one in story.inputs if one.result is not None)
        """How many recorded answers are still to come, by path, those of undos apart."""
        self.rings = Counter((one.path, one.alarm) for one in story.inputs if one.alarm)
        """How many recorded alarms are still to ring."""
        self.answered: list[str] = []
        self.player: Player

    def verdict(self) -> Verdict:
        """Walk as far as it goes, then compare the two routes."""
        try:
            self._walk()
        except _StopReplay as stop:
            return self._told(stop.verdict, stop.path, stop.code, stop.reason, stop.pointer)
        return self._compared()

    def _told(self, verdict: str, path: str, code: str, reason: Text, pointer: str = "") -> Verdict:
        replayed = route_of(self.player.records) if hasattr(self, "player") else ()
        step, answered = paths.step_of(path), tuple(dict.fromkeys(self.answered))
        case_id, recorded = self.story.case_id, self.story.route
        return Verdict(case_id, verdict, path, step, code, reason, pointer, answered, recorded, replayed)

    # ------------------------------------------------------------ replaying
    def _walk(self) -> None:
        self.player = self._begun()
        for one in self.story.inputs:
            self._pass_time(one.at)
            if one.alarm:
                self._ring(one)
            elif one.move is not None:
                self._act(one.path, one.move)
            else:
                self._answer(one)
            self._fake_the_unrecorded()
            if self.player.state.state != "running":
                return
        self._pass_time(self.story.until)
        self._fake_the_unrecorded()

    def _pass_time(self, at: str) -> None:
        """Alarms of the draft ring before ``at``; one that rang in the recorded case too waits for its turn there."""
        for _ in range(LATER_MAX):
            alarm = next_alarm(self.player.state)
            if alarm is None or alarm.at >= at or self.rings[alarm.path, alarm.alarm]:
                break
            self.player.at = max(self.player.at, alarm.at)
            self.player.happen(alarm)
            self._fake_the_unrecorded()
        self.player.at = max(self.player.at, at)

    def _ring(self, one: Input) -> None:
        self.rings[one.path, one.alarm] -= 1
        instance = self.player.state.instances.get(one.path)
        at = instance.alarms.get(one.alarm) if instance is not None and instance.is_active else None
        if at is not None:
            self.player.happen(Fired(one.path, one.alarm, at))

    def _begun(self) -> Player:
        story, model = self.story, self.model
        scope = Lazy({"now": lambda: from_text(story.at), "today": lambda: date_in_zone(story.at, model.zone)})
        values = self._fitting("", model.start_form, story.values, {}, scope)
        key, mode = story.business_key, story.mode
        began = Beginning(story.case_id, story.person, story.roles, values, story.at, key, mode)
        player = self.player = Player(model, began, lambda effect: None)
        self._fake_the_unrecorded()
        return player

    def _act(self, path: str, move: Move) -> None:
        found = self._seat(path, move) if move.seat else self._place(move)
        if found is None:
            return  # the draft does not ask for it there; where the routes part is found by comparing them
        instance, seat = found
        values = self._values(path, instance, move) if instance else move.values
        where = instance.path if instance else ""
        refusal = self.player.act(replace(move, path=where, seat=seat.key if seat else "", values=values))
        if refusal is not None:
            why = refusal.message
            reason = Text(f"草稿拒绝这次操作：{why.zh}", f"The draft refuses the act: {why.en}")
            raise _StopReplay(DIVERGED, where or path, refusal.code, reason)

    def _values(self, path: str, instance: Instance, move: Move) -> JsonObject:
        """What was entered, as the draft's form keeps it."""
        step = self.model.steps[instance.step]
        if move.action != "complete":
            return move.values
        if step.form is None and move.values:
            raise _no_form(path, move.values)
        if step.form is None:
            return {}
        scope = self.player.scope_at(instance)
        return self._fitting(path, step.form, move.values, self.player.target_of(instance), scope)

    def _place(self, move: Move) -> tuple[Instance | None, None] | None:
        """Where an act without a seat belongs: the case itself, or a step that is still active."""
        if not move.path:
            return None, None
        instance = self.player.state.instances.get(move.path)
        return (instance, None) if instance is not None and instance.is_active else None

    def _seat(self, path: str, move: Move) -> tuple[Instance, Seat] | None:
        """The seat at which the act was done, or the open one of the same step and item."""
        instance = self.player.state.instances.get(path)
        seat = instance.seat(move.seat) if instance else None
        if instance is not None and seat is not None and (seat.state == "open" or move.action == "withdraw"):
            return instance, seat
        if instance is not None:
            return None  # the draft came here too, and what was done then is over or not asked for
        here = _place_with_items(path)
        for other, open_seat in self.player.seats():
            if _place_with_items(other.path) == here and set(open_seat.roles) & set(move.roles):
                return other, open_seat
        return None

    def _answer(self, one: Input) -> None:
        self.left[one.path, one.undoes] -= 1
        for index, effect in enumerate(self.player.pending):
            if effect.path == one.path and _undoes(effect) == one.undoes:
                del self.player.pending[index]
                self.player.happen(one.answer(effect))
                return

    def _fake_the_unrecorded(self) -> None:
        """Calls that the recorded case did not make are answered by their fakes; without one they stay open."""
        while (effect := self._unrecorded()) is not None:
            event = faked(effect, self.fakes)
            assert event is not None
            self.player.pending.remove(effect)
            self.answered.append(effect.name)
            self.player.happen(event)

    def _unrecorded(self) -> CallEffect | None:
        waiting = (effect for effect in self.player.pending if not self.left[effect.path, _undoes(effect)])
        return next((effect for effect in waiting if effect.name in self.fakes), None)

    def _fitting(self, path: str, form: str, values: JsonObject, target: Any, scope: Any) -> JsonObject:
        """The recorded values as the draft's form keeps them. Raises ``_StopReplay`` for those it does not take."""
        kept, faults = self.forms(self.model, form, values, target, scope)
        if faults:
            raise _unfit(path, faults)
        return kept

    # ------------------------------------------------------------ comparing
    def _compared(self) -> Verdict:
        before, now = self.story.route, route_of(self.player.records)
        for one, other in zip(before, now, strict=False):
            if one != other:
                return self._parted(one, other)
        if len(before) == len(now):
            return self._told(SAME, "", "", Text("路线相同。", "The same route."))
        if len(now) > len(before):
            return self._parted(None, now[len(before)])
        return self._parted(before[len(now)], None)

    def _parted(self, one: Mark | None, other: Mark | None) -> Verdict:
        path = other.path if other else self._waits_at() or (one.path if one else "")
        code, reason = _reason(one, other, self._open())
        return self._told(DIVERGED, path, code, reason)

    def _open(self) -> list[str]:
        return list(dict.fromkeys(instance.step for instance, _ in self.player.seats())) or [
            effect.name for effect in self.player.pending
        ]

    def _waits_at(self) -> str:
        seats = self.player.seats()
        return seats[0][0].path if seats else ""


def _reason(one: Mark | None, other: Mark | None, waiting: list[str]) -> tuple[str, Text]:
    """Why two routes part, by a stable code and in words."""
    if other is None:
        assert one is not None
        if waiting:
            where = ", ".join(waiting)
            zh, en = (
                f"草稿停在 {where}，没有记录可用于继续。",
                f"The draft waits at {where}; nothing was recorded for it.",
            )
            return "waits", Text(zh, en)
        text = Text(f"草稿到此结束，原案例还到 {one.step}。", f"The draft ends here; the case went on to {one.step}.")
        return "shorter", text
    if one is None:
        return "longer", Text(
            f"原案例已结束，草稿还到 {other.step}。", f"The case had ended; the draft goes on to {other.step}."
        )
    if other.what == "incident":
        return f"incident_{other.key}", Text(
            f"{other.step} 在草稿中发生故障：{other.key}。",
            f"{other.step} becomes an incident in the draft: {other.key}.",
        )
    if one.path == other.path and one.step == other.step:
        zh, en = (
            f"{one.step} 原为“{_said(one)}”，草稿为“{_said(other)}”。",
            f"{one.step}: {_said(one)} then, {_said(other)} now.",
        )
        return f"{_said(one)}_{_said(other)}", Text(zh, en)
    text = Text(
        f"原案例到 {one.step}，草稿到 {other.step}。", f"The case went to {one.step}, the draft goes to {other.step}."
    )
    return f"to_{one.step}_{other.step}", text


def _said(mark: Mark) -> str:
    return mark.key or mark.what


def _unfit(path: str, faults: list[Fault]) -> _StopReplay:
    first = faults[0]
    where = paths.step_of(path) or "start"
    zh = f"{where} 录入的数据不符合草稿的表单：{first.pointer} {first.message.zh}"
    en = f"What was entered at {where} does not fit the draft's form: {first.pointer} {first.message.en}"
    return _StopReplay(UNFIT, path, first.code, Text(zh, en), first.pointer)


def _no_form(path: str, values: JsonObject) -> _StopReplay:
    name, where = next(iter(values)), paths.step_of(path)
    zh, en = (
        f"{where} 在草稿中没有表单，录入的 {name} 无处可放。",
        f"{where} has no form in the draft: there is no place for {name}.",
    )
    return _StopReplay(UNFIT, path, "no_form", Text(zh, en), f"/{name}")


def _undoes(effect: CallEffect) -> bool:
    """Whether a call is the undo of another."""
    return effect.effect_key.endswith(_UNDO)


def _place(path: str) -> str:
    """A path without rounds and item keys: ``lines/inspect``."""
    return "/".join(segment.name for segment in paths.split(path) if not segment.is_item)


def _place_with_items(path: str) -> tuple[str, ...]:
    """The step and the items around it, without rounds and without the blocks' names."""
    return (paths.step_of(path), *(segment.name for segment in paths.split(path) if segment.is_item))


def _column(pointer: str) -> str:
    """A pointer without the numbers of rows: ``/lines/*/lot_no``."""
    return "/".join("*" if part.isdigit() else part for part in pointer.split("/"))


def aligned(verdict: Verdict) -> list[JsonObject]:
    """The two routes side by side: rows of ``{recorded, replayed, same}``, ``None`` where one of them has no stop."""
    before, now = list(verdict.recorded), list(verdict.replayed)
    rows: list[JsonObject] = []
    for what, a, b, c, d in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        for one, other in zip_longest(before[a:b], now[c:d]):
            left, right = one.as_json() if one else None, other.as_json() if other else None
            rows.append({"recorded": left, "replayed": right, "same": what == "equal"})
    return rows
