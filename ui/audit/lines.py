"""The items that a case walks one by one: where each stands, what happened to it, and the way to the next exception."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from ui.audit.tell import BAD, TOLD_SHORT, Teller, item_key, item_name
from ui.casefile.superseded import by_whom
from ui.components.chips import chip
from ui.components.progress import Moment, timeline
from ui.elements import Text, attrs, box, button, icon
from ui.texts import t

OPEN = ("open", "incident", "settling", "compensating")


def lines_part(
    teller: Teller, case: Mapping[str, Any], records: Sequence[Any], gone: Mapping[str, Any] | None = None
) -> None:
    """Draw the part, one fold a line; nothing when the case has no list to walk."""
    keys = dict.fromkeys(key for one in case["steps"] if (key := item_key(str(one["path"]))))
    if not keys:
        return
    named = {str(item.get("line_no")): item_name(item) for item in _items(case["data"])}
    part = attrs(box("card cpart", "section"), data_testid="case.lines")
    with part:
        with box("phd"):
            heading = Text("h2", t("cases.lines.title", teller.lang))
            attrs(part, aria_labelledby=attrs(heading, id=heading.html_id).html_id)
            box("push-r")
            exceptions = [key for key in keys if _is_exception(rows_of(case, key))]
            _next_button(teller, part.id, bool(exceptions))
        for key in keys:
            rows = rows_of(case, key)
            _line(
                teller,
                key,
                named.get(key, ""),
                rows,
                [one for one in records if item_key(str(one.get("path") or "")) == key],
                gone or {},
            )


def rows_of(case: Mapping[str, Any], key: str) -> list[Any]:
    """The step instances of one item."""
    return [one for one in case["steps"] if item_key(str(one["path"])) == key]


def _items(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [item for value in data.values() if isinstance(value, list) for item in value if isinstance(item, Mapping)]


def _is_exception(rows: Sequence[Any]) -> bool:
    """An incident, or a conclusion other than the good one, still open or not."""
    return any(row["state"] == "incident" or (row["state"] == "done" and row["outcome"] in BAD) for row in rows)


def _next_button(teller: Teller, part: int, any_: bool) -> None:
    # Walks in the browser: opens the next marked line and puts the focus on it. Only our own element id goes in.
    script = (
        f"(() => {{ const all = [...getHtmlElement({part}).querySelectorAll('details.exc')];"
        " const at = all.findIndex((one) => one.contains(document.activeElement));"
        " const to = all[(at + 1) % all.length]; to.open = true;"
        " const s = to.querySelector('summary'); s.focus(); s.scrollIntoView({block: 'center'}); })()"
    )
    element = button(
        t("cases.lines.next", teller.lang),
        icon_of="warning",
        small=True,
        off_because=None if any_ else t("cases.lines.none", teller.lang),
        mark="lines.next",
    )
    if any_:
        element.on("click", lambda: ui.run_javascript(script), js_handler="() => emit()")
        # The press takes the focus away from the line it starts from.
        element.on("mousedown", js_handler="(e) => e.preventDefault()")


def _line(
    teller: Teller, key: str, name: str, rows: Sequence[Any], records: Sequence[Any], gone: Mapping[str, Any]
) -> None:
    exception = _is_exception(rows)
    here = [row for row in rows if row["state"] in OPEN and row["kind"] not in ("foreach", "parallel")]
    with attrs(box("cline" + (" exc" if exception else ""), "details"), data_testid=f"line.{key}") as fold:
        attrs(fold, open=True if exception and here else None)
        with box(tag="summary"):
            icon("next", "s turn")
            Text("b", t("audit.item", teller.lang, no=key), "strong nowrap")
            Text("span", name, "grow")
            if here:
                Text(
                    "span",
                    t("cases.lines.at", teller.lang, step=teller.step(here[0]["path"], here[0]["step"])),
                    "small clip",
                )
            if exception:
                chip(
                    t("cases.lines.exception", teller.lang),
                    "red" if any(r["state"] == "incident" for r in rows) else "yellow",
                    icon_of="warning",
                )
            chip(
                t(f"cases.lines.{'going' if here else 'finished'}", teller.lang),
                "blue" if here else "green",
                icon_of="running" if here else "passed",
            )
        told = [one for one in records if one["action"] in TOLD_SHORT or _says_something(one)]
        timeline(moments_of(teller, told, (), gone))


def _says_something(record: Mapping[str, Any]) -> bool:
    return record["action"] == "decided" and record.get("outcome") in BAD | {"pass"}


def moments_of(
    teller: Teller, records: Sequence[Any], refusals: Sequence[Any], gone: Mapping[str, Any] | None = None
) -> list[Moment]:
    """Records and refusals as one time line, oldest first; ``gone``: path → the record that went back over it."""
    told = [(str(one["at"]), _moment(teller, one, gone or {})) for one in records]
    for one in refusals:
        words = t("cases.happened.refused", teller.lang, who=teller.person(one["actor"]), rule=str(one["rule"] or ""))
        why = (one["reason"] or {}).get(teller.lang, "") if isinstance(one["reason"], Mapping) else ""
        told.append(
            (str(one["at"]), Moment(f"{teller.moment(one['at']):%m-%d %H:%M:%S}", words, why, "refused", "yellow"))
        )
    return [moment for _, moment in sorted(told, key=lambda pair: pair[0])]


def _moment(teller: Teller, record: Mapping[str, Any], gone: Mapping[str, Any]) -> Moment:
    """A record in words; one that counts no more is struck through, with the act that went back over it."""
    said, over = teller.record(record), by_whom(teller, record, gone)
    meaning = teller.meaning(str(record["signature"]["meaning"])) if record.get("signature") else ""
    note = " · ".join(part for part in (meaning, over) if part)
    when = f"{teller.moment(str(record['at'])):%m-%d %H:%M:%S}"
    return Moment(when, said.words, note, said.icon_of, said.tone, struck=bool(over))
