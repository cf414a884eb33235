"""Posts (roles) and the meanings of a signature, with the words people use. Source: GSP 2023 arts. 14–32,
53–110."""

from __future__ import annotations

from domain.errors import Text

ROLES: dict[str, Text] = {
    "company_head": Text("企业负责人", "Company head"),
    "quality_director": Text("质量负责人", "Quality director"),
    "quality_staff": Text("质量管理人员", "Quality staff"),
    "receiver": Text("收货人员", "Receiver"),
    "inspector": Text("验收人员", "Inspector"),
    "warehouse_keeper": Text("库房管理人员", "Warehouse keeper"),
    "outbound_reviewer": Text("出库复核人员", "Outbound reviewer"),
    "purchaser": Text("采购人员", "Purchaser"),
    "sales": Text("销售人员", "Sales"),
    "cold_chain_operator": Text("冷链作业专人", "Cold-chain operator"),
    "transport_staff": Text("运输人员", "Transport staff"),
    "after_sales_manager": Text("售后服务管理人员", "After-sales manager"),
    "ae_officer": Text("不良事件监测人员", "Adverse-event officer"),
    "training_admin": Text("培训管理员", "Training administrator"),
    "equipment_admin": Text("设备管理员", "Equipment administrator"),
    "department_manager": Text("部门负责人", "Department manager"),
    "finance": Text("财务", "Finance"),
    "hr": Text("人事", "Human resources"),
    "auditor": Text("内审员", "Internal auditor"),
    "guest_auditor": Text("检查员（只读）", "Inspector of the authority (read only)"),
    "process_owner": Text("流程负责人", "Process owner"),
    "it_admin": Text("系统管理员", "System administrator"),
}
"""Every role that an account can hold."""

EXTERNAL_PARTIES: dict[str, Text] = {
    "deliverer": Text("交货人", "Deliverer"),
    "collector": Text("提货人", "Collector"),
    "consignee": Text("收货单位签收人", "Consignee"),
}
"""People without an account who sign on the glass or on a photographed note."""

NEVER_SIGNS = frozenset({"it_admin", "guest_auditor"})
"""Roles that give no business or quality right: a person holding only these cannot act on a task or sign
(GSP 18)."""

KEEPS_THE_SYSTEM = frozenset({"it_admin"})
"""Roles that keep the installation running: a person holding only these reads no business data."""

QUALITY = frozenset({"quality_staff", "quality_director"})
"""Posts that decide about quality independently (GSP 18): nobody else stands in for them."""

READERS = frozenset({"auditor", "guest_auditor", "quality_staff", "quality_director", "company_head", "process_owner"})
"""Roles that may read every case of their sites."""

MEANINGS: dict[str, Text] = {
    "approve": Text("批准", "approved"),
    "decide": Text("决定", "decided"),
    "quality_rule": Text("质量裁决", "quality ruling"),
    "review": Text("审核", "reviewed"),
    "confirm_nonconforming": Text("确认不合格", "confirmed nonconforming"),
    "release": Text("放行", "released"),
    "received": Text("收货确认", "received"),
    "handed_over": Text("交货确认", "handed over"),
    "inspected": Text("验收", "inspected"),
    "performed": Text("执行", "performed"),
    "verified": Text("复核", "verified"),
    "submitted": Text("提交", "submitted"),
    "investigated": Text("调查", "investigated"),
    "closed": Text("关闭", "closed"),
    "reported": Text("报告", "reported"),
    "observed": Text("查阅", "observed"),
}
"""What a signature can mean."""


def role_text(key: str) -> Text:
    """The words for a role or an external party; the key itself for one that is not known."""
    return ROLES.get(key) or EXTERNAL_PARTIES.get(key) or Text(key, key)
