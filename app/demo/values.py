"""What the people of the demo enter: the values of each form, made from a delivery's data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.clock import to_text
from domain.json_types import JsonObject

OPINIONS = {
    "approved": "已查阅供货者说明、箱内余温和留样检测结果，质量未受影响，同意按合格处理。",
    "rejected": "包装破损涉及无菌屏障，不能证明质量未受影响，判为不合格。",
}
IMPACT = "到货前约两小时箱内升温，最高 13.4 ℃，持续不足一小时；注册人稳定性资料允许 25 ℃ 下 24 小时。"
DEFECT = "外包装受压破损，密封不完整。"
CHECKS = ("appearance_check", "packaging_check", "label_check", "conformity_doc_check")


@dataclass(frozen=True)
class Work:
    """One thing somebody does: the step, the line it is about, and words that say how."""

    step: str
    line: str | None
    words: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Work:
        """``inspect L1 bad=4`` and the like."""
        step, *rest = text.split()
        line = rest.pop(0) if rest and rest[0].startswith("L") else None
        return cls(step, line, tuple(rest))

    def number(self, name: str) -> str | None:
        """The text behind ``name=``."""
        return next((word.partition("=")[2] for word in self.words if word.startswith(f"{name}=")), None)


def arrival(given: Any, note: JsonObject, now: datetime) -> JsonObject:
    """The start form of a delivery."""
    orders: Any = [{"purchase_order_no": number} for number in given["orders"]]
    values: JsonObject = {
        "supplier_code": given["supplier"],
        "delivery_note_no": given["note"],
        "delivery_note_file": note,
        "purchase_orders": orders,
        "transport_mode": given["transport_mode"],
        "arrival_time": to_text(now - timedelta(minutes=given["arrived"])),
    }
    for name in ("carrier_name", "waybill_no", "vehicle_plate_no"):
        if name in given:
            values[name] = given[name]
    if "departed" in given:
        values["departure_time"] = to_text(now - timedelta(minutes=given["departed"]))
    for name in ("departure_temp", "arrival_temp"):
        if name in given:
            values[name] = Decimal(given[name])
    return values


def receipt(given: Any, udis: dict[str, str], logs: dict[str, JsonObject]) -> JsonObject:
    """The receipt form: one row for each lot or serial number."""
    rows: Any = [receipt_row(line, udis.get(line["product"]), logs.get(line["line_no"])) for line in given["lines"]]
    return {"lines": rows}


def receipt_row(line: Any, udi_di: str | None, log: JsonObject | None) -> JsonObject:
    """One row; what has no value is left out."""
    row: JsonObject = {
        "line_no": line["line_no"],
        "udi": udi(line, udi_di) if udi_di else None,
        "purchase_order_no": line["order"],
        "product_code": line["product"],
        "lot_no": line["lot_no"],
        "serial_no": line.get("serial_no"),
        "production_date": line.get("made"),
        "expiry_date": line.get("expiry"),
        "service_life": line.get("service_life"),
        "received_quantity": line["received"],
        "refused_quantity": line.get("refused"),
        "rejection_reason": line.get("reason"),
        "quarantine_location": line["quarantine"],
        "transit_temp_log": log,
    }
    return {key: value for key, value in row.items() if value is not None}


def udi(line: Any, udi_di: str) -> str:
    """The label's code in brackets: identifier, production and expiry date, lot, serial number."""
    parts = [f"(01){udi_di}"]
    for element, key in (("(11)", "made"), ("(17)", "expiry")):
        if line.get(key):
            parts.append(element + line[key].replace("-", "")[2:])
    parts.append(f"(10){line['lot_no']}")
    return "".join(parts) + (f"(21){line['serial_no']}" if line.get("serial_no") else "")


def inspection(line: Any, work: Work, udi_di: str | None) -> JsonObject:
    """The inspection form."""
    failed = "fail" in work.words
    bad = line["received"] if failed else int(work.number("bad") or 0)
    values: JsonObject = dict.fromkeys(CHECKS, "pass")
    values |= {"accepted_quantity": line["received"] - bad, "rejected_quantity": bad}
    if udi_di:
        values["udi"] = udi(line, udi_di)
    if bad:
        values |= {"packaging_check": "fail", "nonconformity_description": DEFECT, "disposition": "isolate"}
    if (box := work.number("box")) is not None:
        values["box_temp"] = Decimal(box)
    return values


def ruling(step: str, outcome: str) -> JsonObject:
    """The form of a ruling."""
    values: JsonObject = {"quality_opinion": OPINIONS[outcome]}
    return {**values, "impact_assessment": IMPACT} if step == "cold_ruling" else values
