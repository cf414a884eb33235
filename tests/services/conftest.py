"""An office on a database of its own, with a few people, and nobody behind Temporal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from app.settings import Settings
from app.wiring import office_of
from records.organisation import Company, Site
from records.people import Account, RoleGrant
from services import credentials
from services.office import Office
from tests.migrated import put_tables

DAY = "2020-01-01"
POSTS = {
    "admin": "it_admin",
    "admin2": "it_admin",
    "hr": "hr",
    "qa": "quality_staff",
    "receiver": "receiver",
    "auditor": "auditor",
    "owner": "process_owner",
}
_HASHES = {username: credentials.make_hash_now(f"secret-{username}") for username in POSTS}


@pytest.fixture
async def office(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """An office with one site; every password is `secret-<username>`."""
    settings = Settings.model_validate({"data": tmp_path, "database_url": "", "demo": False})
    put_tables(settings.database, tmp_path_factory)
    client = await Client.connect("127.0.0.1:1", lazy=True)
    made = office_of(settings, client)
    with made.db.write() as session:
        session.add(Company(key="main", name="测试公司"))
        session.flush()
        session.add(Site(key="HQ", name="总部"))
        for username, role in POSTS.items():
            hashed = _HASHES[username]
            session.add(Account(username=username, name=username.title(), password_hash=hashed, created_at=made.now()))
            session.flush()
            session.add(
                RoleGrant(
                    account=username, role=role, site="HQ", valid_from=DAY, granted_by="system", granted_at=made.now()
                )
            )
    yield made
    made.db.close()
    made.drafts.close()
