"""The link that takes a list as an Excel sheet, with the filters that are set."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from nicegui.element import Element

from ui.elements import attrs, link
from ui.guard import Viewer


def excel_link(viewer: Viewer, kind: str, filters: Mapping[str, object] | None = None) -> Element:
    """The button of a list; `kind` is a key of `services.list_sheets.LISTS`."""
    query = {name: value for name, value in (filters or {}).items() if value not in (None, "") and name != "cursor"}
    href = f"/api/v1/lists/{kind}.xlsx?{urlencode({**query, 'lang': viewer.lang})}"
    return attrs(
        link(viewer.t("registers.list_excel"), href, "btn", icon_of="download"),
        download="",
        data_testid=f"excel.{kind}",
    )


def pack_link(viewer: Viewer, subject: str, code: str) -> Element:
    """The button that makes the pack of papers of a product or partner."""
    href = f"/api/v1/{subject}s/{quote(code, safe='')}/pack.pdf?lang={viewer.lang}"
    made = link(viewer.t("registers.pack"), href, "btn", icon_of="file")
    return attrs(made, target="_blank", data_testid="pack")
