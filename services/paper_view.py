"""The words of a printed document in one language, from its record and its place in the table of documents. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain.documents import SIZES, Column, Document, Paper, copy_words
from domain.errors import Text
from domain.json_types import JsonObject
from domain.legal_records import LegalBook
from services.value_words import said

SEAL_LINES = {"outbound": Text("出库专用章", "Outbound seal"), "quality": Text("质量专用章", "Quality seal")}
_OWN_WORDS = {
    "moved_at": Text("业务时间", "Moved at"),
    "move_words": Text("业务类型", "Kind of move"),
    "delivery_way": Text("交货方式", "Delivery"),
    "from_location": Text("货位", "Location"),
}
_LONG = frozenset({"delivery_address", "supplier_address", "nonconformity_description", "return_reason"})
"""Fields of the head that take two places."""


def view_of(record: Mapping[str, Any], document: Document, paper: Paper, lang: str, book: LegalBook) -> JsonObject:
    """Everything that the template prints, as ready words."""
    zone, columns = ZoneInfo(record["zone"]), 3 if paper == "a4" else 4
    head = _fitted(list(_head(record["head"], document, lang, book, zone)), columns)
    taken = [column for column in document.columns if _is_used(column, record["lines"])]
    rows: Any = [[_cell(one, line, lang, zone) for one in taken] for line in record["lines"]]
    width, height = SIZES[paper]
    view: Any = {
        "lang": "zh" if lang == "zh" else "en",
        "paper": paper,
        "width": str(width),
        "height": str(height),
        "head_columns": columns,
        "title": document.title.said_in(lang),
        "company": _company(record["company"], lang),
        "number_label": Text("单号", "No.").said_in(lang),
        "number": record["number"],
        "code": record["code"],
        "marks": list(_marks(record, lang)),
        "page_words": ["第 ", " 页 / 共 ", " 页"] if lang == "zh" else ["Page ", " of ", ""],
        "colon": "：" if lang == "zh" else ": ",
        "no_label": Text("序号", "No.").said_in(lang),
        "head": head,
        "columns": [_heading(one, lang, book) for one in taken],
        "rows": rows,
        "totals": _totals(taken, record["lines"], lang, adds_money=document.adds_money),
        "signers": list(_signers(record.get("signatures") or {}, document, lang, zone)),
        "seal": seal_view(record, document, lang),
        "proof": _proof(record, document, lang),
        "note": _note(record, document, lang),
        "attached": Text("本单据的数据（JSON）", "The data of this document (JSON)").said_in(lang),
    }
    return view


def seal_view(record: Mapping[str, Any], document: Document, lang: str) -> JsonObject:
    """The seal: the picture that was in force, else the stamp that the template draws."""
    seal = record.get("seal") or {}
    name = str(record["company"].get("name") or "")
    line = SEAL_LINES[str(seal.get("kind") or "outbound")]
    file = f"seal.{seal['suffix']}" if seal.get("sha256") else ""
    return {"shown": document.has_seal, "file": file, "ring": name, "line": line.zh, "words": line.said_in(lang)}


# ------------------------------------------------------------------ head


def _head(
    values: Mapping[str, Any], document: Document, lang: str, book: LegalBook, zone: ZoneInfo
) -> Iterable[JsonObject]:
    """Every field of the law stands there, also where it is empty; fields that may lack are left out then."""
    for key in document.head:
        shown = said(key, values.get(key), lang, zone)
        if shown or key in _always(document, book):
            yield {"label": _words(key, lang, book), "value": shown, "span": 2 if key in _LONG else 1}


def _fitted(head: list[JsonObject], columns: int) -> list[JsonObject]:
    """No cell is wider than what is left of its row."""
    at = 0
    for cell in head:
        span = min(int(str(cell["span"])), columns - at)
        cell["span"], at = span, (at + span) % columns
    return head


def _always(document: Document, book: LegalBook) -> frozenset[str]:
    """Fields that the law demands: their place is printed even when nothing is in it, to be filled in by hand."""
    record = book.records.get(document.record)
    return frozenset(field.key for field in record.fields if field.need == "required") if record else frozenset()


# ------------------------------------------------------------------ lines


def _is_used(column: Column, lines: Sequence[Mapping[str, Any]]) -> bool:
    """Columns that nothing stands in are left out, money above all; the law's own stay."""
    return column.keys[0] not in ("unit_price", "amount", "service_life") or any(
        line.get(key) not in (None, "") for line in lines for key in column.keys
    )


