"""First loading from a sheet: each row is judged alone, against the others of the sheet, and for what it must bring along.

A row is loaded whole or comes back with every reason. Its key is its natural name, so the same sheet can come twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from domain.errors import Fault, Text
from domain.master_data.entities import ENTITIES, Entity, approved_with_day, check
from domain.master_data.fields import Field

UNITS = frozenset(
    (
        "支 个 盒 箱 瓶 袋 包 套 片 只 台 件 根 张 卷 副 双 条 块 枚 粒 把 组 桶 "
        "管 板 本 对 架 米 人份 测试 毫升 升 克 千克 mL L g kg"
    ).split()
)
"""Units that goods are counted in; another word is more often a slip than a unit."""
ROWS_MOST = 20_000


def _of(key: str, zh: str, en: str, kind: Any = "code", **more: Any) -> Field:
    return Field(key, Text(zh, en), kind, **more)


@dataclass(frozen=True)
class Template:
    """A sheet: the fields of its rows, and what belongs to another row (a pack, a paper) but is entered beside it."""

    key: str
    entity: Entity
    beside: tuple[Field, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every column, in order."""
        return (*self.entity.fields, *self.beside)


TEMPLATES: dict[str, Template] = {
    "products": Template(
        "products",
        ENTITIES["product"],
        (
            replace(ENTITIES["product_di"].fields[0], key="udi_di", needed=False),
            _of("pack_unit", "大包装单位", "larger unit", most=20),
            _of("pack_qty", "大包装合基本单位", "base units in it", "integer", low=Decimal(2)),
        ),
    ),
    "partners": Template(
        "partners",
        ENTITIES["partner"],
        (
            _of("business_license_no", "营业执照编号", "business licence no.", most=100),
            _of("licence_no", "经营或生产许可证编号", "operation or production licence no.", most=100),
            _of("licence_until", "许可证有效期至", "licence valid until", "day"),
            _of("authorization_no", "授权书编号", "authorisation letter no.", most=100),
            _of("authorization_until", "授权书有效期至", "authorisation valid until", "day"),
        ),
    ),
    "locations": Template("locations", ENTITIES["location"]),
}


@dataclass(frozen=True)
class Judged:
    """A row of the sheet: its number there, its name, its values and what is wrong with it."""

    number: int
    name: str
    values: dict[str, Any]
    beside: dict[str, Any]
    faults: tuple[Fault, ...]


def judge(template: Template, rows: Sequence[tuple[int, dict[str, Any]]]) -> list[Judged]:
    """Every row with all its faults; of rows with one name only the first counts."""
    first: dict[str, int] = {}
    found: list[Judged] = []
    for number, given in rows:
        one = _row(template, number, given)
        if one.name.strip("|") and one.name in first:
            zh = f"与第 {first[one.name]} 行重复。"
            again = Fault("/" + template.entity.natural[0], "duplicate", Text(zh, f"Repeats row {first[one.name]}."))
            one = replace(one, faults=(*one.faults, again))
        first.setdefault(one.name, number)
        found.append(one)
    return found


def _row(template: Template, number: int, given: dict[str, Any]) -> Judged:
    entity, aside = template.entity, {field.key for field in template.beside}
    own = {key: value for key, value in given.items() if key not in aside}
    values, faults = check(entity, own)
    extra, wrong = check(
        Entity("beside", entity.text, template.beside, ()), {k: v for k, v in given.items() if k in aside}
    )
    told = {fault.pointer for fault in faults}
    more = [fault for law in _LAWS.get(template.key, ()) for fault in law(values, extra)]
    faults += wrong + [fault for fault in more if fault.pointer not in told]
    return Judged(number, entity.name_of(values), values, extra, tuple(faults))


def _known_units(values: dict[str, Any], beside: dict[str, Any]) -> list[Fault]:
    faults = []
    for key, unit in (("unit", values.get("unit")), ("pack_unit", beside.get("pack_unit"))):
        if unit is not None and unit not in UNITS:
            text = Text(f"不认识的单位“{unit}”。", f"'{unit}' is no unit that we know.")
            faults.append(Fault(f"/{key}", "unknown_unit", text))
    if (beside.get("pack_unit") is None) != (beside.get("pack_qty") is None):
        text = Text("大包装单位和数量须一起填写。", "The larger unit and its quantity belong together.")
        faults.append(Fault("/pack_qty", "required", text))
    return faults


def _approved(values: dict[str, Any], _beside: dict[str, Any]) -> list[Fault]:
    return approved_with_day(values)


def _papers(values: dict[str, Any], beside: dict[str, Any]) -> list[Fault]:
    """A supplier is on file with its licences (GSP 53); a customer with one of them (GSP 82)."""
    wanted = {
        "SUPPLIER": ("business_license_no", "licence_no", "licence_until"),
        "MAKER": ("business_license_no", "licence_no", "licence_until"),
        "CUSTOMER": ("business_license_no",),
    }.get(str(values.get("kind")), ())
    text = Text("缺少证照。", "The paper is missing.")
    return [Fault(f"/{key}", "paper_missing", text) for key in wanted if beside.get(key) is None]


_LAWS: dict[str, tuple[Any, ...]] = {"products": (_known_units, _approved), "partners": (_papers,)}
