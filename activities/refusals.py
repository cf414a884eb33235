"""What a posting refuses is on record like what is refused to a person: in the stream `refusals/<site>`."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from activities.context import ActivityContext, BusinessError, Call
from domain import paths
from domain.json_types import Json, JsonObject
from records import audit

RULE_REFUSED = "rule_refused"
ACTOR = "system"


def note_refusal(ctx: ActivityContext, name: str, call: Call, error: BusinessError) -> None:
    """Record that the hard rules stopped a call, in a transaction of its own; the same call a second time adds nothing.

    Any other business error is an outcome or an incident of the step, and stands in the case's history.
    """
    if error.code != RULE_REFUSED:
        return
    payload = _payload(name, call, error)
    with ctx.database.write() as session:
        stream = audit.refusals_of(call.site)
        if not _is_noted(session, stream, call, payload):
            audit.append(
                session, stream, ACTOR, name, call.case_id, payload, ctx.clock(), site=call.site, mode=call.mode
            )


def _is_noted(session: Session, stream: str, call: Call, payload: JsonObject) -> bool:
    earlier = audit.events(session, stream, actor=ACTOR, case_id=call.case_id, limit=500)
    same = ("effect_key", "message")
    return any(all(row.payload.get(key) == payload[key] for key in same) for row in earlier)


def _payload(name: str, call: Call, error: BusinessError) -> JsonObject:
    violations: Any = error.details.get("violations") or []
    rules: list[Json] = list(dict.fromkeys(str(one["rule"]) for one in violations))
    articles: list[Json] = list(dict.fromkeys(article for one in violations for article in one["articles"]))
    who_can: list[Json] = list(dict.fromkeys(who for one in violations for who in one["who_can"]))
    faults: list[Json] = [{"pointer": _pointer(call, one["line_no"]), "code": one["rule"]} for one in violations]
    return {
        "action": name,
        "case": call.case_id,
        "path": call.path,
        "step": paths.step_of(call.path),
        "site": call.site,
        "mode": call.mode,
        "effect_key": call.effect_key,
        "status": 403,
        "code": error.code,
        "rule": rules[0] if rules else error.code,
        "rules": rules or [error.code],
        "articles": articles,
        "who_can": who_can,
        "message": error.message.as_json(),
        "faults": faults,
    }


def _pointer(call: Call, line_no: str | None) -> str:
    """Where in the call's input the line stands."""
    lines: Any = call.input.get("lines")
    for index, line in enumerate(lines if isinstance(lines, list) else ()):
        if line_no is not None and isinstance(line, dict) and line.get("line_no") == line_no:
            return f"/lines/{index}"
    return "/line" if "line" in call.input else ""
