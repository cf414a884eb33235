"""`/admin`: accounts, posts, files of persons, places, tablets, health. Nothing of the business is here, and nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Form, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from nicegui import app as pages_app

from domain.errors import RefusedError
from services import access, case_story, messages, places, staff
from services.admin_laws import READERS
from services.outbox import register as register_of_deliveries
from ui.admin.calendar import CalendarTab
from ui.admin.deliveries import DeliveriesTab
from ui.admin.messages import MessagesTab
from ui.admin.people import PeopleTab
from ui.admin.places import DevicesTab, PlacesTab
from ui.admin.staff import StaffTab, TrainingsTab
from ui.admin.system import SystemTab
from ui.audit.filters import address
from ui.audit.refused import refused_page
from ui.components.panels import note
from ui.context import UiContext
from ui.elements import attrs, box, link
from ui.frame import frame, page_head
from ui.guard import SESSION_COOKIE, Viewer, page
from ui.session import DEVICE_COOKIE, YEAR, same_origin

TABS = ("people", "staff", "trainings", "places", "calendar", "devices", "deliveries", "messages", "system")
TAB_ICONS = {
    "people": "people", "staff": "badge", "trainings": "quality", "places": "site",
    "calendar": "scheduled", "devices": "scan", "deliveries": "deliveries", "messages": "message",
    "system": "system",
}  # fmt: skip
FILE_TABS = frozenset({"staff", "trainings"})
"""What those who keep files see, even when accounts and places are none of their business."""


def register(ctx: UiContext) -> None:
    """Declare the page and the posted form that makes a browser a shared tablet."""

    @page(ctx, "/admin", title="admin.title")
    async def admin_room(viewer: Viewer, request: Request) -> None:
        offered = tabs_of(viewer)
        tab = request.query_params.get("tab", offered[0])
        tab = tab if tab in offered else offered[0]
        try:
            known: Any = await _known(viewer, tab)
        except RefusedError as refused:
            refused_page(viewer, "admin", refused)
            return
        zone = await case_story.zone_of(viewer.ctx.office, viewer.site.id if viewer.site else None)  # type: ignore[arg-type]
        await draw(viewer, tab, known, request.query_params, zone)

    @pages_app.post("/admin/devices", include_in_schema=False)
    async def register_device(
        request: Request, name: str = Form("", max_length=80), site: str = Form("", max_length=40)
    ) -> Response:
        return await make_tablet(ctx, request, name, site)


def tabs_of(viewer: Viewer) -> tuple[str, ...]:
    """The tabs that concern the viewer; `services` decide what may be read."""
    held = set(viewer.account.roles)
    if not held & set(READERS):
        return tuple(tab for tab in TABS if tab in FILE_TABS)
    hidden = {"deliveries"} if not held & set(register_of_deliveries.READERS) else set()
    hidden |= {"messages"} if not held & messages.MAY_READ else set()
    return tuple(tab for tab in TABS if tab not in hidden)


async def _known(viewer: Viewer, tab: str) -> Any:
    """What a tab needs before anything is drawn; raises what refuses the viewer."""
    office: Any = viewer.ctx.office
    if tab in FILE_TABS:
        await staff.may_read(office, viewer.actor)
        return {}
    return await places.organisation_of(office, viewer.actor)


async def draw(viewer: Viewer, tab: str, known: Any, asked: Mapping[str, str], zone: str) -> None:
    """The frame of the room with one tab; ``asked``: the words of the address."""
    t = viewer.t
    with frame(viewer, "admin", crumbs=[(t("admin.title"), None)]) as work, work:
        with page_head(t("admin.title"), t("admin.note")), attrs(box("seg", "nav"), aria_label=t("admin.tabs.label")):
            offered = tabs_of(viewer)
            for key in offered:
                item = link(
                    t(f"admin.tabs.{key}"),
                    address("/admin", {}, tab=None if key == offered[0] else key),
                    icon_of=TAB_ICONS[key],
                )
                attrs(item, aria_current="true" if key == tab else None, data_testid=f"tab.{key}")
        with box("pbody"):
            if "it_admin" not in viewer.account.roles and tab not in ("calendar", "deliveries", "messages", *FILE_TABS):
                note(t("admin.reader"), icon_of="read_only")
            if tab == "people":
                await PeopleTab(viewer, known, asked.get("user"), zone).draw()
            elif tab == "staff":
                await StaffTab(viewer, asked.get("user")).draw()
            elif tab == "trainings":
                await TrainingsTab(viewer).draw()
            elif tab == "places":
                PlacesTab(viewer, known).draw()
            elif tab == "calendar":
                await CalendarTab(viewer, known, asked.get("site"), asked.get("year")).draw()
            elif tab == "devices":
                await DevicesTab(viewer, known).draw()
            elif tab == "deliveries":
                await DeliveriesTab(viewer, zone, asked.get("state"), asked.get("cursor")).draw()
            elif tab == "messages":
                await MessagesTab(viewer, zone, asked.get("state"), asked.get("cursor")).draw()
            else:
                SystemTab(viewer).draw()


async def make_tablet(ctx: UiContext, request: Request, name: str, site: str) -> Response:
    """Register this browser as a shared tablet; its token goes into a cookie that no script can read."""
    if not same_origin(request):
        return PlainTextResponse("cross-site post refused", status_code=403)
    account = await ctx.account_of(request.cookies.get(SESSION_COOKIE, ""))
    if account is None:
        return RedirectResponse("/login?next=%2Fadmin%3Ftab%3Ddevices", status_code=303)
    response = RedirectResponse("/admin?tab=devices", status_code=303)
    try:
        made: Any = await access.register_device(ctx.office, account.actor, name, site or None)  # type: ignore[arg-type]
    except RefusedError:
        return response  # on record; the page shows that nothing was added and why the button is off
    secure = request.url.scheme == "https"
    response.set_cookie(
        DEVICE_COOKIE, str(made["token"]), max_age=YEAR, path="/", httponly=True, samesite="lax", secure=secure
    )
    return response
