"""What every start makes sure of: the shipped SOPs are on the shelf, and an empty folder has its demo company."""

from __future__ import annotations

import asyncio
import sys

from app.demo.load import DONE, load
from app.demo.story import PASSWORD
from app.settings import Settings
from app.sop_files import read_source, shipped_files
from app.wiring import client_of, office_of
from records import definitions, people
from services.office import Office
from services.publishing import register_shipped
from services.setup import first_link

STARTED = "demo-started"
"""The file that says: this folder was empty when the demo was begun, so a later start may finish it."""
IN_A_LINE = 12


def run(settings: Settings) -> None:
    """Register what ships, load the demo where it belongs, and write the welcome of this start to `run/welcome`.

    May be run at every start, and again after it was interrupted. Needs a running worker for the demo.
    """
    lines = asyncio.run(_prepare(settings))
    note = settings.data / "run" / "welcome"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text("".join(f"{line}\n" for line in lines))
    _say("\n".join(lines))


async def _prepare(settings: Settings) -> list[str]:
    office = office_of(settings, await client_of(settings))
    try:
        await _register(office)
        if not settings.demo or not await _may_load_demo(settings, office):
            return await _first_account(office)
        await load(office, settings.data, _say)
        return await _accounts(office)
    finally:
        office.db.close()


async def _register(office: Office) -> None:
    """Put on the shelf what is not there yet; a version on the shelf never changes, so it is not checked again."""
    there = {(row.name, row.version) for row in await office.db.reading(definitions.versions)}
    for file in shipped_files():
        if (file.parent.parent.name, file.parent.name) not in there:
            await register_shipped(office, read_source(file))


async def _may_load_demo(settings: Settings, office: Office) -> bool:
    """Demo people never come into a company's own installation, whatever the next start is told."""
    if (settings.data / DONE).exists() or (settings.data / STARTED).exists():
        return True
    if await office.db.reading(people.accounts):
        return False
    (settings.data / STARTED).touch()
    return True


async def _first_account(office: Office) -> list[str]:
    """The one-time link of an installation that nobody has set up yet."""
    link = await first_link(office)
    return [] if link is None else ["set up the company and its first administrator (works once):", f"  {link}"]


async def _accounts(office: Office) -> list[str]:
    names = [account.username for account in await office.db.reading(people.accounts)]
    rows = [names[start : start + IN_A_LINE] for start in range(0, len(names), IN_A_LINE)]
    return [f"demo accounts (password: {PASSWORD}):", *("  " + " ".join(row) for row in rows)]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
