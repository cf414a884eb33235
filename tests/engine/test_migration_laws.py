"""Random cases change to random next versions: the outcome is the verdict, nothing is silent, the laws go on to hold."""

from __future__ import annotations

import importlib.util
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from workflows.engine.appliers import fold
from workflows.engine.migrate import migrate, verdict
from workflows.engine.migration_plan import Plan
from workflows.engine.migration_view import surprises
from workflows.engine.state import CaseState
from workflows.engine.wave import pack
from workflows.language.model import load_model


def _module(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"engine_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"engine_{name}"] = module
    spec.loader.exec_module(module)
    return module


samples, laws = _module("samples"), _module("test_laws")
THEN, MUCH_LATER = "2026-11-22T01:00:30.000Z", "2026-11-22T07:10:00.000Z"
ROLES = laws.ROLES


class Case(laws.Case):  # type: ignore[name-defined]
    """A case whose people sign where a step asks it, and that can change to another version."""

    def event(self, path: str, action: str = "complete", **more: Any) -> Any:
        sign = self.model.steps[self.state.instances[path].step].sign if path else None
        if action == "complete" and sign is not None:
            more.setdefault("meaning", sign.meaning)
        return super().event(path, action, **more)

    def migrate(self, new: Any, plan: Plan, at: str) -> Any:
        act = samples.envelope(self.model, self.state.case_id, f"mig-{self.count:012d}", "migrate", "", "", {})
        said = {"actor": act.envelope["actor"], "act_id": act.envelope["act"], "act": act.as_json()}
        made = migrate(self.model, new, self.state, plan, at, said, act.sha)
        self.model = new
        self.entries += made.turn.entries
        self.records += [entry.record for entry in made.turn.entries]
        self.calls += made.turn.effects
        return made


def _lists(steps: list[Any]) -> list[list[Any]]:
    found = [steps]
    for step in steps:
        found += [inner for block in step.get("parallel", ()) for inner in _lists(block["do"])]
        found += _lists(step["do"]) if "foreach" in step else []
    return found


FIXED = ("last", "again")


def _edit(draw: Any, steps: list[Any], number: int, near: set[str]) -> None:
    """One random change that leaves a sound definition: targets of jumps stay. Mostly where the case stands."""
    first = steps[0]["id"]
    lists = _lists(steps)
    here = [one for one in lists if near & {step["id"] for step in one}]
    where = draw(st.sampled_from(here if here and draw(st.integers(0, 3)) else lists))
    free = [one for one in where if one["id"] not in (*FIXED, first)]
    open_here = [one for one in free if one["id"] in near]
    some = draw(st.sampled_from(open_here or free)) if free else None
    kind = draw(st.sampled_from(["words", "due", "role", "sign", "remove", "add", "swap", "kind", "branch", "when"]))
    people = [one for one in where if "task" in one or "approve" in one]
    people = [one for one in people if one["id"] in near] or people
    person = draw(st.sampled_from(people)) if people else None
    if kind == "words" and person:
        person["title"] = {"zh": f"改{number}", "en": f"changed {number}"}
    elif kind == "due" and person:
        person["due"] = draw(st.sampled_from(["PT2H", "P1D"]))
    elif kind == "role" and person and "task" in person:
        person["task"] = draw(st.sampled_from(ROLES))
    elif kind == "sign" and person:
        person["sign"] = {"meaning": "approve"}
    elif kind == "remove" and some and len(where) > 1:
        where.remove(some)
    elif kind == "add":
        where.insert(draw(st.integers(0, max(0, len(where) - 2))), _fresh(draw, number))
    elif kind == "swap" and len(free) > 1:
        one, other = free[0], free[1]
        i, j = where.index(one), where.index(other)
        where[i], where[j] = other, one
    elif kind == "kind" and some and "task" in some:
        del some["task"]
        some.update(approve={"by": ["quality_staff"], "rule": "all"}, on={"rejected": "last"})
    elif kind == "branch" and some and "parallel" in some:
        some["parallel"].append({"do": [_fresh(draw, number)]})
    elif kind == "when" and some:
        some["when"] = "start.x > 1"


def _fresh(draw: Any, number: int) -> Any:
    name = f"new{number}"
    title = {"zh": name, "en": name}
    return draw(
        st.sampled_from(
            [
                {"id": name, "task": "receiver", "title": title, "due": "PT5H"},
                {"id": name, "task": "inspector", "title": title, "sign": {"meaning": "approve"}},
                {"id": name, "notify": ["quality_staff"], "title": title},
                {"id": name, "call": "stock.receive", "with": {}, "on": {"refused": "last"}},
            ]
        )
    )


def _next(draw: Any, steps: list[Any], near: set[str]) -> Any:
    changed = deepcopy(steps)
    for number in range(draw(st.integers(1, 4))):
        _edit(draw, changed, number, near)
    pinned = samples.pinned(changed, version="2.0.0", data={"schema": "forms/data.v1.json"})
    pinned["forms"] = {**pinned["forms"], "forms/data.v1.json": {"schema": DATA}}
    return load_model(pinned)


DATA = {"type": "object", "properties": {"note": {"type": "string"}, "n": {"type": "integer"}}}


def _plan(draw: Any, case: Any, old: Any, new: Any) -> Plan:
    """Often one that helps: what the new version has no place for goes to a step that it has."""
    moves: dict[str, str] = {}
    for one in case.state.active():
        is_lost = one.step not in new.steps
        if draw(st.integers(0, 3)) and (is_lost or draw(st.integers(0, 3)) == 0):
            block = old.block_of[one.step] if draw(st.booleans()) else old.root
            near = [step.id for step in block.steps if step.id in new.steps]
            moves[one.step] = draw(st.sampled_from(near or sorted(new.steps)))
    sets = draw(st.sampled_from([{}, {}, {"n": "start.x + 1"}, {"note": "'moved'"}, {"n": "'no number'"}]))
    raw: Any = {"map": moves, "set": sets}
    return Plan.from_json(raw)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(laws.definitions(), st.data())
def test_the_outcome_is_the_verdict_and_the_laws_go_on_to_hold(steps: list[Any], data: Any) -> None:
    case = Case.start(steps, laws.START)
    case.__class__ = Case
    _play(case, data.draw, data.draw(st.integers(0, 5)))
    for _ in range(data.draw(st.integers(1, 2))):
        if case.state.state != "running" and data.draw(st.integers(0, 9)):
            break
        _migrate_once(case, steps, data.draw)
        _play(case, data.draw, data.draw(st.integers(0, 8)))
    waves = pack(case.entries, [], 1)
    assert waves[-1].body["head"] == case.state.head


def _play(case: Any, draw: Any, moves: int) -> None:
    for _ in range(moves):
        if not laws._move(case, draw):
            return
        laws._check_laws(case)


def _migrate_once(case: Any, steps: list[Any], draw: Any) -> None:
    new, before = _next(draw, steps, {one.step for one in case.state.active()}), case.state.to_json()
    plan = _plan(draw, case, case.model, new)
    found = verdict(case.model, new, case.state, plan, THEN)
    assert case.state.to_json() == before, "a verdict changes nothing"
    assert found.as_json() == verdict(case.model, new, case.state, plan, THEN).as_json()
    if not found.can:
        event(f"cannot: {found.reasons[0].code}")
        assert found.reasons and all(one.text.zh and one.text.en for one in found.reasons)
        try:
            case.migrate(new, plan, MUCH_LATER)
        except ValueError:
            assert case.state.to_json() == before
            return
        raise AssertionError("a migration that cannot be was done")
    was, old = CaseState.from_json(before), case.model
    made = case.migrate(new, plan, MUCH_LATER)
    event("migrated: " + ", ".join(sorted({fate.what for fate in found.fates})))
    assert surprises(found.after, case.state, new) == [], "the outcome is the verdict"
    _nothing_silent(found, was, case.state, made)
    laws._check_laws(case)
    again = fold([entry.record for entry in case.entries])
    assert again.to_json() == case.state.to_json() and again.pinned_sha == new.pinned_sha != old.pinned_sha


def _nothing_silent(found: Any, was: CaseState, now: CaseState, made: Any) -> None:
    fates = {fate.path: fate for fate in found.fates}
    assert set(fates) == {one.path for one in was.active()}, "each open step has its fate"
    for path, before in was.instances.items():
        after = now.instances[path]
        if path not in fates:
            assert after == before, "what is not open stays as it was"
        assert after.call == before.call and after.output == before.output, "effect keys and outputs stay"
        assert (path in fates and fates[path].what == "kept") == (before.is_active and after.is_active)
    for key, number in was.rounds.items():
        assert now.rounds[key] >= number, "rounds are never reset"
    fresh = [one.path for one in now.instances.values() if one.path not in was.instances]
    told = {entry.record["path"] for entry in made.turn.entries}
    assert set(fresh) <= told
    assert made.turn.entries[0].record["seq"] == was.seq + 1 and "migrated" in [
        e.record["action"] for e in made.turn.entries
    ]
