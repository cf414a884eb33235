"""The dialogs that ask for little more than a reason: withdraw 撤回 what one has done, remove an added signer 减签."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from nicegui import ui

from services import tasks, verbs
from ui.desk import office_of
from ui.desk.dialog import Entered, VerbDialog, choice, text_area
from ui.elements import Text
from ui.texts import choose

if TYPE_CHECKING:
    from ui.desk.pane import TaskPane

#: Seconds between two looks whether the task is there again.
LOOK_AGAIN = (0.2, 0.3, 0.5, 1, 2, 3, 5)


class Withdraw:
    """Takes back what the person has just done, and goes to the task that opens again."""

    def __init__(self, pane: TaskPane) -> None:
        self.pane, self.viewer, self.task = pane, pane.viewer, pane.task

    def open(self) -> None:
        """Show the dialog."""
        viewer = self.viewer
        title, do = viewer.t("verbs.withdraw.title"), viewer.t("verbs.withdraw.do")
        about = self.pane.title()
        VerbDialog(viewer, title, do, self._draw, self._act, self._then, about=about, icon_of="undo")

    def _draw(self) -> None:
        Text("p", self.viewer.t("verbs.withdraw.note"), "muted")
        text_area("reason", self.viewer.t("verbs.reason"), first=True)

    async def _act(self, entered: Entered, act_id: str) -> Any:
        reason = entered.get("reason") or None
        return await verbs.withdraw(office_of(self.viewer), self.viewer.actor, self.task["id"], reason, act_id)

    async def _then(self, done: Any) -> None:
        """The task opens again once all that followed from it is reversed; until then its page says what it was."""
        await self.pane.acted(done, self.viewer.t("verbs.withdraw.done"))
        for pause in LOOK_AGAIN:
            again = await self._again()
            if self.pane.place.is_deleted or self.pane.task["id"] != self.task["id"]:
                return  # the person has gone on to something else
            if again is not None:
                ui.navigate.to(f"/tasks/{again}" if self.pane.back else f"/?task={again}")
                return
            await asyncio.sleep(pause)

    async def _again(self) -> str | None:
        """The same step once more, as it now waits for the person."""
        for scope in ("mine", "claimable"):
            wish = {"scope": scope, "definition": self.task["definition"], "limit": 100}
            page = await tasks.listing(office_of(self.viewer), self.viewer.actor, wish)
            for one in page["items"]:
                if all(one[name] == self.task[name] for name in ("case", "step", "item_key")):
                    return str(one["id"])
        return None


class RemoveSigner:
    """Takes away a signer who was added and has not signed."""

    def __init__(self, pane: TaskPane) -> None:
        self.pane, self.viewer, self.task = pane, pane.viewer, pane.task
        self.seats: list[str] = [str(seat) for seat in self.task["more"]["removable"]]

    def t(self, key: str, **values: object) -> str:
        """Words of the dialog."""
        return self.viewer.t(f"verbs.remove_signer.{key}", **values)

    def open(self) -> None:
        """Show the dialog."""
        title, do, about = self.t("title"), self.t("do"), self.pane.title()
        VerbDialog(
            self.viewer,
            title,
            do,
            self._draw,
            self._act,
            self._then,
            missing=self._missing,
            about=about,
            icon_of="remove",
        )

    def _draw(self) -> None:
        choice("seat", self.t("who"), [self._option(seat) for seat in self.seats], self.seats[0])
        text_area("reason", self.viewer.t("verbs.reason"), rows=2, required=True, first=True)

    def _option(self, seat: str) -> tuple[str, str, str]:
        more, lang = self.task["more"], self.viewer.lang
        known: Any = {one["seat"]: one["added"] for one in more["beside"]} | {
            one["seat"]: one for one in more["to_come"]
        }
        added: Any = known.get(seat)
        if added is None:
            return seat, seat, ""
        to, by = added["to"], added["by"]
        name = choose({"zh": to["name"], "en": to["name_en"]}, lang)
        return (
            seat,
            name,
            self.viewer.t("verbs.beside.added_by", name=choose({"zh": by["name"], "en": by["name_en"]}, lang)),
        )

    def _missing(self, entered: Entered) -> str:
        return "" if entered.get("reason") else self.viewer.t("verbs.reason_missing")

    async def _act(self, entered: Entered, act_id: str) -> Any:
        office, actor = office_of(self.viewer), self.viewer.actor
        seat, reason = entered.get("seat", self.seats[0]), entered["reason"]
        return await verbs.remove_signer(office, actor, self.task["id"], seat, reason, act_id)

    async def _then(self, done: Any) -> None:
        await self.pane.acted(done, self.t("done"))
