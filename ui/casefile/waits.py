"""Why the case is where it is: each step that waits with its reason, what the reader can do there, the faults first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from nicegui import ui

from domain.clock import from_text
from domain.errors import RefusedError
from services import cases
from ui.audit.tell import Teller
from ui.components.actions import toast
from ui.components.chips import due, role_name, span
from ui.desk import office_of
from ui.elements import Text, attrs, box, button, icon, link
from ui.guard import Viewer, acting
from ui.texts import Lang, choose

#: So many steps are told at once; the others are folded away.
SHOWN_MAX = 12
BLOCKS = ("foreach", "parallel", "loop")
ICONS = {"wait": "timer", "call": "system", "start": "cases", "notify": "message"}


def waits_part(viewer: Viewer, teller: Teller, case: Mapping[str, Any]) -> None:
    """Draw what waits; blocks are told by the steps inside them."""
    steps = [one for one in case["steps"] if one["why_waiting"] and one["kind"] not in BLOCKS]
    drawn = _Waits(viewer, teller, case)
    steps.sort(key=lambda one: (one["state"] != "incident", not one.get("may_act"), one["due"] or "~"))
    with box("waits"):
        for step in steps[:SHOWN_MAX]:
            drawn.step(step)
        if steps[SHOWN_MAX:]:
            with attrs(box("morewaits", "details"), data_testid="case.more_waits"):
                Text("summary", viewer.t("cases.now.more", n=len(steps) - SHOWN_MAX), "tap")
                with box("waits"):
                    for step in steps[SHOWN_MAX:]:
                        drawn.step(step)
        if not steps:
            _nothing(viewer, teller, case)


def _nothing(viewer: Viewer, teller: Teller, case: Mapping[str, Any]) -> None:
    closed = case["closed_at"]
    if closed:
        Text("p", viewer.t("cases.now.ended", time=teller.full(closed)), "muted")
    elif not case["lists"]:
        Text("p", viewer.t("cases.now.system"), "muted")


class _Waits:
    """Draws single steps that wait."""

    def __init__(self, viewer: Viewer, teller: Teller, case: Mapping[str, Any]) -> None:
        self.viewer, self.teller, self.case = viewer, teller, case
        self.t = viewer.t
        self.lang: Lang = viewer.lang
        self.tasks: dict[str, list[Any]] = {}
        for task in case["tasks"]:
            if task["state"] == "open":
                self.tasks.setdefault(str(task["path"]), []).append(task)

    def step(self, step: Mapping[str, Any]) -> None:
        """One step: its name, the reason, since when, and the way on."""
        incident, mine = step["state"] == "incident", bool(step.get("may_act"))
        here = self.tasks.get(str(step["path"]), [])
        task = next((one for one in here if self._is_for_me(one)), here[0] if here else None)
        tone = " bad" if incident else " mine" if mine else ""
        with attrs(box("wait" + tone), data_testid="case.wait"):
            icon("incident" if incident else ICONS.get(step["kind"], "waiting"), "l")
            with box():
                self._words(step, task, incident, mine)
            if incident:
                self._retry(step, task, mine)
            elif mine and task and "/tasks/{id}" in self.viewer.ctx.paths:
                link(self.t("cases.now.task"), f"/tasks/{task['id']}", "btn primary")

    def _words(self, step: Mapping[str, Any], task: Any, incident: bool, mine: bool) -> None:
        title = choose(task["title"], self.lang) if task and not incident else self._title(step)
        item = self.teller.item(str(step["path"]))
        Text("b", self.t("cases.now.incident", step=title) if incident else f"{item} {title}".strip(), "strong")
        Text("div", choose(step["why_waiting"], self.lang), "badc because" if incident else "because")
        since = str(task["opened_at"] if task else step["since"])
        at = self.teller.moment(since)
        told = [self.t("cases.now.since", time=f"{at:%m-%d %H:%M}", span=self._span(since))]
        if task:
            told.append(self.t("cases.now.you" if mine else "cases.now.not_you"))
        with box("fx wrap small"):
            Text("span", " · ".join(told))
            if step["due"]:
                due(self.teller.moment(str(step["due"])), at, self.viewer.ctx.now(), self.lang)

    def _title(self, step: Mapping[str, Any]) -> str:
        return self.teller.step(str(step["path"]), str(step["step"]))

    def _span(self, since: str) -> str:
        return span(max(0.0, (self.viewer.ctx.now() - from_text(since)).total_seconds()), self.lang)

    def _is_for_me(self, task: Mapping[str, Any]) -> bool:
        account = self.viewer.account
        return task["assignee"] == account.id or bool(not task["assignee"] and set(task["roles"]) & set(account.roles))

    def _retry(self, step: Mapping[str, Any], task: Any, mine: bool) -> None:
        separator = "、" if self.lang == "zh" else ", "
        who = separator.join(role_name(str(role), self.lang) for role in (task["roles"] if task else ()))
        button(
            self.t("cases.now.retry"),
            acting(partial(self._tried, str(step["path"]))),
            icon_of="retry",
            kind="primary",
            off_because=None if mine else self.t("cases.now.retry_off", who=who),
            mark="case.retry",
        )

    async def _tried(self, path: str) -> None:
        try:
            await cases.retry(office_of(self.viewer), self.viewer.actor, self.case["id"], path)
        except RefusedError as refused:
            toast(refused.refusal.message.said_in(self.lang), tone="bad", lang=self.lang)
            return
        toast(self.t("cases.now.retried"), tone="good", lang=self.lang)
        ui.navigate.to(f"/cases/{self.case['id']}")
