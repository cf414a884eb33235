"""Lines of goods as the warehouse SOPs carry them: read from a call, and turned into moves of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from activities.context import BusinessError, Call
from activities.stock_posting import place_at
from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import Move, MoveKind, Place, Status
from records import lots, products
from records.products import Product
from records.stock import Lot
from records.stock_standing import Standing, units_at


@dataclass(frozen=True)
class Change:
    """What becomes of lines: the kind of move, the status before and after, and where to or from (`None`: where they
    stand)."""

    kind: MoveKind
    was: Status
    becomes: Status
    target: Place | None = None
    source: Place | None = None
    partner_id: int | None = None


def text(value: JsonObject, key: str) -> str:
    """A text of an input, empty where there is none."""
    found = value.get(key)
    return found.strip() if isinstance(found, str) else ""


def whole(value: JsonObject, key: str) -> int:
    """A whole number of an input, 0 where there is none."""
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def day_of(value: JsonObject, key: str) -> date | None:
    """A day of an input, `None` where there is none."""
    found = text(value, key)
    return date.fromisoformat(found) if found else None


def lines_of(call: Call, key: str) -> list[JsonObject]:
    """A list of lines of an input."""
    found = call.input.get(key)
    return [line for line in found if isinstance(line, dict)] if isinstance(found, list) else []


def status_of(line: JsonObject) -> Status:
    """The status of a line."""
    return Status(text(line, "stock_status"))


def rows_of(session: Session, found: Iterable[Standing], *, by_unit: bool = False, letter: str = "P") -> list[Any]:
    """Numbered lines, one for each balance; `by_unit`: one for each numbered unit where the product has them."""
    rows: list[JsonObject] = []
    for here in found:
        if by_unit and here.is_serial:
            for unit in units_at(session, here):
                rows.append(here.row(f"{letter}{len(rows) + 1}", serial_no=unit.serial_no, quantity=1))
        else:
            rows.append(here.row(f"{letter}{len(rows) + 1}"))
    return rows


def move_of(session: Session, call: Call, line: JsonObject, change: Change) -> Move:
    """The move of a line's units; raises `BusinessError` where the goods are not on the books."""
    product, lot = _goods(session, call, line)
    here = place_at(session, call, text(line, "location_code"))
    assert product.id is not None and lot.id is not None
    source, target = (change.source, here) if change.source else (here, change.target or here)
    return Move(
        kind=change.kind,
        product_id=product.id,
        lot_id=lot.id,
        source=source,
        target=target,
        from_status=change.was,
        to_status=change.becomes,
        qty=whole(line, "quantity"),
        owner=text(line, "stock_owner"),
        line_no=text(line, "line_no"),
        partner_id=change.partner_id,
        serial_ids=_units(session, product, lot, line, source, change.was),
    )


def _goods(session: Session, call: Call, line: JsonObject) -> tuple[Product, Lot]:
    code = text(line, "product_code")
    product = products.by_code(session, code, call.company)
    lot = None
    if product is not None and product.id is not None:
        key = lots.LotKey(product.id, text(line, "lot_no"), text(line, "expiry_date"))
        lot = lots.find(session, key, call.mode, call.company)
    if product is None or lot is None:
        name = f"{code} {text(line, 'lot_no')}".strip()
        zh, en = (
            f"库存中没有产品批号 {name}。请核对实物与账目。",
            f"There is no stock of {name}. Compare goods and books.",
        )
        raise BusinessError("stock_refused", Text(zh, en))
    return product, lot


def _units(
    session: Session, product: Product, lot: Lot, line: JsonObject, source: Place, status: Status
) -> tuple[int, ...]:
    if "SERIAL" not in product.tracking or lot.id is None:
        return ()
    if text(line, "serial_no"):
        return tuple(lots.serial_ids(session, lot, [text(line, "serial_no")]))
    return tuple(lots.serials_at(session, lot.id, source.id, status.value))


def at_place(lines: Sequence[JsonObject], moved: Iterable[str], code: str, **more: Any) -> list[Any]:
    """The lines with those of the numbers `moved` at another location."""
    numbers = set(moved)
    changed: JsonObject = {"location_code": code, **more}
    return [{**line, **changed} if text(line, "line_no") in numbers else dict(line) for line in lines]
