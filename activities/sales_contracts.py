"""Contracts of the activities of selling, outbound and returns."""

from __future__ import annotations

from activities.contract import Contract, DeclaredError, day, flag, integer, list_of, moment, object_of, text
from domain.errors import Text
from domain.json_types import JsonObject
from domain.sale_rules import STOP_CHECKS

_MONEY: JsonObject = {"type": "number", "scale": 2}
_PRICE: JsonObject = {"type": "number", "scale": 6}
_UDI: JsonObject = {"type": "string", "format": "udi", "title": "UDI"}
_CHECK: JsonObject = {"type": "string", "enum": ["pass", "fail"]}
_WAY: JsonObject = {"type": "string", "enum": ["delivery", "pickup"], "title": "Delivery or pickup"}
_STATUS: JsonObject = {
    "type": "string",
    "enum": ["PENDING", "QUALIFIED", "REJECTED", "HOLD", "RECALLED", "RETURN_PENDING"],
    "title": "Quality status",
}
_REFUSED = DeclaredError("rule_refused", Text("规则拒绝", "Refused by a rule"))
_WRONG = DeclaredError("wrong_order", Text("订单内容有误", "The order is wrong"))
_UNKNOWN = DeclaredError("unknown_order", Text("没有可出库的订单", "There is no such open order"))
_OTHER = DeclaredError("other_supplier", Text("不是该供货者的商品", "Bought from another supplier"))
_NOTHING = DeclaredError("nothing_there", Text("没有可退的商品", "Nothing is there to send back"))
_DRILL = Text("记入演练账，与真实业务分开", "Kept in the books of the drill, apart from real ones")
_READS = Text("与实际相同，只读取", "As in earnest; it only reads")
_NUMBER: JsonObject = {"sales_order_no": text("Sales order no.")}

_WISHED: JsonObject = {
    "line_no": text("Line"),
    "product_code": text("Product code"),
    "quantity": integer("Quantity"),
    "unit_price": {**_PRICE, "title": "Unit price"},
    "lot_no": text("Lot asked for"),
}
_ORDER: JsonObject = {
    "purchaser_code": text("Purchaser code"),
    "order_kind": {"type": "string", "enum": ["sale", "sample", "gift"], "title": "Order kind"},
    "contract_no": text("Contract no."),
    "online_order_no": text("Online order no."),
    "delivery_way": _WAY,
    "delivery_address": text("Delivery address"),
    "purchaser_contact": text("Purchaser contact"),
    "requested_date": day("Wanted on"),
    "is_urgent": flag("Urgent"),
    "urgent_reason": text("Why it is urgent"),
    "order_lines": list_of(
        object_of(_WISHED, [name for name in _WISHED if name != "lot_no"], open_=True), "Order lines"
    ),
}
_NEEDED = ["purchaser_code", "order_kind", "order_lines"]
_WORKED_OUT: JsonObject = {
    **_WISHED,
    "product_name": text("Device name"),
    "model": text("Model"),
    "specification": text("Specification"),
    "registrant_name": text("Registrant"),
    "contract_manufacturer_name": text("Contract manufacturer"),
    "production_license_no": text("Production licence no."),
    "registration_no": text("Registration no."),
    "unit": text("Unit"),
    "amount": {**_MONEY, "title": "Amount"},
    "agreed_price": {**_PRICE, "title": "Agreed price"},
}
_ALWAYS = [
    *("line_no", "product_code", "quantity", "unit_price", "product_name", "model", "specification"),
    *("registrant_name", "registration_no", "unit", "amount"),
]

