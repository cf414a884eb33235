"""Deliveries go out: taken under a lease, bundled into one message for each person and channel, sent, settled.

A process that dies between sending and settling leaves its lease to run out; the same bundle is then sent again under
the same key (at least once). Two processes never hold the same delivery.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlmodel import Session

from domain.clock import from_text, to_text
from domain.errors import Text
from domain.notices import GROUP_CHANNELS, KINDS
from records import audit, contacts, deliveries, organisation, people
from records.contacts import NoticeSetting
from records.outbox import Delivery, Dispatch, Outgoing
from services.office import Office
from services.outbox import spreading, timing
from services.outbox.channel import SendFault
from services.outbox.message import BOTH, Langs, Line, Message, compose

log = logging.getLogger("gspflow.outbox")
TAKEN_MOST = 500
"""So many deliveries at most are taken at once."""
LEGAL_RETRY = timedelta(minutes=5)
"""The longest pause between two attempts at what the law wants told."""
AT_ONCE = 4
"""Messages sent at the same time by one process."""
DIED = Text("发送进程中断，结果不明。", "The sending process ended; whether it arrived is not known.")
_FAILED = Text("发送时出现未预料的错误，详见日志。", "An unforeseen fault while sending; the log has it.")
_NOT_SET_UP = Text("该渠道未配置。", "This channel is not set up.")


@dataclass(frozen=True)
class Taken:
    """One message under a lease: its key is `bundle`."""

    bundle: str
    channel: str
    lease: str
    addresses: tuple[str, ...]
    message: Message


async def turn(office: Office) -> int:
    """Spread what is new and send what is due; how many messages were tried."""
    if not await office.db.reading(deliveries.is_anything_due, office.now()):
        return 0
    while await office.db.writing(spreading.spread, office):
        pass
    taken = await office.db.writing(take, office)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(message: Taken) -> None:
        async with slots:
            await send(office, message)

    await asyncio.gather(*(one(message) for message in taken))
    return len(taken)


async def send(office: Office, taken: Taken) -> None:
    """Send one message and settle its deliveries."""
    fault: SendFault | None = None
    channel = office.channels.get(taken.channel)
    try:
        if channel is None:
            raise SendFault(_NOT_SET_UP, final=True)
        await channel.send(taken.message, taken.addresses)
    except SendFault as told:
        fault = told
        log.warning("message %s by %s failed: %s", taken.bundle, taken.channel, told.words.en)
    except Exception as error:  # one channel's fault must not stop the others; the text may hold a secret
        fault = SendFault(_FAILED)
        log.error("message %s by %s failed: %s", taken.bundle, taken.channel, type(error).__name__)
    await office.db.writing(settle, office, taken, fault)


# ------------------------------------------------------------------ taking


def take(session: Session, office: Office) -> list[Taken]:
    """Lease what may go out now, one bundle for each person (or group) and channel."""
    now = office.clock()
    due = deliveries.due(session, to_text(now), TAKEN_MOST)
    if not due:
        return []
    known = _Known(session, due, office)
    groups: dict[tuple[str, ...], list[Delivery]] = defaultdict(list)
    for one in due:
        if known.may_go(one, now):
            groups[_group(one)].append(one)
    return [made for group in groups.values() if (made := _lease(session, office, known, group, now)) is not None]


def _group(one: Delivery) -> tuple[str, ...]:
    """What goes out as one message: a bundle that was tried before stays as it was."""
    if one.bundle is not None:
        return ("bundle", one.bundle)
    return ("group", one.channel) if one.channel in GROUP_CHANNELS else ("person", one.channel, one.address)


class _Known:
    """What is asked about many deliveries, read once."""

    def __init__(self, session: Session, due: Sequence[Delivery], office: Office) -> None:
        self.session, self.office = session, office
        names = sorted({one.account for one in due})
        self.outgoing = deliveries.outgoing(session, (one.outgoing_id for one in due))
        self.tasks = deliveries.tasks(session, (row.task_id for row in self.outgoing.values() if row.task_id))
        self.settings = contacts.settings(session, names)
        self.addresses = {(one.account, one.channel): one.address for one in contacts.contacts(session, names)}
        self.accounts = {name: people.account(session, name) for name in names}
        self.zones = {site.key: site.zone for site in organisation.sites(session)}

    def zone(self, site: str) -> str:
        return self.zones.get(site, spreading.ZONE)

    def may_go(self, one: Delivery, now: datetime) -> bool:
        """Whether a delivery goes out now; one that does not is put off, dropped or given up here."""
        if one.state == "sending" and one.attempts >= self.office.rules.attempts:
            give_up(self.session, one, DIED, to_text(now))
            return False
        if one.state == "sending":
            return True  # whether it arrived is not known, so it goes as it went
        if self._is_needless(one):
            one.state = "needless"
            return self._put_off(one)
        quiet = self.quiet_until(one, now) if one.bundle is None else None
        if quiet is not None:
            one.next_at = to_text(quiet)
            return self._put_off(one)
        return True

    def quiet_until(self, one: Delivery, now: datetime) -> datetime | None:
        """The end of the person's quiet hours if they hold this back now; they never hold back what is legal."""
        quiet = None if one.legal else _quiet(self.settings.get(one.account))
        return timing.quiet_until(now, self.zone(one.site), quiet)

    def _is_needless(self, one: Delivery) -> bool:
        """The address is not the person's any more, or (before a first attempt) the task is done or somebody else's."""
        row, account = self.outgoing[one.outgoing_id], self.accounts[one.account]
        about_work = one.bundle is None and row.kind != "mention"  # what somebody says is told whoever has the task
        task = self.tasks.get(row.task_id or "") if about_work else None
        gone = task is not None and (task.state != "open" or task.assignee not in (None, one.account))
        moved = self.addresses.get((one.account, one.channel)) != one.address
        return gone or moved or account is None or account.disabled

    def _put_off(self, one: Delivery) -> bool:
        self.session.add(one)
        return False


