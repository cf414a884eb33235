"""The expiry ladder: seven steps on one scale, each a filter; below them what has to be dealt with first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ui.elements import Text, attrs, box, icon
from ui.guard import acting

if TYPE_CHECKING:
    from ui.stock.board import Board

STEPS = {
    "expired": ("red", "locked"),
    "d30": ("yellow", "due"),
    "d90": ("yellow", "due"),
    "d180": ("grey", "scheduled"),
    "d365": ("grey", "scheduled"),
    "later": ("", "scheduled"),
    "none": ("", "info"),
}


def draw(board: Board) -> None:
    """The ladder of one warehouse."""
    with box("cardhead"):
        Text("h2", board.t("stock.ladder.title"))
        Text("span", board.t("stock.ladder.lot_count", n=board.summary["lots"]), "small")
    told = {one["bucket"]: int(one["lots"]) for one in board.summary["expiry"]}
    most = max(1, *told.values())
    with attrs(box("eladder"), role="group", aria_label=board.t("stock.ladder.title")):
        for name, (tone, drawing) in STEPS.items():
            if name != "none" or told[name]:
                _step(board, name, tone, drawing, told[name], most)
    _first(board)


def _step(board: Board, name: str, tone: str, drawing: str, lots: int, most: int) -> None:
    step = attrs(box(f"estep {tone}", "button"), type="button", data_testid=f"bucket.{name}")
    attrs(step, aria_pressed=str(board.filters.get("bucket") == name).lower())
    with step:
        with box("w", "span"):
            icon(drawing, "s")
            Text("span", board.t(f"stock.bucket.{name}"))
        with attrs(box(tag="svg"), viewBox="0 0 100 12", preserveAspectRatio="none", aria_hidden="true"):
            attrs(box(tag="rect"), width=round(100 * lots / most) if lots else 0, height=12, rx=2)
        Text("span", board.t("stock.ladder.lots", n=f"{lots:,}"), "n")
    step.on("click", acting(partial(board.filter, "bucket", name)), js_handler="() => emit()")


def _first(board: Board) -> None:
    with box("efirst"):
        Text("h3", board.t("stock.ladder.first"))
        if not board.first:
            Text("div", board.t("stock.ladder.none_first"), "small pad")
        with box(tag="ul"):
            for row in board.first[:4]:
                _row(board, row)


def _row(board: Board, row: Any) -> None:
    over = row["bucket"] == "expired"
    with box(tag="li"):
        icon("locked" if over else "due", "badc" if over else "warnc")
        with box():
            Text("b", f"{name_of(row, board.viewer.lang)} {row['lot']}")
            Text("div", f"{row['location']} · {row['quantity']:,} {row['unit']}", "small")
        Text("span", left(board, row), f"when {'badc' if over else 'warnc'}")


def left(board: Board, row: Any) -> str:
    """How long goods may still be used, in words."""
    days = row["days_left"]
    if days is None:
        return ""
    if days < 0:
        return board.t("stock.left.over", n=f"{-days:,}")
    return board.t("stock.left.days", n=f"{days:,}") if days else board.t("stock.left.today")


def name_of(row: Any, lang: str) -> str:
    """The name of a product; the registered one where there is no other."""
    return str(row["product_name"] if lang == "zh" else row["product_name_en"] or row["product_name"])
