"""Health of the installation as its probe says it, and the keys in use."""

from __future__ import annotations

from typing import Any

from nicegui import ui
from nicegui.element import Element

from ui.components.chips import chip
from ui.elements import Text, attrs, box, button, icon
from ui.guard import Viewer, acting

PARTS = ("database", "temporal", "worker")
#: The probe needs no login and answers everybody; the browser asks it as any monitor would. No data goes in.
ASK_PROBE = "return await fetch('/readyz', {cache: 'no-store'}).then((answer) => answer.json()).catch(() => null)"


class SystemTab:
    """One card for health, one for keys."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer, self.t = viewer, viewer.t
        self.office: Any = viewer.ctx.office

    def draw(self) -> None:
        """Draw; the probe answers when the page stands."""
        with box("card pad stack"):
            with box("fx wrap"):
                Text("h2", self.t("admin.health.title"), "grow")
                button(
                    self.t("admin.health.again"), acting(self._ask), icon_of="retry", small=True, mark="health.again"
                )
            self.health = attrs(box("stack gap4"), role="status", data_testid="health")
        with box("card pad stack"):
            Text("h2", self.t("admin.keys.title"))
            Text("p", self.t("admin.keys.note"), "muted")
            with box("kv"):
                Text("span", self.t("admin.keys.act"))
                Text("span", str(self.office.keys.act.key_id), "mono")
                Text("span", self.t("admin.keys.seal"))
                Text("span", str(self.office.keys.seal.key_id), "mono")
                Text("span", self.t("admin.keys.known"))
                Text("span", ", ".join(sorted(self.office.keys.public)), "mono")
        ui.timer(0.1, acting(self._ask), once=True)

    async def _ask(self) -> None:
        said: Any = await ui.run_javascript(ASK_PROBE, timeout=15)
        self.health.clear()
        with self.health:
            self._say(said if isinstance(said, dict) else None)

    def _say(self, said: dict[str, Any] | None) -> None:
        if said is None:
            self._part("probe", "")
            return
        for part in PARTS:
            self._part(part, str(said.get(part) or ""))
        late = said.get("unprojected") or []
        self._count("given_up", int(said.get("given_up") or 0))
        self._count("unprojected", len(late))
        for one in late:
            Text("div", str(one.get("case") or one) if isinstance(one, dict) else str(one), "mono small")

    def _count(self, key: str, number: int) -> None:
        drawing, tone = ("warning", "red") if number else ("passed", "green")
        with box("healthrow"):
            icon(drawing, "badc" if number else "okc")
            Text("span", self.t(f"admin.health.{key}"), "grow")
            chip(self.t("admin.health.cases", n=number), tone, icon_of=drawing)

    def _part(self, part: str, words: str) -> Element:
        good = words == "ok"
        with box("healthrow") as row:
            icon("passed" if good else "late", "okc" if good else "badc")
            Text("span", self.t(f"admin.health.{part}"), "grow")
            chip(
                self.t("admin.health.ok") if good else words or self.t("admin.health.silent"),
                "green" if good else "red",
                icon_of="passed" if good else "late",
            )
        return row
