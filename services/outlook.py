"""What lies around a task: who did what before, what each conclusion leads to, and in whose hands it comes next.

All of it is read off the definition that the case is pinned to and the rows of the projection. It tells, it decides
nothing: under a condition that reads what is not entered yet, a person's step is told and the system's is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain import paths
from domain.errors import Text
from domain.json_types import JsonObject
from records import organisation
from records.case_tables import CaseStep
from records.people import account
from rules.ast import Expr
from rules.errors import ExprFault
from rules.evaluate import evaluate
from rules.template import MISSING, Template, render
from services.actor import Actor
from services.desk import OTHER_KINDS, Desk, open_desk
from services.office import Office
from workflows.language.model import END_OF_BLOCK, Block, Model, Step

STEPS_AHEAD = 12
"""How far a walk looks: longer chains of automatic steps are told as far as this."""
PEOPLE = ("task", "approve")
SHOWN = (*PEOPLE, "call", "decide", "wait")
"""Kinds that a person would name when asked what happened; the others only steer."""


async def outlook(office: Office, actor: Actor, task_id: str, values: JsonObject | None = None) -> list[JsonObject]:
    """For each outcome of a task ``{outcome, next: [{step, kind, title, roles}]}``: what the system does by itself, and
    the step of the next person or the end. ``values``: what is filled in so far, which decides conditions."""
    desk = await open_desk(office, actor, task_id, "outlook")
    if desk.task["kind"] in OTHER_KINDS:
        return []
    walk = _Walk(desk.model, _scope(desk, office.now(), values or {}))
    keys = [item.key for item in desk.step.outcomes] or [desk.step.success]
    return [{"outcome": key, "next": [*walk.after(desk.step, key)]} for key in keys]


def _scope(desk: Desk, now: str, values: JsonObject) -> dict[str, Any]:
    """What expressions read, as if the values stood in the item (or the data) already."""
    path = desk.task["path"]
    scope = dict(desk.scopes.expression_scope(path, now))
    around = desk.scopes.items_around(path)
    name = around[-1][0] if around else "data"
    held = scope.get(name)
    return {**scope, name: {**held, **values}} if isinstance(held, dict) else scope


async def surroundings(office: Office, actor: Actor, task_id: str) -> JsonObject:
    """``{zone, rail, names, result}``: the site's time zone, the steps before and after with who and when, the people
    in them by username, and what was recorded at the task once it is done (``{values, outcome, actor, at}``)."""
    desk = await open_desk(office, actor, task_id, "outlook")
    rail = _rail(desk, office.now())
    known: Any = {str(cell["actor"]) for cell in rail if cell["actor"]} | {desk.task["assignee"] or ""}
    names = await office.db.reading(_names, {*known, *_at_the_step(desk)})
    result = desk.scopes.rows.get(f"out/{desk.task['path']}") if desk.task["state"] == "done" else None
    return {"zone": desk.model.zone, "rail": list(rail), "names": names, "result": result}


def _at_the_step(desk: Desk) -> set[str]:
    """Everybody who has, did or lent a seat of the task's step."""
    rows = [row for row in desk.siblings if row["path"] == desk.task["path"]]
    return {
        str(name)
        for row in rows
        for name in (row["assignee"], row["done_by"], (row["more"] or {}).get("principal"))
        if name
    }


async def zone_of(office: Office, site: str | None) -> str:
    """The IANA zone of a site; that of the first site of the company when none is named."""
    return await office.db.reading(_zone, site)


def _zone(session: Any, site: str | None) -> str:
    found = organisation.site(session, site) if site else None
    return found.zone if found else next((one.zone for one in organisation.sites(session)), "Asia/Shanghai")


def _names(session: Any, usernames: set[str]) -> JsonObject:
    found = {name: account(session, name) for name in usernames if name}
    return {
        name: {"zh": row.name, "en": row.name_en or row.name} if row else {"zh": name, "en": name}
        for name, row in found.items()
    }


# ------------------------------------------------------------------ ahead


