"""A small installation without people: cases of plain definitions, acts sealed with its own key, sent by its gateway."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from temporalio.client import Client
from temporalio.worker import Worker, WorkflowRunner

from app import wiring
from app.settings import Settings
from app.worker import worker_of
from domain import acts, ids
from domain.clock import to_text
from domain.json_types import JsonObject
from records import cases
from records.migrate import upgrade
from services.gateway import Gateway
from services.keys import KeyRing
from workflows.engine.events import ENGINE_REV
from workflows.language.model import Model, load_model

SITE = "HZ"


class House:
    """One database, one key ring, one task queue on a Temporal server that runs already."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self.settings = settings
        self.database = wiring.database_of(settings)
        self.keys = KeyRing(settings.secrets)
        self.gateway = Gateway(client, settings.task_queue)
        self.models: dict[int, tuple[Model, JsonObject]] = {}

    @classmethod
    async def open(cls, folder: Path, address: str, queue: str) -> Self:
        """A new house in ``folder``, with its tables made."""
        folder.mkdir(parents=True, exist_ok=True)
        settings = Settings(data=folder, temporal_address=address, task_queue=queue, log_level="warning")
        upgrade(settings.database)
        return cls(settings, await wiring.client_of(settings))

    def worker(self, runner: WorkflowRunner | None = None, *, cached: int = 2000) -> Worker:
        """A worker on the house's queue."""
        context = wiring.worker_context(self.settings, self.database)
        queue = self.settings.task_queue
        return worker_of(self.gateway.client, context, task_queue=queue, runner=runner, cached=cached)

    def model(self, pinned: JsonObject) -> Model:
        """The model of a pinned set, which is kept in the database as ``services`` do before a start."""
        found = self.models.get(id(pinned))
        if found is None:
            model = load_model(pinned)
            with self.database.write() as session:
                cases.keep_pinned(session, model.pinned_sha, pinned)
            found = self.models[id(pinned)] = model, pinned  # the set is kept, so that its id stays its own
        return found[0]

    def started(self, pinned: JsonObject, case_id: str, values: JsonObject, **changed: Any) -> JsonObject:
        """The workflow's input for a new case, sealed."""
        model = self.model(pinned)
        facts: JsonObject = {"roles": list(model.start_roles), "body_sha": "b", "mode": "live"}
        act = self.sealed(
            model, case_id, new_id(), "start", "", "", values=values, facts=facts, form_sha=None, seal_as=changed
        )
        keys: JsonObject = dict(self.keys.public)
        started: JsonObject = {
            "case_id": case_id,
            "company": "main",
            "site": model.site,
            "mode": "live",
            "business_key": None,
            "keys": keys,
            "act": act.as_json(),
        }
        return {"engine_rev": ENGINE_REV, "pinned": pinned, "started": started}

    async def start(self, pinned: JsonObject, values: JsonObject | None = None, *, continue_after: int = 0) -> str:
        """Start a case; returns its id at once, before its first wave is in the database."""
        case_id = new_id()
        given = {**self.started(pinned, case_id, values or {}), "continue_after": continue_after}
        model = self.model(pinned)
        about = {"process": model.process, "version": model.version, "site": SITE, "state": "running", "mode": "live"}
        await self.gateway.start(case_id, given, about)
        return case_id

    def sealed(
        self,
        model: Model,
        case_id: str,
        act_id: str,
        action: str,
        path: str,
        seat: str,
        *,
        person: str = "receiver",
        roles: list[str] | None = None,
        values: JsonObject | None = None,
        outcome: str | None = None,
        seal_as: dict[str, Any] | None = None,
        **changed: Any,
    ) -> acts.Act:
        """An act of ``person``, who holds the role of the same name unless told otherwise."""
        now = datetime.now(UTC)
        entered = values or {}
        body: JsonObject = {
            "v": acts.VERSION,
            "case": case_id,
            "act": act_id,
            "path": path,
            "seat": seat,
            "action": action,
            "outcome": outcome,
            "meaning": None,
            "reason": None,
            "pinned_sha": model.pinned_sha,
            "form_sha": None,
            "lang": "zh",
            "shown_sha": None,
            "values_sha": acts.values_sha(entered),
            "actor": {"id": person, "name": person, "role": None},
            "on_behalf_of": None,
            "facts": {"roles": list(roles if roles is not None else [person]), "body_sha": "b"},
            "auth": {"method": "password", "at": to_text(now)},
            "received_at": to_text(now),
            "expires_at": to_text(now + timedelta(seconds=acts.VALID_SECONDS)),
            "key_id": self.keys.act.key_id,
            "external": None,
        }
        body.update(changed)
        body.update(seal_as or {})
        return acts.seal(body, entered, self.keys.act.private)

    async def act(self, case_id: str, pinned: JsonObject, path: str, action: str = "complete", **more: Any) -> Any:
        """A person acts; the answer, or ``None`` while the wave is late. Raises what the gateway raises."""
        act_id = more.pop("act_id", None) or new_id()
        seat = more.pop("seat", "s1")
        act = self.sealed(self.model(pinned), case_id, act_id, action, path, seat, **more)
        return await self.gateway.act(case_id, act)

    async def migrate(
        self, case_id: str, old: JsonObject, new: JsonObject, plan: JsonObject | None = None, **changed: Any
    ) -> Any:
        """The quality director changes a case from the rules ``old`` to ``new``; raises what the gateway raises."""
        wanted = self.model(new)
        values: JsonObject = {"version": wanted.version, "pinned_sha": wanted.pinned_sha, "plan": plan or {}}
        signed = {"person": "quality_director", "meaning": "approve", "values": values, **changed}
        act = self.sealed(self.model(old), case_id, new_id(), "migrate", "", "", **signed)
        return await self.gateway.migrate(case_id, act, new)

    async def until(self, is_so: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
        """Wait for something that happens by itself. Raises ``TimeoutError`` after so many seconds."""
        import asyncio

        deadline, pause = time.monotonic() + seconds, 0.01
        while not await is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds:.0f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.2)

    async def case_row(self, case_id: str) -> cases.CaseRow | None:
        """The case as projected."""
        return await self.database.reading(cases.case, case_id)

    async def until_state(self, case_id: str, state: str, seconds: float = 30) -> None:
        """Wait until the case's row says so."""

        async def is_so() -> bool:
            row = await self.case_row(case_id)
            return row is not None and row.state == state

        await self.until(is_so, seconds)

    async def until_closed(self, case_id: str, seconds: float = 30) -> None:
        """Wait until the case has ended and its history is closed."""

        async def is_so() -> bool:
            found = await self.gateway.describe(case_id)
            return found is not None and found.close_time is not None

        await self.until(is_so, seconds)

    async def until_seq(self, case_id: str, seq: int, seconds: float = 30) -> None:
        """Wait until the case's record ``seq`` is in the database."""

        async def is_so() -> bool:
            row = await self.case_row(case_id)
            return row is not None and row.seq >= seq

        await self.until(is_so, seconds)


