"""Reading UDI files: every record, whatever pieces it comes in; hostile files refused; memory bounded."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from domain.udid.device import Device, read, suggestion
from domain.udid.xml import Reader, Record, XmlFault
from tests.examples import examples
from tests.udid.files import SAMPLER, device, file_of, many


def records(data: bytes, size: int = 10**9) -> tuple[list[Record], Reader]:
    """The records of a file that comes in pieces of this size."""
    reader = Reader()
    found = [one for at in range(0, len(data), size) for one in reader.feed(data[at : at + size])]
    return [*found, *reader.feed(b"", last=True)], reader


def the_device(**changed: str) -> Device:
    """The device of a record that is right."""
    (record,) = records(file_of(device(**changed)))[0]
    found = read(record)
    assert isinstance(found, Device)
    return found


def test_a_record_is_read_whole() -> None:
    (record,), reader = records(file_of(device()))
    assert reader.declared == 1 and record.values == SAMPLER and record.unknown == set()
    found = read(record)
    assert isinstance(found, Device)
    assert (found.key, found.version, found.di) == ("KEY-1", 1, "06975737431158")
    assert [(pack.di, pack.level, pack.contains, pack.quantity) for pack in found.packs] == [
        ("16975737430493", "盒", "06975737431158", 10),
        ("26975737430209", "箱", "16975737430493", 20),
    ]


def inside(di: str, quantity: int) -> dict[str, object]:
    """What lies in a pack."""
    return {"contains_di": di, "contains_qty": quantity}


def test_what_a_product_can_take_from_it() -> None:
    assert suggestion(the_device()) == {
        "name": "一次性使用采样器", "model": "KPCJ12", "registration_no": "鄂械注准20252185501",
        "registrant_name": "某医疗科技有限公司", "classification_code": "22-11-04", "tracking": "LOT",
        "required_identifiers": ["lot", "made", "expiry"], "is_sterile": True, "is_single_use": True,
        "storage_condition": "冷藏 2–8℃；湿度 0–80%", "temp_min": Decimal(2), "temp_max": Decimal(8),
        "dis": [
            {"di": "06975737431158", "level": 1, "issuing_agency": "GS1"},
            {"di": "16975737430493", "level": 2, "issuing_agency": "GS1", "name": "盒", **inside("06975737431158", 10)},
            {"di": "26975737430209", "level": 3, "issuing_agency": "GS1", "name": "箱", **inside("16975737430493", 20)},
        ],
    }  # fmt: skip
    assert suggestion(the_device(scbssfbhxlh="是"))["tracking"] == "LOT_SERIAL"
    assert suggestion(the_device(scbssfbhph="否"))["tracking"] == "NONE"


@settings(max_examples=examples(25))
@given(some.integers(1, 40))
def test_pieces_of_any_size_give_the_same(size: int) -> None:
    data = file_of(device(spmc="A & B <C>", cpms="x" * 50), device(deviceRecordKey="KEY-2"))
    data = data.replace(b"KPCJ12", b"KP&CJ\x0b12&#11;&#x41;&amp;").replace(
        "某医疗".encode(), "<![CDATA[某&医疗]]>".encode()
    )
    whole, one_go = records(data)
    found, pieced = records(data, size)
    assert [vars(one) for one in found] == [vars(one) for one in whole]
    assert pieced.repaired == one_go.repaired == 6
    assert found[0].values["ggxh"] == "KP&CJ12A&" and found[0].values["ylqxzcrbarmc"] == "某&医疗科技有限公司"


BOMB = '<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><udid><devices><device>&b;</device></devices></udid>'
OUTSIDE = '<!DOCTYPE u SYSTEM "file:///etc/passwd"><udid/>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (BOMB.encode(), "doctype"),
        (OUTSIDE.encode(), "doctype"),
        (b"<html/>", "not_udid"),
        (b"", "not_xml"),
        (b"PK\x03\x04", "not_xml"),
        (b"<udid><devices><device>", "not_xml"),
        (b"<udid>" * 13, "too_deep"),
        (b"<udid><devices><device><cpms>" + b"x" * 40_000, "too_long"),
        (b"<udid><devices><device><packingList>" + b"<packing></packing>" * 501, "too_many"),
        (b'<?xml version="1.0" encoding="GB18030"?><udid/>', "encoding"),
        (b'<?xml version="1.0" encoding="UTF-8"?><udid>\xff</udid>', "not_xml"),
    ],
)
def test_hostile_and_foreign_files_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(XmlFault) as refused:
        records(data)
    assert refused.value.code == code and refused.value.text.zh and refused.value.text.en


def test_an_unknown_entity_is_only_text() -> None:
    (record,), _ = records(file_of(device()).replace(b"KPCJ12", b"KP&secret;12"))
    assert record.values["ggxh"] == "KP&secret;12"


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"deviceRecordKey": ""}, ["missing"]),
        ({"zxxsdycpbs": "", "versionNumber": ""}, ["missing", "bad_version"]),
        ({"versionNumber": "V2"}, ["bad_version"]),
        ({"versionNumber": "0"}, ["bad_version"]),
        ({"versionNumber": "9" * 30}, ["bad_version"]),
        ({"correctionNumber": "-1"}, ["bad_correction"]),
    ],
)
def test_a_record_that_cannot_be_kept_says_all_its_reasons(changed: dict[str, str], codes: list[str]) -> None:
    (record,), _ = records(file_of(device(**changed)))
    found: Any = read(record)
    assert [one.code for one in found] == codes and all(one.line == record.line for one in found)


def test_a_pack_without_a_number_is_told_and_an_empty_one_is_none() -> None:
    wrong = "<packingList><packing><bzcpbs>1</bzcpbs><bznhxyjcpbssl>ten</bznhxyjcpbssl></packing></packingList>"
    (record,), _ = records(file_of(device(wrong)))
    assert [one.code for one in read(record)] == ["bad_quantity"]  # type: ignore[union-attr]
    (record,), _ = records(file_of(device("<packingList><packing/></packingList>")))
    found = read(record)
    assert isinstance(found, Device) and found.packs == ()


def test_twenty_thousand_records_need_the_memory_of_a_few() -> None:
    reader, count, most = Reader(), 0, 0
    settled = 0
    for piece in many(20_000):
        count += sum(isinstance(read(one), Device) for one in reader.feed(piece))
        if count % 1000 == 0:
            blocks = sys.getallocatedblocks()
            settled = settled or blocks * (count == 1000)
            most = max(most, blocks)
    assert count == 20_000
    assert most - settled < 5_000  # one record is some fifty of them
