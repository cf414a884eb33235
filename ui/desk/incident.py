"""A task that is an incident: why the system stopped, try again, correct the data, go on without the step.

Quality signs the last two: what is entered in a first dialog is shown once more over the signature.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import ui

from domain import acts, roles
from domain.errors import GspError
from domain.json_types import JsonObject
from services import incidents, tasks
from services.actor import Proof
from services.verbs import QUALITY_RULES
from ui.components.chips import role_name
from ui.components.sign import Credentials, SignDialog, SignProblem, SignRecord, SignRequest
from ui.desk import office_of
from ui.desk.dialog import Entered, Unfinished, VerbDialog, choice, fault_words, text_area
from ui.desk.signing import guarded
from ui.elements import Text, box, button, icon
from ui.forms import FormContext, FormView
from ui.forms.values import said
from ui.guard import acting, current
from ui.texts import catalogue, choose

if TYPE_CHECKING:
    from ui.desk.pane import TaskPane

SignedAct = Callable[[Proof, str], Awaitable[Any]]


def draw_incident(pane: TaskPane) -> None:
    """Why the system stopped, and what can be done."""
    why, viewer = pane.task["incident"] or {}, pane.viewer
    with box("card fsec", "section"):
        with box("fhead"):
            icon("incident", "badc")
            Text("h2", viewer.t("task.incident.title"))
        with box("stack"):
            Text("p", choose(why, viewer.lang) or viewer.t("task.incident.unknown"))
            Text("p", viewer.t("task.incident.next"), "muted")
            for verb in ("fix", "skip"):
                if pane.may(verb):
                    Text("p", viewer.t(f"verbs.{verb}.hint"), "muted")


def incident_bar(pane: TaskPane) -> None:
    """Correct, skip, try again: what is not open is not there, trying again says why not."""
    viewer = pane.viewer
    off = None if pane.may("retry") else choose(pane.task["why_not"], viewer.lang) or viewer.t("task.not_yours")
    box("gap grow")
    if pane.may("skip"):
        button(
            viewer.t("verbs.skip.menu"), acting(Skipping(pane).open), icon_of="next", kind="danger", mark="task.skip"
        )
    if pane.may("fix"):
        button(viewer.t("verbs.fix.menu"), acting(Fixing(pane).open), icon_of="edit", mark="task.fix")
    button(
        viewer.t("common.verbs.retry"),
        acting(partial(pane.plain, tasks.retry)),
        icon_of="retry",
        kind="primary",
        off_because=off,
        mark="task.retry",
    )


class _Signed:
    """An act that is entered in one dialog and signed in a second one above it."""

    verb = ""

    def __init__(self, pane: TaskPane) -> None:
        self.pane, self.viewer, self.task = pane, pane.viewer, pane.task

    def t(self, key: str, **values: object) -> str:
        """Words of the verb."""
        return self.viewer.t(f"verbs.{self.verb}.{key}", **values)

    def ask(self, draw: Callable[[], Any], missing: Callable[[Entered], str], *, wide: bool = False) -> None:
        """The first dialog."""
        title, go = self.t("title"), self.viewer.t("verbs.go_sign")
        about, drawing = self.pane.title(), "edit" if self.verb == "fix" else "next"
        self.first = VerbDialog(
            self.viewer,
            title,
            go,
            draw,
            self._entered,
            self._then,
            missing=missing,
            about=about,
            icon_of=drawing,
            wide=wide,
        )

    async def _entered(self, entered: Entered, act_id: str) -> Any:
        raise AssertionError("each verb signs its own")

    async def _then(self, _: Any) -> None:
        """The first dialog closes with the second."""

    def sign(self, records: list[SignRecord], act: SignedAct, *, reason_required: bool) -> Unfinished:
        """The second dialog; the first stays under it with all that was typed."""

        async def on_sign(entered: Credentials) -> SignProblem | None:
            await current().recheck()
            try:
                done = await act(_proof(entered), entered.act_id)
            except GspError as fault:
                return SignProblem(fault_words(fault, self.viewer))
            self.first.dialog.close()
            await self.pane.acted(done, self.t("done"), leaves=True)
            return None

        request = self._request(records, reason_required)
        with ui.context.client.content:
            dialog = SignDialog(request, guarded(on_sign), self.viewer.lang)
        dialog.open()
        return Unfinished("")

    def _request(self, records: list[SignRecord], reason_required: bool) -> SignRequest:
        viewer = self.viewer
        held = [role for role in viewer.account.roles if role in self.task["roles"]] or list(viewer.account.roles[:1])
        return SignRequest(
            what=self.t("title"),
            meaning=choose(roles.MEANINGS[QUALITY_RULES], viewer.lang),
            sentence=viewer.t(f"task.meaning.{QUALITY_RULES}"),
            records=records,
            signer=viewer.account.name_in(viewer.lang),
            post="、".join(role_name(role, viewer.lang) for role in held),
            number=viewer.account.number,
            server_time=self.pane.clock.now(),
            subtitle=self.pane.title(),
            reason_required=reason_required,
        )


class Fixing(_Signed):
    """更正数据: fields of the case's data with their right values, then the step is tried again."""

    verb = "fix"

    async def open(self) -> None:
        """Show the form over the data as they stand."""
        self.before: JsonObject = self.task["more"]["fixable"]["data"]
        self.ask(self._draw, self._missing, wide=True)

    def _draw(self) -> None:
        fixable = self.task["more"]["fixable"]
        form: JsonObject = {
            "schema": fixable["schema"],
            "ui": {**fixable["ui"], "title": {self.viewer.lang: self.t("data")}},
        }
        context = FormContext(zone=str(self.pane.around["zone"]))
        Text("p", self.t("note"), "muted")
        self.form = FormView(form, dict(self.before), self.viewer.lang, context=context)

    def _changed(self) -> JsonObject:
        return {name: value for name, value in self.form.values.items() if value != self.before.get(name)}

    def _missing(self, _: Entered) -> str:
        if not self._changed():
            return self.t("unchanged")
        wrong = [one for one in self.form.check_all() if one.pointer.split("/")[1] in self._changed()]
        return self.t("wrong", n=len(wrong)) if wrong else ""

    async def _entered(self, entered: Entered, act_id: str) -> Any:
        fields = self._changed()
        sha = acts.values_sha({"fields": fields})
        records = [self._record(name, fields[name], sha) for name in fields]

        async def act(proof: Proof, key: str) -> Any:
            office, actor = office_of(self.viewer), self.viewer.actor
            return await incidents.fix(office, actor, self.task["id"], fields, proof.reason, proof, key)

        return self.sign(records, act, reason_required=True)

    def _record(self, name: str, value: Any, sha: str) -> SignRecord:
        one = self.form.form.field(f"/{name}")
        assert one is not None, "the form draws what it corrects"
        zone, lang = str(self.pane.around["zone"]), self.viewer.lang
        old = said(one, self.before.get(name), lang, zone) or "—"
        return SignRecord(
            choose(one.label, lang), said(one, value, lang, zone), _short(sha), "", self.t("was", value=old)
        )


