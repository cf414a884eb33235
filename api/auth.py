"""Tokens by name and password (OAuth2 password flow)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import source_of
from api.exact import ExactJson, ExactRoute
from api.rates import spend
from api.shapes import answers
from services import people

router = APIRouter(prefix="/auth", tags=["auth"], route_class=ExactRoute)


class Token(BaseModel):
    """A bearer token; `expires_in` in seconds."""

    access_token: str
    token_type: str
    expires_in: int


@router.post("/token", responses=answers(ok=Token))
async def token(
    request: Request,
    username: Annotated[str, Form(max_length=80)],
    password: Annotated[str, Form(max_length=200)],
    grant_type: Annotated[str | None, Form(max_length=40)] = None,
    scope: Annotated[str, Form(max_length=200)] = "",
    otp: Annotated[str | None, Form(max_length=40)] = None,
) -> Response:
    """A token for a name and a password. `scope=read` gives one that may only read."""
    source = source_of(request)
    spend("auth", source)
    scopes = ("read",) if "read" in scope.split() else ()
    made = await people.issue_token(request.app.state.office, username, password, source, scopes=scopes)
    return ExactJson(made, headers={"Cache-Control": "no-store"})
