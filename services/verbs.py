"""What people do with a task besides doing it: hand it on, have it prepared, ask for a signature, ask somebody, go back.

Every verb goes the same way: who may is asked of the case's own laws before anything is sent, what is refused is on
record, and the case asks the same laws again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.errors import Fault, Refusal, Text
from domain.json_types import JsonObject
from forms.formats import has_control
from records import people as rows
from services import needs, people, standing
from services.acted import completed
from services.acting import act_id_of, body_sha, repeated, send
from services.actor import Actor, Proof
from services.desk import Desk, needs_of, open_desk
from services.folded import folded, refused
from services.office import Office
from services.refusals import refuse
from services.signing import CONTROL
from services.tasks import intent_at, refuse_if
from services.views import Completed
from services.withdrawing import seen_since

QUALITY_RULES = "quality_rule"
"""The meaning of the signature under a correction of data and under a deviation."""


@dataclass(frozen=True)
class Wish:
    """What a person wants to do with a task. ``to`` is an account; ``about`` goes into a refusal's record."""

    action: str
    values: JsonObject = field(default_factory=dict)
    reason: str | None = None
    to: str | None = None
    proof: Proof | None = None
    is_signed: bool = False
    facts: JsonObject = field(default_factory=dict)
    """What more the act says of the world, for the case to judge by."""


async def transfer(
    office: Office, actor: Actor, task_id: str, to: str, reason: str | None, act_id: str | None = None
) -> Completed:
    """转办: hand the task to somebody else who may do it, for good."""
    return await act(office, actor, task_id, Wish("transfer", reason=reason, to=to), act_id)


async def delegate(
    office: Office, actor: Actor, task_id: str, to: str, reason: str | None, act_id: str | None = None
) -> Completed:
    """委派: let somebody prepare the task; it comes back, and both names stand on the record."""
    return await act(office, actor, task_id, Wish("delegate", reason=reason, to=to), act_id)


async def add_signer(
    office: Office,
    actor: Actor,
    task_id: str,
    to: str,
    position: str,
    reason: str | None = None,
    act_id: str | None = None,
) -> Completed:
    """加签: one more person signs ``before``, ``parallel`` to or ``after`` this seat."""
    return await act(office, actor, task_id, Wish("add_signer", {"position": position}, reason, to), act_id)


async def remove_signer(
    office: Office, actor: Actor, task_id: str, seat: str, reason: str | None, act_id: str | None = None
) -> Completed:
    """减签: a signer who was added and has not signed is not needed."""
    return await act(office, actor, task_id, Wish("remove_signer", {"seat": seat}, reason), act_id)


async def ask(
    office: Office, actor: Actor, task_id: str, to: str, text: str, suspend: bool = False, act_id: str | None = None
) -> Completed:
    """沟通: ask somebody; with ``suspend`` the task waits for the answer."""
    values: JsonObject = {"text": text, "suspend": suspend}
    return await act(office, actor, task_id, Wish("ask", values, to=to), act_id)


async def answer(office: Office, actor: Actor, task_id: str, text: str, act_id: str | None = None) -> Completed:
    """Answer a question."""
    return await act(office, actor, task_id, Wish("answer", {"text": text}), act_id)


async def acknowledge(office: Office, actor: Actor, task_id: str, act_id: str | None = None) -> Completed:
    """Confirm that a notice was read."""
    return await act(office, actor, task_id, Wish("acknowledge"), act_id)


async def withdraw(
    office: Office, actor: Actor, task_id: str, reason: str | None = None, act_id: str | None = None
) -> Completed:
    """撤回: take back what one has just done, until somebody has opened what follows."""
    return await act(office, actor, task_id, Wish("withdraw", reason=reason), act_id)


async def return_to(
    office: Office,
    actor: Actor,
    task_id: str,
    to: str,
    reason: str | None,
    mode: str | None = None,
    act_id: str | None = None,
) -> Completed:
    """退回: back to an earlier step; what was posted since is reversed, what was signed since counts no more."""
    values: JsonObject = {"to": to} if mode is None else {"to": to, "mode": mode}
    return await act(office, actor, task_id, Wish("return", values, reason), act_id)


