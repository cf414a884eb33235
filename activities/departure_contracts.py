"""Contracts of the activities that send goods to another warehouse or to a hospital."""

from __future__ import annotations

from activities.contract import Contract, DeclaredError, day, flag, integer, list_of, object_of, text
from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import Status

_STATUS: JsonObject = {"type": "string", "enum": [status.value for status in Status], "title": "Quality status"}
_PRICE: JsonObject = {"type": "number", "scale": 6, "title": "Unit price"}
_MONEY: JsonObject = {"type": "number", "scale": 2}
_DEGREES: JsonObject = {"type": "number", "scale": 1}
GOODS: JsonObject = {
    "line_no": text("Line"),
    "product_code": text("Product code"),
    "product_name": text("Device name"),
    "model": text("Model"),
    "specification": text("Specification"),
    "registrant_name": text("Registrant"),
    "contract_manufacturer_name": text("Contract manufacturer"),
    "production_license_no": text("Production licence"),
    "registration_no": text("Registration no."),
    "lot_no": text("Lot no."),
    "serial_no": text("Serial no."),
    "expiry_date": day("Expiry date"),
    "service_life": text("Service life"),
    "unit": text("Unit"),
    "quantity": integer("Quantity"),
    "storage_condition": text("Storage condition"),
    "transport_condition": text("Transport condition"),
    "temp_min": {**_DEGREES, "title": "Lower temperature limit"},
    "temp_max": {**_DEGREES, "title": "Upper temperature limit"},
    "is_cold_chain": flag("Cold chain"),
    "stock_owner": text("Owner of the goods"),
}
"""A line as the records of outbound review, sale and transport hold it (GSP 84, 88, 96)."""
_HERE: JsonObject = {
    **GOODS,
    "warehouse": text("Warehouse"),
    "location_code": text("Location"),
    "stock_status": _STATUS,
}
_WISHED: JsonObject = object_of(
    {
        "line_no": text("Line"),
        "product_code": text("Product code"),
        "lot_no": text("Lot no."),
        "serial_no": text("Serial no."),
        "location_code": text("Location"),
        "quantity": integer("Quantity"),
    },
    ["line_no", "product_code", "location_code", "quantity"],
    open_=True,
)
_NEEDS = ["line_no", "product_code", "product_name", "quantity"]
_ROWS = list_of(object_of(_HERE, _NEEDS), "Lines")
_PRICED = {**_HERE, "unit_price": _PRICE}
_LINE: JsonObject = object_of({name: GOODS[name] for name in ("line_no", "product_code")}, open_=True)
COLD: JsonObject = {
    "has_cold": flag("Has cold goods"),
    "temp_min": {**_DEGREES, "title": "Lower temperature limit"},
    "temp_max": {**_DEGREES, "title": "Upper temperature limit"},
}
LINES: JsonObject = list_of(_LINE, "Lines")
REFUSED = DeclaredError("rule_refused", Text("规则拒绝", "Refused by a rule"))
WRONG = DeclaredError("wrong_lines", Text("明细有误", "The lines are wrong"))
DRILL = Text("记入演练账，与真实库存分开", "Posted to the drill's own lots, apart from real stock")
READS = Text("与实际相同，只读取", "As in earnest; it only reads")
_ROUTE: JsonObject = {"from_warehouse": text("From warehouse"), "to_warehouse": text("To warehouse")}
_NO: JsonObject = {"transfer_no": text("Transfer no.")}
_UNKNOWN = DeclaredError("unknown_transfer", Text("没有这个调拨单", "There is no such transfer"))

