"""Whether an act may be done now: what case state and the signed facts decide, again, whatever ``services`` said.

The workflow's validator calls ``check`` before an act is accepted; a refused act leaves nothing in the history.
"""

from __future__ import annotations

from typing import Any

from domain import acts
from domain.canonical import canonical_bytes
from domain.clock import from_text
from domain.errors import Refusal, Text
from workflows.engine import corrections, laws, people, recalendar, reopening
from workflows.engine import laws_of_verbs as of_verbs
from workflows.engine.appliers import Record
from workflows.engine.events import Acted
from workflows.engine.laws import Asked, Law
from workflows.engine.scope import data_of
from workflows.engine.state import CaseState
from workflows.engine.turn import ROUNDS_MAX, Turn
from workflows.engine.walk import walk
from workflows.language.model import Model

STATE_BYTES_MAX = 1024 * 1024
DATA_BYTES_MAX = 256 * 1024
TRIAL_BYTES = 32 * 1024
"""An act larger than this may open hundreds of items: it is tried on a copy before it is accepted."""


def check(model: Model, state: CaseState, event: Acted, at: str) -> Refusal | None:
    """Why the act is refused, or ``None``. Reads only."""
    return authentic(state, event, at) or allowed(model, state, event, at)


def allowed(model: Model, state: CaseState, event: Acted, at: str) -> Refusal | None:
    """Why an act that is believed is refused, or ``None``. A played case believes its own acts; a real one never does."""
    envelope: Any = event.act.envelope
    if state.state != "running":
        law = ON_CLOSED.get(str(envelope["action"]))
        return law(model, state, event) or _fits(model, state, event, at) if law else _closed(state)
    law = _ON_CASE.get(str(envelope["action"]))
    if law is not None:
        return law(model, state, event) or _fits(model, state, event, at)
    return _at_seat(model, state, event) or _fits(model, state, event, at)


def _at_seat(model: Model, state: CaseState, event: Acted) -> Refusal | None:
    """The laws of an act at a seat, in order."""
    envelope: Any = event.act.envelope
    instance = state.instances.get(str(envelope["path"]))
    seat = instance.seat(str(envelope["seat"])) if instance else None
    if instance is None or seat is None:
        return Refusal(404, "no_such_task", Text("这个案例里没有这项任务。", "The case has no such task."))
    step = model.steps.get(instance.step)
    if step is None:
        text = Text("案例已改用没有这一步的版本。", "The case has changed to a version that does not have this step.")
        return Refusal(409, "already_done", text)
    asked = Asked(model, state, step, instance, seat, event)
    for law in (laws.fits_seat, *LAWS.get(str(envelope["action"]), ())):
        found = law(asked)
        if found is not None:
            return found
    return None


def _on_list(model: Model, state: CaseState, event: Acted) -> Refusal | None:
    instance = state.instances.get(str(event.act.envelope["path"]))
    if instance is None or instance.kind != "foreach":
        return Refusal(404, "no_such_list", Text("这个案例里没有这个列表。", "The case has no such list."))
    return of_verbs.item_fits(model, state, instance, event.act)


def _cancels(model: Model, state: CaseState, event: Acted) -> Refusal | None:
    return of_verbs.may_cancel(state, event.act, model)


def _tells(model: Model, state: CaseState, event: Acted) -> Refusal | None:
    return of_verbs.by_system(event.act) or of_verbs.message_fits(state, event.act)


def _child_tells(model: Model, state: CaseState, event: Acted) -> Refusal | None:
    instance = state.instances.get(str(event.act.envelope["path"]))
    return of_verbs.by_system(event.act) or of_verbs.child_fits(state, instance, event.act)


def _recalendars(model: Model, state: CaseState, event: Acted) -> Refusal | None:
    return of_verbs.by_system(event.act) or recalendar.calendar_fault(model, state, event)


def _corrects(model: Model, state: CaseState, event: Acted) -> Refusal | None:
    return corrections.may_amend(state, event.act)


def _reopens(model: Model, state: CaseState, event: Acted) -> Refusal | None:
    return reopening.may_reopen(model, state, event.act)


