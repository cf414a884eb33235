"""Tasks that are worked by scanning: the list, one job in figures, and scans that come in one by one or after an outage.

A scan fills in the draft of the task's form, the same that the task's page has; completing and signing stay where
they are (``tasks.complete``). The scans lie beside the draft, each under the id that the device gave it, so that a
repetition is known; both go when the task is done.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain import document_codes
from domain.errors import Fault, Refusal, Text
from domain.json_types import JsonObject
from forms.model import Form, load_form
from forms.scan_hint import ScanHint, scan_hint
from forms.scan_lines import line_of, live, place_of
from forms.scan_tiles import tiles
from forms.scanning import Code, Wish, apply
from records import cases
from records import document_codes as code_rows
from services import scan_codes, tasks
from services.actor import Actor
from services.desk import Desk, allowed, open_desk, refusal_before, shown, wrong_role
from services.drafts import scans_of
from services.entered import entered
from services.office import Office
from services.refusals import refuse
from services.step_fields import step_form

RECENT = 12
"""Scans that a job shows; all of them are kept until the task is done."""
LISTED_MAX = 100
ENTRIES_MAX = 5000
"""Scans of one person at one task; more would not be one task."""


@dataclass(frozen=True)
class _Job:
    desk: Desk
    form: Form
    hint: ScanHint


# ------------------------------------------------------------------ the list


async def listing(office: Office, actor: Actor, site: str | None = None) -> list[JsonObject]:
    """The actor's open tasks that can be worked by scanning, with the kind of work in ``job``; the first due first."""
    found: dict[str, Any] = {}
    for scope in ("mine", "claimable"):
        page = await tasks.listing(office, actor, {"scope": scope, "site": site, "limit": LISTED_MAX})
        found |= {one["id"]: one for one in page["items"] if one["state"] == "open" and one["id"] not in found}
    jobs = await office.db.reading(_jobs, office, list(found.values()))
    return [{**one, "job": jobs[one["id"]]} for one in found.values() if one["id"] in jobs]


def _jobs(session: Any, office: Office, rows: Sequence[Any]) -> dict[str, str]:
    """Task → its kind of work, for those whose form has the hint."""
    known = cases.some(session, sorted({row["case"] for row in rows}))
    found: dict[str, str] = {}
    for row in rows:
        model = office.model(session, known[row["case"]].pinned_sha)
        step = model.steps.get(row["step"])
        raw: Any = model.forms.get(step.form) if step is not None and step.form else None
        if step is None or not raw or not (raw.get("ui") or {}).get("scan"):
            continue
        hint = scan_hint(load_form(step_form(raw, step.fields)))
        if hint is not None:
            found[row["id"]] = hint.job
    return found


async def find(office: Office, actor: Actor, text: str, jobs: Sequence[Any]) -> list[str]:
    """The jobs of the list that a scanned code belongs to: by the document code of a task, by lot, serial number or place."""
    plain = text.strip()[:500]
    if document_codes.looks_like_one(plain):
        code = document_codes.read(plain)
        if code.kind == "task":
            named = await office.db.reading(code_rows.tasks_between, *document_codes.bounds(code))
            return [one["id"] for one in jobs if one["id"] in named]
    code_found: Code = await office.db.reading(scan_codes.code_of, plain, office.company)
    wanted = {part for part in (plain, code_found.lot, code_found.serial) if part}
    return [
        one["id"]
        for one in jobs
        if wanted & {str(value) for value in one["chips"].values()} or (one["item_key"] and one["item_key"] in wanted)
    ]


# ------------------------------------------------------------------ one job


async def job(office: Office, actor: Actor, task_id: str) -> JsonObject:
    """A task as its scanning page shows it. Raises ``RefusedError`` for one that the actor may not see or that has no scans."""
    one = await _open(office, actor, task_id, "open")
    values, entries = await office.db.run(_kept, office, one, actor)
    return await _view(office, actor, one, values, entries)


async def _open(office: Office, actor: Actor, task_id: str, action: str) -> _Job:
    desk = await open_desk(office, actor, task_id, action)
    await tasks.refuse_if(office, actor, wrong_role(actor, desk), {**desk.about, "action": action})
    form = desk.form()
    hint = scan_hint(form) if form is not None else None
    if form is None or hint is None:
        text = Text(
            "这项任务不能用扫码办理，请在任务页办理。", "This task is not worked by scanning; open its own page."
        )
        await refuse(office, actor, Refusal(422, "not_scanned", text), {**desk.about, "action": action})
    return _Job(desk, form, hint)


def _kept(office: Office, one: _Job, actor: Actor) -> tuple[JsonObject, list[Any]]:
    task_id = str(one.desk.task["id"])
    draft, scans = office.drafts.load(task_id, actor.id), office.drafts.load(scans_of(task_id), actor.id)
    return _values(one, draft and draft["data"]), list((scans or {}).get("data", {}).get("entries", []))


