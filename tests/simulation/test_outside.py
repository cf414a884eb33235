"""Messages, time, sub-processes and verbs: in tests, in play, and recorded from play into tests."""

from __future__ import annotations

from typing import Any

import pytest

from services.play import Game
from tests.engine.samples import pinned, task
from workflows.language.findings import Report
from workflows.language.model import Model, load_model
from workflows.language.source import read_yaml
from workflows.simulation.coverage import cover
from workflows.simulation.scenario import ScenarioResult, run_scenarios
from workflows.simulation.written import appended

AT = "2026-11-23T01:00:00.000Z"
CHOICE = {"first_of": [{"message": "answered", "keys": '["K1"]', "to": "send"}, {"timer": "P2D", "to": "ring"}]}
WAITS = [{"id": "which", "wait": CHOICE}, task("ring"), task("send"), {"id": "done", "end": "completed"}]
PARENT = [
    {
        "id": "child",
        "start": "capa@^1",
        "with": {},
        "on": {"cancelled": "again", "terminated": "again"},
        "next": "done",
    },
    task("again"),
    {"id": "done", "end": "completed"},
]
SIGNED = [
    task("first", allow=["transfer", "add_signer", "withdraw"], due="PT2H", escalate=[{"after": "PT1H", "add": "inspector"}]),
    task("second", "inspector", allow=[{"return_to": ["first"]}]),
    {"id": "tell", "notify": ["quality_staff"], "acknowledge": True, "title": {"zh": "读", "en": "Read"}},
    {"id": "done", "end": "completed"},
]  # fmt: skip


def _run(steps: list[Any], when: list[Any], then: Any, calls: Any = None) -> ScenarioResult:
    case = {"name": {"zh": "测", "en": "t"}, "given": {"calls": calls or {}}, "when": when, "then": then}
    return run_scenarios(load_model(pinned(steps)), [case], {})[0]


def _faults(result: ScenarioResult) -> list[str]:
    return [fault.en for fault in result.faults]


@pytest.mark.parametrize(
    ("when", "reached", "not_reached"),
    [
        ([{"message": "answered", "keys": ["K1"], "at": "+P1D"}], ["send"], ["ring"]),
        ([{"at": "+P3D"}], ["ring"], []),
        ([{"at": "+P3D"}, {"message": "answered", "keys": ["K1"], "refused": True}], ["ring"], []),
        ([{"message": "answered", "keys": ["K2"], "refused": "not_waiting"}], [], ["ring", "send"]),
    ],
)
def test_the_message_or_the_time_decides(when: list[Any], reached: list[str], not_reached: list[str]) -> None:
    result = _run(WAITS, when, {"reached": reached, "not_reached": not_reached})
    assert _faults(result) == []


def test_arms_of_a_wait_are_covered_one_by_one() -> None:
    model = load_model(pinned(WAITS))
    result = _run(WAITS, [{"at": "+P3D"}], {})
    reached, missed = cover(model, [result.records]).of("arm")
    assert [goal.key for goal in reached] == ["timer 2"] and [goal.key for goal in missed] == ["message 1"]


def test_a_sub_process_ends_as_the_test_says() -> None:
    started = {"cases.start": [{"output": {"id": "01CHILD", "version": "1.0.0", "sha256": "s"}}]}
    assert _faults(_run(PARENT, [{"child": "child", "outcome": "completed"}], {"state": "completed"}, started)) == []
    cancelled = _run(PARENT, [{"child": "child", "outcome": "cancelled"}], {"reached": ["again"]}, started)
    assert _faults(cancelled) == []
    assert "no sub-process at this point" in _faults(_run(WAITS, [{"child": "ring"}], {}))[0]


def test_people_hand_over_sign_in_addition_go_back_confirm_and_cancel() -> None:
    to = {"id": "lee", "name": "Lee"}
    when: list[Any] = [
        {"step": "first", "by": "receiver", "action": "transfer", "reason": "away", "data": {"to": to}},
        {"step": "first", "by": "receiver", "person": "lee"},
        {"step": "second", "by": "inspector", "action": "return", "reason": "look again", "data": {"to": "first"}},
        {"step": "first", "by": "receiver", "person": "lee"},
        {"step": "second", "by": "inspector"},
        {"step": "tell", "by": "quality_staff", "action": "acknowledge"},
    ]
    assert _faults(_run(SIGNED, when, {"state": "completed"})) == []
    ended = _run(SIGNED, [{"by": "receiver", "action": "cancel", "reason": "no more"}], {"state": "cancelled"})
    assert _faults(ended) == []


def test_an_alarm_adds_a_role_while_time_passes() -> None:
    result = _run(SIGNED, [{"at": "+PT4H"}, {"step": "first", "by": "inspector"}], {"reached": ["second"]})
    assert _faults(result) == []
    assert "timed" in [record["action"] for record in result.records]


def _played(model: Model, *moves: tuple[str, str]) -> Game:
    """A game in which what is open is done, step and outcome by turns."""
    game = Game(model, AT)
    assert game.begin({}, "receiver").ok
    for step, outcome in moves:
        one = next(task for task in game.inbox() if task["step"] == step)
        done = game.act(str(one["path"]), str(one["seat"]), str(one["role"]), outcome, {})
        assert done.ok, done
    return game


@pytest.mark.parametrize(
    ("steps", "moves"),
    [
        (WAITS, [("which", "arrives"), ("send", "done")]),
        (PARENT, [("child", "cancelled"), ("again", "done")]),
        (SIGNED, [("first", "done"), ("second", "done"), ("tell", "")]),
    ],
)
def test_what_comes_from_outside_is_played_and_recorded(steps: list[Any], moves: list[tuple[str, str]]) -> None:
    model = load_model(pinned(steps))
    game = _played(model, *moves)
    assert game.state == "completed"
    text = appended(None, game.as_test("戏", "play"))
    read: Any = read_yaml(text or "", "cases.yaml", Report()).value
    (result,) = run_scenarios(model, read["cases"], {})
    assert _faults(result) == []


def test_timers_of_a_game_ring_and_are_named() -> None:
    game = _played(load_model(pinned(WAITS)))
    (timer,) = game.timers()
    assert timer["step"] == "which" and str(timer["at"]).startswith("2026-11-25")
    assert game.wait_for_next()
    assert [one["step"] for one in game.inbox()] == ["ring"]
