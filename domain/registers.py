"""The registers that the law asks for (GSP 2023 art. 21): which record set each one lists and what makes a row of it.

A register is read out of what happened: an order line, a move of the ledger, a signature. Nobody writes one by hand, so
none can say anything else than the records do. Its columns are exactly those of its record set. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import Text
from domain.legal_records import LegalBook, LegalField
from domain.stock import MoveKind


@dataclass(frozen=True)
class Register:
    """A register: its key in addresses, its title, its record set, and where its rows come from.

    ``source``: ``orders`` (order lines), ``moves`` (of these ``kinds``), ``shelved`` (moves onto shelves of goods that
    passed), ``inspected`` (signatures under inspections), ``rounds`` (signatures under inspections of the store),
    ``confirmed`` (signatures that found goods nonconforming).
    """

    key: str
    title: Text
    record: str
    source: str
    kinds: tuple[MoveKind, ...] = ()


_K = MoveKind
REGISTERS: tuple[Register, ...] = (
    Register("purchase", Text("采购记录", "Purchases"), "R-05", "orders"),
    Register("receiving", Text("收货记录", "Receipts"), "R-06", "moves", (_K.RECEIVE,)),
    Register("acceptance", Text("进货查验（验收）记录", "Acceptance"), "R-08", "inspected"),
    Register("inbound", Text("入库记录", "Inbound"), "R-09", "shelved", (_K.MOVE,)),
    Register("stock_inspection", Text("在库检查记录", "Stock inspections"), "R-10", "rounds"),
    Register("sales", Text("销售记录", "Sales"), "R-13", "moves", (_K.ISSUE, _K.KIT_USED, _K.CONSIGN_USED)),
    Register(
        "outbound", Text("出库复核记录", "Outbound reviews"), "R-14", "moves",
        (_K.ISSUE, _K.KIT_OUT, _K.CONSIGN, _K.TRANSFER_OUT, _K.RETURN_SUPPLIER),
    ),
    Register(
        "transport", Text("运输记录", "Transport"), "R-17", "moves", (_K.ISSUE, _K.KIT_OUT, _K.CONSIGN, _K.TRANSFER_OUT)
    ),
    Register("return", Text("退货记录", "Returns"), "R-18", "moves", (_K.RETURN, _K.KIT_BACK, _K.CONSIGN_BACK)),
    Register("nonconforming", Text("不合格品处理记录", "Nonconforming goods"), "R-19", "confirmed"),
    Register("destruction", Text("不合格品销毁记录", "Destructions"), "R-19", "moves", (_K.DESTROY,)),
)  # fmt: skip
BY_KEY: dict[str, Register] = {one.key: one for one in REGISTERS}


@dataclass(frozen=True)
class Signed:
    """Which signature a field is filled from: what it means, and the post that puts it (any of ``roles``)."""

    meanings: tuple[str, ...]
    roles: tuple[str, ...] = ()
    is_time: bool = False


SIGNED: dict[str, Signed] = {
    "inspector": Signed(("inspected",)),
    "inspection_date": Signed(("inspected",), is_time=True),
    "receiver_signature": Signed(("received",)),
    "deliverer_signature": Signed(("handed_over",)),
    "outbound_reviewer": Signed(("verified", "review"), ("outbound_reviewer",)),
    "checker": Signed(("performed",)),
    "checked_at": Signed(("performed",), is_time=True),
    "nc_confirmed_by": Signed(("quality_rule",)),
    "destruction_witness": Signed(("verified",), ("quality_staff", "quality_director")),
}
"""Fields that nobody fills in: they are who signed, or when."""

LIKE: dict[str, tuple[str, ...]] = {
    "purchaser_name": ("consignee_name", "partner_name"),
    "purchaser_contact": ("consignee_contact", "partner_contact"),
    "delivery_address": ("partner_address",),
    "consignee_name": ("purchaser_name", "partner_name"),
    "consignee_contact": ("purchaser_contact", "partner_contact"),
    "returner_name": ("purchaser_name", "partner_name"),
    "original_outbound_no": ("outbound_order_no",),
    "location": ("location_code",),
    "inspection_conclusion": ("outcome",),
    "received_quantity": ("quantity",),
    "return_quantity": ("quantity",),
    "lot_no": ("lot",),
}
"""A field whose fact may stand under another name: the one who gets the goods is the one who bought them."""


def columns(register: Register, book: LegalBook) -> tuple[LegalField, ...]:
    """The columns: the fields of the record set, all of them, in the order of the law."""
    found = book.records.get(register.record)
    return found.fields if found else ()


def row_of(keys: Iterable[str], *places: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one row, each from the first place that knows it, by its own name or one that means the same."""
    return {key: _found(key, places) for key in keys}


def _found(key: str, places: tuple[Mapping[str, Any], ...]) -> Any:
    for name in (key, *LIKE.get(key, ())):
        for place in places:
            value = place.get(name)
            if value is not None and value != "":
                return value
    return None
