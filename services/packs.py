"""首营资料包: everything that qualifies a product or a partner in one sealed PDF, as hospitals ask for it.

Cover, list of papers with their numbers and ends, and the scans bound in; each page bears the quality seal. A product's
pack holds our own licences, the product's papers and those of the suppliers it was bought from. A paper without a scan,
or with one that cannot be bound in, stands in the list and says so. Source: GSP 2023 arts. 53, 54, 82.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, select

from domain import document_codes
from domain.clock import to_text
from domain.documents import BY_KEY
from domain.errors import Text
from domain.json_types import JsonObject
from domain.master_data.entities import ENTITIES
from records import attachments, audit, organisation, parties, products
from records.attachments import Attachment
from records.orders import PurchaseOrder, PurchaseOrderLine
from records.parties import Credential, Partner
from records.products import Product
from services.actor import Actor
from services.office import Office
from services.paper_view import seal_view
from services.papers import company_of, pictures_of, seal_of
from services.refusals import no_business, not_found, refuse
from services.scans import UnreadableScanError, pages_of

DOCUMENT = BY_KEY["qualification_pack"]
SUBJECTS = ("product", "partner")
_SUPPLIERS_MOST = 5
_HEADS = (
    Text("序号", "No."), Text("资料", "Paper"), Text("编号", "Number"), Text("有效期", "Valid"),
    Text("扫描件", "Scan"), Text("页码", "Page"),
)  # fmt: skip


async def pack(office: Office, actor: Actor, subject: str, code: str, lang: str) -> bytes:
    """The pack of a product or partner; making one is on record with the hashes of what it holds."""
    about: JsonObject = {"action": "make_pack", "subject": f"{subject}/{code}"}
    if not actor.works_at():
        await refuse(office, actor, no_business(), about)
    record = await office.db.reading(gathered, office, subject, code)
    if record is None:
        zh, en = f"没有编号为 {code} 的档案。", f"There is no file {code}."
        await refuse(office, actor, not_found(zh, en), about)
    made = await office.db.run(pack_pdf, office, record, lang)
    await office.db.writing(_note, actor.id, f"{subject}/{code}", record, office.now())
    return made


def gathered(session: Session, office: Office, subject: str, code: str) -> JsonObject | None:
    """The pack as data. Its date is that of the day's beginning: made twice on a day it is the same."""
    of_product = subject == "product"
    row: Product | Partner | None = (
        products.by_code(session, code, office.company)
        if of_product
        else parties.by_code(session, code, office.company)
    )
    if row is None or row.id is None:
        return None
    groups = _product_groups(session, office, row) if isinstance(row, Product) else [("partner", row.name, row.id)]
    papers: list[Any] = [
        _paper(session, paper, holder)
        for kind, holder, owner in groups
        for paper in _papers(session, office, kind, owner)
    ]
    company = organisation.company(session, office.company)
    day = office.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "kind": DOCUMENT.key,
        "subject": subject,
        "subject_code": code,
        "name": row.name,
        "name_en": row.name_en,
        "facts": _product_facts(row) if isinstance(row, Product) else _partner_facts(row),
        "code": document_codes.number_code(subject, row.id).printed,
        "made_at": to_text(day),
        "company": company_of(company),
        "papers": papers,
        "seal": seal_of(session, office, "quality"),
    }


def pack_pdf(office: Office, record: JsonObject, lang: str) -> bytes:
    """The PDF/A-3b of a pack with its scans."""
    from services.printing import code_of, compiled  # the typesetter is large

    view, pictures = _view(office, record, lang)
    return compiled(DOCUMENT.template, view, record, code_of(record), pictures)


# ------------------------------------------------------------------ what is in it


def _product_groups(session: Session, office: Office, row: Product) -> list[tuple[str, str, int]]:
    """Whose papers: our own, the product's, those of the suppliers it was ordered from, the last first."""
    company = organisation.company(session, office.company)
    query = (
        select(PurchaseOrder.supplier_id)
        .join(PurchaseOrderLine, col(PurchaseOrderLine.order_id) == col(PurchaseOrder.id))
        .where(PurchaseOrderLine.product_id == row.id, PurchaseOrder.mode == "live", PurchaseOrder.state != "cancelled")
        .order_by(col(PurchaseOrder.ordered_on).desc(), col(PurchaseOrder.id).desc())
    )
    suppliers = [session.get(Partner, found) for found in dict.fromkeys(session.exec(query))]
    named = [("partner", one.name, one.id) for one in suppliers[:_SUPPLIERS_MOST] if one is not None and one.id]
    return [("company", company.name if company else "", 0), ("product", row.name, row.id or 0), *named]


def _papers(session: Session, office: Office, kind: str, owner: int) -> Iterable[Credential]:
    return (
        parties.of_company(session, office.company) if kind == "company" else parties.credentials(session, kind, owner)
    )


def _paper(session: Session, row: Credential, holder: str) -> JsonObject:
    file = attachments.find(session, row.file_sha256) if row.file_sha256 else None
    return {
        "kind": row.kind,
        "holder": holder,
        "number": row.number,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "file": _file(file),
    }


