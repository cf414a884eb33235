"""`/audit/cases/{id}`: a case as it was at each of its records, who signed what, why, and the proof by replay."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import Request
from nicegui import ui

from domain.errors import RefusedError
from services import case_story
from ui.audit import verdict
from ui.audit.drawing import Drawing
from ui.audit.explanation import explanation
from ui.audit.record_list import RecordList
from ui.audit.refused import refused_page
from ui.audit.scene import Scene, scene_of
from ui.audit.signature import signature_block
from ui.audit.slider import RecordSlider
from ui.components.chips import chip, state_chip
from ui.components.panels import empty
from ui.context import UiContext
from ui.elements import Text, attrs, box, button, icon, key_hint, link
from ui.forms.view import FormContext, FormView
from ui.frame import frame, page_head
from ui.guard import Viewer, acting, page
from ui.texts import as_lang, choose


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/audit/cases/{id}", title="audit.replay.title")
    async def replay_room(viewer: Viewer, request: Request, id: str) -> None:
        try:
            scene = await scene_of(viewer, id, _number(request.query_params.get("seq")))
        except RefusedError as refused:
            refused_page(viewer, "audit", refused)
            return
        await ReplayRoom(viewer, scene).draw()


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


class ReplayRoom:
    """The page around one scene. Everything that moves hangs on `seek`."""

    def __init__(self, viewer: Viewer, scene: Scene) -> None:
        self.viewer, self.scene, self.t = viewer, scene, viewer.t
        self._wanted = scene.seq

    async def draw(self) -> None:
        """Draw the page at the record that the address names."""
        case, viewer = self.scene.case, self.viewer
        name = str(case["business_key"] or case["id"])
        crumbs = [(self.t("common.nav.audit"), "/audit"), (self.t("audit.replay.crumb"), None)]
        with frame(viewer, "audit", crumbs=crumbs) as work, work.classes("replay"):
            title = choose(case["title"], viewer.lang)
            with page_head(
                name, f"{title} {case['version']}", back=(self.t("common.frame.back"), "/audit"), chips=self._chips
            ):
                verdict.bar(viewer, str(case["id"]))
            if not self.scene.records:
                empty(self.t("audit.replay.no_records"), icon_of="replay")
                return
            self._slider()
            with box("stage"):
                with box("left"):
                    self.drawing = Drawing(self.scene)
                    with box("under"):
                        with box("rpane recpane"):
                            shown = self.scene
                            self.list = RecordList(shown.teller, shown.records, shown.refusals, shown.seq, self._go)
                        self.why = attrs(
                            box("rpane why", "section"), aria_label=self.t("audit.why.label"), tabindex="0"
                        )
                self.side = attrs(box("side", "aside"), aria_label=self.t("audit.replay.side"), tabindex="0")
            attrs(work, data_ready="true")
            await self._show()

    def _chips(self) -> None:
        state_chip(str(self.scene.case["state"]), self.viewer.lang)
        chip(self.t("common.frame.read_only"), icon_of="read_only")
        link(self.t("audit.replay.open_case"), f"/cases/{self.scene.case['id']}", "small tap", icon_of="open")

    def _slider(self) -> None:
        scene = self.scene
        marks = [self._mark(one) for one in scene.records]
        refused = [{"after": one["after_seq"]} for one in scene.refusals if one.get("after_seq")]
        with box("sliderbar"):
            self.slider = RecordSlider(marks, refused, scene.seq, self.viewer.lang, acting(self._seek))
            with attrs(box("rlegend"), aria_hidden="true"):
                for kind, drawing in (
                    ("signed", "signed"),
                    ("act", "act"),
                    ("decided", "decided"),
                    ("refusal", "refusal"),
                ):
                    with box("fx gap4", "span"):
                        box(f"mkr {drawing}", "span")
                        Text("span", self.t(f"audit.slider.{kind}"))

    def _mark(self, record: Mapping[str, Any]) -> dict[str, Any]:
        told, teller = self.scene.teller.record(record), self.scene.teller
        at = teller.moment(str(record["at"]))
        words = self.t("audit.slider.pill", n=record["seq"], time=at.strftime("%H:%M:%S"))
        return {
            "seq": record["seq"],
            "time": at.strftime("%H:%M"),
            "kind": told.kind,
            "words": words,
            "spoken": f"{words}, {told.words} {told.note}",
        }

    # ------------------------------------------------------------ moving

    async def _go(self, seq: int) -> None:
        self.slider.set(seq)
        await self._seek(seq)

    async def _seek(self, seq: int) -> None:
        """Everything moves to a record; a newer wish that came meanwhile wins."""
        self._wanted = seq
        await self.scene.state(seq)
        if self._wanted != seq:
            return
        self.scene.move(seq)
        self.list.seek(self.scene.seq)
        # A whole number only: nothing from data goes into the script.
        ui.run_javascript(f"history.replaceState(history.state, '', '?seq={int(self.scene.seq)}')")
        await self._show()

    async def _show(self) -> None:
        scene = self.scene
        state, changes = await scene.state(scene.seq), await scene.changes()
        checks = await self._checks()
        self.drawing.seek(state)
        self.why.clear()
        with self.why:
            explanation(scene.teller, scene.record, changes)
        self.side.clear()
        with self.side:
            self._form(state)
            if scene.record.get("signature"):
                signature_block(scene.teller, scene.record, checks)

    async def _checks(self) -> list[Any]:
        if not self.scene.record.get("signature"):
            return []
        viewer, case = self.viewer, str(self.scene.case["id"])
        return await case_story.signature_checks(viewer.ctx.office, viewer.actor, case, self.scene.seq)  # type: ignore[arg-type]

    # ------------------------------------------------------------ as the signer saw it

    def _form(self, state: Mapping[str, Any]) -> None:
        form, record = state.get("form"), self.scene.record
        if not form or not form.get("values"):
            self._no_form()
            return
        lang = as_lang(form.get("lang")) or self.viewer.lang
        with attrs(box("card seen", "section"), aria_label=self.t("audit.seen.label"), data_testid="seen"):
            with box("seenhead"):
                icon("read_only", "s")
                Text("b", self.t("audit.seen.title"), "strong")
                key = str(form["key"]).removeprefix("forms/").removesuffix(".json")
                Text("span", self.t("audit.seen.in", tongue=self.t(f"audit.seen.{lang}"), form=key), "small")
            with attrs(box("seenbody"), lang="zh-CN" if lang == "zh" else "en", inert=True):
                Text("h2", self.scene.teller.step(str(record.get("path") or ""), str(record.get("step") or "")))
                where = FormContext(
                    zone=str(self.scene.teller.zone), scope={"start": state["start"], "data": state["data"]}
                )
                FormView(
                    {"schema": form["schema"], "ui": form["ui"]},
                    form["values"],
                    lang,
                    mode="read",
                    layout="narrow",
                    context=where,
                )
            self._answers(record)

    def _answers(self, record: Mapping[str, Any]) -> None:
        """The buttons the signer had, with the one that was pressed."""
        step = str(record.get("step") or "")
        known: Mapping[str, Any] = (self.scene.teller.story["steps"].get(step) or {}).get("outcomes") or {}
        if not known or not record.get("outcome"):
            return
        with box("fx wrap answers"):
            for key, words in known.items():
                chosen = key == record["outcome"]
                chip(choose(words, self.viewer.lang), "blue" if chosen else "grey", icon_of="done" if chosen else None)
            Text("span", self.t("audit.seen.others"), "small")

    def _no_form(self) -> None:
        scene = self.scene
        before = next((one["seq"] for one in reversed(scene.records[: scene.seq]) if one.get("signature")), None)
        after = next((one["seq"] for one in scene.records[scene.seq :] if one.get("signature")), None)

        def ways() -> None:
            for seq, words in ((before, "before"), (after, "after")):
                if seq is not None:
                    button(
                        self.t(f"audit.seen.{words}", n=seq),
                        acting(partial(self._go, int(seq))),
                        icon_of="signed",
                        small=True,
                    )

        with box("card"):
            empty(self.t("audit.seen.none"), self.t("audit.seen.none_body"), icon_of="system", actions=ways)
        with box("card pad keysnote"), box("fx wrap"):
            for keys, words in ((("←", "→"), "walk"), (("Shift", "→"), "sign"), (("Space",), "play")):
                with box("fx gap4", "span"):
                    key_hint(*keys)
                    Text("span", self.t(f"audit.slider.key_{words}"), "small")
