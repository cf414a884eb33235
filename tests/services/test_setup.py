"""The first account comes by a link that works once, on an installation where nobody is."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import Client

from app.settings import Settings
from app.wiring import office_of
from domain.errors import GspError
from records.migrate import upgrade
from services import people, setup

PASSWORD = "a-good-password"


async def test_first_administrator_sets_up_company_and_site(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data": tmp_path, "database_url": "", "demo": False})
    upgrade(settings.database)
    office = office_of(settings, await Client.connect("127.0.0.1:1", lazy=True))
    try:
        old, link = await setup.first_link(office), await setup.first_link(office)
        assert old and link
        given = setup.Beginning("示例公司", "HQ", "总部", "first", "第一人", PASSWORD)
        with pytest.raises(GspError, match="link_used"):
            await setup.begin(office, old.rpartition("/")[2], given)
        assert await setup.begin(office, link.rpartition("/")[2], given) == "first"
        actor = await people.session_actor(office, (await people.login(office, "first", PASSWORD)).token)
        assert actor is not None and actor.has("it_admin", "HQ") and not actor.may_sign()
        assert await setup.first_link(office) is None
    finally:
        office.db.close()
        office.drafts.close()