async def act(office: Office, actor: Actor, task_id: str, wish: Wish, given: str | None = None) -> Completed:
    """Do what is wished, or refuse it on record."""
    desk = await open_desk(office, actor, task_id, wish.action)
    about: JsonObject = {**desk.about, "action": wish.action, **_told(wish)}
    act_id = await act_id_of(office, actor, given, about)
    sha = body_sha(task_id, wish.action, wish.values, wish.reason, wish.to)
    done = await repeated(office, actor, act_id, sha, about)
    if done is None:
        await refuse_if(office, actor, _unreadable(wish), about)
        values, facts = await _with_person(office, actor, desk, wish, about)
        facts.update(wish.facts)
        if wish.action == "withdraw":
            facts["seen"] = await office.db.reading(seen_since, desk, actor)
        signed = await _signed(office, actor, wish, about)
        intent = intent_at(
            desk, wish.action, sha, actor, about, values=values, reason=wish.reason, facts=facts, **signed
        )
        await refuse_if(office, actor, await office.db.reading(_refusal, office, actor, intent), about)
        done = await send(office, actor, act_id, intent)
    return await completed(office, desk.case.id, done)


def _refusal(session: Any, office: Office, actor: Actor, intent: Any) -> Refusal | None:
    return refused(office, actor, folded(session, office, intent.case_id), intent)


def _told(wish: Wish) -> JsonObject:
    told: JsonObject = {"to": wish.to or wish.values.get("to"), "seat": wish.values.get("seat")}
    return {name: value for name, value in told.items() if isinstance(value, str)}


def _unreadable(wish: Wish) -> Refusal | None:
    words = {"/reason": wish.reason, "/text": wish.values.get("text"), "/deviation": wish.values.get("deviation")}
    for pointer, text in words.items():
        if isinstance(text, str) and has_control(text):
            return Refusal(422, "control_character", CONTROL, faults=(Fault(pointer, "control_character", CONTROL),))
    return None


# ---------------------------------------------------------------- the other person
async def _with_person(
    office: Office, actor: Actor, desk: Desk, wish: Wish, about: JsonObject
) -> tuple[JsonObject, JsonObject]:
    """The values and facts of a verb that names a person: who it is, and which posts the person holds here today."""
    if wish.to is None:
        return dict(wish.values), {}
    found = await office.db.reading(person_at, wish.to, desk.case.site, office.now())
    if found is None:
        text = Text(f"没有可用的账号“{wish.to}”。", f"There is no account '{wish.to}' in use.")
        fault = Fault("/to", "unknown_person", text)
        await refuse(office, actor, Refusal(422, "unknown_person", text, faults=(fault,)), about)
    person, held = found
    if wish.action in ("transfer", "delegate", "hand_over"):
        await refuse_if(office, actor, await office.db.reading(unfit, office, desk, wish.to, held), about)
    return {**wish.values, "to": person}, {"to_roles": [*held]}


def person_at(session: Any, username: str, site: str, now: str) -> tuple[JsonObject, list[str]] | None:
    """An account in use as it stands in an act, and the posts that it holds at a site today."""
    account = rows.account(session, username)
    if account is None or account.disabled or account.kind != "person":
        return None
    held = [role for role, sites in standing.posts_at(session, username, now).items() if site in sites]
    name: JsonObject = {"id": username, "name": account.name, "name_en": account.name_en or account.name}
    return name, sorted(held)


def unfit(session: Any, office: Office, desk: Desk, person: str, held: list[str]) -> Refusal | None:
    """What the step or the law asks of whoever gets the task, and the person does not have today."""
    post = next((role for role in desk.task["roles"] if role in held), None)
    found = needs_of(session, desk, [person], post, office.now()).get(person, ())
    unmet = needs.first_unmet(found)
    return needs.refusal(desk.book, unmet, desk.task["roles"]) if unmet else None


# ---------------------------------------------------------------- signed verbs
async def _signed(office: Office, actor: Actor, wish: Wish, about: JsonObject) -> dict[str, Any]:
    """Meaning and proof of a verb that quality signs; nothing for the others."""
    if not wish.is_signed:
        return {}
    if wish.proof is None or wish.proof.meaning != QUALITY_RULES:
        zh = "须由质量管理人员签名，含义为“质量裁决”（quality_rule）。"
        en = "Quality staff sign this; the meaning is 'quality_rule'."
        fault = Fault("/signature", "signature_missing", Text(zh, en))
        why = Refusal(422, "signature_missing", Text(zh, en), rule="signature", faults=(fault,))
        await refuse(office, actor, why, about)
    auth = await people.prove(office, actor, wish.proof, reauth=True, about=about)
    return {"meaning": QUALITY_RULES, "auth": auth}
