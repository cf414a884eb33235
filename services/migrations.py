"""Many running cases and another version: proposed by a process owner, signed by the quality director, done in the
background. First a few (the canary), then, when somebody says go on, the rest. The first case of which the outcome is
not the verdict stops everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from domain.canonical import digest
from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from records import audit
from records import migration_runs as rows
from records.case_tables import CaseRow
from records.definitions import DefinitionVersion
from records.migration_runs import MigrationCase, MigrationRun
from services import people
from services.acting import Intent, body_sha, sealed
from services.actor import Actor, Proof
from services.migration_cases import PROPOSER, SIGNER, ground, plan_of, planner, target_of
from services.office import Office
from services.refusals import forbidden, not_found, refuse
from workflows.engine.migration_act import ACTION, MEANING
from workflows.engine.migration_plan import Plan

CASES_MAX = 10_000
CANARY = 5
"""How many cases are changed first unless the proposal says otherwise."""
OPEN_STATES = ("proposed", "canary", "held", "running", "stopped")


@dataclass(frozen=True)
class Proposal:
    """What a process owner proposes. ``cases``: these only; none named means every running case of an older version."""

    definition: str
    version: str
    plan: Json = None
    reason: str = ""
    canary: int = CANARY
    cases: tuple[str, ...] = field(default=())


async def impact(office: Office, actor: Actor, name: str, number: str, plan: Json = None) -> JsonObject:
    """The verdict of every running case of an older version, before anything is published or proposed."""
    about: JsonObject = {"action": "preview_migration", "subject": f"{name}@{number}"}
    await planner(office, actor, about)
    wanted = await plan_of(office, actor, plan, about)
    target = await target_of(office, actor, name, number, about)
    listed = await office.db.reading(_verdicts, office, target, wanted, ())
    await people.note_reading(office, actor, f"definition/{name}@{number}", {"impact": len(listed)})
    items: list[Json] = [_shown(case, said) for case, said in listed]
    return {"definition": name, "version": number, "counts": _counted(listed), "items": items}


def _shown(case: CaseRow, said: JsonObject) -> JsonObject:
    return {
        "case": case.id,
        "business_key": case.business_key,
        "site": case.site,
        "version": case.version,
        "started_at": case.started_at,
        "state": kind_of(said),
        "verdict": said,
    }


def kind_of(said: Any) -> str:
    """A verdict in one word: ``can``, ``later`` (what speaks against it passes by itself) or ``cannot``."""
    return "can" if said["can"] else "later" if said["passes"] else "cannot"


def _counted(listed: list[tuple[CaseRow, JsonObject]]) -> JsonObject:
    counts: JsonObject = {"can": 0, "later": 0, "cannot": 0}
    for _, said in listed:
        counts[kind_of(said)] = int(str(counts[kind_of(said)])) + 1
    return counts


def _verdicts(
    session: Session, office: Office, target: DefinitionVersion, plan: Plan, only: tuple[str, ...]
) -> list[tuple[CaseRow, JsonObject]]:
    now, found = office.now(), list[tuple[CaseRow, JsonObject]]()
    for case in rows.running_cases(session, target.name, str(target.sha256))[:CASES_MAX]:
        if only and case.id not in only:
            continue
        made = ground(session, office, case.id, target, now)
        if made is not None:
            found.append((case, made.verdict(plan, now).as_json()))
    return found


# ---------------------------------------------------------------- proposing
async def propose(office: Office, actor: Actor, proposal: Proposal) -> JsonObject:
    """Put a change of running cases before the quality director, with a verdict for each."""
    name, number = proposal.definition, proposal.version
    about: JsonObject = {"action": "propose_migration", "subject": f"{name}@{number}"}
    if not actor.has(PROPOSER):
        zh, en = "迁移由流程负责人提出。", "A migration is proposed by a process owner."
        await refuse(office, actor, forbidden(zh, en, who_can=(PROPOSER,)), about)
    if not proposal.reason.strip():
        await refuse(office, actor, Refusal(422, "reason_missing", Text("请写明原因。", "Say why.")), about)
    plan = await plan_of(office, actor, proposal.plan, about)
    target = await target_of(office, actor, name, number, about)
    listed = await office.db.reading(_verdicts, office, target, plan, proposal.cases)
    if not any(kind_of(said) != "cannot" for _, said in listed):
        zh, en = "没有可以迁移的案例。", "There is no case that could change: nothing to do."
        await refuse(office, actor, Refusal(422, "nothing_to_do", Text(zh, en)), about)
    made = _run(office, actor, proposal, plan, target)
    await office.db.writing(
        _keep, made, [_case(made.id, place, *one) for place, one in enumerate(listed)], office.now()
    )
    return await one(office, actor, made.id)


def _run(office: Office, actor: Actor, proposal: Proposal, plan: Plan, target: DefinitionVersion) -> MigrationRun:
    return MigrationRun(
        id=office.new_id(),
        process=target.name,
        version=target.version,
        definition_sha=str(target.sha256),
        plan=plan.as_json(),
        reason=proposal.reason.strip(),
        canary=max(1, min(proposal.canary, CASES_MAX)),
        proposed_by=actor.id,
        proposed_at=office.now(),
    )


def _case(run: str, place: int, case: CaseRow, said: JsonObject) -> MigrationCase:
    return MigrationCase(
        run=run,
        case_id=case.id,
        company=case.company,
        site=case.site,
        mode=case.mode,
        place=place,
        from_version=case.version,
        from_sha=case.pinned_sha,
        state="cannot" if kind_of(said) == "cannot" else "waiting",
        verdict=said,
    )


def _keep(session: Session, made: MigrationRun, cases: list[MigrationCase], now: str) -> None:
    session.add(made)
    session.add_all(cases)
    note(session, made, made.proposed_by, "migration_proposed", now, {"plan": made.plan, "cases": len(cases)})


def note(session: Session, run: MigrationRun, who: str, action: str, now: str, more: JsonObject) -> None:
    """Every decision about a run is an event of the administration's stream."""
    payload: JsonObject = {"run": run.id, "version": run.version, **more}
    audit.append(session, audit.ADMIN, who, action, f"{run.process}@{run.version}", payload, now)


