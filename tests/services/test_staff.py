"""The files of persons: who enters what, that nothing is changed, and what the files say about being fit to act."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from domain.errors import RefusedError
from domain.needs import months_after
from records import audit
from records.people import Account, RoleGrant
from records.verify import verify_all
from services import needs, people, staff, trainings
from services.actor import Actor
from services.office import Office

GOOD = staff.Entry("training", "post", "2026-01-10", result="passed", valid_until="2099-01-01")


async def actor(office: Office, username: str) -> Actor:
    found = await people.actor_named(office, username)
    assert found is not None
    return found


@pytest.fixture
async def office_with_trainer(office: Office) -> Office:
    """The office of these tests with a training administrator."""
    with office.db.write() as session:
        session.add(Account(username="trainer", name="Trainer", created_at=office.now()))
        session.flush()
        day = "2020-01-01"
        session.add(
            RoleGrant(
                account="trainer", role="training_admin", site="HQ", valid_from=day, granted_by="s", granted_at=day
            )
        )
    return office


async def refused(office: Office, who: str, username: str, entry: staff.Entry) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await staff.add(office, await actor(office, who), username, entry)
    return caught.value


async def test_a_training_is_entered_by_the_training_administrator_and_a_health_check_by_hr(
    office_with_trainer: Office,
) -> None:
    office = office_with_trainer
    file: Any = await staff.add(office, await actor(office, "trainer"), "receiver", GOOD)
    assert file["records"][0]["state"] == "valid" and file["records"][0]["entered_by"] == "trainer"
    check = staff.Entry("health", "contact", "2026-02-01", result="fit")
    wrong = await refused(office, "trainer", "receiver", check)
    assert wrong.refusal.status == 403 and wrong.refusal.who_can == ("hr",) and wrong.refusal_id
    done: Any = await staff.add(office, await actor(office, "hr"), "receiver", check)
    assert done["records"][0]["valid_until"] == months_after("2026-02-01", 12)


async def test_nobody_writes_on_their_own_file_and_everybody_reads_it(office: Office) -> None:
    entry = staff.Entry("education", "other", "2010-07-01", level="college")
    assert (await refused(office, "hr", "hr", entry)).refusal.rule == "not_oneself"
    assert (await staff.file_of(office, await actor(office, "receiver"), "receiver"))["records"] == []
    with pytest.raises(RefusedError):
        await staff.file_of(office, await actor(office, "receiver"), "hr")


@pytest.mark.parametrize(
    "entry",
    [
        staff.Entry("health", "contact", "2026-02-01", result="fit", valid_until="2028-02-01"),
        staff.Entry("health", "contact", "2199-02-01", result="fit"),
        staff.Entry("health", "contact", "2026-02-01"),
        staff.Entry("education", "medical_laboratory", "2010-07-01", level="emperor"),
        staff.Entry("education", "contact", "2010-07-01", level="college"),
        staff.Entry("health", "contact", "1 Feb", result="fit"),
        staff.Entry("authorisation", "ruling", "2026-02-01", valid_until="2026-01-01"),
        staff.Entry("diploma", "other", "2026-02-01"),
    ],
)
async def test_what_the_book_does_not_allow_is_refused_in_words(office: Office, entry: staff.Entry) -> None:
    found = (await refused(office, "hr", "receiver", entry)).refusal
    assert found.status == 422 and found.message.zh and found.message.en


async def test_a_withdrawn_record_stays_and_counts_no_longer(office_with_trainer: Office) -> None:
    office = office_with_trainer
    trainer = await actor(office, "trainer")
    file: Any = await staff.add(office, trainer, "receiver", GOOD)
    number = file["records"][0]["id"]
    after: Any = await staff.withdraw(office, trainer, number, "wrong person")
    assert after["records"][0]["state"] == "withdrawn" and not after["needs"][1]["met"]
    with pytest.raises(RefusedError) as again:
        await staff.withdraw(office, trainer, number, "wrong person")
    assert again.value.refusal.status == 409


async def test_every_change_is_told_to_the_admin_stream_and_tampering_shows(office_with_trainer: Office) -> None:
    office = office_with_trainer
    await staff.add(office, await actor(office, "trainer"), "receiver", GOOD)
    with office.db.read() as session:
        told = audit.events(session, "admin", actor="trainer")
        assert told[0].action == "staff_record_added" and told[0].subject == "receiver"
        assert verify_all(session) == []
    with closing(sqlite3.connect(office.db.url.removeprefix("sqlite:///"))) as raw, raw:
        raw.execute("UPDATE staff_record SET valid_until = '2199-01-01'")
    with office.db.read() as session:
        assert [(one.where, one.found.kind) for one in verify_all(session)] == [("table:staff_record", "changed")]


async def test_results_of_a_training_go_onto_each_file_and_each_is_judged_alone(office_with_trainer: Office) -> None:
    office = office_with_trainer
    trainer = await actor(office, "trainer")
    made: Any = await trainings.plan(office, trainer, trainings.Wish("HQ", "GSP", "post", "2026-01-09", ("receiver",)))
    assert [one["username"] for one in made["people"]] == ["receiver"]
    entries: list[Any] = [
        {"username": "receiver", "result": "passed", "score": "91"},
        {"username": "nobody", "result": "passed"},
    ]
    done: Any = await trainings.results(office, trainer, made["id"], "2026-01-10", entries)
    assert [one["status"] for one in done["items"]] == [200, 404]
    shown: Any = await trainings.listing(office, trainer)
    assert shown[0]["people"][0]["result"] == "passed" and shown[0]["held_at"]


async def test_needs_are_answered_with_a_day_or_a_reason(office_with_trainer: Office) -> None:
    office = office_with_trainer
    await staff.add(office, await actor(office, "trainer"), "receiver", GOOD)
    keys = ("post_training", "health_check", "ivd_inspector_when_ivd")
    with office.db.read() as session:
        found: Any = needs.met(
            session, office.needs, "receiver", "HQ", office.now(), keys, {"is_ivd": False}, "Asia/Shanghai"
        )
    assert found["post_training"] == "2099-01-01" and set(found["health_check"]) == {"zh", "en"}
    assert isinstance(found["ivd_inspector_when_ivd"], str)


async def test_the_overview_says_what_runs_out_and_who_has_no_file(office_with_trainer: Office) -> None:
    office = office_with_trainer
    await staff.add(
        office, await actor(office, "trainer"), "qa", staff.Entry("training", "post", "2024-01-10", result="passed")
    )
    found: Any = {one["username"]: one for one in await staff.overview(office, await actor(office, "hr"))}
    assert [one["state"] for one in found["qa"]["ran_out"]] == ["expired"] and found["qa"]["lacking"]
    assert not found["receiver"]["file"] and found["admin"]["file"]
