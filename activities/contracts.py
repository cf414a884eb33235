"""Contracts as data: what a step must give an activity, what it gets, which business errors it must route,
what undoes it.

Input and output are closed JSON Schemas in the dialect of the forms, with titles in English; errors carry
both languages.
"""

from __future__ import annotations

from activities import master_contracts, opening_contracts
from activities.contract import Contract as Contract
from activities.contract import DeclaredError as DeclaredError
from activities.contract import day as _day
from activities.contract import flag as _flag
from activities.contract import integer as _integer
from activities.contract import list_of as _list
from activities.contract import moment as _moment
from activities.contract import number as _number
from activities.contract import object_of as _object
from activities.contract import text as _text
from activities.departure_contracts import CONTRACTS as _DEPARTURES
from activities.purchasing_contracts import CONTRACTS as _PURCHASING
from activities.qualification_contracts import CONTRACTS as QUALIFICATION
from activities.returns_contracts import CONTRACTS as _RETURNING
from activities.sales_contracts import CONTRACTS as _SELLING
from activities.shipment_contracts import CONTRACTS as _SHIPMENTS
from activities.warehouse_contracts import CONTRACTS as _WAREHOUSE
from domain.errors import Text
from domain.json_types import JsonObject

_ATTACHMENT: JsonObject = {"type": "object", "format": "attachment", "title": "File"}
_LINE: JsonObject = _object(
    {
        "line_no": _text("Line"),
        "purchase_order_no": _text("Purchase order no."),
        "product_code": _text("Product code"),
        "lot_no": _text("Lot no."),
        "serial_no": _text("Serial no."),
        "production_date": _day("Production date"),
        "expiry_date": _day("Expiry date"),
        "received_quantity": _integer("Received quantity"),
        "quarantine_location": _text("Pending location"),
    },
    ["line_no", "product_code", "received_quantity", "quarantine_location"],
    open_=True,
)
_POSTED = _object({"posting": _text("Posting no.")})
_RULE_REFUSED = DeclaredError("rule_refused", Text("规则拒绝", "Refused by a rule"))
_SAME_LEDGER = Text("记入演练账，与真实库存分开", "Posted to the drill's own lots, apart from real stock")
_READS = Text("与实际相同，只读取", "As in earnest; it only reads")

