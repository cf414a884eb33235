"""The laws of verbs: to whom a task may go, where it may be returned to, who skips a step, who adds an item."""

from __future__ import annotations

from typing import Any

from domain import paths, roles
from domain.acts import Act
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from rules.errors import ExprFault
from workflows.engine import back, blocks, going_back, waits
from workflows.engine.laws import Asked, actors_of, proven, unproven
from workflows.engine.scope import scope_of
from workflows.engine.state import CaseState, Instance
from workflows.engine.turn import ITEMS_MAX, Turn, child_key
from workflows.language.model import Model

SYSTEM = "system"
QUALITY = frozenset({"quality_staff", "quality_director"})
MAY_CANCEL = frozenset({"quality_director", "company_head", "department_manager"})
POSITIONS = ("before", "parallel", "after")
MODES = ("walk", "jump_back")
TEXT_MAX = 2000
VERBS = {
    "transfer": ("转办", "handing it on"),
    "delegate": ("委派", "delegation"),
    "add_signer": ("加签", "added signers"),
    "remove_signer": ("减签", "removing a signer"),
    "withdraw": ("撤回", "withdrawal"),
}
"""What people call the verbs that a step allows."""


# ---------------------------------------------------------------- shapes and rights
def allowed(asked: Asked) -> Refusal | None:
    """A verb that the step allows (``allow:``); asking is always possible, going back has targets of its own."""
    verb = asked.action
    if verb in ("ask", "answer") or verb in asked.step.allow.verbs:
        return None
    zh, en = VERBS.get(verb, (verb, verb))
    text = Text(f"此步骤不允许{zh}。", f"This step does not allow {en}.")
    return Refusal(403, "not_allowed", text, rule="allow")


def has_reason(asked: Asked) -> Refusal | None:
    """Whoever hands on, returns or withdraws says why."""
    reason = asked.envelope["reason"]
    if isinstance(reason, str) and 0 < len(reason.strip()) <= TEXT_MAX:
        return None
    return Refusal(422, "reason_missing", Text("请写明原因。", "Say why."))


def to_somebody_else(asked: Asked) -> Refusal | None:
    """The other person is somebody else, has the post, and has not acted where four eyes are asked for."""
    to: Any = asked.values.get("to")
    if not isinstance(to, dict) or not isinstance(to.get("id"), str):
        return Refusal(422, "person_missing", Text("请选择人员。", "Choose a person."))
    if to["id"] == asked.envelope["actor"]["id"]:
        return Refusal(422, "same_person", Text("不能交给自己。", "Choose somebody else than yourself."))
    held = set(asked.facts.get("to_roles", ())) - roles.NEVER_SIGNS
    if not held:
        zh, en = _named(to)
        text = Text(f"{zh}没有业务岗位，不能签署。", f"{en} holds no post that signs.")
        return Refusal(422, "wrong_person", text, rule="role")
    return None


HANDS_OVER = frozenset({"company_head", "quality_director"})
"""Who gives the tasks of a person who leaves to somebody else."""


def may_hand_over(asked: Asked) -> Refusal | None:
    """离职转办: the head hands on what a person has who leaves; nothing of anybody else."""
    if not (set(asked.facts.get("roles", ())) & HANDS_OVER or asked.facts.get("superior") is True):
        zh, en = (
            "离职转办由其上级、企业负责人或质量负责人办理。",
            "A superior or the head of the company or of quality does this.",
        )
        return Refusal(403, "wrong_role", Text(zh, en), rule="role", who_can=tuple(sorted(HANDS_OVER)))
    leaver = asked.facts.get("hands_over")
    if leaver is None or leaver not in (asked.seat.assignee, asked.seat.person):
        text = Text("这项任务不在此人手上。", "The task is not this person's.")
        return Refusal(409, "not_theirs", text, done_by=asked.seat.assignee)
    if leaver == (asked.values.get("to") or {}).get("id"):
        return Refusal(422, "same_person", Text("请选择另一个人。", "Choose somebody else."))
    return None


