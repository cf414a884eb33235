"""RULE-17 (INSP ※5.51(3)): no field asks who signs or when one's own act took place, however it is dressed up."""

from __future__ import annotations

from typing import Any

import pytest

from domain.json_types import JsonObject
from forms.dialect import check_form

TEXT: JsonObject = {"type": "string"}
MOMENT: JsonObject = {"type": "string", "format": "date-time"}
DAY: JsonObject = {"type": "string", "format": "date"}


def codes(name: str, node: Any, zh: Any = "备注", en: Any = "Remark", **hint: Any) -> set[str]:
    """The RULE-17 codes that a form with one field gets."""
    words = {"label": {"zh": zh, "en": en}, **hint}
    values = [str(choice) for choice in node.get("enum", [])] + [str(one["const"]) for one in node.get("oneOf", [])]
    if values and "enumTitles" not in words:
        words["enumTitles"] = {value: {"zh": value, "en": value} for value in values}
    form: Any = {
        "schema": {"type": "object", "additionalProperties": False, "properties": {name: node}},
        "ui": {"title": {"zh": "表", "en": "Form"}, "fields": {f"/{name}": words}},
    }
    return {fault.code for fault in check_form(form)} & {"typed_signer", "typed_time"}


@pytest.mark.parametrize(
    "name",
    "signed_by inspector inspector_name inspector_id name_of_inspector signature signer receiver received_by inspecter "
    "reviewer1 revieewer checked_by approver sign_off yanshouren yanshou_ren qianming shouhuo_renyuan insp3ctor operator "
    "outbound_reviewer destruction_witness actor verifyer signatories your_name staff_no printed_name user_id prepared_by".split(),
)
def test_names_that_ask_for_a_signer_are_refused(name: str):
    assert codes(name, TEXT) == {"typed_signer"}


@pytest.mark.parametrize(
    "label",
    ["验收人", "验收人员姓名", "签名人", "签名", "签字", "收货员", "复核人（必填）", "验 收 人", "操作者", "經辦人", "驗收人", "经办人：",
     "审核人签字", "养护人员",
     "姓名", "工号", "由谁验收", "谁收货的", "电子签名", "交货人签字", "验收人1", "检查员工号", "质量管理人员", "值班人"],
)  # fmt: skip
def test_chinese_labels_that_ask_for_a_signer_are_refused(label: str):
    assert codes("field_a", TEXT, zh=label) == {"typed_signer"}


@pytest.mark.parametrize(
    "label",
    ["Inspector name", "Name of inspector", "Signed by", "Inspector", "INSPECTOR", "Signature", "Checked by:", "Name",
     "Your name", "Reviewer's name",
     "Inspected by (print)", "Ｉｎｓｐｅｃｔｏｒ", "Inspеctor", "Full name", "Operator ID", "Who", "Print name", "Employee no."],
)  # fmt: skip
def test_english_labels_that_ask_for_a_signer_are_refused(label: str):
    assert codes("field_a", TEXT, en=label) == {"typed_signer"}


@pytest.mark.parametrize("node", [TEXT, {"type": "integer"}, {"type": "array", "items": TEXT}, DAY])
def test_the_type_of_the_field_is_no_way_round(node: JsonObject):
    assert "typed_signer" in codes("field_a", node, zh="验收人")


@pytest.mark.parametrize(
    "choices",
    [["张三", "李四"], ["Zhang San", "Li Si"], ["inspector1", "receiver2"], ["王小明", "陈伟"], ["Wei Wang", "Na Li"]],
)
def test_a_list_of_people_to_choose_from_is_refused(choices: list[str]):
    assert codes("choice", {"type": "string", "enum": choices}) == {"typed_signer"}
    as_one_of = {"type": "string", "oneOf": [{"const": f"p{i}", "title": one} for i, one in enumerate(choices)]}
    assert codes("choice", as_one_of) == {"typed_signer"}


