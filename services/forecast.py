"""Forecast of an SOP: what its closed cases tell, who is there, and what a simulated company would make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain import roles
from domain.clock import date_in_zone, from_text
from domain.errors import GspError, Refusal, Text
from domain.json_types import Json, JsonObject
from domain.working_time import WorkingCalendar, calendar_of, working_time_between
from records import cases
from services import calendars, people
from services.actor import Actor
from services.office import Office
from services.owner_tests import model_of
from services.pinning import DEFAULT_ZONE, parameters_today
from services.publishing import Source, faults_of
from services.refusals import refuse
from services.simulation import may_simulate
from workflows.language.check import check_source
from workflows.language.model import Model
from workflows.simulation.forecast import Question, forecast
from workflows.simulation.habits import Habit, habits_of
from workflows.simulation.world import role_of

HISTORY = 200
"""The closed cases that habits are read from: the last so many."""
ENOUGH = 5
ASSUMED_PER_DAY = 5.0
_WORK = ("task", "approve")
"""The kinds of step at which people work."""


@dataclass(frozen=True)
class Wish:
    """What the caller asks; ``None`` and roles that are not named: as history and posts say."""

    per_day: float | None = None
    people: Mapping[str, int] = field(default_factory=dict)
    days: int = 30
    runs: int = 10
    seed: int = 1


@dataclass(frozen=True)
class _Known:
    """Everything that a forecast stands on."""

    model: Model
    habits: dict[str, Habit]
    history: int
    per_day: float
    people: dict[str, int]
    calendar: WorkingCalendar
    begins: datetime


async def run(office: Office, actor: Actor, source: Source, wish: Wish, site: str | None = None) -> JsonObject:
    """The forecast with all that it assumes: the same wish on the same day gives the same answer.

    Durations are minutes. Refused for those who do not simulate, for a source with errors, for a wish that is too large.
    """
    about: JsonObject = {"action": "forecast_definition"}
    known = await _known(office, actor, source, site, about)
    per_day = known.per_day if wish.per_day is None else wish.per_day
    question = Question(per_day, {**known.people, **wish.people}, wish.days, wish.runs, wish.seed)
    subject = f"definition/{known.model.process}@{known.model.version}/forecast"
    await people.note_reading(office, actor, subject, {"cases": known.history})
    try:
        told = await office.db.run(forecast, known.model, known.habits, known.calendar, known.begins, question)
    except GspError as fault:
        await refuse(office, actor, Refusal(422, fault.code, fault.text), about)
    return {**told, **_assumed(known)}


async def assumed(office: Office, actor: Actor, source: Source, site: str | None = None) -> JsonObject:
    """What a forecast would assume: cases a day, people of each role, work and outcomes of each step."""
    return _assumed(await _known(office, actor, source, site, {"action": "forecast_definition"}))


def _assumed(known: _Known) -> JsonObject:
    steps: list[Json] = [_step(known, step) for step in known.habits if known.model.steps[step].kind in _WORK]
    there: dict[str, Json] = {**known.people}
    return {"history": known.history, "known_per_day": _number(known.per_day), "known_people": there, "habits": steps}


def _step(known: _Known, step: str) -> JsonObject:
    habit = known.habits[step]
    total = sum(habit.outcomes.values()) or 1.0
    outcomes: dict[str, Json] = {name: _number(weight / total) for name, weight in habit.outcomes.items()}
    return {
        "step": step,
        "median": _number(habit.median),
        "p90": _number(habit.p90),
        "known": habit.known,
        "outcomes": outcomes,
        "entered": _number(habit.entered),
    }


def _number(value: float) -> Json:
    return Decimal(f"{value:.2f}")


async def _known(office: Office, actor: Actor, source: Source, site: str | None, about: JsonObject) -> _Known:
    await may_simulate(office, actor, "forecast_definition")
    texts = (source.yaml, source.form_texts(), dict(source.tables), None, office.catalogue)
    checked = await office.db.run(check_source, *texts)
    if not checked.ok:
        count = len(checked.errors)
        text = Text(f"有 {count} 处错误，不能预测。", f"{count} errors keep it from being forecast.")
        await refuse(office, actor, Refusal(422, "has_errors", text, faults=faults_of(checked)), about)
    model = await office.db.run(model_of, checked, parameters_today(office), office.catalogue.contracts)
    sites = tuple(one for one in actor.sites if actor.reads_site(one))
    place = site if site in sites else sites[0]
    return await office.db.reading(_read, office, model, sites, place)


def _read(session: Any, office: Office, model: Model, sites: tuple[str, ...], place: str) -> _Known:
    now = office.now()
    zone = calendars.zone_of(session, place)
    calendar = calendar_of(calendars.in_force(session, office, place, now), zone)
    closed = cases.closed(session, model.process, sites, HISTORY)
    happened = cases.happened(session, [row.id for row in closed])
    habits, count = habits_of(model, [happened[row.id] for row in closed], calendar)
    started = sorted(row.started_at for row in closed)
    worked_at = [step for step in model.steps.values() if step.kind in _WORK]
    named = sorted({role_of(role) for step in worked_at for role in step.roles} & set(roles.ROLES))
    there = {role: max(1, len(people.holders_of(session, [role], place, now))) for role in named}
    begins = datetime.combine(date_in_zone(now, zone or DEFAULT_ZONE), time(), ZoneInfo(zone))
    return _Known(model, habits, count, _rate(started, calendar), there, calendar, begins)


def _rate(started: list[str], calendar: WorkingCalendar) -> float:
    """Cases a usual working day, from the days over which they began; assumed for few or all of one moment."""
    if len(started) < ENOUGH:
        return ASSUMED_PER_DAY
    worked = working_time_between(calendar, from_text(started[0]), from_text(started[-1])).total_seconds() / 3600
    return ASSUMED_PER_DAY if worked < 8 else len(started) / (worked / 8)
