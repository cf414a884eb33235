"""Every supported control-flow pattern runs to its end, whoever is first, whatever comes first."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from activities.contracts import contracts_json
from tests.engine.samples import AT, KEYS, Case, envelope, task
from workflows.engine.case import begin, pending_calls
from workflows.engine.events import Started
from workflows.engine.state import Instance
from workflows.engine.waits import next_alarm
from workflows.language.catalogue import Catalogue
from workflows.language.check import check_source
from workflows.language.model import Model, load_model
from workflows.language.pinned import pin

FOLDER = Path(__file__).parents[1] / "language/patterns"
FILES = sorted(FOLDER.glob("*.yaml"))
ORDER = {
    "order_no": "N1",
    "urgent": True,
    "fragile": True,
    "lines": [{"line_no": str(number), "pieces": number} for number in range(1, 4)],
}
STEPS_MAX = 60


def model_of(path: Path) -> Model:
    text = path.read_text("utf-8")
    forms = {f"forms/{one.name}": one.read_text("utf-8") for one in (FOLDER / "forms").iterdir()}
    used = {name: form for name, form in forms.items() if name in text}
    checked = check_source(text, used, {}, None, Catalogue(frozenset(), {}, contracts_json()))
    assert checked.ok
    return load_model(pin(checked, {"key": "HZ", "zone": "Asia/Shanghai"}, {}, contracts_json()))


def begun(model: Model) -> Case:
    act = envelope(model, "CASE", "act-start-0001", "start", "", "", dict(ORDER), person="sales")
    state, outcome = begin(model, Started("CASE", "main", "HZ", "live", None, KEYS, act), AT)
    case = Case(model, state)
    case.records = [entry.record for entry in outcome.entries]
    case.calls = list(outcome.effects)
    return case


def act_at(case: Case, instance: Instance, chance: random.Random) -> bool:
    """One open seat of a step is done by somebody with the post."""
    step = case.model.steps[instance.step]
    seat = next((one for one in instance.seats if one.state == "open"), None)
    if seat is None:
        return False
    outcome = chance.choice([one.key for one in step.outcomes]) if step.outcomes else None
    in_loop = any(around.kind == "loop" for around in case.model.enclosing(step.id))
    values: dict[str, Any] = {"ready": not in_loop or chance.random() < 0.6} if step.form else {}
    more: dict[str, Any] = {"values": values, "form_sha": case.model.form_shas[step.form]} if step.form else {}
    role = seat.roles[0]
    refused = case.act(instance.path, seat=seat.key, person=role, roles=[role], outcome=outcome, **more)
    assert refused is None, refused
    return True


def move(case: Case, chance: random.Random) -> bool:
    """Something that the case waits for comes; ``False`` when it waits for nothing."""
    if pending_calls(case.state):
        case.answer({"id": "CHILD", "version": "1.0.0", "sha256": "0" * 64})
        return True
    active = [one for one in case.state.active() if one.kind not in ("parallel", "loop")]
    chance.shuffle(active)
    for instance in active:
        step = case.model.steps[instance.step]
        messages = [one for one in instance.waits if isinstance(one, dict) and one["kind"] == "message"]
        if instance.kind == "start" and not step.detached:
            assert case.tell("child_ended", instance.path, case="CHILD", outcome="completed") is None
            return True
        if instance.kind == "foreach" and step.is_open and not instance.closed:
            assert case.act(instance.path, "close_items", seat="", person="receiver") is None
            return True
        if messages:
            told: Any = messages[0]
            assert case.tell("message", id="m1", name=told["name"], keys=told["keys"], data={}) is None
            return True
        if act_at(case, instance, chance):
            return True
    if next_alarm(case.state) is not None:
        case.ring()
        return True
    return False


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
@pytest.mark.parametrize("seed", range(6))
def test_a_pattern_runs_to_its_end(path: Path, seed: int) -> None:
    case, chance = begun(model_of(path)), random.Random(seed)
    for _ in range(STEPS_MAX):
        if case.state.state != "running" or not move(case, chance):
            break
    assert [record["detail"] for record in case.records if record["action"] == "incident"] == []
    assert case.state.state in ("completed", "cancelled", "terminated"), case.states()


def test_the_step_where_a_message_leads_reads_what_it_carried() -> None:
    steps: list[Any] = [
        {"id": "wait_here", "wait": {"timer": "P9D"}},
        {"id": "done", "end": "completed"},
        {"id": "stop", "branch": [{"when": "msg.urgent", "to": "over"}, {"else": "done"}]},
        {"id": "over", "end": "terminated"},
    ]
    for urgent, state in ((True, "terminated"), (False, "completed")):
        case = Case.start(steps, on_message={"recall": {"keys": "['L1']", "to": "stop"}})
        assert case.tell("message", id="m1", name="recall", keys=["L1"], data={"urgent": urgent}) is None
        assert case.state.state == state
        again = type(case.state).from_json(case.state.to_json())
        assert again.message == {"urgent": urgent}


@pytest.mark.parametrize("size, left", [(1, "completed"), (9, "running")])
def test_an_arm_of_a_branch_may_leave_its_block(size: int, left: str) -> None:
    fork = {"id": "fork", "branch": [{"when": "start.size > 5", "to": "more"}, {"else": "end_of_block"}]}
    inside = [{"do": [fork, task("more")]}, {"do": [{"id": "note", "set": {"seen": "true"}}]}]
    case = Case.start([{"id": "both", "parallel": inside}, {"id": "done", "end": "completed"}], {"size": size})
    assert [record["detail"] for record in case.records if record["action"] == "incident"] == []
    assert case.state.state == left, case.states()


def test_an_arm_of_a_wait_may_leave_its_block() -> None:
    arms = [{"timer": "P1D", "to": "end_of_block"}, {"message": "ready", "keys": ["L1"], "to": "more"}]
    inside = [{"do": [{"id": "pause", "wait": {"first_of": arms}}, task("more")]}, {"do": [task("other")]}]
    case = Case.start([{"id": "both", "parallel": inside}, {"id": "done", "end": "completed"}])
    case.ring()
    assert [record["detail"] for record in case.records if record["action"] == "incident"] == []
    assert [one.step for one in case.state.active()] == ["both", "other"], case.states()
