"""The file of one person as a page shows it: what the law asks of the posts and whether it is met, and every record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ui.components.chips import chip, role_name
from ui.components.panels import note
from ui.elements import Text, attrs, box, button, icon, link
from ui.guard import Viewer
from ui.texts import choose

TONES: dict[str, Any] = {
    "valid": ("green", "passed"),
    "later": ("blue", "due"),
    "soon": ("yellow", "due"),
    "expired": ("red", "late"),
    "not_good": ("red", "failed"),
    "replaced": ("grey", "superseded"),
    "withdrawn": ("grey", "cancelled"),
}


def draw_needs(viewer: Viewer, needs: list[Any]) -> None:
    """What the law asks of the person's posts, met or not."""
    with box("card pad stack", "section"):
        Text("h3", viewer.t("admin.staff.needs"))
        if not needs:
            Text("p", viewer.t("admin.staff.no_needs"), "muted")
        with box("rows", "ul"):
            for one in needs:
                _need(viewer, one)


def _need(viewer: Viewer, one: Any) -> None:
    lang = viewer.lang
    with attrs(box("", "li"), data_testid=f"need.{one['key']}"):
        icon("passed" if one["met"] else "failed", "okc" if one["met"] else "badc")
        with box("stack gap0 grow", "span"):
            Text("span", choose(one["title"], lang), "strong")
            posts = ("、" if lang == "zh" else ", ").join(role_name(post, lang) for post in one["posts"])
            articles = " ".join(clause.removeprefix("GSP-") for clause in one["basis"])
            Text("span", viewer.t("admin.staff.asked_of", posts=posts, articles=articles), "small")
        if one["met"]:
            Text("span", until_words(viewer, one["valid_until"]), "small")
        else:
            Text("span", choose(one["why"], lang), "small badc")


def until_words(viewer: Viewer, day: Any) -> str:
    """`to 2026-12-31`, or that there is no end."""
    if not day or str(day).startswith("9999"):
        return viewer.t("admin.staff.no_end")
    return viewer.t("admin.staff.until", day=day)


def draw_records(viewer: Viewer, records: list[Any], may_withdraw: Callable[[str], bool], on_withdraw: Any) -> None:
    """Every record, the newest first; `may_withdraw` says for which kinds the reader keeps the file."""
    with box("card pad stack", "section"):
        Text("h3", viewer.t("admin.staff.records", n=len(records)))
        if not records:
            note(viewer.t("admin.staff.no_records"))
        with box("rows", "ul"):
            for one in records:
                _record(viewer, one, may_withdraw, on_withdraw)


def _record(viewer: Viewer, one: Any, may_withdraw: Callable[[str], bool], on_withdraw: Any) -> None:
    gone = one["state"] == "withdrawn"
    with attrs(box("ended" if gone else "", "li"), data_testid=f"record.{one['id']}"):
        with box("stack gap0 grow", "span"):
            Text("span", _title(viewer, one), "strong")
            Text("span", _about(viewer, one), "small")
        state_chip_of(viewer, one)
        if one["file_sha256"]:
            link(viewer.t("admin.staff.file"), f"/api/v1/attachments/{one['file_sha256']}", "btn low", icon_of="attach")
        if not gone and may_withdraw(one["kind"]):
            button(viewer.t("admin.staff.withdraw"), lambda: on_withdraw(one), small=True, kind="danger")


def state_chip_of(viewer: Viewer, one: Any) -> None:
    """Whether a record counts, and for how long."""
    tone, drawing = TONES[one["state"]]
    chip(viewer.t(f"admin.staff.state.{one['state']}", n=abs(one["days_left"] or 0)), tone, icon_of=drawing)


def title_of(viewer: Viewer, one: Any, kinds: dict[str, Any]) -> str:
    """Kind and subject of a record."""
    kind = choose(kinds[one["kind"]]["title"], viewer.lang) if one["kind"] in kinds else str(one["kind"])
    return f"{kind}：{_title(viewer, one)}" if viewer.lang == "zh" else f"{kind}: {_title(viewer, one)}"


def _title(viewer: Viewer, one: Any) -> str:
    parts = [choose(one["subjects"], viewer.lang) or str(one["subject"])]
    parts += [choose(one[name], viewer.lang) for name in ("levels", "results") if one[name]]
    return " · ".join(part for part in parts if part)


def _about(viewer: Viewer, one: Any) -> str:
    words = [one["text"], one["number"], viewer.t("admin.staff.score", n=one["score"]) if one["score"] else ""]
    words += [str(one["on_date"]), until_words(viewer, one["valid_until"])]
    words += [viewer.t("admin.staff.entered", who=one["entered_by"])]
    if one["withdrawn_by"]:
        words += [viewer.t("admin.staff.withdrawn", who=one["withdrawn_by"], why=one["withdrawn_reason"])]
    return " · ".join(str(word) for word in words if word)
