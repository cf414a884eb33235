"""Verification: everything that can be recomputed, recomputed. Proved, broken and a missing witness are three things."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui
from nicegui.element import Element

from domain.clock import from_text
from domain.errors import RefusedError
from services import audit, case_story
from ui.audit.refused import panel
from ui.components.panels import skeleton
from ui.elements import Text, attrs, box, button, icon
from ui.guard import Viewer, acting
from ui.texts import Lang, choose, label

#: What is proved, with the count that says how much, and whose findings belong to it.
CLAIMS = (
    ("records", "streams"),
    ("histories", "histories"),
    ("seals", "seals"),
    ("ledger", ""),
    ("checkpoints", "checkpoints"),
    ("attachments", "attachments"),
)
ICONS = {
    "records": "file",
    "histories": "replay",
    "seals": "signed",
    "ledger": "stock",
    "checkpoints": "save",
    "attachments": "attach",
}
#: Words of a finding's witness or stream -> the claim that it breaks.
BELONGS = (
    ("ledger", "ledger"),
    ("histor", "histories"),
    ("checkpoint", "checkpoints"),
    ("attachment", "attachments"),
    ("seal", "seals"),
    ("key", "seals"),
)


def claim_of(finding: Mapping[str, Any]) -> str:
    """Which claim a finding breaks."""
    said = f"{finding['stream']} {finding['witness']}".lower()
    return next((claim for word, claim in BELONGS if word in said), "records")


class VerifyTab:
    """The tab: a button, then the verdict in one sentence and what it rests on."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer, self.t = viewer, viewer.t
        self.lang: Lang = viewer.lang

    def draw(self) -> None:
        """Draw the start: nothing was recomputed yet."""
        with box("pbody"):
            self.root = attrs(box("stack gap16"), data_testid="verify", aria_live="polite")
            with self.root:
                self._headline("", "verified", self.t("audit.verify.not_yet"), self.t("audit.verify.not_yet_body"), "")

    def _headline(self, tone: str, drawing: str, strong: str, body: str, small: str) -> Element:
        with attrs(box(f"card headline {tone}"), data_testid="verdict.headline") as head:
            icon(drawing, "big")
            with box("grow"):
                Text("h2", strong)
                Text("p", body)
                if small:
                    Text("p", small, "small")
            with box("fx wrap"):
                button(
                    self.t("audit.verify.quick"),
                    acting(partial(self._run, False)),
                    icon_of="retry",
                    kind="primary",
                    mark="verify.run",
                )
                button(
                    self.t("audit.verify.full"),
                    acting(partial(self._run, True)),
                    icon_of="verified",
                    mark="verify.full",
                )
        return head

    async def _run(self, thorough: bool) -> None:
        """Recompute; the seconds count meanwhile, because a big installation takes its time."""
        self.root.clear()
        with self.root:
            with box("card headline running"):
                icon("waiting", "big")
                with box("grow"):
                    Text("h2", self.t("audit.verify.running"))
                    seconds = Text("p", self.t("audit.verify.seconds", n=0))
            skeleton(6, height=44)
        passed = 0

        def tick() -> None:
            nonlocal passed
            passed += 1
            seconds.text = self.t("audit.verify.seconds", n=passed)

        with self.root:  # the button that was pressed is gone, and with it the place handlers draw into
            timer = ui.timer(1.0, tick)
        try:
            report: Any = await audit.verify(self.viewer.ctx.office, self.viewer.actor, thorough=thorough)  # type: ignore[arg-type]
        except RefusedError as refused:
            self.root.clear()
            with self.root:
                panel(self.viewer, refused)
            return
        finally:
            timer.deactivate()
        zone = await case_story.zone_of(self.viewer.ctx.office, None)  # type: ignore[arg-type]
        self._report(report, ZoneInfo(zone))

    def _report(self, report: Mapping[str, Any], zone: ZoneInfo) -> None:
        broken, lacked = list(report["findings"]), list(report["lacked"])
        at = from_text(str(report["at"])).astimezone(zone)
        small = self.t(
            "audit.verify.when",
            time=f"{at:%Y-%m-%d %H:%M:%S}",
            seconds=f"{report['seconds']:.1f}",
            name=self.viewer.account.name_in(self.lang),
        )
        tone, drawing = ("broken", "late") if broken else ("lacking", "warning") if lacked else ("proved", "verified")
        key = "broken" if broken else "lacking" if lacked else "proved"
        first = choose(broken[0]["message"], self.lang) if broken else self.t(f"audit.verify.{key}_body")
        self.root.clear()
        with self.root:
            self._headline(tone, drawing, self.t(f"audit.verify.{key}", n=len(broken), m=len(lacked)), first, small)
            with box("verifygrid"):
                self._claims(report, broken)
                with box("stack gap16"):
                    self._breaks(broken)
                    self._lacking(lacked)

    def _claims(self, report: Mapping[str, Any], broken: list[Any]) -> None:
        with attrs(box("card", "section"), aria_label=self.t("audit.verify.claims")):
            Text("h2", self.t("audit.verify.claims"), "pad14")
            with box("claims", "ul"):
                for claim, counted in CLAIMS:
                    mine = [one for one in broken if claim_of(one) == claim]
                    number = report["counts"].get(counted)
                    self._claim(claim, number, len(mine))

    def _claim(self, claim: str, number: Any, faults: int) -> None:
        absent = number == 0
        tone, word, drawing = (
            ("red", "claim_broken", "late")
            if faults
            else ("yellow", "claim_absent", "warning")
            if absent
            else ("green", "claim_proved", "passed")
        )
        with box(f"claim {tone if tone != 'green' else ''}", "li"):
            icon(ICONS[claim], "l")
            with box("grow"):
                Text("b", self.t(f"audit.claim.{claim}"), "strong")
                Text("div", self.t(f"audit.claim.{claim}_note"), "small")
            if number is not None:
                Text("span", self.t(f"audit.claim.{claim}_count", n=f"{number:,}"), "nowrap")
            with box(f"chip {tone}", "span"):
                icon(drawing)
                Text("span", self.t(f"audit.verify.{word}", n=faults))

    def _breaks(self, broken: list[Any]) -> None:
        if not broken:
            return
        with attrs(box("card breaks", "section"), aria_label=self.t("audit.verify.breaks", n=len(broken))):
            Text("h2", self.t("audit.verify.breaks", n=len(broken)), "pad14")
            for one in broken[:20]:
                with box("break"):
                    Text("b", choose(one["message"], self.lang), "strong badc")
                    with box("kv"):
                        for name in ("stream", "witness", "expected", "found"):
                            if one.get(name):
                                Text("span", self.t(f"audit.verify.{name}"))
                                value = str(one[name])
                                attrs(Text("span", value[:24] + ("…" if len(value) > 24 else ""), "mono"), title=value)
            Text("p", self.t("audit.verify.follows"), "small pad14")

    def _lacking(self, lacked: list[Any]) -> None:
        with attrs(box("card lackcard", "section"), aria_label=self.t("audit.verify.lacked")):
            with box("fx pad14"):
                icon("warning", "warnc")
                Text("h2", self.t("audit.verify.lacked"))
            with box("stack gap4 lacks", "ul"):
                for one in lacked:
                    with box(tag="li"):
                        Text("b", label("audit.witness", str(one["witness"]).replace(" ", "_"), self.lang), "strong")
                        Text("div", choose(one["message"], self.lang))
                if not lacked:
                    Text("li", self.t("audit.verify.none_lacked"))
            Text("p", self.t("audit.verify.forge"), "small pad14")
