"""The files of persons: what is on file, what runs out, who enters it. A record is withdrawn, never changed (GSP 30–33)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from domain.clock import date_in_zone
from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from domain.needs import Kind, NeedBook, Verdict, months_after
from records import accounts as account_rows
from records import attachments, organisation
from records import people as people_rows
from records import staff as rows
from records.staff import StaffRecord
from services import people
from services.actor import Actor
from services.admin_laws import READERS, existing, invalid, need, not_oneself, told
from services.office import Office
from services.pinning import DEFAULT_ZONE
from services.refusals import not_found, refuse

MAY_READ = (*READERS, "training_admin", "department_manager")
"""Who reads the files of others; everybody reads their own."""
SOON_DAYS, LATER_DAYS = 30, 60
"""Within so many days a record is shown as running out."""
TEXT_MAX = 200


@dataclass(frozen=True)
class Entry:
    """A record as it is entered. Days are `YYYY-MM-DD`; without `valid_until` the kind's own time counts."""

    kind: str
    subject: str
    on_date: str
    level: str = ""
    text: str = ""
    number: str = ""
    result: str = ""
    score: str = ""
    valid_until: str | None = None
    site: str | None = None
    file_sha256: str | None = None
    plan: int | None = None


# ------------------------------------------------------------------ looking


async def book(office: Office, actor: Actor) -> JsonObject:
    """Kinds with subjects, levels and results, and every need: what forms offer and definitions may name."""
    kinds: list[Any] = [_kind_view(one) for one in office.needs.kinds.values()]
    needs: list[Any] = [
        {"key": one.key, "title": one.text.as_json(), "basis": [*one.basis], "posts": sorted(one.posts)}
        for one in office.needs.needs.values()
    ]
    return {"kinds": kinds, "needs": needs}


def _kind_view(kind: Kind) -> JsonObject:
    listed: Any = {
        name: [{"key": one.key, "title": one.text.as_json()} for one in getattr(kind, name)]
        for name in ("subjects", "levels", "results")
    }
    keepers: list[Json] = [*kind.keepers]
    return {"key": kind.key, "title": kind.text.as_json(), "keepers": keepers, "months": kind.months, **listed}


async def may_read(office: Office, actor: Actor) -> None:
    """Refuse whoever reads nobody's file but their own."""
    await need(office, actor, MAY_READ, {"action": "read_staff"})


async def overview(office: Office, actor: Actor) -> list[JsonObject]:
    """Everybody with an account of their own: whether there is a file, what ran out, what runs out within 60 days."""
    await may_read(office, actor)
    found = await office.db.reading(_overview, office.needs, office.now())
    await people.note_reading(office, actor, "staff", {})
    return found


def _overview(session: Session, book: NeedBook, now: str) -> list[JsonObject]:
    today, filed = _today(session, now), rows.everybody(session)
    found: list[Any] = []
    for account, grants in account_rows.with_grants(session):
        if account.kind != "person" or account.disabled:
            continue
        posts = {one.role for one in grants if one.revoked_at is None and (one.valid_to or "9999") >= today}
        records = filed.get(account.username, [])
        views: list[Any] = [record_view(book, row, today, records) for row in records]
        lacking = [one for one in _post_needs(book, posts, records, today) if not one["met"]] if records else []
        found.append(
            {
                "username": account.username,
                "name": account.name,
                "name_en": account.name_en or account.name,
                "posts": sorted(posts),
                "records": len(records),
                "ran_out": _listed(views, ("expired", "not_good")),
                "runs_out": _listed(views, ("soon", "later")),
                "lacking": [*lacking],
                "file": bool(records) or not any(book.by_law(post) for post in posts),
            }
        )
    return found


def _listed(views: list[Any], states: tuple[str, ...]) -> list[Any]:
    return [*sorted((one for one in views if one["state"] in states), key=lambda one: str(one["valid_until"]))]


async def file_of(office: Office, actor: Actor, username: str) -> JsonObject:
    """The file of one person: every record with its state, and for each post what the law asks and whether it is met."""
    about: JsonObject = {"action": "read_staff_file", "subject": username}
    if actor.id != username:
        await need(office, actor, MAY_READ, about)
    await existing(office, actor, username, about)
    await people.note_reading(office, actor, f"staff/{username}", {})
    return await office.db.reading(_file, office.needs, username, office.now())


