"""离职转办: everything that a person has in hand goes to somebody else; what stays says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.errors import RefusedError
from services import handovers
from ui.admin.ask import Ask, Entered, Field
from ui.components.actions import toast
from ui.guard import Viewer
from ui.texts import choose


def why_not(viewer: Viewer) -> str | None:
    """Why the viewer hands over nobody's tasks; a superior is let through by ``services``."""
    may = set(viewer.account.roles) & (handovers.HANDS_OVER | {"department_manager"})
    return None if may else viewer.t("admin.leaving.only_heads")


async def ask_to_hand_over(viewer: Viewer, username: str, people: Mapping[str, Any]) -> None:
    """Say what is in hand, ask for the other person and the reason, hand over, say what became of it."""
    office: Any = viewer.ctx.office
    try:
        held: Any = await handovers.preview(office, viewer.actor, username)
    except RefusedError as refused:
        toast(refused.refusal.message.said_in(viewer.lang), tone="bad", lang=viewer.lang)
        return
    if not held["tasks"]:
        toast(viewer.t("admin.leaving.nothing"), tone="good", lang=viewer.lang)
        return
    names = [("", "—")] + [
        (key, choose({"zh": one["name"], "en": one["name_en"] or one["name"]}, viewer.lang))
        for key, one in people.items()
        if key != username and not one["disabled"]
    ]

    async def send(entered: Entered) -> None:
        done = await handovers.hand_over(office, viewer.actor, username, entered["to"], entered["reason"])
        _say(viewer, done)

    title = viewer.t("admin.leaving.title")
    fields = [
        Field("to", viewer.t("admin.leaving.to"), required=True, options=names),
        Field("reason", viewer.t("admin.reason"), required=True, help=viewer.t("admin.reason_help")),
    ]
    Ask(viewer, title, title, fields, send, note=viewer.t("admin.leaving.note", n=len(held["tasks"])))


def _say(viewer: Viewer, done: list[Any]) -> None:
    stays = [one["problem"]["message"][viewer.lang] for one in done if one.get("problem")]
    words = viewer.t("admin.leaving.done", n=len(done) - len(stays))
    if stays:
        words += " " + viewer.t("admin.leaving.stays", n=len(stays), why=" ".join(dict.fromkeys(stays)))
    toast(words, tone="bad" if stays else "good", lang=viewer.lang)