_ON_CASE = {
    "add_item": _on_list,
    "close_items": _on_list,
    "cancel": _cancels,
    "message": _tells,
    "child_ended": _child_tells,
    recalendar.ACTION: _recalendars,
    "amend": _corrects,
    reopening.ACTION: _reopens,
}
"""The acts that are not done at a seat."""
ON_CLOSED = {"amend": _corrects, reopening.ACTION: _reopens}
"""The acts that a case takes after its end."""
_ONES_OWN = (laws.is_open, laws.has_role, laws.is_person, laws.is_free)
_HANDED_ON = (*_ONES_OWN, laws.not_suspended, of_verbs.allowed)
LAWS: dict[str, tuple[Law, ...]] = {
    "claim": (laws.is_open, laws.has_role, laws.is_person, laws.is_free, laws.four_eyes, laws.same_person),
    "release": (laws.is_open, laws.has_role, laws.is_person, laws.is_free),
    "complete": (
        laws.is_open,
        laws.has_role,
        laws.is_person,
        laws.is_free,
        laws.not_suspended,
        laws.four_eyes,
        laws.same_person,
        laws.qualified,
        laws.outcome_known,
        laws.signed,
        laws.late_fits,
        laws.form_fits,
        laws.row_keys_differ,
    ),
    "transfer": (*_HANDED_ON, of_verbs.has_reason, of_verbs.to_somebody_else, of_verbs.other_has_post),
    "hand_over": (
        laws.is_open,
        of_verbs.may_hand_over,
        of_verbs.has_reason,
        of_verbs.to_somebody_else,
        of_verbs.other_has_post_if_asked,
    ),
    "delegate": (*_HANDED_ON, of_verbs.has_reason, of_verbs.to_somebody_else, of_verbs.other_has_post),
    "add_signer": (*_HANDED_ON, of_verbs.to_somebody_else, of_verbs.signer_fits),
    "remove_signer": (*_ONES_OWN, of_verbs.allowed, of_verbs.has_reason, of_verbs.signer_is_added),
    "ask": (*_HANDED_ON, of_verbs.to_somebody_else, of_verbs.asks_something),
    "answer": (laws.is_open, laws.is_person, of_verbs.asks_something),
    "acknowledge": (laws.is_open, laws.has_role, laws.is_person, laws.is_free),
    "return": (*_ONES_OWN, laws.not_suspended, of_verbs.has_reason, of_verbs.may_return),
    "withdraw": (of_verbs.allowed, of_verbs.may_withdraw),
    "retry": (laws.is_open, laws.has_role, laws.is_free),
    "fix": (laws.is_open, laws.has_role, laws.is_free, of_verbs.has_reason, of_verbs.may_fix),
    "skip": (laws.is_open, laws.has_role, laws.is_free, of_verbs.has_reason, of_verbs.may_skip),
}
"""Which laws are asked for which act, in this order."""


def authentic(state: CaseState, event: Acted, at: str) -> Refusal | None:
    """Why an act is not believed, whatever it wants: its seal, its case, its rules, its time, its repetition."""
    envelope: Any = event.act.envelope
    fault = acts.fault_of(event.act, state.keys)
    if fault is not None:
        zh, en = "操作的封印无效，未被接受。", "The act's seal is not valid; it was not accepted."
        return Refusal(403, "forged_act", Text(f"{zh}（{fault}）", f"{en} ({fault})"), rule="act_seal")
    if envelope["case"] != state.case_id or envelope["act"] != event.act_id:
        return Refusal(
            403,
            "foreign_act",
            Text("操作属于另一案例或另一次提交。", "The act belongs to another case or attempt."),
        )
    if envelope["pinned_sha"] != state.pinned_sha:
        return Refusal(
            409,
            "other_rules",
            Text("案例的规则已改变，请重新打开。", "The case's rules have changed; open it again."),
        )
    if from_text(str(envelope["expires_at"])) < from_text(at):
        text = Text(
            "操作等待过久已失效，未被执行；请重做。",
            "The act waited too long and was not executed; do it again.",
        )
        return Refusal(409, "act_expired", text)
    if event.act_id in state.acts:
        return Refusal(409, "act_repeated", Text("这个操作已经记录。", "This act is on record already."))
    return None


def _closed(state: CaseState) -> Refusal:
    text = Text(f"案例已于 {state.closed_at} 结束。", f"The case ended at {state.closed_at}.")
    return Refusal(409, "case_closed", text, done_at=state.closed_at, outcome=state.outcome)


def _fits(model: Model, state: CaseState, event: Acted, at: str) -> Refusal | None:
    """The limits: of the act itself always, of what it causes when the case is anywhere near them."""
    size = len(event.act.spelled)
    if size > acts.ACT_BYTES_MAX:
        text = Text(
            "提交的数据超过 256 KB；大文件请作为附件。",
            "The data exceed 256 KB; send large files as attachments.",
        )
        return Refusal(422, "act_too_large", text, rule="limit")
    if size < TRIAL_BYTES and not _near_limits(state):
        return None
    trial = CaseState.from_json(state.to_json())
    turn = Turn(model, trial, at)
    people.act(turn, event)
    walk(turn)
    return _passes_limit(trial, [entry.record for entry in turn.entries])


def _near_limits(state: CaseState) -> bool:
    return state.size > STATE_BYTES_MAX // 2 or any(count >= ROUNDS_MAX for count in state.rounds.values())


def _passes_limit(trial: CaseState, made: list[Record]) -> Refusal | None:
    for record in made:
        detail: Any = record["detail"]
        if record["action"] == "incident" and detail["error"]["code"] == "limit_rounds":
            text = detail["error"]["message"]
            return Refusal(409, "limit_rounds", Text(text["zh"], text["en"]), rule="limit")
    if len(canonical_bytes(data_of(trial))) > DATA_BYTES_MAX:
        text = Text("案例数据达到 256 KB 上限，此操作未被接受。", "The case's data would pass their limit of 256 KB.")
        return Refusal(409, "limit_data", text, rule="limit")
    if len(canonical_bytes(trial.to_json())) > STATE_BYTES_MAX:
        text = Text(
            "案例数据达到 1 MB 上限，此操作未被接受；请另开案例。",
            "The case would pass its limit of 1 MB; start another case.",
        )
        return Refusal(409, "limit_state", text, rule="limit")
    return None
