"""Playing an SOP: what a role can do, what time does, and that a recorded play is a test that passes."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.wiring import catalogue
from domain.json_types import JsonObject
from services.owner_tests import run_tests
from services.play import Game
from services.publishing import Source
from tests.engine.samples import pinned, task
from tests.examples import examples
from workflows.language.check import Checked
from workflows.language.findings import Report
from workflows.language.model import Model, load_model
from workflows.language.source import read_yaml
from workflows.simulation.scenario import run_scenarios
from workflows.simulation.written import appended

AT = "2026-11-23T01:00:00.000Z"


def _act(game: Game, step: str, values: JsonObject, outcome: str = "", item: str | None = None) -> Any:
    task = next(one for one in game.inbox() if one["step"] == step and one["item"] in (item, None))
    return game.act(str(task["path"]), str(task["seat"]), str(task["role"]), outcome, values)


def _delivery(model: Model, cases: list[Any]) -> Game:
    """The first of the owner's tests, played: received, both lines still to inspect."""
    game = Game(model, AT)
    assert game.begin(cases[0]["given"]["start"], "receiver").ok
    assert _act(game, "receive", cases[0]["when"][0]["data"], "accepted").ok
    return game


def test_a_start_form_with_faults_starts_nothing(model: Model) -> None:
    game = Game(model, AT)
    done = game.begin({}, "receiver")
    assert not done.ok and done.faults[0].pointer == "/supplier_code"
    assert (game.state, game.inbox(), game.log()) == ("not_started", [], [])


def test_every_role_sees_its_tasks_with_the_form_of_a_real_task(model: Model, cases: list[Any]) -> None:
    game = _delivery(model, cases)
    assert [(one["role"], one["step"], one["item"]) for one in game.inbox()] == [
        ("inspector", "inspect", "L1"),
        ("inspector", "inspect", "L2"),
    ]
    first = game.inbox()[0]
    task: Any = game.task(str(first["path"]), str(first["seat"]))
    assert task["values"]["supplier_name"] == "SUP-001"
    assert [one["key"] for one in task["outcomes"]] == ["pass", "fail", "doubt"]
    assert game.states()["lines#1/[L1]#1/inspect#1"] == "open"


def test_an_act_is_refused_as_in_a_real_case(model: Model, cases: list[Any]) -> None:
    game = _delivery(model, cases)
    first = game.inbox()[0]
    done = game.act(str(first["path"]), str(first["seat"]), "inspector", "pass", {})
    assert done.faults and done.refusal is None
    data = cases[0]["when"][1]["data"]
    same_person = game.act(str(first["path"]), str(first["seat"]), "inspector", "pass", data, person="receiver")
    assert same_person.refusal is not None and "somebody else must act" in same_person.refusal.en
    assert game.act("inspect#9", "s1", "inspector", "pass", data).refusal is not None


def test_months_pass_in_one_step_and_what_is_due_comes_first(model: Model, cases: list[Any]) -> None:
    game = _delivery(model, cases)
    coming = game.timers()
    assert [one["step"] for one in coming] == ["inspect", "inspect"]
    assert game.wait_for_next() and game.at == coming[0]["at"]
    assert not game.timers()
    game.wait(60 * 24 * 90)
    assert game.at.startswith("2027-02-22")


def test_a_call_answers_as_the_player_chooses(model: Model, cases: list[Any]) -> None:
    game = Game(model, AT)
    calls = {str(one["name"]): one for one in game.calls()}
    assert calls["stock.receive"]["choices"] == ["fine", "rule_refused", "fails"]
    game.answers["stock.receive"] = "rule_refused"
    assert game.begin(cases[0]["given"]["start"], "receiver").ok
    assert _act(game, "receive", cases[0]["when"][0]["data"], "accepted").ok
    assert [one["path"] for one in game.inbox()] == ["receive#2"]
    game.answers["stock.receive"] = "fails"
    assert _act(game, "receive", cases[0]["when"][0]["data"], "accepted").ok
    assert [(one["kind"], one["step"]) for one in game.inbox()] == [("incident", "post_pending")]
    game.answers["stock.receive"] = "fine"
    incident = game.inbox()[0]
    assert game.act(str(incident["path"]), str(incident["seat"]), "quality_staff", "", {}).ok
    assert [one["step"] for one in game.inbox()] == ["inspect", "inspect"]


