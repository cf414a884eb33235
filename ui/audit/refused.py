"""A page that somebody may not open: the refusal in the page's frame, with who could and where it is recorded."""

from __future__ import annotations

from domain.errors import RefusedError
from ui.components.chips import role_name
from ui.components.panels import Mover, Refused, refusal_panel
from ui.elements import box, link
from ui.frame import frame, page_head
from ui.guard import Viewer


def refused_page(viewer: Viewer, place: str, refused: RefusedError) -> None:
    """Draw the frame with the refusal in it."""
    with frame(viewer, place) as work, work:
        with page_head(viewer.t(viewer.ctx.titles[viewer.path])):
            link(viewer.t("common.verbs.go_inbox"), "/", "btn", icon_of="inbox")
        with box("pbody"):
            panel(viewer, refused)


def panel(viewer: Viewer, refused: RefusedError) -> None:
    """The red panel for a refusal of `services`."""
    refusal, lang = refused.refusal, viewer.lang
    shown = Refused(
        title=viewer.t("audit.refused.title" if refusal.status != 404 else "audit.refused.not_found"),
        why=refusal.message.said_in(lang),
        rule=refusal.rule or "",
        articles=refusal.articles,
        who_can=[Mover(role_name(role, lang)) for role in refusal.who_can],
        refusal_id=str(refused.refusal_id or ""),
        by=viewer.account.name_in(lang),
        faults=[fault.message.said_in(lang) for fault in refusal.faults],
    )
    refusal_panel(shown, lang)
