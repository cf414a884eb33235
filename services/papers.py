"""Printed documents of vouchers: which there are, printing one (counted), opening a print again, looking before printing.

The first print fixes what stands on a document; a reprint (补打) says the same and says which print it is. Every print
is kept with its record and is on record with whoever made it. Fields: GSP 2023 arts. 60–62, 87–96, 106–107.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session

from domain import document_codes
from domain.canonical import digest
from domain.documents import PAPER_TEXTS, Document, Paper, of_voucher
from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from domain.stock import MOVE_TEXTS, MoveKind
from records import audit, company_seals, organisation, registers, vouchers
from records.base import FOREVER
from records.stock import PostingRow
from records.vouchers import Voucher, VoucherPrint
from services import people
from services.actor import Actor
from services.master_data import PRICE_READERS
from services.office import Office
from services.refusals import forbidden, no_business, not_found, refuse
from services.register_rows import CaseFile, files, move_rows

MONEY = ("unit_price", "amount")


@dataclass(frozen=True)
class Wanted:
    """Which document of which voucher, on which paper, in which language."""

    number: str
    kind: str
    paper: Paper | None = None
    lang: str = "zh"


async def offered(office: Office, actor: Actor, number: str) -> JsonObject:
    """The documents of a voucher with their prints: `{voucher, items: [{key, title, papers, prints}]}`."""
    found = await _voucher(office, actor, number, {"action": "read_documents", "subject": f"voucher/{number}"})
    items = await office.db.reading(_offered, [found.posting_id])
    return {"voucher": number, "items": items.get(found.posting_id, [])}


async def offered_of_case(office: Office, actor: Actor, case_id: str) -> list[JsonObject]:
    """The same for every voucher of a case that the actor may read, those without a document of their own left out."""
    found = await office.db.reading(vouchers.of_case, case_id, office.company)
    mine = [one for one in found if one.site in actor.works_at()]
    items = await office.db.reading(_offered, [one.posting_id for one in mine])
    return [{"voucher": one.number, "items": items.get(one.posting_id, [])} for one in mine]


async def print_one(office: Office, actor: Actor, wanted: Wanted, reason: str = "") -> JsonObject:
    """Count a print and fix what stands on it: `{voucher, document, copy_no, href}`; `href` opens it."""
    about: JsonObject = {"action": "print_document", "subject": f"voucher/{wanted.number}", "document": wanted.kind}
    found = await _voucher(office, actor, wanted.number, about)
    document = await _document(office, actor, found, wanted, about)
    paper = wanted.paper or document.papers[0]
    copy_no = await office.db.writing(_count, office, actor, found, document, reason)
    href = (
        f"/api/v1/vouchers/{wanted.number}/documents/{document.key}.pdf?copy={copy_no}&paper={paper}&lang={wanted.lang}"
    )
    return {"voucher": wanted.number, "document": document.key, "copy_no": copy_no, "href": href}


async def pdf(office: Office, actor: Actor, wanted: Wanted, copy_no: int) -> bytes:
    """A print as it was made; 0: how it would look, marked as no print."""
    about: JsonObject = {"action": "open_document", "subject": f"voucher/{wanted.number}", "document": wanted.kind}
    found = await _voucher(office, actor, wanted.number, about)
    document = await _document(office, actor, found, wanted, about)
    record = await office.db.reading(_record_of, office, actor, found, document, copy_no)
    if record is None:
        zh, en = "没有这一次打印。请重新打印。", "There is no such print. Print it again."
        await refuse(office, actor, not_found(zh, en), about)
    if not _sees_money(actor) and _holds_money(record):
        zh, en = (
            "这份单据含价格，您的岗位不查阅价格。请另打一份。",
            "This print bears prices, which your post does not read.",
        )
        await refuse(office, actor, forbidden(zh, en, who_can=tuple(sorted(PRICE_READERS)), rule="role"), about)
    await people.note_reading(office, actor, f"voucher/{wanted.number}", {"document": wanted.kind, "copy": copy_no})
    return await office.db.run(_drawn, office, record, document, wanted, copy_no)


# ------------------------------------------------------------------ who may


async def _voucher(office: Office, actor: Actor, number: str, about: JsonObject) -> Voucher:
    if not actor.works_at():
        await refuse(office, actor, no_business(), about)
    found = await office.db.reading(vouchers.voucher, number, office.company)
    if found is None or found.site not in actor.works_at():
        zh, en = "没有这张凭证，或您无权查看。", "There is no such voucher, or not for you."
        await refuse(office, actor, not_found(zh, en), about)
    return found


async def _document(office: Office, actor: Actor, found: Voucher, wanted: Wanted, about: JsonObject) -> Document:
    """The document of this kind, if the voucher has it on this paper; a refusal that names those it has otherwise."""
    kinds = await office.db.reading(_kinds, found.posting_id)
    there = of_voucher(kinds)
    document = next((one for one in there if one.key == wanted.kind), None)
    if document is None:
        names = "、".join(one.title.zh for one in there), ", ".join(one.title.en for one in there)
        zh, en = (
            f"这张凭证没有这种单据；可打印：{names[0]}。",
            f"This voucher has no such document; it has: {names[1]}.",
        )
        await refuse(office, actor, not_found(zh, en), about)
    if wanted.paper is not None and wanted.paper not in document.papers:
        names = "、".join(PAPER_TEXTS[one].zh for one in document.papers), ", ".join(document.papers)
        text = Text(f"{document.title.zh}只用这些纸：{names[0]}。", f"This document is printed on: {names[1]}.")
        await refuse(office, actor, Refusal(422, "bad_paper", text), about)
    return document


def _sees_money(actor: Actor) -> bool:
    return bool(PRICE_READERS & set(actor.roles))


def _holds_money(record: Mapping[str, Any]) -> bool:
    return any(line.get(key) is not None for line in record["lines"] for key in MONEY)


# ------------------------------------------------------------------ reading and counting


def _kinds(session: Session, posting_id: int) -> set[MoveKind]:
    return vouchers.kinds_of(session, [posting_id]).get(posting_id, set())


def _offered(session: Session, posting_ids: Sequence[int]) -> dict[int, list[Json]]:
    """The documents of several vouchers with their prints."""
    kinds, printed = vouchers.kinds_of(session, posting_ids), vouchers.prints_of(session, posting_ids)
    found: dict[int, list[Json]] = {}
    for posting_id in posting_ids:
        for document in of_voucher(kinds.get(posting_id, set())):
            made = printed.get((posting_id, document.key), [])
            prints: list[Json] = [{"copy_no": no, "at": at, "by": by} for no, (at, by) in enumerate(made, 1)]
            papers: list[Json] = list(document.papers)
            told: JsonObject = {"key": document.key, "title": document.title.as_json(), "law": document.law}
            found.setdefault(posting_id, []).append({**told, "papers": papers, "prints": prints})
    return found


def _count(session: Session, office: Office, actor: Actor, found: Voucher, document: Document, reason: str) -> int:
    record = {**_fixed(session, office, actor, found, document), **_reversal(session, found.posting_id)}
    now = office.now()
    copy_no = vouchers.printed(session, found, actor.id, now, reason, document.key, record)
    what: JsonObject = {"document": document.key, "copy_no": copy_no, "record": digest("document", record)}
    audit.append(
        session, audit.ADMIN, actor.id, "document_printed", f"voucher/{found.number}", what, now, site=found.site
    )
    return copy_no


def _fixed(session: Session, office: Office, actor: Actor, found: Voucher, document: Document) -> JsonObject:
    """What the first print said, to whoever sees as much of it; else as it stands now."""
    shown = _sees_money(actor)
    for row in vouchers.prints(session, found.posting_id, document.key):
        if row.record is not None and (shown or not document.adds_money or not _holds_money(row.record)):
            if not document.adds_money or _holds_money(row.record) == shown:
                return row.record
    return gathered(session, office, found, document, with_money=shown)


def _reversal(session: Session, posting_id: int) -> JsonObject:
    """A print of what was reversed meanwhile says so."""
    number = registers.reversed_by(session, posting_id)
    return {"reversed_by": number} if number else {}


def _record_of(
    session: Session, office: Office, actor: Actor, found: Voucher, document: Document, copy_no: int
) -> JsonObject | None:
    if copy_no == 0:
        fixed = _fixed(session, office, actor, found, document)
        return {**fixed, **_reversal(session, found.posting_id)}
    rows: list[VoucherPrint] = vouchers.prints(session, found.posting_id, document.key)
    return rows[copy_no - 1].record if copy_no <= len(rows) else None


def gathered(
    session: Session, office: Office, found: Voucher, document: Document, *, with_money: bool = True
) -> JsonObject:
    """A document of a voucher as data: from the same rows as the registers, with who had signed by then."""
    posting = session.get(PostingRow, found.posting_id)
    moves = registers.posted(session, found.posting_id)
    assert posting is not None and moves, "a voucher has a posting with moves"
    case = files(session, office, [posting.case_id]).get(posting.case_id)
    company, site = organisation.company(session, found.company), organisation.site(session, found.site)
    keys = tuple(dict.fromkeys((*document.fields, "product_name_en", "outbound_order_no", "line_no")))
    rows = list(move_rows(session, office, keys, moves))
    hidden = () if with_money else MONEY
    columns = [*(key for one in document.columns for key in one.keys if key not in hidden), "product_name_en"]
    lines: list[Json] = [{key: row.get(key) for key in columns} for row in rows]
    head = {key: rows[0].get(key) for key in document.head} | _own_head(document, moves[0], company)
    return {
        "kind": document.key,
        "number": rows[0].get("outbound_order_no") or found.number,
        "voucher": found.number,
        "code": document_codes.number_code("voucher", found.posting_id).printed,
        "case": posting.case_id,
        "site": found.site,
        "zone": site.zone if site else "Asia/Shanghai",
        "mode": found.mode,
        "made_at": posting.recorded_at,
        "company": company_of(company),
        "head": head,
        "lines": lines,
        "signatures": _signatures(case, document, posting.recorded_at),
        "seal": seal_of(session, office, "outbound") if document.has_seal else None,
        "head_sha": posting.request_sha,
    }


def company_of(row: organisation.Company | None) -> JsonObject:
    """The company as papers name it."""
    if row is None:
        return {"name": "", "name_en": "", "uscc": "", "licence_no": ""}
    return {"name": row.name, "name_en": row.name_en, "uscc": row.uscc, "licence_no": row.licence_no}


def seal_of(session: Session, office: Office, kind: str) -> JsonObject:
    """The seal in force now; without a picture the template draws a stamp."""
    row = company_seals.in_force(session, kind, office.now(), office.company)
    sha = row.file_sha256 if row else ""
    suffix = _suffix(office.attachments / sha[:2] / sha) if sha else ""
    return {"kind": kind, "sha256": sha, "suffix": suffix}


def _suffix(path: Path) -> str:
    head = path.read_bytes()[:12]
    return "png" if head.startswith(b"\x89PNG") else "jpg" if head.startswith(b"\xff\xd8\xff") else "webp"


def _own_head(document: Document, move: Mapping[str, Any], company: organisation.Company | None) -> dict[str, Any]:
    """What a head says of ourselves and of the move."""
    own = {
        "shipper_name": company.name if company else "",
        "moved_at": move["business_at"],
        "move_words": MOVE_TEXTS[MoveKind(move["move_kind"])].as_json(),
        "warehouse": {"zh": move["warehouse"], "en": move["warehouse_en"] or move["warehouse"]},
    }
    return {key: value for key, value in own.items() if key in document.head}


def signatures_in(session: Session, office: Office, case_id: str, document: Document) -> JsonObject:
    """Who has signed in a case so far, at the places of a document."""
    return _signatures(files(session, office, [case_id]).get(case_id), document, FOREVER)


def _signatures(case: CaseFile | None, document: Document, until: str) -> JsonObject:
    """Who had signed by the time of the posting, at the places of the document."""
    found: JsonObject = {}
    for place in document.signers:
        fits = [
            row
            for row in (case.signatures if case else ())
            if row.meaning in place.meanings and (not place.roles or row.role in place.roles) and row.at <= until
        ]
        if fits:
            found[place.title.zh] = {"name": fits[-1].signer_name, "at": fits[-1].at, "seq": fits[-1].seq}
    return found


def _drawn(office: Office, record: JsonObject, document: Document, wanted: Wanted, copy_no: int) -> bytes:
    from services.printing import paper_pdf  # the typesetter is large

    paper = wanted.paper or document.papers[0]
    told = {**record, "copy_no": copy_no}
    return paper_pdf(told, document, paper, wanted.lang, office.legal, pictures_of(office, record.get("seal")))


def pictures_of(office: Office, seal: Any) -> dict[str, bytes]:
    """The picture of a seal, under the name that the template knows."""
    if not seal or not seal.get("sha256"):
        return {}
    sha = str(seal["sha256"])
    return {f"seal.{seal['suffix']}": (office.attachments / sha[:2] / sha).read_bytes()}
