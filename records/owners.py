"""Goods of others in our places (货主): what an owner's lots began with, what came, what went and what is left.

Counted from the moves, in real places alone: a move from one shelf to another is neither coming nor going.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, text
from sqlmodel import Session

from domain.json_types import JsonObject
from domain.stock import REAL_KINDS
from records.base import connection_of

_REAL = ",".join(f"'{kind}'" for kind in sorted(REAL_KINDS))
_STATEMENT = text(
    f"""
SELECT p.code AS product, p.name AS product_name, p.unit, lot.id AS lot_id, lot.lot_no, lot.expiry,
  SUM(CASE WHEN x.business_at < :begin THEN x.qty ELSE 0 END) AS opening,
  SUM(CASE WHEN x.business_at >= :begin AND x.qty > 0 THEN x.qty ELSE 0 END) AS came,
  SUM(CASE WHEN x.business_at >= :begin AND x.qty < 0 THEN -x.qty ELSE 0 END) AS went
FROM (
  SELECT m.lot_id, m.business_at,
    CASE WHEN t.kind IN ({_REAL}) THEN m.qty ELSE 0 END - CASE WHEN f.kind IN ({_REAL}) THEN m.qty ELSE 0 END AS qty
  FROM stock_move m JOIN location f ON f.id = m.from_location_id JOIN location t ON t.id = m.to_location_id
  WHERE m.company = :company AND m.mode = :mode AND m.owner = :owner AND m.business_at < :end AND m.site IN :sites
) AS x JOIN lot ON lot.id = x.lot_id JOIN product p ON p.id = lot.product_id
WHERE x.qty <> 0
GROUP BY p.code, p.name, p.unit, lot.id, lot.lot_no, lot.expiry
ORDER BY p.code, lot.lot_no, lot.id
"""  # noqa: S608 - names of ours
).bindparams(bindparam("sites", expanding=True))


def statement(
    session: Session,
    owner: str,
    begin: str,
    end: str,
    sites: Collection[str],
    mode: str = "live",
    company: str = "main",
) -> list[JsonObject]:
    """Opening, in, out and closing of every lot of `owner` for moments from `begin` up to, without, `end`."""
    values = {"owner": owner, "begin": begin, "end": end, "sites": sorted(sites), "mode": mode, "company": company}
    return [
        {
            "product": row.product,
            "product_name": row.product_name,
            "lot_id": row.lot_id,
            "lot": row.lot_no,
            "expiry": row.expiry or None,
            "unit": row.unit,
            "opening": int(row.opening),
            "in": int(row.came),
            "out": int(row.went),
            "closing": int(row.opening) + int(row.came) - int(row.went),
        }
        for row in connection_of(session).execute(_STATEMENT, values)
    ]
