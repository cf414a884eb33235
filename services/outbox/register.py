"""The register of deliveries: what went to whom when, what failed and why, and trying again."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from records import audit, deliveries, people
from records.deliveries import DeliveryQuery
from records.outbox import STATES, Delivery, Dispatch, Outgoing
from services.actor import Actor
from services.admin_laws import ADMIN, need
from services.case_rows import cursor_parts, cursor_text
from services.cases import open_file
from services.office import Office
from services.outbox.contacting import masked
from services.people import note_reading
from services.refusals import not_found, refuse

READERS = (ADMIN, "quality_staff", "quality_director", "company_head", "auditor", "guest_auditor")
"""Who looks at the register. It holds kinds, keys and times, no words of a case: the administrator may."""
RETRIERS = (ADMIN, "quality_staff", "quality_director")


async def listing(office: Office, actor: Actor, filters: dict[str, Any]) -> JsonObject:
    """A page of deliveries, the newest first, with how many are in each state."""
    about: JsonObject = {"action": "read_deliveries"}
    await need(office, actor, READERS, about)
    limit = max(1, min(int(filters.get("limit") or 50), 200))
    parts = cursor_parts(filters.get("cursor"), 2)
    query = DeliveryQuery(
        state=filters.get("state"),
        channel=filters.get("channel"),
        account=filters.get("account"),
        sites=None if actor.has(ADMIN) else (*actor.sites, "all"),
        after=(parts[0], parts[1]) if parts else None,
        limit=limit,
    )
    found, read, counts = await office.db.reading(_page, query)
    await note_reading(office, actor, "deliveries", {})
    shown: list[Json] = [view(one, row, read) for one, row in found[:limit]]
    last = found[limit - 1][0] if len(found) > limit else None
    numbers: JsonObject = {state: counts.get(state, 0) for state in STATES}
    return {"items": shown, "next": cursor_text((last.created_at, last.id) if last else None), "counts": numbers}


def _page(
    session: Session, query: DeliveryQuery
) -> tuple[list[tuple[Delivery, Outgoing]], dict[tuple[str, str], str], dict[str, int]]:
    found = deliveries.listing(session, query)
    return found, _read(session, found), deliveries.counts(session)


def _read(session: Session, found: list[tuple[Delivery, Outgoing]]) -> dict[tuple[str, str], str]:
    """(notice, person) → when that person read it on the screen."""
    rows = deliveries.readings(session, (row.id for _, row in found))
    return {(one.notice_id, one.account): one.at for one in rows}


def view(one: Delivery, row: Outgoing, read: dict[tuple[str, str], str]) -> JsonObject:
    """One delivery as people read it."""
    return {
        "id": one.id,
        "notice": one.outgoing_id,
        "kind": row.kind,
        "business_key": row.business_key,
        "case": row.case_id or None,
        "site": one.site,
        "mode": one.mode,
        "account": one.account,
        "instead_of": row.instead_of,
        "channel": one.channel,
        "address": masked(one.address),
        "state": one.state,
        "attempts": one.attempts,
        "created_at": one.created_at,
        "next_at": one.next_at if one.state in ("waiting", "failed") else None,
        "sent_at": one.sent_at,
        "read_at": read.get((row.id, one.account)),
        "last_error": one.last_error,
        "message": one.bundle,
    }


async def of_case(office: Office, actor: Actor, case_id: str) -> list[JsonObject]:
    """The deliveries of what a case told, for whoever may read the case."""
    await open_file(office, actor, case_id, "read_deliveries")
    found, read, _ = await office.db.reading(_page, DeliveryQuery(case_id=case_id, limit=500))
    return [view(one, row, read) for one, row in found]


async def attempts(office: Office, actor: Actor, delivery_id: str) -> JsonObject:
    """Every attempt at the message of a delivery: `{delivery, attempts: [{at, attempt, ok, error, deliveries}]}`."""
    about: JsonObject = {"action": "read_delivery", "subject": delivery_id}
    await need(office, actor, READERS, about)
    found = await _existing(office, actor, delivery_id, about)
    tried = await office.db.reading(deliveries.attempts, found.bundle) if found.bundle else []
    told: list[Json] = [_attempt(one) for one in tried]
    return {"delivery": found.id, "message": found.bundle, "attempts": told}


def _attempt(one: Dispatch) -> JsonObject:
    return {"at": one.at, "attempt": one.attempt, "ok": one.ok, "error": one.error, "deliveries": one.deliveries}


async def retry(office: Office, actor: Actor, delivery_id: str) -> JsonObject:
    """Try a failed or given-up delivery again now, as a message of its own, on record."""
    about: JsonObject = {"action": "delivery_retried", "subject": delivery_id}
    await need(office, actor, RETRIERS, about)
    found = await _existing(office, actor, delivery_id, about)
    if not await office.db.writing(_retry, found.id, actor.id, office.now()):
        text = Text("只有失败或已放弃的才能重发。", "Only what failed or was given up is sent again.")
        await refuse(office, actor, Refusal(409, "not_failed", text), about)
    return {"id": found.id, "state": "waiting"}


def _retry(session: Session, delivery_id: str, actor: str, now: str) -> bool:
    row = deliveries.delivery(session, delivery_id)
    if row is None or row.state not in ("failed", "given_up"):
        return False
    row.state, row.attempts, row.next_at, row.bundle = "waiting", 0, now, None
    session.add(row)
    payload: JsonObject = {"notice": row.outgoing_id, "channel": row.channel, "account": row.account}
    audit.append(session, audit.ADMIN, actor, "delivery_retried", row.id, payload, now)
    return True


async def _existing(office: Office, actor: Actor, delivery_id: str, about: JsonObject) -> Delivery:
    found = await office.db.reading(deliveries.delivery, delivery_id)
    visible = found is not None and (actor.has(ADMIN) or found.site in (*actor.sites, "all"))
    if found is None or not visible:
        await refuse(office, actor, not_found("没有这条送达记录。", "There is no such delivery."), about)
    return found


async def names(office: Office, usernames: set[str]) -> dict[str, dict[str, str]]:
    """Names of people in both languages, by username."""
    return await office.db.reading(_names, usernames)


def _names(session: Session, usernames: set[str]) -> dict[str, dict[str, str]]:
    known = [one for one in people.accounts(session) if one.username in usernames]
    return {one.username: {"zh": one.name, "en": one.name_en or one.name} for one in known}
