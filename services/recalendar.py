"""A calendar that has changed enters the cases that are running: each is told once, by an act sealed by the system.

A day was set, a year confirmed, a release brought the announced holidays, a new year began: whatever made the calendar
in force another one than the cases of a site were told of, they are told of it. Only cases whose definition counts
working time anywhere need to know.
"""

from __future__ import annotations

import logging
from typing import Any

from sqlmodel import Session

from domain.canonical import digest
from domain.json_types import JsonObject
from records import audit, calendars, cases, organisation
from services.acting import Intent, key_for, sealed
from services.calendars import calendar_sha, in_force
from services.gateway import ActRefused, CaseUnknown
from services.office import Office
from services.own_starts import SYSTEM
from workflows.engine.due import WORK, due_at
from workflows.engine.recalendar import ACTION
from workflows.language.model import Model

log = logging.getLogger("gspflow.recalendar")
NO_NEED = ("calendar_known", "act_repeated", "case_closed")
"""Refusals that say that the case needs no telling."""


async def follow(office: Office) -> int:
    """Tell the running cases of every site whose calendar has changed; returns how many were told.

    Raises ``EngineUnreachable``; a site is done only when all its cases are, so the next round goes on.
    """
    told = 0
    for site in await office.db.reading(organisation.sites):
        told += await _follow_site(office, site.key)
    return told


async def _follow_site(office: Office, site: str) -> int:
    calendar = await office.db.reading(in_force, office, site, office.now())
    sha, before = calendar_sha(calendar), await office.db.reading(calendars.told, site)
    if before is not None and before.sha256 == sha:
        return 0
    told, moved = 0, 0
    if before is not None:
        for case in await office.db.reading(concerned, office, site):
            changes = await office.db.reading(changes_of, office, case, calendar)
            if await _tell(office, case, calendar, digest("recalendar", [case.id, sha, before.at])):
                told, moved = told + 1, moved + len(changes)
    await office.db.writing(_done, office, site, sha, before is None, told, moved)
    return told


def concerned(session: Session, office: Office, site: str) -> list[cases.CaseRow]:
    """The running cases of a site whose definition counts working time."""
    return [row for row in cases.running(session, site) if counts_working_time(office.model(session, row.pinned_sha))]


def counts_working_time(model: Model) -> bool:
    """Whether a definition has a deadline, a reminder or a timer in working time."""
    texts = (
        text
        for step in model.steps.values()
        for text in (step.due, *(rung.after for rung in step.escalate), *(arm.timer for arm in step.waits))
    )
    return any(text and text.startswith(WORK) for text in texts)


def changes_of(session: Session, office: Office, case: cases.CaseRow, calendar: JsonObject) -> list[JsonObject]:
    """The open due dates of a case that move by a calendar: ``{case, path, due, will_be}``."""
    model = office.model(session, case.pinned_sha)
    found: list[JsonObject] = []
    for row in cases.steps(session, case.id, ("open", "incident")):
        step = model.steps.get(row.step)
        if step is None or not step.due or not step.due.startswith(WORK) or row.due is None or row.since is None:
            continue
        due = due_at(step.due, row.since, model.zone, calendar)
        if due != row.due:
            found.append({"case": case.id, "path": row.path, "due": row.due, "will_be": due})
    return found


async def _tell(office: Office, case: cases.CaseRow, calendar: JsonObject, key: str) -> bool:
    """Whether the case took the calendar. Raises ``EngineUnreachable``."""
    intent = Intent(
        case_id=case.id,
        site=case.site,
        mode=case.mode,
        path="",
        seat="",
        action=ACTION,
        pinned_sha=case.pinned_sha,
        body_sha=key,
        values={"calendar": calendar},
        reason="the working-time calendar has changed",
    )
    act = sealed(office, SYSTEM, f"recal-{key[:48]}", intent, await key_for(office, case.id))
    try:
        await office.gateway.act(case.id, act)
    except ActRefused as refused:
        if refused.refusal.code not in NO_NEED:
            log.warning("case %s did not take the calendar: %s", case.id, refused.refusal.code)
            await office.db.writing(_refused, office.now(), case, refused.refusal)
        return False
    except CaseUnknown:
        return False
    return True


def _refused(session: Session, at: str, case: cases.CaseRow, refusal: Any) -> None:
    payload: JsonObject = {
        "case": case.id,
        "code": refusal.code,
        "rule": refusal.rule or refusal.code,
        "status": refusal.status,
        "message": refusal.message.as_json(),
    }
    stream = audit.refusals_of(case.site)
    audit.append(session, stream, SYSTEM.id, ACTION, case.id, payload, at, site=case.site, mode=case.mode)


def _done(session: Session, office: Office, site: str, sha: str, first: bool, told: int, moved: int) -> None:
    now = office.now()
    calendars.tell(session, site, sha, now)
    if not first:
        payload: JsonObject = {"calendar": sha, "cases": told, "deadlines": moved}
        audit.append(session, audit.ADMIN, SYSTEM.id, "calendar_followed", site, payload, now, site=site)
