"""A house with people, a clock that the test moves, and real servers to send to."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select
from temporalio.client import Client

from app.settings import Settings
from app.wiring import database_of, office_of
from domain.clock import to_text
from records import contacts, outbox
from records.contacts import Contact, NoticeSetting
from records.database import Database
from records.migrate import upgrade
from records.organisation import Company, Department, Site
from records.outbox import Delivery, Told
from records.people import Account, RoleGrant
from services.actor import Actor
from services.office import Office
from services.outbox.channel import Rules
from services.outbox.email import Email
from services.people import actor_named
from tests.outbox.servers import MailServer, mail_server

NOON = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
"""Noon in Shanghai, on a Thursday."""
PEOPLE = {
    "boss": ("department_manager", None, "quality", "zh"),
    "qa": ("quality_staff", None, "quality", "zh"),
    "qa2": ("quality_staff", None, None, "zh"),
    "ann": ("inspector", "boss", "quality", "zh"),
    "bob": ("inspector", None, "quality", "en"),
    "cat": ("receiver", None, None, None),
    "admin": ("it_admin", None, None, "en"),
}
"""Who: post, superior, department, language."""


@dataclass
class House:
    """The office at work and the mail server it hands its notices to."""

    office: Office
    mail: MailServer
    now: datetime = NOON
    count: int = 0
    others: list[Database] = field(default_factory=list)

    def wait(self, **span: float) -> None:
        """Let time go by."""
        self.now += timedelta(**span)

    async def tell(self, key: str, kind: str = "notice", **more: Any) -> None:
        """Put something to tell; to the inspectors, unless `account` names a person."""
        who: dict[str, Any] = {} if "account" in more else {"roles": ("inspector",)}
        words = {"zh": f"标题 {key}", "en": f"Title {key}"}
        given = {"title": words, "said": words, "business_key": f"K-{key}", "link": f"/cases/{key}", "site": "HQ"}
        await self.put(Told(key, kind, at=to_text(self.now), **(given | who | more)))

    async def put(self, *told: Told) -> None:
        """Put what is told in a transaction of its own."""
        await self.office.db.writing(outbox.put, *told)

    async def deliveries(self, **equal: Any) -> list[Delivery]:
        """Every delivery with these columns."""
        return [
            one
            for one in await self.office.db.reading(_deliveries)
            if all(getattr(one, name) == value for name, value in equal.items())
        ]

    async def actor(self, username: str) -> Actor:
        """A person of the house."""
        found = await actor_named(self.office, username)
        assert found is not None
        return found

    async def reachable(self, username: str, channel: str = "email", address: str = "") -> None:
        """Give a person a verified address."""
        row = Contact(
            account=username, channel=channel, address=address or f"{username}@example.com", verified_at=to_text(NOON)
        )
        await self.office.db.writing(contacts.keep, row)

    async def wants(self, username: str, **columns: Any) -> None:
        """Keep what a person chose."""
        row = NoticeSetting(account=username, changed_at=to_text(NOON), **columns)
        await self.office.db.writing(contacts.keep, row)


def _deliveries(session: Session) -> list[Delivery]:
    return list(session.exec(select(Delivery).order_by(Delivery.account, Delivery.channel, Delivery.id)))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and nothing in them."""
    file = tmp_path_factory.mktemp("outbox") / "gspflow.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
async def house(tmp_path: Path, migrated: Path) -> AsyncIterator[House]:
    """A house on a SQLite file of its own."""
    shutil.copy(migrated, tmp_path / "gspflow.db")
    async for made in _house(Settings.model_validate({"data": tmp_path, "database_url": "", "demo": False})):
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def either_house(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> AsyncIterator[House]:
    """A house on each engine; on PostgreSQL the module's database, so such tests leave it empty of deliveries."""
    url = ""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        upgrade(url)
    else:
        shutil.copy(migrated, tmp_path / "gspflow.db")
    async for made in _house(Settings.model_validate({"data": tmp_path, "database_url": url, "demo": False})):
        yield made


async def _house(settings: Settings) -> AsyncIterator[House]:
    client = await Client.connect("127.0.0.1:1", lazy=True)
    office = office_of(settings, client, database_of(settings))
    office.public_url = "https://gsp.example.com"
    async with mail_server() as mail:
        made = House(office, mail)
        office.clock = lambda: made.now
        office.channels = {"email": Email("localhost", mail.port, "gsp@example.com", "none")}
        office.rules = Rules(attempts=3)
        await office.db.writing(_people)
        yield made
        for other in made.others:
            other.close()
    office.db.close()
    office.drafts.close()


def _people(session: Session) -> None:
    if session.get(Company, "main") is not None:
        return
    session.add(Company(key="main", name="测试公司"))
    session.flush()
    session.add(Site(key="HQ", name="总部"))
    session.add(Department(key="quality", name="质量部"))
    session.flush()
    for name, (role, superior, department, lang) in PEOPLE.items():
        account = Account(
            username=name,
            name=name.title(),
            superior=superior,
            department=department,
            lang=lang,
            created_at=to_text(NOON),
        )
        session.add(account)
        session.flush()
        post = RoleGrant(
            account=name, role=role, site="HQ", valid_from="2020-01-01", granted_by="x", granted_at=to_text(NOON)
        )
        session.add(post)
