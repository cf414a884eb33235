"""The documents of a case on its page: its own to open, those of its vouchers to look at and to print, with their prints."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui

from domain.documents import PAPER_TEXTS, Paper
from domain.errors import RefusedError
from services import case_papers, papers
from ui.components.actions import toast
from ui.desk import office_of
from ui.elements import Text, attrs, box, button, link
from ui.guard import Viewer, acting
from ui.texts import choose


async def read(viewer: Viewer, case_id: str) -> Any:
    """What `documents_part` draws."""
    return await case_papers.offered(office_of(viewer), viewer.actor, case_id)


def documents_part(viewer: Viewer, case_id: str, found: Any) -> None:
    """Links and buttons; nothing where the case has no document."""
    for one in found["items"]:
        if one["key"] == "acceptance_record":
            continue  # the page has its own button for it
        for paper in one["papers"]:
            href = f"/api/v1/cases/{case_id}/documents/{one['key']}.pdf?lang={viewer.lang}&paper={paper}"
            words = f"{choose(one['title'], viewer.lang)} · {PAPER_TEXTS[paper].said_in(viewer.lang)}"
            attrs(link(words, href, "btn", icon_of="file"), target="_blank", data_testid=f"document.{one['key']}")
    every = [one["key"] for voucher in found["vouchers"] for one in voucher["items"]]
    plain = "stock_voucher" if set(every) != {"stock_voucher"} else ""
    for voucher in found["vouchers"]:
        _voucher(viewer, voucher, plain)


def _voucher(viewer: Viewer, voucher: Any, left_out: str) -> None:
    """The documents of a voucher; plain stock vouchers only where a case has nothing else."""
    for one in voucher["items"]:
        if one["key"] == left_out:
            continue
        with box("docline"):
            with box("fx wrap"):
                Text("span", choose(one["title"], viewer.lang), "strong")
                Text("span", voucher["voucher"], "small mono")
            with box("acts"):
                for paper in one["papers"]:
                    _print(viewer, voucher["voucher"], one, paper)


def _print(viewer: Viewer, number: str, one: Any, paper: Paper) -> None:
    """A look costs nothing; a print is counted, so it is a button."""
    href = f"/api/v1/vouchers/{number}/documents/{one['key']}.pdf?lang={viewer.lang}&paper={paper}"
    name = PAPER_TEXTS[paper].said_in(viewer.lang)
    words = viewer.t("registers.preview")
    attrs(link(name, href, "btn low", icon_of="read_only"), target="_blank", title=words, aria_label=f"{words} {name}")
    times = len(one["prints"])
    label = viewer.t("registers.reprint", n=times) if times else viewer.t("registers.print")
    made = button(
        label,
        acting(partial(_printed, viewer, number, one["key"], paper)),
        icon_of="print",
        mark=f"print.{one['key']}.{paper}",
    )
    made.classes("low")


async def _printed(viewer: Viewer, number: str, kind: str, paper: Paper) -> None:
    wanted = papers.Wanted(number, kind, paper, viewer.lang)
    try:
        made: Any = await papers.print_one(office_of(viewer), viewer.actor, wanted)
    except RefusedError as refused:
        toast(refused.refusal.message.said_in(viewer.lang), tone="bad", lang=viewer.lang)
        return
    toast(viewer.t("registers.printed", n=made["copy_no"]), lang=viewer.lang)
    ui.navigate.to(made["href"], new_tab=True)
