"""The work of a signed migration, case by case: a fresh verdict, the act, and whether the outcome is the verdict."""

from __future__ import annotations

from typing import Any

from domain.errors import RefusedError
from domain.json_types import Json, JsonObject
from records import cases, definitions
from records import migration_runs as rows
from records.definitions import DefinitionVersion
from records.migration_runs import MigrationCase, MigrationRun
from services import people
from services.actor import Actor, Proof
from services.gateway import EngineUnreachable
from services.migration_cases import Ground, Order, ground, migrate, outcome
from services.migrations import kind_of, moved
from services.office import Office
from workflows.engine.migration_act import MEANING
from workflows.engine.migration_plan import Plan

TRIES_MAX = 40
"""How often a case that is busy is looked at again before it counts as one that cannot change."""
BATCH = 20
"""Cases of one run in one turn, so that several runs share the time."""
SYSTEM = "system"
_MOVED_ON = ("not_now", "other_rules", "act_expired", "cannot_migrate", "case_closed")
"""Refusals that say that the case went on between verdict and act: it gets a new verdict."""


async def turn(office: Office) -> int:
    """One batch of every run that is at work; how many cases were looked at."""
    looked = 0
    for run in await office.db.reading(rows.working):
        looked += await _batch(office, run)
    return looked


async def _batch(office: Office, run: MigrationRun) -> int:
    director = await people.actor_named(office, str(run.signed_by))
    target = await office.db.reading(definitions.version, run.process, run.version)
    if director is None or target is None:
        await _stop(office, run, {"what": "signer_gone", "by": SYSTEM, "at": office.now()})
        return 0
    limit = BATCH if run.state == "running" else min(BATCH, await office.db.reading(_canaries_left, run))
    waiting = await office.db.reading(rows.next_cases, run.id, max(0, limit))
    for row in waiting:
        if not await _one(office, run, row, director, target):
            return len(waiting)
    await office.db.writing(_finished, run.id, office.now())
    return len(waiting)


def _canaries_left(session: Any, run: MigrationRun) -> int:
    counted = rows.counts(session, run.id)
    return run.canary - sum(counted.get(state, 0) for state in ("migrated", "surprise", "closed", "undone"))


def _finished(session: Any, key: str, now: str) -> None:
    """After the first cases the run is held until somebody says go on; with none left it is done."""
    run = rows.run(session, key, lock=True)
    if run is None or run.state not in ("canary", "running"):
        return
    left = rows.counts(session, key).get("waiting", 0)
    to = "done" if not left else "held" if run.state == "canary" and _canaries_left(session, run) <= 0 else None
    if to is not None:
        moved(session, SYSTEM, key, (run.state,), to, None, None, now)
        run.finished_at = now if to == "done" else None
        session.add(run)


async def _stop(office: Office, run: MigrationRun, why: JsonObject) -> None:
    was = ("canary", "running")
    await office.db.writing(moved, SYSTEM, run.id, was, "stopped", None, why, office.now())


async def _one(
    office: Office, run: MigrationRun, row: MigrationCase, director: Actor, target: DefinitionVersion
) -> bool:
    """Change one case; ``False`` when the run has to stop."""
    stored = await office.db.reading(rows.run, run.id)
    if stored is None or stored.state not in ("canary", "running"):
        return False
    found = await office.db.reading(ground, office, row.case_id, target, office.now())
    if found is None or found.state.state != "running":
        await _settle(office, row, state="closed")
        return True
    if found.case.definition_sha == run.definition_sha:
        return await _there(office, run, row, found)
    said = found.verdict(Plan.from_json(run.plan), office.now()).as_json()
    if kind_of(said) != "can":
        is_over = kind_of(said) == "cannot" or row.tries + 1 >= TRIES_MAX
        await _settle(office, row, state="cannot" if is_over else "waiting", verdict=said, tries=row.tries + 1)
        return True
    return await _act(office, run, row, director)


async def _act(office: Office, run: MigrationRun, row: MigrationCase, director: Actor) -> bool:
    envelope: Any = (run.act or {})["envelope"]
    proof = Proof(MEANING, auth=envelope["auth"], reason=run.reason)
    try:
        order = Order(row.case_id, run.version, run.plan, run.reason)
        answer: Any = await migrate(office, director, order, proof, run=run.id)
    except EngineUnreachable:
        await _settle(office, row, tries=row.tries + 1)
        return True
    except RefusedError as error:
        if error.refusal.code in _MOVED_ON and row.tries < TRIES_MAX:
            await _settle(office, row, tries=row.tries + 1)
            return True
        told: JsonObject = {"what": "refused", "code": error.refusal.code, "message": error.refusal.message.as_json()}
        return await _came_out(office, run, row, [told], {})
    if answer["recorded"]:  # its wave is late: the next turn finds the case on the new version
        await _settle(office, row, verdict=answer["verdict"], tries=row.tries + 1)
        return True
    differs = await outcome(office, row.case_id, answer["verdict"]["after"], answer["seq"])
    more = {"verdict": answer["verdict"], "last_seq": answer["seq"]}
    return await _came_out(office, run, row, differs, more)


async def _there(office: Office, run: MigrationRun, row: MigrationCase, found: Ground) -> bool:
    """The case is on the version already: by an act of this run of which the answer came late, or by somebody else's."""
    stored = await office.db.reading(cases.records, row.case_id)
    mine = [one for one in stored if one.action == "migrated"]
    if not mine:
        await _settle(office, row, state="closed")
        return True
    verdict: Any = row.verdict
    last = next((one.seq for one in stored if one.seq > mine[-1].seq and one.act_sha), found.state.seq + 1) - 1
    differs = await outcome(office, row.case_id, verdict["after"], last) if verdict.get("after") else []
    return await _came_out(office, run, row, differs, {"last_seq": last})


async def _came_out(
    office: Office, run: MigrationRun, row: MigrationCase, differs: list[JsonObject], more: dict[str, Any]
) -> bool:
    """Write down how it came out; the first case that did not come out as its verdict said stops the run."""
    seq = await office.db.reading(_seq_of, row.case_id)
    surprise: list[Json] | None = [*differs] or None
    await _settle(office, row, state="surprise" if differs else "migrated", surprise=surprise, seq=seq, **more)
    if differs:
        why: JsonObject = {"what": "surprise", "case": row.case_id, "by": SYSTEM, "at": office.now()}
        await _stop(office, run, {**why, "differs": surprise})
    return not differs


def _seq_of(session: Any, case_id: str) -> int | None:
    found = [one.seq for one in cases.records(session, case_id) if one.action == "migrated"]
    return found[-1] if found else None


async def _settle(office: Office, row: MigrationCase, **told: Any) -> None:
    await office.db.writing(rows.settle, row.run, row.case_id, at=office.now(), **told)
