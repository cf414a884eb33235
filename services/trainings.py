"""Planned trainings: which course, when, for which posts; and their results, which go onto the files of persons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from domain import roles as role_words
from domain.errors import RefusedError, Text
from domain.json_types import Json, JsonObject
from records import organisation
from records import people as people_rows
from records import staff as rows
from records.staff import TrainingPlan
from services import staff
from services.actor import Actor
from services.admin_laws import invalid, need, told
from services.office import Office
from services.refusals import not_found, refuse

PLANNERS = ("training_admin",)
"""Who plans trainings and enters results."""


@dataclass(frozen=True)
class Wish:
    """A training as it is planned."""

    site: str
    course: str
    subject: str
    planned_on: str
    posts: tuple[str, ...] = ()
    trainer: str = ""


async def listing(office: Office, actor: Actor) -> list[JsonObject]:
    """Every planned training with whom it is for and who has a result."""
    await need(office, actor, staff.MAY_READ, {"action": "read_trainings"})
    return await office.db.reading(_listing, office.now())


def _listing(session: Session, now: str) -> list[JsonObject]:
    filed = rows.everybody(session)
    return [_view(session, plan, filed, now) for plan in rows.plans(session)]


def _view(session: Session, plan: TrainingPlan, filed: dict[str, list[rows.StaffRecord]], now: str) -> JsonObject:
    wanted = {
        account.username: account
        for post in plan.posts
        for account in people_rows.holders(session, str(post), plan.site, now[:10])
    }
    results = {row.account: row.result for held in filed.values() for row in held if row.plan == plan.id}
    people: list[Json] = [
        {"username": key, "name": one.name, "name_en": one.name_en or one.name, "result": results.get(key)}
        for key, one in sorted(wanted.items())
    ]
    plain: JsonObject = {name: getattr(plan, name) for name in _PLAIN}
    return {**plain, "posts": [*plan.posts], "people": people}


_PLAIN = "id site course subject planned_on trainer created_by created_at held_at".split()


async def plan(office: Office, actor: Actor, wish: Wish) -> JsonObject:
    """Plan a training."""
    posts: list[Json] = [*wish.posts]
    about: JsonObject = {"action": "training_planned", "subject": wish.course, "site": wish.site, "posts": posts}
    await need(office, actor, PLANNERS, about)
    fault = _fault(office, wish) or await _unknown_site(office, wish)
    if fault is not None:
        await invalid(office, actor, "invalid_plan", fault.zh, fault.en, about)
    row = TrainingPlan(
        site=wish.site, course=wish.course.strip()[:200], subject=wish.subject, planned_on=wish.planned_on,
        posts=[*posts], trainer=wish.trainer.strip()[:200], created_by=actor.id, created_at=office.now(),
    )  # fmt: skip
    number = await office.db.writing(_plan, row, actor, about, office.now())
    return next(one for one in await office.db.reading(_listing, office.now()) if one["id"] == number)


def _fault(office: Office, wish: Wish) -> Text | None:
    subjects = [one.key for one in office.needs.kinds["training"].subjects]
    if not wish.course.strip():
        return Text("课程名称必填。", "The course needs a name.")
    if wish.subject not in subjects:
        listed = ", ".join(subjects)
        return Text(f"培训类别无效；可选：{listed}。", f"The subject is not right; choose of: {listed}.")
    if not staff.is_day(wish.planned_on):
        return Text("日期须为 YYYY-MM-DD。", "Days are YYYY-MM-DD.")
    unknown = [post for post in wish.posts if post not in role_words.ROLES]
    if unknown or not wish.posts:
        return Text("请选择至少一个已有的岗位。", "Choose at least one post that exists.")
    return None


async def _unknown_site(office: Office, wish: Wish) -> Text | None:
    if await office.db.reading(organisation.site, wish.site) is None:
        return Text(f"没有机构“{wish.site}”。", f"There is no site '{wish.site}'.")
    return None


def _plan(session: Session, row: TrainingPlan, actor: Actor, about: JsonObject, now: str) -> int:
    session.add(row)
    session.flush()
    assert row.id is not None
    told(session, actor, {**about, "plan": row.id}, now)
    return row.id


async def results(office: Office, actor: Actor, number: int, held_on: str, entries: list[JsonObject]) -> JsonObject:
    """Enter results of a held training, each ``{username, result, score?}``; each is checked alone and told alone."""
    about: JsonObject = {"action": "training_results", "subject": str(number)}
    await need(office, actor, PLANNERS, about)
    found = await office.db.reading(rows.plan, number)
    if found is None:
        await refuse(office, actor, not_found("没有这个培训计划。", "There is no such training plan."), about)
    entry = staff.Entry("training", found.subject, held_on, text=found.course, plan=found.id)
    done: list[Json] = []
    for one in entries:
        given = replace(entry, result=str(one.get("result") or ""), score=str(one.get("score") or ""))
        done.append(await _result(office, actor, str(one.get("username") or ""), given))
    if any(isinstance(one, dict) and one["status"] == 200 for one in done):
        await office.db.writing(_held, number, office.now())
    return {"plan": number, "items": done}


async def _result(office: Office, actor: Actor, username: str, entry: staff.Entry) -> JsonObject:
    try:
        await staff.add(office, actor, username, entry)
    except RefusedError as refused:
        refusal: Any = refused.refusal
        return {
            "username": username,
            "status": refusal.status,
            "code": refusal.code,
            "message": refusal.message.as_json(),
        }
    return {"username": username, "status": 200}


def _held(session: Session, number: int, now: str) -> None:
    row = rows.plan(session, number)
    if row is not None and row.held_at is None:
        row.held_at = now
        session.add(row)
