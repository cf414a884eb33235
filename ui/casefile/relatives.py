"""The cases around a case: the one that started it, and those that its steps have started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ui.audit.tell import Teller
from ui.components.chips import state_chip
from ui.elements import Text, box, link
from ui.guard import Viewer
from ui.texts import choose


def has_relatives(case: Mapping[str, Any]) -> bool:
    """Whether there is anything to show."""
    return bool(case["parent"] or case["children"])


def relatives(viewer: Viewer, teller: Teller, case: Mapping[str, Any]) -> None:
    """Links to the parent first, then to the sub-processes in the order of the steps."""
    with box("tasklist", "ul"):
        if case["parent"]:
            _one(viewer, case["parent"], viewer.t("cases.relatives.parent"))
        for child in case["children"]:
            step = teller.step(str(child["path"]))
            key = "cases.relatives.detached" if child["detached"] else "cases.relatives.child"
            _one(viewer, child, viewer.t(key, step=f"{teller.item(str(child['path']))} {step}".strip()))


def _one(viewer: Viewer, one: Mapping[str, Any], words: str) -> None:
    title = choose(one["title"], viewer.lang)
    name = " ".join(str(part) for part in (title, one["business_key"]) if part) or str(one["id"])
    with box(tag="li"):
        link(name, f"/cases/{one['id']}", "fx tap", icon_of="cases")
        if one["state"]:
            state_chip(str(one["state"]), viewer.lang)
        Text("span", words, "small")
