"""The one Temporal workflow: a thin shell around the pure engine.

Every act is an Update with a validator; the handler makes one synchronous engine step and waits until its wave is in
the database. History comes first: the projection is a normal activity, never a local one.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import lru_cache
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError

from domain.acts import Act
from domain.canonical import dumps, loads
from domain.clock import from_text, to_text
from domain.errors import Refusal, Text
from domain.ids import workflow_id
from domain.json_types import JsonObject
from workflows import ports
from workflows.engine.case import Outcome, advance, begin, brought_back, continued, pending_calls
from workflows.engine.check import check
from workflows.engine.events import (
    ENGINE_REV,
    Acted,
    CallEffect,
    CallFailed,
    CallRefused,
    CallReturned,
    Event,
    Fired,
    Started,
)
from workflows.engine.migration_act import check_migration, migrated
from workflows.engine.restored import Stored, StoredFault, state_from
from workflows.engine.rulebook import Rulebook
from workflows.engine.start import start_fault
from workflows.engine.state import CaseState
from workflows.engine.turn import Entry
from workflows.engine.waits import next_alarm
from workflows.engine.wave import Wave, pack
from workflows.language.model import Model, load_model
from workflows.refusing import REFUSED, refused

WORKFLOW = "Case"
UPDATE_ACT = "act"
UPDATE_MIGRATE = "migrate"
PROJECT_AGAIN = timedelta(minutes=1)
"""After the projection gave a wave up for good (it should not), the case asks again this much later; it never fails."""
GSP_STATE = SearchAttributeKey.for_keyword("GspState")
GSP_VERSION = SearchAttributeKey.for_keyword("GspVersion")


@lru_cache(maxsize=256)
def _model_of(pinned: str) -> Model:
    """Cases of one definition version share its model. Keyed by the pinned text itself, never by a claimed hash."""
    return load_model(loads(pinned))


@workflow.defn(name=WORKFLOW)
class CaseWorkflow:
    """One case, from its start to its end, over any number of continued runs.

    Signatures say ``dict[str, Any]`` because the SDK evaluates them; the values are JSON objects.
    """

    @workflow.init
    def __init__(self, given: dict[str, Any]) -> None:
        """State is built before any Update can arrive.

        ``given``: ``pinned`` and either ``started`` (a new case) or ``state``, ``wave`` (a continued one) or ``records``,
        ``waves``, ``act``, ``wave`` (one brought back after a restore, see ``workflows.engine.restored``, or, with
        ``after_run``, called back after its end);
        ``engine_rev``: whose results this run gives, fixed in the input so that a newer worker replays it alike;
        ``continue_after``: history length at which to continue as new, 0 for the server's suggestion.

        Raises ``ApplicationError``, which ends the workflow at once, for a start or a record that is not authentic.
        """
        body: Any = given
        rev = _known_rev(body)
        self.pinned: JsonObject = body["pinned"]
        self.model = _model_of(dumps(self.pinned))
        self.continue_after = int(body.get("continue_after") or 0)
        self.entries: list[Entry] = []
        self.answers: list[JsonObject] = []
        self.effects: list[CallEffect] = []
        self.calls: dict[str, asyncio.Task[None]] = {}
        self.alarm: tuple[Fired, asyncio.Task[None]] | None = None
        self.taken = self.projected = 0
        self.fault: Exception | None = None
        self.validated: Acted | None = None
        self.moving = False
        """The rules have changed in this run; the next one begins with the new ones."""
        self.wave = int(body.get("wave") or 0)
        self.returned = "records" in body
        if self.returned:
            self._bring_back(body, rev)
            if "after_run" in body:
                self._must_be_called(body)
        elif "state" in body:
            _must_be_continued()
            self.state = CaseState.from_json(body["state"])
            self.effects = pending_calls(self.state)
            if self.state.engine_rev != rev:
                self._take(continued(self.model, self.state, rev, self._now()))
        else:
            self.state, outcome = begin(self.model, _started(self.model, body["started"], rev), self._now())
            self._take(outcome)
        self.inherited = self.wave

    @workflow.run
    async def run(self, given: dict[str, Any]) -> dict[str, Any]:
        """Drive the case until it has ended; then say how. Temporal's own cancel is not a way to end a case."""
        driver = asyncio.create_task(self._drive())
        while not driver.done():
            try:
                await asyncio.shield(driver)
            except asyncio.CancelledError:
                workflow.logger.warning("a cancel request from outside was ignored: cases end by their own steps")
        if self.state.state == "running":
            workflow.continue_as_new(self._carried())
        workflow.upsert_search_attributes([GSP_STATE.value_set(self.state.state)])
        return {"case": self.state.case_id, "state": self.state.state, "seq": self.state.seq, "head": self.state.head}

    @workflow.update(name=UPDATE_ACT)
    async def act(self, given: dict[str, Any]) -> dict[str, Any]:
        """Do one act and answer when its wave is in the database."""
        event, was = self._checked(given), self.state.state
        outcome = advance(self.model, self.state, event, self._now())
        if was != "running" and self.state.state == "running":
            workflow.upsert_search_attributes([GSP_STATE.value_set(self.state.state)])
        mark = self._take(outcome)
        await workflow.wait_condition(lambda: self.projected >= mark)
        assert outcome.answer is not None, "an act always has an answer"
        return outcome.answer

    @act.validator
    def check_act(self, given: dict[str, Any]) -> None:
        """Refuse before anything is written to history."""
        self.validated = None
        event, info = self._checked(given), workflow.current_update_info()
        if info is not None and info.id != event.act.update_id:
            raise _foreign_act()
        self.validated = event

    @workflow.update(name=UPDATE_MIGRATE)
    async def migrate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Change to other rules; from the next record on they hold, and a new run begins with them soon."""
        event, new = self._checked_migration(given)
        outcome = migrated(self.model, new, self.state, event, self._now())
        self.pinned, self.model, self.moving = given["pinned"], new, True
        workflow.upsert_search_attributes([GSP_VERSION.value_set(new.version)])
        mark = self._take(outcome)
        await workflow.wait_condition(lambda: self.projected >= mark)
        assert outcome.answer is not None, "an act always has an answer"
        return outcome.answer

    @migrate.validator
    def check_migration(self, given: dict[str, Any]) -> None:
        """Refuse before anything is written to history."""
        event, _ = self._checked_migration(given)
        info = workflow.current_update_info()
        if info is not None and info.id != event.act.update_id:
            raise _foreign_act()

    @workflow.query(name="state")
    def current(self) -> dict[str, Any]:
        """The engine's state, for replay and rebuilding: never for pages."""
        return {"state": self.state.to_json(), "wave": self.wave}

    async def _drive(self) -> None:
        """Project waves, run calls and wait for the next alarm until this run may end."""
        while not self._may_leave():
            self._set_alarm()
            if self.entries:
                await self._project()
            elif self.effects:
                self._start_calls()
            else:
                await workflow.wait_condition(self._has_work)
            if self.fault is not None:
                raise self.fault

    def _set_alarm(self) -> None:
        """One timer, for the earliest alarm; set anew only when that is another one."""
        coming = next_alarm(self.state)
        if self.alarm is not None and self.alarm[0] != coming:
            self.alarm[1].cancel()
            self.alarm = None
        if self.alarm is None and coming is not None:
            self.alarm = (coming, asyncio.create_task(self._ring(coming)))

    async def _ring(self, alarm: Fired) -> None:
        left = from_text(alarm.at) - workflow.now()
        if left > timedelta(0):
            await workflow.sleep(left)
        self.alarm = None
        try:
            self._take(advance(self.model, self.state, alarm, self._now()))
        except Exception as error:  # as with a call: the workflow task must fail, not the alarm alone
            self.fault = error

    def _checked(self, given: Any) -> Acted:
        """The act, when it may be done now; raises the refusal.

        Validator and handler run one after the other without a pause, on the same bytes and state: the second takes the
        first's word. A replay runs no validator, so there the handler checks, the seal first of all.
        """
        info, validated, self.validated = workflow.current_update_info(), self.validated, None
        if info is not None and validated is not None and validated.act.update_id == info.id:
            return validated
        event = _acted(given)
        refusal = check(self.model, self.state, event, self._now())
        if refusal is not None:
            raise refused(refusal)
        return event

    def _checked_migration(self, given: Any) -> tuple[Acted, Model]:
        """The act of a migration and the rules it asks for; raises the refusal."""
        event = _acted(given)
        new = _rules(given)
        refusal = check_migration(self.model, new, self.state, event, self._now())
        if refusal is not None:
            raise refused(refusal)
        return event, new

    def _bring_back(self, body: Any, rev: int) -> None:
        """Go on from stored records; a case that had ended gets no record more."""
        earlier = [_model_of(dumps(one)) for one in body.get("earlier", ())]
        self.state, stored = _stored(Rulebook([*earlier, self.model]), body)
        self.wave = int(stored.waves[-1]["no"])
        self.effects = pending_calls(self.state)
        if self.state.state == "running":
            self._take(brought_back(self.model, self.state, stored.act, rev, self._now()))

    def _must_be_called(self, body: Any) -> None:
        """A case is called back after its end only, and on a statement that is not older than its caller's lease."""
        late = str(body["act"]["envelope"]["expires_at"]) < self._now()
        if late or self.state.state == "running":
            why = "too late" if late else "it is running"
            raise ApplicationError(f"the case is not called back: {why}", type=REFUSED, non_retryable=True)

    def _now(self) -> str:
        return to_text(workflow.now())

    def _take(self, outcome: Outcome) -> int:
        """Queue what an engine step made; returns the mark at which it is projected."""
        self.entries.extend(outcome.entries)
        self.effects.extend(outcome.effects)
        if outcome.answer is not None:
            self.answers.append(outcome.answer)
        self.taken += 1
        return self.taken

    async def _project(self) -> None:
        entries, answers, effects, mark = self.entries, self.answers, self.effects, self.taken
        self.entries, self.answers, self.effects = [], [], []
        for wave in pack(entries, answers, self.wave + 1):
            await self._write(wave)
            self.wave = wave.no
        self.projected = mark
        self.effects = effects + self.effects
        self._start_calls(len(effects))

    async def _write(self, wave: Wave) -> None:
        """One wave into the database. Attempts go on for ever inside Temporal; a final failure is no end either."""
        while True:
            try:
                return await ports.project_wave(wave)
            except ActivityError as error:
                workflow.logger.error("wave %s was given up: %s; asking again later", wave.no, error.cause)
                await workflow.sleep(PROJECT_AGAIN)

    def _start_calls(self, count: int | None = None) -> None:
        """Effects run only after the wave that recorded them."""
        ready = self.effects if count is None else self.effects[:count]
        self.effects = [] if count is None else self.effects[count:]
        for effect in ready:
            self.calls[effect.path] = asyncio.create_task(self._call(effect))

    async def _call(self, effect: CallEffect) -> None:
        try:
            event = await self._called(effect)
            self._take(advance(self.model, self.state, event, self._now()))
        except Exception as error:  # a fault of ours: the workflow task must fail and be tried again, not hang
            self.fault = error
        finally:
            self.calls.pop(effect.path, None)

    async def _called(self, effect: CallEffect) -> Event:
        state = self.state
        about: JsonObject = {
            "case_id": state.case_id,
            "company": state.company,
            "site": state.site,
            "mode": state.mode,
            "at": self._now(),
            "parameters": self.model.parameters,
        }
        try:
            output = await ports.call(effect, about)
        except ActivityError as error:
            return _failure(self.model, effect, error)
        return CallReturned(effect.path, effect.effect_key, output or {})

    def _has_work(self) -> bool:
        rung = self.alarm is not None and self.alarm[1].done()
        return bool(self.entries or self.effects or self.fault or rung) or self._may_leave()

    def _may_leave(self) -> bool:
        """Everything is projected and answered, and the case has ended or its history has grown long."""
        if self.entries or self.effects or self.calls or self.fault or not workflow.all_handlers_finished():
            return False
        return self.state.state != "running" or self._is_long()

    def _is_long(self) -> bool:
        """Whether to continue as new; never before this run has done something, or it would only turn in a circle.

        A case that was brought back goes on soon without the records: no worker has to verify them ever again.
        """
        info = workflow.info()
        if self.wave == self.inherited:
            return False
        if self.returned or self.moving:
            return True
        if self.continue_after:
            return info.get_current_history_length() >= self.continue_after
        return info.is_continue_as_new_suggested()

    def _carried(self) -> JsonObject:
        return {
            "engine_rev": ENGINE_REV,
            "pinned": self.pinned,
            "state": self.state.to_json(),
            "wave": self.wave,
            "continue_after": self.continue_after,
        }


