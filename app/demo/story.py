"""The demo's story: the SOPs are signed, deliveries arrive and are worked on, all through the functions that people use.

Every act has a fixed id, so a start that was interrupted goes on where it stopped and repeats nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.demo import curves, notes, values
from app.demo.values import Work
from domain.errors import RefusedError
from domain.json_types import JsonObject
from records import definitions
from services import attachments, cases, publishing, tasks
from services.actor import Actor, Proof
from services.office import Office

PROCESS = "receiving_inspection"
VERSION = "1.0.0"
PASSWORD = "demo"
WAIT_SECONDS = 20
"""How long a step may take to open after the act before it."""
AT_ONCE = 6
"""Deliveries worked on at the same time."""
AT_REST = ("task", "approve", "foreach", "parallel")
"""Kinds of steps that may be open while nothing happens by itself."""
ACTORS = {"receive": "receiver", "inspect": "inspector", "put_away": "keeper"}


@dataclass(frozen=True)
class Story:
    """What the story is told with."""

    office: Office
    people: dict[str, Actor]
    supplier_names: dict[str, str]
    product_names: dict[str, str]
    udis: dict[str, str]
    company: str
    curves: Any
    now: datetime


async def sign_the_sops(story: Story, shipped: Iterable[tuple[str, str]]) -> None:
    """Quality director and company head sign every shipped SOP; who has signed does not sign again."""
    await asyncio.gather(*(_sign(story, process, version) for process, version in shipped))


async def _sign(story: Story, process: str, version: str) -> None:
    signed = await story.office.db.reading(definitions.signatures, process, version)
    for who, role in (("director", "quality_director"), ("head", "company_head")):
        if role not in {signature.role for signature in signed}:
            proof = Proof("approve", PASSWORD)
            await publishing.publish(story.office, story.people[who], process, version, proof, role)


async def work(story: Story, deliveries: list[Any]) -> int:
    """Work every delivery as far as it says; how many cases there are afterwards."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(given: Any) -> None:
        async with slots:
            await _delivery(story, given)

    await asyncio.gather(*(one(given) for given in deliveries))
    return len(deliveries)


async def _delivery(story: Story, given: Any) -> None:
    note = await _note(story, given)
    case_id, known = await _case(story, given, note)
    logs = {line["line_no"]: await _log(story, given, line) for line in given["lines"] if "log" in line}
    for number, text in enumerate(given["works"], 1):
        if known and "refusal" in text.split():
            continue  # it is on record; once is enough
        await _work(story, given, case_id, Work.read(text), number, note, logs)
    await settled(story, case_id)


async def settled(story: Story, case_id: str) -> None:
    """Wait until the case waits for people alone, so that whoever looks after the load finds it at rest."""
    receiver = story.people["receiver"]

    async def is_at_rest() -> bool:
        case: Any = await cases.detail(story.office, receiver, case_id)
        return all(step["state"] != "open" or step["kind"] in AT_REST for step in case["steps"])

    await until(is_at_rest, f"case {case_id} did not come to rest")


async def _note(story: Story, given: Any) -> JsonObject:
    supplier = story.supplier_names[given["supplier"]]
    rows = [notes.line_texts(line, story.product_names[line["product"]]) for line in given["lines"]]
    image = await story.office.db.run(notes.note_image, given["note"], supplier, story.company, rows)
    return await stored(story, image, f"{given['note']}.png", "image/png")


async def _log(story: Story, given: Any, line: Any) -> JsonObject:
    departed = story.now - timedelta(minutes=given["departed"])
    arrived = story.now - timedelta(minutes=given["arrived"])
    content = curves.csv_of(story.curves[line["log"]], departed, arrived)
    return await stored(story, content, f"{given['note']}-{line['line_no']}.csv", "text/csv")


async def stored(story: Story, content: bytes, name: str, media_type: str, who: str = "receiver") -> JsonObject:
    """A file as forms hold it, put in by one of the people."""

    async def stream() -> AsyncIterator[bytes]:
        yield content

    kept = await attachments.store(story.office, story.people[who], stream(), name, media_type)
    return {key: kept[key] for key in ("sha256", "name", "size", "media_type")}


async def _case(story: Story, given: Any, note: JsonObject) -> tuple[str, bool]:
    """The delivery's case and whether it was there already."""
    office, receiver = story.office, story.people["receiver"]
    key = f"{given['supplier']}/{given['note']}"
    known = await cases.listing(office, receiver, {"business_key": key})
    if known["items"]:
        return known["items"][0]["id"], True
    wish = cases.Begin(PROCESS, values.arrival(given, note, story.now), site="hangzhou")
    started: Any = await cases.start(office, receiver, wish, _act_id(given, 0))
    return str(started["id"]), False


def _act_id(given: Any, number: int) -> str:
    return f"demo-delivery-{given['note']}-{number:02d}"


async def _work(
    story: Story, given: Any, case_id: str, job: Work, number: int, note: JsonObject, logs: dict[str, JsonObject]
) -> None:
    who = story.people[ACTORS.get(job.step) or job.words[1]]
    task = await _task(story, who, case_id, job)
    if task["state"] != "open":
        return
    completion = _completion(story, given, job, note, logs)
    try:
        await tasks.complete(story.office, who, task["id"], completion, _act_id(given, number))
    except RefusedError as refused:
        if "refusal" not in job.words or refused.refusal.status != 403:
            raise


async def _task(story: Story, who: Actor, case_id: str, job: Work) -> Any:
    """The step's task, once it is open (or done already by a start before this one)."""
    found: list[Any] = []

    async def is_there() -> bool:
        case: Any = await cases.detail(story.office, who, case_id)
        found.extend(task for task in case["tasks"] if _is_for(who, task, job))
        return bool(found)

    await until(is_there, f"{job.step} {job.line or ''} of case {case_id} did not open")
    return found[-1]


async def until(is_so: Callable[[], Awaitable[bool]], otherwise: str) -> None:
    """Wait until something is so; `TimeoutError` says what was not."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_SECONDS
    while not await is_so():
        if loop.time() > deadline:
            raise TimeoutError(f"{otherwise} within {WAIT_SECONDS} s")
        await asyncio.sleep(0.05)


def _is_for(who: Actor, task: Any, job: Work) -> bool:
    """Whether a task is the one meant: each seat of an approval is a task of its own."""
    same = task["step"] == job.step and task["item_key"] == job.line
    return same and any(who.has(role, task["site"]) for role in task["roles"])


def _completion(story: Story, given: Any, job: Work, note: JsonObject, logs: dict[str, JsonObject]) -> tasks.Completion:
    if job.step == "receive":
        outcome = "refused" if "refused" in job.words else "accepted"
        external: JsonObject = {"name": "送货员", "attachment_sha256": note["sha256"], "how": "note"}
        entered = values.receipt(given, story.udis, logs)
        return tasks.Completion(entered, outcome, Proof("received"), external)
    if job.step == "put_away":
        return tasks.Completion({"location_code": job.words[0]}, None, Proof("performed"))
    if job.step == "inspect":
        outcome = next((word for word in job.words if word in ("fail", "doubt")), "pass")
        line = next(line for line in given["lines"] if line["line_no"] == job.line)
        entered = values.inspection(line, job, story.udis.get(line["product"]))
        return tasks.Completion(entered, outcome, Proof("inspected", PASSWORD))
    return tasks.Completion(values.ruling(job.step, job.words[0]), job.words[0], Proof("quality_rule", PASSWORD))
