"""The kinds of master data: their fields, what names a row, and the laws over a whole row.

Fields of a product are those of the product file (GSP 54, record R-02), of a partner those of GSP 53 and 82 (R-01, R-03).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.errors import Fault, Text
from domain.master_data import uscc
from domain.master_data.fields import Field, faults_of
from domain.stock import ZONE_TEXTS, PlaceKind, Zone
from domain.udi.gs1_contents import check_digit

_ZERO = Decimal(0)
_ONE = Decimal(1)


def _words(**choices: tuple[str, str]) -> tuple[tuple[str, Text], ...]:
    return tuple((key, Text(zh, en)) for key, (zh, en) in choices.items())


def _f(key: str, zh: str, en: str, kind: Any = "text", **more: Any) -> Field:
    return Field(key, Text(zh, en), kind, **more)


def _temperature(key: str, zh: str, en: str) -> Field:
    return _f(key, zh, en, "decimal", places=1, low=Decimal(-200), high=Decimal(100))


def _percent(key: str, zh: str, en: str) -> Field:
    return _f(key, zh, en, "decimal", places=1, low=_ZERO, high=Decimal(100))


def _days(key: str, zh: str, en: str) -> Field:
    return _f(key, zh, en, "integer", low=_ZERO, high=Decimal(3660))


def _price(key: str, zh: str, en: str, **more: Any) -> Field:
    return _f(key, zh, en, "decimal", places=12, low=_ZERO, **more)


STATES = _words(valid=("有效", "valid"), withdrawn=("已撤回", "withdrawn"))
_PRODUCT_CODE = _f("product_code", "产品编码", "product code", "code", needed=True, most=40)
_PARTNER_CODE = _f("partner_code", "单位编码", "partner code", "code", needed=True, most=40)

PRODUCT_FIELDS = (
    _f("code", "产品编码", "product code", "code", needed=True, most=40),
    _f("name", "医疗器械名称", "device name", needed=True),
    _f("name_en", "英文名称", "name in English"),
    _f("model", "型号", "model"),
    _f("specification", "规格", "specification", needed=True),
    _f("device_class", "管理类别", "device class", "choice", needed=True,
       choices=_words(I=("一类", "class I"), II=("二类", "class II"), III=("三类", "class III"))),
    _f("classification_code", "分类编码", "classification code", "code", most=40),
    _f("registration_no", "注册证编号或者备案编号", "registration or filing no.", "code", needed=True, most=80),
    _f("registration_valid_from", "注册证生效日期", "registration valid from", "day"),
    _f("registration_valid_until", "注册证有效期至", "registration valid until", "day"),
    _f("registrant_name", "注册人、备案人名称", "registrant / filer", needed=True),
    _f("contract_manufacturer_name", "受托生产企业名称", "contract manufacturer"),
    _f("production_license_no", "生产许可证号或者备案编号", "production licence / filing no.", "code", most=80),
    _f("unit", "基本单位", "base unit", "code", needed=True, most=20),
    _f("tracking", "追溯方式", "tracking", "choice",
       choices=_words(NONE=("不追溯", "none"), LOT=("批号", "lot"), SERIAL=("序列号", "serial"),
                      LOT_SERIAL=("批号和序列号", "lot and serial"))),
    _f("shelf_rule", "效期规则", "shelf rule", "choice",
       choices=_words(EXPIRY=("失效日期", "expiry"), SERVICE_LIFE=("使用期限", "service life"))),
    _f("service_life", "使用期限", "service life", most=80),
    _f("shelf_life_months", "有效期（月）", "shelf life, months", "integer", low=_ONE, high=Decimal(600)),
    _days("near_expiry_days", "近效期预警（天）", "near expiry, days"),
    _days("receive_min_days", "收货最短剩余效期（天）", "least days left at receipt"),
    _days("sale_min_days", "销售最短剩余效期（天）", "least days left at sale"),
    _f("storage_condition", "贮存条件", "storage condition", needed=True),
    _f("transport_condition", "运输条件", "transport condition"),
    _temperature("temp_min", "温度下限", "lower temperature limit"),
    _temperature("temp_max", "温度上限", "upper temperature limit"),
    _percent("humidity_min", "湿度下限", "lower humidity limit"),
    _percent("humidity_max", "湿度上限", "upper humidity limit"),
    _f("is_cold_chain", "冷链管理", "cold chain", "flag"),
    _f("is_ivd", "体外诊断试剂", "in-vitro diagnostic", "flag"),
    _f("is_implant", "植入类", "implant", "flag"),
    _f("is_sterile", "无菌", "sterile", "flag"),
    _f("udi_required", "须有UDI", "UDI required", "flag"),
    _f("status", "状态", "state", "choice",
       choices=_words(DRAFT=("待审", "draft"), APPROVED=("审核通过", "approved"), STOPPED=("停用", "stopped"))),
    _f("approved_at", "首营审核日期", "approved on", "day"),
)  # fmt: skip


def _good_di(di: str) -> Text | None:
    if di.isdigit() and len(di) == 14 and check_digit(di[:-1]) != di[-1]:
        right = check_digit(di[:-1])
        return Text(f"校验位应为 {right}。", f"The check digit should be {right}.")
    return None


DI_FIELDS = (
    _f("di", "产品标识UDI-DI", "UDI-DI", "code", needed=True, most=60, check=_good_di),
    _PRODUCT_CODE,
    _f("issuing_agency", "发码机构", "issuing agency", "choice",
       choices=_words(GS1=("GS1", "GS1"), MA=("MA", "MA"), AHM=("AHM", "AHM"), HIBC=("HIBC", "HIBC"),
                      ICCBBA=("ICCBBA", "ICCBBA"))),
    _f("level", "包装级别", "packing level", "integer", low=_ONE, high=Decimal(9)),
    _f("contains_di", "内含产品标识", "contains the UDI-DI", "code", most=60),
    _f("contains_qty", "内含数量", "how many of it", "integer", low=_ONE),
)  # fmt: skip
UNIT_FIELDS = (
    _PRODUCT_CODE,
    _f("unit", "单位", "unit", "code", needed=True, most=20),
    _f("base_qty", "合基本单位", "base units in it", "integer", needed=True, low=Decimal(2), high=Decimal(1_000_000)),
)
PARTNER_FIELDS = (
    _f("code", "单位编码", "partner code", "code", needed=True, most=40),
    _f("kind", "单位类别", "kind", "choice", needed=True,
       choices=_words(SUPPLIER=("供货者", "supplier"), CUSTOMER=("购货者", "customer"), MAKER=("生产企业", "maker"),
                      CARRIER=("承运方", "carrier"))),
    _f("name", "单位名称", "name", needed=True),
    _f("name_en", "英文名称", "name in English"),
    _f("uscc", "统一社会信用代码", "unified social credit code", "code", most=18, check=uscc.fault_of),
    _f("supplier_type", "供货者类型", "type of supplier", "choice",
       choices=_words(registrant=("注册人、备案人", "registrant or filer"), dealer=("经营企业", "dealer"))),
    _f("address", "地址", "address"),
    _f("contact", "联系人", "contact"),
    _f("phone", "联系电话", "phone", most=60),
    _f("legal_representative", "法定代表人", "legal representative"),
    _f("business_scope", "经营范围", "business scope", most=2000),
    _f("retired_at", "停用日期", "stopped on", "day"),
)  # fmt: skip
PAPER_KINDS = _words(
    business_license=("营业执照", "business licence"),
    operation_license=("经营许可证或备案凭证", "operation licence or filing"),
    production_license=("生产许可证或备案凭证", "production licence or filing"),
    registration_certificate=("注册证或备案凭证", "registration certificate"),
    authorization_letter=("授权书", "authorisation letter"),
    quality_agreement=("质量保证协议", "quality agreement"),
    certificate_of_analysis=("检验报告COA", "certificate of analysis"),
    certificate_of_conformity=("合格证明", "certificate of conformity"),
    customs_declaration=("进口报关单", "customs declaration"),
    inspection_report=("第三方检测报告", "test report"),
)
PAPER_FIELDS = (
    _f("owner_type", "归属类别", "belongs to", "choice", needed=True,
       choices=_words(partner=("单位", "partner"), product=("产品", "product"), lot=("批号", "lot"))),
    _f("owner_code", "归属编码", "whose", "code", needed=True, most=100),
    _f("kind", "证照种类", "kind of paper", "choice", needed=True, choices=PAPER_KINDS),
    _f("number", "证照编号", "number", "code", needed=True, most=100),
    _f("valid_from", "有效期自", "valid from", "day"),
    _f("valid_until", "有效期至", "valid until", "day"),
    _f("issued_by", "发证机关", "issued by"),
    _f("issued_on", "发证日期", "issued on", "day"),
    _f("scope", "覆盖范围", "scope", most=2000),
    _f("file_sha256", "扫描件", "scan (SHA-256)", "code", most=64),
    _f("status", "状态", "state", "choice", choices=STATES),
)  # fmt: skip
CONTRACT_FIELDS = (
    _f("number", "合同编号", "contract no.", "code", needed=True, most=80),
    _PARTNER_CODE,
    _f("kind", "合同类别", "kind", "choice",
       choices=_words(PURCHASE=("采购", "purchase"), SALE=("销售", "sale"), FRAMEWORK=("框架", "framework"),
                      SERVICE=("服务", "service"))),
    _f("title", "合同名称", "title"),
    _f("signed_on", "签订日期", "signed on", "day"),
    _f("valid_from", "有效期自", "valid from", "day", needed=True),
    _f("valid_until", "有效期至", "valid until", "day"),
    _f("ceiling", "金额上限（元）", "ceiling, yuan", "decimal", places=2, low=_ZERO),
    _f("file_sha256", "扫描件", "scan (SHA-256)", "code", most=64),
    _f("state", "状态", "state", "choice", choices=STATES),
)  # fmt: skip
PRICE_FIELDS = (
    _PARTNER_CODE,
    _PRODUCT_CODE,
    _f("direction", "买卖方向", "direction", "choice", needed=True,
       choices=_words(BUY=("采购价", "buying"), SELL=("销售价", "selling"))),
    _f("min_quantity", "起订数量（基本单位）", "from this quantity on", "integer", low=_ONE),
    _f("valid_from", "有效期自", "valid from", "day", needed=True),
    _f("valid_until", "有效期至", "valid until", "day"),
    _f("contract_no", "合同编号", "contract no.", "code", most=80),
    _price("unit_price", "含税单价（元）", "unit price with tax, yuan", needed=True),
    _f("discount", "折扣率", "discount (0.05 = 5 %)", "decimal", places=6, low=_ZERO, high=_ONE),
    _f("tax_rate", "税率", "tax rate (0.13 = 13 %)", "decimal", places=4, low=_ZERO, high=_ONE),
    _price("ceiling_price", "最高限价（元）", "highest price allowed, yuan"),
    _f("state", "状态", "state", "choice", choices=STATES),
)  # fmt: skip
WAREHOUSE_FIELDS = (
    _f("code", "仓库编码", "warehouse code", "code", needed=True, most=20),
    _f("site", "机构", "site", "code", needed=True, most=20),
    _f("name", "仓库名称", "name", needed=True),
    _f("name_en", "英文名称", "name in English"),
    _f("address", "地址", "address"),
    _f("retired_at", "停用日期", "stopped on", "day"),
)
_REAL = ("INTERNAL", "DOCK", "TRANSIT", "CONSIGNMENT", "KIT_OUT")
_PLACE_WORDS = {
    "INTERNAL": Text("库内", "in the store"), "DOCK": Text("月台", "dock"), "TRANSIT": Text("在途", "in transit"),
    "CONSIGNMENT": Text("寄售", "consignment"), "KIT_OUT": Text("跟台", "kit at a hospital"),
}  # fmt: skip
LOCATION_FIELDS = (
    _f("code", "货位编码", "location code", "code", needed=True, most=40),
    _f("warehouse", "仓库编码", "warehouse code", "code", needed=True, most=20),
    _f("name", "货位名称", "name"),
    _f("name_en", "英文名称", "name in English"),
    _f("kind", "货位类别", "kind", "choice",
       choices=tuple((kind.value, _PLACE_WORDS[kind.value]) for kind in PlaceKind if kind.value in _REAL)),
    _f("zone", "库区", "zone", "choice", needed=True,
       choices=tuple((zone.value, ZONE_TEXTS[zone]) for zone in Zone)),
    _temperature("temp_min", "温度下限", "lower temperature limit"),
    _temperature("temp_max", "温度上限", "upper temperature limit"),
    _f("capacity", "容量（基本单位）", "capacity, base units", "integer", low=_ONE),
    _f("retired_at", "停用日期", "stopped on", "day"),
)  # fmt: skip


@dataclass(frozen=True)
class Entity:
    """A kind of master data: `natural` are the fields whose values name a row for ever."""

    key: str
    text: Text
    fields: tuple[Field, ...]
    natural: tuple[str, ...]
    laws: tuple[Callable[[dict[str, Any]], list[Fault]], ...] = ()

    def field(self, key: str) -> Field | None:
        """The field with this key."""
        return next((field for field in self.fields if field.key == key), None)

    def name_of(self, values: dict[str, Any]) -> str:
        """The name of a row, by which it is found again: `SUP-001|P-1001|BUY|1|2026-01-01`."""
        return "|".join(str(values.get(key) if values.get(key) is not None else "") for key in self.natural)

    def named(self, name: str) -> dict[str, str]:
        """The natural fields of a name."""
        return dict(zip(self.natural, name.split("|"), strict=False))


def check(entity: Entity, given: dict[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The values of a row and all that is wrong with them, by field and over the whole row."""
    values, faults = faults_of(entity.fields, given)
    wrong = {fault.pointer for fault in faults}
    for law in entity.laws:
        faults += [fault for fault in law(values) if fault.pointer not in wrong]
    return values, faults


