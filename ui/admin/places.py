"""Company, sites, departments and the shared tablets."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui

from services import access, places
from ui.admin.ask import Ask, Entered, Field, attempt
from ui.elements import Text, attrs, box, button, icon
from ui.guard import Viewer, acting
from ui.texts import Lang, choose


class PlacesTab:
    """The legal entity and where it works."""

    def __init__(self, viewer: Viewer, known: Any) -> None:
        self.viewer, self.t, self.known = viewer, viewer.t, known
        self.lang: Lang = viewer.lang
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor
        self.off = None if "it_admin" in viewer.account.roles else self.t("admin.only_admin")

    def draw(self) -> None:
        """Draw company, sites and departments."""
        company = self.known["company"] or {}
        with box("card pad stack"):
            with box("fx wrap"):
                Text("h2", self.t("admin.company.title"), "grow")
                button(
                    self.t("admin.people.edit"),
                    self._company,
                    icon_of="edit",
                    small=True,
                    off_because=self.off,
                    mark="admin.company",
                )
            with box("kv"):
                for name in ("name", "name_en", "uscc", "licence_no"):
                    Text("span", self.t(f"admin.company.{name}"))
                    Text("span", str(company.get(name) or "—"))
        self._list("site", self.known["sites"], ("name_en", "address", "zone"))
        self._list("department", self.known["departments"], ("name_en", "site", "superior"))

    def _list(self, kind: str, rows: list[Any], more: tuple[str, ...]) -> None:
        with box("card pad stack"):
            with box("fx wrap"):
                Text("h2", self.t(f"admin.{kind}.title", n=len(rows)), "grow")
                button(
                    self.t(f"admin.{kind}.add"),
                    partial(self._place, kind, None),
                    icon_of="add",
                    small=True,
                    off_because=self.off,
                    mark=f"admin.{kind}",
                )
            with box("rows", "ul"):
                for row in rows:
                    with box(tag="li"):
                        icon("site" if kind == "site" else "people")
                        Text("span", str(row["name"]), "strong")
                        Text("span", str(row["key"]), "mono muted")
                        Text("span", " · ".join(str(row[name]) for name in more if row.get(name)), "small grow")
                        button(
                            self.t("admin.people.edit"),
                            partial(self._place, kind, row),
                            small=True,
                            off_because=self.off,
                        )

    def _company(self) -> None:
        async def send(entered: Entered) -> None:
            await places.set_company(self.office, self.actor, dict(entered))
            ui.navigate.reload()

        given = self.known["company"] or {}
        fields = [
            Field(name, self.t(f"admin.company.{name}"), str(given.get(name) or ""), required=name == "name")
            for name in ("name", "name_en", "uscc", "licence_no")
        ]
        Ask(self.viewer, self.t("admin.company.title"), self.t("admin.save"), fields, send)

    def _place(self, kind: str, row: Any) -> None:
        async def send(entered: Entered) -> None:
            key = str(row["key"]) if row else entered["key"]
            if kind == "site":
                await places.save_site(self.office, self.actor, key, dict(entered))
            else:
                await places.save_department(
                    self.office, self.actor, key, {name: value or None for name, value in entered.items()}
                )
            ui.navigate.reload()

        given = row or {}
        fields = (
            [] if row else [Field("key", self.t("admin.place.key"), required=True, help=self.t("admin.place.key_help"))]
        )
        fields += [Field("name", self.t("admin.people.name"), str(given.get("name") or ""), required=True)]
        fields += [Field("name_en", self.t("admin.people.name_en"), str(given.get("name_en") or ""))]
        if kind == "site":
            fields += [Field("address", self.t("admin.place.address"), str(given.get("address") or ""))]
            fields += [Field("zone", self.t("admin.place.zone"), str(given.get("zone") or "Asia/Shanghai"))]
        else:
            fields += [
                self._choice("site", given, self.known["sites"]),
                self._choice("superior", given, self.known["departments"]),
            ]
        Ask(self.viewer, self.t(f"admin.{kind}.{'edit' if row else 'add'}"), self.t("admin.save"), fields, send)

    def _choice(self, name: str, given: Any, rows: list[Any]) -> Field:
        options = [
            ("", "—"),
            *((str(each["key"]), str(each["name"])) for each in rows if each["key"] != given.get("key")),
        ]
        return Field(name, self.t(f"admin.place.{name}"), str(given.get(name) or ""), options=options)


class DevicesTab:
    """Tablets on which people switch by badge and PIN."""

    def __init__(self, viewer: Viewer, known: Any) -> None:
        self.viewer, self.t, self.known = viewer, viewer.t, known
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor
        self.off = None if "it_admin" in viewer.account.roles else self.t("admin.only_admin")

    async def draw(self) -> None:
        """Read and draw."""
        found: list[Any] = await access.devices(self.office, self.actor)
        with box("card pad stack"):
            Text("h2", self.t("admin.device.title", n=sum(1 for one in found if not one["retired_at"])))
            Text("p", self.t("admin.device.note"), "muted")
            if self.off is None:
                self._form()
            with box("rows", "ul"):
                for one in found:
                    self._row(one)

    def _form(self) -> None:
        """A plain posted form: only an HTTP answer can set a cookie that scripts cannot read."""
        with attrs(box("fx wrap deviceform", "form"), method="post", action="/admin/devices"):
            with box("field grow"):
                caption = Text("label", self.t("admin.device.name"))
                control = attrs(
                    box("box", "input"), name="name", required=True, maxlength=80, data_testid="device.name"
                )
                attrs(control, id=control.html_id)
                attrs(caption, for_=control.html_id)
            with box("field"):
                caption = Text("label", self.t("admin.posts.site"))
                with attrs(box("box", "select"), name="site") as choice:
                    for each in self.known["sites"]:
                        attrs(Text("option", str(each["name"])), value=str(each["key"]))
                attrs(choice, id=choice.html_id)
                attrs(caption, for_=choice.html_id)
            button(self.t("admin.device.register"), icon_of="add", kind="primary", submit=True, mark="device.register")

    def _row(self, one: Any) -> None:
        with box("ended" if one["retired_at"] else "", "li"):
            icon("scan")
            Text("span", str(one["name"]), "strong")
            known = next((site for site in self.viewer.ctx.sites if site.id == one["site"]), None)
            where = choose(known.name, self.viewer.lang) if known else one["site"] or self.t("admin.posts.everywhere")
            Text("span", where)
            Text("span", f"{one['created_by']} {str(one['created_at'])[:10]}", "small grow")
            if one["retired_at"]:
                Text("span", self.t("admin.device.retired"), "small")
            else:
                button(
                    self.t("admin.device.retire"),
                    acting(partial(self._retire, str(one["id"]))),
                    small=True,
                    kind="danger",
                    off_because=self.off,
                )

    async def _retire(self, device: str) -> None:
        if await attempt(
            self.viewer, access.retire_device(self.office, self.actor, device), self.t("admin.device.retired")
        ):
            ui.navigate.reload()
