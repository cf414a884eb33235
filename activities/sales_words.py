"""The schemas that the contracts of selling, outbound and returns are written with."""

from __future__ import annotations

from activities.contract import Contract, DeclaredError, day, flag, integer, list_of, moment, object_of, text
from domain.errors import Text
from domain.json_types import JsonObject
from domain.sale_rules import STOP_CHECKS

MONEY: JsonObject = {"type": "number", "scale": 2}
PRICE: JsonObject = {"type": "number", "scale": 6}
UDI: JsonObject = {"type": "string", "format": "udi", "title": "UDI"}
CHECK: JsonObject = {"type": "string", "enum": ["pass", "fail"]}
WAY: JsonObject = {"type": "string", "enum": ["delivery", "pickup"], "title": "Delivery or pickup"}
STATUS: JsonObject = {
    "type": "string",
    "enum": ["PENDING", "QUALIFIED", "REJECTED", "HOLD", "RECALLED", "RETURN_PENDING"],
    "title": "Quality status",
}
REFUSED = DeclaredError("rule_refused", Text("规则拒绝", "Refused by a rule"))
WRONG = DeclaredError("wrong_order", Text("订单内容有误", "The order is wrong"))
UNKNOWN = DeclaredError("unknown_order", Text("没有可出库的订单", "There is no such open order"))
OTHER = DeclaredError("other_supplier", Text("不是该供货者的商品", "Bought from another supplier"))
NOTHING = DeclaredError("nothing_there", Text("没有可退的商品", "Nothing is there to send back"))
DRILL = Text("记入演练账，与真实业务分开", "Kept in the books of the drill, apart from real ones")
READS = Text("与实际相同，只读取", "As in earnest; it only reads")
NUMBER: JsonObject = {"sales_order_no": text("Sales order no.")}

WISHED: JsonObject = {
    "line_no": text("Line"),
    "product_code": text("Product code"),
    "quantity": integer("Quantity"),
    "unit_price": {**PRICE, "title": "Unit price"},
    "lot_no": text("Lot asked for"),
}
ORDER: JsonObject = {
    "purchaser_code": text("Purchaser code"),
    "order_kind": {"type": "string", "enum": ["sale", "sample", "gift"], "title": "Order kind"},
    "contract_no": text("Contract no."),
    "online_order_no": text("Online order no."),
    "delivery_way": WAY,
    "delivery_address": text("Delivery address"),
    "purchaser_contact": text("Purchaser contact"),
    "requested_date": day("Wanted on"),
    "is_urgent": flag("Urgent"),
    "urgent_reason": text("Why it is urgent"),
    "order_lines": list_of(object_of(WISHED, [name for name in WISHED if name != "lot_no"], open_=True), "Order lines"),
}
NEEDED = ["purchaser_code", "order_kind", "order_lines"]
WORKED_OUT: JsonObject = {
    **WISHED,
    "product_name": text("Device name"),
    "model": text("Model"),
    "specification": text("Specification"),
    "registrant_name": text("Registrant"),
    "contract_manufacturer_name": text("Contract manufacturer"),
    "production_license_no": text("Production licence no."),
    "registration_no": text("Registration no."),
    "unit": text("Unit"),
    "amount": {**MONEY, "title": "Amount"},
    "agreed_price": {**PRICE, "title": "Agreed price"},
}
ALWAYS = [
    *("line_no", "product_code", "quantity", "unit_price", "product_name", "model", "specification"),
    *("registrant_name", "registration_no", "unit", "amount"),
]

FILE: JsonObject = {
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
PICK: JsonObject = {
    "line_no": text("Line"),
    **FILE,
    "order_line_no": integer("Line of the order"),
    "location_code": text("Location"),
    "stock_status": STATUS,
    "quantity": integer("Quantity promised"),
    "is_serial": flag("Numbered units"),
}
PICK_ALWAYS = ["line_no", "product_code", "product_name", "location_code", "stock_status", "quantity", "is_serial"]
PICKED: JsonObject = {
    **PICK,
    "picked_quantity": integer("Quantity picked"),
    "reviewed_quantity": integer("Quantity reviewed"),
    "serial_no": text("Serial no."),
    "udi": UDI,
    "scanned_lot_no": text("Lot read"),
    "scanned_serial_no": text("Serial no. read"),
}
REVIEWED: JsonObject = {
    "pick_lines": list_of(object_of(PICKED, PICK_ALWAYS, open_=True), "Pick list"),
    **{key: {**CHECK, "title": what.en} for key, what in STOP_CHECKS.items()},
    "mixed_case_flag": flag("Mixed case"),
    "outbound_sealed": flag("Note bears the outbound seal"),
    "outbound_stop_reason": {
        "type": "string",
        "enum": ["package", "label", "expired", "other"],
        "title": "Stop reason",
    },
    "remark": text("Remark"),
}
GONE: JsonObject = {
    "posting": text("Posting no."),
    "outbound_order_no": text("Outbound order no."),
    "ship_date": day("Ship date"),
    "shipped_quantity": integer("Quantity shipped"),
}
CLAIMED: JsonObject = {
    "line_no": text("Line"),
    "product_code": text("Product code"),
    "return_quantity": integer("Quantity"),
    "original_outbound_no": text("Original outbound no."),
    "lot_no": text("Lot no."),
    "serial_no": text("Serial no."),
}
MATCHED: JsonObject = {
    "line_no": text("Line"),
    **FILE,
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
MATCHED_ALWAYS = ["line_no", "product_code", "product_name", "original_outbound_no", "return_quantity", "is_serial"]
RECEIVED: JsonObject = {
    **MATCHED,
    "location_code": text("Location"),
    "quarantine_location": text("Returns location"),
    "stock_status": STATUS,
    "quantity": integer("Quantity"),
    "received_quantity": integer("Received quantity"),
    "returned_at": {**moment("Returned at"), "external_event_time": True},
    "sold_period_temp_log": {"type": "object", "format": "attachment", "title": "Log of the sold period"},
    "udi": UDI,
}
POSITION: JsonObject = {
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
    "stock_status": STATUS,
    "stock_owner": text("Owner"),
    "quantity": integer("Quantity"),
}
JUDGED: JsonObject = {
    "sales_return_no": text("Return no."),
    "line": object_of({}, [], open_=True),
    "quantity": integer("Quantity"),
}
UNDONE: JsonObject = {"undone": text("Effect undone"), "tombstone": text("Effect that will not happen")}


def undo(name: str, zh: str, en: str) -> Contract:
    """The contract of an activity that reverses a posting."""
    told = Text(f"{zh}；冲销原记账，一次为限。", f"{en}; the posting is reversed, once.")
    return Contract(name, 1, Text(zh, en), told, object_of({}, [], True), object_of(UNDONE, []), (), None, DRILL)
