"""What a person means who stops goods: the lot, the place or the unit, found or told with every fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from domain.errors import Fault, Text
from forms.formats import has_control
from records import hold_rows
from records.products import Product
from records.stock import Location, Lot, Serial, Warehouse, location_by_code
from services.acting import body_sha
from services.actor import Actor
from services.office import Office

REASON_MAX = 500
MODES = ("live", "drill", "sandbox")


@dataclass(frozen=True)
class Wish:
    """What to stop: the whole `lot` (a number or `#<id>`) at the site, only what stands at `location`, or one `serial`."""

    lot: str | None = None
    product: str | None = None
    location: str | None = None
    serial: str | None = None
    reason: str = ""
    site: str | None = None
    mode: str = "live"


def wanted(
    session: Session, office: Office, actor: Actor, wish: Wish, site: str, act_id: str
) -> tuple[hold_rows.StockHold | None, list[Fault]]:
    """The hold that a wish means, not written yet; or every fault of the wish."""
    faults = _unsayable(wish)
    serial = _serial(session, office, wish, faults)
    lot = _lot(session, office, wish, serial, faults)
    location = _location(session, office, wish, site, faults)
    if faults or lot is None or lot.id is None:
        return None, faults
    sha = body_sha("hold", lot.id, location.id if location else None, wish.serial, wish.reason, site, wish.mode)
    now = office.now()
    held = hold_rows.StockHold(
        company=office.company,
        site=site,
        mode=wish.mode,
        id=office.new_id(),
        effect_key=f"hold/{act_id}",
        request_sha=sha,
        lot_id=lot.id,
        product_id=lot.product_id,
        location_id=location.id if location else None,
        serial_no=serial.serial_no if serial else "",
        reason=wish.reason.strip(),
        held_by=actor.id,
        held_at=now,
        qty=0,
    )
    return held, faults


def _unsayable(wish: Wish) -> list[Fault]:
    faults: list[Fault] = []
    if not wish.lot and not wish.serial:
        faults.append(fault_at("/lot", "lot_missing", "请给出批号或序列号。", "Give a lot or a serial number."))
    if len(wish.reason) > REASON_MAX:
        zh, en = f"原因最多 {REASON_MAX} 字。", f"The reason has at most {REASON_MAX} characters."
        faults.append(fault_at("/reason", "too_long", zh, en))
    if has_control(wish.reason.replace("\n", "").replace("\t", "")):
        zh, en = "内容含有看不见的控制字符。", "The text holds invisible control characters."
        faults.append(fault_at("/reason", "control_character", zh, en))
    if wish.mode not in MODES:
        zh, en = f"模式“{wish.mode}”不存在。", f"There is no mode '{wish.mode}'."
        faults.append(fault_at("/mode", "unknown_mode", zh, en))
    return faults


def _serial(session: Session, office: Office, wish: Wish, faults: list[Fault]) -> Serial | None:
    if not wish.serial:
        return None
    query = select(Serial).where(Serial.company == office.company, Serial.mode == wish.mode)
    found = list(session.exec(query.where(Serial.serial_no == wish.serial).limit(50)))
    found = [one for one in found if _is_of(session, one.product_id, wish.product)]
    return _single(found, wish.serial, "/serial", "serial", Text("序列号", "serial number"), faults)


def _lot(session: Session, office: Office, wish: Wish, serial: Serial | None, faults: list[Fault]) -> Lot | None:
    if not wish.lot:
        return session.get(Lot, serial.lot_id) if serial else None
    number = wish.lot.removeprefix("#")
    query = select(Lot).where(Lot.company == office.company, Lot.mode == wish.mode)
    by_id = wish.lot.startswith("#") and number.isascii() and number.isdigit() and len(number) <= 15
    found = list(session.exec(query.where(Lot.id == int(number) if by_id else Lot.lot_no == wish.lot).limit(50)))
    found = [one for one in found if _is_of(session, one.product_id, wish.product)]
    if serial is not None:
        found = [one for one in found if one.id == serial.lot_id]
    return _single(found, wish.lot, "/lot", "lot", Text("批号", "lot"), faults)


def _is_of(session: Session, product_id: int, code: str | None) -> bool:
    product = session.get(Product, product_id) if code else None
    return code is None or code == "" or (product is not None and product.code == code)


def _single(found: list[Any], said: str, pointer: str, code: str, what: Text, faults: list[Fault]) -> Any:
    if len(found) == 1:
        return found[0]
    if not found:
        zh = f"没有{what.zh}“{said}”，请核对。"
        faults.append(fault_at(pointer, f"{code}_unknown", zh, f"There is no {what.en} '{said}'; check it."))
        return None
    zh = f"{what.zh}“{said}”对应多个产品或效期，请用产品编号或 #批号编号 指明。"
    en = f"The {what.en} '{said}' stands for several products or expiry dates; name the product, or the lot as #id."
    faults.append(fault_at(pointer, f"{code}_ambiguous", zh, en))
    return None


def _location(session: Session, office: Office, wish: Wish, site: str, faults: list[Fault]) -> Location | None:
    if not wish.location:
        return None
    row = location_by_code(session, wish.location, office.company)
    warehouse = session.get(Warehouse, row.warehouse_id) if row is not None and row.warehouse_id is not None else None
    if row is None or warehouse is None or warehouse.site != site:
        zh = f"该机构没有货位“{wish.location}”。"
        faults.append(
            fault_at("/location", "location_unknown", zh, f"There is no location '{wish.location}' at the site.")
        )
        return None
    return row


def fault_at(pointer: str, code: str, zh: str, en: str) -> Fault:
    """One thing wrong in a wish."""
    return Fault(pointer, code, Text(zh, en))
