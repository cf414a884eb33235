"""The contracts of qualification: applications, papers that end, letters of the sales staff (GSP 51, 53, 54, 78, 81, 82)."""

from __future__ import annotations

from activities.contract import Contract, DeclaredError, day, flag, integer, list_of, number, object_of, text
from domain.errors import Text
from domain.file_findings import ITEMS, RESULTS
from domain.json_types import JsonObject

UNDO = "qualification.undo"
RULE_REFUSED = DeclaredError("rule_refused", Text("规则拒绝", "Refused by a rule"))
READS = Text("与实际相同，只读取", "As in earnest; it only reads")
TRIES = Text("同样核对，不写入档案", "Decides the same and writes nothing")


def _choice(title: str, *values: str) -> JsonObject:
    return {"type": "string", "title": title, "enum": [*values]}


_FILE: JsonObject = {**object_of({}, [], open_=True), "title": "The file as entered"}
_ON_FILE = _choice("On file as", "new", "known", "approved", "suspended", "rejected")
_FINDINGS = list_of(
    object_of(
        {
            "check_item": _choice("Checked", *ITEMS),
            "check_result": _choice("Found", *RESULTS),
            "check_said": text("Note"),
        },
        ["check_item", "check_result"],
    ),
    "Findings of the automatic checks",
)
_CHECKED = object_of(
    {"check_findings": _FINDINGS, "qualification_valid_until": day("Qualified until")}, ["check_findings"]
)
_DECIDED = object_of({"qualification": text("Decision no.")})
_CODE = object_of({"code": text("Code")})
_OTHER_KIND = DeclaredError("other_kind", Text("编号属于另一类往来单位", "The code belongs to another kind of partner"))
_CLASS = _choice("Device class", "I", "II", "III")
_PRODUCT_FILE: JsonObject = {
    "model": text("Model"),
    "specification": text("Specification"),
    "registration_valid_until": day("Registration valid until"),
    "registrant_name": text("Registrant"),
    "contract_manufacturer_name": text("Contract manufacturer"),
    "production_license_no": text("Production licence no."),
    "device_class": _CLASS,
    "classification_code": text("Classification code"),
    "is_implant": flag("Implant"),
    "is_sterile": flag("Sterile"),
    "is_ivd": flag("In-vitro diagnostic"),
    "is_cold_chain": flag("Cold chain"),
    "storage_condition": text("Storage condition"),
    "transport_condition": text("Transport condition"),
    "temp_min": {**number("Lower temperature limit"), "scale": 1},
    "temp_max": {**number("Upper temperature limit"), "scale": 1},
    "humidity_min": {**number("Lower humidity limit"), "scale": 1},
    "humidity_max": {**number("Upper humidity limit"), "scale": 1},
    "udi_di": text("UDI-DI"),
}


def _reads(
    name: str, title: Text, told: Text, given: JsonObject, answer: JsonObject, *errors: DeclaredError
) -> Contract:
    return Contract(name, 1, title, told, given, answer, errors, None, READS)


def _writes(
    name: str, title: Text, told: Text, given: JsonObject, answer: JsonObject, *errors: DeclaredError
) -> Contract:
    return Contract(name, 1, title, told, given, answer, errors, UNDO, TRIES)


