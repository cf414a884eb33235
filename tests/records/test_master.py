"""Master data keeps its history: every row as it was, who changed it and why, and the chain that proves it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, select

from records import agreements, master, search_text
from records.agreements import PriceAgreement
from records.database import Database
from records.master import Because, MasterVersion
from records.parties import Credential, Partner
from records.products import Product, ProductDi
from records.search_text import SearchText
from records.verify import verify_all

FIRST = Because("quality", "2026-11-22T12:00:00.000Z", "first loading")
LATER = Because("quality2", "2026-11-23T12:00:00.000Z", "renewed certificate", "C-1", "C-1/apply#1/master")


def partner(database: Database, code: str, name: str = "上海澄康医疗科技有限公司") -> Partner:
    """A partner on file, with its first version."""
    row = Partner(code=code, name=name)
    with database.write() as session:
        master.write(session, f"partner/{code}", [row], FIRST)
    return row


def test_every_change_is_a_version_with_who_when_and_why(database: Database) -> None:
    partner(database, "M-1")
    with database.write() as session:
        row = session.exec(select(Partner).where(Partner.code == "M-1")).one()
        row.address = "浦东新区"
        master.write(session, "partner/M-1", [row], LATER)
    with database.read() as session:
        newest, first = master.versions(session, "partner/M-1")
        assert (newest.rev, newest.action, newest.by, newest.at) == (2, "changed", "quality2", LATER.at)
        assert (newest.changed, newest.reason, newest.case_id) == (["address"], "renewed certificate", "C-1")
        assert (first.rev, first.action, first.body["address"]) == (1, "created", "")
        assert master.before(session, newest) == first


def test_writing_what_is_there_already_makes_no_version(database: Database) -> None:
    row = partner(database, "M-2")
    with database.write() as session:
        again = session.get(Partner, row.id)
        assert again is not None
        assert master.write(session, "partner/M-2", [again], LATER) == []


def test_what_was_removed_stays_in_the_history(database: Database) -> None:
    with database.write() as session:
        product = Product(code="M-P", name="留置针")
        master.write(session, "product/M-P", [product], FIRST)
        assert product.id is not None
        pack = ProductDi(di="16970456004079", product_id=product.id, level=2, contains_qty=10)
        master.write(session, "product/M-P", [pack], FIRST)
    with database.write() as session:
        gone = session.get(ProductDi, "16970456004079")
        assert gone is not None
        master.remove(session, "product/M-P", [gone], LATER)
    with database.read() as session:
        assert session.get(ProductDi, "16970456004079") is None
        newest = master.versions(session, "product/M-P")[0]
        assert (newest.action, newest.body["contains_qty"], newest.by) == ("removed", 10, "quality2")


def test_the_chain_holds_and_shows_a_row_changed_behind_it(database: Database) -> None:
    row = partner(database, "M-3")
    with database.write() as session:
        session.add(Credential(owner_id=row.id or 0, kind="business_license"))  # by other hands, in the old way
    with database.read() as session:
        assert verify_all(session) == []
    with database.write() as session:
        session.connection().execute(text("UPDATE partner SET address = 'forged' WHERE code = 'M-3'"))
    with database.read() as session:
        assert [finding.where for finding in verify_all(session)] == ["table:partner"]
    with database.write() as session:
        session.connection().execute(text("UPDATE partner SET address = '' WHERE code = 'M-3'"))
    with database.read() as session:
        assert verify_all(session) == []


def test_other_rows_of_a_table_written_in_the_same_transaction_are_watched(database: Database) -> None:
    with database.write() as session:
        session.add(Partner(code="M-4a", name="甲"))
        master.write(session, "partner/M-4", [Partner(code="M-4", name="乙")], FIRST)
        session.add(Partner(code="M-4b", name="丙"))
    with database.read() as session:
        assert verify_all(session) == []


def test_history_cannot_be_changed(database: Database) -> None:
    partner(database, "M-5")
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.connection().execute(text("UPDATE master_version SET reason = 'nothing'"))


def found(session: Session, query: str) -> set[str]:
    """The codes that a search finds."""
    statement = select(SearchText.code).where(SearchText.kind == search_text.PARTNER, search_text.matches(query))
    return set(session.exec(statement))


@pytest.mark.parametrize("query", ["重庆", "chongqing", "cqcayl", "CQCA", "ｃｈｏｎｇ", "医疗 重庆", "m-6"])
def test_partners_are_found_in_chinese_pinyin_and_initials(database: Database, query: str) -> None:
    with database.write() as session:
        if session.exec(select(Partner).where(Partner.code == "M-6")).first() is None:
            master.write(session, "partner/M-6", [Partner(code="M-6", name="重庆长安医疗器械")], FIRST)
    with database.read() as session:
        assert "M-6" in found(session, query)
        assert found(session, query + " 没有") == set()
        assert found(session, "%") == found(session, "_") == set()


def test_a_new_name_is_found_and_the_old_one_no_more(database: Database) -> None:
    row = partner(database, "M-7", "成都华康")
    with database.write() as session:
        again = session.get(Partner, row.id)
        assert again is not None
        again.name = "绵阳华康"
        master.write(session, "partner/M-7", [again], LATER)
    with database.read() as session:
        assert "M-7" in found(session, "myhk")
        assert "M-7" not in found(session, "cdhk")


def test_the_price_of_a_day_is_exact_and_that_of_the_quantity(database: Database) -> None:
    owner = partner(database, "M-8")
    with database.write() as session:
        product = Product(code="M-8P", name="注射器")
        master.write(session, "product/M-8P", [product], FIRST)
        assert owner.id is not None and product.id is not None
        rows = [
            PriceAgreement(
                partner_id=owner.id, product_id=product.id, unit_price=Decimal(price), min_quantity=least,
                valid_from="2026-01-01", valid_until=until,
            )
            for price, least, until in (("0.123456", 1, None), ("0.1", 1000, "2026-06-30"))
        ]  # fmt: skip
        master.write(session, "partner/M-8", rows, FIRST)
    with database.read() as session:

        def price(day: str, quantity: int) -> Decimal | None:
            row = agreements.price_on(session, owner.id or 0, product.id or 0, "BUY", day, quantity)
            return row.unit_price if row else None

        assert price("2026-06-30", 999) == Decimal("0.123456")
        assert price("2026-06-30", 1000) == Decimal("0.1")
        assert price("2026-07-01", 1000) == Decimal("0.123456")
        assert price("2025-12-31", 1) is None


def test_a_thousand_rows_are_witnessed_in_few_events(database: Database) -> None:
    with database.write() as session:
        rows = [Partner(code=f"B-{number}", name="批量") for number in range(600)]
        master.write_all(session, [(f"partner/{row.code}", row) for row in rows], FIRST)
    with database.read() as session:
        assert len(session.exec(select(MasterVersion).where(MasterVersion.subject == "partner/B-599")).all()) == 1
        assert verify_all(session) == []
