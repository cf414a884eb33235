"""What a scan is answered with, in words: what was done, or what does not fit, why, and what to do now."""

from __future__ import annotations

from domain.errors import GspError, Text

SAID = {
    "counted": Text("已计入。", "Counted."),
    "checked": Text("商品相符。", "These are the goods."),
    "placed": Text("货位已记下。", "The place is noted."),
    "set": Text("数量已记下。", "The number is noted."),
    "undone": Text("已撤销这一次，记录保留。", "Taken back; both stay on the list."),
}
_WHY = {
    "unknown_code": Text(
        "认不出这个码，没有计入。请扫商品上的 UDI，或在任务页录入。",
        "This code is not known here and was not counted. Scan the UDI on the goods, or type it on the task page.",
    ),
    "unreadable": Text("这个码读不出来，没有计入。", "This code cannot be read and was not counted."),
    "not_listed": Text(
        "单据上没有这个商品，没有计入。请放在一边，核对单据或报告质量管理人员。",
        "The list has no such product; it was not counted. Put it aside, compare the papers or tell quality.",
    ),
    "wrong_lot": Text(
        "批号不符，没有计入。请放在一边，核对单据或报告质量管理人员。",
        "The lot is not the one on the list; it was not counted. Put it aside, compare the papers or tell quality.",
    ),
    "no_lot": Text(
        "这个码里没有批号，不能证明是哪一批，没有计入。请扫带批号的码，或用数字键录入这一行的数量。",
        "The code does not say which lot this is; it was not counted. Scan the code with the lot, or enter the number of the line.",
    ),
    "wrong_serial": Text(
        "序列号不符，没有计入。请放在一边，核对单据。",
        "The serial number is not on the list; it was not counted. Put it aside and compare the papers.",
    ),
    "no_serial": Text(
        "这个商品按序列号逐件核对，码里没有序列号，没有计入。",
        "These goods are told apart by serial number and the code holds none; it was not counted.",
    ),
    "wrong_expiry": Text(
        "失效日期与单据不符，没有计入。请放在一边，报告质量管理人员。",
        "The expiry date differs from the list; it was not counted. Put it aside and tell quality.",
    ),
    "wrong_place": Text("不是这个货位。请核对货位码。", "This is not the place. Compare the code of the shelf."),
    "no_place": Text("这项任务不用扫货位。", "This task asks for no place."),
    "duplicate": Text("这一件已经扫过，没有再计。", "This unit was scanned before; it was not counted again."),
    "over": Text(
        "超过应有数量，没有计入。多出的请放在一边，核对单据。",
        "That is more than there should be; it was not counted. Put what is too many aside and compare the papers.",
    ),
    "ambiguous": Text(
        "这个码对应几种商品，没有计入。请扫 UDI。",
        "This code fits more than one product; it was not counted. Scan the UDI.",
    ),
    "no_line": Text("没有这一行，请刷新后再试。", "There is no such line; load the page again."),
    "no_extra": Text("这张表单不能加清单外的商品。", "This form takes nothing that the list lacks."),
    "nothing_to_undo": Text("这一次不能撤销，或已经撤销。", "That cannot be taken back, or was taken back already."),
    "changed_since": Text(
        "这一行后来改过，不能自动撤销。请在任务页更正。",
        "The line was changed since, so it cannot be taken back by itself. Correct it on the task page.",
    ),
}


class ScanFault(GspError):
    """A scan that does not count. ``expected`` and ``found`` are the two values to compare; ``line`` is the one meant."""

    def __init__(self, code: str, text: Text, expected: str | None, found: str | None, line: str | None) -> None:
        super().__init__(code, text.zh, text.en)
        self.expected, self.found, self.line = expected, found, line


def refused(code: str, *, expected: str | None = None, found: str | None = None, line: str | None = None) -> ScanFault:
    """The fault with its words."""
    return ScanFault(code, _WHY[code], expected, found, line)


def unreadable(why: Text, text: str) -> ScanFault:
    """A code that cannot be read, and why."""
    base = _WHY["unreadable"]
    return ScanFault("unreadable", Text(f"{base.zh}{why.zh}", f"{base.en} {why.en}"), None, text[:60], None)
