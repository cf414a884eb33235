"""Urgent word that nobody reads goes to a second person, on record; what somebody took up does not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session, col, select

from domain.clock import to_text
from records import inbox
from records.audit import AuditEvent
from records.outbox import Outgoing
from services import history
from services.outbox import escalating, sending
from tests.outbox.conftest import House


async def seconds(house: House, first: str) -> dict[str, str | None]:
    """Who was told in whose place."""

    def read(session: Session) -> dict[str, str | None]:
        rows = session.exec(select(Outgoing).where(Outgoing.first == first))
        return {str(row.account): row.instead_of for row in rows}

    return await house.office.db.reading(read)


async def recorded(house: House) -> list[tuple[str, str, Any]]:
    """The second people of the admin stream."""

    wanted = col(AuditEvent.action).in_(["second_recipient", "no_second_recipient"])

    def read(session: Session) -> list[tuple[str, str, Any]]:
        rows = session.exec(select(AuditEvent).where(wanted))
        return [(row.action, row.subject, row.payload["why"]) for row in rows]

    return await house.office.db.reading(read)


async def round_of(house: House) -> None:
    await sending.turn(house.office)
    await escalating.turn(house.office)


async def test_nobody_read_so_the_superior_and_quality_are_told_once(house: House) -> None:
    for name in ("ann", "bob", "boss", "qa"):
        await house.reachable(name)
    await house.tell("E1", "cold_chain")
    await round_of(house)
    house.wait(minutes=29)
    await round_of(house)
    assert await seconds(house, "E1") == {}
    house.wait(minutes=2)
    await round_of(house)
    # Ann has a superior; Bob has none, but the head of his department is the same person.
    assert await seconds(house, "E1") == {"boss": "ann"}
    house.wait(minutes=2)
    await round_of(house)
    house.wait(minutes=60)
    await round_of(house)
    assert await seconds(house, "E1") == {"boss": "ann"} and await recorded(house) == [
        ("second_recipient", "boss", "unread")
    ]
    mail = next(one for one in house.mail.mails if one["To"] == "boss@example.com")
    assert "原收件人未读" in str(mail["Subject"]) and "Ann" not in str(mail)
    (bell,) = await history.notices(house.office, await house.actor("boss"))
    assert str(bell["title"]["zh"]).startswith("（原收件人未读）")  # type: ignore[index]


async def test_a_person_without_superior_and_department_is_followed_by_quality(house: House) -> None:
    await house.tell("E2", "recall", account="cat")
    await round_of(house)
    house.wait(minutes=31)
    await escalating.turn(house.office)
    assert await seconds(house, "E2") == {"qa": "cat", "qa2": "cat"}


async def test_one_reading_is_enough(house: House) -> None:
    await house.tell("E3", "recall")
    await round_of(house)
    house.wait(minutes=10)
    await house.office.db.writing(inbox.mark_read, "E3", "bob", to_text(house.now))
    house.wait(minutes=60)
    await escalating.turn(house.office)
    assert await seconds(house, "E3") == {} and await recorded(house) == []


@pytest.mark.parametrize(("kind", "told"), [("notice", 0), ("mention", 0), ("urge", 0), ("incident", 1)])
async def test_only_what_is_urgent_goes_to_a_second_person(house: House, kind: str, told: int) -> None:
    await house.tell("E4", kind, account="ann")
    await round_of(house)
    house.wait(minutes=120)
    await escalating.turn(house.office)
    assert len(await seconds(house, "E4")) == told


async def test_what_an_sop_calls_urgent_goes_to_a_second_person(house: House) -> None:
    await house.tell("E5", "task", account="ann", urgent=True)
    await round_of(house)
    house.wait(minutes=120)
    await escalating.turn(house.office)
    assert await seconds(house, "E5") == {"boss": "ann"}


async def test_what_could_not_be_delivered_goes_on_before_the_time(house: House) -> None:
    await house.reachable("ann")
    house.mail.refuse["ann@example.com"] = "550 gone"
    await house.tell("E6", "recall", account="ann")
    await round_of(house)
    assert await seconds(house, "E6") == {"boss": "ann"}
    assert await recorded(house) == [("second_recipient", "boss", "not_delivered")]
    house.wait(minutes=31)
    await round_of(house)
    assert await seconds(house, "E6") == {"boss": "ann"} and len(await recorded(house)) == 1


async def test_one_channel_that_works_is_delivery(house: House) -> None:
    from services.outbox.sms import Sms
    from tests.outbox.servers import webhook

    async with webhook() as gateway:
        house.office.channels = {**house.office.channels, "sms": Sms(gateway.url, '{"t": "{text}"}')}
        await house.reachable("ann")
        await house.reachable("ann", "sms", "13800000001")
        house.mail.refuse["ann@example.com"] = "550 gone"
        await house.tell("E7", "recall", account="ann")
        await round_of(house)
        assert len(gateway.got) == 1 and await seconds(house, "E7") == {}


async def test_a_second_person_is_not_followed_by_a_third(house: House) -> None:
    await house.tell("E8", "recall", account="ann")
    for _ in range(4):
        await round_of(house)
        house.wait(minutes=31)
    assert await seconds(house, "E8") == {"boss": "ann"}
    assert await seconds(house, "E8/second/boss") == {}


async def test_nobody_to_tell_is_on_record(house: House) -> None:
    await house.tell("E9", "recall", roles=("quality_staff",), site="XX")
    await round_of(house)
    house.wait(minutes=31)
    await escalating.turn(house.office)
    assert await recorded(house) == [("no_second_recipient", "E9", "unread")]


async def test_drills_bother_no_second_person(house: House) -> None:
    await house.reachable("ann")
    await house.tell("E10", "recall", account="ann", mode="drill")
    await round_of(house)
    house.wait(minutes=61)
    await round_of(house)
    assert await seconds(house, "E10") == {}
    assert "演练" in str(house.mail.mails[0]["Subject"])
