"""The demo company is believable and complete: what the contract promises of it, the failures it holds ready."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import biip
import pytest
from sqlmodel import col, select

from activities.logger_csv import read_points
from app.demo import curves, files, master
from domain.roles import ROLES
from domain.stock import ZONE_COLOURS, Zone
from domain.temperature import Journey, summarize
from records import facts
from records.database import Database
from records.migrate import upgrade
from records.people import Account, accounts, roles_on
from records.products import Product, ProductDi
from records.stock import Location, Warehouse

TODAY = date(2026, 11, 22)
AT = "2026-11-22T01:00:00.000Z"
NAMES = (
    "owner receiver inspector keeper reviewer buyer seller manager coldchain driver aftersales ae trainer equipment "
    "finance hr qa qa2 director head auditor guest admin keeper2 nbreceiver nbinspector nbkeeper"
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A database with the demo's master data."""
    url = f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.db'}"
    upgrade(url)
    database = Database(url)
    secrets = master.Secrets("hash", lambda badge: f"badge {badge}", lambda pin: f"pin {pin}")
    with database.write() as session:
        assert master.write(session, AT, TODAY, secrets)
    return database


def test_writing_it_twice_changes_nothing(demo: Database) -> None:
    with demo.write() as session:
        assert not master.write(session, AT, TODAY, master.Secrets("other", str, str))
    with demo.read() as session:
        assert {row.password_hash for row in accounts(session)} == {"hash"}


def test_the_accounts_of_the_contract_and_a_temporary_one_are_there_each_with_one_role(demo: Database) -> None:
    with demo.read() as session:
        people = {row.username: roles_on(session, row.username, TODAY.isoformat()) for row in accounts(session)}
    assert sorted(people) == sorted(NAMES.split())
    assert {role for held in people.values() for role in held} == set(ROLES)
    assert all(len(held) == 1 for held in people.values())
    assert people["qa2"] == {"quality_staff": frozenset({"ningbo"})}
    assert people["receiver"] == {"receiver": frozenset({"hangzhou"})}


def test_the_people_on_the_shop_floor_have_badge_and_pin(demo: Database) -> None:
    with demo.read() as session:
        badges = {row.username for row in session.exec(select(Account).where(col(Account.badge_hash).is_not(None)))}
    assert badges == {"receiver", "inspector", "keeper"}


def test_each_warehouse_belongs_to_one_site_and_has_the_zones_of_the_law(demo: Database) -> None:
    with demo.read() as session:
        houses = list(session.exec(select(Warehouse)))
        zones = {
            house.code: {row.zone for row in session.exec(select(Location).where(Location.warehouse_id == house.id))}
            for house in houses
        }
        assert {house.site for house in houses} == {"hangzhou", "ningbo", "jiaxing"}
    assert all(found == {zone.value for zone in Zone} for found in zones.values())
    assert set(ZONE_COLOURS) == set(Zone)


def test_products_have_real_shaped_numbers_and_identifiers_with_valid_check_digits(demo: Database) -> None:
    with demo.read() as session:
        products = list(session.exec(select(Product)))
        identifiers = [row.di for row in session.exec(select(ProductDi))]
        assert len(products) >= 30 and {row.device_class for row in products} == {"I", "II", "III"}
        for row in products:
            digit = {"II": "2", "III": "3"}.get(row.device_class)
            shape = rf"[国浙苏粤沪]械注准\d{{4}}{digit}\d{{6}}" if digit else r"[\u4e00-\u9fa5]{1,3}械备\d{8}"
            assert re.fullmatch(shape, row.registration_no), row.registration_no
        assert all(biip.parse(f"01{di}").gs1_message for di in identifiers)
        assert len(identifiers) == len(products) - 1


def test_cold_chain_and_implant_products_are_among_them(demo: Database) -> None:
    with demo.read() as session:
        products = list(session.exec(select(Product)))
        assert all(row.temp_min is not None for row in products if row.is_cold_chain)
        assert {row.tracking for row in products if row.is_implant} == {"LOT", "LOT_SERIAL"}


def test_a_paper_ends_in_twelve_days() -> None:
    papers = [paper for one in files.read("partners", TODAY)["suppliers"] for paper in one["papers"]]
    assert (TODAY + timedelta(days=12)).isoformat() in {paper["valid_until"] for paper in papers}


@pytest.mark.parametrize(
    ("note", "rules"),
    [
        ("BH-26-0088", {"RULE-01"}),
        ("MC-20261121", {"RULE-03", "RULE-05"}),
        ("CK-261118-07", set()),
        ("QH-1107-01", {"RULE-03"}),
    ],
)
def test_deliveries_break_the_rules_they_are_made_for(demo: Database, note: str, rules: set[str]) -> None:
    given = next(one for one in files.read("deliveries", TODAY)["deliveries"] if one["note"] == note)
    lines = [_line(line) for line in given["lines"]]
    with demo.read() as session:
        found = facts.receipt_violations(session, supplier_code=given["supplier"], lines=lines, site="hangzhou", at=AT)
    assert {violation.rule for violation in found} == rules


def test_every_delivery_names_orders_products_and_places_that_exist(demo: Database) -> None:
    ordered = {
        order["number"]: {line["product"] for line in order["lines"]} for order in files.read("orders", TODAY)["orders"]
    }
    with demo.read() as session:
        places = {row.code for row in session.exec(select(Location))}
    for given in files.read("deliveries", TODAY)["deliveries"]:
        assert set(given["orders"]) <= set(ordered)
        for line in given["lines"]:
            assert line["product"] in ordered[line["order"]], (given["note"], line["line_no"])
            assert line["quarantine"] in places


@pytest.mark.parametrize(("curve", "gap", "highest"), [("steady", 5, 6), ("gap", 29, 6), ("warm", 5, 15)])
def test_logger_files_read_back_as_the_curve_they_were_drawn_from(curve: str, gap: int, highest: int) -> None:
    departure = datetime(2026, 11, 22, 5, 40, tzinfo=UTC)
    journey = Journey(departure, departure + timedelta(minutes=200))
    content = curves.csv_of(files.read("logs", TODAY)["curves"][curve], journey.departure, journey.arrival)
    summary = summarize(read_points(content, UTC), journey)
    assert summary.covers
    assert summary.max_gap_min <= gap and (summary.max_gap_min > 5) == (gap > 5)
    assert summary.max_c is not None and highest - 1 < summary.max_c < highest


def test_the_data_names_nobody_real_by_address_of_a_person() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in Path(files.FOLDER).glob("*.yaml"))
    assert not re.search(r"\b1[3-9]\d{9}\b", texts), "mobile numbers belong to people"


def _line(line: Any) -> Any:
    found = {
        "line_no": line["line_no"],
        "purchase_order_no": line["order"],
        "product_code": line["product"],
        "received_quantity": line["received"],
    }
    return found | ({"production_date": line["made"]} if line.get("made") else {})
