"""Contracts of the activities of the warehouse SOPs: holds and rulings, counts, inspections, expiry, disposal."""

from __future__ import annotations

from activities.contract import Contract, DeclaredError, day, flag, integer, list_of, moment, object_of, text
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
_SEEN = (
    "line_no", "product_code", "product_name", "specification", "lot_no", "serial_no", "expiry_date", "stock_status",
    "quantity", "unit",
)  # fmt: skip
_EXPIRING: JsonObject = object_of({**_ROW_FIELDS, "days_left": integer("Days left")}, _ROW_NEEDS)
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
        object_of({"nc_no": text("Nonconforming no."), **_FILE}, ["nc_no", *_FILE_ALWAYS]),
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

_COUNT_FIELDS: JsonObject = {
    "line_no": text("Line"),
    "product_code": text("Product code"),
    "product_name": text("Device name"),
    "model": text("Model"),
    "specification": text("Specification"),
    "lot_no": text("Lot no."),
    "serial_no": text("Serial no."),
    "expiry_date": day("Expiry date"),
    "stock_status": {**_STATUS, "title": "Quality status"},
    "unit": text("Unit"),
    "stock_owner": text("Owner of the goods"),
}
_NUMBERS: JsonObject = {
    "counted_quantity": integer("Counted"),
    "book_quantity": integer("Books"),
    "variance": integer("Variance"),
}
_COUNT_NEEDS = ["line_no", "product_code"]
_COUNTED: JsonObject = list_of(object_of(_COUNT_FIELDS, _COUNT_NEEDS, open_=True), "Counted lines")
_LISTED: JsonObject = list_of(object_of(_COUNT_FIELDS, _COUNT_NEEDS), "Lines to count")
_COMPARED: JsonObject = list_of(object_of({**_COUNT_FIELDS, **_NUMBERS}, _COUNT_NEEDS), "Lines with their variance")
_TOO_MANY = DeclaredError("too_many", Text("明细太多，须分次", "Too many lines for one case"))

_COUNTS: tuple[Contract, ...] = (
    Contract(
        "stock.count_list",
        1,
        Text("生成盘点清单", "Make a count list"),
        Text(
            "列出库房、库区或货位的在库商品，每货位一组，不给出数量（盲盘）；有序列号的逐台列出。",
            "Lists what stands in a warehouse, zone or location, one group for each location and without quantities "
            "(blind); numbered units one by one.",
        ),
        object_of({"warehouse": text("Warehouse"), "zone": text("Zone"), "location": text("Location")}),
        object_of(
            {
                "areas": list_of(
                    object_of(
                        {
                            "location": text("Location"),
                            "warehouse": text("Warehouse"),
                            "zone": text("Zone"),
                            "count_lines": _LISTED,
                        }
                    ),
                    "Locations",
                ),
                "line_count": integer("Lines"),
            }
        ),
        (_NOTHING, _TOO_MANY),
        None,
        _READS,
    ),
    Contract(
        "stock.count_check",
        1,
        Text("核对盘点数量", "Compare a count with the books"),
        Text(
            "只回答实盘与盘点当时的账面是否一致，并列出须由第二人复盘的商品；不给出账面数量。",
            "Says only whether the count agrees with the books of that moment, and which lines a second person counts; "
            "never what the books say.",
        ),
        object_of(
            {
                "location": text("Location"),
                "count_lines": _COUNTED,
                "found_lines": _COUNTED,
                "counted_at": moment("Counted at"),
            }
        ),
        object_of({"agrees": flag("They agree"), "recount_lines": _LISTED}),
        (),
        None,
        _READS,
    ),
    Contract(
        "stock.count_differences",
        1,
        Text("计算盘点差异", "Work out the differences"),
        Text(
            "以复盘数量（没有复盘的以初盘数量）与清点当时的账面比较；账上没有批号的商品只计数。",
            "Compares the second count (else the first) with the books of the moment of counting; goods whose lot is "
            "not on the books are only counted.",
        ),
        object_of(
            {
                "location": text("Location"),
                "count_lines": _COUNTED,
                "found_lines": _COUNTED,
                "recount_lines": _COUNTED,
                "counted_at": moment("Counted at"),
                "recounted_at": moment("Counted again at"),
            }
        ),
        object_of(
            {
                "count_lines": _COMPARED,
                "differences": _COMPARED,
                "variance_count": integer("Lines that differ"),
                "unbooked_count": integer("Lines that are not on the books"),
            }
        ),
        (),
        None,
        _READS,
    ),
    Contract(
        "stock.adjust",
        1,
        Text("盘点调整", "Adjust the books"),
        Text(
            "按差异调整账面；每行须有原因，须由未参加盘点的财务或质量管理人员批准签名。",
            "Adjusts the books by the differences; each needs a cause, and the signature of finance or quality staff "
            "who did not count.",
        ),
        object_of({"location": text("Location"), "differences": _COUNTED}),
        object_of({"posting": text("Posting no.")}),
        (_REFUSED,),
        "stock.reverse",
        _DRILL,
    ),
)