def new_id() -> str:
    """A new ULID."""
    return ids.ulid(time.time_ns() // 1_000_000, os.urandom(10))


def pinned_set(steps: list[Any], forms: dict[str, Any] | None = None, **more: Any) -> JsonObject:
    """A pinned set around some steps of the language."""
    form: JsonObject = {"schema": {"type": "object", "properties": {}, "additionalProperties": False}, "ui": {}}
    definition: JsonObject = {
        "gspflow": 1,
        "process": "bench",
        "version": "1.0.0",
        "title": {"zh": "测量", "en": "Measurement"},
        "start": {"by": ["receiver"], "form": "forms/start.v1.json"},
        "steps": steps,
        **more.pop("top", {}),
    }
    return {
        "gspflow": 1,
        "definition": definition,
        "forms": {"forms/start.v1.json": form, **(forms or {})},
        "tables": more.pop("tables", {}),
        "site": {"key": SITE, "zone": "Asia/Shanghai"},
        "calendar": {},
        "parameters": {},
        "contracts": more.pop("contracts", {}),
    }


def task(step_id: str, role: str = "receiver", **more: Any) -> JsonObject:
    """A task of one role, without a form unless one is given."""
    return {"id": step_id, "task": role, "title": {"zh": step_id, "en": step_id}, **more}
