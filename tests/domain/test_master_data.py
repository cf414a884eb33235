"""Master data as it is typed: full-width digits, days in every spelling, wrong units, missing papers, rows that repeat."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.master_data import changes, loading, uscc
from domain.master_data.changes import Line
from domain.master_data.entities import ENTITIES, check
from domain.master_data.fields import FieldError, faults_of, read, show
from tests.examples import examples

PRODUCT = {
    "code": "P-1", "name": "一次性使用静脉留置针", "specification": "22G", "device_class": "三类", "registration_no": "国械注准20233140418",
    "registration_valid_until": "2029-01-31", "registrant_name": "苏州立衡", "unit": "支", "storage_condition": "避光",
}  # fmt: skip
SUPPLIER = {
    "code": "S-1", "name": "上海澄康", "kind": "供货者", "business_license_no": "1", "licence_no": "2", "licence_until": "2027/1/5",
}  # fmt: skip


def field(entity: str, key: str) -> Any:
    return next(one for one in ENTITIES[entity].fields if one.key == key)


@pytest.mark.parametrize(
    "typed", ["2026-01-05", "2026/1/5", "２０２６．１．５", "2026年1月5日", "20260105", date(2026, 1, 5)]
)
def test_a_day_is_read_in_every_spelling(typed: Any) -> None:
    assert read(field("product", "approved_at"), typed) == "2026-01-05"


@pytest.mark.parametrize("typed", ["2026-02-30", "soon", "5/1/2026", "1899-01-01"])
def test_what_is_no_day_is_told(typed: str) -> None:
    with pytest.raises(FieldError):
        read(field("product", "approved_at"), typed)


@pytest.mark.parametrize(
    ("entity", "key", "typed", "value"),
    [
        ("product_unit", "base_qty", "１，０００", 1000),
        ("product_unit", "base_qty", 10.0, 10),
        ("price_agreement", "unit_price", "¥0.123456", Decimal("0.123456")),
        ("product", "is_cold_chain", "是", True),
        ("product", "device_class", "Ⅲ", "III"),
        ("product", "device_class", "四类", None),
        ("product", "code", " Ｐ－１ ", "P-1"),
    ],
)
def test_cells_are_read_as_people_type_them(entity: str, key: str, typed: Any, value: Any) -> None:
    if value is None:
        with pytest.raises(FieldError):
            read(field(entity, key), typed)
    else:
        assert read(field(entity, key), typed) == value


@given(st.decimals(min_value=0, max_value=10**6, places=6, allow_nan=False, allow_infinity=False))
@settings(max_examples=examples(40), deadline=None)
def test_a_price_is_shown_and_read_back_exactly(price: Decimal) -> None:
    one = field("price_agreement", "unit_price")
    assert read(one, show(one, price)) == price


@given(st.dictionaries(st.sampled_from([one.key for one in ENTITIES["product"].fields]), st.text(max_size=30)))
@settings(max_examples=examples(60), deadline=None)
def test_whatever_is_typed_ends_in_values_or_in_words(row: dict[str, str]) -> None:
    values, faults = faults_of(ENTITIES["product"].fields, row)
    assert all(fault.message.zh and fault.message.en for fault in faults)
    assert all(fault.pointer[1:] not in values or fault.code == "required" for fault in faults)


def test_a_social_credit_code_has_its_check_character() -> None:
    assert uscc.fault_of("91440116MA5AKP2U0N") is None
    wrong = uscc.fault_of("91440116MA5AKP2U0M")
    assert wrong is not None and "N" in wrong.zh


def test_a_row_is_judged_whole() -> None:
    told = check(ENTITIES["product"], {**PRODUCT, "is_cold_chain": "是", "temp_min": "8", "temp_max": "2"})[1]
    assert [fault.pointer for fault in told] == ["/temp_max"]
    told = check(
        ENTITIES["product"], {key: value for key, value in PRODUCT.items() if key != "registration_valid_until"}
    )[1]
    assert [(fault.pointer, fault.code) for fault in told] == [("/registration_valid_until", "paper_missing")]


def test_every_row_of_a_sheet_is_taken_or_has_its_reasons() -> None:
    rows: list[dict[str, Any]] = [
        PRODUCT,
        PRODUCT,
        {**PRODUCT, "code": "P-2", "unit": "boxx"},
        {**PRODUCT, "code": "P-3", "status": "审核通过"},
        {**PRODUCT, "code": "P-4", "udi_di": "06970456004073"},
        {**PRODUCT, "code": "Ｐ－５", "pack_unit": "盒", "pack_qty": "１０"},
    ]
    judged = loading.judge(loading.TEMPLATES["products"], list(enumerate(rows, 3)))
    assert [[(fault.pointer, fault.code) for fault in one.faults] for one in judged] == [
        [], [("/code", "duplicate")], [("/unit", "unknown_unit")], [("/approved_at", "paper_missing")],
        [("/udi_di", "check")], [],
    ]  # fmt: skip
    assert (judged[5].name, judged[5].beside["pack_qty"]) == ("P-5", 10)
    assert "第 3 行" in judged[1].faults[0].message.zh


def test_a_supplier_without_its_licences_comes_back() -> None:
    template = loading.TEMPLATES["partners"]
    good, bare = loading.judge(template, [(3, SUPPLIER), (4, {"code": "S-2", "name": "某公司", "kind": "SUPPLIER"})])
    assert good.faults == () and good.beside["licence_until"] == "2027-01-05"
    assert [fault.pointer for fault in bare.faults] == ["/business_license_no", "/licence_no", "/licence_until"]


def test_a_change_touches_only_what_it_names() -> None:
    present = check(ENTITIES["product"], dict(PRODUCT))[0] | {"specification": None}
    verdict = changes.judge(
        "product", "P-1", "change", [Line("storage_condition", "避光", "冷藏")], present, "2026-11-22"
    )
    assert verdict.faults == () and verdict.values["storage_condition"] == "冷藏"
    stale = changes.judge(
        "product", "P-1", "change", [Line("storage_condition", "阴凉", "冷藏")], present, "2026-11-22"
    )
    assert [fault.code for fault in stale.faults] == ["stale"]
    nothing = changes.judge("product", "P-1", "change", [Line("storage_condition", "避光", "")], present, "2026-11-22")
    assert [fault.code for fault in nothing.faults] == ["nothing_changed"]


def test_what_is_wrong_in_the_row_already_is_neither_lost_nor_in_the_way() -> None:
    present = check(
        ENTITIES["partner"], {key: value for key, value in SUPPLIER.items() if key in ("code", "name", "kind")}
    )[0]
    present["uscc"] = "91330110MA2CEWQ61B"  # its check character is wrong since it was loaded
    verdict = changes.judge("partner", "S-1", "change", [Line("contact", "", "周宁")], present, "2026-11-22")
    assert verdict.faults == () and verdict.values["uscc"] == "91330110MA2CEWQ61B"
    wrong = changes.judge("partner", "S-1", "change", [Line("uscc", "", "91330110MA2CEWQ61C")], present, "2026-11-22")
    assert [fault.pointer for fault in wrong.faults] == ["/uscc"]