def other_has_post_if_asked(asked: Asked) -> Refusal | None:
    """A question needs no post, everything else does."""
    return None if asked.seat.key.startswith("q") else other_has_post(asked)


def _named(to: Any) -> tuple[str, str]:
    """A person by name in both languages; by account where no name came with it."""
    name = str(to.get("name") or to["id"])
    return name, str(to.get("name_en") or name)


def other_has_post(asked: Asked) -> Refusal | None:
    """Who gets the task could do it himself: the post and the four eyes."""
    to: Any = asked.values["to"]
    seat, (name, name_en) = asked.seat, _named(to)
    if not set(asked.facts.get("to_roles", ())) & set(seat.roles):
        zh = f"{name}没有此处需要的岗位。"
        en = f"{name_en} does not hold the post that is needed here."
        return Refusal(422, "wrong_person", Text(zh, en), rule="role", who_can=tuple(seat.roles))
    for other in asked.model.four_eyes_with(asked.step.id):
        if to["id"] in actors_of(asked.state, other):
            step = _title_of(asked.state, other)
            zh = f"{name}已在“{step['zh']}”操作，不能再处理此任务。"
            en = f"{name_en} acted at '{step['en']}' and cannot take this task."
            return Refusal(403, "four_eyes", Text(zh, en), rule="four_eyes", who_can=tuple(seat.roles))
    return None


def _title_of(state: CaseState, step: str) -> JsonObject:
    """The title that a step had when it was last open."""
    latest = state.latest.get(step)
    title = state.instances[latest[-1]].title if latest else None
    return title or {"zh": step, "en": step}


def signer_fits(asked: Asked) -> Refusal | None:
    """An added signer has a position, and no seat at the step yet."""
    values, to = asked.values, asked.values["to"]["id"]
    if values.get("position") not in POSITIONS:
        zh, en = "加签位置须为 before、parallel 或 after。", "The position is before, parallel or after."
        return Refusal(422, "unknown_position", Text(zh, en))
    seats = [seat for seat in asked.instance.seats if seat.key[0] in "sa" and seat.state in ("open", "done")]
    if any(to in (seat.person, seat.assignee, seat.actor) for seat in seats) or any(
        one.get("person") == to for one in asked.instance.later
    ):
        zh, en = _named(asked.values["to"])
        zh, en = f"{zh}已在此步骤签署或待签。", f"{en} signs at this step already."
        return Refusal(409, "signs_already", Text(zh, en))
    if asked.step.kind == "approve" and asked.step.rule == "any" and values["position"] != "before":
        zh = "任一人签署即决定的步骤只能加前签。"
        en = "At a step that the first vote decides, a signer can be added before only."
        return Refusal(422, "unknown_position", Text(zh, en))
    return None


def signer_is_added(asked: Asked) -> Refusal | None:
    """Only a signer who was added and has not signed can be taken away again."""
    key = asked.values.get("seat")
    seat = asked.instance.seat(str(key))
    waits_there = any(one["key"] == key and str(key).startswith("a") for one in asked.instance.later)
    if waits_there or (seat is not None and seat.key.startswith("a") and seat.state == "open"):
        return None
    zh, en = "只能减去尚未签署的加签人。", "Only an added signer who has not signed can be removed."
    return Refusal(409, "no_such_signer", Text(zh, en))


def asks_something(asked: Asked) -> Refusal | None:
    """A question or an answer has words; nobody is asked by a seat that waits for an answer already."""
    text = asked.values.get("text")
    if not isinstance(text, str) or not 0 < len(text.strip()) <= TEXT_MAX:
        return Refusal(
            422, "text_missing", Text("请写下内容（不超过 2000 字）。", "Write something (2,000 characters).")
        )
    return None


