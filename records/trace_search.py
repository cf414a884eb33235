"""Finding what to trace: lots, units and papers by the words that stand on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, text
from sqlmodel import Session

from domain.json_types import JsonObject
from records.base import COMPANY, connection_of

FOUND_MAX = 20


@dataclass(frozen=True)
class Words:
    """What to look for: a code that was read (`di` with `lot` and `serial`), or what somebody typed (`typed`)."""

    typed: str = ""
    product: str = ""
    di: str = ""
    lot: str = ""
    serial: str = ""
    mode: str = "live"
    company: str = COMPANY


_LOT_COLUMNS = """SELECT l.id, l.lot_no, l.expiry, l.mode, p.code, p.name, p.name_en, p.model, p.unit,
 (SELECT COALESCE(SUM(b.qty), 0) FROM stock_balance b WHERE b.lot_id = l.id AND NOT b.is_virtual)
 FROM lot l JOIN product p ON p.id = l.product_id WHERE l.company = :company AND l.mode = :mode AND """
_LOT_ORDER = " ORDER BY l.lot_no, l.expiry, l.id LIMIT :most"
_SERIAL_COLUMNS = """SELECT s.id, s.serial_no, s.lot_id, l.lot_no, s.mode, p.code, p.name, p.name_en FROM serial s
 JOIN lot l ON l.id = s.lot_id JOIN product p ON p.id = s.product_id WHERE s.company = :company AND s.mode = :mode AND """
_SERIAL_ORDER = " ORDER BY s.serial_no, s.id LIMIT :most"
_OF_PRODUCT = "p.code = :product AND "
_OF_DI = "p.id IN (SELECT d.product_id FROM product_di d WHERE d.di = :di) AND "


def lots(session: Session, words: Words, *, whole: bool = False) -> list[JsonObject]:
    """Lots by number (whole, else its beginning unless it must be `whole`), of one product if one is named."""
    wanted = words.lot or words.typed
    if not wanted:
        return []
    narrowed = (_OF_PRODUCT if words.product else "") + (_OF_DI if words.di else "")
    exact = _lots(session, words, narrowed + "l.lot_no = :wanted", wanted)
    if exact or whole or words.di or len(wanted) < 3:
        return exact
    return _lots(session, words, narrowed + "l.lot_no LIKE :wanted ESCAPE '!'", _beginning(wanted))


def _lots(session: Session, words: Words, where: str, wanted: str) -> list[JsonObject]:
    rows = connection_of(session).execute(text(_LOT_COLUMNS + where + _LOT_ORDER), _values(words, wanted))
    names = "lot_id lot expiry mode product product_name product_name_en model unit in_stock".split()
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return [{**one, "expiry": one["expiry"] or None, "in_stock": int(one["in_stock"])} for one in found]


def serials(session: Session, words: Words) -> list[JsonObject]:
    """Units by serial number, or by the whole code that is on them."""
    wanted = words.serial or words.typed
    if not wanted:
        return []
    narrowed = (_OF_PRODUCT if words.product else "") + (_OF_DI if words.di else "")
    where = narrowed + "s.serial_no = :wanted"
    rows = connection_of(session).execute(text(_SERIAL_COLUMNS + where + _SERIAL_ORDER), _values(words, wanted))
    names = "serial_id serial lot_id lot mode product product_name product_name_en".split()
    return [dict(zip(names, row, strict=True)) for row in rows]


def _values(words: Words, wanted: str) -> dict[str, Any]:
    return {
        "company": words.company,
        "mode": words.mode,
        "product": words.product,
        "di": words.di,
        "wanted": wanted,
        "most": FOUND_MAX,
    }


def _beginning(wanted: str) -> str:
    return wanted.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"


# ------------------------------------------------------------------ papers

_BY_DOCUMENT = text(
    "SELECT p.id FROM posting p WHERE p.document_id = :number AND p.company = :company AND p.mode = :mode ORDER BY p.id"
)
_BY_CASE = text(
    "SELECT p.id FROM posting p WHERE p.case_id = :number AND p.company = :company AND p.mode = :mode ORDER BY p.id"
)
_BY_ORDER = text(
    """SELECT DISTINCT r.posting_id FROM purchase_order o JOIN order_receipt r ON r.order_id = o.id
 JOIN posting p ON p.id = r.posting_id
 WHERE o.number = :number AND o.company = :company AND p.mode = :mode ORDER BY r.posting_id"""
)
_BY_KEY = text(
    """SELECT p.id FROM case_row c JOIN posting p ON p.case_id = c.id
 WHERE c.business_key = :number AND p.company = :company AND p.mode = :mode ORDER BY p.id"""
)
_SAME_CASES = text(
    """SELECT p.id FROM posting p WHERE p.case_id IN (SELECT q.case_id FROM posting q WHERE q.id IN :postings)
 AND p.case_id <> '' AND p.company = :company AND p.mode = :mode ORDER BY p.id LIMIT :most"""
).bindparams(bindparam("postings", expanding=True))
_ORDERS_OF = text(
    """SELECT r.posting_id, o.number, SUM(r.quantity) FROM order_receipt r JOIN purchase_order o ON o.id = r.order_id
 WHERE r.posting_id IN :postings GROUP BY r.posting_id, o.number ORDER BY o.number"""
).bindparams(bindparam("postings", expanding=True))
POSTINGS_MAX = 500
"""The postings of one document that are shown: a delivery of many lines makes a few hundred."""
KINDS = ("document", "purchase_order", "case", "business_key")


def postings_of_document(
    session: Session, number: str, mode: str = "live", company: str = COMPANY
) -> dict[str, list[int]]:
    """The postings that a number leads to, by what kind of number it is; kinds that know it not are left out."""
    found: dict[str, list[int]] = {}
    for kind, statement in zip(KINDS, (_BY_DOCUMENT, _BY_ORDER, _BY_CASE, _BY_KEY), strict=True):
        rows = connection_of(session).execute(statement, {"number": number, "company": company, "mode": mode})
        ids = [row[0] for row in rows.fetchmany(POSTINGS_MAX)]
        if ids:
            found[kind] = ids
    return found


def of_the_same_cases(
    session: Session, postings: Sequence[int], mode: str = "live", company: str = COMPANY
) -> list[int]:
    """These postings and every other that their cases made: the paper's way from arrival to the shelf."""
    if not postings:
        return []
    values = {"postings": list(postings), "company": company, "mode": mode, "most": POSTINGS_MAX}
    rows = connection_of(session).execute(_SAME_CASES, values)
    return sorted({*postings, *(row[0] for row in rows)})