def test_a_list_of_people_hidden_in_the_words_of_choices_is_refused():
    titles = {"a": {"zh": "张三", "en": "First"}, "b": {"zh": "李四", "en": "Second"}}
    assert codes("choice", {"type": "string", "enum": ["a", "b"]}, enumTitles=titles) == {"typed_signer"}


@pytest.mark.parametrize("name", "signed_at inspection_date inspection_time sign_date received_at date_of_inspection checked_on "
                         "entry_date approval_date yanshou_riqi qianzishijian inspectionDate work_time".lower().split())  # fmt: skip
def test_names_that_ask_for_the_time_of_ones_own_act_are_refused(name: str):
    assert "typed_time" in codes(name, TEXT)
    assert "typed_time" in codes(name, {**DAY, "external_event_time": True})


@pytest.mark.parametrize(
    "label",
    [
        "签字时间",
        "验收日期",
        "收货时间",
        "操作日期",
        "复核完成时间",
        "日期",
        "时间",
        "落款日期",
        "檢驗時間",
        "录入时间",
        "当前时间",
    ],
)
def test_chinese_labels_that_ask_for_the_time_of_ones_own_act_are_refused(label: str):
    assert codes("field_a", TEXT, zh=label) == {"typed_time"}
    assert codes("field_a", {**DAY, "external_event_time": True}, zh=label) == {"typed_time"}


@pytest.mark.parametrize(
    "label",
    ["Date of inspection", "Signing time", "Inspection date and time", "Date", "Time", "Checked on", "Entry date"],
)
def test_english_labels_that_ask_for_the_time_of_ones_own_act_are_refused(label: str):
    assert codes("field_a", TEXT, en=label) == {"typed_time"}


@pytest.mark.parametrize("node", [MOMENT, {"type": "string", "format": "time"}])
def test_a_typed_moment_must_be_marked_as_an_outside_event(node: JsonObject):
    assert codes("departure", node, zh="启运时间", en="Departure") == {"typed_time"}
    assert codes("departure", {**node, "external_event_time": True}, zh="启运时间", en="Departure") == set()


