"""Contracts of the activities of the warehouse SOPs: holds and rulings, counts, inspections, expiry, disposal."""

from __future__ import annotations

from activities.contract import Contract, DeclaredError, day, integer, list_of, object_of, text
from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import Status

_STATUS: JsonObject = {"type": "string", "enum": [status.value for status in Status]}
_ROW_FIELDS: JsonObject = {
    "line_no": text("Line"),
    "product_code": text("Product code"),
    "product_name": text("Device name"),
    "model": text("Model"),
    "specification": text("Specification"),
    "registration_no": text("Registration no."),
    "unit": text("Unit"),
    "lot_no": text("Lot no."),
    "serial_no": text("Serial no."),
    "expiry_date": day("Expiry date"),
    "warehouse": text("Warehouse"),
    "location_code": text("Location"),
    "stock_status": {**_STATUS, "title": "Quality status"},
    "status_before": {**_STATUS, "title": "Status before the hold"},
    "stock_owner": text("Owner of the goods"),
    "quantity": integer("Quantity"),
}
_ROW_NEEDS = ["line_no", "product_code", "location_code", "stock_status", "quantity"]
_GIVEN: JsonObject = object_of(_ROW_FIELDS, _ROW_NEEDS, open_=True)
_POSITIONS: JsonObject = list_of(object_of(_ROW_FIELDS, _ROW_NEEDS), "Where the goods stand")
_FILE: JsonObject = {
    "product_name": text("Device name"),
    "model": text("Model"),
    "specification": text("Specification"),
    "registration_no": text("Registration no."),
    "unit": text("Unit"),
    "storage_condition": text("Storage condition"),
    "lot_no": text("Lot no."),
    "serial_no": text("Serial no."),
    "expiry_date": day("Expiry date"),
    "quantity": integer("Quantity"),
    "stock_status": {**_STATUS, "title": "Quality status"},
    "positions": _POSITIONS,
    "posting": text("Posting no."),
}
_FILE_ALWAYS = [name for name in _FILE if name != "expiry_date"]
_NAMED: JsonObject = {
    "product_code": text("Product code"),
    "lot_no": text("Lot no."),
    "serial_no": text("Serial no."),
    "expiry_date": text("Expiry date, where a lot number has several"),
    "location_code": text("Location, if not the whole site"),
}
_REFUSED = DeclaredError("rule_refused", Text("规则拒绝", "Refused by a rule"))
_NOTHING = DeclaredError("nothing_there", Text("没有这样的在库商品", "There is no such stock"))
_DRILL = Text("记入演练账，与真实库存分开", "Posted to the drill's own lots, apart from real stock")
_READS = Text("与实际相同，只读取", "As in earnest; it only reads")

_RULINGS: tuple[Contract, ...] = (
    Contract(
        "stock.suspect",
        1,
        Text("停售可疑商品", "Stop doubtful goods"),
        Text(
            "把所指商品在本场所的全部库存立即变为停售待处理，并列出所在货位；已停售的不重复记账。"
            "没有反向动作：撤销案例不解除停售。",
            "Puts all stock of the named goods at the site on hold at once and lists where it stands; what is on hold "
            "already is not posted again. It has no reverse: cancelling the case does not let the goods go.",
        ),
        object_of({**_NAMED, "hold_no": text("Hold that was made before the case")}, ["product_code"]),
        object_of(_FILE, _FILE_ALWAYS),
        (_NOTHING,),
        None,
        _DRILL,
    ),
    Contract(
        "stock.nonconforming",
        1,
        Text("列出不合格品", "List nonconforming goods"),
        Text(
            "列出所指商品中已判不合格的库存；尚未判定的先全部停售。",
            "Lists the rejected stock of the named goods; where none was rejected yet, all of it is stopped first.",
        ),
        object_of(_NAMED, ["product_code"]),
        object_of(_FILE, _FILE_ALWAYS),
        (_NOTHING,),
        None,
        _DRILL,
    ),
    Contract(
        "stock.relocate",
        1,
        Text("移到货位", "Move to a location"),
        Text(
            "把某一质量状态的各行移到扫描的货位；核对库区和温度范围。",
            "Moves the lines of one quality status to the scanned location; zone and temperature range are checked.",
        ),
        object_of(
            {
                "positions": list_of(_GIVEN, "Lines"),
                "stock_status": {**_STATUS, "title": "Status of the lines to move"},
                "to_location": text("Target location"),
            }
        ),
        object_of(
            {
                "posting": text("Posting no."),
                "positions": _POSITIONS,
                "warehouse": text("Warehouse"),
                "zone": text("Zone"),
                "location": text("Location"),
            }
        ),
        (_REFUSED,),
        "stock.reverse",
        _DRILL,
    ),
    Contract(
        "stock.release_hold",
        1,
        Text("解除停售", "End a hold"),
        Text(
            "停售商品恢复停售前的状态；须有同一案例中已签名的质量判定，过期的不能恢复为合格。",
            "Held goods become again what they were; needs a ruling that quality signed in the same case, and expired "
            "goods never become qualified.",
        ),
        object_of({"positions": list_of(_GIVEN, "Lines")}),
        object_of(
            {
                "posting": text("Posting no."),
                "positions": _POSITIONS,
                "released_quantity": integer("Qualified again"),
                "pending_quantity": integer("Back to acceptance"),
                "stock_status": {**_STATUS, "title": "Quality status"},
            }
        ),
        (_REFUSED,),
        None,
        _DRILL,
    ),
    Contract(
        "stock.reject",
        1,
        Text("转为不合格", "Reject"),
        Text(
            "各行变为不合格；须有同一案例中已签名的检验或质量判定。此后只能退货或销毁。",
            "The lines become nonconforming; needs a signed examination or ruling of the same case. They are returned "
            "or destroyed, nothing else.",
        ),
        object_of({"positions": list_of(_GIVEN, "Lines")}),
        object_of(
            {
                "posting": text("Posting no."),
                "positions": _POSITIONS,
                "stock_status": {**_STATUS, "title": "Quality status"},
            }
        ),
        (_REFUSED,),
        None,
        _DRILL,
    ),
)

CONTRACTS: tuple[Contract, ...] = _RULINGS
"""The contracts of this room."""
