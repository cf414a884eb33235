"""Short ways for tests to post moves of a case with signed evidence, on the distributor of `conftest`."""

from __future__ import annotations

import itertools

from sqlalchemy import text
from sqlmodel import Session

from domain.ids import effect_key
from domain.json_types import JsonObject
from domain.stock import Evidence, Move, MoveKind, Place, PlaceKind, Status
from records import ledger, lots
from records.ledger import Draft, Link, Posting
from records.ledger_verify import verify_ledger
from records.lots import LotKey, LotOrigin
from records.parties import Partner
from records.stock import Location, location_by_code, virtual_place
from tests.stock.conftest import NOON, House

_numbers = itertools.count(1)


def next_number() -> int:
    """A number not given before."""
    return next(_numbers)


class Books:
    """Short ways to post moves of a case, with its signatures as evidence."""

    def __init__(self, house: House) -> None:
        self.house, self.case = house, house.case()
        with house.database.write() as session:
            hospital = session.get(Partner, house.ids.setdefault("H01", 0)) or Partner(
                kind="CUSTOMER", code="H01", name="医院", address="", contact=""
            )
            session.add(hospital)
            session.flush()
            house.ids["H01"] = hospital.id or 0
            self._open_places(session)
        self.evidence = self._signed()

    def _open_places(self, session: Session) -> None:
        warehouse = self.house.ids["HZ"]
        for code, kind, zone in (
            ("HZ-T-01", "INTERNAL", "returns"),
            ("HZ>NB", "TRANSIT", None),
            ("HZ-WARD", "CONSIGNMENT", None),
            ("HZ-KIT", "KIT_OUT", None),
        ):
            if location_by_code(session, code) is None:
                at = self.house.ids["H01"] if kind in ("CONSIGNMENT", "KIT_OUT") else None
                bound = self.house.ids["NB"] if kind == "TRANSIT" else None
                session.add(
                    Location(warehouse_id=warehouse, code=code, kind=kind, zone=zone, partner_id=at, bound_for_id=bound)
                )
        session.flush()

    def _signed(self) -> Evidence:
        self.case.sign("L1", "inspect", "inspected", "pass", "inspector")
        self.case.sign("L1", "rule", "quality_rule", "rejected", "quality_staff")
        self.case.sign("L1", "count", "approve", "approved", "finance")
        self.case.sign("L1", "count", "verified", "approved", "quality_staff")
        with self.house.database.read() as session:
            rows = session.connection().execute(
                text("SELECT act_sha FROM signature WHERE case_id = :case ORDER BY seq"), {"case": self.case.id}
            )
            shas = [row.act_sha for row in rows]
        return Evidence(shas[0], shas[1], tuple(shas[2:]))

    def place(self, session: Session, name: str) -> Place:
        if name in list(PlaceKind):
            return virtual_place(session, PlaceKind(name)).place()
        row = location_by_code(session, name)
        assert row is not None
        return row.place()

    def lot(self, session: Session, number: str, expiry: str = "2028-10-01") -> int:
        key = LotKey(self.house.ids["P-LOT"], number, expiry)
        return lots.open_lots(session, {key: LotOrigin("none")})[key]

    def move(
        self, session: Session, kind: MoveKind, lot: int, route: tuple[str, str], qty: int, was: Status, becomes: Status
    ) -> Move:
        source, target = (self.place(session, name) for name in route)
        partner = self.house.ids["H01"]
        return Move(kind, self.house.ids["P-LOT"], lot, source, target, was, becomes, qty, partner_id=partner)

    def post(
        self,
        session: Session,
        *moves: Move,
        links: tuple[Link, ...] = (),
        site: str = "HQ",
        at: str = NOON,
        uses: tuple[str, ...] = (),
    ) -> str:
        number = next(_numbers)
        key = effect_key(self.case.id, f"step#{number}", "test")
        request: JsonObject = {"kind": "test", "input": {"number": number}}
        posting = Posting(key, "test", request, self.case.id, f"step#{number}", site, at)
        ledger.post(session, posting, lambda: Draft(list(moves), {}, self.evidence, links=links, consumes=uses))
        return key


def faults(house: House) -> set[tuple[str, str]]:
    """What `audit verify` finds in the ledger."""
    with house.database.read() as session:
        return {(fault.invariant, fault.message.en) for fault in verify_ledger(session)}
