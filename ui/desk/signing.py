"""From a task to the sign dialog and back: what is signed, by whom, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nicegui import ui

from domain import roles
from domain.errors import GspError, RefusedError
from forms.model import load_form
from services import tasks
from services.actor import Proof
from ui.components.chips import role_name
from ui.components.sign import Credentials, SignDialog, SignProblem, SignRecord, SignRequest
from ui.desk import office_of
from ui.desk.clock import Clock
from ui.forms import FormView
from ui.forms.values import said
from ui.guard import Viewer, acting, current
from ui.texts import catalogue, choose

if TYPE_CHECKING:
    from ui.desk.pane import TaskPane

#: Outcomes that end well: no reason has to be given for them.
GOOD = frozenset({"pass", "approved", "accepted", "done"})


def sign_request(
    viewer: Viewer, clock: Clock, signed: list[tuple[Any, str, Any]], form: FormView | None = None
) -> SignRequest:
    """What the dialog shows for ``(task, outcome, preview)`` of one kind of task."""
    task, outcome, _ = signed[0]
    lang, meaning = viewer.lang, str(task["sign"]["meaning"])
    held = [role for role in task["roles"] if role in viewer.account.roles] or list(viewer.account.roles[:1])
    sentence = f"task.meaning.{meaning}"
    return SignRequest(
        what=choose(task["title"], lang) if len(signed) == 1 else viewer.t("task.several", n=len(signed)),
        meaning=choose(roles.MEANINGS[meaning], lang),
        sentence=viewer.t(sentence if sentence in catalogue() else "task.meaning.any"),
        records=[_record(viewer, clock, *one) for one in signed],
        signer=viewer.account.name_in(lang),
        post="、".join(role_name(role, lang) for role in held),
        number=viewer.account.number,
        server_time=clock.now(),
        subtitle=" · ".join(
            part for part in (task["business_key"], f"{choose(task['case_title'], lang)} {task['version']}") if part
        ),
        reason_required=outcome not in GOOD and outcome != _first(task),
        reauthenticate=bool(task["sign"]["reauth"]),
    )


def _first(task: Any) -> str:
    return str(task["outcomes"][0]["key"])


def _record(viewer: Viewer, clock: Clock, task: Any, outcome: str, shown: Any) -> SignRecord:
    lang, chips = viewer.lang, task["chips"]
    title = next((choose(one["title"], lang) for one in task["outcomes"] if one["key"] == outcome), outcome)
    which = " · ".join(
        viewer.t(f"task.chip.{key}", value=chips[name])
        for key, name in (("serial", "serial_no"), ("lot", "lot_no"), ("note", "delivery_note_no"))
        if chips.get(name)
    )
    return SignRecord(
        subject=str(chips.get("product_name") or choose(task["title"], lang)),
        conclusion=title,
        hash_prefix=f"{shown['sha256'][:8]}…{shown['sha256'][-2:]}",
        subject_note=which,
        conclusion_note=conclusion(viewer, clock, task, shown["values"]),
    )


def conclusion(viewer: Viewer, clock: Clock, task: Any, values: Any) -> str:
    """The entered choices and numbers in one line."""
    if task["form"] is None:
        return ""
    form = load_form({"schema": task["form"], "ui": task["ui"] or {}})
    told: list[str] = []
    for one in form.fields:
        value = values.get(one.name)
        if one.read_only or value is None or isinstance(value, dict):
            continue
        if one.enum or one.type in ("integer", "number") or isinstance(value, list):
            told.append(f"{choose(one.label, viewer.lang)} {said(one, value, viewer.lang, str(clock.zone))}")
    return " · ".join(told[:6])


def proof_of(task: Any, entered: Credentials) -> Proof:
    """What ``services`` check: the meaning with the password, or the badge with its PIN."""
    return Proof(
        meaning=str(task["sign"]["meaning"]),
        password=entered.password or None,
        badge=entered.badge or None,
        pin=entered.pin or None,
        reason=entered.reason or None,
    )


def sign_with(pane: TaskPane, request: SignRequest, given: tasks.Completion) -> None:
    """Open the dialog for one task; what is refused comes back into the pane, a wrong password stays in the dialog."""
    viewer = pane.viewer

    async def on_sign(entered: Credentials) -> SignProblem | None:
        await current().recheck()
        signed = replace(given, proof=proof_of(pane.task, entered))
        try:
            done = await tasks.complete(office_of(viewer), viewer.actor, pane.task["id"], signed, entered.act_id)
        except RefusedError as fault:
            if fault.refusal.status == 401:
                return SignProblem(fault.refusal.message.said_in(viewer.lang))
            pane.refused(fault, str(given.outcome))
            return None
        except GspError as fault:
            return SignProblem(fault.text.said_in(viewer.lang))
        await pane.finished(done)
        return None

    # Not in the pane: it is drawn anew while the dialog still closes.
    with ui.context.client.content:
        dialog = SignDialog(request, guarded(on_sign), viewer.lang)
    dialog.open()


def guarded(on_sign: Any) -> Any:
    """The handler of a dialog under the same guard as every other: a lost session shows the way back to login."""

    async def run(entered: Credentials) -> SignProblem | None:
        answers: list[SignProblem | None] = []

        async def call() -> None:
            answers.append(await on_sign(entered))

        await acting(call)()
        return answers[0] if answers else None

    return run