# ---------------------------------------------------------------- deciding
async def sign(office: Office, actor: Actor, key: str, proof: Proof | None) -> JsonObject:
    """The quality director's signature: the first cases are changed from now on."""
    about: JsonObject = {"action": "sign_migration", "subject": key}
    run = await _stored(office, actor, key, about)
    if not actor.has(SIGNER):
        zh, en = "迁移由质量负责人签名。", "A migration is signed by the quality director."
        await refuse(office, actor, forbidden(zh, en, who_can=(SIGNER,), rule="role"), about)
    if run.proposed_by == actor.id:
        text = Text("提出人不能自己签名。", "Whoever proposed it does not sign it.")
        await refuse(office, actor, Refusal(403, "four_eyes", text, rule="four_eyes", who_can=(SIGNER,)), about)
    if proof is None or proof.meaning != MEANING:
        text = Text("迁移须签名，含义为“批准”（approve）。", "A migration is signed; the meaning is 'approve'.")
        await refuse(office, actor, Refusal(422, "signature_missing", text, rule="signature"), about)
    auth = await people.prove(office, actor, proof, reauth=True, about=about)
    act = sealed(office, actor, office.new_id(), _intent(run, auth, proof.reason))
    await _turn(office, actor, key, ("proposed",), "canary", about, signed=(act.as_json(), office.now()))
    return await one(office, actor, key)


def _intent(run: MigrationRun, auth: JsonObject, reason: str | None) -> Intent:
    plan_sha = digest("plan", run.plan)
    return Intent(
        case_id="",
        site="",
        mode="live",
        path=f"migration/{run.id}",
        seat=SIGNER,
        action=ACTION,
        pinned_sha=run.definition_sha,
        body_sha=body_sha(ACTION, run.id, run.process, run.version, plan_sha),
        outcome="approved",
        meaning=MEANING,
        reason=reason,
        role=SIGNER,
        auth=auth,
    )


async def go_on(office: Office, actor: Actor, key: str) -> JsonObject:
    """The first cases came out as they should: now the rest. Also after a stop, once the cause is dealt with."""
    about: JsonObject = {"action": "continue_migration", "subject": key}
    await _decider(office, actor, about)
    await _turn(office, actor, key, ("held", "stopped"), "running", about)
    return await one(office, actor, key)


