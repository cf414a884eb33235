"""A running case changes to another version of its SOP: what would become of it, and doing exactly that.

``verdict`` tries the migration on a copy, so what it says is what ``migrate`` does. Rounds are never reset, effect keys
of past calls stay, completed work stays effective; what is open is kept, opened again or moved as the plan says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from domain import paths
from domain.canonical import canonical_bytes
from domain.errors import GspError, Text
from domain.json_types import Json, JsonObject
from forms.fit import misfits, unknown_fields
from rules.errors import ExprFault
from workflows.engine import migration_view as view
from workflows.engine.appliers import write
from workflows.engine.check import DATA_BYTES_MAX, STATE_BYTES_MAX
from workflows.engine.migration_fates import Fate, Passage, fates_of
from workflows.engine.migration_passed import Passed, passed_by, readers_of
from workflows.engine.migration_plan import Plan, Reason, reason
from workflows.engine.scope import data_of
from workflows.engine.state import CaseState
from workflows.engine.turn import Turn, as_json
from workflows.engine.walk import walk
from workflows.language.model import Block, Model


@dataclass(frozen=True)
class Verdict:
    """Whether a case can change, why not, and what is open before and after it. ``notes`` stop nothing but are told."""

    old: Model
    new: Model
    reasons: list[Reason] = field(default_factory=list)
    notes: list[Reason] = field(default_factory=list)
    fates: list[Fate] = field(default_factory=list)
    sets: JsonObject = field(default_factory=dict)
    before: list[JsonObject] = field(default_factory=list)
    after: list[JsonObject] = field(default_factory=list)

    @property
    def can(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons

    @property
    def passes(self) -> bool:
        """Whether all that speaks against it passes by itself: a call that has still to answer."""
        return bool(self.reasons) and all(one.passes for one in self.reasons)

    def as_json(self) -> JsonObject:
        """For people and for the comparison with the outcome."""
        return {
            "can": self.can,
            "passes": self.passes,
            "from": _version(self.old),
            "to": _version(self.new),
            "reasons": [one.as_json() for one in self.reasons],
            "notes": [one.as_json() for one in self.notes],
            "steps": [fate.as_json() for fate in self.fates],
            "set": self.sets,
            "before": [*self.before],
            "after": [*self.after],
        }


def _version(model: Model) -> JsonObject:
    return {"version": model.version, "definition_sha": model.definition_sha, "pinned_sha": model.pinned_sha}


def verdict(old: Model, new: Model, state: CaseState, plan: Plan, at: str) -> Verdict:
    """What would become of the case. Changes nothing."""
    before = view.open_now(state)
    passage = Passage(old, new, state, plan)
    reasons = list(_general(passage))
    if reasons:
        return Verdict(old, new, reasons, before=before)
    fates, reasons = fates_of(passage)
    passed = passed_by(passage, fates, at) if not reasons else []
    reasons += [_signed(one) for one in passed if one.surely and one.is_signed]
    sets, bad = _values(passage, at)
    reasons += bad
    if reasons:
        return Verdict(old, new, reasons, [], fates, sets, before)
    trial = CaseState.from_json(state.to_json())
    made = _change(old, new, trial, Change(fates, sets, plan), at)
    reasons = list(_misfits(new, trial)) + list(_unwanted(made, trial))
    notes = [_told(one) for one in passed] + list(_notes(passage, trial, passed))
    after = [{**one, **_lasting(new, one, made.since)} for one in view.open_now(trial)]
    return Verdict(old, new, reasons, notes, fates, sets, before, after if not reasons else [])


def _general(passage: Passage) -> Iterator[Reason]:
    old, new, state = passage.old, passage.new, passage.state
    if state.state != "running":
        yield reason("case_closed", "", f"案例已于 {state.closed_at} 结束。", f"The case ended at {state.closed_at}.")
    if (old.process, old.site) != (new.process, new.site):
        yield reason("other_process", "", "目标属于另一流程或机构。", "The target is of another process or site.")
    if old.pinned_sha == new.pinned_sha:
        zh, en = f"案例已在 {new.version} 上，没有可改变的。", f"The case is on {new.version} already: nothing to do."
        yield reason("nothing_to_do", "", zh, en)
    if state.pending:
        zh, en = "案例正在退回或撤销，请等它完成。", "The case is going back; wait until all is undone."
        yield reason("settling", "", zh, en, passes=True)
    for path, where in state.backs.items():
        place: Any = where
        if state.instances[path].is_active and place["step"] not in new.steps:
            zh = f"“{path}”完成后要回到“{place['step']}”，新版本没有这一步。"
            en = f"{path} goes back to {place['step']} when it is done, which the new version does not have."
            yield reason("back_gone", path, zh, en)
    yield from passage.plan.faults(old, new)


def _values(passage: Passage, at: str) -> tuple[JsonObject, list[Reason]]:
    """The values that the plan sets, from the case as it was."""
    turn = Turn(passage.old, passage.state, at)
    found: JsonObject = {}
    faults: list[Reason] = []
    for name, expr in passage.plan.set.items():
        try:
            found[name] = as_json(turn.value(expr, turn.scope(paths.ROOT))[0])
        except (ExprFault, GspError) as error:
            text = Text(error.zh, error.en) if isinstance(error, ExprFault) else error.text
            faults.append(reason("plan_value", f"set/{name}", text.zh, text.en))
    return found, faults


def _signed(one: Passed) -> Reason:
    name, where = one.step.id, paths.child(one.scope, one.step.id, 1)
    zh = f"新版本在此之前有须签名的步骤“{name}”，案例不能越过它；请在方案 map 中让待办步骤回到“{name}”。"
    en = f"The new version asks a signature at {name}, before this point; no case passes it. Map the open step to {name}."
    return reason("signed_step_passed", where, zh, en)


def _told(one: Passed) -> Reason:
    name, where = one.step.id, paths.child(one.scope, one.step.id, 1)
    zh = f"步骤“{name}”在案例的位置之前，本案例不会再做。"
    en = f"Step {name} stands before the place of the case; this case will not do it."
    return reason("step_passed", where, zh, en)


def _misfits(new: Model, trial: CaseState) -> Iterator[Reason]:
    """Data on record that the new version's schemas refuse."""
    start_form: Any = new.forms[new.start_form]
    for fault in misfits(start_form["schema"], trial.start, complete=True):
        zh = f"发起数据 {fault.pointer}：{fault.message.zh}；新版本不能用于此案例。"
        en = f"start{fault.pointer}: {fault.message.en}; the new version does not fit this case."
        yield reason("start_misfit", f"start{fault.pointer}", zh, en)
    for fault in misfits(new.data_schema, data_of(trial), complete=False):
        zh = f"案例数据 {fault.pointer}：{fault.message.zh}；请在方案 set 中给出合格的值。"
        en = f"data{fault.pointer}: {fault.message.en}; give a value that fits in the plan's set."
        yield reason("data_misfit", f"data{fault.pointer}", zh, en)


