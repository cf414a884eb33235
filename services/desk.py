"""A task on the desk: everything around it in one reading, and who may act on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain import roles
from domain.clock import date_in_zone
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from domain.needs import NeedBook, Verdict
from forms.fill import prefill
from forms.model import Form, load_form
from records import cases, inbox, staff
from records.case_tables import CaseRow
from services import needs
from services.actor import Actor
from services.case_rules import readable
from services.office import Office
from services.refusals import not_found, refuse
from services.scopes import CaseScopes, items_of
from services.standing import StandIn
from services.step_fields import step_form
from workflows.language.model import Model, Step


@dataclass(frozen=True)
class Desk:
    """A task with everything around it, read in one go."""

    task: dict[str, Any]
    case: CaseRow
    scopes: CaseScopes
    model: Model
    step: Step
    siblings: list[dict[str, Any]]
    steps: list[Any]
    book: NeedBook = field(default_factory=NeedBook)
    behind: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(path, seat) → for whom somebody else acted there."""
    needs: tuple[Verdict, ...] = ()
    """What is asked of the person who looks, and whether it is met."""
    now: str = ""
    """When it was looked at."""

    @property
    def about(self) -> JsonObject:
        """What a refusal says about where it happened."""
        case, task = self.case, self.task
        return {
            "case": case.id,
            "task": task["id"],
            "path": task["path"],
            "step": task["step"],
            "site": case.site,
            "mode": case.mode,
            "definition": case.process,
            "after_seq": case.seq,
        }

    def freed(self) -> Desk:
        """The same as if nobody had claimed it."""
        return replace(self, task={**self.task, "assignee": None})

    def form(self) -> Form | None:
        """The form of the task as this step shows it; an incident has none."""
        raw = self.form_json()
        return load_form(raw) if raw else None

    def form_json(self) -> JsonObject | None:
        """The same as ``{schema, ui}``: without the fields that the step hides, those only to read marked."""
        raw = self.model.forms[self.task["form"]] if self.task["form"] else None
        return step_form(raw, self.step.fields) if raw else None

    @property
    def more(self) -> JsonObject:
        """What only some tasks have (``task.more``)."""
        return self.task["more"] or {}


def _desk(session: Any, office: Office, actor: Actor, task_id: str) -> Desk | None:
    task = inbox.task(session, task_id)
    case = cases.case(session, task["case_id"]) if task else None
    if task is None or case is None:
        return None
    model = office.model(session, case.pinned_sha)
    if task["version"] != case.version:
        model = readable(session, office, case.id, case.pinned_sha)
    scopes = CaseScopes(model, case, cases.scopes(session, case.id), items_of(session, model, case.id, task["path"]))
    siblings = inbox.tasks_of(session, case.id)
    step, steps = model.steps[task["step"]], cases.steps(session, case.id)
    behind = cases.behind(session, case.id) if _compares(model, step) else {}
    desk = Desk(task, case, scopes, model, step, siblings, steps, office.needs, behind, now=office.now())
    if desk.task["state"] != "open":
        return desk
    found = needs_of(session, desk, [actor.id], acting_role(actor, desk), desk.now)
    return replace(desk, needs=found.get(actor.id, ()))


def _compares(model: Model, step: Step) -> bool:
    """Whether it matters at a step who acted elsewhere."""
    return bool(model.four_eyes_with(step.id)) or len(step.roles) > 1 or step.same_as is not None


def open_desks(
    session: Any, office: Office, actor: Actor, model: Model, case: CaseRow, items: Mapping[tuple[str, str], Any]
) -> list[Desk]:
    """Every open task of a case as it lies before the actor, read in one go whatever their number."""
    siblings, steps = inbox.tasks_of(session, case.id), cases.steps(session, case.id)
    scopes, behind = CaseScopes(model, case, cases.scopes(session, case.id), items), cases.behind(session, case.id)
    desks = [
        Desk(
            task,
            case,
            scopes,
            model,
            model.steps[task["step"]],
            siblings,
            steps,
            office.needs,
            behind,
            now=office.now(),
        )
        for task in siblings
        if task["state"] == "open" and task["step"] in model.steps
    ]
    return _all_with_needs(session, actor, desks)


