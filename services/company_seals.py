"""The company's seals: which are in force, and putting a new picture in force under the word of those who answer for it.

A seal makes a paper the company's own (GSP 2023 art. 91: 加盖出库印章), so only the heads of company and quality set one;
it is never replaced, only followed by another, and both stay on record.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from domain.errors import Fault, Refusal, Text
from domain.json_types import Json, JsonObject
from records import attachments, company_seals, witness
from records.company_seals import KINDS, CompanySeal
from services import people
from services.actor import Actor
from services.office import Office
from services.refusals import forbidden, no_business, refuse
from services.scans import UnreadableScanError, check_picture

SETTERS = ("company_head", "quality_director")
_PICTURES = ("image/png", "image/jpeg", "image/webp")
_BYTES_MOST = 2 * 1024 * 1024


async def listing(office: Office, actor: Actor) -> JsonObject:
    """Every seal there was, the newest first; the first of each kind is in force."""
    if not actor.works_at():
        await refuse(office, actor, no_business(), {"action": "read_seals"})
    rows = await office.db.reading(company_seals.listing, office.company)
    await people.note_reading(office, actor, "seals", {})
    items: list[Json] = [
        {"kind": row.kind, "sha256": row.file_sha256, "since": row.since, "set_by": row.set_by} for row in rows
    ]
    return {"items": items, "next": None}


async def put(office: Office, actor: Actor, kind: str, sha256: str) -> JsonObject:
    """From now on papers bear this picture (an attachment); an empty hash: the drawn stamp again."""
    about: JsonObject = {"action": "set_seal", "subject": f"seal/{kind}", "sha256": sha256}
    if not any(actor.has(role) for role in SETTERS):
        zh, en = "印章由企业负责人或质量负责人设定。", "A seal is set by the head of the company or of quality."
        await refuse(office, actor, forbidden(zh, en, who_can=SETTERS, rule="role"), about)
    fault = await office.db.reading(_fault, office, kind, sha256)
    if fault is not None:
        await refuse(office, actor, Refusal(422, fault.code, fault.message, faults=(fault,)), about)
    row = CompanySeal(company=office.company, kind=kind, file_sha256=sha256, since=office.now(), set_by=actor.id)
    return await office.db.writing(_put, row)


def _fault(session: Session, office: Office, kind: str, sha256: str) -> Fault | None:
    if kind not in KINDS:
        return Fault(
            "/kind", "unknown_kind", Text("没有这种印章。", f"There is no such seal; there are {', '.join(KINDS)}.")
        )
    if not sha256:
        return None
    file = attachments.find(session, sha256)
    if file is None:
        return Fault("/sha256", "unknown_file", Text("请先上传印模图片。", "Upload the picture of the seal first."))
    if file.media_type not in _PICTURES or file.size > _BYTES_MOST or not _opens(office, sha256):
        words = "印模须为能打开的 PNG、JPEG 或 WebP，不超过 2 MB；最好是透明底的 PNG。"
        en = "A seal is a PNG, JPEG or WebP that can be opened, of at most 2 MB."
        return Fault("/sha256", "no_picture", Text(words, en))
    return None


def _opens(office: Office, sha256: str) -> bool:
    try:
        check_picture(office.attachments / sha256[:2] / sha256)
    except UnreadableScanError:
        return False
    return True


def _put(session: Session, row: CompanySeal) -> JsonObject:
    session.add(row)
    session.flush()
    told: Any = {"kind": row.kind, "sha256": row.file_sha256, "since": row.since, "set_by": row.set_by}
    witness.testify(session, row, actor=row.set_by, action="seal_set", subject=f"seal/{row.kind}", at=row.since)
    return told
