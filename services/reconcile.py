"""After a restore: database and process engine are compared case by case before anybody may act.

Database behind: its rows are rebuilt from the waves in the history, and postings that are missing are made again under
their own keys. Database ahead: the case goes on in a new run that is given its stored records. What cannot be verified,
or tells two stories, is quarantined, and what the engine does not know is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

from sqlmodel import Session
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from activities.catalogue import BOOKS, CATALOGUE, POSTS_BY_PAPER, POSTS_IN_PARTS
from activities.context import ActivityContext, BusinessError
from activities.project import require_our_seals
from domain.canonical import digest
from domain.clock import to_text
from domain.errors import GspError
from domain.ids import workflow_id
from domain.json_types import Json, JsonObject
from records import attachments, audit, cases, ledger, projection
from records.checkpoint import Checkpoints, compare
from services import seals, stored_cases
from services.bundle import attachments_in
from services.office import Office
from services.waves import RecordedWave, given_to, waves_of
from services.witnesses import checkpoint_file, histories_of
from workflows.converter import EXACT_CONVERTER

SAME, BEHIND, AHEAD, CONTRADICTS = "same", "behind", "ahead", "contradicts"
AtWork = Callable[[], AbstractAsyncContextManager[object]]
"""Inside of what it makes a worker is there; a case that is brought back needs one."""


@dataclass(frozen=True)
class Effect:
    """A completed posting of a history: what it was given, what it answered, when."""

    at: str
    name: str
    envelope: JsonObject
    output: JsonObject


@dataclass(frozen=True)
class Ahead:
    """A case whose database has more waves than its history, and the first of those."""

    case_id: str
    at_wave: int


@dataclass
class Reconciliation:
    """What was compared, put right, and is lost for good, each in one line of words."""

    cases: int = 0
    rebuilt: list[str] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is lost and no case is quarantined."""
        return not self.quarantined and not self.lost

    def as_json(self) -> JsonObject:
        """The lists, as they stand in the admin stream."""
        listed: dict[str, list[str]] = {
            "rebuilt": self.rebuilt,
            "posted": self.posted,
            "returned": self.returned,
            "quarantined": self.quarantined,
            "lost": self.lost,
        }
        shown: dict[str, Json] = {name: [*rows] for name, rows in listed.items()}
        return {"cases": self.cases, **shown}


async def reconcile(office: Office, context: ActivityContext, at_work: AtWork = nullcontext) -> Reconciliation:
    """Compare every case, put right what can be, and report in the admin stream. May be run again at any time.

    No worker may be needed before everything is compared: ``at_work`` starts one for the cases that are brought back.
    Raises ``EngineUnreachable`` when the process engine cannot be asked; nothing is unlocked then.
    """
    done, effects, ahead = Reconciliation(), list[Effect](), list[Ahead]()
    for case_id in await _every_case(office):
        effects += await _case(office, case_id, done, ahead)
    await _post(office, context, effects, done)
    await _bring_back(office, ahead, at_work, done)
    await office.db.writing(_streams, office, done)
    return done


async def repair(
    office: Office, context: ActivityContext, case_id: str, at_work: AtWork = nullcontext
) -> Reconciliation:
    """The same for one quarantined case: rebuilt from its history where nothing contradicts it."""
    done, ahead = Reconciliation(), list[Ahead]()
    await _post(office, context, await _case(office, case_id, done, ahead, anyway=True), done)
    await _bring_back(office, ahead, at_work, done)
    await office.db.writing(_note, "case_repaired", case_id, done.as_json(), office.now())
    return done


async def _every_case(office: Office) -> list[str]:
    known = set(await office.db.reading(cases.heads))
    async for run in office.gateway.client.list_workflows("WorkflowType = 'Case'"):
        known.add(run.id.removeprefix(workflow_id("")))
    return sorted(known)