_ROUNDS: tuple[Contract, ...] = (
    Contract(
        "stock.route",
        1,
        Text("生成在库检查路线", "Make the route of an inspection"),
        Text(
            "按货位列出库房的在库商品，可只列冷链产品；有序列号的逐台列出。",
            "Lists what stands in a warehouse, location by location, cold goods only if asked; numbered units one by "
            "one.",
        ),
        object_of({"warehouse": text("Warehouse"), "is_cold_only": flag("Cold chain only")}),
        object_of(
            {
                "warehouse": text("Warehouse"),
                "areas": list_of(
                    object_of(
                        {
                            "location": text("Location"),
                            "warehouse": text("Warehouse"),
                            "zone": text("Zone"),
                            "route_lines": list_of(
                                object_of(
                                    {name: _ROW_FIELDS[name] for name in _SEEN},
                                    ["line_no", "product_code", "stock_status", "quantity"],
                                ),
                                "Goods to look at",
                            ),
                        }
                    ),
                    "Locations",
                ),
                "line_count": integer("Lines"),
            }
        ),
        (_NOTHING, _TOO_MANY),
        None,
        _READS,
    ),
    Contract(
        "stock.expiry_scan",
        1,
        Text("效期检查并锁定过期品", "Check expiry dates and lock what has expired"),
        Text(
            "库房中已过期的待验、合格和退货待验商品立即停售，并列出；剩余天数不超过给定数的列入近效期。"
            "没有反向动作：过期品只会转为不合格。",
            "Puts what has expired in a warehouse on hold at once and lists it, with what has no more days left than "
            "given. It has no reverse: what has expired becomes nonconforming and nothing else.",
        ),
        object_of({"warehouse": text("Warehouse"), "near_expiry_days": integer("Days")}),
        object_of(
            {
                "warehouse": text("Warehouse"),
                "near_lines": list_of(_EXPIRING, "Near expiry"),
                "expired_lines": list_of(_EXPIRING, "Expired"),
                "near_count": integer("Lines near expiry"),
                "expired_count": integer("Lines expired"),
                "posting": text("Posting no."),
            }
        ),
        (),
        None,
        _DRILL,
    ),
)

_DISPOSALS: tuple[Contract, ...] = (
    Contract(
        "stock.destroy",
        1,
        Text("记入销毁", "Post a destruction"),
        Text(
            "不合格品销毁出账；须有同一案例中的不合格确认、质量负责人批准和监销签名。销毁不能冲销。",
            "Takes nonconforming goods off the books; needs the confirmation, the approval of the quality director and "
            "the signature of who watched, all in the same case. A destruction is not reversed.",
        ),
        object_of({"positions": list_of(_GIVEN, "Lines")}),
        object_of({"posting": text("Posting no."), "quantity": integer("Units destroyed")}),
        (_REFUSED,),
        None,
        _DRILL,
    ),
    Contract(
        "stock.return_supplier",
        1,
        Text("记入退回供货者", "Post a return to the supplier"),
        Text(
            "不合格品退回购进这批商品的供货者。",
            "Nonconforming goods go back to the supplier from whom the lot was bought.",
        ),
        object_of({"positions": list_of(_GIVEN, "Lines"), "supplier_code": text("Supplier code")}),
        object_of({"posting": text("Posting no."), "quantity": integer("Units returned")}),
        (_REFUSED, DeclaredError("other_supplier", Text("不是购进该批的供货者", "Not the supplier of the lot"))),
        "stock.reverse",
        _DRILL,
    ),
)

CONTRACTS: tuple[Contract, ...] = (*_RULINGS, *_COUNTS, *_ROUNDS, *_DISPOSALS)
"""The contracts of this room."""
