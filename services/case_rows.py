"""Rows of the projection as views; used by every service that shows cases or tasks."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from domain import roles
from domain.canonical import CanonicalError, dumps, loads
from domain.errors import Text
from domain.json_types import JsonObject
from records.case_tables import CaseRecord, CaseRow, CaseStep
from services.views import CaseView, StepView, TaskView


def task_view(row: dict[str, Any]) -> TaskView:
    """A row of ``task`` as the inbox shows it."""
    plain = {name: row[name] for name in _TASK_FIELDS}
    held: list[str] = list(row["roles"])
    view: Any = {**plain, "case": row["case_id"], "roles": held, "role": held[0] if held else None}
    view["chips"] = row["chips"] or {}
    return view


_TASK_FIELDS = (
    "id definition version step path seat round kind state title assignee priority due opened_at done_at done_by "
    "outcome site mode item_key"
).split()


def step_view(row: CaseStep) -> StepView:
    """A row of ``case_step`` with the reason why it waits, in one sentence."""
    why = waiting(row)
    view: Any = {name: getattr(row, name) for name in _STEP_FIELDS}
    view["who_may_act"] = list(row.roles)
    view["why_waiting"] = why.as_json() if why else None
    return view


_STEP_FIELDS = "step path kind round state title since due outcome actor at".split()


def waiting(row: CaseStep) -> Text | None:
    """Why a step waits, as far as its row says: what an act is answered with. ``services.case_waiting`` says it all."""
    if row.state == "incident" and row.why:
        why = row.why
        return Text(f"故障：{why['zh']}", f"Incident: {why['en']}")
    if row.state != "open":
        return None
    queued = (row.more or {}).get("queued")
    if queued:
        return Text(f"等待“{queued}”空出", f"Waiting for “{queued}” to become free")
    if row.kind in ("task", "approve"):
        zh = "、".join(roles.role_text(role).zh for role in row.roles)
        en = ", ".join(roles.role_text(role).en for role in row.roles)
        return Text(f"等待{zh}处理", f"Waiting for: {en}")
    if row.kind == "call":
        return Text(f"系统正在执行 {row.call}", f"The system is running {row.call}")
    return _OTHERS.get(row.kind) or Text("等待其中的步骤完成", "Waiting for the steps inside it")


_OTHERS = {
    "wait": Text("等待约定的时间、消息或条件", "Waiting for a time, a message or a condition"),
    "start": Text("等待子流程结束", "Waiting for the sub-process to end"),
    "notify": Text("等待有关人员阅知", "Waiting until it has been read"),
}


def case_view(row: CaseRow) -> CaseView:
    """A row of ``case_row``."""
    view: Any = {name: getattr(row, name) for name in _CASE_FIELDS}
    view["definition"] = row.process
    view["sha256"] = row.definition_sha
    return view


_CASE_FIELDS = "id version title state outcome business_key site mode started_at started_by closed_at".split()


def as_record(row: CaseRecord) -> JsonObject:
    """A stored record as the engine made it."""
    return {
        "seq": row.seq,
        "at": row.at,
        "path": row.path,
        "action": row.action,
        "act_sha": row.act_sha,
        "detail_sha": row.detail_sha,
        "reads": row.reads,
        "detail": row.detail,
    }


def cursor_text(key: tuple[str, ...] | None) -> str | None:
    """A list position as an opaque text."""
    return base64.urlsafe_b64encode(dumps(list(key)).encode()).decode("ascii") if key else None


def cursor_key(text: str | None) -> tuple[str, str] | None:
    """The position of ``cursor_text`` with two parts; ``None`` for no cursor, ``ValueError`` for one not of ours."""
    parts = cursor_parts(text, 2)
    return (parts[0], parts[1]) if parts else None


def cursor_parts(text: str | None, count: int) -> tuple[str, ...] | None:
    """The parts of a position; ``ValueError`` when it is not one that we made."""
    if not text:
        return None
    try:
        parts = loads(base64.urlsafe_b64decode(text.encode("ascii")))
    except (ValueError, TypeError, binascii.Error, CanonicalError) as error:
        raise ValueError("bad cursor") from error
    if not isinstance(parts, list) or len(parts) != count:
        raise ValueError("bad cursor")
    return tuple(str(part) for part in parts)
