"""What is done to a case as a whole, or to one of its lists: cancel it, return it, add an item, close the list."""

from __future__ import annotations

from functools import partial
from typing import Any

from domain import paths
from domain.errors import Fault, Refusal, Text
from domain.json_types import JsonObject
from records import cases as rows
from records import inbox
from records.case_tables import CaseRow
from services import verbs, waking
from services.acted import completed
from services.acting import Deliver, Intent, act_id_of, body_sha, repeated, send
from services.actor import Actor
from services.cases import File, open_file
from services.entered import invalid
from services.folded import folded, refused
from services.item_forms import item_faults
from services.office import Office
from services.tasks import refuse_if
from services.views import Completed
from workflows.engine.check import ON_CLOSED
from workflows.engine.items import CLOSING


async def cancel(
    office: Office, actor: Actor, case_id: str, reason: str | None, act_id: str | None = None
) -> Completed:
    """撤销: everything stops, what was posted is reversed, the case ends as cancelled."""
    file = await open_file(office, actor, case_id, "cancel")
    return await _act(office, actor, file, "cancel", paths.ROOT, {}, reason, act_id)


async def wish_to_cancel(office: Office, actor: Actor, case_id: str, reason: str) -> tuple[JsonObject, Intent]:
    """The same act without doing it, with what a refusal says about it."""
    file = await open_file(office, actor, case_id, "preview_cancel")
    about = _about(file, "cancel", paths.ROOT)
    return about, _intent(file, actor, "cancel", paths.ROOT, {}, reason, "", about)


async def add_item(
    office: Office, actor: Actor, case_id: str, path: str, item: JsonObject, act_id: str | None = None
) -> Completed:
    """One more item for an open list."""
    file = await open_file(office, actor, case_id, "add_item")
    about = _about(file, "add_item", path)
    await refuse_if(office, actor, invalid(_wrong_item(file, path, item), "/item"), about)
    return await _act(office, actor, file, "add_item", path, {"item": item}, None, act_id)


async def close_items(office: Office, actor: Actor, case_id: str, path: str, act_id: str | None = None) -> Completed:
    """No more items: the list is complete once those in it are through."""
    file = await open_file(office, actor, case_id, "close_items")
    return await _act(office, actor, file, "close_items", path, CLOSING, None, act_id)


async def reopen(
    office: Office, actor: Actor, case_id: str, reason: str | None, to: str | None = None, act_id: str | None = None
) -> Completed:
    """唤醒: a completed case goes on from ``to``, or from the last step that people have done."""
    file = await open_file(office, actor, case_id, "reopen")
    values: JsonObject = {"to": to} if to is not None else {}
    deliver = partial(waking.deliver, office, case_id)
    return await _act(office, actor, file, "reopen", paths.ROOT, values, reason, act_id, deliver)


async def return_to(
    office: Office, actor: Actor, case_id: str, to: str, reason: str | None, act_id: str | None = None
) -> Completed:
    """Return the case from the caller's own open task whose step allows it."""
    task = await returning_task(office, actor, case_id, to)
    return await verbs.return_to(office, actor, task, to, reason, act_id=act_id)


async def returning_task(office: Office, actor: Actor, case_id: str, to: str) -> str:
    """The open task of the caller from which the case returns to ``to``; a refusal when there is none."""
    file = await open_file(office, actor, case_id, "return")
    open_ = [row for row in await office.db.reading(inbox.tasks_of, case_id) if row["state"] == "open"]
    fitting = [row for row in open_ if to in file.model.steps[row["step"]].allow.return_to]
    held = set(actor.roles_at(file.case.site))
    mine = [row for row in fitting if row["assignee"] == actor.id or held & set(row["roles"])]
    if not mine:
        steps = ", ".join(sorted({row["step"] for row in fitting})) or "—"
        zh = f"您没有可从中退回到“{to}”的任务（可退回的步骤：{steps}）。"
        en = f"You have no task from which the case returns to '{to}' (it returns from: {steps})."
        who = tuple(dict.fromkeys(str(role) for row in fitting for role in row["roles"]))
        why = Refusal(403, "not_allowed", Text(zh, en), rule="allow", who_can=who)
        await refuse_if(office, actor, why, {**_about(file, "return", paths.ROOT), "to": to})
    mine.sort(key=lambda row: (row["assignee"] != actor.id, row["opened_at"]))
    return str(mine[0]["id"])


async def _act(
    office: Office, actor: Actor, file: File, action: str, path: str, values: JsonObject, reason: str | None,
    given: str | None, deliver: Deliver | None = None,
) -> Completed:  # fmt: skip
    about = _about(file, action, path)
    act_id = await act_id_of(office, actor, given, about)
    sha = body_sha(file.case.id, action, path, values, reason)
    done = await repeated(office, actor, act_id, sha, about)
    if done is None:
        intent = _intent(file, actor, action, path, values, reason, sha, about)
        await refuse_if(office, actor, await office.db.reading(refusal_of, office, actor, intent), about)
        done = await send(office, actor, act_id, intent, deliver)
    return await completed(office, file.case.id, done)


def _intent(
    file: File, actor: Actor, action: str, path: str, values: JsonObject, reason: str | None, sha: str,
    about: JsonObject,
) -> Intent:  # fmt: skip
    case = file.case
    return Intent(
        case.id, case.site, case.mode, path, "", action, case.pinned_sha, sha,
        values=values, reason=reason, role=_post(file, actor), about=about,
    )  # fmt: skip


def refusal_of(session: Any, office: Office, actor: Actor, intent: Intent) -> Refusal | None:
    """Why the case would refuse the act now."""
    case = rows.case(session, intent.case_id)
    if case is not None and case.state != "running" and intent.action not in ON_CLOSED:
        text = Text(f"案例已于 {case.closed_at} 结束。", f"The case ended at {case.closed_at}.")
        return Refusal(409, "case_closed", text, done_at=case.closed_at, outcome=case.outcome)
    return refused(office, actor, folded(session, office, intent.case_id), intent) or _key_taken(session, case, intent)


def _key_taken(session: Any, case: CaseRow | None, intent: Intent) -> Refusal | None:
    """A case that is opened again needs its business key back."""
    if case is None or intent.action != "reopen" or case.business_key is None:
        return None
    holder = rows.key_holder(session, case.process, case.site, case.business_key, case.mode)
    if holder is None or holder == case.id:
        return None
    zh = f"编号“{case.business_key}”已由另一个进行中的案例 {holder} 使用，请先结束它。"
    en = f"The running case {holder} has the number '{case.business_key}' now: it has to end first."
    return Refusal(409, "key_taken", Text(zh, en))


def _about(file: File, action: str, path: str) -> JsonObject:
    case = file.case
    return {
        "action": action, "case": case.id, "path": path, "site": case.site, "mode": case.mode,
        "definition": case.process, "after_seq": case.seq,
    }  # fmt: skip


def _post(file: File, actor: Actor) -> str | None:
    """The post in which the actor acts on a whole case: the first that is held at its site."""
    return next(iter(actor.roles_at(file.case.site)), None)


def _wrong_item(file: File, path: str, item: JsonObject) -> list[Fault]:
    """What is wrong with an item by the schema of its list; a wrong path is refused by the engine."""
    step = file.model.steps.get(paths.step_of(path)) if paths.is_path(path) else None
    return item_faults(file.model, step, item) if step is not None else []
