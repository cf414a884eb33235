"""Papers, prices, decisions and versions of master data as they are read."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session

from domain.json_types import Json, JsonObject
from domain.master_data.entities import ENTITIES
from domain.master_data.fields import show
from records import master_rows
from records.agreements import PriceAgreement
from records.master import MasterVersion
from records.parties import Credential, Qualification


def credential_view(session: Session, row: Credential, today: date) -> JsonObject:
    """A paper with its scope and the days that are left of it."""
    left = None if not row.valid_until else (date.fromisoformat(row.valid_until) - today).days
    file: dict[str, Json] = master_rows.values_of(session, "credential", row)
    return {**file, "days_left": left}


def price_view(session: Session, row: PriceAgreement, today: date) -> JsonObject:
    """A price with whose and what it is; exact decimals as text."""
    values = master_rows.values_of(session, "price_agreement", row)
    day = today.isoformat()
    in_force = row.valid_from <= day and (row.valid_until is None or day <= row.valid_until)
    exact = ("unit_price", "discount", "tax_rate", "ceiling_price")
    return {**values, **{key: None if values[key] is None else str(values[key]) for key in exact}, "in_force": in_force}


def qualification_view(row: Qualification) -> JsonObject:
    """A decision, and the case that it comes from."""
    same = ("state", "valid_from", "valid_until", "decided_at", "decided_by", "case_id")
    return {key: getattr(row, key) for key in same}


def version_view(row: MasterVersion) -> JsonObject:
    """A version: what changed, who did it, when and why."""
    changed: list[Json] = [str(name) for name in row.changed]
    return {
        "rev": row.rev,
        "entity": row.table_name,
        "row": row.row_key,
        "action": row.action,
        "changed": [_word(row.table_name, str(name), row.body) for name in row.changed] if row.rev > 1 else changed[:0],
        "by": row.by,
        "at": row.at,
        "reason": row.reason,
        "case": row.case_id,
        "sha256": row.row_sha,
    }


def _word(table: str, column: str, body: dict[str, Any]) -> JsonObject:
    """A changed column in the words of its field, with what stands there since."""
    entity = ENTITIES.get(table)
    field = entity.field(column) if entity else None
    value = body.get(column)
    shown = show(field, value) if field else ("" if value is None else str(value))
    words: JsonObject = dict(field.text.as_json()) if field else {"zh": column, "en": column}
    return {"field": column, "title": words, "value": shown}
