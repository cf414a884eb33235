"""补录 at a task or a start form: the photographed paper, what stands on it, and the second person who confirms having seen it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from nicegui.element import Element

from domain.clock import to_text
from domain.errors import Refusal, RefusedError
from domain.errors import Text as Words
from services import late_entry
from services.actor import Proof
from ui.admin.ask import Ask, Entered, Field
from ui.desk import office_of
from ui.desk.clock import Clock
from ui.elements import Text, attrs, box, button, icon
from ui.forms.boxes import Upload
from ui.guard import Viewer
from ui.texts import choose, t


class LatePlace(Protocol):
    """A page that takes a late entry: where the card goes, and the card while it is open."""

    viewer: Viewer
    clock: Clock
    late: LatePaper | None
    late_place: Element


class LatePaper:
    """A card below the form. ``given()`` is what goes with the act; ``on_drop`` takes the card away again."""

    def __init__(self, viewer: Viewer, clock: Clock, on_drop: Callable[[], None]) -> None:
        self.viewer, self.clock = viewer, clock
        self.photo: Any = None
        self.told: dict[str, str] = {}
        self.second: Any = None
        self.proof: Proof | None = None
        with attrs(box("card fsec external", "section"), data_testid="late") as card:
            with box("fhead"):
                icon("edit")
                heading = Text("h2", self.t("title"), "grow")
                button(self.t("drop"), on_drop, icon_of="close", small=True, mark="late.drop")
            attrs(card, aria_labelledby=attrs(heading, id=heading.html_id).html_id)
            Text("p", self.t("note"), "muted")
            with box("fgrid"):
                self.place = box("field s6")
                with box("field s6 stack gap4"):
                    self.lines = box("stack gap4")
                    button(self.t("fill_in"), self._ask, icon_of="edit", mark="late.fill")
            self.message = attrs(Text("div", "", "msg"), role="alert", data_testid="late.problem")
        self._draw()

    def t(self, key: str, **values: object) -> str:
        """Words of the card."""
        return self.viewer.t(f"task.late.{key}", **values)

    def _draw(self) -> None:
        self.place.clear()
        with self.place:
            Upload(
                [self.photo] if self.photo else [],
                self.viewer.lang,
                self._stored,
                lambda _sha: self._stored(None),
                photo=True,
                label=self.t("photo"),
                mark="late.photo",
            )
        self.lines.clear()
        with self.lines:
            for line in self._lines():
                Text("div", line)

    def _lines(self) -> list[str]:
        if not self.told:
            return []
        who = choose({"zh": self.second["name"], "en": self.second["name_en"]}, self.viewer.lang)
        when = self.clock.said(self.told["business_at"])
        return [
            self.t("line", paper=self.told["paper_no"], time=when),
            self.told["reason"],
            self.t("seen_by", who=who),
        ]

    def _stored(self, file: Any) -> None:
        self.photo, self.message.text = file, ""
        self._draw()

    def _ask(self) -> None:
        fields = [
            Field("paper_no", self.t("paper_no"), self.told.get("paper_no", ""), required=True),
            Field("when", self.t("when"), kind="datetime-local", required=True, help=self.t("when_help")),
            Field("reason", self.t("reason"), self.told.get("reason", ""), required=True),
            Field("second", self.t("second"), required=True, help=self.t("second_help")),
            Field("password", self.t("password"), kind="password", required=True),
        ]
        Ask(self.viewer, self.t("title"), self.t("confirm"), fields, self._entered)

    async def _entered(self, entered: Entered) -> None:
        moment = self._moment(entered["when"])
        office, actor = office_of(self.viewer), self.viewer.actor
        proof = Proof("verified", password=entered["password"])
        self.second, self.proof = await late_entry.seen_by(office, actor, entered["second"], proof)
        self.told = {name: entered[name] for name in ("paper_no", "reason")} | {"business_at": moment}
        self.message.text = ""
        self._draw()

    def _moment(self, typed: str) -> str:
        """The site's wall clock as it was read off the paper."""
        try:
            return to_text(datetime.fromisoformat(typed).replace(tzinfo=self.clock.zone))
        except ValueError as error:
            why = Words(t("task.late.no_time", "zh"), t("task.late.no_time", "en"))
            raise RefusedError(Refusal(422, "not_a_time", why)) from error

    def given(self) -> late_entry.LateEntry | None:
        """What goes with the act; ``None`` while something is missing, which is then said."""
        if not self.told or self.proof is None or self.photo is None:
            self.message.text = self.t("photo_missing" if self.told else "missing")
            return None
        told = self.told
        return late_entry.LateEntry(
            told["paper_no"], self.photo["sha256"], told["business_at"], told["reason"], self.second["id"], self.proof
        )


def late_card(pane: LatePlace) -> None:
    """Open the card at the foot of the form, once."""
    if pane.late is not None:
        return

    def drop() -> None:
        pane.late = None
        pane.late_place.clear()

    with pane.late_place:
        pane.late = LatePaper(pane.viewer, pane.clock, drop)