def _known_rev(body: Any) -> int:
    rev = int(body.get("engine_rev") or 1)
    if rev > ENGINE_REV:  # no failure of the case: its task waits for a worker that is new enough
        raise RuntimeError(f"this worker knows engine revision {ENGINE_REV}; the case was started with {rev}")
    return rev


def _must_be_continued() -> None:
    """Only Temporal itself says that a run continues another; a client that brings a state of its own is refused."""
    if workflow.info().continued_run_id is None:
        raise ApplicationError("a case does not start in the middle", type=REFUSED, non_retryable=True)


def _started(model: Model, raw: Any, rev: int) -> Started:
    """The start of a case. Raises ``ApplicationError`` when its act does not say exactly this."""
    try:
        act = Act.from_json(raw["act"])
        started = Started(
            case_id=raw["case_id"],
            company=raw["company"],
            site=raw["site"],
            mode=raw["mode"],
            business_key=raw["business_key"],
            keys=raw["keys"],
            act=act,
            engine_rev=rev,
            parent=raw.get("parent"),
        )
        fault = start_fault(model, started)
    except (KeyError, TypeError, AttributeError) as error:
        raise _not_authentic(f"shape ({error})") from error
    if fault is None and workflow.info().workflow_id != workflow_id(started.case_id):
        fault = "workflow id"
    if fault is not None:
        raise _not_authentic(fault)
    return started


