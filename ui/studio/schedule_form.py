"""The dialog in which a periodic SOP is made or changed: how often, by which words, with which start values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nicegui import ui

from domain.canonical import CanonicalError, dumps, loads
from domain.json_types import JsonObject
from domain.periods import EVERY
from services import schedules
from ui.admin.ask import Ask, Entered, Field
from ui.texts import choose

if TYPE_CHECKING:
    from ui.studio.schedules import Schedules

OF_EVERY = {
    "day": ("working_days",),
    "week": ("weekday",),
    "month": ("day", "days_before"),
    "quarter": ("month", "day", "days_before"),
    "year": ("month", "day", "days_before"),
}


def ask_schedule(page: Schedules, one: Any) -> None:
    """Open the dialog; ``one`` is a schedule that exists, or ``{process, site, title}`` of a new one."""
    found = next((each for each in page.known if each["name"] == one["process"]), None)
    given: list[Any] = found["fields"] if found else []
    is_new = "key" not in one

    async def send(entered: Entered) -> None:
        key = entered["key"] if is_new else str(one["key"])
        await schedules.save(page.office, page.actor, key, _wish(one, given, entered))
        ui.navigate.to(f"/schedules?show={key}")

    fields = [*_words(page, one, is_new), *_rhythm(page, one), *_rest(page, one), *_start(page, one, given)]
    fields.append(Field("reason", page.t("schedules.reason"), required=True))
    title = page.t("schedules.new" if is_new else "schedules.change")
    note = f"{choose(found['title'], page.lang) if found else one['process']}。{page.t('schedules.words_note')}"
    Ask(page.viewer, title, page.t("schedules.save"), fields, send, note=note)


def _words(page: Schedules, one: Any, is_new: bool) -> list[Field]:
    t, title = page.t, one["title"]
    fields = [Field("key", t("schedules.key"), required=True, help=t("schedules.key_help"))] if is_new else []
    return [
        *fields,
        Field("title_zh", t("schedules.title_zh"), str(title["zh"]), required=True),
        Field("title_en", t("schedules.title_en"), str(title["en"]), required=True),
    ]


def _rhythm(page: Schedules, one: Any) -> list[Field]:
    t, given = page.t, one.get("rhythm") or {"every": "month", "at": "08:00"}
    weekdays = [(str(number), t(f"admin.calendar.day_{number - 1}")) for number in range(1, 8)]
    which = [("false", t("schedules.all_days")), ("true", t("schedules.working_days"))]
    return [
        Field("every", t("schedules.every"), given["every"], options=[(each, t(f"schedules.{each}")) for each in EVERY]),
        Field("at", t("schedules.at"), str(given["at"]), kind="time", required=True),
        Field("working_days", t("schedules.which_days"), str(bool(given.get("working_days"))).lower(), options=which),
        Field("weekday", t("schedules.weekday"), str(given.get("weekday", 1)), options=weekdays),
        Field("month", t("schedules.month_of"), str(given.get("month", 1)), kind="number", help=t("schedules.month_help")),
        Field("day", t("schedules.day_of"), str(given.get("day", 1)), kind="number", help=t("schedules.day_help")),
        Field(
            "days_before", t("schedules.days_before"), str(given.get("days_before", 0)), kind="number",
            help=t("schedules.before_help"),
        ),
    ]  # fmt: skip


def _rest(page: Schedules, one: Any) -> list[Field]:
    t = page.t
    overlaps = [(each, t(f"schedules.overlap_{each}")) for each in schedules.OVERLAPS]
    return [
        Field("owner", t("schedules.owner"), str(one.get("owner") or page.actor.id), help=t("schedules.owner_help")),
        Field("overlap", t("schedules.overlap"), str(one.get("overlap") or "start"), options=overlaps),
        Field("catch_up_days", t("schedules.catch_up"), str(one.get("catch_up_days") or 31), kind="number"),
        Field("versions", t("schedules.versions"), str(one.get("versions") or "*"), help=t("schedules.versions_help")),
    ]


def _start(page: Schedules, one: Any, given: list[Any]) -> list[Field]:
    """One box for each field of the start form; what is no single value is written as JSON."""
    known: Any = one.get("start") or {}
    return [_box(page, field, known.get(field["name"]), first=number == 0) for number, field in enumerate(given)]


def _box(page: Schedules, field: Any, value: Any, *, first: bool) -> Field:
    helps = [page.t("schedules.start_help")] if first else []
    helps += [page.t("schedules.json_help")] if field["type"] in ("array", "object") else []
    options = [("", "—"), *((str(each), choose(words, page.lang)) for each, words in field["values"])]
    return Field(
        f"start.{field['name']}", choose(field["label"], page.lang), _said(value), help=" ".join(helps),
        options=options if field["values"] else (), required=field["required"],
    )  # fmt: skip


def _said(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else dumps(value)


def _wish(one: Any, given: list[Any], entered: Entered) -> schedules.Wish:
    rhythm: JsonObject = {"every": entered["every"], "at": entered["at"][:5]}
    for name in OF_EVERY.get(entered["every"], ()):
        rhythm[name] = entered[name] == "true" if name == "working_days" else _whole(entered[name])
    texts = [(field, entered.get(f"start.{field['name']}", "")) for field in given]
    return schedules.Wish(
        process=str(one["process"]),
        site=str(one["site"]),
        title={"zh": entered["title_zh"], "en": entered["title_en"]},
        rhythm=rhythm,
        start={field["name"]: _value(field["type"], text) for field, text in texts if text},
        reason=entered["reason"],
        versions=entered["versions"] or "*",
        overlap=entered["overlap"],
        owner=entered["owner"] or None,
        catch_up_days=_whole(entered["catch_up_days"]),
    )


def _whole(text: str) -> int:
    """A whole number as typed; what is none is out of every bound, so that the service says which word is wrong."""
    return int(text) if re.fullmatch(r"-?\d{1,6}", text) else -1


def _value(kind: str, text: str) -> Any:
    """A start value as typed: by the type of its field; words in braces stay as they are."""
    if kind == "string" or text.startswith("{") and text.endswith("}") and '"' not in text:
        return text
    try:
        return loads(text)
    except CanonicalError:  # the start form says, on record, what is wrong with it
        return text
