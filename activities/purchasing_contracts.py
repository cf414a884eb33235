"""Contracts of the activities that place purchase orders."""

from __future__ import annotations

from activities.contract import Contract, DeclaredError, day, flag, integer, list_of, object_of, text
from domain.errors import Text
from domain.json_types import JsonObject

_MONEY: JsonObject = {"type": "number", "scale": 2}
_PRICE: JsonObject = {"type": "number", "scale": 6}
_WISHED: JsonObject = {
    "line_no": text("Line"),
    "product_code": text("Product code"),
    "quantity": integer("Quantity"),
    "unit_price": {**_PRICE, "title": "Unit price"},
}
_ORDER: JsonObject = {
    "supplier_code": text("Supplier code"),
    "order_kind": {"type": "string", "enum": ["purchase", "sample", "gift"], "title": "Order kind"},
    "contract_no": text("Contract no."),
    "expected_delivery_date": day("Expected delivery"),
    "order_lines": list_of(object_of(_WISHED, list(_WISHED), open_=True), "Order lines"),
}
_NEEDED = ["supplier_code", "order_kind", "order_lines"]
_WORKED_OUT: JsonObject = {
    **_WISHED,
    "product_name": text("Device name"),
    "model": text("Model"),
    "specification": text("Specification"),
    "registrant_name": text("Registrant"),
    "registration_no": text("Registration no."),
    "unit": text("Unit"),
    "amount": {**_MONEY, "title": "Amount"},
    "agreed_price": {**_PRICE, "title": "Agreed price"},
}
_ALWAYS = [name for name in _WORKED_OUT if name != "agreed_price"]
_REFUSED = DeclaredError("rule_refused", Text("规则拒绝", "Refused by a rule"))
_WRONG = DeclaredError("wrong_order", Text("订单内容有误", "The order is wrong"))
_DRILL = Text("记入演练订单，与真实订单分开", "An order of the drill, apart from real ones")
_READS = Text("与实际相同，只读取", "As in earnest; it only reads")

CONTRACTS: tuple[Contract, ...] = (
    Contract(
        "orders.quote",
        1,
        Text("核算订单", "Work an order out"),
        Text(
            "核对供货者和产品资质，带出产品信息，计算金额，与协议价和合同限额比较。",
            "Checks supplier and products, adds what their files say, works out the sums and compares them with agreed "
            "prices and the contract's ceiling.",
        ),
        object_of(_ORDER, _NEEDED),
        object_of(
            {
                "supplier_name": text("Supplier"),
                "order_lines": list_of(object_of(_WORKED_OUT, _ALWAYS), "Order lines"),
                "total_amount": {**_MONEY, "title": "Total"},
                "over_price": flag("Dearer than agreed"),
                "over_ceiling": flag("Above the contract's ceiling"),
            }
        ),
        (_REFUSED, _WRONG),
        None,
        _READS,
    ),
    Contract(
        "orders.place",
        1,
        Text("下达订单", "Place the order"),
        Text(
            "再次核对规则，以连续编号登记订单；同一次调用只下达一次。",
            "Checks the rules again and enters the order under the next number; one call places one order.",
        ),
        object_of(_ORDER, _NEEDED),
        object_of({"purchase_order_no": text("Purchase order no."), "purchase_date": day("Purchase date")}),
        (_REFUSED, _WRONG),
        "orders.cancel",
        _DRILL,
    ),
    Contract(
        "orders.cancel",
        1,
        Text("撤销订单", "Cancel the order"),
        Text("订单不再收货；已有到货的不能撤销。", "The order takes no goods any more; not once goods have come."),
        object_of({}, []),
        object_of({}, []),
        (),
        None,
        _DRILL,
    ),
    Contract(
        "orders.close",
        1,
        Text("订单结案", "Close the order"),
        Text(
            "全部到货后结案；短交结案则放弃未到货部分。结案后不再收货。",
            "Closes an order that has come whole, or gives up the rest of it; nothing is received against it afterwards.",
        ),
        object_of(
            {
                "purchase_order_no": text("Purchase order no."),
                "short": flag("Give up the rest"),
                "close_reason": text("Reason"),
            },
            ["purchase_order_no", "short"],
        ),
        object_of({"received_quantity": integer("Received"), "open_quantity": integer("Still to come")}),
        (
            DeclaredError("still_open", Text("尚有未到货", "Goods are still to come")),
            DeclaredError("unknown_order", Text("没有这个订单", "There is no such order")),
        ),
        None,
        _DRILL,
    ),
)
"""The contracts of this room."""
