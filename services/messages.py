"""Messages to cases: one is kept, found its cases by keys, told to each as a sealed act, and buried when nobody came."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from domain.canonical import canonical_bytes, digest
from domain.clock import from_text, to_text
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from records import audit, cases
from records import messages as rows
from services.acting import Intent, key_reused, sealed
from services.actor import Actor
from services.case_rows import cursor_key, cursor_text
from services.gateway import ActRefused, CaseUnknown, EngineUnreachable
from services.office import Office
from services.own_starts import SYSTEM
from services.refusals import not_found, refuse
from services.views import Page

log = logging.getLogger("gspflow.messages")
KEPT_DAYS = 7
"""How long a message waits for a case that wants it."""
BYTES_MAX = 64 * 1024
KEYS_MAX = 100
MAY_SEND = frozenset({"quality_staff", "quality_director", "company_head"})
"""People who may send a message by hand; other systems send with a token of their own."""
MAY_READ = MAY_SEND | {"process_owner", "auditor", "guest_auditor"}
TAKEN = frozenset({"act_repeated"})


@dataclass(frozen=True)
class Word:
    """A message as it is sent. ``id`` names it for ever: the same id is the same message, however often it comes."""

    id: str
    name: str
    keys: list[str]
    data: JsonObject
    mode: str = "live"


async def post(office: Office, actor: Actor, word: Word) -> JsonObject:
    """Keep the message and tell it; answers ``{matched: [case ids], buffered}``.

    Refuses callers without the right, a message that is too large, and an id that stands for another message.
    """
    about: JsonObject = {"action": "post_message", "subject": word.name, "mode": word.mode}
    sites = await _sites(office, actor, about)
    await _check_size(office, actor, word, about)
    sha = digest("message", [word.name, [*word.keys], word.data, word.mode])
    known = await office.db.reading(rows.find, word.id)
    if known is not None:
        if known.body_sha != sha or known.posted_by != actor.id:
            await refuse(office, actor, key_reused(), about)
        return await office.db.reading(_answer, word.id)
    await office.db.writing(_keep, office, actor, word, sha, sites)
    await deliver(office, word.id)
    return await office.db.reading(_answer, word.id)


async def _sites(office: Office, actor: Actor, about: JsonObject) -> tuple[str, ...] | None:
    """The sites whose cases the caller may speak to; ``None`` for all of them (another system)."""
    if actor.is_machine:
        return None
    sites = tuple(site for site in actor.sites if set(actor.roles_at(site)) & MAY_SEND)
    if not sites:
        zh = "消息由其他系统或质量人员发送；您没有这个权限。"
        en = "Messages are sent by other systems or by quality. You may not."
        why = Refusal(403, "not_allowed", Text(zh, en), rule="role", who_can=tuple(sorted(MAY_SEND)))
        await refuse(office, actor, why, about)
    return sites


async def _check_size(office: Office, actor: Actor, word: Word, about: JsonObject) -> None:
    size = len(canonical_bytes(word.data))
    if size <= BYTES_MAX and 0 < len(word.keys) <= KEYS_MAX:
        return
    zh = f"消息数据不超过 64 KB，键为 1–{KEYS_MAX} 个。"
    en = f"A message carries up to 64 KB of data and 1 to {KEYS_MAX} keys."
    await refuse(office, actor, Refusal(422, "message_size", Text(zh, en), rule="limit"), about)


def _keep(session: Any, office: Office, actor: Actor, word: Word, sha: str, sites: tuple[str, ...] | None) -> None:
    now = office.now()
    message = rows.Message(
        id=word.id,
        company=office.company,
        site=(sites or ("all",))[0] if sites and len(sites) == 1 else "all",
        mode=word.mode,
        name=word.name,
        keys=list(word.keys),
        data=word.data,
        body_sha=sha,
        posted_by=actor.id,
        posted_at=now,
        keep_until=to_text(from_text(now) + timedelta(days=KEPT_DAYS)),
    )
    matched = rows.post(session, message, sites)
    payload: JsonObject = {"id": word.id, "keys": [*word.keys], "sha": sha, "cases": [*matched]}
    audit.append(
        session, "admin", actor.id, "message_posted", word.name, payload, now, site=message.site, mode=word.mode
    )


async def send_again(office: Office, actor: Actor, message_id: str) -> JsonObject:
    """A dead letter is kept and looked for once more, by who may send messages; answers like ``post``."""
    about: JsonObject = {"action": "send_message_again", "subject": message_id}
    sites = await _sites(office, actor, about)
    known = await office.db.reading(rows.find, message_id)
    if known is None:
        await refuse(office, actor, not_found("没有这条消息。", "There is no such message."), about)
    if not await office.db.writing(_again, office, actor, message_id, sites):
        zh, en = "这条消息不是死信：已被接收或还在等待。", "It is no dead letter: it was taken, or still waits."
        await refuse(office, actor, Refusal(409, "not_dead", Text(zh, en)), about)
    await deliver(office, message_id)
    return await office.db.reading(_answer, message_id)


def _again(session: Any, office: Office, actor: Actor, message_id: str, sites: tuple[str, ...] | None) -> bool:
    message, now = rows.find(session, message_id), office.now()
    if message is None or message.state != rows.DEAD:
        return False
    until = to_text(from_text(now) + timedelta(days=KEPT_DAYS))
    payload: JsonObject = {"id": message_id, "cases": [*rows.revive(session, message, sites, now, until)]}
    where = {"site": message.site, "mode": message.mode}
    audit.append(session, "admin", actor.id, "message_sent_again", message.name, payload, now, **where)
    return True


def _answer(session: Any, message_id: str) -> JsonObject:
    told = rows.told(session, message_id)
    taken = [one.case_id for one in told if one.state != rows.REFUSED]
    return {"matched": [*taken], "buffered": not taken}


# ---------------------------------------------------------------- telling
async def deliver(office: Office, message_id: str | None = None) -> int:
    """Tell what is due to its cases, each as an act sealed by the system; returns how many were taken."""
    waiting = await office.db.reading(rows.due, office.now())
    taken = 0
    for telling in waiting:
        if message_id in (None, telling.message_id):
            taken += await _tell(office, telling)
    return taken


async def _tell(office: Office, telling: rows.Telling) -> bool:
    case = await office.db.reading(cases.case, telling.case_id)
    if case is None or case.state != "running":
        await office.db.writing(rows.settle, telling.id, rows.REFUSED, office.now())
        return False
    intent = Intent(
        case_id=case.id,
        site=case.site,
        mode=case.mode,
        path=telling.path,
        seat="",
        action=telling.kind,
        pinned_sha=case.pinned_sha,
        body_sha=digest("telling", telling.id),
        values=telling.payload,
    )
    act = sealed(office, SYSTEM, f"tell-{digest('telling', telling.id)[:48]}", intent)
    try:
        await office.gateway.act(case.id, act)
    except ActRefused as refused:
        return await _refused(office, telling, refused.refusal)
    except CaseUnknown:
        await office.db.writing(rows.settle, telling.id, rows.REFUSED, office.now())
        return False
    except EngineUnreachable as error:
        pause = min(rows.ATTEMPTS_PAUSE_MAX, 2**telling.attempts)
        until = to_text(from_text(office.now()) + timedelta(seconds=pause))
        await office.db.writing(rows.put_off, telling.id, until, f"unreachable: {error}")
        return False
    await office.db.writing(rows.settle, telling.id, rows.DONE, office.now())
    return True


async def _refused(office: Office, telling: rows.Telling, refusal: Refusal) -> bool:
    """Taken before, or nobody waits any more: that is on record with the case's refusals, and the message stays."""
    if refusal.code in TAKEN:
        await office.db.writing(rows.settle, telling.id, rows.DONE, office.now())
        return True
    log.info("%s was not taken by case %s: %s", telling.id, telling.case_id, refusal.code)
    about: JsonObject = {"action": telling.kind, "case": telling.case_id, "site": telling.site, "mode": telling.mode}
    await office.db.writing(rows.settle, telling.id, rows.REFUSED, office.now())
    await office.db.writing(_note, office.now(), about, refusal)
    return False


