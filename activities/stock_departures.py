"""Goods that leave their shelf for another place: what was asked for, found on the shelf and told in full.

Used by transfers and hospital selections. Fields of GSP 84 and 88; RULE-10 (GSP 76, 80).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from activities.context import BusinessError, Call
from activities.stock_lines import text, whole
from domain.canonical import normalize
from domain.errors import Text
from domain.json_types import JsonObject
from domain.rule_facts import Violation
from domain.stock import Status
from records import facts, products
from records.products import Product
from records.stock_standing import Standing, Wanted, lots_named, standing


@dataclass(frozen=True)
class Found:
    """What was asked for as it stands on the shelves: `rows` in the order asked, `faults` in words for whoever asked."""

    rows: list[JsonObject]
    faults: tuple[Text, ...]
    violations: tuple[Violation, ...]


def on_shelf(session: Session, call: Call, wished: Iterable[JsonObject], warehouse: str) -> Found:
    """Qualified goods of a warehouse by product, lot (or serial number) and location, with every field of their file."""
    today = facts.today_at(session, call.site, call.at)
    taken: dict[tuple[int, int], int] = {}
    rows, faults, broken, numbers = list[JsonObject](), list[Text](), list[Violation](), set[str]()
    for line in wished:
        here = _here(session, call, line, warehouse, faults)
        if text(line, "line_no") in numbers:
            zh, en = f"行号 {text(line, 'line_no')} 重复。", f"Line no. {text(line, 'line_no')} is there twice."
            faults.append(Text(zh, en))
        numbers.add(text(line, "line_no"))
        if here is None:
            continue
        faults += _amount_faults(line, here, taken)
        broken += unexpired(text(line, "line_no"), here.lot.lot_no, here.lot.expiry, today)
        rows.append(row_of(here, line))
    return Found(rows, tuple(faults), tuple(broken))


def refuse_faults(code: str, faults: Iterable[Text]) -> None:
    """Raise the declared error with every fault in words."""
    listed = list(faults)
    if listed:
        raise BusinessError(code, Text("".join(one.zh for one in listed), " ".join(one.en for one in listed)))


def row_of(here: Standing, line: JsonObject, **more: Any) -> JsonObject:
    """A line as the records of outbound review and sale hold it (GSP 84, 88); what is empty is left out."""
    asked: JsonObject = {name: line[name] for name in ("serial_no", "quantity", "unit_price") if name in line}
    return {**here.row(text(line, "line_no"), **asked), **file_of(here.product), **more}


def file_of(product: Product) -> JsonObject:
    """What the product file says about a line, beyond name and number."""
    values: dict[str, Any] = {
        "registrant_name": product.registrant_name,
        "contract_manufacturer_name": product.contract_manufacturer_name,
        "production_license_no": product.production_license_no,
        "service_life": product.service_life,
        "storage_condition": product.storage_condition,
        "transport_condition": product.transport_condition,
        "temp_min": product.temp_min,
        "temp_max": product.temp_max,
        "is_cold_chain": product.is_cold_chain,
    }
    return {name: normalize(value) for name, value in values.items() if value not in ("", None)}


def cold_range(rows: list[JsonObject]) -> JsonObject:
    """Whether lines hold cold goods, and the range that all of these allow."""
    cold = [row for row in rows if row.get("is_cold_chain") is True]
    low = [Decimal(str(row["temp_min"])) for row in cold if "temp_min" in row]
    high = [Decimal(str(row["temp_max"])) for row in cold if "temp_max" in row]
    values: dict[str, Any] = {"has_cold": bool(cold)}
    values |= {"temp_min": normalize(max(low))} if low else {}
    return values | ({"temp_max": normalize(min(high))} if high else {})


def unexpired(line_no: str, lot_no: str, expiry: str, today: date) -> list[Violation]:
    """RULE-10 where goods leave: nothing goes out past its expiry; the day itself still counts."""
    if not expiry or date.fromisoformat(expiry) >= today:
        return []
    return [
        Violation(
            "RULE-10",
            ("GSP-76", "GSP-80"),
            Text(
                f"第 {line_no} 行批号 {lot_no} 已于 {expiry} 失效，不得出库。请停售并按不合格品处理。",
                f"Line {line_no}: lot {lot_no} expired on {expiry} and may not leave. Put it on hold; it goes the way of "
                "nonconforming goods.",
            ),
            ("warehouse_keeper", "quality_staff"),
            line_no=line_no,
            facts={"expiry_date": expiry, "today": today.isoformat()},
        )
    ]


def _here(session: Session, call: Call, line: JsonObject, warehouse: str, faults: list[Text]) -> Standing | None:
    product = products.by_code(session, text(line, "product_code"), call.company)
    names = text(line, "lot_no"), text(line, "serial_no"), text(line, "expiry_date")
    found: list[Standing] = []
    if product is not None and product.id is not None:
        wanted = Wanted(
            site=call.site,
            mode=call.mode,
            company=call.company,
            lot_ids=lots_named(session, product.id, *names, call.mode),
            location=text(line, "location_code"),
            warehouse=warehouse,
            statuses=(Status.QUALIFIED,),
        )
        found = standing(session, wanted)
    if len(found) == 1:
        return found[0]
    number, what = text(line, "line_no"), " ".join(filter(None, (text(line, "product_code"), *names)))
    place = text(line, "location_code")
    if found:
        zh = f"第 {number} 行：货位 {place} 有几个不同效期或货主的 {what}。请写明失效日期。"
        faults.append(Text(zh, f"Line {number}: {place} holds {what} of several expiries or owners. State the expiry."))
    else:
        zh = f"第 {number} 行：仓库 {warehouse} 的货位 {place} 没有合格的 {what}。请核对编号、批号和货位。"
        en = f"Line {number}: no qualified {what} stands at {place} in {warehouse}. Check code, lot and location."
        faults.append(Text(zh, en))
    return None


def _amount_faults(line: JsonObject, here: Standing, taken: dict[tuple[int, int], int]) -> list[Text]:
    number, asked = text(line, "line_no"), whole(line, "quantity")
    if here.is_serial and (not text(line, "serial_no") or asked != 1):
        zh = f"第 {number} 行“{here.product.name}”按序列号管理：每台一行，数量为 1。"
        return [Text(zh, f"Line {number}, “{here.product.name}”, has serial numbers: one line for each unit.")]
    assert here.lot.id is not None and here.location.id is not None
    key = (here.lot.id, here.location.id)
    free = here.balance.qty - here.balance.reserved - taken.get(key, 0)
    taken[key] = taken.get(key, 0) + asked
    if asked <= free:
        return []
    zh = f"第 {number} 行：货位 {here.location.code} 批号 {here.lot.lot_no} 可用 {max(free, 0)}{here.product.unit}，不足 {asked}。"
    en = f"Line {number}: {here.location.code} has {max(free, 0)} of lot {here.lot.lot_no} free, {asked} are asked for."
    return [Text(zh, en)]
