"""Refusals are recorded first and answered then: the stream ``refusals/<site>`` holds every one with its reason."""

from __future__ import annotations

from typing import Any, NoReturn

from domain.errors import Refusal, RefusedError, Text
from domain.json_types import Json, JsonObject
from records import audit
from services.actor import Actor
from services.office import Office

NO_SITE = "all"
"""The stream of refusals that concern no single site."""


async def refuse(office: Office, actor: Actor | None, refusal: Refusal, about: JsonObject) -> NoReturn:
    """Record the refusal, then raise it.

    ``about`` says what was tried: ``action``, and as far as they are known ``case``, ``path``, ``task``, ``site``,
    ``after_seq`` (the case's last record at that moment).
    """
    number = await office.db.writing(_record, office.now(), actor, refusal, about)
    raise RefusedError(refusal, number)


def _record(session: Any, at: str, actor: Actor | None, refusal: Refusal, about: JsonObject) -> str:
    site = str(about.get("site") or NO_SITE)
    articles: list[Json] = list(refusal.articles)
    who_can: list[Json] = list(refusal.who_can)
    pointers: list[Json] = [{"pointer": refusal.within + fault.pointer, "code": fault.code} for fault in refusal.faults]
    rule, violations = refusal.rule or refusal.code, refusal.facts.get("violations")
    broken = [str(one["rule"]) for one in violations] if isinstance(violations, list) else []
    rules: list[Json] = list(dict.fromkeys([rule, *broken]))
    payload: JsonObject = {
        **about,
        "status": refusal.status,
        "code": refusal.code,
        "rule": rule,
        "rules": rules,
        "articles": articles,
        "who_can": who_can,
        "message": refusal.message.as_json(),
        "faults": pointers,
    }
    stream = audit.refusals_of(site)
    who = actor.id if actor else "anonymous"
    subject = str(about.get("case") or about.get("subject") or "")
    seq, _ = audit.append(
        session,
        stream,
        who,
        str(about["action"]),
        subject,
        payload,
        at,
        site=site,
        mode=str(about.get("mode") or "live"),
    )
    return f"{stream}#{seq}"


def not_found(zh: str, en: str) -> Refusal:
    """404: it does not exist, or the caller may not know that it does."""
    return Refusal(404, "not_found", Text(zh, en))


def no_business() -> Refusal:
    """403: a person who only keeps the system running reads no business data (GSP 18)."""
    zh = "系统管理员的岗位不能查阅业务数据。请由业务或质量岗位人员查阅。"
    en = "The post of system administrator reads no business data. Ask a person with a business or quality post."
    return forbidden(zh, en, rule="role")


def forbidden(zh: str, en: str, *, who_can: tuple[str, ...] = (), rule: str = "permission") -> Refusal:
    """403: the caller lacks the right."""
    return Refusal(403, "forbidden", Text(zh, en), rule=rule, who_can=who_can)