_FILE: JsonObject = {
    "product_code": text("Product code"),
    "product_name": text("Device name"),
    "model": text("Model"),
    "specification": text("Specification"),
    "registration_no": text("Registration no."),
    "registrant_name": text("Registrant"),
    "contract_manufacturer_name": text("Contract manufacturer"),
    "production_license_no": text("Production licence no."),
    "unit": text("Unit"),
    "lot_no": text("Lot no."),
    "expiry_date": day("Expiry date"),
    "service_life": text("Service life"),
    "storage_condition": text("Storage condition"),
    "transport_condition": text("Transport condition"),
    "is_cold_chain": flag("Cold chain"),
}
_PICK: JsonObject = {
    "line_no": text("Line"),
    **_FILE,
    "order_line_no": integer("Line of the order"),
    "location_code": text("Location"),
    "stock_status": _STATUS,
    "quantity": integer("Quantity promised"),
    "is_serial": flag("Numbered units"),
}
_PICK_ALWAYS = ["line_no", "product_code", "product_name", "location_code", "stock_status", "quantity", "is_serial"]
_PICKED: JsonObject = {
    **_PICK,
    "picked_quantity": integer("Quantity picked"),
    "reviewed_quantity": integer("Quantity reviewed"),
    "serial_no": text("Serial no."),
    "udi": _UDI,
    "scanned_lot_no": text("Lot read"),
    "scanned_serial_no": text("Serial no. read"),
}
_REVIEWED: JsonObject = {
    "pick_lines": list_of(object_of(_PICKED, _PICK_ALWAYS, open_=True), "Pick list"),
    **{key: {**_CHECK, "title": what.en} for key, what in STOP_CHECKS.items()},
    "mixed_case_flag": flag("Mixed case"),
    "outbound_sealed": flag("Note bears the outbound seal"),
    "outbound_stop_reason": {
        "type": "string",
        "enum": ["package", "label", "expired", "other"],
        "title": "Stop reason",
    },
    "remark": text("Remark"),
}
_GONE: JsonObject = {
    "posting": text("Posting no."),
    "outbound_order_no": text("Outbound order no."),
    "ship_date": day("Ship date"),
    "shipped_quantity": integer("Quantity shipped"),
}
_CLAIMED: JsonObject = {
    "line_no": text("Line"),
    "product_code": text("Product code"),
    "return_quantity": integer("Quantity"),
    "original_outbound_no": text("Original outbound no."),
    "lot_no": text("Lot no."),
    "serial_no": text("Serial no."),
}
_MATCHED: JsonObject = {
    "line_no": text("Line"),
    **_FILE,
    "production_date": day("Production date"),
    "serial_no": text("Serial no."),
    "original_outbound_no": text("Original outbound no."),
    "outbound_line_no": text("Line of the shipment"),
    "shipped_quantity": integer("Quantity shipped"),
    "returnable_quantity": integer("May still come back"),
    "return_quantity": integer("Quantity"),
    "sold_from": {**moment("Sold since"), "external_event_time": True},
    "temp_min": {"type": "number", "scale": 1, "title": "Lower temperature limit"},
    "temp_max": {"type": "number", "scale": 1, "title": "Upper temperature limit"},
    "is_serial": flag("Numbered units"),
}
_MATCHED_ALWAYS = ["line_no", "product_code", "product_name", "original_outbound_no", "return_quantity", "is_serial"]
_RECEIVED: JsonObject = {
    **_MATCHED,
    "location_code": text("Location"),
    "quarantine_location": text("Returns location"),
    "stock_status": _STATUS,
    "quantity": integer("Quantity"),
    "received_quantity": integer("Received quantity"),
    "returned_at": {**moment("Returned at"), "external_event_time": True},
    "sold_period_temp_log": {"type": "object", "format": "attachment", "title": "Log of the sold period"},
    "udi": _UDI,
}
_POSITION: JsonObject = {
    "line_no": text("Line"),
    "product_code": text("Product code"),
    "product_name": text("Device name"),
    "model": text("Model"),
    "specification": text("Specification"),
    "registration_no": text("Registration no."),
    "unit": text("Unit"),
    "lot_no": text("Lot no."),
    "expiry_date": day("Expiry date"),
    "warehouse": text("Warehouse"),
    "location_code": text("Location"),
    "stock_status": _STATUS,
    "stock_owner": text("Owner"),
    "quantity": integer("Quantity"),
}
_JUDGED: JsonObject = {
    "sales_return_no": text("Return no."),
    "line": object_of({}, [], open_=True),
    "quantity": integer("Quantity"),
}
_UNDONE: JsonObject = {"undone": text("Effect undone"), "tombstone": text("Effect that will not happen")}


