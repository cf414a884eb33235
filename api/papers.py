"""Printed documents of vouchers and cases, packs of papers, the company's seals. Files are PDF/A-3 with their data."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from api.caller import Once, Reading
from api.cases import CaseId
from api.exact import ExactJson, ExactRoute
from api.shapes import Lenient, answers
from services.actor import Actor

router = APIRouter(tags=["documents"], route_class=ExactRoute)
Number = Annotated[str, Path(max_length=60, description="A voucher's number.")]
Kind = Annotated[str, Path(max_length=40, description="A key of the list of documents.")]
Lang = Literal["zh", "en"]
Paper = Literal["a4", "a4_wide", "continuous"]
Code = Annotated[str, Path(max_length=100)]


class Print(Lenient):
    """How a document is to be printed; `reason` says why it is printed again."""

    paper: Paper | None = None
    lang: Lang | None = None
    reason: Annotated[str, Field(max_length=200)] = ""


class Seal(Lenient):
    """The picture of a seal: an attachment; an empty hash draws the stamp again."""

    kind: Annotated[str, Field(max_length=20)] = "outbound"
    sha256: Annotated[str, Field(max_length=64)] = ""


@router.get("/vouchers/{number}/documents", responses=answers(403, 404))
async def offered(caller: Reading, number: Number) -> Response:
    """The documents of a voucher, the paper they are printed on, and their prints so far."""
    from services import papers

    return ExactJson(await papers.offered(caller.office, caller.actor, number))


@router.post("/vouchers/{number}/documents/{kind}:print", responses=answers(403, 404, 422, status=201), status_code=201)
async def printing(caller: Once, number: Number, kind: Kind, wish: Print) -> Response:
    """Count a print and fix what stands on it; `href` opens it. From the second on it says 补打."""
    from services import papers

    wanted = papers.Wanted(number, kind, wish.paper, wish.lang or _lang(caller.actor))
    return ExactJson(await papers.print_one(caller.office, caller.actor, wanted, wish.reason), 201)


@router.get("/vouchers/{number}/documents/{kind}.pdf", responses=answers(403, 404, 422), response_class=Response)
async def document(
    caller: Reading,
    number: Number,
    kind: Kind,
    copy: Annotated[int, Query(ge=0, le=10_000, description="Which print; 0 is a preview, marked as none.")] = 0,
    paper: Paper | None = None,
    lang: Lang | None = None,
) -> Response:
    """A print, the same bytes as ever."""
    from services import papers

    wanted = papers.Wanted(number, kind, paper, lang or _lang(caller.actor))
    return _pdf(await papers.pdf(caller.office, caller.actor, wanted, copy), f"{number}-{kind}-{copy}.pdf")


@router.get("/cases/{id:word}/documents", responses=answers(403, 404))
async def of_case(caller: Reading, id: CaseId) -> Response:
    """The documents of a case: its own, and those of its vouchers."""
    from services import case_papers

    return ExactJson(await case_papers.offered(caller.office, caller.actor, id))


@router.get("/cases/{id:word}/documents/{kind}.pdf", responses=answers(403, 404, 422), response_class=Response)
async def case_document(
    caller: Reading, id: CaseId, kind: Kind, paper: Paper | None = None, lang: Lang | None = None
) -> Response:
    """A document of a case."""
    from services import case_papers

    made = await case_papers.pdf(caller.office, caller.actor, id, kind, paper, lang or _lang(caller.actor))
    return _pdf(made, f"{kind}-{id}.pdf")


@router.get("/products/{code}/pack.pdf", responses=answers(403, 404), response_class=Response)
async def product_pack(caller: Reading, code: Code, lang: Lang | None = None) -> Response:
    """首营资料包 of a product: our licences, its papers, those of its suppliers, with the scans."""
    return await _pack(caller, "product", code, lang)


@router.get("/partners/{code}/pack.pdf", responses=answers(403, 404), response_class=Response)
async def partner_pack(caller: Reading, code: Code, lang: Lang | None = None) -> Response:
    """The pack of a partner's papers with the scans."""
    return await _pack(caller, "partner", code, lang)


async def _pack(caller: Any, subject: str, code: str, lang: Lang | None) -> Response:
    from services import packs

    made = await packs.pack(caller.office, caller.actor, subject, code, lang or _lang(caller.actor))
    return _pdf(made, f"pack-{subject}.pdf")


@router.get("/seals", responses=answers(403))
async def seals(caller: Reading) -> Response:
    """The company's seals, the newest first."""
    from services import company_seals

    return ExactJson(await company_seals.listing(caller.office, caller.actor))


@router.post("/seals", responses=answers(403, 422, status=201), status_code=201)
async def set_seal(caller: Once, seal: Seal) -> Response:
    """Put a picture in force; heads of company or quality alone."""
    from services import company_seals

    return ExactJson(await company_seals.put(caller.office, caller.actor, seal.kind, seal.sha256), 201)


def _lang(actor: Actor) -> Lang:
    return "zh" if actor.lang == "zh" else "en"


def _pdf(content: bytes, name: str) -> Response:
    safe = name.encode("ascii", "replace").decode().replace('"', "_")
    headers = {"Content-Disposition": f'inline; filename="{safe}"', "X-Content-Type-Options": "nosniff"}
    return Response(content, 200, headers, "application/pdf")
