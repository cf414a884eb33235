"""The legal registers: which there are, their first rows, and a whole one as a sheet or as data.

Reading one belongs to quality, auditors and those in charge, and to the posts whose work it lists. Taking one out of
the house is on record with its period, its number of rows and the hash of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from domain import roles
from domain.errors import Fault, Refusal, Text
from domain.json_types import Json, JsonObject
from domain.legal_records import LegalField
from domain.registers import BY_KEY, REGISTERS, Register, columns
from records import audit, organisation
from records.registers import Period
from services import people, spooled
from services.actor import Actor
from services.office import Office
from services.refusals import forbidden, not_found, refuse
from services.register_rows import rows_of
from services.spooled import Column, Form, Spooled
from services.value_words import said

FIRST = 20
"""So many rows are shown before somebody takes all of them."""
EVERY = roles.READERS | {"department_manager"}
POSTS: dict[str, frozenset[str]] = {
    "purchase": frozenset({"purchaser", "finance"}),
    "receiving": frozenset({"receiver", "purchaser"}),
    "acceptance": frozenset({"inspector"}),
    "inbound": frozenset({"warehouse_keeper"}),
    "stock_inspection": frozenset({"warehouse_keeper"}),
    "sales": frozenset({"sales", "finance"}),
    "outbound": frozenset({"outbound_reviewer", "warehouse_keeper"}),
    "transport": frozenset({"transport_staff", "cold_chain_operator"}),
    "return": frozenset({"after_sales_manager", "sales"}),
}
"""Who reads a register besides those who read all of them: the posts whose work it lists."""
_DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Asked:
    """Which register of which days (both included), in which language, in which mode."""

    key: str
    begin: date
    end: date
    lang: str = "zh"
    mode: str = "live"


def listing(office: Office, actor: Actor) -> list[JsonObject]:
    """The registers that the actor may read somewhere, in the order in which goods pass through the house."""
    return [_described(office, one) for one in REGISTERS if _sites(actor, one.key)]


def _described(office: Office, register: Register) -> JsonObject:
    record = office.legal.records.get(register.record)
    articles: list[Json] = list(record.articles) if record else []
    keys: list[Json] = [field.key for field in columns(register, office.legal)]
    return {
        "key": register.key,
        "title": register.title.as_json(),
        "record": register.record,
        "law": record.law if record else "",
        "articles": articles,
        "columns": keys,
    }


async def first_rows(office: Office, actor: Actor, asked: Asked) -> JsonObject:
    """The first rows as people read them: `{title, law, columns: [{key, title}], items: [row of words], more}`."""
    register, period = await _allowed(office, actor, asked, "read_register")
    rows = await office.db.reading(_first, office, register, period, asked.lang)
    await people.note_reading(office, actor, f"registers/{asked.key}", _told(asked))
    heads: list[Json] = [
        {"key": field.key, "title": field.word.text.said_in(asked.lang)} for field in columns(register, office.legal)
    ]
    items: list[Json] = list(rows[:FIRST])
    return {**_described(office, register), "heads": heads, "items": items, "more": len(rows) > FIRST}


async def export(office: Office, actor: Actor, asked: Asked, form: Form) -> Spooled:
    """The whole register as a file; on record with its hash before it is sent."""
    register, period = await _allowed(office, actor, asked, "export_register")
    made = await office.db.reading(_written, office, register, period, asked, form)
    what: JsonObject = {**_told(asked), "form": form, "rows": made.rows, "sha256": made.sha256, "size": made.size}
    try:
        await office.db.writing(_note, actor.id, f"registers/{asked.key}", what, office.now())
    except BaseException:
        made.path.unlink(missing_ok=True)  # nothing leaves the house that is not on record
        raise
    return made


def _first(session: Session, office: Office, register: Register, period: Period, lang: str) -> list[Any]:
    fields = columns(register, office.legal)
    found = rows_of(session, office, register, [field.key for field in fields], period)
    return list(_in_words(islice(found, FIRST + 1), fields, period, lang))


def _written(session: Session, office: Office, register: Register, period: Period, asked: Asked, form: Form) -> Spooled:
    fields = columns(register, office.legal)
    rows = rows_of(session, office, register, [field.key for field in fields], period)
    shown = _in_words(rows, fields, period, asked.lang) if form == "xlsx" else rows
    heads = [Column(field.key, field.word.text.said_in(asked.lang), _width(field)) for field in fields]
    company = organisation.company(session, office.company)
    about: JsonObject = {
        "register": register.key,
        "title": register.title.said_in(asked.lang),
        "company": company.name if company else "",
        "law": str(_described(office, register)["law"]),
        **_told(asked),
    }
    name = f"{register.key}-{asked.begin:%Y%m%d}-{asked.end:%Y%m%d}.{form}"
    return spooled.spool(name, form, about, heads, shown, office.clock())


def _in_words(rows: Any, fields: Sequence[LegalField], period: Period, lang: str) -> Iterator[dict[str, Any]]:
    zones = {site: ZoneInfo(zone) for site, zone in period.zones.items()}
    other = ZoneInfo(_DEFAULT_ZONE)
    for row in rows:
        zone = zones.get(row["site"], other)
        yield {field.key: _cell(field, row[field.key], lang, zone) for field in fields}


def _cell(field: LegalField, value: Any, lang: str, zone: ZoneInfo) -> Any:
    """Numbers stay numbers, everything else becomes words."""
    if field.word.type in ("number", "integer", "decimal") and not isinstance(value, (str, bool, list, dict)):
        return value
    return said(field.key, value, lang, zone)


def _width(field: LegalField) -> int:
    if field.word.type in ("number", "integer", "decimal"):
        return 11
    return 30 if field.key.endswith(("_name", "address", "description")) else 18


# ------------------------------------------------------------------ who may


async def _allowed(office: Office, actor: Actor, asked: Asked, action: str) -> tuple[Register, Period]:
    """The register and the period at the sites where the actor may read it; a refusal on record otherwise."""
    about: JsonObject = {"action": action, "subject": f"registers/{asked.key}", **_told(asked)}
    register = BY_KEY.get(asked.key)
    if register is None:
        await refuse(office, actor, not_found("没有这个台账。", "There is no such register."), about)
    sites = _sites(actor, asked.key)
    if not sites:
        who = tuple(sorted(EVERY | POSTS.get(asked.key, frozenset())))
        zh = f"{register.title.zh}由质量、内审、负责人和相关岗位查阅导出。"
        en = "This register is read and exported by quality, auditors, those in charge and the posts whose work it lists."
        await refuse(office, actor, forbidden(zh, en, who_can=who, rule="role"), about)
    await _possible(office, actor, asked, about)
    return register, await office.db.reading(_period, asked, sites, office.company)


async def _possible(office: Office, actor: Actor, asked: Asked, about: JsonObject) -> None:
    if asked.begin <= asked.end:
        return
    text = Text(
        "结束日期不能早于开始日期。请改日期。",
        "The period ends before it begins. Change the days.",
    )
    await refuse(
        office, actor, Refusal(422, "bad_period", text, faults=(Fault("/query/to", "bad_period", text),)), about
    )


def _sites(actor: Actor, key: str) -> tuple[str, ...]:
    held = EVERY | POSTS.get(key, frozenset())
    return tuple(sorted({site for role, sites in actor.roles.items() if role in held for site in sites}))


def _period(session: Session, asked: Asked, sites: Sequence[str], company: str) -> Period:
    known = {site.key: site.zone for key in sites if (site := organisation.site(session, key)) is not None}
    return Period(asked.begin, asked.end, known, asked.mode, company)


def _told(asked: Asked) -> JsonObject:
    return {"from": asked.begin.isoformat(), "to": asked.end.isoformat(), "mode": asked.mode}


def _note(session: Session, who: str, subject: str, what: JsonObject, now: str) -> None:
    audit.append(session, audit.ADMIN, who, "register_exported", subject, what, now)
