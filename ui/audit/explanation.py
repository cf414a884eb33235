"""Why a record is as it is: the expression or the row of the table with the part that decided, and what it read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ui.audit.tell import Teller, outcome_matters
from ui.elements import Text, attrs, box, icon
from ui.texts import t

READS_MAX = 14
CHANGES_MAX = 14


def explanation(teller: Teller, record: Mapping[str, Any], changes: Sequence[tuple[str, Any, Any]]) -> None:
    """Draw the panel for one record; `changes` are (name, before, after) of the case's data."""
    lang, why = teller.lang, record.get("why") or {}
    told = teller.record(record)
    with box("fx"):
        icon(told.icon_of, told.tone + "c" if told.tone else "")
        Text("h2", _title(teller, record), "grow")
        Text("span", t("audit.why.record", lang, n=record["seq"]), "small nowrap")
    Text("p", _sentence(teller, record))
    if "expr" in why:
        _expression(str(why["expr"]), why.get("decided"))
    if "table" in why:
        _table(teller, why)
    if record.get("action") == "incident" or "message" in why:
        _fault(teller, why)
    _reads(teller, record.get("reads") or [])
    _changes(teller, changes)
    with box("fx wrap hashes"):
        for name in ("hash", "detail_sha", "act_sha"):
            if record.get(name):
                full = str(record[name])
                attrs(Text("span", f"{t(f'audit.why.{name}', lang)} {full[:8]}", "mono muted"), title=full)


def _title(teller: Teller, record: Mapping[str, Any]) -> str:
    step = str(record.get("step") or "")
    where = teller.step(str(record.get("path") or ""), step) if step else ""
    if record.get("goes"):
        return t("audit.why.goes", teller.lang, step=teller.step("", str(record["goes"]["to"])))
    return t("audit.why.title", teller.lang, what=where) if where else teller.record(record).words


def _sentence(teller: Teller, record: Mapping[str, Any]) -> str:
    why, lang = record.get("why") or {}, teller.lang
    step, outcome = str(record.get("step") or ""), record.get("outcome")
    if "table" in why:
        name = str(why["table"]).removeprefix("tables/").removesuffix(".yaml")
        words = t("audit.why.table", lang, table=name, n=int(why["rule"]) + 1, outcome=teller.outcome(step, outcome))
    elif record["action"] == "not_entered":
        words = t("audit.why.not_entered", lang)
    elif why.get("expr") == "else":
        words = t("audit.why.otherwise", lang)
    elif "expr" in why:
        words = t("audit.why.expression", lang)
    elif record["action"] == "posted" and not outcome_matters(record):
        words = t("audit.why.posted", lang)
    else:
        words = told_of(teller, record)
    goes = record.get("goes")
    return words + (t("audit.why.way", lang, step=teller.step("", str(goes["to"]))) if goes else "")


def told_of(teller: Teller, record: Mapping[str, Any]) -> str:
    """The sentence of a record with its full time."""
    return f"{teller.record(record).words} · {teller.full(str(record['at']))}"


def _expression(expr: str, decided: Any) -> None:
    with attrs(box("code", "div"), tabindex="0", role="region", aria_label=expr):
        start, end = (int(decided[0]), int(decided[1])) if isinstance(decided, list) and len(decided) == 2 else (0, 0)
        Text("span", expr[:start])
        Text("mark", expr[start:end])
        Text("span", expr[end:])


def _table(teller: Teller, why: Mapping[str, Any]) -> None:
    """The rule that hit, input by input: what the row asks and what stood there."""
    table: Any = teller.story["tables"].get(why["table"]) or {}
    rules = table.get("rules") or []
    rule, hit = int(why["rule"]), {}
    if rule < len(rules):
        hit = rules[rule]
    before = rules[rule - 1] if rule and all(cell == "-" for cell in hit.get("when") or ["x"]) else None
    asked = (before or hit).get("when") or []
    with attrs(box("tbox tight"), tabindex="0", role="region", aria_label=str(why["table"])), box("t", "table"):
        with box(tag="thead"), box(tag="tr"):
            for key in ("input", "asks" if before is None else "asked_before", "stood"):
                attrs(Text("th", t(f"audit.why.{key}", teller.lang, n=rule)), scope="col")
        with box(tag="tbody"):
            for position, pair in enumerate(why.get("inputs") or []):
                cell = str(asked[position]) if position < len(asked) else "-"
                with box("", "tr"):
                    attrs(Text("td", str(pair[0]), "mono"), title=_expr_of(table, str(pair[0])))
                    Text("td", cell, "mono")
                    Text("td", teller.value(pair[1], str(pair[0])), "strong")


def _expr_of(table: Mapping[str, Any], name: str) -> str:
    return next((str(one.get("expr")) for one in table.get("inputs") or [] if one.get("name") == name), name)


def _fault(teller: Teller, why: Mapping[str, Any]) -> None:
    words: Any = why.get("message") or why
    said = (words.get("zh"), words.get("en")) if isinstance(words, Mapping) else (str(words), str(words))
    with attrs(box("note red"), role="note"):
        icon("incident")
        with box():
            Text("div", str((said[0] if teller.lang == "zh" else said[1]) or why.get("code") or ""))
            if why.get("code"):
                Text("div", str(why["code"]), "mono")


def _reads(teller: Teller, reads: Sequence[Any]) -> None:
    facts = [(str(path), value) for path, value in reads if not str(path).startswith(("has(", "size("))]
    if not facts:
        return
    Text("h3", t("audit.why.reads", teller.lang))
    with box("kv"):
        for path, value in facts[:READS_MAX]:
            name = path.rpartition(".")[2]
            attrs(Text("span", teller.field(name)), title=path)
            Text("span", teller.value(value, name))
    if len(facts) > READS_MAX:
        Text("div", t("audit.why.more", teller.lang, n=len(facts) - READS_MAX), "small")


def _changes(teller: Teller, changes: Sequence[tuple[str, Any, Any]]) -> None:
    if not changes:
        return
    Text("h3", t("audit.why.changes", teller.lang))
    with box("stack gap4", "ul"):
        for name, before, after in changes[:CHANGES_MAX]:
            field = name.rpartition(".")[2]
            place = name.rpartition(".")[0]
            with box("change", "li"):
                attrs(Text("span", teller.field(field), "muted"), title=name)
                if place.rpartition("[")[2]:
                    Text("span", place.rpartition("[")[2].rstrip("]"), "small")
                Text("s", teller.value(before, field))
                Text("span", "→", "muted")
                Text("b", teller.value(after, field), "strong")
    if len(changes) > CHANGES_MAX:
        Text("div", t("audit.why.more", teller.lang, n=len(changes) - CHANGES_MAX), "small")


def changes_between(before: Any, after: Any, name: str = "") -> list[tuple[str, Any, Any]]:
    """What differs between two states of the data, leaf by leaf; a list of items is compared item by item."""
    if before == after:
        return []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = dict.fromkeys((*before, *after))
        dotted = f"{name}." if name else ""
        return [one for key in keys for one in changes_between(before.get(key), after.get(key), f"{dotted}{key}")]
    if isinstance(after, list) and isinstance(before, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [one for place, (old, new) in pairs for one in changes_between(old, new, f"{name}[{_key(new, place)}]")]
    return [(name, before, after)]


def _key(item: Any, place: int) -> str:
    key = item.get("line_no") if isinstance(item, Mapping) else None
    return str(key or place + 1)