def _in_order(low: str, high: str, zh: str, en: str) -> Callable[[dict[str, Any]], list[Fault]]:
    def law(values: dict[str, Any]) -> list[Fault]:
        first, last = values.get(low), values.get(high)
        if first is None or last is None or first <= last:
            return []
        return [Fault(f"/{high}", "out_of_order", Text(zh, en))]

    return law


def _dated_registration(values: dict[str, Any]) -> list[Fault]:
    """Classes II and III are registered for a term; a class I filing has none (Decree 739, arts. 15, 22)."""
    if values.get("device_class") in ("II", "III") and values.get("registration_valid_until") is None:
        zh = "二、三类产品须填写注册证有效期至（缺少证照）。"
        text = Text(zh, "Classes II and III need the last day of the registration (paper missing).")
        return [Fault("/registration_valid_until", "paper_missing", text)]
    return []


def _cold_has_range(values: dict[str, Any]) -> list[Fault]:
    missing = [key for key in ("temp_min", "temp_max") if values.get(key) is None]
    if values.get("is_cold_chain") and missing:
        text = Text("冷链产品须填写温度上下限。", "Cold-chain goods need both temperature limits.")
        return [Fault(f"/{key}", "required", text) for key in missing]
    return []


def _service_life(values: dict[str, Any]) -> list[Fault]:
    if values.get("shelf_rule") == "SERVICE_LIFE" and not values.get("service_life"):
        text = Text("按使用期限管理的产品须填写使用期限。", "With this shelf rule the service life is needed.")
        return [Fault("/service_life", "required", text)]
    return []


