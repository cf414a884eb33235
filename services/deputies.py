"""Deputies 代理: who stands in for whom, set by the person, a superior or the company head; ended, never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from domain import deputies as law
from domain import roles as role_words
from domain.clock import from_text, to_text
from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from records import deputies as rows
from records import organisation
from records import people as people_rows
from records.deputies import DeputyRule
from services import standing
from services.actor import Actor
from services.admin_laws import existing, invalid, told
from services.office import Office
from services.refusals import forbidden, not_found, refuse

SUPERIORS_MAX = 10
"""So far up the line of superiors somebody counts as one."""
OVERSEERS = ("company_head", "hr", "quality_director", "auditor", "guest_auditor", "it_admin", "department_manager")
"""Who sees every rule; everybody sees their own."""
DAYS_MAX = 366
"""Longer than a year nobody is away: the post is given to somebody else."""


@dataclass(frozen=True)
class Wish:
    """A rule as it is asked for; times as text, `roles` ``None`` for all posts."""

    principal: str
    deputy: str
    begins: str
    ends: str
    site: str | None = None
    roles: tuple[str, ...] | None = None
    definition: str | None = None
    reason: str = ""


async def listing(office: Office, actor: Actor, username: str | None = None) -> list[JsonObject]:
    """The rules of a person (``None``: one's own), or with ``*`` every rule that is not over."""
    whom = username or actor.id
    about: JsonObject = {"action": "read_deputies", "subject": whom}
    if whom != actor.id and not any(actor.has(role) for role in OVERSEERS):
        if whom == "*" or not await office.db.reading(is_superior, actor.id, whom):
            await refuse(
                office, actor, forbidden("只能查看自己的代理。", "Only your own deputies.", who_can=OVERSEERS), about
            )
    return await office.db.reading(_listing, whom, office.now())


def _listing(session: Session, whom: str, now: str) -> list[JsonObject]:
    found = rows.standing(session, now) if whom == "*" else rows.of_person(session, whom)
    names: dict[str, Any] = {}
    for row in found:
        for one in (row.principal, row.deputy):
            account = people_rows.account(session, one)
            names[one] = (
                {"zh": account.name, "en": account.name_en or account.name} if account else {"zh": one, "en": one}
            )
    return [_view(row, names, now) for row in found]


def _view(row: DeputyRule, names: dict[str, Any], now: str) -> JsonObject:
    plain: JsonObject = {name: getattr(row, name) for name in _PLAIN}
    held = None if row.roles is None else [*row.roles]
    over = row.ended_at is not None or row.ends <= now
    state = "over" if over else "in_force" if row.begins <= now else "to_come"
    return {**plain, "roles": held, "names": {one: names[one] for one in (row.principal, row.deputy)}, "state": state}


_PLAIN = "id principal deputy site definition begins ends reason source set_by set_at ended_by ended_at".split()


def is_superior(session: Session, boss: str, username: str) -> bool:
    """Whether `boss` stands in the line of superiors of a person."""
    here, seen = username, {username}
    for _ in range(SUPERIORS_MAX):
        account = people_rows.account(session, here)
        if account is None or account.superior is None or account.superior in seen:
            return False
        if account.superior == boss:
            return True
        here = account.superior
        seen.add(here)
    return False


# ------------------------------------------------------------------ setting and ending


async def set_rule(office: Office, actor: Actor, wish: Wish, source: str | None = None) -> JsonObject:
    """Set a deputy. Refused: for others without being their superior or the company head, in one's own favour, to
    somebody who may not sign, quality posts to somebody without one, circles, more than three hands."""
    about: JsonObject = {
        "action": "deputy_set", "subject": wish.principal, "deputy": wish.deputy, "begins": wish.begins,
        "ends": wish.ends, "site": wish.site, "definition": wish.definition,
        "roles": None if wish.roles is None else [*wish.roles], "reason": wish.reason.strip(),
    }  # fmt: skip
    how = source or await _by_right(office, actor, wish, about)
    for username in (wish.principal, wish.deputy):
        await existing(office, actor, username, about)
    row = await _row(office, actor, wish, how, about)
    fault = await office.db.writing(_set, row, actor, about, office.now())
    if fault is not None:
        await refuse(office, actor, fault, about)
    return next(one for one in await office.db.reading(_listing, wish.principal, office.now()) if one["id"] == row.id)


async def _by_right(office: Office, actor: Actor, wish: Wish, about: JsonObject) -> str:
    """How the actor may set it: as the person, or as a superior or the company head, never in their own favour."""
    if actor.id == wish.principal:
        return "self"
    head = actor.has("company_head") or await office.db.reading(is_superior, actor.id, wish.principal)
    if not head:
        zh, en = "代理由本人、上级或企业负责人设置。", "Deputies are set by the person, a superior or the company head."
        await refuse(office, actor, forbidden(zh, en, who_can=(wish.principal, "company_head"), rule="deputy"), about)
    if actor.id == wish.deputy:
        zh, en = "不能把他人的岗位交给自己，请由本人或企业负责人设置。", "Nobody takes another's posts for themselves."
        await refuse(
            office, actor, forbidden(zh, en, who_can=(wish.principal, "company_head"), rule="not_oneself"), about
        )
    return "superior"


async def _row(office: Office, actor: Actor, wish: Wish, source: str, about: JsonObject) -> DeputyRule:
    begins, ends = _moment(wish.begins), _moment(wish.ends)
    if begins is None or ends is None:
        await invalid(office, actor, "bad_time", "时间须为 RFC 3339。", "Times are RFC 3339.", about)
    if (from_text(ends) - from_text(begins)).days > DAYS_MAX:
        zh, en = (
            f"代理最长 {DAYS_MAX} 天；更久请另行任命。",
            f"{DAYS_MAX} days at most; for longer appoint somebody else.",
        )
        await invalid(office, actor, "too_long", zh, en, about)
    if ends <= office.now():
        await invalid(office, actor, "bad_time", "结束时间已过。", "It would be over already.", about)
    unknown = [role for role in wish.roles or () if role not in role_words.ROLES]
    if unknown or wish.roles == ():
        await invalid(office, actor, "unknown_role", "岗位无效。", f"No such post: {', '.join(unknown) or '—'}.", about)
    if wish.site is not None and await office.db.reading(organisation.site, wish.site) is None:
        await invalid(
            office, actor, "unknown_site", f"没有机构“{wish.site}”。", f"There is no site '{wish.site}'.", about
        )
    return DeputyRule(
        id=office.new_id(), principal=wish.principal, deputy=wish.deputy, site=wish.site,
        roles=None if wish.roles is None else sorted(wish.roles), definition=wish.definition or None, begins=begins,
        ends=ends, reason=wish.reason.strip()[:500], source=source, set_by=actor.id, set_at=office.now(),
    )  # fmt: skip


def _moment(text: str) -> str | None:
    try:
        return to_text(from_text(text))
    except (ValueError, OverflowError):
        return None


def _set(session: Session, row: DeputyRule, actor: Actor, about: JsonObject, now: str) -> Refusal | None:
    """Checked and written in one transaction, so that two rules set at once cannot make a circle."""
    fault = _fault(session, row, now)
    if fault is not None:
        return fault
    session.add(row)
    session.flush()
    told(session, actor, {**about, "rule_id": row.id, "source": row.source}, now)
    return None


def _fault(session: Session, row: DeputyRule, now: str) -> Refusal | None:
    deputy = people_rows.account(session, row.deputy)
    if deputy is None or deputy.disabled or deputy.kind != "person":
        return Refusal(422, "deputy_closed", Text("代理人的账号已停用。", "The deputy's account is closed."))
    at = max(now, row.begins)
    own = standing.posts_at(session, row.deputy, at)
    if not set(own) - role_words.NEVER_SIGNS:
        text = Text("代理人没有可以签名的岗位。", "The deputy holds no post in which one signs.")
        return Refusal(403, "deputy_may_not_sign", text, rule="deputy", articles=("GSP-18",))
    passed = set(row.roles if row.roles is not None else standing.posts_at(session, row.principal, at))
    if not any(law.may_stand_in(role, own) for role in passed):
        text = Text(
            "没有可以交给此人的岗位：质量岗位只能由质量岗位的人代理，系统和检查岗位不能代理。",
            "Nothing can be passed on: quality posts go to holders of a quality post only, system posts to nobody.",
        )
        return Refusal(403, "nothing_to_pass_on", text, rule="deputy", articles=("GSP-18",))
    words = law.fault_of(rows.rule_of(row), [rows.rule_of(one) for one in rows.standing(session, row.begins)])
    return Refusal(409, "deputy_chain", words, rule="deputy") if words else None


async def end_rule(office: Office, actor: Actor, rule_id: str, reason: str) -> JsonObject:
    """End a rule now: the person who is away, the deputy, whoever set it, a superior or the company head."""
    about: JsonObject = {"action": "deputy_ended", "subject": rule_id, "reason": reason.strip()}
    row = await office.db.reading(rows.rule, rule_id)
    if row is None:
        await refuse(office, actor, not_found("没有这条代理。", "There is no such rule."), about)
    about = {**about, "subject": row.principal, "rule_id": rule_id}
    mine = actor.id in (row.principal, row.deputy, row.set_by) or actor.has("company_head")
    if not mine and not await office.db.reading(is_superior, actor.id, row.principal):
        why = forbidden(
            "这不是您的代理。", "This rule is not yours.", who_can=(row.principal, row.deputy), rule="deputy"
        )
        await refuse(office, actor, why, about)
    if not await office.db.writing(_end, rule_id, actor, about, office.now()):
        await refuse(office, actor, Refusal(409, "already_ended", Text("已经结束。", "It was ended before.")), about)
    return next(one for one in await office.db.reading(_listing, row.principal, office.now()) if one["id"] == rule_id)


def _end(session: Session, rule_id: str, actor: Actor, about: JsonObject, now: str) -> bool:
    row = rows.rule(session, rule_id)
    if row is None or row.ended_at is not None:
        return False
    row.ended_by, row.ended_at = actor.id, now
    session.add(row)
    told(session, actor, about, now)
    return True


async def candidates(office: Office, actor: Actor) -> list[JsonObject]:
    """Everybody who could stand in for somebody: open accounts of persons with a post in which one signs."""
    return await office.db.reading(_candidates, office.now(), actor.id) if actor.sites else []


def _candidates(session: Session, now: str, me: str) -> list[JsonObject]:
    found: list[JsonObject] = []
    for account in people_rows.accounts(session):
        if account.kind != "person" or account.disabled or account.username == me:
            continue
        held: list[Json] = [*sorted(set(standing.posts_at(session, account.username, now)) - role_words.NEVER_SIGNS)]
        if held:
            name: JsonObject = {"zh": account.name, "en": account.name_en or account.name}
            found.append({"username": account.username, "name": name, "posts": held})
    return found
