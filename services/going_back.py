"""What a return or a cancel would do, before anybody confirms it: what stops, what counts no more, what is reversed, who is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from domain import paths
from domain.errors import Refusal
from domain.json_types import Json, JsonObject
from records import cases
from records import people as people_rows
from services.acting import Intent
from services.actor import Actor
from services.case_acts import refusal_of, returning_task, wish_to_cancel
from services.cases import File, open_file
from services.desk import Desk, open_desk
from services.folded import Folded, folded, refused
from services.office import Office
from services.outlook import short
from services.tasks import intent_at, refuse_if
from workflows.engine import back, going_back, reopening
from workflows.engine.state import Instance
from workflows.engine.turn import Turn


async def preview(
    office: Office, actor: Actor, task_id: str, to: str, reason: str | None = None, mode: str | None = None
) -> JsonObject:
    """What a return from a task would do. Refused as the return itself would be; changes nothing."""
    desk = await open_desk(office, actor, task_id, "preview_return")
    found = await office.db.reading(_previewed, office, actor, desk, to, reason or "—", mode)
    about: JsonObject = {**desk.about, "action": "return", "to": to, "preview": True}
    if isinstance(found, Refusal):
        await refuse_if(office, actor, found, about)
    assert not isinstance(found, Refusal)
    return found


async def preview_of_case(office: Office, actor: Actor, case_id: str, to: str, reason: str | None = None) -> JsonObject:
    """The same from the caller's own task in a case."""
    return await preview(office, actor, await returning_task(office, actor, case_id, to), to, reason)


async def preview_of_reopening(
    office: Office, actor: Actor, case_id: str, to: str | None = None, reason: str | None = None
) -> JsonObject:
    """What opening a completed case again would do. Refused as the act itself would be; changes nothing."""
    file = await open_file(office, actor, case_id, "preview_reopen")
    found = await office.db.reading(_reopened, office, actor, file, to, reason or "—")
    if isinstance(found, Refusal):
        about: JsonObject = {"action": "reopen", "case": case_id, "site": file.case.site, "preview": True}
        await refuse_if(office, actor, found, about)
    assert not isinstance(found, Refusal)
    return found


async def preview_of_cancel(office: Office, actor: Actor, case_id: str, reason: str | None = None) -> JsonObject:
    """What cancelling a case would do. Refused as the cancel itself would be; changes nothing."""
    about, intent = await wish_to_cancel(office, actor, case_id, reason or "—")
    found = await office.db.reading(_cancel_previewed, office, actor, intent)
    if isinstance(found, Refusal):
        await refuse_if(office, actor, found, {**about, "preview": True})
    assert not isinstance(found, Refusal)
    return found


def _reopened(
    session: Session, office: Office, actor: Actor, file: File, to: str | None, reason: str
) -> JsonObject | Refusal:
    values: JsonObject = {"to": to} if to is not None else {}
    case, known = file.case, folded(session, office, file.case.id)
    intent = Intent(
        case.id, case.site, case.mode, paths.ROOT, "", reopening.ACTION, case.pinned_sha, "", values=values,
        reason=reason,
    )  # fmt: skip
    why = refused(office, actor, known, intent)
    if why is not None:
        return why
    target = reopening.target_of(known.model, known.state, values)
    if isinstance(target, Refusal):
        return target
    told = _Telling(session, known, reopening.planned(known.model, known.state, target))
    return {"to": target.step, "title": told.title_of_step(target.step), **told.view(target.step)}


def _cancel_previewed(session: Session, office: Office, actor: Actor, intent: Intent) -> JsonObject | Refusal:
    why = refusal_of(session, office, actor, intent)
    if why is not None:
        return why
    known = folded(session, office, intent.case_id)
    everything = list(known.state.instances.values())
    told = _Telling(session, known, back.plan_of(known.model, known.state, everything))
    return {**told.view(), "children": told.children(everything)}


def _previewed(
    session: Session, office: Office, actor: Actor, desk: Desk, to: str, reason: str, mode: str | None
) -> JsonObject | Refusal:
    values: JsonObject = {"to": to} if mode is None else {"to": to, "mode": mode}
    intent = intent_at(desk, "return", "", actor, desk.about, values=values, reason=reason)
    known = folded(session, office, desk.case.id)
    why = refused(office, actor, known, intent)
    if why is not None:
        return why
    instance = known.state.instances[str(desk.task["path"])]
    turn = Turn(known.model, known.state, office.now())
    plan = going_back.planned(known.model, known.state, turn, instance, values)
    if isinstance(plan, Refusal):
        return plan
    told = _Telling(session, known, plan)
    how = going_back.mode_of(known.model, instance, values)
    return {"to": to, "title": told.title_of_step(to), "mode": how, **told.view(to)}


