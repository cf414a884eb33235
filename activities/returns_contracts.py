"""Contracts of the activities of returns, from purchasers and to suppliers."""

from __future__ import annotations

from activities.contract import Contract, day, flag, integer, list_of, object_of, text
from activities.sales_words import (
    CLAIMED,
    DRILL,
    GONE,
    JUDGED,
    MATCHED,
    MATCHED_ALWAYS,
    NOTHING,
    OTHER,
    PICK,
    PICK_ALWAYS,
    POSITION,
    READS,
    RECEIVED,
    REFUSED,
    REVIEWED,
    STATUS,
    undo,
)
from domain.errors import Text
from domain.json_types import JsonObject
from domain.sale_rules import STOP_CHECKS

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
                    object_of(CLAIMED, ["line_no", "product_code", "return_quantity"], open_=True), "Lines"
                ),
            }
        ),
        object_of(
            {
                "returner_name": text("Returning party"),
                "without_papers": flag("Without papers"),
                "return_lines": list_of(object_of(MATCHED, MATCHED_ALWAYS), "Lines"),
            }
        ),
        (REFUSED,),
        None,
        READS,
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
                "return_lines": list_of(object_of(RECEIVED, MATCHED_ALWAYS, open_=True), "Lines"),
            }
        ),
        object_of(
            {
                "posting": text("Posting no."),
                "sales_return_no": text("Return no."),
                "return_date": day("Return date"),
                "lines": list_of(
                    object_of(
                        RECEIVED,
                        [*MATCHED_ALWAYS, "stock_status", "quantity", "received_quantity", "quarantine_location"],
                    ),
                    "Lines",
                ),
            }
        ),
        (REFUSED,),
        "returns.reverse",
        DRILL,
    ),
    undo("returns.reverse", "冲销退货", "Reverse a return"),
    Contract(
        "returns.restock",
        1,
        Text("退货合格，恢复可售", "A return that passed is for sale again"),
        Text(
            "凭验收签名转合格；冷链品须有售出期间温度记录。",
            "Becomes qualified on a signed inspection; cold goods need the log of the sold period.",
        ),
        object_of(JUDGED),
        object_of({"posting": text("Posting no."), "stock_status": STATUS}),
        (REFUSED,),
        "returns.unjudge",
        DRILL,
    ),
    Contract(
        "returns.reject",
        1,
        Text("退货不合格", "A return that failed"),
        Text("凭验收签名转不合格。", "Becomes rejected on a signed inspection."),
        object_of(JUDGED),
        object_of({"posting": text("Posting no."), "stock_status": STATUS}),
        (REFUSED,),
        "returns.unjudge",
        DRILL,
    ),
    undo("returns.unjudge", "冲销退货判定", "Reverse the verdict on a return"),
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
                    object_of(POSITION, ["line_no", "product_code", "location_code", "stock_status", "quantity"]),
                    "Stock",
                ),
            }
        ),
        (NOTHING, OTHER),
        None,
        READS,
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
                        {**POSITION, "return_quantity": integer("Quantity to send back")},
                        ["line_no", "product_code", "location_code", "stock_status"],
                        open_=True,
                    ),
                    "Stock",
                )
            }
        ),
        object_of({**_RETURN_NO, "pick_lines": list_of(object_of(PICK, PICK_ALWAYS), "Pick list")}),
        (REFUSED,),
        "purchase_returns.release",
        DRILL,
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
        DRILL,
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
            {**_RETURN_NO, "supplier_code": text("Supplier code"), **REVIEWED},
            ["purchase_return_no", "supplier_code", "pick_lines", *STOP_CHECKS, "outbound_sealed"],
        ),
        object_of(GONE),
        (REFUSED, OTHER),
        "outbound.unship",
        DRILL,
    ),
)
CONTRACTS: tuple[Contract, ...] = (*_RETURNS, *_SENT)
"""The contracts of this room."""
