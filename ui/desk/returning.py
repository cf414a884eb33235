"""The dialog of return 退回: to which step and how the case comes back, then all that follows, before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.errors import GspError
from services import going_back, verbs
from ui.components.chips import chip, role_name
from ui.desk import office_of
from ui.desk.dialog import Entered, VerbDialog, choice, fault_words, text_area
from ui.elements import Text, attrs, box, icon
from ui.texts import choose

if TYPE_CHECKING:
    from ui.desk.pane import TaskPane


class GoingBack:
    """A return from the task of a pane. What it would do is shown anew whenever step or mode change."""

    def __init__(self, pane: TaskPane) -> None:
        self.pane, self.viewer = pane, pane.viewer
        self.task_id = str(pane.task["id"])
        self.targets: list[Any] = pane.task["more"]["return_to"]
        self.to, self.mode = str(self.targets[0]["step"]), ""
        self._usual()

    def t(self, key: str, **values: object) -> str:
        """Words of the dialog."""
        return self.viewer.t(f"verbs.return.{key}", **values)

    @property
    def target(self) -> Any:
        """The step that is chosen."""
        return next(one for one in self.targets if one["step"] == self.to)

    def _usual(self) -> None:
        modes = self.target["modes"]
        self.mode = self.target["usual"] if self.target["usual"] in modes else modes[0]

    async def open(self) -> None:
        """Show the dialog with what the first choice would do."""
        self.dialog = VerbDialog(
            self.viewer,
            self.t("title"),
            self.t("do"),
            self._draw,
            self._act,
            self._then,
            missing=self._missing,
            about=self.pane.title(),
            icon_of="returned",
            kind="danger",
            wide=True,
        )
        await self._preview()

    def _draw(self) -> None:
        ways = [(str(one["step"]), self._title(one), "") for one in self.targets]
        with box("twocol"):
            choice("to", self.t("to"), ways, self.to, self._to)
            self.modes = box()
        self._modes()
        self.plan = attrs(box("plan"), role="status", data_testid="return.plan")
        text_area("reason", self.viewer.t("verbs.reason"), rows=2, required=True)

    def _modes(self) -> None:
        self.modes.clear()
        with self.modes:
            ways = [(mode, self.t(f"{mode}"), self.t(f"{mode}_means")) for mode in self.target["modes"]]
            choice("mode", self.t("mode"), ways, self.mode, self._mode)

    def _title(self, one: Any) -> str:
        return choose(one["title"], self.viewer.lang)

    async def _to(self, step: str) -> None:
        self.to = step
        self._usual()
        self._modes()
        await self._preview()

    async def _mode(self, mode: str) -> None:
        self.mode = mode
        await self._preview()

    # ------------------------------------------------------------ the preview

    async def _preview(self) -> None:
        asked = (self.to, self.mode)
        try:
            office, actor = office_of(self.viewer), self.viewer.actor
            found: Any = await going_back.preview(office, actor, self.task_id, self.to, None, self.mode)
        except GspError as fault:
            self.dialog.say(fault_words(fault, self.viewer))
            found = None
        if asked != (self.to, self.mode) or self.plan.is_deleted:
            return
        self.plan.clear()
        if found is not None:
            with self.plan:
                self._told(found)

    def _told(self, found: Any) -> None:
        Text("h2", self.t("follows"))
        with box("fx wrap planhead"):
            Text("b", self.t("opens", title=choose(found["title"], self.viewer.lang)), "strong")
            for one in found["tells"]:
                if one.get("role"):
                    chip(role_name(one["role"], self.viewer.lang), "blue", icon_of="people")
        reversed_ = {one["path"] for one in found["reverses"]}
        gone = [one for one in found["supersedes"] if one["path"] not in reversed_ and one["state"] != "skipped"]
        self._lines("superseded", gone, self.t("supersedes"), self.t("supersedes_note"))
        self._lines("undo", found["reverses"], self.t("reverses"), self.t("reverses_note"))
        self._lines("cancelled", found["stops"], self.t("stops"))
        self._lines("waiting", found["waits_for"], self.t("waits_for"))
        names = [self._name(one) for one in found["tells"] if one.get("id")]
        if names:
            joint = ", " if self.viewer.lang == "en" else "、"
            Text("p", self.t("tells", names=joint.join(names)), "small")

    def _lines(self, drawing: str, found: list[Any], title: str, note: str = "") -> None:
        if not found:
            return
        with box("planpart"):
            with box("fx"):
                icon(drawing, "muted")
                Text("h3", f"{title} · {len(found)}")
            if note:
                Text("p", note, "small")
            with box(tag="ul"):
                for one in found:
                    self._line(one)

    def _line(self, one: Any) -> None:
        with box("fx wrap", "li"):
            Text("span", self._title(one), "grow")
            told = [
                f"{self.t('line')} {one['item']}" if one["item"] else "",
                self._name(one["by"]) if one["by"] else "",
            ]
            told.append(self.pane.clock.hour(one["at"]))
            Text("span", " · ".join(part for part in told if part), "small")
            if one.get("signatures"):
                chip(self.t("signed", n=len(one["signatures"])), "violet", icon_of="signed")

    def _name(self, one: Any) -> str:
        return choose({"zh": one["name"], "en": one["name_en"]}, self.viewer.lang)

    # ------------------------------------------------------------ doing it

    def _missing(self, entered: Entered) -> str:
        return "" if entered.get("reason") else self.viewer.t("verbs.reason_missing")

    async def _act(self, entered: Entered, act_id: str) -> Any:
        office, actor = office_of(self.viewer), self.viewer.actor
        to, mode = entered.get("to", self.to), entered.get("mode", self.mode)
        return await verbs.return_to(office, actor, self.task_id, to, entered["reason"], mode, act_id)

    async def _then(self, done: Any) -> None:
        await self.pane.acted(done, self.t("done"), leaves=True)