def _file(session: Session, book: NeedBook, username: str, now: str) -> JsonObject:
    account, today = people_rows.account(session, username), _today(session, now)
    assert account is not None, "accounts are never deleted"
    every = rows.of_person(session, username)
    standing = [row for row in every if row.withdrawn_at is None]
    posts = {one.role for one in people_rows.grants_on(session, username, today)}
    records: list[Any] = [record_view(book, row, today, standing) for row in reversed(every)]
    asked: list[Any] = _post_needs(book, posts, standing, today)
    held: list[Any] = sorted(posts)
    return {
        "username": username,
        "name": account.name,
        "name_en": account.name_en or account.name,
        "posts": held,
        "records": records,
        "needs": asked,
    }


def _today(session: Session, now: str) -> str:
    """Today at the company's first site: validity is counted in whole days."""
    sites = organisation.sites(session)
    return date_in_zone(now, sites[0].zone if sites else DEFAULT_ZONE).isoformat()


def _post_needs(book: NeedBook, posts: set[str], records: list[StaffRecord], today: str) -> list[JsonObject]:
    """What the law asks of posts; needs that hang on the item are judged as if it asked for them."""
    papers = [rows.paper_of(row) for row in records]
    found: list[JsonObject] = []
    for key, one in book.needs.items():
        mine: list[Json] = [*sorted(one.posts & posts)]
        if mine:
            item: list[JsonObject] = [{one.when[0]: one.when[1]}] if one.when else []
            found.append(_need_view(book, book.judge(key, papers, today, item, ""), mine))
    return found


def _need_view(book: NeedBook, verdict: Verdict, posts: list[Json]) -> JsonObject:
    one = book.needs[verdict.need]
    return {
        "key": one.key,
        "title": one.text.as_json(),
        "basis": [*one.basis],
        "posts": posts,
        "met": verdict.met,
        "valid_until": verdict.until,
        "why": verdict.why.as_json() if verdict.why else None,
    }


def record_view(book: NeedBook, row: StaffRecord, today: str, standing: list[StaffRecord]) -> JsonObject:
    """A record in words. `state`: valid, later (60 days), soon (30 days), expired, not_good, replaced or withdrawn."""
    kind = book.kinds.get(row.kind)
    days = (date.fromisoformat(row.valid_until) - date.fromisoformat(today)).days if row.valid_until else None
    words = {name: _word(kind, name, getattr(row, one)) for name, one in _WORDS.items()}
    plain = {name: getattr(row, name) for name in _PLAIN}
    return {**plain, **words, "state": _state(kind, row, days, standing), "days_left": days}


_WORDS = {"subjects": "subject", "levels": "level", "results": "result"}
_PLAIN = (
    "id account kind subject level text number result score on_date valid_until site plan file_sha256 entered_by "
    "entered_at withdrawn_by withdrawn_at withdrawn_reason"
).split()


def _word(kind: Kind | None, name: str, key: str) -> Json:
    listed = getattr(kind, name) if kind else ()
    found = next((one.text for one in listed if one.key == key), None)
    return found.as_json() if found else None


def _state(kind: Kind | None, row: StaffRecord, days: int | None, standing: list[StaffRecord]) -> str:
    if row.withdrawn_at is not None:
        return "withdrawn"
    if kind is not None and kind.results:
        same = [one for one in standing if (one.kind, one.subject) == (row.kind, row.subject)]
        if any((one.on_date, one.id or 0) > (row.on_date, row.id or 0) for one in same):
            return "replaced"
        if row.result != kind.results[0].key:
            return "not_good"
    if days is None:
        return "valid"
    return "expired" if days < 0 else "soon" if days <= SOON_DAYS else "later" if days <= LATER_DAYS else "valid"


# ------------------------------------------------------------------ entering


async def add(office: Office, actor: Actor, username: str, entry: Entry) -> JsonObject:
    """Put a record on a person's file: HR, for trainings the training administrator; nobody on their own file."""
    about: JsonObject = {
        "action": "staff_record_added", "subject": username, "kind": entry.kind, "of": entry.subject,
        "on": entry.on_date, "result": entry.result,
    }  # fmt: skip
    kind = await _kind(office, actor, entry.kind, about)
    await need(office, actor, kind.keepers, about)
    await existing(office, actor, username, about)
    await not_oneself(office, actor, username, about)
    today = await office.db.reading(_today, office.now())
    row = await _row(office, actor, username, kind, entry, today, about)
    await office.db.writing(_add, row, actor, about, office.now())
    return await office.db.reading(_file, office.needs, username, office.now())


async def _kind(office: Office, actor: Actor, key: str, about: JsonObject) -> Kind:
    kind = office.needs.kinds.get(key)
    if kind is None:
        await invalid(office, actor, "unknown_kind", f"没有“{key}”这一类记录。", f"There is no kind '{key}'.", about)
    return kind


