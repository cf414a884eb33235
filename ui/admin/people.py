"""Accounts and posts: who there is, what each may do where and until when, sessions and tokens."""

from __future__ import annotations

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from domain.clock import from_text
from domain.roles import ROLES
from services import access, admin
from ui.admin.ask import Ask, Entered, Field, attempt, show_once
from ui.admin.leaving import ask_to_hand_over, why_not
from ui.audit.filters import address
from ui.components.chips import avatar, chip, role_name
from ui.components.panels import empty
from ui.elements import Text, attrs, box, button, icon, link
from ui.guard import Viewer, acting, close_pages
from ui.texts import Lang, choose


class PeopleTab:
    """The list of accounts left, the one that is looked at right."""

    def __init__(self, viewer: Viewer, places: Any, chosen: str | None, zone: str) -> None:
        self.viewer, self.t, self.places, self.chosen = viewer, viewer.t, places, chosen
        self.lang: Lang = viewer.lang
        self.zone = ZoneInfo(zone)
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor
        roles = set(viewer.account.roles)
        self.off = None if "it_admin" in roles else self.t("admin.only_admin")
        self.confirm_off = (
            None if roles & {"quality_staff", "quality_director"} else self.t("admin.people.only_quality")
        )

    async def draw(self) -> None:
        """Read and draw."""
        found: list[Any] = await admin.accounts(self.office, self.actor)
        self.known = {str(one["username"]): one for one in found}
        with box("admingrid"):
            with box("stack"):
                with box("fx wrap"):
                    Text("h2", self.t("admin.people.count", n=len(found)), "grow")
                    button(
                        self.t("admin.people.add"),
                        self._add,
                        icon_of="add",
                        kind="primary",
                        off_because=self.off,
                        mark="admin.add",
                    )
                with attrs(box("card accounts", "ul"), aria_label=self.t("admin.tabs.people")):
                    for one in found:
                        self._row(one)
            with attrs(box("stack gap16", "section"), aria_label=self.t("admin.people.one"), data_testid="account"):
                if self.chosen in self.known:
                    await self._one(await admin.account(self.office, self.actor, str(self.chosen)))
                else:
                    with box("card"):
                        empty(self.t("admin.people.choose"), self.t("admin.people.choose_body"), icon_of="people")

    def _row(self, one: Any) -> None:
        name = one["name"] if self.lang == "zh" else one["name_en"]
        with box(tag="li"):
            row = link("", address("/admin", {}, user=one["username"]), "account")
            attrs(
                row,
                aria_current="true" if one["username"] == self.chosen else None,
                aria_label=f"{name}, {one['username']}",
                data_testid=f"account.{one['username']}",
            )
            with row:
                avatar(name, may_act=not one["disabled"])
                with box("stack gap0 grow", "span"):
                    Text("span", name, "strong")
                    posts = [role_name(post["role"], self.lang) for post in one["posts"]]
                    Text("span", " · ".join((one["username"], *dict.fromkeys(posts))), "small clip")
                self._flags(one)

    def _flags(self, one: Any) -> None:
        for name, tone, drawing in (("disabled", "grey", "locked"), ("signing_blocked", "yellow", "warning")):
            if one[name]:
                chip(self.t(f"admin.flag.{name}"), tone, icon_of=drawing)  # type: ignore[arg-type]

    # ------------------------------------------------------------ one account

    async def _one(self, one: Any) -> None:
        username, name = str(one["username"]), one["name"] if self.lang == "zh" else one["name_en"]
        with box("card pad stack"):
            with box("fx wrap"):
                avatar(name, classes="big")
                with box("grow"):
                    Text("h2", name)
                    Text("div", username, "small mono")
                self._flags(one)
            with box("kv"):
                departments = {str(each["key"]): each for each in self.places["departments"]}
                department = departments.get(str(one["department"]))
                self._pair("department", self._named(department) if department else "—")
                superior = self.known.get(str(one["superior"]))
                self._pair("superior", self._named(superior) if superior else "—")
                self._pair("password", self.t(f"admin.has.{'yes' if one['has_password'] else 'no'}"))
                badge = self.t(f"admin.has.{'yes' if one['has_badge'] else 'no'}")
                self._pair("badge", badge + (self.t("admin.has.pin") if one["has_pin"] else ""))
            self._verbs(one, username)
        self._posts(one["grants"], username)
        self._sessions(one["sessions"], username)
        self._tokens(one["tokens"], username)

    def _named(self, row: Any) -> str:
        return str(row["name"] if self.lang == "zh" else row.get("name_en") or row["name"])

    def _pair(self, key: str, words: str) -> None:
        Text("span", self.t(f"admin.people.{key}"))
        Text("span", words)

    def _verbs(self, one: Any, username: str) -> None:
        with box("fx wrap"):
            button(
                self.t("admin.people.edit"),
                partial(self._edit, one),
                icon_of="edit",
                small=True,
                off_because=self.off,
                mark="admin.edit",
            )
            button(
                self.t("admin.people.reset"),
                partial(self._reset, username),
                icon_of="key",
                small=True,
                off_because=self.off,
                mark="admin.reset",
            )
            button(
                self.t("admin.people.set_badge"),
                partial(self._badge, username),
                icon_of="badge",
                small=True,
                off_because=self.off,
                mark="admin.badge",
            )
            if one["signing_blocked"]:
                button(
                    self.t("admin.people.confirm"), acting(partial(self._confirm, username)), icon_of="verified", small=True,
                    off_because=self.confirm_off, mark="admin.confirm",
                )  # fmt: skip
            button(
                self.t("admin.leaving.title"), acting(partial(ask_to_hand_over, self.viewer, username, self.known)),
                icon_of="switch", small=True, off_because=why_not(self.viewer), mark="admin.leaving",
            )  # fmt: skip
            word = "enable" if one["disabled"] else "disable"
            button(
                self.t(f"admin.people.{word}"), partial(self._disable, username, not one["disabled"]), icon_of="locked", small=True,
                kind="plain" if one["disabled"] else "danger", off_because=self.off, mark=f"admin.{word}",
            )  # fmt: skip

    def _posts(self, grants: list[Any], username: str) -> None:
        with box("card pad stack"):
            with box("fx wrap"):
                Text("h3", self.t("admin.posts.title"), "grow")
                button(
                    self.t("admin.posts.add"),
                    partial(self._grant, username),
                    icon_of="add",
                    small=True,
                    off_because=self.off,
                    mark="admin.grant",
                )
            if not grants:
                Text("p", self.t("admin.posts.none"), "muted")
            with box("rows", "ul"):
                for grant in sorted(grants, key=lambda each: (each["revoked_at"] is not None, each["role"])):
                    self._grant_row(grant)

    def _grant_row(self, grant: Any) -> None:
        ended = grant["revoked_at"] is not None
        with box("ended" if ended else "", "li"):
            Text("span", choose(grant["title"], self.lang), "strong")
            Text("span", self._site(grant["site"]))
            until = grant["valid_to"] or self.t("admin.posts.open_end")
            Text("span", self.t("admin.posts.span", start=grant["valid_from"], end=until), "small grow")
            if ended:
                Text("span", self.t("admin.posts.revoked", who=grant["revoked_by"]), "small")
            else:
                button(
                    self.t("admin.posts.revoke"),
                    partial(self._revoke, int(grant["id"])),
                    small=True,
                    kind="danger",
                    off_because=self.off,
                )

    def _site(self, key: Any) -> str:
        known = {str(each["key"]): each for each in self.places["sites"]}
        return self._named(known[str(key)]) if key in known else self.t("admin.posts.everywhere")

    def _at(self, text: Any) -> str:
        return from_text(str(text)).astimezone(self.zone).strftime("%Y-%m-%d %H:%M") if text else "—"

    def _sessions(self, sessions: list[Any], username: str) -> None:
        with box("card pad stack"):
            with box("fx wrap"):
                Text("h3", self.t("admin.sessions.title", n=len(sessions)), "grow")
                if sessions:
                    button(
                        self.t("admin.sessions.end"),
                        acting(partial(self._end, username)),
                        small=True,
                        kind="danger",
                        off_because=self.off,
                        mark="admin.end",
                    )
            with box("rows", "ul"):
                for each in sessions:
                    with box("", "li"):
                        icon("badge" if each["method"] == "badge" else "key")
                        Text(
                            "span",
                            self.t(
                                "admin.sessions.seen",
                                start=self._at(each["created_at"]),
                                seen=self._at(each["seen_at"]),
                            ),
                            "grow",
                        )
                        for flag in ("locked", "shared_device", "this_one"):
                            if each.get(flag):
                                chip(self.t(f"admin.sessions.{flag}"))

    def _tokens(self, tokens: list[Any], username: str) -> None:
        mine = username == self.viewer.account.id
        if not tokens and not mine:
            return
        with box("card pad stack"):
            with box("fx wrap"):
                Text("h3", self.t("admin.tokens.title", n=len(tokens)), "grow")
                if mine:
                    button(self.t("admin.tokens.add"), self._issue, icon_of="add", small=True, mark="admin.token")
            with box("rows", "ul"):
                for each in tokens:
                    with box("" if each["valid"] else "ended", "li"):
                        Text("span", str(each["name"]), "strong")
                        Text(
                            "span",
                            self.t(
                                "admin.tokens.span",
                                start=self._at(each["created_at"]),
                                end=self._at(each["expires_at"]),
                            ),
                            "small grow",
                        )
                        if each["valid"]:
                            off = None if mine else self.off
                            button(
                                self.t("admin.posts.revoke"),
                                acting(partial(self._revoke_token, str(each["id"]))),
                                small=True,
                                kind="danger",
                                off_because=off,
                            )

    # ------------------------------------------------------------ verbs

    def _again(self, username: str | None = None) -> None:
        ui.navigate.to(address("/admin", {}, user=username or self.chosen))

    def _fields(self, one: Any = None) -> list[Field]:
        nobody = [("", "—")]
        departments = nobody + [(str(each["key"]), self._named(each)) for each in self.places["departments"]]
        people = nobody + [(key, self._named(each)) for key, each in self.known.items()]
        given = one or {}
        return [
            Field("name", self.t("admin.people.name"), str(given.get("name") or ""), required=True),
            Field("name_en", self.t("admin.people.name_en"), str(given.get("name_en") or "")),
            Field(
                "department", self.t("admin.people.department"), str(given.get("department") or ""), options=departments
            ),
            Field("superior", self.t("admin.people.superior"), str(given.get("superior") or ""), options=people),
        ]

    def _person(self, username: str, entered: Entered) -> admin.Person:
        return admin.Person(
            username,
            entered["name"],
            entered.get("name_en", ""),
            entered.get("department") or None,
            entered.get("superior") or None,
        )

    def _add(self) -> None:
        async def send(entered: Entered) -> None:
            made: Any = await admin.create(self.office, self.actor, self._person(entered["username"], entered))
            self.chosen = entered["username"]
            show_once(
                self.viewer,
                self.t("admin.once.link"),
                self.t("admin.once.link_body", name=entered["name"], until=self._at(made["expires_at"])),
                self._absolute(made["link"]),
            )

        username = Field(
            "username", self.t("admin.people.username"), required=True, help=self.t("admin.people.username_help")
        )
        Ask(self.viewer, self.t("admin.people.add"), self.t("admin.people.create"), [username, *self._fields()], send)

    def _edit(self, one: Any) -> None:
        async def send(entered: Entered) -> None:
            await admin.update(self.office, self.actor, self._person(str(one["username"]), entered))
            self._again()

        Ask(self.viewer, self.t("admin.people.edit"), self.t("admin.save"), self._fields(one), send)

    def _absolute(self, path: Any) -> str:
        """A whole address: the person gets it by another way than this page."""
        text = str(path)
        base = str(ui.context.client.request.base_url).rstrip("/")
        return text if text.startswith("http") else base + text

    def _reason(self) -> Field:
        return Field("reason", self.t("admin.reason"), required=True, help=self.t("admin.reason_help"))

    def _reset(self, username: str) -> None:
        async def send(entered: Entered) -> None:
            made: Any = await admin.reset_password(self.office, self.actor, username, entered["reason"])
            close_pages(username)
            show_once(
                self.viewer,
                self.t("admin.once.link"),
                self.t("admin.once.link_body", name=username, until=self._at(made["expires_at"])),
                self._absolute(made["link"]),
            )

        Ask(
            self.viewer,
            self.t("admin.people.reset"),
            self.t("admin.people.reset"),
            [self._reason()],
            send,
            note=self.t("admin.people.reset_note"),
        )

    def _disable(self, username: str, disable: bool) -> None:
        async def send(entered: Entered) -> None:
            await (admin.disable if disable else admin.enable)(self.office, self.actor, username, entered["reason"])
            if disable:
                close_pages(username)
            self._again()

        words = self.t(f"admin.people.{'disable' if disable else 'enable'}")
        Ask(
            self.viewer,
            words,
            words,
            [self._reason()],
            send,
            note=self.t("admin.people.disable_note") if disable else "",
        )

    def _badge(self, username: str) -> None:
        async def send(entered: Entered) -> None:
            await access.set_badge(self.office, self.actor, username, entered.get("badge") or None)
            self._again()

        field = Field("badge", self.t("admin.people.badge_number"), help=self.t("admin.people.badge_help"))
        Ask(self.viewer, self.t("admin.people.set_badge"), self.t("admin.save"), [field], send)

    async def _confirm(self, username: str) -> None:
        if await attempt(
            self.viewer, admin.confirm_signing(self.office, self.actor, username), self.t("admin.people.confirmed")
        ):
            self._again()

    def _grant(self, username: str) -> None:
        async def send(entered: Entered) -> None:
            post = admin.Post(
                entered["role"],
                entered.get("site") or None,
                entered.get("valid_from") or None,
                entered.get("valid_to") or None,
            )
            await admin.grant(self.office, self.actor, username, post)
            close_pages(username)
            self._again()

        roles = [(key, text.said_in(self.lang)) for key, text in ROLES.items()]
        sites = [
            ("", self.t("admin.posts.everywhere")),
            *((str(each["key"]), self._named(each)) for each in self.places["sites"]),
        ]
        fields = [
            Field("role", self.t("admin.posts.role"), required=True, options=roles),
            Field("site", self.t("admin.posts.site"), options=sites),
            Field("valid_from", self.t("admin.posts.from"), kind="date", help=self.t("admin.posts.from_help")),
            Field("valid_to", self.t("admin.posts.to"), kind="date", help=self.t("admin.posts.to_help")),
        ]
        Ask(self.viewer, self.t("admin.posts.add"), self.t("admin.posts.give"), fields, send)

    def _revoke(self, grant: int) -> None:
        async def send(entered: Entered) -> None:
            await admin.revoke(self.office, self.actor, grant, entered["reason"])
            close_pages(str(self.chosen))
            self._again()

        Ask(self.viewer, self.t("admin.posts.revoke_title"), self.t("admin.posts.revoke"), [self._reason()], send)

    async def _end(self, username: str) -> None:
        if await attempt(
            self.viewer, access.end_sessions(self.office, self.actor, username), self.t("admin.sessions.ended")
        ):
            close_pages(username)
            self._again()

    def _issue(self) -> None:
        async def send(entered: Entered) -> None:
            ends = f"{entered['expires']}T00:00:00.000Z" if entered.get("expires") else None
            made: Any = await access.issue_token(self.office, self.actor, entered["name"], ends, entered["password"])
            show_once(self.viewer, self.t("admin.tokens.add"), self.t("admin.tokens.once"), str(made["token"]))

        fields = [
            Field("name", self.t("admin.tokens.name"), required=True),
            Field("expires", self.t("admin.tokens.expires"), kind="date"),
            Field("password", self.t("admin.tokens.password"), kind="password", required=True),
        ]
        Ask(self.viewer, self.t("admin.tokens.add"), self.t("admin.tokens.make"), fields, send)

    async def _revoke_token(self, token: str) -> None:
        if await attempt(
            self.viewer, access.revoke_token(self.office, self.actor, token), self.t("admin.tokens.revoked")
        ):
            self._again()
