"""Where a scan leads: a document code opens its page, a UDI or lot code finds what bears its lot."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote

from domain import document_codes
from domain.document_codes import DocumentCode
from domain.errors import GspError
from domain.udi import UdiFault
from domain.udi.building import Pair, raw
from records import document_codes as rows
from services import udi
from services.actor import Actor
from services.office import Office
from services.refusals import no_business, not_found, refuse

TRACING = "/trace"
GS = udi.GS
TEST_PAIRS: tuple[Pair, ...] = (("01", "09521234543213"), ("17", "301231"), ("10", "aB-7/2_yZ"), ("21", "Qw:01(A)"))
"""What the codes on the page that tests scanners hold: a GTIN of GS1's examples, a separator, capital and small letters,
signs that keyboard layouts and input methods change; short enough for GS1-128."""
TEST_CODE = raw(TEST_PAIRS)
TEST_LETTERS = " ".join(f"({ai})\u00a0{value}" for ai, value in TEST_PAIRS)


async def destination(office: Office, actor: Actor, text: str, pages: Collection[str] = ()) -> str:
    """The page that a typed or scanned code leads to; a plain search for anything that is no code.

    `pages` are the addresses that there are: a lot is traced where that has a page, else looked for among the cases.
    Raises ``DocumentCodeFault`` for a document code with a slip in it, ``RefusedError`` for one that names nothing.
    """
    if document_codes.looks_like_one(text):
        return await _document(office, actor, document_codes.read(text), pages)
    words = _words(text)
    if words is not None and TRACING in pages:
        return f"{TRACING}?q={quote(text.strip().replace(GS, '␝'), safe='')}"
    return f"/cases?q={quote(words or text.strip()[:100], safe='')}"


def _words(text: str) -> str | None:
    """What to search for: of a UDI the lot, else the serial number, else the product. Nothing for other texts."""
    try:
        found = udi.parse(text)
    except UdiFault:
        return None
    return str(found["lot"] or found["serial"] or found["di"])


async def _document(office: Office, actor: Actor, code: DocumentCode, pages: Collection[str]) -> str:
    if code.kind in ("case", "task"):
        look = rows.cases_between if code.kind == "case" else rows.tasks_between
        found = await office.db.reading(look, *document_codes.bounds(code))
        if len(found) > 1:
            raise GspError(
                "ambiguous",
                "这个单据码对应两份单据，请从列表里打开。",
                "Two documents bear this code; open it from its list.",
            )
        if found:
            return f"/{code.kind}s/{found[0]}"
    if code.kind == "lot":
        return await _lot(office, actor, code, pages)
    if code.kind == "voucher":
        posting = await office.db.reading(rows.posting, code.number, office.company)
        if posting is not None:  # a voucher lies in the file of the case that made it
            return f"/cases/{posting.case_id}"
    if code.kind in ("product", "partner"):
        named = await office.db.reading(rows.file_code, code.kind, code.number, office.company)
        if named is not None:
            return f"/{code.kind}s/{quote(named, safe='')}"
    about = {"action": "open_code", "subject": code.text}
    await refuse(office, actor, not_found("没有这个单据码对应的单据。", "Nothing bears this document code."), about)  # type: ignore[arg-type]


async def _lot(office: Office, actor: Actor, code: DocumentCode, pages: Collection[str]) -> str:
    about = {"action": "open_code", "subject": code.text}
    if not actor.works_at():
        await refuse(office, actor, no_business(), about)  # type: ignore[arg-type]
    lot = await office.db.reading(rows.lot, code.number, office.company)
    if lot is None:
        await refuse(office, actor, not_found("没有这个批次。", "There is no such lot."), about)  # type: ignore[arg-type]
    return f"{TRACING}?lot={lot.id}" if TRACING in pages else f"/cases?q={quote(lot.lot_no, safe='')}"