def orders_of(session: Session, postings: Collection[int]) -> dict[int, list[JsonObject]]:
    """The purchase orders that postings were received against."""
    found: dict[int, list[JsonObject]] = {}
    if postings:
        for posting, number, qty in connection_of(session).execute(_ORDERS_OF, {"postings": sorted(postings)}):
            found.setdefault(posting, []).append({"number": number, "quantity": int(qty)})
    return found


_SERIAL = text(
    """SELECT s.id, s.serial_no, s.udi, s.lot_id, l.lot_no, l.expiry, s.mode, p.code, p.name, p.name_en, loc.code, loc.kind,
 w.code, w.site, s.current_status FROM serial s JOIN lot l ON l.id = s.lot_id JOIN product p ON p.id = s.product_id
 JOIN location loc ON loc.id = s.current_location_id LEFT JOIN warehouse w ON w.id = loc.warehouse_id
 WHERE s.id = :serial AND s.company = :company"""
)
_SERIAL_NAMES = "serial_id serial udi lot_id lot expiry mode product product_name product_name_en location kind warehouse site status"
_HIDDEN = text(
    """SELECT COUNT(*) FROM move_serial u JOIN stock_move m ON m.id = u.move_id
 WHERE u.serial_id = :serial AND m.site NOT IN :sites"""
).bindparams(bindparam("sites", expanding=True))


def serial(session: Session, serial_id: int, company: str = COMPANY) -> dict[str, Any] | None:
    """A unit, where it is and in which status."""
    row = connection_of(session).execute(_SERIAL, {"serial": serial_id, "company": company}).first()
    return dict(zip(_SERIAL_NAMES.split(), row, strict=True)) if row else None


def hidden_moves(session: Session, serial_id: int, sites: Collection[str]) -> int:
    """How many of a unit's moves belong to other sites."""
    values = {"serial": serial_id, "sites": sorted(sites) or [""]}
    return int(connection_of(session).execute(_HIDDEN, values).scalar_one())


_PRODUCT = text("SELECT 1 FROM product WHERE company = :company AND code = :code")
_CASE = text(
    "SELECT p.case_id FROM posting p WHERE p.case_id >= :first AND p.case_id <= :last AND p.company = :company AND p.mode = :mode LIMIT 1"
)


def is_product(session: Session, code: str, company: str = COMPANY) -> bool:
    """Whether a product has this code."""
    return connection_of(session).execute(_PRODUCT, {"company": company, "code": code}).first() is not None


def case_between(session: Session, ends: tuple[str, str], mode: str = "live", company: str = COMPANY) -> str | None:
    """The case with postings whose id lies between two ids."""
    values = {"first": ends[0], "last": ends[1], "company": company, "mode": mode}
    row = connection_of(session).execute(_CASE, values).first()
    return str(row[0]) if row else None
