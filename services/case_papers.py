"""Documents of a case: its own, where the case holds what they tell, and those of the vouchers that it made."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from domain import document_codes
from domain.documents import DOCUMENTS, Document, Paper
from domain.json_types import Json, JsonObject
from domain.registers import row_of
from records import organisation
from services import documents, papers, people
from services.actor import Actor
from services.cases import File, open_file
from services.office import Office
from services.papers import company_of, pictures_of, seal_of
from services.refusals import not_found, refuse

OF_CASES = tuple(one for one in DOCUMENTS if one.source == "case")


async def offered(office: Office, actor: Actor, case_id: str) -> JsonObject:
    """`{items: [{key, title, papers}], vouchers: [{voucher, items}]}` of a case that the actor may read."""
    file = await open_file(office, actor, case_id, "read_documents")
    items: list[Json] = [
        {"key": one.key, "title": one.title.as_json(), "law": one.law, "papers": list(one.papers)} for one in _of(file)
    ]
    vouchers: list[Json] = [*await papers.offered_of_case(office, actor, case_id)]
    return {"items": items, "vouchers": vouchers, "next": None}


async def pdf(office: Office, actor: Actor, case_id: str, kind: str, paper: Paper | None, lang: str) -> bytes:
    """A document of a case as the case stands; reading it is on record like reading the case."""
    file = await open_file(office, actor, case_id, "print")
    document = next((one for one in _of(file) if one.key == kind), None)
    if document is None:
        about: JsonObject = {"action": "print", "case": case_id, "site": file.case.site, "document": kind}
        zh, en = "这个案例没有这种单据。", "The case has no such document."
        await refuse(office, actor, not_found(zh, en), about)
    await people.note_reading(office, actor, f"case/{case_id}", {"document": kind})
    if document.template != "paper.typ":
        return await documents.acceptance_record(office, actor, case_id, lang)
    record = await office.db.reading(_gathered, office, file, document)
    return await office.db.run(_drawn, office, record, document, paper, lang)


def _of(file: File) -> list[Document]:
    """The documents for which the case holds enough; fields may stand at its start, in it, or in its lines."""
    held = set(file.start) | set(file.data)
    return [one for one in OF_CASES if set(one.needs) <= held]


def _gathered(session: Session, office: Office, file: File, document: Document) -> JsonObject:
    case = file.case
    site, company = organisation.site(session, case.site), organisation.company(session, case.company)
    values: dict[str, Any] = {**file.start, **file.data}
    signed = papers.signatures_in(session, office, case.id, document)
    return {
        "kind": document.key,
        "number": str(case.business_key or case.id),
        "code": document_codes.case_code(case.id).printed,
        "case": case.id,
        "site": case.site,
        "zone": site.zone if site else "Asia/Shanghai",
        "mode": case.mode,
        "made_at": case.closed_at or case.started_at,
        "copy_no": 1,
        "company": company_of(company),
        "head": row_of(document.head, values),
        "lines": _lines(values, document),
        "signatures": signed,
        "seal": seal_of(session, office, "outbound") if document.has_seal else None,
        "head_sha": case.head,
    }


def _lines(values: dict[str, Any], document: Document) -> list[Json]:
    """The list of the case that has most of the columns; the longest of those that have as many."""
    keys = {key for column in document.columns for key in column.keys}
    lists = [value for value in values.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    best = max(lists, key=lambda rows: (len(keys & set(rows[0])), len(rows)), default=[])
    return [{key: row.get(key) for key in sorted(keys)} for row in best if isinstance(row, dict)]


def _drawn(office: Office, record: JsonObject, document: Document, paper: Paper | None, lang: str) -> bytes:
    from services.printing import paper_pdf  # the typesetter is large

    pictures = pictures_of(office, record.get("seal"))
    return paper_pdf(record, document, paper or document.papers[0], lang, office.legal, pictures)