# ---------------------------------------------------------------- going back
def may_return(asked: Asked) -> Refusal | None:
    """Only to a step that this one names (``allow: [{return_to: […]}]``), that was done, and that can be undone."""
    values = asked.values
    to = values.get("to")
    if to not in asked.step.allow.return_to:
        known = ", ".join(asked.step.allow.return_to) or "—"
        zh, en = f"从这里只能退回到：{known}。", f"From here the case returns to: {known}."
        return Refusal(403, "not_allowed", Text(zh, en), rule="allow")
    if values.get("mode") not in (None, *MODES):
        zh, en = "退回方式须为 walk 或 jump_back。", "The mode is walk or jump_back."
        return Refusal(422, "unknown_mode", Text(zh, en))
    turn = Turn(asked.model, asked.state, str(asked.envelope["received_at"]))
    found = going_back.planned(asked.model, asked.state, turn, asked.instance, values)
    if isinstance(found, Refusal):
        return found
    return _children_allow(asked.model, asked.state, found) or _may_jump_back(asked, found)


def _children_allow(model: Model, state: CaseState, plan: back.Plan) -> Refusal | None:
    for path in (*plan.cancels, *plan.supersedes, *plan.settles):
        instance = state.instances[path]
        step = model.steps.get(instance.step)
        if step and step.kind == "start" and step.child_on_return == "refuse" and not step.detached:
            zh = f"步骤“{step.id}”启动的子流程不允许退回。"
            en = f"The sub-process that step '{step.id}' started does not allow going back."
            return Refusal(409, "child_refuses", Text(zh, en), rule="child_on_return")
    return None


def _may_jump_back(asked: Asked, plan: back.Plan) -> Refusal | None:
    """Nothing that was signed or posted since may lie between, or its basis would change under it."""
    if going_back.mode_of(asked.model, asked.instance, asked.values) != "jump_back":
        return None
    place = Turn(asked.model, asked.state, str(asked.envelope["received_at"])).place_of(asked.instance)
    target = back.target_of(asked.model, asked.state, place, str(asked.values["to"]))
    assert isinstance(target, back.Target)
    for one in back.reached(asked.model, asked.state, target, only_target=False):
        step = asked.model.steps.get(one.step)
        between = one.path != target.anchor.path and one.state == "done"
        if step and between and (step.sign is not None or step.undo is not None):
            zh = f"其间的步骤“{step.id}”已签名或已记账，不能直接跳回，请逐步重走。"
            en = f"Step '{step.id}' in between is signed or posted: the case has to walk through again."
            return Refusal(409, "no_jump_back", Text(zh, en))
    return None


def may_withdraw(asked: Asked) -> Refusal | None:
    """撤回 is for who did it, until somebody has opened what followed from it."""
    seat, instance = asked.seat, asked.instance
    actor = asked.envelope["actor"]["id"]
    if seat.state != "done" or actor not in (seat.actor, seat.behind):
        return Refusal(
            403, "not_yours", Text("只能撤回自己刚办理的。", "Only your own act can be withdrawn."), rule="person"
        )
    if asked.facts.get("seen"):
        zh, en = "后续处理人已打开，不能撤回。", "Somebody has opened what follows; it is too late to withdraw."
        return Refusal(409, "too_late", Text(zh, en))
    if instance.state == "open":
        return _vote_is_last(asked)
    if instance.state != "done" or not _block_goes_on(asked):
        return Refusal(409, "too_late", Text("案例已继续，不能撤回。", "The case has gone on; it is too late."))
    return _nobody_acted(asked)


def _block_goes_on(asked: Asked) -> bool:
    """Whether the block around the step is open; in a sequence the next item must not have begun."""
    above = asked.state.instance_above(asked.instance.scope)
    if above is None:
        return True
    if above.state != "open" or not asked.state.lives(asked.instance.scope):
        return False
    key = child_key(asked.instance.scope, asked.model.block_of[asked.step.id])
    return not (asked.model.steps[above.step].sequential and above.children.get(key) == "done")


def _vote_is_last(asked: Asked) -> Refusal | None:
    seat = asked.seat
    later = [other for other in asked.instance.seats if other.beside == seat.key and other.state == "done"]
    if later or any(other.at and seat.at and other.at > seat.at for other in asked.instance.seats):
        zh, en = "之后已有人签署，不能撤回。", "Somebody has signed since; it is too late to withdraw."
        return Refusal(409, "too_late", Text(zh, en))
    return None


