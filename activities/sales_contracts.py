"""Contracts of the activities of selling and outbound."""

from __future__ import annotations

from activities.contract import Contract, day, flag, integer, list_of, object_of, text
from activities.sales_words import (
    ALWAYS,
    DRILL,
    GONE,
    MONEY,
    NEEDED,
    NUMBER,
    ORDER,
    PICK,
    PICK_ALWAYS,
    READS,
    REFUSED,
    REVIEWED,
    UNKNOWN,
    WAY,
    WORKED_OUT,
    WRONG,
    undo,
)
from domain.errors import Text
from domain.sale_rules import STOP_CHECKS

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
        object_of(ORDER, NEEDED),
        object_of(
            {
                "purchaser_name": text("Purchaser"),
                "purchaser_license_no": text("Licence no. of the purchaser"),
                "order_lines": list_of(object_of(WORKED_OUT, ALWAYS), "Order lines"),
                "total_amount": {**MONEY, "title": "Total"},
                "off_price": flag("Under the agreed price or above the ceiling"),
                "over_credit": flag("Above the credit, or on credit hold"),
                "credit_hold": flag("On credit hold"),
                "owed_amount": {**MONEY, "title": "Owed so far"},
                "credit_limit": {**MONEY, "title": "Credit limit"},
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
        (REFUSED, WRONG),
        None,
        READS,
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
        object_of(ORDER, NEEDED),
        object_of({**NUMBER, "sale_date": day("Sale date")}),
        (REFUSED, WRONG),
        "sales.cancel",
        DRILL,
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
        DRILL,
    ),
    Contract(
        "sales.close",
        1,
        Text("销售订单结案", "Close the sales order"),
        Text(
            "释放未出库的预留；一件未出库的按撤销处理。",
            "Frees what has not left; an order of which nothing left is cancelled.",
        ),
        object_of({**NUMBER, "close_reason": text("Reason")}, ["sales_order_no"]),
        object_of(
            {
                "shipped_quantity": integer("Shipped"),
                "open_quantity": integer("Given up"),
                "open_amount": {**MONEY, "title": "Still to be paid"},
            }
        ),
        (UNKNOWN,),
        None,
        DRILL,
    ),
    Contract(
        "sales.pay",
        1,
        Text("登记收款", "Enter a payment"),
        Text("登记订单收到的款项，释放信用额度。", "Enters money that came for an order; the credit is free again."),
        object_of({**NUMBER, "paid_amount": {**MONEY, "title": "Amount paid"}, "paid_on": day("Paid on")}),
        object_of({"open_amount": {**MONEY, "title": "Still to be paid"}}),
        (UNKNOWN,),
        None,
        DRILL,
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
        object_of(NUMBER),
        object_of(
            {
                **NUMBER,
                "purchaser_code": text("Purchaser code"),
                "consignee_name": text("Consignee"),
                "delivery_address": text("Delivery address"),
                "consignee_contact": text("Consignee contact"),
                "purchaser_license_no": text("Licence no. of the purchaser"),
                "delivery_way": WAY,
                "is_urgent": flag("Urgent"),
                "is_cold_chain": flag("Cold chain"),
                "pick_lines": list_of(object_of(PICK, PICK_ALWAYS), "Pick list"),
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
        (REFUSED, UNKNOWN),
        None,
        DRILL,
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
        object_of({**NUMBER, **REVIEWED}, ["sales_order_no", "pick_lines", *STOP_CHECKS, "outbound_sealed"]),
        object_of(GONE),
        (REFUSED, UNKNOWN),
        "outbound.unship",
        DRILL,
    ),
    undo("outbound.unship", "冲销出库", "Reverse an issue"),
    Contract(
        "outbound.release",
        1,
        Text("释放预留", "Free what was promised"),
        Text("为订单预留的商品恢复可售。", "What was promised to the order is for sale again."),
        object_of(NUMBER),
        object_of({"open_quantity": integer("Freed")}),
        (),
        None,
        DRILL,
    ),
)
CONTRACTS: tuple[Contract, ...] = (*_SALES, *_OUTBOUND)
"""The contracts of this room."""
