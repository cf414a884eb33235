"""The rows of registers: what the ledger or a signature says first, then what the case says under the same names.

SOPs use the names of the glossary in their forms, so a register finds a field of the law wherever a form asks for it:
in the line, in the case, at its start. Nothing is typed into a register and nothing is computed twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from domain import paths
from domain.registers import SIGNED, Register, row_of
from records import cases as case_rows
from records import registers, shipped
from records.case_tables import CaseRow, Signature
from records.registers import Period
from services.case_rules import readable
from services.office import Office
from services.scopes import CaseScopes
from workflows.language.model import Model

Row = dict[str, Any]
JOURNEYS = ("cold_chain_shipping", "transport_delivery")
"""The SOPs that carry what left, in the order in which they do; each case has the outbound number as its key."""
_NO_CASE: Mapping[str, Any] = {}


@dataclass(frozen=True)
class CaseFile:
    """What a case holds and who signed what in it, as registers and documents read it."""

    row: CaseRow
    scopes: CaseScopes
    data: Mapping[str, Any]
    start: Mapping[str, Any]
    signatures: Sequence[Signature]

    def line(self, line_no: str) -> Mapping[str, Any]:
        """The line with this number in one of the case's lists; what was worked on line by line goes before others."""
        if not line_no:
            return _NO_CASE
        worked = [name.removeprefix("keys/") for name in self.scopes.rows if name.startswith("keys/")]
        for name in (*worked, *(name for name in self.data if name not in worked)):
            found = _in_list(self.data.get(name), line_no)
            if found is not None:
                return found
        return _NO_CASE

    def signed(self, keys: Collection[str], path: str = "", line_no: str = "") -> Row:
        """The fields among `keys` that are a signature: its newest about the line, else in the item around `path`, else
        of the case."""
        item = f"[{paths.escape_key(line_no)}]#" if line_no else ""
        found: Row = {}
        for key in keys:
            wanted = SIGNED.get(key)
            fits = [row for row in self.signatures if wanted is not None and _fits(row, wanted)]
            about = [row for row in fits if item and item in row.path]
            near = [row for row in fits if path and paths.is_within(row.path, _item_around(path))]
            newest = next((some[-1] for some in (about, near, fits) if some), None)
            if newest is not None and wanted is not None:
                found[key] = newest.at if wanted.is_time else newest.signer_name
        return found


def files(session: Session, office: Office, case_ids: Collection[str]) -> dict[str, CaseFile]:
    """The files of several cases, by case; ids without a case are not in it."""
    wanted = {case_id for case_id in case_ids if case_id}
    known = case_rows.some(session, sorted(wanted))
    scopes, signed = registers.scopes_of(session, known), registers.signatures_of(session, known)
    changed = registers.changed_rules(session, known)
    found: dict[str, CaseFile] = {}
    for case_id, row in known.items():
        model = _rules(session, office, row, case_id in changed)
        case = CaseScopes(model, row, scopes.get(case_id, {}))
        found[case_id] = CaseFile(row, case, case.data(), case.start, signed.get(case_id, []))
    return found


def _rules(session: Session, office: Office, row: CaseRow, changed: bool) -> Model:
    """The rules of a case, with the steps of its earlier ones where it changed them."""
    return readable(session, office, row.id, row.pinned_sha) if changed else office.model(session, row.pinned_sha)


def rows_of(session: Session, office: Office, register: Register, keys: Sequence[str], period: Period) -> Iterator[Row]:
    """The rows of a register, in the order of time; each also has `site`, whose clock its times are told by."""
    if register.source == "orders":
        for line in registers.purchases(session, period):
            yield _filled(keys, {"amount": _amount(line)}, line)
    elif register.source in ("moves", "shelved"):
        yield from _of_moves(session, office, register, keys, period)
    else:
        yield from _SIGNED_SOURCES[register.source](session, office, keys, period)


def move_rows(session: Session, office: Office, keys: Sequence[str], part: Sequence[Row]) -> Iterator[Row]:
    """The fields `keys` of some moves, with what their cases know about them."""
    known = files(session, office, {move["case_id"] for move in part})
    numbers = {move["move_id"]: _outbound_nos(known.get(move["case_id"]), move) for move in part}
    journeys = _journeys(session, office, {number for some in numbers.values() for number in some})
    papers = shipped.facts(session, {move["posting_id"] for move in part})
    licences = registers.licences_of(session, {move["partner_id"] for move in part if move.get("partner_id")})
    for move in part:
        case = known.get(move["case_id"])
        line = case.line(move["line_no"]) if case else _NO_CASE
        licence = licences.get(move.get("partner_id") or 0)
        own: Row = {**move, **_dates(move), "amount": _amount({**line, "quantity": move["quantity"]})}
        case_parts = (line, case.data, case.start) if case else ()
        signed = case.signed(keys, move["path"], move["line_no"]) if case else {}
        frozen = papers.get((move["posting_id"], move["line_no"]), _NO_CASE)
        journey = next((journeys[number] for number in numbers[move["move_id"]] if number in journeys), _NO_CASE)
        yield _filled(keys, signed, frozen, own, *case_parts, journey, move["file"], {"purchaser_license_no": licence})


