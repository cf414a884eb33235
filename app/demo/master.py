"""Master data of the demo: company, places, people, partners, products, orders. Written once, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session, SQLModel

from app.demo import selling, staff_files
from app.demo.files import read
from records import master, parties, products
from records.base import COMPANY
from records.master import Because
from records.orders import PurchaseOrder, PurchaseOrderLine
from records.organisation import Company, Department, Site
from records.parties import Credential, CredentialScope, Partner, Qualification
from records.people import Account, RoleGrant, account, accounts
from records.products import Product, ProductDi
from records.stock import Location, Warehouse

APPROVED_DAYS_AGO = 420
"""Suppliers and products of the demo were approved before any of its orders."""


@dataclass(frozen=True)
class Secrets:
    """How passwords, badges and PINs are kept: hashes of each."""

    password: str
    """The hash of the one password of all demo accounts."""
    badge: Callable[[str], str]
    pin: Callable[[str], str]


def write(session: Session, at: str, today: date, secrets: Secrets) -> bool:
    """Write the whole master data; ``False`` when the installation has people already, the demo's or its own."""
    if accounts(session):
        return False
    approved = read_approval(today)
    _organisation(session, today)
    _people(session, at, today, secrets)
    staff_files.write(session, at, today)
    because = Because("system", at, "demo / 演示数据")
    _places(session, today, because)
    _partners(session, today, approved, because)
    _carriers(session, today, because)
    _products(session, today, approved, because)
    session.flush()
    selling.write(session, today, at, because)
    _orders(session, today)
    return True


def read_approval(today: date) -> str:
    """The day on which the demo's partners and products were approved."""
    return date.fromordinal(today.toordinal() - APPROVED_DAYS_AGO).isoformat()


def _organisation(session: Session, today: date) -> None:
    data = read("company", today)
    company = session.get(Company, COMPANY) or Company(key=COMPANY, name="")
    company.name, company.name_en = data["company"]["name"]["zh"], data["company"]["name"]["en"]
    company.uscc, company.licence_no = data["company"]["uscc"], data["company"]["operation_license_no"]
    session.add(company)
    session.flush()
    for site in data["sites"]:
        session.add(Site(key=site["key"], name=site["name"]["zh"], name_en=site["name"]["en"], zone=site["zone"]))
    session.flush()
    for part in data["departments"]:
        name = part["name"]
        session.add(Department(key=part["key"], site=part["site"], name=name["zh"], name_en=name["en"]))
    session.flush()


def _people(session: Session, at: str, today: date, secrets: Secrets) -> None:
    heads = {part["key"]: part["head"] for part in read("company", today)["departments"]}
    people = sorted(read("people", today)["people"], key=lambda person: person["username"] not in heads.values())
    for person in people:
        session.add(_account(person, at, secrets))
    session.flush()
    for person in people:
        head = heads.get(person["department"])
        row = account(session, person["username"])
        if row is not None and head != person["username"]:
            row.superior = head
        sites = [None] if person["sites"] == "all" else person["sites"]
        session.add_all(_grant(person, site, at, today) for site in sites)
    session.flush()


def _account(person: Any, at: str, secrets: Secrets) -> Account:
    return Account(
        username=person["username"],
        name=person["name"],
        name_en=person.get("name_en", ""),
        department=person["department"],
        password_hash=secrets.password,
        badge_hash=secrets.badge(person["badge"]) if "badge" in person else None,
        pin_hash=secrets.pin(person["pin"]) if "pin" in person else None,
        created_at=at,
    )


def _grant(person: Any, site: str | None, at: str, today: date) -> RoleGrant:
    return RoleGrant(
        account=person["username"],
        role=person["role"],
        site=site,
        valid_from=read_approval(today),
        valid_to=person.get("until"),
        granted_by="system",
        granted_at=at,
    )


def _places(session: Session, today: date, because: Because) -> None:
    for house in read("company", today)["warehouses"]:
        row = Warehouse(site=house["site"], code=house["key"], name=house["name"]["zh"], name_en=house["name"]["en"])
        master.write(session, f"warehouse/{row.code}", [row], because)
        places = [_location(row, zone, code) for zone in house["zones"] for code in zone["locations"]]
        master.write_all(session, [(f"location/{place.code}", place) for place in places], because)


def _location(house: Warehouse, zone: Any, code: str) -> Location:
    return Location(
        warehouse_id=house.id,
        code=code,
        name=zone["name"]["zh"],
        name_en=zone["name"]["en"],
        kind="INTERNAL",
        zone=zone["kind"],
        temp_min=zone["temp_min"],
        temp_max=zone["temp_max"],
    )


