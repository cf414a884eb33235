"""The dialogs of the verbs that name a person: transfer 转办, delegate 委派, add a signer 加签, ask 沟通."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services import verbs
from ui.desk import office_of
from ui.desk.dialog import Entered, VerbDialog, choice, text_area, tick_box
from ui.desk.people import PersonPicker
from ui.elements import Text

if TYPE_CHECKING:
    from ui.desk.pane import TaskPane

ICONS = {"transfer": "transferred", "delegate": "switch", "add_signer": "sign", "ask": "comment"}
POSITIONS = ("before", "parallel", "after")


class HandingOn:
    """One of the four verbs at the task of a pane."""

    def __init__(self, pane: TaskPane, verb: str) -> None:
        self.pane, self.viewer, self.verb = pane, pane.viewer, verb
        self.task_id = str(pane.task["id"])

    def t(self, key: str, **values: object) -> str:
        """Words of this verb."""
        return self.viewer.t(f"verbs.{self.verb}.{key}", **values)

    async def open(self) -> None:
        """Show the dialog, then who can be chosen."""
        VerbDialog(
            self.viewer,
            self.t("title"),
            self.t("do"),
            self._draw,
            self._act,
            self._then,
            missing=self._missing,
            about=self.pane.title(),
            icon_of=ICONS[self.verb],
        )
        await self.picker.load()

    def _draw(self) -> None:
        Text("p", self.t("note"), "muted")
        self.picker = PersonPicker(self.viewer, self.task_id, self.verb, self.t("to"))
        if self.verb == "add_signer":
            ways = [(one, self.t(one), self.t(f"{one}_means")) for one in POSITIONS]
            choice("position", self.t("position"), ways, "before")
        if self.verb == "ask":
            text_area("text", self.t("text"), required=True)
            tick_box("suspend", self.t("suspend"), self.t("suspend_means"))
        else:
            text_area("reason", self.viewer.t("verbs.reason"), rows=2, required=self.verb != "add_signer")

    def _missing(self, entered: Entered) -> str:
        if not self._to(entered):
            return self.viewer.t("verbs.people.missing")
        if self.verb == "ask" and not entered.get("text"):
            return self.t("text_missing")
        if self.verb in ("transfer", "delegate") and not entered.get("reason"):
            return self.viewer.t("verbs.reason_missing")
        return ""

    def _to(self, entered: Entered) -> str:
        """The person ticked in the list as it stands, or the one ticked before the list was searched again."""
        return entered.get("to") or self.picker.chosen or ""

    async def _act(self, entered: Entered, act_id: str) -> Any:
        office, actor, to = office_of(self.viewer), self.viewer.actor, self._to(entered)
        reason = entered.get("reason") or None
        if self.verb == "add_signer":
            position = entered.get("position", "before")
            return await verbs.add_signer(office, actor, self.task_id, to, position, reason, act_id)
        if self.verb == "ask":
            waits = "suspend" in entered
            return await verbs.ask(office, actor, self.task_id, to, entered["text"], waits, act_id)
        hand = verbs.transfer if self.verb == "transfer" else verbs.delegate
        return await hand(office, actor, self.task_id, to, reason, act_id)

    async def _then(self, done: Any) -> None:
        await self.pane.acted(done, self.t("done"), leaves=self.verb in ("transfer", "delegate"))
