"""A person's own addresses and choices: which kinds of word by which channel, quiet hours, digest.

An address is used once a code that was sent there came back; nobody enters or confirms one for somebody else.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from domain.clock import from_text, to_text
from domain.errors import Fault, Refusal, Text
from domain.json_types import Json, JsonObject
from domain.notices import CHANNELS, GROUP_CHANNELS, KINDS, usual_channels
from records import audit, contacts
from records.contacts import Contact, ContactCode, NoticeSetting
from services.actor import Actor
from services.office import Office
from services.outbox import timing
from services.outbox.channel import SendFault
from services.outbox.message import Message
from services.refusals import refuse

CODE_MINUTES = 10
CODE_TRIES = 5
CODE_GAP = timedelta(minutes=1)
CODES_A_DAY = 10
SHAPES = {
    "email": re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    "wecom": re.compile(r"1\d{10}"),
    "dingtalk": re.compile(r"1\d{10}"),
    "feishu": re.compile(r"ou_[A-Za-z0-9]{8,60}"),
    "sms": re.compile(r"\+?\d{8,15}"),
}
"""What an address looks like: mobile numbers are Chinese ones where the robot knows no others."""
ADDRESS_MAX = 200


@dataclass(frozen=True)
class Choice:
    """What a person chose: channels of some kinds, quiet hours as `(from, to)` or none, the digest."""

    kinds: Mapping[str, Sequence[str]]
    quiet: tuple[str, str] | None
    digest: str


# ------------------------------------------------------------------ looking


async def settings_of(office: Office, actor: Actor) -> JsonObject:
    """Channels with the person's addresses, kinds with the channels in force, quiet hours, digest."""
    return await office.db.reading(_settings, office, actor)


def _settings(session: Session, office: Office, actor: Actor) -> JsonObject:
    mine = {one.channel: one for one in contacts.contacts(session, [actor.id])}
    sent = {one.channel: one for one in contacts.codes(session, actor.id) if one.expires_at > office.now()}
    setting = contacts.settings(session, [actor.id]).get(actor.id)
    channels: list[Json] = [_channel(name, office, mine.get(name), sent.get(name)) for name in CHANNELS]
    kinds: list[Json] = [_kind(key, setting) for key in KINDS]
    return {
        "channels": channels,
        "kinds": kinds,
        "quiet": setting.quiet if setting else None,
        "digest": setting.digest if setting else "off",
        "language": actor.lang or None,
    }


def _channel(name: str, office: Office, contact: Contact | None, code: ContactCode | None) -> JsonObject:
    return {
        "channel": name,
        "set_up": name in office.channels,
        "group": name in GROUP_CHANNELS,
        "address": contact.address if contact else None,
        "verified_at": contact.verified_at if contact else None,
        "waiting": code.address if code else None,
    }


def _kind(key: str, setting: NoticeSetting | None) -> JsonObject:
    kind, chosen = KINDS[key], (setting.kinds if setting else {}).get(key)
    channels: list[Json] = list(usual_channels(key) if chosen is None else chosen)
    return {"kind": key, "title": kind.text.as_json(), "legal": kind.legal, "urgent": kind.urgent, "channels": channels}


# ------------------------------------------------------------------ choosing


async def choose(office: Office, actor: Actor, choice: Choice) -> JsonObject:
    """Keep what the person chose. Refuses what makes no sense; legal kinds go out whatever is chosen."""
    about: JsonObject = {"action": "notifications_chosen", "subject": actor.id}
    faults = _faults(choice)
    if faults:
        text = Text("有些选择无法保存。", "Some choices cannot be kept.")
        await refuse(office, actor, Refusal(422, "invalid_choice", text, faults=tuple(faults)), about)
    row = NoticeSetting(
        account=actor.id,
        kinds={kind: [name for name in CHANNELS if name in chosen] for kind, chosen in choice.kinds.items()},
        quiet={"from": choice.quiet[0], "to": choice.quiet[1]} if choice.quiet else None,
        digest=choice.digest,
        changed_at=office.now(),
    )
    await office.db.writing(_keep_choice, row)
    return await settings_of(office, actor)


def _keep_choice(session: Session, row: NoticeSetting) -> None:
    contacts.keep(session, row)
    payload = {"kinds": row.kinds, "quiet": row.quiet, "digest": row.digest}
    audit.append(session, audit.ADMIN, row.account, "notifications_chosen", row.account, {**payload}, row.changed_at)


def _faults(choice: Choice) -> list[Fault]:
    found: list[Fault] = []
    for kind, chosen in choice.kinds.items():
        if kind not in KINDS:
            found.append(_fault(f"/kinds/{kind}", "unknown_kind", "没有这种通知。", "There is no such kind."))
        found += [
            _fault(f"/kinds/{kind}", "unknown_channel", f"没有渠道“{name}”。", f"There is no channel '{name}'.")
            for name in chosen
            if name not in CHANNELS
        ]
    if choice.digest not in timing.DIGESTS:
        found.append(_fault("/digest", "unknown_digest", "汇总须为 off、hourly 或 daily。", "off, hourly or daily."))
    for name, text in zip(("from", "to"), choice.quiet or (), strict=False):
        if not _is_time(text):
            found.append(_fault(f"/quiet/{name}", "bad_time", "时间须写作 22:30。", "A time is written 22:30."))
    return found


def _is_time(text: str) -> bool:
    try:
        timing.parse_quiet(text)
    except ValueError:
        return False
    return True


def _fault(pointer: str, code: str, zh: str, en: str) -> Fault:
    return Fault(pointer, code, Text(zh, en))