def _all_with_needs(session: Any, actor: Actor, desks: list[Desk]) -> list[Desk]:
    """The same with what is asked of the actor at each, for one look at the files of the actor and of the products."""
    asked = [desk for desk in desks if acting_role(actor, desk) and desk.task["kind"] not in OTHER_KINDS]
    rows = [needs.rows_of(desk.scopes, desk.task["path"], {}) for desk in asked]
    known = iter(needs.about(session, [row for some in rows for row in some]))
    filed = staff.of_people(session, [actor.id]) if asked else {}
    found: dict[str, Desk] = {}
    for desk, some in zip(asked, rows, strict=True):
        about, post = tuple(next(known) for _ in some), acting_role(actor, desk)
        day = date_in_zone(desk.now, desk.model.zone).isoformat()
        question = needs.Question(desk.step.needs, post, desk.case.site, day, about)
        judged = needs.verdicts(session, desk.book, [actor.id], question, filed)
        found[desk.task["id"]] = replace(desk, needs=judged[actor.id])
    return [found.get(desk.task["id"], desk) for desk in desks]


def refusal_at(actor: Actor, desk: Desk) -> Refusal | None:
    """Why the actor may not do an open task at all, whatever its kind."""
    return _first(actor, desk, _OF_OTHER_KINDS) if desk.task["kind"] in OTHER_KINDS else refusal_before(actor, desk)


def behalf(actor: Actor, desk: Desk) -> StandIn | None:
    """For whom the actor would act here: nobody while the own posts suffice, else the first who is away and may."""
    if _acts_alone(actor, desk):
        return None
    wanted = set(desk.task["roles"]) - roles.NEVER_SIGNS
    for one in actor.stands_in:
        given = one.mandate.roles_at(desk.case.site, desk.case.process)
        if given & wanted and desk.task["assignee"] in (None, actor.id, one.principal):
            return one
    return None


def _acts_alone(actor: Actor, desk: Desk) -> bool:
    return bool(set(actor.roles_at(desk.case.site)) & set(desk.task["roles"])) and desk.task["assignee"] in (
        None,
        actor.id,
    )


def acting_roles(actor: Actor, desk: Desk) -> tuple[str, ...]:
    """The posts with which the actor would act: the own ones, or those of the person who is away."""
    away = behalf(actor, desk)
    if away is None:
        return actor.roles_at(desk.case.site)
    return tuple(sorted(away.mandate.roles_at(desk.case.site, desk.case.process)))


def acting_role(actor: Actor, desk: Desk) -> str | None:
    """The post in which the actor would act: the first of the task's among them."""
    held = set(acting_roles(actor, desk))
    return next((role for role in desk.task["roles"] if role in held), None)


def needs_of(
    session: Any, desk: Desk, people: list[str], post: str | None, now: str, values: Mapping[str, Any] | None = None
) -> dict[str, tuple[Verdict, ...]]:
    """What the step, and the law for a post, ask of people, judged by what is on file today; an incident asks nothing."""
    step, book = desk.step, desk.book
    if desk.task["kind"] in OTHER_KINDS or not (step.needs or (post and book.by_law(post))):
        return {}
    rows = needs.about(session, needs.rows_of(desk.scopes, desk.task["path"], values or {}))
    day = date_in_zone(now, desk.model.zone).isoformat()
    asked = needs.Question(step.needs, post, desk.case.site, day, tuple(rows))
    return needs.verdicts(session, book, people, asked)


async def open_desk(office: Office, actor: Actor, task_id: str, action: str) -> Desk:
    """The task, if the actor may see it; a refusal otherwise.

    Whoever works at the task's site may know that it is there, and is told whose it is.
    """
    desk = await office.db.glance(_desk, office, actor, task_id)
    if desk is not None and not _may_see(actor, desk) and actor.roles_at(desk.case.site):
        why = wrong_role(actor, desk) if desk.task["roles"] else None
        if why is not None:
            await refuse(office, actor, why, {**desk.about, "action": action})
    if desk is None or not _may_see(actor, desk):
        about: JsonObject = {"action": action, "task": task_id}
        await refuse(
            office, actor, not_found("没有这项任务，或您无权查看。", "There is no such task, or not for you."), about
        )
    return desk


def _may_see(actor: Actor, desk: Desk) -> bool:
    site = desk.case.site
    if actor.reads_site(site) or actor.id in (desk.case.started_by, desk.task["done_by"], desk.task["assignee"]):
        return True
    if any(actor.has(role, site) for role in desk.task["roles"]):
        return True
    process, wanted = desk.case.process, set(desk.task["roles"])
    return any(one.mandate.roles_at(site, process) & wanted for one in actor.stands_in)


