"""The steps that goods took, newest first, each with who answers for it: pages of moves of a lot, a unit, or postings.

The responsible person of a step is, where a person posted it, that person; where a process posted it, whoever signed last
before it, in the innermost part of the case that holds it (the line before the delivery). Behind him stand all who
signed on the way there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlmodel import Session

from domain import paths
from domain.canonical import loads
from domain.json_types import JsonObject
from records.base import connection_of

PAGE_MAX = 200
SIGNATURES_MAX = 5_000
"""Signatures that are looked at for one page of steps: those of the cases behind it."""


@dataclass(frozen=True)
class Signer:
    """Who signed what, where in a case."""

    case_id: str
    seq: int
    path: str
    signer: str
    name: str
    role: str | None
    on_behalf_of: str | None
    meaning: str
    at: str
    act_sha: str

    def as_json(self) -> JsonObject:
        """The person as answers tell him or her."""
        return {
            "id": self.signer,
            "name": self.name,
            "role": self.role,
            "on_behalf_of": self.on_behalf_of,
            "meaning": self.meaning,
            "at": self.at,
            "case": self.case_id,
            "seq": self.seq,
        }


@dataclass(frozen=True)
class StepFilter:
    """Which steps: exactly one of `lot`, `serial` and `postings`; `sites` bounds what the caller may see."""

    lot: int | None = None
    serial: int | None = None
    postings: Sequence[int] = ()
    sites: Collection[str] | None = None
    partner: int | None = None


_COLUMNS = """m.id, m.posting_id, m.line_no, m.kind, m.business_at, m.recorded_at, m.lot_id, m.from_status, m.to_status,
 m.owner, m.qty, m.reverses_move_id, m.site, p.kind AS posting_kind, p.actor, p.case_id, p.path, p.document_type,
 p.document_id, p.evidence, p.result, f.code AS source, f.kind AS source_kind, t.code AS target, t.kind AS target_kind,
 fw.code AS source_warehouse, tw.code AS target_warehouse, l.lot_no, pr.code AS product, pr.unit,
 pa.code AS partner_code, pa.name AS partner_name, pa.name_en AS partner_name_en,
 (SELECT r.id FROM stock_move r WHERE r.reverses_move_id = m.id) AS reversed_by,
 (SELECT a.name FROM account a WHERE a.username = p.actor) AS actor_name"""
_JOINS = """JOIN posting p ON p.id = m.posting_id JOIN location f ON f.id = m.from_location_id
 JOIN location t ON t.id = m.to_location_id JOIN lot l ON l.id = m.lot_id JOIN product pr ON pr.id = m.product_id
 LEFT JOIN warehouse fw ON fw.id = f.warehouse_id LEFT JOIN warehouse tw ON tw.id = t.warehouse_id
 LEFT JOIN partner pa ON pa.id = m.partner_id"""


def steps(
    session: Session, wanted: StepFilter, after: tuple[str, int] | None = None, limit: int = 50
) -> tuple[list[JsonObject], tuple[str, int] | None]:
    """A page of steps, newest first, with the position of the next page."""
    size = max(1, min(limit, PAGE_MAX))
    values: dict[str, Any] = {"limit": size + 1}
    values |= {"lot": wanted.lot} if wanted.lot is not None else {}
    values |= {"serial": wanted.serial} if wanted.serial is not None else {}
    values |= {"postings": list(wanted.postings)} if wanted.postings else {}
    values |= {"sites": sorted(wanted.sites) or [""]} if wanted.sites is not None else {}
    values |= {"partner": wanted.partner} if wanted.partner is not None else {}
    values |= {"at": after[0], "id": after[1]} if after else {}
    rows = connection_of(session).execute(_steps(tuple(sorted(values))), values).mappings().all()
    page = [dict(row) for row in rows[:size]]
    behind = signatures(session, {row["case_id"] for row in page if row["case_id"]})
    last = page[-1] if page and len(rows) > size else None
    return [_told(row, behind) for row in page], (last["business_at"], last["id"]) if last else None


@cache
def _steps(names: tuple[str, ...]) -> TextClause:
    """One statement for each set of filters, made once."""
    where = {
        "lot": "m.lot_id = :lot",
        "serial": "m.id IN (SELECT u.move_id FROM move_serial u WHERE u.serial_id = :serial)",
        "postings": "m.posting_id IN :postings",
        "sites": "m.site IN :sites",
        "partner": "m.partner_id = :partner",
        "at": "(m.business_at < :at OR (m.business_at = :at AND m.id < :id))",
    }
    clauses = " AND ".join(clause for name, clause in where.items() if name in names)
    sql = f"SELECT {_COLUMNS} FROM stock_move m {_JOINS} WHERE {clauses} ORDER BY m.business_at DESC, m.id DESC LIMIT :limit"
    return text(sql).bindparams(*(bindparam(name, expanding=True) for name in ("postings", "sites") if name in names))


_SIGNATURES = text(
    """SELECT case_id, seq, path, signer, signer_name, role, on_behalf_of, meaning, at, act_sha FROM signature
 WHERE case_id IN :cases ORDER BY case_id, seq LIMIT :most"""
).bindparams(bindparam("cases", expanding=True))


def signatures(session: Session, cases: Collection[str]) -> dict[str, list[Signer]]:
    """The signatures of some cases, each in order."""
    found: dict[str, list[Signer]] = defaultdict(list)
    if cases:
        values = {"cases": sorted(cases), "most": SIGNATURES_MAX}
        for row in connection_of(session).execute(_SIGNATURES, values):
            found[row[0]].append(Signer(*row))
    return found


def behind(signed: Iterable[Signer], path: str, before: str) -> list[Signer]:
    """Who signed on the way to a step at `path`, up to a moment: the innermost and last one first."""
    on_the_way = [one for one in signed if one.at <= before and paths.is_within(path, paths.parent_of(one.path))]
    return sorted(on_the_way, key=lambda one: (one.path.count("/"), one.seq), reverse=True)


def _told(row: dict[str, Any], signed: dict[str, list[Signer]]) -> JsonObject:
    evidence: Any = loads(row["evidence"]) or {}
    result: Any = loads(row["result"]) or {}
    stood = behind(signed.get(row["case_id"], ()), row["path"], row["recorded_at"])
    named = {sha for kept in evidence.values() for sha in (kept if isinstance(kept, list) else [kept])}
    stood.sort(key=lambda one: one.act_sha not in named)  # the signature that the posting itself names comes first
    people: list[Any] = [one.as_json() for one in stood]
    return {
        "move": row["id"],
        "posting_id": row["posting_id"],
        "posting": result.get("posting"),
        "kind": row["kind"],
        "posting_kind": row["posting_kind"],
        "line_no": row["line_no"],
        "business_at": row["business_at"],
        "recorded_at": row["recorded_at"],
        "lot_id": row["lot_id"],
        "lot": row["lot_no"],
        "product": row["product"],
        "quantity": row["qty"],
        "unit": row["unit"],
        "from": _end(row, "source", "from_status"),
        "to": _end(row, "target", "to_status"),
        "owner": row["owner"],
        "site": row["site"],
        "partner": _partner(row),
        "reverses": row["reverses_move_id"],
        "reversed_by": row["reversed_by"],
        "document": {"type": row["document_type"], "id": row["document_id"]} if row["document_id"] else None,
        "case": row["case_id"] or None,
        "path": row["path"],
        "responsible": _responsible(row, people),
        "signed": people,
    }


def _end(row: dict[str, Any], end: str, status: str) -> JsonObject:
    return {
        "location": row[end],
        "kind": row[f"{end}_kind"],
        "warehouse": row[f"{end}_warehouse"],
        "status": row[status],
    }


def _partner(row: dict[str, Any]) -> JsonObject | None:
    if row["partner_code"] is None:
        return None
    return {
        "code": row["partner_code"],
        "name": row["partner_name"],
        "name_en": row["partner_name_en"] or row["partner_name"],
    }


def _responsible(row: dict[str, Any], people: Sequence[Any]) -> JsonObject | None:
    """The person who posted, where that is a person; else the first of those who signed."""
    if row["actor"] != "system":
        return {"id": row["actor"], "name": row["actor_name"] or row["actor"], "role": None, "meaning": None,
                "at": row["recorded_at"], "case": row["case_id"] or None, "seq": None}  # fmt: skip
    return people[0] if people else None