def _values(one: _Job, draft: Any) -> JsonObject:
    return copy.deepcopy(draft) if isinstance(draft, dict) else copy.deepcopy(shown(one.desk))


async def _view(office: Office, actor: Actor, one: _Job, values: JsonObject, entries: list[Any]) -> JsonObject:
    desk = one.desk
    scope = desk.scopes.expression_scope(desk.task["path"], office.now())
    filled = await entered(
        office, one.form, values, desk.scopes.target(desk.step, desk.task["path"]), scope, desk.model.zone
    )
    why = refusal_before(actor, desk)
    shown_tiles: Any = tiles(one.hint, _with_open_grids(one.hint, filled.values, values))
    products = sorted({str(tile["product"]) for tile in shown_tiles if tile["product"]})
    packs: Any = await office.db.reading(scan_codes.packs_of, products, office.company)
    allow: Any = allowed(actor, desk, why)
    return {
        "task": desk.task["id"],
        "case": desk.case.id,
        "account": actor.id,
        "job": one.hint.job,
        "title": desk.task["title"],
        "business_key": desk.case.business_key,
        "state": desk.task["state"],
        "mode": desk.case.mode,
        "allow": allow,
        "why_not": why.message.as_json() if why else None,
        "sign": desk.task["sign"],
        "has_extra": one.hint.extra is not None,
        "counts": one.hint.count is not None,
        "location": values.get(one.hint.form.get("location", "")),
        "location_written": "location" in one.hint.form and "location" in one.hint.written,
        "place": place_of(entries),
        "line": line_of(entries),
        "tiles": shown_tiles,
        "packs": packs,
        "checked": any(entry.get("code") == "checked" for entry in live(entries)),
        "scans": len(entries),
        "recent": [_told(entry) for entry in reversed(entries[-RECENT:])],
        "missing": [_missing(one.form, fault) for fault in filled.faults],
    }


def _with_open_grids(hint: ScanHint, filled: JsonObject, values: JsonObject) -> JsonObject:
    """What is filled in, and the rows that were typed where the form would not take them as they are yet."""
    missing = {
        name: values[name] for name in (hint.lines, hint.extra) if name and name in values and name not in filled
    }
    return {**filled, **missing}


_SHOWN = "id seq kind at ok undone code said line name lot serial place by expected found text".split()


def _told(entry: Any) -> JsonObject:
    return {name: entry.get(name) for name in _SHOWN}


def _missing(form: Form, fault: Fault) -> JsonObject:
    field = form.field(fault.pointer)
    label = field.label.as_json() if field is not None else None
    return {"pointer": fault.pointer, "code": fault.code, "label": label, "message": fault.message.as_json()}


# ------------------------------------------------------------------ scans


async def scan(office: Office, actor: Actor, task_id: str, account: str, wishes: Sequence[Wish]) -> JsonObject:
    """Take scans in, in the order of their numbers; ``{results, job}``. A scan that is known is answered again and not done again.

    ``account`` is who scanned: scans that waited on a shared tablet never go in under the name of who signed in since.
    Raises ``RefusedError``: 403, 404, 409 when the task is done, taken by somebody else, or not the actor's.
    """
    one = await _open(office, actor, task_id, "scan")
    about = {**one.desk.about, "action": "scan"}
    if account != actor.id:
        text = Text(
            f"这些扫码是 {account} 做的，当前登录的是 {actor.id}。请由本人登录后提交，或导出。",
            f"These scans are {account}'s and {actor.id} is signed in. Let that person sign in, or export them.",
        )
        await refuse(office, actor, Refusal(409, "other_person", text, who_can=(account,)), about)
    await tasks.refuse_if(office, actor, refusal_before(actor, one.desk), about)
    codes = await office.db.reading(scan_codes.known, [wish.text for wish in wishes if wish.text], office.company)
    subjects, sha = (task_id, scans_of(task_id)), one.desk.model.form_shas.get(one.desk.task["form"] or "")

    def change(found: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any]:
        values, entries = _values(one, found[0]), list((found[1] or {}).get("entries", []))
        done = [
            apply(one.hint, values, entries, wish, codes.get(wish.text, Code(""))) for wish in sorted(wishes, key=_seq)
        ]
        return (values, {"entries": entries[-ENTRIES_MAX:]}), (done, values, entries)

    done, values, entries = await office.db.run(office.drafts.change, subjects, actor.id, change, office.now(), sha)
    return {"results": [_told(entry) for entry in done], "job": await _view(office, actor, one, values, entries)}


def _seq(wish: Wish) -> int:
    return wish.seq
