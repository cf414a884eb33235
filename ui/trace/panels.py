"""The right side of the tracing page: the sum that has to come out, and the steps with who answers for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from domain.clock import from_text
from ui.components.chips import role_name
from ui.elements import Text, attrs, box, icon, link
from ui.texts import Lang, label, t

PARTS = ("out", "in_transit", "in_stock", "elsewhere", "repacked", "sent_back", "destroyed", "adjusted")
CAME, WENT = {"SUPPLIER": "receive", "CUSTOMER": "return", "TRANSIT": "arrive", "REPACK": "made", "ADJUST": "adjust"}, {
    "SUPPLIER": "send_back", "CUSTOMER": "issue", "TRANSIT": "depart", "REPACK": "repack", "ADJUST": "adjust",
    "DESTROYED": "destroy",
}  # fmt: skip
IN_HOUSE = ("INTERNAL", "DOCK")


def sum_panel(traced: Mapping[str, Any], lang: Lang) -> None:
    """Where the units of the first lot are, and whether that is what came; the other lots in one sentence."""
    first = traced["lots"][0]
    with attrs(box("tsum", "section"), aria_label=t("trace.sum.title", lang), data_testid="trace.sum"):
        Text("h2", t("trace.sum.title" if traced["adds_up"] else "trace.sum.title_wrong", lang))
        came = first["received"] + first["made"]
        _bar(first["parts"], lang)
        with box("tparts", "dl"):
            for part in PARTS:
                if first["parts"][part]:
                    _part(part, first["parts"][part], lang)
            _total(first, came, lang)
        _verdict(first, came, lang)
        _others(traced, lang)
        if traced["sites"] is not None and (traced["unseen"]["in_stock"] or traced["unseen"]["out"]):
            seen = {"stock": f"{traced['unseen']['in_stock']:,}", "out": f"{traced['unseen']['out']:,}"}
            Text("p", t("trace.sum.unseen", lang, **seen), "small")
        with box("fx start small"):
            icon("info", "s")
            Text("span", t("trace.sum.how", lang))


def _bar(parts: Mapping[str, int], lang: Lang) -> None:
    with attrs(box("tbar"), aria_hidden="true"):
        for part in PARTS:
            if parts[part] > 0:
                attrs(box(f"p-{part}", "span"), title=t(f"trace.part.{part}", lang)).style(
                    f"flex-grow:{int(parts[part])}"
                )


def _part(part: str, qty: int, lang: Lang) -> None:
    with box(tag="dt"):
        attrs(box(f"dot p-{part}", "span"), aria_hidden="true")
        Text("span", t(f"trace.part.{part}", lang))
    Text("dd", f"{qty:,}")


def _total(first: Mapping[str, Any], came: int, lang: Lang) -> None:
    made = {"made": first["made"], "received": first["received"]}
    for name, qty in made.items():
        if qty and qty != came:
            Text("dt", t(f"trace.sum.{name}", lang), "muted")
            Text("dd", f"{qty:,}", "muted")
    name = "made" if first["made"] == came and came else "received" if first["received"] == came else "total"
    Text("dt", t(f"trace.sum.{name}", lang), "strong")
    Text("dd", f"{came:,} {first['unit']}".strip(), "strong")


def _verdict(first: Mapping[str, Any], came: int, lang: Lang) -> None:
    wrong = first["difference"]
    with attrs(box("fx tverdict " + ("bad" if wrong else "ok")), role="alert" if wrong else "status"):
        icon("failed" if wrong else "passed")
        words = (
            t("trace.sum.differs", lang, n=f"{came:,}", d=f"{wrong:+,}")
            if wrong
            else t("trace.sum.agrees", lang, n=f"{came:,}")
        )
        Text("span", words)


def _others(traced: Mapping[str, Any], lang: Lang) -> None:
    others = traced["lots"][1:]
    if not others:
        return
    names = {one["lot_id"]: one["lot"] for one in traced["lots"]}
    wrong = [names[one["lot_id"]] for one in traced["differences"] if one["lot_id"] != traced["lots"][0]["lot_id"]]
    with box("fx start tverdict " + ("bad" if wrong else "ok")):
        icon("failed" if wrong else "passed")
        if wrong:
            Text("span", t("trace.sum.lots_wrong", lang, n=len(wrong), lots=", ".join(wrong[:12])))
        else:
            Text("span", t("trace.sum.others_agree", lang, n=len(others)))


# ------------------------------------------------------------------ steps


def did(step: Mapping[str, Any]) -> str:
    """What a step was, by the places it joins: a key of `trace.did`."""
    source, target = step["from"]["kind"], step["to"]["kind"]
    if source in IN_HOUSE and target in IN_HOUSE:
        return "status" if step["from"]["location"] == step["to"]["location"] else "move"
    if source == target:
        return "status"
    if target not in IN_HOUSE:
        return WENT.get(target, "lend")
    return CAME.get(source, "back")


def steps_list(items: Sequence[Mapping[str, Any]], lang: Lang, zone: ZoneInfo) -> None:
    """The steps, each with when, what, from where to where, its papers and its person."""
    with attrs(box("tsteps", "ol"), data_testid="trace.steps"):
        for step in items:
            with box("tstep" + (" undone" if step["reversed_by"] else ""), "li"):
                _head(step, lang, zone)
                _ends(step, lang)
                _person(step, lang)
                _papers(step, lang)


def _head(step: Mapping[str, Any], lang: Lang, zone: ZoneInfo) -> None:
    at = from_text(step["business_at"]).astimezone(zone)
    with box("fx wrap"):
        Text("b", t(f"trace.did.{did(step)}", lang), "strong")
        Text("span", f"{step['quantity']:,} {step['unit']}".strip(), "strong")
        for key, name in (("reversed_by", "reversed"), ("reverses", "reverses")):
            if step[key]:
                Text("span", t(f"trace.steps.{name}", lang), "chip grey")
        attrs(Text("time", f"{at:%Y-%m-%d %H:%M}", "small push-r"), datetime=step["business_at"])


def _ends(step: Mapping[str, Any], lang: Lang) -> None:
    words = " → ".join(_end(step, end, lang) for end in ("from", "to"))
    was, becomes = step["from"]["status"], step["to"]["status"]
    if was != becomes:
        words += f" · {label('trace.status', was, lang)} → {label('trace.status', becomes, lang)}"
    Text("div", words, "small")


def _end(step: Mapping[str, Any], end: str, lang: Lang) -> str:
    place, partner = step[end], step["partner"]
    if place["kind"] in ("SUPPLIER", "CUSTOMER") and partner:
        return partner["name_en"] if lang == "en" else partner["name"]
    if place["warehouse"] or not place["location"].startswith("~"):
        return place["location"]
    kind = {"ADJUST": "adjusted", "DESTROYED": "destroyed", "SUPPLIER": "supplier", "CUSTOMER": "customer"}
    return t(f"trace.part.{'repacked' if place['kind'] == 'REPACK' else 'elsewhere'}", lang) if place["kind"] not in kind else (
        label("trace.kind", kind[place["kind"]], lang)
    )  # fmt: skip


def _person(step: Mapping[str, Any], lang: Lang) -> None:
    who = step["responsible"]
    with box("fx small wrap"):
        if who is None:
            icon("system", "s")
            Text("span", t("trace.steps.nobody", lang))
            return
        icon("signed" if who["meaning"] else "person", "s violetc")
        Text("span", t("trace.steps.by", lang, name=who["name"]))
        if who["role"]:
            Text("span", role_name(who["role"], lang), "muted")
        if who["case"] and who["seq"]:
            link(
                t("trace.steps.record", lang, n=who["seq"]),
                f"/audit/cases/{quote(who['case'], safe='')}?seq={who['seq']}",
            )


def _papers(step: Mapping[str, Any], lang: Lang) -> None:
    numbers = [order["number"] for order in step.get("orders", ())]
    if step["document"]:
        numbers.append(step["document"]["id"])
    if not numbers and not step["case"]:
        return
    with box("fx small wrap"):
        icon("file", "s")
        for number in numbers:
            link(number, f"/trace?document={quote(number, safe='')}", "mono")
        if step["case"]:
            link(t("trace.steps.case", lang), f"/cases/{quote(step['case'], safe='')}")
        if step["posting"]:
            Text("span", str(step["posting"]), "mono")
