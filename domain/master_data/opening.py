"""Opening balances: what stands on the shelves on the day the books are opened, lot by lot, and what the old books said.

A row is one lot (or one numbered unit) at one location in one quality status. Counted goods are booked, whatever the old
books said; a difference is explained in the row. Source: GSP 2023 arts. 38, 77 (books and goods agree), 92 (lots).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from domain.errors import Fault, Text
from domain.master_data.entities import Entity
from domain.master_data.fields import Field
from domain.master_data.loading import Judged, Template, judge
from domain.stock import STATUS_TEXTS, PlaceKind, Status, Zone, zone_fault

_ZERO, _ONE = Decimal(0), Decimal(1)
STANDS_IN = frozenset({PlaceKind.INTERNAL, PlaceKind.CONSIGNMENT, PlaceKind.KIT_OUT})
"""Where goods may be when the books are opened: in the house, or lent to a hospital."""


def _f(key: str, zh: str, en: str, kind: Any = "code", **more: Any) -> Field:
    return Field(key, Text(zh, en), kind, **more)


FIELDS: tuple[Field, ...] = (
    _f("location_code", "货位编码", "location code", needed=True, most=40),
    _f("product_code", "产品编码", "product code", needed=True, most=40),
    _f("lot_no", "生产批号", "lot no.", most=80),
    _f("serial_no", "序列号", "serial no.", most=80),
    _f("production_date", "生产日期", "production date", "day"),
    _f("expiry_date", "失效日期", "expiry date", "day"),
    _f("stock_status", "质量状态", "quality status", "choice", needed=True,
       choices=tuple((status.value, text) for status, text in STATUS_TEXTS.items())),
    _f("stock_owner", "货主单位编码", "code of the owner", most=40),
    _f("counted_quantity", "实盘数量", "counted quantity", "integer", needed=True, low=_ONE, high=Decimal(10**9)),
    _f("book_quantity", "原账面数量", "quantity in the old books", "integer", low=_ZERO, high=Decimal(10**9)),
    _f("variance_reason", "差异原因", "cause of the difference", "text", most=500),
    _f("supplier_code", "供货者编码", "supplier code", most=40),
    _f("evidence_no", "原入库单号", "no. of the old receipt", most=80),
)  # fmt: skip
NATURAL = ("location_code", "product_code", "lot_no", "expiry_date", "serial_no", "stock_status", "stock_owner")


def _explained(values: dict[str, Any]) -> list[Fault]:
    counted, book = values.get("counted_quantity"), values.get("book_quantity")
    if counted is None or book is None or counted == book or values.get("variance_reason"):
        return []
    zh = f"与原账面相差 {counted - book:+d}，须写明差异原因。"
    return [Fault("/variance_reason", "required", Text(zh, f"It differs by {counted - book:+d}; give the cause."))]


def _in_time(values: dict[str, Any]) -> list[Fault]:
    made, expires = values.get("production_date"), values.get("expiry_date")
    if made is None or expires is None or made < expires:
        return []
    return [Fault("/expiry_date", "out_of_order", Text("失效日期须在生产日期之后。", "Expiry comes after production."))]


def _one_unit(values: dict[str, Any]) -> list[Fault]:
    if not values.get("serial_no") or values.get("counted_quantity") in (None, 1):
        return []
    text = Text("有序列号的行数量只能是 1。", "A row with a serial number is one unit.")
    return [Fault("/counted_quantity", "one_unit", text)]


ENTITY = Entity("opening_stock", Text("期初库存", "opening stock"), FIELDS, NATURAL, (_explained, _in_time, _one_unit))
SHEET = Template("opening_stock", ENTITY)


@dataclass(frozen=True)
class ProductFacts:
    """What the product file says that a row must obey."""

    tracking: str
    shelf_rule: str
    name: str = ""
    unit: str = ""


@dataclass(frozen=True)
class PlaceFacts:
    """Where a location is, and whether goods may stand in it."""

    kind: PlaceKind
    zone: Zone | None
    warehouse: str
    retired: bool = False


@dataclass(frozen=True)
class Files:
    """What the files hold about the codes of a sheet, and the day (`YYYY-MM-DD`) on which goods expire or not."""

    warehouse: str
    today: str
    products: dict[str, ProductFacts]
    places: dict[str, PlaceFacts]
    partners: frozenset[str]
    serials: frozenset[tuple[str, str]] = frozenset()


def judged(rows: Sequence[tuple[int, dict[str, Any]]], files: Files) -> list[Judged]:
    """Every row with all that is wrong with it: in itself, beside the others, and against the files."""
    found = []
    for one in judge(SHEET, rows):
        told = {fault.pointer for fault in one.faults}
        more = tuple(fault for fault in _against(one.values, files) if fault.pointer not in told)
        found.append(replace(one, faults=(*one.faults, *more)))
    return found


def _against(values: dict[str, Any], files: Files) -> list[Fault]:
    return [*_product(values, files), *_place(values, files), *_partners(values, files), *_fresh(values, files)]


def _product(values: dict[str, Any], files: Files) -> list[Fault]:
    code = values.get("product_code")
    if code is None:
        return []
    product = files.products.get(code)
    if product is None:
        text = Text(f"产品 {code} 没有档案，请先导入产品。", f"Product {code} is not on file; load the products first.")
        return [Fault("/product_code", "unknown", text)]
    wanted = {"LOT": ["lot_no"], "SERIAL": ["serial_no"], "LOT_SERIAL": ["lot_no", "serial_no"]}
    needed = [*wanted.get(product.tracking, []), *(["expiry_date"] if product.shelf_rule == "EXPIRY" else [])]
    text = Text("该产品的档案要求填写。", "The product's file asks for it.")
    faults = [Fault(f"/{key}", "required", text) for key in needed if not values.get(key)]
    if (code, values.get("serial_no")) in files.serials:
        again = Text("该序列号已在库存账上。", "This serial number is in the books already.")
        faults.append(Fault("/serial_no", "exists", again))
    return faults


def _place(values: dict[str, Any], files: Files) -> list[Fault]:
    code = values.get("location_code")
    place = files.places.get(code) if code else None
    if code is None:
        return []
    if place is None or place.retired or place.kind not in STANDS_IN or place.warehouse != files.warehouse:
        zh = f"库房 {files.warehouse} 没有可存放商品的货位 {code}。"
        en = f"Warehouse {files.warehouse} has no location {code} where goods may stand."
        return [Fault("/location_code", "unknown", Text(zh, en))]
    status = values.get("stock_status")
    text = zone_fault(code, place.zone, Status(status)) if place.zone and status else None
    return [Fault("/location_code", "zone_refuses_status", text)] if text else []


def _partners(values: dict[str, Any], files: Files) -> list[Fault]:
    return [
        Fault(f"/{key}", "unknown", Text(f"单位 {code} 没有档案。", f"Partner {code} is not on file."))
        for key in ("stock_owner", "supplier_code")
        if (code := values.get(key)) and code not in files.partners
    ]


def _fresh(values: dict[str, Any], files: Files) -> list[Fault]:
    """Expired goods are no sellable stock on the first day either (GSP 76)."""
    expires = values.get("expiry_date")
    if not expires or expires >= files.today or values.get("stock_status") != Status.QUALIFIED.value:
        return []
    zh = f"已于 {expires} 失效，不能按合格入账；请按停售待处理或不合格入账（《规范》第七十六条）。"
    en = f"It expired on {expires} and cannot be booked as qualified: book it on hold or rejected (GSP art. 76)."
    return [Fault("/stock_status", "expired", Text(zh, en))]