def test_a_recorded_play_is_a_test_that_passes(
    model: Model, cases: list[Any], source: Source, checked: Checked
) -> None:
    game = _delivery(model, cases)
    game.wait(30)
    for act, item in ((cases[0]["when"][1], "L1"), (cases[0]["when"][2], "L2")):
        assert _act(game, "inspect", act["data"], "pass", item).ok
    text = appended(source.cases, game.as_test("试一次", "tried once"))
    assert text is not None and text.startswith((source.cases or "").rstrip())
    tested = run_tests(checked, text, {}, catalogue().contracts)
    assert tested.ok and len(tested.results) == 25
    assert tested.results[-1].name.en == "tried once" and tested.results[-1].notes == []


def test_a_play_can_be_the_first_test_but_not_be_put_into_a_file_of_another_shape(
    model: Model, cases: list[Any]
) -> None:
    test = _delivery(model, cases).as_test("甲", "a")
    text = appended(None, test)
    read: Any = read_yaml(text or "", "cases.yaml", Report()).value
    assert read["cases"][0]["when"][0]["step"] == "receive"
    assert appended("cases: []\n", test) is None
    assert appended("cases:\n- name: {zh: 一, en: one}\nmore: 1\n", test) is None
    nested = appended("cases:\n  - name: {zh: 一, en: one}\n", test)
    again: Any = read_yaml(nested or "", "cases.yaml", Report()).value
    assert len(again["cases"]) == 2


STEPS = [
    task("first", outcomes=[{"key": "good"}, {"key": "bad"}], on={"bad": "second"}, due="P30D"),
    {"id": "both", "parallel": [{"do": [task("left")]}, {"do": [task("right", "inspector", due="PT1H")]}]},
    task("second", "inspector", outcomes=[{"key": "on"}, {"key": "back"}], on={"back": "first"}),
    {"id": "vote", "approve": {"by": ["quality_staff", "quality_director"], "rule": "sequence"}, "on": {"rejected": "first"}},
    {"id": "end", "end": "completed"},
]  # fmt: skip


@settings(max_examples=examples(60), deadline=None)
@given(data=st.data())
def test_whatever_is_played_replays_as_a_test(data: st.DataObject) -> None:
    model = load_model(pinned(STEPS))
    game = Game(model, AT)
    assert game.begin({}, "receiver").ok
    for _ in range(data.draw(st.integers(0, 12))):
        tasks = game.inbox()
        if not tasks:
            break
        if data.draw(st.booleans()):
            game.wait(data.draw(st.integers(0, 5000)))
        if data.draw(st.booleans()):
            game.wait_for_next()
        chosen = data.draw(st.sampled_from(tasks))
        shown: Any = game.task(str(chosen["path"]), str(chosen["seat"]))
        outcome = data.draw(st.sampled_from([one["key"] for one in shown["outcomes"]]))
        assert game.act(str(chosen["path"]), str(chosen["seat"]), str(chosen["role"]), outcome, {}).ok
    text = appended(None, game.as_test("戏", "play"))
    read: Any = read_yaml(text or "", "cases.yaml", Report()).value
    (result,) = run_scenarios(model, read["cases"], {})
    assert result.passed, [fault.en for fault in result.faults]
    assert game.player is not None
    assert [one["path"] for one in result.records] == [one["path"] for one in game.player.records]
    assert [one["at"] for one in result.records] == [one["at"] for one in game.player.records]
