"""Company, sites, departments, shared tablets: for the administrator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.caller import Once, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Strict, Word, answers
from services import access, places

router = APIRouter(tags=["places"], route_class=ExactRoute)
Key = Annotated[str, Path(max_length=40)]


class CompanyShape(Strict):
    """The legal entity; `uscc` is its unified social credit code."""

    name: Word
    name_en: Word = ""
    uscc: Word = ""
    licence_no: Word = ""


class SiteShape(Strict):
    """A place of business; `zone` is its IANA time zone."""

    name: Word
    name_en: Word = ""
    address: Word = ""
    zone: Word = ""


class DepartmentShape(Strict):
    """A department; `superior` is the one above it."""

    name: Word
    name_en: Word = ""
    site: Word | None = None
    superior: Word | None = None


class Tablet(Strict):
    """A browser on which people switch by badge and PIN."""

    name: Word
    site: Word | None = None


@router.get("/organisation", responses=answers(403))
async def organisation(caller: Reading) -> Response:
    """Company, sites and departments."""
    return ExactJson(await places.organisation_of(caller.office, caller.actor))


@router.put("/organisation/company", responses=answers(403))
async def set_company(caller: Once, wanted: CompanyShape) -> Response:
    """Change what is known of the company."""
    return ExactJson(await places.set_company(caller.office, caller.actor, wanted.model_dump()))


@router.put("/organisation/sites/{key:word}", responses=answers(403))
async def save_site(caller: Once, key: Key, wanted: SiteShape) -> Response:
    """Add a site or change it; its key never changes."""
    return ExactJson(await places.save_site(caller.office, caller.actor, key, wanted.model_dump()))


@router.put("/organisation/departments/{key:word}", responses=answers(403))
async def save_department(caller: Once, key: Key, wanted: DepartmentShape) -> Response:
    """Add a department or change it."""
    return ExactJson(await places.save_department(caller.office, caller.actor, key, wanted.model_dump()))


@router.get("/devices", responses=answers(403))
async def devices(caller: Reading) -> Response:
    """Shared tablets, retired ones too."""
    return ExactJson({"items": await access.devices(caller.office, caller.actor), "next": None})


@router.post("/devices", responses=answers(403, status=201))
async def register(caller: Once, wanted: Tablet) -> Response:
    """Register a shared tablet; the answer holds the token of its cookie, shown this once."""
    made = await access.register_device(caller.office, caller.actor, wanted.name, wanted.site)
    return ExactJson(made, 201, {"Cache-Control": "no-store"})


@router.post("/devices/{id:word}:retire", responses=answers(403, 404))
async def retire(caller: Once, id: Key) -> Response:
    """From now on it is no shared tablet any more."""
    await access.retire_device(caller.office, caller.actor, id)
    return ExactJson({"id": id, "retired": True})
