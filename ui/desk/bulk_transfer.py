"""Several tasks to one person 转办: each is judged alone, and each says alone what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from services import several, tasks
from ui.components.sign import new_act_id
from ui.desk import office_of
from ui.desk.dialog import Entered, Unfinished, VerbDialog, text_area
from ui.desk.people import PersonPicker
from ui.elements import Text, attrs, box, icon
from ui.guard import Viewer
from ui.texts import choose

Handed = Callable[[list[str]], Awaitable[Any]]


class TransferSeveral:
    """The dialog for the chosen tasks; ``on_handed`` hears once, when it closes, which of them have gone over."""

    def __init__(self, viewer: Viewer, ids: list[str], on_handed: Handed) -> None:
        self.viewer, self.ids, self.on_handed = viewer, ids, on_handed
        self.titles: dict[str, str] = {}
        self.faults: dict[str, str] = {}
        self.handed: list[str] = []
        self.act_ids: dict[tuple[str, str, str], str] = {}

    def t(self, key: str, **values: object) -> str:
        """Words of the dialog."""
        return self.viewer.t(f"verbs.several.{key}", **values)

    async def open(self) -> str | None:
        """Show it; why not, in words, when none of the tasks can be handed on."""
        able: list[str] = []
        for task_id in self.ids:
            task: Any = await tasks.detail(office_of(self.viewer), self.viewer.actor, task_id)
            self.titles[task_id] = _named(task, self.viewer)
            able += [task_id] if "transfer" in task["allow"] else []
        if not able:
            return self.t("none")
        self.by = able[0]
        words = self.viewer.t("verbs.transfer.do")
        title = self.t("title", n=len(self.ids))
        VerbDialog(
            self.viewer,
            title,
            words,
            self._draw,
            self._act,
            self._then,
            missing=self._missing,
            icon_of="transferred",
            on_hide=self._closed,
        )
        await self.picker.load()
        return None

    def _draw(self) -> None:
        self.list = attrs(box("results", "ul"), aria_label=self.t("list"), tabindex="0")
        self._results()
        self.picker = PersonPicker(self.viewer, self.by, "transfer", self.viewer.t("verbs.transfer.to"))
        text_area("reason", self.viewer.t("verbs.reason"), rows=2, required=True)

    def _results(self) -> None:
        self.list.clear()
        with self.list:
            for task_id in self.ids:
                self._result(task_id)

    def _result(self, task_id: str) -> None:
        fault = self.faults.get(task_id, "")
        drawing = "failed" if fault else "passed" if task_id in self.handed else "next"
        with attrs(box(tag="li"), data_testid=f"several.{task_id}"):
            icon(drawing, "badc" if fault else "okc" if task_id in self.handed else "")
            with box("grow"):
                Text("div", self.titles[task_id])
                if fault:
                    Text("div", fault, "small badc")
                elif task_id in self.handed:
                    Text("div", self.t("went"), "small okc")

    def _missing(self, entered: Entered) -> str:
        if not self._to(entered):
            return self.viewer.t("verbs.people.missing")
        return "" if entered.get("reason") else self.viewer.t("verbs.reason_missing")

    def _to(self, entered: Entered) -> str:
        return entered.get("to") or self.picker.chosen or ""

    async def _act(self, entered: Entered, _: str) -> Any:
        to, reason = self._to(entered), entered["reason"]
        left = [one for one in self.ids if one not in self.handed]
        items: list[Any] = [(one, self.act_ids.setdefault((one, to, reason), new_act_id())) for one in left]
        found: Any = await several.transfer_bulk(office_of(self.viewer), self.viewer.actor, items, to, reason)
        self.handed += [one["id"] for one in found if "problem" not in one]
        self.faults = {
            one["id"]: choose(one["problem"]["message"], self.viewer.lang) for one in found if "problem" in one
        }
        self._results()
        if self.faults:
            return Unfinished(self.t("partly", done=len(self.handed), left=len(self.faults)))
        return found

    async def _then(self, _: Any) -> None:
        """All are handed over: what is left to say is said when the dialog is gone."""

    async def _closed(self) -> None:
        if self.handed:
            await self.on_handed(self.handed)


def _named(task: Any, viewer: Viewer) -> str:
    """A task among others of its kind."""
    chips, lang = task["chips"], viewer.lang
    which = chips.get("serial_no") or chips.get("lot_no") or chips.get("delivery_note_no") or task["business_key"] or ""
    title = choose(task["title"], lang)
    return title if not which or str(which) in title else f"{title} · {which}"
