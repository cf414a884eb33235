"""The caller: posts, sites, language."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import Acting, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Strict, answers
from services import people

router = APIRouter(tags=["me"], route_class=ExactRoute)


class Language(Strict):
    """The language of everything the person is told."""

    language: Literal["zh", "en"]


class Me(BaseModel):
    """Who is asking; `roles`: role → sites where it is held today."""

    user: str
    name: str
    name_en: str
    roles: dict[str, list[str]]
    sites: list[dict[str, Any]]
    language: str | None
    may_sign: bool


@router.get("/me", responses=answers(ok=Me))
async def me(caller: Reading) -> Response:
    """The caller."""
    return ExactJson(await _me(caller))


@router.patch("/me", responses=answers(ok=Me))
async def set_language(caller: Acting, wanted: Language) -> Response:
    """Choose the language."""
    await people.set_language(caller.office, caller.actor, wanted.language)
    return ExactJson({**await _me(caller), "language": wanted.language})


async def _me(caller: Reading) -> dict[str, Any]:
    return dict(await people.me(caller.office, caller.actor))