@pytest.mark.parametrize(
    "pattern", ["^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "^20[0-9]{2}/[01]?[0-9]/[0-3]?[0-9]$", "^[0-2][0-9]:[0-5][0-9]$"]
)
def test_a_date_as_patterned_text_is_refused(pattern: str):
    assert codes("a", {**TEXT, "pattern": pattern}) == {"typed_time"}


@pytest.mark.parametrize("pattern", ["^[A-Z0-9-]+$", "^[0-9-]{5,20}$", "^[0-9]{8}$", "^GS1", "^.+$"])
def test_patterns_of_lots_and_numbers_are_not_refused(pattern: str):
    assert codes("lot_no", {**TEXT, "pattern": pattern}) == set()


@pytest.mark.parametrize("hint", ["placeholder", "help"])
def test_hints_that_ask_for_signer_or_time_are_refused(hint: str):
    assert codes("a", TEXT, **{hint: {"zh": "请填写验收人姓名", "en": "x"}}) == {"typed_signer"}
    assert codes("a", TEXT, **{hint: {"zh": "某", "en": "Enter the name of the inspector."}}) == {"typed_signer"}
    assert codes("a", TEXT, **{hint: {"zh": "请填写验收日期", "en": "x"}}) == {"typed_time"}
    assert codes("a", {**TEXT, "description": "type your name"}) == {"typed_signer"}


def test_a_hidden_field_is_refused_too():
    assert codes("inspector", TEXT, visible="false") == {"typed_signer"}


def test_a_field_in_a_row_a_group_or_a_definition_is_refused():
    inner: Any = {"type": "object", "additionalProperties": False, "properties": {"checked_by": TEXT}}
    for node in (inner, {"type": "array", "items": inner}):
        form: Any = {"schema": {"type": "object", "additionalProperties": False, "properties": {"block": node}}}
        assert "typed_signer" in {fault.code for fault in check_form(form)}
    by_ref: Any = {"type": "object", "additionalProperties": False, "properties": {"inspector": {"$ref": "#/$defs/t"}}}
    assert "typed_signer" in {fault.code for fault in check_form({"schema": {**by_ref, "$defs": {"t": TEXT}}})}
    unused: Any = {"type": "object", "additionalProperties": False, "properties": {}, "$defs": {"inspector": TEXT}}
    assert "typed_signer" in {fault.code for fault in check_form({"schema": unused})}


def test_a_section_heading_is_no_way_round():
    section = {"key": "s", "title": {"zh": "验收人", "en": "People"}, "fields": ["a"]}
    form: Any = {
        "schema": {"type": "object", "additionalProperties": False, "properties": {"a": TEXT}},
        "ui": {
            "title": {"zh": "表", "en": "Form"},
            "sections": [section],
            "fields": {"/a": {"label": {"zh": "内容", "en": "Text"}}},
        },
    }
    assert [(fault.pointer, fault.code) for fault in check_form(form)] == [("/ui/sections/0/title", "typed_signer")]


@pytest.mark.parametrize("computed", ["form.note", "'张三'", "data.inspector", "steps.receive.values.note"])
def test_computing_the_signer_from_what_people_typed_is_refused(computed: str):
    assert codes("inspector", {**TEXT, "readOnly": True}, computed=computed) == {"typed_signer"}


@pytest.mark.parametrize("computed", ["steps.receive.actor.name", "steps.receive.at", "steps.receive.actor"])
def test_showing_who_acted_and_when_by_the_record_is_allowed(computed: str):
    assert codes("inspector", {**TEXT, "readOnly": True}, zh="验收人", computed=computed) == set()


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("product_name", "医疗器械名称", "Device name"), ("supplier_name", "供货者名称", "Supplier"),
        ("salesperson_name", "销售人员姓名", "Salesperson"), ("registrant_name", "注册人、备案人名称", "Registrant"),
        ("carrier_name", "承运单位名称", "Carrier"), ("transport_staff", "运输人员", "Driver / escort"),
        ("patient_name", "患者姓名", "Patient name"), ("complainant", "投诉人", "Complainant"),
        ("label_check", "标签检查", "Label check"), ("inspection_conclusion", "验收结论", "Acceptance conclusion"),
        ("inspection_place", "验收地点", "Acceptance place"), ("rejection_reason", "拒收原因", "Rejection reason"),
        ("received_quantity", "收货数量", "Quantity received"), ("delivery_receipt", "签收回执", "Delivery receipt"),
        ("receiving_result", "收货结论", "Receiving result"), ("lot_no", "批号", "Lot no."), ("model", "型号", "Model"),
        ("contact", "联系人", "Contact"), ("inspector_remark", "验收意见", "Inspector's remark"), ("unit", "单位", "Unit"),
        ("legal_representative", "法定代表人", "Legal representative"), ("gap_minutes", "最大间隔", "Largest gap"),
    ],
)  # fmt: skip
def test_ordinary_fields_of_the_trade_are_not_refused(name: str, zh: str, en: str):
    assert codes(name, TEXT, zh=zh, en=en) == set()


@pytest.mark.parametrize(
    ("name", "zh"),
    [("production_date", "生产日期"), ("expiry_date", "失效日期"), ("purchase_date", "购货日期"),
     ("registration_valid_until", "注册证有效期至"),
     ("event_date", "事件发生日期"), ("certificate_approval_date", "注册证批准日期")],
)  # fmt: skip
def test_dates_of_goods_and_papers_are_not_refused(name: str, zh: str):
    assert codes(name, {**DAY, "external_event_time": True}, zh=zh, en="Day on the label") == set()


@pytest.mark.parametrize(
    "choices",
    [["常温", "冷藏", "冷冻"], ["合格", "不合格"], ["van", "mail"], ["Cold Chain", "Room Temp"], ["高", "中"]],
)
def test_choices_that_are_no_people_are_not_refused(choices: list[str]):
    assert codes("choice", {"type": "string", "enum": choices}) == set()


def test_a_tick_or_a_conclusion_is_not_a_signer():
    assert codes("note_signed", {"type": "boolean"}, zh="已签字", en="Signed") == set()
