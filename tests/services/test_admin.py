"""Who runs the system has no business right in it; secrets are the person's own; every change is on record."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import GspError, RefusedError
from records import audit
from services import access, admin, history, links, people, places, setup
from services.actor import Actor, Proof
from services.admin import Person, Post
from services.office import Office

NEW = "a-new-password"


async def acting(office: Office, username: str) -> Actor:
    """The person as they are now."""
    found = await people.actor_named(office, username)
    assert found is not None
    return found


async def told(office: Office) -> list[tuple[str, str, str]]:
    """(actor, action, subject) of the admin stream, oldest first."""
    found = await office.db.reading(audit.events, audit.ADMIN)
    return [(event.actor, event.action, event.subject) for event in reversed(found)]


def token_of(answer: Any) -> str:
    """The token of a one-time link."""
    return str(answer["link"]).rpartition("/")[2]


async def test_administrator_makes_an_account_and_its_owner_sets_the_password(office: Office) -> None:
    boss = await acting(office, "admin")
    made = await admin.create(office, boss, Person("zhang.san", "张三"))
    assert made["has_password"] is False
    token = token_of(made)
    assert await links.look(office, token) == {"purpose": "first_password", "username": "zhang.san", "name": "张三"}
    assert await links.set_password(office, token, NEW) == "zhang.san"
    assert (await people.login(office, "zhang.san", NEW)).account == "zhang.san"
    with pytest.raises(GspError, match="link_used"):
        await links.set_password(office, token, NEW + "2")
    assert ("admin", "account_created", "zhang.san") in await told(office)


@pytest.mark.parametrize("who", ["hr", "qa", "receiver", "owner"])
async def test_nobody_else_makes_accounts_or_gives_posts(office: Office, who: str) -> None:
    actor = await acting(office, who)
    for attempt in (
        admin.create(office, actor, Person("li.si", "李四")),
        admin.grant(office, actor, "receiver", Post("inspector", "HQ")),
        admin.reset_password(office, actor, "receiver", "forgot"),
        admin.disable(office, actor, "receiver", "left"),
        places.save_site(office, actor, "B2", {"name": "分部"}),
    ):
        with pytest.raises(RefusedError) as refused:
            await attempt
        assert refused.value.refusal.status == 403 and refused.value.refusal_id


async def test_hr_reads_accounts_and_a_receiver_does_not(office: Office) -> None:
    listed: Any = await admin.accounts(office, await acting(office, "hr"))
    assert {each["username"] for each in listed} >= {"admin", "receiver"}
    with pytest.raises(RefusedError):
        await admin.accounts(office, await acting(office, "receiver"))


async def test_administrator_cannot_give_himself_a_post(office: Office) -> None:
    with pytest.raises(RefusedError) as refused:
        await admin.grant(office, await acting(office, "admin"), "admin", Post("quality_director", "HQ"))
    assert refused.value.refusal.rule == "not_oneself"


async def test_administration_and_business_are_never_one_person(office: Office) -> None:
    boss = await acting(office, "admin")
    for username, role in (("admin2", "quality_director"), ("receiver", "it_admin")):
        with pytest.raises(RefusedError) as refused:
            await admin.grant(office, boss, username, Post(role, "HQ"))
        assert refused.value.refusal.rule == "admin_apart"


async def test_post_is_held_on_its_days_and_ends_when_revoked(office: Office) -> None:
    boss = await acting(office, "admin")
    view: Any = await admin.grant(office, boss, "receiver", Post("inspector", "HQ", "2999-01-01"))
    assert not (await acting(office, "receiver")).has("inspector")
    view = await admin.grant(office, boss, "receiver", Post("warehouse_keeper", "HQ"))
    assert (await acting(office, "receiver")).has("warehouse_keeper", "HQ")
    grant = next(each["id"] for each in view["grants"] if each["role"] == "warehouse_keeper")
    await admin.revoke(office, boss, grant, "moved")
    assert not (await acting(office, "receiver")).has("warehouse_keeper")
    assert ("admin", "post_revoked", "receiver") in await told(office)


@pytest.mark.parametrize("post", [Post("king", "HQ"), Post("inspector", "XX"), Post("inspector", "HQ", "2026-1-1")])
async def test_post_that_makes_no_sense_is_refused(office: Office, post: Post) -> None:
    with pytest.raises(RefusedError) as refused:
        await admin.grant(office, await acting(office, "admin"), "receiver", post)
    assert refused.value.refusal.status == 422


async def test_reset_ends_access_and_blocks_signing_until_quality_confirms(office: Office) -> None:
    boss, quality = await acting(office, "admin"), await acting(office, "qa")
    session = await people.login(office, "receiver", "secret-receiver")
    answer = await admin.reset_password(office, boss, "receiver", "forgot it")
    assert await people.session_actor(office, session.token) is None
    with pytest.raises(people.LoginRefused):
        await people.login(office, "receiver", "secret-receiver")
    (notice,) = await history.notices(office, quality)
    assert "receiver" in str(notice["title"]) and not await history.notices(office, await acting(office, "hr"))
    with pytest.raises(RefusedError) as early:
        await admin.confirm_signing(office, quality, "receiver")
    assert early.value.refusal.code == "password_not_set"
    await links.set_password(office, token_of(answer), NEW)
    receiver = await acting(office, "receiver")
    with pytest.raises(RefusedError) as blocked:
        await people.prove(office, receiver, Proof("received", password=NEW), reauth=True, about={"action": "sign"})
    assert blocked.value.refusal.code == "may_not_sign"
    await admin.confirm_signing(office, quality, "receiver")
    assert (await acting(office, "receiver")).may_sign()
    assert [each[1] for each in await told(office) if each[2] == "receiver"][-3:] == [
        "password_reset", "password_set", "signing_confirmed",
    ]  # fmt: skip


async def test_administrator_and_the_person_cannot_confirm_signing(office: Office) -> None:
    boss, quality = await acting(office, "admin"), await acting(office, "qa")
    await links.set_password(office, token_of(await admin.reset_password(office, boss, "qa", "forgot")), NEW)
    for actor in (boss, quality):
        with pytest.raises(RefusedError):
            await admin.confirm_signing(office, actor, "qa")


async def test_disabled_account_is_out_at_once_and_its_name_is_never_used_again(office: Office) -> None:
    boss = await acting(office, "admin")
    token = await people.make_token(office, "receiver", "scanner", (), None)
    session = await people.login(office, "receiver", "secret-receiver")
    await admin.disable(office, boss, "receiver", "left the company")
    assert await people.session_actor(office, session.token) is None
    assert await people.token_actor(office, token) is None
    with pytest.raises(RefusedError) as taken:
        await admin.create(office, boss, Person("receiver", "Another"))
    assert taken.value.refusal.code == "account_exists"
    with pytest.raises(RefusedError):
        await admin.disable(office, boss, "admin", "me")


async def test_own_password_changes_only_with_the_present_one(office: Office) -> None:
    receiver = await acting(office, "receiver")
    with pytest.raises(RefusedError) as wrong:
        await links.change_password(office, receiver, "guess", NEW)
    assert wrong.value.refusal.status == 401
    with pytest.raises(RefusedError) as short:
        await links.change_password(office, receiver, "secret-receiver", "short")
    assert short.value.refusal.code == "bad_password"
    await links.change_password(office, receiver, "secret-receiver", NEW)
    assert (await people.login(office, "receiver", NEW)).account == "receiver"


async def test_badge_names_one_person_and_needs_that_persons_pin(office: Office) -> None:
    boss = await acting(office, "admin")
    await access.set_badge(office, boss, "receiver", "B-7")
    with pytest.raises(RefusedError) as taken:
        await access.set_badge(office, boss, "qa", "B-7")
    assert taken.value.refusal.code == "badge_taken"
    await access.set_pin(office, await acting(office, "receiver"), "secret-receiver", "2468")
    tablet = await access.register_device(office, boss, "dock 1", "HQ")
    with pytest.raises(people.LoginRefused):
        await people.login_badge(office, "B-7", "2468", device="unknown")
    assert (await people.login_badge(office, "B-7", "2468", device=str(tablet["token"]))).account == "receiver"
    await access.retire_device(office, boss, str(tablet["id"]))
    with pytest.raises(people.LoginRefused):
        await people.login_badge(office, "B-7", "2468", device=str(tablet["token"]))


async def test_tokens_are_shown_once_and_end_when_revoked(office: Office) -> None:
    owner = await acting(office, "owner")
    made = await access.issue_token(office, owner, "ci", None, "secret-owner")
    assert (await people.token_actor(office, str(made["token"]))) is not None
    (listed,) = await access.tokens(office, owner, "owner")
    assert str(made["token"]) not in str(listed)
    with pytest.raises(RefusedError):
        await access.revoke_token(office, await acting(office, "receiver"), str(listed["id"]))
    await access.revoke_token(office, owner, str(listed["id"]))
    assert await people.token_actor(office, str(made["token"])) is None


async def test_departments_never_form_a_circle(office: Office) -> None:
    boss = await acting(office, "admin")
    await places.save_department(office, boss, "QA", {"name": "质量部"})
    await places.save_department(office, boss, "QC", {"name": "检验组", "superior": "QA"})
    with pytest.raises(RefusedError) as circle:
        await places.save_department(office, boss, "QA", {"name": "质量部", "superior": "QC"})
    assert circle.value.refusal.code == "bad_superior"


async def test_old_set_up_link_cannot_take_over_an_installation_that_has_people(office: Office) -> None:
    assert await setup.first_link(office) is None  # there are people already
    answer = await links.issue(office, "first_account", None)
    given = setup.Beginning("公司", "HQ", "总部", "first", "第一人", NEW)
    with pytest.raises(GspError, match="link_used"):  # an old link cannot take over an installation that has people
        await setup.begin(office, token_of(answer), given)


async def test_nobody_is_called_like_the_system(office: Office) -> None:
    boss = await acting(office, "admin")
    for name in ("system", "anonymous", "terminal"):
        with pytest.raises(RefusedError, match="invalid_account"):
            await admin.create(office, boss, Person(name, "冒充"))
