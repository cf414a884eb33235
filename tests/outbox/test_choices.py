"""A person's own choices: addresses proved by a code, kinds by channel, quiet hours that never hold back the law."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from domain.errors import RefusedError
from domain.notices import KINDS
from records.audit import AuditEvent
from records.verify import verify_tables
from services.outbox import contacting, register, sending
from services.outbox.contacting import Choice
from services.outbox.sms import Sms
from tests.outbox.conftest import House
from tests.outbox.servers import webhook

NOTHING = Choice({}, None, "off")


def code_in(house: House) -> str:
    found = re.search(r"code (\d{6})", str(house.mail.mails[-1]["Subject"]))
    assert found
    return found[1]


def night(house: House) -> None:
    house.now = datetime(2026, 11, 26, 23, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


async def refused(call: Any) -> str:
    with pytest.raises(RefusedError) as found:
        await call
    assert found.value.refusal_id, "it is on record"
    return found.value.refusal.code


# ------------------------------------------------------------------ addresses


async def test_an_address_is_used_once_its_code_came_back(house: House) -> None:
    ann = await house.actor("ann")
    waiting: Any = await contacting.give_address(house.office, ann, "email", "ann@example.com")
    assert waiting["channels"][0]["waiting"] == "ann@example.com" and waiting["channels"][0]["address"] is None
    await house.tell("C1", "recall", account="ann")
    await sending.turn(house.office)
    assert len(house.mail.mails) == 1, "nothing but the code goes to an address that is not verified"
    done: Any = await contacting.confirm_address(house.office, ann, "email", code_in(house))
    assert done["channels"][0]["address"] == "ann@example.com" and done["channels"][0]["waiting"] is None
    await house.tell("C2", "recall", account="ann")
    await sending.turn(house.office)
    assert len(house.mail.mails) == 2


async def test_the_code_is_kept_as_a_hash_and_works_once(house: House) -> None:
    ann = await house.actor("ann")
    await contacting.give_address(house.office, ann, "email", "ann@example.com")
    code = code_in(house)
    raw = (house.office.attachments.parent / "gspflow.db").read_bytes()
    assert code.encode() not in raw
    await contacting.confirm_address(house.office, ann, "email", code)
    assert await refused(contacting.confirm_address(house.office, ann, "email", code)) == "code_expired"


async def test_codes_are_not_guessed(house: House) -> None:
    ann = await house.actor("ann")
    await contacting.give_address(house.office, ann, "email", "ann@example.com")
    right = code_in(house)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        assert await refused(contacting.confirm_address(house.office, ann, "email", wrong)) == "wrong_code"
    assert await refused(contacting.confirm_address(house.office, ann, "email", right)) == "code_expired"


async def test_codes_run_out_and_are_not_a_way_to_flood_somebody(house: House) -> None:
    ann = await house.actor("ann")
    await contacting.give_address(house.office, ann, "email", "ann@example.com")
    assert await refused(contacting.give_address(house.office, ann, "email", "bob@example.com")) == "code_too_soon"
    house.wait(minutes=11)
    assert await refused(contacting.confirm_address(house.office, ann, "email", code_in(house))) == "code_expired"
    sent = 1
    for _ in range(20):
        try:
            await contacting.give_address(house.office, ann, "email", "ann@example.com")
            sent += 1
        except RefusedError as found:
            assert found.refusal.code == "code_too_soon"
        house.wait(minutes=2)
    assert sent == contacting.CODES_A_DAY == len(house.mail.mails)


async def test_another_persons_code_proves_nothing(house: House) -> None:
    await contacting.give_address(house.office, await house.actor("ann"), "email", "ann@example.com")
    bob = await house.actor("bob")
    assert await refused(contacting.confirm_address(house.office, bob, "email", code_in(house))) == "code_expired"


@pytest.mark.parametrize(
    ("channel", "address", "code"),
    [
        ("email", "ann", "bad_address"),
        ("email", "a@b", "bad_address"),
        ("email", "ann@example.com\nBcc: all@example.com", "bad_address"),
        ("email", "a" * 300 + "@example.com", "bad_address"),
        ("wecom", "13800000001", "channel_not_set_up"),
        ("pigeon", "x", "channel_not_set_up"),
    ],
)
async def test_what_is_no_address_is_refused(house: House, channel: str, address: str, code: str) -> None:
    assert await refused(contacting.give_address(house.office, await house.actor("ann"), channel, address)) == code
    assert not house.mail.mails


async def test_a_code_that_could_not_be_sent_says_why(house: House) -> None:
    house.mail.refuse["ann@example.com"] = "550 no such user"
    ann = await house.actor("ann")
    assert await refused(contacting.give_address(house.office, ann, "email", "ann@example.com")) == "code_not_sent"


async def test_a_removed_address_gets_nothing(house: House) -> None:
    await house.reachable("ann")
    await house.tell("C3", account="ann")
    await sending.turn(house.office)
    await contacting.remove_address(house.office, await house.actor("ann"), "email")
    house.wait(minutes=1)
    await sending.turn(house.office)
    assert not house.mail.mails and [one.state for one in await house.deliveries()] == ["needless"]


async def test_addresses_and_choices_are_witnessed_and_on_record_without_the_address(house: House) -> None:
    ann = await house.actor("ann")
    await contacting.give_address(house.office, ann, "email", "ann@example.com")
    await contacting.confirm_address(house.office, ann, "email", code_in(house))
    await contacting.choose(house.office, ann, NOTHING)

    def look(session: Session) -> tuple[list[Any], list[AuditEvent]]:
        return verify_tables(session), list(session.exec(select(AuditEvent)))

    broken, events = await house.office.db.reading(look)
    assert broken == [] and {"contact_confirmed", "notifications_chosen"} <= {one.action for one in events}
    assert "ann@example.com" not in str([one.payload for one in events])


async def test_an_address_changed_behind_our_back_is_found(house: House) -> None:
    await house.reachable("ann")
    with house.office.db.write() as session:
        session.connection().execute(text("UPDATE contact SET address = 'thief@example.com'"))
    (found,) = await house.office.db.reading(verify_tables)
    assert (found.where, found.found.kind) == ("table:contact", "changed")


# ------------------------------------------------------------------ kinds, quiet hours, digest


async def test_a_kind_goes_by_the_channels_that_were_chosen(house: House) -> None:
    async with webhook() as gateway:
        house.office.channels = {**house.office.channels, "sms": Sms(gateway.url, '{"t": "{text}"}')}
        await house.reachable("ann")
        await house.reachable("ann", "sms", "13800000001")
        ann = await house.actor("ann")
        await contacting.choose(house.office, ann, Choice({"notice": ["sms"], "task": []}, None, "off"))
        await house.tell("Q1", account="ann")
        await house.tell("Q2", "task", account="ann")
        await house.tell("Q3", "mention", account="ann")
        await sending.turn(house.office)
        found = {(one.outgoing_id, one.channel) for one in await house.deliveries()}
    assert found == {("Q1", "sms"), ("Q3", "email")}, "a text message by default only for what is urgent"


async def test_legal_word_goes_out_whatever_was_chosen(house: House) -> None:
    await house.reachable("ann")
    ann = await house.actor("ann")
    silent: dict[str, list[str]] = {kind: [] for kind in KINDS}
    await contacting.choose(house.office, ann, Choice(silent, ("00:00", "23:59"), "daily"))
    for kind in KINDS:
        await house.tell(f"Q-{kind}", kind, account="ann")
    await sending.turn(house.office)
    told = {one.outgoing_id.removeprefix("Q-") for one in await house.deliveries(state="sent")}
    assert told == {kind.key for kind in KINDS.values() if kind.legal}
    assert told == {"incident", "deadline", "recall", "adverse_event", "cold_chain", "password_reset"}


async def test_quiet_hours_hold_back_until_their_end(house: House) -> None:
    night(house)
    await house.reachable("ann")
    await house.wants("ann", quiet={"from": "22:00", "to": "07:00"})
    await house.tell("Q4", account="ann")
    await house.tell("Q5", "urge", account="ann")
    await sending.turn(house.office)
    house.wait(minutes=5)
    await sending.turn(house.office)
    assert not house.mail.mails
    await house.tell("Q6", "recall", account="ann")
    await sending.turn(house.office)
    assert [str(one["Subject"]) for one in house.mail.mails] == ["[GSPFlow] 召回 · 标题 Q6 · K-Q6"]
    house.wait(hours=8)
    await sending.turn(house.office)
    assert "2 条通知" in str(house.mail.mails[1]["Subject"])


async def test_a_retry_keeps_the_quiet_hours_too(house: House) -> None:
    night(house)
    house.wait(minutes=-91)  # 21:59
    await house.reachable("ann")
    await house.wants("ann", quiet={"from": "22:00", "to": "07:00"})
    house.mail.refuse["BODY"] = "451 later"
    await house.tell("Q7", account="ann")
    await sending.turn(house.office)
    house.wait(seconds=20)
    await sending.turn(house.office)
    assert len(house.mail.mails) == 1
    house.mail.refuse = {}
    house.wait(hours=1)
    await sending.turn(house.office)
    assert len(house.mail.mails) == 1
    house.wait(hours=9)
    await sending.turn(house.office)
    assert len(house.mail.mails) == 2 and len(set(house.mail.keys)) == 1


async def test_a_daily_digest_is_one_message_in_the_morning(house: House) -> None:
    await house.reachable("ann")
    await house.wants("ann", digest="daily")
    for number in range(4):
        await house.tell(f"D{number}", account="ann")
        await sending.turn(house.office)
        house.wait(hours=1)
        await sending.turn(house.office)
    assert not house.mail.mails
    house.now = datetime(2026, 11, 27, 8, 31, tzinfo=ZoneInfo("Asia/Shanghai"))
    await sending.turn(house.office)
    (mail,) = house.mail.mails
    assert mail["Subject"] == "[GSPFlow] 4 条通知"


@pytest.mark.parametrize(
    ("choice", "pointer"),
    [
        (Choice({"gossip": []}, None, "off"), "/kinds/gossip"),
        (Choice({"task": ["pigeon"]}, None, "off"), "/kinds/task"),
        (Choice({}, ("25:00", "07:00"), "off"), "/quiet/from"),
        (Choice({}, ("22:00", "seven"), "off"), "/quiet/to"),
        (Choice({}, None, "weekly"), "/digest"),
    ],
)
async def test_choices_that_make_no_sense_are_refused_where_they_stand(
    house: House, choice: Choice, pointer: str
) -> None:
    with pytest.raises(RefusedError) as found:
        await contacting.choose(house.office, await house.actor("ann"), choice)
    assert [fault.pointer for fault in found.value.refusal.faults] == [pointer]


# ------------------------------------------------------------------ the register


async def test_the_register_says_what_went_where_and_what_was_read(house: House) -> None:
    from services import history

    await house.reachable("ann")
    await house.tell("R1", "recall", account="ann")
    await sending.turn(house.office)
    house.wait(minutes=3)
    await history.mark_notice(house.office, await house.actor("ann"), "R1")
    page: Any = await register.listing(house.office, await house.actor("admin"), {})
    (one,) = page["items"]
    assert (one["account"], one["channel"], one["address"], one["state"]) == (
        "ann",
        "email",
        "a***@example.com",
        "sent",
    )
    assert one["sent_at"] < one["read_at"] and page["counts"]["sent"] == 1
    assert "title" not in one, "the administrator reads no words of a case"


async def test_only_some_posts_look_and_retry(house: House) -> None:
    for name in ("ann", "cat"):
        assert await refused(register.listing(house.office, await house.actor(name), {})) == "forbidden"
        assert await refused(register.retry(house.office, await house.actor(name), "x")) == "forbidden"


async def test_retry_sends_a_given_up_delivery_as_a_new_message(house: House) -> None:
    await house.reachable("ann")
    house.mail.refuse["BODY"] = "554 never"
    await house.tell("R2", "recall", account="ann")
    for _ in range(3):
        await sending.turn(house.office)
        house.wait(minutes=6)
    (one,) = await house.deliveries()
    assert one.state == "given_up"
    house.mail.refuse = {}
    admin = await house.actor("admin")
    await register.retry(house.office, admin, one.id)
    await sending.turn(house.office)
    assert [each.state for each in await house.deliveries()] == ["sent"] and len(set(house.mail.keys)) == 2
    assert await refused(register.retry(house.office, admin, one.id)) == "not_failed"
    tried: Any = await register.attempts(house.office, admin, one.id)
    assert [each["ok"] for each in tried["attempts"]] == [True]


@pytest.mark.parametrize(
    ("address", "shown"),
    [("ann@example.com", "a***@example.com"), ("13812345678", "138****5678"), ("1234", "****"), ("", "")],
)
def test_addresses_are_masked(address: str, shown: str) -> None:
    assert contacting.masked(address) == shown
