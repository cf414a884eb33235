"""Who calls: a bearer token, or the session cookie of a page of ours; how often; in which language; under which key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Header, Request, Security
from fastapi.security import APIKeyCookie, OAuth2PasswordBearer

from api import repeats
from api.problems import Problem, unauthenticated, wished_language
from api.rates import spend
from domain.errors import Text
from domain.ids import IDEMPOTENCY_KEY
from services import people
from services.actor import Actor
from services.office import Office

SESSION_COOKIE = "gspflow_session"
SAFE = ("GET", "HEAD", "OPTIONS")
READ_ONLY = "read"
"""The scope of a token that may only read."""
_BEARER = OAuth2PasswordBearer("auth/token", auto_error=False, scopes={READ_ONLY: "read only"})
_COOKIE = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, scheme_name="Session")
_KEY_HELP = "Your own name for this act, 16–64 of A–Z a–z 0–9 and hyphen. The same key gives the same answer again."


@dataclass(frozen=True)
class Caller:
    """The person (or machine) behind one request, and the office it asks."""

    office: Office
    actor: Actor
    key: str | None = None


async def caller(
    request: Request,
    bearer: Annotated[str | None, Security(_BEARER)] = None,
    cookie: Annotated[str | None, Security(_COOKIE)] = None,
) -> Caller:
    """The caller. Raises 401 for nobody, 403 for a page of another site, 429 for too many requests."""
    office: Office = request.app.state.office
    actor = await _actor(request, office, bearer, cookie)
    request.state.lang = actor.lang
    request.state.who = actor.id
    spend("caller", actor.id)
    wished = wished_language(request)
    return Caller(office, replace(actor, lang=wished or actor.lang or "en"))


async def _actor(request: Request, office: Office, bearer: str | None, cookie: str | None) -> Actor:
    if bearer is not None or "authorization" in request.headers:
        found = await people.token_actor(office, bearer) if bearer else None
        if found is None:
            spend("strangers", source_of(request))
            raise unauthenticated("token_invalid", "令牌无效或已过期。", "The token is not valid, or expired.")
        return _scoped(request, found)
    if cookie:
        _same_origin(request)
        if found := await people.session_actor(office, cookie):
            return found
    spend("strangers", source_of(request))
    raise unauthenticated("login_needed", "请先登录。", "Log in first, or send a bearer token.")


def _scoped(request: Request, actor: Actor) -> Actor:
    if READ_ONLY in actor.scopes and request.method not in SAFE:
        text = Text("这个令牌只能读取。", "This token may only read.")
        more: dict[str, Any] = {"rule": "token_scope", "articles": [], "who_can": [], "refusal_id": None}
        raise Problem(403, "token_scope", text, more=more)
    return actor


def _same_origin(request: Request) -> None:
    """A cookie is sent by browsers whatever page asks; so writing needs the word of the browser that it is ours."""
    if request.method in SAFE:
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc == request.headers.get("host", ""):
        return
    if origin is None and request.headers.get("sec-fetch-site") == "same-origin":
        return
    text = Text("此请求不是从本系统的页面发出的。", "This request does not come from a page of this system.")
    more: dict[str, Any] = {"rule": "same_origin", "articles": [], "who_can": [], "refusal_id": None}
    raise Problem(403, "cross_origin", text, more=more)


def source_of(request: Request) -> str:
    """The address a request came from."""
    return request.client.host if request.client else ""


async def acting(
    found: Annotated[Caller, Depends(caller)],
    idempotency_key: Annotated[str | None, Header(description=_KEY_HELP)] = None,
) -> Caller:
    """The caller of something that changes data, with the act's id if it brought one."""
    if idempotency_key is not None and not IDEMPOTENCY_KEY.fullmatch(idempotency_key):
        text = Text(
            "Idempotency-Key 须为 16–64 个字母、数字或连字符。",
            "An Idempotency-Key is 16–64 letters, digits or hyphens.",
        )
        raise Problem(422, "bad_key", text)
    return replace(found, key=idempotency_key)


async def once(request: Request, found: Annotated[Caller, Depends(acting)]) -> Caller:
    """The caller of something that is no act of a case: a repeat under the same key gets the first answer."""
    if found.key is not None:
        await repeats.begin(request, found.office, found.actor, found.key)
    return found


Reading = Annotated[Caller, Depends(caller)]
"""The caller of a question."""
Acting = Annotated[Caller, Depends(acting)]
"""The caller of an act of a case; `services` answer its repeats from the record."""
Once = Annotated[Caller, Depends(once)]
"""The caller of anything else that changes data."""
