"""Opening balances: a sheet is judged row by row, and what two people signed is booked, once, in postings of 500 rows.

The sheet is read again when it is booked, by its hash: what was signed is what is booked. A row that stands in the books
just so is left alone, so the same sheet may come twice. Source: GSP 2023 arts. 38, 77.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from activities.cold_chain import attachment_path
from activities.context import ActivityContext, BusinessError, Call
from activities.stock_lines import text
from activities.stock_posting import number, posted, refuse
from domain import stock_rules
from domain.clock import from_text
from domain.errors import Fault, Text
from domain.json_types import JsonObject
from domain.master_data.loading import Judged
from domain.master_data.opening import SHEET
from domain.stock import Evidence, Move, MoveKind, PlaceKind, Status
from domain.stock import Place as StockPlace
from records import ledger, lots, opening_stock, organisation, parties, products, sheet_rows, stock_facts
from records.opening_stock import Place
from records.stock import Lot, location_by_code, virtual_place

ROWS_AT_ONCE = 500
"""Rows of one posting: nobody waits longer for the books than these take."""
SHOWN_MOST = 200
"""Rows that the case shows; the rest stands in the sheet."""
BYTES_MAX = 20 * 1024 * 1024


@dataclass(frozen=True)
class Read:
    """A sheet that was judged: its rows, those that are in the books already, and the hash of the file."""

    rows: list[Judged]
    already: frozenset[int]
    sha256: str

    @property
    def refused(self) -> list[Judged]:
        """Rows that cannot be booked."""
        return [one for one in self.rows if one.faults and one.number not in self.already]

    @property
    def good(self) -> list[Judged]:
        """Rows that are to be booked."""
        return [one for one in self.rows if not one.faults and one.number not in self.already]


def check(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.opening_check`: how many rows are good, in the books already or refused, and what differs from the old books."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        try:
            read = _read(session, ctx, call)
        except BusinessError as error:
            return _unreadable(error.message)
        different = [one for one in read.good if _variance(one)]
        shown: list[Any] = [_row(session, call, one) for one in different[:SHOWN_MOST]]
    refused: list[Any] = [_told(one) for one in read.refused[:SHOWN_MOST]]
    return {
        "row_count": len(read.rows),
        "good_count": len(read.good),
        "already_count": len(read.already),
        "refused_count": len(read.refused),
        "refused_rows": refused,
        "unit_count": sum(int(one.values["counted_quantity"]) for one in read.good),
        "variance_count": len(different),
        "differences": shown,
        "sheet_sha256": read.sha256,
    }


def _unreadable(why: Text) -> JsonObject:
    """What is no sheet at all comes back like a sheet with one wrong row: the same person puts it right."""
    row: JsonObject = {"line_no": "—", "product_code": "", "lot_no": "", "reason_zh": why.zh, "reason_en": why.en}
    numbers: JsonObject = dict.fromkeys(("row_count", "good_count", "already_count", "unit_count", "variance_count"), 0)
    return {**numbers, "refused_count": 1, "refused_rows": [row], "differences": [], "sheet_sha256": ""}


def post(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`stock.opening_post`: books the good rows of the signed sheet; refused while a row is wrong or a signature lacks."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        read = _read(session, ctx, call)
    if read.refused:
        zh = f"表中有 {len(read.refused)} 行不能入账，请更正后重新核对。"
        raise BusinessError("bad_sheet", Text(zh, f"{len(read.refused)} rows cannot be booked; put the sheet right."))
    todo = {one.number for one in read.good}
    parts = [read.rows[at : at + ROWS_AT_ONCE] for at in range(0, len(read.rows), ROWS_AT_ONCE)]
    postings = [
        _part(ctx, call, index, [one for one in part if one.number in todo]) for index, part in enumerate(parts)
    ]
    names: list[Any] = [name for name in postings if name]
    return {"postings": names, "posting_count": len(names)}


def _part(ctx: ActivityContext, call: Call, index: int, rows: Sequence[Judged]) -> str:
    """One posting of a part of the sheet, under a key of its own: a part that was booked stays booked."""
    part = replace(call, effect_key=f"{call.effect_key}/{index + 1}")
    with ctx.database.read() as session:
        done = ledger.posting_of(session, part.effect_key)
    if done is not None:
        return str(done.result["posting"])
    if not rows:
        return ""

    def draft(session: Session) -> ledger.Draft:
        signed = stock_facts.signed_in(session, call.case_id, call.path)
        refuse(stock_rules.adjustment_is_signed(signed))
        approvals = tuple(one.act_sha for one in stock_rules.approvals_of(signed))
        outside = virtual_place(session, PlaceKind.ADJUST, call.company).place()
        moves = _moves(session, part, rows, outside)
        return ledger.Draft(moves, {"posting": number(part, "O")}, Evidence(approvals=approvals))

    return str(posted(ctx, part, "opening", draft)["posting"])


def _moves(session: Session, call: Call, rows: Sequence[Judged], outside: StockPlace) -> list[Move]:
    ids = {str(one.values["product_code"]): _product(session, call, one) for one in rows}
    keys = {one.number: _lot_key(ids[str(one.values["product_code"])], one) for one in rows}
    origins = {
        keys[one.number]: lots.LotOrigin(call.effect_key, one.values.get("production_date")) for one in reversed(rows)
    }
    made = lots.open_lots(session, origins, call.mode, call.company)
    return [_move(session, call, one, made[keys[one.number]], outside) for one in rows]


def _move(session: Session, call: Call, one: Judged, lot_id: int, outside: StockPlace) -> Move:
    values, status = one.values, Status(one.values["stock_status"])
    lot, place = session.get(Lot, lot_id), location_by_code(session, values["location_code"], call.company)
    assert lot is not None and place is not None
    supplier = parties.by_code(session, values["supplier_code"], call.company) if values.get("supplier_code") else None
    serial = values.get("serial_no")
    units = lots.open_serials(session, lot, [serial], outside.id, None, status) if serial else []
    return Move(
        kind=MoveKind.OPENING,
        product_id=lot.product_id,
        lot_id=lot_id,
        source=outside,
        target=place.place(),
        from_status=status,
        to_status=status,
        qty=int(values["counted_quantity"]),
        owner=values.get("stock_owner") or "",
        line_no=f"R{one.number}",
        partner_id=supplier.id if supplier else None,
        serial_ids=tuple(units),
    )


def _product(session: Session, call: Call, one: Judged) -> int:
    product = products.by_code(session, str(one.values["product_code"]), call.company)
    assert product is not None and product.id is not None
    return product.id


def _lot_key(product_id: int, one: Judged) -> lots.LotKey:
    return lots.LotKey(product_id, one.values.get("lot_no") or "", one.values.get("expiry_date") or "")


def _read(session: Session, ctx: ActivityContext, call: Call) -> Read:
    content, sha256 = _content(ctx, call.input.get("sheet"))
    try:
        sheet = sheet_rows.read(SHEET, content)
    except sheet_rows.SheetError as error:
        raise BusinessError("bad_sheet", Text(error.zh, error.en)) from error
    if not sheet.rows:
        raise BusinessError(
            "bad_sheet", Text("表中没有数据行。请从第三行起填写。", "The sheet holds no rows. Fill it in from row 3.")
        )
    site = organisation.site(session, call.site)
    zone = ZoneInfo(site.zone if site else "Asia/Shanghai")
    today = from_text(call.at).astimezone(zone).date().isoformat()
    place = Place(text(call.input, "warehouse"), today, call.mode, call.company)
    before = opening_stock.opened(session, place)
    rows = [opening_stock.beside(one, before) for one in opening_stock.judge(session, place, sheet.rows)]
    return Read(rows, frozenset(one.number for one in rows if before.holds(one.values)), sha256)


def _content(ctx: ActivityContext, sheet: Any) -> tuple[bytes, str]:
    sha256 = sheet.get("sha256") if isinstance(sheet, dict) else None
    path = attachment_path(ctx.attachments, sha256) if isinstance(sha256, str) and _SHA.fullmatch(sha256) else None
    if path is None or not path.is_file():
        raise BusinessError(
            "bad_sheet", Text("没有附上期初库存表。请上传系统模板。", "No sheet is attached. Upload the template.")
        )
    if path.stat().st_size > BYTES_MAX:
        raise BusinessError(
            "bad_sheet", Text("期初库存表超过 20 MB。请分成几张表。", "The sheet is larger than 20 MB. Split it.")
        )
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BusinessError(
            "bad_sheet",
            Text(
                "附件内容与其哈希不符，可能已被改动。请重新上传。", "The file does not match its hash. Upload it again."
            ),
        )
    return content, str(sha256)


_SHA = re.compile(r"[0-9a-f]{64}")


def _variance(one: Judged) -> int:
    book = one.values.get("book_quantity")
    return 0 if book is None else int(one.values["counted_quantity"]) - int(book)


def _row(session: Session, call: Call, one: Judged) -> JsonObject:
    product = products.by_code(session, str(one.values["product_code"]), call.company)
    row: JsonObject = {
        "line_no": f"R{one.number}",
        "product_name": product.name if product else "",
        "variance": _variance(one),
        **{name: one.values[name] for name in _SHOWN if one.values.get(name) is not None},
    }
    return row


_SHOWN = (
    *("location_code", "product_code", "lot_no", "serial_no", "expiry_date", "stock_status"),
    *("book_quantity", "counted_quantity", "variance_reason"),
)


def _told(one: Judged) -> JsonObject:
    return {
        "line_no": f"R{one.number}",
        "product_code": str(one.values.get("product_code") or ""),
        "lot_no": str(one.values.get("lot_no") or one.values.get("serial_no") or ""),
        "reason_zh": "；".join(_said(fault, "zh") for fault in one.faults),
        "reason_en": "; ".join(_said(fault, "en") for fault in one.faults),
    }


def _said(fault: Fault, lang: str) -> str:
    field = SHEET.entity.field(fault.pointer[1:])
    name = field.text.said_in(lang) if field else fault.pointer[1:]
    return f"{name}: {fault.message.said_in(lang)}"
