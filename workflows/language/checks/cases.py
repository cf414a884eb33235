"""The process owner's tests (`cases.yaml`): readable, and about steps, roles and activities that exist."""

from __future__ import annotations

from typing import Any

from workflows.language.checks.outcomes import outcomes_of
from workflows.language.findings import join
from workflows.language.outline import wait_arms
from workflows.language.subject import Subject, suggestion

_CASE = frozenset({"name", "given", "when", "then"})
_GIVEN = frozenset({"start", "by", "clock", "calls"})
_ACT = frozenset({"step", "by", "person", "at", "outcome", "data", "item", "action", "reason", "refused", "seat"})
_MESSAGE = frozenset({"message", "keys", "data", "at", "refused"})
_TIME = frozenset({"at"})
_CHILD = frozenset({"child", "outcome", "item", "at", "refused"})
_ACTIONS = frozenset(
    "complete claim release transfer delegate add_signer remove_signer ask answer acknowledge return withdraw retry fix skip "
    "add_item close_items cancel".split()
)
"""What a person of a test may do; `complete` if nothing is said."""
_THEN = frozenset({"reached", "not_reached", "called", "data", "state"})


def check(subject: Subject) -> None:
    """Report tests that are malformed or name what is not there."""
    if subject.cases is None or not subject.cases.readable:
        return
    body = subject.cases.value
    cases = body.get("cases") if isinstance(body, dict) else None
    if not isinstance(cases, list):
        _shape(subject, "", "应是 cases: 列表", "`cases:` with a list belongs here")
        return
    for index, case in enumerate(cases):
        pointer = join("/cases", index)
        if isinstance(case, dict):
            _case(subject, pointer, case)
        else:
            _shape(subject, pointer, "应是 {name, given, when, then}", "A test is {name, given, when, then}")


def _shape(subject: Subject, pointer: str, zh: str, en: str) -> None:
    subject.report.add("cases_shape", _file(subject), pointer, f"{zh}。", f"{en}.")


def _file(subject: Subject) -> str:
    return subject.cases.file if subject.cases else subject.file


def _known(subject: Subject, pointer: str, body: dict[str, Any], known: frozenset[str]) -> None:
    for word in body:
        if word not in known:
            zh, en = suggestion(word, known)
            subject.report.add(
                "cases_shape",
                _file(subject),
                join(pointer, word),
                f"测试里没有“{word}”这个词。{zh}",
                f"Tests have no word '{word}' here.{en}",
                key=True,
            )


def _case(subject: Subject, pointer: str, case: dict[str, Any]) -> None:
    _known(subject, pointer, case, _CASE)
    if not isinstance(case.get("name"), dict):
        _shape(subject, join(pointer, "name"), "每个测试要有 name: {zh, en}", "Each test has a name: {zh, en}")
    given, acts, then = case.get("given", {}), case.get("when", []), case.get("then")
    if isinstance(given, dict):
        _known(subject, join(pointer, "given"), given, _GIVEN)
        _calls(subject, join(pointer, "given", "calls"), given.get("calls"))
    else:
        _shape(subject, join(pointer, "given"), "given 应是键值对", "`given` is a mapping")
    if isinstance(acts, list):
        for index, act in enumerate(acts):
            _act(subject, join(pointer, "when", index), act)
    else:
        _shape(subject, join(pointer, "when"), "when 应是列表", "`when` is a list")
    if isinstance(then, dict):
        _then(subject, join(pointer, "then"), then)
    else:
        _shape(subject, pointer, "每个测试要有 then（预期结果）", "Each test has a `then`: what is expected")


