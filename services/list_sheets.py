"""Every list as an Excel sheet by one mechanism: its own service is asked page by page, with the rights of whoever asks.

A list is a row of the table `LISTS`: the function that gives its pages, the filters it takes, and its columns with the
way to each value. A new list needs a row here and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from domain.errors import Text
from domain.json_types import JsonObject
from domain.master_data.entities import ENTITIES
from domain.roles import role_text
from domain.stock import MOVE_TEXTS, MoveKind
from records import audit
from services import audit as audits
from services import cases, holds, ledger, master_data, outlook, spooled, stock, tasks
from services.actor import Actor
from services.office import Office
from services.outbox import register
from services.refusals import not_found, refuse
from services.spooled import Column, Spooled
from services.value_words import said

PAGE = 200
ROWS_MOST = 100_000
"""What is longer is a register's work, or has to be filtered."""
Pages = Callable[[Office, Actor, dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class Cell:
    """A column of a list: where its value stands in a row (`a.b`), its words, its width, what its codes mean."""

    path: str
    words: Text
    width: int = 16
    codes: Callable[[str], Text | None] | None = None


@dataclass(frozen=True)
class ListKind:
    """A list: its title, who gives its pages, the filters it takes, its columns."""

    title: Text
    pages: Pages
    filters: tuple[str, ...]
    cells: tuple[Cell, ...]


def _t(zh: str, en: str) -> Text:
    return Text(zh, en)


def _move(kind: str) -> Text | None:
    return MOVE_TEXTS[MoveKind(kind)] if kind in set(MoveKind) else None


def _choice(entity: str, name: str) -> Callable[[str], Text | None]:
    field = ENTITIES[entity].field(name)
    known = dict(field.choices) if field and field.choices else {}
    return known.get


_STATES = {
    "open": _t("待办", "Open"), "done": _t("已办", "Done"), "cancelled": _t("已取消", "Cancelled"),
    "superseded": _t("已作废", "Superseded"), "running": _t("进行中", "In progress"),
    "completed": _t("已完成", "Completed"), "terminated": _t("已终止", "Terminated"),
    "consumed": _t("已用完", "Used up"), "released": _t("已释放", "Released"), "expired": _t("已过期", "Expired"),
    "broken": _t("已中断", "Broken"), "sent": _t("已发送", "Sent"), "failed": _t("失败", "Failed"),
    "waiting": _t("等待", "Waiting"), "approved": _t("已批准", "Approved"), "suspended": _t("已暂停", "Suspended"),
}  # fmt: skip
_PRODUCT, _NAME = (
    Cell("product", _t("产品编号", "Product code"), 14),
    Cell("product_name", _t("产品名称", "Product"), 34),
)
_LOT, _QTY, _UNIT = (
    Cell("lot", _t("批号", "Lot"), 18), Cell("quantity", _t("数量", "Quantity"), 10), Cell("unit", _t("单位", "Unit"), 8)
)  # fmt: skip
_SPEC, _EXPIRY = Cell("specification", _t("规格", "Specification"), 22), Cell("expiry", _t("失效日期", "Expiry"), 12)
_SITE, _MODE = Cell("site", _t("机构", "Site"), 12), Cell("mode", _t("模式", "Mode"), 9)
_HOUSE = Cell("warehouse", _t("仓库", "Warehouse"), 12)

LISTS: dict[str, ListKind] = {
    "tasks": ListKind(
        _t("任务", "Tasks"), tasks.listing,
        ("state", "scope", "definition", "role", "site", "due_before", "priority", "q", "snoozed"),
        (
            Cell("title", _t("任务", "Task"), 44), Cell("state", _t("状态", "State"), 10, _STATES.get),
            Cell("role", _t("岗位", "Post"), 16, role_text), Cell("assignee", _t("处理人", "Assignee"), 14),
            Cell("due", _t("到期", "Due"), 18), Cell("opened_at", _t("产生时间", "Opened"), 18),
            Cell("done_at", _t("办结时间", "Done"), 18), Cell("done_by", _t("办结人", "Done by"), 14),
            Cell("outcome", _t("结论", "Outcome"), 14), Cell("definition", _t("流程", "Process"), 24),
            Cell("case", _t("案例", "Case"), 28), _SITE, _MODE,
        ),
    ),
    "cases": ListKind(
        _t("案例", "Cases"), cases.listing,
        ("definition", "clause", "state", "mode", "business_key", "q", "lot", "serial", "supplier", "person", "product",
         "from", "to", "started_by"),
        (
            Cell("id", _t("案例", "Case"), 28), Cell("title", _t("流程", "Process"), 30),
            Cell("version", _t("版本", "Version"), 9), Cell("business_key", _t("业务单号", "Business key"), 30),
            Cell("state", _t("状态", "State"), 10, _STATES.get), Cell("outcome", _t("结果", "Outcome"), 14),
            Cell("started_at", _t("开始", "Started"), 18), Cell("started_by", _t("发起人", "Started by"), 14),
            Cell("closed_at", _t("结束", "Closed"), 18), _SITE, _MODE,
        ),
    ),
    "products": ListKind(
        _t("产品", "Products"), master_data.product_list, ("q", "state", "device_class", "cold", "ends_before"),
        (
            Cell("code", _t("编号", "Code"), 14), Cell("name", _t("产品名称", "Product"), 36),
            Cell("name_en", _t("英文名称", "English name"), 36), Cell("model", _t("型号", "Model"), 18), _SPEC,
            Cell("device_class", _t("管理类别", "Class"), 9), Cell("registration_no", _t("注册证号/备案号", "Registration no."), 26),
            Cell("registration_valid_until", _t("注册证有效期至", "Registration ends"), 14),
            Cell("registration_days_left", _t("剩余天数", "Days left"), 10),
            Cell("registrant_name", _t("注册人、备案人", "Registrant"), 34), _UNIT,
            Cell("storage_condition", _t("贮存条件", "Storage"), 22), Cell("is_cold_chain", _t("冷链", "Cold chain"), 8),
            Cell("status", _t("状态", "State"), 12, _choice("product", "status")),
        ),
    ),
    "partners": ListKind(
        _t("往来单位", "Partners"), master_data.partner_list, ("q", "kind", "ends_before"),
        (
            Cell("code", _t("编号", "Code"), 14), Cell("name", _t("名称", "Name"), 36),
            Cell("name_en", _t("英文名称", "English name"), 36), Cell("kind", _t("类型", "Kind"), 12, _choice("partner", "kind")),
            Cell("uscc", _t("统一社会信用代码", "USCC"), 22), Cell("address", _t("地址", "Address"), 36),
            Cell("contact", _t("联系人", "Contact"), 14), Cell("phone", _t("电话", "Phone"), 16),
            Cell("qualification", _t("资质", "Qualification"), 12, _STATES.get),
            Cell("first_paper", _t("最先到期的证照", "First paper to end"), 22, _choice("credential", "kind")),
            Cell("first_paper_until", _t("到期日", "Ends"), 12), Cell("first_paper_days_left", _t("剩余天数", "Days left"), 10),
        ),
    ),
    "locations": ListKind(
        _t("货位", "Locations"), master_data.location_list, ("q", "warehouse", "zone", "kind"),
        (
            Cell("code", _t("货位", "Location"), 18), _HOUSE, Cell("zone", _t("库区", "Zone"), 14),
            Cell("temp_min", _t("温度下限", "From °C"), 9), Cell("temp_max", _t("温度上限", "To °C"), 9),
            Cell("capacity", _t("容量", "Capacity"), 9), _SITE,
        ),
    ),
    "balances": ListKind(
        _t("库存余额", "Balances"), stock.balances,
        ("lot", "product", "warehouse", "status", "location", "expiring_before", "mode"),
        (
            _PRODUCT, _NAME, Cell("model", _t("型号", "Model"), 18), _SPEC, _LOT, _EXPIRY, _HOUSE,
            Cell("location", _t("货位", "Location"), 16), Cell("zone", _t("库区", "Zone"), 14),
            Cell("status", _t("质量状态", "Status"), 16), _QTY, Cell("reserved", _t("已预留", "Reserved"), 10), _UNIT,
            Cell("owner", _t("货主", "Owner"), 16),
        ),
    ),
    "moves": ListKind(
        _t("库存流水", "Moves"), stock.moves, ("lot", "product", "warehouse", "status", "location", "case", "mode"),
        (
            Cell("id", _t("流水号", "No."), 10), Cell("business_at", _t("业务时间", "Time"), 18),
            Cell("kind", _t("业务", "Kind"), 16, _move), _PRODUCT, _NAME, _SPEC, _LOT, _EXPIRY, _QTY, _UNIT,
            Cell("from", _t("原货位", "From"), 16), Cell("from_status", _t("原状态", "Was"), 14),
            Cell("to", _t("货位", "To"), 16), Cell("to_status", _t("状态", "Is"), 14), _HOUSE,
            Cell("posting", _t("过账号", "Posting"), 18), Cell("actor", _t("经办", "By"), 14), Cell("case", _t("案例", "Case"), 28),
        ),
    ),
    "vouchers": ListKind(
        _t("库存凭证", "Vouchers"), ledger.postings, ("warehouse", "voucher", "case", "kind", "mode"),
        (
            Cell("voucher", _t("凭证号", "Voucher"), 20), Cell("kind", _t("业务", "Kind"), 18), _HOUSE,
            Cell("business_at", _t("业务时间", "Time"), 18), Cell("recorded_at", _t("入账时间", "Recorded"), 18),
            Cell("document", _t("单据号", "Document"), 20), Cell("moves", _t("行数", "Lines"), 8), _QTY,
            Cell("prints", _t("打印次数", "Prints"), 8), Cell("actor", _t("经办", "By"), 14), Cell("case", _t("案例", "Case"), 28),
        ),
    ),
    "reservations": ListKind(
        _t("预留", "Reservations"), ledger.reservations, ("task", "lot", "state", "mode"),
        (
            Cell("task", _t("任务", "Task"), 28), _PRODUCT, _NAME, _LOT, Cell("location", _t("货位", "Location"), 16), _QTY,
            Cell("consumed", _t("已用", "Used"), 10), _UNIT, Cell("state", _t("状态", "State"), 12, _STATES.get),
            Cell("made_at", _t("预留时间", "Made"), 18), Cell("expires_at", _t("到期", "Expires"), 18),
        ),
    ),
    "holds": ListKind(
        _t("停售", "Holds"), holds.listing, ("state", "lot", "site"),
        (
            Cell("product", _t("产品编号", "Product code"), 14), Cell("product_name", _t("产品名称", "Product"), 34), _LOT,
            Cell("location", _t("货位", "Location"), 16), Cell("quantity", _t("数量", "Quantity"), 10),
            Cell("reason", _t("原因", "Reason"), 36), Cell("held_by", _t("停售人", "Held by"), 14),
            Cell("held_at", _t("停售时间", "Held at"), 18), Cell("state", _t("状态", "State"), 12, _STATES.get), _SITE,
        ),
    ),
    "audit": ListKind(
        _t("审计记录", "Audit records"), audits.events, ("stream", "actor", "case", "rule", "from", "to"),
        (
            Cell("stream", _t("记录链", "Stream"), 20), Cell("seq", _t("序号", "No."), 10), Cell("at", _t("时间", "Time"), 18),
            Cell("actor", _t("人员", "By"), 14), Cell("action", _t("操作", "Action"), 22), Cell("subject", _t("对象", "Subject"), 30),
            Cell("rule", _t("规则", "Rule"), 14), Cell("case", _t("案例", "Case"), 28), Cell("payload", _t("内容", "Content"), 60),
            Cell("hash", _t("哈希", "Hash"), 66),
        ),
    ),
    "deliveries": ListKind(
        _t("消息发送", "Deliveries"), register.listing, ("state", "channel", "account"),
        (
            Cell("created_at", _t("时间", "Time"), 18), Cell("channel", _t("渠道", "Channel"), 10),
            Cell("account", _t("收件人", "To"), 14), Cell("address", _t("地址", "Address"), 26),
            Cell("state", _t("状态", "State"), 10, _STATES.get), Cell("attempts", _t("次数", "Tries"), 8),
            Cell("sent_at", _t("发送时间", "Sent"), 18), Cell("read_at", _t("阅读时间", "Read"), 18),
            Cell("case", _t("案例", "Case"), 28), Cell("last_error", _t("错误", "Error"), 40),
        ),
    ),
}  # fmt: skip
"""Every list that can be taken as a sheet."""


async def export(office: Office, actor: Actor, kind: str, filters: Mapping[str, Any], lang: str) -> Spooled:
    """A list with these filters as a sheet; taking it out of the house is on record.

    Whoever may not read the list is refused by its own service. Raises `ValueError` for a filter that it cannot read.
    """
    wanted = LISTS.get(kind)
    if wanted is None:
        about: JsonObject = {"action": "export_list", "subject": f"lists/{kind}"}
        await refuse(office, actor, not_found("没有这个列表。", "There is no such list."), about)
    asked = {key: value for key, value in filters.items() if key in wanted.filters and value not in (None, "")}
    first = await wanted.pages(office, actor, {**asked, "limit": PAGE})
    zone = ZoneInfo(await outlook.zone_of(office, actor.sites[0] if actor.sites else None))
    heads = [Column(cell.path, cell.words.said_in(lang), cell.width) for cell in wanted.cells]
    sheet = spooled.opened(f"{kind}.xlsx", "xlsx", {"title": wanted.title.said_in(lang)}, heads, office.clock())
    try:
        await _fill(office, actor, wanted, asked, first, lambda rows: sheet.add_all(_shown(rows, wanted, lang, zone)))
        made = await office.db.run(sheet.finished)
    except BaseException:
        sheet.dropped()
        raise
    what: JsonObject = {"rows": made.rows, "sha256": made.sha256, "filters": {k: str(v) for k, v in asked.items()}}
    await office.db.writing(_note, actor.id, f"lists/{kind}", what, office.now())
    return made


async def _fill(
    office: Office,
    actor: Actor,
    wanted: ListKind,
    asked: Mapping[str, Any],
    page: Any,
    add: Callable[[list[Any]], int],
) -> None:
    """Page after page, until there is none or the sheet is full."""
    while await office.db.run(add, page["items"]) < ROWS_MOST and page["next"]:
        page = await wanted.pages(office, actor, {**asked, "limit": PAGE, "cursor": page["next"]})


def _shown(rows: list[Any], wanted: ListKind, lang: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    return [{cell.path: _value(row, cell, lang, zone) for cell in wanted.cells} for row in rows]


def _value(row: Any, cell: Cell, lang: str, zone: ZoneInfo) -> Any:
    value = row
    for part in cell.path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    words = cell.codes(value) if cell.codes is not None and isinstance(value, str) else None
    return words.said_in(lang) if words else said(cell.path, value, lang, zone)


def _note(session: Any, who: str, subject: str, what: JsonObject, now: str) -> None:
    audit.append(session, audit.ADMIN, who, "list_exported", subject, what, now)
