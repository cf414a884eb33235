"""Who is looking at this page. Every page of the product is declared with `page(ctx, path)` from here.

The socket of an open page is authorised by its client id only, so a page that was opened by somebody may outlive the
session: each handler asks `viewer.recheck()` (or is wrapped in `acting`) before it calls a service with the actor.
"""

from __future__ import annotations

import copy
import inspect
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast
from urllib.parse import quote

from fastapi import Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import RedirectResponse, Response
from nicegui import Client, ui
from nicegui import app as pages_app
from nicegui.page import page as nicegui_page
from starlette.exceptions import HTTPException

from ui.context import Account, Site, UiContext
from ui.texts import PAGE_LANGUAGE, Lang, as_lang, preferred, t

SESSION_COOKIE = "gspflow_session"
LANG_COOKIE = "gspflow_lang"
SITE_COOKIE = "gspflow_site"
#: Seconds a session answer may be reused by the handlers of one page.
RECHECK_SECONDS = 5.0
_VIEWER = "gspflow.viewer"
log = logging.getLogger(__name__)


class SessionLost(Exception):
    """The session behind an open page is over: signed out, locked, expired, or the account was disabled."""


@dataclass
class Viewer:
    """The person at one open page: who, in which language, at which site.

    `leaving` holds what must be saved before the page is left by the language switch (drafts).
    """

    ctx: UiContext
    account: Account
    token: str
    lang: Lang
    site: Site | None
    path: str
    checked_at: float = field(default_factory=time.monotonic)
    leaving: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    @property
    def actor(self) -> Any:
        """What `services` functions take as their caller."""
        return self.account.actor

    def t(self, key: str, **values: object) -> str:
        """`ui.texts.t` in the language of this page."""
        return t(key, self.lang, **values)

    async def recheck(self) -> Account:
        """The account, looked up again when the last look is older than `RECHECK_SECONDS`.

        Raises `SessionLost` when the session is over or now belongs to somebody else.
        """
        if time.monotonic() - self.checked_at >= RECHECK_SECONDS:
            account = await self.ctx.account_of(self.token)
            if account is None or account.id != self.account.id:
                raise SessionLost
            self.account, self.checked_at = account, time.monotonic()
        return self.account


def current(client: Client | None = None) -> Viewer:
    """The viewer of a page object (by default of the page whose code runs). Raises `SessionLost` if it has none."""
    viewer = (client or ui.context.client).storage.get(_VIEWER)
    if not isinstance(viewer, Viewer):
        raise SessionLost
    return viewer


def acting(handler: Callable[..., Awaitable[Any] | Any]) -> Callable[..., Awaitable[None]]:
    """Wrap an event handler: it runs only while the session lives; a lost session shows the way back to login."""

    @wraps(handler)
    async def guarded(*args: Any, **kwargs: Any) -> None:
        viewer = current()
        try:
            await viewer.recheck()
            result = handler(*args, **kwargs)
            if inspect.isawaitable(result):
                await result
        except SessionLost:
            from ui.components.panels import session_lost

            session_lost(viewer.lang, login_address(here(ui.context.client.request)))

    return guarded


def here(request: Request) -> str:
    """Path and query of a request, to come back to after login."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def safe_next(target: str | None) -> str:
    """`target` if it is a path of this server, else `/`. A foreign address after login would be a phishing door."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\n" in target:
        return "/"
    return target


def login_address(target: str) -> str:
    """The login page that leads back to `target`."""
    return "/login" if target == "/" else f"/login?next={quote(safe_next(target), safe='')}"


def request_lang(request: Request, account: Account | None = None) -> Lang:
    """The language of a request: this person's switch in this browser, else the setting, else the browser, else en."""
    code, _, owner = request.cookies.get(LANG_COOKIE, "").partition(".")
    chosen = as_lang(code)
    if chosen and (account is None or owner in ("", account.id)):
        return chosen
    return (account.lang if account else None) or preferred(request.headers.get("accept-language", "")) or "en"


def request_site(request: Request, account: Account) -> Site | None:
    """The site chosen in this browser if the person works there, else the first of hers."""
    wanted = request.cookies.get(SITE_COOKIE)
    return next((site for site in account.sites if site.id == wanted), account.sites[0] if account.sites else None)


def speak(client: Client, lang: Lang) -> None:
    """Give this one page object its language: `<html lang>`, Quasar's texts and NiceGUI's own messages follow it.

    NiceGUI keeps the language in the page declaration, shared by all visitors, and reads it when it writes the HTML;
    so this page object gets its own copy of the declaration.
    """
    declaration = copy.copy(client.page)
    declaration.language = PAGE_LANGUAGE[lang]
    client.page = declaration
    _drop_quasar_page(client)