async def stop(office: Office, actor: Actor, key: str, reason: str) -> JsonObject:
    """No further case is changed; a proposal that nobody has signed is withdrawn."""
    about: JsonObject = {"action": "stop_migration", "subject": key, "reason": reason}
    await _decider(office, actor, about)
    run = await _stored(office, actor, key, about)
    to = "withdrawn" if run.state == "proposed" else "stopped"
    why: JsonObject = {"by": actor.id, "reason": reason, "at": office.now()}
    await _turn(office, actor, key, ("proposed", "canary", "held", "running"), to, about, stopped=why)
    return await one(office, actor, key)


async def _decider(office: Office, actor: Actor, about: JsonObject) -> None:
    if not (actor.has(PROPOSER) or actor.has(SIGNER)):
        zh, en = "这由流程负责人或质量负责人决定。", "The process owner or the quality director decides this."
        await refuse(office, actor, forbidden(zh, en, who_can=(PROPOSER, SIGNER)), about)


async def _stored(office: Office, actor: Actor, key: str, about: JsonObject) -> MigrationRun:
    run = await office.db.reading(rows.run, key)
    if run is None:
        await refuse(office, actor, not_found("没有这个迁移。", "There is no such migration."), about)
    return run


async def _turn(
    office: Office,
    actor: Actor,
    key: str,
    was: tuple[str, ...],
    to: str,
    about: JsonObject,
    *,
    signed: tuple[JsonObject, str] | None = None,
    stopped: JsonObject | None = None,
) -> None:
    done = await office.db.writing(moved, actor.id, key, was, to, signed, stopped, office.now())
    if not done:
        run = await _stored(office, actor, key, about)
        text = Text(f"这个迁移的状态是 {run.state}。", f"This migration is {run.state}.")
        await refuse(office, actor, Refusal(409, "wrong_state", text, done_by=run.signed_by), about)


def moved(
    session: Session,
    who: str,
    key: str,
    was: tuple[str, ...],
    to: str,
    signed: tuple[JsonObject, str] | None,
    stopped: JsonObject | None,
    now: str,
) -> bool:
    run = rows.run(session, key, lock=True)
    if run is None or run.state not in was:
        return False
    run.state, run.stopped = to, stopped
    if signed is not None:
        run.act, run.signed_at = signed
        run.signed_by = who
    if to == "withdrawn":
        run.finished_at = now
    session.add(run)
    note(session, run, who, f"migration_{to}", now, {} if stopped is None else {"stopped": stopped})
    return True


# ---------------------------------------------------------------- looking
async def listing(office: Office, actor: Actor, name: str | None = None) -> list[JsonObject]:
    """The migrations of one SOP or of all, the last first, each with its counts."""
    await planner(office, actor, {"action": "list_migrations", "subject": name})
    found = await office.db.reading(rows.runs, name)
    return [await office.db.reading(_view, run) for run in found]


async def one(office: Office, actor: Actor, key: str) -> JsonObject:
    """A migration with the verdict and the outcome of each case."""
    about: JsonObject = {"action": "open_migration", "subject": key}
    await planner(office, actor, about)
    run = await _stored(office, actor, key, about)
    view = await office.db.reading(_view, run)
    found = await office.db.reading(rows.cases_of, key)
    items: list[Json] = [_case_view(row) for row in found]
    return {**view, "items": items}


def _view(session: Session, run: MigrationRun) -> JsonObject:
    counts: JsonObject = {**rows.counts(session, run.id)}
    return {
        "id": run.id,
        "definition": run.process,
        "version": run.version,
        "plan": run.plan,
        "reason": run.reason,
        "canary": run.canary,
        "state": run.state,
        "proposed_by": run.proposed_by,
        "proposed_at": run.proposed_at,
        "signed_by": run.signed_by,
        "signed_at": run.signed_at,
        "stopped": run.stopped,
        "finished_at": run.finished_at,
        "counts": counts,
    }


def _case_view(row: MigrationCase) -> JsonObject:
    return {
        "case": row.case_id,
        "site": row.site,
        "from": row.from_version,
        "state": row.state,
        "verdict": row.verdict,
        "surprise": row.surprise,
        "seq": row.seq,
        "at": row.at,
    }
