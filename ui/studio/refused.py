"""A refusal of `services` as the red panel of the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui.element import Element

from domain.errors import RefusedError
from ui.components.chips import role_name
from ui.components.panels import Mover, Refused, Way, refusal_panel
from ui.guard import Viewer


def show_refusal(into: Element, error: RefusedError, viewer: Viewer, title: str, ways: tuple[Way, ...] = ()) -> None:
    """Draw the refusal on top of a page; earlier ones go."""
    into.clear()
    refusal, lang = error.refusal, viewer.lang
    with into:
        refusal_panel(
            Refused(
                title,
                refusal.message.said_in(lang),
                rule=(refusal.rule or "") if (refusal.rule or "").startswith("RULE") else "",
                articles=tuple(article.removeprefix("GSP-") for article in refusal.articles),
                who_can=[Mover(role_name(role, lang)) for role in refusal.who_can],
                ways=ways,
                refusal_id=error.refusal_id or "",
                faults=[fault.message.said_in(lang) for fault in refusal.faults],
            ),
            lang,
        )


def refused_by(into: Element, viewer: Viewer, title: str, act: Callable[[], Any]) -> Callable[[], Any]:
    """``act`` as a handler that shows its refusal instead of failing."""

    async def handler() -> None:
        try:
            await act()
        except RefusedError as error:
            show_refusal(into, error, viewer, title)

    return handler
