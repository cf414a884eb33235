"""Back-test: the last closed cases of a process, once more through a draft. Nothing of them is changed.

Few cases run in a thread; many run in processes of their own, each with its own connection to the database.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from activities.fakes import FAKES
from domain.clock import date_in_zone
from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from records import audit, cases, organisation
from records.base import COMPANY
from records.case_tables import CaseRow
from records.database import Database
from services import calendars, definitions
from services.actor import Actor
from services.cases import open_file
from services.office import Office
from services.owner_tests import form_check
from services.pinning import DEFAULT_ZONE
from services.publishing import Source, faults_of
from services.refusals import forbidden, not_found, refuse
from workflows.language.check import Checked, check_source
from workflows.language.model import Model, load_model, pinned_sha
from workflows.language.pinned import pin_parts
from workflows.simulation.backtest import VERDICTS, Verdict, aligned, backtest, grouped
from workflows.simulation.story import story_of

LAST_MAX = 10_000
"""The most cases of one back-test."""
IN_THREAD_MAX = 200
"""Up to so many cases starting processes would take longer than the cases."""
CHUNK = 50
"""Cases of one job."""


@dataclass(frozen=True)
class Job:
    """Some cases that would start under the same pinned set."""

    pinned_sha: str
    case_ids: tuple[str, ...]


async def run(office: Office, actor: Actor, source: Source, last: int) -> JsonObject:
    """Replay the last closed cases of the process through ``source``; who asked for it is on record.

    ``{process, version, cases, counts, groups, results}``; a result has the case's verdict, place and reason.
    """
    about: JsonObject = {"action": "backtest"}
    await _may(office, actor, about)
    checked = await _checked(office, actor, source, about)
    name, number = _identity(checked)
    sites = tuple(site for site in actor.sites if actor.reads_site(site))
    found = await office.db.reading(cases.closed, name, sites, max(1, min(last, LAST_MAX)))
    await office.db.writing(_note, actor.id, f"definition/{name}@{number}", len(found), office.now())
    jobs, pinned = await office.db.reading(_jobs, office, checked, found)
    verdicts = await _replayed(office, jobs, pinned)
    order = {row.id: index for index, row in enumerate(found)}
    verdicts.sort(key=lambda one: order[one.case_id])
    return {"process": name, "version": number, **told(verdicts)}


def told(verdicts: Sequence[Verdict]) -> JsonObject:
    """Verdicts as data: how many of each kind, the groups, every case."""
    counted = Counter(one.verdict for one in verdicts)
    counts: dict[str, Json] = {name: counted[name] for name in VERDICTS}
    groups: list[Json] = [*grouped(verdicts)]
    return {
        "cases": len(verdicts),
        "counts": counts,
        "groups": groups,
        "results": [one.as_json() for one in verdicts],
    }


async def routes(office: Office, actor: Actor, source: Source, case_id: str) -> JsonObject:
    """One case with its recorded and its replayed route side by side."""
    about: JsonObject = {"action": "backtest", "case": case_id}
    await _may(office, actor, about)
    checked = await _checked(office, actor, source, about)
    file = await open_file(office, actor, case_id, "backtest")
    name, number = _identity(checked)
    if file.case.process != name or file.case.state == "running":
        zh, en = f"案例不是 {name} 的已结案例。", f"This is no closed case of {name}."
        await refuse(office, actor, not_found(zh, en), about)
    await office.db.writing(_note, actor.id, f"definition/{name}@{number}", 1, office.now(), case_id)
    jobs, pinned = await office.db.reading(_jobs, office, checked, [file.case])
    (verdict,) = await _replayed(office, jobs, pinned)
    rows: list[Json] = [*aligned(verdict)]
    return {**verdict.as_json(), "version": file.case.version, "draft": number, "rows": rows}


async def stored(office: Office, actor: Actor, name: str, number: str) -> Source:
    """A stored version as the source of a back-test."""
    found: Any = await definitions.version(office, actor, name, number)
    return Source(found["yaml"], found["forms"], found["tables"], found["cases"])


# ------------------------------------------------------------------ who may, and what is replayed


async def _may(office: Office, actor: Actor, about: JsonObject) -> None:
    if not actor.has("process_owner"):
        zh, en = "回测由流程负责人进行。", "Back-tests are for process owners."
        await refuse(office, actor, forbidden(zh, en, who_can=("process_owner",)), about)


async def _checked(office: Office, actor: Actor, source: Source, about: JsonObject) -> Checked:
    texts = (source.yaml, source.form_texts(), dict(source.tables), None, office.catalogue)
    checked = await office.db.run(check_source, *texts)
    if not checked.ok:
        count = len(checked.errors)
        text = Text(f"有 {count} 处错误，不能回测。", f"{count} errors keep it from being back-tested.")
        await refuse(office, actor, Refusal(422, "has_errors", text, faults=faults_of(checked)), about)
    return checked


def _identity(checked: Checked) -> tuple[str, str]:
    definition: Any = checked.definition
    return definition["process"], str(definition["version"])


def _note(session: Any, username: str, subject: str, count: int, now: str, case_id: str | None = None) -> None:
    what: JsonObject = {"cases": count, "company": COMPANY, **({"case": case_id} if case_id else {})}
    audit.append(session, "admin", username, "backtest", subject, what, now)


def _jobs(
    session: Any, office: Office, checked: Checked, found: Sequence[CaseRow]
) -> tuple[list[Job], dict[str, JsonObject]]:
    """The cases by the pinned set under which the draft would run them: their site with its calendar, the law on the day they began."""
    zones = {site.key: site.zone for site in organisation.sites(session)}
    by_sha: OrderedDict[str, list[str]] = OrderedDict()
    pinned: dict[str, JsonObject] = {}
    known: dict[tuple[str, str], str] = {}
    for row in found:
        zone = zones.get(row.site, DEFAULT_ZONE)
        day = date_in_zone(row.started_at, zone)
        sha = known.get((row.site, day.isoformat()))
        if sha is None:
            site: JsonObject = {"key": row.site, "zone": zone}
            law, contracts = office.parameters.all_on(day), office.catalogue.contracts
            calendar = calendars.in_force(session, office, row.site, row.started_at)
            parts = checked.definition or {}, checked.forms, checked.tables
            rules = pin_parts(*parts, site, law, contracts, calendar)
            sha = known[row.site, day.isoformat()] = pinned_sha(rules)
            pinned[sha] = rules
        by_sha.setdefault(sha, []).append(row.id)
    return [Job(sha, ids) for sha, all_ids in by_sha.items() for ids in chunks(all_ids, CHUNK)], pinned


def chunks(ids: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """``ids`` in pieces of at most ``size``."""
    for first in range(0, len(ids), size):
        yield tuple(ids[first : first + size])


# ------------------------------------------------------------------ replaying


async def _replayed(office: Office, jobs: list[Job], pinned: dict[str, JsonObject]) -> list[Verdict]:
    if sum(len(job.case_ids) for job in jobs) <= IN_THREAD_MAX:
        models = {sha: load_model(rules) for sha, rules in pinned.items()}
        found = [await office.db.reading(replayed, models[job.pinned_sha], job.case_ids) for job in jobs]
        return [verdict for part in found for verdict in part]
    loop = asyncio.get_running_loop()
    with pool(partial(_open, office.db.url, pinned)) as workers:
        parts = await asyncio.gather(*(loop.run_in_executor(workers, _work, job) for job in jobs))
    return [verdict for part in parts for verdict in part]


def pool(begin: Any) -> ProcessPoolExecutor:
    """Processes for the cores of this machine; spawned, because a fork would inherit threads that hold locks."""
    fresh = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(max(1, os.cpu_count() or 1), mp_context=fresh, initializer=begin)


@dataclass
class _Bench:
    """What one worker process keeps: its connection and the models it has loaded."""

    database: Database
    pinned: Mapping[str, JsonObject]
    models: dict[str, Model]


_OPEN: list[_Bench] = []


def _open(url: str, pinned: Mapping[str, JsonObject]) -> None:
    _OPEN.append(_Bench(Database(url, threads=1), pinned, {}))


def _work(job: Job) -> list[Verdict]:
    bench = _OPEN[0]
    model = bench.models.get(job.pinned_sha)
    if model is None:
        model = bench.models[job.pinned_sha] = load_model(bench.pinned[job.pinned_sha])
    with bench.database.read() as session:
        return [replace(one, recorded=(), replayed=()) for one in replayed(session, model, job.case_ids)]


def replayed(session: Any, model: Model, case_ids: Sequence[str]) -> list[Verdict]:
    """The verdicts of some cases, read from the database."""
    found = cases.happened(session, case_ids)
    return [verdict_of(model, found[case_id]) for case_id in case_ids]


def verdict_of(model: Model, records: list[JsonObject]) -> Verdict:
    """The verdict of one case's records."""
    return backtest(model, story_of(records), form_check, FAKES)
