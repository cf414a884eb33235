"""Cases: starting one, finding them, looking at one, trying an incident again, the printed record."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from api.caller import Acting, Caller, Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Cursor, Filter, Limit, Moment, checked_cursor, given, moment
from api.shapes import Late, Lenient, Strict, Word, answers, model_of, page_of
from services import cases, people
from services.views import CaseDetail, CaseView, Completed

router = APIRouter(tags=["cases"], route_class=ExactRoute)
CaseId = Annotated[str, Path(max_length=64)]


class Begin(Lenient):
    """The start of a case; `site` may be left out by a caller with one site."""

    definition: Word
    version: Word | None = None
    site: Word | None = None
    mode: Literal["live", "drill", "sandbox"] = "live"
    start: dict[str, Any] = Field(default_factory=dict)
    late_entry: Late | None = None


class At(Strict):
    """Where in the case."""

    path: Annotated[str, Field(max_length=500)]


@router.post("/cases", responses=answers(403, 404, 409, ok=model_of(CaseView), status=201))
async def start(caller: Acting, wanted: Begin) -> Response:
    """Start a case on the version in force. 202: it is started and still being recorded."""
    paper = wanted.late_entry.entry() if wanted.late_entry else None
    wish = cases.Begin(wanted.definition, wanted.start, wanted.version, wanted.site, wanted.mode, late=paper)
    begun: Any = await cases.start(caller.office, caller.actor, wish, caller.key)
    late = begun.get("recorded") is True
    return ExactJson(begun, 202 if late else 201, {"Location": f"/api/v1/cases/{begun['id']}"})


@router.get("/startable", responses=answers())
async def startable(caller: Reading) -> Response:
    """What the caller may start, with the form of the start."""
    return ExactJson({"items": await cases.startable(caller.office, caller.actor), "next": None})


@router.get("/cases", responses=answers(ok=page_of("CasePage", model_of(CaseView))))
async def listing(
    caller: Reading,
    definition: Filter = None,
    state: Literal["running", "completed", "cancelled", "terminated"] | None = None,
    mode: Literal["live", "drill", "sandbox"] | None = None,
    q: Filter = None,
    business_key: Filter = None,
    lot: Filter = None,
    serial: Filter = None,
    supplier: Filter = None,
    product: Filter = None,
    person: Filter = None,
    clause: Filter = None,
    started_by: Filter = None,
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
    limit: Limit = 25,
    cursor: Cursor = None,
) -> Response:
    """Cases, the last started first."""
    filters = given(
        definition=definition, state=state, mode=mode, q=q, business_key=business_key, lot=lot, serial=serial,
        supplier=supplier, product=product, person=person, clause=clause, started_by=started_by, limit=limit,
        cursor=checked_cursor(cursor),
    )  # fmt: skip
    period = given(**{"from": moment("from", since), "to": moment("to", until, last=True)})
    return ExactJson(await cases.listing(caller.office, caller.actor, {**filters, **period}))


@router.get("/cases/{id:word}", responses=answers(404, ok=model_of(CaseDetail)))
async def one(caller: Reading, id: CaseId) -> Response:
    """A case as it stands."""
    return ExactJson(await cases.detail(caller.office, caller.actor, id))


@router.post("/cases/{id:word}:retry", responses=answers(403, 404, 409, ok=model_of(Completed)))
async def retry(caller: Acting, id: CaseId, where: At) -> Response:
    """Try again what became an incident."""
    done: Any = await cases.retry(caller.office, caller.actor, id, where.path, caller.key)
    return ExactJson(done, 200 if "case" in done else 202)


@router.get("/cases/{id:word}/documents/acceptance.pdf", responses=answers(404), response_class=Response)
async def acceptance_record(caller: Reading, id: CaseId, lang: Literal["zh", "en"] | None = None) -> Response:
    """The acceptance record of a receiving case as PDF, with the record as data inside."""
    from services import documents  # the typesetter is large

    content = await documents.acceptance_record(caller.office, caller.actor, id, lang or caller.actor.lang)
    await _noted(caller, id)
    name = f"acceptance-{id}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(content, 200, headers, "application/pdf")


async def _noted(caller: Caller, case_id: str) -> None:
    await people.note_reading(caller.office, caller.actor, f"case/{case_id}", {"document": "acceptance"})
