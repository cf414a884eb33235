"""Stopping goods on the page: one tap for the whole lot, or a question that narrows it and takes a word why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui import ui

from domain.errors import RefusedError
from services import holds
from ui.components.actions import toast
from ui.components.sign import new_act_id
from ui.elements import Text, attrs, box, button, icon, icon_button
from ui.guard import acting

if TYPE_CHECKING:
    from ui.stock.board import Board

READ_FORM = "(e) => { e.preventDefault(); emit(Object.fromEntries(new FormData(e.target))) }"


async def hold_now(board: Board, row: Any, **narrower: str) -> bool:
    """Stop the lot of a row at once; whether it is stopped now. A refusal stands above the board."""
    wish = holds.Wish(lot=f"#{row['lot_id']}", site=board.summary["site"], **narrower)
    try:
        held: Any = await holds.hold(board.office, board.viewer.actor, wish, new_act_id())
    except RefusedError as fault:
        board.refused(fault)
        return False
    board.untroubled()
    lot = held["lot"] or held["serial_no"] or held["product"]
    many = f"{held['quantity']:,} {held['unit']}"
    words = board.t("stock.hold.done", lot=lot, n=many) if held["quantity"] else board.t("stock.hold.marked", lot=lot)
    toast(words, tone="good", lang=board.viewer.lang)
    await board.again()
    return True


class HoldDialog:
    """What to stop, and why."""

    def __init__(self, board: Board, row: Any) -> None:
        self.board, self.row = board, row
        with ui.dialog() as self.dialog:
            self._draw()
        self.dialog.on("hide", self.dialog.delete, js_handler="() => emit()")

    def open(self) -> None:
        """Show it."""
        self.dialog.open()

    def _draw(self) -> None:
        t, lang = self.board.t, self.board.viewer
        title = t("stock.hold.title", lot=self.row["lot"] or self.row.get("serial") or self.row["product"])
        with attrs(box("dlg narrow"), role="dialog", aria_label=title), box(tag="form") as form:
            form.on("submit", acting(self._go), js_handler=READ_FORM)
            with box("h"):
                icon("locked", "l warnc")
                Text("h1", title, "grow")
                icon_button("close", lang.t("common.verbs.close"), self.dialog.close)
            with box("c"):
                Text("p", t("stock.hold.body"))
                self._scope()
                with box("field"):
                    caption = Text("label", t("stock.hold.reason"))
                    area = attrs(box("box", "textarea"), name="reason", rows=2, maxlength=500)
                    attrs(area, id=area.html_id, data_testid="hold.reason")
                    attrs(caption, for_=area.html_id)
            with box("f"):
                box("grow")
                button(lang.t("common.verbs.back"), self.dialog.close, keys=("Esc",))
                button(t("stock.hold.act"), icon_of="locked", kind="primary", submit=True, mark="hold.go")

    def _scope(self) -> None:
        t, row = self.board.t, self.row
        choices = [("lot", t("stock.hold.whole"))]
        if row.get("location"):
            choices.append(("location", t("stock.hold.here", place=row["location"])))
        if row.get("serial"):
            choices.append(("serial", t("stock.hold.unit", serial=row["serial"])))
        with box("field"):
            caption = Text("label", t("stock.hold.scope"))
            chosen = attrs(box("box", "select"), name="scope", data_testid="hold.scope")
            with chosen:
                for key, words in choices:
                    attrs(Text("option", words), value=key)
            attrs(chosen, id=chosen.html_id)
            attrs(caption, for_=chosen.html_id)

    async def _go(self, event: Any) -> None:
        entered = event.args if isinstance(event.args, dict) else {}
        narrower = {"reason": str(entered.get("reason") or "").strip()[:500]}
        scope = str(entered.get("scope") or "lot")
        if scope in ("location", "serial") and self.row.get(scope):
            narrower[scope] = str(self.row[scope])
        self.dialog.close()
        await hold_now(self.board, self.row, **narrower)
