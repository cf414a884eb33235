"""Urgent word that nobody reads, or that could not be delivered, goes to a second person, on record."""

from __future__ import annotations

from sqlmodel import Session

from domain.clock import from_text
from records import audit, deliveries, outbox
from records.deliveries import DeliveryQuery
from records.outbox import Outgoing, Told
from services.office import Office
from services.outbox import recipients

BATCH = 200
DELIVERIES_MOST = 500


async def turn(office: Office) -> int:
    """Look at urgent word that is not read; how many pieces went to a second person."""
    if not await office.db.reading(deliveries.unread_urgent, 1):
        return 0
    waiting = await office.db.reading(_wanting, office)
    return await office.db.writing(_escalate, office, waiting) if waiting else 0


def _wanting(session: Session, office: Office) -> list[str]:
    """The word about which there is something to do."""
    rows = deliveries.unread_urgent(session, BATCH)
    look = _Look(session, rows)
    return [row.id for row in rows if look.is_read(row) or _is_late(office, row) or look.undelivered(session, row)]


def _is_late(office: Office, row: Outgoing) -> bool:
    return from_text(row.at) + office.rules.unread <= office.clock()


class _Look:
    def __init__(self, session: Session, rows: list[Outgoing]) -> None:
        self.read = {one.notice_id for one in deliveries.readings(session, (row.id for row in rows))}
        self.tasks = deliveries.tasks(session, (row.task_id for row in rows if row.task_id))

    def is_read(self, row: Outgoing) -> bool:
        """Whether somebody read it, or took up or did the task that it is about."""
        task = self.tasks.get(row.task_id or "")
        taken = task is not None and (task.state != "open" or task.assignee not in (None, row.account))
        return row.id in self.read or taken

    def undelivered(self, session: Session, row: Outgoing) -> list[str]:
        """The people whom no channel reached and none will."""
        sent = deliveries.listing(session, DeliveryQuery(outgoing=(row.id,), limit=DELIVERIES_MOST))
        states: dict[str, set[str]] = {}
        for one, _ in sent:
            states.setdefault(one.account, set()).add(one.state)
        return sorted(name for name, found in states.items() if found == {"given_up"})


def _escalate(session: Session, office: Office, ids: list[str]) -> int:
    rows = list(deliveries.outgoing(session, ids).values())
    look, now, count = _Look(session, rows), office.now(), 0
    for row in rows:
        if look.is_read(row):
            deliveries.close(session, row.id, now, "read")
        elif _is_late(office, row):
            if deliveries.close(session, row.id, now, "second"):
                count += _tell_seconds(session, row, None, now, "unread")
        else:
            count += _tell_seconds(session, row, look.undelivered(session, row), now, "not_delivered")
    return count


def _tell_seconds(session: Session, row: Outgoing, whom: list[str] | None, now: str, why: str) -> int:
    """Tell a second person for each of `whom` (`None`: everybody it was for, or the site when that is nobody)."""
    day = now[:10]
    first = [one.username for one in recipients.people_of(session, row, day)]
    told = {one.account for one in deliveries.seconds(session, row.id)}
    count = len(told)
    for name in whom if whom is not None else first or [""]:
        for second in recipients.second_for(session, name, row.site, first, day):
            if second.username in told:
                continue
            told.add(second.username)
            outbox.put(session, _second(row, second.username, name, now))
            _on_record(session, row, "second_recipient", second.username, name, now, why)
    if not told and whom is None:
        _on_record(session, row, "no_second_recipient", row.id, "", now, why)
    return len(told) - count


def _second(row: Outgoing, account: str, instead_of: str, now: str) -> Told:
    return Told(
        key=f"{row.id}/second/{account}",
        kind=row.kind,
        at=now,
        site=row.site,
        title={lang: f"{mark}{row.title.get(lang, '')}" for lang, mark in _MARKS.items()},
        said={str(lang): str(words) for lang, words in (row.said or {}).items()},
        account=account,
        bell=True,
        urgent=True,
        case_id=row.case_id,
        path=row.path,
        step=row.step,
        task_id=None,
        business_key=row.business_key,
        link=row.link if not row.task_id else f"/cases/{row.case_id}",
        due=row.due,
        first=row.id,
        instead_of=instead_of or None,
        mode=row.mode,
        company=row.company,
    )


_MARKS = {"zh": "（原收件人未读）", "en": "(not read by its first recipient) "}


def _on_record(session: Session, row: Outgoing, what: str, about: str, instead_of: str, now: str, why: str) -> None:
    payload = {"notice": row.id, "kind": row.kind, "instead_of": instead_of or None, "why": why, "site": row.site}
    audit.append(session, audit.ADMIN, "system", what, about, {**payload}, now)
