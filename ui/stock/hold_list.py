"""The open holds of a site, and the signature with which quality lets goods go."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from domain.clock import from_text
from domain.errors import RefusedError
from domain.holds import RULERS
from domain.roles import MEANINGS
from services import holds
from services.actor import Proof
from ui.components.actions import toast
from ui.components.chips import moment, role_name
from ui.components.sign import Credentials, SignDialog, SignProblem, SignRecord, SignRequest
from ui.components.tables import Column
from ui.elements import Text, box, button, link
from ui.guard import acting

if TYPE_CHECKING:
    from ui.stock.table import StockTable


def hold_columns(table: StockTable) -> list[Column[Any]]:
    """What is on hold, by whom, since when, why, and the way out."""
    t = table.board.t
    return [
        Column(t("stock.column.product"), lambda row: str(row["product_name"])),
        Column(t("stock.column.lot"), lambda row: row["lot"] or "—", mono=True),
        Column(t("stock.column.scope"), lambda row: row["serial_no"] or row["location"] or t("stock.hold.all_lot")),
        Column(t("stock.column.quantity"), lambda row: f"{row['quantity']:,} {row['unit']}", number=True),
        Column(t("stock.column.held"), partial(_held, table)),
        Column(t("stock.column.reason"), lambda row: row["reason"] or "—"),
        Column(t("stock.column.ruling"), partial(_ruling, table)),
    ]


def _held(table: StockTable, row: Any) -> None:
    board = table.board
    at = from_text(row["held_at"]).astimezone(board.zone)
    Text("span", str(row["held_by"]))
    Text("div", moment(at, board.office.clock(), board.viewer.lang), "small")


def _ruling(table: StockTable, row: Any) -> None:
    board = table.board
    may = any(board.viewer.actor.has(role, row["site"]) for role in RULERS)
    with box("rowacts"):
        if row["case"]:
            link(board.t("stock.hold.to_case"), f"/cases/{quote(row['case'], safe='')}", "btn low", icon_of="cases")
        button(
            board.t("stock.release.act"), acting(partial(_ask, table, row)), icon_of="sign", small=True,
            off_because=None if may else board.t("stock.release.why_not"), mark=f"release.{row['id']}",
        )  # fmt: skip


def _ask(table: StockTable, row: Any) -> None:
    board, lang = table.board, table.viewer.lang
    role = next(role for role in RULERS if board.viewer.actor.has(role, row["site"]))
    goods = f"{row['product_name']} {row['lot'] or row['serial_no'] or ''}".strip()
    request = SignRequest(
        what=board.t("stock.release.what"),
        meaning=MEANINGS["quality_rule"].said_in(lang),
        sentence=board.t("stock.release.sentence"),
        records=[
            SignRecord(
                goods, board.t("stock.release.conclusion"), row["sha256"][:8], f"{row['quantity']:,} {row['unit']}"
            )
        ],
        signer=board.viewer.account.name_in(lang),
        post=role_name(role, lang),
        number="",
        server_time=board.office.clock().astimezone(board.zone),
        reason_required=True,
    )
    SignDialog(request, partial(_release, table, row), lang).open()


async def _release(table: StockTable, row: Any, given: Credentials) -> SignProblem | None:
    board = table.board
    proof = Proof("quality_rule", given.password or None, given.badge or None, given.pin or None, given.reason or None)
    try:
        ruling = holds.Ruling("PENDING", given.reason.strip())
        await holds.release(board.office, board.viewer.actor, row["id"], ruling, proof, given.act_id)
    except RefusedError as fault:
        return SignProblem(fault.refusal.message.said_in(board.viewer.lang))
    toast(board.t("stock.release.done", lot=row["lot"] or row["serial_no"]), tone="good", lang=board.viewer.lang)
    await board.again()
    return None