# ------------------------------------------------------------------ addresses


async def give_address(office: Office, actor: Actor, channel: str, address: str) -> JsonObject:
    """Send a code to an address; it is used once the code came back (`confirm_address`)."""
    address = address.strip()
    about: JsonObject = {"action": "contact_given", "subject": actor.id, "channel": channel}
    if channel not in office.channels:
        text = Text("这个渠道没有配置，请系统管理员配置。", "This channel is not set up; ask the administrator.")
        await refuse(office, actor, Refusal(409 if channel in CHANNELS else 422, "channel_not_set_up", text), about)
    if len(address) > ADDRESS_MAX or not SHAPES[channel].fullmatch(address):
        text = Text("地址写法不对。", "This is not how such an address is written.")
        fault = Fault("/address", "bad_address", text)
        await refuse(office, actor, Refusal(422, "bad_address", text, faults=(fault,)), about)
    code = f"{secrets.randbelow(1_000_000):06d}"
    if not await office.db.writing(_keep_code, office, actor.id, channel, address, code):
        text = Text(
            "刚发过验证码，请一分钟后再试；每天最多 10 次。", "A code was just sent; wait a minute. Ten a day at most."
        )
        await refuse(office, actor, Refusal(409, "code_too_soon", text), about)
    try:
        await office.channels[channel].send(_code_message(office, code), [address])
    except SendFault as fault:
        text = Text(f"验证码没有发出：{fault.words.zh}", f"The code was not sent: {fault.words.en}")
        await refuse(office, actor, Refusal(409, "code_not_sent", text), about)
    return await settings_of(office, actor)


def _keep_code(session: Session, office: Office, account: str, channel: str, address: str, code: str) -> bool:
    """Keep the hash of a code; `False` when one was sent just now or too many today."""
    now, before = office.clock(), contacts.code(session, account, channel)
    today = before.sent_today if before is not None and before.sent_at[:10] == to_text(now)[:10] else 0
    if before is not None and (from_text(before.sent_at) + CODE_GAP > now or today >= CODES_A_DAY):
        return False
    row = ContactCode(
        account=account, channel=channel, address=address, code_hash=_hash(account, channel, code), tries=0,
        sent_at=to_text(now), expires_at=to_text(now + timedelta(minutes=CODE_MINUTES)), sent_today=today + 1,
    )  # fmt: skip
    contacts.keep(session, row)
    return True


def _hash(account: str, channel: str, code: str) -> str:
    """Salted by what it is for. Six digits can be searched; five tries in ten minutes cannot."""
    return hashlib.sha256(f"contact\n{account}\n{channel}\n{code}".encode()).hexdigest()


def _code_message(office: Office, code: str) -> Message:
    zh = f"验证码 {code}，{CODE_MINUTES} 分钟内有效。如非本人操作请忽略。"
    en = f"Code {code}, valid for {CODE_MINUTES} minutes. If you did not ask for it, ignore this."
    body = f"<!doctype html><html><body><p>{zh}</p><p>{en}</p></body></html>"
    return Message(office.new_id(), f"[GSPFlow] 验证码 / code {code}", f"{zh}\n{en}\n", body, office.clock())


async def confirm_address(office: Office, actor: Actor, channel: str, code: str) -> JsonObject:
    """The code came back: from now on the address is used. Refuses a wrong, old or too often tried one."""
    about: JsonObject = {"action": "contact_confirmed", "subject": actor.id, "channel": channel}
    wrong = await office.db.writing(_confirm, office, actor.id, channel, code.strip())
    if wrong is not None:
        await refuse(office, actor, wrong, about)
    return await settings_of(office, actor)


def _confirm(session: Session, office: Office, account: str, channel: str, code: str) -> Refusal | None:
    row, now = contacts.code(session, account, channel), office.now()
    if row is None or row.expires_at <= now or row.tries >= CODE_TRIES:
        text = Text("验证码已失效，请重新获取。", "The code is no longer valid; ask for another.")
        return Refusal(409, "code_expired", text)
    if not secrets.compare_digest(row.code_hash, _hash(account, channel, code)):
        row.tries += 1
        session.add(row)
        left = CODE_TRIES - row.tries
        text = Text(f"验证码不对，还可试 {left} 次。", f"The code is not right; {left} tries left.")
        return Refusal(422, "wrong_code", text, faults=(Fault("/code", "wrong_code", text),))
    contacts.keep(session, Contact(account=account, channel=channel, address=row.address, verified_at=now))
    row.expires_at = now  # used up; how many were sent today stays known
    session.add(row)
    _on_record(session, account, "contact_confirmed", channel, row.address, now)
    return None


async def remove_address(office: Office, actor: Actor, channel: str) -> JsonObject:
    """Nothing goes to this address any more; what waits for it is dropped."""
    await office.db.writing(_remove, actor.id, channel, office.now())
    return await settings_of(office, actor)


def _remove(session: Session, account: str, channel: str, now: str) -> None:
    if contacts.forget(session, Contact, account, channel):
        _on_record(session, account, "contact_removed", channel, "", now)


def _on_record(session: Session, account: str, what: str, channel: str, address: str, now: str) -> None:
    payload: dict[str, Any] = {"channel": channel, "address": masked(address)}
    audit.append(session, audit.ADMIN, account, what, account, payload, now)


def masked(address: str) -> str:
    """An address as others may see it: `q***@example.com`, `138****5678`."""
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"{address[:3]}****{address[-4:]}" if len(address) > 8 else "****" if address else ""
