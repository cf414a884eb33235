"""`/setup/{token}`: what a one-time link opens. The first administrator's form, or a new password; works without script.

Nothing here knows more than the link says: an unknown, used or old one gets the same page.
"""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from domain.errors import GspError
from services import credentials, links, setup
from services.office import Office
from ui import assets
from ui.guard import request_lang
from ui.session import same_origin
from ui.texts import Lang, t

FIRST = ("company", "company_en", "site", "site_key", "name", "username")
"""What the first administrator enters, besides the password."""
OPTIONAL = ("company_en",)
MOST = 200


def routes(office: Office) -> APIRouter:
    """The page and its form."""
    router = APIRouter(include_in_schema=False)

    @router.get(links.PATH + "{token}")
    async def show(request: Request, token: str) -> Response:
        return await _page(office, request, token, {}, "")

    @router.post(links.PATH + "{token}")
    async def take(request: Request, token: str) -> Response:
        if not same_origin(request):
            return HTMLResponse("cross-site post refused", 403)
        async with request.form(max_files=0, max_fields=20, max_part_size=4096) as form:
            given = {name: str(value)[:MOST] for name, value in form.items()}
        return await _taken(office, request, token, given)

    return router


async def _taken(office: Office, request: Request, token: str, given: dict[str, str]) -> Response:
    lang = request_lang(request)
    if given.get("password") != given.get("repeat"):
        return await _page(office, request, token, given, t("setup.differ", lang))
    try:
        await _use(office, token, given)
    except GspError as fault:
        return await _page(office, request, token, given, fault.text.said_in(lang))
    return RedirectResponse("/login", status_code=303)


async def _use(office: Office, token: str, given: dict[str, str]) -> None:
    known = await links.look(office, token)
    if known is None:
        raise links.link_used()
    password = given.get("password", "")
    if known["purpose"] != "first_account":
        await links.set_password(office, token, password)
        return
    entered = {name: given.get(name, "").strip() for name in FIRST}
    await setup.begin(office, token, setup.Beginning(**entered, password=password))


async def _page(office: Office, request: Request, token: str, given: dict[str, str], fault: str) -> Response:
    lang: Lang = request_lang(request)
    known: Any = await links.look(office, token)
    if known is None:
        return _html(lang, t("setup.used", lang), t("setup.used_hint", lang), _to_login(lang), 410)
    least = credentials.PASSWORD_MIN if office.demo else credentials.PASSWORD_MIN_REAL
    first = known["purpose"] == "first_account"
    fields = [_field(name, t(f"setup.{name}", lang), given.get(name, "")) for name in FIRST] if first else []
    fields.append(_secret("password", t("setup.new_password", lang, n=least)))
    fields.append(_secret("repeat", t("setup.repeat", lang)))
    title = t("setup.begin" if first else "setup.password", lang)
    hint = t("setup.begin_hint", lang) if first else t("setup.password_hint", lang, username=known["username"])
    error = f'<p class="note bad" role="alert">{escape(fault)}</p>' if fault else ""
    send = f'<button class="btn primary enter" type="submit">{escape(t("setup.submit", lang))}</button>'
    body = f'<form class="frm" method="post">{error}{"".join(fields)}{send}</form>'
    return _html(lang, title, hint, body, 422 if fault else 200)


def _field(name: str, label: str, value: str) -> str:
    must = "" if name in OPTIONAL else " required"
    return (
        f'<div class="field"><label for="{name}">{escape(label)}</label><input class="box" id="{name}" name="{name}" '
        f'value="{escape(value, quote=True)}" maxlength="{MOST}" autocomplete="off"{must}></div>'
    )


def _secret(name: str, label: str) -> str:
    return (
        f'<div class="field"><label for="{name}">{escape(label)}</label><input class="box" id="{name}" name="{name}" '
        f'type="password" maxlength="{MOST}" autocomplete="new-password" required></div>'
    )


def _to_login(lang: Lang) -> str:
    return f'<p><a class="btn" href="/login">{escape(t("setup.to_login", lang))}</a></p>'


def _html(lang: Lang, title: str, hint: str, body: str, status: int) -> Response:
    styles = "".join(f'<link rel="stylesheet" href="{assets.address()}/{name}">' for name in _styles())
    page = (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en-US"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)} · GSPFlow</title>'
        f'{styles}</head><body class="gsp"><div class="login"><main class="rgt"><div class="logo"><span class="mk"></span>'
        f"<span>GSPFlow</span></div><h1>{escape(title)}</h1><p>{escape(hint)}</p>{body}</main>"
        f'<aside class="lft"><div class="logo"><span class="mk"></span><span>GSPFlow</span></div>'
        f'<div class="hero"><h2>{escape(t("common.brand.line", lang))}</h2></div></aside></div></body></html>'
    )
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(page, status, headers)


def _styles() -> tuple[str, ...]:
    return (*assets.STYLES, "css/login.css")