def _partners(session: Session, today: date, approved: str, because: Because) -> None:
    data = read("partners", today)
    suppliers = [(_partner(given, "SUPPLIER", supplier_type=given["kind"]), given) for given in data["suppliers"]]
    customers = [
        (_partner(given, "CUSTOMER", purchaser_type=selling.purchaser_type(given)), given)
        for given in data["customers"]
    ]
    master.write_all(session, [(_subject(row), row) for row, _ in suppliers + customers], because)
    kept: list[tuple[str, SQLModel]] = []
    scoped: list[tuple[str, Credential, list[tuple[str, str]]]] = []
    for row, given in suppliers:
        assert row.id is not None
        papers = [(_paper(row.id, paper), paper) for paper in given["papers"]]
        kept += [(_subject(row), paper) for paper, _ in papers]
        named = [(paper, [("product", code) for code in one.get("products", ())]) for paper, one in papers]
        scoped += [(_subject(row), paper, scopes) for paper, scopes in named]
        if given["qualified"]:
            at = f"{approved}T02:00:00.000Z"
            decided = Qualification(subject_id=row.id, state="approved", decided_at=at, decided_by="director")
            kept.append((_subject(row), decided))
    for row, given in customers:
        assert row.id is not None
        licence = selling.licence(row.id, given)
        at = f"{approved}T02:00:00.000Z"
        decided = Qualification(subject_id=row.id, state="approved", decided_at=at, decided_by="director")
        kept += [(_subject(row), licence), (_subject(row), decided)]
        if "scope" in given:
            scoped.append((_subject(row), licence, [("class_code", entry) for entry in given["scope"]]))
    own, entries = _own_licence(today)
    letter = selling.letter(today)
    master.write_all(session, [*kept, ("company/main", own), ("company/main", letter)], because)
    scoped.append(("company/main", own, [("class_code", entry) for entry in entries]))
    scoped.append(("company/main", letter, [("person", selling.SELLER), ("region", "全国")]))
    master.write_all(session, _scopes(scoped), because)


def _carriers(session: Session, today: date, because: Because) -> None:
    """Carriers with their agreements, which state how long the goods may be under way (GSP 98)."""
    given = read("partners", today)["carriers"]
    carriers = [(_partner(one, "CARRIER"), one) for one in given]
    master.write_all(session, [(_subject(row), row) for row, _ in carriers], because)
    bound: list[tuple[str, Credential, list[tuple[str, str]]]] = []
    for row, one in carriers:
        assert row.id is not None
        hours = [("transit_hours", str(paper["transit_hours"])) for paper in one["papers"]]
        papers = [_paper(row.id, paper) for paper in one["papers"]]
        bound += [(_subject(row), paper, [scope]) for paper, scope in zip(papers, hours, strict=True)]
    master.write_all(session, [(subject, paper) for subject, paper, _ in bound], because)
    master.write_all(session, _scopes(bound), because)


def _own_licence(today: date) -> tuple[Credential, list[str]]:
    given = read("company", today)["company"]
    number, until = given["operation_license_no"], given["operation_license_valid_until"]
    licence = Credential(owner_type="company", owner_id=0, kind="operation_license", number=number, valid_until=until)
    return licence, given["business_scope"]


def _scopes(scoped: list[tuple[str, Credential, list[tuple[str, str]]]]) -> list[tuple[str, SQLModel]]:
    """What the papers cover, once the papers have their numbers."""
    rows: list[tuple[str, SQLModel]] = []
    for subject, paper, scopes in scoped:
        assert paper.id is not None
        rows += [(subject, CredentialScope(credential_id=paper.id, kind=kind, value=value)) for kind, value in scopes]
    return rows


def _subject(row: Partner) -> str:
    return f"partner/{row.code}"


def _paper(owner: int, given: Any) -> Credential:
    return Credential(owner_id=owner, kind=given["kind"], number=given["number"], valid_until=given["valid_until"])


def _partner(given: Any, kind: str, **more: Any) -> Partner:
    same = {key: given.get(key, "") for key in ("code", "name", "name_en", "uscc", "address", "contact")}
    return Partner(kind=kind, **same, **more)


def _products(session: Session, today: date, approved: str, because: Because) -> None:
    for given in read("products", today)["products"]:
        row = Product(
            code=given["code"],
            name=given["product_name"],
            name_en=given["name_en"],
            approved_at=approved if given["qualified"] else None,
            status="APPROVED" if given["qualified"] else "DRAFT",
            tracking="LOT_SERIAL" if given["tracking"] == "serial" else "LOT",
            shelf_rule="SERVICE_LIFE" if given["service_life"] else "EXPIRY",
            service_life=given["service_life"] or "",
            udi_required=given["udi_di"] is not None,
            temp_min=given["temp_min"],
            temp_max=given["temp_max"],
            contract_manufacturer_name=given.get("contract_manufacturer_name", ""),
            **{key: given[key] for key in _SAME},
        )
        master.write(session, f"product/{row.code}", [row], because)
        assert row.id is not None
        if given["udi_di"]:
            master.write(session, f"product/{row.code}", [ProductDi(di=given["udi_di"], product_id=row.id)], because)


_SAME = (
    "model", "specification", "unit", "device_class", "registration_no", "registration_valid_until", "registrant_name",
    "production_license_no", "storage_condition", "is_cold_chain", "is_implant", "is_ivd", "is_sterile",
)  # fmt: skip


def _orders(session: Session, today: date) -> None:
    for given in read("orders", today)["orders"]:
        supplier = parties.by_code(session, given["supplier"])
        assert supplier is not None and supplier.id is not None
        row = PurchaseOrder(
            site=given["site"], number=given["number"], supplier_id=supplier.id, ordered_on=given["ordered"]
        )
        session.add(row)
        session.flush()
        known = products.by_codes(session, [line["product"] for line in given["lines"]])
        for number, line in enumerate(given["lines"], 1):
            product = known[line["product"]]
            assert row.id is not None and product.id is not None
            price = Decimal(line["unit_price"])
            session.add(
                PurchaseOrderLine(
                    order_id=row.id, line_no=number, product_id=product.id, quantity=line["quantity"], unit_price=price
                )
            )