def shown(desk: Desk) -> JsonObject:
    """What stands in the form when it opens."""
    form = desk.form()
    if form is None:
        return {}
    target, prepared = desk.scopes.target(desk.step, desk.task["path"]), desk.more.get("prepared")
    before = prepared["values"] if isinstance(prepared, dict) else desk.scopes.previous(desk.task["path"])
    return prefill(form, target, before if isinstance(before, dict) else None)


OTHER_KINDS = ("incident", "question", "reading")
"""Tasks in which no form is completed."""


def allowed(actor: Actor, desk: Desk, why: Refusal | None) -> list[str]:
    """Claiming, giving back and completing, as far as they are open to the actor; the rest is in `services.openings`."""
    if desk.task["state"] != "open" or desk.case.state != "running" or why is not None:
        return []
    if desk.task["kind"] in OTHER_KINDS:
        return []
    if desk.more.get("person"):
        return ["complete"]
    away = behalf(actor, desk)
    mine = desk.task["assignee"] in (actor.id, away.principal if away else actor.id)
    return ["complete", "release"] if mine else ["claim", "complete"]


def refusal_before(actor: Actor, desk: Desk, action: str = "complete") -> Refusal | None:
    """Why the actor may not do this to the task at all, or ``None``."""
    asked = (_needs,) if action in needs.ASKED_OF else ()
    waits = (_suspended,) if action == "complete" else ()
    return _first(
        actor,
        desk,
        (_already_done, wrong_role, _not_yours, _claimed_by_other, *waits, _four_eyes, _same_person, *asked),
    )


def _first(actor: Actor, desk: Desk, laws: Iterable[Callable[[Actor, Desk], Refusal | None]]) -> Refusal | None:
    for law in laws:
        found = law(actor, desk)
        if found is not None:
            return found
    return None


def _already_done(actor: Actor, desk: Desk) -> Refusal | None:
    task, case = desk.task, desk.case
    if task["state"] == "open" and case.state == "running":
        return None
    who, when = task["done_by"], task["done_at"] or case.closed_at
    text = Text(
        f"这项任务已由 {who or '系统'} 于 {when or '—'} 处理，结果：{task['outcome'] or task['state']}。",
        f"{who or 'The system'} dealt with this task at {when or '—'}: {task['outcome'] or task['state']}.",
    )
    return Refusal(409, "already_done", text, done_by=who, done_at=when, outcome=task["outcome"] or task["state"])


def wrong_role(actor: Actor, desk: Desk) -> Refusal | None:
    """403 for a person who holds none of the posts that the task is for; a question asks for no post."""
    if desk.task["kind"] == "question":
        return None
    held = set(acting_roles(actor, desk))
    if desk.task["kind"] != "incident":
        held -= roles.NEVER_SIGNS
    if held & set(desk.task["roles"]):
        return None
    zh = "、".join(roles.role_text(role).zh for role in desk.task["roles"])
    en = ", ".join(roles.role_text(role).en for role in desk.task["roles"])
    text = Text(
        f"此处须由{zh}处理，您在该机构没有这个岗位。", f"This is for: {en}. You do not hold that post at this site."
    )
    rule, articles = _rule_of_role(desk)
    return Refusal(403, "wrong_role", text, rule=rule, articles=articles, who_can=tuple(desk.task["roles"]))


def _rule_of_role(desk: Desk) -> tuple[str, tuple[str, ...]]:
    """Acceptance by anybody but an inspector breaks RULE-07; any other wrong post is a plain refusal."""
    sign = desk.task["sign"]
    return ("RULE-07", ("GSP-64",)) if sign and sign["meaning"] == "inspected" else ("role", ())


def _not_yours(actor: Actor, desk: Desk) -> Refusal | None:
    """A task of one person is that person's alone, or of who stands in."""
    person, away = desk.more.get("person"), behalf(actor, desk)
    if not isinstance(person, str) or actor.id == person or (away is not None and away.principal == person):
        return None
    text = Text(f"此处须由 {person} 本人处理。", f"This is for {person} in person.")
    return Refusal(403, "not_yours", text, rule="person", who_can=(person,))


