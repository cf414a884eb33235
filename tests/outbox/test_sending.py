"""Word goes out once for each person and channel, together when there is much, again when it failed, never twice at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from app.settings import Settings
from app.wiring import database_of
from domain.clock import to_text
from records import deliveries
from records.audit import AuditEvent
from records.case_tables import Task
from records.outbox import Dispatch, Told
from services.office import Office
from services.outbox import sending, spreading
from services.outbox.email import Email
from tests.outbox.conftest import NOON, House


def body(mail: Any, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def events(house: House, action: str) -> list[AuditEvent]:
    def read(session: Session) -> list[AuditEvent]:
        return list(session.exec(select(AuditEvent).where(AuditEvent.action == action)))

    return await house.office.db.reading(read)


async def test_a_notice_reaches_the_holders_of_the_post_in_their_language(house: House) -> None:
    await house.reachable("ann")
    await house.reachable("bob")
    await house.tell("N1", due=to_text(NOON + timedelta(hours=5)))
    await sending.turn(house.office)
    assert house.mail.mails == [], "ordinary word waits a moment for more of the same"
    house.wait(seconds=20)
    await sending.turn(house.office)
    told = {str(mail["To"]): mail for mail in house.mail.mails}
    assert set(told) == {"ann@example.com", "bob@example.com"}
    assert told["ann@example.com"]["Subject"] == "[GSPFlow] 通知 · 标题 N1 · K-N1 · 截止 11-26 17:00"
    assert told["bob@example.com"]["Subject"] == "[GSPFlow] Notice · Title N1 · K-N1 · due 11-26 17:00"
    assert "https://gsp.example.com/cases/N1" in body(told["bob@example.com"])
    assert 'href="https://gsp.example.com/cases/N1"' in body(told["bob@example.com"], "html")
    assert {one.state for one in await house.deliveries()} == {"sent"}
    await sending.turn(house.office)
    assert len(house.mail.mails) == 2


async def test_who_chose_no_language_gets_both(house: House) -> None:
    await house.reachable("cat")
    await house.tell("N2", account="cat")
    await sending.turn(house.office)
    house.wait(seconds=20)
    await sending.turn(house.office)
    (mail,) = house.mail.mails
    assert "标题 N2" in body(mail) and "Title N2" in body(mail)


async def test_who_has_no_verified_address_gets_nothing(house: House) -> None:
    await house.tell("N3")
    house.wait(seconds=20)
    await sending.turn(house.office)
    assert house.mail.mails == [] and await house.deliveries() == []


async def test_five_hundred_tasks_are_one_message(house: House) -> None:
    await house.reachable("ann")
    words = {"zh": "验收", "en": "Inspect"}
    told = [
        Told(
            f"T{n}", "task", to_text(NOON), "HQ", words, words, account="ann", business_key=f"K{n}", link=f"/tasks/T{n}"
        )
        for n in range(500)
    ]
    await house.put(*told)
    await sending.turn(house.office)
    house.wait(seconds=20)
    await sending.turn(house.office)
    (mail,) = house.mail.mails
    assert mail["Subject"] == "[GSPFlow] 500 条通知" and "另有 480 条" in body(mail)
    assert {one.state for one in await house.deliveries()} == {"sent"}
    assert len({one.bundle for one in await house.deliveries()}) == 1


async def test_ordinary_word_keeps_a_gap_and_legal_word_does_not(house: House) -> None:
    await house.reachable("ann")
    for number in range(3):
        await house.tell(f"G{number}", account="ann")
        await sending.turn(house.office)
        house.wait(seconds=30)
        await sending.turn(house.office)
    assert len(house.mail.mails) == 1
    await house.tell("G-legal", "recall", account="ann")
    await sending.turn(house.office)
    assert len(house.mail.mails) == 2 and "召回" in str(house.mail.mails[1]["Subject"])
    house.wait(minutes=6)
    await sending.turn(house.office)
    assert len(house.mail.mails) == 3 and "2 条通知" in str(house.mail.mails[2]["Subject"])


async def test_a_failure_is_tried_again_under_the_same_key_then_given_up_on_record(house: House) -> None:
    await house.reachable("ann")
    house.mail.refuse["BODY"] = "451 later"
    await house.tell("F1", "recall", account="ann")
    for expected in ("failed", "failed", "given_up"):
        await sending.turn(house.office)
        (one,) = await house.deliveries()
        assert one.state == expected and one.last_error and "451" in one.last_error["en"]
        await sending.turn(house.office)
        house.wait(minutes=6)
    assert len(set(house.mail.keys)) == 1 and len(house.mail.keys) == 3
    assert await house.office.db.reading(deliveries.given_up) == 1
    (event,) = await events(house, "delivery_given_up")
    assert event.payload["why"]["zh"] and "example.com" not in str(event.payload)

    def attempts(session: Session) -> list[tuple[int, bool]]:
        return [(row.attempt, row.ok) for row in session.exec(select(Dispatch).order_by(Dispatch.id))]

    assert sorted(await house.office.db.reading(attempts)) == [(1, False), (2, False), (3, False)]


async def test_an_address_that_the_mail_server_refuses_for_good_is_given_up_at_once(house: House) -> None:
    await house.reachable("ann")
    house.mail.refuse["ann@example.com"] = "550 no such user"
    await house.tell("F2", "recall", account="ann")
    await sending.turn(house.office)
    assert [one.state for one in await house.deliveries()] == ["given_up"]


@pytest.mark.parametrize("how", ["close_at", "refuse"])
async def test_a_mail_server_in_trouble_loses_nothing(house: House, how: str) -> None:
    await house.reachable("ann")
    if how == "close_at":
        house.mail.close_at = "DATA"
    else:
        house.mail.refuse["MAIL"] = "421 too busy"
    await house.tell("F3", "recall", account="ann")
    await sending.turn(house.office)
    assert [one.state for one in await house.deliveries()] == ["failed"] and not house.mail.mails
    house.mail.close_at, house.mail.refuse = "", {}
    house.wait(minutes=1)
    await sending.turn(house.office)
    assert [one.state for one in await house.deliveries()] == ["sent"] and len(house.mail.mails) == 1


async def test_done_and_foreign_work_is_not_told_any_more(house: House) -> None:
    await house.reachable("ann")
    await house.tell("moved", account="ann")
    await sending.turn(house.office)
    await house.reachable("ann", address="new@example.com")
    house.wait(seconds=20)
    await sending.turn(house.office)
    assert [one.state for one in await house.deliveries()] == ["needless"] and not house.mail.mails


async def test_a_mention_is_told_even_when_somebody_else_has_the_task(house: House) -> None:
    def a_task(session: Session) -> None:
        session.add(
            Task(
                id="TM", case_id="C", path="p#1", seat="s1", step="p", round=1, kind="task", state="open", site="HQ",
                assignee="bob", definition="d", version="1.0.0", opened_at=to_text(NOON), started_by="cat",
            )
        )  # fmt: skip

    await house.office.db.writing(a_task)
    await house.reachable("ann")
    await house.tell("M1", "mention", account="ann", task_id="TM")
    await house.tell("M2", "task", account="ann", task_id="TM")
    await sending.turn(house.office)
    house.wait(seconds=20)
    await sending.turn(house.office)
    assert {one.outgoing_id: one.state for one in await house.deliveries()} == {"M1": "sent", "M2": "needless"}


# ------------------------------------------------------------------ kill -9, two processes


async def test_a_process_that_died_while_sending_is_followed_by_one_that_sends_the_same_message(
    either_house: House,
) -> None:
    house = either_house
    await house.reachable("ann")
    await house.tell(f"K1-{id(house)}", "recall", account="ann")
    while await house.office.db.writing(spreading.spread, house.office):
        pass
    (taken,) = await house.office.db.writing(sending.take, house.office)
    await house.office.channels["email"].send(taken.message, taken.addresses)
    # Here the process is killed: the mail is out, nothing is settled.
    house.wait(seconds=60)
    assert await sending.turn(house.office) == 0, "the lease still holds"
    house.wait(seconds=61)
    assert await sending.turn(house.office) == 1
    assert len(house.mail.keys) == 2 and len(set(house.mail.keys)) == 1
    assert [one.state for one in await house.deliveries(outgoing_id=f"K1-{id(house)}")] == ["sent"]


async def test_a_settlement_that_comes_after_the_lease_changes_nothing(house: House) -> None:
    await house.reachable("ann")
    await house.tell("K2", "recall", account="ann")
    await house.office.db.writing(spreading.spread, house.office)
    (late,) = await house.office.db.writing(sending.take, house.office)
    house.wait(minutes=3)
    (second,) = await house.office.db.writing(sending.take, house.office)
    await house.office.db.writing(sending.settle, house.office, late, None)
    assert [one.lease for one in await house.deliveries()] == [second.lease]


async def test_a_message_that_kills_its_process_every_time_is_given_up(house: House) -> None:
    await house.reachable("ann")
    await house.tell("K3", "recall", account="ann")
    await house.office.db.writing(spreading.spread, house.office)
    for _ in range(3):
        assert await house.office.db.writing(sending.take, house.office)
        house.wait(minutes=3)
    assert not await house.office.db.writing(sending.take, house.office)
    assert [one.state for one in await house.deliveries()] == ["given_up"]


async def test_two_processes_send_every_message_once(either_house: House) -> None:
    house = either_house
    settings = Settings.model_validate({"data": house.office.attachments.parent, "database_url": house.office.db.url})
    second = Office(**{**vars(house.office), "db": database_of(settings)})
    house.others.append(second.db)
    for name in ("ann", "bob", "qa", "qa2", "cat"):
        await house.reachable(name)
    for number in range(20):
        for name in ("ann", "bob", "qa", "qa2", "cat"):
            await house.tell(f"two-{id(house)}-{number}-{name}", "recall", account=name)
    for _ in range(8):
        await asyncio.gather(*(sending.turn(office) for office in (house.office, second) for _ in range(3)))
        house.wait(minutes=1)
    mine = [one for one in await house.deliveries() if one.outgoing_id.startswith(f"two-{id(house)}-")]
    assert len(mine) == 100 and {one.state for one in mine} == {"sent"} and {one.attempts for one in mine} == {1}
    assert len(house.mail.keys) == len(set(house.mail.keys))
    links = [
        line
        for mail in house.mail.mails
        for line in body(mail).splitlines()
        if f"two-{id(house)}" in line and "http" in line
    ]
    assert len(links) == len(set(links))


# ------------------------------------------------------------------ robots' groups


async def test_a_group_gets_one_message_that_mentions_everybody(house: House) -> None:
    from services.outbox.robots import WeCom
    from tests.outbox.servers import webhook

    async with webhook() as robot:
        house.office.channels = {"wecom": WeCom(robot.url)}
        await house.reachable("ann", "wecom", "13800000001")
        await house.reachable("bob", "wecom", "13800000002")
        await house.tell("W1", "recall")
        await sending.turn(house.office)
        (posted,) = robot.got
    assert sorted(posted.body["text"]["mentioned_mobile_list"]) == ["13800000001", "13800000002"]
    assert posted.body["text"]["content"].count("标题 W1") == 2, "in subject and text, once for both people"
    assert {one.state for one in await house.deliveries()} == {"sent"}


async def test_a_channel_that_is_no_longer_set_up_is_given_up_in_words(house: House) -> None:
    await house.reachable("ann")
    await house.tell("gone", "recall", account="ann")
    await house.office.db.writing(spreading.spread, house.office)
    house.office.channels = {"sms": Email("localhost", 1, "x@example.com")}
    await sending.turn(house.office)
    (one,) = await house.deliveries()
    assert one.state == "given_up" and one.last_error == sending._NOT_SET_UP.as_json()  # pyright: ignore[reportPrivateUsage]


async def test_without_channels_nothing_waits(house: House) -> None:
    house.office.channels = {}
    await house.reachable("ann")
    await house.tell("silent", "recall", account="ann")
    await sending.turn(house.office)
    house.office.channels = {"email": Email("localhost", house.mail.port, "gsp@example.com", "none")}
    await sending.turn(house.office)
    assert house.mail.mails == [], "what was told before mail was set up does not come as a flood afterwards"