def _heading(column: Column, lang: str, book: LegalBook) -> JsonObject:
    title = column.title.said_in(lang) if column.title else _words(column.keys[0], lang, book)
    share: Any = str(column.share)
    return {"title": title, "share": share, "is_number": column.is_number}


def _cell(column: Column, line: Mapping[str, Any], lang: str, zone: ZoneInfo) -> list[str]:
    """The values of a column, one below the other; on an English paper the registered name stands below the English."""
    keys = [name for key in column.keys for name in ((f"{key}_en", key) if lang == "en" else (key,))]
    shown = [said(key, line.get(key), lang, zone) for key in keys]
    kept = list(dict.fromkeys(one for one in shown if one))
    return kept or [""]


def _totals(
    columns: Sequence[Column], lines: Sequence[Mapping[str, Any]], lang: str, *, adds_money: bool
) -> list[JsonObject]:
    """The sum of each column that is summed; words for the columns before the first of them."""
    keys = [one.keys[0] for one in columns]
    summed = {"quantity"} | ({"amount"} if adds_money else set())
    first = next((at for at, key in enumerate(keys) if key in summed), None)
    if first is None:
        return []
    n = len(lines)
    words = Text(f"合计 {n} 行", f"Total, {n} line{'s' if n != 1 else ''}").said_in(lang)
    cells: list[JsonObject] = [{"span": first + 1, "value": words, "is_number": False}]
    for key in keys[first:]:
        value = _sum(lines, key) if key in summed else None
        cells.append({"span": 1, "value": "" if value is None else f"{value:f}", "is_number": True})
    return cells


def _sum(lines: Sequence[Mapping[str, Any]], key: str) -> Decimal | None:
    found = [Decimal(str(line[key])) for line in lines if line.get(key) not in (None, "")]
    return sum(found, Decimal()) if found else None


# ------------------------------------------------------------------ around


def _company(company: Mapping[str, Any], lang: str) -> str:
    name = company.get("name_en") if lang == "en" and company.get("name_en") else company.get("name", "")
    licence = company.get("licence_no")
    return f"{name}　{Text('许可证', 'Licence').said_in(lang)} {licence}" if licence else str(name)


def _marks(record: Mapping[str, Any], lang: str) -> Iterable[str]:
    copy = copy_words(int(record.get("copy_no") or 0))
    if record["mode"] != "live":
        yield Text("演练，不作凭证", "Drill, no voucher").said_in(lang)
    if record.get("reversed_by"):
        yield Text(f"已冲销 {record['reversed_by']}", f"Reversed by {record['reversed_by']}").said_in(lang)
    if (record.get("head") or {}).get("direct_ship_flag"):
        yield Text("直调", "Direct shipment").said_in(lang)
    if copy is not None:
        yield copy.said_in(lang)


def _signers(signatures: Mapping[str, Any], document: Document, lang: str, zone: ZoneInfo) -> Iterable[JsonObject]:
    """Where people sign; who signed in the case already is named with the time."""
    for place in document.signers:
        found = signatures.get(place.title.zh)
        shown = f"{found['name']} {said('at', found['at'], lang, zone)}" if found else ""
        yield {"label": place.title.said_in(lang), "value": shown}


def _proof(record: Mapping[str, Any], document: Document, lang: str) -> str:
    law = f"{document.law} · " if document.law else ""
    return law + Text(
        f"案例 {record['case']} · 记录 {str(record['head_sha'])[:16]}…",
        f"case {record['case']} · record {str(record['head_sha'])[:16]}…",
    ).said_in(lang)


def _note(record: Mapping[str, Any], document: Document, lang: str) -> str:
    if not document.has_seal:
        return Text("白联存根　红联随货　黄联财务", "White: file · red: with the goods · yellow: finance").said_in(lang)
    if (record.get("seal") or {}).get("sha256"):
        sha = str(record["seal"]["sha256"])[:12]
        return Text(f"印模 {sha}…", f"seal picture {sha}…").said_in(lang)
    return Text("印章由系统绘制（未上传印模）", "seal drawn by the system (no picture on file)").said_in(lang)


def _words(key: str, lang: str, book: LegalBook) -> str:
    own = _OWN_WORDS.get(key)
    return own.said_in(lang) if own else book.said(key, lang)