async def _case(
    office: Office, case_id: str, done: Reconciliation, ahead: list[Ahead], *, anyway: bool = False
) -> list[Effect]:
    done.cases += 1
    histories = await histories_of(office.db, office.gateway, case_id)
    waves = await waves_of(histories)
    relation, at_wave = await office.db.reading(_compare, case_id, waves)
    if relation == AHEAD:
        ahead.append(Ahead(case_id, at_wave))
        return []
    if relation == CONTRADICTS:
        why = f"wave {at_wave} of the database is another than the process engine's"
        await office.db.writing(_quarantine, case_id, at_wave, why, done, office.now())
        return []
    if relation == BEHIND or anyway:
        pinned: Any = (await given_to(histories[0]))["pinned"] if histories else None
        await office.db.writing(_rebuild, office, case_id, pinned, waves, done, office.now())
    return await _effects(histories)


def _compare(session: Session, case_id: str, waves: Sequence[RecordedWave]) -> tuple[str, int]:
    """How the database stands to the history, and the first wave in which they differ."""
    stored = {row.no: row.sha256 for row in cases.waves(session, case_id)}
    made = {wave.no: wave.sha256 for wave in waves}
    for number in sorted(stored.keys() & made.keys()):
        if stored[number] != made[number]:
            return CONTRADICTS, number
    if stored.keys() - made.keys():
        return AHEAD, min(stored.keys() - made.keys())
    if made.keys() - stored.keys():
        return BEHIND, min(made.keys() - stored.keys())
    case = cases.case(session, case_id)
    if case is None and made:
        return BEHIND, 1
    return (SAME, 0) if case is None or case.head == waves[-1].body["head"] else (CONTRADICTS, case.wave)


def _rebuild(
    session: Session,
    office: Office,
    case_id: str,
    pinned: JsonObject | None,
    waves: Sequence[RecordedWave],
    done: Reconciliation,
    at: str,
) -> None:
    if pinned is not None:
        cases.keep_pinned(session, digest("pinned", pinned), pinned)
    try:
        with session.begin_nested():
            for wave in waves:
                require_our_seals(session, office.db, wave.body)
            last = projection.rebuild(session, case_id, [wave.body for wave in waves])
    except projection.QuarantineError as error:
        cases.note_failure(session, case_id, error.wave, "quarantined", str(error)[:2000], at)
        done.quarantined.append(f"{case_id}: {error.text.en}")
        return
    done.rebuilt.append(f"{case_id}: {len(waves)} waves, to record {last.seq if last else 0}")
    bodies: list[Any] = [wave.body for wave in waves]
    named = sorted({sha for body in bodies for record in body["records"] for sha in attachments_in(record["detail"])})
    for sha in sorted(set(named) - attachments.known(session, named)):
        done.lost.append(f"{case_id}: attachment {sha} is in the history, not in this installation")


def _quarantine(session: Session, case_id: str, at_wave: int, why: str, done: Reconciliation, at: str) -> None:
    cases.note_failure(session, case_id, at_wave, "quarantined", why, at)
    done.quarantined.append(f"{case_id}: {why}")
    for row in cases.records(session, case_id):
        if row.wave >= at_wave and row.act_sha is not None:
            done.lost.append(f"{case_id}: record {row.seq}, {row.action} {row.path} by {row.actor} at {row.at}")


# ------------------------------------------------------------------ bringing back


async def _bring_back(office: Office, ahead: Sequence[Ahead], at_work: AtWork, done: Reconciliation) -> None:
    """Each case goes on from its stored records, or is quarantined with the reason why it cannot.

    All runs that are behind have ended before a worker may touch one of them.
    """
    if not ahead:
        return
    doubted, started = await office.db.reading(stored_cases.doubted, office), list[tuple[Ahead, stored_cases.Return]]()
    for each in ahead:
        try:
            if each.case_id in doubted:
                raise GspError("doubted", "检查点所见与数据库不符。", "a checkpoint has seen other records of it")
            back = await stored_cases.returning(office, each.case_id)
        except GspError as fault:
            await _stays_away(office, each, fault.text.en, done)
            continue
        await office.gateway.bring_back(each.case_id, back.given, back.about, stored_cases.REASON)
        started.append((each, back))
    async with at_work() if started else nullcontext():
        for each, back in started:
            why = await stored_cases.arrival(office, back) or await _disagreement(office, each.case_id)
            if why is not None:
                await _stays_away(office, each, why, done)
                continue
            await office.db.writing(cases.forget_failure, each.case_id)
            done.returned.append(f"{each.case_id}: {back.case.seq} records, to head {back.case.head[:16]}")


