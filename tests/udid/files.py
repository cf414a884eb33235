"""UDI files for tests: records in the tags of the database, as public examples show them."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from domain.udi.gs1_contents import check_digit

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<udid version="1.0"><header><numberRkeyecordXML>{}</numberRkeyecordXML></header><devices>\n'
FOOT = "</devices></udid>\n"
PACKS = """<packingList>
<packing><bzcpbs>16975737430493</bzcpbs><cpbzjb>盒</cpbzjb><bznhxyjcpbssl>10</bznhxyjcpbssl><bznhxyjbzcpbs>06975737431158</bznhxyjbzcpbs></packing>
<packing><bzcpbs>26975737430209</bzcpbs><cpbzjb>箱</cpbzjb><bznhxyjcpbssl>20</bznhxyjcpbssl><bznhxyjbzcpbs>16975737430493</bznhxyjbzcpbs></packing>
</packingList>"""
STORAGE = """<storageList>
<storage><cchcztj>冷藏</cchcztj><zdz>2</zdz><zgz>8</zgz><jldw>℃</jldw></storage>
<storage><cchcztj>湿度</cchcztj><zdz>0</zdz><zgz>80</zgz><jldw>%</jldw></storage>
</storageList>"""
SAMPLER: dict[str, str] = {
    "zxxsdycpbs": "06975737431158", "cpbsbmtxmc": "GS1", "cpbsfbrq": "2025-05-01", "cpmctymc": "一次性使用采样器",
    "ggxh": "KPCJ12", "qxlb": "器械", "flbm": "22-11-04", "tyshxydm": "91420100MA4KX0000A",
    "zczbhhzbapzbh": "鄂械注准20252185501", "ylqxzcrbarmc": "某医疗科技有限公司", "sfbjwycxsy": "是", "sfwwjbz": "是",
    "scbssfbhph": "是", "scbssfbhxlh": "否", "scbssfbhscrq": "是", "scbssfbhsxrq": "是",
    "deviceRecordKey": "KEY-1", "versionNumber": "1", "versionTime": "2026-02-15", "versionStauts": "新增",
}  # fmt: skip


def device(lists: str = PACKS + STORAGE, **changed: str) -> str:
    """The XML of one device: the sampler with values changed, or left out where they are empty."""
    values = {**SAMPLER, **changed}
    return (
        "<device>"
        + "".join(f"<{tag}>{escape(value)}</{tag}>" for tag, value in values.items() if value)
        + lists
        + "</device>\n"
    )


def file_of(*devices: str, declared: int | None = None) -> bytes:
    """A whole file."""
    return (HEAD.format(len(devices) if declared is None else declared) + "".join(devices) + FOOT).encode()


def gtin(number: int) -> str:
    """The GTIN with this running number."""
    digits = f"0697{number:09d}"
    return digits + check_digit(digits)


def many(count: int) -> Iterator[bytes]:
    """A file of so many devices, piece by piece."""
    yield HEAD.format(count).encode()
    for number in range(count):
        yield device(STORAGE, zxxsdycpbs=gtin(number), deviceRecordKey=f"K{number}", cpms="用于采集样本。").encode()
    yield FOOT.encode()
