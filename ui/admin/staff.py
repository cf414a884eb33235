"""Files of persons and planned trainings: who is fit for which work, what runs out, and entering what is new."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui

from services import staff, trainings
from ui.admin.ask import Ask, Entered, Field
from ui.admin.staff_file import draw_needs, draw_records, state_chip_of, title_of
from ui.audit.filters import address
from ui.components.actions import toast
from ui.components.chips import avatar, chip, role_name
from ui.components.panels import empty
from ui.elements import Text, attrs, box, button, icon, link
from ui.guard import Viewer
from ui.texts import Lang, choose


class StaffTab:
    """Everybody left, the file that is looked at right."""

    def __init__(self, viewer: Viewer, chosen: str | None) -> None:
        self.viewer, self.t, self.chosen = viewer, viewer.t, chosen
        self.lang: Lang = viewer.lang
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor

    async def draw(self) -> None:
        """Read and draw."""
        book: Any = await staff.book(self.office, self.actor)
        self.kinds: dict[str, Any] = {one["key"]: one for one in book["kinds"]}
        found: list[Any] = await staff.overview(self.office, self.actor)
        known = {one["username"] for one in found}
        with box("admingrid"):
            with box("stack"):
                Text("h2", self.t("admin.staff.count", n=len(found)))
                with attrs(box("card accounts", "ul"), aria_label=self.t("admin.tabs.staff")):
                    for one in sorted(found, key=_urgency):
                        self._row(one)
            with attrs(box("stack gap16", "section"), aria_label=self.t("admin.staff.one"), data_testid="staff.file"):
                if self.chosen in known:
                    await self._file(str(self.chosen))
                else:
                    with box("card"):
                        empty(self.t("admin.staff.choose"), self.t("admin.staff.choose_body"), icon_of="people")

    def _row(self, one: Any) -> None:
        name = one["name"] if self.lang == "zh" else one["name_en"]
        with box(tag="li"):
            row = link("", address("/admin", {}, tab="staff", user=one["username"]), "account")
            attrs(row, aria_current="true" if one["username"] == self.chosen else None)
            attrs(row, aria_label=f"{name}, {one['username']}", data_testid=f"staff.{one['username']}")
            with row:
                avatar(name)
                with box("stack gap0 grow", "span"):
                    Text("span", name, "strong")
                    posts = [role_name(post, self.lang) for post in one["posts"]]
                    Text("span", " · ".join((one["username"], *posts)), "small clip")
                self._flag(one)

    def _flag(self, one: Any) -> None:
        if one["ran_out"] or one["lacking"]:
            chip(self.t("admin.staff.not_fit"), "red", icon_of="late")
        elif one["runs_out"]:
            state_chip_of(self.viewer, one["runs_out"][0])
        elif not one["file"]:
            chip(self.t("admin.staff.no_file"), "yellow", icon_of="warning")

    async def _file(self, username: str) -> None:
        file: Any = await staff.file_of(self.office, self.actor, username)
        name = file["name"] if self.lang == "zh" else file["name_en"]
        with box("card pad stack"):
            with box("fx wrap"):
                avatar(name, classes="big")
                with box("grow"):
                    Text("h2", name)
                    Text("div", username, "small mono")
            for one in file["records"]:
                if one["state"] in ("soon", "later", "expired", "not_good"):
                    with box("fx wrap"):
                        Text("span", title_of(self.viewer, one, self.kinds), "grow")
                        state_chip_of(self.viewer, one)
            with box("fx wrap"):
                for kind in self.kinds.values():
                    self._enter_button(kind, username)
        draw_needs(self.viewer, file["needs"])
        keeps = {key for key, kind in self.kinds.items() if self._keeps(kind) and username != self.viewer.account.id}
        draw_records(self.viewer, file["records"], keeps.__contains__, self._withdraw)

    def _keeps(self, kind: Any) -> bool:
        return bool(set(kind["keepers"]) & set(self.viewer.account.roles))

    def _enter_button(self, kind: Any, username: str) -> None:
        keepers = ("、" if self.lang == "zh" else ", ").join(role_name(one, self.lang) for one in kind["keepers"])
        off = None if self._keeps(kind) else self.t("admin.staff.only", who=keepers)
        if username == self.viewer.account.id:
            off = self.t("admin.staff.not_own")
        words = choose(kind["title"], self.lang)
        button(
            words,
            partial(self._enter, kind, username),
            icon_of="add",
            small=True,
            off_because=off,
            mark=f"staff.add.{kind['key']}",
        )

    def _enter(self, kind: Any, username: str) -> None:
        async def send(entered: Entered) -> None:
            given: dict[str, Any] = {
                name: entered.get(name, "") for name in ("subject", "level", "result", "text", "number", "score")
            }
            entry = staff.Entry(
                kind["key"], on_date=entered["on_date"], valid_until=entered.get("valid_until") or None, **given
            )
            await staff.add(self.office, self.actor, username, entry)
            self._again(username)

        Ask(self.viewer, choose(kind["title"], self.lang), self.t("admin.staff.enter"), self._fields(kind), send)

    def _fields(self, kind: Any) -> list[Field]:
        def options(name: str) -> list[tuple[str, str]]:
            return [(one["key"], choose(one["title"], self.lang)) for one in kind[name]]

        found = [Field("subject", self.t("admin.staff.subject"), required=True, options=options("subjects"))]
        if kind["levels"]:
            found.append(Field("level", self.t("admin.staff.level"), required=True, options=options("levels")))
        found.append(Field("on_date", self.t("admin.staff.on"), kind="date", required=True))
        if kind["results"]:
            found.append(Field("result", self.t("admin.staff.result"), required=True, options=options("results")))
        usual = self.t("admin.staff.usual", n=kind["months"]) if kind["months"] else self.t("admin.posts.to_help")
        found.append(Field("valid_until", self.t("admin.staff.valid_until"), kind="date", help=usual))
        found += [Field("text", self.t("admin.staff.text")), Field("number", self.t("admin.staff.number"))]
        return [*found, Field("score", self.t("admin.staff.score_field"))] if kind["key"] == "training" else found

    def _withdraw(self, one: Any) -> None:
        async def send(entered: Entered) -> None:
            await staff.withdraw(self.office, self.actor, int(one["id"]), entered["reason"])
            self._again(str(one["account"]))

        reason = Field("reason", self.t("admin.reason"), required=True, help=self.t("admin.reason_help"))
        note = self.t("admin.staff.withdraw_note")
        Ask(self.viewer, self.t("admin.staff.withdraw"), self.t("admin.staff.withdraw"), [reason], send, note=note)

    def _again(self, username: str) -> None:
        ui.navigate.to(address("/admin", {}, tab="staff", user=username))


def _urgency(one: Any) -> tuple[int, str]:
    """Whoever is not fit first, then what runs out, then files that are missing."""
    if one["ran_out"] or one["lacking"]:
        return 0, one["username"]
    if one["runs_out"]:
        return 1, str(one["runs_out"][0]["valid_until"])
    return 2 if not one["file"] else 3, one["username"]


class TrainingsTab:
    """What is planned, and the results of what was held."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer, self.t = viewer, viewer.t
        self.lang: Lang = viewer.lang
        self.office: Any = viewer.ctx.office
        self.actor: Any = viewer.actor
        self.off = None if "training_admin" in viewer.account.roles else self.t("admin.training.only")

    async def draw(self) -> None:
        """Read and draw."""
        book: Any = await staff.book(self.office, self.actor)
        self.kind: Any = next(one for one in book["kinds"] if one["key"] == "training")
        found: list[Any] = await trainings.listing(self.office, self.actor)
        with box("stack gap16"):
            with box("fx wrap"):
                Text("h2", self.t("admin.training.count", n=len(found)), "grow")
                button(
                    self.t("admin.training.add"), self._plan, icon_of="add", kind="primary", off_because=self.off,
                    mark="training.add",
                )  # fmt: skip
            if not found:
                with box("card"):
                    empty(self.t("admin.training.none"), self.t("admin.training.none_body"))
            for one in found:
                self._card(one)

    def _card(self, one: Any) -> None:
        with attrs(box("card pad stack", "section"), data_testid=f"training.{one['id']}"):
            with box("fx wrap"):
                Text("h3", one["course"], "grow")
                held = one["held_at"] is not None
                chip(self.t("admin.training.held" if held else "admin.training.planned"), "green" if held else "blue")
                button(
                    self.t("admin.training.results"), partial(self._results, one), icon_of="edit", small=True,
                    off_because=self.off or (None if one["people"] else self.t("admin.training.nobody")),
                    mark=f"training.results.{one['id']}",
                )  # fmt: skip
            posts = ("、" if self.lang == "zh" else ", ").join(role_name(post, self.lang) for post in one["posts"])
            about = [
                one["planned_on"],
                posts,
                self.t("admin.training.by", who=one["trainer"]) if one["trainer"] else "",
            ]
            Text("div", " · ".join(part for part in about if part), "small")
            with box("rows", "ul"):
                for person in one["people"]:
                    with box("", "li"):
                        icon("person")
                        Text("span", person["name"] if self.lang == "zh" else person["name_en"], "grow")
                        self._result_chip(person["result"])

    def _result_chip(self, result: Any) -> None:
        known = {one["key"]: choose(one["title"], self.lang) for one in self.kind["results"]}
        if result:
            chip(known.get(result, str(result)), "green" if result == self.kind["results"][0]["key"] else "red")
        else:
            Text("span", self.t("admin.training.no_result"), "small")

    def _plan(self) -> None:
        async def send(entered: Entered) -> None:
            wish = trainings.Wish(
                entered["site"], entered["course"], entered["subject"], entered["planned_on"], (entered["post"],),
                entered.get("trainer", ""),
            )  # fmt: skip
            await trainings.plan(self.office, self.actor, wish)
            ui.navigate.to("/admin?tab=trainings")

        subjects = [(one["key"], choose(one["title"], self.lang)) for one in self.kind["subjects"]]
        asked = {post for need in self.office.needs.needs.values() for post in need.posts}
        fields = [
            Field("course", self.t("admin.training.course"), required=True),
            Field("subject", self.t("admin.staff.subject"), required=True, options=subjects),
            Field("planned_on", self.t("admin.training.day"), kind="date", required=True),
            Field("site", self.t("admin.posts.site"), required=True, options=self._sites()),
            Field("post", self.t("admin.posts.role"), required=True,
                  options=[(post, role_name(post, self.lang)) for post in sorted(asked)]),
            Field("trainer", self.t("admin.training.trainer")),
        ]  # fmt: skip
        Ask(self.viewer, self.t("admin.training.add"), self.t("admin.training.plan"), fields, send)

    def _sites(self) -> list[tuple[str, str]]:
        return [(one.id, choose(dict(one.name), self.lang)) for one in self.viewer.account.sites]

    def _results(self, one: Any) -> None:
        async def send(entered: Entered) -> None:
            given: list[Any] = [
                {"username": person["username"], "result": entered[f"of_{person['username']}"]}
                for person in one["people"]
                if entered.get(f"of_{person['username']}")
            ]
            done: Any = await trainings.results(self.office, self.actor, int(one["id"]), entered["held_on"], given)
            refused = [each for each in done["items"] if each["status"] != 200]
            for each in refused:
                toast(f"{each['username']}: {choose(each['message'], self.lang)}", tone="bad", lang=self.lang)
            if not refused:
                ui.navigate.to("/admin?tab=trainings")

        choices = [("", "—"), *((r["key"], choose(r["title"], self.lang)) for r in self.kind["results"])]
        fields = [Field("held_on", self.t("admin.training.held_on"), one["planned_on"], kind="date", required=True)]
        for person in one["people"]:
            name = person["name"] if self.lang == "zh" else person["name_en"]
            fields.append(Field(f"of_{person['username']}", name, options=choices))
        Ask(self.viewer, one["course"], self.t("admin.training.save_results"), fields, send)