def _quiet(setting: NoticeSetting | None) -> tuple[time, time] | None:
    if setting is None or not setting.quiet:
        return None
    return timing.parse_quiet(str(setting.quiet["from"])), timing.parse_quiet(str(setting.quiet["to"]))


def _lease(session: Session, office: Office, known: _Known, group: list[Delivery], now: datetime) -> Taken | None:
    first, wait = group[0], _wait(session, office, known, group, now)
    if wait > now:
        for one in group:
            one.next_at = to_text(wait)
            session.add(one)
        return None
    lease, bundle = office.new_id(), first.bundle or office.new_id()
    for one in group:
        one.state, one.lease, one.leased_until = "sending", lease, to_text(now + office.rules.lease)
        one.bundle, one.attempts = bundle, one.attempts + 1
        session.add(one)
    session.flush()
    addresses = tuple(dict.fromkeys(one.address for one in group))
    return Taken(bundle, first.channel, lease, addresses, _message(office, known, bundle, group, now))


def _wait(session: Session, office: Office, known: _Known, group: list[Delivery], now: datetime) -> datetime:
    """When the message may go: a new one keeps the gap to the last, a repeated one is quiet when all in it are."""
    first = group[0]
    if first.bundle is not None:
        if first.state == "sending" or any(one.legal for one in group):
            return now
        return max(known.quiet_until(one, now) or now for one in group)
    last = deliveries.last_sent(session, first.channel, None if first.channel in GROUP_CHANNELS else first.account)
    urgent = any(one.urgent for one in group)
    return timing.after_gap(now, from_text(last) if last else None, office.rules.gap, urgent=urgent)


# ------------------------------------------------------------------ words


def _message(office: Office, known: _Known, bundle: str, group: list[Delivery], now: datetime) -> Message:
    rows = {one.outgoing_id: known.outgoing[one.outgoing_id] for one in group}
    ordered = sorted(rows.values(), key=lambda row: (not KINDS[row.kind].legal, not row.urgent, row.at, row.id))
    lines = [_line(office, row, known.zone(row.site)) for row in ordered]
    return compose(bundle, lines, _langs(known, group), now)


def _line(office: Office, row: Outgoing, zone: str) -> Line:
    said = row.said or {}
    return Line(
        kind=row.kind,
        said=Text(str(said.get("zh") or ""), str(said.get("en") or "")),
        link=f"{office.public_url.rstrip('/')}{row.link}",
        business_key=row.business_key,
        due=row.due,
        zone=zone,
        drill=row.mode != "live",
        second=row.first is not None,
    )


def _langs(known: _Known, group: list[Delivery]) -> Langs:
    """The language of everybody it goes to; both when they differ or nobody chose."""
    chosen = {account.lang for one in group if (account := known.accounts[one.account]) is not None}
    (only,) = chosen if len(chosen) == 1 else (None,)
    return (only,) if only in BOTH else BOTH


# ------------------------------------------------------------------ settling


def settle(session: Session, office: Office, taken: Taken, fault: SendFault | None) -> None:
    """Write down how an attempt ended. A lease that ran out meanwhile settles nothing: another process has it."""
    mine, now = deliveries.held(session, taken.lease), office.clock()
    if not mine:
        log.warning("message %s was sent after its lease ran out", taken.bundle)
        return
    attempt, legal = max(one.attempts for one in mine), any(one.legal for one in mine)
    again = to_text(_next(now, attempt, legal, fault))  # one time for all: a bundle stays whole
    for one in mine:
        one.lease = one.leased_until = None
        if fault is None:
            one.state, one.sent_at, one.last_error = "sent", to_text(now), None
        elif fault.final or one.attempts >= office.rules.attempts:
            give_up(session, one, fault.words, to_text(now))
        else:
            one.state, one.last_error = "failed", fault.words.as_json()
            one.next_at = again
        session.add(one)
    addresses = list(taken.addresses)
    words = fault.words.as_json() if fault else None
    deliveries.note_attempt(
        session,
        Dispatch(
            id=office.new_id(), bundle=taken.bundle, channel=taken.channel, addresses=addresses, deliveries=len(mine),
            attempt=attempt, at=to_text(now), ok=fault is None, error=words,
        ),
    )  # fmt: skip


def _next(now: datetime, attempts: int, legal: bool, fault: SendFault | None) -> datetime:
    asked = fault.after if fault else None
    at = timing.retry_at(now, attempts, asked)
    return min(at, now + LEGAL_RETRY) if legal and asked is None else at


def give_up(session: Session, one: Delivery, why: Text, now: str) -> None:
    """Try a delivery no more, on record; urgent word then goes to a second person (`services.outbox.escalating`)."""
    one.state, one.last_error, one.lease, one.leased_until = "given_up", why.as_json(), None, None
    session.add(one)
    payload = {
        "delivery": one.id, "notice": one.outgoing_id, "channel": one.channel, "attempts": one.attempts,
        "why": why.as_json(),
    }  # fmt: skip
    audit.append(session, audit.ADMIN, "system", "delivery_given_up", one.account, {**payload}, now)
