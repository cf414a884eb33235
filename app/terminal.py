"""Acting from a terminal: always as a person, the owner of an API token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.faults import CommandFault, Exit
from app.settings import Settings
from app.wiring import client_of, office_of
from services import people
from services.actor import Actor
from services.office import Office


@asynccontextmanager
async def signed_in(settings: Settings) -> AsyncIterator[tuple[Office, Actor]]:
    """The office of a running installation and the person whose token is in GSPFLOW_TOKEN.

    Raises `CommandFault` without a token (code 2), with one that is not known (1), and when Temporal is not
    reachable (3).
    """
    token = settings.token.get_secret_value()
    if not token:
        raise CommandFault(
            "this needs a person: GSPFLOW_TOKEN is empty",
            hint="make an API token on your own account page and put it there",
            code=Exit.USAGE,
        )
    office = office_of(settings, await client_of(settings))
    try:
        actor = await people.token_actor(office, token)
        if actor is None:
            raise CommandFault("GSPFLOW_TOKEN is not a valid API token", hint="it may have expired or been withdrawn")
        yield office, actor
    finally:
        office.db.close()
