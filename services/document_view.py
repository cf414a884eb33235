"""The words of a printed record: labels, values and marks in one language, from the record's data. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain.canonical import dumps
from domain.clock import from_text
from domain.errors import Text
from domain.json_types import JsonObject
from domain.roles import MEANINGS, role_text
from domain.stock import ZONE_TEXTS, Zone
from services.value_words import VALUES as _VALUES

_LABELS: dict[str, Text] = {
    "purchase_orders": Text("采购订单号", "Purchase orders"),
    "purchase_order_no": Text("采购订单号", "Purchase order no."),
    "delivery_note_no": Text("随货同行单号", "Delivery note no."),
    "delivery_note_file": Text("随货同行单据", "Delivery note file"),
    "supplier_code": Text("供货者编码", "Supplier code"),
    "supplier_name": Text("供货者名称", "Supplier"),
    "supplier_address": Text("供货者地址", "Supplier's address"),
    "supplier_contact": Text("供货者联系方式", "Supplier's contact"),
    "transport_mode": Text("运输方式", "Transport mode"),
    "carrier_name": Text("承运单位名称", "Carrier"),
    "waybill_no": Text("运单号", "Waybill no."),
    "vehicle_plate_no": Text("车牌号", "Vehicle plate"),
    "departure_time": Text("启运时间", "Departure"),
    "arrival_time": Text("到货时间", "Arrival"),
    "departure_temp": Text("启运温度", "Departure temperature"),
    "arrival_temp": Text("到货温度", "Arrival temperature"),
    "remark": Text("备注", "Remark"),
    "model": Text("型号", "Model"),
    "specification": Text("规格", "Specification"),
    "registration_no": Text("注册证号/备案号", "Registration or filing no."),
    "registrant_name": Text("注册人、备案人名称", "Registrant / filer"),
    "contract_manufacturer_name": Text("受托生产企业名称", "Contract manufacturer"),
    "production_license_no": Text("生产许可证号/备案编号", "Production licence / filing no."),
    "lot_no": Text("生产批号", "Lot no."),
    "serial_no": Text("序列号", "Serial no."),
    "production_date": Text("生产日期", "Production date"),
    "expiry_date": Text("失效日期", "Expiry date"),
    "service_life": Text("使用期限", "Service life"),
    "udi": Text("医疗器械唯一标识", "UDI"),
    "purchase_date": Text("购货日期", "Purchase date"),
    "received_quantity": Text("收货数量", "Received quantity"),
    "refused_quantity": Text("拒收数量", "Refused quantity"),
    "excess_quantity": Text("超订单数量", "Excess quantity"),
    "rejection_reason": Text("拒收原因", "Reason for refusal"),
    "receiving_result": Text("收货结论", "Receiving result"),
    "quarantine_location": Text("待验区货位", "Pending location"),
    "transit_temp_log": Text("在途温度记录", "Transit temperature log"),
    "log_lowest": Text("途中最低温度", "Lowest on the journey"),
    "log_highest": Text("途中最高温度", "Highest on the journey"),
    "log_max_gap_min": Text("记录最长中断（分钟）", "Longest silence (min)"),
    "log_covers_transit": Text("覆盖全程", "Covers the journey"),
    "transit_temp_ok": Text("在途温度符合", "Transit temperature in order"),
    "appearance_check": Text("外观检查", "Appearance"),
    "packaging_check": Text("包装检查", "Packaging"),
    "label_check": Text("标签检查", "Label"),
    "conformity_doc_check": Text("合格证明文件核对", "Conformity document"),
    "accepted_quantity": Text("验收合格数量", "Accepted quantity"),
    "rejected_quantity": Text("不合格数量", "Rejected quantity"),
    "nonconformity_description": Text("不合格事项", "Nonconformity"),
    "disposition": Text("处置措施", "Disposition"),
    "storage_condition": Text("贮存条件", "Storage condition"),
    "inbound_date": Text("入库日期", "Inbound date"),
    "warehouse": Text("库房", "Warehouse"),
    "zone": Text("库区", "Zone"),
    "location_code": Text("货位", "Location"),
    "posting": Text("过账号", "Posting no."),
}
_DELIVERY = (
    "purchase_orders delivery_note_no delivery_note_file supplier_code supplier_name supplier_address "
    "supplier_contact "
    "transport_mode carrier_name waybill_no vehicle_plate_no departure_time arrival_time departure_temp "
    "arrival_temp remark"
).split()
_LINE = (
    "model specification registration_no registrant_name contract_manufacturer_name "
    "production_license_no lot_no serial_no "
    "production_date expiry_date service_life udi purchase_order_no purchase_date supplier_name "
    "received_quantity "
    "refused_quantity excess_quantity rejection_reason receiving_result quarantine_location "
    "transit_temp_log log_lowest "
    "log_highest log_max_gap_min log_covers_transit transit_temp_ok appearance_check packaging_check "
    "label_check "
    "conformity_doc_check accepted_quantity rejected_quantity nonconformity_description disposition "
    "storage_condition "
    "inbound_date warehouse zone location_code posting"
).split()
_CHOICES = frozenset(
    "transport_mode receiving_result appearance_check packaging_check label_check conformity_doc_check disposition".split()
)
_DEGREES = frozenset({"departure_temp", "arrival_temp", "log_lowest", "log_highest"})
_STATES: dict[str, tuple[str, Text]] = {
    "completed": ("good", Text("已完成", "Completed")),
    "running": ("open", Text("进行中", "In progress")),
    "cancelled": ("bad", Text("已取消", "Cancelled")),
    "terminated": ("bad", Text("已终止", "Terminated")),
}
_HEADS = (
    Text("步骤", "Step"),
    Text("签名人", "Signed by"),
    Text("含义与结论", "Meaning, outcome"),
    Text("签名时间", "Signed at"),
    Text("记录哈希", "Record hash"),
)


def view_of(record: JsonObject, lang: str) -> JsonObject:
    """Everything the template prints, as ready words."""
    fields: Any = record
    company = fields["company"]
    name = company.get("name_en") if lang == "en" and company.get("name_en") else company.get("name", "")
    mark, state = _STATES.get(fields["state"], ("open", Text(fields["state"], fields["state"])))
    delivery = {**fields.get("start", {}), **fields.get("data", {})}
    zone = ZoneInfo(fields["zone"])
    return {
        "lang": "zh" if lang == "zh" else "en",
        "title": _in(lang, "医疗器械进货查验（验收）记录", "Acceptance record of medical devices"),
        "company": name,
        "number_label": _in(lang, "案例号", "Case"),
        "number": fields["case"],
        "state": state.said_in(lang) + _drill(fields["mode"], lang),
        "state_mark": mark,
        "attached": _in(lang, "本记录的数据（JSON）", "The data of this record (JSON)"),
        "proof": _proof(fields, lang),
        "sections": [
            {"title": _in(lang, "收货记录", "Receipt"), "cells": _cells(delivery, _DELIVERY, lang, zone)},
        ],
        "lines_title": _in(lang, "验收与入库（逐行）", "Acceptance and put-away, line by line"),
        "lines": [_line(line, lang, zone) for line in fields["lines"]],
        "signatures_title": _in(lang, "整单签名", "Signatures on the delivery"),
        "signatures": [_signature(row, lang, zone) for row in fields["signatures"]],
        "signature_heads": [head.said_in(lang) for head in _HEADS],
        "basis_title": _in(lang, "依据条款", "Clauses this record rests on"),
        "basis": [_clause(row, lang) for row in fields["basis"]],
    }


def _line(line: Any, lang: str, zone: ZoneInfo) -> JsonObject:
    mark, verdict = _verdict(line)
    inbound = [row["at"] for row in line.get("signatures", []) if row["meaning"] == "performed"]
    values = {**line, "inbound_date": inbound[-1] if inbound else None}
    return {
        "title": f"{line.get('line_no', '')}  {line.get('product_name') or line.get('product_code', '')}",
        "mark": mark,
        "verdict": verdict.said_in(lang),
        "cells": _cells(values, _LINE, lang, zone),
        "signatures": [_signature(row, lang, zone) for row in line.get("signatures", [])],
    }


def _verdict(line: Any) -> tuple[str, Text]:
    if not line.get("received_quantity"):
        return "bad", Text("拒收", "Refused")
    decided = [
        row for row in line.get("signatures", []) if row["meaning"] == "inspected" or row["meaning"] == "quality_rule"
    ]
    if not decided:
        return "open", Text("待验", "Awaiting inspection")
    outcome = decided[-1]["outcome"]
    if outcome in ("pass", "approved"):
        in_part = bool(line.get("rejected_quantity"))
        return ("good", Text("合格", "Pass")) if not in_part else ("open", Text("部分合格", "Pass in part"))
    if outcome in ("doubt",):
        return "open", Text("待裁决", "Awaiting ruling")
    return "bad", Text("不合格", "Fail")


def _cells(values: Any, keys: Iterable[str], lang: str, zone: ZoneInfo) -> list[Any]:
    """Labelled values; what was not entered is not printed."""
    cells: list[Any] = []
    for key in keys:
        shown = _shown(key, values.get(key), lang, zone)
        if shown:
            cells.append({"label": _LABELS[key].said_in(lang), "value": shown})
    return cells


def _shown(key: str, value: Any, lang: str, zone: ZoneInfo) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _in(lang, "是", "Yes") if value else _in(lang, "否", "No")
    if key == "purchase_orders" and isinstance(value, list):
        return "、".join(str(order.get("purchase_order_no")) for order in value)
    if isinstance(value, dict):
        return f"{value.get('name', '')} ({str(value.get('sha256', ''))[:12]}…)" if "sha256" in value else dumps(value)
    if isinstance(value, (int, Decimal)):
        return f"{value} °C" if key in _DEGREES else f"{value}"
    if key == "zone" or key in _CHOICES:
        known = ZONE_TEXTS.get(Zone(value)) if key == "zone" and value in set(Zone) else _VALUES.get(value)
        return known.said_in(lang) if known else value
    return _moment(value, zone) if key in ("departure_time", "arrival_time", "inbound_date") else str(value)


def _moment(text: str, zone: ZoneInfo) -> str:
    try:
        return f"{from_text(text).astimezone(zone):%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return text


def _signature(row: Any, lang: str, zone: ZoneInfo) -> JsonObject:
    meaning = MEANINGS.get(row["meaning"], Text(row["meaning"], row["meaning"])).said_in(lang)
    outcome = _VALUES.get(row.get("outcome") or "")
    role = role_text(row["role"]).said_in(lang) if row.get("role") else ""
    title = row.get("step_title") or {}
    what = title.get(lang) or row.get("step") or ""
    return {
        "what": f"{what}{_late(row.get('late'), lang, zone)}",
        "who": f"{row.get('signer_name') or ''}（{role}）"
        if lang == "zh"
        else f"{row.get('signer_name') or ''} ({role})",
        "meaning": f"{meaning} · {outcome.said_in(lang)}" if outcome else meaning,
        "at": _moment(row["at"], zone),
        "hash": f"{str(row.get('act_sha') or row.get('values_sha') or '')[:12]}…",
    }


def _late(late: Any, lang: str, zone: ZoneInfo) -> str:
    """What was entered afterwards says so: the paper, when it really was, who saw it."""
    if not late:
        return ""
    when, who = _moment(late["business_at"], zone), late["second"].get("name") or late["second"]["id"]
    return _in(
        lang,
        f"（补录：纸质记录 {late['paper_no']}，实际 {when}，复核 {who}）",
        f" (late entry: paper {late['paper_no']}, done {when}, seen by {late['second'].get('name_en') or who})",
    )


def _clause(row: Any, lang: str) -> JsonObject:
    source, _, number = str(row["clause"]).partition("-")
    if source == "GSP":
        name = _in(
            lang, f"《医疗器械经营质量管理规范》第{number}条", f"GSP for medical devices (2023), article {number}"
        )
    else:
        name = _in(lang, f"现场检查指导原则 {number}", f"Inspection guide, item {number}")
    titles = [(step.get("title") or {}).get(lang) or step["id"] for step in row["steps"]]
    return {"name": name, "where": _in(lang, "、", ", ").join(dict.fromkeys(titles))}


def _proof(fields: Any, lang: str) -> str:
    return _in(
        lang,
        f"{fields['definition']} {fields['version']} · 定义 {fields['definition_sha'][:12]}… · "
        f"记录 {fields['seq']} 条 · 链头 {fields['head'][:24]}…",
        f"{fields['definition']} {fields['version']} · definition {fields['definition_sha'][:12]}… · "
        f"{fields['seq']} records · head {fields['head'][:24]}…",
    )


def _drill(mode: str, lang: str) -> str:
    return "" if mode == "live" else _in(lang, "（演练）", " (drill)")


def _in(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en
