"""What the law lists stands on the documents and in the registers: all of it, in its order, in both languages."""

from __future__ import annotations

import pytest

from app.wiring import legal_book
from domain.documents import BY_KEY, DOCUMENTS, SIZES, copy_words, of_voucher
from domain.registers import REGISTERS, columns, row_of
from domain.stock import MoveKind

BOOK = legal_book()
ELSEWHERE = {
    "delivery_note": {"outbound_seal", "direct_ship_flag", "direct_ship_company", "direct_ship_reason"},
    "transport_record": {"delivery_receipt", "transit_temp_log", "online_order_no"},
    "outbound_order": {"udi", "outbound_stop_reason", "outbound_reviewer"},
    "packing_check": {"signer_id"},
}
"""The seal is stamped and people sign; direct shipment is a mark of its own; files lie in the record inside."""


@pytest.mark.parametrize("key", list(ELSEWHERE))
def test_a_document_bears_every_field_of_its_record_set(key: str) -> None:
    document = BY_KEY[key]
    wanted = set(BOOK.records[document.record].keys) - ELSEWHERE[key]
    assert wanted <= set(document.fields), wanted - set(document.fields)


@pytest.mark.parametrize("register", REGISTERS, ids=lambda one: one.key)
def test_a_register_has_exactly_the_columns_of_the_law(register) -> None:
    fields = columns(register, BOOK)
    assert [field.key for field in fields] == list(BOOK.records[register.record].keys) and fields
    assert all(field.word.text.zh and field.word.text.en for field in fields)


def test_every_kind_of_move_has_a_document_and_every_paper_a_size() -> None:
    for kind in MoveKind:
        assert of_voucher([kind]), kind
    assert {paper for one in DOCUMENTS for paper in one.papers} <= set(SIZES)
    assert SIZES["continuous"] == (241, 140)
    assert [one.key for one in of_voucher([MoveKind.ISSUE])] == ["delivery_note", "outbound_order", "transport_record"]


def test_a_row_takes_each_field_from_the_first_place_that_knows_it() -> None:
    row = row_of(("lot_no", "consignee_name", "quantity", "remark"), {"quantity": 0, "lot": "L"}, {"quantity": 5},
                 {"purchaser_name": "医院", "lot_no": "LL"})  # fmt: skip
    assert row == {"lot_no": "LL", "consignee_name": "医院", "quantity": 0, "remark": None}


def test_the_first_print_says_nothing_and_every_later_one_which_it_is() -> None:
    assert copy_words(1) is None
    assert [copy_words(no).zh for no in (0, 2)] == ["预览，未打印", "补打 第 2 次打印"]  # type: ignore[union-attr]