class Skipping(_Signed):
    """按偏差跳过: the case goes on without the step; what was deviated from stands under the signature."""

    verb = "skip"

    async def open(self) -> None:
        """Ask for the deviation and what the step shall count as."""
        self.outcomes: list[str] = [str(one) for one in self.task["more"]["skips_to"]]
        self.ask(self._draw, self._missing)

    def _draw(self) -> None:
        Text("p", self.t("note"), "muted")
        text_area("deviation", self.t("deviation"), required=True, first=True)
        if len(self.outcomes) > 1:
            ways = [(key, self._word(key), "") for key in self.outcomes]
            choice("outcome", self.t("outcome"), ways, self.outcomes[0])

    def _word(self, key: str) -> str:
        known = f"verbs.outcome.{key}"
        return self.viewer.t(known) if known in catalogue() else key

    def _missing(self, entered: Entered) -> str:
        return "" if entered.get("deviation") else self.t("deviation_missing")

    async def _entered(self, entered: Entered, act_id: str) -> Any:
        outcome, deviation = entered.get("outcome", self.outcomes[0]), entered["deviation"]
        sha = acts.values_sha({"deviation": deviation, "outcome": outcome})

        async def act(proof: Proof, key: str) -> Any:
            office, actor = office_of(self.viewer), self.viewer.actor
            return await incidents.skip(office, actor, self.task["id"], deviation, proof, outcome, None, key)

        conclusion = self.t("as", outcome=self._word(outcome))
        return self.sign(
            [SignRecord(self.pane.title(), conclusion, _short(sha), "", deviation)], act, reason_required=False
        )


def _short(sha: str) -> str:
    return f"{sha[:8]}…{sha[-2:]}"


def _proof(entered: Credentials) -> Proof:
    return Proof(
        meaning=QUALITY_RULES,
        password=entered.password or None,
        badge=entered.badge or None,
        pin=entered.pin or None,
        reason=entered.reason or None,
    )