_TRANSFERS: tuple[Contract, ...] = (
    Contract(
        "transfers.quote",
        1,
        Text("核对调拨明细", "Look a transfer up"),
        Text(
            "核对调出、调入仓库和货位上的合格数量，带出产品信息；过期的不得调出。",
            "Checks both warehouses and what stands on the shelves, and adds what the files say; nothing expired goes.",
        ),
        object_of({**_ROUTE, "transfer_lines": list_of(_WISHED, "Lines")}),
        object_of(
            {
                "transfer_lines": _ROWS,
                "to_site": text("Site of the other warehouse"),
                "consignee_name": text("Consignee"),
                "delivery_address": text("Delivery address"),
                **COLD,
            },
            ["transfer_lines", "to_site", "consignee_name", "delivery_address", "has_cold"],
        ),
        (REFUSED, WRONG),
        None,
        READS,
    ),
    Contract(
        "transfers.send",
        1,
        Text("调拨出库", "Send the transfer"),
        Text(
            "商品离开货位，记入两仓之间的在途。",
            "The goods leave their shelves and stand on the road between the two warehouses.",
        ),
        object_of({**_ROUTE, "transfer_lines": LINES}),
        object_of({**_NO, "outbound_date": day("Outbound date"), "ship_date": day("Ship date")}),
        (REFUSED, WRONG),
        "stock.reverse",
        DRILL,
    ),
    Contract(
        "transfers.announce",
        1,
        Text("通知调入场所", "Announce the arrival"),
        Text(
            "在调入仓库所在场所启动调拨收货流程。",
            "Begins the receipt of the transfer at the site of the other warehouse.",
        ),
        object_of(
            {
                **_NO,
                **_ROUTE,
                "transport_mode": text("Transport mode"),
                "carrier_name": text("Carrier"),
                "waybill_no": text("Waybill no."),
                "vehicle_plate_no": text("Vehicle plate"),
                "transport_staff": text("Driver"),
                "departure_time": {"type": "string", "format": "date-time", "title": "Departure time"},
                "departure_temp": {**_DEGREES, "title": "Departure temperature"},
            },
            ["transfer_no", "from_warehouse", "to_warehouse", "transport_mode", "departure_time"],
        ),
        object_of({"receipt_case": text("Case of the receipt")}),
        (),
        "transfers.withdraw",
        Text("启动的案例也是演练", "The case that is started is a drill as well"),
    ),
    Contract(
        "transfers.withdraw",
        1,
        Text("撤回到货通知", "Withdraw the announcement"),
        Text("撤销调入场所的收货案例及其记账。", "Cancels the case of the receipt, with what it posted."),
        object_of({}, []),
        object_of({}, []),
        (),
        None,
        Text("撤销的也是演练案例", "The case that is cancelled is a drill as well"),
    ),
    Contract(
        "transfers.arrival",
        1,
        Text("带出在途明细", "Look up what is on the road"),
        Text("列出调拨单发往本场所、尚在途的明细。", "Lists what of a transfer is still on the road to this site."),
        object_of(_NO),
        object_of(
            {
                "arrival_lines": list_of(
                    object_of(
                        {
                            **{name: value for name, value in GOODS.items() if name != "quantity"},
                            "sent_quantity": integer("Sent"),
                        },
                        ["line_no", "product_code", "product_name", "sent_quantity", "is_cold_chain"],
                    ),
                    "Lines",
                ),
                "has_cold": flag("Has cold goods"),
            }
        ),
        (_UNKNOWN,),
        None,
        READS,
    ),
    Contract(
        "transfers.stow",
        1,
        Text("调拨入库", "Take the transfer in"),
        Text(
            "验收合格的部分由在途转入货位；不合格的部分转为不合格并进入不合格品区。须有验收签名。",
            "What was accepted goes from the road to its shelf; what was not becomes rejected and goes to the rejected "
            "zone. Needs the inspector's signature.",
        ),
        object_of(
            {
                **_NO,
                "line": {**_LINE, "title": "Line"},
                "accepted_quantity": integer("Accepted"),
                "rejected_quantity": integer("Rejected"),
                "location_code": text("Location"),
                "rejected_location": text("Location in the rejected zone"),
            }
        ),
        object_of({"posting": text("Posting no.")}),
        (REFUSED, DeclaredError("wrong_quantity", Text("数量多于在途", "More than is on the road")), _UNKNOWN),
        "stock.reverse",
        DRILL,
    ),
    Contract(
        "transfers.close",
        1,
        Text("调拨结案", "Close the transfer"),
        Text("全部收货后结案；尚有在途的不能结案。", "Closes a transfer of which nothing is on the road any more."),
        object_of(_NO),
        object_of({"missing_quantity": integer("Missing")}),
        (DeclaredError("still_on_the_road", Text("尚有在途", "Some of it is on the road")),),
        None,
        DRILL,
    ),
    Contract(
        "transfers.write_off",
        1,
        Text("在途短缺出账", "Write off what was lost on the road"),
        Text(
            "在途短缺的商品出账；须有财务或质量管理人员的批准签名。",
            "What was lost on the road leaves the books; needs the approval of finance or quality.",
        ),
        object_of(_NO),
        object_of({"posting": text("Posting no."), "missing_quantity": integer("Missing")}),
        (REFUSED,),
        "stock.reverse",
        DRILL,
    ),
)

