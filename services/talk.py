"""Talk around a task: comments with @mention, urging 催办, putting off, and who has read what was sent 抄送."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from domain import roles as role_words
from domain.clock import from_text, to_text
from domain.errors import Fault, Refusal, Text
from domain.json_types import Json, JsonObject
from forms.formats import has_control
from records import outbox, people
from records import talk as rows
from records.audit import AuditEvent
from records.case_tables import CaseRow
from records.outbox import Told
from services import standing
from services.actor import Actor
from services.cases import open_file
from services.desk import Desk, open_desk
from services.office import Office
from services.refusals import forbidden, refuse

TEXT_MAX = 2000
MENTION = re.compile(r"@([a-z][a-z0-9._-]{1,39})")
MENTIONS_MAX = 10
URGE_MINUTES = 30
"""One person urges the same task again after so long."""
URGE_TASK_MINUTES = 5
"""Different people urge the same task so far apart."""
SNOOZE_DAYS = 30
SNOOZES_MAX = 200
_BUSINESS = frozenset(role_words.ROLES) - role_words.NEVER_SIGNS


# ------------------------------------------------------------------ comments


async def comment(office: Office, actor: Actor, task_id: str, text: str) -> JsonObject:
    """Say something at a task, for ever; whoever is named with ``@username`` is told."""
    desk = await open_desk(office, actor, task_id, "comment")
    place: JsonObject = {"task": task_id, "path": desk.task["path"], "step": desk.task["step"]}
    return await _comment(office, actor, desk.case, place, text, {**desk.about, "action": "comment"})


async def comment_case(office: Office, actor: Actor, case_id: str, text: str) -> JsonObject:
    """Say something about a case as a whole."""
    file = await open_file(office, actor, case_id, "comment")
    about: JsonObject = {"action": "comment", "case": case_id, "site": file.case.site, "mode": file.case.mode}
    return await _comment(office, actor, file.case, {"task": None, "path": "", "step": None}, text, about)


async def _comment(
    office: Office, actor: Actor, case: CaseRow, place: JsonObject, text: str, about: JsonObject
) -> JsonObject:
    words = text.strip()
    why = _may_talk(actor, case) or _unsayable(words)
    if why is not None:
        await refuse(office, actor, why, about)
    named = list(dict.fromkeys(MENTION.findall(words)))
    strangers = await office.db.reading(_strangers, named, case.site, office.now())
    if strangers or len(named) > MENTIONS_MAX:
        listed = "、".join(strangers) or str(len(named))
        told = Text(
            f"不能提到：{listed}。只能提到在该机构有岗位的账号，最多 {MENTIONS_MAX} 人。",
            f"Cannot be mentioned: {listed}. Only accounts with a post at this site, {MENTIONS_MAX} at most.",
        )
        await refuse(office, actor, _invalid("mention_unknown", told), about)
    number = await office.db.writing(_say, actor, case, place, words, named, office.now())
    found = await listing(office, actor, case.id)
    return next(one for one in found if one["id"] == number)


def _may_talk(actor: Actor, case: CaseRow) -> Refusal | None:
    if not set(actor.roles_at(case.site)) & _BUSINESS and not any(
        set(one.mandate.roles_at(case.site, case.process)) for one in actor.stands_in
    ):
        return forbidden("只读岗位不能评论。", "A post that only reads does not comment.", rule="role")
    if case.state != "running":
        text = Text("案例已结束，不再接受评论。", "The case has ended; nothing is added to it.")
        return Refusal(409, "case_closed", text, done_at=case.closed_at, outcome=case.outcome)
    return None


def _unsayable(words: str) -> Refusal | None:
    if not words:
        return _invalid("text_missing", Text("请写下内容。", "Write something."))
    if len(words) > TEXT_MAX:
        return _invalid("too_long", Text(f"最多 {TEXT_MAX} 字。", f"{TEXT_MAX} characters at most."))
    if has_control(words.replace("\n", "").replace("\t", "")):
        return _invalid("control_character", Text("内容含有看不见的控制字符。", "The text holds invisible characters."))
    return None


def _invalid(code: str, text: Text) -> Refusal:
    return Refusal(422, code, text, faults=(Fault("/text", code, text),))


def _strangers(session: Session, named: list[str], site: str, now: str) -> list[str]:
    """The names that are no open account with a post at the site."""
    found: list[str] = []
    for username in named:
        account = people.account(session, username)
        held = standing.posts_at(session, username, now) if account and not account.disabled else {}
        if not any(site in sites for sites in held.values()):
            found.append(username)
    return found


def _say(
    session: Session, actor: Actor, case: CaseRow, place: JsonObject, words: str, named: list[str], at: str
) -> str:
    mentions: list[Json] = [*named]
    said: JsonObject = {"case": case.id, **place, "text": words, "mentions": mentions}
    number = rows.say(
        session,
        site=case.site,
        mode=case.mode,
        actor=actor.id,
        action=rows.COMMENTED,
        case_id=case.id,
        said=said,
        at=at,
    )
    title = {"zh": f"{actor.name} 提到了您", "en": f"{actor.name_en or actor.name} mentioned you"}
    task: Any = place["task"]
    link = f"/tasks/{task}" if task else f"/cases/{case.id}"
    told = (
        Told(
            f"{number}/{one}", "mention", at, case.site, title, account=one, case_id=case.id, path=str(place["path"]),
            task_id=task, business_key=case.business_key, link=link, bell=True, caused_by=actor.id, mode=case.mode,
        )
        for one in named
        if one != actor.id
    )  # fmt: skip
    outbox.put(session, *told)
    return number


async def listing(office: Office, actor: Actor, case_id: str) -> list[JsonObject]:
    """What was said and urged around a case, oldest first; with names."""
    await open_file(office, actor, case_id, "read_comments")
    return await office.db.reading(_listing, case_id)


def _listing(session: Session, case_id: str) -> list[JsonObject]:
    names: dict[str, Any] = {}
    return [_view(session, event, names) for event in rows.of_case(session, case_id)]


def _view(session: Session, event: AuditEvent, names: dict[str, Any]) -> JsonObject:
    payload: Any = event.payload
    return {
        "id": f"{event.stream}#{event.seq}",
        "at": event.at,
        "kind": event.action,
        "actor": {"id": event.actor, **_name(session, event.actor, names)},
        "task": payload.get("task"),
        "path": payload.get("path"),
        "step": payload.get("step"),
        "text": payload.get("text"),
        "mentions": [{"id": one, **_name(session, one, names)} for one in payload.get("mentions") or ()],
        "to": payload.get("to"),
        "hash": event.hash,
    }


def _name(session: Session, username: str, names: dict[str, Any]) -> Any:
    if username not in names:
        account = people.account(session, username)
        name = account.name if account else username
        names[username] = {"name": name, "name_en": (account.name_en if account else "") or name}
    return names[username]


# ------------------------------------------------------------------ urging


async def urge(office: Office, actor: Actor, task_id: str) -> JsonObject:
    """Ask whoever has the task, else everybody who may take it, to go on; not more often than every half hour."""
    desk = await open_desk(office, actor, task_id, "urge")
    about: JsonObject = {**desk.about, "action": "urge"}
    why = _may_talk(actor, desk.case) or _nothing_to_urge(actor, desk)
    why = why or await office.db.writing(_urge, actor, desk, office.now())
    if why is not None:
        await refuse(office, actor, why, about)
    to: list[Json] = [desk.task["assignee"]] if desk.task["assignee"] else [*desk.task["roles"]]
    return {"task": task_id, "urged": True, "to": to, "at": office.now()}


def _nothing_to_urge(actor: Actor, desk: Desk) -> Refusal | None:
    task = desk.task
    if task["state"] != "open":
        text = Text("这项任务已经处理。", "The task is done already.")
        return Refusal(
            409, "already_done", text, done_by=task["done_by"], done_at=task["done_at"], outcome=task["outcome"]
        )
    if task["assignee"] == actor.id:
        return Refusal(
            409, "own_task", Text("任务在您手中，不能催自己。", "The task is with you; nobody urges themselves.")
        )
    return None


def _urge(session: Session, actor: Actor, desk: Desk, at: str) -> Refusal | None:
    """Judged and counted in one transaction, so that two clicks are one urge."""
    task, case = desk.task, desk.case
    for one in rows.last_urges(session, task["id"]):
        pause = URGE_MINUTES if one.by == actor.id else URGE_TASK_MINUTES
        until = to_text(from_text(one.at) + timedelta(minutes=pause))
        if until > at:
            minutes = -(-int((from_text(until) - from_text(at)).total_seconds()) // 60)
            text = Text(
                f"刚刚催办过，请 {minutes} 分钟后再试。", f"It was urged just now; try again in {minutes} minutes."
            )
            return Refusal(409, "urged_lately", text, rule="urge_rate", done_by=one.by, done_at=one.at)
    rows.count_urge(session, task["id"], actor.id, at)
    to: list[Json] = [task["assignee"]] if task["assignee"] else [*task["roles"]]
    said: JsonObject = {"case": case.id, "task": task["id"], "path": task["path"], "step": task["step"], "to": to}
    number = rows.say(
        session, site=case.site, mode=case.mode, actor=actor.id, action=rows.URGED, case_id=case.id, said=said, at=at
    )
    title = {"zh": f"{actor.name} 催办：{task['title']['zh']}",
             "en": f"{actor.name_en or actor.name} urges: {task['title']['en']}"}  # fmt: skip
    outbox.put(
        session,
        Told(
            number, "urge", at, case.site, title, account=task["assignee"],
            roles=() if task["assignee"] else tuple(task["roles"]), case_id=case.id, path=task["path"],
            step=task["step"], task_id=task["id"], business_key=case.business_key, link=f"/tasks/{task['id']}",
            due=task["due"], bell=task["assignee"] is not None, caused_by=actor.id, mode=case.mode,
        ),
    )  # fmt: skip
    return None


# ------------------------------------------------------------------ putting off


async def snooze(office: Office, actor: Actor, task_id: str, until: str | None) -> JsonObject:
    """Take a task out of one's own sight until a time; ``None`` shows it again. Its due time stays what it is."""
    desk = await open_desk(office, actor, task_id, "snooze")
    about: JsonObject = {**desk.about, "action": "snooze"}
    if until is None:
        await office.db.writing(rows.wake, actor.id, task_id)
        return {"task": task_id, "until": None}
    now = office.now()
    latest = to_text(from_text(now) + timedelta(days=SNOOZE_DAYS))
    if not now < until <= latest:
        text = Text(f"时间须在此后 {SNOOZE_DAYS} 天之内。", f"The time has to lie within the next {SNOOZE_DAYS} days.")
        await refuse(office, actor, Refusal(422, "bad_time", text, faults=(Fault("/until", "bad_time", text),)), about)
    if len(await office.db.reading(rows.snoozed, actor.id, now)) >= SNOOZES_MAX:
        text = Text(f"最多推迟 {SNOOZES_MAX} 项。", f"{SNOOZES_MAX} tasks at most are put off.")
        await refuse(office, actor, Refusal(409, "too_many", text, rule="limit"), about)
    await office.db.writing(rows.snooze, actor.id, task_id, until, now)
    return {"task": task_id, "until": until}


# ------------------------------------------------------------------ copies


async def sent(office: Office, actor: Actor, case_id: str) -> list[JsonObject]:
    """What a case sent to people, and who has read it when: for whoever may see the case, the sender among them."""
    await open_file(office, actor, case_id, "read_notices")
    return await office.db.reading(_sent, case_id)


def _sent(session: Session, case_id: str) -> list[JsonObject]:
    found = rows.notices_of(session, case_id)
    read, names = rows.read_times(session, [row.id for row in found]), {}
    return [
        {
            "id": row.id, "at": row.at, "path": row.path, "title": row.title, "roles": [*row.roles],
            "people": [*(row.people or ())],
            "readers": [{"id": who, "at": at, **_name(session, who, names)} for who, at in read.get(row.id, ())],
        }
        for row in found
    ]  # fmt: skip
