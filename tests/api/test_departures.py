"""What leaves the house, over REST: transfers, hospital selections, cold shipping, deliveries; the unlawful is refused
with its article."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.clock import to_text
from tests.api.conftest import Stack, until
from tests.api.test_warehouse_sops import act, case_of, done, ended, refused, stock_of

LOT = "LH261020"
OPINION = "逐件核对，与申请一致。"
SHELF = {"line_no": "L1", "product_code": "P-1001", "lot_no": LOT, "location_code": "HZ-A-01-01"}
CHECKED = {"appearance_check": "pass", "packaging_check": "pass", "label_check": "pass"}


def signed(meaning: str, password: str | None = None, **data: Any) -> Any:
    return {"data": data, "signature": {"meaning": meaning, **({"password": password} if password else {})}}


def ago(minutes: int) -> str:
    return to_text(datetime.now(UTC) - timedelta(minutes=minutes))


async def begun(stack: Stack, who: str, definition: str, **start: Any) -> str:
    person = await stack.as_(who)
    return str((await person.ok(person.post("/cases", {"definition": definition, "start": start})))["id"])


async def data_of(stack: Stack, case: str) -> Any:
    qa = await stack.as_("director")
    return (await qa.ok(qa.get(f"/cases/{case}")))["data"]


async def test_a_transfer_is_visible_at_both_sites_and_taken_in_at_the_other(stack: Stack) -> None:
    case, director = await case_of(stack, "multi_warehouse_transfer"), await stack.as_("director")
    receipt = str(
        (await director.ok(director.get("/cases", params={"definition": "transfer_receipt"})))["items"][0]["id"]
    )
    transfer = (await data_of(stack, case))["transfer_no"]
    for who in ("keeper", "nbkeeper"):
        person = await stack.as_(who)
        rows = (await person.ok(person.get("/stock/in-transit", params={"kind": "TRANSIT"})))["items"]
        assert [(row["bound_for"], row["quantity"], row["case"]) for row in rows] == [("NB", 200, case)]
    came = signed("received", arrival_time=ago(1), arrival_lines=[{"line_no": "L1", "received_quantity": 199}])
    came["external_signature"] = {
        "name": "送货员",
        "attachment_sha256": (await stack.note_file())["sha256"],
        "how": "note",
    }
    assert (await (await stack.as_("receiver")).get(f"/cases/{receipt}")).status_code == 404
    await done(stack, "nbreceiver", receipt, "receive", came)
    judged = signed("inspected", "demo", **CHECKED, accepted_quantity=198, rejected_quantity=1)
    judged["data"]["nonconformity_description"] = "外包装破损"
    await done(stack, "nbinspector", receipt, "inspect", judged, "pass")
    red = signed("performed", location_code="NB-A-01-01", rejected_location="NB-N-01")
    wrong = signed("performed", location_code="NB-N-01", rejected_location="NB-N-01")
    refused(await act(stack, "nbkeeper", receipt, "put_away", wrong), "RULE-08", "GSP-69")
    await done(stack, "nbkeeper", receipt, "put_away", red)
    await ended(stack, receipt, "director")
    there = await stock_of(stack, LOT, "director")
    assert there[("NB-A-01-01", "QUALIFIED")] == 198 and there[("HZ>NB", "QUALIFIED")] == 1
    await done(stack, "keeper", case, "follow_up", {"data": {}}, "arrived")
    told = {"data": {"missing_note": f"{transfer} 少一支，两次清点一致"}}
    await done(stack, "keeper", case, "follow_up", told, "missing")
    lost = signed("approve", "demo", quality_opinion="事实清楚，同意出账。")
    await done(stack, "qa", case, "loss", lost, "approved")
    await done(stack, "finance", case, "loss", lost, "approved")
    await ended(stack, case)
    assert ("HZ>NB", "QUALIFIED") not in await stock_of(stack, LOT, "director")


async def test_a_kit_leaves_on_two_reviews_and_out_used_back_and_missing_agree(stack: Stack) -> None:
    case, qa = await case_of(stack, "hospital_selection"), await stack.as_("qa")
    rows = (await qa.ok(qa.get("/stock/in-transit", params={"kind": "KIT_OUT"})))["items"]
    assert [(row["partner"], row["quantity"]) for row in rows] == [("CUS-001", 20)]
    counts = {"used_quantity": 15, "return_quantity": 4, "missing_quantity": 0}
    said = signed("submitted", clinical_confirm_at=ago(30), selection_lines=[{"line_no": "L1", **counts}])
    said["data"]["clinical_document"] = await stack.note_file()
    refused(await act(stack, "seller", case, "confirm", said), "RULE-32", "GSP-90")
    said["data"]["selection_lines"][0]["return_quantity"] = 5
    await done(stack, "seller", case, "confirm", said)
    back = signed("received", quarantine_location="HZ-A-01-01", return_date=date.today().isoformat())
    first = await stack.task("receiver", case, "take_back")
    await done(stack, "receiver", case, "take_back", back)
    sale = await data_of(stack, case)
    assert sale["total_amount"] == 69 and sale["sale_lines"][0]["quantity"] == 15 and sale["sale_date"]

    async def again() -> Any:
        return await stack.task("receiver", case, "take_back") != first

    await until(again, "the returns zone was not asked for again")
    (note,) = [one for one in await qa.ok(qa.get(f"/cases/{case}/refusals")) if one["action"] == "kits.take_back"]
    assert note["rule"] == "RULE-08"
    back["data"]["quarantine_location"] = "HZ-R-01"
    await done(stack, "receiver", case, "take_back", back)
    await done(stack, "inspector", case, "inspect", signed("inspected", "demo", **CHECKED), "pass")
    await done(stack, "qa", case, "restock", signed("release", "demo", quality_opinion=OPINION), "approved")
    await done(stack, "keeper", case, "put_away", signed("performed", location_code="HZ-A-01-01"))
    await ended(stack, case)
    assert not (await qa.ok(qa.get("/stock/in-transit", params={"kind": "KIT_OUT"})))["items"]


async def test_nothing_cold_is_packed_before_it_is_cold_and_the_carrier_is_bound(stack: Stack) -> None:
    start = {"purchaser_code": "CUS-003", "selection_kind": "consignment", "kit_no": "CSG-1", "warehouse": "HZ"}
    case = await begun(stack, "seller", "hospital_selection", **start, planned_use_date=date.today().isoformat())
    cold = {"line_no": "L1", "product_code": "P-2001", "lot_no": "B20261103", "location_code": "HZ-C-01-01"}
    lines = [{**cold, "quantity": 2, "unit_price": 520}]
    await done(stack, "seller", case, "pick", signed("submitted", selection_lines=lines), "submitted")
    await done(stack, "reviewer", case, "review", signed("verified", outbound_review_result="pass"), "pass")
    check = signed("review", "demo", quality_opinion=OPINION)
    await done(stack, "qa", case, "quality_check", check, "approved")
    await stack.task("seller", case, "confirm")
    number = (await data_of(stack, case))["outbound_order_no"]

    ship = await begun(stack, "coldchain", "cold_chain_shipping", outbound_order_no=number)
    plan = {"transport_mode": "cold_box", "distance_km": 12, "expected_hours": 2, "outside_temp": 31}
    await done(stack, "coldchain", ship, "plan", signed("decide", **plan, cooling_method="冷藏箱加冰排"), "planned")
    reading = {"equipment_no": "BX-01", "cool_kind": "box", "cool_temp": 9}
    cool = signed("performed", cool_readings=[reading], packing_env_temp=6)
    refused(await act(stack, "coldchain", ship, "precool", cool), "RULE-30", "GSP-95")
    reading["cool_temp"] = 4
    await done(stack, "coldchain", ship, "precool", cool)
    packed = signed("performed", logger_no="LG-7", logger_started_at=ago(20), package_count=1)
    await done(stack, "coldchain", ship, "pack", packed, "packed")
    warm = signed("handed_over", departure_time=ago(10), departure_temp=9)
    refused(await act(stack, "coldchain", ship, "load", warm, "handed_over"), "RULE-30", "GSP-95")
    await done(
        stack, "coldchain", ship, "load", signed("handed_over", departure_time=ago(10), departure_temp=4), "handed_over"
    )
    await ended(stack, ship)

    trip = await case_of(stack, "transport_delivery")
    leaves = {"conveyance": "carrier", "waybill_no": "ST1", "departure_time": ago(60), "package_count": 1}
    unbound = signed("handed_over", **leaves, transport_mode="cold_box", carrier_code="CAR-002", departure_temp=4)
    refused(await act(stack, "driver", trip, "dispatch", unbound, "left"), "RULE-33", "GSP-98")
    bare = signed("handed_over", **leaves, transport_mode="ordinary", carrier_code="CAR-001")
    refused(await act(stack, "driver", trip, "dispatch", bare, "left"), "RULE-34", "GSP-97")
    bound = signed("handed_over", **leaves, transport_mode="cold_box", carrier_code="CAR-001", departure_temp=4)
    await done(stack, "driver", trip, "dispatch", bound, "left")
    await done(stack, "driver", trip, "on_road", {"data": {}}, "arrived")
    paper = await stack.note_file()
    counts = {"delivered_quantity": 2, "short_quantity": 0, "damaged_quantity": 0, "refused_quantity": 0}
    came = signed("handed_over", arrival_time=ago(5), arrival_temp=5, delivery_receipt=paper)
    came["data"]["delivery_lines"] = [{"line_no": "D1", **counts}]
    came["external_signature"] = {"name": "检验科", "attachment_sha256": paper["sha256"], "how": "note"}
    await done(stack, "driver", trip, "receipt", came)
    ruling = signed(
        "quality_rule", "demo", impact_assessment="启运和到货温度正常", quality_opinion="可用，记录仪待查。"
    )
    await done(stack, "qa", trip, "cold_ruling", ruling, "approved")
    await done(stack, "director", trip, "cold_ruling", ruling, "approved")
    await ended(stack, trip)
    told = await data_of(stack, trip)
    assert told["transit_limit_hours"] == 24 and told["is_late"] is False


async def test_a_sale_that_arrives_damaged_goes_on_as_a_return_and_a_short_one_is_signed_for(stack: Stack) -> None:
    director, driver = await stack.as_("director"), await stack.as_("driver")
    voucher = (await director.ok(director.get("/stock/postings", params={"kind": "ship"})))["items"][-1]["voucher"]
    trip = await begun(stack, "driver", "transport_delivery", outbound_order_no=voucher)
    own = {
        "conveyance": "own",
        "transport_mode": "ordinary",
        "vehicle_plate_no": "浙A·8K217",
        "transport_staff": "韩勇",
    }
    leaves = signed("handed_over", **own, departure_time=ago(60), package_count=1)
    await done(stack, "driver", trip, "dispatch", leaves, "left")
    await done(stack, "driver", trip, "on_road", {"data": {"event_kind": "delay", "event_note": "高速拥堵"}}, "event")
    await stack.task("driver", trip, "on_road")
    await done(stack, "driver", trip, "on_road", {"data": {}}, "arrived")
    told = await data_of(stack, trip)
    assert told["original_outbound_no"].startswith("CK-") and told["is_sold"] is True
    paper = await stack.note_file()
    first, *others = told["delivery_lines"]
    whole = {"short_quantity": 0, "damaged_quantity": 0, "refused_quantity": 0}
    rows = [{"line_no": one["line_no"], "delivered_quantity": one["quantity"], **whole} for one in (first, *others)]
    rows[0] |= {"delivered_quantity": first["quantity"] - 2, "damaged_quantity": 1, "short_quantity": 1}
    came = signed("handed_over", arrival_time=ago(5), delivery_receipt=paper, delivery_lines=rows)
    came["data"]["difference_note"] = "一支外包装破损，一支短少"
    came["external_signature"] = {"name": "设备科", "attachment_sha256": paper["sha256"], "how": "note"}
    await done(stack, "driver", trip, "receipt", came)
    agree = signed("approve", "demo", quality_opinion="情况属实，同意。")
    assert (
        await driver.post(f"/tasks/{await stack.task('qa', trip, 'differences')}:complete", agree)
    ).status_code == 403
    await done(stack, "qa", trip, "differences", agree, "approved")
    await done(stack, "finance", trip, "differences", agree, "approved")
    await ended(stack, trip)
    back = (await director.ok(director.get("/cases", params={"definition": "sales_return"})))["items"][0]["id"]
    await stack.task("receiver", back, "receive")
    (line,) = (await data_of(stack, back))["return_lines"]
    assert (line["product_code"], line["return_quantity"]) == (first["product_code"], 1)


async def test_quality_opens_places_and_others_do_not(stack: Stack) -> None:
    qa, keeper = await stack.as_("qa"), await stack.as_("keeper")
    wish = {"kind": "CONSIGNMENT", "warehouse": "HZ", "partner": "CUS-002", "reason": "寄售协议生效"}
    assert (await keeper.post("/stock/places", wish)).status_code == 403
    made = await qa.ok(qa.post("/stock/places", wish))
    assert made["location"] == "HZ-CSG-CUS.002" and made == await qa.ok(qa.post("/stock/places", wish))
    unknown = await qa.post("/stock/places", wish | {"partner": "NOBODY"})
    assert unknown.status_code == 422 and unknown.json()["errors"][0]["pointer"] == "/partner"
    listed = (await qa.ok(qa.get("/stock/places")))["items"]
    assert made in listed
