"""Loading the demo company: master data in one transaction, then its story through the functions that people use.

``load`` may run at every start: what is there is left alone, and a start that was interrupted is finished.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from app.demo import curves, departures, master, qualifying, sales, story, warehouse
from app.demo.files import read
from app.sop_files import shipped_files
from domain.clock import date_in_zone, from_text, to_text
from records import audit
from records.audit import AuditEvent
from services import credentials, people
from services.actor import Actor
from services.office import Office

ZONE = "Asia/Shanghai"
DONE = "demo-loaded"
"""The file that says: all of it is loaded. Without it everything is gone through again, which repeats nothing."""
LOADED = "demo_loaded"
"""The event in the admin stream that tells a demo from a company's own installation."""
SAMPLES = "demo-logger-files"
"""Folder for logger files that fit a delivery of the last hours, for people who try the forms."""


@dataclass(frozen=True)
class Loaded:
    """What a load did. ``fresh`` is false when everything was there."""

    fresh: bool
    cases: int = 0


async def load(office: Office, folder: Path, say: Callable[[str], None] = lambda _: None) -> Loaded:
    """Load the demo into an installation whose worker runs; ``folder`` is its data folder, ``say`` hears progress."""
    if (folder / DONE).exists():
        return Loaded(False)
    now = office.now()
    today = date_in_zone(now, ZONE)
    say("master data")
    secrets = await office.db.run(_secrets, today)
    if not await office.db.writing(_write_master, now, today, secrets):
        say("left out: this installation has people of its own")
        return Loaded(False)
    _write_samples(folder / SAMPLES, now, today)
    told = await _story(office, now, today)
    say("signatures under the SOPs")
    await story.sign_the_sops(told, [(file.parent.parent.name, file.parent.name) for file in shipped_files()])
    say("deliveries and applications")
    worked, applied = await asyncio.gather(
        story.work(told, read("deliveries", today)["deliveries"]), qualifying.apply(told, today)
    )
    say("stocktake, a suspect lot, sales orders and a return")
    told_so, sold = await asyncio.gather(warehouse.tell(told), sales.tell(told))
    worked += told_so + sold
    say("a transfer on its way and a kit at a hospital")
    worked += await departures.tell(told)
    (folder / DONE).write_text(now + "\n", encoding="ascii")
    return Loaded(True, worked + applied)


def _secrets(today: date) -> master.Secrets:
    """Hashed before the transaction: a hash takes longer than a write should."""
    pins = {
        one["pin"]: credentials.make_hash_now(one["pin"]) for one in read("people", today)["people"] if "pin" in one
    }
    return master.Secrets(credentials.make_hash_now(story.PASSWORD), credentials.badge_hash, pins.__getitem__)


def _write_master(session: Session, now: str, today: date, secrets: master.Secrets) -> bool:
    """Write the master data unless it is there; whether this is an installation of the demo."""
    if master.write(session, now, today, secrets):
        audit.append(session, audit.ADMIN, "system", LOADED, "demo", {"date": today.isoformat()}, now)
        return True
    query = select(AuditEvent).where(AuditEvent.stream == audit.ADMIN, AuditEvent.action == LOADED)
    return session.exec(query).first() is not None


def _write_samples(folder: Path, now: str, today: date) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    logs: Any = read("logs", today)
    for sample in logs["samples"]:
        departed = from_text(now) - timedelta(minutes=sample["departed"])
        arrived = from_text(now) - timedelta(minutes=sample["arrived"])
        (folder / sample["file"]).write_bytes(curves.csv_of(logs["curves"][sample["curve"]], departed, arrived))
    journey = f"{to_text(from_text(now) - timedelta(minutes=200))} … {to_text(from_text(now) - timedelta(minutes=6))}"
    text = f"Departure and arrival of the journey that these files record (UTC):\n{journey}\n"
    (folder / "README.txt").write_text(text, encoding="utf-8")


async def _story(office: Office, now: str, today: date) -> story.Story:
    products = read("products", today)["products"]
    return story.Story(
        office=office,
        people={
            name: await _actor(office, name)
            for name in (
                *story.ACTORS.values(),
                "qa",
                "director",
                "head",
                "buyer",
                "manager",
                "seller",
                "reviewer",
                "driver",
            )
        },
        supplier_names={one["code"]: one["name"] for one in read("partners", today)["suppliers"]},
        product_names={one["code"]: one["product_name"] for one in products},
        udis={one["code"]: one["udi_di"] for one in products if one["udi_di"]},
        company=read("company", today)["company"]["name"]["zh"],
        curves=read("logs", today)["curves"],
        now=from_text(now),
    )


async def _actor(office: Office, username: str) -> Actor:
    found = await people.actor_named(office, username)
    assert found is not None, f"the demo account {username} is missing"
    return found
