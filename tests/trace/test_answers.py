"""What services and REST answer: down, up, a unit's life, papers, search; bounded by site, refused on record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select
from temporalio.client import Client

import api
from app.settings import Settings
from app.wiring import office_of
from domain.errors import RefusedError
from records.audit import AuditEvent
from records.case_tables import Signature
from records.migrate import upgrade
from records.orders import OrderReceipt, PurchaseOrder
from records.people import Account, RoleGrant
from records.products import ProductDi
from services import people, trace
from services.office import Office
from tests.trace.conftest import NOON, Book

POSTS = {"qa": ("quality_staff", "HQ", "B2"), "keeper": ("warehouse_keeper", "HQ"), "seller": ("sales", "B2"),
         "auditor": ("auditor", "HQ", "B2"), "admin": ("it_admin", "HQ")}  # fmt: skip
UDI = "(01)06970123450010(17)281001(10)TNI1(21)SN-7"


@dataclass
class Shop:
    """The office, the book of its goods, and clients of the interface."""

    office: Office
    book: Book
    app: FastAPI
    lot: int
    kit: int
    unit: int

    async def ask(self, who: str, method: str, path: str, **more: Any) -> Any:
        """The answer to somebody."""
        token = await people.make_token(self.office, who, "test", (), None)
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as client:
            return await client.request(method, path, **more)

    async def got(self, who: str, path: str) -> Any:
        """A good answer."""
        answer = await self.ask(who, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def actor(self, who: str) -> Any:
        found = await people.actor_named(self.office, who)
        assert found is not None
        return found


@pytest.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """400 boxes came, 12 went back, 24 became kits, 120 went to the other store, hospitals had some and gave some back."""
    settings = Settings.model_validate({"data": tmp_path_factory.mktemp("shop"), "database_url": "", "demo": False})
    upgrade(settings.database)
    office = office_of(settings, await Client.connect("127.0.0.1:1", lazy=True))
    book = Book(office.db)
    book.furnish()
    _people(office)
    lot, kit = book.lot("TNI1"), book.lot("KIT1", "P-KIT")
    case, path = "0CASE00000000000000000000A", "lines#1/[L1]#1/book#1"
    came = book.post(
        (lot, "~SUPPLIER", "HZ-A-01", 400, "S1"), case_id=case, path="post#1", document_type="delivery_note",
        document_id="CK-77",
    )  # fmt: skip
    book.post((lot, "HZ-A-01", "~SUPPLIER", 12, "S1"), case_id=case, path=path, at="2026-11-22T09:00:00.000Z")
    book.repack(lot, kit, 24, 24)
    book.post((kit, "HZ-A-01", "~CUSTOMER", 10, "C1"))
    book.post((lot, "HZ-A-01", "~CUSTOMER", 70, "C1"))
    book.post((lot, "HZ-A-01", "~CUSTOMER", 80, "C2"), actor="keeper", case_id="", path="")
    book.post((lot, "~CUSTOMER", "HZ-A-01", 5, "C2"))
    book.post((lot, "HZ-A-01", "HZ-T", 120, None))
    book.post((lot, "HZ-T", "NB-A-01", 120, None))
    book.post((lot, "NB-A-01", "~CUSTOMER", 60, "C3"))
    book.post((lot, "NB-A-01", "NB-T", 12, "C3"))
    book.settle()
    unit = book.serial(
        lot, "SN-7", "~CUSTOMER", *(m.id for m in book.moves if m.lot == lot and m.partner in ("S1", "C1"))
    )
    _papers(office, book, came or 0, case)
    app = FastAPI()
    api.build(app, office)
    yield Shop(office, book, app, lot, kit, unit)
    office.db.close()
    office.drafts.close()


def _people(office: Office) -> None:
    with office.db.write() as session:
        for username, (role, *sites) in POSTS.items():
            session.add(Account(username=username, name=username.title(), created_at=NOON))
            session.flush()
            for site in sites:
                grant = {"account": username, "role": role, "site": site, "valid_from": "2020-01-01"}
                session.add(RoleGrant(**grant, granted_by="s", granted_at=NOON))


def _papers(office: Office, book: Book, posting: int, case: str) -> None:
    rows: list[Any] = [
        Signature(case_id=case, seq=seq, site="HQ", path=path, signer=who, signer_name=who.title(), role=role,
                  meaning=meaning, at=at, act_id=f"a{seq}", act_sha=f"s{seq}", values_sha="v", key_id="k", seal="s")
        for seq, path, who, role, meaning, at in (
            (1, "receive#1", "rita", "receiver", "received", "2026-11-22T03:00:00.000Z"),
            (2, "lines#1/[L1]#1/inspect#1", "ina", "inspector", "inspected", "2026-11-22T08:00:00.000Z"),
            (3, "lines#1/[L2]#1/inspect#1", "other", "inspector", "inspected", "2026-11-22T08:30:00.000Z"),
            (4, "lines#1/[L1]#1/late#1", "late", "inspector", "inspected", "2026-11-22T23:00:00.000Z"),
        )
    ]  # fmt: skip
    with office.db.write() as session:
        session.add_all(rows)
        session.add(ProductDi(di="06970123450010", product_id=book.ids["P-1"]))
        order = PurchaseOrder(site="HQ", number="PO-9", supplier_id=book.ids["S1"], ordered_on="2026-11-01")
        session.add(order)
        session.flush()
        taken: Any = {"posting_id": posting, "order_id": order.id or 0, "product_id": book.ids["P-1"], "quantity": 400}
        session.add(OrderReceipt(line_no="L1", **taken))


async def test_down_tells_who_has_the_goods_and_that_it_adds_up(shop: Shop) -> None:
    found = await shop.got("qa", f"/trace/lots/{shop.lot}")
    lot, kit = found["lots"]
    assert (lot["received"], kit["made"], kit["repackings_away"]) == (400, 24, 1)
    told = {name: qty for name, qty in lot["parts"].items() if qty}
    assert told == {"in_stock": 147, "in_transit": 12, "out": 205, "sent_back": 12, "repacked": 24}
    assert found["adds_up"] is True and sum(told.values()) == 400
    had = {one["code"]: (one["out"], one["returned"], one["in_transit"], one["held"]) for one in found["consignees"]}
    assert had == {"C1": (80, 0, 0, 80), "C2": (80, 5, 0, 75), "C3": (60, 0, 12, 72)}
    assert {(one["location"], one["quantity"]) for one in found["stock"]} == {
        ("HZ-A-01", 99), ("HZ-A-01", 14), ("NB-A-01", 48), ("NB-T", 12),
    }  # fmt: skip
    assert [(one["code"], one["received"], one["sent_back"]) for one in found["suppliers"]] == [("S1", 400, 12)]


async def test_up_tells_what_a_kit_is_made_of_and_who_supplied_it(shop: Shop) -> None:
    found = await shop.got("qa", f"/trace/lots/{shop.kit}?direction=up")
    assert [one["lot"] for one in found["lots"]] == ["KIT1", "TNI1"]
    assert [(one["code"], one["lot_id"]) for one in found["suppliers"]] == [("S1", shop.lot)]
    assert found["links"] == [{"parent": shop.lot, "child": shop.kit, "quantity_parent": 24, "quantity_child": 24}]


async def test_details_are_those_of_my_sites_and_the_sum_is_of_all(shop: Shop) -> None:
    found = await shop.got("keeper", f"/trace/lots/{shop.lot}")
    assert {one["code"] for one in found["consignees"]} == {"C1", "C2"}
    assert {one["site"] for one in found["stock"]} == {"HQ"}
    assert found["unseen"] == {"in_stock": 60, "out": 60} and found["adds_up"] is True
    answer = await shop.ask("seller", "GET", f"/trace/lots/{shop.kit}")
    assert answer.status_code == 404 and answer.json()["refusal_id"].startswith("refusals/")


async def test_a_recall_finds_lots_by_id_number_and_product_and_freezes_its_scope(shop: Shop) -> None:
    ways = [[shop.lot], ["TNI1"], [f"#{shop.lot}"], [{"product": "P-1", "lot": "TNI1"}]]
    answers = [(await shop.ask("qa", "POST", "/recalls:scope", json={"lots": way})).json() for way in ways]
    assert {one["sha256"] for one in answers} == {answers[0]["sha256"]} and len(answers[0]["sha256"]) == 64
    assert {(one["code"], one["lot_id"], one["held"]) for one in answers[0]["consignees"]} == {
        ("C1", shop.lot, 70), ("C1", shop.kit, 10), ("C2", shop.lot, 75), ("C3", shop.lot, 72),
    }  # fmt: skip
    wrong = await shop.ask("qa", "POST", "/recalls:scope", json={"lots": ["NONE", 1.5, {"product": "P-1", "lot": "X"}]})
    assert wrong.status_code == 422
    wrong = await shop.ask("qa", "POST", "/recalls:scope", json={"lots": ["NONE", {"product": "P-1", "lot": "X"}]})
    assert [one["pointer"] for one in wrong.json()["errors"]] == ["/lots/0", "/lots/1"]


async def test_every_step_has_the_person_who_answers_for_it(shop: Shop) -> None:
    page = await shop.got("qa", f"/trace/lots/{shop.lot}/steps")
    by_qty = {one["quantity"]: one for one in page["items"]}
    assert by_qty[400]["responsible"]["name"] == "Rita" and by_qty[400]["orders"] == [
        {"number": "PO-9", "quantity": 400}
    ]
    assert by_qty[12]["kind"] == "MOVE"
    back = next(one for one in page["items"] if one["to"]["kind"] == "SUPPLIER")
    assert [one["name"] for one in back["signed"]] == ["Ina", "Rita"]
    assert by_qty[80]["responsible"]["name"] == "Keeper" and by_qty[70]["responsible"] is None
    first = await shop.got("qa", f"/trace/lots/{shop.lot}/steps?limit=3")
    rest = await shop.got("qa", f"/trace/lots/{shop.lot}/steps?cursor={first['next']}")
    assert [one["move"] for one in first["items"] + rest["items"]] == [one["move"] for one in page["items"]]
    assert (await shop.ask("qa", "GET", f"/trace/lots/{shop.lot}/steps?cursor=abc")).status_code == 422


async def test_a_unit_tells_its_life(shop: Shop) -> None:
    found = await shop.got("qa", f"/trace/serials/{shop.unit}")
    assert (found["serial"], found["lot"], found["kind"]) == ("SN-7", "TNI1", "CUSTOMER")
    assert [one["from"]["kind"] for one in found["steps"]] == ["SUPPLIER", "INTERNAL", "INTERNAL"]
    assert (await shop.ask("qa", "GET", "/trace/serials/999999")).status_code == 404


async def test_search_reads_codes_numbers_and_papers(shop: Shop) -> None:
    scanned = await shop.ask("qa", "GET", "/trace/search", params={"q": UDI})
    assert [one["serial"] for one in scanned.json()["serials"]] == ["SN-7"]
    assert [one["lot_id"] for one in scanned.json()["lots"]] == [shop.lot] and scanned.json()["read"]["lot"] == "TNI1"
    for typed in ("TNI1", "P-1 TNI1", "TNI"):
        assert [one["lot"] for one in (await shop.got("qa", f"/trace/search?q={typed}"))["lots"]] == ["TNI1"]
    for number, kind in (("CK-77", "document"), ("PO-9", "purchase_order")):
        found = await shop.got("qa", f"/trace/search?q={number}")
        assert [one["kind"] for one in found["documents"]] == [kind]
        trail = await shop.got("qa", f"/trace/documents?number={number}")
        assert [one["quantity"] for one in trail["steps"]] == [400, 12] and trail["orders"] == ["PO-9"]
    broken = await shop.ask("qa", "GET", "/trace/search", params={"q": "(01)06970123450011(10)TNI1"})
    assert broken.json()["fault"]
    assert (await shop.ask("qa", "GET", "/trace/documents?number=NONE")).status_code == 404


async def test_who_keeps_the_system_reads_nothing_and_an_auditors_reading_is_on_record(shop: Shop) -> None:
    for path in (f"/trace/lots/{shop.lot}", f"/trace/lots/{shop.lot}/steps", f"/trace/serials/{shop.unit}",
                 "/trace/search?q=TNI1", "/trace/documents?number=CK-77"):  # fmt: skip
        assert (await shop.ask("admin", "GET", path)).status_code == 403, path
    assert (await shop.ask("admin", "POST", "/recalls:scope", json={"lots": [shop.lot]})).status_code == 403
    await shop.got("auditor", f"/trace/lots/{shop.lot}")
    with shop.office.db.read() as session:
        read = session.exec(select(AuditEvent).where(AuditEvent.actor == "auditor", AuditEvent.action == "read")).all()
    assert [one.subject for one in read] == [f"trace/lots/{shop.lot}"]


async def test_a_drill_and_live_goods_are_not_traced_together(shop: Shop) -> None:
    drill = shop.book.fresh("drill")
    drill.ids = shop.book.ids
    other = drill.lot("DRILL-1")
    with pytest.raises(RefusedError) as refused:
        await trace.scope(shop.office, await shop.actor("qa"), [shop.lot, other])
    assert refused.value.refusal.code == "mixed_modes"
    assert (await shop.got("qa", "/trace/search?q=DRILL-1"))["lots"] == []
    assert (await shop.got("qa", f"/trace/lots/{other}"))["mode"] == "drill"
