"""The engine's laws over random definitions and random acts."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from domain import chain
from domain.canonical import dumps, loads
from tests.examples import examples
from workflows.engine.applied import refold
from workflows.engine.appliers import fold
from workflows.engine.case import pending_calls
from workflows.engine.events import CallFailed, CallRefused, CallReturned
from workflows.engine.items import CLOSING
from workflows.engine.looked import Looked
from workflows.engine.state import CaseState
from workflows.engine.waiting import why
from workflows.engine.waits import next_alarm
from workflows.engine.wave import pack

_spec = importlib.util.spec_from_file_location("engine_samples", Path(__file__).with_name("samples.py"))
assert _spec and _spec.loader
samples = importlib.util.module_from_spec(_spec)
sys.modules["engine_samples"] = samples  # dataclasses look their module up
_spec.loader.exec_module(samples)
Case = samples.Case
OTHER_RULES = Case.start([samples.task("only")]).model
BLOCKS = ("foreach", "parallel", "loop")
ROLES = ("receiver", "inspector", "quality_staff", "quality_director")


class _Names:
    """Step ids are unique in a definition."""

    def __init__(self) -> None:
        self.used = 0

    def new(self, kind: str) -> str:
        self.used += 1
        return f"{kind}{self.used}"


VERBS = ["transfer", "delegate", "add_signer", "remove_signer", "withdraw"]


def _step(draw: Any, names: _Names, depth: int, in_foreach: bool) -> dict[str, Any]:
    kinds = ["task", "approve", "call", "set", "notify", "wait"]
    if depth < 3:
        kinds += ["parallel", "foreach", "loop"]
    kind = draw(st.sampled_from(kinds))
    step_id = names.new(kind)
    return {"id": step_id, **_body(draw, names, depth, kind, step_id)}


def _body(draw: Any, names: _Names, depth: int, kind: str, step_id: str) -> dict[str, Any]:
    title = {"zh": step_id, "en": step_id}
    if kind == "task":
        return {"task": draw(st.sampled_from(ROLES)), "title": title, "allow": [*VERBS, {"return_to": [FIRST]}],
                **_rarely(draw, mutex="bench", due="P1D")}  # fmt: skip
    if kind == "approve":
        return {**_vote(draw), "title": title, "on": {"rejected": "last"}, "allow": [*VERBS, {"return_to": [FIRST]}]}
    if kind == "call":
        return {"call": "stock.receive", "with": {"n": "1 + 1"}, "on": {"refused": "last"},
                **_rarely(draw, undo="stock.reverse")}  # fmt: skip
    if kind == "set":
        return {"set": {f"f_{step_id}": "1"}, "into": "none"}
    if kind == "notify":
        return {"notify": ["quality_staff"], "title": title, **_rarely(draw, acknowledge=True)}
    if kind == "wait":
        arms = [{"timer": "P1D"}, {"message": "word", "keys": "['K']"}, {"condition": "has(steps.gone)"}]
        return {"wait": {"first_of": draw(st.lists(st.sampled_from(arms[:2]), min_size=1, max_size=2)) + [arms[2]]}}
    if kind == "loop":
        body = _steps(draw, names, depth + 1, False)
        return {"loop": {"while": f"!has(steps.{body[0]['id']})", "max": 3}, "on": {"exhausted": "last"}, "do": body}
    if kind == "parallel":
        branches = [{"do": _steps(draw, names, depth + 1, False)} for _ in range(draw(st.integers(2, 3)))]
        return {"parallel": branches, **_join(draw)}
    return {
        "foreach": draw(st.sampled_from(["start.lines", "start.none"])),
        "as": f"item{names.used}",
        "item_key": f"item{names.used}.no",
        "min": 0,
        "do": _steps(draw, names, depth + 1, True),
        **_join(draw),
        **_rarely(draw, mode="sequence", on_return="keep_unchanged"),
        **draw(st.sampled_from([{}, {}, {"open": True, "add_by": ["receiver"]}])),
    }


def _rarely(draw: Any, **words: Any) -> dict[str, Any]:
    return {word: value for word, value in words.items() if draw(st.integers(0, 3)) == 0}


def _vote(draw: Any) -> dict[str, Any]:
    by = draw(st.lists(st.sampled_from([*ROLES, "everyone(inspector)"]), min_size=1, max_size=3))
    rule = draw(st.sampled_from(["all", "any", "sequence", "n_of", "ratio"]))
    more = {"n_of": {"n": 1}, "ratio": {"ratio": "0.6"}}.get(rule, {})
    return {"approve": {"by": by, "rule": rule, **more, **_rarely(draw, veto=by[:1])}}


def _join(draw: Any) -> dict[str, Any]:
    join = draw(st.sampled_from(["all", "all", "any", "n_of"]))
    more = {"n": 2} if join == "n_of" else {}
    return {"join": join, **more, "rest": draw(st.sampled_from(["cancel", "ignore"]))}


def _steps(draw: Any, names: _Names, depth: int, in_foreach: bool) -> list[dict[str, Any]]:
    made = [_step(draw, names, depth, in_foreach) for _ in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()):
        made[0]["when"] = draw(st.sampled_from(["true", "false", "start.x > 1", "start.missing"]))
    return made


FIRST = "first"


@st.composite
def definitions(draw: Any) -> list[dict[str, Any]]:
    """Random blocks that always end: a rejected or refused step jumps to the last one."""
    names = _Names()
    first = {"id": FIRST, "task": "receiver", "title": {"zh": "a", "en": "a"}, "allow": VERBS}
    steps = [first, *_steps(draw, names, 0, False)]
    again = {"id": "again", "branch": [{"when": "start.x > 5", "to": steps[1]["id"]}, {"else": "last"}]}
    loops = draw(st.booleans()) and steps[1].get("when") != "false"
    return [*steps, *([again] if loops else []), {"id": "last", "end": "completed", "seal": True}]


START = {"x": 2, "lines": [{"no": "L1"}, {"no": "L/2"}], "none": []}


def _move(case: Any, draw: Any) -> bool:
    """One random thing happens; ``False`` when nothing can."""
    running = {call.effect_key: call for call in pending_calls(case.state)}
    seats = [
        (instance, seat)
        for instance in case.state.active()
        for seat in instance.seats
        if seat.state == "open" and instance.state in ("open", "incident", "compensating")
    ]
    lists = [one for one in case.state.active() if one.kind == "foreach" and _is_open_list(case, one)]
    alarm = next_alarm(case.state)
    hears = any(case.state.instances[path].waits for path in case.state.open)
    choices = ["call"] * bool(running) + ["seat"] * (3 * bool(seats)) + ["list"] * bool(lists)
    done = [
        (one, seat)
        for one in case.state.instances.values()
        for seat in one.seats
        if seat.state == "done" and seat.key[0] in "sa" and one.state in ("open", "done")
    ]
    choices += ["withdraw"] * bool(done)
    choices += ["alarm"] * bool(alarm) + ["message"] * bool(hears) + ["cancel"] * (draw(st.integers(0, 20)) == 0)
    if not choices or case.state.state != "running":
        return False
    choice = draw(st.sampled_from(choices))
    if choice == "call":
        _answer(case, draw(st.sampled_from(list(running.values()))), draw)
    elif choice == "alarm":
        assert alarm is not None
        case.happen(alarm, max(alarm.at, case.state.at))
    elif choice == "message":
        case.tell("message", id=f"M{case.state.seq}", name="word", keys=["K"], data={})
    elif choice == "withdraw":
        instance, seat = draw(st.sampled_from(done))
        case.act(instance.path, "withdraw", seat=seat.key, person=seat.actor, roles=seat.roles, reason="wrong")
    elif choice == "cancel":
        case.act("", "cancel", seat="", person="receiver", reason="no more")
    elif choice == "list":
        _list(case, draw(st.sampled_from(lists)), draw)
    else:
        instance, seat = draw(st.sampled_from(seats))
        return _person(case, instance, seat, draw)
    return True


def _is_open_list(case: Any, one: Any) -> bool:
    return case.model.steps[one.step].is_open and not one.closed and one.state == "open"


def _list(case: Any, one: Any, draw: Any) -> None:
    if draw(st.booleans()):
        assert case.act(one.path, "close_items", seat="", values=draw(st.sampled_from([{}, dict(CLOSING)]))) is None
        return
    case.act(one.path, "add_item", seat="", values={"item": {"no": f"N{len(one.items)}"}})


def _answer(case: Any, call: Any, draw: Any) -> None:
    if call.name == "people.everyone":
        holders: list[Any] = [{"id": f"p{n}", "name": "p"} for n in range(draw(st.integers(1, 3)))]
        case.happen(CallReturned(call.path, call.effect_key, {"holders": {"inspector": holders}}))
        return
    how = draw(st.sampled_from(["ok"] * 7 + ["refused", "other", "failed"]))
    if how == "ok":
        case.happen(CallReturned(call.path, call.effect_key, {}))
    elif how == "failed":
        case.happen(CallFailed(call.path, call.effect_key, "network"))
    else:
        case.happen(CallRefused(call.path, call.effect_key, how, {}))


def _person(case: Any, instance: Any, seat: Any, draw: Any) -> bool:
    if seat.key.startswith("i"):
        if instance.incident["stage"] not in ("call", "undo"):
            return False  # the same data gives the same fault; a person would end the case
        assert case.act(instance.path, "retry", seat=seat.key, person="fixer", roles=["it_admin"]) is None
        return True
    role = seat.roles[0] if seat.roles else "inspector"
    person = seat.assignee or f"{role}-{instance.path}-{seat.key}"
    who: dict[str, Any] = {"seat": seat.key, "person": person, "roles": [role]}
    verb = draw(st.sampled_from(["complete"] * 6 + ["claim", *VERBS, "ask", "return"]))
    if seat.key.startswith("q"):
        assert case.act(instance.path, "answer", values={"text": "so"}, **who) is None
    elif seat.key.startswith("n"):
        assert case.act(instance.path, "acknowledge", **who) is None
    elif verb == "complete":
        _complete(case, instance, seat, who, draw)
    else:
        to = {"id": f"other{case.count}", "name": "o"}
        values = {"to": FIRST if verb == "return" else to, "position": draw(st.sampled_from(["before", "parallel", "after"])),
                  "text": "what?", "suspend": draw(st.booleans()), "seat": _added(instance)}  # fmt: skip
        case.act(instance.path, verb, values=values, reason="why", facts={"to_roles": [role]}, **who)
    return True


def _added(instance: Any) -> str:
    """An added signer who can be removed, if there is one."""
    return next((seat.key for seat in instance.seats if seat.key[0] == "a" and seat.state == "open"), "a1")


def _complete(case: Any, instance: Any, seat: Any, who: dict[str, Any], draw: Any) -> None:
    outcome = draw(st.sampled_from(["approved"] * 5 + ["rejected"])) if instance.kind == "approve" else None
    waits = seat.key in instance.suspended
    voted = {other.actor for other in instance.seats if other.state == "done" and other.key[0] in "sa"}
    refusal = case.act(instance.path, outcome=outcome, **who)
    if not waits and who["person"] in voted:
        assert refusal is not None and refusal.code == "one_seat"
        return
    assert (refusal is not None and refusal.code == "suspended") if waits else refusal is None, refusal
    if not waits and seat.state == "done":
        late = case.act(instance.path, outcome=outcome, **{**who, "person": "late"})
        assert late is not None and late.status in (403, 409), "a second completion of the same task wins nothing"


# Not shrunk: shrinking a story of eighty moves takes minutes, and the story as it is says enough.
@settings(max_examples=examples(120), deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(definitions(), st.data())
def test_laws_hold_for_random_definitions_and_acts(steps: list[Any], data: Any) -> None:
    case = Case.start(steps, START)
    for _ in range(80):
        _check_laws(case)
        if not _move(case, data.draw):
            break
    _check_laws(case)
    _check_waves(case)


def _check_laws(case: Any) -> None:
    state = case.state
    assert [record["seq"] for record in case.records] == list(range(1, state.seq + 1)), "the history has no gap"
    assert fold(case.records).to_json() == state.to_json(), "the records say everything about the state"
    assert CaseState.from_json(loads(dumps(state.to_json()))).to_json() == state.to_json(), "also in their order"
    active = state.active()
    if state.state == "running":
        waits = [one for one in active if one.kind not in BLOCKS or one.state == "incident" or _is_open_list(case, one)]
        assert waits, "a running case waits for somebody or something"
    else:
        assert not active, "a case that has ended waits for nothing"
    assert {one.path for one in state.instances.values() if one.is_active} == set(state.open)
    for one in active:
        assert state.lives(one.scope) or one.is_undoing or one.incident, "an active step lies in open blocks only"
    held = [case.model.steps[one.step].mutex for one in active if one.holds_mutex]
    assert sum(name == "bench" for name in held) <= 1, "a mutex is held once"
    waiting = {path for one in state.pending for path in one["waits"] if state.instances[path].is_undoing}
    assert waiting == {one.path for one in active if one.is_undoing}, "whatever is undone is waited for"
    _check_told(case, active)
    again = CaseState.from_json(loads(dumps(state.to_json())))
    refold(again)
    assert (again.data, again.overlays) == (state.data, state.overlays), "data are the fold of effective writes"


def _check_told(case: Any, active: list[Any]) -> None:
    """Every step that waits says why; so does one that another version of the SOP no longer has."""
    looked = Looked(case.model, case.state, case.state.at)
    other = Looked(OTHER_RULES, case.state, case.state.at)
    for one in active:
        said = why(looked, one)
        assert said and said.zh and said.en and " working on " not in said.en, one
        assert why(other, one)


def _check_waves(case: Any) -> None:
    start = case.records[0]["detail"]
    head = chain.case_head(start["case_id"], start["pinned_sha"], start["start"])
    for record in case.records:
        head = chain.next_head(head, chain.sealed(record))
    assert head == case.state.head
    waves = pack(case.entries, [], 1)
    assert [wave.no for wave in waves] == list(range(1, len(waves) + 1))
    assert waves[-1].body["head"] == head
    bodies: list[Any] = [wave.body for wave in waves]
    open_tasks = {row["id"]: row["state"] for body in bodies for row in body["rows"]["tasks"]}
    seats = [seat for one in case.state.active() for seat in one.seats if seat.state == "open"]
    assert sum(state == "open" for state in open_tasks.values()) == len(seats), "the inbox is the fold of the history"
