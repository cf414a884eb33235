"""What a step does to other cases: it starts one, and cancels it again when the step is gone back over."""

from __future__ import annotations

from typing import Any

from activities.context import ActivityContext, BusinessError, Call, CaseStart
from domain.errors import RefusedError, Text
from domain.json_types import JsonObject


def start(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`cases.start`: one case per effect key, however often it is called; answers `{id, version, sha256}`.

    The new case is begun by the system on behalf of the calling step and has the caller's mode: a drill never starts
    real work. What cannot be started (no version in force, values that do not fit) is an incident of the step.
    """
    call = Call.from_json(envelope)
    given: Any = call.input
    parent: JsonObject = {"case": call.case_id, "path": call.path}
    for name, asked, ours in (("mode", given.get("mode"), call.mode), ("parent", given.get("parent"), parent)):
        if asked is not None and asked != ours:
            raise _not_ours(name)
    wish = CaseStart(
        process=given["process"],
        versions=given.get("range") or "*",
        site=given.get("site") or call.site,
        mode=call.mode,
        values=given.get("start") or {},
        parent={**parent, "detached": True} if given.get("detached") else parent,
        key=call.effect_key,
    )
    try:
        return ctx.start_case(wish)
    except RefusedError as error:
        raise BusinessError(error.code, error.text) from error


def _not_ours(name: str) -> BusinessError:
    return BusinessError(
        "not_ours",
        Text(
            f"被启动案例的 {name} 必须与发起步骤所在的案例一致。请流程负责人修改定义。",
            f"The {name} of a started case must be that of the case whose step starts it. The process owner must "
            "change the definition.",
        ),
    )


def cancel(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`cases.cancel`: the case that a step started is cancelled, with everything it posted; one that has ended stays.

    A step that never got as far as starting a case has nothing to cancel.
    """
    call = Call.from_json(envelope)
    given: Any = call.input
    if not given.get("case"):
        return {}
    try:
        ctx.cancel_case(str(given["case"]), call.effect_key)
    except RefusedError as error:
        raise BusinessError(error.code, error.text) from error
    return {"case": given["case"]}