def _unwanted(made: Made, trial: CaseState) -> Iterator[Reason]:
    """What no migration may cause: a step that cannot go on, the end of the case, a case beyond its limits."""
    for entry in made.turn.entries:
        record: Any = entry.record
        if record["action"] == "incident":
            message = record["detail"]["error"]["message"]
            zh, en = f"迁移后即出故障：{message['zh']}", f"It would be an incident at once: {message['en']}"
            yield reason("would_fail", record["path"], zh, en)
    if trial.state != "running":
        yield reason("would_end", "", "迁移会使案例结束。", "The migration would end the case.")
    too_large = len(canonical_bytes(trial.to_json())) > STATE_BYTES_MAX
    if too_large or len(canonical_bytes(data_of(trial))) > DATA_BYTES_MAX:
        yield reason("too_large", "", "迁移后案例会超过大小上限。", "The case would pass its size limit.")


def _notes(passage: Passage, trial: CaseState, passed: list[Passed]) -> Iterator[Reason]:
    old, new = passage.old, passage.new
    for one in passed:
        for reader in readers_of(new, one.step.id):
            zh = f"步骤“{reader}”要读取“{one.step.id}”的结果，而本案例没有。"
            en = f"Step {reader} reads the result of {one.step.id}, which this case does not have."
            yield reason("reads_passed", reader, zh, en)
    for name in unknown_fields(new.data_schema, trial.data):
        zh, en = (
            f"数据字段“{name}”新版本不再使用，仍保留。",
            f"The new version no longer uses the field {name}; it stays.",
        )
        yield reason("field_unused", f"data/{name}", zh, en)
    for name in sorted({*old.parameters, *new.parameters}):
        if old.parameters.get(name) != new.parameters.get(name):
            zh, en = f"法定参数“{name}”按今天的值。", f"The legal parameter {name} takes today's value."
            yield reason("parameter_changed", f"parameters/{name}", zh, en)
    for name in sorted({*old.contracts} & {*new.contracts}):
        if old.contracts[name] != new.contracts[name]:
            zh, en = f"系统动作“{name}”的约定已更新。", f"The contract of the activity {name} is a newer one."
            yield reason("contract_changed", f"contracts/{name}", zh, en)


