"""The composition root: settings become an office, a worker's context, and the shipped library on the shelf."""

from __future__ import annotations

import asyncio
import hashlib
import os
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from temporalio.client import Client

from activities.context import (
    ActivityContext,
    CancelCase,
    CaseStart,
    RunPeriod,
    StartCase,
    nobody_cancels,
    nobody_runs,
    nobody_starts,
)
from activities.contracts import CONTRACTS
from app.channels import channels_of, rules_of
from app.settings import Settings
from app.temporal_client import connect
from domain.canonical import dumps, loads
from domain.clock import to_text
from domain.deadlines import Deadline, load_deadlines
from domain.holidays import Holidays, load_holidays
from domain.json_types import JsonObject
from domain.legal_records import LegalBook, load_legal_book
from domain.needs import NeedBook, load_needs
from records.database import Database
from records.drafts import Drafts
from rules.parameters import Parameters, load_parameters
from services import own_starts, schedule_runs
from services.gateway import Gateway
from services.keys import KeyRing
from services.office import Office
from workflows.converter import EXACT_CONVERTER
from workflows.language.catalogue import Catalogue, catalogue_from

START_SECONDS = 30
"""How long an activity waits for the case it starts; then it is tried again and finds what was begun."""


def library() -> Traversable:
    """The folder of shipped definitions, clauses, glossary and parameters."""
    return files("definitions")


@lru_cache(maxsize=1)
def parameters() -> Parameters:
    """Every dated legal parameter that ships."""
    merged: dict[str, Any] = {}
    for file in sorted(library().joinpath("parameters").iterdir(), key=lambda item: item.name):
        if file.name.endswith(".yaml"):
            merged.update(_yaml(file))
    return load_parameters(merged)


@lru_cache(maxsize=1)
def needs() -> NeedBook:
    """What people must have on file before they act."""
    return load_needs(_yaml(library().joinpath("needs.yaml")))


@lru_cache(maxsize=1)
def holidays() -> Holidays:
    """The public holidays that ship."""
    return load_holidays(_yaml(library().joinpath("calendar").joinpath("cn.yaml")))


@lru_cache(maxsize=1)
def legal_book(cache: Path | None = None) -> LegalBook:
    """The record sets of the law with the words of their fields."""
    found = [library().joinpath(name) for name in ("records.yaml", "glossary.yaml")]
    return load_legal_book(*(_cached(file, cache) if cache else _yaml(file) for file in found))


@lru_cache(maxsize=1)
def deadlines(cache: Path | None = None) -> tuple[Deadline, ...]:
    """The catalogue of deadlines."""
    file = library().joinpath("deadlines.yaml")
    return load_deadlines(_cached(file, cache) if cache else _yaml(file))


@lru_cache(maxsize=1)
def catalogue(cache: Path | None = None) -> Catalogue:
    """What definitions are checked against; with a ``cache`` folder the clause file is read from YAML only once."""
    file = library().joinpath("clauses").joinpath("catalogue.yaml")
    contracts = {contract.name: contract.as_json() for contract in CONTRACTS}
    clauses = _cached(file, cache) if cache else _yaml(file)
    return catalogue_from(clauses, contracts, parameters().values, needs().needs, deadlines(cache))


def _cached(file: Traversable, cache: Path) -> Any:
    """A YAML file as the JSON that was kept of exactly these bytes: 240 KB of YAML cost a start more than a second."""
    kept = cache / f"{file.name}-{hashlib.sha256(file.read_bytes()).hexdigest()[:16]}.json"
    if kept.exists():
        return loads(kept.read_bytes())
    value = _yaml(file)
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    spare = kept.with_suffix(f".{os.getpid()}.tmp")
    spare.write_text(dumps(value), "utf-8")
    spare.replace(kept)
    return value


def _yaml(file: Traversable) -> Any:
    return YAML(typ="safe", pure=True).load(file.read_text("utf-8"))


async def client_of(settings: Settings) -> Client:
    """The Temporal client with our exact converter."""
    return await connect(settings, EXACT_CONVERTER)


def database_of(settings: Settings, threads: int = 8) -> Database:
    """The installation's database."""
    return Database(settings.database, threads=threads)


def drafts_of(settings: Settings) -> Drafts:
    """The database of drafts: a file of its own beside a SQLite database, a schema of its own on PostgreSQL."""
    embedded = settings.database.startswith("sqlite")
    return Drafts(f"sqlite:///{settings.data / 'drafts.db'}" if embedded else settings.database)


def office_of(settings: Settings, client: Client, database: Database | None = None) -> Office:
    """The office of an installation."""
    settings.attachments.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.checkpoints.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Office(
        db=database or database_of(settings),
        drafts=drafts_of(settings),
        gateway=Gateway(client, settings.task_queue),
        keys=KeyRing(settings.secrets),
        attachments=settings.attachments,
        checkpoints=settings.checkpoints,
        catalogue=catalogue(settings.data / "cache"),
        parameters=parameters(),
        needs=needs(),
        holidays=holidays(),
        legal=legal_book(settings.data / "cache"),
        public_url=settings.reached_at,
        demo=settings.demo,
        channels=channels_of(settings),
        rules=rules_of(settings),
        claim_hours=settings.claim_hours,
        attachment_max_bytes=settings.attachment_max_mb * 1024 * 1024,
    )


def worker_context(settings: Settings, database: Database, office: Office | None = None) -> ActivityContext:
    """What activities work with; with an ``office`` they can start cases, and this is called on its event loop."""
    return ActivityContext(
        database=database,
        attachments=settings.attachments,
        clock=lambda: to_text(datetime.now(UTC)),
        start_case=nobody_starts if office is None else _starter_of(office, asyncio.get_running_loop()),
        cancel_case=nobody_cancels if office is None else _canceller_of(office, asyncio.get_running_loop()),
        run_period=nobody_runs if office is None else _runner_of(office, asyncio.get_running_loop()),
    )


def _runner_of(office: Office, loop: asyncio.AbstractEventLoop) -> RunPeriod:
    """The services' way to do what a periodic SOP has to do, as activities call it."""

    def run_period(schedule: str, begins: str) -> JsonObject:
        doing = schedule_runs.run(office, schedule, begins)
        return asyncio.run_coroutine_threadsafe(doing, loop).result(START_SECONDS)

    return run_period


def _starter_of(office: Office, loop: asyncio.AbstractEventLoop) -> StartCase:
    """The services' way to start a case as activities call it: from their threads, waiting for the answer."""

    def start_case(wish: CaseStart) -> JsonObject:
        own = own_starts.OwnStart(
            process=wish.process,
            site=wish.site,
            values=wish.values,
            key=wish.key,
            origin={"parent": wish.parent},
            versions=wish.versions,
            mode=wish.mode,
        )
        return asyncio.run_coroutine_threadsafe(own_starts.start(office, own), loop).result(START_SECONDS)

    return start_case


def _canceller_of(office: Office, loop: asyncio.AbstractEventLoop) -> CancelCase:
    """The services' way to cancel a case that a step started."""

    def cancel_case(case_id: str, key: str) -> None:
        asyncio.run_coroutine_threadsafe(own_starts.cancel(office, case_id, key), loop).result(START_SECONDS)

    return cancel_case
