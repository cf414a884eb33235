"""The smallest installation that the REST interface can work for: one site, one person, the measured definition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.bench.four_steps import pinned
from app.bench.house import SITE, House
from app.wiring import office_of
from domain.canonical import digest, dumps
from domain.json_types import JsonObject
from records.definitions import DefinitionVersion
from records.organisation import Company, Site
from records.people import Account, RoleGrant
from services import credentials

PERSON, PASSWORD = "receiver", "measured-password"
DEFINITION = "bench"


async def found(folder: Path, address: str, queue: str) -> House:
    """A house with a company in it, in ``folder``."""
    house = await House.open(folder, address, queue)
    now = office_of(house.settings, house.gateway.client, house.database).now()
    await house.database.writing(_settle, now)
    return house


def _settle(session: Any, now: str) -> None:
    session.add(Company(key="main", name="测量公司"))
    session.flush()
    session.add(Site(key=SITE, name="测量站点"))
    account = Account(username=PERSON, name="测量员", password_hash=credentials.make_hash_now(PASSWORD), created_at=now)
    session.add(account)
    session.flush()
    grant = RoleGrant(account=PERSON, role=PERSON, site=SITE, valid_from=now[:10], granted_by="system", granted_at=now)
    session.add(grant)
    session.add(_definition(now))


def _definition(now: str) -> DefinitionVersion:
    """The measured definition, in force. It is put there, not published: publishing is no part of what is measured."""
    rules: Any = pinned()
    meaning: JsonObject = {name: rules[name] for name in ("definition", "forms", "tables")}
    return DefinitionVersion(
        name=DEFINITION,
        version="1.0.0",
        state="effective",
        sha256=digest("definition", meaning),
        title=rules["definition"]["title"],
        yaml=dumps(rules["definition"]),
        forms={name: dumps(form) for name, form in rules["forms"].items()},
        checked=meaning,
        saved_by="system",
        saved_at=now,
        effective_from=now,
    )
