"""One running case and another version of its SOP: the verdict, and the signed change itself.

``quality_director`` signs. A plan, which decides where people's open work goes, comes from a process owner: whoever
signs has not written it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from domain.errors import GspError, Refusal, Text
from domain.json_types import Json, JsonObject
from records import cases, definitions, inbox, migration_runs
from records.case_tables import CaseRow
from records.definitions import DefinitionVersion
from services import people, pinning
from services.acting import Done, Intent, act_id_of, body_sha, repeated, send
from services.actor import Actor, Proof
from services.history import as_record
from services.office import Office
from services.refusals import forbidden, not_found, refuse
from workflows.engine.appliers import fold
from workflows.engine.migrate import Verdict, verdict
from workflows.engine.migration_act import ACTION, MEANING, SIGNER, Wish, refusal_of
from workflows.engine.migration_plan import Plan
from workflows.engine.migration_view import surprises
from workflows.engine.state import CaseState
from workflows.language.model import Model

PROPOSER = "process_owner"
PLANNERS = (PROPOSER, SIGNER, "quality_staff")
"""Who may look at what a change would do."""
_PUBLISHED = ("effective", "superseded")


@dataclass(frozen=True)
class Ground:
    """A case as it stands, and the rules of the version that it would change to."""

    case: CaseRow
    state: CaseState
    old: Model
    new: Model
    pinned: JsonObject

    def verdict(self, plan: Plan, now: str) -> Verdict:
        """What would become of the case."""
        return verdict(self.old, self.new, self.state, plan, max(now, self.state.at))


def ground(session: Session, office: Office, case_id: str, target: DefinitionVersion, now: str) -> Ground | None:
    """The case folded from its records, and the target pinned for its site; ``None`` for no such case."""
    case = cases.case(session, case_id)
    if case is None:
        return None
    state = fold([as_record(row) for row in cases.records(session, case_id)])
    pinned, sha = pinning.pin_version(session, office, target, case.site, now)
    new = office.keep_model(sha, pinned)
    return Ground(case, state, office.model(session, state.pinned_sha), new, pinned)


async def plan_of(office: Office, actor: Actor, raw: Json, about: JsonObject) -> Plan:
    """The plan as sent; refuses one that cannot be read."""
    try:
        return Plan.from_json(raw)
    except GspError as error:
        await refuse(office, actor, Refusal(422, error.code, error.text), about)


async def target_of(office: Office, actor: Actor, name: str, number: str, about: JsonObject) -> DefinitionVersion:
    """A version with nothing wrong in its text."""
    found = await office.db.reading(definitions.version, name, number)
    if found is None:
        await refuse(office, actor, not_found(f"没有 {name} {number}。", f"There is no {name} {number}."), about)
    if not found.checked:
        text = Text(f"{name} {number} 还有错误。", f"{name} {number} has errors still.")
        await refuse(office, actor, Refusal(409, "has_errors", text), about)
    return found


async def planner(office: Office, actor: Actor, about: JsonObject) -> None:
    """Refuse who has nothing to do with changes of SOPs."""
    if not any(actor.has(role) for role in PLANNERS):
        zh, en = "这须由流程负责人或质量管理人员来看。", "This is for process owners and quality staff."
        await refuse(office, actor, forbidden(zh, en, who_can=PLANNERS), about)


async def preview(office: Office, actor: Actor, case_id: str, number: str, plan: Json) -> JsonObject:
    """What the change would do to one case; nothing happens. Any version without errors will do, drafts too."""
    about: JsonObject = {"action": "preview_migration", "case": case_id, "subject": number}
    await planner(office, actor, about)
    wanted = await plan_of(office, actor, plan, about)
    found = await _found(office, actor, case_id, number, about)
    await people.note_reading(office, actor, f"case/{case_id}", {"migration_to": number})
    return {"case": case_id, **found.verdict(wanted, office.now()).as_json()}


async def _found(office: Office, actor: Actor, case_id: str, number: str, about: JsonObject) -> Ground:
    case = await office.db.reading(cases.case, case_id)
    if case is None:
        await refuse(office, actor, not_found("没有这个案例。", "There is no such case."), about)
    about["site"] = case.site
    target = await target_of(office, actor, case.process, number, about)
    made = await office.db.reading(ground, office, case_id, target, office.now())
    assert made is not None, "it was there a moment ago"
    return made


@dataclass(frozen=True)
class Order:
    """A wish to change one case: to which version, by which plan, on which act id."""

    case_id: str
    version: str
    plan: Json = None
    reason: str | None = None
    undo: int | None = None


async def migrate(
    office: Office, actor: Actor, order: Order, proof: Proof | None, act_id: str | None = None, run: str | None = None
) -> JsonObject:
    """Change one case, signed by the quality director; the verdict that came true stands in the answer.

    ``run``: the signed run to which it belongs; outside one, a plan must have been proposed by a process owner.
    """
    about: JsonObject = {"action": ACTION, "case": order.case_id, "subject": order.version, "run": run}
    plan = await plan_of(office, actor, order.plan, about)
    await _signer(office, actor, proof, about)
    known = await act_id_of(office, actor, act_id, about)
    sha = body_sha(ACTION, order.case_id, order.version, plan.as_json(), order.undo)
    done = await repeated(office, actor, known, sha, about)
    found = await _found(office, actor, order.case_id, order.version, about)
    if done is not None:
        return _answer(order, done, None)
    await _published(office, actor, found, order, about)
    if run is None:
        await _proposed(office, actor, found, plan, about)
    said = found.verdict(plan, office.now())
    why = refusal_of(said)
    if why is not None:
        await refuse(office, actor, why, about)
    assert proof is not None, "the signer was asked for it"
    auth = await people.prove(office, actor, proof, reauth=True, about=about)
    await office.db.writing(cases.keep_pinned, found.new.pinned_sha, found.pinned)
    intent = _intent(found, order, plan, sha, auth, about, proof.reason or order.reason)
    done = await send(
        office, actor, known, intent, lambda act: office.gateway.migrate(intent.case_id, act, found.pinned)
    )
    await _drop_drafts(office, order.case_id)
    return _answer(order, done, said)


def _answer(order: Order, done: Done, said: Verdict | None) -> JsonObject:
    body: JsonObject = {"case": order.case_id, "version": order.version, "recorded": done.answer is None}
    if done.answer is not None:
        body["seq"] = done.answer["seq"]
    return body if said is None else {**body, "verdict": said.as_json()}


def _intent(
    found: Ground, order: Order, plan: Plan, sha: str, auth: JsonObject, about: JsonObject, reason: str | None
) -> Intent:
    wish = Wish(found.new.version, found.new.pinned_sha, plan, order.undo)
    return Intent(
        case_id=order.case_id,
        site=found.case.site,
        mode=found.case.mode,
        path="",
        seat="",
        action=ACTION,
        pinned_sha=found.old.pinned_sha,
        body_sha=sha,
        values=wish.as_json(),
        meaning=MEANING,
        reason=reason,
        role=SIGNER,
        auth=auth,
        about=about,
    )


async def _signer(office: Office, actor: Actor, proof: Proof | None, about: JsonObject) -> None:
    if not actor.has(SIGNER):
        zh, en = "迁移案例须由质量负责人签名。", "Changing running cases is signed by the quality director."
        await refuse(office, actor, forbidden(zh, en, who_can=(SIGNER,), rule="role"), about)
    if proof is None or proof.meaning != MEANING:
        text = Text("迁移须签名，含义为“批准”（approve）。", "A migration is signed; the meaning is 'approve'.")
        await refuse(office, actor, Refusal(422, "signature_missing", text, rule="signature"), about)


async def _published(office: Office, actor: Actor, found: Ground, order: Order, about: JsonObject) -> None:
    stored = await office.db.reading(definitions.version, found.case.process, order.version)
    if stored is not None and stored.state in _PUBLISHED:
        return
    state = stored.state if stored else "—"
    text = Text(
        f"{order.version} 的状态是 {state}；案例只能迁到已发布的版本。",
        f"{order.version} is {state}; cases change to published versions only.",
    )
    await refuse(office, actor, Refusal(409, "version_not_effective", text), about)


async def _proposed(office: Office, actor: Actor, found: Ground, plan: Plan, about: JsonObject) -> None:
    """A plan that nobody else has proposed is not signed."""
    wanted = plan.as_json()
    if not wanted:
        return
    runs = await office.db.reading(migration_runs.runs, found.case.process)
    version = found.new.version
    if any(one.plan == wanted and one.version == version and one.proposed_by != actor.id for one in runs):
        return
    text = Text(
        "方案须先由流程负责人提出，签名人不能自己写方案。",
        "A plan is proposed by a process owner first; whoever signs does not write it.",
    )
    await refuse(office, actor, Refusal(403, "plan_not_proposed", text, rule="four_eyes", who_can=(PROPOSER,)), about)


async def _drop_drafts(office: Office, case_id: str) -> None:
    """What was typed and not signed under the old rules is not carried into signed work under the new ones."""
    for task in await office.db.reading(inbox.tasks_of, case_id):
        if task["sign"] or task["state"] != "open":
            await office.db.run(office.drafts.delete, task["id"])


async def outcome(office: Office, case_id: str, expected: Any, seq: int) -> list[JsonObject]:
    """Where the case, as it was right after the change, differs from its verdict."""
    return await office.db.reading(_outcome, office, case_id, expected, seq)


def _outcome(session: Session, office: Office, case_id: str, expected: Any, seq: int) -> list[JsonObject]:
    state = fold([as_record(row) for row in cases.records(session, case_id)[:seq]])
    return surprises(expected, state, office.model(session, state.pinned_sha))