def _suspended(actor: Actor, desk: Desk) -> Refusal | None:
    """What waits for an answer or for another signature cannot be completed before."""
    key = desk.more.get("suspended_by")
    beside = (row for row in desk.siblings if row["path"] == desk.task["path"] and row["seat"] == key)
    other = next(beside, None)
    if other is None:
        return None
    who = str(other["assignee"] or "、".join(other["roles"]))
    if other["kind"] == "question":
        text = Text(f"已向 {who} 询问，收到答复后才能继续。", f"{who} was asked; this goes on with the answer.")
    else:
        text = Text(f"须先由 {who} 签署。", f"{who} signs first.")
    return Refusal(409, "suspended", text, rule="suspended", who_can=(who,))


def _claimed_by_other(actor: Actor, desk: Desk) -> Refusal | None:
    assignee, away = desk.task["assignee"], behalf(actor, desk)
    if assignee in (None, actor.id) or (away is not None and assignee == away.principal):
        return None
    lease = desk.more.get("lease")
    if isinstance(lease, str) and lease < desk.now:
        return None
    text = Text(f"{assignee} 已认领这项任务。", f"{assignee} has claimed this task.")
    return Refusal(409, "claimed_by_other", text, done_by=assignee)


def _four_eyes(actor: Actor, desk: Desk) -> Refusal | None:
    away = behalf(actor, desk)
    people = [actor.id, *(sorted(away.mandate.persons()) if away else ())]
    who, step = next(((one, step) for one in people if (step := four_eyes_step(desk, one))), ("", None))
    if step is None:
        return None
    title: Any = next((row["title"] for row in desk.siblings if row["step"] == step), {"zh": step, "en": step})
    zh, en = ("您", "You") if who == actor.id else (who, who)
    text = Text(
        f"{zh}已在“{title['zh']}”操作，此处须由另一人处理。",
        f"{en} acted at '{title['en']}'; somebody else must act here.",
    )
    return Refusal(403, "four_eyes", text, rule="four_eyes", who_can=tuple(desk.task["roles"]))


def _same_person(actor: Actor, desk: Desk) -> Refusal | None:
    """``same_as``: who did that step does this one."""
    other = desk.step.same_as
    if other is None or not desk.task["seat"].startswith("s") or desk.task["kind"] in OTHER_KINDS:
        return None
    done = [row for row in desk.siblings if row["step"] == other and row["state"] == "done"]
    wanted = {str(row["done_by"]) for row in done} | {
        str(desk.behind[row["path"], row["seat"]]) for row in done if (row["path"], row["seat"]) in desk.behind
    }
    away = behalf(actor, desk)
    if not wanted or wanted & {actor.id, *(away.mandate.persons() if away else ())}:
        return None
    who, title = "、".join(sorted(wanted)), done[0]["title"]
    text = Text(
        f"“{title['zh']}”由 {who} 办理，此处须由同一人处理。",
        f"{who} did '{title['en']}'; the same person must act here.",
    )
    return Refusal(403, "same_as", text, rule="same_as", who_can=tuple(sorted(wanted)))


_OF_OTHER_KINDS = (_already_done, wrong_role, _not_yours, _claimed_by_other)


def _needs(actor: Actor, desk: Desk) -> Refusal | None:
    unmet = needs.first_unmet(desk.needs)
    return needs.refusal(desk.book, unmet, desk.task["roles"]) if unmet else None


def four_eyes_step(desk: Desk, person: str) -> str | None:
    """The step at which ``person`` acted and that must not be the same person's, if any."""
    others = desk.model.four_eyes_with(desk.step.id)
    void = {row.path for row in desk.steps if row.state in ("superseded", "cancelled")}
    for row in desk.siblings:
        if not _acted(desk, row, person) or row["state"] != "done" or row["path"] in void or row["kind"] == "incident":
            continue
        same_step = row["path"] == desk.task["path"] and row["seat"] != desk.task["seat"]
        if row["step"] in others or same_step:
            return row["step"]
    return None


def _acted(desk: Desk, row: dict[str, Any], person: str) -> bool:
    """Whether a person did a task, or somebody did it on the person's behalf."""
    return person == row["done_by"] or person == desk.behind.get((row["path"], row["seat"]))


def desk_for(session: Any, office: Office, actor: Actor, task_id: str) -> Desk | None:
    """A task as it would lie before a person, seen or not: for what compares people."""
    return _desk(session, office, actor, task_id)