_APPLICATIONS = (
    _reads(
        "suppliers.facts",
        Text("读取供货者档案", "Read the supplier's file"),
        Text(
            "供货者编号是否已建档、审核结论，以及地址和联系方式。",
            "Standing of the supplier code, address and contact.",
        ),
        _CODE,
        object_of(
            {"on_file": _ON_FILE, "supplier_address": text("Address"), "supplier_contact": text("Contact")}, ["on_file"]
        ),
        _OTHER_KIND,
    ),
    _reads(
        "purchasers.facts",
        Text("读取购货者档案", "Read the purchaser's file"),
        Text(
            "购货者编号是否已建档、审核结论，以及地址和联系方式。",
            "Standing of the purchaser code, address and contact.",
        ),
        _CODE,
        object_of(
            {
                "on_file": _ON_FILE,
                "uscc": text("Credit code"),
                "delivery_address": text("Delivery address"),
                "purchaser_contact": text("Contact"),
            },
            ["on_file"],
        ),  # fmt: skip
        _OTHER_KIND,
    ),
    _reads(
        "products.facts",
        Text("读取产品档案", "Read the product's file"),
        Text("产品编号是否已建档，以及档案中的内容。", "Standing of the product code and what its file says."),
        _CODE,
        object_of({"on_file": _ON_FILE, **_PRODUCT_FILE}, ["on_file"]),
    ),
    _reads(
        "suppliers.check",
        Text("自动核对供货者资料", "Check a supplier's file"),
        Text(
            "核对有效期、经营范围、公章、统一社会信用代码和重复建档；资质有效期至取最早到期的一份。",
            "Validity, business scope, seal, credit code and doubles; the first paper to end says until when.",
        ),
        object_of({"file": _FILE}),
        _CHECKED,
    ),
    _reads(
        "purchasers.check",
        Text("自动核对购货者资料", "Check a purchaser's file"),
        Text(
            "核对有效期、经营范围、统一社会信用代码和重复建档。", "Validity, business scope, credit code and doubles."
        ),
        object_of({"file": _FILE}),
        _CHECKED,
    ),
    _reads(
        "products.check",
        Text("自动核对产品资料", "Check a product's file"),
        Text(
            "核对注册证（备案）编号、本企业经营范围、产品标识校验码和重复建档。",
            "Registration number, our own business scope, check digit of the UDI-DI, and doubles.",
        ),
        object_of({"file": _FILE}),
        _CHECKED,
    ),
    _writes(
        "suppliers.qualify",
        Text("建立供货者档案", "Put the supplier on file"),
        Text(
            "同一事务内再次核对资料与签名，写入供货者、资质文件（范围、有效期）和审核结论。",
            "Looks at file and signatures again and writes supplier, papers with scope and validity, and the approval.",
        ),
        object_of({"file": _FILE}),
        _DECIDED,
        RULE_REFUSED,
    ),
    _writes(
        "purchasers.qualify",
        Text("建立购货者档案", "Put the purchaser on file"),
        Text(
            "同一事务内再次核对资料与签名，写入购货者、证明文件和审核结论。",
            "Looks at file and signatures again and writes purchaser, papers and the approval.",
        ),
        object_of({"file": _FILE}),
        _DECIDED,
        RULE_REFUSED,
    ),
    _writes(
        "products.qualify",
        Text("建立产品档案", "Put the product on file"),
        Text(
            "同一事务内再次核对资料与签名，写入产品、注册证和审核结论。",
            "Looks at file and signatures again and writes product, certificate and the approval.",
        ),
        object_of({"file": _FILE}),
        _DECIDED,
        RULE_REFUSED,
    ),
    _writes(
        "qualification.reject",
        Text("记录审核不通过", "Record the rejection"),
        Text("以不通过的结论建档，之后不得与其交易。", "Puts the subject on file as rejected; nobody deals with it."),
        object_of(
            {
                "subject": _choice("Subject", "supplier", "purchaser", "product"),
                "code": text("Code"),
                "name": text("Name"),
            }
        ),  # fmt: skip
        _DECIDED,
    ),
    Contract(
        UNDO,
        1,
        Text("撤回建档", "Take back what went on file"),
        Text(
            "撤回该步骤写入的文件和结论；原操作未发生时留下墓碑，拒绝迟到的执行。",
            "Withdraws papers and decision of that step; leaves a tombstone where none was made.",
        ),
        object_of({}, [], open_=True),
        object_of({"undone": text("Effect undone"), "tombstone": text("Effect refused from now on")}, []),
        (),
        None,
        TRIES,
    ),
)
_OWNER: JsonObject = {
    "paper_id": text("Paper no. in the file"),
    "owner_kind": _choice("Owner", "supplier", "purchaser", "product", "company"),
    "owner_code": text("Owner's code"),
    "owner_name": text("Owner's name"),
    "paper": text("Kind of paper"),
    "paper_no": text("Number on the paper"),
    "valid_until": day("Valid until"),
}
_PAPERS = (
    Contract(
        "papers.due",
        1,
        Text("查找即将到期的资质", "Find papers that run out"),
        Text(
            "首次到达预警天数（90/60/30/7 天，参数可改）和已过期的文件；同一文件同一期限只列一次。",
            "Papers that reached a step of warning (90/60/30/7 days, a parameter) or are over; each once per step.",
        ),
        object_of({}, []),
        object_of(
            {
                "due_papers": list_of(
                    object_of(
                        {
                            **_OWNER,
                            "days_left": integer("Days left"),
                            "watch_action": _choice("What is done", "renew", "remind", "tell"),
                            "is_blocked": flag("No dealing from now on"),
                        }
                    ),
                    "Papers that run out",
                )
            }
        ),
        (),
        None,
        TRIES,
    ),
    _reads(
        "papers.check",
        Text("自动核对更新的文件", "Check a renewed paper"),
        Text("核对有效期和公章。", "Validity and seal."),
        object_of({"file": _FILE}),
        object_of({"check_findings": _FINDINGS}),
    ),
    _writes(
        "papers.renew",
        Text("更新资质文件", "Put the renewed paper on file"),
        Text(
            "新文件与旧文件并存；供货者、购货者资质重新齐全时恢复审核结论。",
            "The new paper stands beside the old one; a partner whose papers are whole again is approved again.",
        ),
        object_of({"file": _FILE}),
        object_of({"paper_id": text("Paper no. in the file")}),
        RULE_REFUSED,
    ),
    Contract(
        "partners.suspend",
        1,
        Text("暂停往来单位", "Stop dealing with a partner"),
        Text(
            "从现在起不得购进或销售，直到重新审核通过。", "Nothing is bought or sold from now on, until a new approval."
        ),
        object_of({"owner_code": text("Partner code"), "reason": text("Reason")}),
        object_of({"suspended": flag("Was approved and is stopped now")}),
        (),
        None,
        TRIES,
    ),
)
_LETTERS = (
    _reads(
        "letters.facts",
        Text("读取销售人员培训", "Read a salesperson's training"),
        Text("姓名，以及岗位培训考核今天是否有效。", "Name, and whether the training for the post counts today."),
        object_of({"sales_account": text("Account")}),
        object_of(
            {
                "salesperson_name": text("Name"),
                "is_trained": flag("Trained"),
                "training_until": day("Training valid until"),
            },
            ["salesperson_name", "is_trained"],
        ),
        DeclaredError("not_sales", Text("不是销售人员", "Not of the sales staff")),
    ),
    _writes(
        "letters.issue",
        Text("登记销售人员授权书", "Put a sales authorisation on file"),
        Text("盖章的授权书，载明品种、地域、期限。", "The sealed letter with products, region and last day."),
        object_of({"file": _FILE}),
        object_of({"paper_id": text("Paper no. in the file")}),
        RULE_REFUSED,
    ),
    Contract(
        "letters.withdraw",
        1,
        Text("撤销销售人员授权书", "Withdraw a salesperson's letters"),
        Text("该人员的全部授权书立即失效。", "Every letter of the person ends at once."),
        object_of({"sales_account": text("Account")}),
        object_of({"withdrawn": integer("Letters withdrawn")}),
        (),
        None,
        TRIES,
    ),
)
CONTRACTS = (*_APPLICATIONS, *_PAPERS, *_LETTERS)
