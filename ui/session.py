"""The plain HTTP side of a session: sign in, sign out, language and site of this browser.

The session cookie can be set only in an HTTP answer, so login is a posted form and never a socket handler. Every
sign-in makes a new token (no fixation). Posts from other origins are refused: SameSite=Lax and a check of `Origin`.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from ui.context import SignIn, UiContext
from ui.guard import LANG_COOKIE, SESSION_COOKIE, SITE_COOKIE, close_pages, safe_next
from ui.texts import as_lang

#: The token of a registered shared tablet, set when it is registered.
DEVICE_COOKIE = "gspflow_device"
#: A switch of language or site is remembered in this browser for a year.
YEAR = 365 * 86400


def same_origin(request: Request) -> bool:
    """Whether a post comes from a page of ours. Browsers send `Origin` with every cross-site post."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def routes(ctx: UiContext) -> APIRouter:
    """The routes `/login` (POST), `/logout`, `/language/{code}`, `/site/{id}`."""
    doors = Doors(ctx)
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/login", doors.sign_in, methods=["POST"])
    router.add_api_route("/logout", doors.sign_out, methods=["POST"])
    router.add_api_route("/language/{code}", doors.language, methods=["GET"])
    router.add_api_route("/site/{site_id}", doors.site, methods=["GET"])
    return router


class Doors:
    """The handlers of the routes. None of them raises for what a browser may send."""

    def __init__(self, ctx: UiContext) -> None:
        self.ctx = ctx

    async def sign_in(
        self,
        request: Request,
        method: str = Form("password"),
        next: str = Form("/"),
        username: str = Form("", max_length=80),
        password: str = Form("", max_length=200),
        badge: str = Form("", max_length=80),
        pin: str = Form("", max_length=12),
    ) -> Response:
        """Open a session and go on to `next`, or back to the form with the reason."""
        if not same_origin(request):
            return PlainTextResponse("cross-site post refused", status_code=403)
        by_badge = method == "badge"
        name, secret = (badge, pin) if by_badge else (username.strip(), password)
        device = request.cookies.get(DEVICE_COOKIE, "")
        entered = SignIn("badge" if by_badge else "password", name, secret, device, _source(request))
        answer = await self.ctx.sign_in(entered)
        if not answer.token:
            return _back_to_form(next, entered.method, answer.code, answer.until)
        response = RedirectResponse(safe_next(next), status_code=303)
        _keep(response, request, SESSION_COOKIE, answer.token, None)
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session, send its other open pages to the login page, and forget the cookie."""
        if not same_origin(request):
            return PlainTextResponse("cross-site post refused", status_code=403)
        token = request.cookies.get(SESSION_COOKIE, "")
        account = await self.ctx.account_of(token) if token else None
        if token:
            await self.ctx.sign_out(token)
        # On a shared tablet the next person comes with a badge.
        door = "/login?method=badge" if request.cookies.get(DEVICE_COOKIE) else "/login"
        if account:
            close_pages(account.id, token, to=door)
        response = RedirectResponse(door, status_code=303)
        response.delete_cookie(SESSION_COOKIE, path="/")
        return response

    async def language(self, request: Request, code: str, next: str = "/") -> Response:
        """Remember a language in this browser, for this person: a shared tablet must not keep it for the next one."""
        response = RedirectResponse(safe_next(next), status_code=303)
        lang = as_lang(code)
        if lang:
            token = request.cookies.get(SESSION_COOKIE, "")
            account = await self.ctx.account_of(token) if token else None
            _keep(response, request, LANG_COOKIE, f"{lang}.{account.id}" if account else lang, YEAR)
        return response

    async def site(self, request: Request, site_id: str, next: str = "/") -> Response:
        """Remember the site a person works at in this browser; whether she does is asked at every page."""
        response = RedirectResponse(safe_next(next), status_code=303)
        _keep(response, request, SITE_COOKIE, site_id[:80], YEAR)
        return response


def _source(request: Request) -> str:
    """The address a request came from, for throttling failed attempts."""
    return request.client.host if request.client else ""


def _back_to_form(target: str, method: str, code: str, until: str) -> Response:
    query = f"next={quote(safe_next(target), safe='')}&failed={quote(code or 'wrong')}&method={method}"
    return RedirectResponse(f"/login?{query}" + (f"&until={quote(until)}" if until else ""), status_code=303)


def _keep(response: Response, request: Request, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
