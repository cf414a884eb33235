"""The people of a fault run: they do whatever verb the open tasks take, twice when nobody answered, and keep the book."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from app.bench import fault_cases
from app.bench.fault_moves import Move, move_of
from app.bench.fault_parts import Parts
from app.bench.house import new_id
from domain import acts
from domain.clock import to_text
from domain.json_types import JsonObject
from records import cases
from records.case_tables import CaseRow, CaseStep, Task
from workflows.language.model import Model, load_model

PEOPLE = 6
PAUSE = 0.15
TRIES = 40
"""So often an act is sent before its sender gives up; whether it was taken stays in doubt then."""
FIRST = 5
"""So many cases are started at once, before the first fault; one of each kind."""
TWICE = 0.15
"""Of the acts: so many are sent twice at the same time, under one id."""


@dataclass
class Sent:
    """One act and what its sender was told in the end: ``accepted``, ``refused``, or ``doubtful`` when that is open."""

    act_id: str
    case_id: str
    action: str
    said: str = "doubtful"
    code: str = ""
    repeats: int = 0


@dataclass
class Load:
    """The book of a run: the cases started, every act, and whether people work now."""

    parts: Parts
    chance: random.Random
    sent: list[Sent] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    working: asyncio.Event = field(default_factory=asyncio.Event)
    tidy: bool = False
    """Only what brings cases forward, as people do at the end of a day."""
    clock: timedelta = timedelta(0)
    """By how much the clock of the office is wrong."""
    under_way: int = 0
    models: dict[str, Model] = field(default_factory=dict)

    async def start_cases(self, count: int, pause: float) -> None:
        """Start the cases, one after each ``pause`` of seconds, whatever is away meanwhile."""
        kinds = fault_cases.all_kinds()
        for number in range(count):
            await self.working.wait()
            pinned = kinds[number % len(kinds)]
            values = fault_cases.started_with(number)
            self.under_way += 1
            try:
                self.started.append(await self._insisting(pinned, values))
            finally:
                self.under_way -= 1
            await asyncio.sleep(pause if number >= FIRST else 0)

    async def _insisting(self, pinned: JsonObject, values: JsonObject) -> str:
        """A start whose answer got lost is another case: nobody knows of the first, and it is worked on as well."""
        while True:
            try:
                return await self.parts.house.start(pinned, values)
            except Exception:  # the server or the database is away, which is what this run is about
                await asyncio.sleep(0.3)

    async def work(self) -> None:
        """One person works until cancelled."""
        while True:
            await self.working.wait()
            self.under_way += 1
            try:
                move = await self.parts.house.database.reading(self._next)
                if move is not None:
                    await self._do(move)
            finally:
                self.under_way -= 1
            await asyncio.sleep(self.chance.uniform(0, 2 * PAUSE))

    async def calm(self) -> None:
        """Nobody begins anything new; wait until what was begun is settled."""
        self.working.clear()
        while self.under_way:
            await asyncio.sleep(PAUSE)

    def _next(self, session: Session) -> Move | None:
        running = session.exec(select(CaseRow.id).where(CaseRow.state == "running").order_by(CaseRow.id)).all()
        if not running:
            return None
        case = cases.case(session, self.chance.choice(running))
        assert case is not None
        tasks = session.exec(select(Task).where(Task.case_id == case.id).order_by(col(Task.id))).all()
        steps = session.exec(select(CaseStep).where(CaseStep.case_id == case.id, CaseStep.kind == "foreach")).all()
        start = cases.scopes(session, case.id).get("start") or {}
        return move_of(self.chance, self._model(session, case.pinned_sha), case, tasks, steps, start, tidy=self.tidy)

    def _model(self, session: Session, sha: str) -> Model:
        if sha not in self.models:
            self.models[sha] = load_model(cases.pinned(session, sha) or {})
        return self.models[sha]

    async def _do(self, move: Move) -> None:
        """Send it, and again while nobody answers; two senders at once now and then."""
        act_id = new_id()
        note = Sent(act_id, move.case_id, move.action)
        self.sent.append(note)
        many = 2 if self.chance.random() < TWICE else 1
        answers = await asyncio.gather(*(self._settled(move, act_id, note) for _ in range(many)))
        told = [said for said, _ in answers]
        note.said = "accepted" if "accepted" in told else "doubtful" if "doubtful" in told else "refused"
        note.code = answers[0][1]

    async def _settled(self, move: Move, act_id: str, note: Sent) -> tuple[str, str]:
        doubtful = False
        for tried in range(TRIES):
            if tried > 1 and not self.working.is_set():
                break  # everybody puts down the pen: the rest of the run must not wait for one answer
            answer = await self.parts.send(move.case_id, self._sealed(move, act_id))
            said, code = answer["said"], answer["code"]
            if said == "accepted" or (code == "act_repeated" and move.action != "message"):
                return "accepted", code
            if said in ("refused", "unknown"):
                sure = said == "refused" and not doubtful and code not in ("act_failed", "act_repeated")
                return ("refused" if sure or (said == "unknown" and not doubtful) else "doubtful"), code
            doubtful, note.repeats = True, note.repeats + 1
            await asyncio.sleep(0.3)
        return "doubtful", "never_answered"

    def _sealed(self, move: Move, act_id: str) -> acts.Act:
        now = datetime.now(UTC) + self.clock
        seal_as: dict[str, Any] = {
            "received_at": to_text(now),
            "expires_at": to_text(now + timedelta(seconds=acts.VALID_SECONDS)),
            "reason": "fault run",
            "facts": {"roles": list(move.roles), "body_sha": "b", "to_roles": list(fault_cases.ROLES)},
        }
        return self.parts.house.sealed(
            self.models[move.pinned_sha],
            move.case_id,
            act_id,
            move.action,
            move.path,
            move.seat,
            person=move.person,
            roles=list(move.roles),
            values=move.values,
            outcome=move.outcome,
            seal_as=seal_as,
        )

    def counted(self) -> Counter[str]:
        """Acts by what their senders were told; ``repeated``: how often one was sent again."""
        found = Counter(one.said for one in self.sent)
        found["repeated"] = sum(one.repeats for one in self.sent)
        return found