def approved_with_day(values: dict[str, Any]) -> list[Fault]:
    """What a first loading asks: since when an approved product is approved (GSP 54)."""
    if values.get("status") == "APPROVED" and values.get("approved_at") is None:
        zh = "状态为审核通过的产品须有首营审核日期；没有审核过的请填待审，再走首营品种审核。"
        en = "An approved product needs the day of its approval; one never approved is a draft (product qualification)."
        return [Fault("/approved_at", "paper_missing", Text(zh, en))]
    return []


def _under_ceiling(values: dict[str, Any]) -> list[Fault]:
    price, ceiling = values.get("unit_price"), values.get("ceiling_price")
    if price is None or ceiling is None or price * (1 - (values.get("discount") or 0)) <= ceiling:
        return []
    return [
        Fault("/unit_price", "above_ceiling", Text(f"超过最高限价 {ceiling} 元。", f"Above the ceiling of {ceiling}."))
    ]


def _pack(values: dict[str, Any]) -> list[Fault]:
    level, contains = values.get("level") or 1, values.get("contains_di")
    if level > 1 and contains is None:
        text = Text("包装级别 2 及以上须填写内含产品标识。", "From level 2 on the contained UDI-DI is needed.")
        return [Fault("/contains_di", "required", text)]
    if contains is not None and contains == values.get("di"):
        return [Fault("/contains_di", "circle", Text("包装不能包含自身。", "A pack cannot contain itself."))]
    return []