CONTRACTS: tuple[Contract, ...] = (
    Contract(
        "orders.expected_lines",
        1,
        Text("带出订单待到货行", "Look up what the orders still lack"),
        Text(
            "供货者档案的名称、地址、联系方式，以及各订单尚未到货的行。",
            "The supplier's file and the order lines still to come.",
        ),
        _object(
            {
                "supplier_code": _text("Supplier code"),
                "purchase_orders": _list(_object({"purchase_order_no": _text("Purchase order no.")}), "Orders"),
            }
        ),
        _object(
            {
                "supplier_name": _text("Supplier"),
                "supplier_address": _text("Supplier's address"),
                "supplier_contact": _text("Supplier's contact"),
                "expected_lines": _list(
                    _object(
                        {
                            "purchase_order_no": _text("Purchase order no."),
                            "product_code": _text("Product code"),
                            "product_name": _text("Device name"),
                            "model": _text("Model"),
                            "specification": _text("Specification"),
                            "registration_no": _text("Registration no."),
                            "unit": _text("Unit"),
                            "ordered_quantity": _integer("Ordered"),
                            "open_quantity": _integer("Still to come"),
                            "is_cold_chain": _flag("Cold chain"),
                            "storage_condition": _text("Storage condition"),
                        }
                    ),
                    "Order lines to come",
                ),
            }
        ),
        (DeclaredError("unknown_supplier", Text("供货者没有档案", "The supplier is not on file")),),
        None,
        _READS,
    ),
    Contract(
        "orders.line_facts",
        1,
        Text("读取产品与订单档案", "Read the product's and the order's file"),
        Text(
            "一行商品的产品档案、购货日期和供货者信息；没有的内容不给出。",
            "What the files say about one line; what they do not hold is left out.",
        ),
        _object(
            {
                "supplier_code": _text("Supplier code"),
                "purchase_order_no": _text("Purchase order no."),
                "product_code": _text("Product code"),
            }
        ),
        _object(
            {
                "product_id": _text("Product id"),
                "udi_di": _text("UDI-DI"),
                "device_class": {"type": "string", "enum": ["I", "II", "III"], "title": "Device class"},
                "registrant_name": _text("Registrant"),
                "contract_manufacturer_name": _text("Contract manufacturer"),
                "production_license_no": _text("Production licence no."),
                "registration_valid_until": _day("Registration valid until"),
                "purchase_date": _day("Purchase date"),
                "supplier_name": _text("Supplier"),
                "supplier_address": _text("Supplier's address"),
                "supplier_contact": _text("Supplier's contact"),
                "storage_condition": _text("Storage condition"),
                "service_life": _text("Service life"),
                "temp_min": {**_number("Lower temperature limit"), "scale": 1},
                "temp_max": {**_number("Upper temperature limit"), "scale": 1},
                "is_cold_chain": _flag("Cold chain"),
                "is_implant": _flag("Implant"),
                "is_ivd": _flag("In-vitro diagnostic"),
                "is_sterile": _flag("Sterile"),
            },
            ["product_id", "device_class", "is_cold_chain", "is_implant", "is_ivd", "is_sterile"],
        ),
        (),
        None,
        _READS,
    ),
    Contract(
        "stock.receive",
        1,
        Text("记入待验库存", "Post as pending stock"),
        Text(
            "收货的每一行按批号记入其待验货位，状态为待验；拒收和超量不记账。同一事务内再次核对供货者、产品和订单。",
            "Every received line becomes PENDING stock of its lot in its pending location; refused and "
            "excess goods are "
            "not posted. Supplier, product and orders are checked again in the same transaction.",
        ),
        _object(
            {
                "supplier_code": _text("Supplier code"),
                "delivery_note_no": _text("Delivery note no."),
                "lines": _list(_LINE, "Lines"),
            }
        ),
        _POSTED,
        (_RULE_REFUSED,),
        "stock.reverse",
        _SAME_LEDGER,
    ),
    Contract(
        "stock.change_status",
        1,
        Text("变更质量状态", "Change the quality status"),
        Text(
            "把一行的若干单位由待验变为合格或不合格；须有已签名的验收或裁决。",
            "Turns units of a line from pending into qualified or rejected; needs a signed inspection or ruling.",
        ),
        _object(
            {
                "line": _LINE,
                "quantity": _integer("Quantity"),
                "to": {"type": "string", "enum": ["QUALIFIED", "REJECTED"], "title": "New status"},
                "from": {
                    "type": "string",
                    "enum": ["PENDING", "HOLD", "QUALIFIED", "RETURN_PENDING"],
                    "title": "Present status",
                },
                "location": _text("Location of the goods, if not the pending one"),
            },
            ["line", "quantity", "to"],
        ),
        _POSTED,
        (_RULE_REFUSED,),
        "stock.reverse",
        _SAME_LEDGER,
    ),
    Contract(
        "stock.move",
        1,
        Text("移入货位", "Move to a location"),
        Text(
            "把一行的合格品由待验货位移到扫描的货位；核对库区和温度范围。",
            "Moves the qualified units of a line to the scanned location; zone and temperature range are checked.",
        ),
        _object(
            {
                "line": _LINE,
                "quantity": _integer("Quantity"),
                "to_location": _text("Target location"),
                "from_location": _text("Present location, if not the pending one"),
            },
            ["line", "quantity", "to_location"],
        ),
        _object(
            {
                "posting": _text("Posting no."),
                "warehouse": _text("Warehouse"),
                "zone": _text("Zone"),
                "location": _text("Location"),
            }
        ),
        (_RULE_REFUSED,),
        "stock.reverse",
        _SAME_LEDGER,
    ),
    Contract(
        "stock.hold",
        1,
        Text("停售并锁定", "Hold stock"),
        Text(
            "把这些批号在本场所的待验和合格库存变为停售待处理。停售不能撤销，只能由质量裁决解除。",
            "Puts all pending and qualified stock of these lots at the site on hold. "
            "A hold is never undone; a quality ruling ends it.",
        ),
        _object({"lines": _list(_LINE, "Lines")}),
        _object({"posting": _text("Posting no."), "held": _integer("Units held")}, ["held"]),
        (),
        None,
        _SAME_LEDGER,
    ),
    Contract(
        "stock.reverse",
        1,
        Text("冲销过账", "Reverse a posting"),
        Text(
            "按原记录冲销一次；原过账未发生时留下墓碑，拒绝迟到的执行。",
            "Mirrors the recorded posting once; leaves a tombstone where none was made.",
        ),
        _object({}, [], open_=True),
        _object({"undone": _text("Posting undone"), "tombstone": _text("Effect refused from now on")}, []),
        (),
        None,
        _SAME_LEDGER,
    ),
    Contract(
        "cold_chain.read_log",
        1,
        Text("读取在途温度记录", "Read the transit temperature log"),
        Text(
            "读取所附记录仪文件（CSV），计算是否覆盖全程、最长中断、最低和最高温度。",
            "Reads the attached logger file (CSV): coverage of the journey, longest silence, lowest and "
            "highest temperature.",
        ),
        _object(
            {
                "log": _ATTACHMENT,
                "transport_mode": _text("Transport mode"),
                "departure": _moment("Departure"),
                "arrival": _moment("Arrival"),
                "temp_min": _number("Lower temperature limit"),
                "temp_max": _number("Upper temperature limit"),
            },
            ["log", "transport_mode", "departure", "arrival"],
        ),
        _object(
            {
                "log_points": _integer("Readings on the journey"),
                "log_first_at": {**_moment("First reading"), "external_event_time": True},
                "log_last_at": {**_moment("Last reading"), "external_event_time": True},
                "log_lowest": {**_number("Lowest temperature"), "scale": 2},
                "log_highest": {**_number("Highest temperature"), "scale": 2},
                "log_max_gap_min": {**_number("Longest silence, minutes"), "scale": 2},
                "log_gap_limit_min": {**_number("Longest silence allowed, minutes"), "scale": 2},
                "log_covers_transit": _flag("Covers the journey"),
                "transit_temp_ok": _flag("Transit temperature in order"),
            },
            ["log_points", "log_first_at", "log_last_at", "log_max_gap_min", "log_covers_transit", "transit_temp_ok"],
        ),
        (DeclaredError("unreadable_log", Text("温度记录无法读取", "The log cannot be read")),),
        None,
        _READS,
    ),
    Contract(
        "cases.start",
        1,
        Text("启动另一个案例", "Start another case"),
        Text(
            "按范围内生效的版本启动一个案例；同一步骤只启动一次，重复执行得到同一案例。步骤 start: 使用它。",
            "Starts a case on the version in force within the range; once per step, and the same case when it is asked "
            "again. The step kind start: uses it.",
        ),
        _object(
            {
                "process": _text("Process"),
                "range": _text("Versions, like ^1"),
                "site": _text("Site, if not the caller's"),
                "mode": _text("Mode, which must be the caller's"),
                "start": {**_object({}, [], open_=True), "title": "Values of the start form"},
                "parent": _object({"case": _text("Case"), "path": _text("Path of the step")}),
                "effect_key": _text("Effect key"),
                "detached": _flag("Runs on its own"),
            },
            ["process"],
        ),
        _object({"id": _text("Case"), "version": _text("Version"), "sha256": _text("Hash of the definition")}),
        (),
        "cases.cancel",
        Text("启动的案例也是演练", "The case that is started is a drill as well"),
    ),
    Contract(
        "cases.cancel",
        1,
        Text("撤销由步骤启动的案例", "Cancel a case that a step started"),
        Text(
            "退回或撤销时，把该步骤启动的案例一并撤销；已结束的案例保持不变。",
            "On return or cancel, the case that the step started is cancelled as well; one that has ended stays as it is.",
        ),
        _object({"case": {"type": ["string", "null"], "title": "Case"}, "reason": _text("Reason")}, []),
        _object({"case": _text("Case")}, []),
        (),
        None,
        Text("撤销的也是演练案例", "The case that is cancelled is a drill as well"),
    ),
    Contract(
        "people.everyone",
        1,
        Text("某岗位的每个人", "Everyone who holds a post"),
        Text(
            "当天在该机构任这些岗位的所有人；步骤写 everyone(岗位) 时使用。",
            "The people who hold these posts at the site on that day; steps that say everyone(role) use it.",
        ),
        _object(
            {
                "roles": _list({"type": "string", "title": "Role"}, "Roles"),
                "site": _text("Site, if not the caller's"),
            },
            ["roles"],
        ),
        _object({"holders": {**_object({}, [], open_=True), "title": "Role → people"}}),
        (),
        None,
        _READS,
    ),
    *_PURCHASING,
    *_WAREHOUSE,
    *_SELLING,
    *_DEPARTURES,
    *_SHIPMENTS,
    *_RETURNING,
    *opening_contracts.CONTRACTS,
    *QUALIFICATION,
    *master_contracts.CONTRACTS,
)
"""Every activity that a step can call."""


def contracts_json() -> dict[str, JsonObject]:
    """Contracts by name, as the language's catalogue takes them."""
    return {contract.name: contract.as_json() for contract in CONTRACTS}
