"""Why a step waits, in one sentence: for whom, until when, for which message, condition, line, sub-process or undo.

Reads only. ``why`` knows an answer for every instance at which something is still to happen; what a case's state does
not say (names of people, keys of other cases, attempts that failed) is given in ``Known``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from domain.canonical import dumps
from domain.errors import GspError, Text
from domain.json_types import Json
from rules.ast import Expr
from rules.errors import ExprFault
from rules.evaluate import evaluate
from workflows.engine import calls, waiting_people
from workflows.engine.looked import Known, Looked
from workflows.engine.phrases import begun, either, listed, plain, posts, quoted, sentence
from workflows.engine.scope import scope_of
from workflows.engine.state import Instance
from workflows.engine.turn import as_json
from workflows.language.model import Step

__all__ = ["Known", "Looked", "why"]
VALUE_MAX = 40


def why(looked: Looked, instance: Instance) -> Text | None:
    """Why the step waits; ``None`` where nothing is to happen any more."""
    if not instance.is_active:
        return None
    if instance.incident is not None:
        return begun(_incident(looked, instance))
    if instance.is_undoing:
        return begun(_undoing(looked, instance))
    if instance.step not in looked.model.steps:  # another version of the SOP has no such step
        return begun(_underway(looked, instance))
    if instance.queued is not None:
        return begun(_queued(looked, instance))
    said = _OF_KIND.get(instance.kind, _underway)(looked, instance)
    return begun(sentence(said, _stops_when(looked, instance)))


# ---------------------------------------------------------------- faults, undoing, mutexes
def _incident(looked: Looked, instance: Instance) -> Text:
    fault: Any = instance.incident
    undone = fault["stage"] == "undo"
    head = Text("冲销未成功：", "the reversal failed: ") if undone else Text("故障：", "incident: ")
    said = Text(head.zh + fault["message"]["zh"], head.en + fault["message"]["en"])
    who = next((seat for seat in instance.seats if seat.key.startswith("i") and seat.state == "open"), None)
    return sentence(said, waiting_people.for_seat(looked, who) if who else None)


def _undoing(looked: Looked, instance: Instance) -> Text:
    what = looked.call(instance)
    if instance.state == "settling":
        said = Text(
            f"先等{what.zh}的结果，再决定是否冲销", f"waiting for the result of {what.en} before it is reversed"
        )
    elif instance.undo is not None:
        said = Text(f"系统正在冲销{what.zh}", f"the system is reversing {what.en}")
    else:
        said = Text(f"排队等待冲销{what.zh}", f"{what.en} is to be reversed after what came later")
    return sentence(said, looked.tried(instance), _afterwards(looked, instance))


def _afterwards(looked: Looked, instance: Instance) -> Text | None:
    """What the return or cancel that is under way does in the end."""
    then: Any = next((one["then"] for one in looked.state.pending if instance.path in one["waits"]), None)
    if then is None:
        return None
    if "ends" in then:
        return Text("之后案例结束", "then the case ends")
    step = quoted(looked.title_of(then["step"]))
    return Text(f"之后退回到{step.zh}", f"then the case returns to {step.en}")


def _queued(looked: Looked, instance: Instance) -> Text:
    others = [one for one in looked.active if one.path != instance.path]
    known = [one for one in others if one.step in looked.model.steps]
    same = [one for one in known if looked.model.steps[one.step].mutex == instance.queued]
    holder = next((one for one in same if one.holds_mutex), None) or next(
        (one for one in same if one.queued is not None and one.seq < instance.seq), None
    )
    free = Text(f"等待“{instance.queued}”空出", f"waiting for “{instance.queued}” to become free")
    if holder is None:
        return sentence(free)
    step = quoted(looked.title(holder))
    held = Text(f"现由本案例的{step.zh}占用", f"step {step.en} of this case has it")
    return sentence(free, held, waiting_people.of_step(looked, holder) if holder.seats else None)


# ---------------------------------------------------------------- what the system does
def _call(looked: Looked, instance: Instance) -> Text:
    what = looked.call(instance)
    said = Text(f"系统正在执行{what.zh}", f"the system is running {what.en}")
    return sentence(said, looked.tried(instance))


def _start(looked: Looked, instance: Instance) -> Text:
    child, process = instance.child, looked.model.steps[instance.step].child
    if child is None:
        said = Text(f"系统正在发起子流程 {process}", f"the system is starting the sub-process {process}")
        return sentence(said, looked.tried(instance))
    case = looked.known.cases.get(str(child.get("id"))) or str(child.get("id"))
    zh, en = f"等待子流程 {process} 的案例 {case} 结束", f"waiting for case {case} of the sub-process {process} to end"
    return Text(zh, en)


def _people(looked: Looked, instance: Instance) -> Text:
    if instance.seats:
        return waiting_people.of_step(looked, instance)
    if instance.call is not None and instance.call.get("name") == calls.EVERYONE:
        given: Any = instance.call["input"]
        who = posts(given["roles"])
        said = Text(f"系统正在查找在岗的{who.zh}", f"the system is looking up who holds: {who.en}")
        return sentence(said, looked.tried(instance))
    return _underway(looked, instance)


def _underway(looked: Looked, instance: Instance) -> Text:
    step = quoted(looked.title(instance))
    return Text(f"系统正在处理{step.zh}", f"the system is working on {step.en}")


# ---------------------------------------------------------------- waits
def _wait(looked: Looked, instance: Instance) -> Text:
    step = looked.model.steps[instance.step]
    arms = [_arm(looked, instance, step, index, arm) for index, arm in enumerate(instance.waits)]
    if len(arms) < 2:
        return sentence(*arms) if arms else _underway(looked, instance)
    first = either(arms)
    return Text(f"等待最先发生的一项：{first.zh}", f"waiting for the first of: {first.en}")


def _arm(looked: Looked, instance: Instance, step: Step, index: int, told: Any) -> Text:
    arm, alone = step.waits[index], len(step.waits) < 2
    if told["kind"] == "timer":
        at = looked.time(told["at"])
        said = Text(f"时间到 {at}", f"the clock to reach {at}")
    elif told["kind"] == "message":
        keys = plain(told["keys"])
        said = Text(f"收到消息“{told['name']}”（键 {keys.zh}）", f"the message “{told['name']}” (key {keys.en})")
    else:
        assert arm.condition is not None
        said = _condition(looked, instance, arm.condition)
    if alone:
        said = Text(f"等待{said.zh}", f"waiting for {said.en}")
    if arm.to is None:
        return said
    to = quoted(looked.title_of(arm.to))
    return Text(f"{said.zh}（转到{to.zh}）", f"{said.en} (then {to.en})")


def _condition(looked: Looked, instance: Instance, expr: Expr) -> Text:
    """A condition that is waited for."""
    now = _now(looked, instance, expr)
    return Text(f"条件“{expr.text}”成立（{now.zh}）", f"“{expr.text}” to be true ({now.en})")


def _now(looked: Looked, instance: Instance, expr: Expr) -> Text:
    """What a condition that is not true yet reads, and what stands there now."""
    scope = scope_of(looked.model, looked.state, instance.scope, looked.now)
    try:
        reads = evaluate(expr, scope).reads
    except (ExprFault, GspError) as error:
        fault = Text(error.zh, error.en) if isinstance(error, ExprFault) else error.text
        zh, en = fault.zh.partition("；")[0], fault.en.partition(";")[0]  # what follows is for the author
        return Text(f"还不能判断：{zh}", f"not known yet: {en}")
    seen = listed([_read(looked, path, as_json(value)) for path, value in reads])
    return Text(f"现在 {seen.zh}", f"now {seen.en}")


def _read(looked: Looked, path: str, value: Json) -> Text:
    label = looked.label(path.rpartition(".")[2].rstrip(")"))
    shown = _shown(value) if not looked.known.hidden.intersection(re.findall(r"\w+", path)) else "…"
    if label is None:
        return Text(f"{path} = {shown}", f"{path} = {shown}")
    return Text(f"{label.zh}（{path}）= {shown}", f"{label.en} ({path}) = {shown}")


def _shown(value: Json) -> str:
    """A single value; a record or a list may hold what the reader is not to see, and is long."""
    if isinstance(value, (dict, list)):
        return f"[{len(value)}]"
    told = value if isinstance(value, str) else dumps(value)
    return told if len(told) <= VALUE_MAX else f"{told[:VALUE_MAX]}…"


def _stops_when(looked: Looked, instance: Instance) -> Text | None:
    """``cancel_when`` of a step that waits for something else."""
    expr = looked.model.steps[instance.step].cancel_when
    if expr is None or instance.state != "open":
        return None
    now = _now(looked, instance, expr)
    return Text(
        f"条件“{expr.text}”成立（{now.zh}）时此步骤取消", f"the step stops once “{expr.text}” is true ({now.en})"
    )


# ---------------------------------------------------------------- blocks
def _foreach(looked: Looked, instance: Instance) -> Text:
    step = looked.model.steps[instance.step]
    left = [key for key, how in instance.children.items() if how != "done"]
    through = len(instance.children) - len(left)
    return sentence(
        _list_open(looked, instance, step) if step.is_open and not instance.closed else None,
        _lines_left(left, through) if left else None,
        Text("按顺序逐项进行", "one line after the other") if step.sequential and len(left) > 1 else None,
        _enough(step, through),
        None if left or (step.is_open and not instance.closed) else _underway(looked, instance),
    )


def _lines_left(left: list[str], through: int) -> Text:
    keys, whole = plain(left), through + len(left)
    zh = f"{whole} 项中还有 {len(left)} 项未办完：{keys.zh}"
    return Text(zh, f"{len(left)} of {whole} lines are not finished: {keys.en}")


def _list_open(looked: Looked, instance: Instance, step: Step) -> Text:
    who = posts(step.add_by)
    said = Text(
        f"列表还开着，等待{who.zh}增加项目或关闭列表",
        f"the list is open: {who.en} may add a line or close it",
    )
    missing = step.minimum - len(instance.items)
    few = Text(f"还差 {missing} 项才能关闭", f"{missing} more before it can be closed") if missing > 0 else None
    if step.until is None:
        return sentence(said, few)
    now, until = _now(looked, instance, step.until), step.until.text
    zh, en = f"条件“{until}”成立（{now.zh}）时自动关闭", f"it closes by itself once “{until}” is true ({now.en})"
    return sentence(said, few, Text(zh, en))


def _enough(step: Step, through: int) -> Text | None:
    if step.join == "all":
        return None
    return Text(
        f"办完 {step.n} 项即可继续，已 {through} 项",
        f"{step.n} {'is' if step.n == 1 else 'are'} enough, {through} finished so far",
    )


def _parallel(looked: Looked, instance: Instance) -> Text:
    step = looked.model.steps[instance.step]
    left = [key for key, how in instance.children.items() if how != "done"]
    through = len(instance.children) - len(left)
    zh, en = f"还有 {len(left)} 个分支未办完", f"{len(left)} of {len(instance.children)} branches are not finished"
    return sentence(Text(zh, en), _inside(looked, instance), _enough(step, through))


def _loop(looked: Looked, instance: Instance) -> Text:
    most = looked.model.steps[instance.step].maximum
    zh, en = f"第 {instance.iteration} 轮（最多 {most} 轮）", f"round {instance.iteration} of at most {most}"
    return sentence(Text(zh, en), _inside(looked, instance))


def _inside(looked: Looked, block: Instance) -> Text | None:
    """The steps directly inside a block that wait themselves."""
    inner = looked.inside.get(block.path, [])
    if not inner:
        return None
    named = listed([quoted(looked.title(one)) for one in inner])
    return Text(f"正在进行：{named.zh}", f"at: {named.en}")


_OF_KIND: Mapping[str, Callable[[Looked, Instance], Text]] = {
    "task": _people,
    "approve": _people,
    "notify": _people,
    "call": _call,
    "start": _start,
    "wait": _wait,
    "foreach": _foreach,
    "parallel": _parallel,
    "loop": _loop,
}
