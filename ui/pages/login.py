"""`/login`: a plain form that is posted to `/login`, so that it works with password managers and rotates the session.

Badge and PIN are the second way; a badge reader may type anywhere on the page. The demo accounts are shown only when
this installation runs on demo data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import Client, ui

from services import outlook
from services.office import Office
from ui.components.panels import note
from ui.context import DemoAccount, UiContext
from ui.elements import Text, attrs, box, button, field, icon, icon_button
from ui.guard import SESSION_COOKIE, request_lang, safe_next, speak
from ui.texts import LANGS, Lang, choose, t

#: Demo rows that are shown before "show all".
FIRST_ROWS = 7


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @ui.page("/login", response_timeout=10.0, markdown=False)
    async def login(request: Request, client: Client) -> Response | None:
        target = safe_next(request.query_params.get("next"))
        token = request.cookies.get(SESSION_COOKIE, "")
        if token and await ctx.account_of(token) is not None:
            client.delete()
            return RedirectResponse(target, status_code=303)
        lang = request_lang(request)
        speak(client, lang)
        client.title = f"{t('login.title', lang)} · GSPFlow"
        zone = await outlook.zone_of(cast("Office", ctx.office), None) if ctx.sites and ctx.office else None
        _draw(ctx, request, lang, target, await ctx.locked_name(token) if token else None, zone)
        return None


def _draw(ctx: UiContext, request: Request, lang: Lang, target: str, locked: str | None, zone: str | None) -> None:
    with box("login"):
        # The form comes first for the keyboard and on phones; the style sheet puts it on the right.
        with box("rgt", "main"):
            with box("fx"):
                _logo()
                box("grow")
                _languages(request, lang, target)
            _form(ctx, request, lang, target, locked)
            Text("p", t("login.lock_note", lang), "small")
            Text("p", t("login.forgot", lang), "small")
        with attrs(box("lft", "aside"), aria_label=t("login.about", lang)):
            _whose(ctx, lang, zone)


def _logo() -> None:
    with box("logo"):
        box("mk", "span")
        Text("span", "GSPFlow")


def _whose(ctx: UiContext, lang: Lang, zone: str | None) -> None:
    _logo()
    with box("hero"):
        Text("h2", t("common.brand.line", lang))
        places = ("、" if lang == "zh" else ", ").join(choose(site.name, lang) for site in ctx.sites)
        Text(
            "p",
            " · ".join(part for part in (choose(ctx.company, lang), places) if part) or t("login.service_line", lang),
        )
    if ctx.demo_accounts:
        _demo(ctx.demo_accounts, lang)
    with box("facts"):
        with box("fx", "span"):
            box("dot", "span")
            Text("span", t("login.server_ok", lang))
        Text("span", t("login.server_time", lang, time=ctx.server_time(zone)))
        if ctx.version:
            Text("span", t("login.version", lang, version=ctx.version))


def _demo(accounts: Sequence[DemoAccount], lang: Lang) -> None:
    with box("card demo"):
        with box("hd"):
            Text("h3", t("login.demo_title", lang))
            with box("chip yellow", "span"):
                icon("info")
                Text("span", t("login.demo_chip", lang))
            with box("small", "span"):
                Text("span", f"{t('login.demo_password', lang)} ")
                Text("code", "demo")
                Text("span", f"{'，' if lang == 'zh' else ', '}{t('login.demo_fill', lang)}")
        with box("scroll"), box("t rest", "table"):
            with box(tag="thead"), box(tag="tr"):
                for heading in ("account", "name", "role", "sees"):
                    attrs(Text("th", t(f"login.demo_{heading}", lang)), scope="col")
            with box(tag="tbody"):
                for account in accounts:
                    _demo_row(account, lang)
        with box("ft small"):
            if len(accounts) > FIRST_ROWS:
                attrs(Text("button", t("login.demo_all", lang, n=len(accounts)), "all"), type="button", data_all="1")
                Text("span", "。" if lang == "zh" else ". ")
            Text("span", t("login.demo_note", lang))


def _demo_row(account: DemoAccount, lang: Lang) -> None:
    with attrs(box("go", "tr"), data_fill=account.username):
        with box(tag="td"):
            attrs(
                Text("button", account.username, "acc"),
                type="button",
                aria_label=t("login.demo_use", lang, username=account.username),
            )
        Text("td", account.name)
        Text("td", choose(account.post, lang))
        Text("td", choose(account.sees, lang), "muted")


def _languages(request: Request, lang: Lang, target: str) -> None:
    words = {"zh": "中文", "en": "English"}
    back = "/login" if target == "/" else f"/login?next={quote(target, safe='')}"
    with attrs(box("lang"), role="group", aria_label=t("common.frame.language", lang)):
        for code in LANGS:
            choice = attrs(
                Text("button", words[code]), type="button", aria_pressed=str(code == lang).lower(), lang=code
            )
            attrs(choice, data_lang=f"/language/{code}?next={quote(back, safe='')}", data_testid=f"language.{code}")


def _form(ctx: UiContext, request: Request, lang: Lang, target: str, locked: str | None) -> None:
    failed = request.query_params.get("failed", "")
    badge = request.query_params.get("method") == "badge"
    with attrs(box("frm", "form"), method="post", action="/login"):
        attrs(box(tag="input"), type="hidden", name="next", value=target)
        attrs(box(tag="input"), type="hidden", name="method", value="badge" if badge else "password")
        with box():
            Text("h1", t("login.title", lang))
            if target != "/":
                with box("to"):
                    Text("span", t("login.back_to", lang))
                    Text("b", _name_of(ctx, target, lang))
        if failed:
            _failure(failed, request.query_params.get("until", ""), lang)
        if locked:
            note(t("login.waiting", lang, name=locked), tone="yellow", icon_of="locked")
        with attrs(box("seg spread"), role="group", aria_label=t("login.by", lang)):
            for way, drawing in (("password", "person"), ("badge", "badge")):
                with attrs(
                    box(tag="button"),
                    type="button",
                    data_choose=way,
                    aria_pressed=str((way == "badge") == badge).lower(),
                ):
                    icon(drawing)
                    Text("span", t(f"login.by_{way}", lang))
        _password_way(lang, locked)
        _badge_way(lang)
        button(t("login.submit", lang), kind="primary", keys=("enter",), submit=True, mark="login.submit").classes(
            "enter"
        )
        with box("badge"):
            with box("ic"):
                icon("scan", "big")
            with box():
                Text("b", t("login.tablet_title", lang), "strong")
                Text("div", t("login.tablet_body", lang), "small")


def _name_of(ctx: UiContext, target: str, lang: Lang) -> str:
    """The deep link in words: the title of its page and what stands last in the address; nothing more is told."""
    path = unquote(target.partition("?")[0]).rstrip("/")
    for pattern, title in ctx.titles.items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            return t(title, lang) + (f" {path.rpartition('/')[2]}" if "{" in pattern else "")
    return path


def _failure(code: str, until: str, lang: Lang) -> None:
    """The reason in words; the same for an unknown account and a wrong password, so that accounts cannot be probed."""
    words = t("login.locked", lang, until=until) if code == "locked" and until else t("login.wrong", lang)
    with attrs(box("note red"), role="alert", data_testid="login.failed"):
        icon("late")
        Text("div", words)


def _password_way(lang: Lang, locked: str | None) -> None:
    with attrs(box("stack"), data_way="password"):
        field(
            t("login.username", lang),
            name="username",
            value=locked,
            autocomplete="username",
            autocapitalize="off",
            spellcheck="false",
            required=True,
            maxlength=80,
            data_testid="login.username",
        )
        with box("field"):
            caption = Text("label", t("login.password", lang))
            with box("pw"):
                control = attrs(
                    box("box", "input"),
                    type="password",
                    name="password",
                    required=True,
                    maxlength=200,
                    autocomplete="current-password",
                )
                attrs(control, id=control.html_id, data_testid="login.password")
                eye = icon_button("show", t("login.show", lang))
                attrs(
                    eye,
                    data_eye="1",
                    data_show=t("login.show", lang),
                    data_hide=t("login.hide", lang),
                    aria_pressed="false",
                    title=None,
                )
            attrs(caption, for_=control.html_id)


def _badge_way(lang: Lang) -> None:
    with attrs(box("stack"), data_way="badge", hidden=True):
        field(
            t("login.badge", lang),
            name="badge",
            inputmode="none",
            autocomplete="off",
            required=True,
            maxlength=80,
            placeholder=t("login.badge_hint", lang),
            disabled=True,
            data_testid="login.badge",
        )
        field(
            t("login.pin", lang),
            name="pin",
            kind="password",
            inputmode="numeric",
            autocomplete="off",
            required=True,
            maxlength=12,
            disabled=True,
            data_testid="login.pin",
        )