async def _disagreement(office: Office, case_id: str) -> str | None:
    """What of the new run's history, its given records among it, the database does not tell alike."""
    waves = await waves_of(await histories_of(office.db, office.gateway, case_id))
    relation, at_wave = await office.db.reading(_compare, case_id, waves)
    return f"its new run differs from the database at wave {at_wave}" if relation in (AHEAD, CONTRADICTS) else None


async def _stays_away(office: Office, each: Ahead, why: str, done: Reconciliation) -> None:
    told = f"the database has wave {each.at_wave} and after, the process engine ends before, and {why}"
    await office.db.writing(_quarantine, each.case_id, each.at_wave, told, done, office.now())


# ------------------------------------------------------------------ postings


async def _effects(histories: Sequence[WorkflowHistory]) -> list[Effect]:
    """Every catalogue activity that completed, in order."""
    found: list[Effect] = []
    for history in histories:
        begun: dict[int, Any] = {}
        for event in history.events:
            if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                begun[event.event_id] = event.activity_task_scheduled_event_attributes
            elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                ended = event.activity_task_completed_event_attributes
                scheduled = begun[ended.scheduled_event_id]
                if scheduled.activity_type.name in CATALOGUE:
                    (envelope,) = await EXACT_CONVERTER.decode(scheduled.input.payloads)
                    (output,) = await EXACT_CONVERTER.decode(ended.result.payloads)
                    at = to_text(event.event_time.ToDatetime(UTC))
                    found.append(Effect(at, scheduled.activity_type.name, envelope, output))
    return found


async def _post(office: Office, context: ActivityContext, effects: list[Effect], done: Reconciliation) -> None:
    """Make missing postings again in the order in which they were made, each under its own key."""
    for effect in sorted(effects, key=lambda each: each.at):
        key = str(effect.envelope["effect_key"])
        if not _moved_stock(effect) or not await office.db.reading(_lacks, effect, key):
            continue
        try:
            answer = await office.db.run(CATALOGUE[effect.name][1], context, effect.envelope)
        except BusinessError as error:
            done.lost.append(f"{key}: {effect.name} was done, and is refused now: {error.message.en}")
            continue
        done.posted.append(f"{key}: {effect.name}")
        if answer != effect.output:
            done.lost.append(f"{key}: {effect.name} answers otherwise than it did")


def _moved_stock(effect: Effect) -> bool:
    """Whether the effect stands in the ledger: it names its posting, or is one that always has one and names its paper."""
    if effect.name.partition(".")[0] not in BOOKS:
        return False
    return bool({"posting", "undone"} & effect.output.keys()) or effect.name in POSTS_BY_PAPER | POSTS_IN_PARTS


def _lacks(session: Session, effect: Effect, key: str) -> bool:
    """Whether the ledger has less of an effect than it answered."""
    if effect.name in POSTS_IN_PARTS:
        return ledger.parts_of(session, key) < int(str(effect.output["posting_count"]))
    return ledger.posting_of(session, key) is None


# ------------------------------------------------------------------ streams


def _streams(session: Session, office: Office, done: Reconciliation) -> None:
    """What checkpoints saw of streams that no history can give back is lost; a new file of checkpoints begins then."""
    path = checkpoint_file(office.checkpoints)
    keys = seals.trusted(session, seals.keys_on_file(office.keys.folder))
    seen, _ = Checkpoints(path).read(keys)
    gone = [each for each in compare(session, seen) if each.found.kind == "cut"]
    for each in gone:
        done.lost.append(f"{each.where}: record {each.found.seq} and after, seen by a checkpoint")
    payload = done.as_json()
    if gone:
        kept = path.with_name(f"checkpoints-before-{office.now().replace(':', '')}.jsonl")
        path.rename(kept)
        payload = {**payload, "checkpoints": kept.name, "last": seen[-1].sha if seen else None}
    _note(session, "restored", "installation", payload, office.now())


def _note(session: Session, action: str, subject: str, payload: JsonObject, at: str) -> None:
    audit.append(session, audit.ADMIN, "system", action, subject, payload, at)


def unlock(note: Path, at: str) -> Path:
    """The restore is dealt with: its note is kept under another name."""
    kept = note.with_name(f"restored-{at.replace(':', '')}.json")
    note.rename(kept)
    return kept