@dataclass
class _Walk:
    """Follows the arrows of a definition from a step, with the scope of one task."""

    model: Model
    scope: Mapping[str, Any]
    seen: set[str] = field(default_factory=set)

    def after(self, step: Step, outcome: str) -> Iterator[JsonObject]:
        """The steps after ``step`` ended with ``outcome``, up to and with the first that waits for a person."""
        self.seen = {step.id}
        target = step.on.get(outcome)
        following = self.model.steps.get(target) if target else self.following(step)
        for _ in range(STEPS_AHEAD):
            if following is None:
                yield _ended(self.model, step)
                return
            if following.kind == "end":
                yield self.told(following)
                return
            if self.is_met(following):
                if following.kind in (*SHOWN, "notify"):
                    yield self.told(following)
                if following.kind in PEOPLE:
                    return
            if following.id in self.seen:
                return
            self.seen.add(following.id)
            following = self.inside(following)

    def inside(self, step: Step) -> Step | None:
        """What is reached from a step that nobody waits at: the arm of a branch, the first step of a block, the next."""
        if step.kind == "branch" and self.is_met(step):
            arm = next((arm for arm in step.arms if arm.when is None or self.holds(arm.when)), None)
            return self.model.steps.get(arm.to) if arm else self.following(step)
        if step.blocks and self.is_met(step) and step.blocks[0].steps:
            return step.blocks[0].steps[0]
        return self.following(step)

    def following(self, step: Step) -> Step | None:
        """The next step in the order of the file; ``None`` at the end of the block."""
        if step.next == END_OF_BLOCK:
            return None
        if step.next:
            return self.model.steps.get(step.next)
        block: Block = self.model.block_of[step.id]
        place = block.position(step.id)
        later = block.steps[place + 1 :] if place is not None else ()
        return later[0] if later else None

    def onward(self, step: Step) -> Step | None:
        """The next step, of the block around when this one is at its end."""
        for one in (step, *self.model.enclosing(step.id)):
            following = self.following(one)
            if following is not None:
                return following
        return None

    def told(self, step: Step) -> JsonObject:
        """A step as the outlook says it."""
        title = self.title(step)
        return {"step": step.id, "kind": step.kind, "title": title.as_json(), "roles": list(step.roles)}

    def title(self, step: Step) -> Text:
        """The title with the values known now; an end is said in words."""
        if step.kind == "end":
            return _END.get(step.end, _END["completed"])
        if step.title is None:
            return Text(step.id, step.id)
        return Text(self.words(step.title.zh), self.words(step.title.en))

    def words(self, template: Template) -> str:
        """A title with its values; its plain words while a value is not known yet."""
        told = render(template, self.scope)
        return short(template) if MISSING in told else told

    def is_met(self, step: Step) -> bool:
        """Whether a step would run; what cannot be told yet counts for people's steps only."""
        return step.when is None or self.holds(step.when, unknown=step.kind in PEOPLE)

    def holds(self, expr: Expr, *, unknown: bool = False) -> bool:
        """The value of a condition, ``unknown`` when it reads what is not entered yet."""
        try:
            return evaluate(expr, self.scope).value is True
        except ExprFault:
            return unknown


_END = {
    "completed": Text("案例完成，记录封存", "The case is complete and its record sealed"),
    "cancelled": Text("案例取消", "The case is cancelled"),
}


def _ended(model: Model, step: Step) -> JsonObject:
    """The end of the block in which ``step`` stands: of one item, or of the whole case."""
    around = model.enclosing(step.id)
    if around and around[0].kind == "foreach":
        text = Text("这一行办完，其他行照常", "This line is finished; the others go on")
    elif around:
        text = Text("这一段办完", "This part is finished")
    else:
        text = _END["completed"]
    return {"step": "", "kind": "end", "title": text.as_json(), "roles": []}


def short(template: Template) -> str:
    """The plain words before the first value of a title (``验收`` of ``验收 {line.product_name}``), else its text."""
    first = template.parts[0] if template.parts else ""
    words = first.strip(" ·：:，,-") if isinstance(first, str) else ""
    return words or template.text


# ------------------------------------------------------------------ behind


def _rail(desk: Desk, now: str) -> list[JsonObject]:
    """Start, what happened in this task's own line of steps, the task, and the steps of people after it."""
    model, path = desk.model, desk.task["path"]
    case = desk.case
    begun: JsonObject = {
        "step": "",
        "title": {"zh": "发起", "en": "Started"},
        "state": "done",
        "actor": case.started_by,
        "at": case.started_at,
        "roles": [],
        "outcome": None,
    }
    happened = [
        row
        for row in desk.steps
        if row.path == path or (row.kind in SHOWN and _is_before(row, path) and not _void(row))
    ]
    # An open step comes after everything done; two of the same moment in the order of the record.
    happened.sort(key=lambda row: (row.at is None, row.at or row.since or ""))
    cells = [begun, *(_cell(model, row) for row in happened)]
    return [*cells, *_ahead(desk, now)]


def _void(row: CaseStep) -> bool:
    return row.state in ("skipped", "superseded", "cancelled")


def _is_before(row: CaseStep, path: str) -> bool:
    """Whether a step instance stands in the same line as ``path``: the case's own, or that of an item around it."""
    scope = paths.parent_of(row.path)
    return scope == "" or scope == paths.parent_of(path) or paths.is_within(path, scope)


def _cell(model: Model, row: CaseStep) -> JsonObject:
    step = model.steps[row.step]
    state = {"done": "done", "incident": "failed"}.get(row.state, "active")
    return {
        "step": row.step,
        "title": _short_title(step).as_json(),
        "state": state,
        "actor": row.actor,
        "at": row.at or row.since,
        "roles": list(row.roles) or list(step.roles),
        "outcome": row.outcome,
    }


def _short_title(step: Step) -> Text:
    if step.title is None:
        return Text(step.id, step.id)
    return Text(short(step.title.zh), short(step.title.en))


def _ahead(desk: Desk, now: str) -> list[JsonObject]:
    """The way after success: calls and people up to the end of the block, then the end of the case."""
    if desk.task["state"] != "open" or desk.case.state != "running":
        return []
    walk = _Walk(desk.model, desk.scopes.expression_scope(desk.task["path"], now))
    cells: list[JsonObject] = []
    following, seen = walk.onward(desk.step), {desk.step.id}
    while following is not None and following.id not in seen and len(cells) < STEPS_AHEAD:
        seen.add(following.id)
        if following.kind in SHOWN and walk.is_met(following):
            cells.append(_next_cell(_short_title(following), following.roles))
        following = walk.inside(following) or walk.onward(following) if following.kind != "end" else None
    return [*cells, _next_cell(Text("归档", "Archived"), ())]


def _next_cell(title: Text, roles: tuple[str, ...]) -> JsonObject:
    return {
        "step": "",
        "title": title.as_json(),
        "state": "next",
        "actor": None,
        "at": None,
        "roles": list(roles),
        "outcome": None,
    }