def _lasting(new: Model, shown: JsonObject, since: int) -> JsonObject:
    """What was opened by the migration is due so long after it, whenever that is."""
    if int(str(shown["seq"])) < since:
        return {"new": False}
    return {"new": True, "lasts": new.steps[str(shown["step"])].due}


# ---------------------------------------------------------------- doing it
@dataclass(frozen=True)
class Change:
    """A migration that was found possible."""

    fates: list[Fate]
    sets: JsonObject
    plan: Plan


@dataclass(frozen=True)
class Made:
    """What the change made; ``since`` is the number of its first record."""

    turn: Turn
    since: int


def _change(
    old: Model, new: Model, state: CaseState, change: Change, at: str, said: JsonObject | None = None, sha: str = ""
) -> Made:
    """First what stops, under the old rules; then the change itself; then the tokens go on under the new rules."""
    since = state.seq + 1
    before, turn = Turn(old, state, at), Turn(new, state, at)
    stops: list[Json] = [fate.path for fate in change.fates if fate.what != "kept"]
    if stops:
        before.record(paths.ROOT, "cancelled", {"step": None, "because": "migrated", "cancels": stops})
    turn.entries += before.entries
    turn.record(paths.ROOT, "migrated", {**_detail(old, new, state, change), **(said or {})}, act_sha=sha or None)
    turn.go(*_tokens(change.fates))
    walk(turn)
    return Made(turn, since)


def _tokens(fates: list[Fate]) -> Iterator[tuple[str, Block, int]]:
    """Where people go on elsewhere than before; a kept step needs no token."""
    for fate in fates:
        if fate.landing is not None and fate.what != "kept":
            yield fate.landing.scope, fate.landing.block, fate.landing.position


def _detail(old: Model, new: Model, state: CaseState, change: Change) -> JsonObject:
    shown = CaseState.from_json(state.to_json())
    if change.sets:
        write(shown, {"target": "data"}, change.sets)
    keeps = [fate.path for fate in change.fates if fate.what == "kept"]
    refreshed: list[Json] = [view.kept(old, new, shown, shown.instances[path]) for path in keeps]
    return {
        "step": None,
        "from": _version(old),
        "to": {**_version(new), "title": new.title.as_json()},
        "plan": change.plan.as_json(),
        "steps": [fate.as_json() for fate in change.fates],
        "keeps": refreshed,
        "values": change.sets,
        "writes": {"target": "data"} if change.sets else None,
    }


def migrate(old: Model, new: Model, state: CaseState, plan: Plan, at: str, said: JsonObject, sha: str) -> Made:
    """Change ``state`` to the new version as ``verdict`` says for the same state and time.

    ``said`` is who did it and why, for the record. Raises ``ValueError`` when the verdict is that it cannot be.
    """
    found = verdict(old, new, state, plan, at)
    if not found.can:
        raise ValueError(f"the case cannot be migrated: {found.reasons[0].text.en}")
    return _change(old, new, state, Change(found.fates, found.sets, plan), at, said, sha)
