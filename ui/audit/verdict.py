"""The proof by replay in the head of the room: the button, the badge in numbers, the evidence bundle."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from nicegui.element import Element

from domain.errors import RefusedError
from services import replay
from ui.elements import Text, attrs, box, button, icon
from ui.guard import Viewer, acting
from ui.texts import label, t


def bar(viewer: Viewer, case_id: str) -> None:
    """Badge, replay button and download, drawn into the head of the page."""
    badge = attrs(box("verdict"), role="status", data_testid="verdict")
    with badge:
        _say(badge, "", "info", viewer.t("audit.verdict.not_yet"), viewer.t("audit.verdict.not_yet_body"))
    button(
        viewer.t("audit.verdict.replay"),
        acting(partial(_replay, viewer, case_id, badge)),
        icon_of="replay",
        mark="replay",
    )
    href = f"/api/v1/cases/{quote(case_id, safe='')}/evidence"
    with attrs(box("btn primary", "a"), href=href, download=True, data_testid="evidence"):
        icon("download")
        Text("span", viewer.t("audit.verdict.evidence"))


async def _replay(viewer: Viewer, case_id: str, badge: Element) -> None:
    _say(badge, "running", "waiting", viewer.t("audit.verdict.running"), viewer.t("audit.verdict.running_body"))
    try:
        proof: Mapping[str, Any] = await replay.replay(viewer.ctx.office, viewer.actor, case_id)  # type: ignore[arg-type]
    except RefusedError as refused:
        _say(
            badge,
            "lacking",
            "warning",
            viewer.t("audit.verdict.impossible"),
            refused.refusal.message.said_in(viewer.lang),
        )
        return
    numbers = viewer.t(
        "audit.verdict.numbers",
        events=proof["events"],
        waves=proof["waves"],
        records=proof["records"],
        seconds=f"{proof['seconds']:.2f}",
    )
    if proof["deterministic"]:
        _say(badge, "proved", "verified", viewer.t("audit.verdict.proved"), numbers)
    else:
        _say(badge, "broken", "late", viewer.t("audit.verdict.broken"), f"{first_difference(proof, viewer)} {numbers}")


def first_difference(proof: Mapping[str, Any], viewer: Viewer) -> str:
    """The first thing that does not hold, by record, wave or run."""
    if proof.get("fault"):
        return t(
            "audit.verdict.fault", viewer.lang, run=proof["fault"]["run"], error=str(proof["fault"]["error"])[:160]
        )
    first = proof["differences"][0]
    kind = label("audit.difference", str(first["kind"]), viewer.lang)
    key, number = ("wave", first["wave"]) if "wave" in first else ("seq", first["seq"])
    return t(f"audit.verdict.at_{key}", viewer.lang, n=number, kind=kind)


def _say(badge: Element, tone: str, drawing: str, strong: str, small: str) -> None:
    badge.clear()
    badge.classes(remove="running proved broken lacking", add=tone)
    with badge:
        icon(drawing, "l")
        with box():
            Text("b", strong)
            Text("span", small, "small")