def _undo(name: str, zh: str, en: str) -> Contract:
    told = Text(f"{zh}；冲销原记账，一次为限。", f"{en}; the posting is reversed, once.")
    return Contract(name, 1, Text(zh, en), told, object_of({}, [], True), object_of(_UNDONE, []), (), None, _DRILL)


_SALES = (
    Contract(
        "sales.quote",
        1,
        Text("核算销售订单", "Work a sales order out"),
        Text(
            "核对购货者、经营范围、销售授权和可售库存，带出产品信息，计算金额，与协议价和信用额度比较。",
            "Checks purchaser, scope, the salesperson's letter and the stock for sale, adds what the files say, works out the "
            "sums and compares them with agreed prices and the credit.",
        ),
        object_of(_ORDER, _NEEDED),
        object_of(
            {
                "purchaser_name": text("Purchaser"),
                "purchaser_license_no": text("Licence no. of the purchaser"),
                "order_lines": list_of(object_of(_WORKED_OUT, _ALWAYS), "Order lines"),
                "total_amount": {**_MONEY, "title": "Total"},
                "off_price": flag("Under the agreed price or above the ceiling"),
                "over_credit": flag("Above the credit, or on credit hold"),
                "credit_hold": flag("On credit hold"),
                "owed_amount": {**_MONEY, "title": "Owed so far"},
                "credit_limit": {**_MONEY, "title": "Credit limit"},
            },
            [
                "purchaser_name",
                "purchaser_license_no",
                "order_lines",
                "total_amount",
                "off_price",
                "over_credit",
                "credit_hold",
                "owed_amount",
            ],
        ),
        (_REFUSED, _WRONG),
        None,
        _READS,
    ),
    Contract(
        "sales.place",
        1,
        Text("确认销售订单", "Enter the sales order"),
        Text(
            "再次核对规则，以连续编号登记订单，并按近效期先出预留合格品；同一次调用只登记一次。",
            "Checks the rules again, enters the order under the next number and promises qualified goods, first-expiring first; "
            "one call enters one order.",
        ),
        object_of(_ORDER, _NEEDED),
        object_of({**_NUMBER, "sale_date": day("Sale date")}),
        (_REFUSED, _WRONG),
        "sales.cancel",
        _DRILL,
    ),
    Contract(
        "sales.cancel",
        1,
        Text("撤销销售订单", "Cancel the sales order"),
        Text("释放预留；已有出库的不能撤销。", "Frees what was promised; not once goods have left."),
        object_of({}, []),
        object_of({}, []),
        (),
        None,
        _DRILL,
    ),
    Contract(
        "sales.close",
        1,
        Text("销售订单结案", "Close the sales order"),
        Text(
            "释放未出库的预留；一件未出库的按撤销处理。",
            "Frees what has not left; an order of which nothing left is cancelled.",
        ),
        object_of({**_NUMBER, "close_reason": text("Reason")}, ["sales_order_no"]),
        object_of(
            {
                "shipped_quantity": integer("Shipped"),
                "open_quantity": integer("Given up"),
                "open_amount": {**_MONEY, "title": "Still to be paid"},
            }
        ),
        (_UNKNOWN,),
        None,
        _DRILL,
    ),
    Contract(
        "sales.pay",
        1,
        Text("登记收款", "Enter a payment"),
        Text("登记订单收到的款项，释放信用额度。", "Enters money that came for an order; the credit is free again."),
        object_of({**_NUMBER, "paid_amount": {**_MONEY, "title": "Amount paid"}, "paid_on": day("Paid on")}),
        object_of({"open_amount": {**_MONEY, "title": "Still to be paid"}}),
        (_UNKNOWN,),
        None,
        _DRILL,
    ),
)
_OUTBOUND = (
    Contract(
        "outbound.pick_list",
        1,
        Text("生成拣货单", "Make the pick list"),
        Text(
            "列出为订单预留的批号和货位；过期、停售的换批，预留失效的重新预留。",
            "Lists lots and locations promised to the order; what expired or was stopped is replaced, what lapsed is promised anew.",
        ),
        object_of(_NUMBER),
        object_of(
            {
                **_NUMBER,
                "purchaser_code": text("Purchaser code"),
                "consignee_name": text("Consignee"),
                "delivery_address": text("Delivery address"),
                "consignee_contact": text("Consignee contact"),
                "purchaser_license_no": text("Licence no. of the purchaser"),
                "delivery_way": _WAY,
                "is_urgent": flag("Urgent"),
                "is_cold_chain": flag("Cold chain"),
                "pick_lines": list_of(object_of(_PICK, _PICK_ALWAYS), "Pick list"),
            },
            [
                "sales_order_no",
                "purchaser_code",
                "consignee_name",
                "delivery_way",
                "is_urgent",
                "is_cold_chain",
                "pick_lines",
            ],
        ),
        (_REFUSED, _UNKNOWN),
        None,
        _DRILL,
    ),
    Contract(
        "outbound.ship",
        1,
        Text("记入销售出库", "Post the issue"),
        Text(
            "再次核对资质、复核、四眼和随货同行单，复核数量出库，生成出库单号；使用为订单预留的商品。",
            "Checks papers, review, four eyes and delivery note again; what was reviewed leaves under an outbound number, using "
            "what was promised to the order.",
        ),
        object_of({**_NUMBER, **_REVIEWED}, ["sales_order_no", "pick_lines", *STOP_CHECKS, "outbound_sealed"]),
        object_of(_GONE),
        (_REFUSED, _UNKNOWN),
        "outbound.unship",
        _DRILL,
    ),
    _undo("outbound.unship", "冲销出库", "Reverse an issue"),
    Contract(
        "outbound.release",
        1,
        Text("释放预留", "Free what was promised"),
        Text("为订单预留的商品恢复可售。", "What was promised to the order is for sale again."),
        object_of(_NUMBER),
        object_of({"open_quantity": integer("Freed")}),
        (),
        None,
        _DRILL,
    ),
)
_RETURNS = (
    Contract(
        "returns.match",
        1,
        Text("核对原出库", "Match the original shipment"),
        Text(
            "按出库单号、批号或序列号找出售给该单位的出库记录；查不到的拒绝。",
            "Finds what was shipped to the purchaser by outbound number, lot or serial number; refuses what cannot be found.",
        ),
        object_of(
            {
                "purchaser_code": text("Purchaser code"),
                "return_lines": list_of(
                    object_of(_CLAIMED, ["line_no", "product_code", "return_quantity"], open_=True), "Lines"
                ),
            }
        ),
        object_of(
            {
                "returner_name": text("Returning party"),
                "without_papers": flag("Without papers"),
                "return_lines": list_of(object_of(_MATCHED, _MATCHED_ALWAYS), "Lines"),
            }
        ),
        (_REFUSED,),
        None,
        _READS,
    ),
    Contract(
        "returns.receive",
        1,
        Text("记入退货区", "Post to the returns zone"),
        Text(
            "把清点的退货记入退货区待验，生成退货单号；核对数量、货位和温度。",
            "Posts what was counted as pending in the returns zone under a return number; checks quantity, location and climate.",
        ),
        object_of(
            {
                "purchaser_code": text("Purchaser code"),
                "return_reason": text("Reason"),
                "without_papers": flag("Without papers"),
                "return_lines": list_of(object_of(_RECEIVED, _MATCHED_ALWAYS, open_=True), "Lines"),
            }
        ),
        object_of(
            {
                "posting": text("Posting no."),
                "sales_return_no": text("Return no."),
                "return_date": day("Return date"),
                "lines": list_of(
                    object_of(
                        _RECEIVED,
                        [*_MATCHED_ALWAYS, "stock_status", "quantity", "received_quantity", "quarantine_location"],
                    ),
                    "Lines",
                ),
            }
        ),
        (_REFUSED,),
        "returns.reverse",
        _DRILL,
    ),
    _undo("returns.reverse", "冲销退货", "Reverse a return"),
    Contract(
        "returns.restock",
        1,
        Text("退货合格，恢复可售", "A return that passed is for sale again"),
        Text(
            "凭验收签名转合格；冷链品须有售出期间温度记录。",
            "Becomes qualified on a signed inspection; cold goods need the log of the sold period.",
        ),
        object_of(_JUDGED),
        object_of({"posting": text("Posting no."), "stock_status": _STATUS}),
        (_REFUSED,),
        "returns.unjudge",
        _DRILL,
    ),
    Contract(
        "returns.reject",
        1,
        Text("退货不合格", "A return that failed"),
        Text("凭验收签名转不合格。", "Becomes rejected on a signed inspection."),
        object_of(_JUDGED),
        object_of({"posting": text("Posting no."), "stock_status": _STATUS}),
        (_REFUSED,),
        "returns.unjudge",
        _DRILL,
    ),
    _undo("returns.unjudge", "冲销退货判定", "Reverse the verdict on a return"),
)
_RETURN_NO: JsonObject = {"purchase_return_no": text("No. of the return to the supplier")}
_SENT = (
    Contract(
        "purchase_returns.list",
        1,
        Text("列出可退商品", "List what may go back"),
        Text(
            "列出该批在本场所可退给其供货者的库存。",
            "Lists the stock of the lot here that may go back to the supplier it came from.",
        ),
        object_of(
            {"supplier_code": text("Supplier code"), "product_code": text("Product code"), "lot_no": text("Lot no.")}
        ),
        object_of(
            {
                "supplier_name": text("Supplier"),
                "consignee_name": text("Consignee"),
                "delivery_address": text("Address"),
                "consignee_contact": text("Contact"),
                "product_name": text("Device name"),
                "positions": list_of(
                    object_of(_POSITION, ["line_no", "product_code", "location_code", "stock_status", "quantity"]),
                    "Stock",
                ),
            }
        ),
        (_NOTHING, _OTHER),
        None,
        _READS,
    ),
    Contract(
        "purchase_returns.reserve",
        1,
        Text("为退出预留", "Promise goods to the return"),
        Text(
            "预留选定数量，其他业务不能再用，生成退出单号和拣货单。",
            "Promises the chosen units to this return and makes its number and pick list.",
        ),
        object_of(
            {
                "positions": list_of(
                    object_of(
                        {**_POSITION, "return_quantity": integer("Quantity to send back")},
                        ["line_no", "product_code", "location_code", "stock_status"],
                        open_=True,
                    ),
                    "Stock",
                )
            }
        ),
        object_of({**_RETURN_NO, "pick_lines": list_of(object_of(_PICK, _PICK_ALWAYS), "Pick list")}),
        (_REFUSED,),
        "purchase_returns.release",
        _DRILL,
    ),
    Contract(
        "purchase_returns.release",
        1,
        Text("释放退出预留", "Free what was promised to the return"),
        Text("为退出预留的商品恢复原状。", "What was promised to the return is free again."),
        object_of(_RETURN_NO, [], True),
        object_of({}, []),
        (),
        None,
        _DRILL,
    ),
    Contract(
        "purchase_returns.ship",
        1,
        Text("记入购进退出", "Post the return to the supplier"),
        Text(
            "再次核对复核、四眼和随货同行单，商品退回供货者。",
            "Checks review, four eyes and delivery note again; the goods go back to the supplier.",
        ),
        object_of(
            {**_RETURN_NO, "supplier_code": text("Supplier code"), **_REVIEWED},
            ["purchase_return_no", "supplier_code", "pick_lines", *STOP_CHECKS, "outbound_sealed"],
        ),
        object_of(_GONE),
        (_REFUSED, _OTHER),
        "outbound.unship",
        _DRILL,
    ),
)
CONTRACTS: tuple[Contract, ...] = (*_SALES, *_OUTBOUND, *_RETURNS, *_SENT)
"""The contracts of this room."""