def _note(session: Any, at: str, about: Any, refusal: Refusal) -> None:
    payload: JsonObject = {**about, "code": refusal.code, "rule": refusal.rule or refusal.code,
                           "status": refusal.status, "message": refusal.message.as_json()}  # fmt: skip
    stream = audit.refusals_of(about["site"])
    audit.append(
        session, stream, "system", about["action"], about["case"], payload, at, site=about["site"], mode=about["mode"]
    )


async def bury(office: Office) -> int:
    """Messages that nobody wanted become dead letters; returns how many."""
    dead = await office.db.writing(rows.bury, office.now())
    return len(dead)


# ---------------------------------------------------------------- looking
async def listing(office: Office, actor: Actor, state: str | None, cursor: str | None, limit: int) -> Page:
    """Messages with what became of them, the newest first; ``state`` ``dead`` gives the dead letters."""
    if not any(actor.has(role) for role in MAY_READ):
        zh, en = "消息由质量、流程负责人和审计查看。", "Messages are for quality, process owners and auditors."
        why = Refusal(403, "not_allowed", Text(zh, en), rule="role", who_can=tuple(sorted(MAY_READ)))
        await refuse(office, actor, why, {"action": "list_messages"})
    found = await office.db.reading(_listed, state, cursor_key(cursor), limit + 1)
    more = found[limit - 1] if len(found) > limit else None
    return {"items": found[:limit], "next": cursor_text((more["posted_at"], more["id"])) if more else None}


def _listed(session: Any, state: str | None, after: tuple[str, str] | None, limit: int) -> list[Any]:
    names = ("id", "name", "keys", "mode", "posted_by", "posted_at", "keep_until", "state")
    found: list[Any] = []
    for message in rows.listing(session, state, after, limit):
        told = [{"case": one.case_id, "state": one.state} for one in rows.told(session, message.id)]
        found.append({**{name: getattr(message, name) for name in names}, "cases": told})
    return found
