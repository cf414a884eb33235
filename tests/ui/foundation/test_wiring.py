"""The pages and `services.people`: real sessions in a real database become accounts, and end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from app.wiring import catalogue, parameters
from records import people as rows
from records.database import Database
from records.drafts import Drafts
from records.migrate import upgrade
from records.organisation import Company, Site
from services import credentials, people
from services.keys import KeyRing
from services.office import Office
from ui.context import SignIn, UiContext
from ui.wiring import DEMO_ROLES, Installation, context_of

DAY = "2026-01-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UiContext]:
    """The product's context over an office with one inspector; no case runs, so no gateway is asked."""
    folder: Path = tmp_path_factory.mktemp("ui")
    url = f"sqlite:///{folder / 'gspflow.db'}"
    upgrade(url)
    database = Database(url)
    with database.write() as session:
        session.add(Company(key="main", name="测试公司"))
        session.flush()
        session.add(Site(key="HQ", name="总部", name_en="Head office"))
        session.add(_inspector())
        session.flush()
        session.add(
            rows.RoleGrant(
                account="inspector",
                role="inspector",
                site="HQ",
                valid_from="2026-01-01",
                granted_by="system",
                granted_at=DAY,
            )
        )
    office = Office(
        db=database,
        drafts=Drafts(f"sqlite:///{folder / 'drafts.db'}"),
        gateway=cast(Any, None),
        keys=KeyRing(folder / "keys"),
        attachments=folder,
        checkpoints=folder,
        catalogue=catalogue(),
        parameters=parameters(),
        demo=True,
    )
    yield context_of(office, Installation(), demo=True)
    database.close()


def _inspector() -> rows.Account:
    return rows.Account(
        username="inspector",
        name="陈晓雯",
        name_en="Chen Xiaowen",
        lang="zh",
        password_hash=credentials.make_hash_now("demo"),
        badge_hash=credentials.badge_hash("6901000002"),
        pin_hash=credentials.make_hash_now("1002"),
        created_at=DAY,
    )


async def test_a_password_opens_a_session_that_names_person_post_and_site(ctx: UiContext) -> None:
    answer = await ctx.sign_in(SignIn("password", "inspector", "demo"))
    account = await ctx.account_of(answer.token)
    assert account is not None
    assert (account.id, account.name_in("en"), account.roles, account.lang) == (
        "inspector",
        "Chen Xiaowen",
        ("inspector",),
        "zh",
    )
    assert [(site.id, site.name) for site in account.sites] == [("HQ", {"zh": "总部", "en": "Head office"})]
    await ctx.sign_out(answer.token)
    assert await ctx.account_of(answer.token) is None


async def test_badge_and_pin_open_a_session_too(ctx: UiContext) -> None:
    answer = await ctx.sign_in(SignIn("badge", "6901000002", "1002"))
    assert await ctx.account_of(answer.token) is not None


async def test_a_wrong_password_gives_no_token(ctx: UiContext) -> None:
    answer = await ctx.sign_in(SignIn("password", "inspector", "wrong"))
    assert (answer.token, answer.code) == ("", "wrong")


async def test_too_many_wrong_passwords_say_until_when(ctx: UiContext) -> None:
    for _ in range(people.TRIES_MAX):
        await ctx.sign_in(SignIn("password", "guessed", "wrong"))
    answer = await ctx.sign_in(SignIn("password", "guessed", "wrong"))
    assert answer.code == "locked"
    assert len(answer.until) == len("09:15")


async def test_a_locked_session_is_nobody_but_its_owner_is_named(ctx: UiContext) -> None:
    answer = await ctx.sign_in(SignIn("password", "inspector", "demo"))
    await people.lock(cast(Office, ctx.office), answer.token)
    assert await ctx.account_of(answer.token) is None
    assert await ctx.locked_name(answer.token) == "inspector"


async def test_the_chosen_language_is_kept_with_the_account(ctx: UiContext) -> None:
    answer = await ctx.sign_in(SignIn("password", "inspector", "demo"))
    account = await ctx.account_of(answer.token)
    assert account is not None
    await ctx.keep_language(account, "en")
    again = await ctx.account_of(answer.token)
    assert again is not None and again.lang == "en"


def test_the_demo_panel_lists_every_demo_account_with_its_post(ctx: UiContext) -> None:
    assert [row.username for row in ctx.demo_accounts] == list(DEMO_ROLES)
    assert all(row.post["zh"] and row.sees["en"] for row in ctx.demo_accounts)