def _drop_quasar_page(client: Client) -> None:
    """Take Quasar's page element out: it is a `<main>` around everything, and our frame has the real one."""
    slot = client.content.parent_slot
    if slot is not None and slot.parent.tag == "q-page":
        client.content.move(client.page_container)
        slot.parent.delete()


def close_pages(account_id: str, token: str | None = None, to: str | None = None) -> None:
    """Send the open pages of a person (of one session, if `token` is given) to the login page.

    For signing out, locking, disabling and changed roles. They lead back to where the person was, unless `to` says
    where to go instead: after signing out somebody else may come.
    """
    for client in list(Client.instances.values()):
        viewer = client.storage.get(_VIEWER)
        if not isinstance(viewer, Viewer) or viewer.account.id != account_id or client.is_deleted:
            continue
        if token is None or viewer.token == token:
            client.open(to or login_address(here(client.request)))


async def missing_page(request: Request, fault: Exception) -> Response:
    """The page for an address that has none; an endpoint that is no page keeps its JSON answer."""
    endpoint = request.scope.get("endpoint")
    if (
        isinstance(fault, HTTPException)
        and endpoint not in (None, pages_app)
        and "nicegui_page_path" not in request.scope
    ):
        return await http_exception_handler(request, fault)
    from ui.components.panels import full_page

    with Client(nicegui_page(""), request=request) as client:
        lang = request_lang(request)
        speak(client, lang)
        client.title = f"{t('common.error.not_found_title', lang)} · GSPFlow"
        full_page(
            lang, t("common.error.not_found_title", lang), t("common.error.not_found_body", lang, path=request.url.path)
        )
    return client.build_response(request, 404)


def page(ctx: UiContext, path: str, *, title: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a page for signed-in people: `@page(ctx, "/cases", title="cases.title")`.

    `title` is a text key. The builder gets the keyword arguments it names out of: `viewer`, `request`, and the
    parameters of the path. Without a session the answer is a redirect to the login page, which leads back here.
    A builder that raises gives the error page with a correlation id; the fault goes to the log under that id.
    """
    ctx.paths.add(path)
    ctx.titles[path] = title

    def declare(builder: Callable[..., Any]) -> Callable[..., Any]:
        wanted = inspect.signature(builder).parameters

        async def build(request: Request, client: Client) -> Response | None:
            token = request.cookies.get(SESSION_COOKIE, "")
            account = await ctx.account_of(token) if token else None
            if account is None:
                client.delete()  # nobody will open a socket for a redirect
                return RedirectResponse(login_address(here(request)), status_code=303)
            viewer = _seat(ctx, request, client, account, token, path)
            client.title = f"{viewer.t(title)} · GSPFlow"
            given = {"viewer": viewer, "request": request, **request.path_params}
            return await _run(builder, {name: given[name] for name in wanted if name in given}, viewer)

        nicegui_page(path, response_timeout=10.0, markdown=False)(build)
        return builder

    return declare


def _seat(ctx: UiContext, request: Request, client: Client, account: Account, token: str, path: str) -> Viewer:
    lang = request_lang(request, account)
    viewer = Viewer(ctx, account, token, lang, request_site(request, account), path)
    client.storage[_VIEWER] = viewer
    client.on_exception(lambda fault: _handler_failed(fault, viewer))
    speak(client, lang)
    return viewer


def _handler_failed(fault: Exception, viewer: Viewer) -> None:
    """An event handler raised: say so with a number to report; what was typed stays."""
    error_id = secrets.token_hex(4)
    log.error("handler on page %s failed, error id %s", viewer.path, error_id, exc_info=fault)
    from ui.components.actions import toast

    toast(t("common.error.action_failed", viewer.lang, id=error_id), tone="bad", lang=viewer.lang)


async def _run(builder: Callable[..., Any], given: dict[str, Any], viewer: Viewer) -> Response | None:
    try:
        result = builder(**given)
        return cast("Response | None", await result if inspect.isawaitable(result) else result)
    except Exception:  # the person gets a page with an id instead of a trace; the trace is in the log
        error_id = secrets.token_hex(4)
        log.exception("page %s failed, error id %s", viewer.path, error_id)
        from ui.components.panels import error_page

        error_page(viewer.lang, error_id)
        ui.context.client.status_code = 500
        return None