def _file(row: Attachment | None) -> JsonObject | None:
    return {"sha256": row.sha256, "name": row.name, "media_type": row.media_type} if row else None


def _product_facts(row: Product) -> JsonObject:
    keys = (
        "code",
        "model",
        "specification",
        "registration_no",
        "registrant_name",
        "production_license_no",
        "device_class",
    )
    told = {key: getattr(row, key) for key in keys}
    return {
        **told,
        "registration_valid_until": row.registration_valid_until,
        "storage_condition": row.storage_condition,
    }


def _partner_facts(row: Partner) -> JsonObject:
    return {
        key: getattr(row, key) or "" for key in ("code", "uscc", "legal_representative", "address", "contact", "phone")
    }


# ------------------------------------------------------------------ its words


def _view(office: Office, record: Any, lang: str) -> tuple[JsonObject, dict[str, bytes]]:
    pictures = pictures_of(office, record["seal"])
    papers, scans, bound = [], list[Any](), dict[str, str]()
    for number, paper in enumerate(record["papers"], 1):
        title = f"{_kind(paper['kind'], lang)} · {paper['holder']}"
        told = _bound_in(office, paper, f"p{number}", f"{number}. {title}", scans, pictures, bound)
        papers.append(
            {
                "kind": title,
                "number": paper["number"] or "",
                "valid": _valid(paper, lang),
                "file": told.said_in(lang),
                "label": bound.get((paper["file"] or {}).get("sha256", ""), ""),
            }
        )
    name = record["name_en"] if lang == "en" and record["name_en"] else record["name"]
    company = record["company"]
    shown: Any = {
        "lang": "zh" if lang == "zh" else "en",
        "title": DOCUMENT.title.said_in(lang),
        "subject": name,
        "company": company["name_en"] if lang == "en" and company["name_en"] else company["name"],
        "code": record["code"],
        "facts": list(_facts(office, record, lang)),
        "made": Text(f"制作日期 {record['made_at'][:10]}", f"Made on {record['made_at'][:10]}").said_in(lang),
        "proof": f"{DOCUMENT.law} · {record['subject_code']}",
        "page_words": ["第 ", " 页 / 共 ", " 页"] if lang == "zh" else ["Page ", " of ", ""],
        "list_title": Text("资料目录", "List of papers").said_in(lang),
        "list_heads": [one.said_in(lang) for one in _HEADS],
        "papers": papers,
        "none": Text("档案中没有证照。", "There are no papers on file.").said_in(lang),
        "scans": scans,
        "seal": seal_view(record, DOCUMENT, lang),
        "attached": Text("本资料包的数据（JSON）", "The data of this pack (JSON)").said_in(lang),
    }
    return shown, pictures


def _bound_in(
    office: Office,
    paper: Any,
    label: str,
    title: str,
    scans: list[Any],
    pictures: dict[str, bytes],
    bound: dict[str, str],
) -> Text:
    """Bind a paper's pages in, once for each file; what the list says of its scan."""
    file = paper["file"]
    if file is None:
        return Text("未上传", "none on file")
    sha = str(file["sha256"])
    if sha in bound:
        return Text(f"见上 {sha[:12]}…", f"as above {sha[:12]}…")
    try:
        pages = list(pages_of(office.attachments / sha[:2] / sha, str(file["media_type"])))
    except (UnreadableScanError, OSError):
        return Text(f"无法装入 {file['name']}", f"cannot be bound in: {file['name']}")
    for at, (ending, content) in enumerate(pages):
        name = f"{label}-{at}.{ending}"
        pictures[name] = content
        scans.append({"label": label if at == 0 else "", "title": f"{title} ({at + 1}/{len(pages)})", "file": name})
    bound[sha] = label
    return Text(f"{len(pages)} 页 {sha[:12]}…", f"{len(pages)} pages {sha[:12]}…")


def _facts(office: Office, record: Any, lang: str) -> Iterable[JsonObject]:
    entity = ENTITIES[record["subject"]]
    for key, value in record["facts"].items():
        field = entity.field(key)
        if value:
            yield {"label": field.text.said_in(lang) if field else office.legal.said(key, lang), "value": str(value)}


def _kind(kind: str, lang: str) -> str:
    field = ENTITIES["credential"].field("kind")
    words: Sequence[tuple[str, Text]] = field.choices if field else ()
    return next((text.said_in(lang) for key, text in words if key == kind), kind)


def _valid(paper: Any, lang: str) -> str:
    if not paper["valid_until"]:
        return Text("长期", "no end").said_in(lang)
    return (
        f"{paper['valid_from'] or ''} – {paper['valid_until']}".strip(" –")
        if paper["valid_from"]
        else paper["valid_until"]
    )


def _note(session: Session, who: str, subject: str, record: Any, now: str) -> None:
    files = [paper["file"]["sha256"] for paper in record["papers"] if paper["file"]]
    audit.append(
        session, audit.ADMIN, who, "pack_made", subject, {"papers": len(record["papers"]), "files": files}, now
    )