def _act(subject: Subject, pointer: str, act: Any) -> None:
    """One line of `when`: somebody acts at a step, a message arrives, a sub-process ends, or only time passes."""
    if isinstance(act, dict) and "message" in act:
        _message(subject, pointer, act)
    elif isinstance(act, dict) and isinstance(act.get("child"), str):
        _known(subject, pointer, act, _CHILD)
        _step_name(subject, join(pointer, "child"), act["child"])
    elif isinstance(act, dict) and set(act) == _TIME:
        return
    elif isinstance(act, dict) and (isinstance(act.get("step"), str) or act.get("action") == "cancel"):
        _done(subject, pointer, act)
    else:
        _shape(
            subject,
            pointer,
            "应是 {step, by, at, outcome, data}、{message, keys, data}、{child, outcome} 或 {at}",
            "A line is {step, by, at, outcome, data}, {message, keys, data}, {child, outcome} or {at}",
        )


def _message(subject: Subject, pointer: str, act: dict[str, Any]) -> None:
    _known(subject, pointer, act, _MESSAGE)
    known = set(subject.section("on_message"))
    for step in subject.outline.steps:
        known |= {str(arm["message"]) for arm in wait_arms(step) if "message" in arm}
    name = str(act["message"])
    if name not in known:
        zh, en = suggestion(name, known)
        _name(
            subject,
            join(pointer, "message"),
            f"没有步骤等待消息“{name}”。{zh}",
            f"Nothing waits for a message '{name}'.{en}",
        )
    keys = act.get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        _shape(subject, join(pointer, "keys"), "keys 应是文本列表", "`keys` is a list of texts")


def _done(subject: Subject, pointer: str, act: dict[str, Any]) -> None:
    _known(subject, pointer, act, _ACT)
    action = str(act.get("action", "complete"))
    if action not in _ACTIONS:
        zh, en = suggestion(action, _ACTIONS)
        _name(subject, join(pointer, "action"), f"没有操作“{action}”。{zh}", f"There is no act '{action}'.{en}")
    role = act.get("by")
    if isinstance(role, str) and role not in subject.catalogue.roles:
        zh, en = suggestion(role, subject.catalogue.roles)
        _name(subject, join(pointer, "by"), f"没有岗位“{role}”。{zh}", f"There is no role '{role}'.{en}")
    if isinstance(act.get("step"), str):
        _step_name(subject, join(pointer, "step"), act["step"])
        _outcome(subject, pointer, act)


def _outcome(subject: Subject, pointer: str, act: dict[str, Any]) -> None:
    step = subject.outline.by_id.get(act["step"])
    outcomes = outcomes_of(subject, step) if step else None
    outcome = act.get("outcome")
    if outcomes and isinstance(outcome, str) and outcome not in outcomes:
        zh, en = suggestion(outcome, outcomes)
        _name(
            subject,
            join(pointer, "outcome"),
            f"步骤“{act['step']}”没有结果“{outcome}”。{zh}",
            f"'{act['step']}' has no outcome '{outcome}'.{en}",
        )


def _then(subject: Subject, pointer: str, then: dict[str, Any]) -> None:
    _known(subject, pointer, then, _THEN)
    for word in ("reached", "not_reached"):
        for index, name in enumerate(then[word] if isinstance(then.get(word), list) else ()):
            if isinstance(name, str):
                _step_name(subject, join(pointer, word, index), name)
    _calls(subject, join(pointer, "called"), then.get("called"))


def _step_name(subject: Subject, pointer: str, name: str) -> None:
    if name not in subject.outline.by_id:
        zh, en = suggestion(name, subject.outline.by_id)
        subject.report.add(
            "cases_unknown_step", _file(subject), pointer, f"没有步骤“{name}”。{zh}", f"There is no step '{name}'.{en}"
        )


def _calls(subject: Subject, pointer: str, calls: Any) -> None:
    for name in calls if isinstance(calls, dict) else ():
        if name not in subject.catalogue.contracts:
            zh, en = suggestion(name, subject.catalogue.contracts)
            _name(
                subject,
                join(pointer, name),
                f"目录中没有动作“{name}”。{zh}",
                f"The catalogue has no activity '{name}'.{en}",
            )


def _name(subject: Subject, pointer: str, zh: str, en: str) -> None:
    subject.report.add("cases_unknown_name", _file(subject), pointer, zh, en)
