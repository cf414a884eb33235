"""A searched list by cursor: filters as a plain form, so that an address says what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ui.audit.filters import address
from ui.components.panels import empty
from ui.components.tables import Column, data_table
from ui.elements import Text, attrs, box, button, link
from ui.guard import Viewer

PAGE_SIZE = 25


@dataclass(frozen=True)
class Choice:
    """A filter with a few values and their words."""

    name: str
    options: Sequence[tuple[str, str]]


def search_form(viewer: Viewer, path: str, filters: dict[str, str], choices: Sequence[Choice]) -> None:
    """One field to type or scan into, a few choices, one button."""
    form = box("card pad filters", "form")
    with attrs(form, method="get", action=path, role="search", aria_label=viewer.t("master.search")), box("fgroup"):
        with box("field grow"):
            caption = Text("label", viewer.t("master.search_hint"))
            value = filters.get("q", "")
            control = attrs(
                box("box", "input"), type="search", name="q", value=value, maxlength=100, autofocus=not value
            )
            attrs(control, id=control.html_id, autocomplete="off", data_testid="master.q")
            attrs(caption, for_=control.html_id)
        for choice in choices:
            _select(viewer, choice, filters.get(choice.name, ""))
        with box("fx go-row"):
            button(viewer.t("master.find"), icon_of="search", submit=True, kind="primary", mark="master.find")
            if any(name != "cursor" for name in filters):
                link(viewer.t("master.clear"), path, "btn ghost")


def _select(viewer: Viewer, choice: Choice, chosen: str) -> None:
    with box("field"):
        caption = Text("label", viewer.t(f"master.filter.{choice.name}"))
        with attrs(box("box", "select"), name=choice.name) as control:
            attrs(Text("option", viewer.t("master.any")), value="")
            for key, words in choice.options:
                attrs(Text("option", words), value=key, selected=True if key == chosen else None)
        attrs(control, id=control.html_id)
        attrs(caption, for_=control.html_id)


def listed(
    viewer: Viewer, path: str, filters: dict[str, str], columns: Sequence[Column[Any]], page: Any, label: str
) -> None:
    """The rows and the way to the next page."""
    if not page["items"]:
        with box("card"):
            empty(viewer.t("master.none"), viewer.t("master.none_body"), icon_of="search")
        return
    data_table(columns, page["items"], viewer.lang, label=label)
    with box("fx pager"):
        if filters.get("cursor"):
            link(viewer.t("master.first"), address(path, filters, cursor=None), "btn", icon_of="first")
        if page["next"]:
            attrs(
                link(viewer.t("master.next"), address(path, filters, cursor=page["next"]), "btn", icon_of="next"),
                rel="next",
            )