def _outbound_nos(case: CaseFile | None, move: Row) -> list[str]:
    """Under which numbers goods are known that left: that of the case, the voucher's, the document's."""
    told = case.data.get("outbound_order_no") if case else None
    return [str(number) for number in (told, move["voucher"], move["document"]) if number]


def _journeys(session: Session, office: Office, numbers: Collection[str]) -> dict[str, Row]:
    """What was packed and carried, by outbound number: from the cases that took it over under that number."""
    ids = registers.cases_about(session, numbers, JOURNEYS)
    known = files(session, office, ids) if ids else {}
    found: dict[str, Row] = {}
    for case in (known[case_id] for case_id in ids):
        key = str(case.row.business_key)
        found[key] = {**found.get(key, {}), **case.start, **case.data}
    return found


def _of_moves(
    session: Session, office: Office, register: Register, keys: Sequence[str], period: Period
) -> Iterator[Row]:
    found = registers.moves(session, period, register.kinds, shelved=register.source == "shelved")
    for part in found:
        yield from move_rows(session, office, keys, part)


def _dates(move: Row) -> Row:
    """The day of a move under each name that a register has for it."""
    at = move["business_at"]
    names = ("inbound_date", "outbound_date", "sale_date", "ship_date", "return_date", "destruction_date")
    return dict.fromkeys(names, at)


def _inspected(session: Session, office: Office, keys: Sequence[str], period: Period) -> Iterator[Row]:
    for part in registers.signed(session, period, ("inspected",)):
        known = files(session, office, {row.case_id for row in part})
        for row in part:
            case = known[row.case_id]
            around = case.scopes.items_around(row.path)
            line = around[-1][1] if around and isinstance(around[-1][1], dict) else _NO_CASE
            if not line.get("purchase_order_no"):
                continue  # goods that were examined or came back are in registers of their own
            decided = {"inspection_conclusion": _conclusion(case, row), "inspector": row.signer_name}
            own: Row = {**decided, "inspection_date": row.at, "site": row.site}
            yield _filled(keys, own, {"quantity": line.get("received_quantity")}, line, case.data, case.start)


def _conclusion(case: CaseFile, inspection: Signature) -> str:
    """The newest decision about what was inspected: a ruling of quality goes before the inspector's word."""
    scope = _item_around(inspection.path)
    words = [
        row.outcome
        for row in case.signatures
        if row.seq >= inspection.seq and row.meaning in ("inspected", "quality_rule")
        if paths.is_within(row.path, scope) and row.outcome
    ]
    return {"approved": "pass", "rejected": "fail"}.get(words[-1], words[-1]) if words else ""


def _rounds(session: Session, office: Office, keys: Sequence[str], period: Period) -> Iterator[Row]:
    """One row for each line of goods that was looked at, and one for the store itself."""
    for part in registers.signed(session, period, ("performed",), ("stock_inspection",)):
        known = files(session, office, {row.case_id for row in part})
        for row in part:
            case = known[row.case_id]
            own: Row = {"checker": row.signer_name, "checked_at": row.at, "site": row.site}
            around = case.scopes.items_around(row.path)
            if not around:
                yield _filled(keys, own, case.data, case.start)
                continue
            area: Any = around[-1][1] or {}
            store = {"warehouse": area.get("warehouse"), "site": row.site}
            for line in area.get("route_lines") or []:
                yield _filled(keys, own, line, store)


def _confirmed(session: Session, office: Office, keys: Sequence[str], period: Period) -> Iterator[Row]:
    """One row for each lot and place that quality found nonconforming."""
    for part in registers.signed(session, period, ("quality_rule",), ("nonconforming_handling",)):
        known = files(session, office, {row.case_id for row in part})
        for row in part:
            if row.outcome != "confirmed":
                continue
            case = known[row.case_id]
            own: Row = {"nc_confirmed_by": row.signer_name, "site": row.site}
            rest = case.signed([key for key in keys if key not in own], row.path)
            if not case.data.get("destruction_date"):
                rest.pop("destruction_witness", None)
            for line in case.data.get("positions") or [_NO_CASE]:
                yield _filled(keys, own, rest, line, case.data, case.start)


_SIGNED_SOURCES = {"inspected": _inspected, "rounds": _rounds, "confirmed": _confirmed}


def _filled(keys: Sequence[str], *places: Mapping[str, Any]) -> Row:
    site = next((str(place["site"]) for place in places if place.get("site")), "")
    return {**row_of(keys, *places), "site": site}


def _amount(line: Mapping[str, Any]) -> Decimal | None:
    price, quantity = line.get("unit_price"), line.get("quantity")
    if price is None or quantity is None:
        return None
    return (Decimal(str(price)) * int(quantity)).quantize(Decimal("0.01"))


def _fits(row: Signature, wanted: Any) -> bool:
    return row.meaning in wanted.meanings and (not wanted.roles or row.role in wanted.roles)


def _item_around(path: str) -> str:
    """The scope of the innermost item around a path; the case itself where there is none."""
    parts = path.split("/")
    at = max((number for number, part in enumerate(parts) if part.startswith("[")), default=-1)
    return "/".join(parts[: at + 1])


def _in_list(value: Any, line_no: str) -> Mapping[str, Any] | None:
    if not isinstance(value, list):
        return None
    return next((one for one in value if isinstance(one, dict) and one.get("line_no") == line_no), None)