_DATED = _in_order("valid_from", "valid_until", "有效期至早于有效期自。", "It ends before it begins.")
_TEMPERATURES = _in_order("temp_min", "temp_max", "温度上限低于下限。", "The upper limit is below the lower.")
ENTITIES: dict[str, Entity] = {
    entity.key: entity
    for entity in (
        Entity("product", Text("产品", "product"), PRODUCT_FIELDS, ("code",), (
            _dated_registration, _cold_has_range, _service_life, _TEMPERATURES,
            _in_order("humidity_min", "humidity_max", "湿度上限低于下限。", "The upper limit is below the lower."),
            _in_order("registration_valid_from", "registration_valid_until", "有效期至早于生效日期。", "It ends before it begins."),
        )),
        Entity("product_di", Text("产品标识与包装", "UDI-DI and packing"), DI_FIELDS, ("di",), (_pack,)),
        Entity("product_unit", Text("单位换算", "unit conversion"), UNIT_FIELDS, ("product_code", "unit")),
        Entity("partner", Text("往来单位", "partner"), PARTNER_FIELDS, ("code",)),
        Entity("credential", Text("证照", "paper"), PAPER_FIELDS, ("owner_type", "owner_code", "kind", "number"), (_DATED,)),
        Entity("contract", Text("合同", "contract"), CONTRACT_FIELDS, ("number",), (_DATED,)),
        Entity("price_agreement", Text("价格协议", "price agreement"), PRICE_FIELDS,
               ("partner_code", "product_code", "direction", "min_quantity", "valid_from"), (_DATED, _under_ceiling)),
        Entity("warehouse", Text("仓库", "warehouse"), WAREHOUSE_FIELDS, ("code",)),
        Entity("location", Text("货位", "location"), LOCATION_FIELDS, ("code",), (_TEMPERATURES,)),
    )
}  # fmt: skip
"""Every kind of master data that a change request or a sheet can hold."""
