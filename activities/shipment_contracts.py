"""Contracts of the activities that ship goods and close a delivery."""

from __future__ import annotations

from activities.contract import Contract, DeclaredError, day, flag, integer, list_of, object_of, text
from activities.departure_contracts import COLD, DRILL, GOODS, LINES, READS, REFUSED
from domain.errors import Text
from domain.json_types import JsonObject

_NO: JsonObject = {"outbound_order_no": text("Outbound order no., or its voucher number")}
_UNKNOWN = DeclaredError("unknown_outbound", Text("没有这个出库单", "Nothing left under this number"))
_MOMENT: JsonObject = {"type": "string", "format": "date-time"}
_NEEDS = ["line_no", "product_code", "product_name", "quantity"]
_BACK: JsonObject = {
    **{name: GOODS[name] for name in ("line_no", "product_code", "lot_no", "serial_no")},
    "original_outbound_no": text("Original outbound no."),
    "return_quantity": integer("Coming back"),
}
_READING: JsonObject = object_of(
    {
        "equipment_no": text("Equipment no."),
        "cool_kind": {"type": "string", "enum": ["box", "vehicle"], "title": "Kind"},
        "cool_temp": {"type": "number", "scale": 1, "title": "Measured temperature"},
    }
)

CONTRACTS: tuple[Contract, ...] = (
    Contract(
        "shipments.facts",
        1,
        Text("带出发运信息", "Look up what is shipped"),
        Text(
            "按出库单号或凭证号带出收货单位、商品明细和冷链温度范围。",
            "By outbound or voucher number: consignee, goods, and the range that the cold goods allow.",
        ),
        object_of(_NO),
        object_of(
            {
                "consignee_name": text("Consignee"),
                "delivery_address": text("Delivery address"),
                "consignee_contact": text("Contact"),
                "purchaser_code": text("Purchaser code"),
                "original_outbound_no": text("Number of the shipment"),
                "ship_date": day("Ship date"),
                "is_sold": flag("The customer's by the books"),
                "delivery_lines": list_of(object_of(GOODS, _NEEDS), "Lines"),
                **COLD,
            },
            [
                "consignee_name",
                "delivery_address",
                "consignee_contact",
                "purchaser_code",
                "original_outbound_no",
                "ship_date",
                "is_sold",
                "delivery_lines",
                "has_cold",
            ],
        ),
        (_UNKNOWN,),
        None,
        READS,
    ),
    Contract(
        "shipments.terms",
        1,
        Text("核对承运协议", "Check the carrier's agreement"),
        Text(
            "委托承运时核对质量保证协议在有效期内，并按协议给出在途时限；自有车辆不核对。",
            "For a carrier: its quality agreement is in force, and how long the goods may be under way by it.",
        ),
        object_of(
            {
                "conveyance": {"type": "string", "enum": ["own", "carrier"], "title": "Own vehicle or carrier"},
                "carrier_code": text("Carrier code"),
                "departure_time": {**_MOMENT, "title": "Departure time"},
            }
        ),
        object_of(
            {
                "carrier_name": text("Carrier"),
                "transit_limit_hours": integer("Agreed transit limit, hours"),
                "deliver_by": {**_MOMENT, "title": "To be delivered by"},
            },
            [],
        ),
        (REFUSED,),
        None,
        READS,
    ),
    Contract(
        "shipments.cooled",
        1,
        Text("核对预冷", "Check the pre-cooling"),
        Text(
            "箱体、车厢和包装环境的读数都在商品温度范围内，且由冷链作业专人签名，才可装箱装车。",
            "Readings of boxes, vehicle and packing room lie within the range of the goods, signed by the designated "
            "person; nothing is packed before.",
        ),
        object_of(
            {
                "cool_readings": list_of(_READING, "Readings"),
                "packing_env_temp": {"type": "number", "scale": 1, "title": "Packing room"},
                "temp_min": COLD["temp_min"],
                "temp_max": COLD["temp_max"],
            }
        ),
        object_of(
            {
                "box_precool_ok": flag("Box at temperature"),
                "vehicle_precool_ok": flag("Vehicle at temperature"),
                "packing_env_ok": flag("Packing environment in range"),
            },
            ["box_precool_ok", "packing_env_ok"],
        ),
        (REFUSED,),
        None,
        READS,
    ),
    Contract(
        "shipments.receipt",
        1,
        Text("核对签收", "Check the delivery receipt"),
        Text(
            "逐行核对签收、短少、破损和拒收数量，列出退回的商品，并判断是否超过约定时限。",
            "Delivered, short, damaged and refused add up to what was sent; lists what comes back and whether it was late.",
        ),
        object_of(
            {
                "delivery_lines": LINES,
                "is_sold": flag("The customer's by the books"),
                "original_outbound_no": text("Number of the shipment"),
                "arrival_time": {**_MOMENT, "title": "Arrival time"},
                "deliver_by": {**_MOMENT, "title": "To be delivered by"},
            }
        ),
        object_of(
            {
                "back_lines": list_of(object_of(_BACK, ["line_no", "product_code", "return_quantity"]), "Coming back"),
                "missing_quantity": integer("Missing"),
                "has_difference": flag("Not as sent"),
                "is_late": flag("Later than agreed"),
            }
        ),
        (DeclaredError("wrong_receipt", Text("签收数量不相符", "The receipt does not add up")),),
        None,
        READS,
    ),
    Contract(
        "shipments.write_off",
        1,
        Text("运输短少出账", "Write off what is short"),
        Text(
            "未送达的商品冲减销售出库并出账；须有财务或质量管理人员的批准签名。",
            "What never arrived comes off the sale and leaves the books; needs the approval of finance or quality.",
        ),
        object_of({**_NO, "delivery_lines": LINES}),
        object_of({"posting": text("Posting no."), "missing_quantity": integer("Missing")}),
        (REFUSED, _UNKNOWN),
        "stock.reverse",
        DRILL,
    ),
    Contract(
        "shipments.close",
        1,
        Text("运输办结", "Close the delivery"),
        Text(
            "冷链运输须有全程连续且符合范围的温度记录，或质量负责人的裁决。",
            "A cold journey needs a log that shows all of it in range, or a ruling of the quality director.",
        ),
        object_of({"has_cold": COLD["has_cold"], "transit_temp_ok": flag("Transit temperature in range")}),
        object_of({"is_settled": flag("Settled")}),
        (REFUSED,),
        None,
        READS,
    ),
)
"""The contracts of this room."""