def _stored(rules: Rulebook, body: Any) -> tuple[CaseState, Stored]:
    """The state of a case that is brought back. Raises ``ApplicationError`` unless every record is verified."""
    case_id = workflow.info().workflow_id.removeprefix(workflow_id(""))
    try:
        stored = Stored.from_json(case_id, body)
        return state_from(rules, stored), stored
    except StoredFault as fault:
        raise ApplicationError(fault.text.en, type=REFUSED, non_retryable=True) from fault


def _not_authentic(fault: str) -> ApplicationError:
    return ApplicationError(f"the start act is not authentic: {fault}", type=REFUSED, non_retryable=True)


def _acted(given: Any) -> Acted:
    """The act of an Update; the Update's id must be the act's own.

    Histories of before 2026-11-22 carry the bare act id; the validator, which no replay runs, takes no such one any more.
    """
    info = workflow.current_update_info()
    try:
        event = Acted(str(given["act_id"]), Act.from_json(given["act"]))
        known = (event.act.update_id, event.act_id)
    except (KeyError, TypeError) as error:
        raise refused(
            Refusal(422, "malformed_act", Text("提交的操作格式不对。", "The act has the wrong shape."))
        ) from error
    if info is not None and info.id not in known:
        raise _foreign_act()
    return event


def _rules(given: Any) -> Model:
    """The model of the rules that a migration brings."""
    try:
        return _model_of(dumps(given["pinned"]))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        text = Text("随附的规则无法读取。", "The rules that were sent cannot be read.")
        raise refused(Refusal(422, "malformed_rules", text)) from error


def _foreign_act() -> ApplicationError:
    return refused(Refusal(422, "foreign_act", Text("操作编号不一致。", "The act's id is not the Update's.")))


def _failure(model: Model, effect: CallEffect, error: ActivityError) -> CallRefused | CallFailed:
    """A declared business error, or a failure that becomes an incident."""
    cause = error.cause
    contract: Any = model.contracts.get(effect.name) or {}
    declared = {item["code"] for item in contract.get("errors", ())}
    if isinstance(cause, ApplicationError) and cause.type in declared:
        detail = cause.details[0] if cause.details and isinstance(cause.details[0], dict) else {}
        return CallRefused(effect.path, effect.effect_key, str(cause.type), detail)
    if isinstance(cause, ApplicationError) and (words := _words(cause)):
        return CallRefused(effect.path, effect.effect_key, str(cause.type), words)
    return CallFailed(effect.path, effect.effect_key, str(cause or error))


def _words(cause: ApplicationError) -> JsonObject | None:
    """What a failed call says to people; failures of older workers have no such words and stay as they were told."""
    detail = cause.details[0] if cause.details and isinstance(cause.details[0], dict) else {}
    return detail if detail.get("plain") is True else None
