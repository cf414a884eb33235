"""The duty roster: who holds which post at which site in which hours, imported as a table; nights and holidays."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from domain import deputies as law
from domain import roles as role_words
from domain.clock import date_in_zone, to_text
from domain.errors import Fault, Refusal, RefusedError, Text
from domain.json_types import Json, JsonObject
from records import deputies as rows
from records import people as people_rows
from records.deputies import RosterShift
from services import deputies, needs, standing
from services.actor import Actor
from services.admin_laws import told
from services.office import Office
from services.refusals import forbidden, not_found, refuse

KEEPERS = ("department_manager", "hr", "company_head")
"""Who makes the roster of a site where the post is held."""
COLUMNS = ("site", "role", "username", "from", "to", "deputy_for")
ROWS_MAX = 1000
HOURS_MAX = 24 * 31


@dataclass(frozen=True)
class Line:
    """One row of the table; hours are those of the site, `deputy_for` makes it a rule of standing in."""

    number: int
    site: str
    role: str
    username: str
    begins: str
    ends: str
    deputy_for: str = ""


def may_keep(actor: Actor, site: str) -> bool:
    """Whether somebody makes the roster of a site."""
    return actor.has("company_head") or any(actor.has(role, site) for role in KEEPERS)


def as_table(given: Iterable[Sequence[str]]) -> str:
    """Rows in the order of `COLUMNS` as the table that `take_in` reads."""
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *given])
    return text.getvalue()


async def listing(office: Office, actor: Actor, site: str | None, since: str, until: str) -> list[JsonObject]:
    """The shifts that touch a span of time at the sites where the actor holds a post."""
    found = await office.db.reading(_listing, site, since, until)
    return [one for one in found if str(one["site"]) in actor.sites]


def _listing(session: Session, site: str | None, since: str, until: str) -> list[JsonObject]:
    shown: list[JsonObject] = []
    for row in rows.shifts(session, site, since, until):
        account = people_rows.account(session, row.account)
        name = account.name if account else row.account
        plain: JsonObject = {key: getattr(row, key) for key in "id site role account begins ends set_by set_at".split()}
        shown.append({**plain, "name": name, "name_en": (account.name_en if account else "") or name})
    return shown


async def take_in(office: Office, actor: Actor, table: str, *, preview: bool = False) -> JsonObject:
    """Read a table (CSV with the header ``site,role,username,from,to[,deputy_for]``); all rows or none.

    ``{rows: [{number, site, role, username, begins, ends, deputy_for, fault}], imported}``. Rows that stand already are
    left as they are. ``preview``: nothing is written.
    """
    about: JsonObject = {"action": "roster_imported", "subject": "roster"}
    lines, faults = await office.db.reading(_read, table)
    if not any(actor.has(role) for role in KEEPERS):
        why = forbidden(
            "排班由部门负责人、人事或企业负责人维护。", "The roster is kept by managers and HR.", who_can=KEEPERS
        )
        await refuse(office, actor, why, about)
    faults += await office.db.reading(_wrong, office, actor, lines)
    if preview or not faults:
        done, refused = (0, []) if preview else await _write(office, actor, lines, about)
        said = dict([*faults, *refused])
        listed: list[Json] = [_line_view(line, said.get(line.number)) for line in lines]
        unread: list[Json] = [
            {"number": n, "fault": text.as_json()} for n, text in faults if n not in {x.number for x in lines}
        ]
        return {"rows": [*listed, *unread], "imported": done}
    first = faults[0][1]
    text = Text(f"有 {len(faults)} 行不对，未导入。第 {faults[0][0]} 行：{first.zh}",
                f"{len(faults)} rows are wrong, nothing was imported. Row {faults[0][0]}: {first.en}")  # fmt: skip
    shown = tuple(Fault(f"/rows/{number}", "roster_row", one) for number, one in faults)
    await refuse(office, actor, Refusal(422, "roster_rows", text, faults=shown), about)


def _line_view(line: Line, fault: Text | None) -> JsonObject:
    return {
        "number": line.number, "site": line.site, "role": line.role, "username": line.username, "begins": line.begins,
        "ends": line.ends, "deputy_for": line.deputy_for, "fault": fault.as_json() if fault else None,
    }  # fmt: skip


def _read(session: Session, table: str) -> tuple[list[Line], list[tuple[int, Text]]]:
    """The rows that can be read, and what is wrong with the others by number (the header is row 1)."""
    zones = rows.site_zones(session)
    reader = csv.DictReader(io.StringIO(table.lstrip("\ufeff").strip()))
    missing = [name for name in COLUMNS[:5] if name not in (reader.fieldnames or ())]
    if missing:
        return [], [(1, Text(f"缺少列：{'、'.join(missing)}。", f"Columns are missing: {', '.join(missing)}."))]
    lines: list[Line] = []
    faults: list[tuple[int, Text]] = []
    for number, given in enumerate(reader, 2):
        if number > ROWS_MAX + 1:
            return lines, [*faults, (number, Text(f"最多 {ROWS_MAX} 行。", f"{ROWS_MAX} rows at most."))]
        plain = {name: str(given.get(name) or "").strip() for name in COLUMNS}
        line = _line(number, plain, zones)
        if isinstance(line, Line):
            lines.append(line)
        else:
            faults.append((number, line))
    return lines, faults


def _line(number: int, plain: dict[str, str], zones: dict[str, str]) -> Line | Text:
    if plain["site"] not in zones:
        return Text(f"没有机构“{plain['site']}”。", f"There is no site '{plain['site']}'.")
    if plain["role"] not in role_words.ROLES or plain["role"] in role_words.NEVER_SIGNS:
        return Text(f"岗位“{plain['role']}”不能排班。", f"'{plain['role']}' is no post for a roster.")
    zone = ZoneInfo(zones[plain["site"]])
    try:
        begins, ends = (datetime.fromisoformat(plain[name]).replace(tzinfo=zone) for name in ("from", "to"))
    except ValueError:
        return Text(
            "时间须为 2026-12-01T20:00（库房当地时间）。", "Times are 2026-12-01T20:00, in the hours of the site."
        )
    if not begins < ends <= begins + timedelta(hours=HOURS_MAX):
        return Text("结束须晚于开始，且不超过 31 天。", "It has to end after it begins, within 31 days.")
    return Line(
        number, plain["site"], plain["role"], plain["username"], to_text(begins), to_text(ends), plain["deputy_for"]
    )


def _wrong(session: Session, office: Office, actor: Actor, lines: list[Line]) -> list[tuple[int, Text]]:
    """The rows that may not be: whose right, for whom, fit for the post on that day."""
    found: list[tuple[int, Text]] = []
    for line in lines:
        text = _not_allowed(session, office, actor, line)
        if text is not None:
            found.append((line.number, text))
    return found


def _not_allowed(session: Session, office: Office, actor: Actor, line: Line) -> Text | None:
    if not may_keep(actor, line.site):
        return Text(f"您不负责 {line.site} 的排班。", f"You do not keep the roster of {line.site}.")
    if line.username == actor.id:
        return Text("不能给自己排班，请由另一位负责人办理。", "Nobody puts themselves on the roster.")
    account = people_rows.account(session, line.username)
    if account is None or account.disabled or account.kind != "person":
        return Text(f"没有可用的账号“{line.username}”。", f"There is no open account '{line.username}'.")
    own = standing.posts_at(session, line.username, line.begins)
    if not set(own) - role_words.NEVER_SIGNS or not law.may_stand_in(line.role, own):
        return Text(
            "此人没有业务岗位；质量岗位只能排给质量岗位的人。",
            "The person holds no business post; quality posts go to holders of a quality post only.",
        )
    day = date_in_zone(line.begins, rows.site_zones(session)[line.site]).isoformat()
    asked = needs.Question((), line.role, line.site, day)
    unmet = needs.first_unmet(needs.verdicts(session, office.needs, [line.username], asked)[line.username])
    return unmet.why if unmet else None


async def _write(
    office: Office, actor: Actor, lines: list[Line], about: JsonObject
) -> tuple[int, list[tuple[int, Text]]]:
    """Shifts in one transaction; rules of standing in one by one, as each is judged against those before it. Returns
    how many were written, and which rules were refused."""
    plain = [line for line in lines if not line.deputy_for]
    done = await office.db.writing(_add, office, actor, plain, about)
    refused: list[tuple[int, Text]] = []
    for line in (line for line in lines if line.deputy_for):
        wish = deputies.Wish(
            line.deputy_for, line.username, line.begins, line.ends, line.site, (line.role,), reason="roster"
        )
        try:
            await deputies.set_rule(office, actor, wish, source="roster")
            done += 1
        except RefusedError as fault:
            refused.append((line.number, fault.refusal.message))
    return done, refused


def _add(session: Session, office: Office, actor: Actor, lines: list[Line], about: JsonObject) -> int:
    done = 0
    for line in lines:
        same = [
            one
            for one in rows.shifts(session, line.site, line.begins, line.ends)
            if (one.role, one.account, one.begins, one.ends) == (line.role, line.username, line.begins, line.ends)
        ]
        if not same:
            row = RosterShift(
                id=office.new_id(), site=line.site, role=line.role, account=line.username, begins=line.begins,
                ends=line.ends, set_by=actor.id, set_at=office.now(),
            )  # fmt: skip
            session.add(row)
            session.flush()
            done += 1
    told(session, actor, {**about, "shifts": done}, office.now())
    return done


async def remove(office: Office, actor: Actor, shift_id: str, reason: str) -> None:
    """Take a shift off the roster; from now on it gives no post."""
    about: JsonObject = {"action": "roster_removed", "subject": shift_id, "reason": reason.strip()}
    row = await office.db.reading(rows.shift, shift_id)
    if row is None or row.removed_at is not None:
        await refuse(office, actor, not_found("没有这个班次。", "There is no such shift."), about)
    about = {**about, "subject": row.account, "shift": shift_id}
    if not may_keep(actor, row.site):
        why = forbidden("您不负责这里的排班。", "You do not keep this roster.", who_can=KEEPERS)
        await refuse(office, actor, why, about)
    await office.db.writing(_remove, shift_id, actor, about, office.now())


def _remove(session: Session, shift_id: str, actor: Actor, about: JsonObject, now: str) -> None:
    row: Any = rows.shift(session, shift_id)
    row.removed_by, row.removed_at = actor.id, now
    session.add(row)
    told(session, actor, about, now)
