"""Several tasks of one kind under one proof of identity: each is checked alone and gets its own signature."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from domain.errors import GspError
from services import drafts, several, tasks
from ui.components.sign import Credentials, SignDialog, SignProblem, new_act_id
from ui.desk import office_of
from ui.desk.clock import Clock
from ui.desk.signing import guarded, proof_of, sign_request
from ui.guard import Viewer, acting
from ui.texts import choose


async def sign_several(
    viewer: Viewer, clock: Clock, ids: list[str], on_signed: Callable[[list[str]], Awaitable[Any]]
) -> str | None:
    """Open the dialog for the drafts of these tasks with their first outcome; why not, in words, or ``None``."""
    office, actor, lang = office_of(viewer), viewer.actor, viewer.lang
    ready: list[tuple[Any, str, Any, Any]] = []
    for task_id in ids:
        task: Any = await tasks.detail(office, actor, task_id)
        title = choose(task["title"], lang)
        if "complete" not in task["allow"] or task["sign"] is None or task["external_signature"]:
            return viewer.t("inbox.bulk.not_possible", title=title)
        if ready and (task["definition"], task["step"]) != (ready[0][0]["definition"], ready[0][0]["step"]):
            return viewer.t("inbox.bulk.one_kind")
        kept: Any = await drafts.of_task(office, actor, task_id)
        data = kept["data"] if kept else {}
        shown: Any = await tasks.preview(office, actor, task_id, data)
        if shown["errors"] or not kept:
            return viewer.t("inbox.bulk.incomplete", title=title)
        ready.append((task, str(task["outcomes"][0]["key"]), shown, data))
    _open(viewer, clock, ready, on_signed)
    return None


def _open(viewer: Viewer, clock: Clock, ready: list[Any], on_signed: Callable[[list[str]], Awaitable[Any]]) -> None:
    act_ids = {task["id"]: new_act_id() for task, *_ in ready}
    done: list[str] = []

    async def on_sign(entered: Credentials) -> SignProblem | None:
        left = [one for one in ready if one[0]["id"] not in done]
        items: list[Any] = [
            (task["id"], tasks.Completion(data, outcome), act_ids[task["id"]]) for task, outcome, _, data in left
        ]
        try:
            results: Any = await several.complete_bulk(
                office_of(viewer), viewer.actor, items, proof_of(ready[0][0], entered)
            )
        except GspError as fault:
            return SignProblem(fault.text.said_in(viewer.lang))
        done.extend(one["id"] for one in results if "problem" not in one)
        faults = {one["id"]: choose(one["problem"]["message"], viewer.lang) for one in results if "problem" in one}
        if faults:
            lines = {n: faults[task["id"]] for n, (task, *_) in enumerate(ready) if task["id"] in faults}
            return SignProblem(viewer.t("inbox.bulk.partly", done=len(done), left=len(faults)), lines)
        await on_signed(done)
        return None

    async def hidden() -> None:
        if done and len(done) < len(ready):
            await on_signed(done)

    request = sign_request(viewer, clock, [(task, outcome, shown) for task, outcome, shown, _ in ready])
    with ui.context.client.content:
        dialog = SignDialog(request, guarded(on_sign), viewer.lang, acting(hidden))
    dialog.open()