async def _row(
    office: Office, actor: Actor, username: str, kind: Kind, entry: Entry, today: str, about: JsonObject
) -> StaffRecord:
    fault = _fault(kind, entry, today) or await _unknown(office, entry)
    if fault is not None:
        await invalid(office, actor, "invalid_record", fault.zh, fault.en, about)
    until = entry.valid_until or (months_after(entry.on_date, kind.months) if kind.months else None)
    given: dict[str, Any] = {
        name: getattr(entry, name) for name in ("kind", "subject", "level", "result", "on_date", "site", "plan")
    }
    words: dict[str, Any] = {name: str(getattr(entry, name)).strip()[:TEXT_MAX] for name in ("text", "number", "score")}
    return StaffRecord(
        account=username,
        **given,
        **words,
        valid_until=until,
        file_sha256=entry.file_sha256,
        entered_by=actor.id,
        entered_at=office.now(),
    )


def _fault(kind: Kind, entry: Entry, today: str) -> Text | None:
    """What is wrong with an entry, by the book alone."""
    named = (("subject", kind.subjects), ("level", kind.levels), ("result", kind.results))
    for name, known in named:
        value = getattr(entry, name)
        if (known and value not in {one.key for one in known}) or (not known and value):
            listed = ", ".join(one.key for one in known) or "—"
            return Text(f"{name} 无效；可选：{listed}。", f"'{name}' is not right; choose of: {listed}.")
    if not is_day(entry.on_date) or (entry.valid_until is not None and not is_day(entry.valid_until)):
        return Text("日期须为 YYYY-MM-DD。", "Days are YYYY-MM-DD.")
    if entry.on_date > today:
        return Text("日期不能晚于今天：只登记已经发生的事。", "The day lies ahead: only what has happened is entered.")
    if entry.valid_until is not None and entry.valid_until < entry.on_date:
        return Text("有效期止早于发生日期。", "It would end before it began.")
    longest = months_after(entry.on_date, kind.months) if kind.strict and kind.months else None
    if longest is not None and (entry.valid_until or longest) > longest:
        return Text(
            f"{kind.text.zh}最长有效到 {longest}（每年一次）。", f"It counts to {longest} at most (every year)."
        )
    return None


async def _unknown(office: Office, entry: Entry) -> Text | None:
    if entry.site is not None and await office.db.reading(organisation.site, entry.site) is None:
        return Text(f"没有机构“{entry.site}”。", f"There is no site '{entry.site}'.")
    if entry.file_sha256 and not await office.db.reading(attachments.known, [entry.file_sha256]):
        return Text("附件不存在，请先上传。", "The file is not stored; upload it first.")
    if entry.plan is not None and await office.db.reading(rows.plan, entry.plan) is None:
        return Text("没有这个培训计划。", "There is no such training plan.")
    return None


def is_day(text: str) -> bool:
    """Whether this is a day, `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _add(session: Session, row: StaffRecord, actor: Actor, about: JsonObject, now: str) -> None:
    session.add(row)
    session.flush()
    told(session, actor, {**about, "record": row.id, "valid_until": row.valid_until}, now)


async def withdraw(office: Office, actor: Actor, number: int, reason: str) -> JsonObject:
    """A record was entered wrong: from now on it does not count; it stays on file with who withdrew it and why."""
    about: JsonObject = {"action": "staff_record_withdrawn", "subject": str(number), "reason": reason.strip()}
    row = await office.db.reading(rows.record, number)
    if row is None:
        await refuse(office, actor, not_found("没有这条记录。", "There is no such record."), about)
    about = {**about, "subject": row.account, "record": number}
    await need(office, actor, (await _kind(office, actor, row.kind, about)).keepers, about)
    await not_oneself(office, actor, row.account, about)
    if not reason.strip():
        await invalid(office, actor, "reason_missing", "请写明理由。", "Say why.", about)
    if not await office.db.writing(_withdraw, number, actor, about, office.now()):
        text = Text("这条记录已作废。", "This record was withdrawn before.")
        await refuse(office, actor, Refusal(409, "already_withdrawn", text, done_by=row.withdrawn_by), about)
    return await office.db.reading(_file, office.needs, row.account, office.now())


def _withdraw(session: Session, number: int, actor: Actor, about: JsonObject, now: str) -> bool:
    row = rows.record(session, number)
    if row is None or row.withdrawn_at is not None:
        return False
    row.withdrawn_by, row.withdrawn_at, row.withdrawn_reason = actor.id, now, str(about["reason"])
    session.add(row)
    told(session, actor, about, now)
    return True
