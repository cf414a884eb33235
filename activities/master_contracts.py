"""Contracts of the activities that judge and apply changes of master data and posts."""

from __future__ import annotations

from activities.contract import Contract, DeclaredError, day, flag, integer, list_of, object_of, text
from domain.errors import Text
from domain.json_types import JsonObject
from domain.master_data.entities import ENTITIES
from domain.roles import ROLES

_LINE: JsonObject = object_of(
    {
        "field_name": text("Field"),
        "master_data_before": text("Data before"),
        "master_data_after": text("Data after"),
        "is_cleared": flag("Emptied"),
    },
    ["field_name"],
)
_REQUEST: JsonObject = {
    "subject_kind": {"type": "string", "enum": list(ENTITIES), "title": "Kind of master data"},
    "subject_code": text("Code"),
    "change_action": {"type": "string", "enum": ["create", "change", "stop"], "title": "What shall be done"},
    "changes": list_of(_LINE, "Changes"),
}
_ACCESS: JsonObject = {
    "rights_holder": text("Account"),
    "access_action": {"type": "string", "enum": ["grant", "revoke"], "title": "Give or take"},
    "access_rights": list_of(
        object_of(
            {
                "role": {"type": "string", "enum": list(ROLES), "title": "Post"},
                "site": text("Site"),
                "valid_until": day("Valid until"),
            },
            ["role"],
        ),
        "Access rights",
    ),
}
_SUMMARY: JsonObject = object_of({"change_summary": text("The change in one sentence")})
_REFUSED = (DeclaredError("rule_refused", Text("规则拒绝", "Refused by a rule")),)
_READS = Text("与实际相同，只读取", "As in earnest; it only reads")
_WRITES_NOTHING = Text("只核对，不写入", "It judges and writes nothing")

CONTRACTS: tuple[Contract, ...] = (
    Contract(
        "master.check",
        1,
        Text("核对基础数据变更申请", "Judge a change of master data"),
        Text(
            "与现有档案逐项核对，列出全部问题；未填写修改后数据的行不列入。",
            "Compares the request with what stands on file and names all that is wrong; lines without a change are left out.",
        ),
        object_of(dict(_REQUEST), ["subject_kind", "subject_code", "change_action"]),
        object_of({"changes": list_of(_LINE, "Changes"), "change_summary": text("The change in one sentence")}),
        _REFUSED,
        None,
        _READS,
    ),
    Contract(
        "master.apply",
        1,
        Text("执行基础数据变更", "Apply a change of master data"),
        Text(
            "须有质量审核、质量负责人批准的签名；同一事务内再次核对，写入新版本并留存历史。",
            "Needs the signed quality review and the director's approval; judged again in the same transaction, "
            "then written as a new version with its history.",
        ),
        object_of(
            {**_REQUEST, "change_reason": text("Reason")},
            ["subject_kind", "subject_code", "change_action", "change_reason"],
        ),
        object_of({"versions": integer("Versions written"), "subject": text("Subject")}),
        _REFUSED,
        None,
        _WRITES_NOTHING,
    ),
    Contract(
        "master.changes_between",
        1,
        Text("列出一段时间的基础数据变更", "List the changes of a period"),
        Text("供定期复核，最多 300 行。", "For the periodic review; 300 lines at most."),
        object_of({"review_from": day("From"), "review_until": day("Until")}),
        object_of(
            {
                "review_count": integer("Changes"),
                "review_lines": list_of(
                    object_of(
                        {
                            name: text(title)
                            for name, title in (
                                ("line_no", "Line"), ("review_subject", "Subject"),
                                ("review_change", "Change"), ("change_reason", "Reason"),
                            )
                        }
                    ),
                    "Changes of the period",
                ),
            }
        ),
        (),
        None,
        _READS,
    ),
    Contract(
        "access.check",
        1,
        Text("核对权限申请", "Judge a request for posts"),
        Text("账号、岗位、机构存在且相容。", "Account, posts and sites exist and go together."),
        object_of(dict(_ACCESS)),
        _SUMMARY,
        _REFUSED,
        None,
        _READS,
    ),
    Contract(
        "access.apply",
        1,
        Text("授予或收回岗位权限", "Give or take posts"),
        Text("须有质量审核与批准的签名；每次只做一次。", "Needs the signed review and approval; done once."),
        object_of({**_ACCESS, "change_reason": text("Reason")}),
        _SUMMARY,
        _REFUSED,
        None,
        _WRITES_NOTHING,
    ),
)  # fmt: skip
"""Every activity of master data and access."""