def _nobody_acted(asked: Asked) -> Refusal | None:
    model, state, instance = asked.model, asked.state, asked.instance
    block = model.block_of[instance.step]
    target = back.Target(instance.scope, block, instance.step, instance)
    for one in back.reached(model, state, target, only_target=False):
        if one.path == instance.path or one.seq < instance.done_seq:
            continue
        acted = any(seat.actor or (seat.assignee and seat.person is None) for seat in one.seats)
        posted = one.kind == "call" and one.state == "done" and back.undo_of(model, one) is None and one.call
        if acted or (posted and not _only_reads(model, one)):
            zh, en = f"后续步骤“{one.step}”已处理，不能撤回。", f"Step '{one.step}' is under way; it is too late."
            return Refusal(409, "too_late", Text(zh, en))
    return None


def _only_reads(model: Model, instance: Instance) -> bool:
    call: Any = instance.call or {}
    contract: Any = model.contracts.get(call.get("name")) or {}
    return contract.get("undo") is None


# ---------------------------------------------------------------- incidents
def may_fix(asked: Asked) -> Refusal | None:
    """Data are corrected by quality, with a signature and a reason."""
    fields = asked.values.get("fields")
    if not isinstance(fields, dict) or not fields:
        return Refusal(422, "fields_missing", Text("请写明要更正的字段。", "Say which fields to correct."))
    known: Any = asked.model.data_schema.get("properties") or {}
    unknown = sorted(set(fields) - set(known))
    if unknown:
        zh, en = f"案例数据没有字段“{unknown[0]}”。", f"The case's data have no field '{unknown[0]}'."
        return Refusal(422, "unknown_field", Text(zh, en))
    return _by_quality(asked)


def may_skip(asked: Asked) -> Refusal | None:
    """Only an unsigned call, decision or notice that no hard rule names; quality signs the deviation."""
    step, fault = asked.step, asked.instance.incident or {}
    contract: Any = asked.model.contracts.get(step.call) or {}
    if step.kind not in ("call", "decide", "notify") or step.sign is not None or contract.get("undo"):
        zh = f"步骤“{step.id}”不能跳过：已签名、须记账或由规则规定的步骤只能办理。"
        en = f"Step '{step.id}' cannot be skipped: what is signed, posted or named by a hard rule has to be done."
        return Refusal(409, "no_skip", Text(zh, en), rule="skip")
    if fault.get("stage") == "undo":
        return Refusal(409, "no_skip", Text("冲销不能跳过。", "An undo cannot be skipped."), rule="skip")
    outcome = asked.values.get("outcome")
    known = {*step.on, Turn(asked.model, asked.state, asked.state.at).success_of(step)}
    if outcome is not None and outcome not in known:
        listed = ", ".join(sorted(known))
        return Refusal(422, "unknown_outcome", Text(f"可选：{listed}。", f"Choose of: {listed}."))
    return _by_quality(asked)


def _by_quality(asked: Asked) -> Refusal | None:
    if not set(asked.facts.get("roles", ())) & QUALITY:
        zh, en = "须由质量管理人员签署。", "Quality staff sign this."
        return Refusal(403, "wrong_role", Text(zh, en), rule="role", who_can=tuple(sorted(QUALITY)))
    return None if proven(asked.envelope) else unproven()


