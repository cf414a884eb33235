"""A device record, read: what it is, where it lies in its history, and what a product of ours can take from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.canonical import digest
from domain.epcis.digital_link import gtin14
from domain.errors import Text
from domain.json_types import JsonObject
from domain.udid.fields import CORRECTION, DI, KEY, LISTS, VERSION
from domain.udid.xml import Record

_NUMBER_MAX = 10**9
_YES, _NO = frozenset({"是", "1", "true", "有", "Y", "y"}), frozenset({"否", "0", "false", "无", "N", "n"})
_ISSUERS = {"GS1": "GS1", "中关村工信二维码技术研究院": "MA", "MA码（IDcode）": "MA", "阿里健康": "AHM", "AHM": "AHM"}
_CELSIUS = frozenset({"℃", "°C", "C", "摄氏度", "oC", "度"})
_REQUIRED = {"scbssfbhph": "lot", "scbssfbhxlh": "serial", "scbssfbhscrq": "made", "scbssfbhsxrq": "expiry"}


@dataclass(frozen=True)
class RowFault:
    """Why a record was not taken in: in which line of the file, which record, and what to do."""

    line: int
    key: str
    di: str
    code: str
    text: Text


@dataclass(frozen=True)
class Pack:
    """A pack: ``quantity`` packs or units with ``contains`` lie in one."""

    di: str
    level: str
    contains: str
    quantity: int


@dataclass(frozen=True)
class Device:
    """One version of one device record; ``body`` holds every value of the file."""

    key: str
    version: int
    correction: int
    di: str
    body: JsonObject
    packs: tuple[Pack, ...] = ()
    sha: str = field(default="")

    def text(self, tag: str) -> str:
        """A value of the record, or nothing."""
        found = self.body.get(tag)
        return found if isinstance(found, str) else ""


def read(record: Record) -> Device | list[RowFault]:
    """The device of a record, or everything that keeps it from being one."""
    given = record.values
    faults: list[tuple[str, Text]] = []
    for tag, zh, en in (
        (KEY, "缺少主键编号 deviceRecordKey", "The key deviceRecordKey is missing"),
        (DI, "缺少产品标识 zxxsdycpbs", "The DI zxxsdycpbs is missing"),
    ):
        if not given.get(tag):
            faults.append(
                (
                    "missing",
                    Text(f"{zh}。请在发布文件中核对该记录。", f"{en}. Look the record up in the released file."),
                )
            )
    version, correction = _whole(given.get(VERSION, "")), _whole(given.get(CORRECTION) or "0")
    if version is None or version < 1:
        shown = given.get(VERSION, "")[:40]
        faults.append(
            (
                "bad_version",
                Text(
                    f"版本号 versionNumber “{shown}”须为正整数。",
                    f"The version versionNumber “{shown}” has to be a whole number above zero.",
                ),
            )
        )
    if correction is None:
        faults.append(
            (
                "bad_correction",
                Text("纠错次数 correctionNumber 须为整数。", "correctionNumber has to be a whole number."),
            )
        )
    packs = _packs(record, faults)
    if faults:
        key, di = given.get(KEY, "")[:200], given.get(DI, "")[:200]
        return [RowFault(record.line, key, di, code, text) for code, text in faults]
    assert version is not None and correction is not None
    body: JsonObject = {**{tag: value for tag, value in given.items() if value}}
    for name in LISTS:
        if record.lists.get(name):
            body[name] = [dict(item) for item in record.lists[name]]
    return Device(given[KEY][:200], version, correction, given[DI][:200], body, tuple(packs), digest("udid", body))


def _packs(record: Record, faults: list[tuple[str, Text]]) -> list[Pack]:
    packs: list[Pack] = []
    for item in record.lists.get("packingList", []):
        quantity = _whole(item.get("bznhxyjcpbssl", ""))
        if not item.get("bzcpbs"):
            continue  # the database writes an empty item for devices without packs
        if quantity is None or quantity < 1:
            shown = item["bzcpbs"][:40]
            zh, en = (
                f"包装 {shown} 的内含数量须为正整数。",
                f"The quantity in pack {shown} has to be a whole number above zero.",
            )
            faults.append(("bad_quantity", Text(zh, en)))
            continue
        packs.append(
            Pack(
                item["bzcpbs"][:200],
                item.get("cpbzjb", ""),
                item.get("bznhxyjbzcpbs", "") or record.values.get(DI, ""),
                quantity,
            )
        )
    return packs


def _whole(text: str) -> int | None:
    stripped = re.sub(r"\.0+$", "", text.strip())
    if not re.fullmatch(r"\d{1,10}", stripped, re.ASCII):
        return None
    return int(stripped) if int(stripped) <= _NUMBER_MAX else None


def _flag(text: str) -> bool | None:
    return True if text.strip() in _YES else False if text.strip() in _NO else None


# ------------------------------------------------------------------ what a product can take from it


def required_identifiers(device: Device) -> list[str]:
    """The production identifiers that a scan of this device must have: `lot`, `serial`, `made`, `expiry`."""
    return [name for tag, name in _REQUIRED.items() if _flag(device.text(tag))]


def suggestion(device: Device) -> JsonObject:
    """What a product's file can take from the record; nothing is taken by itself: quality staff decide (P-46)."""
    needed = required_identifiers(device)
    tracking = {(True, True): "LOT_SERIAL", (True, False): "LOT", (False, True): "SERIAL", (False, False): "NONE"}
    lowest, highest = temperature(device)
    found: JsonObject = {
        "name": device.text("cpmctymc"),
        "model": device.text("ggxh"),
        "registration_no": device.text("zczbhhzbapzbh"),
        "registrant_name": device.text("ylqxzcrbarmc"),
        "classification_code": device.text("flbm"),
        "tracking": tracking["lot" in needed, "serial" in needed],
        "required_identifiers": [*needed],
        "is_sterile": _flag(device.text("sfwwjbz")),
        "is_single_use": _flag(device.text("sfbjwycxsy")),
        "is_ivd": "体外诊断" in device.text("qxlb") or None,
        "storage_condition": _storage(device),
        "temp_min": lowest,
        "temp_max": highest,
        "withdrawn_on": device.text("tsrq") or None,
        "dis": [*_dis(device)],
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def temperature(device: Device) -> tuple[Decimal | None, Decimal | None]:
    """The range in °C in which all conditions of storage are met; ``None`` where the record sets no end."""
    lows: list[Decimal] = []
    highs: list[Decimal] = []
    for item in _items(device, "storageList"):
        if item.get("jldw", "").strip() in _CELSIUS:
            lows += _numbers(item.get("zdz", ""))
            highs += _numbers(item.get("zgz", ""))
    return (max(lows) if lows else None), (min(highs) if highs else None)


def _numbers(text: str) -> list[Decimal]:
    try:
        number = Decimal(text.strip().replace("－", "-"))
    except InvalidOperation:
        return []
    return [number] if number.is_finite() and abs(number) < 1000 else []


def _storage(device: Device) -> str:
    said = [device.text("tscchcztj")]
    for item in _items(device, "storageList"):
        ends = "–".join(one for one in (item.get("zdz", ""), item.get("zgz", "")) if one)
        said.append(f"{item.get('cchcztj', '')} {ends}{item.get('jldw', '')}".strip())
    return "；".join(one for one in said if one)


def _items(device: Device, name: str) -> list[dict[str, Any]]:
    listed = device.body.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _dis(device: Device) -> list[JsonObject]:
    """The DI of the sale unit at level 1, its packs at the levels above: a pack stands over what it contains."""
    agency = _agency(device)
    levels = {device.di: 1}
    found: list[JsonObject] = [{"di": device.di, "level": 1, "issuing_agency": agency}]
    waiting = list(device.packs)
    while waiting:
        ready = [pack for pack in waiting if pack.contains in levels]
        if not ready:  # a pack over something that the record does not name
            break
        for pack in ready:
            levels[pack.di] = levels[pack.contains] + 1
            found.append(
                {
                    "di": pack.di, "level": levels[pack.di], "issuing_agency": agency, "name": pack.level,
                    "contains_di": pack.contains, "contains_qty": pack.quantity,
                }
            )  # fmt: skip
        waiting = [pack for pack in waiting if pack.di not in levels]
    return found


def _agency(device: Device) -> str:
    said = device.text("cpbsbmtxmc")
    return _ISSUERS.get(said) or ("GS1" if gtin14(device.di) else said or "GS1")
