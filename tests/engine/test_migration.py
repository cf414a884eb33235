"""One case changes to another version: what is kept, what opens again, what needs a plan, what can never be."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from domain.errors import GspError
from workflows.engine.events import CallFailed, CallReturned
from workflows.engine.migrate import migrate, verdict
from workflows.engine.migration_plan import Plan
from workflows.engine.migration_view import surprises
from workflows.language.model import load_model

_spec = importlib.util.spec_from_file_location("engine_samples", Path(__file__).with_name("samples.py"))
assert _spec and _spec.loader
samples = importlib.util.module_from_spec(_spec)
sys.modules["engine_samples"] = samples
_spec.loader.exec_module(samples)
task, Case = samples.task, samples.Case
THEN = samples.LATER
DONE = {"id": "done", "end": "completed"}
LINES = {"lines": [{"no": "L1"}, {"no": "L2"}]}
CALL = {"id": "post", "call": "stock.receive", "with": {"n": "1"}, "on": {"refused": "done"}}


def version(steps: list[Any], data: Any = None, start: Any = None) -> Any:
    top: dict[str, Any] = {"version": "2.0.0"}
    pinned = samples.pinned(steps, **top, **({"data": {"schema": "forms/data.v1.json"}} if data else {}))
    if data:
        pinned["forms"] = {**pinned["forms"], "forms/data.v1.json": {"schema": {"type": "object", "properties": data}}}
    if start:
        pinned["forms"] = {**pinned["forms"], "forms/a.v1.json": {"schema": start, "ui": {}}}
    return load_model(pinned)


def foreach(*steps: Any) -> Any:
    return {"id": "each", "foreach": "start.lines", "as": "line", "item_key": "line.no", "do": list(steps)}


def ask(case: Any, new: Any, plan: Any = None) -> Any:
    return verdict(case.model, new, case.state, Plan.from_json(plan), THEN)


def do(case: Any, new: Any, plan: Any = None) -> Any:
    found = ask(case, new, plan)
    assert found.can, found.as_json()
    made = migrate(case.model, new, case.state, Plan.from_json(plan), THEN, {}, "")
    assert surprises(found.after, case.state, new) == []
    case.model = new
    return made


def codes(case: Any, new: Any, plan: Any = None) -> list[str]:
    return [one.code for one in ask(case, new, plan).reasons]


def test_an_open_task_is_kept_with_its_claim_and_gets_its_new_words_and_deadline() -> None:
    case = Case.start([task("count", due="PT2H"), DONE])
    assert case.act("count#1", "claim") is None
    do(case, version([task("count", due="PT5H", title={"zh": "清点", "en": "Count it"}), DONE]))
    one = case.state.instances["count#1"]
    assert (one.state, one.seats[0].assignee, one.due) == ("open", "receiver", "2026-11-22T06:00:00.000Z")
    assert one.title == {"zh": "清点", "en": "Count it"} and case.state.version == "2.0.0"
    assert case.act("count#1") is None and case.state.state == "completed"


def test_another_post_takes_the_task_over_and_the_claim_ends() -> None:
    case = Case.start([task("count"), DONE])
    assert case.act("count#1", "claim") is None
    do(case, version([task("count", "inspector"), DONE]))
    seat = case.state.instances["count#1"].seats[0]
    assert (seat.roles, seat.assignee) == (["inspector"], None)
    assert case.act("count#1").code == "wrong_role"
    assert case.act("count#1", person="inspector") is None


def test_a_task_that_asks_something_else_opens_again_in_a_new_round() -> None:
    case = Case.start([task("count"), DONE])
    do(case, version([task("count", sign={"meaning": "received"}), DONE]))
    assert case.state.instances["count#1"].state == "cancelled"
    assert case.state.instances["count#2"].state == "open"
    assert case.act("count#2", meaning="received") is None


def test_an_act_of_before_is_refused_after_the_change() -> None:
    case = Case.start([task("count"), DONE])
    before = case.event("count#1")
    do(case, version([task("count", due="P1D"), DONE]))
    from workflows.engine.check import check

    refusal = check(case.model, case.state, before, THEN)
    assert refusal is not None and refusal.code == "other_rules"


def test_a_step_that_is_gone_needs_a_line_in_the_plan_and_moves_to_it() -> None:
    case = Case.start([task("count"), DONE])
    new = version([task("weigh", "inspector"), DONE])
    assert codes(case, new) == ["step_gone"]
    made = do(case, new, {"map": {"count": "weigh"}})
    actions = [entry.record["action"] for entry in made.turn.entries]
    assert actions == ["cancelled", "migrated", "opened"]
    assert case.act("weigh#1", person="inspector") is None


def test_the_vote_of_one_is_not_counted_for_another_question() -> None:
    votes = {"id": "vote", "approve": {"by": ["inspector", "quality_staff"], "rule": "all"}, "on": {"rejected": "done"}}
    title = {"title": {"zh": "票", "en": "Vote"}}
    case = Case.start([{**votes, **title}, DONE])
    assert case.act("vote#1", seat="s1", person="inspector", outcome="approved") is None
    three = {**votes, **title, "approve": {"by": ["inspector", "quality_staff", "quality_director"], "rule": "all"}}
    do(case, version([three, DONE]))
    again = case.state.instances["vote#2"]
    assert [seat.state for seat in again.seats] == ["open"] * 3


def test_a_call_under_way_is_waited_for_and_a_failed_one_must_be_settled() -> None:
    case = Case.start([CALL, task("count"), DONE])
    new = version([{**CALL, "with": {"n": "2"}}, task("count"), DONE])
    found = ask(case, new)
    assert [one.code for one in found.reasons] == ["call_in_flight"] and found.passes
    (call,) = case.calls
    case.happen(CallFailed(call.path, call.effect_key, "network"))
    assert codes(case, new) == ["call_unsettled"] and not ask(case, new).passes
    assert ask(case, version([CALL, task("count", due="P1D"), DONE])).can, "the same call keeps its effect key"


def test_a_call_that_was_made_keeps_its_effect_key_and_is_never_made_again() -> None:
    case = Case.start([CALL, task("count"), DONE])
    (call,) = case.calls
    case.happen(CallReturned(call.path, call.effect_key, {}))
    made = do(case, version([CALL, task("count", due="P1D"), DONE]))
    assert made.turn.effects == [] and case.state.instances["post#1"].call["effect_key"] == call.effect_key


def test_no_case_passes_a_new_signature() -> None:
    case = Case.start([task("count"), task("stow"), DONE])
    assert case.act("count#1") is None
    new = version([task("count"), task("check", sign={"meaning": "approve"}), task("stow"), DONE])
    assert codes(case, new) == ["signed_step_passed"]
    do(case, new, {"map": {"stow": "check"}})
    assert case.state.instances["check#1"].state == "open"
    assert case.state.instances["stow#1"].state == "cancelled"


def test_a_new_unsigned_step_behind_the_case_is_told() -> None:
    case = Case.start([task("count"), task("stow"), DONE])
    assert case.act("count#1") is None
    found = ask(case, version([task("count"), task("label"), task("stow"), DONE]))
    assert found.can and [one.code for one in found.notes] == ["step_passed"]


def test_a_new_step_ahead_is_met_by_the_case() -> None:
    case = Case.start([task("count"), DONE])
    do(case, version([task("count"), task("check", sign={"meaning": "approve"}), DONE]))
    assert case.act("count#1") is None
    assert case.state.instances["check#1"].state == "open"


def test_each_line_of_a_foreach_has_its_own_fate() -> None:
    case = Case.start([foreach(task("look"), task("stow")), DONE], LINES)
    assert case.act("each#1/[L1]#1/look#1") is None
    new = version([foreach(task("look", due="P1D"), task("shelve")), DONE])
    assert codes(case, new) == ["step_gone"]
    do(case, new, {"map": {"stow": "shelve"}})
    kept = case.state.instances["each#1/[L2]#1/look#1"]
    assert (kept.state, kept.due is not None) == ("open", True)
    assert case.act("each#1/[L1]#1/shelve#1") is None
    assert case.act("each#1/[L2]#1/look#1") is None and case.act("each#1/[L2]#1/shelve#1") is None
    assert case.state.state == "completed"


def test_a_move_out_of_a_foreach_stops_the_other_lines_and_says_so() -> None:
    case = Case.start([foreach(task("look")), task("sum"), DONE], LINES)
    new = version([task("recount"), foreach(task("look")), task("sum"), DONE])
    found = ask(case, new, {"map": {"look": "recount"}})
    assert found.can and sorted(fate.what for fate in found.fates) == ["cancelled", "cancelled", "moved"]
    do(case, new, {"map": {"look": "recount"}})
    assert [one.path for one in case.state.active()] == ["recount#1"]


def test_branches_and_kinds_that_changed_need_a_plan() -> None:
    both = {"id": "both", "parallel": [{"do": [task("a")]}, {"do": [task("b")]}]}
    case = Case.start([both, DONE])
    three = {"id": "both", "parallel": [*both["parallel"], {"do": [task("c")]}]}
    assert codes(case, version([three, DONE])) == ["branches_changed"]
    assert codes(case, version([task("both"), DONE])) == ["kind_changed"]
    do(case, version([task("both"), DONE]), {"map": {"both": "both"}})
    assert [one.path for one in case.state.active()] == ["both#2"]


def test_data_that_do_not_fit_are_named_and_can_be_set() -> None:
    case = Case.start([{"id": "calc", "set": {"total": "1 + 1"}}, task("count"), DONE])
    new = version([{"id": "calc", "set": {"total": "'2'"}}, task("count"), DONE], {"total": {"type": "string"}})
    found = ask(case, new)
    assert [(one.code, one.path) for one in found.reasons] == [("data_misfit", "data/total")]
    do(case, new, {"set": {"total": "data.total > 1 ? 'many' : 'few'"}})
    assert case.state.data == {"total": "many"}


def test_a_start_that_lacks_what_the_new_version_needs_cannot_be_changed() -> None:
    case = Case.start([task("count"), DONE], {"note": "n"})
    start = {"type": "object", "properties": {"note": {"type": "string"}, "who": {}}, "required": ["who"]}
    assert codes(case, version([task("count"), DONE], start=start)) == ["start_misfit"]


def test_what_a_migration_must_not_cause_is_refused() -> None:
    case = Case.start([task("count"), DONE])
    assert codes(case, version([task("weigh"), DONE]), {"map": {"count": "done"}}) == ["would_end"]
    broken = {"id": "calc", "set": {"total": "start.nothing"}}
    assert codes(case, version([broken, task("weigh"), DONE]), {"map": {"count": "calc"}}) == ["would_fail"]
    same = load_model(samples.pinned([task("count"), DONE]))
    assert codes(case, same) == ["nothing_to_do"]


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ({"map": {"nowhere": "count"}}, "plan_unknown_step"),
        ({"map": {"count": "nowhere"}}, "plan_unknown_step"),
        ({"set": {"nothing": "1"}}, "plan_unknown_field"),
        ({"set": {"total": "start.nothing"}}, "plan_value"),
    ],
)
def test_a_plan_that_fits_no_case_says_where(plan: Any, code: str) -> None:
    case = Case.start([task("count"), DONE])
    new = version([task("count", due="P1D"), DONE], {"total": {"type": "string"}})
    assert code in codes(case, new, plan)


@pytest.mark.parametrize("raw", [[], {"move": {}}, {"map": []}, {"map": {"a": {}}}, {"set": {"a": "1 +"}}])
def test_a_plan_that_cannot_be_read_is_refused(raw: Any) -> None:
    with pytest.raises(GspError, match="bad_plan"):
        Plan.from_json(raw)
