"""The frame of every page for signed-in people: top bar, navigation, working area, state of the connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from nicegui import ui
from nicegui.element import Element

from ui.components.chips import avatar, role_name
from ui.desk.notices import notice_bell
from ui.elements import Text, attrs, box, icon, key_hint, link
from ui.guard import Viewer, current, here
from ui.texts import LANGS, Lang, choose, t

#: Roles that change or sign processes, and roles that read them.
PROCESS_ROLES = frozenset(
    {"process_owner", "quality_director", "company_head", "quality_staff", "auditor", "guest_auditor"}
)
AUDIT_ROLES = frozenset({"auditor", "guest_auditor", "quality_staff", "quality_director", "company_head"})
ADMIN_ROLES = frozenset(
    {"it_admin", "company_head", "quality_director", "hr", "quality_staff", "training_admin", "department_manager"}
)
#: Roles that work with goods in their hands.
SCANNING_ROLES = frozenset({"receiver", "inspector", "warehouse_keeper", "outbound_reviewer", "transport_staff"})
READ_ONLY_ROLES = frozenset({"auditor", "guest_auditor"})


@dataclass(frozen=True)
class Place:
    """An entry of the navigation. `roles` hides it from people without business there; `services` decides rights."""

    key: str
    path: str
    roles: frozenset[str] | None = None
    last: bool = False


PLACES = (
    Place("inbox", "/"),
    Place("start", "/start"),
    Place("scan", "/scan", SCANNING_ROLES),
    Place("cases", "/cases"),
    Place("stock", "/stock"),
    Place("trace", "/trace"),
    Place("products", "/products"),
    Place("partners", "/partners"),
    Place("studio", "/studio", PROCESS_ROLES),
    Place("audit", "/audit", AUDIT_ROLES),
    Place("admin", "/admin", ADMIN_ROLES, last=True),
)


@contextmanager
def frame(
    viewer: Viewer,
    place: str,
    *,
    crumbs: Sequence[tuple[str, str | None]] = (),
    inbox_count: int | None = None,
    hide_rail_on_phone: bool = False,
) -> Iterator[Element]:
    """Draw the frame and yield the working area (`<main>`), which scrolls by itself.

    `place` is a key of `PLACES`; `crumbs` are (words, path or None for here). `hide_rail_on_phone` gives the foot of
    a phone to the page's own action bar (task page).
    """
    with box("app"):
        _top(viewer, crumbs)
        with attrs(box("netbar"), role="status"):
            icon("late")
            Text("span", viewer.t("common.frame.reconnecting"))
        _rail(viewer, place, inbox_count, hide_rail_on_phone)
        with attrs(box("work", "main"), tabindex="-1") as work:
            if viewer.account.roles and set(viewer.account.roles) <= READ_ONLY_ROLES:
                with box("ro"):
                    icon("read_only", "s")
                    Text("span", f"{viewer.t('common.frame.read_only')} · {viewer.account.name_in(viewer.lang)}")
                    Text("span", viewer.t("common.frame.read_only_note"))
            yield work
    ui.skip_link(viewer.t("common.frame.skip"), target=work)


@contextmanager
def page_head(
    title: str, note: str = "", *, back: tuple[str, str] | None = None, chips: Callable[[], None] | None = None
) -> Iterator[None]:
    """The head of a page: what it is; the block inside draws its buttons (at most one primary).

    `back` is (words for screen readers, path).
    """
    with box("phead"):
        if back:
            with attrs(box("ib", "a"), href=back[1], aria_label=back[0], title=back[0]):
                icon("back")
        with box("grow"):
            with box("fx wrap"):
                Text("h1", title)
                if chips:
                    chips()
            if note:
                Text("div", note, "small")
        with box("acts"):
            yield


def _top(viewer: Viewer, crumbs: Sequence[tuple[str, str | None]]) -> None:
    with box("topbar", "header"):
        with attrs(box("logo", "a"), href="/", aria_label="GSPFlow"):
            box("mk", "span")
            Text("span", "GSPFlow", "word")
        _site(viewer)
        _crumbs(crumbs)
        if "/cases" in viewer.ctx.paths:
            _find(viewer)
        box("push-r").style("margin-left:auto")
        with attrs(box("net", "span"), role="status"):
            box("dot", "span")
            Text("span", viewer.t("common.frame.connected"), "up")
            Text("span", viewer.t("common.frame.disconnected"), "down")
        language_switch(viewer.lang, on_choose=_switch_language)
        if viewer.ctx.office is not None:
            notice_bell(viewer)
        _person(viewer)


def _site(viewer: Viewer) -> None:
    if viewer.site is None:
        return
    name = choose(viewer.site.name, viewer.lang)
    sites = viewer.account.sites
    if len(sites) < 2:
        with box("site", "span"):
            icon("site", "s")
            Text("span", name)
        return
    with attrs(
        box("site", "button"),
        type="button",
        aria_haspopup="dialog",
        aria_label=f"{viewer.t('common.frame.site')}: {name}",
    ):
        icon("site", "s")
        Text("span", name)
        icon("menu", "s")
        menu = attrs(ui.menu(), role="dialog", aria_label=viewer.t("common.frame.site"))
        with menu.classes("gmenu").props("auto-close"):
            for site in sites:
                target = f"/site/{quote(site.id, safe='')}?next={quote(here(ui.context.client.request), safe='')}"
                item = link(choose(site.name, viewer.lang), target, "mi", icon_of="site")
                attrs(item, aria_current="true" if site.id == viewer.site.id else None)


def _crumbs(crumbs: Sequence[tuple[str, str | None]]) -> None:
    if not crumbs:
        return
    with box("crumbs", "nav"):
        for position, (words, path) in enumerate(crumbs):
            if position:
                icon("next", "s")
            if path:
                link(words, path)
            else:
                attrs(Text("span", words), aria_current="page")


def _find(viewer: Viewer) -> None:
    """One box for lot, document, product, person: a plain form, the cases page reads `q`."""
    with attrs(box("find", "form"), action="/cases", method="get", role="search"):
        icon("search", "s")
        attrs(
            box(tag="input"),
            name="q",
            type="search",
            maxlength=100,
            autocomplete="off",
            data_scan="true",
            placeholder=viewer.t("common.frame.find"),
            aria_label=viewer.t("common.frame.find_label"),
        )
        key_hint("Ctrl", "K")


def language_switch(lang: Lang, *, on_choose: Callable[[Lang], object]) -> None:
    """Two buttons, the languages in their own words; the pressed one is the language of this page."""
    words = {"zh": "中文", "en": "EN"}
    with attrs(box("lang"), role="group", aria_label=t("common.frame.language", lang)):
        for code in LANGS:
            choice = attrs(Text("button", words[code]), type="button", aria_pressed=str(code == lang).lower())
            attrs(choice, lang=code, data_testid=f"language.{code}")
            choice.on("click", partial(on_choose, code), js_handler="() => emit()")


async def _switch_language(lang: Lang) -> None:
    """Save what the page holds, then load it again in the other language: nothing typed is lost."""
    viewer = current()
    for save in viewer.leaving:
        await save()
    await viewer.ctx.keep_language(viewer.account, lang)
    address = await ui.run_javascript("location.pathname + location.search", timeout=3)
    ui.navigate.to(f"/language/{lang}?next={quote(str(address), safe='')}")


def _person(viewer: Viewer) -> None:
    account, lang = viewer.account, viewer.lang
    shown = account.name_in(lang)
    post = role_name(account.roles[0], lang) if account.roles else ""
    name = viewer.t("common.frame.person_menu", name=shown, role=post)
    with attrs(box("me", "button"), type="button", aria_haspopup="dialog", aria_label=name, data_testid="person"):
        avatar(shown)
        with box(tag="span"):
            Text("b", shown)
            Text("span", post, "small")
        with attrs(ui.menu(), role="dialog", aria_label=name).classes("gmenu"):
            with box("who"):
                Text("div", shown, "strong")
                Text(
                    "div",
                    "、".join(role_name(role, lang) for role in account.roles)
                    if lang == "zh"
                    else ", ".join(role_name(role, lang) for role in account.roles),
                    "small",
                )
                if account.number:
                    Text("div", viewer.t("common.frame.staff_number", number=account.number), "small")
            if "/away" in viewer.ctx.paths:
                attrs(link(viewer.t("common.frame.away"), "/away", "mi", icon_of="switch"), data_testid="away.link")
            if "/me" in viewer.ctx.paths:
                attrs(link(viewer.t("common.frame.notifications"), "/me", "mi", icon_of="bell"), data_testid="me")
            if "/scanner" in viewer.ctx.paths:
                attrs(link(viewer.t("scanner.title"), "/scanner", "mi", icon_of="scan"), data_testid="scanner.link")
            if "/udid" in viewer.ctx.paths:
                attrs(link(viewer.t("udid.title"), "/udid", "mi", icon_of="search"), data_testid="udid.link")
            for words, drawing in (("switch_person", "switch"), ("sign_out", "sign_out")):
                with attrs(box(tag="form"), method="post", action="/logout"):
                    with attrs(box("mi", "button"), type="submit", data_testid=words):
                        icon(drawing)
                        Text("span", viewer.t(f"common.frame.{words}"))


def _rail(viewer: Viewer, place: str, inbox_count: int | None, hide_on_phone: bool) -> None:
    held = set(viewer.account.roles)
    with attrs(box("rail" + (" hide" if hide_on_phone else ""), "nav"), aria_label=viewer.t("common.nav.label")):
        for entry in PLACES:
            if entry.path not in viewer.ctx.paths or (entry.roles is not None and not held & entry.roles):
                continue
            item = attrs(
                box("push" if entry.last else "", "a"),
                href=entry.path,
                aria_current="page" if entry.key == place else None,
            )
            with item:
                icon(entry.key, "l")
                Text("span", viewer.t(f"common.nav.{entry.key}"))
                if entry.key == "inbox" and inbox_count:
                    Text("span", str(inbox_count) if inbox_count < 100 else "99+", "count")
