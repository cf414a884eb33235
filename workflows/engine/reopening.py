"""唤醒: a case that was completed goes on again from one of its steps, on the word of quality.

What followed that step is superseded and what it posted is reversed, as with a return; the signatures stay on record. A
sealed case is never opened again (it is corrected instead), nor one whose end another case has already been told.
"""

from __future__ import annotations

from typing import Any

from domain import paths
from domain.acts import Act
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from workflows.engine import back
from workflows.engine.corrections import QUALITY
from workflows.engine.events import Acted
from workflows.engine.records import detail_of
from workflows.engine.state import EFFECTIVE, CaseState
from workflows.engine.turn import Place, Turn
from workflows.language.model import Model

ACTION = "reopen"
HUMAN = ("task", "approve")


def reopen(turn: Turn, event: Acted) -> None:
    """The case runs again; its target opens in a new round once all that followed is undone."""
    target = target_of(turn.model, turn.state, event.act.values)
    assert isinstance(target, back.Target), "check found the target"
    plan = planned(turn.model, turn.state, target)
    detail: JsonObject = {
        **detail_of(event, None),
        "to": target.step,
        "reason": event.act.envelope["reason"],
        "was": {"state": turn.state.state, "closed_at": turn.state.closed_at},
    }
    back.go_back(turn, paths.ROOT, "reopened", detail, plan, back.then_open(turn, target), event.act.sha)


def planned(model: Model, state: CaseState, target: back.Target) -> back.Plan:
    """What opening the case again would undo."""
    return back.plan_of(model, state, back.reached(model, state, target, only_target=False))


def target_of(model: Model, state: CaseState, values: Any) -> back.Target | Refusal:
    """The step that opens again: the named one, else the last that people have done outside of all blocks."""
    step = values.get("to") or last_done(model, state)
    if not isinstance(step, str):
        known = ", ".join(one.id for one in model.root.steps) or "—"
        zh, en = f"请写明从哪一步重新开始：{known}。", f"Say from which step the case goes on: {known}."
        return Refusal(422, "no_return_target", Text(zh, en))
    return back.target_of(model, state, Place(paths.ROOT, model.root, model.root.steps[0], 1), step)


def last_done(model: Model, state: CaseState) -> str | None:
    """The step of people at the top of the SOP that was done last, or ``None``."""
    ids = {step.id for step in model.root.steps if step.kind in HUMAN}
    done = [
        one
        for one in state.instances.values()
        if one.scope == paths.ROOT and one.step in ids and one.state in EFFECTIVE and one.done_seq
    ]
    return max(done, key=lambda one: one.done_seq).step if done else None


def may_reopen(model: Model, state: CaseState, act: Act) -> Refusal | None:
    """Quality opens a completed case again, with a reason; never a sealed one, a cancelled one or a sub-process."""
    envelope: Any = act.envelope
    if not set(envelope["facts"].get("roles", ())) & QUALITY:
        text = Text("重新打开案例由质量管理人员决定。", "Quality decides whether a case is opened again.")
        return Refusal(403, "wrong_role", text, rule="role", who_can=tuple(sorted(QUALITY)))
    if state.state == "running":
        text = Text("案例还在进行，请用退回。", "The case is running: return it from one of its tasks.")
        return Refusal(409, "still_running", text)
    if state.state != "completed":
        zh = "只有已完成的案例可以重新打开；撤销的案例请另建。"
        return Refusal(409, "not_completed", Text(zh, "Only a completed case is opened again; start a new one."))
    if state.sealed:
        zh, en = (
            "案例已封存，不能重新打开；请更正记录。",
            "The case is sealed: its records are corrected, it is not opened.",
        )
        return Refusal(409, "sealed", Text(zh, en), rule="seal", articles=("GSP-22",))
    if state.parent and state.parent.get("case") and not state.parent.get("detached"):
        zh = "这是子流程，其结果已被上级案例采用；请在上级案例中退回。"
        en = "The case above has taken its result already: return there, it starts this process anew."
        return Refusal(409, "has_parent", Text(zh, en))
    if not isinstance(envelope["reason"], str) or not envelope["reason"].strip():
        return Refusal(422, "reason_missing", Text("请写明原因。", "Say why."))
    target = target_of(model, state, act.values)
    return target if isinstance(target, Refusal) else None
