"""What an act must be to be accepted, and what it does."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from domain.canonical import digest
from workflows.engine.check import check
from workflows.engine.events import Acted, CallReturned

_spec = importlib.util.spec_from_file_location("engine_samples", Path(__file__).with_name("samples.py"))
assert _spec and _spec.loader
samples = importlib.util.module_from_spec(_spec)
sys.modules["engine_samples"] = samples  # dataclasses look their module up
_spec.loader.exec_module(samples)
Case, task, envelope = samples.Case, samples.task, samples.envelope
TWO = [task("receive"), task("inspect", "inspector", not_same_as=["receive"]), {"id": "done", "end": "completed"}]


def refused(case: object, event: Acted) -> str | None:
    refusal = check(case.model, case.state, event, samples.LATER)  # type: ignore[attr-defined]
    return refusal.code if refusal else None


def test_act_sealed_by_another_key_is_refused() -> None:
    case = Case.start(TWO)
    assert refused(case, case.event("receive#1", key=samples.OTHER_KEY)) == "forged_act"


def test_act_whose_actor_was_changed_after_sealing_is_refused() -> None:
    case = Case.start(TWO)
    event = case.event("receive#1")
    event.act.envelope["actor"] = {"id": "somebody", "name": "else", "role": None}
    assert refused(case, event) == "forged_act"


def test_act_whose_values_were_changed_after_sealing_is_refused() -> None:
    case = Case.start(TWO)
    event = case.event("receive#1", values={})
    event.act.values["note"] = "slipped in"
    assert refused(case, event) == "forged_act"


def test_act_is_refused_once_its_caller_gave_up() -> None:
    case = Case.start(TWO)
    late = check(case.model, case.state, case.event("receive#1"), "2026-11-22T01:01:00.001Z")
    assert late is not None and late.code == "act_expired"


def test_act_of_another_case_is_refused() -> None:
    case = Case.start(TWO)
    act = envelope(case.model, "OTHER", "act-000000000099", "complete", "receive#1", "s1", {})
    assert refused(case, Acted("act-000000000099", act)) == "foreign_act"


def test_repeated_act_id_is_refused_even_after_the_state_was_carried_on() -> None:
    case = Case.start(TWO)
    event = case.event("receive#1")
    assert refused(case, event) is None
    case.happen(event)
    case.state = type(case.state).from_json(case.state.to_json())
    assert refused(case, event) == "act_repeated"


def test_person_without_the_post_is_refused_with_who_can() -> None:
    case = Case.start(TWO)
    refusal = case.act("receive#1", person="inspector")
    assert refusal is not None and (refusal.code, refusal.who_can) == ("wrong_role", ("receiver",))


def test_administrator_cannot_do_business_even_with_the_post() -> None:
    case = Case.start([task("receive", "it_admin"), {"id": "done", "end": "completed"}])
    refusal = case.act("receive#1", person="admin", roles=["it_admin"])
    assert refusal is not None and refusal.code == "wrong_role"


def test_receiver_cannot_inspect_what_he_received() -> None:
    case = Case.start(TWO)
    assert case.act("receive#1", person="wang", roles=["receiver"]) is None
    refusal = case.act("inspect#1", person="wang", roles=["receiver", "inspector"])
    assert refusal is not None and refusal.rule == "four_eyes"
    assert case.act("inspect#1", person="chen", roles=["inspector"]) is None
    assert case.state.state == "completed"


def test_loser_of_a_race_is_told_who_won() -> None:
    case = Case.start(TWO)
    first, second = (
        case.event("receive#1", person="wang", roles=["receiver"]),
        case.event("receive#1", person="li", roles=["receiver"]),
    )
    case.happen(first)
    refusal = check(case.model, case.state, second, samples.LATER)
    assert refusal is not None and (refusal.code, refusal.done_by) == ("already_done", "wang")


def test_claimed_task_belongs_to_its_claimer_until_released() -> None:
    case = Case.start(TWO)
    assert case.act("receive#1", "claim", person="wang", roles=["receiver"]) is None
    refusal = case.act("receive#1", person="li", roles=["receiver"])
    assert refusal is not None and (refusal.code, refusal.done_by) == ("claimed_by_other", "wang")
    assert case.act("receive#1", "release", person="wang", roles=["receiver"]) is None
    assert case.act("receive#1", person="li", roles=["receiver"]) is None


def test_undeclared_outcome_is_refused() -> None:
    case = Case.start(TWO)
    refusal = case.act("receive#1", outcome="maybe")
    assert refusal is not None and refusal.code == "unknown_outcome"


def test_signed_step_needs_its_meaning_and_proof() -> None:
    steps = [
        task("inspect", "inspector", sign={"meaning": "inspected", "reauth": True}),
        {"id": "e", "end": "completed"},
    ]
    case = Case.start(steps)
    without = case.act("inspect#1", person="inspector")
    remembered = case.act("inspect#1", person="inspector", meaning="inspected", auth={"method": "session"})
    assert without is not None and without.code == "wrong_meaning"
    assert remembered is not None and (remembered.status, remembered.code) == (401, "reauth_needed")
    assert case.act("inspect#1", person="inspector", meaning="inspected") is None


def test_act_over_256_kb_is_refused() -> None:
    case = Case.start(TWO)
    refusal = case.act("receive#1", reason="x" * 300_000)
    assert refusal is not None and refusal.code == "act_too_large"


def test_one_person_votes_once_at_a_step() -> None:
    by = {"by": ["quality_staff", "quality_director"], "rule": "all"}
    steps = [
        {"id": "rule", "approve": by, "title": {"zh": "裁", "en": "r"}, "on": {"rejected": "e"}},
        {"id": "e", "end": "completed"},
    ]
    case = Case.start(steps)
    both = ["quality_staff", "quality_director"]
    assert case.act("rule#1", seat="s1", person="sun", roles=both, outcome="approved") is None
    refusal = case.act("rule#1", seat="s2", person="sun", roles=both, outcome="approved")
    assert refusal is not None and refusal.code == "one_seat"


def test_sequence_opens_the_next_seat_only_after_the_one_before() -> None:
    by = {"by": ["quality_staff", "quality_director"], "rule": "sequence"}
    steps = [
        {"id": "rule", "approve": by, "title": {"zh": "裁", "en": "r"}, "on": {"rejected": "e"}},
        {"id": "e", "end": "completed"},
    ]
    case = Case.start(steps)
    early = case.act("rule#1", seat="s2", person="lin", roles=["quality_director"], outcome="approved")
    assert early is not None and early.code == "no_such_task"
    assert case.act("rule#1", seat="s1", person="sun", roles=["quality_staff"], outcome="approved") is None
    assert case.act("rule#1", seat="s2", person="lin", roles=["quality_director"], outcome="approved") is None


def test_rejection_closes_the_seats_that_are_not_needed_any_more() -> None:
    by = {"by": ["quality_staff", "quality_director"], "rule": "all"}
    steps = [
        {"id": "rule", "approve": by, "title": {"zh": "裁", "en": "r"}, "on": {"rejected": "e"}},
        task("next"),
        {"id": "e", "end": "completed"},
    ]
    case = Case.start(steps)
    assert case.act("rule#1", seat="s1", person="sun", roles=["quality_staff"], outcome="rejected") is None
    assert case.state.state == "completed"
    assert {seat.key: seat.state for seat in case.state.instances["rule#1"].seats} == {"s1": "done", "s2": "not_needed"}


def test_late_answer_of_a_cancelled_call_is_recorded_and_changes_nothing() -> None:
    parallel = [
        {"do": [{"id": "post", "call": "stock.receive"}]},
        {"do": [task("ask", outcomes=[{"key": "go"}, {"key": "stop"}], on={"stop": "e"})]},
    ]
    case = Case.start([{"id": "both", "parallel": parallel}, task("next"), {"id": "e", "end": "cancelled"}])
    call = case.calls[0]
    assert case.act("both#1/ask#1", outcome="stop") is None
    assert case.state.instances["both#1/post#1"].state == "cancelled"
    before = case.state.to_json()
    case.happen(CallReturned(call.path, call.effect_key, {"posting": 1}))
    assert case.records[-1]["action"] == "late"
    after = case.state.to_json()
    assert {key for key in after if after[key] != before[key]} == {"seq", "head"}


def test_failing_condition_is_an_incident_never_false() -> None:
    case = Case.start([task("a", when="start.missing > 1"), {"id": "e", "end": "completed"}])
    assert case.state.instances["a#1"].state == "incident"
    assert case.state.state == "running"
    assert case.records[-1]["detail"]["error"]["code"] == "missing_field"


def test_failed_call_waits_for_help_and_keeps_its_key() -> None:
    from workflows.engine.events import CallFailed

    case = Case.start([{"id": "post", "call": "stock.receive"}, {"id": "e", "end": "completed"}])
    first = case.calls[0]
    case.happen(CallFailed(first.path, first.effect_key, "no route to host"))
    assert case.state.instances["post#1"].state == "incident"
    assert case.act("post#1", "retry", seat="i1", person="admin", roles=["it_admin"]) is None
    assert case.calls[1].effect_key == first.effect_key
    case.happen(CallReturned(first.path, first.effect_key, {}))
    assert case.state.state == "completed"


def test_step_entered_more_than_fifty_times_is_refused_in_the_act() -> None:
    steps = [
        task("ask", outcomes=[{"key": "go"}, {"key": "again"}], on={"again": "ask"}),
        {"id": "e", "end": "completed"},
    ]
    case = Case.start(steps)
    for number in range(1, 50):
        assert case.act(f"ask#{number}", outcome="again") is None
    refusal = case.act("ask#50", outcome="again")
    assert refusal is not None and refusal.code == "limit_rounds"
    assert case.act("ask#50", outcome="go") is None
    assert case.state.state == "completed"


def test_item_writes_are_seen_in_the_list_and_nowhere_else() -> None:
    from workflows.engine.scope import data_of

    steps = [
        {"id": "load", "set": {"lines": "start.lines"}},
        {
            "id": "lines",
            "foreach": "data.lines",
            "as": "line",
            "item_key": "line.no",
            "do": [task("count", form="forms/a.v1.json")],
        },
        {"id": "e", "end": "completed"},
    ]
    case = Case.start(steps, {"lines": [{"no": "L1"}, {"no": "L2"}]})
    sha = case.model.form_shas["forms/a.v1.json"]
    assert case.act("lines#1/[L2]#1/count#1", values={"note": "ok"}, form_sha=sha) is None
    assert data_of(case.state) == {"lines": [{"no": "L1"}, {"no": "L2", "note": "ok"}]}


def test_duplicate_item_keys_are_an_incident() -> None:
    steps = [
        {"id": "lines", "foreach": "start.lines", "as": "line", "item_key": "line.no", "do": [task("count")]},
        {"id": "e", "end": "completed"},
    ]
    case = Case.start(steps, {"lines": [{"no": "L1"}, {"no": "L1"}]})
    assert case.records[-1]["detail"]["error"]["code"] == "duplicate_item_key"


def test_condition_is_on_record_whichever_way_it_went() -> None:
    steps = [
        task("never", when="start.x > 5"),
        task("ask", when="start.x > 1"),
        {"id": "e", "end": "completed"},
    ]
    case = Case.start(steps, {"x": 2})
    skipped = next(record for record in case.records if record["action"] == "not_entered")
    opened = next(record for record in case.records if record["path"] == "ask#1")
    assert (skipped["detail"]["why"]["expr"], skipped["reads"]) == ("start.x > 5", [["start.x", 2]])
    assert opened["detail"]["when"] == {"expr": "start.x > 1", "decided": [0, 11], "reads": [["start.x", 2]]}


def test_record_of_a_message_carries_its_act_with_the_hash_that_verification_asks_for() -> None:
    wait = {"id": "hear", "wait": {"message": "word", "keys": "['K']"}}
    case = Case.start([wait, {"id": "e", "end": "completed"}])
    assert case.tell("message", id="M1", name="word", keys=["K"], data={}) is None
    acted = [record for record in case.records if "act" in record["detail"]]
    assert [record["action"] for record in acted][-1] == "messaged"
    assert all(record["act_sha"] == digest("act", record["detail"]["act"]) for record in acted)