_KIND: JsonObject = {"type": "string", "enum": ["kit", "consignment"], "title": "Kind of selection"}
_SELECTION: JsonObject = {
    "purchaser_code": text("Purchaser code"),
    "selection_kind": _KIND,
    "outbound_order_no": text("Outbound order no."),
}
_SOLD = {**_PRICED, "amount": {**_MONEY, "title": "Amount"}}
_BACK = {**_PRICED, "return_quantity": integer("Returned"), "received_quantity": integer("Coming in")}

_KITS: tuple[Contract, ...] = (
    Contract(
        "kits.quote",
        1,
        Text("核对选配明细", "Look a selection up"),
        Text(
            "核对购货者资质、产品和货位上的合格数量，带出产品信息。",
            "Checks hospital, products and what stands on the shelves, and adds what the files say.",
        ),
        object_of(
            {
                "purchaser_code": text("Purchaser code"),
                "warehouse": text("Warehouse"),
                "selection_lines": list_of(_WISHED, "Lines"),
            }
        ),
        object_of(
            {
                "purchaser_name": text("Purchaser"),
                "delivery_address": text("Delivery address"),
                "purchaser_contact": text("Contact"),
                "purchaser_license_no": text("Licence no."),
                "selection_lines": list_of(object_of(_PRICED, _NEEDS), "Lines"),
            }
        ),
        (REFUSED, WRONG),
        None,
        READS,
    ),
    Contract(
        "kits.dispatch",
        1,
        Text("选配出库", "Send a selection out"),
        Text(
            "商品离开货位，记入该医疗机构的跟台或寄售处，仍属本企业；须有出库复核和质量核对两个签名。",
            "The goods leave for our place at the hospital and stay ours; needs the signatures of the outbound review "
            "and of the check by quality.",
        ),
        object_of(
            {
                "purchaser_code": text("Purchaser code"),
                "selection_kind": _KIND,
                "warehouse": text("Warehouse"),
                "selection_lines": LINES,
            }
        ),
        object_of(
            {
                "outbound_order_no": text("Outbound order no."),
                "outbound_date": day("Outbound date"),
                "selection_lines": list_of(object_of(_PRICED, _NEEDS), "Lines"),
            }
        ),
        (REFUSED, WRONG),
        "stock.reverse",
        DRILL,
    ),
    Contract(
        "kits.settle",
        1,
        Text("临床确认后记账", "Post what the hospital confirmed"),
        Text(
            "已使用的记为销售，短缺的凭批准签名出账，其余列为退回；出库数量须等于使用、退回、短缺之和。",
            "What was used is sold, what is missing leaves the books as signed, the rest comes back; what went out is "
            "what was used, returned and missing.",
        ),
        object_of({**_SELECTION, "selection_lines": LINES}),
        object_of(
            {
                "sales_no": text("Sales no."),
                "sale_date": day("Sale date"),
                "sale_lines": list_of(object_of(_SOLD, _NEEDS), "Sold"),
                "back_lines": list_of(object_of(_BACK, _NEEDS), "Coming back"),
                "total_amount": {**_MONEY, "title": "Total"},
            },
            ["sales_no", "sale_lines", "back_lines", "total_amount"],
        ),
        (REFUSED,),
        "stock.reverse",
        DRILL,
    ),
    Contract(
        "kits.take_back",
        1,
        Text("选配退回", "Take unused goods back"),
        Text(
            "未使用的商品回到退货区，状态为退货待验。",
            "Unused goods come back to the returns zone and await inspection.",
        ),
        object_of({**_SELECTION, "line": {**_LINE, "title": "Line"}, "to_location": text("Location")}),
        object_of({"posting": text("Posting no.")}),
        (REFUSED,),
        "stock.reverse",
        DRILL,
    ),
    Contract(
        "kits.close",
        1,
        Text("选配结案", "Close a selection"),
        Text("账上核对出库、销售、退货三类记录一致。", "The books show that what went out was sold or came back."),
        object_of({"outbound_order_no": text("Outbound order no.")}),
        object_of({"is_settled": flag("Settled")}),
        (REFUSED,),
        None,
        READS,
    ),
)

CONTRACTS: tuple[Contract, ...] = (*_TRANSFERS, *_KITS)
"""The contracts of this room."""
