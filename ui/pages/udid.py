"""`/udid`: the national UDI database: files come in, devices are looked up. `?di=` shows a device, `?import=` a file."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

from fastapi import Request
from nicegui import ui

from domain.errors import GspError
from services import udid
from ui.components.chips import chip
from ui.components.tables import Column, data_table
from ui.context import UiContext
from ui.elements import Text, attrs, box, button, field, link
from ui.frame import frame, page_head
from ui.guard import Viewer, page
from ui.texts import choose
from ui.udid.send import Send

SHOWN = (
    "cpmctymc",
    "spmc",
    "ggxh",
    "zczbhhzbapzbh",
    "ylqxzcrbarmc",
    "qxlb",
    "flbm",
    "cpbsbmtxmc",
    "cpbsfbrq",
    "tsrq",
    "cpms",
)
"""What is shown of a record, in this order; what it has not is left out."""
COUNTED = ("read", "new", "changed", "unchanged", "older", "bad")
TONES: dict[str, Any] = {"running": ("blue", "running"), "done": ("green", "done"), "stopped": ("red", "refused")}


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/udid", title="udid.title")
    async def database(viewer: Viewer, request: Request) -> None:
        asked = {name: request.query_params.get(name, "").strip()[:200] for name in ("di", "import")}
        office: Any = ctx.office
        found, problem = await _looked_up(office, viewer, asked["di"])
        imports: Any = await udid.imports(office, viewer.actor)
        opened: Any = next((one for one in imports if one["id"] == asked["import"]), None)
        if opened is not None:
            opened = await udid.one_import(office, viewer.actor, opened["id"])
        with frame(viewer, "udid", crumbs=[(viewer.t("udid.title"), None)]) as work, work:
            with page_head(viewer.t("udid.title"), viewer.t("udid.note"), back=(viewer.t("common.frame.back"), "/")):
                pass
            with box("pbody stack gap16"):
                _Lookup(viewer, asked["di"], found, problem).draw()
                _Files(viewer, imports, opened).draw()


async def _looked_up(office: Any, viewer: Viewer, di: str) -> tuple[list[Any], str]:
    """The records of a DI, or why there are none."""
    if not di:
        return [], ""
    try:
        return list((await udid.device(office, viewer.actor, di))["items"]), ""  # type: ignore[arg-type]
    except GspError as fault:
        return [], fault.text.said_in(viewer.lang)


class _Lookup:
    """A box for a DI and what the database says of it."""

    def __init__(self, viewer: Viewer, di: str, found: list[Any], problem: str) -> None:
        self.viewer, self.t, self.di, self.found, self.problem = viewer, viewer.t, di, found, problem

    def draw(self) -> None:
        """Draw the box and the devices."""
        with attrs(box("card pad stack", "section"), data_testid="udid.lookup"):
            Text("h2", self.t("udid.look_up"))
            with attrs(box("fx wrap", "form"), method="get", action="/udid"):
                field(self.t("udid.di"), name="di", classes="grow", value=self.di, required=True, autocomplete="off")
                button(self.t("udid.look"), icon_of="search", submit=True, mark="udid.look")
            if self.problem:
                attrs(Text("p", self.problem, "msg"), role="status", data_testid="udid.none")
            for one in self.found:
                self._device(one)

    def _device(self, one: Any) -> None:
        record, words = one["record"], udid.words()
        with attrs(box("stack", "article"), data_testid=f"device.{one['di']}"):
            with box("fx wrap"):
                Text("h3", record.get("cpmctymc") or one["di"], "grow")
                chip(self.t("udid.version", number=one["version"]), "grey", icon_of="superseded")
                for name in one["required_identifiers"]:
                    chip(self.t(f"udid.needs.{name}"), "blue", icon_of="scan")
            if one["is_pack"]:
                Text("p", self.t("udid.is_pack", di=one["di"]), "small")
            rows = [(choose(words[tag], self.viewer.lang), str(record[tag])) for tag in SHOWN if record.get(tag)]  # type: ignore[arg-type]
            rows += [(self.t("udid.storage"), one["suggestion"].get("storage_condition", ""))]
            self._pairs([("DI", one["di"]), *[row for row in rows if row[1]]])
            self._packs(one["suggestion"]["dis"])
            self._history(one["history"])

    def _pairs(self, rows: list[tuple[str, str]]) -> None:
        columns = [
            Column[Any](self.t("udid.field"), lambda row: row[0]),
            Column[Any](self.t("udid.value"), lambda row: row[1]),
        ]
        data_table(columns, rows, self.viewer.lang, label=self.t("udid.record"))

    def _packs(self, dis: list[Any]) -> None:
        packs = [one for one in dis if "contains_di" in one]
        if packs:
            columns = [
                Column[Any](self.t("udid.pack"), lambda one: one["di"], mono=True),
                Column[Any](self.t("udid.level"), lambda one: one.get("name") or str(one["level"])),
                Column[Any](self.t("udid.contains"), lambda one: one["contains_di"], mono=True),
                Column[Any](self.t("udid.quantity"), lambda one: str(one["contains_qty"]), number=True),
            ]
            data_table(columns, packs, self.viewer.lang, label=self.t("udid.packs"))

    def _history(self, history: list[Any]) -> None:
        said = [
            " · ".join(
                str(part) for part in (self.t("udid.version", number=one["version"]), one["status"], one["at"]) if part
            )
            for one in history
        ]
        Text("p", f"{self.t('udid.history')}: {'; '.join(said)}", "small muted")


class _Files:
    """Taking in a file, the files so far, and what came back of one."""

    def __init__(self, viewer: Viewer, imports: list[Any], opened: Any) -> None:
        self.viewer, self.t, self.imports, self.opened = viewer, viewer.t, imports, opened

    def draw(self) -> None:
        """Draw the box, the list, and the file that is opened."""
        with attrs(box("card pad stack", "section"), data_testid="udid.files"):
            Text("h2", self.t("udid.files"))
            if set(self.viewer.account.roles) & set(udid.IMPORTERS):
                Text("p", self.t("udid.files_note"), "small")
                Send(self.viewer.lang, partial(self._open))
            columns = [
                Column[Any](self.t("udid.file"), self._name),
                Column[Any](self.t("udid.when"), lambda one: one["started_at"][:16].replace("T", " ")),
                Column[Any](self.t("udid.state.title"), self._state),
                *(
                    Column[Any](self.t(f"udid.count.{name}"), partial(_count, name=name), number=True)
                    for name in COUNTED
                ),
            ]
            data_table(
                columns, self.imports, self.viewer.lang, label=self.t("udid.files"), empty_text=self.t("udid.no_files")
            )
            if self.opened is not None:
                self._came_back(self.opened)

    def _open(self, import_id: str) -> None:
        ui.navigate.to(f"/udid?import={quote(import_id)}")

    def _name(self, one: Any) -> None:
        words = self.t("udid.tried", name=one["file_name"]) if one["dry_run"] else one["file_name"]
        attrs(link(words, f"/udid?import={quote(one['id'])}", "linklike"), data_testid=f"import.{one['id']}")

    def _state(self, one: Any) -> None:
        tone, drawing = TONES[one["state"]]
        chip(self.t(f"udid.state.{one['state']}"), tone, icon_of=drawing)

    def _came_back(self, one: Any) -> None:
        with attrs(box("stack", "section"), data_testid="udid.opened"):
            Text("h3", one["file_name"])
            if one["why"]:
                attrs(Text("p", choose(one["why"], self.viewer.lang), "msg"), role="status")
            if one["counts"].get("repaired"):
                Text("p", self.t("udid.repaired", number=one["counts"]["repaired"]), "small")
            if not one["faults"]:
                Text("p", self.t("udid.nothing_back"), "muted")
                return
            columns = [
                Column[Any](self.t("udid.line"), lambda row: str(row["line"]), number=True),
                Column[Any](self.t("udid.key"), lambda row: row["record_key"] or "–", mono=True),
                Column[Any]("DI", lambda row: row["di"] or "–", mono=True),
                Column[Any](self.t("udid.reason"), lambda row: choose(row["message"], self.viewer.lang)),
            ]
            data_table(columns, one["faults"], self.viewer.lang, label=self.t("udid.came_back"))
            if one["next"] is not None:
                Text(
                    "p",
                    self.t("udid.more_back", number=one["counts"]["faults"], path=f"/api/v1/udid/imports/{one['id']}"),
                    "small",
                )


def _count(one: Any, *, name: str) -> str:
    return str(one["counts"].get(name, 0))
