"""The signature of somebody without an account: on the glass, or on a paper note that is photographed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from domain.json_types import JsonObject
from ui.elements import Text, attrs, box, button, icon
from ui.forms.boxes import Entry, Pad, Upload
from ui.guard import Viewer
from ui.texts import choose


class ExternalSignature:
    """A card below the form: who signs by name, and the drawing or the photo. ``given()`` is what is sent."""

    def __init__(self, viewer: Viewer, role: Any, kept: JsonObject, on_change: Callable[[int], Any]) -> None:
        self.viewer, self.role, self.on_change = viewer, role, on_change
        self.name = str(kept.get("name") or "")
        self.how = "note" if kept.get("how") == "note" else "glass"
        self.file: Any = kept.get("file")
        who = choose(role["title"], viewer.lang)
        with box("card fsec external", "section"):
            with box("fhead"):
                icon("sign")
                Text("h2", viewer.t("task.external.title", who=who))
                Text("span", viewer.t("task.external.why"), "small right")
            with box("fgrid"):
                with box("field s6"):
                    caption = Text("label", viewer.t("task.external.name", who=who), "lb")
                    self.entry = Entry("text", self.name, self._named, mark="external.name", required=True, max=60)
                    attrs(caption, for_=self.entry.cid)
                with box("field s6"):
                    label = attrs(Text("span", viewer.t("task.external.how"), "lb"))
                    attrs(label, id=label.html_id)
                    with attrs(box("seg spread"), role="group", aria_labelledby=label.html_id):
                        self.choices = {how: self._choice(how) for how in ("glass", "note")}
                self.place = box("field s12")
            self.message = attrs(Text("div", "", "msg"), role="alert")
        self._draw()

    def _choice(self, how: str) -> Any:
        choice = attrs(
            Text("button", self.viewer.t(f"task.external.{how}")), type="button", data_testid=f"external.{how}"
        )
        choice.on("click", partial(self._switch, how), js_handler="() => emit()")
        return choice

    def _switch(self, how: str) -> None:
        if how != self.how:
            self.how, self.file = how, None
            self._draw()
            self.on_change(0)

    def _draw(self) -> None:
        viewer = self.viewer
        for how, choice in self.choices.items():
            attrs(choice, aria_pressed=str(how == self.how).lower())
        self.place.clear()
        with self.place:
            if self.file and self.how == "glass":
                with box("signed fx"):
                    attrs(
                        box(tag="img"),
                        src=f"/api/v1/attachments/{self.file['sha256']}",
                        alt=viewer.t("task.external.drawn"),
                    )
                    button(viewer.t("task.external.again"), partial(self._stored, None), icon_of="retry", small=True)
            elif self.how == "glass":
                Pad(viewer.t("task.external.pad"), viewer.lang, self._stored)
            else:
                files = [self.file] if self.file else []
                Upload(
                    files,
                    viewer.lang,
                    self._stored,
                    lambda _sha: self._stored(None),
                    photo=True,
                    label=viewer.t("task.external.note"),
                    mark="external.note.file",
                )

    def _named(self, value: Any, seq: int) -> None:
        self.name = str(value)
        self.message.text = ""
        self.on_change(seq)

    def _stored(self, file: Any) -> None:
        self.file = file
        self.message.text = ""
        self._draw()
        self.on_change(0)

    def kept(self) -> JsonObject:
        """What the draft keeps."""
        return {"name": self.name, "how": self.how, "file": self.file}

    def given(self) -> JsonObject | None:
        """What is sent with the act; ``None`` while something is missing, which is then said."""
        if self.name.strip() and self.file:
            return {"name": self.name.strip(), "how": self.how, "attachment_sha256": self.file["sha256"]}
        missing = "drawing" if self.name.strip() else "name_missing"
        self.message.text = self.viewer.t(f"task.external.{missing}")
        if not self.name.strip():
            from nicegui import ui

            ui.run_javascript(f"gspDesk.focus('{self.entry.cid}')")
        return None