@dataclass(frozen=True)
class _Telling:
    session: Session
    known: Folded
    plan: back.Plan

    def view(self, to: str | None = None) -> JsonObject:
        """The plan in words of the house."""
        plan, signed = self.plan, self._signatures()
        gone = [*plan.supersedes, *plan.compensates]
        return {
            "stops": [self._step(path) for path in (*plan.cancels, *plan.settles)],
            "supersedes": [{**self._step(path), "signatures": signed.get(path, [])} for path in gone],
            "reverses": [self._reversed(path) for path in plan.compensates],
            "waits_for": [self._step(path) for path in (*plan.settles, *plan.joins)],
            "tells": self._people(gone, to),
        }

    def title_of_step(self, step: str) -> JsonObject:
        """The title that a step had when it was last open."""
        latest = self.known.state.latest.get(step)
        title = self.known.state.instances[latest[-1]].title if latest else None
        return title or self._plain(step)

    def _plain(self, step: str) -> JsonObject:
        """The words of the definition: what the system does has no title with values of its own."""
        title = self.known.model.steps[step].title if step in self.known.model.steps else None
        return {"zh": short(title.zh), "en": short(title.en)} if title else {"zh": step, "en": step}

    def _step(self, path: str) -> JsonObject:
        one = self.known.state.instances[path]
        title: Json = one.title or self._plain(one.step)
        done: Any = one.output or {}
        actor = _name_of(done.get("actor"))
        return {
            "path": path, "step": one.step, "kind": one.kind, "title": title, "state": one.state,
            "actor": actor, "by": self._person(actor), "at": done.get("at"), "item": _item(path),
        }  # fmt: skip

    def _person(self, name: str | None) -> JsonObject | None:
        """Somebody with an account; ``None`` for the system."""
        account = people_rows.account(self.session, name) if name else None
        return (
            {"id": account.username, "name": account.name, "name_en": account.name_en or account.name}
            if account
            else None
        )

    def _reversed(self, path: str) -> JsonObject:
        one = self.known.state.instances[path]
        call: Any = one.call or {}
        return {**self._step(path), "call": call.get("name"), "undo": back.undo_of(self.known.model, one)}

    def _signatures(self) -> dict[str, list[Json]]:
        found: dict[str, list[Json]] = {}
        for row in cases.signatures(self.session, self.known.state.case_id):
            said: JsonObject = {"signer": row.signer, "name": row.signer_name, "meaning": row.meaning, "at": row.at}
            found.setdefault(row.path, []).append(said)
        return found

    def children(self, instances: list[Instance]) -> list[Json]:
        """The sub-processes that run for these steps: cancelled with the case, or going on by themselves."""
        running = [one for one in instances if one.is_active and one.child is not None]
        keys = cases.some(self.session, [str(one.child["id"]) for one in running if one.child])
        return [
            {
                **self._step(one.path),
                "case": (one.child or {}).get("id"),
                "business_key": row.business_key if (row := keys.get(str((one.child or {}).get("id")))) else None,
                "cancelled": one.path in self.plan.compensates,
            }
            for one in running
        ]

    def _people(self, gone: list[str], to: str | None) -> list[Json]:
        """Whoever did what counts no more, whoever has what stops, and the posts that do the step again."""
        instances = [self.known.state.instances[path] for path in (*gone, *self.plan.cancels)]
        names = [name for one in instances for name in _people_at(one)]
        found: list[Json] = [person for name in dict.fromkeys(names) if (person := self._person(name))]
        again = self.known.model.steps[to].roles if to is not None else ()
        return [*found, *({"role": role} for role in again)]


def _people_at(one: Instance) -> list[str]:
    return [
        name for seat in one.seats for name in (seat.actor, seat.assignee if seat.state == "open" else None) if name
    ]


def _name_of(actor: Any) -> str | None:
    return actor.get("name") if isinstance(actor, dict) else actor


def _item(path: str) -> str | None:
    """The key of the item that a step belongs to."""
    scope = paths.parent_of(path)
    if "[" not in scope:
        return None
    return paths.unescape_key(scope[scope.rindex("[") + 1 : scope.rindex("]")])