# ---------------------------------------------------------------- acts on the case or on a block
def item_fits(model: Model, state: CaseState, instance: Instance, act: Act) -> Refusal | None:
    """An item is added to an open list by who may, with a key of its own."""
    envelope: Any = act.envelope
    step, values = model.steps[instance.step], act.values
    if not step.is_open or instance.state != "open" or instance.closed:
        zh, en = "列表已关闭，不能再增加。", "The list is closed; nothing can be added."
        return Refusal(409, "list_closed", Text(zh, en))
    if not set(envelope["facts"].get("roles", ())) & set(step.add_by):
        zh, en = "您不能增加项目。", "You may not add an item here."
        return Refusal(403, "wrong_role", Text(zh, en), rule="role", who_can=step.add_by)
    if envelope["action"] == "close_items":
        return _enough(step.minimum, len(instance.items))
    if not isinstance(values.get("item"), dict) or len(instance.items) >= ITEMS_MAX:
        zh, en = f"项目应是记录，且不超过 {ITEMS_MAX} 项。", f"An item is a record; {ITEMS_MAX} at most."
        return Refusal(422, "bad_item", Text(zh, en))
    try:
        key = blocks.key_of(step, scope_of(model, state, instance.scope, state.at), values["item"])
    except ExprFault as fault:
        return Refusal(422, "bad_item", Text(fault.zh, fault.en))
    if key in instance.items:
        zh, en = f"已有编号“{key}”的项目。", f"There is an item '{key}' already."
        return Refusal(409, "repeated_key", Text(zh, en))
    return None


def _enough(fewest: int, count: int) -> Refusal | None:
    if count >= fewest:
        return None
    return Refusal(409, "too_few_items", Text(f"至少需要 {fewest} 项。", f"At least {fewest} items are needed."))


def may_cancel(state: CaseState, act: Act, model: Model) -> Refusal | None:
    """A case is cancelled by who started it or by those in charge, with a reason."""
    envelope: Any = act.envelope
    held = set(envelope["facts"].get("roles", ()))
    if envelope["actor"]["id"] != state.started_by and not held & MAY_CANCEL:
        zh, en = "案例由发起人或负责人撤销。", "A case is cancelled by who started it or by those in charge."
        return Refusal(403, "not_allowed", Text(zh, en), rule="cancel", who_can=tuple(sorted(MAY_CANCEL)))
    reason = envelope["reason"]
    if not isinstance(reason, str) or not reason.strip():
        return Refusal(422, "reason_missing", Text("请写明原因。", "Say why."))
    if any("ends" in one["then"] for one in state.pending):
        return Refusal(409, "ending", Text("案例正在撤销。", "The case is being cancelled already."))
    plan = back.plan_of(model, state, list(state.instances.values()))
    return _children_allow(model, state, plan)


def message_fits(state: CaseState, act: Act) -> Refusal | None:
    """A message has an id, a name, keys and data; it is taken once, and only where somebody waits for it."""
    values: Any = act.values
    shaped = isinstance(values.get("id"), str) and isinstance(values.get("name"), str)
    if not shaped or not isinstance(values.get("keys"), list) or not isinstance(values.get("data"), dict):
        return Refusal(422, "malformed_act", Text("消息的格式不对。", "The message has the wrong shape."))
    if values["id"] in state.messages:
        return Refusal(409, "act_repeated", Text("这条消息已经收到。", "This message was taken already."))
    if not waits.hears(state, values):
        return Refusal(409, "not_waiting", Text("案例没有在等这条消息。", "The case does not wait for this message."))
    return None


def child_fits(state: CaseState, instance: Instance | None, act: Act) -> Refusal | None:
    """The end of a sub-process is told to the step that waits for exactly this one."""
    values: Any = act.values
    child: Any = instance.child if instance is not None else None
    if instance is None or instance.state != "open" or not child or child.get("id") != values.get("case"):
        return Refusal(409, "not_waiting", Text("没有步骤在等这个子流程。", "No step waits for this sub-process."))
    if values.get("outcome") not in ("completed", "cancelled", "terminated"):
        return Refusal(422, "malformed_act", Text("子流程的结果不对。", "The sub-process has no such outcome."))
    return None


def by_system(act: Act) -> Refusal | None:
    """What the system tells is sealed by the system, never on behalf of a person."""
    envelope: Any = act.envelope
    if envelope["actor"]["id"] == SYSTEM and envelope["path"] is not None:
        return None
    return Refusal(403, "not_allowed", Text("只有系统可以这样做。", "Only the system does this."), rule="system")


def on_root(act: Act) -> bool:
    """Whether the act is on the case as a whole."""
    return act.envelope["path"] == paths.ROOT
